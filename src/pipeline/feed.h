// SPDX-License-Identifier: Apache-2.0
/* The feed: input goes on only while a warrant is live, and of the named equipment no more than
 * its cap.  What comes at another time is given up before it is decoded, and counted.  Where
 * the rules are held to the time of the event, the input is cut at each beginning and end of a
 * warrant, so that no flow lies on both sides.
 *
 * Time goes forward only: a frame from before the last cut is too late, whatever the reason.
 * So a clock put back opens nothing again. */
#pragma once

#include "model/flow.h"
#include "model/frame.h"
#include "model/rule.h"

enum feed_verdict {
    FEED_OPEN,
    FEED_CUT,        /* a boundary: end what is open, then ask again */
    FEED_NO_WARRANT, /* none is live at that time */
    FEED_LATE,       /* from before the last cut */
    FEED_OVER_CAP,   /* past what may be copied of the equipment in one second (art. 17(1)) */
    FEED_VERDICTS
};

struct feed {
    const struct rule_set *rules;
    int64_t from_ns, to_ns; /* the boundaries around where the input is */
    bool is_open;           /* between them */
    bool has_begun;
    uint64_t octets_per_second_max; /* 0: no cap */
    int64_t second;                 /* of the cap */
    uint64_t octets;                /* let through in that second */
    uint64_t octets_copied;         /* in all */
    uint64_t refused[FEED_VERDICTS];
};

/* To be called before anything else.  The rules live as long as the feed, or until others are
 * set. */
void feed_set_rules(struct feed *feed, const struct rule_set *rules);

/* What is to become of the first frames, and of how many, out of count: none at a cut, else at
 * least one.  Those refused are counted. */
enum feed_verdict feed_judge(struct feed *feed, const struct frame *frames, size_t count,
                             size_t *out);

/* Flows come in any order, so each is judged by the time it ended, and nothing is cut. */
enum feed_verdict feed_judge_flow(struct feed *feed, const struct flow *flow);

const char *feed_verdict_name(enum feed_verdict verdict);
