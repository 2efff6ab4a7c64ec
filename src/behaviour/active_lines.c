// SPDX-License-Identifier: Apache-2.0
#include "behaviour/active_lines.h"

bool active_lines_add(struct active_lines *lines, uint64_t line_hash)
{
    return sketch_add(&lines->parts[line_hash >> 60], line_hash);
}

double active_lines_count(const struct active_lines *lines)
{
    double count = 0;
    for (size_t i = 0; i < ACTIVE_LINES_PARTS; i++)
        count += sketch_count(&lines->parts[i]);
    return count;
}

void active_lines_merge(struct active_lines *lines, const struct active_lines *other)
{
    for (size_t i = 0; i < ACTIVE_LINES_PARTS; i++)
        sketch_merge(&lines->parts[i], &other->parts[i]);
}
