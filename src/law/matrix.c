// SPDX-License-Identifier: Apache-2.0
#include "law/matrix_private.h"

#include "access/judge.h"
#include "procedure/procedure.h"

#define BIT(action) (UINT32_C(1) << (action))

static bool read_label(const struct reading *reading, const struct reading_row *where,
                       const char *word, unsigned *out)
{
    if (!word)
        return true;
    *out = access_label_find(bytes_of_string(word));
    return *out < ACCESS_LABELS || reading_refuse(reading, where, "labels.yaml has no", word);
}

/* Words that libcyaml read move to memory that stays. */
static void keep_words(const struct reading *reading, struct law_words *words)
{
    const char **kept = ARENA_NEW(reading->keep, const char *, words->count);
    for (size_t i = 0; i < words->count; i++)
        kept[i] = reading_keep(reading->keep, words->at[i]);
    words->at = kept;
}

static bool finish_right(const struct reading *reading, const struct reading_row *where,
                         uint8_t *row)
{
    struct schema_right right;
    memcpy(&right, row, sizeof right);
    right.row.label = LABEL_AMBER;
    keep_words(reading, &right.row.states);
    keep_words(reading, &right.row.purposes);
    bool is_good = read_label(reading, where, right.label, &right.row.label);
    memcpy(row, &right, sizeof right);
    return is_good;
}

static bool finish_handling(const struct reading *reading, const struct reading_row *where,
                            uint8_t *row)
{
    struct schema_handling handling;
    memcpy(&handling, row, sizeof handling);
    keep_words(reading, &handling.row.roles);
    keep_words(reading, &handling.row.purposes);
    bool is_good = read_label(reading, where, handling.label, &handling.row.label);
    memcpy(row, &handling, sizeof handling);
    return is_good;
}

bool matrix_finish_row(const struct reading *reading, const struct reading_row *where,
                       uint8_t *row)
{
    if (strcmp(where->file, schema_tables[SCHEMA_RIGHTS].file) == 0)
        return finish_right(reading, where, row);
    if (strcmp(where->file, schema_tables[SCHEMA_HANDLINGS].file) == 0)
        return finish_handling(reading, where, row);
    return true;
}

static bool refuse(const struct reading *reading, enum schema_table_id table, size_t row,
                   const char *words)
{
    return reading_refuse(
        reading, &(struct reading_row){ .file = schema_tables[table].file, .row = row }, words,
        "");
}

static bool check_labels(const struct reading *reading)
{
    const struct law *law = reading->law;
    bool is_good = law->label_count == ACCESS_LABELS;
    for (size_t i = 0; is_good && i < ACCESS_LABELS; i++) {
        const struct law_label *label = &law->labels[i];
        is_good = strcmp(label->id, access_label_name((enum access_label)i)) == 0;
        if (i > 0 && law->labels[i - 1].is_for_named && !label->is_for_named)
            return refuse(reading, SCHEMA_LABELS, i, "it is wider than the one before it");
    }
    return is_good || refuse(reading, SCHEMA_LABELS, 0,
                             "it has the five labels of TLP 2.0, TLP:CLEAR first");
}

static bool check_sectors(const struct reading *reading)
{
    const struct law *law = reading->law;
    for (size_t i = 0; i < law->sector_count; i++) {
        unsigned number = law->sectors[i].number;
        if (number < 1 || number > ACCESS_SECTORS_MAX)
            return refuse(reading, SCHEMA_SECTORS, i, "number is from 1 to 64");
        if (law_find_sector(law, number) != &law->sectors[i])
            return refuse(reading, SCHEMA_SECTORS, i, "there is already a row of that number");
    }
    return true;
}

