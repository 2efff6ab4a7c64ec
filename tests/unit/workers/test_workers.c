// SPDX-License-Identifier: Apache-2.0
#include "workers/workers.h"

#include "base/time.h"
#include "check.h"
#include "model/packet.h"
#include "select/indicators.h"

enum { LINES = 20, SERVERS = 40, CALLS = 60, TARGETS = 600 };

/* A TCP segment of nothing, raw IPv4. */
struct segment {
    uint8_t octets[40];
};

static const struct rule_set *any_rule(void)
{
    static struct rule_set any;
    rule_set_any(&any, &(struct mandate){ .basis = BASIS_OWN });
    return &any;
}

static void write_be32(uint8_t *at, uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static struct segment segment_of(uint32_t from, uint32_t to, uint16_t ports[2], uint8_t flags)
{
    struct segment segment = { { 0x45, 0, 0, 40, [8] = 64, PROTOCOL_TCP, [32] = 0x50, flags } };
    write_be32(segment.octets + 12, from);
    write_be32(segment.octets + 16, to);
    write_be32(segment.octets + 20, (uint32_t)ports[0] << 16 | ports[1]);
    return segment;
}

struct fed {
    struct workers *workers;
    struct frame_batch batch;
    struct segment segments[FRAME_BATCH_MAX];
    uint64_t frames;
};

static void flush(struct fed *feed)
{
    workers_run_frames(feed->workers, &feed->batch);
    feed->frames += feed->batch.count;
    feed->batch.count = 0;
}

static void put(struct fed *feed, struct segment segment, int64_t time_ns)
{
    if (feed->batch.count == FRAME_BATCH_MAX)
        flush(feed);
    size_t i = feed->batch.count++;
    feed->segments[i] = segment;
    feed->batch.frames[i] = (struct frame){ .captured = { feed->segments[i].octets, 40 },
                                            .wire_len = 40,
                                            .link = LINK_RAW,
                                            .time_ns = time_ns };
}

/* Lines call servers every minute; one host knocks at many doors that stay shut. */
static void put_all(struct fed *feed)
{
    int64_t start_ns = INT64_C(1790000000) * TIME_SECOND_NS;
    for (uint32_t call = 0; call < CALLS; call++) {
        for (uint32_t line = 0; line < LINES; line++) {
            uint32_t server = 0xc6336400U + line % SERVERS;
            uint16_t there[2] = { (uint16_t)(20000 + call), 443 };
            uint16_t back[2] = { 443, there[0] };
            int64_t time_ns = start_ns + (call * 60 + line) * TIME_SECOND_NS;
            put(feed, segment_of(0xc0000200U + line, server, there, TCP_SYN), time_ns);
            put(feed, segment_of(server, 0xc0000200U + line, back, TCP_SYN | TCP_ACK),
                time_ns + TIME_MILLISECOND_NS);
        }
        for (uint32_t i = 0; i < TARGETS / CALLS; i++) {
            uint32_t target = 0xc6120000U + call * (TARGETS / CALLS) + i;
            uint16_t ports[2] = { 40000, 445 };
            put(feed, segment_of(0xc00002c8U, target, ports, TCP_SYN),
                start_ns + (call * 60 + 30) * TIME_SECOND_NS + i);
        }
    }
    flush(feed);
}

static void keep(void *context, const struct minimised_flow *flow)
{
    (void)flow;
    ++*(uint64_t *)context;
}

struct outcome {
    struct summary summary;
    uint64_t kept;
    size_t findings;
    size_t scanners;
};

static struct workers *start(size_t count, const struct rule_set *rules, uint64_t *kept_count,
                             struct keeper **keeper)
{
    struct error err;
    struct arena memory;
    struct keeper_settings kept = keeper_defaults((size_t)64 << 20);
    kept.key = (struct hash_key){ { 1, 2, 3, 4 } };
    kept.keep = keep;
    kept.context = kept_count;
    check(memory_reserve(keeper_size(&kept), MEMORY_SMALL_PAGES, &memory, &err));
    *keeper = keeper_init(&kept, &memory);
    struct workers_settings settings = {
        .count = count,
        .pipeline = pipeline_defaults(PIPELINE_FRAMES, (size_t)64 << 20),
        .keeper = *keeper,
    };
    settings.pipeline.key = kept.key;
    settings.pipeline.rules = rules;
    settings.pipeline.gate = (struct gate_policy){ .basis = BASIS_OWN, .all_is_own = true };
    struct workers *workers = workers_start(&settings, &err);
    check(workers);
    return workers;
}

static void run(size_t count, struct outcome *out)
{
    static struct fed feed;
    struct keeper *keeper;
    *out = (struct outcome){ .kept = 0 };
    feed = (struct fed){ .workers = start(count, any_rule(), &out->kept, &keeper) };
    put_all(&feed);
    workers_finish(feed.workers);
    workers_summarise(feed.workers, &out->summary);
    const struct finding *findings = keeper_findings(keeper, &out->findings);
    for (size_t i = 0; i < out->findings; i++)
        out->scanners += findings[i].kind == FINDING_SCANNER;
    check_equal(out->summary.frames, feed.frames);
}

static uint64_t count_of(const struct summary *summary, const char *reason)
{
    for (size_t i = 0; i < summary->counter_count; i++) {
        if (strcmp(summary->counters[i].reason, reason) == 0)
            return summary->counters[i].count;
    }
    return 0;
}

static void several_find_what_one_finds(void **state)
{
    (void)state;
    static struct outcome alone, together;
    run(1, &alone);
    check(alone.findings > LINES / 2);
    check_equal(alone.scanners, 1);
    for (size_t count = 2; count <= 5; count++) {
        run(count, &together);
        check_equal(together.findings, alone.findings);
        check_equal(together.scanners, 1);
        check_equal(together.summary.packets, alone.summary.packets);
        check_equal(together.summary.funnel.flows_seen, alone.summary.funnel.flows_seen);
        check_equal(together.summary.funnel.flows_admitted,
                    alone.summary.funnel.flows_admitted);
        check_equal(together.summary.funnel.records_kept, together.kept);
        check(count_of(&together.summary, "beacon: pairs held") ==
              count_of(&alone.summary, "beacon: pairs held"));
    }
}

static void every_worker_opens_and_closes_with_the_rules(void **state)
{
    (void)state;
    static const struct rule_set none;
    static struct fed feed;
    static struct summary summary;
    for (size_t count = 1; count <= 3; count++) {
        uint64_t kept = 0;
        struct keeper *keeper;
        feed = (struct fed){ .workers = start(count, &none, &kept, &keeper) };
        put_all(&feed);
        uint64_t frames = feed.frames;
        workers_set_rules(feed.workers, any_rule());
        put_all(&feed);
        workers_set_rules(feed.workers, &none);
        put_all(&feed);
        workers_finish(feed.workers);
        summary = (struct summary){ .frames = 0 };
        workers_summarise(feed.workers, &summary);
        check_equal(summary.frames, 3 * frames);
        check_equal(summary.packets, frames);
        check_equal(count_of(&summary, "no_warrant"), 2 * frames);
    }
}

static void indicators_may_go_when_every_worker_has_others(void **state)
{
    (void)state;
    static struct fed feed;
    for (size_t count = 1; count <= 3; count++) {
        uint64_t kept = 0;
        struct keeper *keeper;
        feed = (struct fed){ .workers = start(count, any_rule(), &kept, &keeper) };
        for (size_t i = 0; i < 20; i++) {
            put_all(&feed);
            workers_set_indicators(feed.workers, NULL);
        }
        workers_finish(feed.workers);
        check(workers_are_settled(feed.workers));
    }
}

/* IPFIX: each record tells the name that a client asked for by SNI (element 188 of ntop). */
static size_t write_named(uint8_t *at, const char *name, size_t records)
{
    static const uint8_t head[] = { 0, 10, 0, 0, 0x65, 0x53, 0xf1, 0, 0, 0, 0, 0, 0, 0, 0, 1 };
    static const uint8_t template[] = { 0, 2, 0,    32,  1,    0,    0, 5, 0,    8,   0,
                                        4, 0, 12,   0,   4,    0,    4, 0, 1,    0,   2,
                                        0, 4, 0x80, 188, 0xff, 0xff, 0, 0, 0x8b, 0x30 };
    size_t len = sizeof head + sizeof template, name_len = strlen(name);
    memcpy(at, head, sizeof head);
    memcpy(at + sizeof head, template, sizeof template);
    uint8_t *set = at + len;
    len += 4;
    for (size_t i = 0; i < records; i++, len += 14 + name_len) {
        write_be32(at + len, 0x0a000001 + (uint32_t)i);
        write_be32(at + len + 4, 0xc6336401);
        at[len + 8] = PROTOCOL_TCP;
        write_be32(at + len + 9, 3);
        at[len + 13] = (uint8_t)name_len;
        memcpy(at + len + 14, name, name_len);
    }
    write_be32(set, 256U << 16 | (uint32_t)(at + len - set));
    at[2] = (uint8_t)(len >> 8);
    at[3] = (uint8_t)len;
    return len;
}

static void names_that_exporters_tell_reach_every_worker(void **state)
{
    (void)state;
    static struct message_batch batch;
    static uint8_t octets[65536];
    static struct summary summary;
    const struct hash_key key = { { 1, 2, 3, 4 } };
    for (size_t count = 1; count <= 3; count++) {
        struct error err;
        struct arena memory;
        uint64_t kept = 0;
        struct keeper_settings keeper = keeper_defaults((size_t)64 << 20);
        keeper.key = key;
        keeper.keep = keep;
        keeper.context = &kept;
        size_t size = keeper_size(&keeper) + indicators_size(8, 64) + 256;
        check(memory_reserve(size, MEMORY_SMALL_PAGES, &memory, &err));
        struct indicators *indicators = indicators_init(8, 64, key, &memory);
        struct indicator indicator = { .kind = INDICATOR_DOMAIN,
                                       .text = BYTES("evil.example"),
                                       .expires_ns = INT64_MAX };
        check(indicators_add_list(indicators, "a list", &indicator.list));
        check_equal(indicators_add(indicators, &indicator), INDICATORS_ADDED);
        struct workers_settings settings = {
            .count = count,
            .pipeline = pipeline_defaults(PIPELINE_EXPORTED, (size_t)64 << 20),
            .collect = collect_defaults,
            .keeper = keeper_init(&keeper, &memory),
        };
        settings.pipeline.key = key;
        settings.pipeline.indicators = indicators;
        settings.pipeline.rules = any_rule();
        settings.pipeline.gate = (struct gate_policy){ .basis = BASIS_OWN, .all_is_own = true };
        struct workers *workers = workers_start(&settings, &err);
        check(workers);
        for (size_t i = 0; i < 2; i++) {
            size_t len = write_named(octets, i == 0 ? "a.evil.example" : "good.example", 2000);
            batch.messages[0] = (struct export_message){ .octets = { octets, len } };
            batch.count = 1;
            workers_run_messages(workers, &batch);
        }
        workers_finish(workers);
        summary = (struct summary){ .frames = 0 };
        workers_summarise(workers, &summary);
        check_equal(summary.funnel.flows_seen, 2000);
        check_equal(kept, 2000);
    }
}

TESTS(TEST(several_find_what_one_finds), TEST(every_worker_opens_and_closes_with_the_rules),
      TEST(indicators_may_go_when_every_worker_has_others),
      TEST(names_that_exporters_tell_reach_every_worker))
