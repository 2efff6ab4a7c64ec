// SPDX-License-Identifier: Apache-2.0
/* One exporter and domain: what was told of sampling, where its sequence and clock stand, what
 * was lost.  The readers of the protocols (netflow5.c, ipfix.c, sflow.c) ask and tell here. */
#pragma once

#include "base/hash.h"
#include "collect/collect.h"
#include "collect/view.h"

/* What the head of a message says, whatever the protocol. */
struct message_head {
    enum export_protocol protocol;
    uint32_t domain; /* v5: engine type and id; v9: source id; IPFIX: observation domain;
                        sFlow: sub-agent */
    uint32_t sequence;
    int64_t export_ns;  /* 0 when the protocol has none (sFlow) */
    uint32_t uptime_ms; /* v5, v9, sFlow */
    bool has_uptime;
    struct ip_address agent; /* sFlow: who it says it is; else all zero */
};

struct exporter;
struct exporters;
struct templates; /* template_private.h */

size_t exporters_size(const struct collect_limits *limits);
struct exporters *exporters_init(const struct collect_limits *limits,
                                 const struct collect_policy *policy, struct hash_key key,
                                 struct templates *templates, struct arena *keep);

/* The exporter a message is of, new when not known; its place may come from the one least
 * recently heard, whose templates are given back first (templates_drop). */
struct exporter *exporters_find(struct exporters *exporters,
                                const struct export_message *message,
                                const struct message_head *head);
/* The session is over: templates_end for each of its domains (RFC 7011 8.4). */
void exporters_end(struct exporters *exporters, const struct export_message *message);
uint32_t exporter_number(const struct exporter *exporter); /* from 1; its place in the table */
/* Exporter i, its number less 1; NULL past the last. */
struct exporter *exporters_at(const struct exporters *exporters, size_t i);

uint64_t exporters_evicted(const struct exporters *exporters);

/* What a message held. */
struct message_units {
    uint32_t records; /* of data, those of options too */
    uint32_t flows;   /* and without them */
    bool are_known;   /* not when data without a template or a fault hides how many there were:
                         then the next message's number is taken as it comes */
};

/* Once a message, before its records: notes clock and uptime.  After its records: by how much
 * its sequence number moves on. */
void exporter_begin(struct exporter *exporter, const struct export_message *message,
                    const struct message_head *head);
void exporter_end(struct exporter *exporter, const struct message_head *head,
                  struct message_units units);
/* Data of an earlier message is read now: times are converted in its context until the next
 * exporter_begin; nothing is learnt of clock and sequence. */
void exporter_replay(struct exporter *exporter, const struct export_message *message,
                     const struct message_head *head);
/* For exporter_view: records of flows, of options and samples of packets that were read. */
void exporter_count(struct exporter *exporter, uint32_t records, uint32_t options_records,
                    uint32_t samples);
void exporter_fault(struct exporter *exporter, enum fault fault);

/* Times of flows.  Each gives ns since 1970, corrected where the clock is known to be off, and
 * says how good it is; what cannot be true (after the receipt, years before it, zero) is
 * replaced by the time of receipt, or of export where that is not known. */
int64_t exporter_uptime_ns(struct exporter *exporter, uint32_t uptime_ms,
                           enum time_quality *out);
int64_t exporter_time_ns(struct exporter *exporter, int64_t absolute_ns,
                         enum time_quality *out);
/* Both times of a flow, when they are known: an end before its start is impossible too. */
void exporter_order_times(struct exporter *exporter, int64_t *first_ns, int64_t *last_ns,
                          enum time_quality *quality);

/* What a record says of its own sampling. */
struct sampling_hint {
    uint64_t selector; /* samplerId 48, selectorId 302, or 0 */
    uint32_t ingress;
    uint32_t egress;
    uint32_t rate; /* in the record, 0 when not there */
};

/* Fills rate and sampling of the observation. */
void exporter_sampling(struct exporter *exporter, const struct sampling_hint *hint,
                       struct observation *out);

/* One record of options data, as far as it is of sampling; all of it, from whatever scope
 * (RFC 5477, RFC 7270, Cisco's FNF samplers, Juniper's and Huawei's habits). */
struct sampling_option {
    uint64_t selector; /* 48, 302 */
    uint32_t interface;
    bool has_selector, has_interface;
    uint32_t interval;                      /* 34, 50 */
    uint32_t packet_interval, packet_space; /* 305, 306 */
    uint32_t size, population;              /* 309, 310 */
    double probability;                     /* 311 */
    uint16_t algorithm; /* 35, 49: 1 deterministic, 2 random; 304 selectorAlgorithm */
    bool has_algorithm;
    bool is_selector_algorithm;
};
void exporter_take_sampling(struct exporter *exporter, const struct sampling_option *option);
