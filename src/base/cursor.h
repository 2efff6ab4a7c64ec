// SPDX-License-Identifier: Apache-2.0
/* Reading untrusted bytes in wire order.  A read past the end breaks the cursor for good: it
 * and every later read give 0 or an empty child, so a decoder may read a whole header in
 * statements and test `broken` once, before a value is used to loop, index or look up.
 * Nothing repairs a broken cursor, not even taking zero bytes from it. */
#pragma once

#include "base/attr.h"
#include "base/bytes.h"

struct cursor {
    const uint8_t *at;
    size_t left;
    bool broken;
};

static inline struct cursor cursor_over(struct bytes bytes)
{
    return (struct cursor){ bytes.at, bytes.len, false };
}

/* Advances over len bytes and returns where they start; NULL breaks the cursor. */
static inline const uint8_t *cursor_advance(struct cursor *c, size_t len)
{
    if (UNLIKELY(c->broken || len > c->left)) {
        c->broken = true;
        c->left = 0;
        return NULL;
    }
    const uint8_t *start = c->at;
    if (len > 0) {
        c->at += len;
        c->left -= len;
    }
    return start;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
    const uint8_t *p = cursor_advance(c, 1);
    return p ? p[0] : 0;
}

static inline uint16_t cursor_be16(struct cursor *c)
{
    const uint8_t *p = cursor_advance(c, 2);
    return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t cursor_be24(struct cursor *c)
{
    const uint8_t *p = cursor_advance(c, 3);
    return p ? (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2] : 0;
}

static inline uint32_t cursor_be32(struct cursor *c)
{
    const uint8_t *p = cursor_advance(c, 4);
    return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

static inline uint64_t cursor_be64(struct cursor *c)
{
    uint64_t high = cursor_be32(c);
    uint64_t low = cursor_be32(c);
    return high << 32 | low;
}

static inline void cursor_skip(struct cursor *c, size_t len)
{
    (void)cursor_advance(c, len);
}

/* A child over the next len bytes; broken when its parent is or has fewer. */
static inline struct cursor cursor_take(struct cursor *c, size_t len)
{
    const uint8_t *start = cursor_advance(c, len);
    return (struct cursor){ start, c->broken ? 0 : len, c->broken };
}

static inline struct bytes cursor_bytes(struct cursor *c, size_t len)
{
    struct cursor child = cursor_take(c, len);
    return (struct bytes){ child.at, child.left };
}

/* What is left, without taking it. */
static inline struct bytes cursor_rest(const struct cursor *c)
{
    return (struct bytes){ c->at, c->left };
}

/* Children behind a length of 1, 2 or 3 bytes, as TLS and SSH nest them. */
static inline struct cursor cursor_take8(struct cursor *c)
{
    size_t len = cursor_u8(c);
    return cursor_take(c, len);
}

static inline struct cursor cursor_take16(struct cursor *c)
{
    size_t len = cursor_be16(c);
    return cursor_take(c, len);
}

static inline struct cursor cursor_take24(struct cursor *c)
{
    size_t len = cursor_be24(c);
    return cursor_take(c, len);
}
