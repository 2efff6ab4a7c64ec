// SPDX-License-Identifier: Apache-2.0
#include "logs/json_private.h"

/* `at` never passes `end`; broken is sticky. */
struct reader {
    const uint8_t *at;
    const uint8_t *end;
    enum fault fault;
};

static void fail(struct reader *reader, enum fault fault)
{
    if (reader->fault == FAULT_NONE)
        reader->fault = fault;
    reader->at = reader->end;
}

static void fail_here(struct reader *reader)
{
    fail(reader, reader->at == reader->end ? FAULT_TRUNCATED : FAULT_VALUE);
}

/* The next octet that is not white space, not taken; 0 at the end. */
static uint8_t peek(struct reader *reader)
{
    while (reader->at < reader->end) {
        uint8_t c = *reader->at;
        if (c > ' ')
            return c;
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            break;
        reader->at++;
    }
    return 0;
}

static bool take(struct reader *reader, uint8_t wanted)
{
    if (peek(reader) != wanted)
        return false;
    reader->at++;
    return true;
}

#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

/* The high bit of each octet that is the one looked for (and perhaps of some above it). */
static uint64_t octets_equal(uint64_t word, uint64_t each)
{
    uint64_t apart = word ^ each;
    return (apart - EACH(1)) & ~apart & EACH(0x80);
}

/* Passes over what is neither a quote nor a backslash. */
static const uint8_t *find_quote(const uint8_t *at, const uint8_t *end)
{
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        if (octets_equal(word, EACH('"')) | octets_equal(word, EACH('\\')))
            break;
        at += 8;
    }
    while (at < end && *at != '"' && *at != '\\')
        at++;
    return at;
}

/* The inside of the string whose quote was taken; true in escaped when it has escapes. */
static struct bytes take_string(struct reader *reader, bool *escaped)
{
    const uint8_t *start = reader->at;
    *escaped = false;
    for (const uint8_t *at = start;;) {
        at = find_quote(at, reader->end);
        if (at == reader->end) {
            fail(reader, FAULT_TRUNCATED);
            return (struct bytes){ NULL, 0 };
        }
        if (*at == '"') {
            reader->at = at + 1;
            return (struct bytes){ start, (size_t)(at - start) };
        }
        *escaped = true;
        at += reader->end - at < 2 ? 1 : 2;
    }
}

static void skip_string(struct reader *reader)
{
    bool escaped = false;
    (void)take_string(reader, &escaped);
}

/* Objects and lists that nobody asks for: only their nesting is looked at. */
static void skip_nested(struct reader *reader)
{
    uint8_t closing[JSON_DEPTH_MAX];
    size_t depth = 0;
    while (reader->at < reader->end) {
        uint8_t c = *reader->at++;
        if (c == '"') {
            skip_string(reader);
        } else if (c == '{' || c == '[') {
            if (depth == JSON_DEPTH_MAX) {
                fail(reader, FAULT_LIMIT);
                return;
            }
            closing[depth++] = c == '{' ? '}' : ']';
        } else if (c == '}' || c == ']') {
            if (c != closing[depth - 1]) {
                fail(reader, FAULT_VALUE);
                return;
            }
            if (--depth == 0)
                return;
        }
    }
    fail(reader, FAULT_TRUNCATED);
}

static bool is_of_word(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           c == '.' || c == '-' || c == '+';
}

/* A number, true, false or null. */
static struct bytes take_word(struct reader *reader)
{
    const uint8_t *start = reader->at;
    while (reader->at < reader->end && is_of_word(*reader->at))
        reader->at++;
    if (reader->at == start)
        fail_here(reader);
    return (struct bytes){ start, (size_t)(reader->at - start) };
}

static void skip_value(struct reader *reader)
{
    uint8_t c = peek(reader);
    if (c == '"') {
        reader->at++;
        skip_string(reader);
    } else if (c == '{' || c == '[') {
        skip_nested(reader);
    } else {
        (void)take_word(reader);
    }
}

/* Escapes */

