// SPDX-License-Identifier: Apache-2.0
#include "behaviour/call_private.h"

#include "base/must.h"

static const char *const reason_names[CALL_REASONS] = {
    [CALL_REASON_EMPTY] = "beacon: no packets counted",
    [CALL_REASON_UNTIMED] = "beacon: time not known",
    [CALL_REASON_SLICE] = "beacon: later slice of a flow",
    [CALL_REASON_MIDSTREAM] = "beacon: began before the capture",
    [CALL_REASON_INBOUND] = "beacon: not called by a line",
    [CALL_REASON_INSIDE] = "beacon: server inside",
    [CALL_REASON_PROTOCOL] = "beacon: other protocol",
    [CALL_REASON_SERVICE] = "beacon: service that polls by design",
    [CALL_REASON_TIME] = "beacon: time before 1970 or past 2116",
};

const char *call_reason_name(enum call_reason reason)
{
    MUST(reason < CALL_REASONS);
    return reason_names[reason];
}

/* Time, discovery and name services on the local network poll by design and are no
 * connections to a server of anybody's choice. */
static bool is_polling_service(const struct flow *flow)
{
    static const uint16_t ports[] = { 67, 68, 123, 137, 138, 546, 547, 1900, 3702, 5353, 5355 };
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
        if (flow->responder_port == ports[i])
            return flow->protocol == PROTOCOL_UDP;
    return false;
}

/* A server on the line's own side: one's own, on a local network, or, where not one's own
 * lines but a country's are watched, a domestic one. */
static bool is_server_inside(const struct admitted_flow *admitted)
{
    enum place place = admitted->responder_place;
    if (place == PLACE_FOREIGN)
        return false;
    return place == PLACE_OWN || ip_is_internal(&admitted->flow.responder) ||
           (place == PLACE_DOMESTIC && admitted->initiator_place != PLACE_OWN);
}

/* Times are the capture's word: within these bounds no difference of two overflows. */
static bool is_time_sane(const struct flow *flow)
{
    return flow_start_ns(flow) >= 0 && flow_start_ns(flow) <= INT64_MAX / 2 &&
           flow_end_ns(flow) >= 0;
}

/* Why the flow is no call of a line to a server outside, or CALL_REASONS when it is one. */
enum call_reason call_reason_to_leave(const struct admitted_flow *admitted)
{
    const struct flow *flow = &admitted->flow;
    if (flow->forward.packets == 0 && flow->reverse.packets == 0)
        return CALL_REASON_EMPTY;
    if (flow->observation.time == TIME_RECEIVED)
        return CALL_REASON_UNTIMED;
    if (flow->slice > 0)
        return CALL_REASON_SLICE;
    if (flow->protocol != PROTOCOL_TCP && flow->protocol != PROTOCOL_UDP)
        return CALL_REASON_PROTOCOL;
    if (flow->tcp == FLOW_TCP_MIDSTREAM)
        return CALL_REASON_MIDSTREAM;
    if (!admitted_line_is_initiator(admitted))
        return CALL_REASON_INBOUND;
    if (is_server_inside(admitted) || ip_is_multicast(&flow->responder))
        return CALL_REASON_INSIDE;
    if (is_polling_service(flow))
        return CALL_REASON_SERVICE;
    return is_time_sane(flow) ? CALL_REASONS : CALL_REASON_TIME;
}
