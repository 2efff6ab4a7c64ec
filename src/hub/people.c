// SPDX-License-Identifier: Apache-2.0
#include "hub/people_private.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "hub/challenge_private.h"
#include "hub/compartment_private.h"
#include "hub/text_private.h"

enum { OUTSIDE_MAX = 200, QUERY_MAX = 127 };

/* What more there is to say of it, and in which field. */
struct remark {
    enum entry_field field;
    const char *words; /* "": nothing */
};

static bool log_entry(struct change *change, const char *subject, const char *event,
                      struct remark remark, struct error *err)
{
    struct asking_actor actor = asking_name(change->person);
    struct entry entry = entry_begin(ENTRY_REGISTER_CHANGED, change->now_ns);
    entry_set_text(&entry, ENTRY_ACTOR, bytes_of_string(actor.text));
    entry_set_text(&entry, ENTRY_EVENT, bytes_of_string(event));
    entry_set_text(&entry, ENTRY_SUBJECT, bytes_of_string(subject));
    if (*remark.words)
        entry_set_text(&entry, remark.field, bytes_of_string(remark.words));
    return change_log(change, &entry, NULL, err);
}

bool people_log(struct change *change, int64_t person, const char *event, const char *reason,
                struct error *err)
{
    return log_entry(change, asking_name(person).text, event,
                     (struct remark){ ENTRY_REASON, reason }, err);
}

bool people_log_document(struct change *change, const char *subject, const char *event,
                         const json_t *document, struct error *err)
{
    uint8_t digest[HUB_DIGEST_OCTETS];
    char hex[2 * HUB_DIGEST_OCTETS + 1];
    struct text to = text_over(hex, sizeof hex);
    if (!change_document(change, document, digest, err))
        return false;
    text_put_hex(&to, (struct bytes){ digest, sizeof digest });
    return log_entry(change, subject, event, (struct remark){ ENTRY_DIGEST, hex }, err);
}

static bool object_of(struct asking *asking, int64_t organisation, struct access_object *out,
                      struct error *err)
{
    const struct compartment what = { .kind = "person",
                                      .organisation = organisation,
                                      .is_exercise = asking->hub->settings.is_exercise };
    return compartment_of(asking, &what, out, err);
}

/* Of somebody of that organisation; 0: of nobody, which is unknown. */
static bool may_with(struct asking *asking, enum access_action action, int64_t organisation,
                     bool *is_failed, struct error *err)
{
    struct access_object object;
    *is_failed = false;
    if (organisation == 0)
        return !refuse_unknown(asking);
    *is_failed = !object_of(asking, organisation, &object, err);
    return !*is_failed && asking_may(asking, action, &object);
}

/* Does a role do things outside of the organisation that it is held for? */
static bool reaches_beyond(const struct law *law, const char *role)
{
    const uint32_t looks = UINT32_C(1) << ACTION_LIST | UINT32_C(1) << ACTION_READ |
                           UINT32_C(1) << ACTION_HISTORY | UINT32_C(1) << ACTION_EXPORT;
    for (size_t i = 0; i < law->right_count; i++) {
        const struct law_right *right = &law->rights[i];
        bool is_beyond = right->scope == LAW_SCOPE_ALL || right->scope == LAW_SCOPE_SECTOR;
        if (is_beyond && right->actions & ~looks && strcmp(right->role, role) == 0)
            return true;
    }
    return false;
}

/* What reaches beyond one organisation is given, and taken, by whoever administers all: else an
 * organisation's administrator makes himself the hub's, or the Commission. */
static bool may_beyond(struct asking *asking, bool *is_failed, struct error *err)
{
    static const struct law_text beyond = {
        "this reaches beyond your organisation: the hub's administrator does it",
        "所属組織を超える権限に関わるため、システム管理者が行います"
    };
    struct access_object object;
    *is_failed = !object_of(asking, 0, &object, err);
    return !*is_failed && (asking_would(asking, ACTION_ADMINISTER, &object) ||
                           !refuse_as(asking, 403, "beyond", beyond));
}

