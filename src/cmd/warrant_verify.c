// SPDX-License-Identifier: Apache-2.0
/* sekisho warrant verify and show. */
#include <jansson.h>
#include <stdio.h>

#include "base/time.h"
#include "cmd/warrant.h"
#include "warrant/payload.h"

static struct granted_warrant granted[2]; /* the one in question, and what it extends */
static struct warrant warrant;
static struct trust trust;

struct outcome {
    const struct granted_warrant *of; /* NULL: refused */
    struct law_ruling ruling;
    bool is_revoked;
    struct revocation revocation;
};

static struct warrant_place place_of(const struct warrant_call *call)
{
    return (struct warrant_place){ .law = &call->rules,
                                   .trust = &trust,
                                   .basis = call->basis,
                                   .equipment = call->equipment,
                                   .now_ns = call->now_ns };
}

/* Those before it, the oldest first; each was good at its beginning. */
static bool rule_earlier(const struct warrant_call *call, struct warrant_place *place,
                         struct outcome *out, struct error *err)
{
    const struct granted_warrant *earlier = NULL;
    struct bytes octets;
    for (size_t i = 0; i < call->earlier_count; i++) {
        struct granted_warrant *next = &granted[i % 2];
        if (!warrant_read_file(call->earlier[i], &octets, err) ||
            !warrant_read(octets, &warrant, err))
            return false;
        struct warrant_place then = place_of(call);
        then.now_ns = warrant.from_ns;
        then.earlier = earlier;
        if (!warrant_rule(octets, &then, next, &out->ruling)) {
            warrant_print_ruling(call, call->earlier[i], &out->ruling, stderr);
            return true;
        }
        earlier = next;
    }
    place->earlier = earlier;
    out->ruling.is_allowed = true;
    return true;
}

static void end_by(const struct revocation *revocation, struct granted_warrant *of,
                   struct outcome *out)
{
    int64_t before_ns = of->to_ns;
    warrant_revoke(of, revocation);
    if (of->to_ns < before_ns) {
        out->is_revoked = true;
        out->revocation = *revocation;
    }
}

/* A revocation that is none ends nothing, but is told. */
static bool rule_revocations(const struct warrant_call *call, struct warrant_place *place,
                             struct granted_warrant *of, struct outcome *out, struct error *err)
{
    struct bytes octets;
    struct revocation revocation;
    for (size_t i = 0; i < call->revocation_count; i++) {
        struct law_ruling ruling;
        if (!warrant_read_file(call->revocations[i], &octets, err))
            return false;
        if (revocation_rule(octets, place, &of->warrant, &revocation, &ruling))
            end_by(&revocation, of, out);
        else
            warrant_print_ruling(call, call->revocations[i], &ruling, stderr);
    }
    return true;
}

static void refuse_revoked(struct outcome *out)
{
    char room[TIME_TEXT_MAX];
    struct text time = text_over(room, sizeof room);
    struct text en = text_over(out->ruling.words, sizeof out->ruling.words);
    struct text ja = text_over(out->ruling.words_ja, sizeof out->ruling.words_ja);
    time_write(out->revocation.at_ns, 0, &time);
    text_format(&en, "the warrant was revoked: %s: %s", room, out->revocation.reason);
    text_format(&ja, "令状は取り消された：%s：%s", room, out->revocation.reason);
    out->ruling.is_allowed = false;
    out->of = NULL;
}

static bool rule(const struct warrant_call *call, struct outcome *out, struct error *err)
{
    struct warrant_place place = place_of(call);
    struct granted_warrant *of = &granted[call->earlier_count % 2];
    struct bytes octets;
    if (!trust_load(call->trust, &trust, err) || !rule_earlier(call, &place, out, err))
        return false;
    if (!out->ruling.is_allowed)
        return true;
    if (!warrant_read_file(call->files[0], &octets, err))
        return false;
    if (!warrant_rule(octets, &place, of, &out->ruling))
        return true;
    out->of = of;
    if (!rule_revocations(call, &place, of, out, err))
        return false;
    if (out->is_revoked && call->now_ns >= of->to_ns)
        refuse_revoked(out);
    return true;
}

