// SPDX-License-Identifier: Apache-2.0
#include "decode/tls_private.h"

enum {
    RECORD_CHANGE_CIPHER_SPEC = 20,
    RECORD_ALERT = 21,
    RECORD_HANDSHAKE = 22,
    RECORD_HEARTBEAT = 24,
    RECORD_BYTES_MAX = 16 * 1024, /* of a plaintext, RFC 8446 5.1 */
    RECORD_HEADER_BYTES = 5,
    ALERT_BYTES = 2,
    ALERT_WARNING = 1,
    SSL2_CLIENT_HELLO = 1,
};

struct tls_records tls_records_over(struct bytes stream)
{
    return (struct tls_records){ .stream = cursor_over(stream) };
}

size_t tls_records_taken(const struct tls_records *records, struct bytes stream)
{
    return (size_t)(records->record.at - stream.at);
}

/* RFC 5246 E.2: two octets of length with the top bit set, the message's type, the version. */
static bool is_ssl2_hello(const uint8_t *header)
{
    return header[0] & 0x80 && header[2] == SSL2_CLIENT_HELLO &&
           (header[3] == 3 || (header[3] == 0 && header[4] == 2));
}

static enum fault judge_header(const uint8_t *header)
{
    if (is_ssl2_hello(header))
        return FAULT_UNSUPPORTED;
    if (header[0] < RECORD_CHANGE_CIPHER_SPEC || header[0] > RECORD_HEARTBEAT)
        return FAULT_VALUE;
    if (header[1] != 3)
        return FAULT_VERSION;
    return header[0] == RECORD_HANDSHAKE ? FAULT_NONE : FAULT_UNSUPPORTED;
}

/* RFC 8446 5.1 */
static enum fault open_record(struct tls_records *records)
{
    if (records->missing > 0)
        return FAULT_TRUNCATED;
    const uint8_t *header = cursor_advance(&records->stream, RECORD_HEADER_BYTES);
    if (!header)
        return FAULT_TRUNCATED;
    enum fault fault = judge_header(header);
    if (fault != FAULT_NONE)
        return fault;
    size_t len = (size_t)header[3] << 8 | header[4];
    if (len == 0 || len > RECORD_BYTES_MAX)
        return FAULT_LENGTH;
    size_t here = len < records->stream.left ? len : records->stream.left;
    records->version = (uint16_t)(header[1] << 8 | header[2]);
    records->missing = len - here;
    records->record = cursor_take(&records->stream, here);
    return FAULT_NONE;
}

/* A server that does not know the name asked for may warn of it before its hello (RFC 6066
 * 3). */
static enum fault pass_warnings(struct tls_records *records)
{
    static const uint8_t start[] = { RECORD_ALERT, 3 };
    struct cursor *stream = &records->stream;
    while (bytes_start_with(cursor_rest(stream), (struct bytes){ start, sizeof start })) {
        const uint8_t *record = cursor_advance(stream, RECORD_HEADER_BYTES + ALERT_BYTES);
        if (!record)
            return FAULT_TRUNCATED;
        if (record[3] != 0 || record[4] != ALERT_BYTES || record[5] != ALERT_WARNING)
            return FAULT_UNSUPPORTED;
    }
    return FAULT_NONE;
}

/* Passes over len octets of handshake, however records cut them; to room when there is one. */
static enum fault pass(struct tls_records *records, size_t len, uint8_t *room)
{
    while (len > 0) {
        if (records->record.left == 0) {
            enum fault fault = open_record(records);
            if (fault != FAULT_NONE)
                return fault;
        }
        size_t part = len < records->record.left ? len : records->record.left;
        const uint8_t *from = cursor_advance(&records->record, part);
        if (room && part > 0) {
            memcpy(room, from, part);
            room += part;
        }
        len -= part;
    }
    return FAULT_NONE;
}

static enum fault open_message(struct tls_records *records)
{
    if (records->record.left > 0)
        return FAULT_NONE;
    if (records->missing > 0)
        return FAULT_TRUNCATED;
    enum fault fault = pass_warnings(records);
    return fault == FAULT_NONE ? open_record(records) : fault;
}

/* RFC 8446 4 */
enum fault tls_message_read(struct tls_records *records, enum tls_message_type type,
                            size_t len_max, struct tls_message *out)
{
    struct tls_records at = *records;
    enum fault fault = open_message(&at);
    if (fault != FAULT_NONE)
        return fault;
    struct tls_message message = { .start = at };
    if (at.record.left > 0 && at.record.at[0] != type)
        return FAULT_UNSUPPORTED;
    uint8_t header[TLS_MESSAGE_HEADER_BYTES];
    fault = pass(&at, sizeof header, header);
    if (fault != FAULT_NONE)
        return fault;
    size_t body = (size_t)header[1] << 16 | (size_t)header[2] << 8 | header[3];
    message.len = sizeof header + body;
    if (message.len > len_max)
        return FAULT_LIMIT;
    fault = pass(&at, body, NULL);
    if (fault != FAULT_NONE)
        return fault;
    message.whole = bytes_slice(cursor_rest(&message.start.record), 0, message.len);
    if (message.whole.len < message.len)
        message.whole = (struct bytes){ 0 };
    *records = at;
    *out = message;
    return FAULT_NONE;
}

struct bytes tls_message_gather(const struct tls_message *message, uint8_t *room)
{
    struct tls_records at = message->start;
    enum fault fault = pass(&at, message->len, room);
    return (struct bytes){ room, fault == FAULT_NONE ? message->len : 0 };
}
