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
