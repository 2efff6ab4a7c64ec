// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "hub/list_private.h"
#include "hub/record_private.h"
#include "hub/text_private.h"

enum { ROSTER_MAX = 64 };

#define COLUMNS                                                                       \
    "SELECT r.name AS id, r.procedure, r.state, r.title, r.label AS \"label@label\"," \
    " r.organisation AS \"organisation@id\", r.sector AS \"sector@number\", r.basis," \
    " r.created AS \"created@time\", r.updated AS \"updated@time\", r.deadline AS"    \
    " \"deadline@time\", r.is_exercise AS \"exercise@flag\", r.version AS"            \
    " \"version@number\", r.updated AS \"at@number\", r.id AS \"row@number\""

#define SELECTED                                                          \
    " FROM record r WHERE +r.compartment IN"                              \
    " (SELECT compartment FROM visible WHERE view = $1)"                  \
    " AND (r.updated, r.id) < ($2, $3) AND r.updated >= $4"               \
    " AND ($5 = -1 OR r.sector = $5) AND ($6 = 0 OR r.organisation = $6)" \
    " AND ($7 = -1 OR r.label = $7)"                                      \
    " AND ($9 = '' OR " SQL_HOLDS("r.title", "$9") " OR r.name = $9)"

#define IN_ORDER " ORDER BY r.updated DESC, r.id DESC LIMIT $8"
#define OF_PROCEDURE " AND r.procedure = $10"
#define OF_STATE " AND r.state = "

/* Each combination has an index that walks it in order. */
static const struct listing {
    const char *page, *count;
    size_t values;
} listings[2][2] = {
    { { COLUMNS SELECTED IN_ORDER, LIST_COUNT(SELECTED IN_ORDER), 9 },
      { COLUMNS SELECTED OF_STATE "$10" IN_ORDER, LIST_COUNT(SELECTED OF_STATE "$10" IN_ORDER),
        10 } },
    { { COLUMNS SELECTED OF_PROCEDURE IN_ORDER, LIST_COUNT(SELECTED OF_PROCEDURE IN_ORDER),
        10 },
      { COLUMNS SELECTED OF_PROCEDURE OF_STATE "$11" IN_ORDER,
        LIST_COUNT(SELECTED OF_PROCEDURE OF_STATE "$11" IN_ORDER), 11 } },
};

static void dress(const struct asking *asking, json_t *item)
{
    const struct law *law = asking->hub->settings.law;
    const char *id = json_string_value(json_object_get(item, "procedure"));
    const struct procedure *procedure =
        procedure_find(law->procedures, law->procedure_count, id);
    size_t state;
    if (procedure && procedure_find_state(
                         procedure, json_string_value(json_object_get(item, "state")), &state))
        json_object_set_new(item, "state_name", law_text_json(procedure->states[state].name));
    unsigned sector = (unsigned)json_integer_value(json_object_get(item, "sector"));
    json_object_set_new(item, "sector", json_string(sector_name(law, sector)));
}

bool records_list(struct asking *asking, struct error *err)
{
    struct list list;
    json_t *item;
    size_t index;
    if (!list_begin(asking, &list, err))
        return false;
    if (asking->status != 0)
        return true;
    bool has_procedure = *list.procedure != '\0', has_state = *list.state != '\0';
    const struct listing *listing = &listings[has_procedure][has_state];
    struct database_value values[] = {
        database_number(list.view),
        database_number(list.before),
        database_number(list.before_id),
        database_number(list.updated_since),
        database_number(list.sector),
        database_number(list.organisation),
        database_number(list.label),
        database_number(list.limit + 1),
        database_string(list.q),
        database_string(has_procedure ? list.procedure : list.state),
        database_string(list.state),
    };
    json_t *items =
        rows_array(asking->db,
                   &(struct database_statement){ listing->page, values, listing->values }, err);
    if (!items)
        return false;
    json_array_foreach(items, index, item) dress(asking, item);
    return list_answer(asking, &list, items,
                       &(struct list_counting){ listing->count, values, listing->values, 7 },
                       err);
}

static bool read_common(struct asking *asking, const json_t *body, struct record *record)
{
    static const struct law_text wanted = { "wanted", "入力してください" };
    static const struct law_text no_label = { "one of the labels of TLP 2.0",
                                              "TLP 2.0の区分で指定してください" };
    static const struct law_text no_sector = { "no such sector", "該当する分野がありません" };
    const char *title, *label, *sector;
    int64_t organisation;
    if (!body_text(asking, body, "title", RECORD_TITLE_MAX, &title) ||
        !body_text(asking, body, "label", 24, &label) ||
        !body_text(asking, body, "sector", 48, &sector) ||
        !body_number(asking, body, "organisation", record->organisation, &organisation))
        return false;
    record->organisation = organisation;
    if (*title)
        snprintf(record->title, sizeof record->title, "%s", title);
    if (record->title[0] == '\0')
        return !refuse_field(asking, "title", wanted);
    if (*label && !tlp_read(label, &record->label))
        return !refuse_field(asking, "label", no_label);
    if (*sector) {
        record->sector = sector_number(asking->hub->settings.law, sector);
        if (record->sector == 0)
            return !refuse_field(asking, "sector", no_sector);
    }
    return true;
}

