// SPDX-License-Identifier: Apache-2.0
/* The ledgers of sensors: each checkpoint must go on from the one before, so that none can be
 * rewritten once a hub has seen it. */
#include "base/time.h"
#include "hub/intake_private.h"
#include "proof/checkpoint.h"
#include "proof/note.h"

struct seen {
    struct text note, key;
    char note_room[NOTE_OCTETS_MAX], key_room[NOTE_KEY_TEXT_MAX];
    struct tree_head head; /* size 0: none yet */
};

struct told {
    struct bytes note;
    struct tree_head head;
    struct tree_proof proof;
};

static bool read_head(struct bytes octets, const char *key_text, struct tree_head *out)
{
    struct note note;
    struct checkpoint checkpoint;
    struct note_key key;
    if (note_read(octets, &note) != FAULT_NONE ||
        checkpoint_read(note.text, &checkpoint) != FAULT_NONE)
        return false;
    *out = checkpoint.head;
    return key_text[0] == '\0' ||
           (note_key_read(bytes_of_string(key_text), &key) == FAULT_NONE &&
            note_check(&note, &key) == FAULT_NONE);
}

static bool load_seen(struct asking *asking, struct database *db, struct seen *out,
                      struct error *err)
{
    struct database_rows *rows =
        database_ask(db,
                     SQL("SELECT checkpoint, ledger_key FROM sensor WHERE id = $1",
                         database_number(asking->sensor.id)),
                     err);
    if (!rows)
        return false;
    enum database_step step = database_step(rows, err);
    out->note = text_over(out->note_room, sizeof out->note_room);
    out->key = text_over(out->key_room, sizeof out->key_room);
    out->head = (struct tree_head){ .size = 0 };
    if (step == DATABASE_ROW) {
        text_put(&out->note, database_get_text(rows, 0));
        text_put(&out->key, database_get_text(rows, 1));
    }
    database_end(rows);
    if (out->note.len > 0 && !read_head(text_bytes(&out->note), "", &out->head))
        return error_set(err, 0, "the kept checkpoint of sensor %s cannot be read",
                         asking->sensor.name);
    return step != DATABASE_FAILED;
}

static bool read_proof(const json_t *array, struct tree_proof *out)
{
    size_t count = json_array_size(array);
    bool good = json_is_array(array) && count <= TREE_PROOF_MAX;
    out->count = good ? count : 0;
    for (size_t i = 0; good && i < count; i++) {
        const char *hex = json_string_value(json_array_get(array, i));
        good = hex && text_read_hex(bytes_of_string(hex), out->hashes[i].octets,
                                    sizeof out->hashes[i].octets);
    }
    return good;
}

static bool read_told(struct asking *asking, const json_t *body, const char *key,
                      struct told *out)
{
    uint64_t size = 0;
    const char *variable = http_variable(asking->request, "size");
    const json_t *note = json_object_get(body, "note");
    out->note =
        (struct bytes){ (const uint8_t *)json_string_value(note), json_string_length(note) };
    return json_is_string(note) && out->note.len <= NOTE_OCTETS_MAX && variable &&
           text_read_u64(bytes_of_string(variable), TREE_SIZE_MAX, &size) &&
           read_head(out->note, key, &out->head) && out->head.size == size &&
           read_proof(json_object_get(body, "proof"), &out->proof);
}

static bool write_seen(struct change *change, struct asking *asking, const struct told *told,
                       bool goes_on, struct error *err)
{
    char hex[2 * TREE_HASH_OCTETS + 1];
    struct text root = text_over(hex, sizeof hex);
    struct entry entry = entry_begin(ENTRY_CHECKPOINT_SEEN, change->now_ns);
    text_put_hex(&root, (struct bytes){ told->head.root.octets, TREE_HASH_OCTETS });
    entry_set_text(&entry, ENTRY_DIGEST, text_bytes(&root));
    entry_set_text(&entry, ENTRY_SUBJECT, bytes_of_string(asking->sensor.name));
    entry_set_text(&entry, ENTRY_VERDICT, goes_on ? BYTES("allowed") : BYTES("refused"));
    if (!goes_on)
        entry_set_text(&entry, ENTRY_REASON, BYTES("it does not go on from the one before"));
    entry_set_count(&entry, ENTRY_RECORDS, told->head.size);
    if (!change_log(change, &entry, NULL, err))
        return false;
    if (!goes_on) /* what was seen first stays: it is the proof */
        return database_run(change->db,
                            SQL("UPDATE sensor SET checkpoint_state = 'broken',"
                                " seen = $2 WHERE id = $1",
                                database_number(asking->sensor.id),
                                database_number(change->now_ns)),
                            NULL, err) &&
               change_happened(change, "sensor", asking->sensor.name,
                               asking->sensor.compartment, err);
    return database_run(change->db,
                        SQL("UPDATE sensor SET checkpoint_size = $2, checkpoint = $3,"
                            " checkpoint_at = $4, checkpoint_state = 'consistent', seen = $4"
                            " WHERE id = $1",
                            database_number(asking->sensor.id),
                            database_number((int64_t)told->head.size),
                            database_text(told->note), database_number(change->now_ns)),
                        NULL, err);
}

/* Whether it goes on is asked under the lock of the one writer. */
static bool take_checkpoint(struct asking *asking, const struct told *told, bool *goes_on,
                            struct error *err)
{
    static _Thread_local struct seen seen;
    struct change change;
    if (!change_begin(asking->hub, &change, err))
        return false;
    if (!load_seen(asking, change.db, &seen, err))
        return change_give_up(&change);
    *goes_on =
        seen.head.size == 0 || tree_check_consistency(&told->proof, &seen.head, &told->head);
    return write_seen(&change, asking, told, *goes_on, err) ? change_commit(&change, err)
                                                            : change_give_up(&change);
}

bool intake_checkpoint(struct asking *asking, struct error *err)
{
    static _Thread_local struct seen seen;
    struct told told = { .proof = { .count = 0 } };
    bool goes_on = false;
    json_t *body = asking_body(asking);
    if (!body)
        return true;
    bool is_done = load_seen(asking, asking->db, &seen, err);
    bool is_read = is_done && read_told(asking, body, seen.key_room, &told);
    if (is_read)
        is_done = take_checkpoint(asking, &told, &goes_on, err);
    json_decref(body);
    if (!is_done)
        return false;
    if (!is_read)
        return refuse_as(asking, 400, "checkpoint",
                         (struct law_text){ "this is no checkpoint of this sensor's ledger",
                                            "このセンサーの台帳のチェックポイントではない" });
    if (!goes_on)
        return refuse_as(
            asking, 409, "ledger-broken",
            (struct law_text){ "the ledger does not go on from what was seen of it",
                               "台帳が以前に確認した内容から続いていない" });
    return answer(asking, 201, json_pack("{s:I}", "size", (json_int_t)told.head.size));
}

bool intake_status(struct asking *asking, struct error *err)
{
    json_t *row = rows_one(
        asking->db,
        SQL("SELECT (SELECT b.id FROM batch b WHERE b.sensor = s.id ORDER BY b.at DESC,"
            " b.entry DESC LIMIT 1) AS batch, checkpoint_size AS \"checkpoint@number\""
            " FROM sensor s WHERE s.id = $1",
            database_number(asking->sensor.id)),
        err);
    return row && answer(asking, 200, row);
}
