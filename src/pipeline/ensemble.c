// SPDX-License-Identifier: Apache-2.0
#include "pipeline/ensemble.h"

#include "base/wipe.h"

enum { SLACK = 4096 }; /* of each: what its arrays are aligned to */

static struct behaviour_limits limits_of(size_t i, size_t memory_octets, size_t sharers)
{
    const struct behaviour_kind *kind = behaviour_kinds[i];
    bool counts_for_all = (kind->ends & END_ANY) || (kind->names & NAMES_ANY);
    return behaviour_limits_of((enum behaviour)i,
                               counts_for_all ? memory_octets * sharers : memory_octets);
}

size_t ensemble_size(size_t memory_octets, size_t sharers)
{
    size_t size = 0;
    for (size_t i = 0; i < BEHAVIOURS; i++)
        size += limits_of(i, memory_octets, sharers).memory_octets + SLACK;
    return size;
}

void ensemble_init(struct ensemble *ensemble, size_t memory_octets, size_t sharers,
                   struct hash_key key, struct arena *keep)
{
    ensemble->key = key;
    for (size_t i = 0; i < BEHAVIOURS; i++) {
        struct behaviour_limits limits = limits_of(i, memory_octets, sharers);
        ensemble->states[i] = behaviour_kinds[i]->init(&limits, key, keep);
    }
}

void ensemble_expect(const struct ensemble *ensemble, const struct admitted_flow *admitted)
{
    for (size_t i = 0; i < BEHAVIOURS; i++)
        if (behaviour_kinds[i]->expect)
            behaviour_kinds[i]->expect(ensemble->states[i], admitted);
}

void ensemble_expect_more(const struct ensemble *ensemble, const struct admitted_flow *admitted)
{
    for (size_t i = 0; i < BEHAVIOURS; i++)
        if (behaviour_kinds[i]->expect_more)
            behaviour_kinds[i]->expect_more(ensemble->states[i], admitted);
}

static void run_flow(struct ensemble *ensemble, const struct admitted_flow *admitted)
{
    static const enum behaviour_end ends[] = { END_LINE, END_INITIATOR, END_RESPONDER,
                                               END_ANY };
    const struct ensemble_peers *peers = &ensemble->peers;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (peers->observe)
            peers->observe(peers->context, ends[i], admitted);
        else
            ensemble_observe(ensemble, ends[i], admitted);
    }
}

static void run_name(struct ensemble *ensemble, const struct asked_name *asked)
{
    static const enum behaviour_names names[] = { NAMES_BY_DOMAIN, NAMES_BY_LINE, NAMES_ANY };
    const struct ensemble_peers *peers = &ensemble->peers;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (peers->observe_name)
            peers->observe_name(peers->context, names[i], asked);
        else
            ensemble_observe_name(ensemble, names[i], asked);
    }
}

void ensemble_run(struct ensemble *ensemble, const struct admitted_flow *admitted)
{
    run_flow(ensemble, admitted);
    for (const struct fact *fact = admitted->flow.facts; fact; fact = fact->next)
        if (asked_of(admitted, fact, &ensemble->key, &ensemble->asked))
            run_name(ensemble, &ensemble->asked);
}

bool ensemble_wants(enum behaviour_end end, const struct admitted_flow *admitted)
{
    for (size_t i = 0; i < BEHAVIOURS; i++)
        if ((behaviour_kinds[i]->ends & end) &&
            (!behaviour_kinds[i]->wants || behaviour_kinds[i]->wants(admitted)))
            return true;
    return false;
}

static void heed_listed(struct ensemble *ensemble, const struct admitted_flow *admitted)
{
    for (size_t i = 0; i < BEHAVIOURS; i++)
        if (behaviour_kinds[i]->heed_listed)
            behaviour_kinds[i]->heed_listed(ensemble->states[i], admitted);
}

void ensemble_observe(struct ensemble *ensemble, enum behaviour_end end,
                      const struct admitted_flow *admitted)
{
    if (end == END_LISTED) {
        heed_listed(ensemble, admitted);
        return;
    }
    for (size_t i = 0; i < BEHAVIOURS; i++)
        if (behaviour_kinds[i]->observe && (behaviour_kinds[i]->ends & end))
            behaviour_kinds[i]->observe(ensemble->states[i], admitted, end, ensemble->sink);
}

void ensemble_observe_name(struct ensemble *ensemble, enum behaviour_names names,
                           const struct asked_name *asked)
{
    for (size_t i = 0; i < BEHAVIOURS; i++)
        if (behaviour_kinds[i]->observe_name && (behaviour_kinds[i]->names & names))
            behaviour_kinds[i]->observe_name(ensemble->states[i], asked, ensemble->sink);
}

void ensemble_heed(struct ensemble *ensemble, const struct sighting *sighting)
{
    for (size_t i = 0; i < BEHAVIOURS; i++)
        if (behaviour_kinds[i]->heed)
            behaviour_kinds[i]->heed(ensemble->states[i], sighting);
}

void ensemble_run_listed(struct ensemble *ensemble, const struct admitted_flow *admitted)
{
    ensemble_observe(ensemble, END_LISTED, admitted);
    if (ensemble->peers.listed)
        ensemble->peers.listed(ensemble->peers.context, admitted);
}

void ensemble_judge(struct ensemble *ensemble)
{
    for (size_t i = 0; i < BEHAVIOURS; i++)
        behaviour_kinds[i]->finish(ensemble->states[i], ensemble->sink);
}

void ensemble_count(const struct ensemble *ensemble, struct summary *summary)
{
    for (size_t i = 0; i < BEHAVIOURS; i++)
        behaviour_kinds[i]->count(ensemble->states[i], summary);
}

void ensemble_erase(struct ensemble *ensemble)
{
    wipe(&ensemble->asked, sizeof ensemble->asked);
}

size_t ensemble_parts(struct ensemble *ensemble, struct behaviour_part out[ENSEMBLE_PARTS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < BEHAVIOURS; i++)
        if (behaviour_kinds[i]->parts)
            count += behaviour_kinds[i]->parts(ensemble->states[i], out + count);
    return count;
}

void ensemble_describe(struct ensemble *ensemble, struct text *out)
{
    for (size_t i = 0; i < BEHAVIOURS; i++) {
        struct behaviour_part parts[BEHAVIOUR_PARTS_MAX];
        if (!behaviour_kinds[i]->parts)
            continue;
        size_t count = behaviour_kinds[i]->parts(ensemble->states[i], parts);
        text_put_string(out, behaviour_trait((enum behaviour)i)->rule);
        for (size_t j = 0; j < count; j++)
            text_format(out, " %zu", parts[j].octets);
        text_put_char(out, '\n');
    }
}

void ensemble_merge(struct ensemble *into, const struct ensemble *other)
{
    for (size_t i = 0; i < BEHAVIOURS; i++)
        if (behaviour_kinds[i]->merge)
            behaviour_kinds[i]->merge(into->states[i], other->states[i]);
}
