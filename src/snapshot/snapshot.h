// SPDX-License-Identifier: Apache-2.0
/* Arrays of memory in a sealed file, so that what was counted outlives the process.
 *
 * "SKSNAP1\n", the 24 octets that begin a secret stream (libsodium's, XChaCha20-Poly1305), then
 * messages, each with its length before it (32 bits, big-endian): first the head, then the
 * arrays in blocks of a mebibyte, compressed (RFC 8878).  The last message says that it is the
 * last.  So nothing is readable without the key, and a file that is cut, changed or put
 * together of two is refused.  A block of zeros is one octet: a table costs what is in it. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

enum { SNAPSHOT_KEY_OCTETS = 32, SNAPSHOT_HEAD_MAX = 65536 };

struct snapshot_part {
    void *at;
    size_t octets;
};

struct snapshot {
    const char *path;
    const uint8_t *key;
    /* What the arrays are, in words: geometry and versions.  A file with another head holds
     * other arrays, and is refused. */
    struct bytes head;
    const struct snapshot_part *parts;
    size_t part_count;
};

/* Whole or not at all: written beside, flushed to the disk, then renamed. */
MUST_CHECK bool snapshot_write(const struct snapshot *snapshot, struct error *err);

enum snapshot_outcome { SNAPSHOT_READ, SNAPSHOT_ABSENT, SNAPSHOT_FAILED };

/* Into the parts, which are all zero before.  When it failed they may hold a part of it: they
 * are to be cleared or given up. */
MUST_CHECK enum snapshot_outcome snapshot_read(const struct snapshot *snapshot,
                                               struct error *err);
