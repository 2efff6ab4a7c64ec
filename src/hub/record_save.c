// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "hub/record_private.h"
#include "hub/warrant_private.h"

/* "M-2026-000012": by procedure, year and number, which is never given twice. */
static bool give_name(struct change *change, struct record *record, struct error *err)
{
    const struct procedure *procedure = record->subject.procedure;
    struct time_date today = time_date_of(change->now_ns + record->subject.law->ahead_ns);
    char counter[64];
    int64_t number;
    snprintf(counter, sizeof counter, "record-%s-%lld", procedure->prefix,
             (long long)today.year);
    if (!database_run(change->db,
                      SQL("INSERT INTO setting (name, value) VALUES ($1, '1')"
                          " ON CONFLICT (name) DO UPDATE SET"
                          " value = CAST(CAST(setting.value AS BIGINT) + 1 AS TEXT)",
                          database_string(counter)),
                      NULL, err) ||
        !sql_number(change->db,
                    SQL("SELECT CAST(value AS BIGINT) FROM setting WHERE name = $1",
                        database_string(counter)),
                    0, &number, err) ||
        !sql_number(change->db, SQL0("SELECT MAX(id) FROM record"), 0, &record->id, err))
        return false;
    record->id++;
    snprintf(record->name, sizeof record->name, "%s-%lld-%06lld", procedure->prefix,
             (long long)today.year, (long long)number);
    snprintf(record->subject.subject, sizeof record->subject.subject, "%s", record->name);
    return true;
}

/* What is due next: of a duty, or of the clock that goes off by itself. */
static struct database_value deadline(const struct procedure_case *subject)
{
    int64_t first = procedure_next(subject);
    for (size_t i = 0; i < subject->duty_count; i++) {
        const struct procedure_duty *duty = &subject->duties[i];
        if (!duty->is_met && duty->due_ns < first)
            first = duty->due_ns;
    }
    return first == INT64_MAX ? database_null() : database_number(first);
}

static struct database_value payload_of(const struct record *record)
{
    return record->payload_type
               ? database_blob((struct bytes){ record->payload, record->payload_len })
               : database_null();
}

static bool insert(struct change *change, const struct record *record, struct error *err)
{
    const struct procedure_case *subject = &record->subject;
    char edition[16];
    snprintf(edition, sizeof edition, "%u", subject->procedure->version);
    return database_run(
        change->db,
        SQL("INSERT INTO record (id, name, procedure, edition, basis, state, previous, title,"
            " label, organisation, sector, roster, is_exercise, compartment, made_by, created,"
            " updated, stepped, version) VALUES ($1, $2, $3, $4, $5, '', '', '', 0, 0, 0, 0, "
            "$6,"
            " $7, $8, $9, 0, 0, 0)",
            database_number(record->id), database_string(record->name),
            database_string(subject->procedure->id), database_string(edition),
            database_string(subject->basis ? subject->basis->id : ""),
            database_number(record->is_exercise), database_number(record->compartment),
            database_number(record->made_by), database_number(record->created_ns)),
        NULL, err);
}

static bool update(struct change *change, const struct record *record, struct error *err)
{
    const struct procedure_case *subject = &record->subject;
    const struct procedure_state *states = subject->procedure->states;
    struct bytes digest = { record->payload_digest, HUB_DIGEST_OCTETS };
    return database_run(
        change->db,
        SQL("UPDATE record SET state = $2, previous = $3, title = $4, label = $5,"
            " organisation = $6, sector = $7, roster = $8, compartment = $9, updated = $10,"
            " stepped = $11, deadline = $12, payload_type = $13, payload = $14,"
            " payload_digest = $15, version = $16 WHERE id = $1",
            database_number(record->id), database_string(states[subject->state].id),
            database_string(states[subject->previous].id), database_string(record->title),
            database_number(record->label), database_number(record->organisation),
            database_number(record->sector), database_number(record->roster),
            database_number(record->compartment), database_number(record->updated_ns),
            database_number(subject->now_ns), deadline(subject),
            database_string(record->payload_type), payload_of(record),
            record->payload_type ? database_blob(digest) : database_null(),
            database_number(record->version)),
        NULL, err);
}

