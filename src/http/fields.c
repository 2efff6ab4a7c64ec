// SPDX-License-Identifier: Apache-2.0
#include "http/fields.h"

#include <strings.h>

#include "base/time.h"

static bool is_lower_hex(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f')))
            return false;
    return true;
}

static bool is_zeros(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] != '0')
            return false;
    return true;
}

bool http_trace_read(const char *traceparent, char out[33])
{
    const char *trace = traceparent + 3, *parent = traceparent + 36;
    if (strlen(traceparent) != 55 || memcmp(traceparent, "00-", 3) != 0)
        return false;
    if (trace[32] != '-' || parent[16] != '-')
        return false;
    if (!is_lower_hex(trace, 32) || !is_lower_hex(parent, 16) || !is_lower_hex(parent + 17, 2))
        return false;
    if (is_zeros(trace, 32) || is_zeros(parent, 16))
        return false;
    memcpy(out, trace, 32);
    out[32] = '\0';
    return true;
}

/* The next part of a list, without its blanks; rest goes behind its separator. */
static struct bytes take_part(struct bytes *rest, uint8_t separator)
{
    size_t at = bytes_find(*rest, separator);
    struct bytes part = text_trim(bytes_slice(*rest, 0, at));
    *rest = bytes_slice(*rest, at + 1, rest->len);
    return part;
}

bool http_tags_hold(const char *list, const char *tag)
{
    struct bytes rest = bytes_of_string(list), wanted = bytes_of_string(tag);
    if (bytes_equal(text_trim(rest), BYTES("*")))
        return true;
    if (bytes_start_with(wanted, BYTES("W/")))
        wanted = bytes_slice(wanted, 2, wanted.len);
    while (rest.len > 0) {
        struct bytes part = take_part(&rest, ',');
        if (bytes_start_with(part, BYTES("W/")))
            part = bytes_slice(part, 2, part.len);
        if (bytes_equal(part, wanted))
            return true;
    }
    return false;
}

static void put_two(struct text *out, int64_t number)
{
    text_put_char(out, (char)('0' + number / 10 % 10));
    text_put_char(out, (char)('0' + number % 10));
}

void http_date_write(int64_t time_ns, struct text *out)
{
    static const char days[7][4] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
    static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    struct time_date date = time_date_of(time_ns);
    int64_t of_day = time_ns % TIME_DAY_NS / TIME_SECOND_NS;
    text_format(out, "%s, ", days[time_ns / TIME_DAY_NS % 7]); /* 1970-01-01 was a Thursday */
    put_two(out, (int64_t)date.day);
    text_format(out, " %s ", months[(date.month - 1) % 12]);
    text_put_i64(out, date.year);
    text_put_char(out, ' ');
    put_two(out, of_day / 3600);
    text_put_char(out, ':');
    put_two(out, of_day / 60 % 60);
    text_put_char(out, ':');
    put_two(out, of_day % 60);
    text_put_string(out, " GMT");
}

struct bytes http_forwarded_last(const char *value)
{
    struct bytes rest = bytes_of_string(value), last = { NULL, 0 };
    while (rest.len > 0)
        last = take_part(&rest, ',');
    return last;
}

bool http_type_is_json(const char *value)
{
    struct bytes rest = bytes_of_string(value);
    struct bytes type = take_part(&rest, ';');
    const char *at = (const char *)type.at;
    if (type.len == 16 && strncasecmp(at, "application/json", 16) == 0)
        return true;
    return type.len > 17 && strncasecmp(at, "application/", 12) == 0 &&
           strncasecmp(at + type.len - 5, "+json", 5) == 0;
}

bool http_coding_is_taken(const char *list, const char *coding)
{
    struct bytes rest = bytes_of_string(list);
    while (rest.len > 0) {
        struct bytes part = take_part(&rest, ',');
        struct bytes name = take_part(&part, ';');
        if (name.len != strlen(coding) ||
            strncasecmp((const char *)name.at, coding, name.len) != 0)
            continue;
        double quality = 1;
        if (bytes_start_with(part, BYTES("q=")) &&
            !text_read_fraction(bytes_slice(part, 2, part.len), &quality))
            return false;
        return quality > 0;
    }
    return false;
}

unsigned http_json_depth(struct bytes json)
{
    unsigned depth = 0, deepest = 0;
    bool is_quoted = false;
    for (size_t i = 0; i < json.len; i++) {
        uint8_t c = json.at[i];
        if (is_quoted && c == '\\')
            i++;
        else if (c == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && (c == '[' || c == '{'))
            deepest = ++depth > deepest ? depth : deepest;
        else if (!is_quoted && (c == ']' || c == '}') && depth > 0)
            depth--;
    }
    return deepest;
}
