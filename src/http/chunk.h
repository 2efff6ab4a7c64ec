// SPDX-License-Identifier: Apache-2.0
/* Bodies in chunks (RFC 9112 7.1), without extensions and trailers: no client of ours sends
 * any, and what programs make of them differs.  Pure. */
#pragma once

#include "base/attr.h"
#include "base/bytes.h"

enum http_chunk_verdict { HTTP_CHUNK_MORE, HTTP_CHUNK_DATA, HTTP_CHUNK_END, HTTP_CHUNK_BAD };

struct http_chunks {
    unsigned state; /* 0: before the first */
    unsigned digits;
    bool is_last;
    uint64_t left; /* of this chunk */
};

/* Takes octets off the front of *in.  HTTP_CHUNK_DATA: *data is a run of the body; MORE: all
 * of *in was taken. */
MUST_CHECK enum http_chunk_verdict http_chunks_take(struct http_chunks *chunks,
                                                    struct bytes *in, struct bytes *data);
