// SPDX-License-Identifier: Apache-2.0
/* The target's view: many sources that guess evenly, each below notice, within a day. */
#include <math.h>

#include "behaviour/evidence.h"
#include "behaviour/guess_private.h"

enum {
    SOURCES_LEAST = 20,
    DAY_SLOTS = 96, /* quarters of an hour */
};
static const double dispersion_most = 2;
static const double attempts_each_least = 3;

static bool is_weaker(const void *records, size_t a, size_t b)
{
    const struct guess_target *of_a = (const struct guess_target *)records + a;
    const struct guess_target *of_b = (const struct guess_target *)records + b;
    if ((of_a->told > 0) != (of_b->told > 0))
        return of_a->told == 0;
    return of_a->attempts != of_b->attempts ? of_a->attempts < of_b->attempts
                                            : of_a->last_ns < of_b->last_ns;
}

static void add_each(struct guess_target *target, uint32_t print, uint32_t attempts)
{
    size_t i = 0;
    while (i < target->each_count && target->each[i].print != print)
        i++;
    if (i == target->each_count) {
        if (i == GUESS_SOURCES_EXACT)
            return;
        target->each[target->each_count++] = (struct guess_of_source){ print, 0 };
    }
    target->each[i].attempts += attempts;
}

/* How a target's sources guess: how many each, and how evenly. */
struct evenness {
    double sources, mean, dispersion, equal;
};

static bool is_guessed_evenly(const struct guess_target *target, struct evenness *out)
{
    double sum = 0, squares = 0, count = target->each_count;
    for (size_t i = 0; i < target->each_count; i++) {
        double attempts = target->each[i].attempts;
        sum += attempts;
        squares += attempts * attempts;
    }
    if (target->each_count < SOURCES_LEAST)
        return false;
    out->mean = sum / count;
    out->dispersion = (squares - sum * out->mean) / (count - 1) / out->mean;
    out->sources = round(sketch_count(&target->sources));
    out->equal = guess_equal_share(target->by_size);
    return out->mean >= attempts_each_least && out->dispersion <= dispersion_most &&
           out->equal >= GUESS_EQUAL_LEAST;
}

static void emit_target(const struct guess_target *target, const struct evenness *evenness,
                        struct sighting_sink sink)
{
    struct sighting sighting = {
        .behaviour = BEHAVIOUR_GUESS,
        .direction = (enum direction)target->direction,
        .basis = (enum basis)target->basis,
        .server = target->address,
        .server_place = (enum place)target->place,
        .protocol = PROTOCOL_TCP,
        .shape = SHAPE_DISTRIBUTED,
        .port = target->port,
        .first_ns = target->first_ns,
        .last_ns = target->last_ns,
        .connections = target->attempts,
        .octets_out = target->octets_out,
        .octets_in = target->octets_in,
    };
    double many = fmin(4, fmax(3, 3 + log2(evenness->sources / SOURCES_LEAST)));
    evidence_add(&sighting, (struct measure){ MEASURE_SOURCES, evenness->sources, SOURCES_LEAST,
                                              many, 0 });
    evidence_add(&sighting,
                 (struct measure){ MEASURE_EQUAL_SHARE, evenness->equal, GUESS_EQUAL_LEAST,
                                   guess_equal_weight(evenness->equal), 0 });
    evidence_add(&sighting, (struct measure){ MEASURE_COUNT_DISPERSION, evenness->dispersion,
                                              dispersion_most, 0, 1 });
    evidence_add(&sighting, (struct measure){ MEASURE_ATTEMPTS, target->attempts, 0, 0, 0 });
    evidence_add_rate(&sighting, target->is_rate_untold ? 0 : 1);
    sink.take(sink.context, &sighting);
}

static void judge_target(struct guess *guess, struct guess_target *target,
                         struct sighting_sink sink)
{
    struct evenness evenness;
    if (target->attempts < 2 * (uint64_t)target->told || !is_guessed_evenly(target, &evenness))
        return;
    guess->targets_fired += target->told == 0;
    target->told = target->attempts;
    emit_target(target, &evenness, sink);
}

