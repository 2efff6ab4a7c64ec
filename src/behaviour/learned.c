// SPDX-License-Identifier: Apache-2.0
#include "behaviour/learned.h"

#include <math.h>

#include "base/must.h"
#include "base/time.h"
#include "model/flow.h"
#include "model/weight.h"

static const double left_out = 0.01; /* the strangest */

enum service {
    SERVICE_WEB,
    SERVICE_QUIC,
    SERVICE_DNS,
    SERVICE_PUSH,
    SERVICE_TCP,
    SERVICE_REST
};
_Static_assert(SERVICE_REST + 1 == LEARNED_CLASSES, "a histogram for each service");

static enum service service_of(uint8_t protocol, uint16_t port)
{
    static const struct {
        uint8_t protocol;
        uint16_t port;
        enum service service;
    } rows[] = {
        { PROTOCOL_TCP, 80, SERVICE_WEB },    { PROTOCOL_TCP, 443, SERVICE_WEB },
        { PROTOCOL_TCP, 8080, SERVICE_WEB },  { PROTOCOL_UDP, 443, SERVICE_QUIC },
        { PROTOCOL_UDP, 53, SERVICE_DNS },    { PROTOCOL_TCP, 53, SERVICE_DNS },
        { PROTOCOL_TCP, 853, SERVICE_DNS },   { PROTOCOL_TCP, 993, SERVICE_PUSH },
        { PROTOCOL_TCP, 1883, SERVICE_PUSH }, { PROTOCOL_TCP, 5222, SERVICE_PUSH },
        { PROTOCOL_TCP, 5223, SERVICE_PUSH }, { PROTOCOL_TCP, 5228, SERVICE_PUSH },
        { PROTOCOL_TCP, 8883, SERVICE_PUSH },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].protocol == protocol && rows[i].port == port)
            return rows[i].service;
    return protocol == PROTOCOL_TCP ? SERVICE_TCP : SERVICE_REST;
}

/* Of a pair 4 to 7, 8 to 15 ... 128 and more; a server as a whole has 25 times as many. */
static size_t bin_of(const struct learned_case *of)
{
    double least = of->statistic == LEARNED_POOL ? 100 : 4;
    double bin = of->sightings > least ? floor(log2(of->sightings / least)) : 0;
    return bin < LEARNED_BINS - 1 ? (size_t)bin : LEARNED_BINS - 1;
}

static int64_t day_of(int64_t at_ns)
{
    return at_ns / TIME_DAY_NS - (at_ns % TIME_DAY_NS < 0);
}

static size_t hour_class_of(int64_t at_ns)
{
    int64_t into_day_ns = at_ns % TIME_DAY_NS + (at_ns % TIME_DAY_NS < 0 ? TIME_DAY_NS : 0);
    return (size_t)(into_day_ns / (TIME_DAY_NS / LEARNED_HOURS));
}

static size_t bucket_of(double weight)
{
    double bucket = fmax(0, weight) * LEARNED_BUCKETS / WEIGHT_MOST;
    return bucket < LEARNED_BUCKETS - 1 ? (size_t)bucket : LEARNED_BUCKETS - 1;
}

static const uint32_t *histogram_of(const struct learned_table *table,
                                    const struct learned_case *of)
{
    MUST(of->statistic < LEARNED_STATISTICS);
    return table->counts[of->statistic][bin_of(of)][service_of(of->protocol, of->port)]
                        [hour_class_of(of->at_ns)];
}

/* Who owns one address often owns its neighbours. */
static uint64_t network_hash(const struct hash_key *key, const struct ip_address *address)
{
    size_t kept = ip_is_v4(address) ? 15 : 6;
    return hash_bytes(key, (struct bytes){ address->octets, kept });
}

