// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "hub/record_private.h"

#define RECORD_COLUMNS                                                                  \
    "id, name, procedure, edition, basis, state, previous, title, label, organisation," \
    " sector, roster, is_exercise, compartment, made_by, created, updated, stepped,"    \
    " payload_type, payload, payload_digest, version"

static void take_text(const struct database_rows *rows, size_t column, char *room, size_t max)
{
    struct text to = text_over(room, max);
    text_put(&to, database_get_text(rows, column));
}

/* The engine's case as it was left, of the version it began under. */
static bool take_case(struct hub *hub, const struct database_rows *rows, struct record *out,
                      struct error *err)
{
    char procedure[48], basis[BASIS_NAME_MAX], state[48], previous[48];
    const struct law *law = hub->settings.law;
    take_text(rows, 2, procedure, sizeof procedure);
    take_text(rows, 4, basis, sizeof basis);
    take_text(rows, 5, state, sizeof state);
    take_text(rows, 6, previous, sizeof previous);
    uint64_t edition = 0;
    bool is_read = text_read_u64(database_get_text(rows, 3), UINT32_MAX, &edition);
    const struct procedure *found = procedure_find_version(
        law->procedures, law->procedure_count, procedure, (unsigned)edition);
    if (!is_read || !found)
        return error_set(err, EINVAL, "%s: the law's data has no version %u of procedure %s",
                         out->name, (unsigned)edition, procedure);
    if (!procedure_begin(law, found, basis, out->name, &out->subject) ||
        !procedure_find_state(found, state, &out->subject.state) ||
        !procedure_find_state(found, previous, &out->subject.previous))
        return error_set(err, EINVAL, "%s: procedure %s has no state %s, or no basis %s",
                         out->name, procedure, state, basis);
    out->subject.now_ns = database_get_number(rows, 17);
    return true;
}

static bool take_payload(const struct database_rows *rows, struct record *out,
                         struct error *err)
{
    if (database_is_null(rows, 18))
        return true;
    struct bytes type = database_get_text(rows, 18), octets = database_get_blob(rows, 19);
    struct bytes digest = database_get_blob(rows, 20);
    out->payload_type = strndup((const char *)type.at, type.len);
    out->payload = malloc(octets.len + 1);
    if (!out->payload_type || !out->payload || digest.len != sizeof out->payload_digest)
        return error_set(err, ENOMEM, "%s: payload", out->name);
    memcpy(out->payload, octets.at, octets.len);
    out->payload_len = octets.len;
    memcpy(out->payload_digest, digest.at, digest.len);
    return true;
}

static bool take_row(struct hub *hub, const struct database_rows *rows, struct record *out,
                     struct error *err)
{
    out->id = database_get_number(rows, 0);
    take_text(rows, 1, out->name, sizeof out->name);
    take_text(rows, 7, out->title, sizeof out->title);
    out->label = (enum access_label)database_get_number(rows, 8);
    out->organisation = database_get_number(rows, 9);
    out->sector = (unsigned)database_get_number(rows, 10);
    out->roster = database_get_number(rows, 11);
    out->is_exercise = database_get_number(rows, 12) != 0;
    out->compartment = database_get_number(rows, 13);
    out->made_by = database_get_number(rows, 14);
    out->created_ns = database_get_number(rows, 15);
    out->updated_ns = database_get_number(rows, 16);
    out->version = database_get_number(rows, 21);
    return take_case(hub, rows, out, err) && take_payload(rows, out, err);
}

static bool load_fields(struct database *db, struct record *record, struct error *err)
{
    struct database_rows *rows = database_ask(
        db, SQL("SELECT name, value FROM field WHERE record = $1", database_number(record->id)),
        err);
    if (!rows)
        return false;
    record->fields = json_object();
    enum database_step step;
    while ((step = database_step(rows, err)) == DATABASE_ROW) {
        char name[64];
        struct bytes text = database_get_text(rows, 1);
        take_text(rows, 0, name, sizeof name);
        json_object_set_new(record->fields, name,
                            json_loadb((const char *)text.at, text.len, JSON_DECODE_ANY, NULL));
    }
    database_end(rows);
    fields_bind(record);
    return step == DATABASE_END;
}

static bool load_clocks(struct database *db, struct record *record, struct error *err)
{
    const struct procedure *procedure = record->subject.procedure;
    struct database_rows *rows = database_ask(
        db, SQL("SELECT name, at FROM clock WHERE record = $1", database_number(record->id)),
        err);
    if (!rows)
        return false;
    enum database_step step;
    while ((step = database_step(rows, err)) == DATABASE_ROW) {
        for (size_t i = 0; i < procedure->clock_count; i++) {
            if (bytes_equal(database_get_text(rows, 0), bytes_of_string(procedure->clocks[i])))
                record->subject.clocks[i] = database_get_number(rows, 1);
        }
    }
    database_end(rows);
    return step == DATABASE_END;
}

