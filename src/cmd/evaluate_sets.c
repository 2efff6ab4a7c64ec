// SPDX-License-Identifier: Apache-2.0
#include "cmd/evaluate_sets.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>

#include <sodium.h>

#include "base/time.h"
#include "system/yaml_file.h"

struct unit_row {
    char *kind, *unit, *line, *name, *protocol, *family, *origin, *from, *to, *note;
    uint16_t port;
};

struct set_row {
    char *name, *family, *origin, *rest, *note, *ports_matter;
    char **captures;
    unsigned captures_count;
    char **own;
    unsigned own_count;
    struct unit_row *units;
    unsigned units_count;
    bool labels;
    bool rows_only;
};

struct file_row {
    struct set_row *sets;
    unsigned sets_count;
};

#define WORD(type, member)                                                                     \
    CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 0, \
                           1024)

static const cyaml_schema_field_t unit_fields[] = {
    CYAML_FIELD_STRING_PTR("kind", CYAML_FLAG_POINTER, struct unit_row, kind, 1, 32),
    WORD(struct unit_row, unit),
    WORD(struct unit_row, line),
    WORD(struct unit_row, name),
    WORD(struct unit_row, protocol),
    WORD(struct unit_row, family),
    WORD(struct unit_row, origin),
    WORD(struct unit_row, from),
    WORD(struct unit_row, to),
    WORD(struct unit_row, note),
    CYAML_FIELD_UINT("port", CYAML_FLAG_OPTIONAL, struct unit_row, port),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t unit_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct unit_row, unit_fields),
};

static const cyaml_schema_value_t word_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 4096),
};

static const cyaml_schema_field_t set_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct set_row, name, 1, 128),
    CYAML_FIELD_SEQUENCE("captures", CYAML_FLAG_POINTER, struct set_row, captures, &word_schema,
                         1, EVALUATE_INPUTS_MAX),
    CYAML_FIELD_SEQUENCE("own", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct set_row, own,
                         &word_schema, 0, EVALUATE_OWN_MAX),
    CYAML_FIELD_SEQUENCE("units", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct set_row,
                         units, &unit_schema, 0, TRUTH_UNITS_MAX),
    WORD(struct set_row, family),
    WORD(struct set_row, origin),
    WORD(struct set_row, rest),
    WORD(struct set_row, note),
    WORD(struct set_row, ports_matter),
    CYAML_FIELD_BOOL("labels", CYAML_FLAG_OPTIONAL, struct set_row, labels),
    CYAML_FIELD_BOOL("rows_only", CYAML_FLAG_OPTIONAL, struct set_row, rows_only),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t set_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct set_row, set_fields),
};

static const cyaml_schema_field_t file_fields[] = {
    CYAML_FIELD_SEQUENCE("sets", CYAML_FLAG_POINTER, struct file_row, sets, &set_schema, 1,
                         EVALUATE_SETS_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t file_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_row, file_fields),
};

static void keep_word(char out[TRUTH_WORD_MAX], const char *word)
{
    struct text text = text_over(out, TRUTH_WORD_MAX);
    text_put_string(&text, word ? word : "");
}

/* As names stand in facts: lower case. */
static bool keep_name(const char *words, struct fact_name *out)
{
    size_t len = strlen(words);
    if (len == 0 || len > FACT_NAME_MAX)
        return false;
    out->len = (uint8_t)len;
    for (size_t i = 0; i < len; i++)
        out->at[i] =
            (char)(words[i] >= 'A' && words[i] <= 'Z' ? words[i] - 'A' + 'a' : words[i]);
    return true;
}

static bool read_protocol(const char *words, uint8_t *out)
{
    static const struct protocol {
        const char *name;
        uint8_t number;
    } protocols[] = { { "icmp", 1 }, { "tcp", 6 }, { "udp", 17 } };
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
        if (strcmp(words, protocols[i].name) != 0)
            continue;
        *out = protocols[i].number;
        return true;
    }
    return false;
}

static bool read_ends(const struct unit_row *row, struct truth_unit *unit)
{
    unit->has_unit = row->unit != NULL;
    unit->has_line = row->line != NULL;
    return (!row->unit || ip_prefix_read(bytes_of_string(row->unit), &unit->unit)) &&
           (!row->line || ip_read(bytes_of_string(row->line), &unit->line)) &&
           (!row->name || keep_name(row->name, &unit->name)) &&
           (!row->protocol || read_protocol(row->protocol, &unit->protocol)) &&
           (row->unit || row->name);
}

