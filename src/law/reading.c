// SPDX-License-Identifier: Apache-2.0
#include "law/reading_private.h"

#include "base/time.h"

static size_t leading_blanks(struct bytes line)
{
    size_t blanks = 0;
    while (blanks < line.len && line.at[blanks] == ' ')
        blanks++;
    return blanks;
}

/* In what line a row of a list begins: those that begin as the first does, counted. */
static unsigned line_of(struct bytes octets, const char *mark, size_t row)
{
    struct bytes start = mark ? bytes_of_string(mark) : BYTES("-");
    size_t indent = 0, seen = 0;
    for (unsigned line = 1; octets.len > 0; line++) {
        struct bytes words = bytes_slice(octets, 0, bytes_find(octets, '\n'));
        octets = bytes_slice(octets, words.len + 1, octets.len);
        size_t blanks = leading_blanks(words);
        if (!bytes_start_with(bytes_slice(words, blanks, words.len), start) ||
            bytes_start_with(words, BYTES("---")) || (!mark && seen > 0 && blanks != indent))
            continue;
        indent = blanks;
        if (seen++ == row)
            return line;
    }
    return 1;
}

/* file:line: words "what" */
bool reading_refuse(const struct reading *reading, const struct reading_row *where,
                    const char *words, const char *what)
{
    char path[SOURCE_PATH_MAX];
    const struct source *source = sources_find(reading->sources, where->file);
    return error_set(reading->err, 0, "%s:%u: %s%s%s%s",
                     sources_path(reading->sources, where->file, path),
                     line_of(source->octets, where->mark, where->row), words,
                     *what ? " \"" : "", what, *what ? "\"" : "");
}

const char *reading_keep(struct arena *keep, const char *string)
{
    if (!string)
        return NULL;
    size_t len = strlen(string) + 1;
    char *copy = arena_take(keep, 1, 1, len);
    memcpy(copy, string, len);
    return copy;
}

/* Strings of a row move to memory that stays, mappings within it too; what it points to is the
 * caller's to keep. */
void reading_keep_strings(struct arena *keep, const cyaml_schema_field_t *fields, uint8_t *row)
{
    for (const cyaml_schema_field_t *field = fields; field->key; field++) {
        uint8_t *at = row + field->data_offset;
        bool is_elsewhere = field->value.type == CYAML_MAPPING &&
                            (field->value.flags & CYAML_FLAG_POINTER) != 0;
        if (field->value.type == CYAML_MAPPING && !is_elsewhere) {
            reading_keep_strings(keep, field->value.mapping.fields, at);
        } else if (field->value.type == CYAML_STRING) {
            const char *string;
            memcpy(&string, at, sizeof string);
            string = reading_keep(keep, string);
            memcpy(at, &string, sizeof string);
        }
    }
}

static bool read_day(const struct reading *reading, const struct reading_row *where,
                     const char *day, int64_t *out)
{
    if (!day)
        return true;
    if (strlen(day) != strlen("2027-11-22") || !time_read(bytes_of_string(day), out))
        return reading_refuse(reading, where, "a day is written as 2027-11-22, not", day);
    *out -= reading->law->ahead_ns;
    return true;
}

bool reading_force(const struct reading *reading, const struct reading_row *where,
                   const struct schema_days *days, struct law_force *out)
{
    *out = (struct law_force){ INT64_MIN, INT64_MAX };
    if (!read_day(reading, where, days->from, &out->from_ns) ||
        !read_day(reading, where, days->to, &out->to_ns))
        return false;
    return out->from_ns < out->to_ns ||
           reading_refuse(reading, where, "in_force_to is not after in_force_from", "");
}

bool reading_load(const struct reading *reading, const char *name,
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