static bool holds_beyond(struct asking *asking, int64_t person, bool *out, struct error *err)
{
    const json_t *row;
    size_t index;
    json_t *rows = rows_array(asking->db,
                              SQL("SELECT role FROM held_role WHERE person = $1 AND until > $2",
                                  database_number(person), database_number(asking->now_ns)),
                              err);
    *out = false;
    json_array_foreach(rows, index, row)
    {
        const char *role = json_string_value(json_object_get(row, "role"));
        *out |= role && reaches_beyond(asking->hub->settings.law, role);
    }
    json_decref(rows);
    return rows != NULL;
}

/* Of whom the route's {id} names. */
static bool may(struct asking *asking, enum access_action action, bool *is_failed,
                struct error *err)
{
    int64_t organisation;
    *is_failed = !sql_number(asking->db,
                             SQL("SELECT organisation FROM person WHERE id = $1",
                                 database_number(asking_id(asking, "id"))),
                             0, &organisation, err);
    if (*is_failed || !may_with(asking, action, organisation, is_failed, err))
        return false;
    if (action != ACTION_ADMINISTER)
        return true;
    bool is_beyond;
    *is_failed = !holds_beyond(asking, asking_id(asking, "id"), &is_beyond, err);
    return !*is_failed && (!is_beyond || may_beyond(asking, is_failed, err));
}

#define PERSON_COLUMNS                                                                    \
    "SELECT p.id AS \"id@id\", p.name, p.display, p.organisation AS \"organisation@id\"," \
    " o.name_en AS organisation_en, o.name_ja AS organisation_ja, p.language,"            \
    " p.is_active AS \"is_active@flag\", p.clearance AS \"clearance_level@number\","      \
    " p.clearance_from AS \"clearance_from@time\", p.clearance_to AS"                     \
    " \"clearance_until@time\", p.created AS \"created@time\", p.updated AS"              \
    " \"updated@time\", p.version AS \"version@number\","                                 \
    " (SELECT COUNT(*) FROM passkey k WHERE k.person = p.id AND k.ended IS NULL) AS"      \
    " \"passkeys@number\" FROM person p JOIN organisation o ON o.id = p.organisation"

static json_t *roles_of(struct database *db, int64_t person, struct error *err)
{
    return rows_array(
        db,
        SQL("SELECT id AS \"id@id\", role, organisation AS \"organisation@id\", sectors AS"
            " \"sectors@number\", since AS \"from@time\", until AS \"until@time\""
            " FROM held_role WHERE person = $1 ORDER BY id",
            database_number(person)),
        err);
}

#define OF_NAME \
    " WHERE $1 = '' OR " SQL_HOLDS("p.name", "$1") " OR " SQL_HOLDS("p.display", "$1")

static bool may_read_of(struct asking *asking, const json_t *person)
{
    struct error err = { 0 };
    struct access_object object;
    const char *of = json_string_value(json_object_get(person, "organisation"));
    uint64_t organisation;
    return of && text_read_u64(bytes_of_string(of), INT64_MAX, &organisation) &&
           object_of(asking, (int64_t)organisation, &object, &err) &&
           asking_would(asking, ACTION_READ, &object);
}

/* The roles that each holds now, by their ids, of those whom the asker may read. */
static bool put_roles(struct asking *asking, json_t *people, struct error *err)
{
    static const char sql[] = "SELECT person AS \"person@id\", role FROM held_role"
                              " WHERE since <= $1 AND until > $1 ORDER BY id";
    json_t *row, *of = json_object();
    json_t *rows = rows_array(asking->db, SQL(sql, database_number(asking->now_ns)), err);
    size_t index;
    json_array_foreach(people, index, row)
    {
        json_object_set_new(row, "roles", json_array());
        if (may_read_of(asking, row))
            json_object_set(of, json_string_value(json_object_get(row, "id")),
                            json_object_get(row, "roles"));
    }
    json_array_foreach(rows, index, row)
    {
        const char *id = json_string_value(json_object_get(row, "person"));
        (void)json_array_append(json_object_get(of, id), json_object_get(row, "role"));
    }
    json_decref(of);
    json_decref(rows);
    return rows != NULL;
}

