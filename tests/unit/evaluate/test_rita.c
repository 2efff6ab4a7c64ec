// SPDX-License-Identifier: Apache-2.0
/* By hand from the formulas; the series marked (R) are those of RITA's own unit tests of its
 * scores (analysis/beacons_test.go), with the scores these expect. */
#include <math.h>

#include "evaluate/rita_private.h"

#include "check.h"

static bool is_near(double a, double b)
{
    return fabs(a - b) < 0.0011; /* as near as RITA's tests ask for, and the last digit */
}

static void steadiness_is_that_of_published_series(void **unused)
{
    (void)unused;
    double close[] = { 98, 99, 99, 100, 100, 100, 101, 101, 102 };  /* (R) .995 */
    double two[] = { 98, 98, 98, 98, 98, 300, 300, 300, 300, 300 }; /* (R) .746 */
    double wild[] = { 1, 2, 25, 42, 90, 299, 500, 1500, 4975 };     /* (R) .083 */
    double sizes[] = { 1, 3, 41, 50, 5000, 98654, 524885, 965842 }; /* (R) .008 */
    double count[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };             /* (R) .773 */
    double even[] = { 60, 60, 60, 60, 60, 60, 60, 60, 60 };         /* (R) 1 */
    double none[] = { 0, 0, 0, 0 }; /* (R) .5 with 0, 1 with 1 */
    check(is_near(rita_steadiness(close, 9, 1), 0.995));
    check(is_near(rita_steadiness(two, 10, 1), 0.746));
    check(is_near(rita_steadiness(wild, 9, 1), 0.083));
    check(is_near(rita_steadiness(sizes, 8, 0), 0.008));
    check(is_near(rita_steadiness(count, 10, 0), 0.773));
    check(is_near(rita_steadiness(even, 9, 0), 1));
    check(is_near(rita_steadiness(none, 4, 0), 0.5));
    check(is_near(rita_steadiness(none, 4, 1), 1));
}

static void three_values_are_enough(void **unused)
{
    (void)unused;
    /* Quartiles 10, 20, 100: skew (10 + 100 - 40) / 90 = .778; deviations 0, 10, 80: steady
     * (20 - 10) / 20 = .5; (.222 + .5) / 2. */
    double three[] = { 10, 20, 100 };
    check(is_near(rita_steadiness(three, 3, 1), 0.361));
}

static void equal_hours_are_flat_and_two_heights_are_found(void **unused)
{
    (void)unused;
    uint32_t flat[RITA_HOURS];
    uint32_t two[RITA_HOURS];
    uint32_t one[RITA_HOURS] = { [7] = 100 };
    uint32_t wild[RITA_HOURS];
    for (uint32_t i = 0; i < RITA_HOURS; i++) {
        flat[i] = 12;
        two[i] = i < 12 ? 60 : 3;
        wild[i] = 1 + 100 * i;
    }
    check(is_near(rita_histogram_score(flat), 1));
    check(is_near(rita_histogram_score(two), 1)); /* 24 of 23, at most 1 */
    check(is_near(rita_histogram_score(one), 0)); /* one bar: its variation is sqrt(23) */
    /* Groups of ceil(.05 * 2301) = 116: no three alike, two pairs at most of 23; the flatness
     * 1 - 692.2 / 1151 is more. */
    check(is_near(rita_histogram_score(wild), 0.399));
}

static void two_heights_need_eleven_hours(void **unused)
{
    (void)unused;
    uint32_t ten[RITA_HOURS] = { 0 };
    for (uint32_t i = 0; i < 10; i++)
        ten[i] = 5;
    /* Mean 50 / 24, deviation 5 * sqrt(10 * 14) / 24: the variation is 1.183. */
    check(is_near(rita_histogram_score(ten), 0));
    ten[10] = 5; /* all eleven alike, one may be off */
    check(is_near(rita_histogram_score(ten), 1));
}

static void duration_needs_six_hours_and_runs_wrap_around(void **unused)
{
    (void)unused;
    uint32_t bars[RITA_HOURS] = { 0 };
    for (uint32_t i = 0; i < 5; i++)
        bars[i] = 1;
    check(is_near(rita_duration_score(bars, 1), 0));
    bars[RITA_HOURS - 1] = 1;
    check(is_near(rita_duration_score(bars, 0.1), 0.5));
    check(is_near(rita_duration_score(bars, 0.7), 0.7));
    check(is_near(rita_duration_score(bars, 1.7), 1));
    for (uint32_t i = 0; i < RITA_HOURS; i++)
        bars[i] = 9;
    check(is_near(rita_duration_score(bars, 0), 1));
}

static void scores_become_threats_between_their_thresholds(void **unused)
{
    (void)unused;
    static const double percent[4] = { 50, 70, 90, 100 };
    check(is_near(rita_bucket(49.9, percent), 0));
    check(is_near(rita_bucket(50, percent), 0.2));
    check(is_near(rita_bucket(60, percent), 0.3));
    check(is_near(rita_bucket(70, percent), 0.4));
    check(is_near(rita_bucket(90, percent), 0.6));
    check(is_near(rita_bucket(95, percent), 0.7));
    check(is_near(rita_bucket(100, percent), 0.8));
    check(is_near(rita_bucket(500, percent), 0.8));
}

enum { ROOM = 400 };

static double times[ROOM];
static double octets[ROOM];
static double room[ROOM];

static void a_day_of_equal_calls_scores_one(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < 288; i++) {
        times[i] = 1e9 + 300.0 * (double)(287 - i); /* latest first: sorted there */
        octets[i] = 640;
    }
    struct rita_pair pair = { times, octets, room, 288, 1e9, 1e9 + 86400 };
    struct rita_scores scores;
    check(rita_score(&pair, &scores));
    check(is_near(scores.times, 1) && is_near(scores.sizes, 1));
    check(is_near(scores.duration, 1) && is_near(scores.histogram, 1));
    check(is_near(scores.beacon, 1));
}

static void three_different_intervals_are_asked_for(void **unused)
{
    (void)unused;
    struct rita_scores scores;
    for (size_t i = 0; i < ROOM; i++) {
        times[i] = 1e9 + (double)(i % 3) * 100;
        octets[i] = 1;
    }
    struct rita_pair pair = { times, octets, room, ROOM, 1e9, 1e9 + 86400 };
    check(!rita_score(&pair, &scores));
    pair.count = 4;
    for (size_t i = 0; i < 4; i++)
        times[i] = 1e9 + (double)i * 100;
    check(rita_score(&pair, &scores));
    pair.last_s = pair.first_s;
    check(!rita_score(&pair, &scores));
    pair.count = 0;
    pair.last_s++;
    check(!rita_score(&pair, &scores));
}

static void sorting_sorts(void **unused)
{
    (void)unused;
    uint64_t word = 7;
    for (size_t i = 0; i < ROOM; i++) {
        word = word * 6364136223846793005U + 1442695040888963407U;
        times[i] = (double)(word >> 33) / 3;
    }
    rita_sort(times, ROOM);
    for (size_t i = 1; i < ROOM; i++)
        check(times[i - 1] <= times[i]);
    rita_sort(times, 0);
}

TESTS(TEST(steadiness_is_that_of_published_series), TEST(three_values_are_enough),
      TEST(equal_hours_are_flat_and_two_heights_are_found), TEST(two_heights_need_eleven_hours),
      TEST(duration_needs_six_hours_and_runs_wrap_around),
      TEST(scores_become_threats_between_their_thresholds),
      TEST(a_day_of_equal_calls_scores_one), TEST(three_different_intervals_are_asked_for),
      TEST(sorting_sorts))
