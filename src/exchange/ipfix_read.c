// SPDX-License-Identifier: Apache-2.0
#include "exchange/ipfix_read.h"

#include "base/cursor.h"
#include "base/time.h"
#include "exchange/ipfix_private.h"

#define TIME_MS_MAX ((uint64_t)(INT64_MAX / TIME_MILLISECOND_NS))

struct reading {
    const struct received_taker *taker;
    struct received_account account;
    uint64_t templates; /* told so far, a bit each */
};

/* RFC 7011 3.1 */
static enum fault read_header(struct reading *reading, struct cursor *message)
{
    uint16_t version = cursor_be16(message);
    cursor_skip(message, 2); /* the length, by which it was taken */
    cursor_skip(message, 4); /* when it was exported */
    uint32_t sequence = cursor_be32(message);
    uint32_t domain = cursor_be32(message);
    if (message->broken)
        return FAULT_TRUNCATED;
    if (version != IPFIX_VERSION)
        return FAULT_VERSION;
    if (reading->account.messages == 0)
        reading->account.domain = domain;
    bool goes_on =
        domain == reading->account.domain && sequence == (uint32_t)reading->account.records;
    return goes_on ? FAULT_NONE : FAULT_VALUE;
}

/* Octet for octet what the writer would tell. */
static enum fault read_template(struct reading *reading, struct cursor *set)
{
    uint8_t room[IPFIX_TEMPLATE_OCTETS_MAX];
    struct bytes rest = cursor_rest(set);
    unsigned number = cursor_be16(set);
    if (set->broken)
        return FAULT_TRUNCATED;
    if (number < IPFIX_TEMPLATE_FIRST || number >= IPFIX_TEMPLATE_FIRST + IPFIX_TEMPLATES)
        return FAULT_UNSUPPORTED;
    unsigned index = number - IPFIX_TEMPLATE_FIRST;
    size_t len = ipfix_write_template(ipfix_shape_at(index), room);
    if (!bytes_start_with(rest, (struct bytes){ room, len }))
        return FAULT_UNSUPPORTED;
    cursor_skip(set, len - 2);
    reading->templates |= UINT64_C(1) << index;
    return FAULT_NONE;
}

static enum fault read_templates(struct reading *reading, struct cursor *set)
{
    enum fault fault = FAULT_NONE;
    while (fault == FAULT_NONE && set->left > 0)
        fault = read_template(reading, set);
    return fault;
}

