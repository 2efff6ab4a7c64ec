// SPDX-License-Identifier: Apache-2.0
#include "logs/columns_private.h"

#include "base/text.h"

void log_columns_start(struct log_columns *columns)
{
    *columns = (struct log_columns){ .separator = '\t',
                                     .list_separator = ',',
                                     .unset_len = 1,
                                     .unset = "-",
                                     .empty_len = 7,
                                     .empty = "(empty)" };
}

/* "\x09", or the octet itself. */
static bool read_octet(struct bytes text, uint8_t *out)
{
    if (text.len == 1) {
        *out = text.at[0];
        return true;
    }
    return text.len == 4 && text.at[0] == '\\' && text.at[1] == 'x' &&
           text_read_hex(bytes_slice(text, 2, 2), out, 1);
}

static bool keep_mark(struct bytes text, char *out, size_t room, uint8_t *len)
{
    if (text.len > room)
        return false;
    memcpy(out, text.at, text.len);
    *len = (uint8_t)text.len;
    return true;
}

static bool read_names(struct log_columns *columns, const struct log_names *names,
                       struct bytes line)
{
    columns->count = columns->wanted = 0;
    uint8_t seen[LOG_FIELDS] = { 0 };
    for (bool is_last = false; !is_last;) {
        size_t len = bytes_find(line, columns->separator);
        is_last = len == line.len;
        if (columns->count == LOG_COLUMNS_MAX)
            return false;
        const struct log_name *name =
            log_names_find(names, columns->scope, text_trim(bytes_slice(line, 0, len)));
        uint8_t field = name ? name->field : LOG_NONE;
        if (seen[field] && field != LOG_NONE)
            field = LOG_NONE; /* a column of the same meaning came before */
        seen[field] = 1;
        columns->fields[columns->count++] = field;
        if (field != LOG_NONE)
            columns->wanted = columns->count;
        line = bytes_slice(line, is_last ? len : len + 1, line.len);
    }
    return columns->wanted > 0;
}

bool log_columns_directive(struct log_columns *columns, const struct log_names *names,
                           struct bytes line)
{
    if (bytes_start_with(line, BYTES("#separator ")))
        return read_octet(bytes_slice(line, 11, line.len), &columns->separator);
    size_t len = bytes_find(line, columns->separator);
    struct bytes word = bytes_slice(line, 0, len), rest = bytes_slice(line, len + 1, line.len);
    if (bytes_equal(word, BYTES("#set_separator")))
        return read_octet(rest, &columns->list_separator);
    if (bytes_equal(word, BYTES("#unset_field")))
        return keep_mark(rest, columns->unset, LOG_MARK_MAX, &columns->unset_len);
    if (bytes_equal(word, BYTES("#empty_field")))
        return keep_mark(rest, columns->empty, LOG_MARK_MAX, &columns->empty_len);
    if (bytes_equal(word, BYTES("#path")))
        return keep_mark(rest, columns->path, LOG_PATH_MAX, &columns->path_len);
    if (!bytes_equal(word, BYTES("#fields")))
        return true; /* #types, #open, #close: they change nothing for us */
    columns->scope = SCOPE_ZEEK;
    /* Logs of which we know no column are passed over, and are no trouble. */
    (void)read_names(columns, names, rest);
    return columns->count > 0;
}

bool log_columns_header(struct log_columns *columns, const struct log_names *names,
                        struct bytes line)
{
    static const uint8_t separators[] = { ',', '\t', ';', '|' };
    struct bytes first = bytes_slice(line, 0, 4);
    if (bytes_equal(first, BYTES("ts\tu"))) {
        columns->scope = SCOPE_ZEEK;
        columns->separator = '\t';
        return read_names(columns, names, line);
    }
    for (size_t i = 0; i < sizeof separators; i++) {
        if (bytes_find(line, separators[i]) == line.len)
            continue;
        struct log_columns given = *columns;
        given.scope = SCOPE_ARGUS;
        given.separator = separators[i];
        if (read_names(&given, names, line) && log_columns_have(&given, LOG_INITIATOR)) {
            *columns = given;
            return true;
        }
    }
    return false;
}

bool log_columns_have(const struct log_columns *columns, enum log_field field)
{
    return memchr(columns->fields, (int)field, columns->count) != NULL;
}

#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

/* Columns are short: eight octets at a time beat a call of memchr. */
static inline const uint8_t *find_separator(const uint8_t *at, const uint8_t *end,
                                            uint64_t each)
{
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        word ^= each;
        uint64_t found = (word - EACH(1)) & ~word & EACH(0x80);
        if (found != 0) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
            return at + (__builtin_ctzll(found) >> 3);
#else
            break; /* octets above the first may be false: look at each */
#endif
        }
        at += 8;
    }
    while (at < end && *at != (uint8_t)each)
        at++;
    return at;
}

static bool is_mark(const char *mark, size_t mark_len, const uint8_t *at, size_t len)
{
    return len == mark_len && memcmp(mark, at, len) == 0;
}

bool log_columns_cut(const struct log_columns *columns, struct bytes line,
                     struct log_record *record)
{
    const uint8_t *at = line.at, *end = line.at + line.len;
    const uint64_t each = EACH(columns->separator);
    for (size_t i = 0; i < columns->count; i++) {
        const uint8_t *stop = find_separator(at, end, each);
        if (stop == end && i + 1 < columns->count)
            return false;
        if (i < columns->wanted) {
            size_t len = (size_t)(stop - at);
            struct log_value *value = &record->values[columns->fields[i]];
            value->at = len == 0 || is_mark(columns->unset, columns->unset_len, at, len) ||
                                is_mark(columns->empty, columns->empty_len, at, len)
                            ? NULL
                            : at;
            value->len = (uint32_t)len;
        }
        at = stop + (stop < end);
    }
    return true;
}
