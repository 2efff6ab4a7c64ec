// SPDX-License-Identifier: Apache-2.0
/* Sampling rates as exporters told them in options data, of all exporters in one table: by
 * sampler or selector, by interface, or for the whole exporter and domain.  When the table is
 * full, or an exporter holds too many, the one told longest ago makes room. */
#pragma once

#include "collect/exporter_private.h"

enum { SAMPLERS_OF_EXPORTER_MAX = 4096, SAMPLING_METHODS = 10 };

enum sampler_scope { SAMPLER_WHOLE, SAMPLER_SELECTOR, SAMPLER_INTERFACE };

struct samplers;

/* What is held of one exporter, found by its number. */
struct sampler_chain {
    uint32_t newest, oldest; /* told; 0: none */
    uint32_t count;
    uint32_t interfaces; /* of these, by interface */
    uint32_t selectors;  /* by sampler or selector */
    bool is_agreed_known;
    uint32_t agreed;    /* samplers_agree */
    uint64_t changes;   /* a rate told before was told otherwise */
    int64_t changed_ns; /* when last */
};

struct sampler_key {
    uint32_t exporter; /* its number */
    uint8_t scope;     /* enum sampler_scope */
    uint64_t id;       /* selector or interface, 0 for the whole */
};

struct sampler_rate {
    uint32_t rate;
    uint8_t method; /* sampling_method_name */
};

size_t samplers_size(const struct collect_limits *limits);
struct samplers *samplers_init(const struct collect_limits *limits, struct hash_key key,
                               struct arena *keep);

const struct sampler_chain *samplers_of(const struct samplers *samplers, uint32_t exporter);
void samplers_put(struct samplers *samplers, const struct sampler_key *key,
                  struct sampler_rate rate, int64_t now_ns);
/* The rate, 0 when not told. */
uint32_t samplers_find(const struct samplers *samplers, const struct sampler_key *key);
/* The one rate that all selectors of an exporter have, else 0. */
uint32_t samplers_agree(const struct samplers *samplers, uint32_t exporter);
/* Forgets the exporter. */
void samplers_drop(struct samplers *samplers, uint32_t exporter);
/* The sampler of an exporter told after this one, the one told longest ago for 0; 0 when there
 * is none. */
uint32_t samplers_next(const struct samplers *samplers, uint32_t exporter, uint32_t at,
                       struct sampler_key *key, struct sampler_rate *rate);
/* Moves on with each change, so that who remembers a rate knows to ask again. */
uint32_t samplers_generation(const struct samplers *samplers);
uint64_t samplers_evicted(const struct samplers *samplers);

/* One packet in how many, of whatever an exporter told; 0 when that is no rate. */
struct sampler_rate sampling_rate_of(const struct sampling_option *option);
const char *sampling_method_name(uint8_t method);
