// SPDX-License-Identifier: Apache-2.0
/* The files of law/NAME/procedures: what they look like, and what is checked of them. */
#pragma once

#include "law/reading_private.h"
#include "procedure/procedure.h"

/* Is it the name of a procedure's file? */
bool procedures_is_file(const char *name);
MUST_CHECK bool procedures_load(const struct reading *reading);
/* What one says by itself and of the law's tables. */
MUST_CHECK bool procedures_check(const struct reading *reading, const char *name,
                                 const struct procedure *procedure);
/* What one says of others: versions, prefixes, steps of other records. */
MUST_CHECK bool procedures_check_together(const struct reading *reading, const char *name,
                                          const struct procedure *procedure);

/* As libcyaml fills them. */
struct file_words {
    char **at;
    unsigned count;
};

struct file_guard {
    struct procedure_guard row;
    int64_t *at_least, *at_most;
};

struct file_guards {
    struct file_guard *at;
    unsigned count;
};

struct file_sets {
    struct procedure_set *at;
    unsigned count;
};

struct file_duties {
    struct law_notice *at;
    unsigned count;
};

struct file_echoes {
    struct procedure_echo *at;
    unsigned count;
};

struct file_votes {
    struct procedure_votes row;
    struct file_words excludes;
};

struct file_step {
    struct procedure_step row;
    struct schema_days days;
    struct file_words from, other_roles, not_by;
    struct file_guards guards;
    struct file_sets sets;
    struct file_votes *votes;
    struct file_duties duties;
    struct file_echoes echoes;
};

struct file_choices {
    struct procedure_choice *at;
    unsigned count;
};

struct file_field {
    struct procedure_field row;
    struct law_text *help;
    struct file_choices choices;
    struct file_words required_at;
    int64_t *at_least, *at_most;
};

struct file_fields {
    struct file_field *at;
    unsigned count;
};

struct file_states {
    struct procedure_state *at;
    unsigned count;
};

struct file_steps {
    struct file_step *at;
    unsigned count;
};

struct file_procedure {
    struct procedure row;
    struct schema_days days;
    struct law_text *help;
    struct file_words bases, clocks;
    struct file_fields fields;
    struct file_states states;
    struct file_steps steps;
};

extern const cyaml_schema_value_t procedures_schema;
extern const cyaml_schema_field_t procedures_schema_top[], procedures_schema_state[],
    procedures_schema_step[], procedures_schema_guard[], procedures_schema_set[],
    procedures_schema_votes[], procedures_schema_duty[], procedures_schema_echo[],
    procedures_schema_field[], procedures_schema_choice[];