static int hex_of(const uint8_t *at)
{
    int number = 0;
    for (size_t i = 0; i < 4; i++) {
        int c = at[i], letter = c | 0x20;
        int digit = c >= '0' && c <= '9'             ? c - '0'
                    : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
                                                     : -1;
        if (digit < 0)
            return -1;
        number = number << 4 | digit;
    }
    return number;
}

static size_t put_utf8(uint8_t *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    size_t len = c < 0x10000 ? 3 : 4;
    out[0] = (uint8_t)(len == 3 ? 0xe0 | c >> 12 : 0xf0 | c >> 18);
    for (size_t i = 1; i < len; i++)
        out[i] = (uint8_t)(0x80 | (c >> (6 * (len - 1 - i)) & 0x3f));
    return len;
}

/* The character of \uXXXX, of two of them for those past 0xffff; a lone half of a pair becomes
 * the replacement character.  0 octets taken when it is malformed. */
static size_t read_unicode(struct bytes text, uint32_t *out)
{
    int first = text.len >= 6 ? hex_of(text.at + 2) : -1;
    if (first < 0)
        return 0;
    *out = (uint32_t)first;
    if (first < 0xd800 || first > 0xdfff)
        return 6;
    *out = 0xfffd;
    bool is_pair = first < 0xdc00 && text.len >= 12 && text.at[6] == '\\' && text.at[7] == 'u';
    int second = is_pair ? hex_of(text.at + 8) : -1;
    if (second < 0xdc00 || second > 0xdfff)
        return 6;
    *out = 0x10000 + ((uint32_t)(first & 0x3ff) << 10 | (uint32_t)(second & 0x3ff));
    return 12;
}

/* What stands for one octet after a backslash; 0 for none. */
static uint8_t simple_escape(uint8_t c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
    }
}

/* Never longer than what it is made of. */
static size_t unescape(struct bytes text, uint8_t *out)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len;) {
        struct bytes rest = bytes_slice(text, i, text.len);
        if (rest.at[0] != '\\' || rest.len < 2) {
            out[len++] = rest.at[0];
            i++;
        } else if (rest.at[1] == 'u') {
            uint32_t c = 0;
            size_t taken = read_unicode(rest, &c);
            len += taken > 0 ? put_utf8(out + len, c) : 0;
            i += taken > 0 ? taken : 2;
        } else {
            uint8_t c = simple_escape(rest.at[1]);
            if (c != 0)
                out[len++] = c;
            i += 2;
        }
    }
    return len;
}

/* Values */

static void keep_text(struct log_record *record, struct log_value *value, struct bytes text,
                      bool escaped)
{
    if (escaped) {
        if (text.len > LOG_SCRATCH - record->scratch_used)
            return; /* as if it were not said: nothing we keep is that long */
        uint8_t *room = record->scratch + record->scratch_used;
        text = (struct bytes){ room, unescape(text, room) };
        record->scratch_used += text.len;
    }
    *value = (struct log_value){ text.at, (uint32_t)text.len, LOG_VALUE_TEXT };
}

static void take_value(struct reader *reader, struct log_record *record, uint8_t field)
{
    struct log_value *value = &record->values[field];
    uint8_t c = peek(reader);
    const uint8_t *start = reader->at;
    *value = (struct log_value){ NULL, 0, LOG_VALUE_TEXT };
    if (c == '"') {
        reader->at++;
        bool escaped = false;
        struct bytes text = take_string(reader, &escaped);
        if (reader->fault == FAULT_NONE)
            keep_text(record, value, text, escaped);
    } else if (c == '[' || c == '{') {
        skip_nested(reader);
        if (reader->fault == FAULT_NONE)
            *value = (struct log_value){ start, (uint32_t)(reader->at - start),
                                         c == '[' ? LOG_VALUE_LIST : LOG_VALUE_OBJECT };
    } else {
        struct bytes word = take_word(reader);
        if (!bytes_equal(word, BYTES("null")))
            *value = (struct log_value){ word.at, (uint32_t)word.len, LOG_VALUE_TEXT };
    }
}

struct scopes {
    uint8_t at[JSON_DEPTH_MAX];
    size_t depth; /* of the object we are in, from 1 */
};

