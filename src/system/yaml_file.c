// SPDX-License-Identifier: Apache-2.0
#include "system/yaml_file.h"

#include <stdio.h>

#include "base/text.h"

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

static const cyaml_config_t quiet = { .mem_fn = cyaml_mem,
                                      .log_level = CYAML_LOG_ERROR,
                                      .flags = CYAML_CFG_NO_ALIAS };

static cyaml_config_t telling(struct text *words)
{
    cyaml_config_t config = quiet;
    config.log_fn = keep_words;
    config.log_ctx = words;
    return config;
}

bool yaml_file_load(const char *path, const cyaml_schema_value_t *schema, cyaml_data_t **data,
                    struct error *err)
{
    char room[256];
    struct text words = text_over(room, sizeof room);
    cyaml_config_t config = telling(&words);
    *data = NULL;
    cyaml_err_t code = cyaml_load_file(path, &config, schema, data, NULL);
    return code == CYAML_OK || error_set(err, 0, "%s: %s%s", path, cyaml_strerror(code), room);
}

bool yaml_text_load(struct bytes octets, const char *path, const cyaml_schema_value_t *schema,
                    struct yaml_data *out, struct error *err)
{
    char room[256];
    struct text words = text_over(room, sizeof room);
    cyaml_config_t config = telling(&words);
    *out = (struct yaml_data){ NULL, 0 };
    unsigned *count = schema->type == CYAML_SEQUENCE ? &out->count : NULL;
    cyaml_err_t code = cyaml_load_data(octets.at, octets.len, &config, schema, &out->at, count);
    return code == CYAML_OK || error_set(err, 0, "%s: %s%s", path, cyaml_strerror(code), room);
}

void yaml_file_free(const cyaml_schema_value_t *schema, cyaml_data_t *data)
{
    (void)cyaml_free(&quiet, schema, data, 0);
}

void yaml_text_free(const cyaml_schema_value_t *schema, struct yaml_data *data)
{
    (void)cyaml_free(&quiet, schema, data->at, data->count);
}