static bool read_unit(const struct unit_row *row, const struct evaluate_set *set,
                      struct truth_unit *unit)
{
    *unit = (struct truth_unit){ .port = row->port, .from_ns = INT64_MIN, .to_ns = INT64_MAX };
    keep_word(unit->family, row->family ? row->family : set->family);
    keep_word(unit->origin, row->origin ? row->origin : set->origin);
    return truth_kind_read(bytes_of_string(row->kind), &unit->kind) && read_ends(row, unit) &&
           (!row->from || time_read(bytes_of_string(row->from), &unit->from_ns)) &&
           (!row->to || time_read(bytes_of_string(row->to), &unit->to_ns));
}

static bool read_units(const char *path, const struct set_row *row, struct evaluate_set *set,
                       struct error *err)
{
    set->truth.units = calloc(TRUTH_UNITS_MAX, sizeof *set->truth.units);
    if (!set->truth.units)
        return error_set(err, ENOMEM, "%s", path);
    for (unsigned i = 0; i < row->units_count; i++) {
        if (!read_unit(&row->units[i], set, &set->truth.units[i]))
            return error_set(err, 0, "%s: set %s: unit %u (%s) is not understood", path,
                             row->name, i + 1, row->units[i].kind);
        set->truth.count++;
    }
    return true;
}

static bool keep_path(struct evaluate_set *set, const char *path, struct error *err)
{
    if (set->capture_count == EVALUATE_INPUTS_MAX)
        return error_set(err, 0, "set %s has more than %d captures", set->name,
                         EVALUATE_INPUTS_MAX);
    char *copy = strdup(path);
    if (!copy)
        return error_set(err, ENOMEM, "%s", path);
    set->captures[set->capture_count++] = copy;
    return true;
}

/* A pattern below a folder of data; adds what it names. */
static bool expand(const char *folder, const char *pattern, struct evaluate_set *set,
                   struct error *err)
{
    char room[8192];
    struct text path = text_over(room, sizeof room);
    glob_t found;
    text_format(&path, "%s/%s", folder, pattern);
    bool is_good = true;
    int code = glob(room, 0, NULL, &found);
    for (size_t i = 0; code == 0 && is_good && i < found.gl_pathc; i++)
        is_good = keep_path(set, found.gl_pathv[i], err);
    globfree(&found);
    return is_good;
}

static bool find_capture(const struct evaluate_options *options, const char *pattern,
                         struct evaluate_set *set, struct error *err)
{
    size_t before = set->capture_count;
    for (size_t i = 0; i < options->data_count && set->capture_count == before; i++) {
        if (!expand(options->data[i], pattern, set, err))
            return false;
    }
    if (options->data_count == 0 && !expand(".", pattern, set, err))
        return false;
    if (set->capture_count == before && !set->missing)
        set->missing = pattern;
    return true;
}

static bool read_own(const char *path, const struct set_row *row, struct evaluate_set *set,
                     struct error *err)
{
    for (unsigned i = 0; i < row->own_count; i++) {
        if (!ip_prefix_read(bytes_of_string(row->own[i]), &set->own[i]))
            return error_set(err, 0, "%s: set %s: '%s' is no prefix", path, row->name,
                             row->own[i]);
        set->own_count++;
    }
    return true;
}

static void hash_words(crypto_hash_sha256_state *state, const char *words)
{
    (void)crypto_hash_sha256_update(state, (const uint8_t *)words, strlen(words) + 1);
}

/* Of what the truth says and of the names of its captures, so that it is known whether two
 * results are of the same split. */
static void hash_split(struct evaluate_set *set, const char *const *names, size_t count)
{
    crypto_hash_sha256_state state;
    (void)crypto_hash_sha256_init(&state);
    hash_words(&state, set->name);
    for (size_t i = 0; i < count; i++)
        hash_words(&state, names[i]);
    for (size_t i = 0; i < set->truth.count; i++) {
        char room[512];
        struct text text = text_over(room, sizeof room);
        text_format(&text, "%s ", truth_kind_name(set->truth.units[i].kind));
        truth_write_unit(&set->truth.units[i], &text);
        text_format(&text, " %s", set->truth.units[i].family);
        hash_words(&state, room);
    }
    (void)crypto_hash_sha256_final(&state, set->split);
}

static bool is_wanted(const struct evaluate_options *options, const char *name)
{
    for (size_t i = 0; i < options->only_count; i++) {
        if (strcmp(options->only[i], name) == 0)
            return true;
    }
    return options->only_count == 0;
}

static bool read_rest(const char *path, const struct set_row *row, struct evaluate_set *set,
                      struct error *err)
{
    const char *word = row->rest ? row->rest : "unknown";
    if (strcmp(word, "benign") != 0 && strcmp(word, "unknown") != 0)
        return error_set(err, 0, "%s: set %s: rest is benign or unknown, not '%s'", path,
                         row->name, word);
    set->truth.rest = strcmp(word, "benign") == 0 ? TRUTH_REST_BENIGN : TRUTH_REST_UNKNOWN;
    return true;
}

