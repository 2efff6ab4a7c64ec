// SPDX-License-Identifier: Apache-2.0
#include "law/law.h"

#include "base/must.h"
#include "base/time.h"
#include "law/matrix_private.h"
#include "law/procedures_private.h"
#include "law/reading_private.h"
#include "law/schema_private.h"
#include "system/yaml_file.h"

enum {
    SIGNATURES_MAX = 16,
    MONTHS_MAX = 1200,
    YEARS_MAX = 100,
    DAYS_MAX = 36525,
    WORKING_DAYS_MAX = 366
};

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
                return reading_refuse(reading,
                                      &(struct reading_row){ .file = table->file, .row = i },
                                      "there is already a row with the id", id);
        }
    }
    return true;
}

static bool finish_time_word(const struct reading *reading, const struct reading_row *where,
                             uint8_t *row)
{
    struct schema_time_word word;
    memcpy(&word, row, sizeof word);
    if ((word.within != NULL) == (word.row.working_days > 0) ||
        word.row.working_days > WORKING_DAYS_MAX)
        return reading_refuse(reading, where, "either within, or working_days up to 366", "");
    if (word.within && !time_read_span(bytes_of_string(word.within), &word.row.within_ns))
        return reading_refuse(reading, where, "a length of time is as 12h or 5d, not",
                              word.within);
    memcpy(row, &word, sizeof word);
    return true;
}

/* "12-29": 1229; 0 of NULL.  The year is one that has each day. */
static bool read_yearly(const char *written, unsigned *out)
{
    char room[TIME_TEXT_MAX];
    int64_t day_ns;
    struct text text = text_over(room, sizeof room);
    *out = 0;
    if (!written)
        return true;
    text_format(&text, "2000-%s", written);
    if (text.cut || text.len != strlen("2000-12-29") || !time_read(text_bytes(&text), &day_ns))
        return false;
    struct time_date date = time_date_of(day_ns);
    *out = date.month * 100 + date.day;
    return true;
}

static bool finish_rest(const struct reading *reading, const struct reading_row *where,
                        uint8_t *row)
{
    struct schema_rest rest;
    int64_t day_ns = 0;
    memcpy(&rest, row, sizeof rest);
    rest.row.day = INT64_MIN;
    if ((rest.row.weekday != 0) + (rest.yearly_from != NULL) + (rest.day != NULL) != 1 ||
        (rest.yearly_from != NULL) != (rest.yearly_to != NULL))
        return reading_refuse(reading, where,
                              "either weekday, or day, or yearly_from and yearly_to", "");
    if (!read_yearly(rest.yearly_from, &rest.row.yearly_from) ||
        !read_yearly(rest.yearly_to, &rest.row.yearly_to))
        return reading_refuse(reading, where, "a day of each year is written as 12-29", "");
    if (rest.day && (strlen(rest.day) != strlen("2027-05-03") ||
                     !time_read(bytes_of_string(rest.day), &day_ns)))
        return reading_refuse(reading, where, "a day is written as 2027-05-03, not", rest.day);
    if (rest.day)
        rest.row.day = day_ns / TIME_DAY_NS;
    memcpy(row, &rest, sizeof rest);
    return true;
}

/* What of a row is more than text and numbers. */
static bool finish_row(const struct reading *reading, const struct schema_table *table,
                       const struct reading_row *where, uint8_t *row)
{
    if (table->force_at != SCHEMA_NONE) {
        struct schema_days days;
        struct law_force force;
        memcpy(&days, row + table->days_at, sizeof days);
        if (!reading_force(reading, where, &days, &force))
            return false;
        memcpy(row + table->force_at, &force, sizeof force);
    }
    if (table == &schema_tables[SCHEMA_TIME_WORDS])
        return finish_time_word(reading, where, row);
    if (table == &schema_tables[SCHEMA_RESTS])
        return finish_rest(reading, where, row);
    return matrix_finish_row(reading, where, row);
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
        reading_keep_strings(reading->keep, table->list.sequence.entry->mapping.fields, row);
        if (!finish_row(reading, table, &(struct reading_row){ .file = table->file, .row = i },
                        row))
            return false;
        memcpy(rows + i * table->row_size, row, table->row_size);
    }
    uint8_t *law = (uint8_t *)reading->law;
    memcpy(law + table->rows_at, &rows, sizeof rows);
    memcpy(law + table->count_at, &count, sizeof count);
    return check_ids(reading, table, rows, count);
}

