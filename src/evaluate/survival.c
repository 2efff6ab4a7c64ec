// SPDX-License-Identifier: Apache-2.0
#include "evaluate/survival.h"

#include "evaluate/sort.h"

/* At one time detections come before what was censored there. */
static int compare(const void *left, const void *right)
{
    const struct spell *a = left, *b = right;
    if (a->length_s < b->length_s || a->length_s > b->length_s)
        return a->length_s < b->length_s ? -1 : 1;
    return (int)b->is_detected - (int)a->is_detected;
}

static void note(struct survival *out, double left, double time_s)
{
    const double rounding = 1e-12;
    if (!out->has_median && left <= 0.5 + rounding) {
        out->has_median = true;
        out->median_s = time_s;
    }
    if (!out->has_p90 && left <= 0.1 + rounding) {
        out->has_p90 = true;
        out->p90_s = time_s;
    }
}

struct survival survival_of(struct spell *spells, size_t count)
{
    struct survival out = { .spells = count, .never_share = count > 0 ? 1 : 0 };
    if (count > 0)
        sort_run(spells, count, sizeof *spells, compare);
    for (size_t i = 0; i < count; i++) {
        if (!spells[i].is_detected)
            continue;
        out.detected++;
        out.never_share *= 1 - 1 / (double)(count - i);
        note(&out, out.never_share, spells[i].length_s);
    }
    return out;
}
