// SPDX-License-Identifier: Apache-2.0
/* A conversation in the mediator's table: of each direction, what every point that saw it
 * counted.  Which of them stands is decided when the conversation is handed on
 * (standing_private.h), and so is who began it (initiator_private.h). */
#pragma once

#include <assert.h>

#include "base/arena.h"
#include "model/flow.h"

enum { SIDES = 2, POINTS_MAX = 4 };

#define VIEW_NONE UINT32_MAX

/* What one point counted of one direction since the slice before. */
struct view {
    struct flow_half half;
    struct observation observation;
    uint32_t records; /* taken together here; 0: nothing counted in this slice */
    uint32_t next;    /* in the pool */
    bool is_used;
    bool stood; /* its numbers were handed on for the slice before */
};

enum entry_mark {
    ENTRY_TOLD = 1 << 0,    /* an exporter of bidirectional flows told who began */
    ENTRY_TURNED = 1 << 1,  /* as handed on before */
    ENTRY_FURTHER = 1 << 2, /* more points saw it than there was room for */
    ENTRY_NAMED = 1 << 3,   /* has facts, see told_private.h */
};

/* ends[0] sent, or received, the first record we were given; a direction, `side`, is named by
 * the end that sends. */
struct entry {
    alignas(64) struct ip_address ends[SIDES];
    uint16_t ports[SIDES];
    uint8_t protocol;
    uint8_t marks;     /* enum entry_mark, or'ed */
    uint8_t initiator; /* side, SIDES while undecided */
    uint8_t version;
    uint32_t tag;       /* in the index; 0: not in use */
    uint32_t seen_tick; /* at the last record; the next free entry when not in use */
    int64_t first_ns;   /* from slice 1 on: up to where it was handed on */
    int64_t last_ns;
    uint32_t slice;
    uint16_t encapsulation;
    uint16_t vlan;
    uint16_t icmp[SIDES];     /* type and code of the first record of each side */
    uint8_t tcp_flags[SIDES]; /* over all slices and points */
    uint16_t facts_dropped;
    struct view views[SIDES]; /* the first of each side; more are in the pool */
};

static_assert(sizeof(struct entry) == 256, "four cache lines");

/* Room for second and further points. */
struct view_pool {
    struct view *views;
    uint32_t used; /* given out at least once */
    uint32_t max;
    uint32_t free;
};

size_t view_pool_size(size_t views_max);
void view_pool_init(struct view_pool *pool, size_t views_max, struct arena *keep);

static inline struct view *view_next(const struct view_pool *pool, const struct view *view)
{
    return view->next == VIEW_NONE ? NULL : &pool->views[view->next];
}

/* What this point counted of this side: NULL when it has no view. */
struct view *view_find(const struct view_pool *pool, struct entry *entry, size_t side,
                       const struct observation *observation);
/* A new view, empty; NULL when POINTS_MAX points have one or the pool is exhausted. */
struct view *view_add(struct view_pool *pool, struct entry *entry, size_t side,
                      const struct observation *observation);
void view_count(struct view *view, const struct flow_half *half,
                const struct observation *observation);
/* Forgets all but what `stands` (NULL: nothing new does), which begins its next slice. */
void view_restart(struct view_pool *pool, struct entry *entry, size_t side,
                  const struct view *stands);
/* Gives its views back and overwrites all of it. */
void entry_erase(struct view_pool *pool, struct entry *entry);

/* Adds what another record or point counted of the same direction. */
void half_add(struct flow_half *to, const struct flow_half *from);
