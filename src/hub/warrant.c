// SPDX-License-Identifier: Apache-2.0
#include "hub/warrant_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "identity/base64url.h"
#include "keys/keys.h"
#include "selector/selector.h"
#include "warrant/envelope.h"
#include "warrant/payload.h"

bool record_is_warrant(const struct record *record)
{
    return record->subject.basis &&
           procedure_find_field(record->subject.procedure, "selectors") != NULL &&
           procedure_find_field(record->subject.procedure, "equipment") != NULL;
}

static const char *text_of(const struct record *record, const char *field)
{
    const struct procedure_value *value =
        procedure_find_value(record->values, record->value_count, field);
    return value && value->text ? value->text : "";
}

static int64_t number_of(const struct record *record, const char *field, int64_t missing)
{
    const struct procedure_value *value =
        procedure_find_value(record->values, record->value_count, field);
    return value ? value->number : missing;
}

static void put(char *room, size_t max, const char *text)
{
    struct text to = text_over(room, max);
    text_put_string(&to, text);
}

static bool add_selector(struct warrant *warrant, struct bytes text, struct error *err)
{
    struct selector_error why = { 0 };
    if (warrant->selector_count == WARRANT_SELECTORS_MAX)
        return error_set(err, 0, "more than %d selectors", (int)WARRANT_SELECTORS_MAX);
    struct warrant_selector *out = &warrant->selectors[warrant->selector_count];
    size_t size = selector_size();
    void *memory = malloc(size);
    struct arena arena = arena_over(memory, memory ? size : 0);
    const struct selector *selector = memory ? selector_read(text, &arena, &why) : NULL;
    bool is_read = selector != NULL;
    if (is_read) {
        struct text to = text_over(out->text, sizeof out->text);
        selector_write(selector, &to);
        put(out->name, sizeof out->name, selector_name(selector));
        warrant->selector_count++;
    }
    free(memory);
    return is_read || error_set(err, 0, "selector %zu, line %u, column %u: %s",
                                warrant->selector_count + 1, why.line, why.column, why.words);
}

/* Rules stand one after another, an empty line between them. */
static bool add_selectors(struct warrant *warrant, const char *text, struct error *err)
{
    while (*text) {
        const char *end = strstr(text, "\n\n");
        size_t len = end ? (size_t)(end - text) : strlen(text);
        struct bytes one = text_trim((struct bytes){ (const uint8_t *)text, len });
        if (one.len > 0 && !add_selector(warrant, one, err))
            return false;
        text += len + (end ? 2 : 0);
    }
    return warrant->selector_count > 0 || error_set(err, 0, "no selector");
}

static void add_conditions(struct warrant *warrant, const char *text)
{
    while (*text && warrant->condition_count < WARRANT_CONDITIONS_MAX) {
        size_t len = strcspn(text, "\n");
        struct text to =
            text_over(warrant->conditions[warrant->condition_count], WARRANT_CONDITION_MAX);
        text_put(&to, text_trim((struct bytes){ (const uint8_t *)text, len }));
        warrant->condition_count += to.len > 0;
        text += len + (text[len] == '\n');
    }
}

static int64_t whole_second(int64_t time_ns)
{
    return time_ns / TIME_SECOND_NS * TIME_SECOND_NS;
}

/* The first is called as its record, and those after it are counted. */
static bool give_serial(struct change *change, const struct record *record, struct warrant *out,
                        struct error *err)
{
    int64_t before = 0;
    struct text serial = text_over(out->serial, sizeof out->serial);
    if (!sql_number(change->db,
                    SQL("SELECT COUNT(*) FROM warrant WHERE record = $1 AND kind = 'warrant'",
                        database_number(record->id)),
                    0, &before, err))
        return false;
    text_put_string(&serial, record->name);
    if (before > 0)
        text_format(&serial, "-%lld", (long long)before + 1);
    return true;
}

