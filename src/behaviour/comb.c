// SPDX-License-Identifier: Apache-2.0
#include "behaviour/comb.h"

#include <math.h>

static const double weight_short = 0.3;

/* cos of whole turns, at least 0: the series to the twelfth power, right to 1e-4. */
static double cos_turns(double turns)
{
    double x = 6.283185307179586 * (turns - (double)(long)(turns + 0.5));
    double y = x * x;
    return 1 +
           y * (-1.0 / 2 +
                y * (1.0 / 24 + y * (-1.0 / 720 + y * (1.0 / 40320 +
                                                       y * (-1.0 / 3628800 + y / 479001600)))));
}

double comb_at(const struct comb *comb, double period_s)
{
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < comb->count; i++) {
        double periods = comb->gap_s[i] / period_s;
        double weight = 1 / sqrt(1 + 0.15 * periods);
        double part = weight * cos_turns(periods);
        bool is_short = periods < 0.5;
        sum += comb->times[i] * (is_short ? -weight_short : part);
        squares += comb->times[i] * (is_short ? weight_short * weight_short : weight * weight);
    }
    return squares > 0 ? sum / sqrt(squares / 2) : 0;
}

double comb_best(const struct comb *comb, struct comb_range range)
{
    double best = 0;
    double step = log2(range.to_s / range.from_s) / (double)(range.periods - 1);
    for (size_t i = 0; i < range.periods; i++)
        best = fmax(best, comb_at(comb, range.from_s * exp2(step * (double)i)));
    return best;
}
