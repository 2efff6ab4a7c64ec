// SPDX-License-Identifier: Apache-2.0
/* The scope gate: what no basis covers goes no further.  Only this module makes an
 * admitted_flow, and every later stage takes nothing else, so the gate cannot be skipped by
 * mistake.  Pure: policy in, verdict out; the caller counts. */
#pragma once

#include "gate/places.h"
#include "model/admitted.h"

enum gate_verdict {
    GATE_ADMITTED,
    GATE_NOT_OWN,         /* basis own: no end of the flow is one's own */
    GATE_DOMESTIC,        /* DD under a basis that does not admit it */
    GATE_OTHER_DIRECTION, /* not one that the statutory basis covers */
    GATE_UNKNOWN_SIDE,    /* an end's place is not known: fails closed */
    GATE_VERDICTS
};

struct gate_policy {
    enum basis basis;
    /* Bits of 1 << enum direction that the warrants cover; 0: all the basis may, and under a
     * statutory one, nothing.  DD and unknown never pass under a public basis. */
    uint32_t directions;
    const struct places *places;
    /* Basis own without any own network named: the whole input is its owner's traffic. */
    bool all_is_own;
};

MUST_CHECK enum gate_verdict gate_admit(const struct gate_policy *policy,
                                        const struct flow *flow, struct admitted_flow *out);
/* Tells the processor that gate_admit of this flow comes soon. */
void gate_prefetch(const struct gate_policy *policy, const struct flow *flow);
const char *gate_verdict_name(enum gate_verdict verdict);
