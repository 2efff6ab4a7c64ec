// SPDX-License-Identifier: Apache-2.0
/* Warrants as they are: envelopes that are signed, ruled on, compiled and revoked.  Keys are
 * made of their names, so that a scenario says the same whenever it is played. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "selector/selector.h"
#include "traffic.h"
#include "warrant/envelope.h"
#include "warrant/warrant.h"

enum { KEYS_MAX = 16, WARRANTS_MAX = 8, SIGNERS_MAX = 8, ENVELOPE_ROOM = 1 << 19 };

struct drafted {
    struct warrant warrant;
    size_t signer_count;
    char signers[SIGNERS_MAX][32];
    bool is_granted;
    struct granted_warrant granted;
};

struct paper {
    struct trust trust;
    char names[KEYS_MAX][32];
    size_t count;
    struct drafted warrants[WARRANTS_MAX];
    char payload[ENVELOPE_ROOM], envelope[ENVELOPE_ROOM];
};

static struct paper *paper_of(struct run *run)
{
    if (!run->paper)
        run->paper = calloc(1, sizeof *run->paper);
    if (!run->paper)
        abort();
    return run->paper;
}

void paper_done(struct run *run)
{
    free(run->paper);
    run->paper = NULL;
}

static void make_pair(const char *name, uint8_t public[32], uint8_t secret[64])
{
    uint8_t seed[32] = { 0 };
    memcpy(seed, name, strnlen(name, sizeof seed));
    (void)crypto_sign_seed_keypair(public, secret, seed);
}

static bool make_key(const char *name, struct note_key *out)
{
    uint8_t public[32], secret[64];
    make_pair(name, public, secret);
    return note_key_init(bytes_of_string(name), public, out) == FAULT_NONE;
}

/* key NAME ROLE from MOMENT to MOMENT: believed for warrants issued then */
static bool take_key(struct run *run, const struct words *words)
{
    struct paper *paper = paper_of(run);
    struct trust_key *key = &paper->trust.keys[paper->trust.count];
    if (paper->trust.count == KEYS_MAX || !make_key(words->at[1], &key->key))
        return fail(run, "no key of that name can be made");
    (void)snprintf(key->role, sizeof key->role, "%s", words->at[2]);
    if (!law_find_role(&run->law, words->at[2]))
        return fail(run, "this law has no role \"%s\"", words->at[2]);
    if (!read_moment(run, words->at[4], &key->from_ns) ||
        !read_moment(run, words->at[6], &key->to_ns))
        return false;
    paper->trust.count++;
    return true;
}

static struct drafted *find_draft(struct run *run, const char *serial)
{
    struct paper *paper = paper_of(run);
    for (size_t i = 0; i < paper->count; i++) {
        if (is_word(paper->warrants[i].warrant.serial, serial))
            return &paper->warrants[i];
    }
    (void)fail(run, "no warrant \"%s\" was drafted", serial);
    return NULL;
}

/* draft SERIAL under BASIS from MOMENT to MOMENT */
static bool take_draft(struct run *run, const struct words *words)
{
    struct paper *paper = paper_of(run);
    const struct law_basis *basis = law_find_basis(&run->law, bytes_of_string(words->at[3]));
    struct warrant *warrant = &paper->warrants[paper->count].warrant;
    if (paper->count == WARRANTS_MAX)
        return fail(run, "too many warrants");
    (void)snprintf(warrant->serial, sizeof warrant->serial, "%s", words->at[1]);
    (void)snprintf(warrant->law, sizeof warrant->law, "%s", run->law.id);
    (void)snprintf(warrant->basis, sizeof warrant->basis, "%s", words->at[3]);
    (void)snprintf(warrant->issuer, sizeof warrant->issuer, "scenario");
    warrant->directions = basis ? basis->directions : UINT32_C(1) << DIRECTION_FD;
    warrant->issued_ns = run->now_ns;
    if (!read_moment(run, words->at[5], &warrant->from_ns) ||
        !read_moment(run, words->at[7], &warrant->to_ns))
        return false;
    paper->count++;
    return true;
}

static bool set_direction(struct run *run, struct warrant *warrant, const char *value)
{
    for (enum direction direction = 0; direction < DIRECTIONS; direction++) {
        if (is_word(direction_name(direction), value)) {
            warrant->directions = UINT32_C(1) << direction;
            return true;
        }
    }
    return fail(run, "\"%s\" is no direction", value);
}

/* with SERIAL equipment|capacity|share|direction|extends VALUE */
static bool take_with(struct run *run, const struct words *words)
{
    struct drafted *draft = find_draft(run, words->at[1]);
    const char *what = words->at[2], *value = words->at[3];
    uint64_t number = 0;
    if (!draft)
        return false;
    struct warrant *warrant = &draft->warrant;
    if (is_word(what, "equipment")) {
        (void)snprintf(warrant->equipment, sizeof warrant->equipment, "%s", value);
    } else if (is_word(what, "extends")) {
        (void)snprintf(warrant->extends, sizeof warrant->extends, "%s", value);
    } else if (is_word(what, "direction")) {
        return set_direction(run, warrant, value);
    } else if (is_word(what, "capacity") || is_word(what, "share")) {
        if (!read_count(run, value, &number))
            return false;
        if (is_word(what, "share"))
            warrant->share_permille = (unsigned)number;
        else
            warrant->capacity_bits_per_second = number;
    } else {
        return fail(run, "a warrant has equipment, capacity, share, direction, extends");
    }
    return true;
}

