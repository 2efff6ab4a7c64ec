// SPDX-License-Identifier: Apache-2.0
/* The clock of the input: made of the times of packets or flows, but never moved by a single
 * wrong one.  It counts in ticks of a second that only go forward, whatever the times do, and
 * wrap at 32 bits. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct input_clock {
    int64_t now_ns;  /* latest time the input agrees on */
    int64_t base_ns; /* time of tick 0 */
    uint32_t tick;
    uint32_t jump; /* ticks to skip when a step ahead is believed: what was before is over */
    bool is_set;
    int64_t doubt_ns; /* a time that differs too much, and how many agree with it */
    uint32_t doubt_count;
    uint64_t backwards; /* times before now_ns */
    uint64_t steps;     /* times a step of more than an hour was believed */
};

/* The time of a packet or flow.  True when the tick moved. */
bool input_clock_advance(struct input_clock *clock, int64_t time_ns);
/* So much time passed in which nothing came.  True when the tick moved.  Ticks go on from
 * where they are and now_ns with them; what comes after that is judged as ever. */
bool input_clock_pass(struct input_clock *clock, int64_t passed_ns);
