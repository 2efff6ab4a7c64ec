// SPDX-License-Identifier: Apache-2.0
/* sekisho warrant draft, sign and revoke: what is written. */
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "cmd/warrant.h"
#include "selector/selector.h"
#include "warrant/payload.h"

static struct warrant warrant;
static struct envelope envelope;

static bool put(char *room, size_t max, const char *words, const char *what, struct error *err)
{
    struct text text = text_over(room, max);
    text_put_string(&text, words ? words : "");
    return !text.cut || error_set(err, 0, "the %s is too long", what);
}

static int64_t whole_second(int64_t time_ns)
{
    return time_ns - time_ns % TIME_SECOND_NS;
}

static bool take_time(const struct warrant_call *call, const char *text, int64_t otherwise,
                      int64_t *out, struct error *err)
{
    *out = otherwise;
    if (text && !warrant_read_time(call, text, out, err))
        return false;
    *out = whole_second(*out);
    return true;
}

static bool fill_period(const struct warrant_call *call, const struct law_basis *basis,
                        struct error *err)
{
    if (!take_time(call, call->issued, call->now_ns, &warrant.issued_ns, err) ||
        !take_time(call, call->from, warrant.issued_ns, &warrant.from_ns, err))
        return false;
    unsigned months = call->extends ? basis->extension_months : basis->period_months;
    if (months == 0 && !call->to)
        return error_set(err, 0, "basis %s knows no period: say --to", basis->id);
    return take_time(call, call->to, law_period_end(&call->rules, warrant.from_ns, months),
                     &warrant.to_ns, err);
}

static bool fill(const struct warrant_call *call, const struct law_basis *basis,
                 struct error *err)
{
    warrant.directions = call->directions ? call->directions : basis->directions;
    warrant.capacity_bits_per_second = call->capacity_bits_per_second;
    warrant.share_permille = call->share_permille;
    warrant.condition_count = call->condition_count;
    for (size_t i = 0; i < call->condition_count; i++) {
        if (!put(warrant.conditions[i], WARRANT_CONDITION_MAX, call->conditions[i], "condition",
                 err))
            return false;
    }
    return put(warrant.serial, sizeof warrant.serial, call->serial, "serial", err) &&
           put(warrant.law, sizeof warrant.law, call->rules.id, "law", err) &&
           put(warrant.basis, sizeof warrant.basis, basis->id, "basis", err) &&
           put(warrant.issuer, sizeof warrant.issuer, call->issuer, "issuer", err) &&
           put(warrant.extends, sizeof warrant.extends, call->extends, "serial", err) &&
           put(warrant.equipment, sizeof warrant.equipment, call->equipment, "equipment",
               err) &&
           fill_period(call, basis, err);
}

/* In the canonical form, however it is written in the file. */
static bool add_selector(const struct warrant_call *call, const char *path,
                         struct arena scratch, struct error *err)
{
    struct bytes octets;
    struct selector_error wrong = { 0 };
    bool is_japanese = call->language == REPORT_JAPANESE;
    if (!warrant_read_file(path, &octets, err))
        return false;
    const struct selector *selector = selector_read(octets, &scratch, &wrong);
    if (!selector)
        return error_set(err, 0, "%s:%u:%u: %s", path, wrong.line, wrong.column,
                         is_japanese ? wrong.words_ja : wrong.words);
    struct warrant_selector *out = &warrant.selectors[warrant.selector_count++];
    struct text text = text_over(out->text, sizeof out->text);
    selector_write(selector, &text);
    return put(out->name, sizeof out->name, selector_name(selector), "name", err) &&
           (!text.cut || error_set(err, 0, "%s: too long", path));
}

static bool add_selectors(const struct warrant_call *call, struct error *err)
{
    size_t size = selector_size();
    void *memory = malloc(size);
    bool is_good = memory != NULL || error_set(err, 0, "no memory for a selector");
    if (call->file_count > WARRANT_SELECTORS_MAX)
        is_good =
            error_set(err, 0, "a warrant has at most %d selectors", WARRANT_SELECTORS_MAX);
    for (size_t i = 0; is_good && i < call->file_count; i++)
        is_good = add_selector(call, call->files[i], arena_over(memory, size), err);
    free(memory);
    return is_good;
}

