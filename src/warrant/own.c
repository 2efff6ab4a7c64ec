// SPDX-License-Identifier: Apache-2.0
#include "warrant/own.h"

#include <sodium.h>
#include <stdlib.h>

#include "selector/selector.h"
#include "system/entropy.h"
#include "warrant/envelope.h"
#include "warrant/ruling_private.h"

enum { SERIAL_OCTETS = 4, KEEP_DAYS = 30, VALID_DAYS = 180 };

/* What an own warrant selects: each of these as a selector, as far as packets of a sampled
 * exporter bear it out. */
static const struct part {
    const char *name;
    const char *condition; /* NULL: one of the lists */
    unsigned sampling_max; /* 0: any */
    const char *const *lists;
    size_t list_count;
} behaviours[] = {
    { "beacon", "beacon", 1000, NULL, 0 }, { "scan", "scan", 1000, NULL, 0 },
    { "guess", "guess", 1, NULL, 0 },      { "flood", "flood", 1000, NULL, 0 },
    { "tunnel", "tunnel", 1000, NULL, 0 }, { "generated", "generated", 1000, NULL, 0 },
    { "flux", "flux", 1000, NULL, 0 },     { "lasting", "lasting", 1000, NULL, 0 },
    { "upload", "upload", 1000, NULL, 0 }, { "relay", "relay", 1000, NULL, 0 },
    { "peers", "peers", 100, NULL, 0 },    { "spread", "spread", 1000, NULL, 0 },
    { "dark", "dark", 1000, NULL, 0 },     { "lateral", "lateral", 1000, NULL, 0 },
};

/* What a list may hold. */
static const char *const subjects[] = { "address", "endpoint", "dns-answer",  "domain",
                                        "ja3",     "ja4",      "certificate", "alert" };

/* So many lists a selector can name in all of these ways. */
enum { LISTS_A_SELECTOR = 15 };

static void put_day(struct text *out, int64_t time_ns)
{
    struct time_date date = time_date_of(time_ns);
    text_format(out, "%04lld-%02u-%02u", (long long)date.year, date.month, date.day);
}

static void put_scope(struct text *out, uint32_t directions)
{
    static const char *const words[DIRECTIONS] = {
        [DIRECTION_FF] = "foreign-to-foreign",
        [DIRECTION_FD] = "foreign-to-domestic",
        [DIRECTION_DF] = "domestic-to-foreign",
        [DIRECTION_DD] = "domestic-to-domestic",
    };
    const char *between = " ";
    if (directions == (UINT32_C(1) << DIRECTIONS) - 1) {
        text_put_string(out, " own-network");
        return;
    }
    for (unsigned i = 0; i < DIRECTIONS; i++) {
        if (!(directions & UINT32_C(1) << i) || !words[i])
            continue;
        text_format(out, "%s%s", between, words[i]);
        between = ", ";
    }
}

static void put_listed(struct text *out, const struct part *part)
{
    enum { SUBJECTS = sizeof subjects / sizeof *subjects };
    for (size_t i = 0; i < part->list_count * SUBJECTS; i++)
        text_format(out, "%s%s in list \"%s\"", i > 0 ? " or " : "", subjects[i % SUBJECTS],
                    part->lists[i / SUBJECTS]);
}

/* As the law's data calls them (purposes.yaml). */
static const char *purpose_of(const struct own_order *order)
{
    return strcmp(order->basis, basis_name(BASIS_OWN)) == 0 ? "own-defence" : "exercise";
}

static void put_selector(struct text *out, const struct warrant *warrant,
                         const struct part *part, const struct own_order *order)
{
    text_format(out, "selector \"%s\" version 1\npurpose \"%s\"\n", part->name,
                purpose_of(order));
    text_format(out, "owner \"%s\"\nvalid ", order->name);
    put_day(out, warrant->from_ns);
    text_put_string(out, " to ");
    put_day(out, warrant->to_ns - 1);
    text_put_string(out, "\nscope");
    put_scope(out, warrant->directions);
    const struct law_basis *basis = law_find_basis(order->law, bytes_of_string(order->basis));
    text_format(out, "\nreveals %s\nsampling ",
                basis && basis->lines_in_clear ? "line" : "server");
    if (part->sampling_max > 0)
        text_format(out, "up to 1:%u", part->sampling_max);
    else
        text_put_string(out, "any-rate");
    text_put_string(out, "\nwhen ");
    if (part->condition)
        text_put_string(out, part->condition);
    else
        put_listed(out, part);
    text_format(out, "\nthen record keep %u days\nlimit 100000 servers per day\n",
                order->keep_days > 0 ? order->keep_days : KEEP_DAYS);
}