bool people_list(struct asking *asking, struct error *err)
{
    static const struct law_text too_long = { "too long", "長すぎます" };
    const char *q = http_query(asking->request, "q");
    if (q && strlen(q) > QUERY_MAX)
        return refuse_field(asking, "q", too_long);
    json_t *items = rows_array(
        asking->db,
        SQL(PERSON_COLUMNS OF_NAME " ORDER BY p.id LIMIT 5000", database_string(q ? q : "")),
        err);
    if (!items || !compartment_keep_listed(asking, "person", "organisation", items, err) ||
        !put_roles(asking, items, err)) {
        json_decref(items);
        return false;
    }
    return answer(asking, 200,
                  json_pack("{s:o, s:n, s:I, s:b}", "items", items, "next", "count",
                            (json_int_t)json_array_size(items), "count_is_exact", 1));
}

static bool answer_person(struct asking *asking, struct database *db, unsigned status,
                          int64_t id, struct error *err)
{
    json_t *person =
        rows_one(db, SQL(PERSON_COLUMNS " WHERE p.id = $1", database_number(id)), err);
    if (!person)
        return false;
    if (json_is_null(person)) {
        json_decref(person);
        return refuse_unknown(asking);
    }
    json_t *roles = roles_of(db, id, err);
    if (!roles) {
        json_decref(person);
        return false;
    }
    json_object_set_new(person, "roles", roles);
    return answer_version(asking, status, person,
                          json_integer_value(json_object_get(person, "version")));
}

bool people_show(struct asking *asking, struct error *err)
{
    bool is_failed;
    if (!may(asking, ACTION_READ, &is_failed, err))
        return !is_failed;
    return answer_person(asking, asking->db, 200, asking_id(asking, "id"), err);
}

struct new_person {
    const char *name, *display, *language;
    int64_t organisation;
};

static bool write_person(struct change *change, const struct new_person *person,
                         bool is_exercise, int64_t *id, struct error *err)
{
    if (!sql_number(change->db, SQL0("SELECT MAX(id) FROM person"), 0, id, err))
        return false;
    ++*id;
    return database_run(
        change->db,
        SQL("INSERT INTO person (id, name, display, organisation, language, is_active,"
            " is_exercise, clearance, clearance_from, clearance_to, totp_step, created, "
            "updated,"
            " version) VALUES ($1, $2, $3, $4, $5, 1, $6, 0, 0, 0, 0, $7, $7, 1)",
            database_number(*id), database_string(person->name),
            database_string(person->display), database_number(person->organisation),
            database_string(person->language), database_number(is_exercise),
            database_number(change->now_ns)),
        NULL, err);
}

static bool log_person(struct change *change, int64_t id, const char *event, struct error *err)
{
    json_t *document =
        rows_one(change->db, SQL(PERSON_COLUMNS " WHERE p.id = $1", database_number(id)), err);
    json_t *roles = document ? roles_of(change->db, id, err) : NULL;
    bool is_logged = false;
    if (roles) {
        json_object_set_new(document, "roles", roles);
        is_logged = people_log_document(change, asking_name(id).text, event, document, err);
    }
    json_decref(document);
    change->is_of_policy = true;
    return is_logged;
}

static bool create(struct asking *asking, const json_t *body, struct error *err)
{
    static const struct law_text wanted = { "wanted", "入力してください" };
    struct new_person person = { 0 };
    struct change change;
    int64_t id;
    bool is_failed;
    if (!body_text(asking, body, "name", HUB_NAME_MAX - 1, &person.name) ||
        !body_text(asking, body, "display", 120, &person.display) ||
        !body_text(asking, body, "language", 2, &person.language) ||
        !body_number(asking, body, "organisation", 0, &person.organisation))
        return true;
    if (!*person.name || !*person.display || person.organisation == 0)
        return refuse_field(asking,
                            !*person.name      ? "name"
                            : !*person.display ? "display"
                                               : "organisation",
                            wanted);
    if (!organisation_is_known(asking, "organisation", person.organisation, &is_failed, err))
        return !is_failed;
    if (!*person.language)
        person.language = "ja";
    if (!change_of(asking, &change, err))
        return false;
    if (!write_person(&change, &person, asking->hub->settings.is_exercise, &id, err) ||
        !log_person(&change, id, "created", err))
        return change_give_up(&change);
    return change_commit(&change, err) && answer_person(asking, asking->db, 201, id, err);
}

