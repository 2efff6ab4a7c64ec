// SPDX-License-Identifier: Apache-2.0
#include "evaluate/rita_private.h"

#include <math.h>

static const double skew_quartiles_least = 10; /* closer together say nothing of skew */
static const double bar_group_share = 0.05;    /* of the highest bar: bars alike */
static const unsigned two_heights_hours = 11;
static const unsigned duration_hours = 6;
static const double run_hours = 12;

static double round_to_thousandths(double value)
{
    return round(value * 1000) / 1000;
}

static double ceil_to_thousandths(double value)
{
    return fmin(ceil(value * 1000) / 1000, 1);
}

static void swap(double *a, double *b)
{
    double kept = *a;
    *a = *b;
    *b = kept;
}

static void sink(double *heap, size_t count, size_t at)
{
    for (;;) {
        size_t largest = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++)
            if (heap[child] > heap[largest])
                largest = child;
        if (largest == at)
            return;
        swap(&heap[at], &heap[largest]);
        at = largest;
    }
}

void rita_sort(double *values, size_t count)
{
    for (size_t at = count / 2; at-- > 0;)
        sink(values, count, at);
    for (size_t left = count; left > 1; left--) {
        swap(&values[0], &values[left - 1]);
        sink(values, left - 1, 0);
    }
}

static double median(const double *sorted, size_t count)
{
    size_t half = count / 2;
    return count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/* Median of |value - middle|: the distances grow both ways from the middle, so that they are
 * taken in order without sorting them. */
static double median_distance(const double *sorted, size_t count, double middle)
{
    size_t above = 0;
    while (above < count && sorted[above] < middle)
        above++;
    size_t below = above;
    double before = 0;
    double distance = 0;
    for (size_t taken = 0; taken <= count / 2; taken++) {
        before = distance;
        if (below == 0 ||
            (above < count && sorted[above] - middle <= middle - sorted[below - 1]))
            distance = sorted[above++] - middle;
        else
            distance = middle - sorted[--below];
    }
    return count % 2 == 1 ? distance : (before + distance) / 2;
}

/* Bowley's, with Tukey's quartiles. */
static double skew_of(const double *sorted, size_t count)
{
    double low = median(sorted, count / 2);
    double middle = median(sorted, count);
    double high = median(sorted + (count + 1) / 2, count / 2);
    if (high - low < skew_quartiles_least || middle <= low || middle >= high)
        return 0;
    return (low + high - 2 * middle) / (high - low);
}

double rita_steadiness(const double *sorted, size_t count, double steady_unknown)
{
    double middle = median(sorted, count);
    double steady = steady_unknown;
    if (middle >= 1)
        steady = fmax((middle - median_distance(sorted, count, middle)) / middle, 0);
    return round_to_thousandths((1 - fabs(skew_of(sorted, count)) + steady) / 2);
}

/* How alike the bars are, empty ones too. */
static double flatness(const uint32_t bars[RITA_HOURS])
{
    double sum = 0;
    for (size_t i = 0; i < RITA_HOURS; i++)
        sum += bars[i];
    double mean = sum / RITA_HOURS;
    double squares = 0;
    for (size_t i = 0; i < RITA_HOURS; i++)
        squares += (bars[i] - mean) * (bars[i] - mean);
    if (sum <= 0)
        return 0;
    return round_to_thousandths(fmax(1 - sqrt(squares / RITA_HOURS) / mean, 0));
}

static unsigned bars_alike(const uint32_t bars[RITA_HOURS], uint32_t group, uint32_t height)
{
    unsigned alike = 0;
    for (size_t i = 0; i < RITA_HOURS; i++)
        alike += bars[i] > 0 && bars[i] / group == height;
    return alike;
}

/* Share of the bars that have one of the two commonest heights; one bar may be off. */
static double two_heights(const uint32_t bars[RITA_HOURS])
{
    uint32_t highest = 0;
    unsigned filled = 0;
    for (size_t i = 0; i < RITA_HOURS; i++) {
        highest = bars[i] > highest ? bars[i] : highest;
        filled += bars[i] > 0;
    }
    if (filled < two_heights_hours)
        return 0;
    uint32_t group = (uint32_t)ceil(highest * bar_group_share);
    unsigned first = 0;
    unsigned second = 0;
    for (uint32_t height = 0; height <= highest / group; height++) {
        unsigned alike = bars_alike(bars, group, height);
        if (alike > first) {
            second = first;
            first = alike;
        } else if (alike > second) {
            second = alike;
        }
    }
    return round_to_thousandths(fmin((double)(first + second) / (filled - 1), 1));
}

double rita_histogram_score(const uint32_t bars[RITA_HOURS])
{
    return fmax(flatness(bars), two_heights(bars));
}

/* The last hour is followed by the first. */
static unsigned longest_run(const uint32_t bars[RITA_HOURS])
{
    unsigned longest = 0;
    unsigned run = 0;
    for (size_t i = 0; i < (size_t)2 * RITA_HOURS; i++) {
        run = bars[i % RITA_HOURS] > 0 ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest > RITA_HOURS ? RITA_HOURS : longest;
}

double rita_duration_score(const uint32_t bars[RITA_HOURS], double share_of_input)
{
    unsigned filled = 0;
    for (size_t i = 0; i < RITA_HOURS; i++)
        filled += bars[i] > 0;
    if (filled < duration_hours)
        return 0;
    return fmax(ceil_to_thousandths(share_of_input),
                ceil_to_thousandths(longest_run(bars) / run_hours));
}

static void fill_bars(const struct rita_pair *pair, uint32_t bars[RITA_HOURS])
{
    double step = (pair->last_s - pair->first_s) / RITA_HOURS;
    size_t at = 0;
    for (size_t i = 0; i < pair->count; i++) {
        while (at < RITA_HOURS - 1 &&
               pair->times_s[i] >= pair->first_s + (double)(at + 1) * step)
            at++;
        bars[at]++;
    }
}

/* Intervals that are not 0, sorted. */
static size_t intervals_of(const struct rita_pair *pair)
{
    size_t count = 0;
    for (size_t i = 1; i < pair->count; i++)
        if (pair->times_s[i] > pair->times_s[i - 1])
            pair->room[count++] = pair->times_s[i] - pair->times_s[i - 1];
    rita_sort(pair->room, count);
    return count;
}

bool rita_score(const struct rita_pair *pair, struct rita_scores *out)
{
    if (pair->last_s <= pair->first_s)
        return false;
    rita_sort(pair->times_s, pair->count);
    size_t intervals = intervals_of(pair);
    if (intervals < 3)
        return false;
    rita_sort(pair->sizes, pair->count);
    uint32_t bars[RITA_HOURS] = { 0 };
    fill_bars(pair, bars);
    double share =
        (pair->times_s[pair->count - 1] - pair->times_s[0]) / (pair->last_s - pair->first_s);
    out->times = rita_steadiness(pair->room, intervals, 1);
    out->sizes = rita_steadiness(pair->sizes, pair->count, 0);
    out->duration = rita_duration_score(bars, share);
    out->histogram = rita_histogram_score(bars);
    double sum = out->times + out->sizes + out->duration + out->histogram;
    out->beacon = round_to_thousandths(sum / 4);
    return true;
}

double rita_bucket(double value, const double thresholds[4])
{
    if (value < thresholds[0])
        return 0;
    for (size_t i = 1; i < 4; i++)
        if (value < thresholds[i])
            return 0.2 * ((double)i +
                          (value - thresholds[i - 1]) / (thresholds[i] - thresholds[i - 1]));
    return 0.8;
}
