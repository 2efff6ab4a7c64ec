// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "model/summary.h"

static void the_exporters_that_lost_most_come_first(void **state)
{
    (void)state;
    static struct summary summary;
    for (uint32_t i = 0; i < SUMMARY_EXPORTERS_MAX + 10; i++) {
        struct summary_exporter exporter = { .domain = i, .lost_flows = i % 7, .records = i };
        summary_add_exporter(&summary, &exporter);
    }
    check_equal(summary.exporter_total, SUMMARY_EXPORTERS_MAX + 10);
    check_equal(summary.exporter_count, SUMMARY_EXPORTERS_MAX);
    check_equal(summary.exporters[0].domain, 41);
    for (size_t i = 1; i < summary.exporter_count; i++) {
        const struct summary_exporter *a = &summary.exporters[i - 1], *b = a + 1;
        check(a->lost_flows > b->lost_flows || a->records > b->records);
    }
}

TESTS(TEST(the_exporters_that_lost_most_come_first))
