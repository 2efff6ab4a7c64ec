// SPDX-License-Identifier: Apache-2.0
/* What lies with a record: its timeline, notes, tasks, files and links. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "base/utf8.h"
#include "http/target.h"
#include "hub/list_private.h"
#include "hub/record_private.h"

enum { LIST_OF_RECORD_MAX = 2000, FILES_OF_RECORD_MAX = 200, ATTACHMENT_NAME_MAX = 200 };

/* The record of the route, where the asker may; NULL after having answered or failed. */
typedef bool of_record_fn(struct asking *asking, const struct record *record,
                          struct error *err);

static bool with_record(struct asking *asking, enum access_action action, of_record_fn *run,
                        struct error *err)
{
    bool is_failed;
    struct record *record = record_of(asking, asking->db, action, &is_failed, err);
    bool is_done = record ? run(asking, record, err) : !is_failed;
    record_free(record);
    return is_done;
}

static bool answer_items(struct asking *asking, json_t *items)
{
    return items && answer(asking, 200, json_pack("{s:o, s:n}", "items", items, "next"));
}

static bool show_timeline(struct asking *asking, const struct record *record, struct error *err)
{
    static const char sql[] =
        "SELECT 'step' AS kind, s.at AS \"at@time\", s.event AS what, s.before, s.after,"
        " s.person AS \"person@id\", p.display, s.role, '' AS text, s.entry AS"
        " \"entry@number\" FROM step s"
        " LEFT JOIN person p ON p.id = s.person WHERE s.record = $1"
        " UNION ALL SELECT 'vote', v.at, v.event, '', '', v.person, p.display, v.role, '',"
        " v.entry FROM vote v LEFT JOIN person p ON p.id = v.person"
        " WHERE v.record = $1"
        " UNION ALL SELECT 'note', n.at, '', '', '', n.person, p.display, '', n.text, n.entry"
        " FROM note n LEFT JOIN person p ON p.id = n.person WHERE n.record = $1"
        " AND n.label <= $3"
        " UNION ALL SELECT 'file', a.at, a.type, '', '', a.person, p.display, '', a.name,"
        " a.entry FROM attachment a LEFT JOIN person p ON p.id = a.person"
        " WHERE a.record = $1 ORDER BY 10 LIMIT $2";
    return answer_items(asking, rows_array(asking->db,
                                           SQL(sql, database_number(record->id),
                                               database_number(LIST_OF_RECORD_MAX),
                                               database_number(record->label)),
                                           err));
}

bool record_timeline(struct asking *asking, struct error *err)
{
    return with_record(asking, ACTION_HISTORY, show_timeline, err);
}

/* An entry "record_written" of what was added, by the digest of its document. */
struct added {
    const char *event;
    const uint8_t *digest;
    int64_t number; /* of its entry, once it has one */
};

static bool log_added(struct change *change, const struct record *record, struct added *added,
                      struct error *err)
{
    char hex[2 * HUB_DIGEST_OCTETS + 1];
    struct text to = text_over(hex, sizeof hex);
    struct asking_actor actor = asking_name(change->person);
    text_put_hex(&to, (struct bytes){ added->digest, HUB_DIGEST_OCTETS });
    struct entry entry = entry_begin(ENTRY_RECORD_WRITTEN, change->now_ns);
    entry_set_text(&entry, ENTRY_SUBJECT, bytes_of_string(record->name));
    entry_set_text(&entry, ENTRY_EVENT, bytes_of_string(added->event));
    entry_set_text(&entry, ENTRY_ACTOR, bytes_of_string(actor.text));
    entry_set_text(&entry, ENTRY_PROCEDURE, bytes_of_string(record->subject.procedure->id));
    entry_set_text(&entry, ENTRY_DIGEST, text_bytes(&to));
    return change_log(change, &entry, &added->number, err) &&
           change_happened(change, added->event, record->name, record->compartment, err);
}

/* A record takes so much and no more: what is beyond would be kept and never listed. */
static bool is_full(struct asking *asking, const struct database_statement *count, int64_t max,
                    bool *out, struct error *err)
{
    static const struct law_text many = { "this record has as many as it takes",
                                          "この手続に追加できる上限に達しました" };
    int64_t kept;
    if (!sql_number(asking->db, count, 0, &kept, err))
        return false;
    *out = kept >= max;
    if (*out)
        (void)refuse_as(asking, 409, "many", many);
    return true;
}