static bool load_table(const struct reading *reading, const struct schema_table *table)
{
    struct yaml_data data;
    if (!reading_load(reading, table->file, &table->list, &data))
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
    law->id = reading_keep(reading->keep, file->id);
    law->name.en = reading_keep(reading->keep, file->name.en);
    law->name.ja = reading_keep(reading->keep, file->name.ja);
    law->citation = reading_keep(reading->keep, file->citation);
    law->purpose_article = reading_keep(reading->keep, file->purpose_article);
    law->access_article = reading_keep(reading->keep, file->access_article);
    law->handing_article = reading_keep(reading->keep, file->handing_article);
    law->first_day_counts = file->first_day_counts;
    return true;
}

static bool load_head(const struct reading *reading)
{
    struct yaml_data data;
    if (!reading_load(reading, "law.yaml", &schema_law_file, &data))
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

/* The first word that is no identifier of the table it refers to; NULL: all are. */
static const char *find_stray(const struct law *law, const struct schema_reference *reference,
                              const uint8_t *at)
{
    const char *const one[1] = { id_of(at) };
    struct law_words words = { one, 1 };
    if (reference->is_list)
        memcpy(&words, at, sizeof words);
    for (size_t i = 0; i < words.count; i++) {
        const char *word = words.at[i];
        if (word && !(reference->may_be_any && strcmp(word, "*") == 0) &&
            !is_id_of(law, &schema_tables[reference->target], word))
            return word;
    }
    return NULL;
}

static bool check_reference(const struct reading *reading,
                            const struct schema_reference *reference)
{
    const struct schema_table *table = &schema_tables[reference->table];
    size_t count;
    const uint8_t *rows = rows_of(reading->law, table, &count);
    for (size_t row = 0; row < count; row++) {
        char words[64];
        struct text text = text_over(words, sizeof words);
        const char *stray =
            find_stray(reading->law, reference, rows + row * table->row_size + reference->at);
        if (!stray)
            continue;
        text_format(&text, "%s has no", schema_tables[reference->target].file);
        return reading_refuse(reading, &(struct reading_row){ .file = table->file, .row = row },
                              words, stray);
    }
    return true;
}

static bool check_references(const struct reading *reading)
{
    for (size_t i = 0; i < schema_reference_count; i++) {
        if (!check_reference(reading, &schema_references[i]))
            return false;
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
            return reading_refuse(
                reading, &(struct reading_row){ .file = "bases.yaml", .row = i }, fault, "");
    }
    for (size_t i = 0; i < law->retention_count; i++) {
        const struct law_retention *row = &law->retentions[i];
        if (row->fiscal_month > 12 || row->years > YEARS_MAX || row->days > DAYS_MAX ||
            row->extension_years > YEARS_MAX || (row->fiscal_month == 0) == (row->days == 0) ||
            (row->fiscal_month == 0 && row->years > 0))
            return reading_refuse(reading,
                                  &(struct reading_row){ .file = "retention.yaml", .row = i },
                                  "either fiscal_month (1 to 12) and years, or days", "");
    }
    return true;
}

/* A file that nobody reads is a rule that nobody keeps. */
static bool check_names(const struct reading *reading)
{
    for (size_t i = 0; i < reading->sources->count; i++) {
        const char *name = reading->sources->files[i].name;
        bool is_known = strcmp(name, "law.yaml") == 0 || procedures_is_file(name);
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
    if (!check_values(&reading) || !check_references(&reading) || !procedures_load(&reading) ||
        !matrix_check(&reading))
        return false;
    sources_digest(sources, law.digest);
    *out = law;
    return true;
}
