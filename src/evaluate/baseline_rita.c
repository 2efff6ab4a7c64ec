// SPDX-License-Identifier: Apache-2.0
/* RITA v5 over days of flows: each run of 24 hours is one of its databases, judged at its end.
 * Pairs of addresses only: RITA joins those of one TLS or HTTP name where its logs tell names.
 *
 * Bounded to 2^20 pairs a day, 86400 connections a pair and some 2^23 connections a day. */
#include "base/time.h"
#include "evaluate/rita_private.h"
#include "evaluate/sightings_private.h"
#include "evaluate/units_private.h"

enum { PAIRS_MAX = 1 << 20, HOSTS_MAX = 1 << 20, DAY_S = 86400 };

static const double beacon_percent[4] = { 50, 70, 90, 100 };
static const double open_s_levels[4] = { 3600, 14400, 28800, 43200 };
static const double strobe_level = 0.8;
static const double alert_least = 0.6; /* "high" */
static const double step = 0.15;       /* that each modifier adds or takes */

struct pair_day {
    struct sightings_list list;
    int64_t open_ns;
    uint32_t server; /* its place among servers */
    uint16_t port;
    uint8_t protocol;
    uint8_t padding;
};

struct server_days {
    uint32_t lines; /* of this day */
    uint32_t first_s;
};

struct told {
    double score;
    int64_t alert_ns;
    uint16_t port;
    uint8_t protocol;
    uint8_t padding[5];
};

struct rita {
    struct units pairs;   /* struct pair_day */
    struct units lines;   /* of this day: nothing each */
    struct units servers; /* struct server_days, of all days */
    struct units told;    /* struct told, of all days */
    struct sightings sightings;
    double *times_s;
    double *sizes;
    double *room;
    uint32_t first_s; /* of this day; nothing came when pairs are none */
    uint32_t last_s;
    uint32_t closed_s; /* what started before was for a day that is judged */
    int64_t now_ns;
};

static size_t rita_size(void)
{
    return sizeof(struct rita) + sightings_size() +
           units_size(PAIRS_MAX, sizeof(struct pair_day)) + units_size(HOSTS_MAX, 0) +
           units_size(HOSTS_MAX, sizeof(struct server_days)) +
           units_size(PAIRS_MAX, sizeof(struct told)) +
           (3 * RITA_SIGHTINGS_MAX + 2) * sizeof(double);
}

static void *rita_init(struct hash_key key, struct arena *keep)
{
    struct rita *rita = ARENA_NEW(keep, struct rita, 1);
    units_init(&rita->pairs, PAIRS_MAX, sizeof(struct pair_day), key, keep);
    units_init(&rita->lines, HOSTS_MAX, 0, key, keep);
    units_init(&rita->servers, HOSTS_MAX, sizeof(struct server_days), key, keep);
    units_init(&rita->told, PAIRS_MAX, sizeof(struct told), key, keep);
    sightings_init(&rita->sightings, keep);
    rita->times_s = arena_take(keep, sizeof(double), alignof(double), RITA_SIGHTINGS_MAX);
    rita->sizes = arena_take(keep, sizeof(double), alignof(double), RITA_SIGHTINGS_MAX);
    rita->room = arena_take(keep, sizeof(double), alignof(double), RITA_SIGHTINGS_MAX);
    return rita;
}

static double beacon_of(struct rita *rita, const struct pair_day *day)
{
    size_t count = 0;
    for (struct sightings_walk walk = sightings_walk(&rita->sightings, &day->list);
         sightings_next(&walk) && count < RITA_SIGHTINGS_MAX; count++) {
        rita->times_s[count] = walk.at.second;
        rita->sizes[count] = walk.at.octets;
    }
    struct rita_pair pair = { rita->times_s, rita->sizes,           rita->room,
                              count,         (double)rita->first_s, (double)rita->last_s };
    struct rita_scores scores;
    return rita_score(&pair, &scores) ? rita_bucket(scores.beacon * 100, beacon_percent) : 0;
}

static double modifiers_of(const struct rita *rita, const struct server_days *server)
{
    double share = (double)server->lines / (double)rita->lines.count;
    double modifiers = share <= 0.02 ? step : share >= 0.5 ? -step : 0;
    double known_days = (double)(rita->last_s - server->first_s) / DAY_S;
    return modifiers + (known_days <= 7 ? step : known_days >= 30 ? -step : 0);
}

