// SPDX-License-Identifier: Apache-2.0
#include "collect/sampling_private.h"

#include "base/must.h"

struct sampler {
    struct sampler_key key;
    struct sampler_rate rate;
    uint32_t next_of_bucket;
    uint32_t older, newer;         /* of all, in the order they were told */
    uint32_t older_own, newer_own; /* of its exporter's */
};

/* Entry 0 is no sampler: it closes the ring of all, and ends chains. */
struct samplers {
    struct hash_key key;
    struct sampler *entries;
    uint32_t *buckets;
    uint32_t bucket_mask;
    uint32_t count, max;
    uint32_t free;
    uint32_t generation;
    uint64_t evicted;
    struct sampler_chain *chains; /* by number of the exporter */
};

static uint32_t samplers_max(const struct collect_limits *limits)
{
    size_t max = limits->exporters_max * 4;
    return max < 1024 ? 1024 : (uint32_t)(max < UINT32_MAX / 8 ? max : UINT32_MAX / 8);
}

static uint32_t buckets_for(uint32_t max)
{
    uint32_t buckets = 1024;
    while (buckets < max)
        buckets *= 2;
    return buckets;
}

size_t samplers_size(const struct collect_limits *limits)
{
    uint32_t max = samplers_max(limits);
    return sizeof(struct samplers) + sizeof(struct sampler) * ((size_t)max + 1) +
           sizeof(uint32_t) * buckets_for(max) +
           sizeof(struct sampler_chain) * (limits->exporters_max + 1) +
           4 * alignof(max_align_t);
}

struct samplers *samplers_init(const struct collect_limits *limits, struct hash_key key,
                               struct arena *keep)
{
    struct samplers *samplers = ARENA_NEW(keep, struct samplers, 1);
    samplers->key = key;
    samplers->max = samplers_max(limits);
    samplers->bucket_mask = buckets_for(samplers->max) - 1;
    samplers->entries = ARENA_NEW(keep, struct sampler, (size_t)samplers->max + 1);
    samplers->buckets = ARENA_NEW(keep, uint32_t, (size_t)samplers->bucket_mask + 1);
    samplers->chains = ARENA_NEW(keep, struct sampler_chain, limits->exporters_max + 1);
    samplers->generation = 1;
    return samplers;
}

const struct sampler_chain *samplers_of(const struct samplers *samplers, uint32_t exporter)
{
    return &samplers->chains[exporter];
}

static uint32_t *bucket_of(const struct samplers *samplers, const struct sampler_key *key)
{
    uint64_t hash =
        hash_two(&samplers->key, key->id, (uint64_t)key->exporter << 8 | key->scope);
    return &samplers->buckets[hash & samplers->bucket_mask];
}

static bool keys_equal(const struct sampler_key *a, const struct sampler_key *b)
{
    return a->exporter == b->exporter && a->scope == b->scope && a->id == b->id;
}

static uint32_t find_entry(const struct samplers *samplers, const struct sampler_key *key)
{
    uint32_t at = *bucket_of(samplers, key);
    while (at != 0 && !keys_equal(&samplers->entries[at].key, key))
        at = samplers->entries[at].next_of_bucket;
    return at;
}

uint32_t samplers_find(const struct samplers *samplers, const struct sampler_key *key)
{
    uint32_t at = find_entry(samplers, key);
    return at != 0 ? samplers->entries[at].rate.rate : 0;
}

/* The ring: entry 0's newer is the oldest, its older the newest. */
static void ring_take(struct sampler *entries, uint32_t at)
{
    entries[entries[at].older].newer = entries[at].newer;
    entries[entries[at].newer].older = entries[at].older;
}

static void ring_put(struct sampler *entries, uint32_t at)
{
    entries[at].older = entries[0].older;
    entries[at].newer = 0;
    entries[entries[0].older].newer = at;
    entries[0].older = at;
}