/* "line-" and 16 letters of base32 (RFC 4648, lower case). */
static bool is_pseudonym(struct bytes words)
{
    struct bytes head = BYTES("line-");
    bool good = words.len == IPFIX_PSEUDONYM_OCTETS && bytes_start_with(words, head);
    for (size_t i = head.len; good && i < words.len; i++) {
        uint8_t c = words.at[i];
        good = (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
    }
    return good;
}

static bool read_party(struct cursor *set, enum ipfix_end end, struct received_party *out)
{
    *out = (struct received_party){ .is_pseudonym = end == IPFIX_END_PSEUDONYM };
    if (end == IPFIX_END_V4) {
        out->address = ip_from_v4(cursor_be32(set));
        return true;
    }
    if (end == IPFIX_END_PSEUDONYM) {
        out->pseudonym = cursor_bytes(set, IPFIX_PSEUDONYM_OCTETS);
        return set->broken || is_pseudonym(out->pseudonym);
    }
    const uint8_t *octets = cursor_advance(set, sizeof out->address.octets);
    if (octets)
        memcpy(out->address.octets, octets, sizeof out->address.octets);
    return !ip_is_v4(&out->address); /* which has a form of its own */
}

static bool read_time(struct cursor *set, int64_t *out)
{
    uint64_t time_ms = cursor_be64(set);
    bool is_time = time_ms <= TIME_MS_MAX;
    *out = is_time ? (int64_t)time_ms * TIME_MILLISECOND_NS : 0;
    return is_time;
}

static bool read_numbers(struct cursor *set, bool has_rate, struct received_flow *out)
{
    enum { INITIATOR = 1 };
    out->initiator_port = cursor_be16(set);
    out->responder_port = cursor_be16(set);
    out->protocol = cursor_u8(set);
    bool good = read_time(set, &out->start_ns);
    good = read_time(set, &out->end_ns) && good;
    out->octets_forward = cursor_be64(set);
    out->packets_forward = cursor_be64(set);
    out->octets_reverse = cursor_be64(set);
    out->packets_reverse = cursor_be64(set);
    out->end = cursor_u8(set);
    uint8_t biflow = cursor_u8(set);
    out->sampling_rate = has_rate ? cursor_be32(set) : 0;
    /* A rate that nobody told has no field. */
    return good && out->start_ns <= out->end_ns && biflow == INITIATOR &&
           out->end >= FLOW_END_IDLE && out->end <= FLOW_END_RESOURCES &&
           has_rate == (out->sampling_rate > 0);
}

/* RFC 7011 7, in the form of one octet. */
static bool read_word(struct cursor *set, size_t max, struct bytes *out)
{
    *out = cursor_bytes(set, cursor_u8(set));
    bool good = out->len <= max;
    for (size_t i = 0; i < out->len; i++)
        good = good && out->at[i] >= ' ' && out->at[i] <= '~';
    return good;
}

static bool read_direction(struct cursor *set, enum direction *out)
{
    struct bytes word;
    if (!read_word(set, IPFIX_VARIABLE_MAX, &word))
        return false;
    for (unsigned i = 0; i < DIRECTIONS; i++) {
        *out = (enum direction)i;
        if (bytes_equal(word, bytes_of_string(direction_name(*out))))
            return true;
    }
    return false;
}

static bool read_mandate(struct cursor *set, struct received_flow *out)
{
    out->has_mandate = true;
    if (!read_word(set, BASIS_NAME_MAX - 1, &out->basis) ||
        !read_word(set, WARRANT_SERIAL_MAX - 1, &out->warrant) ||
        !read_word(set, SELECTOR_NAME_MAX - 1, &out->selector) ||
        !read_direction(set, &out->direction) ||
        !read_word(set, IPFIX_VARIABLE_MAX, &out->server_name) ||
        !read_time(set, &out->retention_until_ns))
        return false;
    uint8_t line = cursor_u8(set);
    out->line_is_initiator = line == IPFIX_LINE_INITIATOR;
    return out->warrant.len > 0 && out->retention_until_ns > 0 &&
           (line == IPFIX_LINE_INITIATOR || line == IPFIX_LINE_RESPONDER);
}

static enum fault read_record(struct reading *reading, struct ipfix_shape shape,
                              struct cursor *set)
{
    struct received_flow flow = { .sampling_rate = 0 };
    bool good = read_party(set, shape.ends[0], &flow.initiator);
    good = read_party(set, shape.ends[1], &flow.responder) && good;
    good = read_numbers(set, shape.has_rate, &flow) && good;
    if (good && shape.has_mandate)
        good = read_mandate(set, &flow);
    if (set->broken)
        return FAULT_LENGTH; /* no whole record is left in the set */
    if (!good)
        return FAULT_VALUE;
    reading->account.records++;
    return reading->taker->take(reading->taker->context, &flow) ? FAULT_NONE : FAULT_LIMIT;
}

static enum fault read_records(struct reading *reading, unsigned number, struct cursor *set)
{
    enum fault fault = FAULT_NONE;
    unsigned index = number - IPFIX_TEMPLATE_FIRST;
    if (number < IPFIX_TEMPLATE_FIRST || index >= IPFIX_TEMPLATES ||
        (reading->templates >> index & 1) == 0)
        return FAULT_UNSUPPORTED;
    struct ipfix_shape shape = ipfix_shape_at(index);
    while (fault == FAULT_NONE && set->left > 0)
        fault = read_record(reading, shape, set);
    return fault;
}

/* RFC 7011 3.3.2 */
static enum fault read_set(struct reading *reading, struct cursor *message)
{
    unsigned number = cursor_be16(message);
    size_t len = cursor_be16(message);
    if (message->broken)
        return FAULT_TRUNCATED;
    if (len <= IPFIX_SET_OCTETS)
        return FAULT_LENGTH; /* empty ones we do not write */
    struct cursor set = cursor_take(message, len - IPFIX_SET_OCTETS);
    if (set.broken)
        return FAULT_LENGTH;
    return number == IPFIX_TEMPLATE_SET ? read_templates(reading, &set)
                                        : read_records(reading, number, &set);
}

static enum fault read_message(struct reading *reading, struct cursor *batch)
{
    struct bytes rest = cursor_rest(batch);
    if (rest.len < IPFIX_HEADER_OCTETS)
        return FAULT_TRUNCATED;
    size_t len = (size_t)rest.at[2] << 8 | rest.at[3];
    if (len < IPFIX_HEADER_OCTETS || len > IPFIX_MESSAGE_OCTETS)
        return FAULT_LENGTH;
    struct cursor message = cursor_take(batch, len);
    if (message.broken)
        return FAULT_TRUNCATED;
    enum fault fault = read_header(reading, &message);
    while (fault == FAULT_NONE && message.left > 0)
        fault = read_set(reading, &message);
    reading->account.messages++;
    return fault;
}

enum fault ipfix_read_batch(struct bytes batch, const struct received_taker *taker,
                            struct received_account *out)
{
    struct reading reading = { .taker = taker };
    struct cursor cursor = cursor_over(batch);
    enum fault fault = FAULT_NONE;
    while (fault == FAULT_NONE && cursor.left > 0)
        fault = read_message(&reading, &cursor);
    if (fault == FAULT_NONE)
        *out = reading.account;
    return fault;
}
