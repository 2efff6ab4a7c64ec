// SPDX-License-Identifier: Apache-2.0
/* A flow the gate let in.  Only gate/ makes one (tools/check-state refuses it elsewhere). */
#pragma once

#include "model/flow.h"
#include "model/scope.h"

struct admitted_flow {
    struct flow flow;
    enum direction direction;
    enum basis basis;
    enum place initiator_place;
    enum place responder_place;
    enum line_class initiator_class;
    enum line_class responder_class;
};

/* Which end is the line behind the border: where findings name a server, this is the other
 * end.  Own before domestic before internal; a tie goes to the initiator. */
static inline bool admitted_line_is_initiator(const struct admitted_flow *admitted)
{
    bool initiator_inside =
        admitted->initiator_place == PLACE_OWN || admitted->initiator_place == PLACE_DOMESTIC;
    bool responder_inside =
        admitted->responder_place == PLACE_OWN || admitted->responder_place == PLACE_DOMESTIC;
    return initiator_inside || !responder_inside;
}
