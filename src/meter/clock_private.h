// SPDX-License-Identifier: Apache-2.0
/* The meter's clock: made of packet times, but never moved by a single wrong one.  It counts in
 * ticks of a second that only go forward, whatever the times do, and wrap at 32 bits. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct meter_clock {
    int64_t now_ns;  /* latest time the packets agree on */
    int64_t base_ns; /* time of tick 0 */
    uint32_t tick;
    uint32_t
        jump; /* ticks to skip when a step ahead is believed: all that was before is over */
    bool is_set;
    int64_t doubt_ns; /* a time that differs too much, and how many packets agree with it */
    uint32_t doubt_count;
    uint64_t backwards; /* packets before now_ns */
    uint64_t steps;     /* times a step of more than an hour was believed */
};

/* A packet's time.  True when the tick moved. */
bool meter_clock_advance(struct meter_clock *clock, int64_t time_ns);