/* ---- notes ---- */

static bool show_notes(struct asking *asking, const struct record *record, struct error *err)
{
    return answer_items(
        asking,
        rows_array(asking->db,
                   SQL("SELECT n.id AS \"id@id\", n.person AS \"person@id\", p.display, n.at AS"
                       " \"at@time\", n.label AS \"label@label\", n.text FROM note n"
                       " JOIN person p ON p.id = n.person WHERE n.record = $1 AND n.label <= $3"
                       " ORDER BY n.id LIMIT $2",
                       database_number(record->id), database_number(LIST_OF_RECORD_MAX),
                       database_number(record->label)),
                   err));
}

bool notes_list(struct asking *asking, struct error *err)
{
    return with_record(asking, ACTION_READ, show_notes, err);
}

static bool write_note(struct change *change, const struct record *record, const char *text,
                       int64_t *id, struct error *err)
{
    uint8_t digest[HUB_DIGEST_OCTETS];
    struct added added = { "note", digest, 0 };
    json_t *document = json_pack("{s:s, s:s}", "record", record->name, "note", text);
    bool is_kept = document && change_document(change, document, digest, err);
    json_decref(document);
    return is_kept && log_added(change, record, &added, err) &&
           sql_number(change->db, SQL0("SELECT MAX(id) + 1 FROM note"), 1, id, err) &&
           database_run(change->db,
                        SQL("INSERT INTO note (id, record, person, at, label, text, entry)"
                            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                            database_number(*id), database_number(record->id),
                            database_number(change->person), database_number(change->now_ns),
                            database_number(record->label), database_string(text),
                            database_number(added.number)),
                        NULL, err);
}

static bool add_note(struct asking *asking, const struct record *record, struct error *err)
{
    static const struct law_text wanted = { "wanted", "入力してください" };
    struct change change;
    const char *text;
    int64_t id = 0;
    bool is_done = true, is_over;
    if (!is_full(
            asking,
            SQL("SELECT COUNT(*) FROM note WHERE record = $1", database_number(record->id)),
            LIST_OF_RECORD_MAX, &is_over, err))
        return false;
    json_t *body = is_over ? NULL : asking_body(asking);
    if (!body || !body_text(asking, body, "text", RECORD_NOTE_MAX, &text)) {
        json_decref(body);
        return true;
    }
    if (!*text)
        is_done = refuse_field(asking, "text", wanted);
    else if (!change_of(asking, &change, err))
        is_done = false;
    else if (!write_note(&change, record, text, &id, err))
        is_done = change_give_up(&change);
    else
        is_done = change_commit(&change, err);
    json_decref(body);
    if (!is_done || asking->status != 0)
        return is_done;
    return answer(asking, 201, json_pack("{s:I}", "id", (json_int_t)id));
}

bool notes_add(struct asking *asking, struct error *err)
{
    return with_record(asking, ACTION_STEP, add_note, err);
}

/* ---- tasks ---- */

static bool show_tasks(struct asking *asking, const struct record *record, struct error *err)
{
    return answer_items(
        asking,
        rows_array(asking->db,
                   SQL("SELECT t.id AS \"id@id\", t.text, t.assignee AS \"assignee@id\","
                       " p.display, t.due AS \"due@time\", t.done AS \"done@time\", t.at AS"
                       " \"at@time\" FROM task t LEFT JOIN person p ON p.id = t.assignee"
                       " WHERE t.record = $1 ORDER BY t.id LIMIT $2",
                       database_number(record->id), database_number(LIST_OF_RECORD_MAX)),
                   err));
}

bool tasks_list(struct asking *asking, struct error *err)
{
    return with_record(asking, ACTION_READ, show_tasks, err);
}