/* Puts it in its canonical form. */
static bool add_selector(struct warrant *warrant, const struct part *part,
                         const struct own_order *order, struct arena scratch,
                         struct law_ruling *ruling)
{
    char room[WARRANT_SELECTOR_OCTETS_MAX];
    struct text raw = text_over(room, sizeof room);
    struct selector_error wrong = { 0 };
    struct warrant_selector *out = &warrant->selectors[warrant->selector_count];
    struct text name = text_over(out->name, sizeof out->name);
    struct text text = text_over(out->text, sizeof out->text);
    put_selector(&raw, warrant, part, order);
    const struct selector *selector = selector_read(text_bytes(&raw), &scratch, &wrong);
    if (!selector)
        return ruling_refuse(ruling, ARTICLE_OF_FORM,
                             SAY("no selector can be made of: ", "セレクターを作れない："),
                             wrong.words);
    text_put_string(&name, selector_name(selector));
    selector_write(selector, &text);
    warrant->selector_count++;
    return true;
}

/* The lists from this one on, as many as one selector takes. */
static bool add_lists(struct warrant *warrant, const struct own_order *order, size_t first,
                      struct arena scratch, struct law_ruling *ruling)
{
    char room[SELECTOR_NAME_MAX];
    struct text name = text_over(room, sizeof room);
    size_t count = order->list_count - first;
    text_format(&name, "lists-%zu", first / LISTS_A_SELECTOR + 1);
    const struct part part = { .name = room,
                               .lists = order->lists + first,
                               .list_count =
                                   count < LISTS_A_SELECTOR ? count : LISTS_A_SELECTOR };
    return add_selector(warrant, &part, order, scratch, ruling);
}

static bool add_selectors(struct warrant *warrant, const struct own_order *order,
                          struct law_ruling *ruling)
{
    enum { BEHAVIOUR_PARTS = sizeof behaviours / sizeof *behaviours };
    size_t size = selector_size();
    void *memory = malloc(size);
    bool is_good =
        (memory && order->list_count <= OWN_LISTS_MAX) ||
        ruling_refuse(ruling, ARTICLE_OF_FORM, SAY("too many lists", "一覧が多すぎる"), "");
    for (size_t i = 0; is_good && i < BEHAVIOUR_PARTS; i++)
        is_good =
            add_selector(warrant, &behaviours[i], order, arena_over(memory, size), ruling);
    for (size_t i = 0; is_good && i < order->list_count; i += LISTS_A_SELECTOR)
        is_good = add_lists(warrant, order, i, arena_over(memory, size), ruling);
    free(memory);
    return is_good;
}

static int64_t whole_second(int64_t time_ns)
{
    return time_ns - time_ns % TIME_SECOND_NS;
}

/* Selectors hold 180 days at most, so a warrant of one's own does not outlive its. */
static int64_t end_of(const struct own_order *order, const struct law_basis *basis,
                      int64_t from_ns)
{
    int64_t day_ns = from_ns - from_ns % TIME_DAY_NS;
    int64_t end_ns = day_ns + VALID_DAYS * TIME_DAY_NS;
    int64_t period_ns = basis->period_months > 0
                            ? law_period_end(order->law, from_ns, basis->period_months)
                            : INT64_MAX;
    if (period_ns < end_ns)
        end_ns = period_ns;
    if (order->to_ns > 0 && order->to_ns < end_ns)
        end_ns = whole_second(order->to_ns);
    return end_ns;
}

