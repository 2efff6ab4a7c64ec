// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sys/stat.h>

#include "base/time.h"
#include "system/yaml_file.h"
#include "warrant/warrant.h"

struct entry {
    char *key, *role;
    char *from, *to; /* NULL: without end */
};

struct trust_file {
    struct entry *keys;
    unsigned keys_count;
};

static const cyaml_schema_field_t entry_fields[] = {
    CYAML_FIELD_STRING_PTR("key", CYAML_FLAG_POINTER, struct entry, key, 1, NOTE_KEY_TEXT_MAX),
    CYAML_FIELD_STRING_PTR("role", CYAML_FLAG_POINTER, struct entry, role, 1, 31),
    CYAML_FIELD_STRING_PTR("from", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct entry, from,
                           1, TIME_TEXT_MAX),
    CYAML_FIELD_STRING_PTR("to", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct entry, to, 1,
                           TIME_TEXT_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t entry_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct entry, entry_fields),
};

static const cyaml_schema_field_t file_fields[] = {
    CYAML_FIELD_SEQUENCE("keys", CYAML_FLAG_POINTER, struct trust_file, keys, &entry_schema, 1,
                         TRUST_KEYS_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t file_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct trust_file, file_fields),
};

static bool take_time(const char *text, int64_t otherwise, int64_t *out)
{
    *out = otherwise;
    return !text || time_read(bytes_of_string(text), out);
}

static bool take_entry(const char *path, unsigned i, const struct entry *entry,
                       struct trust_key *out, struct error *err)
{
    struct text role = text_over(out->role, sizeof out->role);
    text_put_string(&role, entry->role);
    if (note_key_read(bytes_of_string(entry->key), &out->key) != FAULT_NONE)
        return error_set(err, 0, "%s: keys[%u]: not a public key, NAME+ID+KEY", path, i);
    if (!take_time(entry->from, INT64_MIN, &out->from_ns) ||
        !take_time(entry->to, INT64_MAX, &out->to_ns) || out->from_ns >= out->to_ns)
        return error_set(err, 0, "%s: keys[%u]: from and to are days or times, from before to",
                         path, i);
    return !role.cut || error_set(err, 0, "%s: keys[%u]: no such role", path, i);
}

/* Who may write it decides whom we believe. */
static bool check_writers(const char *path, struct error *err)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return error_set(err, errno, "cannot open %s", path);
    return (status.st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
           error_set(err, 0, "others may write %s: chmod go-w it", path);
}

bool trust_load(const char *path, struct trust *out, struct error *err)
{
    cyaml_data_t *data = NULL;
    if (!check_writers(path, err) || !yaml_file_load(path, &file_schema, &data, err))
        return false;
    const struct trust_file *file = data;
    unsigned count = file ? file->keys_count : 0;
    bool is_good = count > 0 || error_set(err, 0, "%s: no keys", path);
    memset(out, 0, sizeof *out);
    for (unsigned i = 0; is_good && i < count; i++)
        is_good = take_entry(path, i, &file->keys[i], &out->keys[i], err);
    if (is_good)
        out->count = count;
    yaml_file_free(&file_schema, data);
    return is_good;
}