bool people_create(struct asking *asking, struct error *err)
{
    bool is_failed = false;
    int64_t organisation = 0;
    json_t *body = asking_body(asking);
    bool is_done = !body || !body_number(asking, body, "organisation", 0, &organisation);
    if (!is_done)
        is_done = may_with(asking, ACTION_ADMINISTER, organisation, &is_failed, err)
                      ? create(asking, body, err)
                      : !is_failed;
    json_decref(body);
    return is_done;
}

/* What is changed; what is not told stays. */
struct person_change {
    const char *display, *language, *outside;
    int64_t organisation, is_active, clearance, clearance_from, clearance_to;
    bool has_outside; /* told; "" or null: nobody there any more */
};

static bool read_change(struct asking *asking, const json_t *body, struct person_change *out)
{
    static const struct law_text no_level = { "no such clearance", "該当する資格がありません" };
    const json_t *clearance = json_object_get(body, "clearance");
    const json_t *is_active = json_object_get(body, "is_active");
    out->is_active = json_is_boolean(is_active) ? json_is_true(is_active) : -1;
    out->clearance = -1;
    out->has_outside = json_object_get(body, "outside") != NULL;
    if (!body_text(asking, body, "display", 120, &out->display) ||
        !body_text(asking, body, "language", 2, &out->language) ||
        !body_text(asking, body, "outside", OUTSIDE_MAX, &out->outside) ||
        !body_number(asking, body, "organisation", 0, &out->organisation))
        return false;
    if (!json_is_object(clearance))
        return true;
    if (!body_number(asking, clearance, "level", -1, &out->clearance) ||
        !body_time(asking, clearance, "from", 0, &out->clearance_from) ||
        !body_time(asking, clearance, "until", 0, &out->clearance_to))
        return false;
    return (out->clearance >= -1 && out->clearance < ACCESS_CLEARANCES) ||
           !refuse_field(asking, "clearance", no_level);
}

/* A clearance follows from somebody else's assessment of him. */
static bool may_clear(struct asking *asking, int64_t id, bool *is_failed, struct error *err)
{
    static const struct law_text own = { "nobody gives himself a clearance",
                                         "自分自身に資格を付与することはできません" };
    *is_failed = false;
    if (id == asking->actor.person)
        return !refuse_as(asking, 403, "own-clearance", own);
    return may_beyond(asking, is_failed, err);
}

/* Who he is at the OpenID provider, "ISSUER SUBJECT": from then on he may come in by it, and
 * who came in as another before is out. */
static bool link_outside(struct change *change, int64_t id, const char *outside,
                         struct error *err)
{
    return database_run(change->db,
                        SQL("UPDATE person SET outside = NULLIF($2, '') WHERE id = $1",
                            database_number(id), database_string(outside)),
                        NULL, err) &&
           database_run(change->db,
                        SQL("DELETE FROM session WHERE person = $1 AND strength = 'provider'",
                            database_number(id)),
                        NULL, err) &&
           people_log(change, id, *outside ? "outside_linked" : "outside_unlinked", outside,
                      err);
}

static bool write_change(struct change *change, int64_t id, const struct person_change *what,
                         struct error *err)
{
    return database_run(
               change->db,
               SQL("UPDATE person SET display = CASE WHEN $2 = '' THEN display ELSE $2 END,"
                   " language = CASE WHEN $3 = '' THEN language ELSE $3 END,"
                   " organisation = CASE WHEN $4 = 0 THEN organisation ELSE $4 END,"
                   " is_active = CASE WHEN $5 < 0 THEN is_active ELSE $5 END,"
                   " clearance = CASE WHEN $6 < 0 THEN clearance ELSE $6 END,"
                   " clearance_from = CASE WHEN $6 < 0 THEN clearance_from ELSE $7 END,"
                   " clearance_to = CASE WHEN $6 < 0 THEN clearance_to ELSE $8 END,"
                   " updated = $9, version = version + 1 WHERE id = $1",
                   database_number(id), database_string(what->display),
                   database_string(what->language), database_number(what->organisation),
                   database_number(what->is_active), database_number(what->clearance),
                   database_number(what->clearance_from), database_number(what->clearance_to),
                   database_number(change->now_ns)),
               NULL, err) &&
           (what->is_active != 0 ||
            database_run(change->db,
                         SQL("DELETE FROM session WHERE person = $1", database_number(id)),
                         NULL, err)) &&
           (!what->has_outside || link_outside(change, id, what->outside, err)) &&
           log_person(change, id, "changed", err);
}

