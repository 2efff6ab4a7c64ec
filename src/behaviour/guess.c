// SPDX-License-Identifier: Apache-2.0
/* Guessing of passwords, by sessions alone: short ones of the size of a refused login, equal
 * to each other, again and again (detectors.md 5.2).  The bands are NEMEA's, thirty in half an
 * hour is Zeek's and NEMEA's limit.  Two views: a source and service, which may be guessed at
 * on one host or sprayed over many; and a target and service, where many sources guess evenly,
 * each below notice.
 *
 * Services that programs call all day, with short equal sessions too (mail, directories,
 * databases), take far more to tell a guesser from a poller. */
#include "base/must.h"
#include "behaviour/guess_private.h"
#include "behaviour/kinds_private.h"

enum { SIZE_LEAST_BITS = 6 }; /* 64 octets */

static const struct guess_service services[] = {
    { 21, true, 60, { 3, 60, 120, 5000 }, { 3, 60, 120, 8000 } },
    { 22, true, 30, { 11, 30, 1000, 5000 }, { 11, 50, 1000, 11000 } }, /* NEMEA */
    { 23, true, 30, { 9, 50, 450, 3000 }, { 5, 80, 200, 8000 } },      /* NEMEA */
    { 25, false, 500, { 3, 60, 120, 8000 }, { 3, 60, 120, 8000 } },
    { 110, false, 500, { 3, 60, 120, 5000 }, { 3, 60, 120, 8000 } },
    { 143, false, 500, { 3, 60, 120, 5000 }, { 3, 60, 120, 8000 } },
    { 389, false, 500, { 3, 60, 120, 5000 }, { 3, 60, 120, 8000 } },
    { 445, false, 500, { 3, 60, 300, 8000 }, { 3, 60, 300, 8000 } },
    { 465, false, 500, { 5, 60, 500, 8000 }, { 5, 60, 500, 12000 } },
    { 587, false, 500, { 5, 60, 300, 8000 }, { 5, 60, 300, 12000 } },
    { 993, false, 500, { 5, 60, 500, 8000 }, { 5, 60, 500, 12000 } },
    { 995, false, 500, { 5, 60, 500, 8000 }, { 5, 60, 500, 12000 } },
    { 1433, false, 500, { 3, 60, 200, 8000 }, { 3, 60, 200, 8000 } },
    { 2323, true, 30, { 9, 50, 450, 3000 }, { 5, 80, 200, 8000 } },
    { 3306, false, 500, { 3, 60, 200, 5000 }, { 3, 60, 200, 8000 } },
    { 3389, true, 30, { 20, 100, 2200, 8001 }, { 5, 120, 500, 20000 } }, /* NEMEA */
    { 5432, false, 500, { 3, 60, 200, 5000 }, { 3, 60, 200, 8000 } },
    { 5900, true, 30, { 5, 60, 250, 5000 }, { 5, 60, 250, 8000 } },
    { 5985, false, 500, { 3, 60, 300, 8000 }, { 3, 60, 300, 8000 } },
};
enum { PORT_MOST = 5985 };

static void *guess_init(const struct behaviour_limits *limits, struct hash_key key,
                        struct arena *keep)
{
    enum { SLACK = 1024, LEAST = 16384 };
    MUST(limits->memory_octets >= LEAST);
    struct guess *guess = ARENA_NEW(keep, struct guess, 1);
    guess->key = key;
    size_t room = (limits->memory_octets - sizeof *guess - SLACK) / 4;
    prints_init(&guess->source_prints,
                room * 3 / (sizeof(uint64_t) + sizeof(struct guess_source)), keep);
    guess->sources =
        PRINTS_RECORDS(keep, struct guess_source, prints_slots(&guess->source_prints));
    prints_init(&guess->target_prints, room / (sizeof(uint64_t) + sizeof(struct guess_target)),
                keep);
    guess->targets =
        PRINTS_RECORDS(keep, struct guess_target, prints_slots(&guess->target_prints));
    return guess;
}

const struct guess_service *guess_service_of(uint16_t port)
{
    for (size_t i = 0; i < sizeof services / sizeof *services && services[i].port <= port; i++)
        if (services[i].port == port)
            return &services[i];
    return NULL;
}

static bool is_in_band(const struct guess_band *band, const struct flow_half *half)
{
    return half->packets >= band->packets_least && half->packets <= band->packets_most &&
           half->octets >= band->octets_least && half->octets <= band->octets_most;
}

bool guess_is_attempt(const struct guess_service *service, const struct flow *flow)
{
    return flow->slice == 0 && !flow->continues && is_in_band(&service->out, &flow->forward) &&
           is_in_band(&service->back, &flow->reverse);
}

/* By what the client said, since acknowledgements come and go. */
size_t guess_size_of(const struct flow *flow)
{
    uint64_t octets = flow->forward.payload > 0 ? flow->forward.payload : flow->forward.octets;
    if (octets < UINT64_C(1) << SIZE_LEAST_BITS)
        return 0;
    unsigned bits = 63 - (unsigned)__builtin_clzll(octets);
    size_t size = (bits - SIZE_LEAST_BITS) * 4 + (size_t)(octets >> (bits - 2) & 3);
    return size < GUESS_SIZES ? size : GUESS_SIZES - 1;
}

