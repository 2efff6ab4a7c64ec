// SPDX-License-Identifier: Apache-2.0
/* Unpacking gzip (several members, RFC 1952 2.2) and zstd (several frames, RFC 8878 3.1) as a
 * stream.  Memory is bounded by the format: zlib's 32 KiB, zstd's window up to 128 MiB. */
#pragma once

#include "base/cursor.h"
#include "base/error.h"

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

struct unpack;

/* What the first four octets say. */
enum packing unpack_find(struct bytes head);

MUST_CHECK struct unpack *unpack_open(enum packing packing, struct error *err);
void unpack_close(struct unpack *unpack);

/* Takes octets from in and writes at most room of them at out; either may be used up first.
 * False and *err when the data is damaged; what was written is good even then. */
MUST_CHECK bool unpack_read(struct unpack *unpack, struct cursor *in, uint8_t *out, size_t room,
                            size_t *written, struct error *err);

/* Whether the packed data may end here: not within a member or frame. */
bool unpack_may_end(const struct unpack *unpack);
