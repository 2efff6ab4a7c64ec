// SPDX-License-Identifier: Apache-2.0
/* What a flow costs from gate to selection, with and without the behaviours: synthetic flows
 * in runs of 64, a million indicators, a table of 200,000 prefixes.  One line a measurement,
 * `name records seconds`; "generate" is what making the flows costs and is in all the others.
 * "floor" is one read at random of as many octets as the filter of indicators and the table of
 * places have, twice a flow, with nothing done.
 *
 * path [records, default 8000000] [lines behind the border] [servers outside] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/must.h"
#include "pipeline/pipeline.h"
#include "system/memory.h"

enum { RUN = 64, INDICATORS = 1000000, PREFIXES = 200000, NAMES = 80000 };

static const struct hash_key key = { { 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9,
                                       0x94d049bb133111eb, 0x2545f4914f6cdd1d } };

struct traffic {
    uint64_t random;
    uint64_t made;
    uint64_t lines;
    uint64_t servers;
};

static uint64_t next(uint64_t *state) /* splitmix64 */
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static double now_s(void)
{
    struct timespec now;
    MUST(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct arena reserve(size_t octets)
{
    struct arena arena;
    struct error err;
    MUST(memory_reserve(octets, MEMORY_LARGE_PAGES, &arena, &err));
    return arena;
}

/* Few servers have most of the calls. */
static uint32_t server_of(uint64_t random, uint64_t servers)
{
    double part = (double)(random >> 11) * 0x1p-53;
    uint64_t index = (uint64_t)(part * part * part * (double)servers);
    return 0x20000000U + (uint32_t)(index * 2654435761U % 0x90000000U);
}

static void make_flow(struct traffic *traffic, struct flow *out)
{
    static const uint16_t ports[16] = { 443, 443, 443, 443, 443, 443, 443, 443,
                                        80,  80,  53,  22,  25,  993, 123, 8443 };
    uint64_t random = next(&traffic->random);
    uint64_t more = next(&traffic->random);
    uint32_t line = 0x0a000000U + (uint32_t)(random % traffic->lines);
    uint32_t server = server_of(more, traffic->servers);
    bool inbound = random >> 60 == 0;
    int64_t start_ns = INT64_C(1750000000000000000) + (int64_t)(traffic->made++ * 1000);
    uint16_t port = ports[more & 15];
    bool is_tcp = port != 53 && port != 123;
    bool answered = !inbound || random >> 58 == 0;
    *out = (struct flow){
        .initiator = ip_from_v4(inbound ? server : line),
        .responder = ip_from_v4(inbound ? line : server),
        .forward = { .packets = 5,
                     .octets = 700 + (more >> 52),
                     .payload = 400,
                     .first_ns = start_ns,
                     .last_ns = start_ns + 50000000,
                     .tcp_flags = is_tcp ? TCP_SYN | TCP_ACK : 0,
                     .first_flags = is_tcp ? TCP_SYN : 0 },
        .initiator_port = (uint16_t)(random >> 32 | 1024),
        .responder_port = port,
        .protocol = is_tcp ? PROTOCOL_TCP : PROTOCOL_UDP,
        .version = 4,
        .end = FLOW_END_IDLE,
        .tcp = is_tcp ? (answered ? FLOW_TCP_CLOSED : FLOW_TCP_ATTEMPT) : FLOW_TCP_NONE,
        .observation = { .exporter = 1,
                         .rate = 1,
                         .sampling = SAMPLING_OPTIONS,
                         .time = TIME_EXPORTER,
                         .observers = 1 },
    };
    if (answered)
        out->reverse = (struct flow_half){ .packets = 4,
                                           .octets = 5000,
                                           .payload = 4800,
                                           .first_ns = start_ns + 9000000,
                                           .last_ns = start_ns + 60000000,
                                           .tcp_flags = is_tcp ? TCP_SYN | TCP_ACK : 0 };
}

static struct places *make_places(void)
{
    struct arena arena = reserve(places_size(PREFIXES));
    struct places *places = places_init(PREFIXES, &arena);
    struct place_label foreign = { PLACE_FOREIGN, CLASS_UNKNOWN };
    struct place_label domestic = { PLACE_DOMESTIC, CLASS_UNKNOWN };
    uint64_t random = 7;
    for (uint32_t i = 0; i < 2; i++) /* what nothing else tells is foreign; 10.0.0.0/8 is not */
        MUST(places_add(places, &(struct ip_prefix){ ip_from_v4(i << 31), 97 }, foreign));
    MUST(places_add(places, &(struct ip_prefix){ ip_from_v4(10U << 24), 104 }, domestic));
    while (places_count(places) < PREFIXES) {
        uint64_t word = next(&random);
        uint32_t bits = 14 + (uint32_t)(word >> 32) % 12;
        uint32_t v4 = 0x10000000U + (uint32_t)word % 0xd0000000U;
        struct ip_prefix prefix = { ip_from_v4(v4 & ~(UINT32_MAX >> bits)),
                                    (uint8_t)(96 + bits) };
        MUST(places_add(places, &prefix, word >> 61 ? foreign : domestic));
    }
    places_build(places);
    return places;
}

static void add_random(struct indicators *set, uint64_t *random, uint32_t kind, uint16_t list)
{
    uint64_t word = next(random);
    struct indicator indicator = { .expires_ns = INT64_MAX, .list = list };
    uint32_t v4 = 0x20000000U + (uint32_t)word % 0x90000000U;
    indicator.prefix = (struct ip_prefix){ ip_from_v4(v4), 128 };
    if (kind < 10) {
        uint32_t bits = 20 + (uint32_t)(word >> 32) % 9;
        indicator.kind = INDICATOR_PREFIX;
        indicator.prefix =
            (struct ip_prefix){ ip_from_v4(v4 & ~(UINT32_MAX >> bits)), (uint8_t)(96 + bits) };
    } else if (kind < 110) {
        indicator.kind = INDICATOR_ENDPOINT;
        indicator.port = 443;
    }
    (void)indicators_add(set, &indicator);
}

/* Of a thousand 10 are prefixes, 100 endpoints, the rest addresses; and some names. */
static struct indicators *make_indicators(void)
{
    struct arena arena = reserve(indicators_size(INDICATORS, NAMES * 32));
    struct indicators *set = indicators_init(INDICATORS, NAMES * 32, key, &arena);
    uint16_t list;
    MUST(indicators_add_list(set, "bench", &list));
    uint64_t random = 11;
    for (uint32_t i = 0; i < NAMES; i++) {
        char room[32];
        struct text name = text_over(room, sizeof room);
        text_put_string(&name, "host");
        text_put_u64(&name, i);
        text_put_string(&name, ".example");
        (void)indicators_add(set, &(struct indicator){ .kind = INDICATOR_DOMAIN,
                                                       .text = text_bytes(&name),
                                                       .expires_ns = INT64_MAX,
                                                       .list = list });
    }
    for (uint32_t i = 0; indicators_count(set) < INDICATORS; i++)
        add_random(set, &random, i % 1000, list);
    return set;
}

static void count_record(void *context, const struct minimised_flow *flow)
{
    (void)flow;
    ++*(uint64_t *)context;
}

static void count_sighting(void *context, const struct minimised_sighting *sighting)
{
    (void)context;
    (void)sighting;
}

static struct pipeline *make_pipeline(enum pipeline_depth depth, uint64_t *kept)
{
    struct pipeline_settings settings = pipeline_defaults(PIPELINE_EXPORTED, (size_t)1 << 30);
    static const struct places *places;
    static const struct indicators *indicators;
    if (!places) {
        places = make_places();
        indicators = make_indicators();
    }
    settings.depth = depth;
    settings.gate = (struct gate_policy){ .basis = BASIS_EXERCISE, .places = places };
    static struct rule_set any;
    rule_set_any(&any, &(struct mandate){ .basis = BASIS_EXERCISE });
    settings.rules = &any;
    settings.indicators = indicators;
    settings.key = key;
    settings.records = (struct record_sink){ count_record, count_sighting, kept };
    struct arena arena = reserve(pipeline_size(&settings));
    return pipeline_init(&settings, &arena);
}

static double run(struct pipeline *pipeline, struct traffic *traffic, uint64_t records)
{
    static struct flow flows[RUN];
    uint64_t check = 0;
    double begin_s = now_s();
    for (uint64_t done = 0; done < records; done += RUN) {
        for (size_t i = 0; i < RUN; i++)
            make_flow(traffic, &flows[i]);
        if (pipeline)
            pipeline_run_flows(pipeline, flows, RUN);
        check += flows[done / RUN % RUN].forward.octets;
    }
    double spent_s = now_s() - begin_s;
    MUST(check > 0);
    return spent_s;
}

static void measure(const char *name, enum pipeline_depth depth, struct traffic traffic,
                    uint64_t records)
{
    uint64_t kept = 0;
    struct pipeline *pipeline = make_pipeline(depth, &kept);
    (void)run(pipeline, &traffic, records / 4); /* tables fill, memory is paged in */
    kept = 0;
    double spent_s = run(pipeline, &traffic, records);
    struct summary summary = { .counter_count = 0 };
    pipeline_summarise(pipeline, &summary);
    printf("%s %llu %.3f\n", name, (unsigned long long)records, spent_s);
    fprintf(stderr, "path: %s: %llu seen, %llu admitted, %llu selected\n", name,
            (unsigned long long)summary.funnel.flows_seen,
            (unsigned long long)summary.funnel.flows_admitted,
            (unsigned long long)summary.funnel.flows_selected);
}

static void measure_floor(uint64_t records)
{
    enum { FILTER = 2 << 20, GROUPS = 8 << 20 };
    struct arena arena = reserve((size_t)FILTER + GROUPS);
    uint8_t *filter = arena_take(&arena, 1, 1, FILTER);
    uint8_t *places = arena_take(&arena, 1, 1, GROUPS);
    memset(filter, 1, FILTER);
    memset(places, 1, GROUPS);
    uint64_t random = 1, sum = 0;
    double begin_s = now_s();
    for (uint64_t i = 0; i < 2 * records; i++) {
        uint64_t word = next(&random);
        sum += (uint64_t)filter[word % FILTER] + places[(word >> 32) % GROUPS];
    }
    double spent_s = now_s() - begin_s;
    MUST(sum == 4 * records);
    printf("floor %llu %.3f\n", (unsigned long long)records, spent_s);
}

static uint64_t argument(int argc, char **argv, int at, uint64_t otherwise)
{
    uint64_t value = otherwise;
    if (argc > at && !text_read_u64(bytes_of_string(argv[at]), UINT32_MAX, &value))
        exit(EXIT_FAILURE);
    return value;
}

int main(int argc, char **argv)
{
    uint64_t records = argument(argc, argv, 1, 8000000) / RUN * RUN;
    struct traffic traffic = { .random = 1,
                               .lines = argument(argc, argv, 2, 200000),
                               .servers = argument(argc, argv, 3, 1000000) };
    struct traffic unused = traffic;
    printf("generate %llu %.3f\n", (unsigned long long)records, run(NULL, &unused, records));
    measure_floor(records);
    measure("select", PIPELINE_SELECTION, traffic, records);
    measure("behaviours", PIPELINE_ALL, traffic, records);
    return EXIT_SUCCESS;
}
