// SPDX-License-Identifier: Apache-2.0
/* Octets that come in pieces, in any order and more than once, put together in room of the
 * caller's.  What is there first stays: a later piece never changes it. */
#pragma once

#include "base/attr.h"
#include "base/bytes.h"

enum { ASSEMBLY_RANGES_MAX = 16 };

struct room {
    uint8_t *at;
    size_t len;
};

struct assembly {
    uint8_t count;
    struct assembly_range {
        uint32_t from, to;
    } ranges[ASSEMBLY_RANGES_MAX]; /* sorted, apart */
};

/* Copies octets to the room from offset on, where nothing is yet.  False, with nothing changed,
 * when they would go past the room or the ranges are full.  *overlaps is set when some came
 * before. */
MUST_CHECK bool assembly_add(struct assembly *assembly, struct bytes octets, size_t offset,
                             struct room room, bool *overlaps);

/* Octets there without a hole from the start. */
size_t assembly_front(const struct assembly *assembly);

/* Takes len octets, at most UINT32_MAX, off the start: every range moves forward.  Returns how
 * far the last one reaches now; moving the octets is the caller's. */
size_t assembly_drop(struct assembly *assembly, size_t len);
