// SPDX-License-Identifier: Apache-2.0
#include "collect/sequence_private.h"

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

static bool counts_messages(const struct sequence *sequence, const struct sequence_step *step)
{
    return step->counts_messages != sequence->counts_otherwise;
}

static void advance(struct sequence *sequence, const struct sequence_step *step)
{
    uint32_t units = sequence->counts_otherwise ? step->units_otherwise : step->units;
    uint32_t others = sequence->counts_otherwise ? step->units : step->units_otherwise;
    sequence->next = step->number + units;
    sequence->next_otherwise = step->number + others;
    sequence->is_known = step->are_units_known || counts_messages(sequence, step);
    if (step->time_ns > sequence->newest_ns)
        sequence->newest_ns = step->time_ns;
}

static void begin_anew(struct sequence *sequence, const struct sequence_step *step)
{
    for (int i = 0; i < SEQUENCE_HOLES_MAX; i++)
        sequence->holes[i].len = 0;
    sequence->newest_ns = step->time_ns;
    sequence->streak = 0;
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
        (struct sequence_hole){ sequence->next, len };
}

/* The streak broke: what it held back was lost indeed. */
static void end_streak(struct sequence *sequence)
{
    sequence->lost += sequence->streak_lost;
    sequence->gaps += sequence->streak_lost > 0;
    sequence->streak_lost = 0;
    sequence->streak = 0;
}

/* Is this number wrong by the protocol, but just right if the exporter counts otherwise? */
static bool fits_otherwise(struct sequence *sequence, const struct sequence_step *step)
{
    int32_t ahead = (int32_t)(step->number - sequence->next);
    if (step->number != sequence->next_otherwise)
        return false;
    sequence->streak++;
    sequence->streak_lost += ahead > 0 ? (uint32_t)ahead : 0;
    if (sequence->streak == STREAK_DECIDES) {
        sequence->counts_otherwise = !sequence->counts_otherwise;
        sequence->streak_lost = 0;
        sequence->streak = 0;
    }
    return true;
}

static void take_other(struct sequence *sequence, const struct sequence_step *step)
{
    bool in_messages = counts_messages(sequence, step);
    int32_t ahead = (int32_t)(step->number - sequence->next);
    int32_t gap_max = in_messages ? GAP_MESSAGES_MAX : GAP_RECORDS_MAX;
    int32_t late_max = in_messages ? LATE_MESSAGES_MAX : LATE_RECORDS_MAX;
    if (ahead > 0 && ahead <= gap_max) {
        note_gap(sequence, (uint32_t)ahead);
        advance(sequence, step);
        return;
    }
    bool is_old = step->time_ns <= sequence->newest_ns + LATE_NS;
    if (ahead < 0 && ahead >= -late_max && is_old) {
        uint32_t units = sequence->counts_otherwise ? step->units_otherwise : step->units;
        if (fill_hole(sequence, step->number, step->are_units_known ? units : 1))
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
    if (step->is_boot && sequence->is_known) {
        sequence->resets++;
        begin_anew(sequence, step);
        return;
    }
    if (!sequence->is_known || step->number == sequence->next) {
        /* Right both ways tells nothing of the way. */
        if (sequence->next != sequence->next_otherwise)
            end_streak(sequence);
        advance(sequence, step);
        return;
    }
    if (fits_otherwise(sequence, step)) {
        advance(sequence, step);
        return;
    }
    end_streak(sequence);
    take_other(sequence, step);
}

bool sequence_continues(const struct sequence *sequence, uint32_t number)
{
    int32_t ahead = (int32_t)(number - sequence->next);
    return sequence->is_known && ahead >= -CONTINUES_MAX && ahead <= CONTINUES_MAX;
}
