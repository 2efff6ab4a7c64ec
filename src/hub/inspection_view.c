// SPDX-License-Identifier: Apache-2.0
/* What somebody could do with a record at a moment: both as the ledger had them then, judged by
 * the one function that judges now (access_judge), with the law's data of now. */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "hub/oversight_private.h"
#include "hub/record_private.h"
#include "hub/text_private.h"

/* What the entries of one subject came to by then. */
struct then {
    bool is_there;
    char state[48];
    uint8_t digest[HUB_DIGEST_OCTETS]; /* of its last whole document */
    bool has_document;
    int64_t entry; /* that document's */
};

static struct bytes text_of(const struct entry *entry, enum entry_field field)
{
    return entry_has(entry, field) ? entry->values[field].text : BYTES("");
}

static bool is_whole(const struct entry *entry)
{
    struct bytes event = text_of(entry, ENTRY_EVENT);
    return entry->kind == ENTRY_REGISTER_CHANGED ||
           (entry->kind == ENTRY_RECORD_WRITTEN &&
            (bytes_equal(event, BYTES("created")) || bytes_equal(event, BYTES("changed"))));
}

static void take(struct then *then, int64_t number, struct bytes octets)
{
    char room[ENTRY_OCTETS_MAX + 1];
    struct text escapes = text_over(room, sizeof room);
    struct entry entry;
    if (entry_read(octets, &escapes, &entry) != FAULT_NONE)
        return;
    then->is_there = true;
    if (entry.kind == ENTRY_PROCEDURE_STEP) {
        struct text state = text_over(then->state, sizeof then->state);
        text_put(&state, text_of(&entry, ENTRY_STATE));
    }
    if (is_whole(&entry) && entry_has(&entry, ENTRY_DIGEST) &&
        text_read_hex(text_of(&entry, ENTRY_DIGEST), then->digest, sizeof then->digest)) {
        then->has_document = true;
        then->entry = number;
    }
}

static bool replay(struct asking *asking, const char *subject, int64_t at_ns, struct then *out,
                   struct error *err)
{
    struct database_rows *rows =
        database_ask(asking->db,
                     SQL("SELECT number, octets FROM entry WHERE subject = $1 AND at <= $2"
                         " ORDER BY number",
                         database_string(subject), database_number(at_ns)),
                     err);
    if (!rows)
        return false;
    enum database_step step;
    *out = (struct then){ .is_there = false };
    while ((step = database_step(rows, err)) == DATABASE_ROW)
        take(out, database_get_number(rows, 0), database_get_blob(rows, 1));
    database_end(rows);
    return step == DATABASE_END;
}

/* JSON null where there was none. */
static json_t *document_of(struct asking *asking, const struct then *then, struct error *err)
{
    json_t *row =
        rows_one(asking->db,
                 SQL("SELECT octets AS \"document@json\" FROM document WHERE digest = $1",
                     database_blob((struct bytes){ then->digest, sizeof then->digest })),
                 err);
    json_t *document = json_object_get(row, "document");
    json_t *out =
        row ? (document && then->has_document ? json_incref(document) : json_null()) : NULL;
    json_decref(row);
    return out;
}

static int64_t moment_of(const json_t *object, const char *name, int64_t missing)
{
    const char *text = json_string_value(json_object_get(object, name));
    int64_t at_ns;
    return text && time_read(bytes_of_string(text), &at_ns) ? at_ns : missing;
}

static int64_t id_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    uint64_t id = 0;
    return text && text_read_u64(bytes_of_string(text), INT64_MAX, &id) ? (int64_t)id : 0;
}

static void take_roles(const struct law *law, const json_t *document, struct access_actor *out)
{
    const json_t *role;
    size_t index;
    json_array_foreach(json_object_get(document, "roles"), index, role)
    {
        const char *id = json_string_value(json_object_get(role, "role"));
        const struct law_role *known = id ? law_find_role(law, id) : NULL;
        if (!known || out->role_count == ACCESS_ROLES_MAX)
            continue;
        out->roles[out->role_count++] = (struct access_role){
            .id = known->id,
            .organisation = id_of(role, "organisation"),
            .sectors = (uint64_t)json_integer_value(json_object_get(role, "sectors")),
            .from_ns = moment_of(role, "from", INT64_MIN),
            .to_ns = moment_of(role, "until", INT64_MAX),
        };
    }
}

