// SPDX-License-Identifier: Apache-2.0
#include "identity/attempts.h"

enum kind { KIND_PAIR, KIND_ADDRESS, KIND_COUNT };

/* An address may be that of an office: many people make mistakes there, so it waits less, and
 * is forgiven sooner. */
static const struct limit {
    uint32_t free; /* failures without a wait */
    int64_t wait_max_s;
    int64_t forgive_s; /* one failure, each so often */
} limits[KIND_COUNT] = {
    [KIND_PAIR] = { 5, 900, 3600 },
    [KIND_ADDRESS] = { 50, 60, 60 },
};

enum { NETWORK_BITS = 64 }; /* of IPv6: one subscriber has all of them */

void attempts_init(struct attempts *attempts, const struct hash_key *key)
{
    memset(attempts, 0, sizeof(*attempts));
    attempts->key = *key;
}

static uint64_t hash_of(const struct attempts *attempts, enum kind kind,
                        const struct attempt *attempt)
{
    struct ip_address from = attempt->from;

    if (!ip_is_v4(&from))
        ip_mask(&from, NETWORK_BITS);
    uint64_t whence = hash_sixteen(&attempts->key, from.octets);
    uint64_t who = kind == KIND_PAIR ? hash_bytes(&attempts->key, attempt->name) : 0;
    return hash_two(&attempts->key, whence + (uint64_t)kind, who) | 1;
}

static bool is_live(const struct attempts_row *row, int64_t now_s)
{
    return row->hash != 0 && now_s - row->last_s < ATTEMPTS_FORGET_S;
}

static uint32_t failures_of(const struct attempts_row *row, enum kind kind, int64_t now_s)
{
    int64_t past_s = now_s > row->last_s ? now_s - row->last_s : 0;
    int64_t left = row->failures - past_s / limits[kind].forgive_s;

    return is_live(row, now_s) && left > 0 ? (uint32_t)left : 0;
}

static const struct attempts_row *find(const struct attempts *attempts, uint64_t hash)
{
    const struct attempts_row *set = attempts->rows[hash >> 1 & (ATTEMPTS_SETS - 1)];

    for (size_t i = 0; i < ATTEMPTS_WAYS; i++)
        if (set[i].hash == hash)
            return &set[i];
    return NULL;
}

/* Who failed least goes first, then who failed longest ago: what waits is not pushed out by
 * what does not. */
static bool is_lesser(const struct attempts_row *a, const struct attempts_row *b, int64_t now_s)
{
    bool is_a_live = is_live(a, now_s), is_b_live = is_live(b, now_s);

    if (is_a_live != is_b_live)
        return is_b_live;
    return a->failures != b->failures ? a->failures < b->failures : a->last_s < b->last_s;
}

static struct attempts_row *find_or_make(struct attempts *attempts, uint64_t hash,
                                         int64_t now_s)
{
    struct attempts_row *set = attempts->rows[hash >> 1 & (ATTEMPTS_SETS - 1)], *least = set;

    for (size_t i = 0; i < ATTEMPTS_WAYS; i++) {
        if (set[i].hash == hash)
            return &set[i];
        if (is_lesser(&set[i], least, now_s))
            least = &set[i];
    }
    if (is_live(least, now_s))
        attempts->evicted++;
    *least = (struct attempts_row){ .hash = hash, .last_s = now_s };
    return least;
}

static uint32_t wait_of(const struct attempts *attempts, enum kind kind,
                        const struct attempt *attempt)
{
    const struct attempts_row *row = find(attempts, hash_of(attempts, kind, attempt));
    const struct limit *limit = &limits[kind];

    if (!row || failures_of(row, kind, attempt->now_s) < limit->free)
        return 0;
    uint32_t failures = failures_of(row, kind, attempt->now_s);
    uint32_t beyond = failures - limit->free;
    int64_t wait_s = limit->wait_max_s;
    if (beyond < 16 && INT64_C(1) << beyond < wait_s)
        wait_s = INT64_C(1) << beyond;
    int64_t left_s = row->last_s + wait_s - attempt->now_s;
    /* A clock that was set back makes nobody wait longer. */
    return left_s <= 0 ? 0 : (uint32_t)(left_s < wait_s ? left_s : wait_s);
}

static void count(struct attempts *attempts, enum kind kind, const struct attempt *attempt)
{
    struct attempts_row *row =
        find_or_make(attempts, hash_of(attempts, kind, attempt), attempt->now_s);
    uint32_t failures = failures_of(row, kind, attempt->now_s);

    row->failures = failures < UINT32_MAX ? failures + 1 : failures;
    row->last_s = attempt->now_s;
}

bool attempts_begin(struct attempts *attempts, const struct attempt *attempt, uint32_t *wait_s)
{
    uint32_t pair_s = wait_of(attempts, KIND_PAIR, attempt);
    uint32_t address_s = wait_of(attempts, KIND_ADDRESS, attempt);

    *wait_s = pair_s > address_s ? pair_s : address_s;
    if (*wait_s > 0) {
        attempts->refused++;
        return false;
    }
    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        count(attempts, kind, attempt);
    return true;
}

void attempts_succeeded(struct attempts *attempts, const struct attempt *attempt)
{
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        uint64_t hash = hash_of(attempts, kind, attempt);
        if (!find(attempts, hash))
            continue;
        struct attempts_row *row = find_or_make(attempts, hash, attempt->now_s);
        if (kind == KIND_PAIR)
            *row = (struct attempts_row){ 0 };
        else if (row->failures > 0)
            row->failures--;
    }
}
