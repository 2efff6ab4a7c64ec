// SPDX-License-Identifier: Apache-2.0
/* The header of a generation file, field by field, and the view over its arrays. */
#include "select/generation.h"

#include "base/cursor.h"
#include "base/must.h"
#include "select/indicators_private.h"

static const uint8_t magic[8] = { 'S', 'E', 'K', 'I', 'S', 'H', 'O', 'I' };

_Static_assert(sizeof(struct record) == 32 && sizeof(struct slot) == 8,
               "the arrays of the file have no padding");
_Static_assert(sizeof(struct generation_list) == 88, "nor have its lists");
_Static_assert(INDICATOR_KINDS == 8, "the header counts eight kinds");

struct generation_span generation_span(const struct generation *generation,
                                       enum generation_section section)
{
    const uint64_t lens[GENERATION_SECTIONS] = {
        [GENERATION_LISTS] = generation->list_count * sizeof(struct generation_list),
        [GENERATION_V4_LENGTHS] = V4_BLOCKS * sizeof(uint32_t),
        [GENERATION_FILTER] = generation->line_count * LINE_OCTETS,
        [GENERATION_SLOTS] = generation->slot_count * sizeof(struct slot),
        [GENERATION_RECORDS] = generation->count * sizeof(struct record),
        [GENERATION_TEXT] = generation->text_len,
    };
    uint64_t at = GENERATION_ALIGN; /* the header's own room */
    for (size_t i = 0; i < (size_t)section; i++)
        at += (lens[i] + GENERATION_ALIGN - 1) / GENERATION_ALIGN * GENERATION_ALIGN;
    return (struct generation_span){ at, lens[section] };
}

uint64_t generation_end(const struct generation *generation)
{
    struct generation_span last = generation_span(generation, GENERATION_TEXT);
    return last.at + last.len;
}

static void put(uint8_t **at, uint64_t number, size_t octets)
{
    for (size_t i = octets; i-- > 0; number >>= 8)
        (*at)[i] = (uint8_t)number;
    *at += octets;
}

static void put_octets(uint8_t **at, const void *octets, size_t len)
{
    memcpy(*at, octets, len);
    *at += len;
}

void generation_write(const struct generation *generation,
                      uint8_t out[GENERATION_HEADER_OCTETS])
{
    uint8_t *at = out;
    memset(out, 0, GENERATION_HEADER_OCTETS);
    put_octets(&at, magic, sizeof magic);
    put(&at, GENERATION_FORMAT, 4);
    put(&at, generation->role, 4);
    put(&at, generation->number, 8);
    put(&at, generation->sequence, 8);
    put(&at, (uint64_t)generation->built_ns, 8);
    put(&at, generation->exceptions, 4);
    put(&at, generation->list_count, 4);
    put(&at, generation->count, 8);
    put(&at, generation->text_len, 8);
    put(&at, generation->slot_count, 8);
    put(&at, generation->line_count, 8);
    put(&at, generation->probe_max, 4);
    put_octets(&at, generation->v6_lengths, sizeof generation->v6_lengths);
    put(&at, 0, 3);
    for (size_t i = 0; i < 4; i++)
        put(&at, generation->key.word[i], 8);
    for (size_t i = 0; i < INDICATOR_KINDS; i++)
        put(&at, generation->kind_count[i], 8);
    put_octets(&at, generation->inputs, sizeof generation->inputs);
    put_octets(&at, generation->digests, sizeof generation->digests);
    MUST(at - out <= GENERATION_HEADER_OCTETS);
}

static void get_octets(struct cursor *at, void *out, size_t len)
{
    struct bytes octets = cursor_bytes(at, len);
    if (octets.len == len)
        memcpy(out, octets.at, len);
}

static enum fault read_fields(struct cursor *at, struct generation *out)
{
    uint32_t role = cursor_be32(at);
    if (role >= GENERATION_ROLES)
        return FAULT_UNSUPPORTED;
    out->role = (enum generation_role)role;
    out->number = cursor_be64(at);
    out->sequence = cursor_be64(at);
    out->built_ns = (int64_t)cursor_be64(at);
    out->exceptions = cursor_be32(at);
    out->list_count = cursor_be32(at);
    out->count = cursor_be64(at);
    out->text_len = cursor_be64(at);
    out->slot_count = cursor_be64(at);
    out->line_count = cursor_be64(at);
    out->probe_max = cursor_be32(at);
    get_octets(at, out->v6_lengths, sizeof out->v6_lengths);
    cursor_skip(at, 3);
    for (size_t i = 0; i < 4; i++)
        out->key.word[i] = cursor_be64(at);
    for (size_t i = 0; i < INDICATOR_KINDS; i++)
        out->kind_count[i] = cursor_be64(at);
    get_octets(at, out->inputs, sizeof out->inputs);
    get_octets(at, out->digests, sizeof out->digests);
    return at->broken ? FAULT_TRUNCATED : FAULT_NONE;
}

