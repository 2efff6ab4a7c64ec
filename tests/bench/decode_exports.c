// SPDX-License-Identifier: Apache-2.0
/* What reading flow exports takes for a record: one line a case, `name records seconds`, of CPU
 * time of one core.  The messages are made in memory: as many as a cache of the second level
 * does not hold, with the templates of softflowd (v9, IPFIX: about twenty fields) and one with
 * a field of variable length.
 *
 * `floor_...` is the least that anybody could do with the same messages: templates by number,
 * a look at each field, a few of them into a structure of 64 octets.
 *
 * decode_exports [records, default 10000000] [case] */
#include "collect/collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/time.h"

enum { MESSAGES = 2048, MESSAGE_OCTETS = 4096, RECORDS = 30, EXPORT_S = 1700000000 };

struct trace {
    uint8_t octets[MESSAGES * MESSAGE_OCTETS]; /* one behind the other, as in a file */
    const uint8_t *at[MESSAGES];
    size_t lens[MESSAGES];
};

struct field {
    uint16_t id, octets;
};

/* As softflowd sends them. */
static const struct field fields9[] = {
    { 8, 4 },  { 12, 4 }, { 21, 4 }, { 22, 4 }, { 1, 4 },  { 2, 4 },  { 10, 4 },
    { 14, 4 }, { 7, 2 },  { 11, 2 }, { 4, 1 },  { 6, 1 },  { 60, 1 }, { 5, 1 },
    { 32, 2 }, { 58, 2 }, { 16, 4 }, { 17, 4 }, { 61, 1 }, { 0, 0 },
};
static const struct field fields10[] = {
    { 8, 4 },  { 12, 4 }, { 152, 8 }, { 153, 8 }, { 1, 4 },   { 2, 4 },  { 10, 4 },
    { 14, 4 }, { 7, 2 },  { 11, 2 },  { 4, 1 },   { 6, 1 },   { 60, 1 }, { 5, 1 },
    { 32, 2 }, { 58, 2 }, { 16, 4 },  { 17, 4 },  { 136, 1 }, { 0, 0 },
};
static const struct field fields_variable[] = {
    { 8, 4 },  { 12, 4 }, { 154, 8 }, { 155, 8 },    { 1, 8 },   { 2, 8 },
    { 10, 4 }, { 14, 4 }, { 7, 2 },   { 11, 2 },     { 4, 1 },   { 6, 2 },
    { 60, 1 }, { 56, 6 }, { 80, 6 },  { 96, 65535 }, { 136, 1 }, { 0, 0 },
};

static uint64_t state = 42;

