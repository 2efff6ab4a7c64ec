// SPDX-License-Identifier: Apache-2.0
#include "decode/quic_private.h"
#include "decode/tls_private.h"

/* RFC 9000 12.4: the frames an Initial may carry. */
enum quic_frame {
    FRAME_PADDING = 0x00,
    FRAME_PING = 0x01,
    FRAME_ACK = 0x02,
    FRAME_ACK_ECN = 0x03,
    FRAME_CRYPTO = 0x06,
    FRAME_CONNECTION_CLOSE = 0x1c,
};

/* RFC 9000 16 */
static uint64_t take_varint(struct cursor *c)
{
    uint8_t first = cursor_u8(c);
    uint64_t number = first & 0x3f;
    for (unsigned more = (1u << (first >> 6)) - 1; more > 0; more--)
        number = number << 8 | cursor_u8(c);
    return number;
}

static struct cursor take_counted(struct cursor *c)
{
    uint64_t len = take_varint(c);
    return cursor_take(c, len);
}

/* RFC 9000 17.2.2; FAULT_UNSUPPORTED: another kind of packet. */
static enum fault read_packet(struct cursor *datagram, struct quic_packet *out)
{
    struct cursor c = *datagram;
    struct quic_packet packet = { 0 };
    uint8_t first = cursor_u8(&c);
    if (!(first & 0x80))
        return FAULT_UNSUPPORTED;
    packet.version = cursor_be32(&c);
    packet.scheme = quic_scheme_find(packet.version);
    struct cursor destination = cursor_take8(&c);
    struct cursor source = cursor_take8(&c);
    if (!packet.scheme)
        return FAULT_VERSION; /* or version negotiation, RFC 9000 17.2.1 */
    if (source.broken || destination.left > QUIC_CONNECTION_MAX ||
        source.left > QUIC_CONNECTION_MAX)
        return FAULT_LENGTH;
    if ((first >> 4 & 3) != packet.scheme->initial_type)
        return FAULT_UNSUPPORTED;
    (void)take_counted(&c); /* token */
    struct cursor rest = take_counted(&c);
    if (rest.broken)
        return FAULT_LENGTH;
    packet.connection = cursor_rest(&destination);
    packet.number_at = (size_t)(rest.at - datagram->at);
    packet.whole = cursor_bytes(datagram, packet.number_at + rest.left);
    *out = packet;
    return FAULT_NONE;
}

/* RFC 9000 19.6 */
static enum fault read_crypto(struct quic_collector *collector, struct cursor *frames)
{
    uint64_t offset = take_varint(frames);
    struct cursor data = take_counted(frames);
    if (data.broken)
        return FAULT_LENGTH;
    if (offset > QUIC_CRYPTO_MAX || data.left > QUIC_CRYPTO_MAX - offset)
        return FAULT_LIMIT;
    bool overlaps = false;
    struct room room = { collector->crypto, QUIC_CRYPTO_MAX };
    return assembly_add(&collector->assembly, cursor_rest(&data), (size_t)offset, room,
                        &overlaps)
               ? FAULT_NONE
               : FAULT_LIMIT;
}

/* RFC 9000 19.1: a frame an octet, most of a datagram of 1200. */
static void pass_padding(struct cursor *frames)
{
    size_t len = 0;
    while (len < frames->left && frames->at[len] == FRAME_PADDING)
        len++;
    cursor_skip(frames, len);
}

/* RFC 9000 19.3 */
static void pass_ack(struct cursor *frames, bool has_ecn)
{
    (void)take_varint(frames); /* largest acknowledged */
    (void)take_varint(frames); /* delay */
    uint64_t ranges = take_varint(frames);
    (void)take_varint(frames); /* first range */
    for (; ranges > 0 && !frames->broken; ranges--) {
        (void)take_varint(frames); /* gap */
        (void)take_varint(frames); /* length */
    }
    for (unsigned counts = has_ecn ? 3 : 0; counts > 0; counts--)
        (void)take_varint(frames);
}

