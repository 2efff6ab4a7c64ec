// SPDX-License-Identifier: Apache-2.0
/* What reports say of exporters, cell by cell. */
#pragma once

#include "model/summary.h"
#include "report/phrases.h"

struct slot exporter_name(const struct summary_exporter *exporter); /* "192.0.2.1 IPFIX #7" */
struct slot exporter_lost(const struct summary_exporter *exporter,
                          enum report_language language);
struct slot exporter_rate(const struct summary_exporter *exporter,
                          enum report_language language);
struct slot exporter_clock(const struct summary_exporter *exporter,
                           enum report_language language);

/* What a person should do something about, and for how many exporters it holds, of how many:
 * the slots of its phrase.  Each once, however many exporters there are. */
struct exporters_advice {
    enum phrase phrase;
    struct slot slots[2];
};

/* The i-th; false past the last. */
bool exporters_advice(const struct summary *summary, size_t i, struct exporters_advice *out);
