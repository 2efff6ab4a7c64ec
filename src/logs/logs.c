// SPDX-License-Identifier: Apache-2.0
#include "logs/logs.h"

const struct logs_limits logs_defaults = { .facts_max = 1 << 16 };

struct logs {
    struct logs_sink sink;
};

size_t logs_size(const struct logs_limits *limits)
{
    (void)limits;
    return sizeof(struct logs) + alignof(max_align_t);
}

struct logs *logs_init(const struct logs_limits *limits, struct hash_key key,
                       struct logs_sink sink, struct arena *keep)
{
    (void)limits;
    (void)key;
    struct logs *logs = ARENA_NEW(keep, struct logs, 1);
    logs->sink = sink;
    return logs;
}

void logs_run(struct logs *logs, const struct line_batch *lines)
{
    (void)logs;
    (void)lines;
}

void logs_finish(struct logs *logs)
{
    (void)logs;
}

void logs_count(const struct logs *logs, struct summary *summary)
{
    (void)logs;
    (void)summary;
}

const char *logs_trouble(const struct logs *logs, size_t i, uint16_t *file)
{
    (void)logs;
    (void)i;
    (void)file;
    return NULL;
}
