// SPDX-License-Identifier: Apache-2.0
#include "exchange/records.h"

#include <errno.h>

#include "base/must.h"
#include "base/utf8.h"
#include "exchange/columns_private.h"

enum { LINE_MAX_OCTETS = RECORDS_BUFFER_OCTETS / 2 };

static const char *const kind_names[RECORDS_KINDS] = {
    [RECORDS_IPFIX] = "ipfix",
    [RECORDS_JSON_LINES] = "jsonl",
    [RECORDS_CSV] = "csv",
};

/* name, and the sign before or after it, at the end or the start of place. */
static bool names_kind(struct bytes place, struct bytes name, bool in_front)
{
    if (place.len <= name.len + 1)
        return false;
    size_t at = in_front ? 0 : place.len - name.len;
    size_t sign_at = in_front ? name.len : at - 1;
    return place.at[sign_at] == (in_front ? ':' : '.') &&
           bytes_equal(bytes_slice(place, at, name.len), name);
}

bool records_kind_of(const char *place, enum records_kind *out, const char **out_path)
{
    struct bytes words = bytes_of_string(place);
    for (size_t i = 0; i < 2 * (size_t)RECORDS_KINDS; i++) {
        size_t kind = i % RECORDS_KINDS;
        bool in_front = i < RECORDS_KINDS;
        struct bytes name = bytes_of_string(kind_names[kind]);
        if (!names_kind(words, name, in_front))
            continue;
        *out = (enum records_kind)kind;
        *out_path = in_front ? place + name.len + 1 : place;
        return true;
    }
    return false;
}

static void note(struct records *records, bool is_good)
{
    if (!is_good && records->code == 0)
        records->code = errno != 0 ? errno : EIO;
}

/* All or nothing of it goes into the file's buffer. */
static bool write_octets(void *context, struct bytes octets)
{
    struct records *records = context;
    if (records->unflushed + octets.len > sizeof records->buffer) {
        note(records, fflush(records->file) == 0);
        records->unflushed = 0;
    }
    note(records, fwrite(octets.at, 1, octets.len, records->file) == octets.len);
    records->unflushed += octets.len;
    return records->code == 0;
}

static void write_line(struct records *records, struct text *line)
{
    text_put_char(line, '\n');
    MUST(!line->cut);
    (void)write_octets(records, text_bytes(line));
}

/* quote stands before each sign of the text that is one of these. */
static void put_quoted(struct text *out, struct bytes clean, const char *signs, char quote)
{
    text_put_char(out, '"');
    for (size_t i = 0; i < clean.len; i++) {
        if (strchr(signs, clean.at[i]))
            text_put_char(out, quote);
        text_put_char(out, (char)clean.at[i]);
    }
    text_put_char(out, '"');
}

/* The i-th value, cleaned; false when there is none. */
static bool read_value(const struct column *column, const struct minimised_flow *flow, size_t i,
                       struct text *clean)
{
    char room[COLUMN_TEXT_MAX];
    struct text raw = text_over(room, sizeof room);
    if (!column->write(flow, i, &raw))
        return false;
    utf8_put_clean(clean, text_bytes(&raw));
    return true;
}

/* A character that is not clean becomes one of three octets. */
enum { CLEAN_MAX = 3 * COLUMN_TEXT_MAX };

static void put_json_list(const struct column *column, const struct minimised_flow *flow,
                          struct text *line)
{
    char room[CLEAN_MAX];
    text_put_char(line, '[');
    for (size_t i = 0;; i++) {
        struct text value = text_over(room, sizeof room);
        if (!read_value(column, flow, i, &value))
            break;
        text_put_string(line, i > 0 ? "," : "");
        put_quoted(line, text_bytes(&value), "\"\\", '\\');
    }
    text_put_char(line, ']');
}

static void put_json(const struct column *column, const struct minimised_flow *flow,
                     struct text *line)
{
    char room[CLEAN_MAX];
    struct text value = text_over(room, sizeof room);
    if (!read_value(column, flow, 0, &value))
        return;
    text_put_string(line, line->len > 1 ? "," : "");
    text_format(line, "\"%s\":", column->name);
    if (column->type == COLUMN_LIST)
        put_json_list(column, flow, line);
    else if (column->type == COLUMN_NUMBER)
        text_put(line, text_bytes(&value));
    else
        put_quoted(line, text_bytes(&value), "\"\\", '\\');
}

static void put_json_line(struct records *records, const struct minimised_flow *flow)
{
    char room[LINE_MAX_OCTETS];
    struct text line = text_over(room, sizeof room);
    text_put_char(&line, '{');
    for (size_t i = 0; i < column_count; i++)
        put_json(&columns[i], flow, &line);
    text_put_char(&line, '}');
    write_line(records, &line);
}

static void put_csv(const struct column *column, const struct minimised_flow *flow,
                    struct text *line)
{
    char room[LINE_MAX_OCTETS / 2];
    struct text value = text_over(room, sizeof room);
    for (size_t i = 0; i == 0 || column->type == COLUMN_LIST; i++) {
        size_t before = value.len;
        text_put_string(&value, i > 0 ? "; " : "");
        if (!read_value(column, flow, i, &value)) {
            value.len = before;
            break;
        }
    }
    struct bytes words = text_bytes(&value);
    bool is_plain = bytes_find(words, ',') == words.len && bytes_find(words, '"') == words.len;
    if (is_plain)
        text_put(line, words);
    else
        put_quoted(line, words, "\"", '"');
}

static void put_csv_line(struct records *records, const struct minimised_flow *flow)
{
    char room[LINE_MAX_OCTETS];
    struct text line = text_over(room, sizeof room);
    for (size_t i = 0; i < column_count; i++) {
        text_put_string(&line, i > 0 ? "," : "");
        if (flow)
            put_csv(&columns[i], flow, &line);
        else
            text_put_string(&line, columns[i].name);
    }
    text_put_char(&line, '\r'); /* RFC 4180 2.1 */
    write_line(records, &line);
}

void records_open(struct records *records, enum records_kind kind, FILE *file)
{
    enum { DOMAIN = 1 };
    MUST(kind < RECORDS_KINDS);
    records->kind = kind;
    records->file = file;
    records->code = 0;
    records->unflushed = 0;
    (void)setvbuf(file, records->buffer, _IOFBF, sizeof records->buffer);
    struct ipfix_sink sink = { .take = write_octets, .context = records };
    if (kind == RECORDS_IPFIX)
        ipfix_begin(&records->ipfix, DOMAIN, ipfix_refresh_never, sink);
    if (kind == RECORDS_CSV)
        put_csv_line(records, NULL);
}

void records_put(struct records *records, const struct minimised_flow *flow, int64_t now_ns)
{
    switch (records->kind) {
    case RECORDS_IPFIX: note(records, ipfix_put(&records->ipfix, flow, now_ns)); break;
    case RECORDS_JSON_LINES: put_json_line(records, flow); break;
    case RECORDS_CSV: put_csv_line(records, flow); break;
    case RECORDS_KINDS: break;
    }
}

bool records_flush(struct records *records)
{
    if (records->kind == RECORDS_IPFIX)
        note(records, ipfix_flush(&records->ipfix));
    note(records, fflush(records->file) == 0);
    records->unflushed = 0;
    return records->code == 0;
}