static bool is_within(const struct generation *g)
{
    const uint64_t most = UINT64_C(1) << 32;
    uint64_t kinds = 0;
    for (size_t i = 0; i < INDICATOR_KINDS; i++) {
        if (g->kind_count[i] > g->count)
            return false;
        kinds += g->kind_count[i];
    }
    return g->count < most / 2 && g->text_len < most && g->slot_count < most &&
           g->line_count < most && g->slot_count > g->count && g->line_count > 0 &&
           g->list_count <= INDICATOR_LISTS_MAX && g->probe_max <= GENERATION_PROBE_MAX &&
           kinds == g->count;
}

static bool is_allowed(const struct generation *g)
{
    bool is_overlay = g->role == GENERATION_OVERLAY;
    return (g->exceptions & ~(uint32_t)GENERATION_EXCEPTIONS) == 0 && g->v6_lengths[16] <= 1 &&
           is_overlay == (g->sequence > 0) && g->number > 0 && g->built_ns >= 0 &&
           (!is_overlay || g->count <= GENERATION_OVERLAY_MAX);
}

enum fault generation_read(struct bytes whole, struct generation *out)
{
    struct cursor at = cursor_over(bytes_slice(whole, 0, GENERATION_HEADER_OCTETS));
    struct bytes start = cursor_bytes(&at, sizeof magic);
    uint32_t format = cursor_be32(&at);
    if (whole.len < GENERATION_HEADER_OCTETS)
        return FAULT_TRUNCATED;
    if (!bytes_equal(start, (struct bytes){ magic, sizeof magic }))
        return FAULT_VALUE;
    if (format != GENERATION_FORMAT)
        return FAULT_VERSION;
    struct generation generation = { .role = GENERATION_WHOLE };
    enum fault fault = read_fields(&at, &generation);
    if (fault != FAULT_NONE)
        return fault;
    if (!is_within(&generation) || !is_allowed(&generation))
        return FAULT_VALUE;
    uint8_t again[GENERATION_HEADER_OCTETS];
    generation_write(&generation, again);
    if (memcmp(again, whole.at, sizeof again) != 0)
        return FAULT_VALUE; /* what is not a field is 0 */
    if (generation_end(&generation) > whole.len)
        return FAULT_TRUNCATED;
    *out = generation;
    return FAULT_NONE;
}

struct bytes indicators_section(const struct indicators *set, enum generation_section section)
{
    const struct bytes sections[GENERATION_SECTIONS] = {
        [GENERATION_LISTS] = { (const uint8_t *)set->lists,
                               set->list_count * sizeof *set->lists },
        [GENERATION_V4_LENGTHS] = { (const uint8_t *)set->v4_lengths,
                                    V4_BLOCKS * sizeof *set->v4_lengths },
        [GENERATION_FILTER] = { (const uint8_t *)set->filter, set->line_count * LINE_OCTETS },
        [GENERATION_SLOTS] = { (const uint8_t *)set->slots,
                               set->slot_count * sizeof *set->slots },
        [GENERATION_RECORDS] = { (const uint8_t *)set->records,
                                 set->count * sizeof *set->records },
        [GENERATION_TEXT] = { set->text, set->text_len },
    };
    return sections[section];
}

static void take_arrays(struct indicators *set, uint8_t *whole,
                        const struct generation *generation)
{
    void *at[GENERATION_SECTIONS];
    for (enum generation_section i = 0; i < GENERATION_SECTIONS; i++)
        at[i] = whole + generation_span(generation, i).at;
    set->lists = at[GENERATION_LISTS];
    set->v4_lengths = at[GENERATION_V4_LENGTHS];
    set->filter = at[GENERATION_FILTER];
    set->slots = at[GENERATION_SLOTS];
    set->records = at[GENERATION_RECORDS];
    set->text = at[GENERATION_TEXT];
}

size_t indicators_view_size(void)
{
    return sizeof(struct indicators) + alignof(max_align_t);
}

struct indicators *indicators_over(uint8_t *whole, const struct generation *generation,
                                   struct arena *keep)
{
    struct indicators *set = ARENA_NEW(keep, struct indicators, 1);
    take_arrays(set, whole, generation);
    set->key = generation->key;
    set->count = generation->count;
    set->text_len = generation->text_len;
    set->list_count = generation->list_count;
    set->slot_count = generation->slot_count;
    set->line_count = generation->line_count;
    set->probe_max = generation->probe_max;
    set->number = generation->number;
    set->sequence = generation->sequence;
    for (size_t i = 0; i < INDICATOR_KINDS; i++)
        set->kind_count[i] = generation->kind_count[i];
    for (unsigned len = LENGTHS; len-- > 0;) {
        if (generation->v6_lengths[len / 8] >> len % 8 & 1)
            set->v6_lengths[set->v6_length_count++] = (uint8_t)len;
    }
    indicators_prepare(set);
    return set;
}

struct indicators *indicators_with(const struct indicators *set,
                                   const struct indicators *overlay, struct arena *keep)
{
    struct indicators *view = ARENA_NEW(keep, struct indicators, 1);
    size_t lists = set->list_count;
    *view = *set;
    view->overlay = NULL;
    for (size_t i = 0; overlay && i < overlay->list_count; i++) {
        if (indicators_find_list(view, overlay->lists[i].name, &view->overlay_lists[i]))
            continue;
        if (lists == INDICATOR_LISTS_MAX)
            return NULL;
        view->overlay_lists[i] = (uint16_t)lists++;
    }
    view->overlay = overlay;
    return view;
}
