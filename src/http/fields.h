// SPDX-License-Identifier: Apache-2.0
/* Values of fields that the server itself reads and writes: trace context, entity tags, dates,
 * forwarded addresses, media types.  Pure. */
#pragma once

#include "base/text.h"

enum { HTTP_DATE_MAX = 32 };

/* W3C Trace Context 3.2: 32 digits of its trace id and NUL into out; strict, version 00. */
MUST_CHECK bool http_trace_read(const char *traceparent, char out[33]);
/* RFC 9110 13.1.2: does a list of tags hold tag (with its quotes), compared weakly? */
bool http_tags_hold(const char *list, const char *tag);
/* RFC 9110 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT". */
void http_date_write(int64_t time_ns, struct text *out);
/* The last address of X-Forwarded-For, which the proxy in front of us put there. */
struct bytes http_forwarded_last(const char *value);
/* Is it application/json or a type that ends in +json, with or without parameters? */
bool http_type_is_json(const char *value);
/* Is the coding in a list of Accept-Encoding, and not with q=0? */
bool http_coding_is_taken(const char *list, const char *coding);
/* How deep arrays and objects lie in each other, without reading more than that. */
unsigned http_json_depth(struct bytes json);
