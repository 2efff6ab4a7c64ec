// SPDX-License-Identifier: Apache-2.0
#include "behaviour/concern.h"

#include <math.h>

#include "base/must.h"
#include "base/time.h"
#include "behaviour/null.h"
#include "behaviour/pool.h"

enum { SLOTS_MAX = 64, SLOTS_LEAST = 8, SIZES_LEAST = 4, COMB_INTERVALS = 48, PERIODS = 800 };
static const int64_t slot_ns = 1800 * TIME_SECOND_NS;
static const int64_t hour_ns = 3600 * TIME_SECOND_NS;
static const double median_least_s = 2; /* faster is a stream of transactions, not check-ins */
static const double span_least_s = 60;
static const double period_least_s = 4;

static void mark_slot(struct concern *concern, int64_t start_ns)
{
    int64_t slot = start_ns / slot_ns;
    if (concern->sightings == 0)
        concern->slot_latest = slot;
    if (slot > concern->slot_latest) {
        int64_t step = slot - concern->slot_latest;
        concern->slots = step < SLOTS_MAX ? concern->slots << step : 0;
        concern->slot_latest = slot;
    }
    if (concern->slot_latest - slot < SLOTS_MAX)
        concern->slots |= UINT64_C(1) << (concern->slot_latest - slot);
}

static void add_sighting(struct concern *concern, int64_t start_ns)
{
    mark_slot(concern, start_ns);
    uint16_t *hour = &concern->hours[(uint64_t)(start_ns / hour_ns) % 24];
    if (*hour < UINT16_MAX)
        (*hour)++;
    concern->starts[concern->sightings % CONCERN_STARTS] = concern_ticks(start_ns);
    concern->sightings++;
}

static void add_size(struct concern *concern, uint64_t octets_out)
{
    concern->sizes[concern->sized % CONCERN_SIZES] =
        octets_out < UINT32_MAX ? (uint32_t)octets_out : UINT32_MAX;
    concern->sized++;
}

void concern_add_earlier(struct concern *concern, int64_t start_ns)
{
    if (concern->sightings == 0 || start_ns < concern->first_ns)
        concern->first_ns = start_ns;
    if (concern->sightings == 0 || start_ns > concern->last_ns)
        concern->last_ns = start_ns;
    add_sighting(concern, start_ns);
}

void concern_add_call(struct concern *concern, const struct flow *flow)
{
    int64_t start_ns = flow_start_ns(flow);
    int64_t end_ns = flow_end_ns(flow);
    uint32_t latest =
        concern->starts[(concern->sightings + CONCERN_STARTS - 1) % CONCERN_STARTS];
    if (concern->sightings == 0 || !concern_together(latest, concern_ticks(start_ns))) {
        add_sighting(concern, start_ns);
        add_size(concern, flow->forward.octets);
    }
    if (start_ns < concern->first_ns)
        concern->first_ns = start_ns;
    if (end_ns > concern->last_ns)
        concern->last_ns = end_ns;
    concern->connections++;
    concern->failed += concern_call_failed(flow);
    concern->octets_out += flow->forward.octets;
    concern->octets_in += flow->reverse.octets;
}

void concern_series(const struct concern *concern, struct series *out)
{
    size_t count = concern->sightings < CONCERN_STARTS ? concern->sightings : CONCERN_STARTS;
    uint32_t base = concern->starts[0];
    for (size_t i = 0; i < count; i++)
        out->at_s[i] = (double)(int32_t)(concern->starts[i] - base) / CONCERN_TICKS_A_SECOND;
    out->count = count;
    series_sort(out->at_s, count);
    if (concern->rate > POOL_TIMED_RATE_MAX)
        series_merge_parallel(out);
    else
        series_merge_bursts(out);
}

/* Periods from a fiftieth of the median interval, as every one in fifty may have been seen. */
double concern_comb(const struct series *series)
{
    double intervals[SERIES_MAX];
    size_t count = series_intervals(series, intervals);
    size_t from = count > COMB_INTERVALS ? count - COMB_INTERVALS : 0;
    struct comb comb = { .count = count - from };
    if (comb.count == 0)
        return 0;
    for (size_t i = 0; i < comb.count; i++) {
        comb.gap_s[i] = intervals[from + i];
        comb.times[i] = 1;
    }
    series_sort(intervals + from, comb.count);
    double middle_s = series_quantile(intervals + from, comb.count, 0.5);
    const struct comb_range range = { fmax(period_least_s, middle_s / 50), middle_s * 2,
                                      PERIODS };
    return range.from_s < range.to_s ? comb_best(&comb, range) : 0;
}

