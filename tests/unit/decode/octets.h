// SPDX-License-Identifier: Apache-2.0
/* Messages written by hand for tests: numbers in network order and lengths filled in behind. */
#pragma once

#include "base/must.h"
#include "check.h"

struct octets {
    size_t len;
    uint8_t at[80000];
};

static inline struct bytes octets_bytes(const struct octets *octets)
{
    return (struct bytes){ octets->at, octets->len };
}

static inline void put(struct octets *octets, struct bytes bytes)
{
    MUST(bytes.len <= sizeof octets->at - octets->len);
    memcpy(octets->at + octets->len, bytes.at, bytes.len);
    octets->len += bytes.len;
}

/* The lowest size octets of a number. */
static inline void put_number(struct octets *octets, uint64_t number, size_t size)
{
    while (size-- > 0) {
        uint8_t octet = (uint8_t)(number >> (8 * size));
        put(octets, (struct bytes){ &octet, 1 });
    }
}

static inline void put16(struct octets *octets, uint16_t number)
{
    put_number(octets, number, 2);
}

static inline void put_zeros(struct octets *octets, size_t len)
{
    while (len-- > 0)
        put_number(octets, 0, 1);
}

/* Room for a length of size octets; closed when what it counts is written. */
static inline size_t open_length(struct octets *octets, size_t size)
{
    put_zeros(octets, size);
    return octets->len;
}

static inline void close_length(struct octets *octets, size_t start, size_t size)
{
    size_t end = octets->len;
    octets->len = start - size;
    put_number(octets, end - start, size);
    octets->len = end;
}

static inline void put_text16(struct octets *octets, const char *text)
{
    put16(octets, (uint16_t)strlen(text));
    put(octets, bytes_of_string(text));
}

/* An extension that is a list of 16-bit numbers behind a length of length_size octets. */
static inline void put_number_extension(struct octets *octets, uint16_t type,
                                        size_t length_size, const uint16_t *numbers,
                                        size_t count)
{
    put16(octets, type);
    put16(octets, (uint16_t)(2 * count + length_size));
    put_number(octets, 2 * count, length_size);
    for (size_t i = 0; i < count; i++)
        put16(octets, numbers[i]);
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Cuts handshake octets into TLS records of at most part octets. */
static inline void put_records(struct octets *octets, struct bytes handshake, size_t part)
{
    for (size_t i = 0; i < handshake.len; i += part) {
        struct bytes piece = bytes_slice(handshake, i, part);
        put_number(octets, 0x160301, 3);
        put16(octets, (uint16_t)piece.len);
        put(octets, piece);
    }
}
