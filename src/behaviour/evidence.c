// SPDX-License-Identifier: Apache-2.0
#include "behaviour/evidence.h"

#include <math.h>

#include "base/must.h"
#include "behaviour/null.h"
#include "model/weight.h"

enum { LINES_TELLING = 20 }; /* with fewer active lines, rarity says nothing */

static const double size_spread_limit = 0.5;
static const double active_share_least = 0.5;
static const double common_prevalence = 0.1;
static const double modes_least = 0.5;
static const double weight_popular = -4;    /* takes the best timing back */
static const double weight_polled_port = 3; /* timing can weigh no more there */

/* Mail, push and telemetry clients ask at fixed times too: timing alone weighs less there. */
static bool is_polled_port(uint16_t port)
{
    static const uint16_t ports[] = { 110, 143, 993, 995, 1883, 5222, 5223, 5228, 8883 };
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
        if (port == ports[i])
            return true;
    return false;
}

/* Straight lines between points: 0 at `from`, `most` at `to` and beyond. */
static double ramp(double value, double from, double to, double most)
{
    return most * fmin(1, fmax(0, (value - from) / (to - from)));
}

/* Context, not proof: each is worth less than one family of evidence. */
static double size_weight(double spread)
{
    return spread < 0 ? 0 : ramp(spread, size_spread_limit, 0.1, 1.5);
}

static double persistence_weight(double active_share)
{
    return active_share < 0 ? 0 : ramp(active_share, active_share_least, 1, 1);
}

/* How much rarer than one line in ten: 1 at a hundredth, -1 where all lines call it. */
static double rarity_weight(const struct surroundings *around, double prevalence)
{
    if (around->is_popular)
        return weight_popular;
    if (around->active_lines < LINES_TELLING)
        return 0;
    return fmin(1.5, log10(common_prevalence / prevalence));
}

static double timing_weight(uint16_t port, double weight)
{
    return is_polled_port(port) ? fmin(weight_polled_port, weight) : weight;
}

double evidence_popular_from(double active_lines)
{
    double small = fmax(10, active_lines / 5);
    return active_lines <= 1000 ? small : fmax(200, active_lines / 1000);
}

void evidence_add(struct sighting *sighting, struct measure measure)
{
    MUST(sighting->measure_count < SIGHTING_MEASURES_MAX);
    measure.has_threshold |= measure.threshold > 0;
    measure.weight = fmin(WEIGHT_MOST, measure.weight);
    sighting->measures[sighting->measure_count++] = measure;
    sighting->score = weight_score(weight_total(sighting->measures, sighting->measure_count));
}

void evidence_add_rate(struct sighting *sighting, uint32_t rate)
{
    if (rate != 1)
        evidence_add(sighting, (struct measure){ MEASURE_SAMPLING_RATE, rate, 0, 0, 0 });
}

void evidence_add_surroundings(struct sighting *out, const struct surroundings *around)
{
    double prevalence = fmin(1, around->clients / fmax(1, around->active_lines));
    evidence_add(out, (struct measure){ MEASURE_PREVALENCE, prevalence, common_prevalence,
                                        rarity_weight(around, prevalence), 0 });
    evidence_add(out, (struct measure){ MEASURE_CLIENTS, round(around->clients), 0, 0, 0 });
}

static void begin(struct sighting *out, const struct concern *concern)
{
    *out = (struct sighting){
        .behaviour = BEHAVIOUR_BEACON,
        .direction = (enum direction)concern->direction,
        .basis = (enum basis)concern->basis,
        .server = concern->server,
        .server_place = (enum place)concern->server_place,
        .protocol = concern->protocol,
        .port = concern->port,
    };
}

/* Of a sampled connection the answer may be what was not counted: nothing can be told. */
static double failed_share(const struct concern *concern)
{
    return concern->rate > 1 ? -1 : (double)concern->failed / concern->connections;
}

static const struct null_table *table_of(const struct concern_timing *timing)
{
    return timing->is_thin ? &null_pair_comb : &null_pair_spread;
}

/* Small is regular. */
static double irregularity(const struct concern_timing *timing)
{
    return timing->is_thin ? -timing->comb : timing->spread;
}

struct learned_case evidence_case_of_pair(const struct concern *concern,
                                          const struct concern_timing *timing)
{
    double weight = null_weight(table_of(timing), timing->sightings, irregularity(timing));
    return (struct learned_case){ LEARNED_PAIR,  (double)timing->sightings, concern->protocol,
                                  concern->port, concern->last_ns,          concern->server,
                                  weight };
}