static bool begin_case(struct asking *asking, const json_t *body, struct record *record)
{
    static const struct law_text unknown = { "there is no such procedure on this day",
                                             "この日に施行されている手続がありません" };
    static const struct law_text no_basis = { "this procedure is not for that basis",
                                              "この手続の根拠ではありません" };
    const struct law *law = asking->hub->settings.law;
    const char *id, *basis;
    if (!body_text(asking, body, "procedure", 47, &id) ||
        !body_text(asking, body, "basis", BASIS_NAME_MAX - 1, &basis))
        return false;
    const struct procedure *procedure = procedure_find_current(law, id, asking->now_ns);
    if (!procedure || !procedure->prefix)
        return !refuse_field(asking, "procedure", unknown);
    if (!*basis && asking->hub->settings.is_exercise)
        basis = "exercise";
    return procedure_begin(law, procedure, basis, "new", &record->subject) ||
           !refuse_field(asking, "basis", no_basis);
}

static bool link_findings(struct change *change, const struct record *record,
                          const json_t *findings, struct error *err)
{
    const json_t *finding;
    size_t index;
    json_array_foreach(findings, index, finding)
    {
        if (json_is_string(finding) && index < 200 &&
            !database_run(change->db,
                          SQL("INSERT INTO link (record, kind, target, at, person)"
                              " VALUES ($1, 'finding', $2, $3, $4)"
                              " ON CONFLICT (record, kind, target) DO NOTHING",
                              database_number(record->id),
                              database_string(json_string_value(finding)),
                              database_number(change->now_ns), database_number(change->person)),
                          NULL, err))
            return false;
    }
    return true;
}

/* Made or changed: an entry with the digest of what it says now. */
static bool log_written(struct change *change, const struct record *record, const char *event,
                        struct error *err)
{
    uint8_t digest[HUB_DIGEST_OCTETS];
    char hex[2 * HUB_DIGEST_OCTETS + 1];
    struct text to = text_over(hex, sizeof hex);
    struct asking_actor actor = asking_name(change->person);
    json_t *document = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:O}", "record", record->name, "procedure",
        record->subject.procedure->id, "event", event, "title", record->title, "label",
        access_label_name(record->label), "organisation", (json_int_t)record->organisation,
        "sector", (json_int_t)record->sector, "fields", record->fields);
    bool is_kept = document && change_document(change, document, digest, err);
    json_decref(document);
    if (!is_kept)
        return false;
    text_put_hex(&to, (struct bytes){ digest, sizeof digest });
    struct entry entry = entry_begin(ENTRY_RECORD_WRITTEN, change->now_ns);
    entry_set_text(&entry, ENTRY_SUBJECT, bytes_of_string(record->name));
    entry_set_text(&entry, ENTRY_EVENT, bytes_of_string(event));
    entry_set_text(&entry, ENTRY_ACTOR, bytes_of_string(actor.text));
    entry_set_text(&entry, ENTRY_PROCEDURE, bytes_of_string(record->subject.procedure->id));
    entry_set_text(&entry, ENTRY_DIGEST, text_bytes(&to));
    return change_log(change, &entry, NULL, err);
}

static bool add_to_roster(struct change *change, int64_t roster, int64_t person,
                          struct error *err)
{
    return database_run(change->db,
                        SQL("INSERT INTO roster (id, person) VALUES ($1, $2)"
                            " ON CONFLICT (id, person) DO NOTHING",
                            database_number(roster), database_number(person)),
                        NULL, err);
}

static bool is_for_named(const struct record *record, const json_t *named)
{
    return record->label == LABEL_RED || json_array_size(named) > 0;
}

/* TLP:RED is for named people: whoever makes the record, and those named with it. */
static bool make_roster(struct change *change, struct record *record, const json_t *named,
                        struct error *err)
{
    const json_t *name;
    size_t index;
    if (!is_for_named(record, named))
        return true;
    if (!sql_number(change->db, SQL0("SELECT MAX(id) + 1 FROM roster"), 1, &record->roster,
                    err) ||
        !add_to_roster(change, record->roster, change->person, err))
        return false;
    json_array_foreach(named, index, name)
    {
        uint64_t person = 0;
        const char *text = json_string_value(name);
        if (text && index < ROSTER_MAX &&
            text_read_u64(bytes_of_string(text), INT64_MAX, &person) &&
            !add_to_roster(change, record->roster, (int64_t)person, err))
            return false;
    }
    return true;
}

