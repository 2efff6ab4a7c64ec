// SPDX-License-Identifier: Apache-2.0
#include "behaviour/concern.h"

#include "base/must.h"
#include "base/time.h"
#include "behaviour/null.h"

enum { SLOTS_MAX = 64, SLOTS_LEAST = 8 };
static const int64_t slot_ns = 1800 * TIME_SECOND_NS;
static const int64_t hour_ns = 3600 * TIME_SECOND_NS;
static const double median_least_s = 2; /* faster is a stream of transactions, not check-ins */
static const double span_least_s = 60;

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

static void add_sighting(struct concern *concern, int64_t start_ns, uint64_t octets_out)
{
    mark_slot(concern, start_ns);
    uint16_t *hour = &concern->hours[(uint64_t)(start_ns / hour_ns) % 24];
    if (*hour < UINT16_MAX)
        (*hour)++;
    concern->starts[concern->sightings % CONCERN_STARTS] = concern_ticks(start_ns);
    concern->sizes[concern->sightings % CONCERN_SIZES] =
        octets_out < UINT32_MAX ? (uint32_t)octets_out : UINT32_MAX;
    concern->sightings++;
}

void concern_add_earlier(struct concern *concern, int64_t start_ns, uint32_t octets_out)
{
    if (concern->sightings == 0 || start_ns < concern->first_ns)
        concern->first_ns = start_ns;
    if (concern->sightings == 0 || start_ns > concern->last_ns)
        concern->last_ns = start_ns;
    concern->octets_out += octets_out;
    add_sighting(concern, start_ns, octets_out);
}

void concern_add_call(struct concern *concern, const struct flow *flow)
{
    int64_t start_ns = flow_start_ns(flow);
    int64_t end_ns = flow_end_ns(flow);
    uint32_t latest =
        concern->starts[(concern->sightings + CONCERN_STARTS - 1) % CONCERN_STARTS];
    if (concern->sightings == 0 || !concern_together(latest, concern_ticks(start_ns)))
        add_sighting(concern, start_ns, flow->forward.octets);
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
    series_merge_bursts(out);
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
    size_t count = concern->sightings < CONCERN_SIZES ? concern->sightings : CONCERN_SIZES;
    for (size_t i = 0; i < count; i++)
        sizes[i] = concern->sizes[i];
    return count < NULL_SIGHTINGS_LEAST ? -1 : series_spread(sizes, count);
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
    out->active_share = active_share(concern);
    out->size_spread = size_spread(concern);
    return out->median_s >= median_least_s && out->span_s >= span_least_s;
}