/* One member's name and value; an object with a scope of its own is entered. */
static void take_member(struct reader *reader, const struct log_names *names,
                        struct scopes *scopes, struct log_record *record)
{
    bool escaped = false;
    if (!take(reader, '"')) {
        fail_here(reader);
        return;
    }
    struct bytes key = take_string(reader, &escaped);
    if (!take(reader, ':')) {
        fail_here(reader);
        return;
    }
    const struct log_name *name = log_names_find(names, scopes->at[scopes->depth - 1], key);
    if (name && name->inner != SCOPE_NONE && peek(reader) == '{') {
        if (scopes->depth == JSON_DEPTH_MAX) {
            fail(reader, FAULT_LIMIT);
            return;
        }
        reader->at++;
        scopes->at[scopes->depth++] = name->inner;
    } else if (name && name->field != LOG_NONE) {
        take_value(reader, record, name->field);
    } else {
        skip_value(reader);
    }
}

enum fault log_json_read(const struct log_names *names, uint8_t scope, struct bytes line,
                         struct log_record *record)
{
    struct reader reader = { line.at, line.at + line.len, FAULT_NONE };
    struct scopes scopes = { { scope }, 1 };
    memset(record->values, 0, sizeof record->values);
    record->is_json = true;
    record->scratch_used = 0;
    if (!take(&reader, '{'))
        return reader.at == reader.end ? FAULT_TRUNCATED : FAULT_VALUE;
    bool is_first = true; /* in its object: no comma before it */
    while (scopes.depth > 0 && reader.fault == FAULT_NONE) {
        if (take(&reader, '}')) {
            scopes.depth--;
            is_first = false;
            continue;
        }
        if (!is_first && !take(&reader, ',')) {
            fail_here(&reader);
            break;
        }
        size_t depth = scopes.depth;
        take_member(&reader, names, &scopes, record);
        is_first = scopes.depth > depth;
    }
    if (reader.fault == FAULT_NONE && (peek(&reader) != 0 || reader.at != reader.end))
        return FAULT_VALUE; /* something follows the object */
    return reader.fault;
}

bool log_json_value(struct bytes *rest, struct bytes *out)
{
    struct reader reader = { rest->at, rest->at + rest->len, FAULT_NONE };
    bool is_string = peek(&reader) == '"';
    const uint8_t *start = reader.at;
    skip_value(&reader);
    if (reader.fault != FAULT_NONE)
        return false;
    *out = (struct bytes){ start, (size_t)(reader.at - start) };
    if (is_string)
        *out = (struct bytes){ start + 1, (size_t)(reader.at - start) - 2 };
    *rest = (struct bytes){ reader.at, (size_t)(reader.end - reader.at) };
    return true;
}

/* Lists */

struct log_list log_list_of(const struct log_record *record, enum log_field field)
{
    const struct log_value *value = &record->values[field];
    struct log_list list = { log_text(record, field), false, record->list_separator };
    if (record->is_json) {
        list.is_json = value->kind == LOG_VALUE_LIST;
        list.separator = 0; /* one value */
    }
    if (list.is_json)
        list.rest = (struct bytes){ value->at + 1, value->len - 2 };
    return list;
}

static bool next_of_json(struct log_list *list, struct bytes *out)
{
    struct bytes *rest = &list->rest;
    while (rest->len > 0 && (rest->at[0] <= ' ' || rest->at[0] == ',')) {
        rest->at++;
        rest->len--;
    }
    if (rest->len > 0 && log_json_value(rest, out))
        return true;
    rest->len = 0;
    return false;
}

bool log_list_next(struct log_list *list, struct bytes *out)
{
    if (list->rest.len == 0)
        return false;
    if (list->is_json)
        return next_of_json(list, out);
    size_t len = list->separator ? bytes_find(list->rest, list->separator) : list->rest.len;
    *out = bytes_slice(list->rest, 0, len);
    size_t taken = len < list->rest.len ? len + 1 : len;
    list->rest = bytes_slice(list->rest, taken, list->rest.len);
    return true;
}
