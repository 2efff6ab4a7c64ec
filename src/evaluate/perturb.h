// SPDX-License-Identifier: Apache-2.0
/* What a sceptic does to the input (numbers-to-beat.md 5.3, 5.4): takes addresses, ports or the
 * time of day away, counts only some packets, loses exports, sets clocks wrong.  The same seed
 * gives the same flows on every machine.
 *
 * Thinning of flows is declared, not exact: of each half's packets a binomial number is kept,
 * its octets in proportion, its first and last time as those of as many evenly spread packets,
 * each of SYN, FIN and RST with the same chance, and each fact with one in rate. */
#pragma once

#include "base/hash.h"
#include "evaluate/truth.h"
#include "model/flow.h"

enum { PERTURB_OWN_MAX = 8 };

struct perturbation {
    uint64_t seed;
    /* Another mapping of addresses instead, for mixing one capture into another; may be NULL.
     */
    struct ip_address (*map)(const void *context, const struct ip_address *address);
    const void *map_context;
    size_t own_count;
    struct ip_prefix own[PERTURB_OWN_MAX]; /* IPv4; their addresses are permuted within them */
    bool permutes;                         /* addresses */
    bool keeps_networks;                   /* what was one /24 stays one */
    bool drops_ports;
    int64_t shift_ns;
    uint32_t rate;          /* 0 and 1: every packet */
    bool is_sampled;        /* it was already, packet by packet: the rate is only told */
    double loss;            /* of exports, 0 to 1 */
    int64_t clock_error_ns; /* of four exporters, at most so much, each its own */
};

enum { PERTURB_FACTS_MAX = 64 };

/* Room for what is changed in a flow's facts. */
struct perturb_room {
    struct fact facts[PERTURB_FACTS_MAX];
};

/* False when nothing of the flow is left.  number: of the flow in the input. */
MUST_CHECK bool perturb_flow(const struct perturbation *how, uint64_t number,
                             const struct flow *flow, struct perturb_room *room,
                             struct flow *out);
/* A bijection; internal, multicast and special addresses stay what they are. */
struct ip_address perturb_address(const struct perturbation *how,
                                  const struct ip_address *address);
/* Truth after the same: a prefix shorter than what is kept has no image, and gives false. */
MUST_CHECK bool perturb_unit(const struct perturbation *how, struct truth_unit *unit);

/* Uniform in [0, 1) of seed and two numbers: the randomness of all that is evaluated. */
double perturb_uniform(uint64_t seed, uint64_t a, uint64_t b);
