// SPDX-License-Identifier: Apache-2.0
#include "reference/lists.h"

#include "base/must.h"
#include "base/time.h"
#include "reference/columns.h"
#include "reference/listing.h"
#include "system/memory.h"

enum { NAME_OCTETS_MAX = 255 };

/* One row, taken apart. */
struct row {
    bool has_value;
    enum list_refusal refusal;
    struct indicator indicator;
    struct bytes words; /* the value as it stands, for the report */
    char value_room[FIELD_TEXT_MAX];
    char scratch_room[INDICATOR_TEXT_MAX + 256];
};

struct loader {
    struct indicators *set;
    struct list_report *report;
    int64_t default_expires_ns;
    uint16_t list;
    bool is_csv;
    bool has_rows;
    struct columns columns;
    struct row row;
};

const char *list_refusal_words(enum list_refusal why)
{
    static const char *const words[LIST_REFUSALS] = {
        [LIST_NO_INDICATOR] = "not an address, prefix, name or fingerprint",
        [LIST_NOT_SUPPORTED] = "an address of mail or of everyone, or a name not in ASCII",
        [LIST_OTHER_KIND] = "by its type not something a flow shows",
        [LIST_TOO_LONG] = "too long",
        [LIST_TOO_WIDE] = "too wide: a name that many share, or a large part of the net",
        [LIST_BAD_QUOTES] = "quotes that do not match",
        [LIST_BAD_DATE] = "an expiry that is not a date",
        [LIST_BAD_PORT] = "a port that is none",
        [LIST_BAD_PROTOCOL] = "a protocol that is none",
        [LIST_SET_FULL] = "no room left",
        [LIST_CROWDED] = "the same value under too many dates or lists",
    };
    MUST(why < LIST_REFUSALS);
    return words[why];
}

static void refuse(struct loader *loader, enum list_refusal why, uint64_t line,
                   struct bytes value)
{
    struct list_report *report = loader->report;
    report->refused[why]++;
    if (report->example_count == LIST_EXAMPLES_MAX)
        return;
    struct list_example *example = &report->examples[report->example_count++];
    example->line = line;
    example->why = why;
    struct text words = text_over(example->value, sizeof example->value);
    for (size_t i = 0; i < value.len; i++) {
        bool is_printable = value.at[i] >= 0x20 && value.at[i] < 0x7f;
        text_put_char(&words, is_printable ? (char)value.at[i] : '?');
    }
}

static enum list_refusal refusal_of(enum fault fault)
{
    if (fault == FAULT_LIMIT)
        return LIST_TOO_LONG;
    return fault == FAULT_UNSUPPORTED ? LIST_NOT_SUPPORTED : LIST_NO_INDICATOR;
}

/* The row's value; of several the first that is an indicator, else the first's refusal. */
static void try_value(struct row *row, struct bytes value)
{
    struct text scratch = text_over(row->scratch_room, sizeof row->scratch_room);
    enum fault fault = indicator_read(value, &scratch, &row->indicator);
    if (fault != FAULT_NONE && row->words.len > 0)
        return;
    struct text words = text_over(row->value_room, sizeof row->value_room);
    text_put(&words, value);
    row->words = text_bytes(&words);
    row->has_value = fault == FAULT_NONE;
    row->refusal = refusal_of(fault);
}

static void take_row(struct loader *loader, uint64_t line)
{
    struct row *row = &loader->row;
    if (!row->has_value) {
        refuse(loader, row->refusal, line, row->words);
        return;
    }
    row->indicator.list = loader->list;
    switch (indicators_add(loader->set, &row->indicator)) {
    case INDICATORS_ADDED: loader->report->taken++; break;
    case INDICATORS_DUPLICATE: loader->report->duplicates++; break;
    case INDICATORS_TOO_WIDE: refuse(loader, LIST_TOO_WIDE, line, row->words); break;
    case INDICATORS_FULL: refuse(loader, LIST_SET_FULL, line, row->words); break;
    case INDICATORS_CROWDED: refuse(loader, LIST_CROWDED, line, row->words); break;
    }
}

static void reset_row(struct row *row)
{
    row->has_value = false;
    row->refusal = LIST_NO_INDICATOR;
    row->words = (struct bytes){ NULL, 0 };
}

static void take_text(struct loader *loader, struct bytes line, uint64_t number)
{
    size_t len = 0;
    while (len < line.len && line.at[len] != '\0' && !strchr(" \t,;", line.at[len]))
        len++;
    reset_row(&loader->row);
    try_value(&loader->row, bytes_slice(line, 0, len));
    loader->row.indicator.expires_ns = loader->default_expires_ns;
    take_row(loader, number);
}