static bool read_set(const struct evaluate_options *options, const char *path,
                     const struct set_row *row, struct evaluate_set *set, struct error *err)
{
    *set = (struct evaluate_set){ .name = row->name,
                                  .family = row->family ? row->family : row->name,
                                  .origin = row->origin ? row->origin : "unknown",
                                  .note = row->note,
                                  .ports_matter = row->ports_matter,
                                  .has_labels = row->labels,
                                  .is_sampled_only = row->rows_only };
    set->captures = calloc(EVALUATE_INPUTS_MAX, sizeof *set->captures);
    if (!set->captures)
        return error_set(err, ENOMEM, "%s", path);
    if (!read_rest(path, row, set, err) || !read_own(path, row, set, err) ||
        !read_units(path, row, set, err))
        return false;
    for (unsigned i = 0; i < row->captures_count; i++) {
        if (!find_capture(options, row->captures[i], set, err))
            return false;
    }
    hash_split(set, (const char *const *)row->captures, row->captures_count);
    return true;
}

static bool read_file(const struct evaluate_options *options, const char *path,
                      struct evaluate_sets *out, struct error *err)
{
    cyaml_data_t *data = NULL;
    if (out->file_count == EVALUATE_SETS_MAX)
        return error_set(err, 0, "%s: more than %d files", path, EVALUATE_SETS_MAX);
    if (!yaml_file_load(path, &file_schema, &data, err))
        return false;
    out->files[out->file_count++] = data;
    const struct file_row *file = data;
    for (unsigned i = 0; file && i < file->sets_count; i++) {
        if (!is_wanted(options, file->sets[i].name))
            continue;
        if (out->count == EVALUATE_SETS_MAX)
            return error_set(err, 0, "%s: more than %d sets", path, EVALUATE_SETS_MAX);
        if (!read_set(options, path, &file->sets[i], &out->list[out->count++], err))
            return false;
    }
    return true;
}

static bool ends_with(const char *path, const char *end)
{
    size_t len = strlen(path), end_len = strlen(end);
    return len >= end_len && strcmp(path + len - end_len, end) == 0;
}

/* The captures of the command line: the truth is that of a set of YAML, of a simulation, or
 * that of their labels. */
static bool read_captures(const struct evaluate_options *options, struct evaluate_sets *out,
                          struct error *err)
{
    struct evaluate_set *set = &out->list[out->count++];
    bool is_sets = options->truth && ends_with(options->truth, ".yaml");
    if (is_sets && !read_file(options, options->truth, out, err))
        return false;
    if (is_sets && out->count != 2)
        return error_set(err, 0, "%s: of %zu sets, which? (--set)", options->truth,
                         out->count - 1);
    if (is_sets)
        *set = out->list[1];
    else
        *set =
            (struct evaluate_set){ .name = options->input_count > 0 ? "captures" : "population",
                                   .family = "all",
                                   .origin = "all" };
    out->count = 1;
    set->captures = calloc(EVALUATE_INPUTS_MAX, sizeof *set->captures);
    if (!is_sets)
        set->truth.units = calloc(TRUTH_UNITS_MAX, sizeof *set->truth.units);
    if (!set->captures || !set->truth.units)
        return error_set(err, ENOMEM, "captures");
    set->capture_count = 0;
    set->missing = NULL;
    for (size_t i = 0; i < options->input_count; i++) {
        if (!keep_path(set, options->inputs[i], err))
            return false;
    }
    if (options->truth && !is_sets && !evaluate_truth_read(options->truth, &set->truth, err))
        return false;
    set->has_labels = set->has_labels || (!options->truth && options->input_count > 0);
    hash_split(set, options->inputs, options->input_count);
    return true;
}

bool evaluate_sets_load(const struct evaluate_options *options, struct evaluate_sets *out,
                        struct error *err)
{
    bool is_files = options->input_count > 0 && !options->truth;
    out->count = 0;
    for (size_t i = 0; i < options->input_count; i++)
        is_files = is_files && ends_with(options->inputs[i], ".yaml");
    if (sodium_init() < 0)
        return error_set(err, 0, "libsodium does not start");
    if (!is_files && !read_captures(options, out, err))
        return false;
    for (size_t i = 0; is_files && i < options->input_count; i++) {
        if (!read_file(options, options->inputs[i], out, err))
            return false;
    }
    for (size_t i = 0; options->rest_is_benign && i < out->count; i++)
        out->list[i].truth.rest = TRUTH_REST_BENIGN;
    return out->count > 0 || error_set(err, 0, "no set is called that");
}
