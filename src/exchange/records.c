// SPDX-License-Identifier: Apache-2.0
#include "exchange/records.h"

#include "base/must.h"
#include "base/utf8.h"
#include "exchange/columns_private.h"

enum { LINE_MAX_OCTETS = 16384 };

bool records_kind_of(const char *path, enum records_kind *out)
{
    static const char *const ends[RECORDS_KINDS] = {
        [RECORDS_IPFIX] = ".ipfix",
        [RECORDS_JSON_LINES] = ".jsonl",
        [RECORDS_CSV] = ".csv",
    };
    struct bytes name = bytes_of_string(path);
    for (size_t kind = 0; kind < RECORDS_KINDS; kind++) {
        struct bytes end = bytes_of_string(ends[kind]);
        if (name.len <= end.len ||
            !bytes_equal(bytes_slice(name, name.len - end.len, end.len), end))
            continue;
        *out = (enum records_kind)kind;
        return true;
    }
    return false;
}

static bool write_octets(void *context, struct bytes octets)
{
    struct records *records = context;
    records->failed |= fwrite(octets.at, 1, octets.len, records->file) != octets.len;
    return !records->failed;
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
    records->failed = false;
    struct ipfix_sink sink = { .take = write_octets, .context = records };
    if (kind == RECORDS_IPFIX)
        ipfix_begin(&records->ipfix, DOMAIN, ipfix_refresh_never, sink);
    if (kind == RECORDS_CSV)
        put_csv_line(records, NULL);
}

void records_put(struct records *records, const struct minimised_flow *flow, int64_t now_ns)
{
    switch (records->kind) {
    case RECORDS_IPFIX: records->failed |= !ipfix_put(&records->ipfix, flow, now_ns); break;
    case RECORDS_JSON_LINES: put_json_line(records, flow); break;
    case RECORDS_CSV: put_csv_line(records, flow); break;
    case RECORDS_KINDS: break;
    }
}

bool records_end(struct records *records)
{
    if (records->kind == RECORDS_IPFIX)
        records->failed |= !ipfix_flush(&records->ipfix);
    records->failed |= fflush(records->file) != 0;
    return !records->failed;
}
