// SPDX-License-Identifier: Apache-2.0
/* The account of a run: everything that came in is either further on or counted here by stage
 * and reason.  Reports print it; nothing in it tells of a single communication. */
#pragma once

#include "base/ip.h"
#include "base/time.h"
#include "model/observation.h"
#include "model/scope.h"

struct counter {
    const char *stage;  /* "decode" */
    const char *reason; /* "truncated" */
    const char *unit;   /* "frames", "packets", "flows", "facts" */
    uint64_t count;
};

enum { SUMMARY_COUNTERS_MAX = 512, SUMMARY_LISTS_MAX = 32, SUMMARY_EXPORTERS_MAX = 32 };

/* The scope funnel: seen, admitted, selected, kept. */
struct funnel {
    uint64_t flows_seen;
    uint64_t flows_admitted;
    uint64_t flows_selected;
    uint64_t slices_selected; /* each slice of a long flow counted */
    uint64_t records_kept;
    uint64_t findings;
    uint64_t octets_copied; /* of frames that the feed let through */
};

/* What one exporter sent, and what of it was lost before us. */
struct summary_exporter {
    struct ip_address address;
    uint32_t domain;
    const char *protocol; /* "IPFIX" */
    uint64_t messages;
    uint64_t records;
    double lost_flows; /* by its sequence numbers; an estimate for some protocols */
    uint64_t octets_without_template; /* of its data, given up */
    uint64_t records_without_rate;    /* nobody told their sampling rate */
    uint32_t rate_least;              /* of the others, 0 when there are none */
    uint32_t rate_most;
    enum sampling_origin rate_origin; /* of the last */
    bool has_clock;
    int64_t clock_error_ns; /* its clock minus ours */
};

struct summary {
    uint64_t files;
    uint64_t file_octets; /* read, before decompression where it was compressed */
    uint64_t frames;
    uint64_t packets;  /* IP packets, all layers of a tunnel counted once */
    uint64_t octets;   /* of those packets */
    uint64_t messages; /* of exporters */
    uint64_t records;  /* flows that came as flows, before any were taken together */
    uint64_t lines;    /* of logs */
    uint64_t exporter_total;
    size_t exporter_count;
    struct summary_exporter exporters[SUMMARY_EXPORTERS_MAX]; /* most flows lost first, then
                                                                 most records */
    int64_t first_ns;
    int64_t last_ns;
    double cpu_s; /* user and system */
    double wall_s;
    uint64_t memory_octets; /* peak resident */
    enum basis basis;
    const char *version;
    struct funnel funnel;
    size_t counter_count;
    struct counter counters[SUMMARY_COUNTERS_MAX]; /* only those that are not 0 */
};

/* Adds a counter unless it is 0; past the table's end it is a bug. */
void summary_count(struct summary *summary, const char *stage, const char *reason,
                   const char *unit, uint64_t count);

/* Adds up what several workers saw of one input; the run's own numbers (files, cost, version)
 * stay those of `into`. */
void summary_merge(struct summary *into, const struct summary *from);
/* Adds the counters alone. */
void summary_merge_counters(struct summary *into, const struct summary *from);
/* Adds an exporter; past the table's end the one that comes last in its order goes. */
void summary_add_exporter(struct summary *summary, const struct summary_exporter *exporter);