/* Whoever has a passkey could have opened a session with it. */
static bool take_passkey(struct asking *asking, int64_t at_ns, struct access_actor *out,
                         struct error *err)
{
    int64_t count;
    if (!sql_number(asking->db,
                    SQL("SELECT COUNT(*) FROM passkey WHERE person = $1 AND created <= $2"
                        " AND (ended IS NULL OR ended > $2)",
                        database_number(out->person), database_number(at_ns)),
                    0, &count, err))
        return false;
    out->has_passkey = count > 0;
    return true;
}

static bool actor_of(struct asking *asking, const json_t *document, int64_t at_ns,
                     struct access_actor *out, struct error *err)
{
    bool is_active = !json_is_false(json_object_get(document, "is_active"));
    out->is_exercise = asking->hub->settings.is_exercise;
    out->scopes = UINT64_MAX;
    out->organisation = id_of(document, "organisation");
    out->clearance =
        (enum access_clearance)json_integer_value(json_object_get(document, "clearance_level"));
    out->clearance_from_ns = moment_of(document, "clearance_from", INT64_MAX);
    out->clearance_to_ns = moment_of(document, "clearance_until", INT64_MIN);
    if (is_active)
        take_roles(asking->hub->settings.law, document, out);
    return take_passkey(asking, at_ns, out, err);
}

/* Of the row what does not change, of the ledger the rest. */
static struct compartment room_of(const struct record *record, const json_t *document,
                                  const struct then *then)
{
    struct compartment out = record_compartment(record);
    struct procedure_case first;
    const char *label = json_string_value(json_object_get(document, "label"));
    if (label)
        out.label = access_label_find(bytes_of_string(label));
    if (document && json_is_object(document)) {
        out.organisation = json_integer_value(json_object_get(document, "organisation"));
        out.sector = (unsigned)json_integer_value(json_object_get(document, "sector"));
    }
    out.state = then->state;
    if (!*then->state &&
        procedure_begin(record->subject.law, record->subject.procedure, out.basis, "x", &first))
        out.state = first.procedure->states[first.state].id;
    return out;
}

struct question {
    const struct access_actor *actor;
    const struct access_object *object;
    const char *purpose; /* NULL: any */
    int64_t at_ns;
};

/* Under the purpose that is asked about, else under any that allows it. */
static struct access_verdict judge(const struct law *law, const struct question *question,
                                   enum access_action action, const char **purpose)
{
    *purpose = question->purpose;
    struct access_verdict first =
        access_judge(law, question->actor, action, question->object,
                     (struct access_use){ *purpose, question->at_ns });
    if (first.is_allowed || question->purpose)
        return first;
    for (size_t i = 0; i < law->purpose_count; i++) {
        struct access_verdict verdict =
            access_judge(law, question->actor, action, question->object,
                         (struct access_use){ law->purposes[i].id, question->at_ns });
        *purpose = law->purposes[i].id;
        if (verdict.is_allowed)
            return verdict;
    }
    *purpose = NULL;
    return first;
}

static json_t *actions_json(const struct law *law, const struct question *question)
{
    json_t *out = json_array();
    for (enum access_action action = 0; action < ACCESS_ACTIONS; action++) {
        const char *purpose;
        struct access_verdict verdict = judge(law, question, action, &purpose);
        json_array_append_new(out, json_pack("{s:s, s:b, s:s, s:s, s:s, s:s, s:s?}", "action",
                                             access_action_name(action), "allowed",
                                             (int)verdict.is_allowed, "rule", verdict.rule,
                                             "article", verdict.ruling.article, "why",
                                             verdict.ruling.words, "why_ja",
                                             verdict.ruling.words_ja, "purpose", purpose));
    }
    return out;
}

static json_t *roles_json(const struct law *law, const struct access_actor *actor,
                          int64_t at_ns)
{
    json_t *out = json_array();
    for (size_t i = 0; i < actor->role_count; i++) {
        const struct access_role *role = &actor->roles[i];
        if (role->from_ns <= at_ns && at_ns < role->to_ns)
            json_array_append_new(out,
                                  json_pack("{s:s, s:o, s:o}", "role", role->id, "name",
                                            law_text_json(law_find_role(law, role->id)->name),
                                            "organisation", id_json(role->organisation)));
    }
    return out;
}

