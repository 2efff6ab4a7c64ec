// SPDX-License-Identifier: Apache-2.0
/* A flow as a line's conversation with a server outside, whichever end spoke first: of one
 * that began before the capture, or of which only some packets were counted, the end with the
 * lower port is taken for the server. */
#pragma once

#include "behaviour/behaviour.h"

struct outward {
    const struct ip_address *line;
    const struct ip_address *server;
    const struct flow_half *out; /* from the line */
    const struct flow_half *in;
    enum place line_place;
    enum place server_place;
    uint16_t line_port;
    uint16_t port; /* of the server */
    bool line_is_initiator;
};

/* Which end of the flow the line, and the server, is. */
static inline enum behaviour_end outward_line_end(const struct outward *outward)
{
    return outward->line_is_initiator ? END_INITIATOR : END_RESPONDER;
}

static inline enum behaviour_end outward_server_end(const struct outward *outward)
{
    return outward->line_is_initiator ? END_RESPONDER : END_INITIATOR;
}

/* False for what is no such conversation, has no packets, or times that cannot be. */
bool outward_of(const struct admitted_flow *admitted, struct outward *out);
