// SPDX-License-Identifier: Apache-2.0
#include "behaviour/pair.h"

#include <math.h>

#include "base/must.h"
#include "behaviour/concern.h"

enum {
    FLOAT_BITS = 11, /* of the mantissa, the highest one not written */
    FLOAT_SHIFT_MAX = 30,
    SEEN_PART = 48,
    SLOT_TICKS = 1800 * CONCERN_TICKS_A_SECOND,
    SLOTS_MAX = 64,
};

/* Gaps of calls by chance (exponential) differ by two doublings on average, those of sleeps
 * that are half jitter by half a doubling. */
static const double steady_most = 1.2;

uint16_t pair_float(uint64_t value)
{
    if (value < UINT64_C(1) << FLOAT_BITS)
        return (uint16_t)value;
    unsigned shift = 63U - FLOAT_BITS - (unsigned)__builtin_clzll(value);
    if (shift > FLOAT_SHIFT_MAX)
        return UINT16_MAX;
    uint64_t rest = value >> shift & ((UINT64_C(1) << FLOAT_BITS) - 1);
    return (uint16_t)((shift + 1) << FLOAT_BITS | rest);
}

uint64_t pair_float_value(uint16_t stored)
{
    unsigned exponent = stored >> FLOAT_BITS;
    uint64_t rest = stored & ((1U << FLOAT_BITS) - 1);
    return exponent == 0 ? rest : (rest | UINT64_C(1) << FLOAT_BITS) << (exponent - 1);
}

void pairs_init(struct pairs *pairs, size_t octets, struct arena *keep)
{
    size_t seen = octets / SEEN_PART;
    seen_init(&pairs->seen, seen > SEEN_OCTETS_LEAST ? seen : SEEN_OCTETS_LEAST, keep);
    prints_init(&pairs->prints, (octets - seen) / (sizeof(uint64_t) + sizeof(struct pair)),
                keep);
    pairs->at = PRINTS_RECORDS(keep, struct pair, prints_slots(&pairs->prints));
}

/* Concerns go last, then those that called more than once, then the latest. */
static bool is_weaker(const struct pair *a, const struct pair *b)
{
    bool a_promoted = a->sightings == PAIR_PROMOTED;
    bool b_promoted = b->sightings == PAIR_PROMOTED;
    if (a_promoted || b_promoted)
        return !a_promoted;
    if ((a->sightings > 1) != (b->sightings > 1))
        return a->sightings <= 1;
    return (int32_t)(a->latest - b->latest) < 0;
}

static size_t weakest(const struct pairs *pairs, uint64_t print)
{
    const size_t homes[2] = { prints_home(&pairs->prints, print),
                              prints_second(&pairs->prints, print) };
    size_t found = homes[0];
    for (size_t way = 0; way < 2; way++)
        for (size_t slot = homes[way]; slot < homes[way] + PRINTS_WAYS; slot++)
            if (is_weaker(&pairs->at[slot], &pairs->at[found]))
                found = slot;
    return found;
}

size_t pairs_take(struct pairs *pairs, uint64_t print, bool is_forced, uint32_t *lost)
{
    *lost = UINT32_MAX;
    size_t slot = prints_free_two(&pairs->prints, print);
    if (slot == PRINTS_NONE) {
        if (!is_forced && !seen_add(&pairs->seen, print)) {
            pairs->counts.turned_away++;
            return PRINTS_NONE;
        }
        slot = weakest(pairs, print);
        if (pairs->at[slot].sightings == PAIR_PROMOTED)
            *lost = pairs->at[slot].latest;
        pairs->counts.evicted++;
    }
    pairs->prints.print[slot] = print;
    pairs->at[slot] = (struct pair){ .sightings = 0 };
    return slot;
}

size_t pairs_move(struct pairs *pairs, size_t from, uint64_t print, uint32_t *lost)
{
    struct pair pair = pairs->at[from];
    pairs->prints.print[from] = 0;
    size_t slot = pairs_take(pairs, print, true, lost);
    pairs->at[slot] = pair;
    return slot;
}

static void mark_slot(struct pair *pair, uint32_t start)
{
    int32_t step = (int32_t)(start / SLOT_TICKS) - (int32_t)(pair->latest / SLOT_TICKS);
    if (pair->sightings == 0)
        pair->slots = 1;
    else if (step >= SLOTS_MAX)
        pair->slots = 1;
    else if (step >= 0)
        pair->slots = pair->slots << step | 1;
    else if (step > -SLOTS_MAX)
        pair->slots |= UINT64_C(1) << -step;
}

size_t pair_starts(const struct pair *pair, uint32_t out[PAIR_EARLY])
{
    size_t count = pair->sightings < PAIR_EARLY ? pair->sightings : PAIR_EARLY;
    out[0] = pair->latest;
    for (size_t i = 1; i < count; i++)
        out[i] = out[i - 1] - (uint32_t)pair_float_value(pair->gaps[i - 1]);
    return count;
}

