// SPDX-License-Identifier: Apache-2.0
/* Strict reading of JSON by jansson: what is wrong is told with the offset of its octet. */
#pragma once

#include <jansson.h>

#include "base/error.h"
#include "base/text.h"

struct json_reader {
    struct bytes text;
    const char *what; /* "envelope" */
    struct error *err;
    bool failed; /* sticky: err tells of the first */
};

/* One object without a member twice; NULL with words.  The caller gives it back. */
json_t *json_read_object(struct json_reader *reader);
/* Fails unless the members are those named, a NULL behind the last; those marked by a first
 * character '?' may be missing. */
void json_expect(struct json_reader *reader, json_t *object, const char *const *names);
/* Each gives the member, or fails and leaves out as it is; a missing one that may be missing
 * gives nothing.  Strings have at least one character, no control characters, and fit. */
void json_take_string(struct json_reader *reader, json_t *object, const char *name, char *room,
                      size_t max);
/* The same of any value, told by the name of the member it is in; with line ends or without. */
void json_take_value(struct json_reader *reader, json_t *value, const char *name,
                     struct text *out, bool has_lines);
void json_take_number(struct json_reader *reader, json_t *object, const char *name,
                      uint64_t max, uint64_t *out);
/* Whole seconds of UTC, before WARRANT_TIME_END_NS. */
void json_take_time(struct json_reader *reader, json_t *object, const char *name, int64_t *out);
/* NULL where it is missing or failed. */
json_t *json_take_array(struct json_reader *reader, json_t *object, const char *name,
                        size_t max);
/* Fails at the member of that name. */
void json_fail(struct json_reader *reader, const char *name, const char *words);
/* Writes it sorted and compact. */
MUST_CHECK bool json_put(json_t *json, struct text *out, struct error *err);
