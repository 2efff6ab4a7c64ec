// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include <sodium.h>

#include "base/must.h"
#include "base/time.h"
#include "selector/selector.h"

#define DIRECTIONS_OF(bit) (UINT32_C(1) << (bit))
#define ALWAYS               \
    {                        \
        INT64_MIN, INT64_MAX \
    }

static const struct law_basis bases[] = {
    { .id = "m",
      .name = { "measure", "措置" },
      .article = "7",
      .force = ALWAYS,
      .kind = BASIS_STATUTORY,
      .approval = LAW_APPROVAL_PRIOR,
      .approver = "board",
      .signatures = 2,
      .directions = DIRECTIONS_OF(DIRECTION_FF),
      .period_months = 6,
      .extension_months = 3,
      .period_article = "7(3)",
      .share_permille = 300,
      .items = 2,
      .item_kinds = 14,
      .items_article = "7(2)",
      .kinds = 2,
      .needs_equipment = true },
    { .id = "later",
      .name = { "later", "将来" },
      .article = "9",
      .force = { INT64_C(1893456000) * 1000000000, INT64_MAX },
      .kind = BASIS_STATUTORY,
      .approver = "board",
      .signatures = 2,
      .directions = DIRECTIONS_OF(DIRECTION_FF) },
    { .id = "own",
      .name = { "own network", "自網" },
      .article = "1",
      .force = ALWAYS,
      .kind = BASIS_OWN,
      .approver = "owner",
      .signatures = 1,
      .directions = DIRECTIONS_OF(DIRECTIONS) - 1,
      .period_months = 12,
      .extension_months = 12,
      .items = 1,
      .item_kinds = 14,
      .lines_in_clear = true },
};

const struct law fixture_law = { .id = "none",
                                 .citation = "the law of no country",
                                 .access_article = "2",
                                 .first_day_counts = true,
                                 .bases = bases,
                                 .basis_count = sizeof bases / sizeof *bases };

int64_t fixture_time(const char *text)
{
    int64_t time_ns = 0;
    MUST(time_read(bytes_of_string(text), &time_ns));
    return time_ns;
}

static void make_pair(unsigned number, uint8_t public[32], uint8_t secret[64])
{
    uint8_t seed[32] = { (uint8_t)number };
    (void)crypto_sign_seed_keypair(public, secret, seed);
}

void fixture_key(unsigned number, struct note_key *out)
{
    uint8_t public[32], secret[64];
    char room[16];
    struct text name = text_over(room, sizeof room);
    make_pair(number, public, secret);
    text_format(&name, "key-%u", number);
    MUST(note_key_init(text_bytes(&name), public, out) == FAULT_NONE);
}

void fixture_trust(struct trust *trust, unsigned number, const char *role)
{
    struct trust_key *key = &trust->keys[trust->count++];
    struct text text = text_over(key->role, sizeof key->role);
    text_put_string(&text, role);
    fixture_key(number, &key->key);
    key->from_ns = fixture_time("2026-01-01");
    key->to_ns = fixture_time("2030-01-01");
}

static void put(char *room, size_t max, const char *words)
{
    struct text text = text_over(room, max);
    text_put_string(&text, words);
}

void fixture_selector(struct warrant *warrant, const char *name, const char *condition)
{
    static uint8_t memory[1 << 16];
    char room[2048];
    struct arena arena = arena_over(memory, sizeof memory);
    struct selector_error wrong = { 0 };
    struct warrant_selector *out = &warrant->selectors[warrant->selector_count++];
    struct text raw = text_over(room, sizeof room),
                text = text_over(out->text, sizeof out->text);
    const struct time_date first = time_date_of(warrant->from_ns);
    const struct time_date last = time_date_of(warrant->from_ns + 168 * TIME_DAY_NS);
    text_format(
        &raw,
        "selector \"%s\" version 1\npurpose \"damage-prevention\"\nowner \"ops\"\n"
        "valid %04d-%02u-%02u to %04d-%02u-%02u\nscope foreign-to-foreign\nreveals server\n"
        "when %s\nthen record keep 30 days\nlimit 50 servers per day\n",
        name, (int)first.year, first.month, first.day, (int)last.year, last.month, last.day,
        condition);
    const struct selector *selector = selector_read(text_bytes(&raw), &arena, &wrong);
    MUST(selector);
    put(out->name, sizeof out->name, name);
    selector_write(selector, &text);
}

void fixture_warrant(struct warrant *out)
{
    memset(out, 0, sizeof *out);
    put(out->serial, sizeof out->serial, "NO-2028-0001");
    put(out->law, sizeof out->law, "none");
    put(out->basis, sizeof out->basis, "m");
    put(out->issuer, sizeof out->issuer, "Board of no country");
    put(out->equipment, sizeof out->equipment, "cable-7");
    out->directions = DIRECTIONS_OF(DIRECTION_FF);
    out->capacity_bits_per_second = UINT64_C(100000000000);
    out->share_permille = 300;
    out->issued_ns = fixture_time("2028-01-10T09:00:00Z");
    out->from_ns = fixture_time("2028-01-15");
    out->to_ns = fixture_time("2028-07-15");
    out->condition_count = 1;
    put(out->conditions[0], WARRANT_CONDITION_MAX, "Weekly report to the board.");
    fixture_selector(out, "relays", "server in list \"relays\" and ja4 in list \"tools\"");
}

struct bytes fixture_seal(const char *type, struct bytes payload, const unsigned *keys)
{
    static char json[FIXTURE_ROOM];
    struct text out = text_over(json, sizeof json);
    struct envelope envelope = { .signature_count = 0 };
    struct error err = { 0 };
    MUST(envelope_make(type, payload, &envelope, &err));
    for (; *keys; keys++) {
        uint8_t public[32], secret[64], signature[64];
        struct note_key key;
        fixture_key(*keys, &key);
        make_pair(*keys, public, secret);
        (void)crypto_sign_detached(signature, NULL, envelope.message.at, envelope.message.len,
                                   secret);
        MUST(envelope_sign(&envelope, &key, signature, &err));
    }
    MUST(envelope_write(&envelope, &out, &err));
    envelope_done(&envelope);
    return text_bytes(&out);
}

struct bytes fixture_sign(const struct warrant *warrant, const unsigned *keys)
{
    static char payload[FIXTURE_ROOM];
    struct text out = text_over(payload, sizeof payload);
    struct error err = { 0 };
    MUST(warrant_write(warrant, &out, &err));
    return fixture_seal(WARRANT_PAYLOAD_TYPE, text_bytes(&out), keys);
}
