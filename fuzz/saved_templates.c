// SPDX-License-Identifier: Apache-2.0
/* What a collector saved: anything may stand in the file.  What is refused has changed nothing;
 * what is taken is saved and taken again the same. */
#include <stdlib.h>

#include "base/must.h"
#include "collect/collect.h"
#include "collect/saved_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SAVED_MAX = 1 << 18, CONTENT_MAX = 1 << 16 };

static struct collect *open_collect(void **memory)
{
    static const struct hash_key key = { { 1, 2, 3, 4 } };
    const struct collect_policy policy = { 0 };
    struct collect_limits limits = collect_defaults;
    limits.exporters_max = 8;
    limits.templates_max = 64;
    limits.fields_max = 1024;
    limits.pending_octets = 4096;
    size_t collect_octets = collect_size(&limits);
    *memory = malloc(collect_octets);
    MUST(*memory);
    struct arena arena = arena_over(*memory, collect_octets);
    return collect_init(&limits, &policy, key, (struct collect_sink){ 0 }, &arena);
}

/* Restores into a new collector and saves it again; 0 when it was refused. */
static size_t turn(struct bytes saved, uint8_t *out)
{
    void *memory;
    struct collect *collect = open_collect(&memory);
    size_t empty = collect_save(collect, NULL, 0);
    bool is_taken = collect_restore(collect, saved, 1000) == FAULT_NONE;
    size_t len = collect_save(collect, out, SAVED_MAX);
    MUST(is_taken || len == empty);
    MUST(len <= SAVED_MAX);
    free(memory);
    return is_taken ? len : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t given[CONTENT_MAX + SAVED_HASH_OCTETS], first[SAVED_MAX], second[SAVED_MAX];
    if (size > CONTENT_MAX)
        return 0;
    if (size > 0)
        memcpy(given, data, size);
    MUST(turn((struct bytes){ given, size }, first) == 0 || size > SAVED_HASH_OCTETS);
    uint64_t hash = saved_hash((struct bytes){ given, size });
    for (size_t i = 0; i < SAVED_HASH_OCTETS; i++)
        given[size + i] = (uint8_t)(hash >> (SAVED_HASH_OCTETS - 1 - i) * 8);
    size_t len = turn((struct bytes){ given, size + SAVED_HASH_OCTETS }, first);
    if (len == 0)
        return 0;
    MUST(turn((struct bytes){ first, len }, second) == len);
    MUST(memcmp(first, second, len) == 0);
    return 0;
}