static double count_bits(uint64_t bits)
{
    double count = 0;
    for (; bits != 0; bits &= bits - 1)
        count++;
    return count;
}

static double active_share(const struct concern *concern)
{
    int64_t first = concern->first_ns / slot_ns;
    int64_t span = concern->slot_latest - first + 1;
    if (span < SLOTS_LEAST)
        return -1;
    double slots = span < SLOTS_MAX ? (double)span : SLOTS_MAX;
    return count_bits(concern->slots) / slots;
}

static double size_spread(const struct concern *concern)
{
    double sizes[CONCERN_SIZES];
    size_t count = concern_sizes(concern);
    for (size_t i = 0; i < count; i++)
        sizes[i] = concern->sizes[i];
    return count < SIZES_LEAST ? -1 : series_spread(sizes, count);
}

bool concern_measure(const struct concern *concern, struct concern_timing *out)
{
    struct series series;
    concern_series(concern, &series);
    if (series.count < NULL_SIGHTINGS_LEAST)
        return false;
    double intervals[SERIES_MAX];
    size_t count = series_intervals(&series, intervals);
    out->sightings = series.count;
    out->span_s = series.at_s[series.count - 1] - series.at_s[0];
    out->spread = series_spread(intervals, count);
    series_sort(intervals, count);
    out->median_s = series_quantile(intervals, count, 0.5);
    out->rita = series_rita_score(intervals, count);
    out->is_thin = concern->rate > POOL_TIMED_RATE_MAX;
    out->comb = out->is_thin ? concern_comb(&series) : 0;
    out->active_share = active_share(concern);
    out->size_spread = size_spread(concern);
    return out->median_s >= median_least_s && out->span_s >= span_least_s;
}

/* Both rings in order of time; gives how many of the latest. */
static size_t union_of(const struct concern *a, const struct concern *b,
                       uint32_t out[2 * CONCERN_STARTS])
{
    const struct concern *both[2] = { a, b };
    uint32_t base = a->starts[0];
    size_t count = 0;
    for (size_t i = 0; i < 2; i++) {
        size_t from = both[i]->sightings < CONCERN_STARTS ? both[i]->sightings : CONCERN_STARTS;
        for (size_t j = 0; j < from; j++) {
            uint32_t start = both[i]->starts[j];
            size_t at = count++;
            for (; at > 0 && (int32_t)(out[at - 1] - base) > (int32_t)(start - base); at--)
                out[at] = out[at - 1];
            out[at] = start;
        }
    }
    return count;
}

static void merge_starts(struct concern *concern, const struct concern *other)
{
    uint32_t starts[2 * CONCERN_STARTS];
    size_t count = union_of(concern, other, starts);
    size_t kept = count < CONCERN_STARTS ? count : CONCERN_STARTS;
    concern->sightings += other->sightings;
    for (size_t i = 0; i < kept; i++)
        concern->starts[(concern->sightings - kept + i) % CONCERN_STARTS] =
            starts[count - kept + i];
}

static void merge_slots(struct concern *concern, const struct concern *other)
{
    bool is_later = other->slot_latest > concern->slot_latest;
    const struct concern *late = is_later ? other : concern;
    const struct concern *early = is_later ? concern : other;
    int64_t ago = late->slot_latest - early->slot_latest;
    concern->slots = late->slots | (ago < SLOTS_MAX ? early->slots << ago : 0);
    concern->slot_latest = late->slot_latest;
}

void concern_merge(struct concern *concern, const struct concern *other)
{
    merge_slots(concern, other);
    merge_starts(concern, other);
    for (size_t i = 0; i < concern_sizes(other); i++)
        add_size(concern, other->sizes[i]);
    for (size_t i = 0; i < 24; i++) {
        unsigned sum = (unsigned)concern->hours[i] + other->hours[i];
        concern->hours[i] = sum < UINT16_MAX ? (uint16_t)sum : UINT16_MAX;
    }
    if (other->first_ns < concern->first_ns)
        concern->first_ns = other->first_ns;
    if (other->last_ns > concern->last_ns)
        concern->last_ns = other->last_ns;
    concern->connections += other->connections;
    concern->failed += other->failed;
    concern->octets_out += other->octets_out;
    concern->octets_in += other->octets_in;
    concern->fired |= other->fired;
    concern->judged = concern->judged > 0 || other->judged > 0; /* and to be judged again */
    while (concern->judge_at <= concern->sightings)
        concern->judge_at *= 2;
}
