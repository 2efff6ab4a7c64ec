// SPDX-License-Identifier: Apache-2.0
/* Answers of a query for people: tables whose columns stand below each other, bold heads on a
 * terminal unless NO_COLOR is set.  Text off the wire is cleaned. */
#pragma once

#include "report/report.h"
#include "store/store.h"

struct query_table {
    enum report_language language;
    int64_t now_ns;
    bool is_bold;
    bool has_head; /* was printed */
};

struct query_table query_table_begin(enum report_language language, int64_t now_ns);
void query_table_finding(struct query_table *table, const struct finding *finding);
void query_table_flow(struct query_table *table, int64_t record,
                      const struct minimised_flow *flow);
void query_print_counts(const struct store_counts *counts, bool as_json,
                        enum report_language language);
void query_print_event(const struct store_event *event, bool as_json,
                       enum report_language language);
void query_print_provision(const struct store_provision *provision, bool as_json);
/* Of a decision or a list: one group. */
void query_print_period(const struct store_period *period, bool as_json,
                        enum report_language language);
