// SPDX-License-Identifier: Apache-2.0
#include "reference/sampling.h"
#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>

#include "system/yaml_file.h"

struct entry {
    char *exporter; /* NULL: any */
    uint32_t interface;
    uint32_t rate;
    bool override;
};

struct sampling_file {
    struct entry *entries;
    unsigned entries_count;
};

static const cyaml_schema_field_t entry_fields[] = {
    CYAML_FIELD_STRING_PTR("exporter", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct entry,
                           exporter, 1, IP_TEXT_MAX),
    CYAML_FIELD_UINT("interface", CYAML_FLAG_OPTIONAL, struct entry, interface),
    CYAML_FIELD_UINT("rate", CYAML_FLAG_DEFAULT, struct entry, rate),
    CYAML_FIELD_BOOL("override", CYAML_FLAG_OPTIONAL, struct entry, override),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t entry_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct entry, entry_fields),
};

static const cyaml_schema_field_t file_fields[] = {
    CYAML_FIELD_SEQUENCE("sampling", CYAML_FLAG_POINTER, struct sampling_file, entries,
                         &entry_schema, 0, SAMPLING_RULES_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t file_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct sampling_file, file_fields),
};

/* The line on which entry i stands, when each begins a line with its dash; else 0.  The
 * library tells where a file breaks its form, but not where what it read stood. */
static unsigned long line_of(const char *path, unsigned i)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    char line[512];
    unsigned long number = 0, found = 0;
    while (found == 0 && fgets(line, sizeof line, file)) {
        number++;
        struct bytes words = text_trim(bytes_of_string(line));
        if (bytes_start_with(words, BYTES("-")) && !bytes_start_with(words, BYTES("--")) &&
            i-- == 0)
            found = number;
    }
    (void)fclose(file);
    return found;
}

static bool refuse(const char *path, unsigned i, const char *why, const char *what,
                   struct error *err)
{
    unsigned long line = line_of(path, i);
    if (line == 0)
        return error_set(err, 0, "%s: sampling[%u]: %s%s", path, i, why, what);
    return error_set(err, 0, "%s:%lu: sampling[%u]: %s%s", path, line, i, why, what);
}

static bool take_entry(const char *path, const struct sampling_file *file, unsigned i,
                       struct sampling_rule *out, struct error *err)
{
    const struct entry *entry = &file->entries[i];
    MUST(out);
    *out = (struct sampling_rule){ .interface = entry->interface,
                                   .rate = entry->rate,
                                   .overrides = entry->override };
    if (entry->rate == 0)
        return refuse(path, i, "a rate is 1 (all packets) or more", "", err);
    if (entry->exporter && !ip_prefix_read(bytes_of_string(entry->exporter), &out->exporter))
        return refuse(path, i,
                      "the exporter is not an address, nor a prefix without bits past its "
                      "length: ",
                      entry->exporter, err);
    return true;
}

bool sampling_rules_load(const char *path, struct sampling_rules *out, struct error *err)
{
    cyaml_data_t *data = NULL;
    if (!yaml_file_load(path, &file_schema, &data, err))
        return false;
    const struct sampling_file *file = data;
    size_t count = file ? file->entries_count : 0;
    struct sampling_rule *rules = calloc(count + 1, sizeof *rules);
    bool is_good = rules != NULL || error_set(err, 0, "%s: no memory", path);
    for (unsigned i = 0; is_good && i < count; i++)
        is_good = take_entry(path, file, i, &rules[i], err);
    yaml_file_free(&file_schema, data);
    if (is_good)
        *out = (struct sampling_rules){ rules, count };
    else
        free(rules);
    return is_good;
}

void sampling_rules_free(struct sampling_rules *rules)
{
    free(rules->rules);
    *rules = (struct sampling_rules){ 0 };
}