struct learned_case evidence_case_of_pool(const struct pool *pool, const struct pool_view *view,
                                          const struct concern *of)
{
    return (struct learned_case){ LEARNED_POOL,  view->sightings, of->protocol,     of->port,
                                  pool->last_ns, of->server,      pool_weight(view) };
}

/* How strange it is by the built-in table and by what was learned here, and by how many. */
static void add_timing(struct sighting *out, struct measure measure,
                       const struct learned_case *of, const struct learned *learned)
{
    struct learned_verdict verdict = learned_weigh(learned, of);
    measure.weight = timing_weight(of->port, verdict.weight);
    evidence_add(out, measure);
    if (learned)
        evidence_add(
            out, (struct measure){ MEASURE_NULL_SAMPLES, (double)verdict.samples, 0, 0, 0 });
}

/* Of thinly sampled calls intervals are multiples of the period, never alike. */
static struct measure timing_measure(const struct concern_timing *timing)
{
    double limit = null_edge(table_of(timing), timing->sightings, EVIDENCE_LEVEL_FIRING);
    enum measure_id id = timing->is_thin ? MEASURE_INTERVAL_COMB : MEASURE_INTERVAL_SPREAD;
    return (struct measure){ id, fabs(irregularity(timing)), fabs(limit), 0, 0 };
}

void evidence_of_pair(const struct concern *concern, const struct concern_timing *timing,
                      const struct surroundings *around, struct sighting *out)
{
    begin(out, concern);
    out->has_line = true;
    out->line = concern->line;
    out->line_place = (enum place)concern->line_place;
    out->first_ns = concern->first_ns;
    out->last_ns = concern->last_ns;
    out->connections = concern->connections;
    out->octets_out = concern->octets_out;
    out->octets_in = concern->octets_in;
    struct learned_case learned_case = evidence_case_of_pair(concern, timing);
    add_timing(out, timing_measure(timing), &learned_case, around->learned);
    const struct measure measures[] = {
        { MEASURE_SIZE_SPREAD, timing->size_spread, size_spread_limit,
          size_weight(timing->size_spread), 0 },
        { MEASURE_ACTIVE_SLOTS, timing->active_share, active_share_least,
          persistence_weight(timing->active_share), 0 },
        { MEASURE_CONNECTIONS, concern->connections, NULL_SIGHTINGS_LEAST, 0, 0 },
        { MEASURE_INTERVAL_MEDIAN, timing->median_s, 0, 0, 0 },
        { MEASURE_FAILED_SHARE, failed_share(concern), 0, 0, 0 },
        { MEASURE_RITA_SCORE, timing->rita, 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
        if (measures[i].value >= 0) /* negative: could not be told */
            evidence_add(out, measures[i]);
    evidence_add_surroundings(out, around);
    evidence_add_rate(out, concern->rate);
}

void evidence_of_pool(const struct pool *pool, const struct pool_view *view,
                      const struct concern *of, const struct surroundings *around,
                      struct sighting *out)
{
    begin(out, of);
    out->first_ns = pool->first_ns;
    out->last_ns = pool->last_ns;
    out->connections = pool->connections;
    out->octets_out = pool->octets_out;
    out->octets_in = pool->octets_in;
    struct learned_case learned_case = evidence_case_of_pool(pool, view, of);
    struct measure sum = { MEASURE_POOLED_SUM, view->sum, pool_threshold(view), 0, 1 };
    add_timing(out, sum, &learned_case, around->learned);
    bool is_thin = view->form >= POOL_THIN_FEW; /* one packet a call: sizes are all alike */
    double alike = is_thin ? 0 : ramp(view->modes, modes_least, 0.9, 1.5);
    evidence_add(out,
                 (struct measure){ MEASURE_SIZE_MODES, view->modes, modes_least, alike, 0 });
    evidence_add(out, (struct measure){ MEASURE_COUNT_DISPERSION, view->dispersion, 0, 0, 0 });
    evidence_add(out, (struct measure){ MEASURE_POOLED_COMB, view->comb, 0, 0, 0 });
    if (view->is_long)
        evidence_add(out, (struct measure){ MEASURE_HOUR_ENTROPY, view->entropy, 0, 0, 0 });
    evidence_add(out, (struct measure){ MEASURE_CONNECTIONS, (double)pool->connections,
                                        POOL_SIGHTINGS_LEAST, 0, 0 });
    evidence_add_surroundings(out, around);
    evidence_add_rate(out, of->rate);
}
