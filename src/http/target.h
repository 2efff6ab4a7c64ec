// SPDX-License-Identifier: Apache-2.0
/* What a request asks for: its target in origin form (RFC 9112 3.2.1), its query, and the table
 * of patterns it is held against.  Pure. */
#pragma once

#include "base/attr.h"
#include "base/bytes.h"

/* Cuts target into path and query.  False where another program could read it otherwise: no
 * leading '/', empty segments, "." and "..", encoded or not; encoded '/', '\\', NUL and
 * controls; what is no UTF-8; characters that have to be encoded. */
MUST_CHECK bool http_target_read(char *target, char **path, char **query);
/* A host and a port, RFC 9112 3.2. */
bool http_host_is_plain(const char *host);

/* Decodes in place; '+' is a blank where plus.  Only of what http_target_read took. */
void http_percent_decode(char *text, bool is_query);

enum { HTTP_VARIABLES_MAX = 8 };

struct http_variables {
    struct bytes names[HTTP_VARIABLES_MAX];  /* lie in the pattern */
    struct bytes values[HTTP_VARIABLES_MAX]; /* lie in the path, encoded */
    size_t count;
};

/* Does path meet pattern?  "{name}" meets one segment, a last "{name*}" one or more. */
bool http_pattern_meets(const char *pattern, const char *path, struct http_variables *out);
/* Which pattern is asked first: literals before "{name}" before "{name*}".  As strcmp. */
int http_pattern_order(const char *a, const char *b);
