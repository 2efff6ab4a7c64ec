// SPDX-License-Identifier: Apache-2.0
/* Messages of exporters, octet by octet, and a collector that keeps what comes out. */
#pragma once

#include <stdlib.h>

#include "base/time.h"
#include "collect/collect.h"
#include "collect/view.h"

#include "check.h"

enum { TAKEN_MAX = 4096, EXPORT_MAX = 65535 };

struct built {
    uint8_t at[EXPORT_MAX];
    size_t len;
    size_t set; /* where the open set begins */
};

static inline void put(struct built *built, uint64_t number, size_t octets)
{
    for (size_t i = octets; i > 0; i--)
        built->at[built->len++] = i > 8 ? 0 : (uint8_t)(number >> 8 * (i - 1));
}

static inline void put_octets(struct built *built, const void *at, size_t len)
{
    memcpy(built->at + built->len, at, len);
    built->len += len;
}

static inline void put_at(struct built *built, size_t at, unsigned number)
{
    built->at[at] = (uint8_t)(number >> 8);
    built->at[at + 1] = (uint8_t)number;
}

/* The message's own clock: the export second of all of them. */
enum { EXPORT_S = 1700000000, UPTIME_MS = 1000000, DOMAIN = 7 };

static inline void start9(struct built *built, uint32_t sequence)
{
    built->len = 0;
    put(built, 9, 2);
    put(built, 1, 2);
    put(built, UPTIME_MS, 4);
    put(built, EXPORT_S, 4);
    put(built, sequence, 4);
    put(built, DOMAIN, 4);
}

static inline void start10(struct built *built, uint32_t sequence)
{
    built->len = 0;
    put(built, 10, 2);
    put(built, 0, 2);
    put(built, EXPORT_S, 4);
    put(built, sequence, 4);
    put(built, DOMAIN, 4);
}

static inline void open_set(struct built *built, unsigned id)
{
    built->set = built->len;
    put(built, id, 2);
    put(built, 0, 2);
}

static inline void close_set(struct built *built)
{
    put_at(built, built->set + 2, (unsigned)(built->len - built->set));
}

static inline void finish10(struct built *built)
{
    put_at(built, 2, (unsigned)built->len);
}

/* Fields as pairs of element and length; an enterprise comes as three: 0x8000 | element,
 * length, enterprise. */
static inline void put_template(struct built *built, unsigned id, const uint32_t *fields,
                                size_t words)
{
    put(built, id, 2);
    size_t count_at = built->len;
    put(built, 0, 2);
    unsigned count = 0;
    for (size_t i = 0; i < words; i += 2, count++) {
        put(built, fields[i], 2);
        put(built, fields[i + 1], 2);
        if (fields[i] & 0x8000 && i + 2 < words)
            put(built, fields[i++ + 2], 4);
    }
    put_at(built, count_at, count);
}

#define PUT_TEMPLATE(built, id, ...)                           \
    put_template(built, id, (const uint32_t[]){ __VA_ARGS__ }, \
                 sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

struct taken {
    struct collect *collect;
    void *memory;
    struct flow flows[TAKEN_MAX];
    struct fact facts[TAKEN_MAX]; /* of the flow with the same index, its first */
    size_t flow_count;
    struct frame_sample samples[8];
    size_t sample_count;
    struct summary summary;
};

static inline void take_flows(void *context, const struct flow *flows, size_t count)
{
    struct taken *taken = context;
    for (size_t i = 0; i < count && taken->flow_count < TAKEN_MAX; i++) {
        if (flows[i].facts)
            memcpy(&taken->facts[taken->flow_count], flows[i].facts,
                   fact_size((enum fact_kind)flows[i].facts->kind));
        taken->flows[taken->flow_count++] = flows[i];
    }
}

static inline void take_sample(void *context, const struct frame_sample *sample)
{
    struct taken *taken = context;
    if (taken->sample_count < 8)
        taken->samples[taken->sample_count++] = *sample;
}

static const struct collect_limits small = {
    .exporters_max = 8,
    .templates_max = 64,
    .fields_max = 8192,
    .pending_octets = 1 << 16,
    .pending_ns = 60 * TIME_SECOND_NS,
};

static inline struct taken *start_limited(const struct collect_limits *limits)
{
    struct taken *taken = calloc(1, sizeof *taken);
    assert_non_null(taken);
    size_t size = collect_size(limits);
    taken->memory = malloc(size);
    assert_non_null(taken->memory);
    struct arena keep = arena_over(taken->memory, size);
    const struct collect_policy policy = { .rules = NULL };
    const struct hash_key key = { { 1, 2, 3, 4 } };
    const struct collect_sink sink = { take_flows, take_sample, taken };
    taken->collect = collect_init(limits, &policy, key, sink, &keep);
    return taken;
}

static inline struct taken *start_collecting(void)
{
    return start_limited(&small);
}

static inline void stop_collecting(struct taken *taken)
{
    free(taken->memory);
    free(taken);
}

static inline void receive_from(struct taken *taken, struct bytes octets, uint32_t address,
                                uint8_t transport)
{
    /* The octets end where memory ends, for the sanitizer's sake. */
    uint8_t *copy = malloc(octets.len > 0 ? octets.len : 1);
    assert_non_null(copy);
    memcpy(copy, octets.at, octets.len);
    const struct export_message message = { .octets = { copy, octets.len },
                                            .exporter = ip_from_v4(address),
                                            .session = transport == MESSAGE_UDP ? 0 : 5,
                                            .received_ns = EXPORT_S * TIME_SECOND_NS,
                                            .port = 4739,
                                            .transport = transport };
    collect_message(taken->collect, &message);
    free(copy);
}

static inline void receive(struct taken *taken, const struct built *built)
{
    receive_from(taken, (struct bytes){ built->at, built->len }, 0x0a000001, MESSAGE_UDP);
}

static inline struct exporter_view view_of(const struct taken *taken, size_t i)
{
    struct exporter_view view;
    check(collect_exporter(taken->collect, i, &view));
    return view;
}

/* A counter of the collector; 0 when it is not there. */
static inline uint64_t counted(struct taken *taken, const char *reason)
{
    memset(&taken->summary, 0, sizeof taken->summary);
    collect_count(taken->collect, &taken->summary);
    for (size_t i = 0; i < taken->summary.counter_count; i++)
        if (strcmp(taken->summary.counters[i].reason, reason) == 0)
            return taken->summary.counters[i].count;
    return 0;
}

static inline void check_address(const struct ip_address *address, const char *expected)
{
    char room[IP_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    ip_write(address, &text);
    check_text(text_bytes(&text), expected);
}
