// SPDX-License-Identifier: Apache-2.0
/* Elastic's network beaconing identification, each hour over the six before.  Its unit is a
 * process of a host; flows know no process, so here it is a line with one service.  A
 * connection counts when it ends.
 *
 * Bounded to 2^20 pairs and some 2^22 connections in six hours. */
#include "base/time.h"
#include "evaluate/beat_private.h"
#include "evaluate/sightings_private.h"
#include "evaluate/units_private.h"

enum { PAIRS_MAX = 1 << 20, HOUR_S = 3600, WINDOW_S = BEAT_MINUTES * 60, ALERT_POINTS = 3 };

struct pair_calls {
    struct sightings_list sent;
    struct sightings_list received;
};

struct told {
    double score;
    int64_t alert_ns;
};

/* What is still within the window moves from one half to the other each hour. */
struct half {
    struct units pairs;
    struct sightings sightings;
};

struct elastic {
    struct half halves[2];
    struct units told;
    struct beat_minutes minutes;
    unsigned at;   /* the half in use */
    uint32_t hour; /* since 1970 */
};

static size_t elastic_size(void)
{
    return sizeof(struct elastic) + units_size(PAIRS_MAX, sizeof(struct told)) +
           2 * (sightings_size() + units_size(PAIRS_MAX, sizeof(struct pair_calls)));
}

static void *elastic_init(struct hash_key key, struct arena *keep)
{
    struct elastic *elastic = ARENA_NEW(keep, struct elastic, 1);
    for (size_t i = 0; i < 2; i++) {
        struct half *half = &elastic->halves[i];
        units_init(&half->pairs, PAIRS_MAX, sizeof(struct pair_calls), key, keep);
        sightings_init(&half->sightings, keep);
    }
    units_init(&elastic->told, PAIRS_MAX, sizeof(struct told), key, keep);
    return elastic;
}

static void add_minutes(struct beat_minutes *minutes, struct sightings_walk sent,
                        struct sightings_walk received, uint32_t now_s)
{
    while (sightings_next(&sent) && sightings_next(&received)) {
        size_t minute = (now_s - sent.at.second) / 60;
        if (sent.at.second > now_s || minute >= BEAT_MINUTES)
            continue;
        minutes->connections[minute]++;
        minutes->sent[minute] += sent.at.octets;
        minutes->received[minute] += received.at.octets;
    }
    for (size_t i = 0; i < BEAT_MINUTES; i++)
        if (minutes->connections[i] > 0) {
            minutes->sent[i] /= minutes->connections[i];
            minutes->received[i] /= minutes->connections[i];
        }
}

static void judge(struct elastic *elastic, size_t at, uint32_t now_s)
{
    const struct half *half = &elastic->halves[elastic->at];
    const struct pair_calls *calls = units_record(&half->pairs, at);
    elastic->minutes = (struct beat_minutes){ .connections = { 0 } };
    add_minutes(&elastic->minutes, sightings_walk(&half->sightings, &calls->sent),
                sightings_walk(&half->sightings, &calls->received), now_s);
    struct beat_minutes_score score = beat_score_minutes(&elastic->minutes);
    unsigned points = beat_points(&score);
    struct told *told = points > 0 ? units_take(&elastic->told, &half->pairs.at[at]) : NULL;
    if (told == NULL)
        return;
    /* Points are few: the correlation orders those of as many. */
    double total = points + (score.correlation > 0 ? score.correlation / 2 : 0);
    if (total > told->score)
        told->score = total;
    if (points >= ALERT_POINTS && told->alert_ns == 0)
        told->alert_ns = now_s * TIME_SECOND_NS;
}

static void keep_pair(struct half *to, const struct half *from, size_t at, uint32_t since_s)
{
    const struct pair_calls *old = units_record(&from->pairs, at);
    struct sightings_walk sent = sightings_walk(&from->sightings, &old->sent);
    struct sightings_walk received = sightings_walk(&from->sightings, &old->received);
    struct pair_calls *kept = NULL;
    while (sightings_next(&sent) && sightings_next(&received)) {
        if (sent.at.second < since_s)
            continue;
        if (kept == NULL)
            kept = units_take(&to->pairs, &from->pairs.at[at]);
        if (kept == NULL)
            return;
        sightings_add(&to->sightings, &kept->sent, sent.at.second, sent.at.octets);
        sightings_add(&to->sightings, &kept->received, received.at.second, received.at.octets);
    }
}

static void close_hour(struct elastic *elastic)
{
    uint32_t now_s = (elastic->hour + 1) * HOUR_S - 1;
    struct half *from = &elastic->halves[elastic->at];
    struct half *to = &elastic->halves[elastic->at ^ 1];
    if (from->pairs.count == 0)
        return;
    for (size_t i = 0; i < from->pairs.count; i++)
        judge(elastic, i, now_s);
    units_clear(&to->pairs);
    sightings_clear(&to->sightings);
    for (size_t i = 0; i < from->pairs.count; i++)
        keep_pair(to, from, i, now_s - WINDOW_S + HOUR_S + 1);
    elastic->at ^= 1;
}

/* Six hours without a flow leave nothing to judge. */
static void move_to(struct elastic *elastic, uint32_t hour)
{
    for (unsigned i = 0; i < WINDOW_S / HOUR_S && elastic->hour < hour; i++) {
        close_hour(elastic);
        elastic->hour++;
    }
    elastic->hour = hour;
}

static void elastic_observe(void *state, const struct admitted_flow *admitted)
{
    struct elastic *elastic = state;
    const struct flow *flow = &admitted->flow;
    if (!is_outward(admitted) || flow->continues)
        return;
    uint32_t end_s = (uint32_t)(flow_end_ns(flow) / TIME_SECOND_NS);
    if (end_s / HOUR_S > elastic->hour)
        move_to(elastic, end_s / HOUR_S);
    struct half *half = &elastic->halves[elastic->at];
    struct whom whom = unit_of_pair(flow);
    struct pair_calls *calls = units_take(&half->pairs, &whom);
    if (calls == NULL)
        return;
    sightings_add(&half->sightings, &calls->sent, end_s, flow->forward.octets);
    sightings_add(&half->sightings, &calls->received, end_s, flow->reverse.octets);
}

static size_t elastic_rank(void *state, struct ranked *out, size_t max)
{
    struct elastic *elastic = state;
    close_hour(elastic);
    struct best best = { out, max, 0 };
    for (size_t i = 0; i < elastic->told.count; i++) {
        const struct told *told = units_record(&elastic->told, i);
        struct ranked row = ranked_of(&elastic->told.at[i], FINDING_COMMAND_SERVER);
        row.score = told->score;
        row.first_alert_ns = told->alert_ns;
        row.is_alert = told->alert_ns > 0;
        best_put(&best, &row);
    }
    return best_sort(&best);
}

static uint64_t elastic_refused(const void *state)
{
    const struct elastic *elastic = state;
    uint64_t refused = elastic->told.refused;
    for (size_t i = 0; i < 2; i++)
        refused += elastic->halves[i].pairs.refused + elastic->halves[i].sightings.refused;
    return refused;
}

const struct baseline_kind baseline_elastic = {
    .name = "elastic",
    .source = "Elastic network beaconing identification: points 0 to 3, 3 is its alert",
    .size = elastic_size,
    .init = elastic_init,
    .observe = elastic_observe,
    .rank = elastic_rank,
    .refused = elastic_refused,
};