/* An address and a port of its own column are an end point. */
static bool read_port(struct row *row, struct bytes words)
{
    uint64_t port = 0;
    if (!text_read_u64(words, 65535, &port))
        return false;
    if (row->indicator.kind == INDICATOR_ADDRESS && port > 0) {
        row->indicator.kind = INDICATOR_ENDPOINT;
        row->indicator.port = (uint16_t)port;
    }
    return true;
}

static bool read_protocol(struct row *row, struct bytes words)
{
    uint64_t number = 0;
    if (bytes_equal(words, BYTES("tcp")) || bytes_equal(words, BYTES("TCP")))
        number = 6;
    else if (bytes_equal(words, BYTES("udp")) || bytes_equal(words, BYTES("UDP")))
        number = 17;
    else if (!text_read_u64(words, 255, &number))
        return false;
    if (row->indicator.kind == INDICATOR_ENDPOINT)
        row->indicator.protocol = (uint8_t)number;
    return true;
}

/* A date, or a time; without a zone it is UTC. */
static bool read_date(struct bytes words, int64_t *out)
{
    char room[TIME_TEXT_MAX];
    struct text with_zone = text_over(room, sizeof room);
    text_put(&with_zone, words);
    text_put_char(&with_zone, 'Z');
    return time_read(words, out) || time_read(text_bytes(&with_zone), out);
}

static void spoil(struct row *row, enum list_refusal why)
{
    row->has_value = false;
    row->refusal = why;
}

/* What the other columns say of the value. */
static void apply_field(struct row *row, enum column kind, struct bytes field)
{
    if (field.len == 0 || !row->has_value)
        return;
    switch (kind) {
    case COLUMN_TYPE:
        if (columns_type_is_foreign(field))
            spoil(row, LIST_OTHER_KIND);
        break;
    case COLUMN_EXPIRES:
        if (!read_date(field, &row->indicator.expires_ns))
            spoil(row, LIST_BAD_DATE);
        break;
    case COLUMN_BEGINS:
        if (!read_date(field, &row->indicator.begins_ns))
            spoil(row, LIST_BAD_DATE);
        break;
    case COLUMN_PORT:
        if (!read_port(row, field))
            spoil(row, LIST_BAD_PORT);
        break;
    case COLUMN_PROTOCOL:
        if (!read_protocol(row, field))
            spoil(row, LIST_BAD_PROTOCOL);
        break;
    case COLUMN_VALUE:
    case COLUMN_IGNORED: break;
    }
}

/* One pass over the record's fields: those of one kind and rank, or with no header all. */
static bool pass(struct loader *loader, struct bytes record, enum column kind, uint8_t rank)
{
    struct csv csv = csv_over(record);
    char room[FIELD_TEXT_MAX];
    struct text field = text_over(room, sizeof room);
    const struct columns *columns = &loader->columns;
    for (size_t i = 0; csv_next(&csv, &field); i++) {
        bool is_asked =
            columns->count == 0 || (i < columns->count && columns->kinds[i] == (uint8_t)kind &&
                                    (rank == 0 || columns->ranks[i] == rank));
        if (!is_asked)
            continue;
        if (kind != COLUMN_VALUE)
            apply_field(&loader->row, kind, text_bytes(&field));
        else if (field.len > 0 && !loader->row.has_value)
            try_value(&loader->row, text_bytes(&field));
    }
    return !csv.broken;
}

static void take_record(struct loader *loader, struct bytes record, uint64_t number)
{
    static const enum column others[] = { COLUMN_TYPE, COLUMN_BEGINS, COLUMN_EXPIRES,
                                          COLUMN_PORT, COLUMN_PROTOCOL };
    enum { RANKS = 4, OTHERS = sizeof others / sizeof *others };
    struct row *row = &loader->row;
    reset_row(row);
    bool is_good = true;
    for (uint8_t rank = 1; is_good && rank <= RANKS && !row->has_value; rank++)
        is_good = pass(loader, record, COLUMN_VALUE, rank);
    row->indicator.expires_ns = loader->default_expires_ns;
    for (size_t i = 0; is_good && loader->columns.count > 0 && i < OTHERS; i++)
        is_good = pass(loader, record, others[i], 0);
    if (is_good)
        take_row(loader, number);
    else
        refuse(loader, LIST_BAD_QUOTES, number, record);
}

