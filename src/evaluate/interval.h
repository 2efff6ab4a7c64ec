// SPDX-License-Identifier: Apache-2.0
/* Exact intervals of 95 % for counts: what a share or a rate may be, given what was seen
 * (C. J. Clopper and E. S. Pearson, Biometrika 26, 1934; F. Garwood, Biometrika 28, 1936). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct interval {
    double value; /* what was seen; 0 out of 0 is 0 */
    double low;
    double high;
};

/* A share of hits out of trials; all of 0 to 1 when there were no trials. */
struct interval interval_of_share(uint64_t hits, uint64_t trials);
/* A rate: events in `exposure` units of whatever it is counted by.  Without exposure nothing is
 * known: high is infinite. */
struct interval interval_of_rate(uint64_t events, double exposure);
