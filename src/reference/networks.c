// SPDX-License-Identifier: Apache-2.0
#include "reference/prefixes.h"
#include "system/yaml_file.h"

struct network {
    char *prefix;
    char *name;
    enum line_class line_class;
};

struct networks {
    struct network *own;
    struct network *domestic;
    struct network *foreign;
    struct network *anywhere;
    unsigned own_count;
    unsigned domestic_count;
    unsigned foreign_count;
    unsigned anywhere_count;
};

static const cyaml_strval_t classes[] = {
    { "fixed", CLASS_FIXED },       { "mobile", CLASS_MOBILE },
    { "shared", CLASS_SHARED },     { "hosting", CLASS_HOSTING },
    { "business", CLASS_BUSINESS }, { "equipment", CLASS_EQUIPMENT },
    { "unused", CLASS_UNUSED },     { "public-relay", CLASS_PUBLIC_RELAY },
};
_Static_assert(sizeof classes / sizeof *classes == LINE_CLASSES - 1, "a class without a word");

static const cyaml_schema_field_t network_fields[] = {
    CYAML_FIELD_STRING_PTR("prefix", CYAML_FLAG_POINTER, struct network, prefix, 1,
                           IP_TEXT_MAX),
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct network,
                           name, 0, 256),
    CYAML_FIELD_ENUM("class", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, struct network,
                     line_class, classes, sizeof classes / sizeof *classes),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t network_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct network, network_fields),
};

#define NETWORK_LIST(member)                                                                 \
    CYAML_FIELD_SEQUENCE(#member, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct networks, \
                         member, &network_schema, 0, CYAML_UNLIMITED)

static const cyaml_schema_field_t file_fields[] = {
    NETWORK_LIST(own),      NETWORK_LIST(domestic), NETWORK_LIST(foreign),
    NETWORK_LIST(anywhere), CYAML_FIELD_END,
};

static const cyaml_schema_value_t file_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct networks, file_fields),
};

/* One of the file's lists. */
struct list {
    const char *name;
    const struct network *networks;
    unsigned count;
    enum place place;
};

static bool give_list(const char *path, const struct list *list, struct prefix_sink sink,
                      struct error *err)
{
    for (unsigned i = 0; i < list->count; i++) {
        const struct network *network = &list->networks[i];
        const char *words = network->prefix;
        struct ip_prefix prefix;
        if (!ip_prefix_read(bytes_of_string(words), &prefix))
            return error_set(err, 0,
                             "%s: %s[%u]: '%s' is not a prefix (wanted: 192.0.2.0/24, with no "
                             "bits past its length)",
                             path, list->name, i, words);
        struct place_label label = { list->place, network->line_class };
        if (!sink.take(sink.context, &prefix, label))
            return error_set(err, 0, "%s: changed while it was read", path);
    }
    return true;
}

static bool give_networks(const char *path, const struct networks *file,
                          struct prefix_sink sink, struct error *err)
{
    const struct list lists[] = {
        { "own", file->own, file->own_count, PLACE_OWN },
        { "domestic", file->domestic, file->domestic_count, PLACE_DOMESTIC },
        { "foreign", file->foreign, file->foreign_count, PLACE_FOREIGN },
        { "anywhere", file->anywhere, file->anywhere_count, PLACE_UNKNOWN },
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (!give_list(path, &lists[i], sink, err))
            return false;
    }
    return true;
}

bool prefixes_of_networks(const char *path, struct prefix_sink sink, struct error *err)
{
    cyaml_data_t *data = NULL;
    if (!yaml_file_load(path, &file_schema, &data, err))
        return false;
    bool is_good = !data || give_networks(path, data, sink, err);
    yaml_file_free(&file_schema, data);
    return is_good;
}
