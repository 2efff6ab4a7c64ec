// SPDX-License-Identifier: Apache-2.0
/* The source's view: attempts at one service, on one host or many, in half an hour. */
#include <math.h>

#include "behaviour/evidence.h"
#include "behaviour/guess_private.h"

enum {
    ATTEMPTS_BEFORE_SUCCESS = 20,
    SHARED_TIMES = 10, /* as much from an address that many lines share */
};
static const double success_times = 10;

static void add_capped(uint16_t *count, uint32_t more)
{
    *count = more < (uint32_t)(UINT16_MAX - *count) ? (uint16_t)(*count + more) : UINT16_MAX;
}

/* The counts of that quarter of an hour, or NULL when the window is past it. */
static uint16_t *window_at(struct guess_window *window, int64_t slot)
{
    if (slot > window->slot) {
        bool is_next = slot == window->slot + 1;
        memcpy(window->before, window->now, sizeof window->before);
        if (!is_next)
            memset(window->before, 0, sizeof window->before);
        memset(window->now, 0, sizeof window->now);
        window->slot = slot;
    }
    return slot == window->slot       ? window->now
           : slot == window->slot - 1 ? window->before
                                      : NULL;
}

static void note_window(struct guess_source *source)
{
    uint32_t by_size[GUESS_SIZES], sum = 0;
    for (size_t i = 0; i < GUESS_SIZES; i++) {
        by_size[i] = (uint32_t)source->window.now[i] + source->window.before[i];
        sum += by_size[i];
    }
    double share = guess_equal_share(by_size);
    if (share < GUESS_EQUAL_LEAST || sum <= source->most)
        return;
    source->most = (uint16_t)(sum < UINT16_MAX ? sum : UINT16_MAX);
    source->equal = (float)share;
}

static bool is_weaker(const void *records, size_t a, size_t b)
{
    const struct guess_source *of_a = (const struct guess_source *)records + a;
    const struct guess_source *of_b = (const struct guess_source *)records + b;
    if ((of_a->told > 0) != (of_b->told > 0))
        return of_a->told == 0;
    return of_a->attempts != of_b->attempts ? of_a->attempts < of_b->attempts
                                            : of_a->last_ns < of_b->last_ns;
}

static uint32_t times_of(const struct guess_source *source)
{
    return source->is_shared ? SHARED_TIMES : 1;
}

static void add_source_measures(struct sighting *sighting, const struct guess_source *source,
                                const struct guess_service *service)
{
    double least = (double)service->attempts_least * times_of(source);
    double hosts = round(sketch_count(&source->hosts));
    double mean = (double)(source->octets_out + source->octets_in) / source->attempts;
    evidence_add(sighting, (struct measure){ MEASURE_ATTEMPTS, source->most, least,
                                             fmin(4, 3 + log2(source->most / least)), 0 });
    evidence_add(sighting, (struct measure){ MEASURE_EQUAL_SHARE, (double)source->equal,
                                             GUESS_EQUAL_LEAST,
                                             guess_equal_weight((double)source->equal), 0 });
    evidence_add(sighting, (struct measure){ MEASURE_TARGET_HOSTS, hosts, 0, 0, 0 });
    evidence_add(sighting, (struct measure){ MEASURE_CONNECTIONS, source->attempts, 0, 0, 0 });
    if (source->largest > 0)
        evidence_add(sighting, (struct measure){ MEASURE_LARGEST_AFTER, source->largest / mean,
                                                 success_times, 0, 0 });
}

static void emit_source(const struct guess_source *source, struct sighting_sink sink)
{
    enum { ALONE = 2 }; /* the sketch says 1.01 of one, 2.03 of two */
    bool is_alone = sketch_count(&source->hosts) < ALONE;
    struct sighting sighting = {
        .behaviour = BEHAVIOUR_GUESS,
        .direction = (enum direction)source->direction,
        .basis = (enum basis)source->basis,
        .server = source->address,
        .server_place = (enum place)source->source_place,
        .has_line = is_alone,
        .protocol = PROTOCOL_TCP,
        .shape = is_alone ? SHAPE_NONE : SHAPE_HORIZONTAL,
        .port = source->port,
        .first_ns = source->first_ns,
        .last_ns = source->last_ns,
        .connections = source->attempts,
        .octets_out = source->octets_out,
        .octets_in = source->octets_in,
    };
    if (is_alone) {
        sighting.line = source->target;
        sighting.line_place = (enum place)source->target_place;
    }
    add_source_measures(&sighting, source, guess_service_of(source->port));
    evidence_add_rate(&sighting, source->is_rate_untold ? 0 : 1);
    sink.take(sink.context, &sighting);
}

static void judge_source(struct guess *guess, struct guess_source *source,
                         struct sighting_sink sink)
{
    const struct guess_service *service = guess_service_of(source->port);
    if (source->most < service->attempts_least * times_of(source) ||
        source->attempts < 2 * (uint64_t)source->told)
        return;
    guess->sources_fired += source->told == 0;
    source->told = source->attempts;
    emit_source(source, sink);
}