static bool write_task(struct asking *asking, const struct record *record, const json_t *body,
                       struct error *err)
{
    static const struct law_text wanted = { "wanted", "入力してください" };
    struct change change;
    const char *text;
    int64_t id, assignee, due_ns;
    if (!body_text(asking, body, "text", 1000, &text) ||
        !body_number(asking, body, "assignee", 0, &assignee) ||
        !body_time(asking, body, "due", 0, &due_ns))
        return true;
    if (!*text)
        return refuse_field(asking, "text", wanted);
    if (!change_of(asking, &change, err))
        return false;
    if (!sql_number(change.db, SQL0("SELECT MAX(id) + 1 FROM task"), 1, &id, err) ||
        !database_run(change.db,
                      SQL("INSERT INTO task (id, record, text, assignee, due, made_by, at)"
                          " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                          database_number(id), database_number(record->id),
                          database_string(text),
                          assignee ? database_number(assignee) : database_null(),
                          due_ns ? database_number(due_ns) : database_null(),
                          database_number(change.person), database_number(change.now_ns)),
                      NULL, err))
        return change_give_up(&change);
    return change_commit(&change, err) &&
           answer(asking, 201, json_pack("{s:I}", "id", (json_int_t)id));
}

static bool add_task(struct asking *asking, const struct record *record, struct error *err)
{
    bool is_over;
    if (!is_full(
            asking,
            SQL("SELECT COUNT(*) FROM task WHERE record = $1", database_number(record->id)),
            LIST_OF_RECORD_MAX, &is_over, err))
        return false;
    json_t *body = is_over ? NULL : asking_body(asking);
    bool is_done = !body || write_task(asking, record, body, err);
    json_decref(body);
    return is_done;
}

bool tasks_add(struct asking *asking, struct error *err)
{
    return with_record(asking, ACTION_STEP, add_task, err);
}

static bool end_task(struct asking *asking, const struct record *record, struct error *err)
{
    struct change change;
    int64_t changed = 0;
    json_t *body = asking_body(asking);
    if (!body)
        return true;
    bool is_done = json_is_true(json_object_get(body, "done"));
    json_decref(body);
    if (!change_of(asking, &change, err))
        return false;
    if (!database_run(change.db,
                      SQL("UPDATE task SET done = $3 WHERE id = $1 AND record = $2",
                          database_number(asking_id(asking, "task")),
                          database_number(record->id),
                          is_done ? database_number(change.now_ns) : database_null()),
                      &changed, err))
        return change_give_up(&change);
    if (!change_commit(&change, err))
        return false;
    return changed == 1 ? answer_nothing(asking) : refuse_unknown(asking);
}

bool tasks_change(struct asking *asking, struct error *err)
{
    return with_record(asking, ACTION_STEP, end_task, err);
}

/* ---- files, by their digest ---- */

static bool show_attachments(struct asking *asking, const struct record *record,
                             struct error *err)
{
    return answer_items(
        asking,
        rows_array(
            asking->db,
            SQL("SELECT digest AS \"digest@hex\", name, type, octets AS \"octets@number\","
                " person AS \"person@id\", at AS \"at@time\" FROM attachment"
                " WHERE record = $1 ORDER BY id LIMIT $2",
                database_number(record->id), database_number(LIST_OF_RECORD_MAX)),
            err));
}

bool attachments_list(struct asking *asking, struct error *err)
{
    return with_record(asking, ACTION_READ, show_attachments, err);
}

struct file {
    char name[ATTACHMENT_NAME_MAX + 1];
    const char *type;
    struct bytes octets;
    uint8_t digest[HUB_DIGEST_OCTETS];
};

static bool write_file(struct change *change, const struct record *record,
                       const struct file *file, struct error *err)
{
    struct bytes digest = { file->digest, HUB_DIGEST_OCTETS };
    int64_t id;
    struct added added = { "file", file->digest, 0 };
    return log_added(change, record, &added, err) &&
           database_run(change->db,
                        SQL("INSERT INTO content (digest, octets) VALUES ($1, $2)"
                            " ON CONFLICT (digest) DO NOTHING",
                            database_blob(digest), database_blob(file->octets)),
                        NULL, err) &&
           sql_number(change->db, SQL0("SELECT MAX(id) + 1 FROM attachment"), 1, &id, err) &&
           database_run(
               change->db,
               SQL("INSERT INTO attachment (id, record, digest, name, type, octets,"
                   " person, at, entry) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                   database_number(id), database_number(record->id), database_blob(digest),
                   database_string(file->name), database_string(file->type),
                   database_number((int64_t)file->octets.len), database_number(change->person),
                   database_number(change->now_ns), database_number(added.number)),
               NULL, err);
}

