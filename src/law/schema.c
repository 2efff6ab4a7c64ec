// SPDX-License-Identifier: Apache-2.0
#include "law/schema_private.h"

#include "access/judge.h"
#include "law/law.h"

enum { WORDS_MAX = 1024 };

#define WORD(key, type, field) \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, field, 1, WORDS_MAX)
#define WORD_OR_NONE(key, type, field)                                                    \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, field, 1, \
                           WORDS_MAX)
#define NUMBER(key, type, field) CYAML_FIELD_UINT(key, CYAML_FLAG_OPTIONAL, type, field)
#define CLAIM(key, type, field) CYAML_FIELD_BOOL(key, CYAML_FLAG_OPTIONAL, type, field)
#define TEXT(key, type, field) \
    CYAML_FIELD_MAPPING(key, CYAML_FLAG_DEFAULT, type, field, text_fields)
#define CHOICE(key, type, field, names)                          \
    CYAML_FIELD_ENUM(key, CYAML_FLAG_STRICT, type, field, names, \
                     sizeof(names) / sizeof *(names))
#define CHOICES(key, type, field, names)                          \
    CYAML_FIELD_FLAGS(key, CYAML_FLAG_STRICT, type, field, names, \
                      sizeof(names) / sizeof *(names))

// NOLINTBEGIN(bugprone-macro-parentheses): the name of a member takes none
#define WORDS(key, type, list)                                                               \
    CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, list.at, \
                               list.count, &word_value, 1, LAW_WORDS_A_ROW)
// NOLINTEND(bugprone-macro-parentheses): end of it

static const cyaml_schema_value_t word_value = { CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *,
                                                                    1, WORDS_MAX) };

static const cyaml_schema_field_t text_fields[] = {
    WORD("en", struct law_text, en),
    WORD("ja", struct law_text, ja),
    CYAML_FIELD_END,
};

static const cyaml_strval_t basis_kinds[] = {
    { "own", BASIS_OWN },
    { "exercise", BASIS_EXERCISE },
    { "statutory", BASIS_STATUTORY },
};

static const cyaml_strval_t approvals[] = {
    { "none", LAW_APPROVAL_NONE },
    { "notice", LAW_APPROVAL_NOTICE },
    { "prior", LAW_APPROVAL_PRIOR },
};

static const cyaml_strval_t directions[] = {
    { "FF", DIRECTION_FF },
    { "FD", DIRECTION_FD },
    { "DF", DIRECTION_DF },
    { "DD", DIRECTION_DD },
};

static const cyaml_strval_t direction_bits[] = {
    { "FF", 1 << DIRECTION_FF },           { "FD", 1 << DIRECTION_FD },
    { "DF", 1 << DIRECTION_DF },           { "DD", 1 << DIRECTION_DD },
    { "unknown", 1 << DIRECTION_UNKNOWN },
};

static const cyaml_strval_t kinds[] = {
    { "equipment", INFORMATION_EQUIPMENT },
    { "command", INFORMATION_COMMAND },
    { "other", INFORMATION_OTHER },
};

static const cyaml_strval_t kind_bits[] = {
    { "equipment", 1 << INFORMATION_EQUIPMENT },
    { "command", 1 << INFORMATION_COMMAND },
    { "other", 1 << INFORMATION_OTHER },
};

static const cyaml_strval_t basis_kind_bits[] = {
    { "own", 1 << BASIS_OWN },
    { "exercise", 1 << BASIS_EXERCISE },
    { "statutory", 1 << BASIS_STATUTORY },
};

static const cyaml_strval_t scopes[] = {
    { "all", LAW_SCOPE_ALL },       { "own", LAW_SCOPE_OWN },
    { "sector", LAW_SCOPE_SECTOR }, { "party", LAW_SCOPE_PARTY },
    { "roster", LAW_SCOPE_ROSTER },
};

static const cyaml_strval_t clearances[] = {
    { "confidential", CLEARANCE_CONFIDENTIAL },
    { "secret", CLEARANCE_SECRET },
};

