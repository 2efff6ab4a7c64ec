// SPDX-License-Identifier: Apache-2.0
/* The head of a request (RFC 9112 2 to 6), read strictly: where the standard lets a server
 * mend what was sent (bare LF, folded lines, lists of lengths), it is refused, for whoever
 * mends it otherwise sees another request than we do.  Pure: octets in, a head or a fault out.
 */
#pragma once

#include "base/attr.h"
#include "base/bytes.h"

enum {
    HTTP_HEAD_MAX = 16 << 10,  /* octets, the empty line included */
    HTTP_TARGET_MAX = 4 << 10, /* octets of path and query */
    HTTP_FIELDS_MAX = 64
};

enum http_fault {
    HTTP_FAULT_NONE,
    HTTP_FAULT_LINE,        /* bare CR or LF, controls, no request line */
    HTTP_FAULT_TARGET,      /* not in origin form, or hides what it means */
    HTTP_FAULT_TARGET_LONG, /* 414 */
    HTTP_FAULT_VERSION,     /* 505 */
    HTTP_FAULT_METHOD,      /* 501 */
    HTTP_FAULT_FIELD,       /* no name, blanks around it, folded, twice what may stand once */
    HTTP_FAULT_FIELDS_MANY, /* 431 */
    HTTP_FAULT_HOST,        /* none, or no host */
    HTTP_FAULT_FRAMING,     /* Content-Length and Transfer-Encoding */
    HTTP_FAULT_EXPECTATION, /* 417 */
    HTTP_FAULTS
};

struct http_field {
    const char *name, *value;
};

/* Texts lie in the octets that were read. */
struct http_head {
    const char *method;
    char *path;
    char *query; /* NULL: none */
    struct http_field fields[HTTP_FIELDS_MAX];
    size_t field_count;
    uint64_t length; /* of the body, 0 where it is chunked */
    bool is_chunked;
    bool expects_continue;
    bool is_last; /* the connection ends after it */
    bool is_old;  /* HTTP/1.0 */
};

/* Looks for the end of the head from *looked on, which goes forward: its length, 0 while it has
 * not come, or a fault in *fault (HTTP_FAULT_LINE). */
size_t http_head_end(struct bytes octets, size_t *looked, enum http_fault *fault);
/* len: as http_head_end gave it.  Line ends and separators become NUL. */
MUST_CHECK enum http_fault http_head_read(char *octets, size_t len, struct http_head *out);
/* The first of that name, in any case; NULL: none. */
const char *http_head_field(const struct http_head *head, const char *name);