static void judge_pair(struct rita *rita, size_t at)
{
    const struct pair_day *day = units_record(&rita->pairs, at);
    bool is_strobe = day->list.count >= RITA_SIGHTINGS_MAX;
    double beacon = is_strobe ? strobe_level : beacon_of(rita, day);
    double lasting = rita_bucket((double)day->open_ns / 1e9, open_s_levels);
    double score = beacon > lasting ? beacon : lasting;
    struct told *told = score > 0 ? units_take(&rita->told, &rita->pairs.at[at]) : NULL;
    if (told == NULL)
        return;
    score += modifiers_of(rita, units_record(&rita->servers, day->server));
    if (score > told->score) {
        told->score = score;
        told->port = day->port;
        told->protocol = day->protocol;
    }
    if (score >= alert_least && told->alert_ns == 0)
        told->alert_ns = rita->now_ns;
}

static void close_day(struct rita *rita)
{
    for (size_t i = 0; i < rita->pairs.count; i++)
        judge_pair(rita, i);
    for (size_t i = 0; i < rita->servers.count; i++)
        ((struct server_days *)units_record(&rita->servers, i))->lines = 0;
    units_clear(&rita->pairs);
    units_clear(&rita->lines);
    sightings_clear(&rita->sightings);
    rita->closed_s = rita->last_s + 1;
}

static void count_pair(struct rita *rita, const struct flow *flow, uint32_t start_s)
{
    struct whom whom = { .server = flow->responder, .line = flow->initiator };
    struct whom host = { .server = flow->responder };
    struct whom line = { .server = flow->initiator };
    struct server_days *server = units_take(&rita->servers, &host);
    size_t before = rita->pairs.count;
    struct pair_day *day = server != NULL ? units_take(&rita->pairs, &whom) : NULL;
    if (day == NULL)
        return;
    units_take(&rita->lines, &line);
    if (rita->pairs.count > before) {
        size_t at = (size_t)((uint8_t *)server - rita->servers.records) / sizeof *server;
        day->server = (uint32_t)at;
        day->port = flow->responder_port;
        day->protocol = flow->protocol;
        server->lines++;
        if (server->first_s == 0)
            server->first_s = start_s;
    }
    int64_t open_ns = flow_end_ns(flow) - flow_start_ns(flow);
    if (open_ns > 0 && day->open_ns < DAY_S * INT64_C(30) * TIME_SECOND_NS)
        day->open_ns += open_ns;
    if (flow->slice == 0 && day->list.count < RITA_SIGHTINGS_MAX)
        sightings_add(&rita->sightings, &day->list, start_s, flow->forward.octets);
}

static void rita_observe(void *state, const struct admitted_flow *admitted)
{
    struct rita *rita = state;
    if (!is_outward(admitted))
        return;
    uint32_t start_s = (uint32_t)(flow_start_ns(&admitted->flow) / TIME_SECOND_NS);
    rita->now_ns = flow_end_ns(&admitted->flow);
    if (rita->pairs.count > 0 && start_s > rita->first_s && start_s - rita->first_s >= DAY_S)
        close_day(rita);
    if (start_s < rita->closed_s)
        return;
    if (rita->pairs.count == 0)
        rita->first_s = rita->last_s = start_s;
    else if (start_s < rita->first_s && rita->last_s - start_s < DAY_S)
        rita->first_s = start_s;
    if (start_s < rita->first_s)
        return;
    if (start_s > rita->last_s)
        rita->last_s = start_s;
    count_pair(rita, &admitted->flow, start_s);
}

static size_t rita_rank(void *state, struct ranked *out, size_t max)
{
    struct rita *rita = state;
    close_day(rita);
    struct best best = { out, max, 0 };
    for (size_t i = 0; i < rita->told.count; i++) {
        const struct told *told = units_record(&rita->told, i);
        struct ranked row = ranked_of(&rita->told.at[i], FINDING_COMMAND_SERVER);
        row.port = told->port;
        row.protocol = told->protocol;
        row.score = told->score;
        row.first_alert_ns = told->alert_ns;
        row.is_alert = told->alert_ns > 0;
        best_put(&best, &row);
    }
    return best_sort(&best);
}

static uint64_t rita_refused(const void *state)
{
    const struct rita *rita = state;
    return rita->pairs.refused + rita->lines.refused + rita->servers.refused +
           rita->told.refused + rita->sightings.refused;
}

const struct baseline_kind baseline_rita = {
    .name = "rita",
    .source = "RITA v5: beacon, long connection, strobe; prevalence and first seen",
    .size = rita_size,
    .init = rita_init,
    .observe = rita_observe,
    .rank = rita_rank,
    .refused = rita_refused,
};