/* Each brings what it asks for (access_action_needs). */
#define LOOK (1 << ACTION_LIST | 1 << ACTION_READ)
static const cyaml_strval_t action_bits[] = {
    { "list", 1 << ACTION_LIST },
    { "read", LOOK },
    { "create", 1 << ACTION_CREATE },
    { "change", LOOK | 1 << ACTION_CHANGE },
    { "step", LOOK | 1 << ACTION_STEP },
    { "vote", LOOK | 1 << ACTION_VOTE },
    { "export", LOOK | 1 << ACTION_EXPORT },
    { "history", LOOK | 1 << ACTION_HISTORY },
    { "administer", LOOK | 1 << ACTION_ADMINISTER },
};

/* A row with the days it is in force. */
#define WITH_DAYS(name)          \
    struct schema_##name {       \
        struct law_##name row;   \
        struct schema_days days; \
    }
#define DAYS(type) \
    WORD_OR_NONE("in_force_from", type, days.from), WORD_OR_NONE("in_force_to", type, days.to)

WITH_DAYS(basis);
WITH_DAYS(retention);
WITH_DAYS(notice);
WITH_DAYS(purpose);
WITH_DAYS(permission);
WITH_DAYS(provision);
WITH_DAYS(kind);
WITH_DAYS(direction);
WITH_DAYS(definition);
WITH_DAYS(count);
WITH_DAYS(sector);

