// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sys/stat.h>

#include "base/time.h"
#include "system/yaml_file.h"
#include "warrant/warrant.h"

struct entry {
    char *key; /* NULL: a passkey, with what is on the next two lines */
    char *passkey, *name, *rp_id;
    char **origins;
    unsigned origins_count;
    char *role;
    char *from, *to; /* NULL: without end */
};

struct trust_file {
    struct entry *keys;
    unsigned keys_count;
};

#define WORD(field, max) \
    CYAML_FIELD_STRING_PTR(#field, CYAML_FLAG_POINTER, struct entry, field, 1, max)
#define WORD_OR_NOT(field, max)                                                            \
    CYAML_FIELD_STRING_PTR(#field, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct entry, \
                           field, 1, max)

static const cyaml_schema_value_t origin_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, WEBAUTHN_ORIGIN_MAX - 1),
};

static const cyaml_schema_field_t entry_fields[] = {
    WORD_OR_NOT(key, NOTE_KEY_TEXT_MAX),
    WORD_OR_NOT(passkey, WEBAUTHN_KEY_TEXT_MAX),
    WORD_OR_NOT(name, NOTE_NAME_MAX - 1),
    WORD_OR_NOT(rp_id, WEBAUTHN_RP_ID_MAX - 1),
    CYAML_FIELD_SEQUENCE("origins", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct entry,
                         origins, &origin_schema, 1, WEBAUTHN_ORIGINS_MAX),
    WORD(role, 31),
    WORD_OR_NOT(from, TIME_TEXT_MAX),
    WORD_OR_NOT(to, TIME_TEXT_MAX),
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

static bool take_origins(const struct entry *entry, struct webauthn_place *out)
{
    for (unsigned i = 0; i < entry->origins_count; i++) {
        struct text origin = text_over(out->origins[i], WEBAUTHN_ORIGIN_MAX);
        text_put_string(&origin, entry->origins[i]);
        if (origin.cut || !webauthn_is_origin(out->origins[i], out->rp_id))
            return false;
    }
    out->origin_count = entry->origins_count;
    return out->origin_count > 0;
}

/* A passkey has a name as other keys have: whose it is. */
static bool take_passkey(const char *path, unsigned i, const struct entry *entry,
                         struct trust_key *out, struct error *err)
{
    const uint8_t none[NOTE_PUBLIC_OCTETS] = { 0 };
    struct text rp_id = text_over(out->place.rp_id, sizeof out->place.rp_id);
    if (!entry->name || !entry->rp_id)
        return error_set(err, 0, "%s: keys[%u]: a passkey needs name, rp_id and origins", path,
                         i);
    if (webauthn_key_read(bytes_of_string(entry->passkey), &out->passkey) != FAULT_NONE)
        return error_set(err, 0, "%s: keys[%u]: not a passkey, ES256+KEY or EdDSA+KEY", path,
                         i);
    if (note_key_init(bytes_of_string(entry->name), none, &out->key) != FAULT_NONE)
        return error_set(err, 0, "%s: keys[%u]: a name is without blanks and plus", path, i);
    text_put_string(&rp_id, entry->rp_id);
    return take_origins(entry, &out->place) ||
           error_set(err, 0, "%s: keys[%u]: origins are https://HOST[:PORT] of the rp_id", path,
                     i);
}

static bool take_key(const char *path, unsigned i, const struct entry *entry,
                     struct trust_key *out, struct error *err)
{
    if (!entry->key == !entry->passkey)
        return error_set(err, 0, "%s: keys[%u]: either a key or a passkey", path, i);
    if (entry->passkey)
        return take_passkey(path, i, entry, out, err);
    if (entry->name || entry->rp_id || entry->origins_count > 0)
        return error_set(err, 0, "%s: keys[%u]: name, rp_id and origins are of passkeys", path,
                         i);
    return note_key_read(bytes_of_string(entry->key), &out->key) == FAULT_NONE ||
           error_set(err, 0, "%s: keys[%u]: not a public key, NAME+ID+KEY", path, i);
}

static bool take_entry(const char *path, unsigned i, const struct entry *entry,
                       struct trust_key *out, struct error *err)
{
    struct text role = text_over(out->role, sizeof out->role);
    text_put_string(&role, entry->role);
    if (!take_key(path, i, entry, out, err))
        return false;
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
