// SPDX-License-Identifier: Apache-2.0
/* YAML files by libcyaml, with its complaints in one line. */
#pragma once

#include <cyaml/cyaml.h>

#include "base/bytes.h"
#include "base/error.h"

struct yaml_data {
    cyaml_data_t *at; /* NULL for an empty text */
    unsigned count;
};

/* *data stays NULL for an empty file; it is given back with yaml_file_free. */
MUST_CHECK bool yaml_file_load(const char *path, const cyaml_schema_value_t *schema,
                               cyaml_data_t **data, struct error *err);
/* The same from octets that were read before; path is for the words only.  *count is set where
 * the schema is a list. */
MUST_CHECK bool yaml_text_load(struct bytes octets, const char *path,
                               const cyaml_schema_value_t *schema, struct yaml_data *out,
                               struct error *err);
void yaml_file_free(const cyaml_schema_value_t *schema, cyaml_data_t *data);
/* What yaml_text_load gave. */
void yaml_text_free(const cyaml_schema_value_t *schema, struct yaml_data *data);
