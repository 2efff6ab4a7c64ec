// SPDX-License-Identifier: Apache-2.0
/* An exporter's entry in the table, for the files that together are exporter_private.h. */
#pragma once

#include "collect/exporter_clock_private.h"
#include "collect/sampling_private.h"
#include "collect/sequence_private.h"
#include "collect/template_private.h"

/* The rate of the hint that came last in its slot. */
struct rate_cache {
    uint64_t selector;
    uint32_t ingress, egress;
    bool is_filled;
    uint32_t rate;
    uint8_t origin;
};

enum { RATE_CACHES = 8 };

/* The chains an entry stands in: of those found by the same hash of its identity and port, of
 * its identity whatever the port, of its session, and of its address whatever the rest.  One
 * sender may have as many entries as there is room, so they are taken out in one step, and
 * nobody walks a chain but the first to its end. */
enum { LINK_EXACT, LINK_IDENTITY, LINK_SESSION, LINK_ADDRESS, EXPORTER_LINKS };

struct exporter_link {
    uint32_t next, before;
};

struct exporter_chain {
    uint32_t first, last; /* 0: none */
    uint32_t count;
};

/* Other domains of its address that told a rate, as many as are asked. */
enum { SIBLINGS_MAX = 8 };

struct exporter {
    struct exporters *table;
    struct ip_address address;
    uint64_t session;
    uint32_t domain;
    uint16_t port;
    uint8_t transport;
    uint8_t protocol;
    uint32_t older, newer; /* in the order they were heard */
    struct exporter_link links[EXPORTER_LINKS];

    uint64_t records, options_records, samples;
    bool is_boot; /* this message is the first after one */
    bool has_interface_rules;
    bool has_interface_rates; /* these rules, or rates told: else interfaces do not matter */
    uint8_t rate_origin;
    uint32_t message_rate;    /* NetFlow v5 */
    uint32_t rate_generation; /* of the samplers, that the cache and the siblings are of */
    uint32_t siblings[SIBLINGS_MAX];
    uint32_t sibling_count;
    struct rate_cache cache[RATE_CACHES];
    uint64_t rate_unknown;
    uint32_t rate_least, rate_most;
    uint64_t message_rate_changes;
    int64_t message_rate_changed_ns;

    uint64_t messages, octets, port_changes;
    int64_t first_ns, last_ns;
    uint64_t faults[FAULT_KINDS];
    struct exporter_clock clock;
    struct sequence sequence;
};

/* Entry 0 is no exporter: it closes the ring. */
struct exporters {
    struct hash_key key;
    const struct sampling_rule *rules;
    size_t rule_count;
    struct samplers *samplers;
    struct templates *templates;
    struct exporter *entries;
    struct exporter_chain *chains[EXPORTER_LINKS]; /* by hash */
    uint32_t mask;                                 /* of each */
    uint32_t count, max;
    uint64_t evicted;
    struct exporters_gone gone;
};

/* Who a message is of. */
struct exporter_identity {
    struct ip_address address;
    uint64_t session;
    uint32_t domain;
    uint8_t protocol;
};

/* The first of the exporter's entries, whatever its port; 0 when there is none. */
uint32_t exporters_find_entry(const struct exporters *exporters,
                              const struct exporter_identity *of);

/* Entries of the same address, session and protocol that hold rates, of the first so many of
 * the address: how many there are in out.  False: there are more. */
bool exporters_find_siblings(const struct exporters *exporters, const struct exporter *of,
                             uint32_t out[SIBLINGS_MAX], uint32_t *count);

void exporter_view(const struct exporter *exporter, struct exporter_view *out);

/* A new entry; the exporter must not be in the table. */
uint32_t exporters_add(struct exporters *exporters, const struct exporter_identity *of,
                       const struct export_message *message);

/* How its protocol counts in sequence numbers: enum sequence_way. */
enum sequence_way exporter_sequence_way(const struct exporter *exporter);
