// SPDX-License-Identifier: Apache-2.0
/* YAML files by libcyaml, with its complaints in one line. */
#pragma once

#include <cyaml/cyaml.h>

#include "base/error.h"

/* *data stays NULL for an empty file; it is given back with yaml_file_free. */
MUST_CHECK bool yaml_file_load(const char *path, const cyaml_schema_value_t *schema,
                               cyaml_data_t **data, struct error *err);
void yaml_file_free(const cyaml_schema_value_t *schema, cyaml_data_t *data);