static void begin_source(struct guess_source *source, const struct admitted_flow *admitted,
                         int64_t slot)
{
    *source = (struct guess_source){
        .address = admitted->flow.initiator,
        .target = admitted->flow.responder,
        .first_ns = flow_start_ns(&admitted->flow),
        .port = admitted->flow.responder_port,
        .direction = (uint8_t)admitted->direction,
        .basis = (uint8_t)admitted->basis,
        .source_place = (uint8_t)admitted->initiator_place,
        .target_place = (uint8_t)admitted->responder_place,
        .is_shared = admitted->initiator_class == CLASS_SHARED ||
                     admitted->initiator_class == CLASS_PUBLIC_RELAY,
        .window = { .slot = slot },
    };
}

/* A session that was no attempt: the login that came of them?  None of it is counted. */
static void add_session(struct guess_source *source, const struct flow *flow)
{
    uint64_t octets = flow->forward.octets + flow->reverse.octets;
    if (source->attempts >= ATTEMPTS_BEFORE_SUCCESS && octets > source->largest &&
        (double)octets * source->attempts >=
            success_times * (double)(source->octets_out + source->octets_in))
        source->largest = octets < UINT32_MAX ? (uint32_t)octets : UINT32_MAX;
}

static void add_source_attempt(struct guess_source *source, const struct flow *flow,
                               uint64_t host)
{
    int64_t start_ns = flow_start_ns(flow), end_ns = flow_end_ns(flow);
    if (start_ns < source->first_ns)
        source->first_ns = start_ns;
    if (end_ns > source->last_ns)
        source->last_ns = end_ns;
    source->octets_out += flow->forward.octets;
    source->octets_in += flow->reverse.octets;
    source->attempts++;
    source->is_rate_untold |= observation_rate(&flow->observation) == 0;
    sketch_add(&source->hosts, host);
    uint16_t *by_size = window_at(&source->window, end_ns / GUESS_SLOT_NS);
    if (by_size)
        add_capped(&by_size[guess_size_of(flow)], 1);
    note_window(source);
}

void guess_observe_source(struct guess *guess, const struct admitted_flow *admitted,
                          const struct guess_service *service, struct sighting_sink sink)
{
    const struct flow *flow = &admitted->flow;
    bool attempt = guess_is_attempt(service, flow);
    uint64_t print = guess_print_of(guess, &flow->initiator, flow->responder_port);
    size_t slot = prints_find(&guess->source_prints, print);
    if (slot == PRINTS_NONE) {
        if (!attempt)
            return;
        slot = prints_take(&guess->source_prints, print, is_weaker, guess->sources,
                           &guess->sources_evicted);
        begin_source(&guess->sources[slot], admitted, flow_end_ns(flow) / GUESS_SLOT_NS);
    }
    struct guess_source *source = &guess->sources[slot];
    if (!attempt) {
        add_session(source, flow);
        return;
    }
    guess->attempts++;
    add_source_attempt(source, flow, hash_sixteen(&guess->key, flow->responder.octets));
    judge_source(guess, source, sink);
}

/* The last word on those that fired, and what only a merge has brought together. */
void guess_finish_sources(struct guess *guess, struct sighting_sink sink)
{
    for (size_t slot = 0; slot < prints_slots(&guess->source_prints); slot++) {
        struct guess_source *source = &guess->sources[slot];
        if (guess->source_prints.print[slot] == 0)
            continue;
        judge_source(guess, source, sink);
        if (source->told != 0)
            emit_source(source, sink);
    }
}

static void merge_window(struct guess_window *window, const struct guess_window *other)
{
    const uint16_t *both[] = { other->before, other->now };
    for (int64_t i = 0; i < 2; i++) {
        uint16_t *by_size = window_at(window, other->slot - 1 + i);
        for (size_t size = 0; by_size && size < GUESS_SIZES; size++)
            add_capped(&by_size[size], both[i][size]);
    }
}

static void merge_source(struct guess_source *source, const struct guess_source *other)
{
    if (other->first_ns < source->first_ns) {
        source->first_ns = other->first_ns;
        source->target = other->target;
        source->target_place = other->target_place;
    }
    if (other->last_ns > source->last_ns)
        source->last_ns = other->last_ns;
    source->octets_out += other->octets_out;
    source->octets_in += other->octets_in;
    source->attempts += other->attempts;
    source->told = source->told > other->told ? source->told : other->told;
    source->largest = source->largest > other->largest ? source->largest : other->largest;
    source->is_rate_untold |= other->is_rate_untold;
    if (other->most > source->most) {
        source->most = other->most;
        source->equal = other->equal;
    }
    sketch_merge(&source->hosts, &other->hosts);
    merge_window(&source->window, &other->window);
    note_window(source);
}

void guess_merge_sources(struct guess *guess, const struct guess *other)
{
    for (size_t i = 0; i < prints_slots(&other->source_prints); i++) {
        uint64_t print = other->source_prints.print[i];
        if (print == 0)
            continue;
        size_t slot = prints_find(&guess->source_prints, print);
        if (slot != PRINTS_NONE) {
            merge_source(&guess->sources[slot], &other->sources[i]);
            continue;
        }
        slot = prints_take(&guess->source_prints, print, is_weaker, guess->sources,
                           &guess->sources_evicted);
        guess->sources[slot] = other->sources[i];
    }
}
