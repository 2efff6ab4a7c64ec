// SPDX-License-Identifier: Apache-2.0
#include "reference/pollers.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "system/yaml_file.h"

struct entry {
    char *suffix;
    char *reason;
    enum poller_class poller_class;
};

struct file {
    struct entry *pollers;
    unsigned pollers_count;
};

static const cyaml_strval_t classes[] = {
    { "time", POLLER_TIME },
    { "push", POLLER_PUSH },
    { "update", POLLER_UPDATE },
    { "telemetry", POLLER_TELEMETRY },
    { "certificate", POLLER_CERTIFICATE },
    { "portal", POLLER_PORTAL },
};
_Static_assert(sizeof classes / sizeof *classes == POLLER_CLASSES - 1,
               "a class without a word");

static const cyaml_schema_field_t entry_fields[] = {
    CYAML_FIELD_STRING_PTR("suffix", CYAML_FLAG_POINTER, struct entry, suffix, 1,
                           FACT_NAME_MAX),
    CYAML_FIELD_STRING_PTR("reason", CYAML_FLAG_POINTER, struct entry, reason, 1, 256),
    CYAML_FIELD_ENUM("class", CYAML_FLAG_STRICT, struct entry, poller_class, classes,
                     sizeof classes / sizeof *classes),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t entry_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct entry, entry_fields),
};

static const cyaml_schema_field_t file_fields[] = {
    CYAML_FIELD_SEQUENCE("pollers", CYAML_FLAG_POINTER, struct file, pollers, &entry_schema, 0,
                         POLLER_NAMES_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t file_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file, file_fields),
};

/* Two labels at least: whole top-level domains are nobody's service. */
static bool is_suffix(const char *words)
{
    size_t label = 0;
    size_t labels = 1;
    for (const char *at = words; *at; at++) {
        if (*at == '.' && label == 0)
            return false;
        label = *at == '.' ? 0 : label + 1;
        labels += *at == '.';
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-_.", *at))
            return false;
    }
    return label > 0 && labels >= 2;
}

static bool take(const char *path, const struct file *file, unsigned i, struct poller_name *out,
                 struct error *err)
{
    const struct entry *entry = &file->pollers[i];
    if (!is_suffix(entry->suffix))
        return error_set(err, 0,
                         "%s: pollers[%u]: \"%s\" is no suffix: small letters, digits, - and "
                         "_, two labels at least",
                         path, i, entry->suffix);
    out->poller_class = entry->poller_class;
    out->suffix.len = (uint8_t)strlen(entry->suffix);
    memcpy(out->suffix.at, entry->suffix, out->suffix.len);
    return true;
}

bool pollers_load(const char *path, struct pollers *out, struct error *err)
{
    cyaml_data_t *data = NULL;
    if (!yaml_file_load(path, &file_schema, &data, err))
        return false;
    const struct file *file = data;
    size_t count = file ? file->pollers_count : 0;
    struct poller_name *names = calloc(count + 1, sizeof *names);
    bool is_good = names != NULL || error_set(err, 0, "%s: no memory", path);
    for (unsigned i = 0; is_good && i < count; i++)
        is_good = take(path, file, i, &names[i], err);
    yaml_file_free(&file_schema, data);
    if (is_good)
        *out = (struct pollers){ names, count };
    else
        free(names);
    return is_good;
}

void pollers_free(struct pollers *pollers)
{
    free(pollers->names);
    *pollers = (struct pollers){ 0 };
}

/* Beside the program: in the sources a build tree lies in, or in the installation. */
bool pollers_find_shipped(char *room, size_t room_len)
{
    static const char *const below[] = { "../../data/pollers.yaml",
                                         "../../../data/pollers.yaml",
                                         "../share/sekisho/pollers.yaml" };
    char program[4096];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    program[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(program, '/');
    for (size_t i = 0; slash && i < sizeof below / sizeof *below; i++) {
        struct text path = text_over(room, room_len);
        text_format(&path, "%.*s/%s", (int)(slash - program), program, below[i]);
        if (!path.cut && access(room, R_OK) == 0)
            return true;
    }
    struct text path = text_over(room, room_len);
    text_put_string(&path, SEKISHO_POLLERS);
    return !path.cut && access(room, R_OK) == 0;
}