static bool patch(struct asking *asking, int64_t id, const json_t *body, struct error *err)
{
    struct person_change what = { 0 };
    struct change change;
    int64_t version;
    if (!sql_number(asking->db,
                    SQL("SELECT version FROM person WHERE id = $1", database_number(id)), 0,
                    &version, err))
        return false;
    if (version == 0)
        return refuse_unknown(asking);
    if (!asking_matches(asking, version) || !read_change(asking, body, &what))
        return true;
    bool is_failed;
    if (what.organisation != 0 &&
        (!may_with(asking, ACTION_ADMINISTER, what.organisation, &is_failed, err) ||
         !organisation_is_known(asking, "organisation", what.organisation, &is_failed, err)))
        return !is_failed;
    if (what.clearance > 0 && !may_clear(asking, id, &is_failed, err))
        return !is_failed;
    if (!change_of(asking, &change, err))
        return false;
    if (!write_change(&change, id, &what, err))
        return change_give_up(&change);
    return change_commit(&change, err) && answer_person(asking, asking->db, 200, id, err);
}

bool people_change(struct asking *asking, struct error *err)
{
    bool is_failed;
    if (!may(asking, ACTION_ADMINISTER, &is_failed, err))
        return !is_failed;
    json_t *body = asking_body(asking);
    bool is_done = !body || patch(asking, asking_id(asking, "id"), body, err);
    json_decref(body);
    return is_done;
}

struct new_role {
    const char *role;
    int64_t organisation, from_ns, until_ns;
    uint64_t sectors;
};

static bool read_role(struct asking *asking, const json_t *body, struct new_role *out)
{
    static const struct law_text unknown = { "the law knows no such role",
                                             "法令に定めのない役割です" };
    static const struct law_text no_sector = { "no such sector", "該当する分野がありません" };
    const struct law *law = asking->hub->settings.law;
    if (!body_text(asking, body, "role", ACCESS_RULE_MAX - 1, &out->role) ||
        !body_number(asking, body, "organisation", 0, &out->organisation) ||
        !body_time(asking, body, "from", asking->now_ns, &out->from_ns) ||
        !body_time(asking, body, "until", INT64_MAX, &out->until_ns))
        return false;
    if (!law_find_role(law, out->role))
        return !refuse_field(asking, "role", unknown);
    const json_t *name;
    size_t index;
    out->sectors = 0;
    json_array_foreach(json_object_get(body, "sectors"), index, name)
    {
        unsigned sector = sector_number(law, json_string_value(name));
        if (sector == 0)
            return !refuse_field(asking, "sectors", no_sector);
        out->sectors |= UINT64_C(1) << (sector - 1);
    }
    return true;
}

static bool write_role(struct change *change, int64_t person, const struct new_role *role,
                       struct error *err)
{
    int64_t id;
    return sql_number(change->db, SQL0("SELECT MAX(id) FROM held_role"), 0, &id, err) &&
           database_run(
               change->db,
               SQL("INSERT INTO held_role (id, person, role, organisation, sectors,"
                   " since, until, granted_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                   database_number(id + 1), database_number(person),
                   database_string(role->role), database_number(role->organisation),
                   database_number((int64_t)role->sectors), database_number(role->from_ns),
                   database_number(role->until_ns), database_number(change->person)),
               NULL, err) &&
           log_person(change, person, "role_given", err);
}

