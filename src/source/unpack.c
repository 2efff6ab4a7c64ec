// SPDX-License-Identifier: Apache-2.0
#include "source/unpack_private.h"

#define ZLIB_CONST
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/wipe.h"

struct unpack {
    enum packing packing;
    bool inside; /* of a member or frame */
    z_stream gzip;
    ZSTD_DCtx *zstd;
};

enum { ZSTD_WINDOW_LOG_MAX = 27 };

enum packing unpack_find(struct bytes head)
{
    if (bytes_start_with(head, BYTES("\x1f\x8b\x08")))
        return PACKING_GZIP;
    if (bytes_start_with(head, BYTES("\x28\xb5\x2f\xfd")))
        return PACKING_ZSTD;
    /* A skippable frame in front, as pzstd writes it. */
    bool skippable = head.len >= 4 && (head.at[0] & 0xf0) == 0x50;
    if (skippable && bytes_equal(bytes_slice(head, 1, 3), BYTES("\x2a\x4d\x18")))
        return PACKING_ZSTD;
    return PACKING_NONE;
}

struct unpack *unpack_open(enum packing packing, struct error *err)
{
    struct unpack *unpack = calloc(1, sizeof *unpack);
    if (unpack) {
        unpack->packing = packing;
        bool gzip = packing == PACKING_GZIP;
        enum { WINDOW_BITS_GZIP = 15 + 16 };
        if (gzip && inflateInit2(&unpack->gzip, WINDOW_BITS_GZIP) == Z_OK)
            return unpack;
        if (!gzip)
            unpack->zstd = ZSTD_createDCtx();
        if (unpack->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(
                                unpack->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX)))
            return unpack;
        (void)ZSTD_freeDCtx(unpack->zstd);
        free(unpack);
    }
    (void)error_set(err, 0, "not enough memory to decompress");
    return NULL;
}

void unpack_close(struct unpack *unpack)
{
    if (!unpack)
        return;
    if (unpack->packing == PACKING_GZIP)
        (void)inflateEnd(&unpack->gzip);
    (void)ZSTD_freeDCtx(unpack->zstd);
    free(unpack);
}

/* Between members: zeros of padding are passed over, another member begins anew. */
static bool begin_member(struct unpack *unpack, struct cursor *in, struct error *err)
{
    while (in->left > 0 && in->at[0] == 0)
        cursor_skip(in, 1);
    if (in->left == 0)
        return true;
    if (in->at[0] != 0x1f)
        return error_set(err, 0, "something else follows the gzip data");
    if (inflateReset(&unpack->gzip) != Z_OK)
        return error_set(err, 0, "zlib cannot begin again");
    unpack->inside = true;
    return true;
}

static bool read_gzip(struct unpack *unpack, struct cursor *in, struct room *out,
                      struct error *err)
{
    if (!unpack->inside && !begin_member(unpack, in, err))
        return false;
    if (!unpack->inside)
        return true;
    z_stream *gzip = &unpack->gzip;
    gzip->next_in = in->at;
    gzip->avail_in = (uInt)in->left;
    gzip->next_out = out->at;
    gzip->avail_out = (uInt)out->left;
    int status = inflate(gzip, Z_NO_FLUSH);
    room_use(out, out->left - gzip->avail_out);
    cursor_skip(in, in->left - gzip->avail_in);
    if (status == Z_STREAM_END)
        unpack->inside = false;
    if (status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR)
        return true;
    return error_set(err, 0, "the gzip data is damaged (%s)",
                     gzip->msg ? gzip->msg : "zlib gives no reason");
}

static bool read_zstd(struct unpack *unpack, struct cursor *in, struct room *out,
                      struct error *err)
{
    /* When it fails it gives nothing of what it unpacked in that call: small bites lose
     * little. */
    enum { BITE_OCTETS = 4096 };
    ZSTD_inBuffer from = { in->at, in->left < BITE_OCTETS ? in->left : BITE_OCTETS, 0 };
    ZSTD_outBuffer to = { out->at, out->left, 0 };
    size_t status = ZSTD_decompressStream(unpack->zstd, &to, &from);
    room_use(out, to.pos);
    cursor_skip(in, from.pos);
    if (ZSTD_getErrorCode(status) == ZSTD_error_frameParameter_windowTooLarge)
        return error_set(err, 0,
                         "its zstd window is larger than 128 MiB: give "
                         "`zstd --long=31 -dc FILE` by a pipe and name -");
    if (ZSTD_isError(status))
        return error_set(err, 0, "the zstd data is damaged (%s)", ZSTD_getErrorName(status));
    unpack->inside = status != 0;
    return true;
}

bool unpack_read(struct unpack *unpack, struct cursor *in, struct room *out, struct error *err)
{
    bool is_good = unpack->packing == PACKING_GZIP ? read_gzip(unpack, in, out, err)
                                                   : read_zstd(unpack, in, out, err);
    wipe_stack(); /* unpackers leave pieces of what they copied there */
    return is_good;
}

bool unpack_may_end(const struct unpack *unpack)
{
    return !unpack->inside;
}
