// SPDX-License-Identifier: Apache-2.0
/* The numbers a judgement rests on, each with its threshold: what `sekisho explain` reads
 * out.  One table names them, gives the unit and says in words what they mean. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum measure_id {
    MEASURE_CONNECTIONS,      /* sightings of the pair, or of the server */
    MEASURE_INTERVAL_MEDIAN,  /* seconds between connections */
    MEASURE_INTERVAL_SPREAD,  /* log-dispersion: mean |log2 interval - its mean| */
    MEASURE_ACTIVE_SLOTS,     /* share of half-hours between first and last with traffic */
    MEASURE_SIZE_SPREAD,      /* log-dispersion of octets from the line */
    MEASURE_RITA_SCORE,       /* interval part of RITA's published score, for comparison */
    MEASURE_CLIENTS,          /* distinct lines of a server (estimate) */
    MEASURE_PREVALENCE,       /* share of active lines that talk to the server */
    MEASURE_COUNT_DISPERSION, /* variance / mean of sightings per line, D */
    MEASURE_HOUR_ENTROPY,     /* entropy of the 24-hour profile, H, bits */
    MEASURE_POOLED_COMB,      /* pooled interval comb, Z */
    MEASURE_SIZE_MODES,       /* share of the two commonest sizes, M */
    MEASURE_POOLED_SUM,       /* H - log2 D + 0.35 Z */
    MEASURE_TARGETS,          /* distinct address:port tried */
    MEASURE_TARGET_HOSTS,     /* distinct addresses tried */
    MEASURE_TARGET_PORTS,     /* distinct ports tried */
    MEASURE_FAILED_SHARE,     /* share of first contacts that were not answered */
    MEASURE_FAILED_NET,       /* sequential test: failures less successes */
    MEASURE_INDICATOR_HITS,   /* flows that matched an indicator */
    MEASURE_OCTETS_OUT,       /* from the lines */
    MEASURE_OCTETS_IN,        /* to the lines */
    MEASURE_SAMPLING_RATE,    /* one packet in so many was counted; 0 when nobody told */
    MEASURES
};

struct measure {
    enum measure_id id;
    double value;
    double threshold; /* 0 with has_threshold false */
    double weight;    /* -log10 of its p-value, at most 4; 0 for context */
    bool has_threshold;
};

/* Which side of its threshold speaks for a finding. */
enum measure_sense { MEASURE_AT_LEAST, MEASURE_AT_MOST };

struct measure_kind {
    const char *name; /* snake_case, as in JSON */
    const char *unit; /* "s", "bit", "share", "count", "octets", "" */
    const char *meaning_en;
    const char *meaning_ja;
    enum measure_sense sense;
};

const struct measure_kind *measure_kind(enum measure_id id);
/* Does the value speak for the finding?  Only for measures with a threshold. */
bool measure_is_met(const struct measure *measure);