/* Was that network counted for this histogram and day?  It is now. */
static bool was_counted(struct learned *learned, const struct hash_key *key,
                        const struct learned_case *of)
{
    int64_t day = day_of(of->at_ns);
    if (day > learned->seen_day) {
        memset(learned->seen, 0, sizeof learned->seen);
        learned->seen_day = day;
    }
    ptrdiff_t histogram = histogram_of(&learned->now, of) - &learned->now.counts[0][0][0][0][0];
    uint64_t hash = hash_two(key, network_hash(key, &of->server),
                             (uint64_t)day << 20 ^ (uint64_t)histogram);
    bool counted = true;
    for (size_t i = 0; i < 3; i++) {
        uint64_t bit = hash >> (20 * i) & (LEARNED_SEEN_WORDS * 64 - 1);
        counted &= learned->seen[bit / 64] >> bit % 64 & 1;
        learned->seen[bit / 64] |= UINT64_C(1) << bit % 64;
    }
    return counted;
}

static uint32_t sum_of(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static void add_table(struct learned_table *into, const struct learned_table *from)
{
    uint32_t *to = &into->counts[0][0][0][0][0];
    const uint32_t *of = &from->counts[0][0][0][0][0];
    for (size_t i = 0; i < sizeof from->counts / sizeof *of; i++)
        to[i] = sum_of(to[i], of[i]);
    if (from->day > into->day)
        into->day = from->day;
}

void learned_begin(struct learned *learned)
{
    if (learned->now.day > learned->eve.day) {
        add_table(&learned->before, &learned->eve);
        learned->eve = learned->now;
    } else {
        add_table(&learned->eve, &learned->now);
    }
    memset(&learned->now, 0, sizeof learned->now);
}

void learned_note(struct learned *learned, const struct hash_key *key,
                  const struct learned_case *of)
{
    if (was_counted(learned, key, of)) {
        learned->again++;
        return;
    }
    /* histogram_of reads; the table is ours to write. */
    size_t at = (size_t)(histogram_of(&learned->now, of) - &learned->now.counts[0][0][0][0][0]);
    uint32_t *count = &learned->now.counts[0][0][0][0][0] + at + bucket_of(of->prior_weight);
    *count = sum_of(*count, 1);
    if (day_of(of->at_ns) > learned->now.day)
        learned->now.day = day_of(of->at_ns);
}

/* How many there are, and how many of them as strange. */
struct tally {
    double all;
    double as_strange;
};

static void tally(const struct learned_table *table, const struct learned_case *of,
                  struct tally *out)
{
    const uint32_t *counts = histogram_of(table, of);
    for (size_t i = 0; i < LEARNED_BUCKETS; i++) {
        out->all += counts[i];
        out->as_strange += i >= bucket_of(of->prior_weight) ? counts[i] : 0;
    }
}

struct learned_verdict learned_weigh(const struct learned *learned,
                                     const struct learned_case *of)
{
    struct tally found = { 0, 0 };
    if (!learned)
        return (struct learned_verdict){ of->prior_weight, 0 };
    tally(&learned->before, of, &found);
    if (learned->eve.day < day_of(of->at_ns))
        tally(&learned->eve, of, &found);
    double prior = pow(10, -fmin(WEIGHT_MOST, fmax(0, of->prior_weight)));
    double harmless = fmax(0, found.as_strange - left_out * found.all);
    double p =
        (LEARNED_PRIOR * prior + harmless) / (LEARNED_PRIOR + (1 - left_out) * found.all);
    if (found.as_strange <= LEARNED_SERVERS_LEAST)
        p = fmin(p, LEARNED_FACTOR * prior);
    p = fmin(1, fmax(p, prior));
    return (struct learned_verdict){ -log10(p), (uint64_t)found.all };
}

/* The later day's filter is kept, of the same day both. */
static void merge_seen(struct learned *into, const struct learned *from)
{
    if (from->seen_day > into->seen_day) {
        memcpy(into->seen, from->seen, sizeof into->seen);
        into->seen_day = from->seen_day;
    } else if (from->seen_day == into->seen_day) {
        for (size_t i = 0; i < LEARNED_SEEN_WORDS; i++)
            into->seen[i] |= from->seen[i];
    }
}

void learned_merge(struct learned *into, const struct learned *from)
{
    add_table(&into->before, &from->before);
    add_table(&into->eve, &from->eve);
    add_table(&into->now, &from->now);
    merge_seen(into, from);
    into->again += from->again;
}
