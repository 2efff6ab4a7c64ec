// SPDX-License-Identifier: Apache-2.0
#include "assess/weighed_private.h"

#include <math.h>

#include "base/must.h"
#include "model/weight.h"

static void add(struct finding *finding, struct measure measure)
{
    MUST(finding->measure_count < FINDING_MEASURES_MAX);
    finding->measures[finding->measure_count++] = measure;
}

void weighed_poller(struct weighed *weighed, struct finding *finding, double least)
{
    struct poller_view view = poller_look(&weighed->known, finding);
    double before = weight_total(finding->measures, finding->measure_count);
    double lost = weight_score(before) - weight_score(before + view.weight);
    finding->score = fmin(finding->score, fmax(least, finding->score - lost));
    add(finding,
        (struct measure){ MEASURE_POLLER, view.share, POLLER_ACCEPTED_ABOVE, view.weight, 1 });
    if (view.by_name != POLLER_NONE)
        add(finding, (struct measure){ MEASURE_POLLER_NAME, view.by_name, 0, 0, 0 });
    weighed->considered += view.share > 0;
    weighed->accepted += view.share > POLLER_ACCEPTED_ABOVE;
}
