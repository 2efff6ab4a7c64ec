// SPDX-License-Identifier: Apache-2.0
/* A JSON document of any size, plain or compressed, taken apart in bounded memory: the objects
 * that stand in arrays of certain names, wherever those are, one by one.  Of what stands around
 * them only brackets and strings are looked at; the objects themselves are for a parser. */
#pragma once

#include "reference/listing.h"

enum { ELEMENT_OCTETS_MAX = 1 << 20, ELEMENTS_DEPTH_MAX = 64, ELEMENTS_NAME_MAX = 32 };

enum elements_status {
    ELEMENTS_ONE,
    ELEMENTS_TOO_LONG, /* past ELEMENT_OCTETS_MAX; it was skipped */
    ELEMENTS_END,
    ELEMENTS_FAILED, /* err says why */
};

struct elements {
    struct listing lines;
    const char *const *names; /* NULL after the last */
    struct bytes chunk;       /* read and not yet looked at */
    uint8_t *element;
    size_t len;
    bool is_too_long;
    size_t depth;
    uint8_t open[ELEMENTS_DEPTH_MAX];  /* '{' or '[' */
    int8_t wanted[ELEMENTS_DEPTH_MAX]; /* index of the array's name, -1 for none */
    bool is_string, is_escaped, has_key;
    size_t element_depth; /* of the element in hand, 0 for none */
    char key[ELEMENTS_NAME_MAX];
    size_t key_len;
    uint64_t line;         /* where we are, from 1 */
    uint64_t element_line; /* where the element given last begins */
    int name;              /* and the index of its array's name */
};

MUST_CHECK bool elements_open(struct elements *out, const char *path, const char *const *names,
                              struct error *err);
/* element stands until the next call. */
enum elements_status elements_next(struct elements *elements, struct bytes *element,
                                   struct error *err);
void elements_close(struct elements *elements);
