// SPDX-License-Identifier: Apache-2.0
/* Compiled in front of the pipeline, for a program that the attack must catch: one line of log
 * for each flow, as somebody might leave in while looking for a fault. */
#pragma once

#include <stdio.h>

#include "base/ip.h"
#include "gate/gate.h"

static inline enum gate_verdict told_admit(const struct gate_policy *policy,
                                           const struct flow *flow, struct admitted_flow *out)
{
    char room[IP_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    ip_write(&flow->initiator, &text);
    fprintf(stderr, "flow of %.*s\n", (int)text.len, text.at);
    return gate_admit(policy, flow, out);
}

#define gate_admit told_admit
