// SPDX-License-Identifier: Apache-2.0
/* The share of the commonest interval of a pair and port, as Microsoft Sentinel asks for it by
 * the hour and Flare by the day.
 *
 * Bounded to 2^20 pairs a period, 86400 connections a pair and some 2^23 a period. */
#include "base/time.h"
#include "evaluate/beat_private.h"
#include "evaluate/rita_private.h"
#include "evaluate/sightings_private.h"
#include "evaluate/units_private.h"

enum { PAIRS_MAX = 1 << 20, CALLS_MAX = 86400 };

/* Whole seconds: an interval above 10 s is one of at least 11. */
static const struct mode_rule sentinel_rule = { 11, 0, 16, 0.8 };
static const struct mode_rule flare_rule = { 2, 2, 10, 0.05 };

struct told {
    double share;
    int64_t alert_ns;
};

struct pair_calls {
    struct sightings_list list;
    uint32_t padding;
};

struct mode {
    const struct mode_rule *rule;
    uint32_t period_s;
    uint32_t period; /* since 1970 */
    struct units pairs;
    struct units told;
    struct sightings sightings;
    double *times_s;
    int64_t now_ns;
};

static size_t mode_size(void)
{
    return sizeof(struct mode) + sightings_size() + CALLS_MAX * sizeof(double) + 64 +
           units_size(PAIRS_MAX, sizeof(struct pair_calls)) +
           units_size(PAIRS_MAX, sizeof(struct told));
}

static struct mode *mode_init(struct hash_key key, struct arena *keep)
{
    struct mode *mode = ARENA_NEW(keep, struct mode, 1);
    units_init(&mode->pairs, PAIRS_MAX, sizeof(struct pair_calls), key, keep);
    units_init(&mode->told, PAIRS_MAX, sizeof(struct told), key, keep);
    sightings_init(&mode->sightings, keep);
    mode->times_s = arena_take(keep, sizeof(double), alignof(double), CALLS_MAX);
    return mode;
}

static void *sentinel_init(struct hash_key key, struct arena *keep)
{
    struct mode *mode = mode_init(key, keep);
    mode->rule = &sentinel_rule;
    mode->period_s = 3600;
    return mode;
}

static void *flare_init(struct hash_key key, struct arena *keep)
{
    struct mode *mode = mode_init(key, keep);
    mode->rule = &flare_rule;
    mode->period_s = 86400;
    return mode;
}

static double share_of(struct mode *mode, const struct pair_calls *calls)
{
    size_t count = 0;
    for (struct sightings_walk walk = sightings_walk(&mode->sightings, &calls->list);
         sightings_next(&walk); count++)
        mode->times_s[count] = walk.at.second;
    rita_sort(mode->times_s, count);
    for (size_t i = 1; i < count; i++)
        mode->times_s[i - 1] = mode->times_s[i] - mode->times_s[i - 1];
    size_t intervals = count > 0 ? count - 1 : 0;
    rita_sort(mode->times_s, intervals);
    return beat_mode_share(mode->times_s, intervals, mode->rule);
}

static void judge(struct mode *mode, size_t at)
{
    double share = share_of(mode, units_record(&mode->pairs, at));
    struct told *told = share > 0 ? units_take(&mode->told, &mode->pairs.at[at]) : NULL;
    if (told == NULL)
        return;
    if (share > told->share)
        told->share = share;
    if (share >= mode->rule->share_alert && told->alert_ns == 0)
        told->alert_ns = mode->now_ns;
}

static void close_period(struct mode *mode)
{
    for (size_t i = 0; i < mode->pairs.count; i++)
        judge(mode, i);
    if (mode->pairs.count > 0)
        units_clear(&mode->pairs);
    sightings_clear(&mode->sightings);
}

static void mode_observe(void *state, const struct admitted_flow *admitted)
{
    struct mode *mode = state;
    if (!is_outward(admitted) || admitted->flow.slice > 0)
        return;
    uint32_t start_s = (uint32_t)(flow_start_ns(&admitted->flow) / TIME_SECOND_NS);
    uint32_t period = start_s / mode->period_s;
    mode->now_ns = flow_end_ns(&admitted->flow);
    if (period > mode->period) {
        close_period(mode);
        mode->period = period;
    }
    struct whom whom = unit_of_pair(&admitted->flow);
    struct pair_calls *calls = period == mode->period ? units_take(&mode->pairs, &whom) : NULL;
    if (calls != NULL && calls->list.count < CALLS_MAX)
        sightings_add(&mode->sightings, &calls->list, start_s, 0);
}

static size_t mode_rank(void *state, struct ranked *out, size_t max)
{
    struct mode *mode = state;
    close_period(mode);
    struct best best = { out, max, 0 };
    for (size_t i = 0; i < mode->told.count; i++) {
        const struct told *told = units_record(&mode->told, i);
        struct ranked row = ranked_of(&mode->told.at[i], FINDING_COMMAND_SERVER);
        row.score = told->share;
        row.first_alert_ns = told->alert_ns;
        row.is_alert = told->alert_ns > 0;
        best_put(&best, &row);
    }
    return best_sort(&best);
}

static uint64_t mode_refused(const void *state)
{
    const struct mode *mode = state;
    return mode->pairs.refused + mode->told.refused + mode->sightings.refused;
}

const struct baseline_kind baseline_sentinel = {
    .name = "sentinel",
    .source = "Microsoft Sentinel: 80 % of over 15 intervals above 10 s alike, by the hour",
    .size = mode_size,
    .init = sentinel_init,
    .observe = mode_observe,
    .rank = mode_rank,
    .refused = mode_refused,
};

const struct baseline_kind baseline_flare = {
    .name = "flare",
    .source = "Flare: 5 % of at least 10 intervals within 2 s of each other, by the day",
    .size = mode_size,
    .init = flare_init,
    .observe = mode_observe,
    .rank = mode_rank,
    .refused = mode_refused,
};
