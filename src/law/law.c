// SPDX-License-Identifier: Apache-2.0
#include "law/law.h"

#include "base/must.h"
#include "base/time.h"
#include "law/schema_private.h"
#include "law/sources_private.h"
#include "system/yaml_file.h"

enum { SIGNATURES_MAX = 16, MONTHS_MAX = 1200, YEARS_MAX = 100, DAYS_MAX = 36525 };

struct reading {
    const struct sources *sources;
    struct arena *keep;
    struct law *law;
    struct error *err;
};

/* A row, for what is said of it. */
struct where {
    const char *file;
    size_t row;
};

static size_t leading_blanks(struct bytes line)
{
    size_t blanks = 0;
    while (blanks < line.len && line.at[blanks] == ' ')
        blanks++;
    return blanks;
}

/* In what line a row of a list begins: those that begin as the first does, counted. */
static unsigned line_of(struct bytes octets, size_t row)
{
    size_t indent = 0, seen = 0;
    for (unsigned line = 1; octets.len > 0; line++) {
        struct bytes words = bytes_slice(octets, 0, bytes_find(octets, '\n'));
        octets = bytes_slice(octets, words.len + 1, octets.len);
        size_t blanks = leading_blanks(words);
        if (!bytes_start_with(bytes_slice(words, blanks, 1), BYTES("-")) ||
            bytes_start_with(words, BYTES("---")) || (seen > 0 && blanks != indent))
            continue;
        indent = blanks;
        if (seen++ == row)
            return line;
    }
    return 1;
}

/* file:line: words "what" */
static bool refuse(const struct reading *reading, const struct where *where, const char *words,
                   const char *what)
{
    char path[SOURCE_PATH_MAX];
    const struct source *source = sources_find(reading->sources, where->file);
    return error_set(reading->err, 0, "%s:%u: %s%s%s%s",
                     sources_path(reading->sources, where->file, path),
                     line_of(source->octets, where->row), words, *what ? " \"" : "", what,
                     *what ? "\"" : "");
}

static const char *keep_string(struct arena *keep, const char *string)
{
    if (!string)
        return NULL;
    size_t len = strlen(string) + 1;
    char *copy = arena_take(keep, 1, 1, len);
    memcpy(copy, string, len);
    return copy;
}

/* Strings of a row move to memory that stays, mappings within it too. */
static void keep_strings(struct arena *keep, const cyaml_schema_field_t *fields, uint8_t *row)
{
    for (const cyaml_schema_field_t *field = fields; field->key; field++) {
        uint8_t *at = row + field->data_offset;
        if (field->value.type == CYAML_MAPPING) {
            keep_strings(keep, field->value.mapping.fields, at);
        } else if (field->value.type == CYAML_STRING) {
            const char *string;
            memcpy(&string, at, sizeof string);
            string = keep_string(keep, string);
            memcpy(at, &string, sizeof string);
        }
    }
}

static bool read_day(const struct reading *reading, const struct where *where, const char *day,
                     int64_t *out)
{
    if (!day)
        return true;
    if (strlen(day) != strlen("2027-11-22") || !time_read(bytes_of_string(day), out))
        return refuse(reading, where, "a day is written as 2027-11-22, not", day);
    *out -= reading->law->ahead_ns;
    return true;
}

static bool read_force(const struct reading *reading, const struct where *where,
                       const struct schema_days *days, struct law_force *out)
{
    *out = (struct law_force){ INT64_MIN, INT64_MAX };
    if (!read_day(reading, where, days->from, &out->from_ns) ||
        !read_day(reading, where, days->to, &out->to_ns))
        return false;
    return out->from_ns < out->to_ns ||
           refuse(reading, where, "in_force_to is not after in_force_from", "");
}

static const char *id_of(const uint8_t *row)
{
    const char *id;
    memcpy(&id, row, sizeof id);
    return id;
}

static bool check_ids(const struct reading *reading, const struct schema_table *table,
                      const uint8_t *rows, size_t count)
{
    for (size_t i = 0; table->has_id && i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            const char *id = id_of(rows + i * table->row_size);
            if (strcmp(id, id_of(rows + j * table->row_size)) == 0)
                return refuse(reading, &(struct where){ table->file, i },
                              "there is already a row with the id", id);
        }
    }
    return true;
}

