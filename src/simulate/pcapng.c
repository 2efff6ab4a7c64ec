// SPDX-License-Identifier: Apache-2.0
#include "simulate/pcapng.h"

#include "simulate/octets.h"

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 6,
    OPTION_END = 0,
    OPTION_USER_APPLICATION = 4,
    OPTION_INTERFACE_NAME = 2,
    OPTION_TIME_RESOLUTION = 9,
};

static void put_le(struct octets *out, uint64_t value, size_t size)
{
    uint8_t *to = octets_take(out, size);
    for (size_t i = 0; i < size; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

static void put_padding(struct octets *out)
{
    octets_zero(out, -out->len & 3);
}

static void put_option(struct octets *out, unsigned code, struct bytes value)
{
    put_le(out, code, 2);
    put_le(out, value.len, 2);
    octets_put(out, value);
    put_padding(out);
}

/* A block's length stands in its front and at its end. */
static void close_block(struct octets *out, size_t start)
{
    size_t len = out->len - start + 4;
    put_le(out, len, 4);
    struct octets front = octets_over(out->at + start + 4, 4);
    put_le(&front, len, 4);
}

size_t pcapng_write_header(uint32_t snap_octets, uint8_t room[PCAPNG_HEADER_MAX])
{
    struct octets out = octets_over(room, PCAPNG_HEADER_MAX);
    put_le(&out, BLOCK_SECTION, 4);
    put_le(&out, 0, 4);
    put_le(&out, 0x1a2b3c4d, 4);
    put_le(&out, 1, 2); /* version 1.0 */
    put_le(&out, 0, 2);
    put_le(&out, UINT64_MAX, 8); /* length of the section: not said */
    put_option(&out, OPTION_USER_APPLICATION, BYTES("sekisho simulate"));
    put_option(&out, OPTION_END, (struct bytes){ NULL, 0 });
    close_block(&out, 0);

    size_t interface = out.len;
    put_le(&out, BLOCK_INTERFACE, 4);
    put_le(&out, 0, 4);
    put_le(&out, LINK_ETHERNET, 2);
    put_le(&out, 0, 2);
    put_le(&out, snap_octets, 4);
    put_option(&out, OPTION_INTERFACE_NAME, BYTES("border"));
    put_option(&out, OPTION_TIME_RESOLUTION, BYTES("\x09"));
    put_option(&out, OPTION_END, (struct bytes){ NULL, 0 });
    close_block(&out, interface);
    return out.len;
}

size_t pcapng_write_packet(const struct frame *frame, uint8_t *room)
{
    struct octets out = octets_over(room, frame->captured.len + PCAPNG_PACKET_OVERHEAD);
    uint64_t time = (uint64_t)frame->time_ns;
    put_le(&out, BLOCK_PACKET, 4);
    put_le(&out, 0, 4);
    put_le(&out, 0, 4); /* the interface */
    put_le(&out, time >> 32, 4);
    put_le(&out, time & 0xffffffff, 4);
    put_le(&out, frame->captured.len, 4);
    put_le(&out, frame->wire_len, 4);
    octets_put(&out, frame->captured);
    put_padding(&out);
    close_block(&out, 0);
    return out.len;
}
