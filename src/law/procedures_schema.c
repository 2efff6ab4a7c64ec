// SPDX-License-Identifier: Apache-2.0
/* What a procedure's file looks like. */
#include "law/law.h"
#include "law/procedures_private.h"

enum {
    WORDS_MAX = 1024,
    GUARDS_MAX = 16,
    SETS_MAX = PROCEDURE_CLOCKS_MAX,
    EVENTS_MAX = 16,
    CHOICES_MAX = 64,
    DUTIES_MAX = 8,
    ECHOES_MAX = 4
};

#define WORD(key, type, field) \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, field, 1, WORDS_MAX)
#define WORD_OR_NONE(key, type, field)                                                    \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, field, 1, \
                           WORDS_MAX)
#define CLAIM(key, type, field) CYAML_FIELD_BOOL(key, CYAML_FLAG_OPTIONAL, type, field)
#define COUNT(key, type, field) CYAML_FIELD_UINT(key, CYAML_FLAG_OPTIONAL, type, field)
#define BOUND(key, type, field) \
    CYAML_FIELD_INT_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, field)
#define TEXT(key, type, field, flags) CYAML_FIELD_MAPPING(key, flags, type, field, text_fields)
#define TEXT_OR_NONE(key, type, field)                                                  \
    CYAML_FIELD_MAPPING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, field, \
                            text_fields)
// NOLINTBEGIN(bugprone-macro-parentheses): the name of a member takes none
#define LIST(key, type, list, entry, most)                                                   \
    CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, list.at, \
                               list.count, &(entry), 0, most)
// NOLINTEND(bugprone-macro-parentheses): end of it

static const cyaml_schema_field_t text_fields[] = {
    WORD("en", struct law_text, en),
    WORD("ja", struct law_text, ja),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t word_value = { CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *,
                                                                    1, WORDS_MAX) };

static const cyaml_strval_t rule_bits[] = {
    { "basis", 1 << PROCEDURE_RULE_BASIS },
    { "period", 1 << PROCEDURE_RULE_PERIOD },
    { "extension", 1 << PROCEDURE_RULE_EXTENSION },
    { "signers", 1 << PROCEDURE_RULE_SIGNERS },
    { "share", 1 << PROCEDURE_RULE_SHARE },
    { "items", 1 << PROCEDURE_RULE_ITEMS },
    { "retention", 1 << PROCEDURE_RULE_RETENTION },
    { "longer_retention", 1 << PROCEDURE_RULE_LONGER_RETENTION },
    { "handing", 1 << PROCEDURE_RULE_HANDING },
};

const cyaml_schema_field_t procedures_schema_state[] = {
    WORD("id", struct procedure_state, id),
    TEXT("name", struct procedure_state, name, CYAML_FLAG_DEFAULT),
    CLAIM("is_end", struct procedure_state, is_end),
    CLAIM("has_feed", struct procedure_state, has_feed),
    CLAIM("has_use", struct procedure_state, has_use),
    CLAIM("is_editable", struct procedure_state, is_editable),
    CYAML_FIELD_END,
};

const cyaml_schema_field_t procedures_schema_guard[] = {
    WORD_OR_NONE("fact", struct file_guard, row.fact),
    BOUND("at_least", struct file_guard, at_least),
    BOUND("at_most", struct file_guard, at_most),
    WORD_OR_NONE("when", struct file_guard, row.when),
    WORD_OR_NONE("under", struct file_guard, row.under),
    WORD_OR_NONE("told", struct file_guard, row.told),
    WORD_OR_NONE("before", struct file_guard, row.before),
    WORD_OR_NONE("after", struct file_guard, row.after),
    WORD_OR_NONE("article", struct file_guard, row.article),
    TEXT("words", struct file_guard, row.words, CYAML_FLAG_DEFAULT),
    CYAML_FIELD_END,
};

const cyaml_schema_field_t procedures_schema_set[] = {
    WORD("clock", struct procedure_set, clock),
    WORD_OR_NONE("fact", struct procedure_set, fact),
    WORD_OR_NONE("word", struct procedure_set, word),
    CLAIM("clear", struct procedure_set, clear),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t state_value = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct procedure_state, procedures_schema_state) };
static const cyaml_schema_value_t guard_value = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct file_guard, procedures_schema_guard) };
static const cyaml_schema_value_t set_value = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct procedure_set, procedures_schema_set) };

const cyaml_schema_field_t procedures_schema_votes[] = {
    WORD("role", struct file_votes, row.role),
    CYAML_FIELD_UINT("seats", CYAML_FLAG_DEFAULT, struct file_votes, row.seats),
    CYAML_FIELD_UINT("quorum", CYAML_FLAG_DEFAULT, struct file_votes, row.quorum),
    COUNT("ayes", struct file_votes, row.ayes),
    WORD_OR_NONE("chair", struct file_votes, row.chair),
    WORD_OR_NONE("deputy", struct file_votes, row.deputy),
    WORD_OR_NONE("article", struct file_votes, row.article),
    CLAIM("chair_breaks_ties", struct file_votes, row.chair_breaks_ties),
    CLAIM("is_by_one", struct file_votes, row.is_by_one),
    CLAIM("is_sealed", struct file_votes, row.is_sealed),
    LIST("excludes", struct file_votes, excludes, word_value, EVENTS_MAX),
    WORD_OR_NONE("lost", struct file_votes, row.lost),
    CYAML_FIELD_END,
};

const cyaml_schema_field_t procedures_schema_duty[] = {
    WORD("id", struct law_notice, id),
    TEXT("name", struct law_notice, name, CYAML_FLAG_DEFAULT),
    WORD("article", struct law_notice, article),
    WORD("from", struct law_notice, from),
    WORD("to", struct law_notice, to),
    WORD("time_word", struct law_notice, time_word),
    CYAML_FIELD_END,
};

