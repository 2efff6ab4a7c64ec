// SPDX-License-Identifier: Apache-2.0
/* The table of sources: who is evicted, what is kept over a restart, and how two become one. */
#include "behaviour/scan_private.h"

/* What has fired goes last, then what failed most and latest. */
static bool is_weaker(const void *records, size_t a, size_t b)
{
    const struct scan_source *of_a = (const struct scan_source *)records + a;
    const struct scan_source *of_b = (const struct scan_source *)records + b;
    if (of_a->fired != of_b->fired)
        return !of_a->fired;
    return of_a->net != of_b->net ? of_a->net < of_b->net : of_a->last_ns < of_b->last_ns;
}

size_t scan_take_slot(struct scan *scan, uint64_t print)
{
    uint64_t evicted = scan->evicted;
    size_t slot = prints_take(&scan->prints, print, is_weaker, scan->sources, &scan->evicted);
    scan->evicted_fired += scan->evicted != evicted && scan->sources[slot].fired;
    return slot;
}

size_t scan_parts(void *state, struct behaviour_part out[BEHAVIOUR_PARTS_MAX])
{
    struct scan *scan = state;
    size_t slots = prints_slots(&scan->prints), octets = scan->seen.lines * SEEN_LINE_OCTETS;
    const struct behaviour_part parts[] = {
        { scan->prints.print, slots * sizeof *scan->prints.print },
        { scan->sources, slots * sizeof *scan->sources },
        { scan->seen.words[0], octets },
        { scan->seen.words[1], octets },
        { &scan->seen.left, sizeof scan->seen.left },
        { &scan->seen.has_older, sizeof scan->seen.has_older },
        { &scan->pulse, sizeof scan->pulse },
        { &scan->pulse_before, sizeof scan->pulse_before },
        { scan->answered, sizeof scan->answered },
        { scan->left_out, sizeof scan->left_out },
        { &scan->evicted, sizeof scan->evicted },
        { &scan->evicted_fired, sizeof scan->evicted_fired },
        { &scan->fired, sizeof scan->fired },
    };
    _Static_assert(sizeof parts / sizeof *parts <= BEHAVIOUR_PARTS_MAX, "too many parts");
    memcpy(out, parts, sizeof parts);
    return sizeof parts / sizeof *parts;
}

static void merge_counts(struct scan_source *source, const struct scan_source *other)
{
    source->octets_out += other->octets_out;
    source->octets_in += other->octets_in;
    source->connections += other->connections;
    source->contacts += other->contacts;
    source->failures += other->failures;
    source->packets += other->packets;
    source->sampled_flows += other->sampled_flows;
    source->sampled_packets += other->sampled_packets;
    source->sampled_probes += other->sampled_probes;
    source->rate = source->rate > other->rate ? source->rate : other->rate;
    for (size_t i = 0; i < SCAN_OVERS; i++)
        source->by_transport[i] += other->by_transport[i];
    int net = source->net + other->net;
    source->net = (int16_t)(net < SCAN_NET_MAX ? net : SCAN_NET_MAX);
    unsigned dark_hits = (unsigned)source->dark_hits + other->dark_hits;
    source->dark_hits = (uint8_t)(dark_hits < UINT8_MAX ? dark_hits : UINT8_MAX);
}

/* What two saw of one source.  A target that both saw counts twice as a contact, once among the
 * targets. */
static void merge_source(struct scan_source *source, const struct scan_source *other)
{
    if (other->first_ns < source->first_ns) {
        source->first_ns = other->first_ns;
        source->target = other->target;
        source->target_place = other->target_place;
        source->port = other->port;
    }
    if (other->last_ns > source->last_ns)
        source->last_ns = other->last_ns;
    source->is_rate_untold |= other->is_rate_untold;
    source->fired |= other->fired;
    source->judge_at = 0;
    merge_counts(source, other);
    sketch_merge(&source->hosts, &other->hosts);
    sketch_merge(&source->ports, &other->ports);
    sketch_merge(&source->targets, &other->targets);
}

void scan_merge(void *state, const void *from)
{
    struct scan *scan = state;
    const struct scan *other = from;
    for (size_t i = 0; i < prints_slots(&other->prints); i++) {
        uint64_t print = other->prints.print[i];
        size_t slot = print != 0 ? prints_find(&scan->prints, print) : PRINTS_NONE;
        if (slot != PRINTS_NONE)
            merge_source(&scan->sources[slot], &other->sources[i]);
        else if (print != 0)
            scan->sources[scan_take_slot(scan, print)] = other->sources[i];
    }
    seen_merge(&scan->seen, &other->seen);
    for (size_t i = 0; i < SCAN_OVERS; i++)
        scan->answered[i] += other->answered[i];
    for (size_t i = 0; i < SCAN_REASONS; i++)
        scan->left_out[i] += other->left_out[i];
    scan->evicted += other->evicted;
    scan->evicted_fired += other->evicted_fired;
    scan->fired += other->fired;
}
