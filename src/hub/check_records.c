// SPDX-License-Identifier: Apache-2.0
/* Records and their steps, notes and files: the state is that of the last step, the fields are
 * those of the last document. */
#include <stdio.h>
#include <string.h>

#include "hub/check_private.h"
#include "hub/record_private.h"

static void where_row(char room[CHECK_WHERE_MAX], const char *what,
                      const struct database_rows *rows, size_t name, size_t id)
{
    struct bytes text = database_get_text(rows, name);
    snprintf(room, CHECK_WHERE_MAX, "%s %lld of %.*s", what,
             (long long)database_get_number(rows, id), (int)text.len, (const char *)text.at);
}

static void take_step(struct check *check, const struct database_rows *rows)
{
    char where[CHECK_WHERE_MAX];
    struct entry entry;
    const struct check_beside beside = { rows, where, 8, 9, ENTRY_PROCEDURE_STEP, &entry };
    where_row(where, "step", rows, 1, 0);
    if (!check_entry(check, &beside))
        return;
    struct asking_actor actor = asking_name(database_get_number(rows, 5));
    struct check_hex document = check_sha256(database_get_text(rows, 7));
    check_text(check, &beside, "record", database_get_text(rows, 1), ENTRY_SUBJECT);
    check_text(check, &beside, "event", database_get_text(rows, 2), ENTRY_EVENT);
    check_text(check, &beside, "before", database_get_text(rows, 3), ENTRY_STATE_BEFORE);
    check_text(check, &beside, "after", database_get_text(rows, 4), ENTRY_STATE);
    check_text(check, &beside, "person", bytes_of_string(actor.text), ENTRY_ACTOR);
    check_digest(check, &beside, "digest", database_get_blob(rows, 6));
    check_text(check, &beside, "document", bytes_of_string(document.text), ENTRY_DIGEST);
}

static const char steps[] =
    "SELECT s.id, r.name, s.event, s.before, s.after, s.person, s.digest, s.document, s.entry,"
    " e.octets FROM step s JOIN record r ON r.id = s.record"
    " LEFT JOIN entry e ON e.number = s.entry ORDER BY s.id";

static void take_rowless(struct check *check, const struct database_rows *rows)
{
    char where[CHECK_WHERE_MAX];
    struct bytes subject = database_get_text(rows, 1), kind = database_get_text(rows, 2);
    snprintf(where, sizeof where, "entry %lld", (long long)database_get_number(rows, 0));
    check_tell(check, where, "the %.*s of %.*s that it tells of has no row", (int)kind.len,
               (const char *)kind.at, (int)subject.len, (const char *)subject.at);
}

static const char *const rowless[] = {
    "SELECT e.number, e.subject, e.kind FROM entry e LEFT JOIN step s ON s.entry = e.number"
    " WHERE e.kind = 'procedure_step' AND s.entry IS NULL ORDER BY e.number",
    "SELECT e.number, e.subject, e.kind FROM entry e LEFT JOIN vote v ON v.entry = e.number"
    " WHERE e.kind = 'vote_cast' AND v.entry IS NULL ORDER BY e.number",
    "SELECT e.number, e.subject, e.kind FROM entry e LEFT JOIN batch b ON b.entry = e.number"
    " WHERE e.kind = 'batch_received' AND b.entry IS NULL ORDER BY e.number",
    "SELECT e.number, e.subject, e.kind FROM entry e LEFT JOIN record r ON r.name = e.subject"
    " WHERE e.kind = 'record_written' AND r.name IS NULL ORDER BY e.number",
};

/* Notes and files share their kind with what needs no row of its own. */
static void take_added(struct check *check, const struct database_rows *rows)
{
    struct text escapes = text_over(check->escapes, sizeof check->escapes);
    struct entry entry;
    if (entry_read(database_get_blob(rows, 3), &escapes, &entry) != FAULT_NONE)
        return; /* told of already */
    struct bytes event = entry.values[ENTRY_EVENT].text;
    if (bytes_equal(event, BYTES("note")) || bytes_equal(event, BYTES("file")))
        take_rowless(check, rows);
}

static const char added[] =
    "SELECT e.number, e.subject, e.kind, e.octets FROM entry e"
    " LEFT JOIN note n ON n.entry = e.number LEFT JOIN attachment a ON a.entry = e.number"
    " WHERE e.kind = 'record_written' AND n.entry IS NULL AND a.entry IS NULL"
    " ORDER BY e.number";

