// SPDX-License-Identifier: Apache-2.0
/* What the readers of a law's files share: where they are, and memory that stays. */
#pragma once

#include "law/schema_private.h"
#include "law/sources_private.h"
#include "system/yaml_file.h"

struct reading {
    const struct sources *sources;
    struct arena *keep;
    struct law *law;
    struct error *err;
};

/* A row, for what is said of it. */
struct reading_row {
    const char *file;
    size_t row;
    const char *mark; /* each row begins with it: "- event:"; NULL: any row of the list */
};

/* file:line: words "what" */
MUST_CHECK bool reading_refuse(const struct reading *reading, const struct reading_row *where,
                               const char *words, const char *what);
const char *reading_keep(struct arena *keep, const char *string); /* NULL of NULL */
/* Strings of a row move to memory that stays, those of mappings within it too. */
void reading_keep_strings(struct arena *keep, const cyaml_schema_field_t *fields, uint8_t *row);
MUST_CHECK bool reading_force(const struct reading *reading, const struct reading_row *where,
                              const struct schema_days *days, struct law_force *out);
/* A file as libcyaml reads it; given back with yaml_text_free. */
MUST_CHECK bool reading_load(const struct reading *reading, const char *name,
                             const cyaml_schema_value_t *schema, struct yaml_data *out);
