// SPDX-License-Identifier: Apache-2.0
#include "reference/lists_private.h"

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

/* A file of lines being read. */
struct reader {
    struct loader loader;
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
        [LIST_BAD_JSON] = "not JSON",
        [LIST_REVOKED] = "revoked or deleted by its author",
        [LIST_NOT_TO_DETECT] = "its author does not hold it fit for detection (to_ids)",
        [LIST_OTHER_PATTERN] = "a pattern in another language than STIX's",
        [LIST_NOT_SIMPLE] = "a pattern that no single thing a flow shows can answer",
        [LIST_POPULAR] = "a name that many use, or one above it",
        [LIST_OWN] = "part of the own networks or names",
        [LIST_CROWDED] = "the same value under too many dates or lists",
    };
    MUST(why < LIST_REFUSALS);
    return words[why];
}

const char *list_refusal_name(enum list_refusal why)
{
    static const char *const names[LIST_REFUSALS] = {
        [LIST_NO_INDICATOR] = "no-indicator",
        [LIST_NOT_SUPPORTED] = "not-supported",
        [LIST_OTHER_KIND] = "other-kind",
        [LIST_TOO_LONG] = "too-long",
        [LIST_TOO_WIDE] = "too-wide",
        [LIST_BAD_QUOTES] = "bad-quotes",
        [LIST_BAD_DATE] = "bad-date",
        [LIST_BAD_PORT] = "bad-port",
        [LIST_BAD_PROTOCOL] = "bad-protocol",
        [LIST_SET_FULL] = "set-full",
        [LIST_CROWDED] = "crowded",
        [LIST_BAD_JSON] = "bad-json",
        [LIST_REVOKED] = "revoked",
        [LIST_NOT_TO_DETECT] = "not-to-detect",
        [LIST_OTHER_PATTERN] = "other-pattern",
        [LIST_NOT_SIMPLE] = "not-simple",
        [LIST_POPULAR] = "popular",
        [LIST_OWN] = "own",
    };
    MUST(why < LIST_REFUSALS);
    return names[why];
}

void loader_refuse(struct loader *loader, enum list_refusal why, uint64_t line,
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

enum list_refusal list_refusal_of(enum fault fault)
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
    row->refusal = list_refusal_of(fault);
}

void loader_take(struct loader *loader, struct indicator *indicator, uint64_t line,
                 struct bytes words)
{
    const struct list_options *options = loader->options;
    enum list_refusal why = LIST_REFUSALS;
    indicator->list = loader->list;
    indicator->is_revoked = options->is_revoked;
    if (options->screen)
        why = options->screen(options->screen_context, indicator);
    if (why != LIST_REFUSALS) {
        loader_refuse(loader, why, line, words);
        return;
    }
    switch (indicators_add(loader->set, indicator)) {
    case INDICATORS_ADDED: loader->report->taken++; break;
    case INDICATORS_DUPLICATE: loader->report->duplicates++; break;
    case INDICATORS_TOO_WIDE: loader_refuse(loader, LIST_TOO_WIDE, line, words); break;
    case INDICATORS_FULL: loader_refuse(loader, LIST_SET_FULL, line, words); break;
    case INDICATORS_CROWDED: loader_refuse(loader, LIST_CROWDED, line, words); break;
    }
}

static void take_row(struct reader *reader, uint64_t line)
{
    struct row *row = &reader->row;
    if (row->has_value)
        loader_take(&reader->loader, &row->indicator, line, row->words);
    else
        loader_refuse(&reader->loader, row->refusal, line, row->words);
}

static void reset_row(struct row *row)
{
    row->has_value = false;
    row->refusal = LIST_NO_INDICATOR;
    row->words = (struct bytes){ NULL, 0 };
}