/* What of a row is more than text and numbers. */
static bool finish_row(const struct reading *reading, const struct schema_table *table,
                       const struct where *where, uint8_t *row)
{
    if (table->force_at != SCHEMA_NONE) {
        struct schema_days days;
        struct law_force force;
        memcpy(&days, row + table->days_at, sizeof days);
        if (!read_force(reading, where, &days, &force))
            return false;
        memcpy(row + table->force_at, &force, sizeof force);
    }
    if (table == &schema_tables[SCHEMA_TIME_WORDS]) {
        struct schema_time_word word;
        memcpy(&word, row, sizeof word);
        if (!time_read_span(bytes_of_string(word.within), &word.row.within_ns))
            return refuse(reading, where, "a length of time is as 12h or 5d, not", word.within);
        memcpy(row, &word, sizeof word);
    }
    return true;
}

static bool keep_rows(const struct reading *reading, const struct schema_table *table,
                      const uint8_t *read, size_t count)
{
    alignas(max_align_t) uint8_t row[512];
    uint8_t *rows =
        arena_take_zeroed(reading->keep, table->row_size, alignof(max_align_t), count);
    MUST(table->read_size <= sizeof row);
    for (size_t i = 0; i < count; i++) {
        memcpy(row, read + i * table->read_size, table->read_size);
        keep_strings(reading->keep, table->list.sequence.entry->mapping.fields, row);
        if (!finish_row(reading, table, &(struct where){ table->file, i }, row))
            return false;
        memcpy(rows + i * table->row_size, row, table->row_size);
    }
    uint8_t *law = (uint8_t *)reading->law;
    memcpy(law + table->rows_at, &rows, sizeof rows);
    memcpy(law + table->count_at, &count, sizeof count);
    return check_ids(reading, table, rows, count);
}

static bool load_text(const struct reading *reading, const char *name,
                      const cyaml_schema_value_t *schema, struct yaml_data *out)
{
    char path[SOURCE_PATH_MAX];
    const struct source *source = sources_find(reading->sources, name);
    (void)sources_path(reading->sources, name, path);
    if (!source)
        return error_set(reading->err, 0, "%s is missing", path);
    if (!yaml_text_load(source->octets, path, schema, out, reading->err))
        return false;
    bool is_empty_list =
        schema->type == CYAML_SEQUENCE && bytes_find(source->octets, '[') < source->octets.len;
    return out->at || is_empty_list ||
           error_set(reading->err, 0, "%s is empty (a list without rows is [])", path);
}

static bool load_table(const struct reading *reading, const struct schema_table *table)
{
    struct yaml_data data;
    if (!load_text(reading, table->file, &table->list, &data))
        return false;
    bool is_good = keep_rows(reading, table, (const uint8_t *)data.at, data.count);
    yaml_text_free(&table->list, &data);
    return is_good;
}

static bool read_head(const struct reading *reading, const struct schema_law *file)
{
    struct law *law = reading->law;
    char moment[TIME_TEXT_MAX], path[SOURCE_PATH_MAX];
    struct text text = text_over(moment, sizeof moment);
    text_format(&text, "1970-01-01T00:00:00%s", file->time_zone);
    if (text.cut || !time_read(text_bytes(&text), &law->ahead_ns))
        return error_set(reading->err, 0, "%s: time_zone is as +09:00, not \"%s\"",
                         sources_path(reading->sources, "law.yaml", path), file->time_zone);
    law->ahead_ns = -law->ahead_ns;
    law->id = keep_string(reading->keep, file->id);
    law->name.en = keep_string(reading->keep, file->name.en);
    law->name.ja = keep_string(reading->keep, file->name.ja);
    law->citation = keep_string(reading->keep, file->citation);
    law->purpose_article = keep_string(reading->keep, file->purpose_article);
    law->access_article = keep_string(reading->keep, file->access_article);
    law->handing_article = keep_string(reading->keep, file->handing_article);
    law->first_day_counts = file->first_day_counts;
    return true;
}

static bool load_head(const struct reading *reading)
{
    struct yaml_data data;
    if (!load_text(reading, "law.yaml", &schema_law_file, &data))
        return false;
    bool is_good = read_head(reading, data.at);
    yaml_text_free(&schema_law_file, &data);
    return is_good;
}

static const uint8_t *rows_of(const struct law *law, const struct schema_table *table,
                              size_t *count)
{
    const uint8_t *rows;
    memcpy(&rows, (const uint8_t *)law + table->rows_at, sizeof rows);
    memcpy(count, (const uint8_t *)law + table->count_at, sizeof *count);
    return rows;
}