static void take_duty(const struct database_rows *rows, struct record *record)
{
    struct procedure_case *subject = &record->subject;
    char name[64];
    take_text(rows, 0, name, sizeof name);
    const struct law_notice *notice =
        procedure_find_notice(subject->law, subject->procedure, name);
    if (notice && subject->duty_count < PROCEDURE_DUTIES_MAX)
        subject->duties[subject->duty_count++] =
            (struct procedure_duty){ .notice = notice,
                                     .since_ns = database_get_number(rows, 1),
                                     .due_ns = database_get_number(rows, 2),
                                     .is_met = !database_is_null(rows, 3),
                                     .met_ns = database_get_number(rows, 3) };
}

static bool load_duties(struct database *db, struct record *record, struct error *err)
{
    struct database_rows *rows = database_ask(
        db,
        SQL("SELECT notice, since, due, met FROM duty WHERE record = $1 ORDER BY number",
            database_number(record->id)),
        err);
    if (!rows)
        return false;
    enum database_step step;
    while ((step = database_step(rows, err)) == DATABASE_ROW)
        take_duty(rows, record);
    database_end(rows);
    return step == DATABASE_END;
}

static bool load_parts(struct database *db, struct record *record, struct error *err)
{
    struct procedure_case *subject = &record->subject;
    struct database_rows *rows = database_ask(
        db,
        SQL("SELECT event, person FROM part WHERE record = $1 ORDER BY event, person",
            database_number(record->id)),
        err);
    if (!rows)
        return false;
    enum database_step step;
    bool is_kept = true;
    while ((step = database_step(rows, err)) == DATABASE_ROW) {
        char event[48];
        take_text(rows, 0, event, sizeof event);
        struct asking_actor person = asking_name(database_get_number(rows, 1));
        is_kept &= procedure_took_part(subject, event, person.text);
    }
    database_end(rows);
    return step == DATABASE_END &&
           (is_kept || error_set(err, 0, "%s: too many took part", record->name));
}

struct record *record_load(struct hub *hub, struct database *db, const char *name,
                           bool *is_failed, struct error *err)
{
    struct record *record = calloc(1, sizeof *record);
    struct database_rows *rows =
        record ? database_ask(db,
                              SQL("SELECT " RECORD_COLUMNS " FROM record WHERE name = $1",
                                  database_string(name)),
                              err)
               : NULL;
    enum database_step step = rows ? database_step(rows, err) : DATABASE_FAILED;
    bool is_good = step == DATABASE_ROW && take_row(hub, rows, record, err);
    if (rows)
        database_end(rows);
    is_good = is_good && load_fields(db, record, err) && load_clocks(db, record, err) &&
              load_duties(db, record, err) && load_parts(db, record, err);
    *is_failed = !is_good && step != DATABASE_END;
    if (is_good)
        return record;
    record_free(record);
    return NULL;
}

void record_free(struct record *record)
{
    if (!record)
        return;
    json_decref(record->fields);
    free(record->payload_type);
    free(record->payload);
    free(record);
}

/* The other side of an agreement, the carrier of a measure, whoever is inspected: the first
 * organisation that the record names. */
static int64_t party_of(const struct record *record)
{
    for (size_t i = 0; i < record->value_count; i++) {
        const struct procedure_value *value = &record->values[i];
        uint64_t id;
        if (value->kind == PROCEDURE_ORGANISATION && value->text &&
            text_read_u64(bytes_of_string(value->text), INT64_MAX, &id))
            return (int64_t)id;
    }
    return 0;
}

struct compartment record_compartment(const struct record *record)
{
    const struct procedure_case *subject = &record->subject;
    return (struct compartment){ .id = record->compartment,
                                 .kind = "record",
                                 .procedure = subject->procedure->id,
                                 .state = procedure_state(subject)->id,
                                 .basis = subject->basis ? subject->basis->id : NULL,
                                 .label = record->label,
                                 .organisation = record->organisation,
                                 .roster = record->roster,
                                 .party = party_of(record),
                                 .sector = record->sector,
                                 .is_exercise = record->is_exercise };
}

struct record *record_of(struct asking *asking, struct database *db, enum access_action action,
                         bool *is_failed, struct error *err)
{
    struct record *record =
        record_load(asking->hub, db, http_variable(asking->request, "id"), is_failed, err);
    if (!record) {
        if (!*is_failed)
            (void)refuse_unknown(asking);
        return NULL;
    }
    if (compartment_may(asking, action, record->compartment, is_failed, err))
        return record;
    record_free(record);
    return NULL;
}
