// SPDX-License-Identifier: Apache-2.0
#include "warrant/order.h"

#include <nettle/sha2.h>

#include "warrant/json_private.h"
#include "warrant/ruling_private.h"
#include "warrant/signers_private.h"

enum { ORDER_FORMAT = 1 };

/* False for text that is no UTF-8. */
static bool set_words(json_t *json, const char *name, const char *words)
{
    return json_object_set_new(json, name, json_string(words)) == 0;
}

static bool set_time(json_t *json, const char *name, int64_t time_ns)
{
    char room[TIME_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    time_write(time_ns, 0, &text);
    return set_words(json, name, room);
}

static bool set_pseudonyms(json_t *json, const struct order *order)
{
    json_t *array = json_array();
    bool good = true;
    for (size_t i = 0; i < order->pseudonym_count; i++)
        good = json_array_append_new(array, json_string(order->pseudonyms[i])) == 0 && good;
    if (order->pseudonym_count > 0)
        return json_object_set_new(json, "pseudonyms", array) == 0 && good;
    json_decref(array);
    return good;
}

bool order_write(const struct order *order, struct text *out, struct error *err)
{
    json_t *json = json_object();
    bool good =
        json_object_set_new(json, "format", json_integer(ORDER_FORMAT)) == 0 &&
        set_words(json, "number", order->number) && set_words(json, "basis", order->basis) &&
        set_words(json, "purpose", order->purpose) &&
        set_words(json, "reason", order->reason) && set_words(json, "fields", "address") &&
        set_words(json, "finding", order->finding[0] ? order->finding : "none") &&
        set_time(json, "issued", order->issued_ns) &&
        set_time(json, "until", order->until_ns) && set_pseudonyms(json, order);
    good = good ? json_put(json, out, err)
                : error_set(err, 0, "an order holds text that is no UTF-8");
    json_decref(json);
    return good;
}

/* What is read is written again as the same octets, so that nothing else was signed. */
static bool is_of_one_form(struct bytes payload, const struct order *order)
{
    char room[ORDER_OCTETS_MAX];
    struct text again = text_over(room, sizeof room);
    struct error err;
    return order_write(order, &again, &err) && bytes_equal(text_bytes(&again), payload);
}

static void take_pseudonyms(struct json_reader *reader, json_t *json, struct order *out)
{
    json_t *array = json_take_array(reader, json, "pseudonyms", ORDER_PSEUDONYMS_MAX);
    for (size_t i = 0; array && i < json_array_size(array); i++) {
        struct text text = text_over(out->pseudonyms[i], sizeof out->pseudonyms[i]);
        json_take_value(reader, json_array_get(array, i), "pseudonyms", &text, false);
        if (!bytes_start_with(text_bytes(&text), BYTES("line-")))
            json_fail(reader, "pseudonyms", "holds what is no pseudonym of a line");
        out->pseudonym_count = i + 1;
    }
}

bool order_read_payload(struct bytes payload, struct order *out, struct error *err)
{
    static const char *const names[] = { "format", "number", "basis",   "purpose",
                                         "reason", "fields", "finding", "?pseudonyms",
                                         "issued", "until",  NULL };
    struct json_reader reader = { payload, "order", err, false };
    uint64_t format = 0;
    char fields[ORDER_WORD_MAX] = "", finding[FINDING_ID_MAX + 1] = "";
    json_t *json = json_read_object(&reader);
    if (!json)
        return false;
    json_expect(&reader, json, names);
    json_take_number(&reader, json, "format", ORDER_FORMAT, &format);
    json_take_string(&reader, json, "number", out->number, sizeof out->number);
    json_take_string(&reader, json, "basis", out->basis, sizeof out->basis);
    json_take_string(&reader, json, "purpose", out->purpose, sizeof out->purpose);
    json_take_string(&reader, json, "reason", out->reason, sizeof out->reason);
    json_take_string(&reader, json, "fields", fields, sizeof fields);
    json_take_string(&reader, json, "finding", finding, sizeof finding);
    json_take_time(&reader, json, "issued", &out->issued_ns);
    json_take_time(&reader, json, "until", &out->until_ns);
    take_pseudonyms(&reader, json, out);
    json_decref(json);
    if (!reader.failed && (format != ORDER_FORMAT || strcmp(fields, "address") != 0))
        json_fail(&reader, "fields", "is not of this program: it knows addresses only");
    struct text id = text_over(out->finding, sizeof out->finding);
    text_put_string(&id, strcmp(finding, "none") == 0 ? "" : finding);
    if (!reader.failed && !is_of_one_form(payload, out))
        json_fail(&reader, "", "not in the canonical form: sorted names, no blanks");
    return !reader.failed;
}

static void digest(struct bytes payload, uint8_t out[32])
{
    struct sha256_ctx sha256;
    sha256_init(&sha256);
    sha256_update(&sha256, payload.len, payload.at);
    sha256_digest(&sha256, 32, out);
}

static bool read_envelope(const struct envelope *envelope, struct order *out, struct error *err)
{
    *out = (struct order){ 0 };
    digest(envelope->payload, out->digest);
    if (strcmp(envelope->type, ORDER_PAYLOAD_TYPE) != 0)
        return error_set(err, 0, "it is no order to re-identify");
    return order_read_payload(envelope->payload, out, err);
}

bool order_read(struct bytes json, struct order *out, struct error *err)
{
    struct envelope envelope;
    if (!envelope_read(json, &envelope, err))
        return false;
    bool good = read_envelope(&envelope, out, err);
    envelope_done(&envelope);
    return good;
}

static bool is_valid(const struct trust_key *key, int64_t issued_ns)
{
    return key->from_ns <= issued_ns && issued_ns < key->to_ns;
}

struct signing {
    const struct envelope *envelope;
    const struct warrant_place *place;
    const struct order *order;
};

/* A key that signed and whose role may do that; not the key in besides.  The ruling is the last
 * that was given: of whoever signed, why he may not. */
static const struct trust_key *find_signer(const struct signing *signing, const char *action,
                                           const struct trust_key *besides,
                                           struct law_ruling *ruling)
{
    const struct warrant_place *place = signing->place;
    const struct order *order = signing->order;
    for (size_t i = 0; i < place->trust->count; i++) {
        const struct trust_key *key = &place->trust->keys[i];
        bool is_same = besides && signers_are_same(besides, key);
        if (is_same || !is_valid(key, order->issued_ns) ||
            !trust_key_has_signed(key, signing->envelope))
            continue;
        *ruling = law_rule_access(place->law, key->role, action, order->purpose, order->basis,
                                  place->now_ns);
        if (ruling->is_allowed)
            return key;
    }
    return NULL;
}

static void put(char *room, size_t max, const char *words)
{
    struct text text = text_over(room, max);
    text_put_string(&text, words);
}

static bool rule_signers(const struct envelope *envelope, const struct warrant_place *place,
                         struct granted_order *granted, struct law_ruling *ruling)
{
    const struct signing signing = { envelope, place, &granted->order };
    ruling_allow(ruling, "");
    const struct trust_key *officer = find_signer(&signing, "reidentify", NULL, ruling);
    if (!officer && !ruling->is_allowed)
        return false; /* somebody signed who may not */
    if (!officer)
        return ruling_refuse(ruling, ARTICLE_OF_FORM,
                             SAY("nobody who may order it has signed",
                                 "再識別化を命じる権限のある者の署名がない"),
                             "");
    struct law_ruling allowed = *ruling, second_ruling = { 0 };
    const struct trust_key *second = find_signer(&signing, "confirm", officer, &second_ruling);
    if (!second)
        return ruling_refuse(
            ruling, allowed.article,
            SAY("no second person who may confirm it has signed", "確認者の署名がない"), "");
    put(granted->officer, sizeof granted->officer, officer->key.name);
    put(granted->role, sizeof granted->role, officer->role);
    put(granted->second, sizeof granted->second, second->key.name);
    *ruling = allowed;
    return true;
}

static bool rule_window(const struct order *order, int64_t now_ns, struct law_ruling *ruling)
{
    int64_t span_ns = order->until_ns - order->issued_ns;
    if (span_ns <= 0 || span_ns > ORDER_SPAN_MAX_NS)
        return ruling_refuse(
            ruling, "LC-11",
            SAY("a window is at most a day long", "再識別化の期間は一日を超えることができない"),
            "");
    if (now_ns < order->issued_ns)
        return ruling_refuse_at(ruling, "LC-11",
                                SAY("its window has not begun: ", "期間が始まっていない："),
                                order->issued_ns);
    return now_ns < order->until_ns ||
           ruling_refuse_at(ruling, "LC-11",
                            SAY("its window has closed: ", "期間が終わっている："),
                            order->until_ns);
}

static bool rule(const struct envelope *envelope, const struct warrant_place *place,
                 struct granted_order *granted, struct law_ruling *ruling)
{
    struct bytes basis = bytes_of_string(granted->order.basis);
    struct law_ruling of_basis = law_rule_basis(place->law, basis, place->now_ns);
    if (!of_basis.is_allowed) {
        *ruling = of_basis;
        return false;
    }
    return rule_signers(envelope, place, granted, ruling) &&
           rule_window(&granted->order, place->now_ns, ruling);
}

bool order_rule(struct bytes json, const struct warrant_place *place, struct granted_order *out,
                struct law_ruling *ruling)
{
    struct envelope envelope;
    struct granted_order granted = { 0 };
    struct error err = { 0 };
    const struct law_text words = SAY("no order: ", "命令の書面ではない：");
    if (!envelope_read(json, &envelope, &err))
        return ruling_refuse(ruling, ARTICLE_OF_FORM, words, err.text);
    bool good = read_envelope(&envelope, &granted.order, &err) ||
                ruling_refuse(ruling, ARTICLE_OF_FORM, words, err.text);
    good = good && rule(&envelope, place, &granted, ruling);
    envelope_done(&envelope);
    if (good)
        *out = granted;
    return good;
}
