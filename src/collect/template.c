// SPDX-License-Identifier: Apache-2.0
#include "collect/template_private.h"

struct templates {
    size_t count;
};

size_t templates_size(const struct collect_limits *limits)
{
    (void)limits;
    return sizeof(struct templates) + alignof(max_align_t);
}

struct templates *templates_init(const struct collect_limits *limits, struct hash_key key,
                                 struct arena *keep)
{
    (void)limits;
    (void)key;
    return ARENA_NEW(keep, struct templates, 1);
}

void templates_drop(struct templates *templates, uint32_t exporter)
{
    (void)templates;
    (void)exporter;
}

void templates_end(struct templates *templates, uint32_t exporter)
{
    (void)templates;
    (void)exporter;
}

void templates_view(const struct templates *templates, uint32_t exporter,
                    struct exporter_view *out)
{
    (void)templates;
    (void)exporter;
    (void)out;
}

size_t templates_save(const struct templates *templates, uint32_t exporter, uint8_t *out,
                      size_t max)
{
    (void)templates;
    (void)exporter;
    (void)out;
    (void)max;
    return 0;
}

enum fault templates_check(struct cursor *saved)
{
    (void)saved;
    return FAULT_NONE;
}

enum fault templates_restore(struct templates *templates, uint32_t exporter,
                             struct cursor *saved, int64_t now_ns)
{
    (void)templates;
    (void)exporter;
    (void)saved;
    (void)now_ns;
    return FAULT_NONE;
}
