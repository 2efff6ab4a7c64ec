// SPDX-License-Identifier: Apache-2.0
/* What sFlow tells besides its samples: how many packets they were picked from, and what the
 * exporter or the way lost, by data source.  Agents count from their start, so what is kept
 * of a source is where its counters stood; a source not in the table begins anew. */
#pragma once

#include "base/arena.h"
#include "base/hash.h"
#include "model/summary.h"

struct sflow_source {
    uint32_t exporter; /* its number, 0: an empty place */
    uint32_t sequence;
    uint32_t pool;
    uint32_t drops;
    uint64_t id; /* class and index */
};

struct sflow {
    struct hash_key key;
    struct sflow_source *sources;
    uint64_t headers;        /* flow samples handed on, with the head of their packet */
    uint64_t decoded;        /* the same, without one, as flows of one packet */
    uint64_t without_header; /* neither, or of a link we do not know */
    uint64_t counters;       /* counter samples: passed over */
    uint64_t notices;        /* packets a switch told it dropped: they have no rate */
    uint64_t unknown;        /* samples of other formats or enterprises */
    uint64_t refused;        /* bad ones */
    uint64_t discarded;      /* of those handed on, packets that went no further */
    uint64_t unsampled;      /* picked, then dropped by the exporter for want of resources */
    uint64_t lost;           /* on the way, by the sequence of their source */
    uint64_t pool, picked;   /* packets passed, and samples made of them */
    uint64_t evicted;        /* sources that gave up their place */
};

enum { SFLOW_SOURCES = 8192 }; /* a power of two */

size_t sflow_size(void);
struct sflow *sflow_init(struct hash_key key, struct arena *keep);
/* Where the counters of a source stand with a sample of it. */
void sflow_note(struct sflow *sflow, const struct sflow_source *now);
/* Counters under the stage "collect". */
void sflow_count(const struct sflow *sflow, struct summary *summary);
