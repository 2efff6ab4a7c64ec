// SPDX-License-Identifier: Apache-2.0
/* The clock of one exporter: how far it is off ours, when it booted, and what a time in its
 * records means.
 *
 * Its error is the export time of a message less our time of receipt.  Delay on the way makes
 * that smaller, never greater, so of each window of 10 s the greatest counts.  Three windows
 * within 2 s of each other are steady.  Times of flows are corrected only when the clock is
 * steadily more than 5 s off. */
#pragma once

#include "collect/exporter_private.h"

enum { CLOCK_WINDOWS = 3 };

/* No time or error held is further from 0: they can be added and subtracted. */
#define CLOCK_TIME_MAX_NS (INT64_MAX / 2)

struct exporter_clock {
    /* Of the message at hand. */
    int64_t export_ns;
    int64_t stand_in_ns;            /* of receipt, or of export where that is not known */
    int64_t earliest_ns, latest_ns; /* what can be true of a flow, by our clock */
    bool has_uptime;
    uint32_t uptime_ms;
    int64_t boot_ns; /* when uptime was 0, by the exporter's clock */

    int64_t boot_kept_ns; /* the same, of all messages so far */

    bool was_heard; /* uptime_newest_ms and newest_ns are of something */
    uint32_t uptime_newest_ms;
    int64_t newest_ns; /* export time that went with it, or receipt */

    int64_t window_ns; /* when the open window began, by receipt; 0: none is open */
    int64_t window_error_ns;
    int64_t recent_ns[CLOCK_WINDOWS];   /* errors of closed windows */
    uint32_t window_count;              /* closed since the clock was set last */
    int64_t anchor_ns, anchor_error_ns; /* the first of these: drift is told against it */
    int64_t latest_window_ns;
    int64_t correction_ns; /* to take off times; 0: none */
    uint64_t steps, boots, wraps, impossible, reversed;
};

/* The head of a message.  True when the exporter began anew with it. */
bool clock_begin(struct exporter_clock *clock, const struct export_message *message,
                 const struct message_head *head);
/* An older message is read now: its times are told by its head, and nothing is learnt. */
void clock_replay(struct exporter_clock *clock, const struct export_message *message,
                  const struct message_head *head);
/* The windows were restored: what follows from them. */
void clock_resume(struct exporter_clock *clock);
int64_t clock_uptime_ns(struct exporter_clock *clock, uint32_t uptime_ms,
                        enum time_quality *out);
int64_t clock_time_ns(struct exporter_clock *clock, int64_t absolute_ns,
                      enum time_quality *out);
void clock_view(const struct exporter_clock *clock, struct exporter_view *out);