static bool fill(struct warrant *warrant, const struct own_order *order,
                 const struct law_basis *basis, struct law_ruling *ruling)
{
    uint8_t octets[SERIAL_OCTETS];
    struct error err = { 0 };
    struct text law = text_over(warrant->law, sizeof warrant->law);
    struct text name = text_over(warrant->basis, sizeof warrant->basis);
    struct text issuer = text_over(warrant->issuer, sizeof warrant->issuer);
    struct text serial = text_over(warrant->serial, sizeof warrant->serial);
    if (!entropy_fill(octets, sizeof octets, &err))
        return ruling_refuse(ruling, ARTICLE_OF_FORM, SAY("", ""), err.text);
    text_put_string(&law, order->law->id);
    text_put_string(&name, basis->id);
    text_put_string(&issuer, order->name);
    text_format(&serial, "%s-%lld-", basis->id, (long long)(order->now_ns / TIME_SECOND_NS));
    text_put_hex(&serial, (struct bytes){ octets, sizeof octets });
    warrant->directions = basis->directions;
    warrant->issued_ns = warrant->from_ns = whole_second(order->now_ns);
    warrant->to_ns = end_of(order, basis, warrant->from_ns);
    return add_selectors(warrant, order, ruling);
}

/* Makes the key, which alone is trusted, and signs. */
static bool sign(const struct own_order *order, const struct law_basis *basis,
                 struct envelope *envelope, struct trust *trust, struct error *err)
{
    uint8_t public[NOTE_PUBLIC_OCTETS], secret[NOTE_SECRET_OCTETS], signature[64];
    struct trust_key *key = &trust->keys[0];
    struct text role = text_over(key->role, sizeof key->role);
    (void)crypto_sign_seed_keypair(public, secret, order->seed);
    (void)crypto_sign_detached(signature, NULL, envelope->message.at, envelope->message.len,
                               secret);
    sodium_memzero(secret, sizeof secret);
    if (note_key_init(bytes_of_string(order->name), public, &key->key) != FAULT_NONE)
        return error_set(err, 0, "no name of a key: %s", order->name);
    text_put_string(&role, basis->approver);
    key->from_ns = INT64_MIN;
    key->to_ns = INT64_MAX;
    trust->count = 1;
    return envelope_sign(envelope, &key->key, signature, err);
}

static bool seal(const struct own_order *order, const struct law_basis *basis,
                 const struct warrant *warrant, struct own_warrant *out,
                 struct law_ruling *ruling)
{
    char *room = malloc(ENVELOPE_OCTETS_MAX);
    struct envelope envelope = { .signature_count = 0 };
    struct error err = { 0 };
    bool is_sealed = room != NULL;
    if (is_sealed) {
        struct text payload = text_over(room, ENVELOPE_OCTETS_MAX);
        struct text json = text_over(out->envelope, sizeof out->envelope);
        is_sealed =
            warrant_write(warrant, &payload, &err) &&
            envelope_make(WARRANT_PAYLOAD_TYPE, text_bytes(&payload), &envelope, &err) &&
            sign(order, basis, &envelope, &out->trust, &err) &&
            envelope_write(&envelope, &json, &err);
        out->envelope_len = json.len;
    }
    envelope_done(&envelope);
    free(room);
    return is_sealed || ruling_refuse(ruling, ARTICLE_OF_FORM, SAY("", ""), err.text);
}

bool warrant_make_own(const struct own_order *order, struct own_warrant *out,
                      struct law_ruling *ruling)
{
    memset(out, 0, sizeof *out);
    *ruling = law_rule_basis(order->law, bytes_of_string(order->basis), order->now_ns);
    if (!ruling->is_allowed)
        return false;
    const struct law_basis *basis = law_find_basis(order->law, bytes_of_string(order->basis));
    struct warrant *warrant = calloc(1, sizeof *warrant);
    bool is_made = warrant && fill(warrant, order, basis, ruling) &&
                   seal(order, basis, warrant, out, ruling);
    free(warrant);
    const struct warrant_place place = {
        .law = order->law, .trust = &out->trust, .basis = order->basis, .now_ns = order->now_ns
    };
    struct bytes envelope = { (const uint8_t *)out->envelope, out->envelope_len };
    return is_made && warrant_rule(envelope, &place, &out->granted, ruling);
}
