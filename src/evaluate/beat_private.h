// SPDX-License-Identifier: Apache-2.0
/* Two ways to see a beat in one pair's connections, as functions: the share of the commonest
 * interval, and what Elastic looks for in counts and octets a minute. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mode_rule {
    double least_s;  /* shorter intervals do not count */
    double window_s; /* intervals this near to each other are one */
    size_t events_least;
    double share_alert; /* of the commonest among the intervals that count */
};

/* The share, 0 when too few intervals count.  Sorted in. */
double beat_mode_share(const double *intervals, size_t count, const struct mode_rule *rule);

enum { BEAT_MINUTES = 360 };

/* The last six hours, newest minute first. */
struct beat_minutes {
    double connections[BEAT_MINUTES];
    double sent[BEAT_MINUTES]; /* octets a connection */
    double received[BEAT_MINUTES];
};

struct beat_minutes_score {
    bool is_even;     /* about as many connections in each minute */
    bool is_periodic; /* in some number of minutes */
    bool sends_alike;
    bool receives_alike;
    double correlation; /* of the best period, at most 1 */
};

/* All false when fewer than 7 minutes of 12 have a connection. */
struct beat_minutes_score beat_score_minutes(const struct beat_minutes *minutes);

static inline unsigned beat_points(const struct beat_minutes_score *score)
{
    return (unsigned)(score->is_even || score->is_periodic) + score->sends_alike +
           score->receives_alike;
}
