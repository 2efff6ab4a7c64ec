// SPDX-License-Identifier: Apache-2.0
#include "collect/sequence_private.h"

#include <string.h>

#include "base/time.h"

/* A number further ahead than this, or further back, is a new beginning and not a loss: at
 * random it would look like a loss once in 4096 times (messages) or 64 (records). */
enum {
    GAP_MESSAGES_MAX = 1 << 20,
    GAP_RECORDS_MAX = 1 << 26,
    LATE_MESSAGES_MAX = 1 << 10,
    LATE_RECORDS_MAX = 1 << 16,
    CONTINUES_MAX = 1 << 12,
    STREAK_DECIDES = 8,
};

/* A message late or sent twice carries a time no newer than this past the newest. */
#define LATE_NS TIME_SECOND_NS

static uint32_t units_of(const struct sequence_step *step, enum sequence_way way)
{
    if (way == SEQUENCE_MESSAGES)
        return 1;
    return way == SEQUENCE_RECORDS || way == SEQUENCE_RECORDS_OWN ? step->records : step->flows;
}

/* The number of the first of what the message holds. */
static uint32_t start_of(const struct sequence_step *step, enum sequence_way way)
{
    bool is_own = way == SEQUENCE_RECORDS_OWN || way == SEQUENCE_FLOWS_OWN;
    return is_own ? step->number - units_of(step, way) : step->number;
}

/* Whether it can be told what number is due: of the message before it is known what it held,
 * or, where its own are counted, of this one. */
static bool is_due(const struct sequence *sequence, const struct sequence_step *step,
                   enum sequence_way way)
{
    switch (way) {
    case SEQUENCE_MESSAGES: return sequence->is_begun;
    case SEQUENCE_RECORDS_OWN:
    case SEQUENCE_FLOWS_OWN: return sequence->is_begun && step->are_units_known;
    case SEQUENCE_RECORDS:
    case SEQUENCE_FLOWS:
    case SEQUENCE_WAYS: break;
    }
    return sequence->is_begun && sequence->are_units_known;
}

static bool fits(const struct sequence *sequence, const struct sequence_step *step,
                 enum sequence_way way)
{
    return is_due(sequence, step, way) && start_of(step, way) == sequence->next[way];
}

static int32_t ahead_of(const struct sequence *sequence, const struct sequence_step *step)
{
    enum sequence_way way = (enum sequence_way)sequence->way;
    return (int32_t)(start_of(step, way) - sequence->next[way]);
}

static void advance(struct sequence *sequence, const struct sequence_step *step)
{
    for (enum sequence_way way = 0; way < SEQUENCE_WAYS; way++)
        sequence->next[way] = start_of(step, way) + units_of(step, way);
    sequence->are_units_known = step->are_units_known;
    sequence->is_begun = true;
    if (step->time_ns > sequence->newest_ns)
        sequence->newest_ns = step->time_ns;
}

static void begin_anew(struct sequence *sequence, const struct sequence_step *step)
{
    memset(sequence->holes, 0, sizeof sequence->holes);
    memset(sequence->streaks, 0, sizeof sequence->streaks);
    sequence->newest_ns = step->time_ns;
    sequence->streak_lost = 0;
    advance(sequence, step);
}

/* What was missing came: true when the number stands in a hole. */
static bool fill_hole(struct sequence *sequence, uint32_t number, uint32_t units)
{
    for (int i = 0; i < SEQUENCE_HOLES_MAX; i++) {
        struct sequence_hole *hole = &sequence->holes[i];
        uint32_t offset = number - hole->from;
        if (offset >= hole->len)
            continue;
        uint32_t filled = units < hole->len - offset ? units : hole->len - offset;
        uint32_t after = hole->len - offset - filled;
        sequence->lost -= filled < sequence->lost ? filled : sequence->lost;
        struct sequence_hole rest = { number + filled, after };
        hole->len = offset;
        if (hole->len == 0)
            *hole = rest;
        else if (rest.len > 0)
            sequence->holes[sequence->hole_at++ % SEQUENCE_HOLES_MAX] = rest;
        return true;
    }
    return false;
}

