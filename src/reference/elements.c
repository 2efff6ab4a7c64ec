// SPDX-License-Identifier: Apache-2.0
#include "reference/elements.h"

#include <errno.h>
#include <stdlib.h>

bool elements_open(struct elements *out, const char *path, const char *const *names,
                   struct error *err)
{
    *out = (struct elements){ .names = names, .line = 1 };
    if (!listing_open(&out->lines, path, err))
        return false;
    out->element = malloc(ELEMENT_OCTETS_MAX);
    if (out->element)
        return true;
    listing_close(&out->lines);
    return error_set(err, ENOMEM, "%s", path);
}

void elements_close(struct elements *elements)
{
    free(elements->element);
    elements->element = NULL;
    listing_close(&elements->lines);
}

static int name_of_array(const struct elements *elements)
{
    struct bytes key = { (const uint8_t *)elements->key, elements->key_len };
    for (int i = 0; elements->has_key && elements->names[i]; i++) {
        if (bytes_equal(key, bytes_of_string(elements->names[i])))
            return i;
    }
    return -1;
}

/* False: deeper than we look. */
static bool open_bracket(struct elements *elements, uint8_t c)
{
    if (elements->depth == ELEMENTS_DEPTH_MAX)
        return false;
    bool is_wanted = c == '{' && elements->element_depth == 0 && elements->depth > 0 &&
                     elements->wanted[elements->depth - 1] >= 0;
    if (is_wanted) {
        elements->name = elements->wanted[elements->depth - 1];
        elements->element_depth = elements->depth + 1;
        elements->element_line = elements->line;
        elements->len = 0;
        elements->is_too_long = false;
    }
    elements->open[elements->depth] = c;
    elements->wanted[elements->depth++] = c == '[' ? (int8_t)name_of_array(elements) : -1;
    elements->has_key = false;
    return true;
}

/* False: it closes what is not open. */
static bool close_bracket(struct elements *elements, uint8_t c, bool *is_element)
{
    uint8_t opened = c == '}' ? '{' : '[';
    if (elements->depth == 0 || elements->open[elements->depth - 1] != opened)
        return false;
    *is_element = elements->depth == elements->element_depth;
    elements->depth--;
    elements->has_key = false;
    return true;
}

static void take_string(struct elements *elements, uint8_t c)
{
    if (elements->is_escaped) {
        elements->is_escaped = false;
    } else if (c == '\\') {
        elements->is_escaped = true;
    } else if (c == '"') {
        elements->is_string = false;
        return;
    }
    if (elements->key_len < sizeof elements->key)
        elements->key[elements->key_len++] = (char)c;
}

static bool take_octet(struct elements *elements, uint8_t c, bool *is_element)
{
    elements->line += c == '\n';
    if (elements->is_string) {
        take_string(elements, c);
        return true;
    }
    switch (c) {
    case '"':
        elements->is_string = true;
        elements->key_len = 0;
        return true;
    case '{':
    case '[': return open_bracket(elements, c);
    case '}':
    case ']': return close_bracket(elements, c, is_element);
    case ':': elements->has_key = true; return true;
    case ',': elements->has_key = false; return true;
    default: return true;
    }
}

static void collect(struct elements *elements, uint8_t c)
{
    if (elements->len < ELEMENT_OCTETS_MAX)
        elements->element[elements->len++] = c;
    else
        elements->is_too_long = true;
}

static enum elements_status give(struct elements *elements, struct bytes *element)
{
    elements->element_depth = 0;
    *element = (struct bytes){ elements->element, elements->len };
    return elements->is_too_long ? ELEMENTS_TOO_LONG : ELEMENTS_ONE;
}

static bool fail(const struct elements *elements, const char *words, struct error *err)
{
    return error_set(err, 0, "%s: line %llu: %s", elements->lines.path,
                     (unsigned long long)elements->line, words);
}

enum elements_status elements_next(struct elements *elements, struct bytes *element,
                                   struct error *err)
{
    for (;;) {
        if (elements->chunk.len == 0) {
            enum listing_status status = listing_chunk(&elements->lines, &elements->chunk, err);
            if (status == LISTING_FAILED)
                return ELEMENTS_FAILED;
            if (status == LISTING_END)
                break;
        }
        uint8_t c = elements->chunk.at[0];
        elements->chunk = bytes_slice(elements->chunk, 1, elements->chunk.len);
        bool is_element = false;
        if (!take_octet(elements, c, &is_element)) {
            (void)fail(elements, "brackets that do not match, or too many of them", err);
            return ELEMENTS_FAILED;
        }
        if (elements->element_depth > 0)
            collect(elements, c);
        if (is_element)
            return give(elements, element);
    }
    if (elements->depth == 0 && !elements->is_string)
        return ELEMENTS_END;
    (void)fail(elements, "the document ends early", err);
    return ELEMENTS_FAILED;
}