/* It goes on where the earlier one ends. */
static bool make_extension(struct change *change, const struct record *record,
                           struct warrant *out, struct error *err)
{
    struct database_rows *rows =
        database_ask(change->db,
                     SQL("SELECT serial FROM warrant WHERE record = $1 AND kind = 'warrant'"
                         " ORDER BY number DESC LIMIT 1",
                         database_number(record->id)),
                     err);
    enum database_step step = rows ? database_step(rows, err) : DATABASE_FAILED;
    struct text extends = text_over(out->extends, sizeof out->extends);
    if (step == DATABASE_ROW)
        text_put(&extends, database_get_text(rows, 0));
    database_end(rows);
    out->from_ns = whole_second(procedure_clock(&record->subject, "period"));
    out->to_ns = whole_second(number_of(record, "new_until", 0));
    return step != DATABASE_FAILED;
}

static bool fill(struct change *change, const struct record *record, struct warrant *out,
                 struct error *err)
{
    struct hub *hub = change->hub;
    const struct law_basis *basis = record->subject.basis;
    put(out->law, sizeof out->law, hub->settings.law->id);
    put(out->basis, sizeof out->basis, basis->id);
    put(out->issuer, sizeof out->issuer, key_public(hub->log.key)->name);
    put(out->equipment, sizeof out->equipment, text_of(record, "equipment"));
    out->directions = basis->directions;
    out->capacity_bits_per_second = (uint64_t)number_of(record, "capacity", 0);
    out->share_permille = (unsigned)number_of(record, "share", 0);
    out->issued_ns = whole_second(record->subject.now_ns);
    out->from_ns = whole_second(number_of(record, "from", 0));
    if (out->from_ns < out->issued_ns)
        out->from_ns = out->issued_ns;
    out->to_ns = whole_second(number_of(record, "until", 0));
    add_conditions(out, text_of(record, "conditions"));
    bool is_extension = strstr(payload_step(record)->event, "extension") != NULL;
    return give_serial(change, record, out, err) &&
           (!is_extension || make_extension(change, record, out, err)) &&
           add_selectors(out, text_of(record, "selectors"), err);
}

/* What a sensor would refuse is not put to the vote. */
static bool is_lawful(struct hub *hub, const struct warrant *warrant, struct error *err)
{
    const struct warrant_place place = { .law = hub->settings.law, .now_ns = hub_now(hub) };
    struct law_ruling ruling;
    return warrant_rule_draft(warrant, &place, &ruling) ||
           error_set(err, 0, "%s %s", ruling.article, ruling.words);
}

char *warrant_of_record(struct change *change, const struct record *record, struct error *err)
{
    struct warrant *warrant = calloc(1, sizeof *warrant);
    char *room = malloc(WARRANT_OCTETS_MAX);
    bool is_made = false;
    if (!warrant || !room) {
        (void)error_set(err, ENOMEM, "%s: warrant", record->name);
    } else if (fill(change, record, warrant, err) && is_lawful(change->hub, warrant, err)) {
        struct text to = text_over(room, WARRANT_OCTETS_MAX);
        is_made = warrant_write(warrant, &to, err);
    }
    if (!is_made && err->code == 0)
        err->code = EBADMSG;
    free(warrant);
    if (is_made)
        return room;
    free(room);
    return NULL;
}

/* An assertion as the browser gave it, in the octets an envelope holds. */
static bool part(const json_t *response, const char *name, uint8_t *out, size_t max,
                 size_t *len)
{
    const json_t *text = json_object_get(response, name);
    return json_is_string(text) &&
           base64url_get((struct bytes){ (const uint8_t *)json_string_value(text),
                                         json_string_length(text) },
                         out, max, len);
}

bool warrant_read_assertion(struct bytes text, struct webauthn_assertion *out)
{
    json_t *credential = json_loadb((const char *)text.at, text.len, 0, NULL);
    const json_t *response = json_object_get(credential, "response");
    *out = (struct webauthn_assertion){ 0 };
    bool is_read =
        part(response, "signature", out->signature, sizeof out->signature,
             &out->signature_len) &&
        part(response, "authenticatorData", out->authenticator, sizeof out->authenticator,
             &out->authenticator_len) &&
        part(response, "clientDataJSON", out->client, sizeof out->client, &out->client_len);
    json_decref(credential);
    return is_read;
}