static void take_note(struct check *check, const struct database_rows *rows)
{
    char where[CHECK_WHERE_MAX];
    struct entry entry;
    const struct check_beside beside = { rows, where, 4, 5, ENTRY_RECORD_WRITTEN, &entry };
    struct bytes name = database_get_text(rows, 1), text = database_get_text(rows, 3);
    where_row(where, "note", rows, 1, 0);
    if (!check_entry(check, &beside))
        return;
    struct asking_actor actor = asking_name(database_get_number(rows, 2));
    json_t *document = json_pack("{s:s%, s:s%}", "record", (const char *)name.at, name.len,
                                 "note", (const char *)text.at, text.len);
    struct check_hex digest = check_json(document);
    check_text(check, &beside, "text", bytes_of_string(digest.text), ENTRY_DIGEST);
    check_text(check, &beside, "person", bytes_of_string(actor.text), ENTRY_ACTOR);
    json_decref(document);
}

static void take_file(struct check *check, const struct database_rows *rows)
{
    char where[CHECK_WHERE_MAX];
    struct entry entry;
    const struct check_beside beside = { rows, where, 4, 5, ENTRY_RECORD_WRITTEN, &entry };
    where_row(where, "attachment", rows, 1, 0);
    if (!check_entry(check, &beside))
        return;
    check_digest(check, &beside, "digest", database_get_blob(rows, 3));
    if (database_is_null(rows, 6))
        check_tell(check, where, "column digest: what it names is missing");
}

static void take_batch(struct check *check, const struct database_rows *rows)
{
    char where[CHECK_WHERE_MAX];
    struct entry entry;
    const struct check_beside beside = { rows, where, 4, 5, ENTRY_BATCH_RECEIVED, &entry };
    where_row(where, "batch of sensor", rows, 1, 0);
    if (!check_entry(check, &beside))
        return;
    check_text(check, &beside, "kind", database_get_text(rows, 2), ENTRY_PRODUCT);
    check_digest(check, &beside, "digest", database_get_blob(rows, 3));
}

/* ---- records ---- */

static const json_t *said(const struct check *check, const char *subject, const char *what)
{
    return json_object_get(json_object_get(check->subjects, subject), what);
}

static void compare_text(struct check *check, const char *name, const char *column,
                         struct bytes has, const json_t *document)
{
    const char *wanted = json_string_value(json_object_get(document, column));
    long long entry = (long long)json_integer_value(json_object_get(document, "entry"));
    if (wanted && !bytes_equal(has, bytes_of_string(wanted)))
        check_tell(check, name, "column %s: it says %.*s, the document of entry %lld says %s",
                   column, (int)has.len, (const char *)has.at, entry, wanted);
}

static void compare_number(struct check *check, const char *name, const char *column,
                           int64_t has, const json_t *document)
{
    const json_t *wanted = json_object_get(document, column);
    long long entry = (long long)json_integer_value(json_object_get(document, "entry"));
    if (wanted && json_integer_value(wanted) != has)
        check_tell(check, name, "column %s: it says %lld, the document of entry %lld says %lld",
                   column, (long long)has, entry, (long long)json_integer_value(wanted));
}

/* "" where the law's data does not have it (any more). */
static const char *first_state(struct check *check, const struct database_rows *rows)
{
    struct procedure_case subject;
    char id[48], basis[BASIS_NAME_MAX];
    const struct law *law = check->settings->law;
    struct text id_to = text_over(id, sizeof id), basis_to = text_over(basis, sizeof basis);
    uint64_t edition = 0;
    text_put(&id_to, database_get_text(rows, 6));
    text_put(&basis_to, database_get_text(rows, 8));
    if (!text_read_u64(database_get_text(rows, 7), UINT32_MAX, &edition))
        return "";
    const struct procedure *procedure =
        procedure_find_version(law->procedures, law->procedure_count, id, (unsigned)edition);
    if (!procedure || !procedure_begin(law, procedure, basis, "x", &subject))
        return "";
    return procedure->states[subject.state].id;
}

static void compare_state(struct check *check, const char *name,
                          const struct database_rows *rows)
{
    const json_t *step = said(check, name, "step");
    struct bytes has = database_get_text(rows, 1);
    const char *wanted = json_string_value(json_object_get(step, "after"));
    if (!wanted)
        wanted = first_state(check, rows);
    if (!bytes_equal(has, bytes_of_string(wanted)))
        check_tell(check, name, "column state: it says %.*s, entry %lld says %s", (int)has.len,
                   (const char *)has.at,
                   (long long)json_integer_value(json_object_get(step, "entry")), wanted);
}

