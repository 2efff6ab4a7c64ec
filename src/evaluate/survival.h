// SPDX-License-Identifier: Apache-2.0
/* How long it takes until something is detected, those never detected counted in: the
 * product-limit estimate (E. L. Kaplan and P. Meier, JASA 53, 1958).  A mean of the detected
 * alone would flatter. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct spell {
    double length_s;  /* until it was detected, or until nobody looked any more */
    bool is_detected; /* false: censored */
};

struct survival {
    size_t spells;
    size_t detected;
    bool has_median, has_p90; /* enough were detected for it to be known */
    double median_s;
    double p90_s;
    double never_share; /* still undetected at the end, by the estimate */
};

/* Sorts the spells. */
struct survival survival_of(struct spell *spells, size_t count);