static bool make(struct asking *asking, const json_t *body, struct record *record,
                 struct error *err)
{
    bool is_refused;
    struct access_object object;
    struct change change;
    record->fields = json_object();
    record->organisation = asking->actor.organisation;
    record->label = LABEL_AMBER;
    record->is_exercise = asking->hub->settings.is_exercise;
    record->made_by = asking->actor.person;
    if (!begin_case(asking, body, record) || !read_common(asking, body, record))
        return true;
    struct compartment what = record_compartment(record);
    if (!compartment_of(asking, &what, &object, err))
        return false;
    if (is_for_named(record, json_object_get(body, "roster")))
        object.has_roster = object.is_on_roster = true;
    if (!asking_may(asking, ACTION_CREATE, &object))
        return true;
    if (!fields_merge(asking, record, json_object_get(body, "fields"), &is_refused, err))
        return false;
    if (is_refused)
        return true;
    struct asking_actor actor = asking_name(asking->actor.person);
    if (!procedure_took_part(&record->subject, PROCEDURE_BEGIN, actor.text))
        return error_set(err, 0, "%s: parts", record->name);
    if (!change_of(asking, &change, err))
        return false;
    record->subject.now_ns = change.now_ns;
    if (!make_roster(&change, record, json_object_get(body, "roster"), err) ||
        !record_save(&change, record, err) || !log_written(&change, record, "created", err) ||
        !link_findings(&change, record, json_object_get(body, "findings"), err))
        return change_give_up(&change);
    return change_commit(&change, err) &&
           answer_version(asking, 201, record_json(asking, record), record->version);
}

bool records_create(struct asking *asking, struct error *err)
{
    json_t *body = asking_body(asking);
    struct record *record = body ? calloc(1, sizeof *record) : NULL;
    bool is_done =
        !body || (record ? make(asking, body, record, err) : error_set(err, 12, "record"));
    record_free(record);
    json_decref(body);
    return is_done;
}

bool records_show(struct asking *asking, struct error *err)
{
    bool is_failed;
    struct record *record = record_of(asking, asking->db, ACTION_READ, &is_failed, err);
    if (!record)
        return !is_failed;
    bool is_done = answer_version(asking, 200, record_json(asking, record), record->version);
    record_free(record);
    return is_done;
}

/* What is voted on somewhere else now: whoever voted on what it was has not voted. */
static bool void_votes(struct change *change, const struct record *record, struct error *err)
{
    const struct procedure_step *step = payload_step(record);
    struct bytes digest = { record->payload_digest, HUB_DIGEST_OCTETS };
    return !step || /* nothing is voted on now, and what was decided stays */
           database_run(change->db,
                        SQL("UPDATE vote SET is_void = 1 WHERE record = $1 AND event = $3"
                            " AND payload_digest <> $2 AND is_void = 0 AND at >= $4",
                            database_number(record->id), database_blob(digest),
                            database_string(step->event),
                            database_number(record->subject.now_ns)),
                        NULL, err);
}

/* Another label, organisation or sector is another compartment: whoever moves a record must be
 * one who may change it there. */
static bool may_move(struct asking *asking, const struct record *record, const json_t *body,
                     struct error *err)
{
    struct access_object object;
    struct compartment what = record_compartment(record);
    if (!compartment_of(asking, &what, &object, err))
        return false;
    if (record->roster == 0 && is_for_named(record, json_object_get(body, "roster")))
        object.has_roster = object.is_on_roster = true;
    struct access_verdict verdict =
        access_judge(asking->hub->settings.law, &asking->actor, ACTION_CHANGE, &object,
                     (struct access_use){ asking->purpose, asking->now_ns });
    return verdict.is_allowed || refuse_ruling(asking, &verdict);
}

static bool patch(struct asking *asking, struct change *change, struct record *record,
                  const json_t *body, struct error *err)
{
    static const struct law_text fixed = { "in this state it is not changed",
                                           "この状態では変更できません" };
    bool is_refused;
    struct asking_actor actor = asking_name(asking->actor.person);
    if (!procedure_state(&record->subject)->is_editable)
        return refuse_as(asking, 409, "fixed", fixed);
    if (!asking_matches(asking, record->version) || !read_common(asking, body, record))
        return true;
    if (!may_move(asking, record, body, err))
        return false;
    if (asking->status != 0)
        return true;
    if (!fields_merge(asking, record, json_object_get(body, "fields"), &is_refused, err))
        return false;
    if (is_refused)
        return true;
    if (!procedure_took_part(&record->subject, PROCEDURE_EDIT, actor.text))
        return error_set(err, 0, "%s: too many people changed it", record->name);
    if (record->roster == 0 &&
        !make_roster(change, record, json_object_get(body, "roster"), err))
        return false;
    return record_save(change, record, err) && void_votes(change, record, err) &&
           log_written(change, record, "changed", err);
}

bool records_change(struct asking *asking, struct error *err)
{
    struct change change;
    bool is_failed;
    json_t *body = asking_body(asking);
    if (!body)
        return true;
    if (!change_of(asking, &change, err)) {
        json_decref(body);
        return false;
    }
    struct record *record = record_of(asking, change.db, ACTION_CHANGE, &is_failed, err);
    bool is_done = record ? patch(asking, &change, record, body, err) : !is_failed;
    if (!record || asking->status != 0 || !is_done)
        (void)change_give_up(&change);
    else
        is_done = change_commit(&change, err) &&
                  answer_version(asking, 200, record_json(asking, record), record->version);
    record_free(record);
    json_decref(body);
    return is_done;
}
