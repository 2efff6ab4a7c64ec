// SPDX-License-Identifier: Apache-2.0
#include "collect/exporter_clock_private.h"

#include "base/time.h"

#define WINDOW_NS (10 * TIME_SECOND_NS)
#define STEADY_NS (2 * TIME_SECOND_NS)
#define CORRECTED_PAST_NS (5 * TIME_SECOND_NS)
#define DRIFT_OVER_NS (600 * TIME_SECOND_NS)
/* A flow may have ended this long after what its message says is now (two clocks, rounding),
 * and begun this long before. */
#define FUTURE_NS (60 * TIME_SECOND_NS)
#define PAST_NS (366 * TIME_DAY_NS)
/* A time greater than the uptime is of before the uptime passed 2^32 ms (49.7 days), if the
 * flow then is no older than this. */
#define BEFORE_WRAP_NS (7 * TIME_DAY_NS)
#define UPTIME_TURN_NS ((INT64_C(1) << 32) * TIME_MILLISECOND_NS)
/* Messages overtaken on the way are no older than this. */
#define OVERTAKEN_NS (10 * TIME_SECOND_NS)
/* How far uptime and time may disagree when uptime is told to have passed 2^32. */
#define WRAP_SLACK_MS (INT64_C(600) * 1000)

/* What may be calculated with: sums and differences of two such times do not overflow.  0: not
 * known. */
static int64_t bounded(int64_t time_ns)
{
    return time_ns > 0 && time_ns <= CLOCK_TIME_MAX_NS - FUTURE_NS ? time_ns : 0;
}