static bool seal(const char *type, const struct text *payload, struct error *err)
{
    if (!envelope_make(type, text_bytes(payload), &envelope, err))
        return false;
    /* What nobody could read is not handed out. */
    struct revocation revocation;
    return strcmp(type, WARRANT_PAYLOAD_TYPE) == 0
               ? warrant_read_payload(envelope.payload, &warrant, err)
               : revocation_read_payload(envelope.payload, &revocation, err);
}

static struct text payload_room(void)
{
    static char room[ENVELOPE_OCTETS_MAX];
    return text_over(room, sizeof room);
}

static int refuse(const struct warrant_call *call, const struct law_ruling *ruling)
{
    warrant_print_ruling(call, "sekisho warrant", ruling, stderr);
    return COMMAND_FOUND;
}

static bool rule_draft(const struct warrant_call *call, struct law_ruling *ruling)
{
    /* Those who approve sign before it begins and after it was issued; the clock is theirs. */
    const struct warrant_place place = { .law = &call->rules, .now_ns = call->now_ns };
    return warrant_rule_draft(&warrant, &place, ruling);
}

int warrant_draft(struct warrant_call *call)
{
    struct error err = { 0 };
    struct text payload = payload_room();
    struct law_ruling ruling =
        law_rule_basis(&call->rules, bytes_of_string(call->basis), call->now_ns);
    if (!ruling.is_allowed)
        return refuse(call, &ruling);
    const struct law_basis *basis = law_find_basis(&call->rules, bytes_of_string(call->basis));
    if (!fill(call, basis, &err) || !add_selectors(call, &err) ||
        !warrant_write(&warrant, &payload, &err) || !seal(WARRANT_PAYLOAD_TYPE, &payload, &err))
        return warrant_fail(&err);
    if (!rule_draft(call, &ruling))
        return refuse(call, &ruling);
    return warrant_write_file(call, &envelope, call->output, &err) ? COMMAND_DONE
                                                                   : warrant_fail(&err);
}

static bool open_file(const struct warrant_call *call, struct error *err)
{
    struct bytes octets;
    return warrant_read_file(call->files[0], &octets, err) &&
           envelope_read(octets, &envelope, err) &&
           (strcmp(envelope.type, WARRANT_PAYLOAD_TYPE) == 0 ||
            error_set(err, 0, "%s is no warrant", call->files[0])) &&
           warrant_read_payload(envelope.payload, &warrant, err);
}

int warrant_sign(struct warrant_call *call)
{
    struct error err = { 0 };
    struct law_ruling ruling = { 0 };
    const char *path = call->output ? call->output : call->files[0];
    if (!open_file(call, &err))
        return warrant_fail(&err);
    if (!rule_draft(call, &ruling))
        return refuse(call, &ruling);
    warrant_tell(call, &warrant, &envelope);
    if (fflush(stdout) != 0 || !warrant_confirm(call, &err) ||
        !warrant_add_signature(call, &envelope, &err) ||
        !warrant_write_file(call, &envelope, path, &err))
        return warrant_fail(&err);
    return COMMAND_DONE;
}

int warrant_revoke_file(struct warrant_call *call)
{
    struct error err = { 0 };
    struct revocation revocation = { .issued_ns = whole_second(call->now_ns) };
    struct text payload = payload_room();
    if (!open_file(call, &err) ||
        !take_time(call, call->to, call->now_ns, &revocation.at_ns, &err) ||
        !put(revocation.reason, sizeof revocation.reason, call->reason, "reason", &err) ||
        !put(revocation.serial, sizeof revocation.serial, warrant.serial, "serial", &err))
        return warrant_fail(&err);
    envelope_done(&envelope);
    if (!revocation_write(&revocation, &payload, &err) ||
        !seal(REVOCATION_PAYLOAD_TYPE, &payload, &err))
        return warrant_fail(&err);
    warrant_tell_revocation(call, &revocation, &envelope);
    if (fflush(stdout) != 0 || !warrant_confirm(call, &err) ||
        !warrant_add_signature(call, &envelope, &err) ||
        !warrant_write_file(call, &envelope, call->output, &err))
        return warrant_fail(&err);
    return COMMAND_DONE;
}
