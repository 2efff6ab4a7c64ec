// SPDX-License-Identifier: Apache-2.0
/* The server's view: the calls of all its lines together (detectors.md 2.2).  Lines that run
 * one program call equally often, at all hours, at one period; people do none of these. */
#pragma once

#include "behaviour/comb.h"
#include "behaviour/concern.h"
#include "behaviour/null.h"

enum {
    POOL_SIGHTINGS_LEAST = 100,
    POOL_LINES_LEAST = 3,
    POOL_INTERVALS_MAX = 256,
    POOL_INTERVALS_OF_LINE = 16,
    POOL_SIZE_BINS = 160,     /* fifths of a doubling, to 2^32 */
    POOL_TIMED_RATE_MAX = 20, /* sampled more thinly, pairs are not steady (detectors.md 1.3) */
    HUB_SIGHTINGS_LEAST = 30,
    POOL_LINES_MANY = 8, /* fewer are alike by chance more often */
};

/* What a view rests on, and so which null it is held against. */
enum pool_form {
    POOL_TIMED_LONG,  /* timed lines, half a day or more */
    POOL_TIMED_SHORT, /* and less */
    POOL_WHOLE_FEW,   /* all calls of few lines, one in 20 packets counted at least */
    POOL_WHOLE,       /* of eight and more */
    POOL_THIN_FEW,    /* the same, sampled more thinly */
    POOL_THIN,
    POOL_FORMS
};

struct pool {
    size_t lines; /* timed ones */
    double sightings;
    double square_sum; /* of sightings of a line */
    uint32_t hours[24];
    uint32_t sizes[POOL_SIZE_BINS];
    size_t interval_count;
    double intervals[POOL_INTERVALS_MAX];
    int64_t first_ns;
    int64_t last_ns;
    uint64_t connections;
    uint64_t octets_out;
    uint64_t octets_in;
};

struct pool_view {
    enum pool_form form;
    double sightings;
    bool is_long;      /* seen for half a day at least: hours tell */
    double dispersion; /* D, variance over mean of sightings a line */
    double entropy;    /* H, bits */
    double comb;       /* Z */
    double modes;      /* M, share of the two commonest sizes */
    double sum;        /* H - log2 D + 0.35 Z; without H when it is not long */
};

void pool_add(struct pool *pool, const struct concern *concern);
/* False when there are too few sightings or lines to tell.  others: lines that called too
 * seldom to be timed. */
bool pool_look(const struct pool *pool, double others, struct pool_view *out);
/* -log10 of the share of servers people use that look as even, 0 to 4; and the sum from which
 * on a server fires (2.5 in 10,000). */
double pool_weight(const struct pool_view *view);
double pool_threshold(const struct pool_view *view);

/* For views that are made otherwise (server.h): parts of a view, and its sum of them. */
size_t pool_size_bin(uint64_t octets);
double pool_entropy(const uint32_t *parts, size_t count);
double pool_share_of_two(const uint32_t *parts, size_t count);
void pool_sum(struct pool_view *view);
/* What it is held against. */
const struct null_table *pool_null(enum pool_form form);
