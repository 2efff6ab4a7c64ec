// SPDX-License-Identifier: Apache-2.0
/* Frames for tests, put together from the inside out: each function puts its header in front of
 * what is there. */
#pragma once

#include <stdint.h>
#include <string.h>

#include "model/frame.h"

struct wire {
    uint8_t room[4096];
    size_t start; /* the frame is room[start..] */
};

static inline struct wire wire_with(const char *payload)
{
    struct wire wire = { .start = 4096 - strlen(payload) };
    memcpy(wire.room + wire.start, payload, strlen(payload));
    return wire;
}

static inline size_t wire_len(const struct wire *wire)
{
    return sizeof wire->room - wire->start;
}

static inline void wire_front(struct wire *wire, const void *header, size_t len)
{
    wire->start -= len;
    memcpy(wire->room + wire->start, header, len);
}

static inline void wire_udp(struct wire *wire, uint16_t source, uint16_t destination)
{
    uint16_t len = (uint16_t)(wire_len(wire) + 8);
    uint8_t header[8] = { (uint8_t)(source >> 8),      (uint8_t)source,
                          (uint8_t)(destination >> 8), (uint8_t)destination,
                          (uint8_t)(len >> 8),         (uint8_t)len };
    wire_front(wire, header, sizeof header);
}

struct wire_tcp {
    uint16_t source, destination;
    uint32_t sequence;
    uint8_t flags;
};

static inline void wire_tcp(struct wire *wire, struct wire_tcp tcp)
{
    uint8_t header[20] = { (uint8_t)(tcp.source >> 8),      (uint8_t)tcp.source,
                           (uint8_t)(tcp.destination >> 8), (uint8_t)tcp.destination,
                           (uint8_t)(tcp.sequence >> 24),   (uint8_t)(tcp.sequence >> 16),
                           (uint8_t)(tcp.sequence >> 8),    (uint8_t)tcp.sequence };
    header[12] = 5 << 4;
    header[13] = tcp.flags;
    wire_front(wire, header, sizeof header);
}

/* 192.0.2.source to 192.0.2.destination; fragment is the field of flags and offset. */
static inline void wire_ipv4(struct wire *wire, uint8_t protocol, uint8_t source,
                             uint8_t destination, uint16_t fragment)
{
    uint16_t len = (uint16_t)(wire_len(wire) + 20);
    uint8_t header[20] = { 0x45, 0, (uint8_t)(len >> 8), (uint8_t)len };
    header[5] = 77;
    header[6] = (uint8_t)(fragment >> 8);
    header[7] = (uint8_t)fragment;
    header[8] = 64;
    header[9] = protocol;
    memcpy(header + 12, (uint8_t[]){ 192, 0, 2, source, 192, 0, 2, destination }, 8);
    wire_front(wire, header, sizeof header);
}

static inline void wire_ipv6(struct wire *wire, uint8_t next)
{
    uint16_t len = (uint16_t)wire_len(wire);
    uint8_t header[40] = { 0x60, 0, 0, 0, (uint8_t)(len >> 8), (uint8_t)len, next, 64 };
    memcpy(header + 8, (uint8_t[]){ 0x20, 0x01, 0x0d, 0xb8 }, 4);
    header[23] = 1;
    memcpy(header + 24, (uint8_t[]){ 0x20, 0x01, 0x0d, 0xb8 }, 4);
    header[39] = 2;
    wire_front(wire, header, sizeof header);
}

static inline void wire_ethernet(struct wire *wire, uint16_t type)
{
    uint8_t header[14] = {
        2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, (uint8_t)(type >> 8), (uint8_t)type
    };
    wire_front(wire, header, sizeof header);
}

static inline struct frame wire_frame(const struct wire *wire, uint32_t link)
{
    return (struct frame){ .captured = { wire->room + wire->start, wire_len(wire) },
                           .wire_len = (uint32_t)wire_len(wire),
                           .link = link,
                           .time_ns = 1000 };
}
