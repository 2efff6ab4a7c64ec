// SPDX-License-Identifier: Apache-2.0
#include <math.h>

#include "base/attr.h"
#include "base/time.h"
#include "behaviour/lateral_private.h"

#define HALF_HOUR_NS (1800 * TIME_SECOND_NS)

enum { LINE_OCTETS = 64, LINE_WORDS = 8 };

/* Of one hint alone; half of it where no path is. */
static const double hint_weights[HINTS] = {
    [HINT_NEW_EDGE] = 1,   [HINT_FAN] = 2,         [HINT_PEER] = 1,
    [HINT_REVERSED] = 1.5, [HINT_INITIATES] = 1.5, [HINT_SPRAY] = 2.5,
    [HINT_ACCOUNT] = 1,    [HINT_PERSON] = 1.5,    [HINT_WEAK] = 1,
};

void edges_init(struct edges *edges, size_t octets, struct arena *keep)
{
    edges->lines = octets / (2 * LINE_OCTETS);
    if (edges->lines == 0)
        edges->lines = 1;
    for (size_t i = 0; i < 2; i++)
        edges->words[i] =
            arena_take_zeroed(keep, LINE_OCTETS, LINE_OCTETS, (size_t)edges->lines);
}

static size_t line_of(const struct edges *edges, uint64_t hash)
{
    __extension__ unsigned __int128 wide = (unsigned __int128)hash * edges->lines;
    return (size_t)(wide >> 64) * LINE_WORDS;
}

void edges_expect(const struct edges *edges, uint64_t hash, int64_t generation)
{
    PREFETCH(edges->words[generation & 1] + line_of(edges, hash));
}

/* Three bits in one line of cache. */
static bool has(const uint64_t *line, uint64_t hash)
{
    for (unsigned i = 0; i < 3; i++, hash >>= 9)
        if ((line[hash % LINE_WORDS] >> (hash >> 3) % 64 & 1) == 0)
            return false;
    return true;
}

bool edges_has(const struct edges *edges, uint64_t hash)
{
    size_t line = line_of(edges, hash);
    return has(edges->words[0] + line, hash) || has(edges->words[1] + line, hash);
}

bool edges_add(struct edges *edges, uint64_t hash, int64_t generation)
{
    bool was = edges_has(edges, hash);
    uint64_t *line = edges->words[generation & 1] + line_of(edges, hash);
    for (unsigned i = 0; i < 3; i++, hash >>= 9)
        line[hash % LINE_WORDS] |= UINT64_C(1) << (hash >> 3) % 64;
    return was;
}

void edges_forget(struct edges *edges, int64_t generation)
{
    memset(edges->words[generation & 1], 0, (size_t)edges->lines * LINE_OCTETS);
}

void edges_merge(struct edges *edges, const struct edges *other, int64_t generation)
{
    for (size_t i = 0; i < (size_t)edges->lines * LINE_WORDS; i++)
        edges->words[generation & 1][i] |= other->words[generation & 1][i];
}

void edges_parts(const struct edges *edges, struct behaviour_part *out)
{
    for (size_t i = 0; i < EDGE_PARTS; i++)
        out[i] = (struct behaviour_part){ edges->words[i], (size_t)edges->lines * LINE_OCTETS };
}

static void turn(struct fan *fan, int64_t slot)
{
    if (slot <= fan->slot)
        return;
    fan->hosts[slot & 1] = (struct sketch){ { 0 } };
    fan->tries[slot & 1] = 0;
    if (slot > fan->slot + 1) {
        fan->hosts[(slot - 1) & 1] = (struct sketch){ { 0 } };
        fan->tries[(slot - 1) & 1] = 0;
    }
    fan->slot = slot;
}

double fan_add(struct fan *fan, int64_t time_ns, uint64_t host)
{
    int64_t slot = time_ns / HALF_HOUR_NS;
    turn(fan, slot);
    if (slot < fan->slot - 1)
        return 0; /* too late to count */
    sketch_add(&fan->hosts[slot & 1], host);
    fan->tries[slot & 1] += fan->tries[slot & 1] < UINT32_MAX;
    struct sketch both = fan->hosts[0];
    sketch_merge(&both, &fan->hosts[1]);
    return sketch_count(&both);
}

