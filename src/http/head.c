// SPDX-License-Identifier: Apache-2.0
#include "http/head.h"

#include <strings.h>

#include "base/text.h"
#include "http/target.h"

static bool is_control(uint8_t c)
{
    return (c < 0x20 && c != '\t') || c == 0x7f;
}

size_t http_head_end(struct bytes octets, size_t *looked, enum http_fault *fault)
{
    for (; *looked < octets.len; ++*looked) {
        uint8_t c = octets.at[*looked];
        if (c == '\r') {
            if (*looked + 1 == octets.len)
                return 0;
            if (octets.at[++*looked] != '\n')
                break;
            if (*looked >= 3 && octets.at[*looked - 3] == '\r')
                if (octets.at[*looked - 2] == '\n')
                    return *looked + 1;
        } else if (is_control(c)) {
            break;
        }
    }
    if (*looked < octets.len)
        *fault = HTTP_FAULT_LINE;
    return 0;
}

/* RFC 9110 5.6.2 */
static bool is_token(const char *text)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    if (text[0] == '\0')
        return false;
    for (; *text != '\0'; text++) {
        char c = *text;
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && strchr(marks, c) == NULL)
            return false;
    }
    return true;
}

/* Cuts the line at its next blank; NULL where there is none. */
static char *cut_word(char *line)
{
    char *blank = strchr(line, ' ');
    if (blank == NULL)
        return NULL;
    *blank = '\0';
    return blank + 1;
}

/* RFC 9112 3, with exactly one blank between its parts. */
static enum http_fault read_request_line(char *line, struct http_head *out)
{
    char *target = cut_word(line);
    char *version = target != NULL ? cut_word(target) : NULL;
    if (version == NULL || !is_token(line))
        return HTTP_FAULT_LINE;
    if (strncmp(version, "HTTP/", 5) != 0 || strlen(version) != 8 || version[6] != '.')
        return HTTP_FAULT_LINE;
    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
        return HTTP_FAULT_VERSION;
    out->method = line;
    out->is_old = version[7] == '0';
    out->is_last = out->is_old;
    if (strlen(target) > HTTP_TARGET_MAX)
        return HTTP_FAULT_TARGET_LONG;
    return http_target_read(target, &out->path, &out->query) ? HTTP_FAULT_NONE
                                                             : HTTP_FAULT_TARGET;
}

/* RFC 9112 5.  A line that begins with a blank is folded (5.2) and has no name. */
static enum http_fault read_field(char *line, struct http_head *out)
{
    char *colon = strchr(line, ':');
    if (colon == NULL)
        return HTTP_FAULT_FIELD;
    *colon = '\0';
    if (!is_token(line))
        return HTTP_FAULT_FIELD;
    if (out->field_count == HTTP_FIELDS_MAX)
        return HTTP_FAULT_FIELDS_MANY;
    char *value = colon + 1;
    while (*value == ' ' || *value == '\t')
        value++;
    char *end = value + strlen(value);
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        *--end = '\0';
    out->fields[out->field_count++] = (struct http_field){ line, value };
    return HTTP_FAULT_NONE;
}

static enum http_fault take_host(const char *value, struct http_head *out)
{
    (void)out;
    return http_host_is_plain(value) ? HTTP_FAULT_NONE : HTTP_FAULT_HOST;
}

/* RFC 9112 6.2: digits, and no list of them. */
static enum http_fault take_length(const char *value, struct http_head *out)
{
    return text_read_u64(bytes_of_string(value), INT64_MAX, &out->length) ? HTTP_FAULT_NONE
                                                                          : HTTP_FAULT_FRAMING;
}

/* RFC 9112 6.1: chunked, and nothing beside it. */
static enum http_fault take_coding(const char *value, struct http_head *out)
{
    out->is_chunked = true;
    return strcasecmp(value, "chunked") == 0 && !out->is_old ? HTTP_FAULT_NONE
                                                             : HTTP_FAULT_FRAMING;
}