bool warrant_key_of(int64_t algorithm, struct bytes octets, struct webauthn_key *out)
{
    *out =
        (struct webauthn_key){ .algorithm = algorithm == -7 ? WEBAUTHN_ES256 : WEBAUTHN_EDDSA };
    if (octets.len > sizeof out->octets)
        return false;
    memcpy(out->octets, octets.at, octets.len);
    return true;
}

bool warrant_add_vote(const struct database_rows *rows, struct envelope *envelope,
                      struct error *err)
{
    struct webauthn_key key;
    struct webauthn_assertion assertion;
    return (warrant_key_of(database_get_number(rows, 1), database_get_blob(rows, 2), &key) &&
            warrant_read_assertion(database_get_text(rows, 0), &assertion))
               ? envelope_assert(envelope, &key, &assertion, err)
               : error_set(err, EINVAL, "a vote's assertion cannot be read");
}

static bool sign_by_votes(struct change *change, const struct record *record,
                          struct envelope *envelope, struct error *err)
{
    struct database_rows *rows = database_ask(
        change->db,
        SQL("SELECT v.assertion, k.algorithm, k.public_key FROM vote v"
            " JOIN passkey k ON k.id = v.passkey WHERE v.record = $1 AND v.is_void = 0"
            " AND v.vote = 'approve' AND v.payload_digest = $2 AND v.id IN"
            " (SELECT MAX(id) FROM vote WHERE record = $1 AND is_void = 0 GROUP BY person)"
            " ORDER BY v.id",
            database_number(record->id),
            database_blob((struct bytes){ record->payload_digest, HUB_DIGEST_OCTETS })),
        err);
    if (!rows)
        return false;
    enum database_step step;
    while ((step = database_step(rows, err)) == DATABASE_ROW) {
        if (!warrant_add_vote(rows, envelope, err)) {
            step = DATABASE_FAILED;
            break;
        }
    }
    database_end(rows);
    return step == DATABASE_END;
}

static bool keep(struct change *change, const struct record *record, const char *envelope,
                 struct error *err)
{
    struct warrant *warrant = calloc(1, sizeof *warrant);
    int64_t number, compartment;
    struct compartment what = record_compartment(record);
    what.kind = "warrant";
    what.procedure = what.state = NULL;
    bool is_kept =
        warrant && warrant_read(bytes_of_string(envelope), warrant, err) &&
        compartment_intern(change, &what, &compartment, err) &&
        sql_number(change->db, SQL0("SELECT MAX(number) FROM warrant"), 0, &number, err) &&
        database_run(change->db,
                     SQL("INSERT INTO warrant (serial, record, number, kind, basis, equipment,"
                         " since, until, envelope, compartment, created)"
                         " VALUES ($1, $2, $3, 'warrant', $4, $5, $6, $7, $8, $9, $10)",
                         database_string(warrant->serial), database_number(record->id),
                         database_number(number + 1), database_string(warrant->basis),
                         database_string(warrant->equipment), database_number(warrant->from_ns),
                         database_number(warrant->to_ns), database_string(envelope),
                         database_number(compartment), database_number(change->now_ns)),
                     NULL, err);
    free(warrant);
    return is_kept;
}

bool warrant_issue(struct change *change, const struct record *record, struct error *err)
{
    struct envelope envelope = { 0 };
    char *room = malloc(ENVELOPE_OCTETS_MAX);
    struct text to = text_over(room, room ? ENVELOPE_OCTETS_MAX : 1);
    bool is_issued =
        room &&
        envelope_make(record->payload_type,
                      (struct bytes){ record->payload, record->payload_len }, &envelope, err) &&
        sign_by_votes(change, record, &envelope, err) && envelope_write(&envelope, &to, err) &&
        keep(change, record, room, err);
    envelope_done(&envelope);
    free(room);
    return is_issued;
}
