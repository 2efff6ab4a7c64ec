// SPDX-License-Identifier: Apache-2.0
#include <math.h>

#include "base/time.h"
#include "behaviour/series.h"
#include "behaviour/upload_private.h"

#define HOUR_NS (3600 * TIME_SECOND_NS)

enum { HISTORY_DAYS_LEAST = 5, HISTORY_HOURS_LEAST = 6 };
static const double deviation_least = 3.5; /* Iglewicz, Hoaglin 1993, of the robust z */
static const double mad_to_sigma = 1.4826;
static const double sigma_least = 0.5; /* of log2: no line is steadier than half a doubling */
static const double known_after_s = 7 * 86400.0;
static const double new_after_s = 86400;

static uint64_t sum_or_most(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint32_t sum32_or_most(uint64_t a, uint64_t b)
{
    uint64_t sum = sum_or_most(a, b);
    return sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
}

/* Clears what a ring says of the places between the latest and this one; false when this one
 * is older than the ring is long. */
static bool turn_ring(uint32_t *ring, int64_t length, int64_t *latest, int64_t place)
{
    int64_t from = place - *latest > length ? place - length : *latest;
    for (int64_t i = from + 1; i <= place; i++)
        ring[i % length] = 0;
    if (place > *latest)
        *latest = place;
    return *latest - place < length;
}

static uint32_t kibibytes(uint64_t octets)
{
    return sum32_or_most((octets + 1023) / 1024, 0);
}

void upload_add_to_line(struct upload_line *line, const struct upload_amount *amount)
{
    int64_t hour = amount->end_ns / HOUR_NS, day = amount->end_ns / TIME_DAY_NS;
    uint32_t *hour_sum = &line->hours[hour % UPLOAD_HOURS];
    uint32_t *day_sum = &line->days[day % UPLOAD_DAYS];
    if (turn_ring(line->hours, UPLOAD_HOURS, &line->hour_latest, hour))
        *hour_sum = sum32_or_most(*hour_sum, kibibytes(amount->out));
    if (turn_ring(line->days, UPLOAD_DAYS, &line->day_latest, day))
        *day_sum = sum32_or_most(*day_sum, kibibytes(amount->out));
    line->flows++;
}

static void turn_days(struct upload_pair *pair, int64_t day)
{
    if (day <= pair->day_latest)
        return;
    int64_t apart = day - pair->day_latest;
    if (apart > 1)
        pair->days[(day - 1) & 1] = (struct upload_day){ 0, 0, 0 };
    pair->days[day & 1] = (struct upload_day){ 0, 0, 0 };
    for (int64_t i = apart < UPLOAD_DAYS ? apart : UPLOAD_DAYS; i > 0; i--)
        pair->active &= ~(UINT32_C(1) << (day - i + 1) % UPLOAD_DAYS);
    pair->day_latest = day;
    pair->judge_at = 0;
}

void upload_add_to_pair(struct upload_pair *pair, const struct upload_amount *amount)
{
    int64_t day = amount->end_ns / TIME_DAY_NS;
    turn_days(pair, day);
    if (pair->day_latest - day <= 1) {
        struct upload_day *of = &pair->days[day & 1];
        of->out = sum_or_most(of->out, amount->out);
        of->in = sum_or_most(of->in, amount->in);
        of->hours |= UINT32_C(1) << amount->end_ns / HOUR_NS % 24;
    }
    if (pair->day_latest - day < UPLOAD_DAYS)
        pair->active |= UINT32_C(1) << day % UPLOAD_DAYS;
    if (amount->start_ns < pair->first_ns)
        pair->first_ns = amount->start_ns;
    if (amount->end_ns > pair->last_ns)
        pair->last_ns = amount->end_ns;
    pair->octets_out = sum_or_most(pair->octets_out, amount->out);
    pair->octets_in = sum_or_most(pair->octets_in, amount->in);
    pair->packets = sum_or_most(pair->packets, amount->packets);
    pair->connections = sum32_or_most(pair->connections, amount->is_connection);
    if (amount->rate > pair->rate)
        pair->rate = amount->rate;
}

static void merge_ring(uint32_t *ring, int64_t length, int64_t *latest, const uint32_t *other,
                       int64_t other_latest)
{
    turn_ring(ring, length, latest, other_latest);
    int64_t from = *latest - length + 1;
    for (int64_t i = from > 0 ? from : 0; i <= other_latest; i++)
        if (other_latest - i < length)
            ring[i % length] = sum32_or_most(ring[i % length], other[i % length]);
}

void upload_merge_line(struct upload_line *line, const struct upload_line *other)
{
    merge_ring(line->hours, UPLOAD_HOURS, &line->hour_latest, other->hours, other->hour_latest);
    merge_ring(line->days, UPLOAD_DAYS, &line->day_latest, other->days, other->day_latest);
    line->flows = sum_or_most(line->flows, other->flows);
}

static void merge_day(struct upload_day *day, const struct upload_day *other)
{
    day->out = sum_or_most(day->out, other->out);
    day->in = sum_or_most(day->in, other->in);
    day->hours |= other->hours;
}

void upload_merge_pair(struct upload_pair *pair, const struct upload_pair *other)
{
    turn_days(pair, other->day_latest);
    int64_t behind = pair->day_latest - other->day_latest;
    if (behind <= 1)
        merge_day(&pair->days[other->day_latest & 1], &other->days[other->day_latest & 1]);
    if (behind == 0)
        merge_day(&pair->days[(other->day_latest - 1) & 1],
                  &other->days[(other->day_latest - 1) & 1]);
    for (int64_t i = behind; i < UPLOAD_DAYS; i++)
        pair->active |= other->active & UINT32_C(1)
                                            << (uint64_t)(pair->day_latest - i) % UPLOAD_DAYS;
    if (other->first_ns < pair->first_ns)
        pair->first_ns = other->first_ns;
    if (other->last_ns > pair->last_ns)
        pair->last_ns = other->last_ns;
    pair->octets_out = sum_or_most(pair->octets_out, other->octets_out);
    pair->octets_in = sum_or_most(pair->octets_in, other->octets_in);
    pair->packets = sum_or_most(pair->packets, other->packets);
    pair->connections = sum32_or_most(pair->connections, other->connections);
    pair->rate = pair->rate > other->rate ? pair->rate : other->rate;
    pair->fired |= other->fired;
}

int upload_count_bits(uint32_t bits)
{
    int count = 0;
    for (; bits != 0; bits &= bits - 1)
        count++;
    return count;
}

const struct upload_day *upload_best_day(const struct upload_pair *pair)
{
    return &pair->days[pair->days[1].out > pair->days[0].out];
}

/* How far log2 of a value lies above the median of a history, in robust deviations. */
static double deviation_of(double value, double *history, size_t count, double *usual)
{
    series_sort(history, count);
    double median = history[count / 2];
    for (size_t i = 0; i < count; i++)
        history[i] = fabs(history[i] - median);
    series_sort(history, count);
    double sigma = fmax(sigma_least, mad_to_sigma * history[count / 2]);
    *usual = exp2(median);
    return (log2(value) - median) / sigma;
}

/* Against the line's other days. */
static bool look_at_days(const struct upload_line *line, int64_t day, struct upload_view *view)
{
    double history[UPLOAD_DAYS];
    size_t count = 0;
    for (int64_t i = 0; i < UPLOAD_DAYS; i++)
        if (line->days[i] > 0 && i != day % UPLOAD_DAYS)
            history[count++] = log2(line->days[i] * 1024.0);
    if (count < HISTORY_DAYS_LEAST)
        return false;
    view->deviation = deviation_of(view->day_octets, history, count, &view->usual);
    return true;
}

/* Against the hours of the last day in which nothing went to the server. */
static void look_at_hours(const struct upload_line *line, uint32_t hours,
                          struct upload_view *view)
{
    double history[UPLOAD_HOURS];
    size_t count = 0;
    for (size_t i = 0; i < UPLOAD_HOURS; i++)
        if (line->hours[i] > 0 && (hours >> i & 1) == 0)
            history[count++] = log2(line->hours[i] * 1024.0);
    if (count < HISTORY_HOURS_LEAST)
        return;
    double each = view->day_octets / fmax(1, upload_count_bits(hours));
    view->deviation = deviation_of(each, history, count, &view->usual);
}

void upload_look(const struct upload_pair *pair, const struct upload_line *line,
                 int64_t first_of_all_ns, struct upload_view *view)
{
    const struct upload_day *day = upload_best_day(pair);
    int64_t number =
        day == &pair->days[pair->day_latest & 1] ? pair->day_latest : pair->day_latest - 1;
    view->day_octets = (double)day->out;
    view->usual = 0;
    view->deviation = -1;
    if (day->out > 0 && !look_at_days(line, number, view))
        look_at_hours(line, day->hours, view);
    view->age_s = (double)(pair->last_ns - pair->first_ns) / 1e9;
    view->is_known = view->age_s > known_after_s;
    view->is_new = (double)(pair->first_ns - first_of_all_ns) / 1e9 >= new_after_s;
    view->floor = view->usual > 0 ? UPLOAD_FLOOR : UPLOAD_FLOOR_BLIND;
    bool is_unusual = view->usual == 0 || view->deviation >= deviation_least;
    bool is_day = view->day_octets >= view->floor && is_unusual && !view->is_known;
    view->is_slow = !is_day && view->month_octets >= UPLOAD_FLOOR_BLIND &&
                    upload_count_bits(pair->active) >= UPLOAD_SLOW_DAYS &&
                    view->day_octets < UPLOAD_FLOOR;
    view->is_much = is_day || view->is_slow;
    double out = view->is_slow ? (double)pair->octets_out : (double)day->out;
    double in = view->is_slow ? (double)pair->octets_in : (double)day->in;
    view->ratio = out / fmax(1, in);
}

/* Straight lines between points: `least` at `from`, `most` at `to` and beyond. */
static double ramp(double value, double from, double to, double least, double most)
{
    return least + (most - least) * fmin(1, fmax(0, (value - from) / (to - from)));
}

static void add_volume(struct sighting *sighting, const struct upload_view *view)
{
    if (view->is_slow) {
        double decades = log10(view->month_octets / UPLOAD_FLOOR_BLIND);
        evidence_add(sighting,
                     (struct measure){ MEASURE_MONTH_OCTETS, view->month_octets,
                                       UPLOAD_FLOOR_BLIND, ramp(decades, 0, 1, 0.5, 1.5), 0 });
        return;
    }
    double decades = log10(view->day_octets / view->floor);
    evidence_add(sighting, (struct measure){ MEASURE_OCTETS_OUT, view->day_octets, view->floor,
                                             ramp(decades, 0, 1, 1, 2), 0 });
    if (view->usual == 0)
        return;
    evidence_add(sighting,
                 (struct measure){ MEASURE_DEVIATION, view->deviation, deviation_least,
                                   ramp(view->deviation, deviation_least, 10, 1, 2), 0 });
    evidence_add(sighting, (struct measure){ MEASURE_BASELINE, view->usual, 0, 0, 0 });
}

void upload_add_measures(struct sighting *sighting, const struct upload_pair *pair,
                         const struct upload_view *view)
{
    double ratio = fmin(1e6, view->ratio);
    add_volume(sighting, view);
    evidence_add(sighting, (struct measure){ MEASURE_UPLOAD_RATIO, ratio, UPLOAD_RATIO_LEAST,
                                             ramp(log2(ratio), 2, 4, 0.5, 1), 0 });
    evidence_add(sighting, (struct measure){ MEASURE_AGE, view->age_s, known_after_s,
                                             view->is_new && !view->is_known ? 1 : 0, 0 });
    evidence_add_surroundings(sighting, &view->around);
    evidence_add_rate(sighting, pair->rate);
}