static double log_of_gap(uint64_t ticks)
{
    return log2((double)ticks + 1);
}

/* Doublings between the last gap and the next. */
static double change_to(const struct pair *pair, uint64_t gap)
{
    if (pair->sightings < 2)
        return 0;
    return fabs(log_of_gap(gap) - log_of_gap(pair_float_value(pair->gaps[0])));
}

static void add_gap(struct pair *pair, uint64_t gap)
{
    double unsteady = pair->unsteady + round(PAIR_LOG_STEPS * change_to(pair, gap));
    pair->unsteady = unsteady < UINT8_MAX ? (uint8_t)unsteady : UINT8_MAX;
    pair->gaps[1] = pair->gaps[0];
    pair->gaps[0] = pair_float(gap);
}

/* The latest starts of both, the last first. */
static size_t latest_of(const struct pair *a, const struct pair *b, uint32_t out[PAIR_EARLY])
{
    uint32_t starts[2][PAIR_EARLY];
    size_t left[2] = { pair_starts(a, starts[0]), pair_starts(b, starts[1]) };
    size_t at[2] = { 0, 0 };
    size_t count = 0;
    while (count < PAIR_EARLY && (at[0] < left[0] || at[1] < left[1])) {
        bool second = at[0] == left[0] ||
                      (at[1] < left[1] && (int32_t)(starts[1][at[1]] - starts[0][at[0]]) > 0);
        out[count++] = starts[second][at[second]];
        at[second]++;
    }
    return count;
}

static void set_starts(struct pair *pair, const uint32_t *starts, size_t count)
{
    pair->latest = starts[0];
    for (size_t i = 1; i < count; i++)
        pair->gaps[i - 1] = pair_float((uint32_t)(starts[i - 1] - starts[i]));
}

/* A call from before the latest is put where it belongs. */
static void add_start(struct pair *pair, uint32_t start)
{
    mark_slot(pair, start);
    int32_t gap = (int32_t)(start - pair->latest);
    if (pair->sightings == 0) {
        pair->latest = start;
    } else if (gap > 0) {
        add_gap(pair, (uint32_t)gap);
        pair->latest = start;
    } else {
        const struct pair earlier = { .latest = start, .sightings = 1 };
        uint32_t starts[PAIR_EARLY];
        size_t count = latest_of(pair, &earlier, starts);
        set_starts(pair, starts, count);
    }
    if (pair->sightings < PAIR_SIGHTINGS_MAX)
        pair->sightings++;
}

static void add_one(uint8_t *count, bool is_more)
{
    if (*count < UINT8_MAX)
        *count = (uint8_t)(*count + is_more);
}

void pair_add(struct pair *pair, const struct pair_call *call)
{
    pair->octets_out = pair_float(pair_float_value(pair->octets_out) + call->octets_out);
    pair->octets_in = pair_float(pair_float_value(pair->octets_in) + call->octets_in);
    add_one(&pair->connections, true);
    add_one(&pair->failed, call->failed);
    if (call->is_new)
        add_start(pair, call->start);
}

bool pair_is_steady(const struct pair *pair, uint32_t start)
{
    MUST(pair->sightings != PAIR_PROMOTED);
    uint32_t gap = start - pair->latest;
    double changes = pair->sightings - 1.0;
    double unsteady = (double)pair->unsteady / PAIR_LOG_STEPS + change_to(pair, gap);
    return changes > 0 && unsteady <= steady_most * changes;
}

static uint8_t sum_of(uint8_t a, uint8_t b, uint8_t most)
{
    unsigned sum = (unsigned)a + b;
    return sum < most ? (uint8_t)sum : most;
}

void pair_merge(struct pair *pair, const struct pair *other)
{
    if (other->sightings == 0)
        return;
    uint32_t starts[PAIR_EARLY];
    size_t count = latest_of(pair, other, starts);
    struct pair out = { .sightings = 0 };
    set_starts(&out, starts, count);
    const struct pair *both[2] = { pair, other };
    for (size_t i = 0; i < 2; i++) {
        uint32_t ago = starts[0] / SLOT_TICKS - both[i]->latest / SLOT_TICKS;
        if (both[i]->sightings > 0 && ago < SLOTS_MAX)
            out.slots |= both[i]->slots << ago;
    }
    out.sightings = sum_of(pair->sightings, other->sightings, PAIR_SIGHTINGS_MAX);
    out.connections = sum_of(pair->connections, other->connections, UINT8_MAX);
    out.failed = sum_of(pair->failed, other->failed, UINT8_MAX);
    out.unsteady = sum_of(pair->unsteady, other->unsteady, UINT8_MAX);
    out.octets_out =
        pair_float(pair_float_value(pair->octets_out) + pair_float_value(other->octets_out));
    out.octets_in =
        pair_float(pair_float_value(pair->octets_in) + pair_float_value(other->octets_in));
    *pair = out;
}