static void note_gap(struct sequence *sequence, uint32_t len)
{
    sequence->lost += len;
    sequence->gaps++;
    sequence->holes[sequence->hole_at++ % SEQUENCE_HOLES_MAX] =
        (struct sequence_hole){ sequence->next[sequence->way], len };
}

/* No streak is left: what they held back was lost indeed. */
static void end_streaks(struct sequence *sequence)
{
    sequence->lost += sequence->streak_lost;
    sequence->gaps += sequence->streak_lost > 0;
    sequence->streak_lost = 0;
}

/* A message that fits some ways of counting speaks for them and against all others; one that
 * fits none is a loss whatever the way, and tells nothing.  Right in the way taken and in
 * another tells nothing of the two either. */
static void weigh_ways(struct sequence *sequence, const struct sequence_step *step,
                       bool is_right)
{
    bool is_any = false;
    for (enum sequence_way way = 0; way < SEQUENCE_WAYS; way++) {
        if (!is_due(sequence, step, way))
            continue;
        if (!fits(sequence, step, way))
            sequence->streaks[way] = 0;
        else if (!is_right)
            sequence->streaks[way]++;
        is_any |= sequence->streaks[way] > 0;
    }
    if (!is_any)
        end_streaks(sequence);
}

static void learn_way(struct sequence *sequence)
{
    for (enum sequence_way way = 0; way < SEQUENCE_WAYS; way++) {
        if (sequence->streaks[way] < STREAK_DECIDES)
            continue;
        sequence->way = (uint8_t)way;
        sequence->streak_lost = 0;
        memset(sequence->streaks, 0, sizeof sequence->streaks);
        memset(sequence->holes, 0, sizeof sequence->holes); /* of other numbers */
        return;
    }
}

/* Is this number wrong in the way taken, but just right in another? */
static bool fits_otherwise(struct sequence *sequence, const struct sequence_step *step)
{
    bool is_any = false;
    for (enum sequence_way way = 0; way < SEQUENCE_WAYS; way++)
        is_any |= fits(sequence, step, way);
    if (!is_any)
        return false;
    int32_t ahead = ahead_of(sequence, step);
    weigh_ways(sequence, step, false);
    sequence->streak_lost += ahead > 0 ? (uint32_t)ahead : 0;
    learn_way(sequence);
    return true;
}

static void take_other(struct sequence *sequence, const struct sequence_step *step)
{
    enum sequence_way way = (enum sequence_way)sequence->way;
    bool in_messages = way == SEQUENCE_MESSAGES;
    int32_t ahead = ahead_of(sequence, step);
    int32_t gap_max = in_messages ? GAP_MESSAGES_MAX : GAP_RECORDS_MAX;
    int32_t late_max = in_messages ? LATE_MESSAGES_MAX : LATE_RECORDS_MAX;
    if (ahead > 0 && ahead <= gap_max) {
        note_gap(sequence, (uint32_t)ahead);
        advance(sequence, step);
        return;
    }
    bool is_old = step->time_ns <= sequence->newest_ns + LATE_NS;
    if (ahead < 0 && ahead >= -late_max && is_old) {
        uint32_t units = in_messages || step->are_units_known ? units_of(step, way) : 1;
        if (fill_hole(sequence, start_of(step, way), units))
            sequence->late++;
        else
            sequence->repeated++;
        return;
    }
    sequence->resets++;
    begin_anew(sequence, step);
}

void sequence_take(struct sequence *sequence, const struct sequence_step *step)
{
    if (!sequence->is_begun)
        sequence->way = step->way;
    enum sequence_way way = (enum sequence_way)sequence->way;
    if (step->is_boot && sequence->is_begun) {
        sequence->resets++;
        begin_anew(sequence, step);
        return;
    }
    bool is_due_now = is_due(sequence, step, way);
    bool is_fitting = is_due_now && fits(sequence, step, way);
    if (is_fitting)
        weigh_ways(sequence, step, true);
    if (!is_due_now || is_fitting || fits_otherwise(sequence, step))
        advance(sequence, step);
    else
        take_other(sequence, step);
}

bool sequence_continues(const struct sequence *sequence, uint32_t number)
{
    int32_t ahead = (int32_t)(number - sequence->next[sequence->way]);
    return sequence->is_begun && ahead >= -CONTINUES_MAX && ahead <= CONTINUES_MAX;
}