static bool is_id_of(const struct law *law, const struct schema_table *table, const char *id)
{
    size_t count;
    const uint8_t *rows = rows_of(law, table, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(id_of(rows + i * table->row_size), id) == 0)
            return true;
    }
    return false;
}

static bool check_references(const struct reading *reading)
{
    for (size_t i = 0; i < schema_reference_count; i++) {
        const struct schema_reference *reference = &schema_references[i];
        const struct schema_table *table = &schema_tables[reference->table];
        size_t count;
        const uint8_t *rows = rows_of(reading->law, table, &count);
        for (size_t row = 0; row < count; row++) {
            char words[64];
            struct text text = text_over(words, sizeof words);
            const char *id = id_of(rows + row * table->row_size + reference->at);
            if ((reference->may_be_any && strcmp(id, "*") == 0) ||
                is_id_of(reading->law, &schema_tables[reference->target], id))
                continue;
            text_format(&text, "%s has no", schema_tables[reference->target].file);
            return refuse(reading, &(struct where){ table->file, row }, words, id);
        }
    }
    return true;
}

/* NULL where the row can be kept to. */
static const char *find_fault(const struct law_basis *basis)
{
    const uint32_t never = UINT32_C(1) << DIRECTION_DD | UINT32_C(1) << DIRECTION_UNKNOWN;
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    if (strlen(basis->id) >= BASIS_NAME_MAX || strspn(basis->id, letters) < strlen(basis->id))
        return "the id is at most 15 small letters, digits and _";
    if (basis->signatures < 1 || basis->signatures > SIGNATURES_MAX)
        return "signatures is from 1 to 16";
    if (basis->directions == 0)
        return "it needs a direction";
    if (basis->kind == BASIS_STATUTORY && (basis->directions & never))
        return "a statutory basis never looks at domestic or unknown traffic: DD, unknown";
    if (basis->period_months > MONTHS_MAX || basis->extension_months > MONTHS_MAX)
        return "a period is at most 1200 months";
    if (basis->share_permille > 1000)
        return "share_permille is at most 1000";
    if (basis->items < 1 || basis->item_kinds == 0)
        return "a condition rests on one piece of information at least";
    if (basis->kinds > (unsigned)__builtin_popcount(basis->item_kinds))
        return "kinds is more than there are in item_kinds";
    return NULL;
}

static bool check_values(const struct reading *reading)
{
    const struct law *law = reading->law;
    for (size_t i = 0; i < law->basis_count; i++) {
        const char *fault = find_fault(&law->bases[i]);
        if (fault)
            return refuse(reading, &(struct where){ "bases.yaml", i }, fault, "");
    }
    for (size_t i = 0; i < law->retention_count; i++) {
        const struct law_retention *row = &law->retentions[i];
        if (row->fiscal_month > 12 || row->years > YEARS_MAX || row->days > DAYS_MAX ||
            row->extension_years > YEARS_MAX || (row->fiscal_month == 0) == (row->days == 0) ||
            (row->fiscal_month == 0 && row->years > 0))
            return refuse(reading, &(struct where){ "retention.yaml", i },
                          "either fiscal_month (1 to 12) and years, or days", "");
    }
    return true;
}

/* A file that nobody reads is a rule that nobody keeps. */
static bool check_names(const struct reading *reading)
{
    for (size_t i = 0; i < reading->sources->count; i++) {
        const char *name = reading->sources->files[i].name;
        bool is_known = strcmp(name, "law.yaml") == 0;
        for (size_t j = 0; j < SCHEMA_TABLES; j++)
            is_known |= strcmp(name, schema_tables[j].file) == 0;
        char path[SOURCE_PATH_MAX];
        if (!is_known)
            return error_set(reading->err, 0, "%s: no part of a law has this name",
                             sources_path(reading->sources, name, path));
    }
    return true;
}

bool law_load(const char *folder, struct arena *keep, struct law *out, struct error *err)
{
    struct sources *sources = ARENA_NEW(keep, struct sources, 1);
    struct law law = { 0 };
    const struct reading reading = { sources, keep, &law, err };
    if (!sources_read(folder, keep, sources, err) || !load_head(&reading) ||
        !check_names(&reading))
        return false;
    for (size_t i = 0; i < SCHEMA_TABLES; i++) {
        if (!load_table(&reading, &schema_tables[i]))
            return false;
    }
    if (!check_values(&reading) || !check_references(&reading))
        return false;
    sources_digest(sources, law.digest);
    *out = law;
    return true;
}