static void begin_target(struct guess_target *target, const struct admitted_flow *admitted)
{
    *target = (struct guess_target){
        .address = admitted->flow.responder,
        .first_ns = flow_start_ns(&admitted->flow),
        .slot_first = flow_end_ns(&admitted->flow) / GUESS_SLOT_NS,
        .port = admitted->flow.responder_port,
        .direction = (uint8_t)admitted->direction,
        .basis = (uint8_t)admitted->basis,
        .place = (uint8_t)admitted->responder_place,
    };
}

static void add_target_attempt(struct guess_target *target, const struct flow *flow,
                               uint64_t source)
{
    int64_t start_ns = flow_start_ns(flow), end_ns = flow_end_ns(flow);
    if (start_ns < target->first_ns)
        target->first_ns = start_ns;
    if (end_ns > target->last_ns)
        target->last_ns = end_ns;
    target->octets_out += flow->forward.octets;
    target->octets_in += flow->reverse.octets;
    target->attempts++;
    target->by_size[guess_size_of(flow)]++;
    target->is_rate_untold |= observation_rate(&flow->observation) == 0;
    sketch_add(&target->sources, source);
    add_each(target, (uint32_t)source, 1);
}

void guess_observe_target(struct guess *guess, const struct admitted_flow *admitted,
                          const struct guess_service *service, struct sighting_sink sink)
{
    const struct flow *flow = &admitted->flow;
    if (!service->is_for_people || !guess_is_attempt(service, flow))
        return;
    uint64_t print = guess_print_of(guess, &flow->responder, flow->responder_port);
    size_t slot = prints_find(&guess->target_prints, print);
    bool is_new = slot == PRINTS_NONE;
    if (is_new)
        slot = prints_take(&guess->target_prints, print, is_weaker, guess->targets,
                           &guess->targets_evicted);
    struct guess_target *target = &guess->targets[slot];
    bool is_old = !is_new && target->told == 0 &&
                  flow_end_ns(flow) / GUESS_SLOT_NS - target->slot_first >= DAY_SLOTS;
    if (is_new || is_old) /* each day begins anew */
        begin_target(target, admitted);
    add_target_attempt(target, flow, hash_sixteen(&guess->key, flow->initiator.octets));
    judge_target(guess, target, sink);
}

/* The last word on those that fired, and what only a merge has brought together. */
void guess_finish_targets(struct guess *guess, struct sighting_sink sink)
{
    for (size_t slot = 0; slot < prints_slots(&guess->target_prints); slot++) {
        struct guess_target *target = &guess->targets[slot];
        struct evenness evenness;
        if (guess->target_prints.print[slot] == 0)
            continue;
        judge_target(guess, target, sink);
        if (target->told != 0 && is_guessed_evenly(target, &evenness))
            emit_target(target, &evenness, sink);
    }
}

static void merge_target(struct guess_target *target, const struct guess_target *other)
{
    if (other->first_ns < target->first_ns)
        target->first_ns = other->first_ns;
    if (other->last_ns > target->last_ns)
        target->last_ns = other->last_ns;
    if (other->slot_first < target->slot_first)
        target->slot_first = other->slot_first;
    target->octets_out += other->octets_out;
    target->octets_in += other->octets_in;
    target->attempts += other->attempts;
    target->told = target->told > other->told ? target->told : other->told;
    target->is_rate_untold |= other->is_rate_untold;
    for (size_t i = 0; i < GUESS_SIZES; i++)
        target->by_size[i] += other->by_size[i];
    for (size_t i = 0; i < other->each_count; i++)
        add_each(target, other->each[i].print, other->each[i].attempts);
    sketch_merge(&target->sources, &other->sources);
}

void guess_merge_targets(struct guess *guess, const struct guess *other)
{
    for (size_t i = 0; i < prints_slots(&other->target_prints); i++) {
        uint64_t print = other->target_prints.print[i];
        if (print == 0)
            continue;
        size_t slot = prints_find(&guess->target_prints, print);
        if (slot != PRINTS_NONE) {
            merge_target(&guess->targets[slot], &other->targets[i]);
            continue;
        }
        slot = prints_take(&guess->target_prints, print, is_weaker, guess->targets,
                           &guess->targets_evicted);
        guess->targets[slot] = other->targets[i];
    }
}