static enum http_fault take_connection(const char *value, struct http_head *out)
{
    struct bytes rest = bytes_of_string(value);
    while (rest.len > 0) {
        size_t comma = bytes_find(rest, ',');
        struct bytes word = text_trim(bytes_slice(rest, 0, comma));
        if (word.len == 5 && strncasecmp((const char *)word.at, "close", 5) == 0)
            out->is_last = true;
        rest = bytes_slice(rest, comma + 1, rest.len);
    }
    return HTTP_FAULT_NONE;
}

/* RFC 9110 10.1.1 */
static enum http_fault take_expectation(const char *value, struct http_head *out)
{
    out->expects_continue = !out->is_old;
    return strcasecmp(value, "100-continue") == 0 ? HTTP_FAULT_NONE : HTTP_FAULT_EXPECTATION;
}

/* What we go by may stand once: two of it are read differently by different programs. */
static const struct single {
    const char *name;
    enum http_fault (*take)(const char *value, struct http_head *out);
    enum http_fault twice;
} singles[] = {
    { "Host", take_host, HTTP_FAULT_HOST },
    { "Content-Length", take_length, HTTP_FAULT_FRAMING },
    { "Transfer-Encoding", take_coding, HTTP_FAULT_FRAMING },
    { "Connection", take_connection, HTTP_FAULT_FIELD },
    { "Expect", take_expectation, HTTP_FAULT_FIELD },
    { "Authorization", NULL, HTTP_FAULT_FIELD },
    { "Content-Encoding", NULL, HTTP_FAULT_FIELD },
    { "Content-Type", NULL, HTTP_FAULT_FIELD },
    { "Cookie", NULL, HTTP_FAULT_FIELD },
    { "If-Match", NULL, HTTP_FAULT_FIELD },
    { "If-None-Match", NULL, HTTP_FAULT_FIELD },
    { "Origin", NULL, HTTP_FAULT_FIELD },
};
enum { SINGLE_HOST, SINGLE_LENGTH, SINGLE_CODING, SINGLES = sizeof singles / sizeof *singles };

static enum http_fault take_field(const struct http_field *field, struct http_head *out,
                                  bool has[SINGLES])
{
    for (size_t i = 0; i < SINGLES; i++) {
        if (strcasecmp(field->name, singles[i].name) != 0)
            continue;
        if (has[i])
            return singles[i].twice;
        has[i] = true;
        return singles[i].take ? singles[i].take(field->value, out) : HTTP_FAULT_NONE;
    }
    return HTTP_FAULT_NONE;
}

static enum http_fault take_fields(struct http_head *out)
{
    bool has[SINGLES] = { false };
    for (size_t i = 0; i < out->field_count; i++) {
        enum http_fault fault = take_field(&out->fields[i], out, has);
        if (fault != HTTP_FAULT_NONE)
            return fault;
    }
    if (has[SINGLE_LENGTH] && has[SINGLE_CODING])
        return HTTP_FAULT_FRAMING;
    return has[SINGLE_HOST] || out->is_old ? HTTP_FAULT_NONE : HTTP_FAULT_HOST;
}

enum http_fault http_head_read(char *octets, size_t len, struct http_head *out)
{
    *out = (struct http_head){ .field_count = 0 };
    enum http_fault fault = HTTP_FAULT_NONE;
    bool is_first = true;
    char *end = octets + len - 2; /* the empty line */
    for (char *line = octets; line < end && fault == HTTP_FAULT_NONE; is_first = false) {
        char *cr = memchr(line, '\r', (size_t)(end - line));
        *cr = '\0';
        fault = is_first ? read_request_line(line, out) : read_field(line, out);
        line = cr + 2;
    }
    if (fault == HTTP_FAULT_NONE && is_first)
        fault = HTTP_FAULT_LINE;
    return fault == HTTP_FAULT_NONE ? take_fields(out) : fault;
}

const char *http_head_field(const struct http_head *head, const char *name)
{
    for (size_t i = 0; i < head->field_count; i++)
        if (strcasecmp(head->fields[i].name, name) == 0)
            return head->fields[i].value;
    return NULL;
}