static const cyaml_schema_field_t basis_fields[] = {
    WORD("id", struct schema_basis, row.id),
    TEXT("name", struct schema_basis, row.name),
    WORD("article", struct schema_basis, row.article),
    DAYS(struct schema_basis),
    CHOICE("kind", struct schema_basis, row.kind, basis_kinds),
    CHOICE("approval", struct schema_basis, row.approval, approvals),
    WORD("approver", struct schema_basis, row.approver),
    CYAML_FIELD_UINT("signatures", CYAML_FLAG_DEFAULT, struct schema_basis, row.signatures),
    CHOICES("directions", struct schema_basis, row.directions, direction_bits),
    NUMBER("period_months", struct schema_basis, row.period_months),
    NUMBER("extension_months", struct schema_basis, row.extension_months),
    WORD_OR_NONE("period_article", struct schema_basis, row.period_article),
    NUMBER("share_permille", struct schema_basis, row.share_permille),
    CYAML_FIELD_UINT("items", CYAML_FLAG_DEFAULT, struct schema_basis, row.items),
    CHOICES("item_kinds", struct schema_basis, row.item_kinds, kind_bits),
    WORD_OR_NONE("items_article", struct schema_basis, row.items_article),
    NUMBER("kinds", struct schema_basis, row.kinds),
    CLAIM("needs_equipment", struct schema_basis, row.needs_equipment),
    CLAIM("lines_in_clear", struct schema_basis, row.lines_in_clear),
    WORD("retention", struct schema_basis, row.retention),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t retention_fields[] = {
    WORD("id", struct schema_retention, row.id),
    WORD("article", struct schema_retention, row.article),
    DAYS(struct schema_retention),
    NUMBER("fiscal_month", struct schema_retention, row.fiscal_month),
    NUMBER("years", struct schema_retention, row.years),
    NUMBER("days", struct schema_retention, row.days),
    NUMBER("extension_years", struct schema_retention, row.extension_years),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t time_word_fields[] = {
    WORD("id", struct schema_time_word, row.id),
    TEXT("name", struct schema_time_word, row.name),
    WORD_OR_NONE("within", struct schema_time_word, within),
    NUMBER("working_days", struct schema_time_word, row.working_days),
    CYAML_FIELD_END,
};

static const cyaml_strval_t weekdays[] = {
    { "never", 0 },    { "monday", 1 }, { "tuesday", 2 },  { "wednesday", 3 },
    { "thursday", 4 }, { "friday", 5 }, { "saturday", 6 }, { "sunday", 7 },
};

static const cyaml_schema_field_t rest_fields[] = {
    WORD("id", struct schema_rest, row.id),
    TEXT("name", struct schema_rest, row.name),
    WORD("article", struct schema_rest, row.article),
    DAYS(struct schema_rest),
    CYAML_FIELD_ENUM("weekday", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, struct schema_rest,
                     row.weekday, weekdays, sizeof weekdays / sizeof *weekdays),
    WORD_OR_NONE("yearly_from", struct schema_rest, yearly_from),
    WORD_OR_NONE("yearly_to", struct schema_rest, yearly_to),
    WORD_OR_NONE("day", struct schema_rest, day),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t notice_fields[] = {
    WORD("id", struct schema_notice, row.id),
    WORD("event", struct schema_notice, row.event),
    TEXT("name", struct schema_notice, row.name),
    WORD("article", struct schema_notice, row.article),
    DAYS(struct schema_notice),
    WORD("from", struct schema_notice, row.from),
    WORD("to", struct schema_notice, row.to),
    WORD("time_word", struct schema_notice, row.time_word),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t role_fields[] = {
    WORD("id", struct law_role, id),
    TEXT("name", struct law_role, name),
    WORD("article", struct law_role, article),
    WORD_OR_NONE("played_by", struct law_role, played_by),
    CLAIM("is_administrator", struct law_role, is_administrator),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t purpose_fields[] = {
    WORD("id", struct schema_purpose, row.id),
    TEXT("name", struct schema_purpose, row.name),
    WORD("article", struct schema_purpose, row.article),
    DAYS(struct schema_purpose),
    CLAIM("is_refused", struct schema_purpose, row.is_refused),
    CLAIM("is_exercise", struct schema_purpose, row.is_exercise),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t permission_fields[] = {
    WORD("role", struct schema_permission, row.role),
    WORD("action", struct schema_permission, row.action),
    WORD("purpose", struct schema_permission, row.purpose),
    WORD("basis", struct schema_permission, row.basis),
    WORD("article", struct schema_permission, row.article),
    DAYS(struct schema_permission),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t provision_fields[] = {
    WORD("from", struct schema_provision, row.from),
    WORD("to", struct schema_provision, row.to),
    WORD("product", struct schema_provision, row.product),
    WORD("article", struct schema_provision, row.article),
    DAYS(struct schema_provision),
    CLAIM("needs_consent", struct schema_provision, row.needs_consent),
    CLAIM("needs_equivalence", struct schema_provision, row.needs_equivalence),
    CLAIM("needs_permission", struct schema_provision, row.needs_permission),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t kind_fields[] = {
    WORD("id", struct schema_kind, row.id),
    TEXT("name", struct schema_kind, row.name),
    WORD("article", struct schema_kind, row.article),
    DAYS(struct schema_kind),
    CHOICE("kind", struct schema_kind, row.kind, kinds),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t direction_fields[] = {
    WORD("id", struct schema_direction, row.id),
    TEXT("name", struct schema_direction, row.name),
    WORD("article", struct schema_direction, row.article),
    DAYS(struct schema_direction),
    CHOICE("direction", struct schema_direction, row.direction, directions),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t definition_fields[] = {
    WORD("id", struct schema_definition, row.id),
    TEXT("name", struct schema_definition, row.name),
    TEXT("meaning", struct schema_definition, row.meaning),
    WORD("article", struct schema_definition, row.article),
    DAYS(struct schema_definition),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t count_fields[] = {
    WORD("id", struct schema_count, row.id),
    TEXT("name", struct schema_count, row.name),
    WORD("article", struct schema_count, row.article),
    DAYS(struct schema_count),
    WORD("event", struct schema_count, row.event),
    WORD_OR_NONE("stage", struct schema_count, row.stage),
    WORD_OR_NONE("under", struct schema_count, row.under),
    WORD("basis", struct schema_count, row.basis),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t label_fields[] = {
    WORD("id", struct law_label, id),
    TEXT("name", struct law_label, name),
    TEXT("meaning", struct law_label, meaning),
    WORD("article", struct law_label, article),
    CLAIM("is_for_named", struct law_label, is_for_named),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t sector_fields[] = {
    WORD("id", struct schema_sector, row.id),
    CYAML_FIELD_UINT("number", CYAML_FLAG_DEFAULT, struct schema_sector, row.number),
    WORD("list", struct schema_sector, row.list),
    TEXT("name", struct schema_sector, row.name),
    TEXT("minister", struct schema_sector, row.minister),
    WORD("article", struct schema_sector, row.article),
    DAYS(struct schema_sector),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t subject_fields[] = {
    WORD("id", struct law_subject, id),
    TEXT("name", struct law_subject, name),
    WORD("article", struct law_subject, article),
    WORD("kind", struct law_subject, kind),
    WORD_OR_NONE("procedure", struct law_subject, procedure),
    WORD_OR_NONE("tier", struct law_subject, tier),
    CYAML_FIELD_FLAGS("bases", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, struct law_subject,
                      bases, basis_kind_bits, sizeof basis_kind_bits / sizeof *basis_kind_bits),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t handling_fields[] = {
    WORD("id", struct schema_handling, row.id),
    TEXT("name", struct schema_handling, row.name),
    WORD("article", struct schema_handling, row.article),
    WORDS("roles", struct schema_handling, row.roles),
    WORDS("purposes", struct schema_handling, row.purposes),
    WORD_OR_NONE("label", struct schema_handling, label),
    CYAML_FIELD_ENUM("clearance", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL,
                     struct schema_handling, row.clearance, clearances,
                     sizeof clearances / sizeof *clearances),
    CLAIM("is_own_shown", struct schema_handling, row.is_own_shown),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t right_fields[] = {
    WORD("role", struct schema_right, row.role),
    WORD("subject", struct schema_right, row.subject),
    CHOICES("may", struct schema_right, row.actions, action_bits),
    CHOICE("scope", struct schema_right, row.scope, scopes),
    WORDS("purposes", struct schema_right, row.purposes),
    WORDS("states", struct schema_right, row.states),
    WORD_OR_NONE("label", struct schema_right, label),
    WORD("article", struct schema_right, row.article),
    DAYS(struct schema_right),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t law_fields[] = {
    WORD("id", struct schema_law, id),
    TEXT("name", struct schema_law, name),
    WORD("citation", struct schema_law, citation),
    WORD("time_zone", struct schema_law, time_zone),
    CYAML_FIELD_BOOL("first_day_counts", CYAML_FLAG_DEFAULT, struct schema_law,
                     first_day_counts),
    WORD("purpose_article", struct schema_law, purpose_article),
    WORD("access_article", struct schema_law, access_article),
    WORD("handing_article", struct schema_law, handing_article),
    CYAML_FIELD_END,
};

const cyaml_schema_value_t schema_law_file = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_POINTER, struct schema_law, law_fields) };

#define ROW(name, type)                                                   \
    static const cyaml_schema_value_t name##_row = { CYAML_VALUE_MAPPING( \
        CYAML_FLAG_DEFAULT, struct type, name##_fields) }

ROW(basis, schema_basis);
ROW(retention, schema_retention);
ROW(time_word, schema_time_word);
ROW(rest, schema_rest);
ROW(notice, schema_notice);
ROW(role, law_role);
ROW(purpose, schema_purpose);
ROW(permission, schema_permission);
ROW(provision, schema_provision);
ROW(kind, schema_kind);
ROW(direction, schema_direction);
ROW(definition, schema_definition);
ROW(count, schema_count);
ROW(label, law_label);
ROW(sector, schema_sector);
ROW(subject, law_subject);
ROW(handling, schema_handling);
ROW(right, schema_right);

#define LIST(name, type)                                                            \
    .list = { CYAML_VALUE_SEQUENCE(CYAML_FLAG_POINTER, struct type, &name##_row, 0, \
                                   LAW_ROWS_MAX) },                                 \
    .read_size = sizeof(struct type), .row_size = sizeof(struct law_##name),        \
    .count_at = offsetof(struct law, name##_count)
#define FORCED(name)                                                            \
    LIST(name, schema_##name), .days_at = offsetof(struct schema_##name, days), \
                               .force_at = offsetof(struct law_##name, force)
#define ROWS(member) .rows_at = offsetof(struct law, member)

const struct schema_table schema_tables[SCHEMA_TABLES] = {
    [SCHEMA_BASES] = { "bases.yaml", FORCED(basis), ROWS(bases), .has_id = true },
    [SCHEMA_RETENTIONS] = { "retention.yaml", FORCED(retention), ROWS(retentions),
                            .has_id = true },
    [SCHEMA_TIME_WORDS] = { "time.yaml", LIST(time_word, schema_time_word), ROWS(time_words),
                            .has_id = true },
    [SCHEMA_RESTS] = { "calendar.yaml", FORCED(rest), ROWS(rests), .has_id = true },
    [SCHEMA_NOTICES] = { "notices.yaml", FORCED(notice), ROWS(notices), .has_id = true },
    [SCHEMA_ROLES] = { "roles.yaml", LIST(role, law_role), ROWS(roles), .has_id = true },
    [SCHEMA_PURPOSES] = { "purposes.yaml", FORCED(purpose), ROWS(purposes), .has_id = true },
    [SCHEMA_PERMISSIONS] = { "access.yaml", FORCED(permission), ROWS(permissions) },
    [SCHEMA_PROVISIONS] = { "recipients.yaml", FORCED(provision), ROWS(provisions) },
    [SCHEMA_KINDS] = { "kinds.yaml", FORCED(kind), ROWS(kinds), .has_id = true },
    [SCHEMA_DIRECTIONS] = { "directions.yaml", FORCED(direction), ROWS(directions),
                            .has_id = true },
    [SCHEMA_DEFINITIONS] = { "definitions.yaml", FORCED(definition), ROWS(definitions),
                             .has_id = true },
    [SCHEMA_COUNTS] = { "report.yaml", FORCED(count), ROWS(counts), .has_id = true },
    [SCHEMA_LABELS] = { "labels.yaml", LIST(label, law_label), ROWS(labels), .has_id = true },
    [SCHEMA_SECTORS] = { "sectors.yaml", FORCED(sector), ROWS(sectors), .has_id = true },
    [SCHEMA_SUBJECTS] = { "subjects.yaml", LIST(subject, law_subject), ROWS(subjects),
                          .has_id = true },
    [SCHEMA_HANDLINGS] = { "handling.yaml", LIST(handling, schema_handling), ROWS(handlings),
                           .has_id = true },
    [SCHEMA_RIGHTS] = { "matrix.yaml", FORCED(right), ROWS(rights) },
};

const struct schema_reference schema_references[] = {
    { SCHEMA_BASES, offsetof(struct law_basis, approver), SCHEMA_ROLES, false, false },
    { SCHEMA_BASES, offsetof(struct law_basis, retention), SCHEMA_RETENTIONS, false, false },
    { SCHEMA_ROLES, offsetof(struct law_role, played_by), SCHEMA_ROLES, false, false },
    { SCHEMA_NOTICES, offsetof(struct law_notice, from), SCHEMA_ROLES, false, false },
    { SCHEMA_NOTICES, offsetof(struct law_notice, to), SCHEMA_ROLES, false, false },
    { SCHEMA_NOTICES, offsetof(struct law_notice, time_word), SCHEMA_TIME_WORDS, false, false },
    { SCHEMA_PERMISSIONS, offsetof(struct law_permission, role), SCHEMA_ROLES, false, false },
    { SCHEMA_PERMISSIONS, offsetof(struct law_permission, purpose), SCHEMA_PURPOSES, true,
      false },
    { SCHEMA_PERMISSIONS, offsetof(struct law_permission, basis), SCHEMA_BASES, true, false },
    { SCHEMA_PROVISIONS, offsetof(struct law_provision, from), SCHEMA_ROLES, false, false },
    { SCHEMA_PROVISIONS, offsetof(struct law_provision, to), SCHEMA_ROLES, false, false },
    { SCHEMA_COUNTS, offsetof(struct law_count, basis), SCHEMA_BASES, true, false },
    { SCHEMA_HANDLINGS, offsetof(struct law_handling, roles), SCHEMA_ROLES, true, true },
    { SCHEMA_HANDLINGS, offsetof(struct law_handling, purposes), SCHEMA_PURPOSES, false, true },
    { SCHEMA_RIGHTS, offsetof(struct law_right, role), SCHEMA_ROLES, false, false },
    { SCHEMA_RIGHTS, offsetof(struct law_right, subject), SCHEMA_SUBJECTS, false, false },
    { SCHEMA_RIGHTS, offsetof(struct law_right, purposes), SCHEMA_PURPOSES, false, true },
};
const size_t schema_reference_count = sizeof schema_references / sizeof *schema_references;
