// SPDX-License-Identifier: Apache-2.0
/* Two generations that both list one server, exchanged ten thousand times while two workers
 * select by them: every flow is selected once, under one of the two, and no more memory than
 * two generations is ever in use.  Prints TAP.  usage: swaps GENERATION GENERATION [SWAPS] */
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/must.h"
#include "generation/file.h"
#include "workers/workers.h"

enum { FLOWS_EACH = 40, RECORD_OCTETS = 13, SETTLED = 500 };

/* The workers' own tables fill as flows come.  Of generations that stayed it would be 20 times
 * that. */
enum { GROWTH_MAX = 128 << 20 };

/* By the keeper's thread alone. */
struct kept {
    uint64_t flows, hits, by_generation[2], by_none;
};

static void keep(void *context, const struct minimised_flow *flow)
{
    struct kept *kept = context;
    uint64_t generation = flow->why.hits[0].generation;
    kept->flows++;
    kept->hits += flow->why.hit_count;
    if (flow->why.hit_count > 0 && generation >= 1 && generation <= 2)
        kept->by_generation[generation - 1]++;
    else
        kept->by_none++;
}

static void write_be32(uint8_t *at, uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* IPFIX: flows from so many new lines to 198.51.100.1. */
static size_t write_flows(uint8_t *at, uint32_t *line)
{
    static const uint8_t head[] = { 0, 10, 0, 0, 0x65, 0x53, 0xf1, 0, 0, 0, 0, 0, 0, 0, 0, 1 };
    static const uint8_t template[] = { 0, 2,  0, 24, 1, 0, 0, 4, 0, 8, 0, 4,
                                        0, 12, 0, 4,  0, 4, 0, 1, 0, 2, 0, 4 };
    size_t len = sizeof head + sizeof template;
    memcpy(at, head, sizeof head);
    memcpy(at + sizeof head, template, sizeof template);
    uint8_t *set = at + len;
    len += 4;
    for (size_t i = 0; i < FLOWS_EACH; i++, len += RECORD_OCTETS) {
        write_be32(at + len, 0x0a000000U + (*line)++);
        write_be32(at + len + 4, 0xc6336401);
        at[len + 8] = PROTOCOL_TCP;
        write_be32(at + len + 9, 3);
    }
    write_be32(set, 256U << 16 | (uint32_t)(at + len - set));
    at[2] = (uint8_t)(len >> 8);
    at[3] = (uint8_t)len;
    return len;
}

static struct workers *start(struct kept *kept)
{
    static struct rule_set any;
    struct error err;
    struct arena memory;
    struct keeper_settings keeper = keeper_defaults((size_t)64 << 20);
    keeper.key = (struct hash_key){ { 1, 2, 3, 4 } };
    keeper.keep = keep;
    keeper.context = kept;
    rule_set_any(&any, &(struct mandate){ .basis = BASIS_OWN });
    MUST(memory_reserve(keeper_size(&keeper), MEMORY_SMALL_PAGES, &memory, &err));
    struct workers_settings settings = {
        .count = 2,
        .pipeline = pipeline_defaults(PIPELINE_EXPORTED, (size_t)64 << 20),
        .collect = collect_defaults,
        .keeper = keeper_init(&keeper, &memory),
    };
    settings.pipeline.key = keeper.key;
    settings.pipeline.rules = &any;
    settings.pipeline.gate = (struct gate_policy){ .basis = BASIS_OWN, .all_is_own = true };
    struct workers *workers = workers_start(&settings, &err);
    MUST(workers != NULL);
    return workers;
}

static uint64_t resident_octets(void)
{
    uint64_t pages = 0, ignored = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    MUST(file && fscanf(file, "%" SCNu64 " %" SCNu64, &ignored, &pages) == 2);
    (void)fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static struct generation_file *open_one(const char *path)
{
    struct error err;
    struct generation_trust nobody = { NULL, 0 };
    struct generation_file *file = generation_open(path, GENERATION_COPIED, &nobody, &err);
    MUST(file != NULL);
    return file;
}

static void report(size_t number, bool is_good, const char *what)
{
    printf("%sok %zu - %s\n", is_good ? "" : "not ", number, what);
}

/* Gives two workers flows while the sets under them change; what they have let go is closed. */
static uint64_t run(struct workers *workers, char **paths, uint64_t swaps, uint64_t *growth)
{
    static struct message_batch batch;
    static uint8_t octets[4096];
    uint32_t line = 1;
    uint64_t settled = 0;
    static struct generation_file *old; /* the last goes with the process */
    for (uint64_t i = 0; i < swaps; i++) {
        struct generation_file *next = open_one(paths[i % 2]);
        workers_set_indicators(workers, generation_set(next));
        size_t len = write_flows(octets, &line);
        batch.messages[0] = (struct export_message){ .octets = { octets, len } };
        batch.count = 1;
        workers_run_messages(workers, &batch);
        while (!workers_are_settled(workers))
            (void)sched_yield();
        if (old)
            generation_close(old);
        old = next;
        if (i == SETTLED)
            settled = resident_octets();
    }
    uint64_t now = resident_octets();
    *growth = now > settled ? now - settled : 0;
    return line - 1;
}

int main(int argc, char **argv)
{
    struct kept kept = { 0 };
    uint64_t swaps = 10000, growth = 0;
    if (argc < 3 || (argc > 3 && !text_read_u64(bytes_of_string(argv[3]), UINT32_MAX, &swaps)))
        return EXIT_FAILURE;
    struct workers *workers = start(&kept);
    uint64_t sent = run(workers, argv + 1, swaps, &growth);
    workers_finish(workers);
    puts("1..4");
    report(1, kept.flows == sent, "every flow was selected, and once");
    report(2, kept.hits == sent && kept.by_none == 0, "each by one hit of one of the two");
    report(3, kept.by_generation[0] > 0 && kept.by_generation[1] > 0, "both were asked");
    report(4, growth < GROWTH_MAX, "memory did not grow with the swaps");
    printf("# %" PRIu64 " swaps, %" PRIu64 " flows, %" PRIu64 " kept, growth %" PRIu64 "\n",
           swaps, sent, kept.flows, growth);
    return kept.flows == sent && kept.hits == sent && growth < GROWTH_MAX ? EXIT_SUCCESS
                                                                          : EXIT_FAILURE;
}