double guess_equal_share(const uint32_t *by_size)
{
    uint32_t most = by_size[0], sum = by_size[0];
    for (size_t i = 1; i < GUESS_SIZES; i++) {
        sum += by_size[i];
        if (by_size[i - 1] + by_size[i] > most)
            most = by_size[i - 1] + by_size[i];
    }
    return sum > 0 ? (double)most / sum : 0;
}

double guess_equal_weight(double share)
{
    return 1 + (share - GUESS_EQUAL_LEAST) / (1 - GUESS_EQUAL_LEAST);
}

uint64_t guess_print_of(const struct guess *guess, const struct ip_address *address,
                        uint16_t port)
{
    return prints_of(hash_two(&guess->key, hash_sixteen(&guess->key, address->octets), port));
}

/* An opened session that was closed again; one that lasts comes in slices and is none. */
static bool is_session(const struct flow *flow)
{
    return flow->tcp >= FLOW_TCP_ESTABLISHED && flow->tcp <= FLOW_TCP_RESET &&
           flow->forward.packets > 0 && flow->reverse.packets > 0 && !flow->is_turned &&
           flow_start_ns(flow) >= 0 && flow_start_ns(flow) <= INT64_MAX / 2 &&
           flow_end_ns(flow) >= 0 && flow_end_ns(flow) <= INT64_MAX / 2;
}

static void guess_observe(void *state, const struct admitted_flow *admitted,
                          enum behaviour_end end, struct sighting_sink sink)
{
    struct guess *guess = state;
    const struct flow *flow = &admitted->flow;
    if (flow->protocol != PROTOCOL_TCP || flow->responder_port > PORT_MOST)
        return;
    const struct guess_service *service = guess_service_of(flow->responder_port);
    if (!service || !is_session(flow))
        return;
    if (observation_rate(&flow->observation) > 1)
        guess->sampled += end == END_INITIATOR; /* sizes of sessions cannot be told */
    else if (end == END_INITIATOR)
        guess_observe_source(guess, admitted, service, sink);
    else
        guess_observe_target(guess, admitted, service, sink);
}

static void guess_finish(void *state, struct sighting_sink sink)
{
    guess_finish_sources(state, sink);
    guess_finish_targets(state, sink);
}

static void guess_count(const void *state, struct summary *summary)
{
    const struct guess *guess = state;
    const struct {
        const char *reason;
        const char *unit;
        uint64_t count;
    } rows[] = {
        { "guess: sampled", "flows", guess->sampled },
        { "guess: attempts", "flows", guess->attempts },
        { "guess: sources held", "sources", prints_used(&guess->source_prints) },
        { "guess: sources evicted", "sources", guess->sources_evicted },
        { "guess: targets held", "servers", prints_used(&guess->target_prints) },
        { "guess: targets evicted", "servers", guess->targets_evicted },
        { "guess: units judged", "units",
          prints_used(&guess->source_prints) + guess->sources_evicted +
              prints_used(&guess->target_prints) + guess->targets_evicted },
        { "guess: sources that fired", "sources", guess->sources_fired },
        { "guess: targets that fired", "servers", guess->targets_fired },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        summary_count(summary, "behaviour", rows[i].reason, rows[i].unit, rows[i].count);
}

static size_t guess_parts(void *state, struct behaviour_part out[BEHAVIOUR_PARTS_MAX])
{
    struct guess *guess = state;
    size_t sources = prints_slots(&guess->source_prints);
    size_t targets = prints_slots(&guess->target_prints);
    size_t count = 0;
    out[count++] = (struct behaviour_part){ guess->source_prints.print,
                                            sources * sizeof *guess->source_prints.print };
    out[count++] = (struct behaviour_part){ guess->sources, sources * sizeof *guess->sources };
    out[count++] = (struct behaviour_part){ guess->target_prints.print,
                                            targets * sizeof *guess->target_prints.print };
    out[count++] = (struct behaviour_part){ guess->targets, targets * sizeof *guess->targets };
    uint64_t *counters[] = { &guess->sampled,         &guess->attempts,
                             &guess->sources_evicted, &guess->targets_evicted,
                             &guess->sources_fired,   &guess->targets_fired };
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        out[count++] = (struct behaviour_part){ counters[i], sizeof *counters[i] };
    return count;
}

static void guess_merge(void *state, const void *from)
{
    struct guess *guess = state;
    const struct guess *other = from;
    guess_merge_sources(guess, other);
    guess_merge_targets(guess, other);
    guess->sampled += other->sampled;
    guess->attempts += other->attempts;
    guess->sources_evicted += other->sources_evicted;
    guess->targets_evicted += other->targets_evicted;
    guess->sources_fired += other->sources_fired;
    guess->targets_fired += other->targets_fired;
}

const struct behaviour_kind behaviour_guess = {
    .ends = END_BOTH,
    .names = NAMES_NONE,
    .init = guess_init,
    .observe = guess_observe,
    .finish = guess_finish,
    .count = guess_count,
    .parts = guess_parts,
    .merge = guess_merge,
};