static int64_t distance(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

/* A time of 0 is one that is missing, unless the uptime has just begun. */
enum { ZERO_UNTIL_MS = 600000 };

enum uptime_step { UPTIME_ON, UPTIME_OVERTAKEN, UPTIME_WRAPPED, UPTIME_BOOTED };

/* Uptime went back from what it was: elapsed_ns passed meanwhile. */
static enum uptime_step judge_back(uint32_t before_ms, uint32_t now_ms, int64_t elapsed_ns)
{
    int64_t back_ms = (int64_t)before_ms - now_ms;
    int64_t elapsed_ms = elapsed_ns / TIME_MILLISECOND_NS;
    int64_t expected_ms = before_ms + elapsed_ms - (INT64_C(1) << 32);
    if (distance(expected_ms, now_ms) <= WRAP_SLACK_MS)
        return UPTIME_WRAPPED;
    bool is_old = back_ms * TIME_MILLISECOND_NS <= OVERTAKEN_NS && elapsed_ns <= TIME_SECOND_NS;
    return is_old ? UPTIME_OVERTAKEN : UPTIME_BOOTED;
}

static enum uptime_step note_uptime(struct exporter_clock *clock, int64_t now_ns)
{
    enum uptime_step step = UPTIME_ON;
    if (clock->was_heard && clock->uptime_ms < clock->uptime_newest_ms) {
        bool is_timed = now_ns != 0 && clock->newest_ns != 0;
        int64_t elapsed_ns = is_timed ? now_ns - clock->newest_ns : 0;
        step = judge_back(clock->uptime_newest_ms, clock->uptime_ms, elapsed_ns);
    }
    clock->wraps += step == UPTIME_WRAPPED;
    clock->boots += step == UPTIME_BOOTED;
    if (step != UPTIME_OVERTAKEN) {
        clock->uptime_newest_ms = clock->uptime_ms;
        clock->newest_ns = now_ns;
        clock->was_heard = true;
    }
    return step;
}

/* When uptime was 0.  NetFlow v9 tells its time in whole seconds (RFC 3954 5.1), cut, so that
 * each message would place the boot anew within a second, and with it the times of flows.  The
 * boot did not move: of the places that the messages allow, the latest stays, as long as it
 * is not a second past what this one allows. */
static void place_boot(struct exporter_clock *clock, bool is_anew, int64_t cut_ns)
{
    int64_t kept_ns = clock->boot_kept_ns;
    if (!is_anew && kept_ns > clock->boot_ns && kept_ns < clock->boot_ns + cut_ns)
        clock->boot_ns = kept_ns;
    clock->boot_kept_ns = clock->boot_ns;
}

void clock_resume(struct exporter_clock *clock)
{
    size_t count = clock->window_count;
    int64_t error_ns = count > 0 ? clock->recent_ns[(count - 1) % CLOCK_WINDOWS] : 0;
    bool is_off = distance(error_ns, 0) > CORRECTED_PAST_NS;
    clock->correction_ns = is_off && count >= CLOCK_WINDOWS ? error_ns : 0;
}

static void close_window(struct exporter_clock *clock, int64_t at_ns)
{
    int64_t error_ns = clock->window_error_ns;
    size_t count = clock->window_count;
    if (count > 0 &&
        distance(error_ns, clock->recent_ns[(count - 1) % CLOCK_WINDOWS]) > STEADY_NS) {
        clock->steps += count >= CLOCK_WINDOWS;
        clock->window_count = 0;
        clock->correction_ns = 0;
    }
    if (clock->window_count == 0) {
        clock->anchor_ns = at_ns;
        clock->anchor_error_ns = error_ns;
    }
    clock->latest_window_ns = at_ns;
    clock->recent_ns[clock->window_count % CLOCK_WINDOWS] = error_ns;
    if (clock->window_count < UINT32_MAX - CLOCK_WINDOWS)
        clock->window_count++;
    clock_resume(clock);
}

static void note_error(struct exporter_clock *clock, int64_t received_ns)
{
    int64_t error_ns = clock->export_ns - received_ns;
    if (clock->window_ns != 0 && distance(received_ns, clock->window_ns) >= WINDOW_NS) {
        close_window(clock, clock->window_ns);
        clock->window_ns = 0;
    }
    if (clock->window_ns == 0) {
        clock->window_ns = received_ns;
        clock->window_error_ns = error_ns;
    } else if (error_ns > clock->window_error_ns) {
        clock->window_error_ns = error_ns;
    }
}

void clock_replay(struct exporter_clock *clock, const struct export_message *message,
                  const struct message_head *head)
{
    int64_t received_ns = bounded(message->received_ns);
    clock->export_ns = bounded(head->export_ns);
    clock->has_uptime = head->has_uptime;
    clock->uptime_ms = head->uptime_ms;
    clock->boot_ns = clock->export_ns - (int64_t)head->uptime_ms * TIME_MILLISECOND_NS;
    clock->stand_in_ns = received_ns != 0 ? received_ns : clock->export_ns;
    bool has_now = clock->stand_in_ns != 0;
    clock->earliest_ns = has_now ? clock->stand_in_ns - PAST_NS : 1;
    clock->latest_ns = has_now ? clock->stand_in_ns + FUTURE_NS : INT64_MAX;
}

bool clock_begin(struct exporter_clock *clock, const struct export_message *message,
                 const struct message_head *head)
{
    clock_replay(clock, message, head);
    int64_t received_ns = bounded(message->received_ns);
    if (received_ns != 0 && clock->export_ns != 0)
        note_error(clock, received_ns);
    if (!head->has_uptime)
        return false;
    bool was_heard = clock->was_heard;
    int64_t now_ns = clock->export_ns != 0 ? clock->export_ns : received_ns;
    enum uptime_step step = note_uptime(clock, now_ns);
    bool is_anew = step == UPTIME_BOOTED || step == UPTIME_WRAPPED || !was_heard;
    place_boot(clock, is_anew, head->protocol == EXPORT_NETFLOW9 ? TIME_SECOND_NS : 0);
    return step == UPTIME_BOOTED;
}

/* by_exporter_ns as it stands in the record; what cannot be is replaced. */
static int64_t judge(struct exporter_clock *clock, int64_t by_exporter_ns,
                     enum time_quality quality, enum time_quality *out)
{
    int64_t by_us_ns = by_exporter_ns - clock->correction_ns;
    if (by_us_ns < clock->earliest_ns || by_us_ns > clock->latest_ns) {
        clock->impossible++;
        *out = TIME_RECEIVED;
        return clock->stand_in_ns;
    }
    *out = clock->correction_ns != 0 ? TIME_CORRECTED : quality;
    return by_us_ns;
}

static int64_t replace(struct exporter_clock *clock, enum time_quality *out)
{
    clock->impossible++;
    *out = TIME_RECEIVED;
    return clock->stand_in_ns;
}

int64_t clock_uptime_ns(struct exporter_clock *clock, uint32_t uptime_ms,
                        enum time_quality *out)
{
    int64_t ns = clock->boot_ns + (int64_t)uptime_ms * TIME_MILLISECOND_NS;
    if (uptime_ms > clock->uptime_ms) {
        int64_t ahead_ns = (int64_t)(uptime_ms - clock->uptime_ms) * TIME_MILLISECOND_NS;
        if (UPTIME_TURN_NS - ahead_ns <= BEFORE_WRAP_NS)
            ns -= UPTIME_TURN_NS;
        else if (ahead_ns > FUTURE_NS)
            return replace(clock, out);
    }
    bool is_missing = uptime_ms == 0 && clock->uptime_ms > ZERO_UNTIL_MS;
    if (is_missing || clock->export_ns == 0 || !clock->has_uptime)
        return replace(clock, out);
    return judge(clock, ns, TIME_UPTIME, out);
}

int64_t clock_time_ns(struct exporter_clock *clock, int64_t absolute_ns, enum time_quality *out)
{
    /* Far beyond what can be true: no arithmetic with it. */
    if (bounded(absolute_ns) == 0)
        return replace(clock, out);
    return judge(clock, absolute_ns, TIME_EXPORTER, out);
}

void clock_view(const struct exporter_clock *clock, struct exporter_view *out)
{
    size_t count = clock->window_count;
    out->has_clock = clock->window_ns != 0;
    out->clock_error_ns =
        count > 0 ? clock->recent_ns[(count - 1) % CLOCK_WINDOWS] : clock->window_error_ns;
    int64_t span_ns = clock->latest_window_ns - clock->anchor_ns;
    if (count > 1 && span_ns >= DRIFT_OVER_NS)
        out->clock_drift_ppm =
            (double)(out->clock_error_ns - clock->anchor_error_ns) / (double)span_ns * 1e6;
    out->is_clock_corrected = clock->correction_ns != 0;
    out->clock_steps = clock->steps;
    out->boots = clock->boots;
    out->wraps = clock->wraps;
    out->impossible_times = clock->impossible;
    out->ends_before_start = clock->reversed;
    out->uptime_ms = clock->uptime_newest_ms;
}