static bool is_same_or_none(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool is_ambiguous(const struct law_subject *a, const struct law_subject *b)
{
    bool is_shared = a->bases == 0 || b->bases == 0 || (a->bases & b->bases) != 0;
    return is_shared && strcmp(a->kind, b->kind) == 0 &&
           is_same_or_none(a->procedure, b->procedure);
}

static bool check_subjects(const struct reading *reading)
{
    const struct law *law = reading->law;
    for (size_t i = 0; i < law->subject_count; i++) {
        bool is_record = strcmp(law->subjects[i].kind, "record") == 0;
        if (is_record != (law->subjects[i].procedure != NULL))
            return refuse(reading, SCHEMA_SUBJECTS, i,
                          "a record, and nothing else, is of a procedure");
        for (size_t j = 0; j < i; j++) {
            if (is_ambiguous(&law->subjects[i], &law->subjects[j]))
                return refuse(reading, SCHEMA_SUBJECTS, i, "another row is of the same things");
        }
    }
    return true;
}

static const struct law_subject *subject_of(const struct law *law,
                                            const struct law_right *right)
{
    const struct law_subject *subject = law->subjects;
    while (strcmp(subject->id, right->subject) != 0)
        subject++;
    return subject;
}

static bool is_tier(const struct law_subject *subject, const char *last)
{
    return subject->tier && subject->tier[0] == 'T' && subject->tier[1] >= '0' &&
           subject->tier[1] <= last[1];
}

static bool names_refused_purpose(const struct law *law, const struct law_words *purposes)
{
    for (size_t i = 0; i < purposes->count; i++) {
        if (law_find_purpose(law, purposes->at[i])->is_refused)
            return true;
    }
    return false;
}

/* No role both asks and decides (NE-12), nor changes a record it decides on: over all rows of
 * one role and subject. */
static bool asks_and_decides(const struct law *law, const struct law_right *right)
{
    bool is_record = strcmp(subject_of(law, right)->kind, "record") == 0;
    uint32_t asking = BIT(ACTION_CREATE) | (is_record ? BIT(ACTION_CHANGE) : 0), all = 0;
    for (size_t i = 0; i < law->right_count; i++) {
        const struct law_right *other = &law->rights[i];
        if (strcmp(other->role, right->role) == 0 &&
            strcmp(other->subject, right->subject) == 0)
            all |= other->actions;
    }
    return (all & BIT(ACTION_VOTE)) && (all & asking);
}

/* NULL where the row can be kept to. */
static const char *find_fault(const struct law *law, const struct law_right *right)
{
    const uint32_t looking =
        BIT(ACTION_LIST) | BIT(ACTION_READ) | BIT(ACTION_EXPORT) | BIT(ACTION_HISTORY);
    const struct law_subject *subject = subject_of(law, right);
    if (right->actions == 0)
        return "it allows nothing";
    if (right->label == LABEL_RED && (right->actions & ~looking))
        return "whoever is not named may look at what is TLP:RED, and no more";
    if (is_tier(subject, "T2") && law_find_role(law, right->role)->is_administrator)
        return "an administrator reads nothing of tiers T0 to T2";
    if (is_tier(subject, "T1") && right->purposes.count == 0)
        return "what is of tiers T0 and T1 has purposes";
    if (names_refused_purpose(law, &right->purposes))
        return "one of the purposes is refused by name";
    if (asks_and_decides(law, right))
        return "no role both asks for a thing and decides on it";
    return NULL;
}

static bool has_state(const struct procedure *procedure, const char *id)
{
    for (size_t i = 0; procedure && i < procedure->state_count; i++) {
        if (strcmp(procedure->states[i].id, id) == 0)
            return true;
    }
    return false;
}

static bool check_states(const struct reading *reading, size_t row)
{
    const struct law *law = reading->law;
    const struct law_right *right = &law->rights[row];
    const char *id = subject_of(law, right)->procedure;
    const struct procedure *procedure =
        id ? procedure_find(law->procedures, law->procedure_count, id) : NULL;
    for (size_t i = 0; i < right->states.count; i++) {
        if (!has_state(procedure, right->states.at[i]))
            return refuse(reading, SCHEMA_RIGHTS, row, "the procedure has no such state");
    }
    return true;
}

bool matrix_check(const struct reading *reading)
{
    const struct law *law = reading->law;
    if (!check_labels(reading) || !check_sectors(reading) || !check_subjects(reading))
        return false;
    for (size_t i = 0; i < law->right_count; i++) {
        const char *fault = find_fault(law, &law->rights[i]);
        if (fault)
            return refuse(reading, SCHEMA_RIGHTS, i, fault);
        if (!check_states(reading, i))
            return false;
    }
    for (size_t i = 0; i < law->handling_count; i++) {
        const struct law_handling *row = &law->handlings[i];
        if (row->roles.count == 0 && !row->is_own_shown)
            return refuse(reading, SCHEMA_HANDLINGS, i, "it is shown to nobody");
    }
    return true;
}