/* Comments are no rows, but may be a header. */
static void take_comment(struct loader *loader, struct bytes line)
{
    if (loader->is_csv && !loader->has_rows && loader->columns.count == 0 &&
        columns_read(bytes_slice(line, 1, line.len), &loader->columns) &&
        loader->columns.count < 2)
        loader->columns.count = 0; /* a word of prose */
}

static void take_line(struct loader *loader, struct bytes line, uint64_t number)
{
    if (number == 1 && bytes_start_with(line, BYTES("\xef\xbb\xbf")))
        line = bytes_slice(line, 3, line.len); /* a byte order mark */
    line = text_trim(line);
    if (line.len == 0)
        return;
    if (line.at[0] == '#') {
        take_comment(loader, line);
        return;
    }
    bool is_first = !loader->has_rows;
    loader->has_rows = true;
    if (!loader->is_csv)
        take_text(loader, line, number);
    else if (!is_first || loader->columns.count > 0 || !columns_read(line, &loader->columns))
        take_record(loader, line, number);
}

static bool take_ending(struct bytes *name, const char *ending)
{
    size_t len = strlen(ending);
    if (name->len <= len || memcmp(name->at + name->len - len, ending, len) != 0)
        return false;
    name->len -= len;
    return true;
}

/* The list's name, and whether the file is CSV. */
static bool name_list(const char *path, char name[LIST_NAME_MAX])
{
    const char *slash = strrchr(path, '/');
    struct bytes words = bytes_of_string(slash ? slash + 1 : path);
    if (!take_ending(&words, ".gz"))
        (void)take_ending(&words, ".zst");
    bool is_csv = take_ending(&words, ".csv");
    (void)take_ending(&words, ".txt");
    struct text out = text_over(name, LIST_NAME_MAX);
    text_put(&out, words);
    return is_csv;
}

static bool read_all(struct loader *loader, struct listing *lines, struct error *err)
{
    for (;;) {
        struct bytes line = { NULL, 0 };
        switch (listing_next(lines, &line, err)) {
        case LISTING_LINE: take_line(loader, line, lines->number); break;
        case LISTING_TOO_LONG: refuse(loader, LIST_TOO_LONG, lines->number, line); break;
        case LISTING_END: return true;
        case LISTING_FAILED: return false;
        }
    }
}

bool list_load(const char *path, int64_t default_expires_ns, struct indicators *set,
               struct list_report *out, struct error *err)
{
    *out = (struct list_report){ .taken = 0 };
    struct loader loader = { .set = set,
                             .report = out,
                             .default_expires_ns = default_expires_ns };
    loader.is_csv = name_list(path, out->name);
    if (!indicators_add_list(set, out->name, &loader.list))
        return error_set(err, 0, "%s: there are 256 lists already", path);
    struct listing lines;
    if (!listing_open(&lines, path, err))
        return false;
    lines.has_quotes = loader.is_csv;
    bool is_read = read_all(&loader, &lines, err);
    listing_close(&lines);
    return is_read;
}

bool list_measure(const char *path, size_t *count_max, size_t *text_max, struct error *err)
{
    struct listing lines;
    struct bytes line;
    if (!listing_open(&lines, path, err))
        return false;
    size_t count = 0, octets = 0;
    enum listing_status status;
    while ((status = listing_next(&lines, &line, err)) == LISTING_LINE ||
           status == LISTING_TOO_LONG) {
        count++;
        octets +=
            status == LISTING_LINE && line.len < NAME_OCTETS_MAX ? line.len : NAME_OCTETS_MAX;
    }
    listing_close(&lines);
    *count_max = count;
    *text_max = octets;
    return status == LISTING_END;
}

bool lists_load(const struct list_files *files, struct hash_key key,
                const struct indicators **out, struct list_report *reports, struct error *err)
{
    size_t count = 0, text = 0;
    for (size_t i = 0; i < files->count; i++) {
        size_t file_count = 0, file_text = 0;
        if (!list_measure(files->paths[i], &file_count, &file_text, err))
            return false;
        count += file_count;
        text += file_text;
    }
    if (count >= UINT32_MAX / 2 || text > UINT32_MAX)
        return error_set(err, 0, "%zu lines of indicators are too many", count);
    struct arena arena;
    if (!memory_reserve(indicators_size(count, text), MEMORY_LARGE_PAGES, &arena, err))
        return false;
    struct indicators *set = indicators_init(count, text, key, &arena);
    for (size_t i = 0; i < files->count; i++) {
        if (!list_load(files->paths[i], files->default_expires_ns, set, &reports[i], err))
            return false;
    }
    *out = set;
    return true;
}
