// SPDX-License-Identifier: Apache-2.0
/* The collecting process (RFC 7011, RFC 3954, sFlow version 5): messages of exporters to flows.
 *
 * For each exporter and observation domain it holds templates, the sampling rates it was told,
 * where its sequence numbers and its clock stand, and what was lost; for all of them together,
 * a bounded room of data that came before its template.  Every table has a cap; what does not
 * fit is evicted, least recently heard first, and counted.  Nothing of a message is ever
 * trusted but within its bounds.
 *
 * Templates are scoped by transport session and domain (RFC 7011 8): for datagrams that is the
 * exporter's address, port and domain.  An exporter that sends from another port is the same
 * one when its sequence goes on there, or the old port has been silent for five minutes; an
 * sFlow agent is who it says it is, from wherever.  An unknown element is passed over and
 * counted.  What is not known of a flow is 0. */
#pragma once

#include "base/arena.h"
#include "base/fault.h"
#include "base/hash.h"
#include "model/flow.h"
#include "model/message.h"
#include "model/sample.h"
#include "model/summary.h"

struct collect;

struct collect_limits {
    size_t exporters_max;  /* sessions times domains */
    size_t templates_max;  /* over all exporters */
    size_t fields_max;     /* over all templates */
    size_t pending_octets; /* of data whose template has not come */
    int64_t pending_ns;    /* and how long it waits for it */
    int64_t template_ns; /* a datagram exporter's template is good for this long, 0 for ever */
};

extern const struct collect_limits collect_defaults;

/* A rate the operator configured.  The first that fits counts. */
struct sampling_rule {
    struct ip_prefix exporter;
    uint32_t interface; /* ingress, 0 for any */
    uint32_t rate;
    bool overrides; /* what the exporter says; else only for want of it */
};

struct collect_policy {
    const struct sampling_rule *rules; /* must outlive it; may be NULL */
    size_t rule_count;
};

/* What comes out.  Flows come in runs of at most COLLECT_FLOWS_MAX, in the order of their
 * records; a flow's facts, where an exporter tells names, live until the call returns. */
struct collect_sink {
    void (*take_flows)(void *context, const struct flow *flows, size_t count);
    void (*take_sample)(void *context, const struct frame_sample *sample);
    void *context;
};

enum { COLLECT_FLOWS_MAX = 64 };

size_t collect_size(const struct collect_limits *limits);
struct collect *collect_init(const struct collect_limits *limits,
                             const struct collect_policy *policy, struct hash_key key,
                             struct collect_sink sink, struct arena *keep);

void collect_message(struct collect *collect, const struct export_message *message);
/* The input is over: data still without a template is lost, and counted. */
void collect_finish(struct collect *collect);
/* Counters under the stage "collect", by reason. */
void collect_count(const struct collect *collect, struct summary *summary);

/* What is known of exporter i; false past the last.  See collect/view.h. */
struct exporter_view;
MUST_CHECK bool collect_exporter(const struct collect *collect, size_t i,
                                 struct exporter_view *out);

/* The templates and sampling rates of datagram exporters, to start with after a restart.  The
 * form is our own, versioned and checked when read.  collect_save writes at most `max` octets
 * and returns how many it needs; collect_restore refuses (FAULT_...) what is not whole or not
 * of this version and then has taken nothing. */
size_t collect_save(const struct collect *collect, uint8_t *out, size_t max);
MUST_CHECK enum fault collect_restore(struct collect *collect, struct bytes saved,
                                      int64_t now_ns);
