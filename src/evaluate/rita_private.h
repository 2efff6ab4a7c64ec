// SPDX-License-Identifier: Apache-2.0
/* The scores of RITA v5 as functions of one pair's connections (../shared/science/detectors.md
 * 1.1).  behaviour/series.c has the first of them for up to 128 sightings; RITA takes 86400,
 * and no stage may be used from here, so it is written again. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RITA_SIGHTINGS_MAX = 86400, RITA_HOURS = 24 };

struct rita_pair {
    double *times_s; /* whole seconds, sorted here */
    double *sizes;   /* octets the source sent, sorted here */
    double *room;    /* as many again */
    size_t count;
    double first_s; /* of the whole input, not of the pair */
    double last_s;
};

struct rita_scores {
    double times;
    double sizes;
    double duration;
    double histogram;
    double beacon; /* the mean of the four */
};

/* Smallest first. */
void rita_sort(double *values, size_t count);

/* Skew and median absolute deviation of at least three sorted values, 0 to 1; steady_unknown
 * stands in for the second where the median is below 1. */
double rita_steadiness(const double *sorted, size_t count, double steady_unknown);

/* False when the pair has fewer than 4 different times, or the input has no length. */
bool rita_score(const struct rita_pair *pair, struct rita_scores *out);

/* Connections in each 24th of the input; the score of their shape. */
double rita_histogram_score(const uint32_t bars[RITA_HOURS]);
double rita_duration_score(const uint32_t bars[RITA_HOURS], double share_of_input);

/* 0 below the first threshold, then 0.2, 0.4 and 0.6 at the first three, 0.8 from the last. */
double rita_bucket(double value, const double thresholds[4]);
