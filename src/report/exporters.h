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
/* What a person should do something about: phrase i, or PHRASES past the last. */
enum phrase exporter_warning(const struct summary_exporter *exporter, size_t i);
