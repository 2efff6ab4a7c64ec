// SPDX-License-Identifier: Apache-2.0
#include "decode/assembly.h"

/* Puts a range among the others and merges what touches. */
static bool insert(struct assembly *assembly, struct assembly_range added, bool *overlaps)
{
    struct assembly_range merged[ASSEMBLY_RANGES_MAX + 1];
    size_t count = 0;
    bool is_placed = false, meets = false;
    for (size_t i = 0; i < assembly->count; i++) {
        struct assembly_range range = assembly->ranges[i];
        meets |= range.from < added.to && added.from < range.to;
        if (range.to < added.from) {
            merged[count++] = range;
        } else if (added.to < range.from) {
            if (!is_placed)
                merged[count++] = added;
            is_placed = true;
            merged[count++] = range;
        } else {
            added.from = range.from < added.from ? range.from : added.from;
            added.to = range.to > added.to ? range.to : added.to;
        }
    }
    if (!is_placed)
        merged[count++] = added;
    if (count > ASSEMBLY_RANGES_MAX)
        return false;
    memcpy(assembly->ranges, merged, count * sizeof *merged);
    assembly->count = (uint8_t)count;
    *overlaps |= meets;
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
