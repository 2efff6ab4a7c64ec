// SPDX-License-Identifier: Apache-2.0
/* The octets of one file or pipe, unpacked when it is packed, through one buffer.  What was
 * shown stays where it is until the next stream_fill. */
#pragma once

#include <sys/stat.h>

#include "source/unpack_private.h"

enum {
    STREAM_CHUNK_MAX = 512 * 1024, /* one read(2): still in the second level cache after it */
    STREAM_CHUNK_MIN = 64 * 1024,
    STREAM_WAIT_MS = 200,
};

enum stream_state {
    STREAM_MORE,    /* something was added to the window */
    STREAM_NOTHING, /* nothing came within STREAM_WAIT_MS, or a signal did */
    STREAM_END,     /* for now, when the file grows */
    STREAM_FAILED,
};

struct stream {
    int fd;
    struct stat status; /* when it was opened */
    uint8_t *buffer;
    size_t used; /* of buffer: what may hold octets of the content */
    size_t chunk;
    struct cursor window;  /* into buffer: not taken yet */
    uint64_t shown;        /* octets of content that came into the buffer so far */
    uint64_t octets;       /* as they lie on disk */
    struct unpack *unpack; /* NULL when plain */
    uint8_t *packed_buffer;
    size_t packed_used;
    struct cursor packed;
    bool held_back; /* the unpacker may have more without being given more */
    bool damaged;
    struct error damage;
};

/* Takes over fd in any case. */
MUST_CHECK bool stream_open(struct stream *stream, int fd, size_t chunk, struct error *err);
void stream_close(struct stream *stream);

/* Moves what is left of the window to the front and adds more behind it.  What was taken from
 * the window before is overwritten, by what comes or by zeros. */
MUST_CHECK enum stream_state stream_fill(struct stream *stream, struct error *err);

/* From now on what came so far is packed, and the window shows what is in it. */
MUST_CHECK bool stream_unpack(struct stream *stream, enum packing packing, struct error *err);

/* Of the window's start, in the content. */
static inline uint64_t stream_offset(const struct stream *stream)
{
    return stream->shown - stream->window.left;
}
