// SPDX-License-Identifier: Apache-2.0
#include "behaviour/crowd.h"

#include <math.h>

void crowd_init(struct crowd *crowd, size_t octets, struct arena *keep)
{
    crowd->totals = ARENA_NEW(keep, struct crowd_totals, 1);
    size_t room = octets > sizeof *crowd->totals ? octets - sizeof *crowd->totals : 0;
    prints_init(&crowd->prints, room / (sizeof(uint64_t) + sizeof(struct crowd_server)), keep);
    crowd->servers = PRINTS_RECORDS(keep, struct crowd_server, prints_slots(&crowd->prints));
}

void crowd_expect(const struct crowd *crowd, uint64_t server_print)
{
    prints_expect(&crowd->prints, server_print);
}

static bool is_weaker(const void *records, size_t a, size_t b)
{
    const struct crowd_server *servers = records;
    return servers[a].flows < servers[b].flows;
}

static struct crowd_server *take(struct crowd *crowd, uint64_t print)
{
    size_t slot = prints_find(&crowd->prints, print);
    if (slot != PRINTS_NONE)
        return &crowd->servers[slot];
    slot =
        prints_take(&crowd->prints, print, is_weaker, crowd->servers, &crowd->totals->evicted);
    crowd->servers[slot] = (struct crowd_server){ .flows = 0 };
    return &crowd->servers[slot];
}

void crowd_add(struct crowd *crowd, uint64_t server_print, uint64_t line_hash)
{
    struct crowd_server *server = take(crowd, server_print);
    sketch_add(&server->lines, line_hash);
    server->flows += server->flows < UINT32_MAX;
    (void)active_lines_add(&crowd->totals->lines, line_hash);
}

struct surroundings crowd_around(const struct crowd *crowd, uint64_t server_print)
{
    double active = active_lines_count(&crowd->totals->lines);
    size_t slot = prints_find(&crowd->prints, server_print);
    double clients =
        slot == PRINTS_NONE ? 1 : fmax(1, sketch_count(&crowd->servers[slot].lines));
    return (struct surroundings){ clients, active, clients >= evidence_popular_from(active),
                                  NULL };
}

void crowd_merge(struct crowd *crowd, const struct crowd *other)
{
    active_lines_merge(&crowd->totals->lines, &other->totals->lines);
    crowd->totals->evicted += other->totals->evicted;
    for (size_t slot = 0; slot < prints_slots(&other->prints); slot++) {
        if (other->prints.print[slot] == 0)
            continue;
        struct crowd_server *server = take(crowd, other->prints.print[slot]);
        sketch_merge(&server->lines, &other->servers[slot].lines);
        uint64_t flows = (uint64_t)server->flows + other->servers[slot].flows;
        server->flows = flows < UINT32_MAX ? (uint32_t)flows : UINT32_MAX;
    }
}

void crowd_parts(const struct crowd *crowd, struct behaviour_part *out)
{
    size_t slots = prints_slots(&crowd->prints);
    out[0] = (struct behaviour_part){ crowd->totals, sizeof *crowd->totals };
    out[1] = (struct behaviour_part){ crowd->prints.print, slots * sizeof(uint64_t) };
    out[2] = (struct behaviour_part){ crowd->servers, slots * sizeof *crowd->servers };
}
