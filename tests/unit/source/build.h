// SPDX-License-Identifier: Apache-2.0
/* Captures written by hand for the tests, in either byte order. */
#pragma once

#include "base/bytes.h"
#include "base/must.h"

enum { BUILD_MAX = 1 << 20 };

struct build {
    bool swapped;
    size_t len;
    uint8_t at[BUILD_MAX];
};

static inline void put(struct build *b, const void *bytes, size_t len)
{
    MUST(len <= BUILD_MAX - b->len);
    if (len > 0)
        memcpy(b->at + b->len, bytes, len);
    b->len += len;
}

static inline void put_u8(struct build *b, uint8_t number)
{
    put(b, &number, 1);
}

static inline void put_u16(struct build *b, uint16_t number)
{
    number = b->swapped ? __builtin_bswap16(number) : number;
    put(b, &number, 2);
}

static inline void put_u32(struct build *b, uint32_t number)
{
    number = b->swapped ? __builtin_bswap32(number) : number;
    put(b, &number, 4);
}

static inline void put_u64(struct build *b, uint64_t number)
{
    number = b->swapped ? __builtin_bswap64(number) : number;
    put(b, &number, 8);
}

/* len octets that count up from first. */
static inline void put_counting(struct build *b, uint8_t first, size_t len)
{
    for (size_t i = 0; i < len; i++)
        put_u8(b, (uint8_t)(first + i));
}

static inline void put_pcap_header(struct build *b, uint32_t magic, uint32_t link)
{
    put_u32(b, magic);
    put_u16(b, 2);
    put_u16(b, 4);
    put_u32(b, 0);
    put_u32(b, 0);
    put_u32(b, 65535);
    put_u32(b, link);
}

/* A frame of len octets that count up from first. */
static inline void put_pcap_frame(struct build *b, uint32_t seconds, uint32_t part,
                                  uint8_t first, uint32_t len)
{
    put_u32(b, seconds);
    put_u32(b, part);
    put_u32(b, len);
    put_u32(b, len + 100);
    put_counting(b, first, len);
}

static inline void put_section(struct build *b)
{
    put_u32(b, 0x0a0d0d0a);
    put_u32(b, 28);
    put_u32(b, 0x1a2b3c4d);
    put_u16(b, 1);
    put_u16(b, 0);
    put_u64(b, UINT64_MAX);
    put_u32(b, 28);
}

/* options are whole: code, length, value, padding. */
static inline void put_interface(struct build *b, uint16_t link, uint32_t captured_max,
                                 const struct build *options)
{
    uint32_t octets = 20 + (uint32_t)(options ? options->len : 0);
    put_u32(b, 1);
    put_u32(b, octets);
    put_u16(b, link);
    put_u16(b, 0);
    put_u32(b, captured_max);
    if (options)
        put(b, options->at, options->len);
    put_u32(b, octets);
}

static inline void put_resolution(struct build *options, uint8_t resolution)
{
    put_u16(options, 9);
    put_u16(options, 1);
    put_u8(options, resolution);
    put(options, "\0\0\0", 3);
}

static inline void put_offset(struct build *options, int64_t seconds)
{
    put_u16(options, 14);
    put_u16(options, 8);
    put_u64(options, (uint64_t)seconds);
}

static inline void put_block(struct build *b, uint32_t type, const void *body, uint32_t len)
{
    uint32_t padded = (len + 3) / 4 * 4;
    put_u32(b, type);
    put_u32(b, padded + 12);
    put(b, body, len);
    put(b, "\0\0\0", padded - len);
    put_u32(b, padded + 12);
}

/* An enhanced packet block with a frame of len octets that count up from first. */
static inline void put_packet(struct build *b, uint32_t interface, uint64_t ticks,
                              uint8_t first, uint32_t len)
{
    uint32_t padded = (len + 3) / 4 * 4;
    put_u32(b, 6);
    put_u32(b, padded + 32);
    put_u32(b, interface);
    put_u32(b, (uint32_t)(ticks >> 32));
    put_u32(b, (uint32_t)ticks);
    put_u32(b, len);
    put_u32(b, len + 100);
    put_counting(b, first, len);
    put(b, "\0\0\0", padded - len);
    put_u32(b, padded + 32);
}

/* A test that writes its files in our byte order, and again in the other: is_swapped(state)
 * says which. */
static char build_swapped;

#define TEST_IN_BOTH_ORDERS(function)                                                        \
    TEST(function),                                                                          \
    {                                                                                        \
        .name = #function "_swapped", .test_func = function, .initial_state = &build_swapped \
    }

static inline bool is_swapped(void **state)
{
    return *state == &build_swapped;
}