static void take_record(struct check *check, const struct database_rows *rows)
{
    char name[CHECK_WHERE_MAX];
    struct text to = text_over(name, sizeof name);
    text_put(&to, database_get_text(rows, 0));
    const json_t *written = said(check, name, "written");
    if (!written) {
        check_tell(check, name, "no entry of the ledger says that it was made");
        return;
    }
    struct bytes label =
        bytes_of_string(access_label_name((enum access_label)database_get_number(rows, 3)));
    compare_state(check, name, rows);
    compare_text(check, name, "title", database_get_text(rows, 2), written);
    compare_text(check, name, "label", label, written);
    compare_number(check, name, "organisation", database_get_number(rows, 4), written);
    compare_number(check, name, "sector", database_get_number(rows, 5), written);
    struct check_hex digest = check_sha256(database_get_blob(rows, 9));
    if (!database_is_null(rows, 9) &&
        strcmp(digest.text, check_hex(database_get_blob(rows, 10)).text) != 0)
        check_tell(check, name, "column payload: its digest is %s, and not payload_digest",
                   digest.text);
}

static const char records[] = "SELECT name, state, title, label, organisation, sector, "
                              "procedure, edition, basis, payload,"
                              " payload_digest FROM record ORDER BY id";

/* Fields of one record stand together. */
static void end_fields(struct check *check)
{
    const json_t *written = said(check, check->group, "written");
    const json_t *step = said(check, check->group, "step");
    json_int_t written_at = json_integer_value(json_object_get(written, "entry"));
    json_int_t step_at = step ? json_integer_value(json_object_get(step, "entry")) : -1;
    const json_t *last = step_at > written_at ? step : written;
    const char *wanted = json_string_value(json_object_get(last, "fields"));
    if (check->grouped && wanted && strcmp(check_json(check->grouped).text, wanted) != 0)
        check_tell(check, check->group,
                   "fields: they are not those of the document of entry %lld",
                   (long long)(step_at > written_at ? step_at : written_at));
    json_decref(check->grouped);
    check->grouped = NULL;
}

static void take_field(struct check *check, const struct database_rows *rows)
{
    struct bytes name = database_get_text(rows, 0), text = database_get_text(rows, 2);
    char field[64];
    struct text field_to = text_over(field, sizeof field);
    if (check->grouped && !bytes_equal(name, bytes_of_string(check->group)))
        end_fields(check);
    if (!check->grouped) {
        struct text to = text_over(check->group, sizeof check->group);
        check->grouped = json_object();
        text_put(&to, name);
    }
    text_put(&field_to, database_get_text(rows, 1));
    if (!database_is_null(rows, 1))
        json_object_set_new(check->grouped, field,
                            json_loadb((const char *)text.at, text.len, JSON_DECODE_ANY, NULL));
}

bool check_records(struct check *check, struct error *err)
{
    for (size_t i = 0; i < sizeof rowless / sizeof *rowless; i++) {
        if (!check_each(check, rowless[i], take_rowless, err))
            return false;
    }
    if (!check_each(check, added, take_added, err) ||
        !check_each(check, steps, take_step, err) ||
        !check_each(check, records, take_record, err) ||
        !check_each(check,
                    "SELECT r.name, f.name, f.value FROM record r"
                    " LEFT JOIN field f ON f.record = r.id ORDER BY r.id, f.name",
                    take_field, err))
        return false;
    end_fields(check);
    return check_each(check,
                      "SELECT n.id, r.name, n.person, n.text, n.entry, e.octets FROM note n"
                      " JOIN record r ON r.id = n.record"
                      " LEFT JOIN entry e ON e.number = n.entry ORDER BY n.id",
                      take_note, err) &&
           check_each(check,
                      "SELECT a.id, r.name, a.person, a.digest, a.entry, e.octets, c.digest"
                      " FROM attachment a JOIN record r ON r.id = a.record"
                      " LEFT JOIN content c ON c.digest = a.digest"
                      " LEFT JOIN entry e ON e.number = a.entry ORDER BY a.id",
                      take_file, err) &&
           check_each(check,
                      "SELECT b.sensor, b.id, b.kind, b.digest, b.entry, e.octets FROM batch b"
                      " LEFT JOIN entry e ON e.number = b.entry ORDER BY b.entry",
                      take_batch, err);
}
