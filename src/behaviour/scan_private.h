// SPDX-License-Identifier: Apache-2.0
/* Parts of the detector of scans: its state, and what a flow is to it: a first contact that
 * failed or was answered, or none to be judged, and why. */
#pragma once

#include "behaviour/behaviour.h"
#include "behaviour/prints.h"
#include "behaviour/sketch.h"

enum { SCAN_NET_MAX = 30000 };

enum scan_contact { SCAN_FAILED, SCAN_ANSWERED, SCAN_OPEN };

enum scan_reason {
    SCAN_REASON_EMPTY,
    SCAN_REASON_SAMPLED,
    SCAN_REASON_SLICE,
    SCAN_REASON_TURNED,
    SCAN_REASON_BACKSCATTER,
    SCAN_REASON_MULTICAST,
    SCAN_REASON_MIDSTREAM,
    SCAN_REASON_ICMP,
    SCAN_REASON_PROTOCOL,
    SCAN_REASONS
};

enum scan_transport {
    SCAN_OVER_TCP,
    SCAN_OVER_UDP,
    SCAN_OVER_ICMP,
    SCAN_OVER_SCTP,
    SCAN_OVERS
};

struct scan_source {
    int64_t first_ns;
    int64_t last_ns;
    uint64_t octets_out;
    uint64_t octets_in;
    uint32_t connections;
    uint32_t contacts; /* first ones, since the test began */
    uint32_t failures;
    uint32_t packets;  /* of first contacts */
    uint32_t judge_at; /* contacts */
    uint32_t sampled_flows;
    uint32_t sampled_packets;
    uint32_t sampled_probes; /* packets */
    uint32_t rate;           /* of sampling */
    uint32_t by_transport[SCAN_OVERS];
    int16_t net;   /* failures less successes */
    uint16_t port; /* of the first contact */
    uint8_t direction;
    uint8_t basis;
    uint8_t source_place;
    uint8_t target_place;
    bool fired;
    bool is_inside;
    bool is_shared;
    uint8_t dark_hits;   /* first contacts with unused addresses */
    bool is_rate_untold; /* of a contact: whether it was sampled is not known */
    struct sketch hosts;
    struct sketch ports;
    struct sketch targets;
    struct ip_address address; /* both sealed until it fires */
    struct ip_address target;
};

/* Which lines of ours tried something new in a minute, and which of them had an answer. */
struct scan_pulse {
    int64_t minute;
    struct sketch trying, answered;
    bool is_silence; /* most lines get no answer: their failures tell nothing of them */
};

struct scan {
    struct hash_key key;
    struct scan_pulse pulse, pulse_before;
    struct prints prints;
    struct scan_source *sources;
    struct seen seen;
    uint64_t answered[SCAN_OVERS]; /* in the whole of the input */
    uint64_t left_out[SCAN_REASONS];
    uint64_t evicted;
    uint64_t evicted_fired;
    uint64_t fired;
};

/* Packets of a sampled flow that began a connection or asked for an echo, and nothing more. */
uint64_t scan_probe_packets(const struct flow *flow);
const char *scan_reason_name(enum scan_reason reason);
/* Why the flow is no contact to be judged, or SCAN_REASONS when it is one. */
enum scan_reason scan_reason_to_leave(const struct flow *flow);
/* SCAN_OVERS when it is over something else. */
enum scan_transport scan_transport_of(const struct flow *flow);
enum scan_contact scan_contact_of(const struct flow *flow);

/* A slot for a source that has none; the weakest of its bucket is evicted and counted. */
size_t scan_take_slot(struct scan *scan, uint64_t print);
size_t scan_parts(void *state, struct behaviour_part out[BEHAVIOUR_PARTS_MAX]);
void scan_merge(void *state, const void *from);