static void chain_take(struct sampler *entries, struct sampler_chain *chain, uint32_t at)
{
    uint32_t newer = entries[at].newer_own, older = entries[at].older_own;
    *(newer != 0 ? &entries[newer].older_own : &chain->newest) = older;
    *(older != 0 ? &entries[older].newer_own : &chain->oldest) = newer;
}

static void chain_put(struct sampler *entries, struct sampler_chain *chain, uint32_t at)
{
    entries[at].newer_own = 0;
    entries[at].older_own = chain->newest;
    *(chain->newest != 0 ? &entries[chain->newest].newer_own : &chain->oldest) = at;
    chain->newest = at;
}

static void drop_entry(struct samplers *samplers, uint32_t at)
{
    struct sampler *entries = samplers->entries;
    struct sampler_chain *chain = &samplers->chains[entries[at].key.exporter];
    uint32_t *link = bucket_of(samplers, &entries[at].key);
    while (*link != at)
        link = &entries[*link].next_of_bucket;
    *link = entries[at].next_of_bucket;
    chain_take(entries, chain, at);
    ring_take(entries, at);
    chain->count--;
    chain->interfaces -= entries[at].key.scope == SAMPLER_INTERFACE;
    chain->selectors -= entries[at].key.scope == SAMPLER_SELECTOR;
    chain->is_agreed_known = false;
    entries[at].next_of_bucket = samplers->free;
    samplers->free = at;
    samplers->generation++;
}

/* A free entry; the one told longest ago, of the exporter or of all, is given up for it. */
static uint32_t take_entry(struct samplers *samplers, const struct sampler_chain *chain)
{
    if (chain->count >= SAMPLERS_OF_EXPORTER_MAX) {
        samplers->evicted++;
        drop_entry(samplers, chain->oldest);
    } else if (samplers->free == 0 && samplers->count == samplers->max) {
        samplers->evicted++;
        drop_entry(samplers, samplers->entries[0].newer);
    }
    uint32_t at = samplers->free;
    if (at != 0)
        samplers->free = samplers->entries[at].next_of_bucket;
    else
        at = ++samplers->count;
    return at;
}

static uint32_t add_entry(struct samplers *samplers, const struct sampler_key *key)
{
    struct sampler_chain *chain = &samplers->chains[key->exporter];
    uint32_t at = take_entry(samplers, chain);
    uint32_t *bucket = bucket_of(samplers, key);
    samplers->entries[at] = (struct sampler){ .key = *key, .next_of_bucket = *bucket };
    *bucket = at;
    chain_put(samplers->entries, chain, at);
    ring_put(samplers->entries, at);
    chain->count++;
    chain->interfaces += key->scope == SAMPLER_INTERFACE;
    chain->selectors += key->scope == SAMPLER_SELECTOR;
    samplers->generation++;
    return at;
}

/* Told again: newest of all and of its own. */
static void renew(struct samplers *samplers, struct sampler_chain *chain, uint32_t at)
{
    struct sampler *entries = samplers->entries;
    ring_take(entries, at);
    ring_put(entries, at);
    chain_take(entries, chain, at);
    chain_put(entries, chain, at);
}

void samplers_put(struct samplers *samplers, const struct sampler_key *key,
                  struct sampler_rate rate, int64_t now_ns)
{
    struct sampler_chain *chain = &samplers->chains[key->exporter];
    uint32_t at = find_entry(samplers, key);
    if (at == 0) {
        at = add_entry(samplers, key);
    } else {
        renew(samplers, chain, at);
        if (samplers->entries[at].rate.rate != rate.rate) {
            chain->changes++;
            chain->changed_ns = now_ns;
            samplers->generation++;
        }
    }
    samplers->entries[at].rate = rate;
    chain->is_agreed_known = false;
}

