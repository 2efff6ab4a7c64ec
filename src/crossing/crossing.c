// SPDX-License-Identifier: Apache-2.0
#include "crossing/crossing.h"

#include "base/must.h"
#include "crossing/layout_private.h"

static const struct {
    const char *name;
    enum crossing_way way;
    size_t size; /* of what it holds */
} kinds[CROSSING_KINDS] = {
    [CROSSING_READY] = { "ready", CROSSING_TO_KEEPER, sizeof(struct crossing_ready) },
    [CROSSING_FLOW] = { "flow", CROSSING_TO_KEEPER, sizeof(struct minimised_flow) },
    [CROSSING_SIGHTING] = { "sighting", CROSSING_TO_KEEPER, sizeof(struct minimised_sighting) },
    [CROSSING_BATCH] = { "batch", CROSSING_TO_KEEPER, sizeof(struct crossing_batch) },
    [CROSSING_COUNTS] = { "counts", CROSSING_TO_KEEPER, sizeof(struct crossing_counts) },
    [CROSSING_CLOSED] = { "closed", CROSSING_TO_KEEPER, 0 },
    [CROSSING_CLOCK] = { "clock", CROSSING_TO_KEEPER, sizeof(struct crossing_clock) },
    [CROSSING_END] = { "end", CROSSING_TO_KEEPER, 0 },
    [CROSSING_RULES] = { "rules", CROSSING_TO_COLLECTOR, sizeof(struct rule_set) },
    [CROSSING_TIME] = { "time", CROSSING_TO_COLLECTOR, sizeof(struct crossing_time) },
    [CROSSING_INDICATORS] = { "indicators", CROSSING_TO_COLLECTOR,
                              sizeof(struct crossing_indicators) },
    [CROSSING_JUDGE] = { "judge", CROSSING_TO_COLLECTOR, 0 },
    [CROSSING_STOP] = { "stop", CROSSING_TO_COLLECTOR, 0 },
};

const char *crossing_kind_name(enum crossing_kind kind)
{
    MUST(kind < CROSSING_KINDS);
    return kinds[kind].name;
}

/* All members of the union begin where it does. */
static uint8_t *content_of(struct crossing_message *message)
{
    return (uint8_t *)message + offsetof(struct crossing_message, ready);
}

static bool is_sound(const struct crossing_message *message)
{
    return message->kind != CROSSING_RULES || rule_set_is_sound(&message->rules);
}

static enum fault read_head(struct cursor *from, enum crossing_way way, uint8_t *kind)
{
    uint8_t format = cursor_u8(from);
    *kind = cursor_u8(from);
    if (from->broken)
        return FAULT_TRUNCATED;
    if (format != CROSSING_FORMAT)
        return FAULT_VERSION;
    if (*kind >= CROSSING_KINDS || kinds[*kind].way != way)
        return FAULT_UNSUPPORTED;
    return FAULT_NONE;
}

enum fault crossing_read(struct bytes octets, enum crossing_way way,
                         struct crossing_message *out)
{
    struct cursor from = cursor_over(octets);
    uint8_t kind = 0;
    if (octets.len > CROSSING_OCTETS_MAX)
        return FAULT_LIMIT;
    enum fault fault = read_head(&from, way, &kind);
    if (fault != FAULT_NONE)
        return fault;
    memset(content_of(out), 0, kinds[kind].size);
    out->kind = (enum crossing_kind)kind;
    if (crossing_layouts[kind])
        fault = layout_read(crossing_layouts[kind], &from, content_of(out));
    if (fault != FAULT_NONE)
        return fault;
    if (from.left > 0)
        return FAULT_LENGTH;
    return is_sound(out) ? FAULT_NONE : FAULT_VALUE;
}

size_t crossing_write(const struct crossing_message *message, uint8_t *room)
{
    const uint8_t *content =
        (const uint8_t *)message + offsetof(struct crossing_message, ready);
    struct octets out = { .at = room, .len = 2, .max = CROSSING_OCTETS_MAX };
    MUST(message->kind < CROSSING_KINDS);
    room[0] = CROSSING_FORMAT;
    room[1] = (uint8_t)message->kind;
    if (crossing_layouts[message->kind])
        layout_write(crossing_layouts[message->kind], content, &out);
    return out.broken || !is_sound(message) ? 0 : out.len;
}
