// SPDX-License-Identifier: Apache-2.0
#include "reference/csv.h"

struct csv csv_over(struct bytes record)
{
    static const char delimiters[] = { ',', ';', '\t' };
    struct csv csv = { .rest = cursor_over(record), .delimiter = ',' };
    size_t most = 0;
    for (size_t i = 0; i < sizeof delimiters; i++) {
        size_t count = 0;
        for (size_t at = 0; at < record.len; at++)
            count += record.at[at] == (uint8_t)delimiters[i];
        if (count > most) {
            most = count;
            csv.delimiter = delimiters[i];
        }
    }
    return csv;
}

static bool next_is(const struct csv *csv, char c)
{
    return csv->rest.left > 0 && csv->rest.at[0] == (uint8_t)c;
}

/* A tab may be the delimiter, so only spaces are blank here. */
static void skip_spaces(struct csv *csv)
{
    while (next_is(csv, ' ') || next_is(csv, '\r'))
        cursor_skip(&csv->rest, 1);
}

/* RFC 4180 2.5 to 2.7; a quote within is written twice. */
static void read_quoted(struct csv *csv, struct text *field)
{
    cursor_skip(&csv->rest, 1);
    while (csv->rest.left > 0) {
        char c = (char)cursor_u8(&csv->rest);
        if (c == '"' && !next_is(csv, '"'))
            return;
        if (c == '"')
            cursor_skip(&csv->rest, 1);
        text_put_char(field, c);
    }
    csv->broken = true;
}

static void read_plain(struct csv *csv, struct text *field)
{
    struct bytes rest = cursor_rest(&csv->rest);
    size_t len = 0;
    while (len < rest.len && rest.at[len] != (uint8_t)csv->delimiter)
        len++;
    text_put(field, text_trim(bytes_slice(rest, 0, len)));
    cursor_skip(&csv->rest, len);
}

bool csv_next(struct csv *csv, struct text *field)
{
    if (csv->is_done || csv->broken)
        return false;
    *field = text_over(field->at, field->max);
    skip_spaces(csv);
    if (next_is(csv, '"'))
        read_quoted(csv, field);
    else
        read_plain(csv, field);
    skip_spaces(csv);
    csv->is_done = csv->rest.left == 0;
    if (!csv->is_done && cursor_u8(&csv->rest) != (uint8_t)csv->delimiter)
        csv->broken = true;
    return !csv->broken;
}