static void take_text(struct reader *reader, struct bytes line, uint64_t number)
{
    size_t len = 0;
    while (len < line.len && line.at[len] != '\0' && !strchr(" \t,;", line.at[len]))
        len++;
    reset_row(&reader->row);
    try_value(&reader->row, bytes_slice(line, 0, len));
    reader->row.indicator.expires_ns = reader->loader.options->default_expires_ns;
    take_row(reader, number);
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

bool list_read_date(struct bytes words, int64_t *out)
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
        if (!list_read_date(field, &row->indicator.expires_ns))
            spoil(row, LIST_BAD_DATE);
        break;
    case COLUMN_BEGINS:
        if (!list_read_date(field, &row->indicator.begins_ns))
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
static bool pass(struct reader *reader, struct bytes record, enum column kind, uint8_t rank)
{
    struct csv csv = csv_over(record);
    char room[FIELD_TEXT_MAX];
    struct text field = text_over(room, sizeof room);
    const struct columns *columns = &reader->columns;
    for (size_t i = 0; csv_next(&csv, &field); i++) {
        bool is_asked =
            columns->count == 0 || (i < columns->count && columns->kinds[i] == (uint8_t)kind &&
                                    (rank == 0 || columns->ranks[i] == rank));
        if (!is_asked)
            continue;
        if (kind != COLUMN_VALUE)
            apply_field(&reader->row, kind, text_bytes(&field));
        else if (field.len > 0 && !reader->row.has_value)
            try_value(&reader->row, text_bytes(&field));
    }
    return !csv.broken;
}

static void take_record(struct reader *reader, struct bytes record, uint64_t number)
{
    static const enum column others[] = { COLUMN_TYPE, COLUMN_BEGINS, COLUMN_EXPIRES,
                                          COLUMN_PORT, COLUMN_PROTOCOL };
    enum { RANKS = 4, OTHERS = sizeof others / sizeof *others };
    struct row *row = &reader->row;
    reset_row(row);
    bool is_good = true;
    for (uint8_t rank = 1; is_good && rank <= RANKS && !row->has_value; rank++)
        is_good = pass(reader, record, COLUMN_VALUE, rank);
    row->indicator.expires_ns = reader->loader.options->default_expires_ns;
    for (size_t i = 0; is_good && reader->columns.count > 0 && i < OTHERS; i++)
        is_good = pass(reader, record, others[i], 0);
    if (is_good)
        take_row(reader, number);
    else
        loader_refuse(&reader->loader, LIST_BAD_QUOTES, number, record);
}

/* Comments are no rows, but may be a header. */
static void take_comment(struct reader *reader, struct bytes line)
{
    if (reader->is_csv && !reader->has_rows && reader->columns.count == 0 &&
        columns_read(bytes_slice(line, 1, line.len), &reader->columns) &&
        reader->columns.count < 2)
        reader->columns.count = 0; /* a word of prose */
}

static void take_line(struct reader *reader, struct bytes line, uint64_t number)
{
    if (number == 1 && bytes_start_with(line, BYTES("\xef\xbb\xbf")))
        line = bytes_slice(line, 3, line.len); /* a byte order mark */
    line = text_trim(line);
    if (line.len == 0)
        return;
    if (line.at[0] == '#') {
        take_comment(reader, line);
        return;
    }
    bool is_first = !reader->has_rows;
    reader->has_rows = true;
    if (!reader->is_csv)
        take_text(reader, line, number);
    else if (!is_first || reader->columns.count > 0 || !columns_read(line, &reader->columns))
        take_record(reader, line, number);
}

static bool take_ending(struct bytes *name, const char *ending)
{
    size_t len = strlen(ending);
    if (name->len <= len || memcmp(name->at + name->len - len, ending, len) != 0)
        return false;
    name->len -= len;
    return true;
}

enum list_form { LIST_TEXT, LIST_CSV, LIST_JSON };

/* The list's name, and by it its form. */
static enum list_form name_list(const char *path, char name[LIST_NAME_MAX])
{
    const char *slash = strrchr(path, '/');
    struct bytes words = bytes_of_string(slash ? slash + 1 : path);
    enum list_form form = LIST_TEXT;
    if (!take_ending(&words, ".gz"))
        (void)take_ending(&words, ".zst");
    if (take_ending(&words, ".csv"))
        form = LIST_CSV;
    else if (take_ending(&words, ".json") || take_ending(&words, ".stix"))
        form = LIST_JSON;
    else
        (void)take_ending(&words, ".txt");
    struct text out = text_over(name, LIST_NAME_MAX);
    text_put(&out, words);
    return form;
}

static bool read_all(struct reader *reader, struct listing *lines, struct error *err)
{
    for (;;) {
        struct bytes line = { NULL, 0 };
        switch (listing_next(lines, &line, err)) {
        case LISTING_LINE: take_line(reader, line, lines->number); break;
        case LISTING_TOO_LONG:
            loader_refuse(&reader->loader, LIST_TOO_LONG, lines->number, line);
            break;
        case LISTING_END: return true;
        case LISTING_FAILED: return false;
        }
    }
}

static bool load_lines(const struct loader *loader, const char *path, enum list_form form,
                       struct error *err)
{
    struct reader reader = { .loader = *loader, .is_csv = form == LIST_CSV };
    struct listing lines;
    if (!listing_open(&lines, path, err))
        return false;
    lines.has_quotes = reader.is_csv;
    bool is_read = read_all(&reader, &lines, err);
    listing_close(&lines);
    return is_read;
}

static bool load_event(void *context, const char *path, struct error *err)
{
    return bundle_load(context, path, err);
}

bool list_load(const char *path, const struct list_options *options, struct indicators *set,
               struct list_report *out, struct error *err)
{
    *out = (struct list_report){ .taken = 0 };
    struct loader loader = { .set = set, .options = options, .report = out };
    enum list_form form = name_list(path, out->name);
    if (!indicators_add_list(set, out->name, &loader.list))
        return error_set(err, 0, "%s: there are 256 lists already", path);
    if (feed_is(path))
        return feed_each(path, load_event, &loader, err);
    if (form == LIST_JSON)
        return bundle_load(&loader, path, err);
    return load_lines(&loader, path, form, err);
}

static bool measure_lines(const char *path, size_t *count_max, size_t *text_max,
                          struct error *err)
{
    struct listing lines;
    struct bytes line;
    if (!listing_open(&lines, path, err))
        return false;
    enum listing_status status;
    while ((status = listing_next(&lines, &line, err)) == LISTING_LINE ||
           status == LISTING_TOO_LONG) {
        ++*count_max;
        *text_max +=
            status == LISTING_LINE && line.len < NAME_OCTETS_MAX ? line.len : NAME_OCTETS_MAX;
    }
    listing_close(&lines);
    return status == LISTING_END;
}

struct measure_sums {
    size_t count, text;
};

static bool measure_event(void *context, const char *path, struct error *err)
{
    struct measure_sums *sums = context;
    return bundle_measure(path, &sums->count, &sums->text, err);
}

bool list_measure(const char *path, size_t *count_max, size_t *text_max, struct error *err)
{
    char name[LIST_NAME_MAX];
    struct measure_sums sums = { 0, 0 };
    bool is_read;
    if (feed_is(path))
        is_read = feed_each(path, measure_event, &sums, err);
    else if (name_list(path, name) == LIST_JSON)
        is_read = bundle_measure(path, &sums.count, &sums.text, err);
    else
        is_read = measure_lines(path, &sums.count, &sums.text, err);
    *count_max = sums.count;
    *text_max = sums.text;
    return is_read;
}

bool lists_reserve(const char *const *paths, size_t path_count, struct hash_key key,
                   struct indicators **out, struct error *err)
{
    size_t count = 0, text = 0;
    for (size_t i = 0; i < path_count; i++) {
        size_t file_count = 0, file_text = 0;
        if (!list_measure(paths[i], &file_count, &file_text, err))
            return false;
        count += file_count;
        text += file_text;
    }
    if (count >= UINT32_MAX / 2)
        return error_set(err, 0, "%zu lines of indicators are too many", count);
    if (text > UINT32_MAX)
        text = UINT32_MAX; /* what has no room in it is refused, one by one */
    struct arena arena;
    if (!memory_reserve(indicators_size(count, text), MEMORY_LARGE_PAGES, &arena, err))
        return false;
    *out = indicators_init(count, text, key, &arena);
    return true;
}

bool lists_load(const struct list_files *files, struct hash_key key,
                const struct indicators **out, struct list_report *reports, struct error *err)
{
    struct list_options options = { .default_expires_ns = files->default_expires_ns };
    struct indicators *set = NULL;
    if (!lists_reserve(files->paths, files->count, key, &set, err))
        return false;
    for (size_t i = 0; i < files->count; i++) {
        if (!list_load(files->paths[i], &options, set, &reports[i], err))
            return false;
    }
    *out = set;
    return true;
}
