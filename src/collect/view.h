// SPDX-License-Identifier: Apache-2.0
/* What the collecting process knows of one exporter and domain: for `sekisho inspect`, for
 * reports, and for whoever must tell a vendor what is wrong. */
#pragma once

#include "base/fault.h"
#include "collect/collect.h"
#include "collect/elements.h"

enum export_protocol {
    EXPORT_NETFLOW5,
    EXPORT_NETFLOW9,
    EXPORT_IPFIX,
    EXPORT_SFLOW5,
    EXPORT_PROTOCOLS
};

const char *export_protocol_name(enum export_protocol protocol);

/* One template as it stands. */
struct template_view {
    uint16_t id;
    bool is_options;
    uint16_t field_count;
    uint16_t scope_count;
    uint16_t record_octets; /* at least, where lengths vary */
    bool is_variable;
    uint64_t records;    /* read with it */
    uint32_t refreshed;  /* how often it came again, the same */
    uint32_t changed;    /* how often it came again, another */
    int64_t first_ns;    /* when it came first with these fields, by receipt or export */
    int64_t received_ns; /* and last */
};

struct template_field_view {
    struct element_key key;
    uint16_t octets; /* 65535: variable */
    bool is_scope;
    bool is_used;                  /* mapped to something we keep */
    const struct element *element; /* NULL when not in the tables */
};

/* One sampling rate as the exporter told it. */
struct sampler_view {
    uint64_t selector; /* sampler, selector or interface number */
    bool is_interface;
    uint32_t rate;
    const char *method; /* "random", "systematic count-based" ... */
};

struct exporter_view {
    struct ip_address address;
    uint64_t session;
    uint32_t domain; /* observation domain, source or engine; sFlow: sub-agent */
    uint16_t port;
    uint8_t transport; /* enum message_transport */
    enum export_protocol protocol;
    uint32_t number; /* as in struct observation */

    uint64_t messages, octets, records, options_records, samples;
    uint64_t templates_held, unknown_elements; /* fields of templates not in the tables */
    /* What was lost on the way, in what the exporter counts: flows (v5, IPFIX) or messages. */
    uint64_t lost_units, gaps, repeated, resets;
    uint64_t late;         /* messages that came after later ones; not lost */
    bool lost_in_messages; /* NetFlow v9 and sFlow count messages, not records */
    bool counts_otherwise; /* not in what its protocol prescribes: the units were learnt */
    bool counts_own;       /* a message's number has its own records in it already */
    bool counts_options;   /* records of options data, too */
    double lost_flows;     /* the same in flows: counted, or estimated by records a message */
    uint64_t without_template; /* sets that came before their template */
    uint64_t replayed;         /* of these, read later */
    uint64_t pending_lost_octets;
    uint64_t faults[FAULT_KINDS]; /* messages or sets refused */

    /* Clock: the exporter's export time minus our time of receipt, its greatest (that is, with
     * the least delay on the way) and its drift. */
    bool has_clock;
    bool is_clock_corrected; /* times of flows are: it is far off, and steadily */
    uint64_t clock_steps;    /* it was set anew */
    int64_t clock_error_ns;
    double clock_drift_ppm;
    uint64_t boots;             /* uptime began anew */
    uint64_t wraps;             /* uptime passed 2^32 ms */
    uint64_t impossible_times;  /* of flows, replaced by the time of receipt */
    uint64_t ends_before_start; /* of these */
    uint32_t uptime_ms;         /* last told, 0 when never */

    uint64_t port_changes;          /* it sends from another port now */
    uint64_t samplers_held;         /* rates as collect_sampler tells them */
    uint64_t rate_changes;          /* a rate told before was told otherwise */
    int64_t rate_changed_ns;        /* when last */
    uint64_t rate_unknown;          /* flows without a known rate */
    uint32_t rate_least, rate_most; /* of those with */
    uint8_t rate_origin;            /* enum sampling_origin of the last flow */
    int64_t first_ns, last_ns;      /* of messages, by receipt */
};

/* What exporters had lost, and flows of theirs without a rate, whose places were given to
 * others. */
struct exporters_gone {
    double lost_flows;
    uint64_t rate_unknown;
};

struct exporters_gone collect_gone(const struct collect *collect);

/* Template i of exporter `exporter` (as for collect_exporter: its number less 1), and its
 * fields; false past the last. */
MUST_CHECK bool collect_template(const struct collect *collect, size_t exporter, size_t i,
                                 struct template_view *out);
MUST_CHECK bool collect_template_field(const struct collect *collect, size_t exporter, size_t i,
                                       size_t field, struct template_field_view *out);
MUST_CHECK bool collect_sampler(const struct collect *collect, size_t exporter, size_t i,
                                struct sampler_view *out);
