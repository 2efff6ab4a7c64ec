// SPDX-License-Identifier: Apache-2.0
/* Which flows are calls of a line to a server outside: what the beacon times. */
#pragma once

#include "model/admitted.h"

/* Why a flow is none, or cannot be timed. */
enum call_reason {
    CALL_REASON_EMPTY,
    CALL_REASON_UNTIMED,
    CALL_REASON_SLICE,
    CALL_REASON_MIDSTREAM,
    CALL_REASON_INBOUND,
    CALL_REASON_INSIDE,
    CALL_REASON_PROTOCOL,
    CALL_REASON_SERVICE,
    CALL_REASON_TIME,
    CALL_REASONS
};

const char *call_reason_name(enum call_reason reason);
/* CALL_REASONS when it is a call. */
enum call_reason call_reason_to_leave(const struct admitted_flow *admitted);
