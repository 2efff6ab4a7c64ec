// SPDX-License-Identifier: Apache-2.0
/* A run of bytes somebody else owns; also how text travels.  There is no terminator: NUL
 * exists only at the border to the operating system. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const uint8_t *at; /* may be NULL only when len is 0 */
    size_t len;
};

/* The bytes of a string literal, without its terminator. */
#define BYTES(literal) ((struct bytes){ (const uint8_t *)(literal), sizeof(literal) - 1 })

static inline struct bytes bytes_of_string(const char *string)
{
    return (struct bytes){ (const uint8_t *)string, strlen(string) };
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* From offset, at most len bytes; both are cut to what there is. */
static inline struct bytes bytes_slice(struct bytes whole, size_t offset, size_t len)
{
    if (offset > whole.len)
        offset = whole.len;
    if (len > whole.len - offset)
        len = whole.len - offset;
    return (struct bytes){ whole.len == 0 ? whole.at : whole.at + offset, len };
}

static inline bool bytes_start_with(struct bytes whole, struct bytes start)
{
    return whole.len >= start.len && bytes_equal(bytes_slice(whole, 0, start.len), start);
}

/* Where byte stands first; len when it does not. */
static inline size_t bytes_find(struct bytes in, uint8_t byte)
{
    const uint8_t *found = in.len > 0 ? memchr(in.at, byte, in.len) : NULL;
    return found ? (size_t)(found - in.at) : in.len;
}