/* RFC 9000 19.19 */
static void pass_close(struct cursor *frames)
{
    (void)take_varint(frames);  /* error */
    (void)take_varint(frames);  /* frame type */
    (void)take_counted(frames); /* reason */
}

enum fault quic_frames_read(struct quic_collector *collector, struct bytes frames)
{
    struct cursor c = cursor_over(frames);
    enum fault fault = FAULT_NONE;
    while (c.left > 0 && fault == FAULT_NONE) {
        uint64_t type = take_varint(&c);
        switch (type) {
        case FRAME_PADDING: pass_padding(&c); break;
        case FRAME_PING: break;
        case FRAME_ACK:
        case FRAME_ACK_ECN: pass_ack(&c, type == FRAME_ACK_ECN); break;
        case FRAME_CRYPTO: fault = read_crypto(collector, &c); break;
        case FRAME_CONNECTION_CLOSE: pass_close(&c); break;
        default: return FAULT_VALUE;
        }
    }
    return c.broken && fault == FAULT_NONE ? FAULT_LENGTH : fault;
}

static enum fault unprotect_with(const struct quic_packet *packet, struct bytes connection,
                                 uint8_t *room, struct bytes *frames)
{
    struct quic_keys keys;
    quic_client_keys(packet->scheme, connection, &keys);
    return quic_unprotect(packet, &keys, room, frames);
}

/* The keys of all a client's Initials come from the identifier it chose first; after a Retry
 * from the one the server chose (RFC 9001 5.2). */
static enum fault take_packet(struct quic_collector *collector,
                              const struct quic_packet *packet)
{
    uint8_t room[QUIC_PACKET_MAX];
    struct bytes frames = { 0 };
    struct bytes kept = { collector->connection, collector->connection_len };
    bool is_first = collector->version == 0;
    enum fault fault = FAULT_CRYPTO;
    if (!is_first)
        fault = unprotect_with(packet, kept, room, &frames);
    if (fault == FAULT_CRYPTO && (is_first || !bytes_equal(kept, packet->connection))) {
        fault = unprotect_with(packet, packet->connection, room, &frames);
        kept = packet->connection;
    }
    if (fault != FAULT_NONE)
        return fault;
    if (is_first)
        collector->version = packet->version;
    memmove(collector->connection, kept.at, kept.len);
    collector->connection_len = (uint8_t)kept.len;
    return quic_frames_read(collector, frames);
}

enum fault quic_hello_read(const struct quic_collector *collector, struct fact *out)
{
    struct bytes front = { collector->crypto, assembly_front(&collector->assembly) };
    struct cursor c = cursor_over(front);
    uint8_t type = cursor_u8(&c);
    size_t len = TLS_MESSAGE_HEADER_BYTES + cursor_be24(&c);
    if (c.broken)
        return FAULT_TRUNCATED;
    if (type != TLS_CLIENT_HELLO)
        return FAULT_UNSUPPORTED;
    if (len > QUIC_CRYPTO_MAX)
        return FAULT_LIMIT;
    front.len = len < front.len ? len : front.len;
    return tls_client_hello_read(front, 0, collector->version, out);
}

/* What is no Initial ends them, and what does not authenticate is as good as not sent (RFC 9001
 * 9.3): neither undoes what has come before. */
enum fault quic_read(struct quic_collector *collector, struct bytes datagram, struct fact *out)
{
    struct cursor c = cursor_over(datagram);
    enum fault fault = FAULT_LENGTH;
    while (c.left > 0) {
        struct quic_packet packet;
        fault = read_packet(&c, &packet);
        if (fault != FAULT_NONE)
            break;
        fault = take_packet(collector, &packet);
        if (fault == FAULT_CRYPTO)
            break;
        if (fault != FAULT_NONE)
            return fault;
    }
    return collector->version == 0 ? fault : quic_hello_read(collector, out);
}
