// SPDX-License-Identifier: Apache-2.0
/* Lines in, flows with their facts out. */
#pragma once

#include <stdlib.h>

#include "logs/logs.h"

#include "check.h"

enum { FLOWS_MAX = 64, FEED_FACTS_MAX = 16 };

static struct {
    size_t count;
    struct flow flows[FLOWS_MAX];
    size_t fact_counts[FLOWS_MAX];
    struct fact facts[FLOWS_MAX][FEED_FACTS_MAX];
} got;

static void *memory;
static struct logs *logs;
static struct line_batch batch;

static inline void take(void *context, const struct flow *flow)
{
    (void)context;
    if (got.count == FLOWS_MAX)
        return;
    got.flows[got.count] = *flow;
    size_t facts = 0;
    for (const struct fact *fact = flow->facts; fact && facts < FEED_FACTS_MAX;
         fact = fact->next)
        memcpy(&got.facts[got.count][facts++], fact, fact_size((enum fact_kind)fact->kind));
    got.fact_counts[got.count++] = facts;
}

static inline void start_with(size_t facts_max)
{
    struct logs_limits limits = { .facts_max = facts_max };
    free(memory);
    memory = malloc(logs_size(&limits));
    check(memory != NULL);
    struct arena arena = arena_over(memory, logs_size(&limits));
    struct hash_key key = { { 1, 2, 3, 4 } };
    memset(&got, 0, sizeof got);
    logs = logs_init(&limits, key, (struct logs_sink){ take, NULL }, &arena);
}

static inline void start(void)
{
    start_with(1024);
}

/* Every line of the text, as lines of file number `file` from its start. */
static inline void feed_file(uint16_t file, const char *text)
{
    struct bytes rest = bytes_of_string(text);
    bool starts = true;
    batch.count = 0;
    while (rest.len > 0 && batch.count < LINE_BATCH_MAX) {
        size_t len = bytes_find(rest, '\n');
        batch.lines[batch.count++] = (struct log_line){ .text = bytes_slice(rest, 0, len),
                                                        .number = batch.count + 1,
                                                        .file = file,
                                                        .starts = starts };
        starts = false;
        rest = bytes_slice(rest, len + 1, rest.len);
    }
    logs_run(logs, &batch);
}

static inline void feed(const char *text)
{
    feed_file(0, text);
}

static inline uint64_t counted(const char *reason)
{
    static struct summary summary;
    summary.counter_count = 0;
    logs_count(logs, &summary);
    for (size_t i = 0; i < summary.counter_count; i++) {
        if (strcmp(summary.counters[i].reason, reason) == 0)
            return summary.counters[i].count;
    }
    return 0;
}

static inline const char *trouble(size_t i)
{
    uint16_t file = 0;
    const char *text = logs_trouble(logs, i, &file);
    return text ? text : "";
}

static inline void check_address(const struct ip_address *address, const char *expected)
{
    char room[IP_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    ip_write(address, &text);
    check_text(text_bytes(&text), expected);
}
