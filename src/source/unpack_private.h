// SPDX-License-Identifier: Apache-2.0
/* Unpacking gzip (several members, RFC 1952 2.2) and zstd (several frames, RFC 8878 3.1) as a
 * stream.  Memory is bounded by the format: zlib's 32 KiB, zstd's window up to 128 MiB. */
#pragma once

#include "base/cursor.h"
#include "base/error.h"

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

struct unpack;

/* Where octets are to be written; what was written is no longer part of it. */
struct room {
    uint8_t *at;
    size_t left;
};

static inline void room_use(struct room *room, size_t len)
{
    room->at += len;
    room->left -= len;
}

/* What the first four octets say. */
enum packing unpack_find(struct bytes head);

MUST_CHECK struct unpack *unpack_open(enum packing packing, struct error *err);
void unpack_close(struct unpack *unpack);

/* Takes octets from in and fills out with what was packed in them; either may be used up
 * first.  False and *err when the data is damaged; what was written is good even then. */
MUST_CHECK bool unpack_read(struct unpack *unpack, struct cursor *in, struct room *out,
                            struct error *err);

/* Whether the packed data may end here: not within a member or frame. */
bool unpack_may_end(const struct unpack *unpack);
