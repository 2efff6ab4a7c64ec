// SPDX-License-Identifier: Apache-2.0
#include "decode/assembly.h"

/* Puts a range among the others; those it touches become one with it. */
static bool insert(struct assembly *assembly, struct assembly_range added, bool *overlaps)
{
    struct assembly_range *ranges = assembly->ranges, merged = added;
    size_t count = assembly->count, first = 0;
    while (first < count && ranges[first].to < added.from)
        first++;
    size_t last = first; /* behind those it touches */
    for (; last < count && ranges[last].from <= added.to; last++) {
        *overlaps |= ranges[last].from < added.to && added.from < ranges[last].to;
        merged.from = ranges[last].from < merged.from ? ranges[last].from : merged.from;
        merged.to = ranges[last].to > merged.to ? ranges[last].to : merged.to;
    }
    if (first == last && count == ASSEMBLY_RANGES_MAX)
        return false;
    memmove(ranges + first + 1, ranges + last, (count - last) * sizeof *ranges);
    ranges[first] = merged;
    assembly->count = (uint8_t)(count - (last - first) + 1);
    return true;
}

bool assembly_add(struct assembly *assembly, struct bytes octets, size_t offset,
                  struct room room, bool *overlaps)
{
    if (octets.len > room.len || offset > room.len - octets.len)
        return false;
    if (octets.len == 0)
        return true;
    struct assembly before = *assembly;
    size_t at = offset, end = offset + octets.len;
    if (!insert(assembly, (struct assembly_range){ (uint32_t)at, (uint32_t)end }, overlaps))
        return false;
    for (size_t i = 0; i <= before.count && at < end; i++) {
        size_t gap_end =
            i < before.count && before.ranges[i].from < end ? before.ranges[i].from : end;
        if (at < gap_end)
            memcpy(room.at + at, octets.at + (at - offset), gap_end - at);
        if (i < before.count && before.ranges[i].to > at)
            at = before.ranges[i].to;
    }
    return true;
}

size_t assembly_front(const struct assembly *assembly)
{
    return assembly->count > 0 && assembly->ranges[0].from == 0 ? assembly->ranges[0].to : 0;
}

size_t assembly_drop(struct assembly *assembly, size_t len)
{
    size_t kept = 0;
    uint32_t drop = (uint32_t)len;
    for (size_t i = 0; i < assembly->count; i++) {
        struct assembly_range range = assembly->ranges[i];
        if (range.to > drop)
            assembly->ranges[kept++] =
                (struct assembly_range){ range.from > drop ? range.from - drop : 0,
                                         range.to - drop };
    }
    assembly->count = (uint8_t)kept;
    return kept > 0 ? assembly->ranges[kept - 1].to : 0;
}