const cyaml_schema_field_t procedures_schema_echo[] = {
    WORD("field", struct procedure_echo, field),
    WORD("event", struct procedure_echo, event),
    WORD_OR_NONE("fact", struct procedure_echo, fact),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t duty_value = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct law_notice, procedures_schema_duty) };
static const cyaml_schema_value_t echo_value = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct procedure_echo, procedures_schema_echo) };

const cyaml_schema_field_t procedures_schema_step[] = {
    WORD("event", struct file_step, row.event),
    TEXT("name", struct file_step, row.name, CYAML_FLAG_DEFAULT),
    LIST("from", struct file_step, from, word_value, PROCEDURE_STATES_MAX),
    WORD("to", struct file_step, row.to),
    WORD_OR_NONE("role", struct file_step, row.role),
    LIST("other_roles", struct file_step, other_roles, word_value, PROCEDURE_ROLES_MAX),
    WORD_OR_NONE("second_role", struct file_step, row.second_role),
    WORD_OR_NONE("at", struct file_step, row.at),
    WORD("article", struct file_step, row.article),
    WORD_OR_NONE("in_force_from", struct file_step, days.from),
    WORD_OR_NONE("in_force_to", struct file_step, days.to),
    CYAML_FIELD_FLAGS("rules", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, struct file_step,
                      row.rules, rule_bits, sizeof rule_bits / sizeof *rule_bits),
    LIST("guards", struct file_step, guards, guard_value, GUARDS_MAX),
    LIST("sets", struct file_step, sets, set_value, SETS_MAX),
    WORD_OR_NONE("entry", struct file_step, row.entry),
    LIST("not_by", struct file_step, not_by, word_value, EVENTS_MAX),
    CYAML_FIELD_MAPPING_PTR("votes", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_step,
                            votes, procedures_schema_votes),
    LIST("duties", struct file_step, duties, duty_value, DUTIES_MAX),
    LIST("on_records", struct file_step, echoes, echo_value, ECHOES_MAX),
    CLAIM("is_weighty", struct file_step, row.is_weighty),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t step_value = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct file_step, procedures_schema_step) };

static const cyaml_strval_t kind_names[] = {
    { "text", PROCEDURE_TEXT },       { "long_text", PROCEDURE_LONG_TEXT },
    { "number", PROCEDURE_NUMBER },   { "moment", PROCEDURE_MOMENT },
    { "date", PROCEDURE_DATE },       { "choice", PROCEDURE_CHOICE },
    { "yes_no", PROCEDURE_YES_NO },   { "digest", PROCEDURE_DIGEST },
    { "finding", PROCEDURE_FINDING }, { "findings", PROCEDURE_FINDINGS },
    { "record", PROCEDURE_RECORD },   { "organisation", PROCEDURE_ORGANISATION },
    { "address", PROCEDURE_ADDRESS }, { "selectors", PROCEDURE_SELECTORS },
    { "texts", PROCEDURE_TEXTS },
};

const cyaml_schema_field_t procedures_schema_choice[] = {
    WORD("id", struct procedure_choice, id),
    TEXT("name", struct procedure_choice, name, CYAML_FLAG_DEFAULT),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t choice_value = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct procedure_choice, procedures_schema_choice) };

const cyaml_schema_field_t procedures_schema_field[] = {
    WORD("id", struct file_field, row.id),
    TEXT("name", struct file_field, row.name, CYAML_FLAG_DEFAULT),
    TEXT_OR_NONE("help", struct file_field, help),
    CYAML_FIELD_ENUM("type", CYAML_FLAG_STRICT, struct file_field, row.kind, kind_names,
                     sizeof kind_names / sizeof *kind_names),
    CLAIM("is_told", struct file_field, row.is_told),
    WORD_OR_NONE("handling", struct file_field, row.handling),
    WORD_OR_NONE("procedure", struct file_field, row.procedure),
    LIST("choices", struct file_field, choices, choice_value, CHOICES_MAX),
    LIST("required_at", struct file_field, required_at, word_value, EVENTS_MAX),
    COUNT("octets_max", struct file_field, row.octets_max),
    BOUND("at_least", struct file_field, at_least),
    BOUND("at_most", struct file_field, at_most),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t field_value = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct file_field, procedures_schema_field) };

const cyaml_schema_field_t procedures_schema_top[] = {
    WORD("id", struct file_procedure, row.id),
    COUNT("version", struct file_procedure, row.version),
    WORD_OR_NONE("in_force_from", struct file_procedure, days.from),
    WORD_OR_NONE("in_force_to", struct file_procedure, days.to),
    WORD_OR_NONE("prefix", struct file_procedure, row.prefix),
    TEXT("name", struct file_procedure, row.name, CYAML_FLAG_DEFAULT),
    TEXT_OR_NONE("help", struct file_procedure, help),
    LIST("bases", struct file_procedure, bases, word_value, LAW_ROWS_MAX),
    LIST("clocks", struct file_procedure, clocks, word_value, PROCEDURE_CLOCKS_MAX),
    LIST("fields", struct file_procedure, fields, field_value, PROCEDURE_FIELDS_MAX),
    LIST("states", struct file_procedure, states, state_value, PROCEDURE_STATES_MAX),
    LIST("steps", struct file_procedure, steps, step_value, PROCEDURE_STEPS_MAX),
    CYAML_FIELD_END,
};

const cyaml_schema_value_t procedures_schema = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_POINTER, struct file_procedure, procedures_schema_top) };
