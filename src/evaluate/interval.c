// SPDX-License-Identifier: Apache-2.0
#include "evaluate/interval.h"

#include <math.h>

static const double tail = 0.025; /* on each side */

enum { HALVINGS = 80, TERMS_MAX = 300 };

/* The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method;
 * good for x below (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double value = d;
    for (int m = 1; m <= TERMS_MAX; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        for (int half = 0; half < 2; half++) {
            double term = half == 0 ? even : odd;
            d = 1 + term * d;
            c = 1 + term / c;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            value *= d * c;
        }
        if (fabs(d * c - 1) < 1e-15)
            break;
    }
    return value;
}

/* The regularised incomplete beta function: P(a beta variable of a and b is at most x). */
static double beta_share(double a, double b, double x)
{
    if (x <= 0 || x >= 1)
        return x <= 0 ? 0 : 1;
    double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

static double beta_quantile(double a, double b, double share)
{
    double low = 0, high = 1;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        if (beta_share(a, b, middle) < share)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

struct interval interval_of_share(uint64_t hits, uint64_t trials)
{
    double k = (double)hits, n = (double)trials;
    if (trials == 0)
        return (struct interval){ 0, 0, 1 };
    return (struct interval){
        .value = k / n,
        .low = hits == 0 ? 0 : beta_quantile(k, n - k + 1, tail),
        .high = hits >= trials ? 1 : beta_quantile(k + 1, n - k, 1 - tail),
    };
}

/* P(at most `most` events) where `mean` are expected, summed from the largest term both ways.
 */
static double poisson_share(uint64_t most, double mean)
{
    const double negligible = 1e-17;
    if (mean <= 0)
        return 1;
    uint64_t mode = mean < (double)most ? (uint64_t)mean : most;
    double k = (double)mode, sum = 1;
    double start = exp(k * log(mean) - mean - lgamma(k + 1));
    double term = 1;
    for (uint64_t i = mode; i > 0 && term > negligible * sum; i--) {
        term *= (double)i / mean;
        sum += term;
    }
    term = 1;
    for (uint64_t i = mode + 1; i <= most && term > negligible * sum; i++) {
        term *= mean / (double)i;
        sum += term;
    }
    return start * sum;
}

static double poisson_mean(uint64_t most, double share)
{
    double k = (double)most;
    double low = 0, high = k + 10 * sqrt(k + 1) + 20;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        if (poisson_share(most, middle) > share)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

struct interval interval_of_rate(uint64_t events, double exposure)
{
    if (!(exposure > 0))
        return (struct interval){ 0, 0, HUGE_VAL };
    return (struct interval){
        .value = (double)events / exposure,
        .low = events == 0 ? 0 : poisson_mean(events - 1, 1 - tail) / exposure,
        .high = poisson_mean(events, tail) / exposure,
    };
}