static uint32_t agree(const struct samplers *samplers, uint32_t exporter)
{
    enum { LOOKED_AT_MAX = 64 };
    uint32_t rate = 0;
    int looked_at = 0;
    for (uint32_t at = samplers->chains[exporter].newest; at != 0;
         at = samplers->entries[at].older_own) {
        const struct sampler *sampler = &samplers->entries[at];
        if (++looked_at > LOOKED_AT_MAX)
            return 0;
        if (sampler->key.scope != SAMPLER_SELECTOR)
            continue;
        if (rate != 0 && rate != sampler->rate.rate)
            return 0;
        rate = sampler->rate.rate;
    }
    return rate;
}

uint32_t samplers_agree(const struct samplers *samplers, uint32_t exporter)
{
    struct sampler_chain *chain = &samplers->chains[exporter];
    if (!chain->is_agreed_known)
        chain->agreed = agree(samplers, exporter);
    chain->is_agreed_known = true;
    return chain->agreed;
}

void samplers_drop(struct samplers *samplers, uint32_t exporter)
{
    struct sampler_chain *chain = &samplers->chains[exporter];
    while (chain->newest != 0)
        drop_entry(samplers, chain->newest);
    *chain = (struct sampler_chain){ 0 };
}

uint32_t samplers_next(const struct samplers *samplers, uint32_t exporter, uint32_t at,
                       struct sampler_key *key, struct sampler_rate *rate)
{
    uint32_t next =
        at == 0 ? samplers->chains[exporter].oldest : samplers->entries[at].newer_own;
    if (next != 0) {
        *key = samplers->entries[next].key;
        *rate = samplers->entries[next].rate;
    }
    return next;
}

uint32_t samplers_generation(const struct samplers *samplers)
{
    return samplers->generation;
}

uint64_t samplers_evicted(const struct samplers *samplers)
{
    return samplers->evicted;
}

/* Methods: 0, those of samplingAlgorithm 35 and 49, then those of selectorAlgorithm 304 (IANA,
 * PSAMP selection methods). */
static const char *const methods[SAMPLING_METHODS] = {
    "not told",
    "deterministic",
    "random",
    "other",
    "systematic count-based",
    "systematic time-based",
    "random n-out-of-N",
    "uniform probabilistic",
    "property match",
    "hash-based",
};

enum { METHOD_SAMPLING_MAX = 2, METHOD_OTHER = 3, METHOD_HASH = 9 };

const char *sampling_method_name(uint8_t method)
{
    MUST(method < SAMPLING_METHODS);
    return methods[method];
}

static uint8_t method_of(const struct sampling_option *option)
{
    uint16_t algorithm = option->algorithm;
    if (!option->has_algorithm || algorithm == 0)
        return 0;
    if (!option->is_selector_algorithm)
        return algorithm <= METHOD_SAMPLING_MAX ? (uint8_t)algorithm : METHOD_OTHER;
    if (algorithm > 8) /* 6 to 8 are hashes (RFC 5477 8.2.1) */
        return METHOD_OTHER;
    return algorithm >= 6 ? METHOD_HASH : (uint8_t)(METHOD_OTHER + algorithm);
}

static uint32_t whole(uint64_t of, uint64_t picked)
{
    uint64_t rate = picked == 0 ? 0 : (of + picked / 2) / picked;
    return rate > UINT32_MAX ? UINT32_MAX : (uint32_t)rate;
}

struct sampler_rate sampling_rate_of(const struct sampling_option *option)
{
    struct sampler_rate out = { 0, method_of(option) };
    if (option->packet_interval > 0 && option->packet_space > 0)
        out.rate = whole((uint64_t)option->packet_interval + option->packet_space,
                         option->packet_interval);
    else if (option->size > 0 && option->population >= option->size)
        out.rate = whole(option->population, option->size);
    else if (option->probability > 1.0 / UINT32_MAX && option->probability <= 1.0)
        out.rate = (uint32_t)(1.0 / option->probability + 0.5);
    else if (option->interval > 0)
        out.rate = option->interval;
    else
        /* So many packets in a row and then none passed over would be all of them, and nobody
         * sets up more than one for that: exporters that tell only this mean a rate. */
        out.rate = option->packet_interval;
    return out;
}
