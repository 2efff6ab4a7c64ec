// SPDX-License-Identifier: Apache-2.0
#include "collect/exporter_private.h"

struct exporters {
    size_t count;
};

size_t exporters_size(const struct collect_limits *limits)
{
    (void)limits;
    return sizeof(struct exporters) + alignof(max_align_t);
}

struct exporters *exporters_init(const struct collect_limits *limits,
                                 const struct collect_policy *policy, struct hash_key key,
                                 struct templates *templates, struct arena *keep)
{
    (void)templates;
    (void)limits;
    (void)policy;
    (void)key;
    return ARENA_NEW(keep, struct exporters, 1);
}

bool collect_exporter(const struct collect *collect, size_t i, struct exporter_view *out)
{
    (void)collect;
    (void)i;
    (void)out;
    return false;
}

const char *export_protocol_name(enum export_protocol protocol)
{
    (void)protocol;
    return "";
}
