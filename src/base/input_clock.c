// SPDX-License-Identifier: Apache-2.0
#include "base/input_clock.h"

#include "base/attr.h"
#include "base/time.h"

enum { AGREE_AHEAD = 2, AGREE_BEHIND = 64 };

static const int64_t step_max_ns = 3600 * TIME_SECOND_NS;

static bool set(struct input_clock *clock, int64_t time_ns)
{
    clock->now_ns = time_ns;
    clock->doubt_count = 0;
    uint64_t since_ns = (uint64_t)time_ns - (uint64_t)clock->base_ns; /* may be 2^63 and more */
    uint32_t tick = (uint32_t)(since_ns / (uint64_t)TIME_SECOND_NS);
    if ((int32_t)(tick - clock->tick) <= 0)
        return false;
    clock->tick = tick;
    return true;
}

/* A time more than an hour from the clock is believed once those after it agree: two in
 * a row ahead of the clock, many behind it.  The ticks then go on from where they are, past
 * everything that still waited when the step was ahead. */
static COLD bool doubt(struct input_clock *clock, int64_t time_ns, bool is_ahead)
{
    bool agrees = clock->doubt_count > 0 &&
                  time_ns / 2 >= clock->doubt_ns / 2 - step_max_ns / 2 &&
                  (is_ahead || time_ns / 2 <= clock->doubt_ns / 2 + step_max_ns / 2);
    clock->doubt_count = agrees ? clock->doubt_count + 1 : 1;
    clock->doubt_ns = time_ns;
    if (clock->doubt_count < (is_ahead ? AGREE_AHEAD : AGREE_BEHIND))
        return false;
    clock->steps++;
    int64_t ticks_ns = ((int64_t)clock->tick + (is_ahead ? clock->jump : 0)) * TIME_SECOND_NS;
    if (__builtin_sub_overflow(time_ns, ticks_ns, &clock->base_ns)) {
        clock->doubt_count = 0; /* at the end of the range of times: stay where we are */
        return false;
    }
    return set(clock, time_ns);
}

bool input_clock_advance(struct input_clock *clock, int64_t time_ns)
{
    if (UNLIKELY(!clock->is_set)) {
        clock->is_set = true;
        clock->now_ns = clock->base_ns = time_ns;
    }
    int64_t step = 0;
    if (UNLIKELY(__builtin_sub_overflow(time_ns, clock->now_ns, &step)))
        step = time_ns < 0 ? INT64_MIN : INT64_MAX;
    if (LIKELY(step >= 0 && step <= step_max_ns))
        return set(clock, time_ns);
    clock->backwards += step < 0;
    if (step > 0 || step < -step_max_ns)
        return doubt(clock, time_ns, step > 0);
    return false;
}

bool input_clock_pass(struct input_clock *clock, int64_t passed_ns)
{
    int64_t time_ns;
    if (!clock->is_set || passed_ns <= 0 ||
        __builtin_add_overflow(clock->now_ns, passed_ns, &time_ns))
        return false;
    return set(clock, time_ns);
}
