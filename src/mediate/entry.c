// SPDX-License-Identifier: Apache-2.0
#include "base/must.h"
#include "base/wipe.h"
#include "mediate/entry_private.h"

static uint64_t sum(uint64_t a, uint64_t b)
{
    uint64_t both = 0;
    return __builtin_add_overflow(a, b, &both) ? UINT64_MAX : both;
}

static uint32_t sum32(uint32_t a, uint32_t b)
{
    uint32_t both = 0;
    return __builtin_add_overflow(a, b, &both) ? UINT32_MAX : both;
}

void half_add(struct flow_half *to, const struct flow_half *from)
{
    if (from->first_ns < to->first_ns) {
        to->first_ns = from->first_ns;
        to->first_flags = from->first_flags;
    }
    if (from->last_ns > to->last_ns)
        to->last_ns = from->last_ns;
    to->packets = sum(to->packets, from->packets);
    to->octets = sum(to->octets, from->octets);
    to->payload = sum(to->payload, from->payload);
    to->tcp_flags |= from->tcp_flags;
    to->retransmitted = sum32(to->retransmitted, from->retransmitted);
    to->out_of_order = sum32(to->out_of_order, from->out_of_order);
}

size_t view_pool_size(size_t views_max)
{
    return views_max * sizeof(struct view) + alignof(struct view);
}

void view_pool_init(struct view_pool *pool, size_t views_max, struct arena *keep)
{
    *pool = (struct view_pool){
        .views = arena_take(keep, sizeof(struct view), alignof(struct view), views_max),
        .max = (uint32_t)views_max,
        .free = VIEW_NONE,
    };
}

static uint32_t interface_of(const struct observation *observation)
{
    return observation->direction == OBSERVED_EGRESS ? observation->egress
                                                     : observation->ingress;
}

static bool is_same_point(const struct observation *a, const struct observation *b)
{
    return a->exporter == b->exporter && a->direction == b->direction &&
           interface_of(a) == interface_of(b);
}

struct view *view_find(const struct view_pool *pool, struct entry *entry, size_t side,
                       const struct observation *observation)
{
    struct view *view = &entry->views[side];
    if (!view->is_used)
        return NULL;
    while (view && !is_same_point(&view->observation, observation))
        view = view_next(pool, view);
    return view;
}

static uint32_t take_from_pool(struct view_pool *pool)
{
    MUST(pool->views);
    uint32_t id = pool->free;
    if (id != VIEW_NONE)
        pool->free = pool->views[id].next;
    else if (pool->used < pool->max)
        id = pool->used++;
    return id;
}

struct view *view_add(struct view_pool *pool, struct entry *entry, size_t side,
                      const struct observation *observation)
{
    struct view *view = &entry->views[side];
    if (view->is_used) {
        struct view *last = view;
        size_t points = 1;
        for (struct view *next; (next = view_next(pool, last)) != NULL; points++)
            last = next;
        uint32_t id = points < POINTS_MAX ? take_from_pool(pool) : VIEW_NONE;
        if (id == VIEW_NONE)
            return NULL;
        last->next = id;
        view = &pool->views[id];
    }
    MUST(view);
    *view = (struct view){ .observation = *observation, .next = VIEW_NONE, .is_used = true };
    return view;
}

void view_count(struct view *view, const struct flow_half *half,
                const struct observation *observation)
{
    if (view->records == 0) {
        view->half = *half;
        view->observation = *observation;
    } else {
        half_add(&view->half, half);
        if (observation->time > view->observation.time)
            view->observation.time = observation->time;
    }
    view->records++;
}

static void release_further(struct view_pool *pool, struct view *first)
{
    for (uint32_t id = first->next; id != VIEW_NONE;) {
        uint32_t next = pool->views[id].next;
        wipe(&pool->views[id], sizeof pool->views[id]);
        pool->views[id].next = pool->free;
        pool->free = id;
        id = next;
    }
    first->next = VIEW_NONE;
}

static const struct view *stood_before(const struct view_pool *pool, const struct view *view)
{
    while (view && !view->stood)
        view = view_next(pool, view);
    return view;
}

void view_restart(struct view_pool *pool, struct entry *entry, size_t side,
                  const struct view *stands)
{
    struct view *first = &entry->views[side];
    if (!first->is_used)
        return;
    if (!stands)
        stands = stood_before(pool, first);
    struct view rest = { .next = VIEW_NONE };
    if (stands) {
        rest.observation = stands->observation;
        rest.is_used = rest.stood = true;
    }
    release_further(pool, first);
    *first = rest;
}

void entry_erase(struct view_pool *pool, struct entry *entry)
{
    for (size_t side = 0; side < SIDES; side++) {
        if (entry->views[side].is_used)
            release_further(pool, &entry->views[side]);
    }
    wipe(entry, sizeof *entry);
}