double fan_tries(const struct fan *fan)
{
    return (double)fan->tries[0] + fan->tries[1];
}

static void merge_half(struct fan *fan, const struct fan *other, int64_t slot)
{
    sketch_merge(&fan->hosts[slot & 1], &other->hosts[slot & 1]);
    fan->tries[slot & 1] += other->tries[slot & 1];
}

void fan_merge(struct fan *fan, const struct fan *other)
{
    turn(fan, other->slot);
    if (other->slot >= fan->slot - 1)
        merge_half(fan, other, other->slot);
    if (other->slot == fan->slot)
        merge_half(fan, other, other->slot - 1);
}

/* Reached by one kind of hint, and within a day reaching on by another (detectors.md 10, after
 * Hopper: a path of two). */
struct path path_of(const struct mover *mover)
{
    struct path path = { 0, 0, false };
    int64_t latest_ns = 0;
    for (unsigned i = 0; i < HINTS; i++)
        latest_ns = mover->hint_ns[i] > latest_ns ? mover->hint_ns[i] : latest_ns;
    for (unsigned i = 0; i < HINTS; i++) {
        if (mover->hint_ns[i] == 0 || latest_ns - mover->hint_ns[i] > TIME_DAY_NS)
            continue;
        path.own |= UINT32_C(1) << i;
        for (unsigned j = 0; j < HINTS; j++) {
            int64_t reached_ns = mover->reach_ns[j], own_ns = mover->hint_ns[i];
            if (i == j || reached_ns == 0 || own_ns < reached_ns ||
                own_ns - reached_ns > TIME_DAY_NS)
                continue;
            path.reached |= UINT32_C(1) << j;
            path.is_path = true;
        }
    }
    return path;
}

static void latest(int64_t *ns, const int64_t *other)
{
    for (size_t i = 0; i < HINTS; i++)
        if (other[i] > ns[i])
            ns[i] = other[i];
}

void mover_merge(struct mover *mover, const struct mover *other)
{
    if (other->first_ns < mover->first_ns)
        mover->first_ns = other->first_ns;
    if (other->last_ns > mover->last_ns)
        mover->last_ns = other->last_ns;
    if (mover->began_ns == 0 || (other->began_ns != 0 && other->began_ns < mover->began_ns))
        mover->began_ns = other->began_ns;
    if (ip_is_zero(&mover->reached_from)) {
        mover->reached_from = other->reached_from;
        mover->reached_place = other->reached_place;
    }
    if (mover->port == 0 || (other->port != 0 && other->port < mover->port))
        mover->port = other->port;
    latest(mover->hint_ns, other->hint_ns);
    latest(mover->reach_ns, other->reach_ns);
    mover->octets_out += other->octets_out;
    mover->octets_in += other->octets_in;
    mover->connections += other->connections;
    mover->fan = mover->fan > other->fan ? mover->fan : other->fan;
    mover->told |= other->told;
    mover->is_server |= other->is_server;
    sketch_merge(&mover->clients, &other->clients);
    sketch_merge(&mover->targets, &other->targets);
}

void mover_add_measures(struct sighting *sighting, const struct mover *mover,
                        const struct path *path)
{
    double weight = 0, kinds = 0;
    for (unsigned i = 0; i < HINTS; i++) {
        if (((path->own | path->reached) >> i & 1) == 0)
            continue;
        kinds++;
        weight += hint_weights[i];
    }
    double part = path->is_path ? 1 : 0.5;
    evidence_add(sighting,
                 (struct measure){ MEASURE_HINTS, kinds, 2, fmin(4, part * weight), 0 });
    evidence_add(sighting, (struct measure){ MEASURE_PATH, path->is_path ? 2 : 1, 2,
                                             path->is_path ? 2 : 0, 0 });
    double targets = round(sketch_count(&mover->targets));
    double wide = mover->fan < LATERAL_FAN_LEAST
                      ? 0
                      : fmin(1, log2((double)mover->fan / LATERAL_FAN_LEAST) / 4);
    evidence_add(sighting, (struct measure){ MEASURE_NEW_TARGETS, targets, LATERAL_FAN_LEAST,
                                             part * wide, 0 });
}
