// SPDX-License-Identifier: Apache-2.0
/* Writing messages in wire order: the counterpart of base/cursor.h.  The room is sized for the
 * largest message we make, so running out of it is a bug.  A length that is known only later
 * is opened where it stands and closed behind what it counts. */
#pragma once

#include "base/bytes.h"
#include "base/must.h"
#include "simulate/random.h"

struct octets {
    uint8_t *at;
    size_t len;
    size_t max;
};

static inline struct octets octets_over(uint8_t *room, size_t max)
{
    return (struct octets){ room, 0, max };
}

/* Where the next len octets go. */
static inline uint8_t *octets_take(struct octets *out, size_t len)
{
    MUST(len <= out->max - out->len);
    uint8_t *start = out->at + out->len;
    out->len += len;
    return start;
}

static inline void octets_u8(struct octets *out, unsigned value)
{
    *octets_take(out, 1) = (uint8_t)value;
}

static inline void octets_set_be16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void octets_be16(struct octets *out, size_t value)
{
    octets_set_be16(octets_take(out, 2), value);
}

static inline void octets_be32(struct octets *out, uint32_t value)
{
    octets_be16(out, value >> 16);
    octets_be16(out, value & 0xffff);
}

static inline void octets_put(struct octets *out, struct bytes bytes)
{
    uint8_t *to = octets_take(out, bytes.len);
    if (bytes.len > 0)
        memcpy(to, bytes.at, bytes.len);
}

static inline void octets_string(struct octets *out, const char *string)
{
    octets_put(out, bytes_of_string(string));
}

static inline void octets_zero(struct octets *out, size_t len)
{
    memset(octets_take(out, len), 0, len);
}

static inline void octets_random(struct octets *out, struct random *random, size_t len)
{
    random_fill(random, octets_take(out, len), len);
}

/* The mark of a length of size octets (1 to 4), to be closed. */
static inline size_t octets_open(struct octets *out, size_t size)
{
    octets_zero(out, size);
    return out->len;
}

static inline void octets_close(struct octets *out, size_t mark, size_t size)
{
    size_t len = out->len - mark;
    MUST(size == 4 || len >> (8 * size) == 0);
    for (size_t i = 1; i <= size; i++, len >>= 8)
        out->at[mark - i] = (uint8_t)len;
}

static inline struct bytes octets_bytes(const struct octets *out)
{
    return (struct bytes){ out->at, out->len };
}
