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

static void workers_add_up(void **state)
{
    (void)state;
    static struct summary a, b;
    a = (struct summary){ .frames = 3, .first_ns = 50, .last_ns = 70 };
    b = (struct summary){ .frames = 4, .first_ns = 40, .last_ns = 60, .exporter_total = 0 };
    summary_count(&a, "meter", "flows", "flows", 2);
    summary_count(&b, "meter", "flows", "flows", 5);
    summary_count(&b, "meter", "evicted", "flows", 1);
    struct summary_exporter exporter = { .records = 9 };
    summary_add_exporter(&b, &exporter);
    summary_merge(&a, &b);
    check_equal(a.frames, 7);
    check_equal(a.first_ns, 40);
    check_equal(a.last_ns, 70);
    check_equal(a.counter_count, 2);
    check_equal(a.counters[0].count, 7);
    check_equal(a.counters[1].count, 1);
    check_equal(a.exporter_total, 1);
    check_equal(a.exporters[0].records, 9);
}

TESTS(TEST(workers_add_up), TEST(the_exporters_that_lost_most_come_first))