/* RFC 5023 9.7: UTF-8, percent-encoded.  A name is read by people: nothing in it that cannot
 * be seen. */
static bool read_name(struct asking *asking, struct file *file)
{
    static const struct law_text bad = {
        "a name in UTF-8, percent-encoded, of 200 octets at most",
        "パーセント符号化したUTF-8で、200オクテットまで"
    };
    char given[3 * ATTACHMENT_NAME_MAX + 1];
    const char *slug = http_header(asking->request, "Slug");
    struct text raw = text_over(given, sizeof given);
    struct text name = text_over(file->name, sizeof file->name);
    text_put_string(&raw, slug && *slug ? slug : "file");
    http_percent_decode(given, false);
    utf8_put_clean(&name, bytes_of_string(given));
    bool is_good = !raw.cut && !name.cut && name.len > 0 && strcmp(given, file->name) == 0;
    return is_good || !refuse_field(asking, "Slug", bad);
}

static bool add_file(struct asking *asking, const struct record *record, struct error *err)
{
    static const struct law_text empty = { "the file is empty", "ファイルが空です" };
    const char *type = http_header(asking->request, "Content-Type");
    struct file file = { .octets = asking->request->body,
                         .type = type && header_is_printable(type, 99)
                                     ? type
                                     : "application/octet-stream" };
    struct change change;
    bool is_over;
    if (!read_name(asking, &file))
        return true;
    if (file.octets.len == 0)
        return refuse_as(asking, 400, "empty", empty);
    if (!is_full(asking,
                 SQL("SELECT COUNT(*) FROM attachment WHERE record = $1",
                     database_number(record->id)),
                 FILES_OF_RECORD_MAX, &is_over, err))
        return false;
    if (is_over)
        return true;
    crypto_hash_sha256(file.digest, file.octets.at, file.octets.len);
    if (!change_of(asking, &change, err))
        return false;
    if (!write_file(&change, record, &file, err))
        return change_give_up(&change);
    char hex[2 * HUB_DIGEST_OCTETS + 1];
    struct text digest = text_over(hex, sizeof hex);
    text_put_hex(&digest, (struct bytes){ file.digest, sizeof file.digest });
    return change_commit(&change, err) &&
           answer(asking, 201,
                  json_pack("{s:s, s:s, s:I}", "digest", hex, "name", file.name, "octets",
                            (json_int_t)file.octets.len));
}

bool attachments_add(struct asking *asking, struct error *err)
{
    return with_record(asking, ACTION_CHANGE, add_file, err);
}

/* Never shown in the page's origin as what it says it is: always a download. */
static bool give_file(struct asking *asking, const struct record *record, struct error *err)
{
    uint8_t digest[HUB_DIGEST_OCTETS];
    const char *hex = http_variable(asking->request, "digest");
    if (!text_read_hex(bytes_of_string(hex ? hex : ""), digest, sizeof digest))
        return refuse_unknown(asking);
    struct database_rows *rows = database_ask(
        asking->db,
        SQL("SELECT c.octets FROM attachment a JOIN content c ON c.digest = a.digest"
            " WHERE a.record = $1 AND a.digest = $2",
            database_number(record->id),
            database_blob((struct bytes){ digest, sizeof digest })),
        err);
    if (!rows)
        return false;
    enum database_step step = database_step(rows, err);
    if (step == DATABASE_ROW) {
        asking->status = 200;
        http_set_header(asking->reply, "Content-Disposition", "attachment");
        http_set_header(asking->reply, "Cache-Control", "no-store");
        http_body(asking->reply, "application/octet-stream", database_get_blob(rows, 0));
    }
    database_end(rows);
    if (step == DATABASE_END)
        return refuse_unknown(asking);
    return step == DATABASE_ROW;
}

bool attachments_show(struct asking *asking, struct error *err)
{
    return with_record(asking, ACTION_READ, give_file, err);
}