struct view {
    const char *person, *purpose;
    int64_t id, at_ns;
    struct record *record;
    struct then of_person, of_record;
    json_t *person_document, *record_document;
};

static bool answer_view(struct asking *asking, struct view *view, struct error *err)
{
    const struct law *law = asking->hub->settings.law;
    struct access_actor actor = { .person = view->id };
    struct access_object object;
    if (!actor_of(asking, view->person_document, view->at_ns, &actor, err))
        return false;
    struct compartment room = room_of(view->record, view->record_document, &view->of_record);
    struct asking other = *asking; /* rosters and ancestors are asked for as the person */
    other.actor = actor;
    if (!compartment_of(&other, &room, &object, err))
        return false;
    const struct question question = { &actor, &object, view->purpose, view->at_ns };
    json_t *actions = actions_json(law, &question);
    const json_t *reading = json_array_get(actions, ACTION_READ);
    json_t *item =
        json_pack("{s:s, s:s, s:s, s:s, s:O}", "id", view->record->name, "title",
                  view->record->title, "state", room.state, "label",
                  access_label_name(room.label), "rule", json_object_get(reading, "rule"));
    return answer(
        asking, 200,
        json_pack(
            "{s:{s:s, s:O?}, s:o, s:[o], s:o, s:O, s:O, s:o, s:{s:I, s:I}}", "person", "id",
            view->person, "display", json_object_get(view->person_document, "display"), "at",
            json_time(view->at_ns), "items", item, "actions", actions, "allowed",
            json_object_get(reading, "allowed"), "rule", json_object_get(reading, "rule"),
            "roles", roles_json(law, &actor, view->at_ns), "entries", "person",
            (json_int_t)view->of_person.entry, "record", (json_int_t)view->of_record.entry));
}

static bool rebuild(struct asking *asking, struct view *view, struct error *err)
{
    struct asking_actor name = asking_name(view->id);
    char subject[96];
    struct text text = text_over(subject, sizeof subject);
    if (!replay(asking, name.text, view->at_ns, &view->of_person, err) ||
        !replay(asking, view->record->name, view->at_ns, &view->of_record, err))
        return false;
    if (!view->of_person.is_there || !view->of_record.is_there)
        return refuse_unknown(asking); /* not then */
    view->person_document = document_of(asking, &view->of_person, err);
    view->record_document = document_of(asking, &view->of_record, err);
    text_format(&text, "view of %s by %s", view->record->name, name.text);
    return view->person_document && view->record_document &&
           look_log(asking, &(struct look){ "read", "ledger", subject, -1 }, err) &&
           answer_view(asking, view, err);
}

static bool read_view(struct asking *asking, struct view *out)
{
    static const struct law_text wanted = { "wanted: person=3 or p3, at=2028-01-31T09:00:00Z,"
                                            " record=M-2028-000001",
                                            "person、at、recordを指定してください" };
    const char *person = http_query(asking->request, "person");
    const char *at = http_query(asking->request, "at");
    const char *purpose = http_query(asking->request, "purpose");
    uint64_t id = 0;
    out->purpose = purpose && *purpose ? purpose : NULL;
    out->person = person ? person + (*person == 'p') : "";
    if (!text_read_u64(bytes_of_string(out->person), INT64_MAX, &id))
        return !refuse_field(asking, "person", wanted);
    if (!at || !time_read(bytes_of_string(at), &out->at_ns))
        return !refuse_field(asking, "at", wanted);
    out->id = (int64_t)id;
    return true;
}

static bool give(struct asking *asking, struct view *view, struct error *err)
{
    const char *name = http_query(asking->request, "record");
    bool is_failed;
    view->record = record_load(asking->hub, asking->db, name ? name : "", &is_failed, err);
    if (!view->record)
        return !is_failed && refuse_unknown(asking);
    if (!compartment_may(asking, ACTION_READ, view->record->compartment, &is_failed, err))
        return !is_failed;
    return rebuild(asking, view, err);
}

bool inspection_view(struct asking *asking, struct error *err)
{
    struct view view = { 0 };
    bool is_failed;
    if (!look_may(asking, "inspection", &is_failed, err))
        return !is_failed;
    bool is_done = !read_view(asking, &view) || give(asking, &view, err);
    record_free(view.record);
    json_decref(view.person_document);
    json_decref(view.record_document);
    return is_done;
}