static json_t *time_json(int64_t time_ns)
{
    char room[TIME_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    time_write(time_ns, 0, &text);
    return json_string(room);
}

static json_t *outcome_json(const struct outcome *outcome)
{
    const struct law_ruling *ruling = &outcome->ruling;
    json_t *json =
        json_pack("{s:b, s:s, s:s, s:s}", "granted", outcome->of != NULL, "article",
                  ruling->article, "words", ruling->words, "words_ja", ruling->words_ja);
    if (!json || !outcome->of)
        return json;
    json_t *signers = json_array();
    for (size_t i = 0; i < outcome->of->signer_count; i++)
        (void)json_array_append_new(signers, json_string(outcome->of->signers[i]));
    (void)json_object_set_new(json, "serial", json_string(outcome->of->warrant.serial));
    (void)json_object_set_new(json, "basis", json_string(outcome->of->warrant.basis));
    (void)json_object_set_new(json, "from", time_json(outcome->of->from_ns));
    (void)json_object_set_new(json, "to", time_json(outcome->of->to_ns));
    (void)json_object_set_new(json, "signers", signers);
    return json;
}

static bool print_json(json_t *json)
{
    bool is_written = json && json_dumpf(json, stdout, JSON_INDENT(2) | JSON_SORT_KEYS) == 0;
    json_decref(json);
    putchar('\n');
    return is_written && fflush(stdout) == 0;
}

static void print_text(const struct warrant_call *call, const struct outcome *outcome)
{
    bool is_japanese = call->language == REPORT_JAPANESE;
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];
    struct text from_text = text_over(from, sizeof from), to_text = text_over(to, sizeof to);
    warrant_print_ruling(call, call->files[0], &outcome->ruling, stdout);
    if (!outcome->of)
        return;
    time_write(outcome->of->from_ns, 0, &from_text);
    time_write(outcome->of->to_ns, 0, &to_text);
    printf(is_japanese ? "番号 %s、根拠 %s、期間 %s から %s まで（満了時を含まない）\n"
                       : "serial %s, basis %s, from %s to %s (not included)\n",
           outcome->of->warrant.serial, outcome->of->warrant.basis, from, to);
    fputs(is_japanese ? "署名：" : "signed by:", stdout);
    for (size_t i = 0; i < outcome->of->signer_count; i++)
        printf(" %s", outcome->of->signers[i]);
    putchar('\n');
}

int warrant_verify(struct warrant_call *call)
{
    static struct outcome outcome;
    struct error err = { 0 };
    if (!rule(call, &outcome, &err))
        return warrant_fail(&err);
    if (call->json) {
        if (!print_json(outcome_json(&outcome)))
            return COMMAND_FAILED;
    } else
        print_text(call, &outcome);
    if (fflush(stdout) != 0)
        return COMMAND_FAILED;
    return outcome.of ? COMMAND_DONE : COMMAND_FOUND;
}

/* The payload as it is, and by whom it says to be signed. */
static json_t *envelope_json(const struct envelope *envelope)
{
    json_t *payload =
        json_loadb((const char *)envelope->payload.at, envelope->payload.len, 0, NULL);
    json_t *keys = json_array();
    for (size_t i = 0; i < envelope->signature_count; i++)
        (void)json_array_append_new(keys, json_string(envelope->signatures[i].key_id));
    return json_pack("{s:s, s:o, s:o}", "type", envelope->type, "payload", payload,
                     "signatures_not_verified", keys);
}

static bool show_text(const struct warrant_call *call, const struct envelope *envelope,
                      struct error *err)
{
    struct revocation revocation;
    if (strcmp(envelope->type, WARRANT_PAYLOAD_TYPE) == 0) {
        if (!warrant_read_payload(envelope->payload, &warrant, err))
            return false;
        if (!call->json)
            warrant_tell(call, &warrant, envelope);
        return true;
    }
    if (strcmp(envelope->type, REVOCATION_PAYLOAD_TYPE) != 0)
        return error_set(err, 0, "neither a warrant nor a revocation: %s", envelope->type);
    if (!revocation_read_payload(envelope->payload, &revocation, err))
        return false;
    if (!call->json)
        warrant_tell_revocation(call, &revocation, envelope);
    return true;
}

int warrant_show(struct warrant_call *call)
{
    static struct envelope envelope;
    struct error err = { 0 };
    struct bytes octets;
    bool is_shown = warrant_read_file(call->files[0], &octets, &err) &&
                    envelope_read(octets, &envelope, &err) && show_text(call, &envelope, &err);
    if (is_shown && call->json && !print_json(envelope_json(&envelope)))
        is_shown = error_set(&err, 0, "cannot write JSON");
    envelope_done(&envelope);
    if (!is_shown)
        return warrant_fail(&err);
    return fflush(stdout) == 0 ? COMMAND_DONE : COMMAND_FAILED;
}