static bool give_role(struct asking *asking, int64_t id, const json_t *body, struct error *err)
{
    static const struct law_text own = { "nobody gives himself a role",
                                         "自分自身に役割を付与することはできません" };
    struct new_role role;
    struct change change;
    int64_t organisation;
    if (!sql_number(asking->db,
                    SQL("SELECT organisation FROM person WHERE id = $1", database_number(id)),
                    0, &organisation, err))
        return false;
    if (organisation == 0)
        return refuse_unknown(asking);
    if (id == asking->actor.person && asking->session.strength[0] != '\0')
        return refuse_as(asking, 403, "own-role", own);
    if (!read_role(asking, body, &role))
        return true;
    if (role.organisation == 0)
        role.organisation = organisation;
    bool is_failed;
    if (!may_with(asking, ACTION_ADMINISTER, role.organisation, &is_failed, err) ||
        !organisation_is_known(asking, "organisation", role.organisation, &is_failed, err))
        return !is_failed; /* nobody gives what he does not have to give */
    if (reaches_beyond(asking->hub->settings.law, role.role) &&
        !may_beyond(asking, &is_failed, err))
        return !is_failed;
    if (!change_of(asking, &change, err))
        return false;
    if (!write_role(&change, id, &role, err))
        return change_give_up(&change);
    return change_commit(&change, err) && answer_person(asking, asking->db, 201, id, err);
}

bool people_give_role(struct asking *asking, struct error *err)
{
    bool is_failed;
    if (!may(asking, ACTION_ADMINISTER, &is_failed, err))
        return !is_failed;
    json_t *body = asking_body(asking);
    bool is_done = !body || give_role(asking, asking_id(asking, "id"), body, err);
    json_decref(body);
    return is_done;
}

bool people_end_role(struct asking *asking, struct error *err)
{
    bool is_failed;
    struct change change;
    int64_t ended = 0, id = asking_id(asking, "id");
    if (!may(asking, ACTION_ADMINISTER, &is_failed, err))
        return !is_failed;
    if (!change_of(asking, &change, err))
        return false;
    if (!database_run(change.db,
                      SQL("UPDATE held_role SET until = $3 WHERE person = $1 AND id = $2"
                          " AND until > $3",
                          database_number(id), database_number(asking_id(asking, "role")),
                          database_number(change.now_ns)),
                      &ended, err) ||
        (ended == 1 && !log_person(&change, id, "role_ended", err)))
        return change_give_up(&change);
    if (!change_commit(&change, err))
        return false;
    return ended == 1 ? answer_nothing(asking) : refuse_unknown(asking);
}

static bool log_invited(struct asking *asking, int64_t id, struct error *err)
{
    struct change change;
    if (!change_begin(asking->hub, &change, err))
        return false;
    change.person = asking->actor.person;
    if (!people_log(&change, id, "invited", "", err))
        return change_give_up(&change);
    return change_commit(&change, err);
}

/* A link by which somebody sets a first password; it stands for a day and once. */
bool people_invite(struct asking *asking, struct error *err)
{
    bool is_failed;
    char token[TOKEN_TEXT_MAX], link[HUB_LINK_MAX], unused[CHALLENGE_ID_MAX];
    uint8_t digest[TOKEN_DIGEST_OCTETS], same[PASSKEY_CHALLENGE_OCTETS];
    int64_t id = asking_id(asking, "id"), known;
    if (!may(asking, ACTION_ADMINISTER, &is_failed, err))
        return !is_failed;
    if (!sql_number(asking->db, SQL("SELECT id FROM person WHERE id = $1", database_number(id)),
                    0, &known, err) ||
        !token_make("inv", token, digest, err))
        return false;
    if (known == 0)
        return refuse_unknown(asking);
    const struct challenge_new what = {
        .purpose = "invitation", .subject = "", .person = id, .octets = digest, .seconds = 86400
    };
    if (!challenge_make(asking, &what, unused, same, err) || !log_invited(asking, id, err))
        return false;
    snprintf(link, sizeof link, "%s/setup#%s", asking->hub->origin, token);
    return answer(asking, 201, json_pack("{s:s}", "link", link));
}
