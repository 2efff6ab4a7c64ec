// SPDX-License-Identifier: Apache-2.0
/* What is to be played: networks, people and machines behind the border, and who they deal
 * with.  reference/scenario.h reads one from a file; docs/scenarios.md explains each field. */
#pragma once

#include "base/ip.h"
#include "model/scope.h"

enum actor_kind {
    ACTOR_WEB,    /* people who browse */
    ACTOR_DNS,    /* the resolver asks the servers of zones */
    ACTOR_POLLER, /* devices report to their maker, regularly */
    ACTOR_UPDATE, /* software looks for updates */
    ACTOR_NTP,
    ACTOR_PING,
    ACTOR_VIDEO, /* long downloads */
    ACTOR_SSH,   /* administrators at work */
    ACTOR_MAIL,
    ACTOR_BOTNET, /* from here on malicious: lines that call a command server */
    ACTOR_RELAY,  /* lines through which a controller reaches victims */
    ACTOR_SCAN,
    ACTOR_FLOOD,
    ACTOR_TUNNEL, /* data in DNS names */
    ACTOR_KINDS
};

enum actor_protocol {
    ACTOR_TLS,
    ACTOR_HTTP,
    ACTOR_QUIC,
    ACTOR_NAMES, /* DNS */
    ACTOR_RAW,   /* TCP without a known protocol */
    ACTOR_PROTOCOLS
};

struct scenario_actor {
    struct bytes name;
    struct bytes group; /* actors of one group have the same lines; else its name */
    enum actor_kind kind;
    enum actor_protocol protocol;
    enum place place; /* of the servers, or the other end: foreign or domestic */
    uint32_t lines;
    uint32_t servers;
    uint32_t jitter_percent; /* of the interval, uniform to both sides */
    uint32_t targets;        /* of a scan: addresses; of a vertical one: ports */
    uint32_t answered_percent;
    uint32_t octets_out; /* from the line, in one connection */
    uint32_t octets_in;
    uint16_t port;
    bool is_inbound;     /* scans, floods: against our lines */
    bool is_vertical;    /* scans: one target, many ports */
    bool is_direct;      /* tunnels: past the resolver; floods: reflected UDP */
    int64_t interval_ns; /* between connections, probes or packets */
    int64_t start_ns;    /* from the start of the scenario */
    int64_t duration_ns; /* 0: to the end */
};

struct scenario_network {
    struct bytes name;
    struct ip_prefix prefix;
    enum place place;
};

struct scenario {
    struct bytes title;
    int64_t start_ns;
    int64_t duration_ns;
    uint64_t seed;
    uint32_t lines; /* behind the border; actors take theirs from them */
    uint32_t ipv6_percent;
    uint32_t post_quantum_percent; /* of the browsers */
    uint32_t repeated_permille, duplicated_permille, swapped_permille;
    int32_t utc_offset_hours; /* for the hours of the day */
    const struct scenario_network *networks;
    size_t network_count;
    struct scenario_actor *actors;
    size_t actor_count;
};

/* Times stay far within 64 bits. */
#define SCENARIO_SPAN_MAX_NS (INT64_C(366) * 86400 * 1000000000)
#define SCENARIO_START_MAX_NS (INT64_C(7258118400) * 1000000000) /* the year 2200 */

enum { SCENARIO_ACTORS_MAX = 256, SCENARIO_NETWORKS_MAX = 64, SCENARIO_LINES_MAX = 2000000 };

static inline bool actor_is_malicious(enum actor_kind kind)
{
    return kind >= ACTOR_BOTNET;
}

const char *actor_kind_name(enum actor_kind kind); /* as in the file: "web" */
const char *actor_protocol_name(enum actor_protocol protocol);
/* Gives every field that is 0 the default of its actor's kind, where there is one. */
void scenario_complete(struct scenario_actor *actor);
/* When an actor stops: by its own duration, or with the scenario. */
int64_t scenario_actor_end_ns(const struct scenario *scenario,
                              const struct scenario_actor *actor);
/* Multiplies the harmless lines, so that the same malice hides in more of everything. */
void scenario_scale(struct scenario *scenario, double factor);
