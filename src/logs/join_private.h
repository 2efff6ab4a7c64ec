// SPDX-License-Identifier: Apache-2.0
/* Facts that wait for their connection, by its identifier.  The table is bounded: what waited
 * longest goes first, as a flow without packets.  What x509.log tells of certificates waits
 * beside them, by digest or by Zeek's name of the file, and is joined when a flow goes. */
#pragma once

#include "base/arena.h"
#include "base/hash.h"
#include "logs/logs.h"

enum {
    LOG_JOIN_FACTS_MAX = 64, /* of one connection */
    LOG_JOIN_OF_ID_MAX = 8,  /* connections with one identifier, so that no chain grows long */
};

struct log_join;

struct log_join_counts {
    uint64_t joined;     /* facts that met their connection */
    uint64_t alone;      /* facts whose connection never came */
    uint64_t evicted;    /* of those, for want of room */
    uint64_t dropped;    /* facts of a connection that had LOG_JOIN_FACTS_MAX */
    uint64_t flows;      /* made of facts alone */
    uint64_t replaced;   /* certificates forgotten for want of room */
    uint64_t mismatched; /* lines with another's identifier but other addresses */
};

size_t log_join_size(size_t facts_max);
struct log_join *log_join_init(size_t facts_max, struct hash_key key, struct logs_sink sink,
                               struct arena *keep);

/* ends: who spoke with whom, with the time in forward.first_ns.  certificate: what x509.log
 * calls the fact's certificate, empty when it is none. */
void log_join_add(struct log_join *join, struct bytes id, const struct flow *ends,
                  const struct fact *fact, struct bytes certificate);
void log_join_certificate(struct log_join *join, struct bytes id,
                          const struct tls_certificate_fact *certificate);
/* Gives the flow to the sink, with the facts that waited for it. */
void log_join_flow(struct log_join *join, struct bytes id, struct flow *flow);
/* What still waits goes, oldest first; nothing stays. */
void log_join_finish(struct log_join *join);
struct log_join_counts log_join_counts(const struct log_join *join);
