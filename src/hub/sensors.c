// SPDX-License-Identifier: Apache-2.0
/* Sensors as people see and register them; how they report is intake.c. */
#include <stdio.h>
#include <string.h>

#include "hub/compartment_private.h"
#include "hub/people_private.h"
#include "hub/sensors_private.h"
#include "hub/text_private.h"

#define SENSOR_COLUMNS                                                                     \
    "SELECT s.id AS \"id@id\", s.name, s.organisation AS \"organisation@id\","             \
    " s.sector AS \"sector@number\", s.fingerprint AS \"fingerprint@hex\", s.basis,"       \
    " s.equipment, s.is_active AS \"is_active@flag\", s.seen AS \"seen@time\", s.program," \
    " s.checkpoint_size AS \"checkpoint_size@number\", s.checkpoint_at AS"                 \
    " \"checkpoint_at@time\", s.checkpoint_state, s.updated AS \"updated@time\","          \
    " s.version AS \"version@number\","                                                    \
    " (SELECT COUNT(*) FROM batch b WHERE b.sensor = s.id) AS \"batches@number\","         \
    " (SELECT COALESCE(SUM(contents), 0) FROM batch b WHERE b.sensor = s.id) AS"           \
    " \"contents@number\", (SELECT COALESCE(SUM(refused), 0) FROM batch b"                 \
    " WHERE b.sensor = s.id) AS \"refused@number\" FROM sensor s"

static void dress(const struct asking *asking, json_t *sensor)
{
    unsigned sector = (unsigned)json_integer_value(json_object_get(sensor, "sector"));
    json_object_set_new(sensor, "sector",
                        json_string(sector_name(asking->hub->settings.law, sector)));
}

bool sensors_list(struct asking *asking, struct error *err)
{
    int64_t view;
    json_t *sensor;
    size_t index;
    if (!compartment_view(asking, ACTION_LIST, &view, err))
        return false;
    json_t *items =
        rows_array(asking->db,
                   SQL(SENSOR_COLUMNS " WHERE s.compartment IN (SELECT compartment FROM visible"
                                      " WHERE view = $1) ORDER BY s.name LIMIT 5000",
                       database_number(view)),
                   err);
    if (!items)
        return false;
    json_array_foreach(items, index, sensor) dress(asking, sensor);
    return answer(asking, 200,
                  json_pack("{s:o, s:n, s:I, s:b}", "items", items, "next", "count",
                            (json_int_t)json_array_size(items), "count_is_exact", 1));
}

static bool answer_sensor(struct asking *asking, unsigned status, int64_t id, struct error *err)
{
    json_t *sensor =
        rows_one(asking->db, SQL(SENSOR_COLUMNS " WHERE s.id = $1", database_number(id)), err);
    if (!sensor)
        return false;
    if (json_is_null(sensor)) {
        json_decref(sensor);
        return refuse_unknown(asking);
    }
    dress(asking, sensor);
    return answer_version(asking, status, sensor,
                          json_integer_value(json_object_get(sensor, "version")));
}

static bool may(struct asking *asking, enum access_action action, bool *is_failed,
                struct error *err)
{
    int64_t compartment;
    *is_failed = !sql_number(asking->db,
                             SQL("SELECT compartment FROM sensor WHERE id = $1",
                                 database_number(asking_id(asking, "id"))),
                             0, &compartment, err);
    if (*is_failed)
        return false;
    if (compartment == 0)
        return !refuse_unknown(asking);
    return compartment_may(asking, action, compartment, is_failed, err);
}

bool sensors_show(struct asking *asking, struct error *err)
{
    bool is_failed;
    if (!may(asking, ACTION_READ, &is_failed, err))
        return !is_failed;
    return answer_sensor(asking, 200, asking_id(asking, "id"), err);
}

struct told {
    const char *name, *basis, *equipment, *sector;
    uint8_t fingerprint[HTTP_DIGEST_OCTETS];
    int64_t organisation;
};

static bool read_told(struct asking *asking, const json_t *body, struct told *out)
{
    static const struct law_text wanted = { "wanted", "入力してください" };
    static const struct law_text no_digest = {
        "64 hexadecimal digits: SHA-256 of the certificate's DER",
        "証明書（DER）のSHA-256を16進64桁で入力してください"
    };
    static const struct law_text no_basis = { "the law knows no such basis",
                                              "法令に定めのない根拠です" };
    const char *fingerprint;
    if (!body_text(asking, body, "name", HUB_NAME_MAX - 1, &out->name) ||
        !body_text(asking, body, "basis", BASIS_NAME_MAX - 1, &out->basis) ||
        !body_text(asking, body, "equipment", 63, &out->equipment) ||
        !body_text(asking, body, "sector", 48, &out->sector) ||
        !body_text(asking, body, "fingerprint", 2 * HTTP_DIGEST_OCTETS, &fingerprint) ||
        !body_number(asking, body, "organisation", asking->actor.organisation,
                     &out->organisation))
        return false;
    if (!*out->name)
        return !refuse_field(asking, "name", wanted);
    if (!law_find_basis(asking->hub->settings.law, bytes_of_string(out->basis)))
        return !refuse_field(asking, "basis", no_basis);
    return text_read_hex(bytes_of_string(fingerprint), out->fingerprint,
                         sizeof out->fingerprint) ||
           !refuse_field(asking, "fingerprint", no_digest);
}