/* selector SERIAL NAME SCOPE FROM TO CONDITION: in the language of selectors */
static bool take_selector(struct run *run, const struct words *words)
{
    static uint8_t memory[1 << 20];
    struct drafted *draft = find_draft(run, words->at[1]);
    struct selector_error wrong = { 0 };
    char room[4096];
    struct text raw = text_over(room, sizeof room);
    struct arena arena = arena_over(memory, sizeof memory);
    if (!draft || draft->warrant.selector_count == WARRANT_SELECTORS_MAX)
        return draft && fail(run, "too many selectors");
    struct warrant_selector *out = &draft->warrant.selectors[draft->warrant.selector_count];
    for (char *at = words->at[6]; *at != '\0'; at++) {
        if (*at == '\'')
            *at = '"'; /* quotes within quotes */
    }
    text_format(&raw,
                "selector \"%s\" version 1\npurpose \"damage-prevention\"\nowner \"ops\"\n"
                "valid %s to %s\nscope %s\nreveals server\nwhen %s\n"
                "then record keep 30 days\nlimit 50 servers per day\n",
                words->at[2], words->at[4], words->at[5], words->at[3], words->at[6]);
    const struct selector *selector = selector_read(text_bytes(&raw), &arena, &wrong);
    if (!selector)
        return fail(run, "line %u, column %u: %s", wrong.line, wrong.column, wrong.words);
    struct text canonical = text_over(out->text, sizeof out->text);
    selector_write(selector, &canonical);
    (void)snprintf(out->name, sizeof out->name, "%s", words->at[2]);
    draft->warrant.selector_count++;
    return true;
}

static bool take_signing(struct run *run, const struct words *words)
{
    struct drafted *draft = find_draft(run, words->at[1]);
    if (!draft)
        return false;
    draft->signer_count = 0;
    for (size_t i = 3; i < words->count; i++) {
        if (draft->signer_count == SIGNERS_MAX)
            return fail(run, "too many signers");
        (void)snprintf(draft->signers[draft->signer_count++], 32, "%s", words->at[i]);
    }
    return true;
}

static bool add_signatures(struct run *run, const struct drafted *draft,
                           struct envelope *envelope, struct error *err)
{
    for (size_t i = 0; i < draft->signer_count; i++) {
        uint8_t public[32], secret[64], signature[64];
        struct note_key key;
        if (!make_key(draft->signers[i], &key))
            return error_set(err, 0, "no key");
        make_pair(draft->signers[i], public, secret);
        (void)crypto_sign_detached(signature, NULL, envelope->message.at, envelope->message.len,
                                   secret);
        if (!envelope_sign(envelope, &key, signature, err))
            return false;
    }
    (void)run;
    return true;
}

static bool seal(struct run *run, const struct drafted *draft, struct bytes *out,
                 struct error *err)
{
    struct paper *paper = paper_of(run);
    struct text payload = text_over(paper->payload, sizeof paper->payload);
    struct text json = text_over(paper->envelope, sizeof paper->envelope);
    struct envelope envelope = { .signature_count = 0 };
    if (!warrant_write(&draft->warrant, &payload, err) ||
        !envelope_make(WARRANT_PAYLOAD_TYPE, text_bytes(&payload), &envelope, err))
        return false;
    bool is_good =
        add_signatures(run, draft, &envelope, err) && envelope_write(&envelope, &json, err);
    envelope_done(&envelope);
    *out = text_bytes(&json);
    return is_good;
}

/* use SERIAL by BASIS at EQUIPMENT [changed OCTET]: a sensor is given it, perhaps with one
 * octet of the envelope changed on the way */
static bool take_use(struct run *run, const struct words *words)
{
    struct drafted *draft = find_draft(run, words->at[1]);
    struct error err = { 0 };
    struct bytes json;
    struct law_ruling ruling = { 0 };
    if (!draft || !seal(run, draft, &json, &err))
        return draft && fail(run, "%s", err.text);
    if (words->count > 6) {
        uint64_t octet;
        if (!read_count(run, words->at[7], &octet) || octet >= json.len)
            return fail(run, "the envelope has %zu octets", json.len);
        paper_of(run)->envelope[octet] ^= 1;
    }
    struct drafted *earlier = NULL;
    if (*draft->warrant.extends && !(earlier = find_draft(run, draft->warrant.extends)))
        return false;
    const struct warrant_place place = {
        .law = &run->law,
        .trust = &paper_of(run)->trust,
        .basis = words->at[3],
        .equipment = words->at[5],
        .now_ns = run->now_ns,
        .earlier = earlier && earlier->is_granted ? &earlier->granted : NULL,
    };
    draft->is_granted = warrant_rule(json, &place, &draft->granted, &ruling);
    answer(run, &ruling);
    return !draft->is_granted || traffic_grant(run, &draft->granted);
}

const struct verb warrant_verbs[] = {
    { "key", 7, 7, take_key, "key NAME ROLE from MOMENT to MOMENT" },
    { "draft", 8, 8, take_draft, "draft SERIAL under BASIS from MOMENT to MOMENT" },
    { "with", 4, 4, take_with, "with SERIAL equipment|capacity|share|direction|extends VALUE" },
    { "selector", 7, 7, take_selector, "selector SERIAL NAME SCOPE FROM TO CONDITION" },
    { "sign", 4, 12, take_signing, "sign SERIAL by KEY..." },
    { "use", 6, 8, take_use, "use SERIAL by BASIS at EQUIPMENT [changed OCTET]" },
    { NULL, 0, 0, NULL, NULL },
};
