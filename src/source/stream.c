// SPDX-License-Identifier: Apache-2.0
#include "source/stream_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/wipe.h"
#include "source/capture_private.h"
#include "system/memory.h"

/* The rest of a record of the greatest length, and a chunk behind it. */
enum { BUFFER_OCTETS = CAPTURE_RECORD_MAX + STREAM_CHUNK_MAX };

/* Only what is touched becomes memory, so that many small chunks are cheap. */
static uint8_t *open_buffer(struct error *err)
{
    struct arena memory;
    return memory_reserve(BUFFER_OCTETS, MEMORY_SMALL_PAGES, &memory, err) ? memory.at : NULL;
}

/* The system clears it before anybody else is given it. */
static void close_buffer(uint8_t *buffer)
{
    struct arena memory = { buffer, BUFFER_OCTETS, true };
    memory_release(&memory);
}

bool stream_open(struct stream *stream, int fd, size_t chunk, struct error *err)
{
    *stream = (struct stream){ .fd = fd, .chunk = chunk };
    stream->buffer = open_buffer(err);
    if (!stream->buffer || fstat(fd, &stream->status) != 0) {
        (void)error_set(err, errno, "cannot be opened");
        stream_close(stream);
        return false;
    }
    stream->window = (struct cursor){ stream->buffer, 0, false };
    if (S_ISREG(stream->status.st_mode))
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    if (S_ISFIFO(stream->status.st_mode))
        (void)fcntl(fd, F_SETPIPE_SZ, STREAM_CHUNK_MAX); /* few large reads, if we may */
    return true;
}

void stream_close(struct stream *stream)
{
    if (stream->fd > STDIN_FILENO)
        (void)close(stream->fd);
    unpack_close(stream->unpack);
    close_buffer(stream->packed_buffer);
    close_buffer(stream->buffer);
    *stream = (struct stream){ .fd = -1 };
}

/* A pipe may be silent for long; the caller wants to look up now and then. */
static bool is_silent(const struct stream *stream)
{
    if (S_ISREG(stream->status.st_mode))
        return false;
    struct pollfd waiting = { .fd = stream->fd, .events = POLLIN };
    return poll(&waiting, 1, STREAM_WAIT_MS) <= 0;
}

static enum stream_state read_octets(struct stream *stream, struct room *out, struct error *err)
{
    if (is_silent(stream))
        return STREAM_NOTHING;
    ssize_t len = read(stream->fd, out->at, out->left);
    if (len < 0 && (errno == EINTR || errno == EAGAIN))
        return STREAM_NOTHING;
    if (len < 0) {
        (void)error_set(err, errno, "cannot be read");
        return STREAM_FAILED;
    }
    if (len == 0)
        return STREAM_END;
    stream->octets += (size_t)len;
    room_use(out, (size_t)len);
    return STREAM_MORE;
}

/* What was used of a buffer and is not any more. */
static void wipe_rest(uint8_t *buffer, size_t *used, size_t now)
{
    if (*used > now)
        wipe(buffer + now, *used - now);
    *used = now;
}

static bool is_drained(const struct stream *stream)
{
    return stream->packed.left == 0 && !stream->held_back;
}

static enum stream_state fill_packed(struct stream *stream, struct error *err)
{
    if (!is_drained(stream))
        return STREAM_MORE;
    struct room room = { stream->packed_buffer, stream->chunk };
    enum stream_state state = read_octets(stream, &room, err);
    stream->packed = (struct cursor){ stream->packed_buffer, stream->chunk - room.left, false };
    wipe_rest(stream->packed_buffer, &stream->packed_used, stream->packed.left);
    return state;
}

/* Packed octets may give nothing yet, such as the head of a member; and where the room was
 * filled to its end, more may be held back than went in.  What was unpacked before damage is
 * shown first. */
static enum stream_state read_packed(struct stream *stream, struct room *out, struct error *err)
{
    size_t room = out->left;
    while (out->left > 0) {
        if (out->left < room && (stream->damaged || is_drained(stream)))
            break;
        if (stream->damaged) {
            *err = stream->damage;
            return STREAM_FAILED;
        }
        enum stream_state state = fill_packed(stream, err);
        if (state != STREAM_MORE)
            return state;
        stream->damaged = !unpack_read(stream->unpack, &stream->packed, out, &stream->damage);
        stream->held_back = out->left == 0;
    }
    return STREAM_MORE;
}

enum stream_state stream_fill(struct stream *stream, struct error *err)
{
    struct cursor *window = &stream->window;
    if (window->left > 0)
        memmove(stream->buffer, window->at, window->left);
    window->at = stream->buffer;
    size_t most = BUFFER_OCTETS - window->left;
    if (most > stream->chunk)
        most = stream->chunk;

    struct room room = { stream->buffer + window->left, most };
    enum stream_state state =
        stream->unpack ? read_packed(stream, &room, err) : read_octets(stream, &room, err);
    window->left += most - room.left;
    stream->shown += most - room.left;
    wipe_rest(stream->buffer, &stream->used, window->left);
    return state;
}

bool stream_unpack(struct stream *stream, enum packing packing, struct error *err)
{
    uint8_t *buffer = open_buffer(err);
    if (!buffer)
        return false;
    stream->packed_buffer = stream->buffer;
    stream->packed = stream->window;
    stream->packed_used = stream->used;
    stream->used = 0;
    stream->buffer = buffer;
    stream->window = (struct cursor){ buffer, 0, false };
    stream->shown = 0;
    stream->unpack = unpack_open(packing, err);
    return stream->unpack != NULL;
}
