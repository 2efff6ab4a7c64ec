// SPDX-License-Identifier: Apache-2.0
#include "base/must.h"
#include "mediate/standing_private.h"

/* Where a point's word stands: first the one that stood before, so that slices of a long
 * conversation come from one point; then who counted more of the packets (an unknown rate is
 * the worst); then who saw them come in, before anything was done to them; then the larger
 * count; then the lower number. */
static bool is_better(const struct view *a, const struct view *b)
{
    const struct observation *x = &a->observation, *y = &b->observation;
    if (a->stood != b->stood)
        return a->stood;
    if (x->rate != y->rate)
        return x->rate - 1 < y->rate - 1; /* 0, unknown, becomes the greatest */
    bool a_leaves = x->direction == OBSERVED_EGRESS, b_leaves = y->direction == OBSERVED_EGRESS;
    if (a_leaves != b_leaves)
        return b_leaves;
    if (a->half.packets != b->half.packets)
        return a->half.packets > b->half.packets;
    if (x->exporter != y->exporter)
        return x->exporter < y->exporter;
    return x->ingress < y->ingress;
}

/* What it tells was handed on already, by the word of another point. */
static bool is_late(const struct entry *entry, const struct view *view, bool stood_another)
{
    return entry->slice > 0 && stood_another && !view->stood &&
           view->half.first_ns < entry->first_ns;
}

static bool stood_any(const struct view_pool *pool, const struct view *view)
{
    for (; view; view = view_next(pool, view)) {
        if (view->stood)
            return true;
    }
    return false;
}

static bool is_counted(const struct entry *entry, const struct view *view, bool stood)
{
    return view->records > 0 && !is_late(entry, view, stood);
}

static const struct view *best_of(const struct view_pool *pool, const struct entry *entry,
                                  size_t side, bool stood)
{
    const struct view *best = NULL;
    for (const struct view *view = &entry->views[side]; view; view = view_next(pool, view)) {
        if (is_counted(entry, view, stood) && (!best || is_better(view, best)))
            best = view;
    }
    return best;
}

static bool overlaps(const struct flow_half *a, const struct flow_half *b)
{
    return a->first_ns <= b->last_ns && b->first_ns <= a->last_ns;
}

/* Two points saw two parts of it, one after the other: the path changed.  Samples are too far
 * apart to tell that. */
static bool is_other_part(const struct standing *standing, const struct view *view)
{
    MUST(standing->view);
    uint32_t rate = standing->view->observation.rate;
    return rate <= 1 && view->observation.rate == rate &&
           !overlaps(&standing->half, &view->half);
}

static enum joined duplicate_of(const struct standing *standing, const struct view *view)
{
    const struct observation *a = &standing->view->observation, *b = &view->observation;
    if (a->exporter != b->exporter)
        return JOINED_EXPORTER;
    return a->direction != b->direction ? JOINED_LEAVING : JOINED_INTERFACE;
}

struct standing standing_of(const struct view_pool *pool, const struct entry *entry,
                            size_t side, uint64_t joined[JOINED_KINDS])
{
    struct standing standing = { .view = NULL };
    if (!entry->views[side].is_used)
        return standing;
    bool stood = stood_any(pool, &entry->views[side]);
    standing.view = best_of(pool, entry, side, stood);
    if (standing.view) {
        standing.half = standing.view->half;
        joined[JOINED_SLICE] += standing.view->records - 1;
    }
    for (const struct view *view = &entry->views[side]; view; view = view_next(pool, view)) {
        standing.points += view->records > 0;
        if (view == standing.view || view->records == 0)
            continue;
        enum joined rule = JOINED_LATE;
        if (is_counted(entry, view, stood))
            rule = is_other_part(&standing, view) ? JOINED_PATH : duplicate_of(&standing, view);
        if (rule == JOINED_PATH)
            half_add(&standing.half, &view->half);
        joined[rule] += view->records;
    }
    return standing;
}
