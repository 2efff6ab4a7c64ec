// SPDX-License-Identifier: Apache-2.0
/* What crosses between the collector, which sees traffic, and the keeper, which never does: one
 * format of bounded messages, both ways.  From the collector: minimised records and sightings,
 * counts, and states; there is no message that could carry anything else.  Nothing that is read
 * is believed before it was checked field by field: the collector may be in other hands.
 * Pure; fuzzed in both directions. */
#pragma once

#include "base/fault.h"
#include "base/text.h"
#include "model/record.h"
#include "model/rule.h"
#include "model/summary.h"

enum { CROSSING_FORMAT = 1, CROSSING_OCTETS_MAX = 64 * 1024 };

enum crossing_kind {
    CROSSING_READY,    /* the sandbox is closed: what of it the kernel gave */
    CROSSING_FLOW,     /* struct minimised_flow */
    CROSSING_SIGHTING, /* struct minimised_sighting */
    CROSSING_BATCH,    /* selection under one rule set: examined, selected, erased, from, to */
    CROSSING_COUNTS,   /* counters by reason */
    CROSSING_CLOSED,   /* no warrant is live: the feed is closed */
    CROSSING_CLOCK,    /* the wall clock stepped */
    CROSSING_END,      /* the input is over, all was sent */
    CROSSING_RULES,    /* keeper to collector: the rule set from now on, empty to close */
    CROSSING_INDICATORS, /* keeper to collector: a generation, its file passed beside */
    CROSSING_JUDGE,      /* keeper to collector */
    CROSSING_STOP,       /* keeper to collector */
    CROSSING_KINDS
};
