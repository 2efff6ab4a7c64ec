// SPDX-License-Identifier: Apache-2.0
/* A sample that nobody picked: draw n is SHA-256 of the seed and of n (eight octets, big-endian
 * first), as one number, modulo how many there are; what was drawn before is passed over.
 * Whoever knows seed and size draws the same again. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "hub/oversight_private.h"

enum { SEED_MAX = 128, COUNT_DEFAULT = 20, DRAWS_MAX = 100000 };

struct sample {
    const char *seed, *kind; /* kind "": any */
    int64_t size;            /* entries of the log that are drawn from */
    int64_t of;              /* of them, of that kind */
    int64_t count;
    size_t drawn;
    int64_t places[OVERSIGHT_LIMIT_MAX];
};

static int64_t draw(const struct sample *sample, uint64_t n)
{
    crypto_hash_sha256_state state;
    uint8_t counter[8], digest[HUB_DIGEST_OCTETS];
    for (size_t i = 0; i < sizeof counter; i++)
        counter[i] = (uint8_t)(n >> (8 * (sizeof counter - 1 - i)));
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const uint8_t *)sample->seed, strlen(sample->seed));
    crypto_hash_sha256_update(&state, counter, sizeof counter);
    crypto_hash_sha256_final(&state, digest);
    uint64_t rest = 0; /* of is below 2^53: no shift is lost */
    for (size_t i = 0; i < sizeof digest; i++)
        rest = (rest << 8 | digest[i]) % (uint64_t)sample->of;
    return (int64_t)rest;
}

static bool is_drawn(const struct sample *sample, int64_t place)
{
    for (size_t i = 0; i < sample->drawn; i++) {
        if (sample->places[i] == place)
            return true;
    }
    return false;
}

static void draw_all(struct sample *sample)
{
    for (uint64_t n = 0; n < DRAWS_MAX && (int64_t)sample->drawn < sample->count &&
                         (int64_t)sample->drawn < sample->of;
         n++) {
        int64_t place = draw(sample, n);
        if (!is_drawn(sample, place))
            sample->places[sample->drawn++] = place;
    }
}

static bool count_kind(struct asking *asking, struct sample *sample, struct error *err)
{
    sample->of = sample->size;
    return !*sample->kind ||
           sql_number(asking->db,
                      SQL("SELECT COUNT(*) FROM entry WHERE kind = $1 AND number < $2",
                          database_string(sample->kind), database_number(sample->size)),
                      0, &sample->of, err);
}

static struct database_rows *ask_place(struct asking *asking, const struct sample *sample,
                                       int64_t place, struct error *err)
{
    return *sample->kind
               ? database_ask(asking->db,
                              SQL("SELECT number, octets FROM entry WHERE kind = $1"
                                  " ORDER BY number LIMIT 1 OFFSET $2",
                                  database_string(sample->kind), database_number(place)),
                              err)
               : database_ask(asking->db,
                              SQL("SELECT number, octets FROM entry WHERE number = $1",
                                  database_number(place)),
                              err);
}

static bool add_items(struct asking *asking, const struct sample *sample, json_t *items,
                      struct error *err)
{
    for (size_t i = 0; i < sample->drawn; i++) {
        struct database_rows *rows = ask_place(asking, sample, sample->places[i], err);
        if (!rows)
            return false;
        enum database_step step = database_step(rows, err);
        if (step == DATABASE_ROW)
            json_array_append_new(items,
                                  ledger_entry_json(asking->hub, database_get_number(rows, 0),
                                                    database_get_blob(rows, 1)));
        database_end(rows);
        if (step == DATABASE_FAILED)
            return false;
    }
    return true;
}

static bool read_sample(struct asking *asking, struct sample *out)
{
    static const struct law_text no_seed = { "a seed of 1 to 128 octets is wanted",
                                             "1から128オクテットのシードを指定してください" };
    const char *seed = http_query(asking->request, "seed");
    const char *kind = http_query(asking->request, "kind");
    int64_t committed = atomic_load(&asking->hub->log.committed);
    *out = (struct sample){ .seed = seed ? seed : "", .kind = kind ? kind : "" };
    if (!*out->seed || strlen(out->seed) > SEED_MAX)
        return !refuse_field(asking, "seed", no_seed);
    if (!query_number(asking, "count", COUNT_DEFAULT, &out->count) ||
        !query_number(asking, "size", committed, &out->size))
        return false;
    if (out->count > OVERSIGHT_LIMIT_MAX)
        out->count = OVERSIGHT_LIMIT_MAX;
    if (out->size > committed)
        out->size = committed;
    return true;
}

static bool give(struct asking *asking, struct sample *sample, struct error *err)
{
    char subject[SEED_MAX + 64];
    if (!count_kind(asking, sample, err))
        return false;
    draw_all(sample);
    snprintf(subject, sizeof subject, "sample of %lld entries, seed %s",
             (long long)sample->size, sample->seed);
    json_t *items = json_array();
    if (!add_items(asking, sample, items, err) ||
        !look_log(asking, &(struct look){ "read", "ledger", subject, -1 }, err)) {
        json_decref(items);
        return false;
    }
    return answer(asking, 200,
                  json_pack("{s:o, s:s, s:s, s:I, s:I, s:I, s:b, s:n}", "items", items, "seed",
                            sample->seed, "kind", sample->kind, "size",
                            (json_int_t)sample->size, "of", (json_int_t)sample->of, "count",
                            (json_int_t)sample->drawn, "count_is_exact", 1, "next"));
}

bool inspection_sample(struct asking *asking, struct error *err)
{
    struct sample sample;
    enum ledger_reach reach;
    bool is_failed;
    if (!look_may(asking, "inspection", &is_failed, err))
        return !is_failed;
    if (!ledger_reach(asking, ACTION_READ, &reach, err))
        return false;
    if (reach != LEDGER_ALL)
        return refuse_unknown(asking);
    return !read_sample(asking, &sample) || give(asking, &sample, err);
}