static bool write_told(struct change *change, const struct told *told,
                       const struct compartment *what, int64_t *id, struct error *err)
{
    int64_t compartment;
    char subject[24];
    if (!compartment_intern(change, what, &compartment, err) ||
        !sql_number(change->db, SQL0("SELECT MAX(id) + 1 FROM sensor"), 1, id, err) ||
        !database_run(
            change->db,
            SQL("INSERT INTO sensor (id, name, organisation, sector, fingerprint, basis,"
                " equipment, is_active, seen, program, ledger_key, checkpoint_size, checkpoint,"
                " checkpoint_at, checkpoint_state, compartment, created, updated, version)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0, '', '', 0, '', 0, 'none', $8, $9,"
                " $9, 1)",
                database_number(*id), database_string(told->name),
                database_number(told->organisation), database_number(what->sector),
                database_blob((struct bytes){ told->fingerprint, sizeof told->fingerprint }),
                database_string(told->basis), database_string(told->equipment),
                database_number(compartment), database_number(change->now_ns)),
            NULL, err))
        return false;
    snprintf(subject, sizeof subject, "s%lld", (long long)*id);
    json_t *document =
        rows_one(change->db, SQL(SENSOR_COLUMNS " WHERE s.id = $1", database_number(*id)), err);
    bool is_logged = document && people_log_document(change, subject, "created", document, err);
    json_decref(document);
    return is_logged;
}

static bool create(struct asking *asking, const json_t *body, struct error *err)
{
    struct told told = { 0 };
    struct access_object object;
    struct change change;
    int64_t id;
    bool is_failed;
    if (!read_told(asking, body, &told))
        return true;
    const struct compartment what = { .kind = "sensor",
                                      .basis = told.basis,
                                      .label = LABEL_AMBER,
                                      .organisation = told.organisation,
                                      .sector =
                                          sector_number(asking->hub->settings.law, told.sector),
                                      .is_exercise = asking->hub->settings.is_exercise };
    if (!compartment_of(asking, &what, &object, err))
        return false;
    if (!asking_may(asking, ACTION_ADMINISTER, &object))
        return true;
    if (!organisation_is_known(asking, "organisation", told.organisation, &is_failed, err))
        return !is_failed;
    if (!change_of(asking, &change, err))
        return false;
    if (!write_told(&change, &told, &what, &id, err))
        return change_give_up(&change);
    return change_commit(&change, err) && answer_sensor(asking, 201, id, err);
}

bool sensors_create(struct asking *asking, struct error *err)
{
    json_t *body = asking_body(asking);
    bool is_done = !body || create(asking, body, err);
    json_decref(body);
    return is_done;
}

static bool patch(struct asking *asking, const json_t *body, struct error *err)
{
    int64_t version, id = asking_id(asking, "id");
    const json_t *is_active = json_object_get(body, "is_active");
    const char *equipment;
    struct change change;
    char subject[24];
    snprintf(subject, sizeof subject, "s%lld", (long long)id);
    if (!sql_number(asking->db,
                    SQL("SELECT version FROM sensor WHERE id = $1", database_number(id)), 0,
                    &version, err))
        return false;
    if (!asking_matches(asking, version) ||
        !body_text(asking, body, "equipment", 63, &equipment))
        return true;
    if (!change_of(asking, &change, err))
        return false;
    json_t *document = json_copy((json_t *)(uintptr_t)body);
    bool is_written =
        database_run(
            change.db,
            SQL("UPDATE sensor SET is_active = CASE WHEN $2 < 0 THEN is_active ELSE $2"
                " END, equipment = CASE WHEN $3 = '' THEN equipment ELSE $3 END,"
                " updated = $4, version = version + 1 WHERE id = $1",
                database_number(id),
                database_number(json_is_boolean(is_active) ? json_is_true(is_active) : -1),
                database_string(equipment), database_number(change.now_ns)),
            NULL, err) &&
        people_log_document(&change, subject, "changed", document, err);
    json_decref(document);
    if (!is_written)
        return change_give_up(&change);
    return change_commit(&change, err) && answer_sensor(asking, 200, id, err);
}

bool sensors_change(struct asking *asking, struct error *err)
{
    bool is_failed;
    if (!may(asking, ACTION_ADMINISTER, &is_failed, err))
        return !is_failed;
    json_t *body = asking_body(asking);
    bool is_done = !body || patch(asking, body, err);
    json_decref(body);
    return is_done;
}
