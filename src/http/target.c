// SPDX-License-Identifier: Apache-2.0
#include "http/target.h"

#include <strings.h>

#include "base/text.h"
#include "base/utf8.h"

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The octet at text, which goes behind it; -1 where it is encoded wrongly. */
static int take_octet(const char **text)
{
    const char *at = *text;
    if (*at != '%') {
        *text = at + 1;
        return (unsigned char)*at;
    }
    int high = digit_of(at[1]);
    int low = high < 0 ? -1 : digit_of(at[2]);
    *text = low < 0 ? at : at + 3;
    return low < 0 ? -1 : high * 16 + low;
}

void http_percent_decode(char *text, bool is_query)
{
    char *out = text;
    for (const char *in = text; *in != '\0';) {
        bool is_blank = is_query && *in == '+';
        int octet = take_octet(&in);
        if (octet < 0)
            octet = (unsigned char)*in++;
        *out++ = is_blank ? ' ' : (char)octet;
    }
    *out = '\0';
}

/* RFC 3986 3.3 and, for queries, what browsers leave as it is (WHATWG URL 1.3). */
static bool may_stand(char c, bool is_query)
{
    if (is_letter_or_digit(c) || (c != '\0' && strchr("-._~!$&'()*+,;=:@/%", c) != NULL))
        return true;
    return is_query && c != '\0' && strchr("?[]{}|\\^`", c) != NULL;
}

/* No controls, no characters that have to be encoded, and UTF-8 once it is decoded. */
static bool is_plain(const char *text, bool is_query)
{
    char run[4];
    size_t held = 0;
    for (const char *in = text; *in != '\0';) {
        if (!may_stand(*in, is_query))
            return false;
        int octet = take_octet(&in);
        if (octet < 0x20 || octet == 0x7f) {
            bool is_line = octet == '\n' || octet == '\r' || octet == '\t';
            if (!is_query || !is_line)
                return false;
        }
        if (octet < 0x80 && held > 0)
            return false;
        if (octet < 0x80)
            continue;
        run[held++] = (char)octet;
        struct bytes rest = { (const uint8_t *)run, held };
        if (utf8_take(&rest) != UTF8_REPLACEMENT && rest.len == 0)
            held = 0;
        else if (held == sizeof run)
            return false;
    }
    return held == 0;
}

/* Segments that are empty (but the last), of dots only, or hold what separates segments. */
static bool has_plain_segments(const char *path)
{
    size_t len = 0, dots = 0;
    for (const char *in = path + 1;;) {
        bool is_end = *in == '\0', is_slash = *in == '/';
        if (is_end || is_slash) {
            if ((len == 0 && is_slash) || (len > 0 && len <= 2 && dots == len))
                return false;
            if (is_end)
                return true;
            in++;
            len = dots = 0;
            continue;
        }
        int octet = take_octet(&in);
        if (octet == '/' || octet == '\\')
            return false;
        len++;
        dots += octet == '.';
    }
}

bool http_target_read(char *target, char **path, char **query)
{
    char *mark = strchr(target, '?');
    if (mark != NULL)
        *mark = '\0';
    *path = target;
    *query = mark != NULL ? mark + 1 : NULL;
    return target[0] == '/' && is_plain(target, false) && has_plain_segments(target) &&
           (mark == NULL || is_plain(mark + 1, true));
}

bool http_host_is_plain(const char *host)
{
    const char *at = host;
    if (*at == '[') {
        while (*at != '\0' && *at != ']')
            if (digit_of(*++at) < 0 && *at != ':' && *at != '.' && *at != ']')
                return false;
        at += *at == ']';
    } else {
        while (is_letter_or_digit(*at) || *at == '-' || *at == '.' || *at == '_')
            at++;
    }
    if (at == host)
        return false;
    uint64_t port;
    return *at == '\0' ||
           (*at == ':' && text_read_u64(bytes_of_string(at + 1), UINT16_MAX, &port));
}

/* Up to the next '/'. */
static struct bytes segment_at(const char *text)
{
    struct bytes rest = bytes_of_string(text);
    return bytes_slice(rest, 0, bytes_find(rest, '/'));
}

static bool is_variable(struct bytes part)
{
    return part.len > 2 && part.at[0] == '{';
}

static bool takes_rest(struct bytes part)
{
    return is_variable(part) && part.at[part.len - 2] == '*';
}

static bool keep(struct bytes part, struct bytes value, struct http_variables *out)
{
    if (value.len == 0 || out->count == HTTP_VARIABLES_MAX)
        return false;
    out->names[out->count] = bytes_slice(part, 1, part.len - (takes_rest(part) ? 3 : 2));
    out->values[out->count++] = value;
    return true;
}

bool http_pattern_meets(const char *pattern, const char *path, struct http_variables *out)
{
    out->count = 0;
    while (*pattern == '/' && *path == '/') {
        struct bytes part = segment_at(++pattern), segment = segment_at(++path);
        if (takes_rest(part))
            return keep(part, bytes_of_string(path), out);
        bool is_met = is_variable(part) ? keep(part, segment, out) : bytes_equal(part, segment);
        if (!is_met)
            return false;
        pattern += part.len;
        path += segment.len;
    }
    return *pattern == '\0' && *path == '\0';
}

static int rank_of(struct bytes part)
{
    return takes_rest(part) ? 2 : is_variable(part);
}

int http_pattern_order(const char *a, const char *b)
{
    while (*a == '/' && *b == '/') {
        struct bytes left = segment_at(++a), right = segment_at(++b);
        if (rank_of(left) != rank_of(right))
            return rank_of(left) - rank_of(right);
        if (rank_of(left) == 0 && !bytes_equal(left, right))
            return strcmp(a, b);
        a += left.len;
        b += right.len;
    }
    return strcmp(a, b);
}