static uint64_t next_random(void)
{
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint8_t *put(uint8_t *at, uint64_t number, size_t octets)
{
    for (size_t i = 0; i < octets; i++)
        at[i] = (uint8_t)(number >> 8 * (octets - 1 - i));
    return at + octets;
}

static uint64_t value_of(uint16_t id)
{
    uint64_t random = next_random();
    switch (id) {
    case 21:
    case 22: return 900000 + (uint64_t)(id == 21) * 50000 + random % 40000;
    case 152:
    case 153:
        return EXPORT_S * 1000ULL - 60000 + (uint64_t)(id == 153) * 30000 + random % 20000;
    case 154:
    case 155:
        return (EXPORT_S + 2208988800ULL - 60 + (uint64_t)(id == 155) * 30 + random % 20)
                   << 32 |
               (random & 0xffffffff);
    case 1: return 100 + random % 100000;
    case 2: return 1 + random % 100;
    case 4: return random & 1 ? 6 : 17;
    case 10:
    case 14: return random % 16;
    case 58: return 100;
    case 60: return 4;
    case 61: return random & 1;
    case 136: return 1;
    default: return random;
    }
}

static uint8_t *put_record(uint8_t *at, const struct field *fields)
{
    for (; fields->id != 0; fields++) {
        if (fields->octets != 65535) {
            at = put(at, fields->octets > 8 ? 0 : value_of(fields->id), fields->octets);
            continue;
        }
        size_t len = 4 + next_random() % 12;
        at = put(at, len, 1);
        memset(at, 'a', len);
        at += len;
    }
    return at;
}

static uint8_t *put_template(uint8_t *at, const struct field *fields, unsigned set)
{
    uint8_t *start = at;
    at = put(at, set, 2);
    at = put(at, 0, 2);
    at = put(at, 256, 2);
    uint8_t *count_at = at;
    at = put(at, 0, 2);
    uint16_t count = 0;
    for (; fields->id != 0; fields++, count++) {
        at = put(at, fields->id, 2);
        at = put(at, fields->octets, 2);
    }
    (void)put(count_at, count, 2);
    (void)put(start + 2, (uint64_t)(at - start), 2);
    return at;
}

static size_t build(uint8_t *message, unsigned version, const struct field *fields, uint32_t i)
{
    uint8_t *at = put(message, version, 2);
    at = put(at, version == 9 ? RECORDS : 0, 2);
    if (version == 9)
        at = put(at, 1000000, 4);
    at = put(at, EXPORT_S, 4);
    at = put(at, version == 9 ? i : i * RECORDS, 4);
    at = put(at, 1, 4);
    if (i % 64 == 0)
        at = put_template(at, fields, version == 9 ? 0 : 2);
    uint8_t *set = at;
    at = put(at, 256, 2);
    at = put(at, 0, 2);
    size_t records = i % 64 == 0 ? RECORDS - 4 : RECORDS;
    for (size_t record = 0; record < records; record++)
        at = put_record(at, fields);
    (void)put(set + 2, (uint64_t)(at - set), 2);
    if (version == 10)
        (void)put(message + 2, (uint64_t)(at - message), 2);
    return (size_t)(at - message);
}

static size_t build5(uint8_t *message, uint32_t i)
{
    uint8_t *at = put(put(message, 5, 2), RECORDS, 2);
    at = put(put(put(at, 1000000, 4), EXPORT_S, 4), 0, 4);
    at = put(put(put(at, i * RECORDS, 4), 0, 2), 0x4064, 2);
    for (size_t record = 0; record < RECORDS; record++) {
        at = put(put(put(at, next_random(), 4), next_random(), 4), 0, 4);
        at = put(put(at, value_of(10), 2), value_of(14), 2);
        at = put(put(at, value_of(2), 4), value_of(1), 4);
        at = put(put(at, value_of(22), 4), value_of(21), 4);
        at = put(put(at, next_random(), 2), next_random(), 2);
        at = put(put(at, next_random(), 2), value_of(4), 1);
        at = put(at, 0, 9);
    }
    return (size_t)(at - message);
}

struct sums {
    uint64_t flows, octets;
};

static void take_flows(void *context, const struct flow *flows, size_t count)
{
    struct sums *sums = context;
    sums->flows += count;
    sums->octets += flows[0].forward.octets;
}

static void report(const char *name, uint64_t records, double seconds)
{
    printf("%s %llu %.6f\n", name, (unsigned long long)records, seconds);
}

static void run_ours(const char *name, const struct trace *trace, uint64_t wanted)
{
    const struct collect_limits *limits = &collect_defaults;
    size_t size = collect_size(limits);
    void *memory = calloc(1, size);
    if (!memory)
        exit(EXIT_FAILURE);
    struct arena keep = arena_over(memory, size);
    keep.is_clear = true;
    struct sums sums = { 0, 0 };
    const struct collect_policy policy = { .rules = NULL };
    const struct collect_sink sink = { take_flows, NULL, &sums };
    struct collect *collect =
        collect_init(limits, &policy, (struct hash_key){ { 1, 2, 3, 4 } }, sink, &keep);
    double from = now_s();
    for (size_t i = 0; sums.flows < wanted; i = (i + 1) % MESSAGES) {
        const struct export_message message = {
            .octets = { trace->at[i], trace->lens[i] },
            .exporter = ip_from_v4(0x0a000001),
            .received_ns = EXPORT_S * TIME_SECOND_NS + 1000000,
            .port = 4739,
            .transport = MESSAGE_UDP,
        };
        collect_message(collect, &message);
    }
    report(name, sums.flows, now_s() - from);
    free(memory);
}

/* The floor. */
struct least {
    uint8_t source[16], destination[16];
    uint64_t octets, first;
    uint32_t packets, last;
    uint16_t source_port, destination_port;
    uint8_t protocol, flags;
};

struct floor {
    struct field fields[64];
    size_t count, octets;
    struct least ring[1024];
    uint64_t records;
};

static uint16_t be16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint64_t be(const uint8_t *at, size_t octets)
{
    uint64_t number = 0;
    for (size_t i = 0; i < octets; i++)
        number = number << 8 | at[i];
    return number;
}

static void move(struct least *out, uint16_t id, const uint8_t *at, size_t octets)
{
    switch (id) {
    case 8: memcpy(out->source, at, 4); break;
    case 12: memcpy(out->destination, at, 4); break;
    case 7: out->source_port = be16(at); break;
    case 11: out->destination_port = be16(at); break;
    case 4: out->protocol = *at; break;
    case 6: out->flags = at[octets - 1]; break;
    case 1: out->octets = be(at, octets); break;
    case 2: out->packets = (uint32_t)be(at, octets); break;
    case 22:
    case 152:
    case 154: out->first = be(at, octets); break;
    case 21:
    case 153:
    case 155: out->last = (uint32_t)be(at, octets); break;
    default: break;
    }
}

static void floor_template(struct floor *floor, const uint8_t *at)
{
    floor->count = be16(at + 2);
    floor->octets = 0;
    for (size_t i = 0; i < floor->count; i++) {
        floor->fields[i] = (struct field){ be16(at + 4 + 4 * i), be16(at + 6 + 4 * i) };
        floor->octets += floor->fields[i].octets == 65535 ? 1 : floor->fields[i].octets;
    }
}

static void floor_records(struct floor *floor, const uint8_t *at, const uint8_t *end)
{
    while ((size_t)(end - at) >= floor->octets) {
        struct least *out = &floor->ring[floor->records++ % 1024];
        memset(out, 0, sizeof *out);
        for (size_t i = 0; i < floor->count; i++) {
            size_t octets = floor->fields[i].octets;
            if (octets == 65535)
                octets = *at++;
            if ((size_t)(end - at) < octets)
                return;
            move(out, floor->fields[i].id, at, octets);
            at += octets;
        }
    }
}

static void floor_message(struct floor *floor, const uint8_t *at, size_t len)
{
    const uint8_t *end = at + len;
    for (at += be16(at) == 9 ? 20 : 16; end - at >= 4;) {
        size_t octets = be16(at + 2);
        if (be16(at) < 256)
            floor_template(floor, at + 4);
        else
            floor_records(floor, at + 4, at + octets);
        at += octets;
    }
}

static void floor_message5(struct floor *floor, const uint8_t *at)
{
    size_t count = be16(at + 2);
    at += 24;
    for (size_t i = 0; i < count; i++, at += 48) {
        struct least *out = &floor->ring[floor->records++ % 1024];
        memset(out, 0, sizeof *out);
        memcpy(out->source, at, 4);
        memcpy(out->destination, at + 4, 4);
        out->packets = (uint32_t)be(at + 16, 4);
        out->octets = be(at + 20, 4);
        out->first = be(at + 24, 4);
        out->last = (uint32_t)be(at + 28, 4);
        out->source_port = be16(at + 32);
        out->destination_port = be16(at + 34);
        out->flags = at[37];
        out->protocol = at[38];
    }
}

static void run_floor(const char *name, const struct trace *trace, uint64_t wanted)
{
    static struct floor floor;
    floor.records = 0;
    double from = now_s();
    for (size_t i = 0; floor.records < wanted; i = (i + 1) % MESSAGES) {
        if (be16(trace->at[i]) == 5)
            floor_message5(&floor, trace->at[i]);
        else
            floor_message(&floor, trace->at[i], trace->lens[i]);
    }
    double seconds = now_s() - from;
    volatile struct least keep = floor.ring[floor.records % 1024];
    (void)keep;
    report(name, floor.records, seconds);
}

struct shape {
    const char *name, *floor;
    unsigned version;
    const struct field *fields;
};

static const struct shape shapes[] = {
    { "netflow5", "floor_netflow5", 5, NULL },
    { "netflow9", "floor_netflow9", 9, fields9 },
    { "ipfix", "floor_ipfix", 10, fields10 },
    { "ipfix_variable", "floor_ipfix_variable", 10, fields_variable },
};

static void build_trace(struct trace *trace, const struct shape *shape)
{
    uint8_t *at = trace->octets;
    for (uint32_t i = 0; i < MESSAGES; i++) {
        trace->at[i] = at;
        trace->lens[i] =
            shape->version == 5 ? build5(at, i) : build(at, shape->version, shape->fields, i);
        at += trace->lens[i];
    }
}

int main(int count, char **words)
{
    static struct trace trace;
    uint64_t records = 10000000;
    if (count > 1 && !text_read_u64(bytes_of_string(words[1]), UINT64_MAX, &records))
        return EXIT_FAILURE;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const struct shape *shape = &shapes[i];
        if (count > 2 && strcmp(words[2], shape->name) != 0)
            continue;
        build_trace(&trace, shape);
        run_ours(shape->name, &trace, records);
        run_floor(shape->floor, &trace, records);
    }
    return EXIT_SUCCESS;
}