static bool save_fields(struct change *change, const struct record *record, struct error *err)
{
    const char *name;
    json_t *value;
    if (!database_run(change->db,
                      SQL("DELETE FROM field WHERE record = $1", database_number(record->id)),
                      NULL, err))
        return false;
    json_object_foreach(record->fields, name, value)
    {
        char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        bool is_kept = text && database_run(change->db,
                                            SQL("INSERT INTO field (record, name, value)"
                                                " VALUES ($1, $2, $3)",
                                                database_number(record->id),
                                                database_string(name), database_string(text)),
                                            NULL, err);
        free(text);
        if (!is_kept)
            return false;
    }
    return true;
}

static bool save_clocks(struct change *change, const struct record *record, struct error *err)
{
    const struct procedure *procedure = record->subject.procedure;
    if (!database_run(change->db,
                      SQL("DELETE FROM clock WHERE record = $1", database_number(record->id)),
                      NULL, err))
        return false;
    for (size_t i = 0; i < procedure->clock_count; i++) {
        if (record->subject.clocks[i] != INT64_MAX &&
            !database_run(change->db,
                          SQL("INSERT INTO clock (record, name, at) VALUES ($1, $2, $3)",
                              database_number(record->id),
                              database_string(procedure->clocks[i]),
                              database_number(record->subject.clocks[i])),
                          NULL, err))
            return false;
    }
    return true;
}

static bool save_duties(struct change *change, const struct record *record, struct error *err)
{
    for (size_t i = 0; i < record->subject.duty_count; i++) {
        const struct procedure_duty *duty = &record->subject.duties[i];
        if (!database_run(change->db,
                          SQL("INSERT INTO duty (record, number, notice, since, due, met)"
                              " VALUES ($1, $2, $3, $4, $5, $6)"
                              " ON CONFLICT (record, number) DO UPDATE SET met = $6",
                              database_number(record->id), database_number((int64_t)i),
                              database_string(duty->notice->id),
                              database_number(duty->since_ns), database_number(duty->due_ns),
                              duty->is_met ? database_number(duty->met_ns) : database_null()),
                          NULL, err))
            return false;
    }
    return true;
}

static bool save_parts(struct change *change, const struct record *record, struct error *err)
{
    for (size_t i = 0; i < record->subject.part_count; i++) {
        const struct procedure_part *part = &record->subject.parts[i];
        uint64_t person = 0;
        if (part->person[0] != 'p' ||
            !text_read_u64(bytes_of_string(part->person + 1), INT64_MAX, &person))
            continue; /* the machine */
        if (!database_run(change->db,
                          SQL("INSERT INTO part (record, event, person) VALUES ($1, $2, $3)"
                              " ON CONFLICT (record, event, person) DO NOTHING",
                              database_number(record->id), database_string(part->event),
                              database_number((int64_t)person)),
                          NULL, err))
            return false;
    }
    return true;
}

/* Words of a field that is not shown to everybody who sees the record are not found by anybody:
 * who finds a record by a word has read the word. */
static bool is_open(const struct record *record, const struct procedure_value *value)
{
    const struct procedure_field *field =
        procedure_find_field(record->subject.procedure, value->field);
    return field && !field->handling && value->text;
}

static bool note_words(struct change *change, const struct record *record, struct error *err)
{
    const char *texts[PROCEDURE_FIELDS_MAX + 2] = { record->name, record->title };
    size_t count = 2;
    for (size_t i = 0; i < record->value_count; i++) {
        if (is_open(record, &record->values[i]))
            texts[count++] = record->values[i].text;
    }
    return search_note(change, record->id, texts, count, err);
}

bool record_save(struct change *change, struct record *record, struct error *err)
{
    bool is_new = record->id == 0;
    if (is_new && !give_name(change, record, err))
        return false;
    struct compartment what = record_compartment(record);
    if (!compartment_intern(change, &what, &record->compartment, err))
        return false;
    record->updated_ns = change->now_ns;
    record->version++;
    if (is_new)
        record->created_ns = change->now_ns;
    return (!is_new || insert(change, record, err)) && payload_make(change, record, err) &&
           update(change, record, err) && save_fields(change, record, err) &&
           save_clocks(change, record, err) && save_duties(change, record, err) &&
           save_parts(change, record, err) && note_words(change, record, err) &&
           warrants_revoke(change, record, err) &&
           change_happened(change, "record", record->name, record->compartment, err);
}
