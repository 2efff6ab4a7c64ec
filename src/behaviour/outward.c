// SPDX-License-Identifier: Apache-2.0
#include "behaviour/outward.h"

static bool is_start_known(const struct flow *flow)
{
    if (flow->protocol == PROTOCOL_TCP)
        return flow->tcp != FLOW_TCP_MIDSTREAM && flow->tcp != FLOW_TCP_NONE;
    return observation_rate(&flow->observation) <= 1;
}

static bool is_inside(enum place place)
{
    return place == PLACE_OWN || place == PLACE_DOMESTIC;
}

/* Not on the line's own side: neither one's own, nor on a local network, nor, where not one's
 * own lines but a country's are watched, a domestic one. */
static bool is_outside(const struct outward *outward)
{
    if (outward->server_place == PLACE_FOREIGN)
        return !ip_is_multicast(outward->server);
    if (outward->server_place == PLACE_OWN || ip_is_internal(outward->server) ||
        ip_is_multicast(outward->server))
        return false;
    return outward->server_place != PLACE_DOMESTIC || outward->line_place == PLACE_OWN;
}

bool outward_of(const struct admitted_flow *admitted, struct outward *out)
{
    const struct flow *flow = &admitted->flow;
    if ((flow->protocol != PROTOCOL_TCP && flow->protocol != PROTOCOL_UDP) ||
        (flow->forward.packets == 0 && flow->reverse.packets == 0))
        return false;
    bool turned = !is_start_known(flow) && flow->initiator_port < flow->responder_port;
    *out = (struct outward){
        .line = turned ? &flow->responder : &flow->initiator,
        .server = turned ? &flow->initiator : &flow->responder,
        .out = turned ? &flow->reverse : &flow->forward,
        .in = turned ? &flow->forward : &flow->reverse,
        .line_place = turned ? admitted->responder_place : admitted->initiator_place,
        .server_place = turned ? admitted->initiator_place : admitted->responder_place,
        .line_port = turned ? flow->responder_port : flow->initiator_port,
        .port = turned ? flow->initiator_port : flow->responder_port,
        .line_is_initiator = !turned,
    };
    if (is_inside(out->server_place) && !is_inside(out->line_place))
        return false; /* called from outside */
    return is_outside(out) && flow->observation.time != TIME_RECEIVED &&
           flow_times_are_sane(flow);
}
