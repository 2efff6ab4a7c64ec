// SPDX-License-Identifier: Apache-2.0
#include "behaviour/server.h"

#include <math.h>

#include "base/time.h"

enum { GAP_PERIODS = 160, GAPS_LEAST = 16 };
static const int64_t hour_ns = 3600 * TIME_SECOND_NS;
static const int64_t long_ns = 12 * 3600 * TIME_SECOND_NS;
static const double gap_least_s = 4;
static const double gap_most_s = 2 * 86400;

/* Bins of two parts in a hundred, from 4 s to 2 days. */
static double bins_a_doubling(void)
{
    return COMB_GAPS_MAX / log2(gap_most_s / gap_least_s);
}

static void add_gap(struct hub *hub, double gap_s)
{
    double bin = gap_s > gap_least_s ? bins_a_doubling() * log2(gap_s / gap_least_s) : 0;
    uint16_t *count = &hub->gaps[bin < COMB_GAPS_MAX ? (size_t)bin : COMB_GAPS_MAX - 1];
    *count = (uint16_t)(*count + (*count < UINT16_MAX));
}

/* So that one look tells what is too high for a full sample. */
static void lead_with_highest(struct hub *hub)
{
    size_t highest = 0;
    for (size_t i = 1; i < HUB_SAMPLE; i++)
        if (hub->sample[i] > hub->sample[highest])
            highest = i;
    uint32_t line = hub->sample[0], sightings = hub->sightings_of[0];
    hub->sample[0] = hub->sample[highest];
    hub->sightings_of[0] = hub->sightings_of[highest];
    hub->sample[highest] = line;
    hub->sightings_of[highest] = sightings;
}

/* Bottom-k (Cohen, Kaplan 2007): the lines of the smallest hashes, each counted from its first
 * call on, whatever the order. */
static void add_to_sample(struct hub *hub, uint32_t line, uint32_t sightings)
{
    bool is_full = hub->sampled == HUB_SAMPLE;
    if (is_full && line > hub->sample[0])
        return;
    for (size_t i = 0; i < hub->sampled; i++)
        if (hub->sample[i] == line) {
            hub->sightings_of[i] += sightings;
            return;
        }
    size_t at = is_full ? 0 : hub->sampled++;
    hub->sample[at] = line;
    hub->sightings_of[at] = sightings;
    if (hub->sampled == HUB_SAMPLE)
        lead_with_highest(hub);
}

void hub_add(struct hub *hub, const struct hub_call *call)
{
    hub->sightings++;
    hub->hours[(uint64_t)(call->start_ns / hour_ns) % 24]++;
    hub->sizes[pool_size_bin(call->octets)]++;
    add_to_sample(hub, (uint32_t)(call->line >> 32), 1);
    if (call->gap_s >= 0 && call->before < HUB_GAPS_OF_LINE)
        add_gap(hub, call->gap_s);
}

static double comb_of(const struct hub *hub)
{
    struct comb comb = { .count = 0 };
    double whole = 0;
    for (size_t i = 1; i < COMB_GAPS_MAX; i++) { /* the first are too short to tell */
        if (hub->gaps[i] == 0)
            continue;
        comb.gap_s[comb.count] = gap_least_s * exp2(((double)i + 0.5) / bins_a_doubling());
        comb.times[comb.count++] = hub->gaps[i];
        whole += hub->gaps[i];
    }
    if (whole < GAPS_LEAST)
        return 0;
    double below = 0;
    size_t middle = 0;
    for (; middle + 1 < comb.count && below + comb.times[middle] < whole / 2; middle++)
        below += comb.times[middle];
    double middle_s = comb.gap_s[middle];
    return comb_best(&comb, (struct comb_range){ middle_s / 8, middle_s * 2, GAP_PERIODS });
}

/* Variance over mean of what the sampled lines called. */
static double dispersion_of(const struct hub *hub)
{
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < hub->sampled; i++) {
        sum += hub->sightings_of[i];
        squares += (double)hub->sightings_of[i] * hub->sightings_of[i];
    }
    double mean = sum / hub->sampled;
    return (squares - hub->sampled * mean * mean) / (hub->sampled - 1) / mean;
}

static enum pool_form form_of(const struct hub *hub)
{
    bool is_few = hub->sampled < POOL_LINES_MANY;
    if (hub->rate > POOL_TIMED_RATE_MAX)
        return is_few ? POOL_THIN_FEW : POOL_THIN;
    return is_few ? POOL_WHOLE_FEW : POOL_WHOLE;
}

bool hub_look(const struct hub *hub, struct pool_view *out)
{
    if (hub->sampled < POOL_LINES_LEAST || hub->sightings < HUB_SIGHTINGS_LEAST ||
        hub->last_ns - hub->first_ns < long_ns)
        return false;
    *out = (struct pool_view){ .form = form_of(hub),
                               .sightings = hub->sightings,
                               .is_long = true,
                               .dispersion = dispersion_of(hub),
                               .entropy = pool_entropy(hub->hours, 24),
                               .comb = comb_of(hub),
                               .modes = pool_share_of_two(hub->sizes, POOL_SIZE_BINS) };
    pool_sum(out);
    return true;
}

void hub_merge(struct hub *hub, const struct hub *other)
{
    if (other->first_ns < hub->first_ns)
        hub->first_ns = other->first_ns;
    if (other->last_ns > hub->last_ns)
        hub->last_ns = other->last_ns;
    hub->octets_out += other->octets_out;
    hub->octets_in += other->octets_in;
    hub->connections += other->connections;
    hub->sightings += other->sightings;
    hub->earlier += other->earlier;
    hub->fired |= other->fired;
    hub->judged = hub->judged > 0 || other->judged > 0; /* and to be judged again */
    for (size_t i = 0; i < other->sampled; i++)
        add_to_sample(hub, other->sample[i], other->sightings_of[i]);
    for (size_t i = 0; i < 24; i++)
        hub->hours[i] += other->hours[i];
    for (size_t i = 0; i < POOL_SIZE_BINS; i++)
        hub->sizes[i] += other->sizes[i];
    for (size_t i = 0; i < COMB_GAPS_MAX; i++) {
        unsigned sum = (unsigned)hub->gaps[i] + other->gaps[i];
        hub->gaps[i] = sum < UINT16_MAX ? (uint16_t)sum : UINT16_MAX;
    }
}
