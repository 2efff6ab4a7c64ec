// SPDX-License-Identifier: Apache-2.0
/* The readers of the protocols, by version number.  Each gets the whole message; flows and
 * samples go to the collector's sink. */
#pragma once

#include "base/cursor.h"
#include "base/fault.h"
#include "collect/exporter_private.h"

struct templates;
struct sflow;
struct totals; /* totals_private.h */

enum { COLLECT_FACTS_MAX = COLLECT_FLOWS_MAX };

/* What the readers share. */
struct collect {
    struct collect_limits limits;
    struct collect_sink sink;
    struct exporters *exporters;
    struct templates *templates;
    struct sflow *sflow;
    struct totals *totals;
    uint64_t messages, octets;
    uint64_t faults[FAULT_KINDS];       /* messages refused */
    uint64_t records_without_addresses; /* of layer 2, of statistics: no flows */
    uint64_t records_empty;             /* that count no packet */
    uint64_t events;                    /* of firewalls and translators, without counters */
    uint64_t told_before;               /* records that count nothing new */
    uint64_t lists_refused;             /* of structured data, at fault */
    uint64_t lists_without_template;    /* or of a template not held */
    uint64_t samples_refused;           /* packet sections of no use */
    size_t flow_count;                  /* of flows below, not yet handed on */
    struct flow flows[COLLECT_FLOWS_MAX];
    size_t fact_count; /* of facts below, of the flows above */
    struct fact facts[COLLECT_FACTS_MAX];
};

enum fault netflow5_read(struct collect *collect, const struct export_message *message);
/* NetFlow v9 and IPFIX, which share sets, templates and elements. */
enum fault ipfix_read(struct collect *collect, const struct export_message *message);
enum fault sflow_read(struct collect *collect, const struct export_message *message);

/* Room for one more flow, all zero; what is full is handed on first.  A flow taken stands in
 * the run until it is full or collect_flush. */
struct flow *collect_next_flow(struct collect *collect);
void collect_flush(struct collect *collect);
/* The last one is none after all. */
void collect_drop_flow(struct collect *collect);
