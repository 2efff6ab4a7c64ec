// SPDX-License-Identifier: Apache-2.0
/* A structure as a table of its members: the one description that both writes and reads. */
#pragma once

#include "base/bytes.h"
#include "base/cursor.h"
#include "base/fault.h"

enum form {
    FORM_NUMBER,  /* big-endian, as wide as the member; low <= it < limit, limit 0: any */
    FORM_REAL,    /* finite; IEEE 754 binary64 */
    FORM_TEXT,    /* UTF-8 ended by a NUL within the member; on the wire behind its length */
    FORM_OCTETS,  /* all of the member */
    FORM_LETTERS, /* all of the member: printable ASCII or NUL */
    FORM_WORDS,   /* printable ASCII, as many as the member counted_at says */
    FORM_PARTY,   /* struct party */
    FORM_EACH,    /* of an array: as many as the member counted_at says */
    FORM_ALL      /* of an array, or of one */
};

struct layout;

struct row {
    enum form form;
    size_t offset;
    size_t size;                     /* of the member, or of one of an array */
    uint64_t low, limit;             /* of a number; FORM_ALL: how many in limit */
    size_t counted_at, counted_size; /* the member that counts; its own row comes before */
    const struct layout *of;         /* of an array's structures */
};

struct layout {
    const struct row *rows;
    size_t count;
};

/* Octets written into room that somebody else owns; sticky. */
struct octets {
    uint8_t *at;
    size_t len, max;
    bool broken; /* no room, or a member that would not be read back */
};

void layout_write(const struct layout *layout, const void *from, struct octets *out);
/* into: cleared before. */
enum fault layout_read(const struct layout *layout, struct cursor *from, void *into);
