// SPDX-License-Identifier: Apache-2.0
/* NetFlow v9 (RFC 3954) and IPFIX (RFC 7011): messages of sets, sets of templates or records.
 */
#include "collect/protocol_private.h"

#include "base/time.h"
#include "collect/sets_private.h"

enum { SET_HEAD = 4, SET_IDS_RESERVED = 256, IPFIX_HEAD = 16 };

/* RFC 3954 5.1.  Its length is that of the datagram. */
static enum fault read_head9(struct cursor *c, struct message_head *out)
{
    cursor_skip(c, 2); /* records of all kinds, which exporters count differently */
    uint32_t uptime_ms = cursor_be32(c);
    int64_t seconds = cursor_be32(c);
    uint32_t sequence = cursor_be32(c);
    uint32_t domain = cursor_be32(c);
    if (c->broken)
        return FAULT_TRUNCATED;
    *out = (struct message_head){ .protocol = EXPORT_NETFLOW9,
                                  .domain = domain,
                                  .sequence = sequence,
                                  .export_ns = seconds * TIME_SECOND_NS,
                                  .uptime_ms = uptime_ms,
                                  .has_uptime = true };
    return FAULT_NONE;
}

/* RFC 7011 3.1.  What follows the message's own end is no part of it. */
static enum fault read_head10(struct cursor *c, struct message_head *out)
{
    size_t length = cursor_be16(c);
    int64_t seconds = cursor_be32(c);
    uint32_t sequence = cursor_be32(c);
    uint32_t domain = cursor_be32(c);
    if (c->broken)
        return FAULT_TRUNCATED;
    if (length < IPFIX_HEAD)
        return FAULT_LENGTH;
    *c = cursor_take(c, length - IPFIX_HEAD);
    if (c->broken)
        return FAULT_TRUNCATED;
    *out = (struct message_head){ .protocol = EXPORT_IPFIX,
                                  .domain = domain,
                                  .sequence = sequence,
                                  .export_ns = seconds * TIME_SECOND_NS };
    return FAULT_NONE;
}

static bool is_template_set(const struct reading *reading, uint16_t id, bool *is_options)
{
    uint16_t first = reading->head->protocol == EXPORT_IPFIX ? 2 : 0;
    *is_options = id == first + 1;
    return id == first || id == first + 1;
}

/* One set, its header taken; what is wrong with it does not touch the next. */
static enum fault read_set(struct reading *reading, uint16_t id, struct cursor set)
{
    bool is_options;
    if (is_template_set(reading, id, &is_options))
        return template_set_read(reading, is_options, set);
    if (id < SET_IDS_RESERVED)
        return FAULT_VALUE;
    return data_set_read(reading, id, set);
}

/* The first fault is the message's; all are the exporter's. */
static void note(struct reading *reading, enum fault fault, enum fault *first)
{
    if (fault == FAULT_NONE)
        return;
    exporter_fault(reading->exporter, fault);
    reading->is_unsure = true;
    if (*first == FAULT_NONE)
        *first = fault;
}

static enum fault read_sets(struct reading *reading, struct cursor *c)
{
    enum fault first = FAULT_NONE;
    while (c->left >= SET_HEAD) {
        uint16_t id = cursor_be16(c);
        size_t length = cursor_be16(c); /* counts this header too */
        if (length < SET_HEAD || length - SET_HEAD > c->left) {
            note(reading, FAULT_LENGTH, &first);
            return first;
        }
        note(reading, read_set(reading, id, cursor_take(c, length - SET_HEAD)), &first);
    }
    for (; c->left > 0; cursor_skip(c, 1)) /* padding that no set counts */
        if (*c->at != 0) {
            note(reading, FAULT_TRUNCATED, &first);
            break;
        }
    return first;
}

enum fault ipfix_read(struct collect *collect, const struct export_message *message)
{
    struct cursor c = cursor_over(message->octets);
    struct message_head head;
    uint16_t version = cursor_be16(&c);
    enum fault fault = version == 9 ? read_head9(&c, &head) : read_head10(&c, &head);
    if (fault)
        return fault;
    struct reading reading = {
        .collect = collect,
        .exporter = exporters_find(collect->exporters, message, &head),
        .message = message,
        .head = &head,
    };
    reading.system_init_ms =
        &owner_of(collect->templates, exporter_number(reading.exporter))->system_init_ms;
    exporter_begin(reading.exporter, message, &head);
    fault = read_sets(&reading, &c);
    uint32_t flows = reading.records - reading.options;
    exporter_count(reading.exporter, flows - reading.samples, reading.options, reading.samples);
    exporter_end(reading.exporter, &head,
                 (struct message_units){ reading.records, flows, !reading.is_unsure });
    return fault;
}
