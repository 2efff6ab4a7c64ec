// SPDX-License-Identifier: Apache-2.0
/* Made-up admitted flows for the tests of baselines, and one that runs. */
#pragma once

#include <math.h>
#include <stdlib.h>

#include "base/time.h"
#include "evaluate/baseline.h"
#include "model/packet.h"

#include "check.h"

#define LINE 0xc6336401U   /* 198.51.100.1 */
#define SERVER 0xcb007101U /* 203.0.113.1 */
#define EPOCH_NS (INT64_C(1790000000) * TIME_SECOND_NS)

static const struct hash_key test_key = { { 0xa0761d6478bd642f, 0xe7037ed1a0b428db,
                                            0x8ebc6af09c88c6e3, 0x589965cc75374cc3 } };

/* A TCP connection that carried something both ways, from one's own network outward. */
static inline struct admitted_flow make_flow(uint32_t line, uint32_t server, double at_s,
                                             double length_s)
{
    int64_t start_ns = EPOCH_NS + (int64_t)(at_s * 1e9);
    int64_t end_ns = start_ns + (int64_t)(length_s * 1e9);
    return (struct admitted_flow){
        .flow = { .initiator = ip_from_v4(line),
                  .responder = ip_from_v4(server),
                  .forward = { 6, 900, 560, start_ns, end_ns, TCP_SYN | TCP_ACK, TCP_SYN, 0,
                               0 },
                  .reverse = { 5, 1200, 900, start_ns, end_ns, TCP_SYN | TCP_ACK,
                               TCP_SYN | TCP_ACK, 0, 0 },
                  .initiator_port = 40000,
                  .responder_port = 443,
                  .protocol = PROTOCOL_TCP,
                  .version = 4,
                  .end = FLOW_END_DETECTED,
                  .tcp = FLOW_TCP_CLOSED },
        .direction = DIRECTION_DF,
        .basis = BASIS_OWN,
        .initiator_place = PLACE_OWN,
        .responder_place = PLACE_FOREIGN,
    };
}

enum { ROWS_MAX = 64 };

struct trial {
    const struct baseline_kind *kind;
    void *memory;
    void *state;
    struct ranked rows[ROWS_MAX];
};

static inline struct trial *trial_open(enum baseline baseline)
{
    struct trial *trial = calloc(1, sizeof *trial);
    trial->kind = baseline_kinds[baseline];
    size_t octets = trial->kind->size();
    trial->memory = calloc(1, octets);
    struct arena arena = arena_over(trial->memory, octets);
    arena.is_clear = true;
    trial->state = trial->kind->init(test_key, &arena);
    return trial;
}

static inline void trial_close(struct trial *trial)
{
    free(trial->memory);
    free(trial);
}

static inline void trial_observe(struct trial *trial, struct admitted_flow flow)
{
    trial->kind->observe(trial->state, &flow);
}

static inline size_t trial_rank(struct trial *trial)
{
    return trial->kind->rank(trial->state, trial->rows, ROWS_MAX);
}

static inline bool is_near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}
