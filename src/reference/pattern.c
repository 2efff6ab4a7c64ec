// SPDX-License-Identifier: Apache-2.0
#include "reference/pattern.h"

static const struct {
    const char *path; /* without quotes */
    enum pattern_object object;
} paths[] = {
    { "ipv4-addr:value", PATTERN_ADDRESS },
    { "ipv6-addr:value", PATTERN_ADDRESS },
    { "network-traffic:dst_ref.value", PATTERN_ADDRESS },
    { "network-traffic:src_ref.value", PATTERN_ADDRESS },
    { "domain-name:value", PATTERN_DOMAIN },
    { "url:value", PATTERN_URL },
    { "x509-certificate:hashes.SHA-256", PATTERN_CERTIFICATE },
    { "x509-certificate:hashes.SHA-1", PATTERN_CERTIFICATE },
};

struct pattern pattern_over(struct bytes text)
{
    return (struct pattern){ .rest = text };
}

static void skip(struct pattern *pattern, size_t len)
{
    pattern->rest = bytes_slice(pattern->rest, len, pattern->rest.len);
}

static void skip_blanks(struct pattern *pattern)
{
    while (pattern->rest.len > 0 && pattern->rest.at[0] != '\0' &&
           strchr(" \t\r\n", pattern->rest.at[0]))
        skip(pattern, 1);
}

static uint8_t peek(const struct pattern *pattern)
{
    return pattern->rest.len > 0 ? pattern->rest.at[0] : 0;
}

static bool take_sign(struct pattern *pattern, char sign)
{
    skip_blanks(pattern);
    if (peek(pattern) != (uint8_t)sign)
        return false;
    skip(pattern, 1);
    return true;
}

/* A word of capitals. */
static bool take_word(struct pattern *pattern, const char *word)
{
    skip_blanks(pattern);
    struct bytes expected = bytes_of_string(word);
    if (!bytes_start_with(pattern->rest, expected))
        return false;
    struct bytes after = bytes_slice(pattern->rest, expected.len, 1);
    if (after.len == 1 && after.at[0] >= 'A' && after.at[0] <= 'Z')
        return false;
    skip(pattern, expected.len);
    return true;
}

/* object-type:property.'quoted key'; the quotes are left out. */
static enum fault take_path(struct pattern *pattern, enum pattern_object *out)
{
    char room[PATTERN_PATH_MAX];
    struct text path = text_over(room, sizeof room);
    bool is_quoted = false;
    skip_blanks(pattern);
    for (; pattern->rest.len > 0; skip(pattern, 1)) {
        uint8_t c = peek(pattern);
        if (c == '\'')
            is_quoted = !is_quoted;
        else if (!is_quoted && (c == '\0' || strchr(" \t\r\n=!<>[]()", c)))
            break;
        else
            text_put_char(&path, (char)c);
    }
    struct bytes words = text_bytes(&path);
    if (path.cut || is_quoted || words.len == 0 || bytes_find(words, ':') == words.len)
        return FAULT_VALUE;
    *out = PATTERN_OTHER;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (bytes_equal(words, bytes_of_string(paths[i].path)))
            *out = paths[i].object;
    }
    return FAULT_NONE;
}

/* 'text', in which a backslash stands before a quote or a backslash. */
static enum fault take_text(struct pattern *pattern, struct bytes *out)
{
    struct text value = text_over(pattern->room, sizeof pattern->room);
    if (!take_sign(pattern, '\''))
        return FAULT_UNSUPPORTED; /* a number, a date ... */
    for (; pattern->rest.len > 0; skip(pattern, 1)) {
        if (peek(pattern) == '\'') {
            skip(pattern, 1);
            *out = text_bytes(&value);
            return value.cut ? FAULT_LIMIT : FAULT_NONE;
        }
        if (peek(pattern) == '\\')
            skip(pattern, 1);
        text_put_char(&value, (char)peek(pattern));
    }
    return FAULT_VALUE;
}

static enum fault take_in_set(struct pattern *pattern, struct pattern_term *out)
{
    out->object = pattern->set.object;
    enum fault fault = take_text(pattern, &out->value);
    pattern->is_set = fault == FAULT_NONE && take_sign(pattern, ',');
    if (fault == FAULT_NONE && !pattern->is_set && !take_sign(pattern, ')'))
        return FAULT_VALUE;
    return fault;
}

static enum fault take_comparison(struct pattern *pattern, struct pattern_term *out)
{
    while (take_sign(pattern, '(')) {
        if (++pattern->depth > PATTERN_DEPTH_MAX)
            return FAULT_UNSUPPORTED;
    }
    if (take_word(pattern, "NOT"))
        return FAULT_UNSUPPORTED;
    enum fault fault = take_path(pattern, &out->object);
    if (fault != FAULT_NONE)
        return fault;
    if (take_word(pattern, "IN")) {
        pattern->set = *out;
        return take_sign(pattern, '(') ? take_in_set(pattern, out) : FAULT_VALUE;
    }
    bool is_subset = out->object == PATTERN_ADDRESS && take_word(pattern, "ISSUBSET");
    if (!is_subset && !take_sign(pattern, '='))
        return FAULT_UNSUPPORTED; /* !=, LIKE, MATCHES ... */
    return take_text(pattern, &out->value);
}

/* What stands between comparisons: OR, and brackets. */
static enum fault take_between(struct pattern *pattern, bool *is_end)
{
    *is_end = false;
    while (pattern->is_begun && pattern->depth > 0 && take_sign(pattern, ')'))
        pattern->depth--;
    if (pattern->is_open && take_sign(pattern, ']'))
        pattern->is_open = false;
    while (pattern->is_begun && pattern->depth > 0 && take_sign(pattern, ')'))
        pattern->depth--;
    skip_blanks(pattern);
    if (pattern->rest.len == 0) {
        *is_end = true;
        return pattern->is_begun && !pattern->is_open && pattern->depth == 0 ? FAULT_NONE
                                                                             : FAULT_VALUE;
    }
    if (pattern->is_begun && !take_word(pattern, "OR"))
        return FAULT_UNSUPPORTED; /* AND, FOLLOWEDBY, WITHIN ... */
    while (!pattern->is_open && take_sign(pattern, '(')) {
        if (++pattern->depth > PATTERN_DEPTH_MAX)
            return FAULT_UNSUPPORTED;
    }
    if (!pattern->is_open && !take_sign(pattern, '['))
        return FAULT_VALUE;
    pattern->is_open = true;
    return FAULT_NONE;
}

enum fault pattern_next(struct pattern *pattern, struct pattern_term *out, bool *is_end)
{
    *is_end = false;
    if (pattern->is_set)
        return take_in_set(pattern, out);
    enum fault fault = take_between(pattern, is_end);
    if (fault != FAULT_NONE || *is_end)
        return fault;
    pattern->is_begun = true;
    return take_comparison(pattern, out);
}
