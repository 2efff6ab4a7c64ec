// SPDX-License-Identifier: Apache-2.0
#include <cyaml/cyaml.h>
#include <stdio.h>

#include "reference/prefixes.h"

struct network {
    char *prefix;
    char *name;
};

struct networks {
    struct network *own;
    struct network *domestic;
    struct network *foreign;
    unsigned own_count;
    unsigned domestic_count;
    unsigned foreign_count;
};

static const cyaml_schema_field_t network_fields[] = {
    CYAML_FIELD_STRING_PTR("prefix", CYAML_FLAG_POINTER, struct network, prefix, 1,
                           IP_TEXT_MAX),
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct network,
                           name, 0, 256),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t network_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct network, network_fields),
};

#define NETWORK_LIST(member)                                                                 \
    CYAML_FIELD_SEQUENCE(#member, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct networks, \
                         member, &network_schema, 0, CYAML_UNLIMITED)

static const cyaml_schema_field_t file_fields[] = {
    NETWORK_LIST(own),
    NETWORK_LIST(domestic),
    NETWORK_LIST(foreign),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t file_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct networks, file_fields),
};

/* The library logs what is wrong and then where, innermost first, each as a line of its own. */
PRINTF(3, 0)
static void keep_words(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
    struct text *words = context;
    char room[128];
    int len = vsnprintf(room, sizeof room, format, arguments);
    if (level < CYAML_LOG_ERROR || len < 0 || strstr(room, "Backtrace"))
        return;
    static const char prefix[] = "Load: ";
    bool has_prefix = strncmp(room, prefix, strlen(prefix)) == 0;
    text_put_string(words, words->len > 0 ? ", " : ": ");
    text_put(words, text_trim(bytes_of_string(has_prefix ? room + strlen(prefix) : room)));
}

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
        const char *words = list->networks[i].prefix;
        struct ip_prefix prefix;
        if (!ip_prefix_read(bytes_of_string(words), &prefix))
            return error_set(err, 0,
                             "%s: %s[%u]: '%s' is not a prefix (wanted: 192.0.2.0/24, with no "
                             "bits past its length)",
                             path, list->name, i, words);
        if (!sink.take(sink.context, &prefix, list->place))
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
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (!give_list(path, &lists[i], sink, err))
            return false;
    }
    return true;
}

bool prefixes_of_networks(const char *path, struct prefix_sink sink, struct error *err)
{
    char room[256];
    struct text words = text_over(room, sizeof room);
    const cyaml_config_t config = { .log_fn = keep_words,
                                    .log_ctx = &words,
                                    .mem_fn = cyaml_mem,
                                    .log_level = CYAML_LOG_ERROR,
                                    .flags = CYAML_CFG_NO_ALIAS };
    struct networks *file = NULL;
    cyaml_err_t code =
        cyaml_load_file(path, &config, &file_schema, (cyaml_data_t **)&file, NULL);
    if (code != CYAML_OK)
        return error_set(err, 0, "%s: %s%s", path, cyaml_strerror(code), room);
    bool is_good = !file || give_networks(path, file, sink, err);
    (void)cyaml_free(&config, &file_schema, file, 0);
    return is_good;
}
