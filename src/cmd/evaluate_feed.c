// SPDX-License-Identifier: Apache-2.0
#include "cmd/evaluate_feed.h"

static struct ip_address line_of(const struct evaluate_background *background, uint64_t number)
{
    if (background->is_population)
        return population_line(background->population,
                               (uint32_t)(number % background->plan.lines));
    return background->lines[number % background->line_count];
}

/* What is internal becomes a line of the background, everything else another address outside.
 */
static struct ip_address map_address(const void *context, const struct ip_address *address)
{
    const struct evaluate_background *background = context;
    const struct perturbation outside = { .seed = background->seed, .permutes = true };
    uint64_t words[2];
    memcpy(words, address->octets, sizeof words);
    if (ip_is_multicast(address) || ip_is_zero(address))
        return *address;
    if (!ip_is_internal(address))
        return perturb_address(&outside, address);
    double drawn = perturb_uniform(background->seed, words[0] ^ words[1], 1100);
    return line_of(background, (uint64_t)(drawn * 0x1p32));
}

/* Where in the background it begins: somewhere, so that all of it fits if it can. */
static int64_t shift_of(const struct evaluate_background *background, const struct tape *tape)
{
    int64_t first_ns = INT64_MAX, last_ns = INT64_MIN;
    for (size_t i = 0; i < tape->count; i++) {
        int64_t start_ns = flow_start_ns(&tape->flows[i]),
                end_ns = flow_end_ns(&tape->flows[i]);
        first_ns = start_ns < first_ns ? start_ns : first_ns;
        last_ns = end_ns > last_ns ? end_ns : last_ns;
    }
    if (tape->count == 0)
        return 0;
    double room = ((double)background->last_ns - (double)background->first_ns) -
                  ((double)last_ns - (double)first_ns);
    double into = room > 0 ? room * perturb_uniform(background->seed, 1, 1200) : 0;
    return (int64_t)((double)background->first_ns - (double)first_ns + into);
}

void evaluate_feed_open(const struct tape *tape, struct evaluate_background *background,
                        struct evaluate_feed *out)
{
    memset(out, 0, sizeof *out);
    out->tape = tape;
    if (!background || !background->is_there)
        return;
    out->background = background;
    out->mixing = (struct perturbation){ .seed = background->seed,
                                         .map = map_address,
                                         .map_context = background,
                                         .shift_ns = shift_of(background, tape) };
}

static bool next_ours(struct evaluate_feed *feed)
{
    while (feed->at < feed->tape->count) {
        const struct flow *flow = &feed->tape->flows[feed->at++];
        if (!feed->background) {
            feed->ours = *flow;
            return true;
        }
        if (perturb_flow(&feed->mixing, feed->at, flow, &feed->room, &feed->ours) &&
            flow_end_ns(&feed->ours) <= feed->background->last_ns)
            return true;
    }
    return false;
}

static bool next_theirs(struct evaluate_feed *feed)
{
    struct evaluate_background *background = feed->background;
    if (!background)
        return false;
    if (background->is_population)
        return population_next(background->population, &feed->theirs, NULL);
    const struct tape *tape = &background->input.tape;
    if (feed->background_at == tape->count)
        return false;
    feed->theirs = tape->flows[feed->background_at++];
    return true;
}

void evaluate_feed_begin(struct evaluate_feed *feed)
{
    struct evaluate_background *background = feed->background;
    feed->at = feed->background_at = 0;
    if (background && background->is_population) {
        struct arena arena = background->population_memory;
        arena.is_clear = false; /* it was used before */
        background->population = population_init(&background->plan, &arena);
    }
    feed->takes_ours = feed->takes_theirs = true;
}

/* What was given out last is only replaced now: its facts have to stand until here. */
bool evaluate_feed_next(struct evaluate_feed *feed, struct flow *out)
{
    if (feed->takes_ours)
        feed->has_ours = next_ours(feed);
    if (feed->takes_theirs)
        feed->has_theirs = next_theirs(feed);
    feed->takes_ours = feed->has_ours && (!feed->has_theirs || flow_end_ns(&feed->ours) <=
                                                                   flow_end_ns(&feed->theirs));
    feed->takes_theirs = feed->has_theirs && !feed->takes_ours;
    if (!feed->takes_ours && !feed->takes_theirs)
        return false;
    *out = feed->takes_ours ? feed->ours : feed->theirs;
    return true;
}
