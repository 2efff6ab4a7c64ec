// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/time.h"
#include "base/utf8.h"
#include "warrant/json_private.h"
#include "warrant/warrant.h"

enum { JSON_NAME_MAX = 32 };

/* Where the name stands first with its quotes; 0 where it does not (escaped, missing). */
static size_t offset_of(struct bytes text, const char *name)
{
    char room[JSON_NAME_MAX + 3];
    struct text quoted = text_over(room, sizeof room);
    text_format(&quoted, "\"%s\"", name);
    const uint8_t *at = text.len ? memmem(text.at, text.len, room, quoted.len) : NULL;
    return at ? (size_t)(at - text.at) : 0;
}

static void fail_at(struct json_reader *reader, size_t offset, const char *name,
                    const char *words)
{
    if (!reader->failed)
        (void)error_set(reader->err, 0, "%s, at octet %zu: %s%s%s", reader->what, offset, name,
                        *name ? ": " : "", words);
    reader->failed = true;
}

void json_fail(struct json_reader *reader, const char *name, const char *words)
{
    fail_at(reader, offset_of(reader->text, name), name, words);
}

json_t *json_read_object(struct json_reader *reader)
{
    json_error_t wrong;
    json_t *json = json_loadb((const char *)reader->text.at, reader->text.len,
                              JSON_REJECT_DUPLICATES, &wrong);
    if (!json)
        fail_at(reader, wrong.position > 0 ? (size_t)wrong.position : 0, "", wrong.text);
    else if (!json_is_object(json))
        fail_at(reader, 0, "", "no object");
    if (!reader->failed)
        return json;
    json_decref(json);
    return NULL;
}

static bool is_named(const char *const *names, const char *name)
{
    for (size_t i = 0; names[i]; i++) {
        if (strcmp(names[i] + (names[i][0] == '?'), name) == 0)
            return true;
    }
    return false;
}

void json_expect(struct json_reader *reader, json_t *object, const char *const *names)
{
    const char *name;
    json_t *value;
    if (!json_is_object(object)) {
        json_fail(reader, "", "no object");
        return;
    }
    json_object_foreach(object, name, value)
    {
        if (!is_named(names, name)) {
            char room[JSON_NAME_MAX];
            struct text cut = text_over(room, sizeof room);
            text_put_string(&cut, name);
            json_fail(reader, room, "not a known member");
        }
    }
    for (size_t i = 0; names[i]; i++) {
        if (names[i][0] != '?' && !json_object_get(object, names[i]))
            json_fail(reader, names[i], "missing");
    }
}

/* A character that would make who reads it see something else: see utf8_put_clean. */
static bool has_control(struct bytes text, bool has_lines)
{
    while (text.len > 0) {
        char room[8];
        struct text clean = text_over(room, sizeof room);
        struct bytes before = text;
        bool is_line = has_lines && (text.at[0] == '\n' || text.at[0] == '\t');
        (void)utf8_take(&text);
        struct bytes character = bytes_slice(before, 0, before.len - text.len);
        utf8_put_clean(&clean, character);
        if (!is_line && !bytes_equal(text_bytes(&clean), character))
            return true;
    }
    return false;
}

void json_take_value(struct json_reader *reader, json_t *value, const char *name,
                     struct text *out, bool has_lines)
{
    struct bytes text = { (const uint8_t *)json_string_value(value),
                          json_string_length(value) };
    if (!value || reader->failed)
        return;
    if (!json_is_string(value) || text.len == 0) {
        json_fail(reader, name, "not a text");
    } else if (has_control(text, has_lines)) {
        json_fail(reader, name, "a control character in it");
    } else {
        text_put(out, text);
        if (out->cut)
            json_fail(reader, name, "too long");
    }
}

void json_take_string(struct json_reader *reader, json_t *object, const char *name, char *room,
                      size_t max)
{
    struct text out = text_over(room, max);
    json_take_value(reader, json_object_get(object, name), name, &out, false);
}

void json_take_number(struct json_reader *reader, json_t *object, const char *name,
                      uint64_t max, uint64_t *out)
{
    json_t *value = json_object_get(object, name);
    if (!value || reader->failed)
        return;
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 1 || (uint64_t)number > max) {
        json_fail(reader, name, "not a whole number in its range");
        return;
    }
    *out = (uint64_t)number;
}

/* Whole seconds of UTC, written in one way. */
void json_take_time(struct json_reader *reader, json_t *object, const char *name, int64_t *out)
{
    char room[TIME_TEXT_MAX] = "", again[TIME_TEXT_MAX];
    struct text text = text_over(again, sizeof again);
    int64_t time_ns = 0;
    json_take_string(reader, object, name, room, sizeof room);
    if (reader->failed || !*room)
        return;
    bool is_time = time_read(bytes_of_string(room), &time_ns);
    is_time = is_time && time_ns >= 0 && time_ns < WARRANT_TIME_END_NS;
    if (is_time)
        time_write(time_ns, 0, &text);
    if (!is_time || strcmp(room, again) != 0)
        json_fail(reader, name, "not a time such as 2028-01-15T00:00:00Z");
    else
        *out = time_ns;
}

json_t *json_take_array(struct json_reader *reader, json_t *object, const char *name,
                        size_t max)
{
    json_t *value = json_object_get(object, name);
    if (!value || reader->failed)
        return NULL;
    if (json_is_array(value) && json_array_size(value) <= max)
        return value;
    json_fail(reader, name, "not a list, or too long");
    return NULL;
}

bool json_put(json_t *json, struct text *out, struct error *err)
{
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (!text)
        return error_set(err, 0, "no memory for JSON, or text that is not UTF-8");
    text_put_string(out, text);
    free(text);
    return !out->cut || error_set(err, 0, "too much for one envelope");
}
