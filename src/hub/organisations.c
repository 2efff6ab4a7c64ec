// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "hub/compartment_private.h"
#include "hub/people_private.h"
#include "hub/text_private.h"

#define ORGANISATION_COLUMNS                                                   \
    "SELECT id AS \"id@id\", parent AS \"parent@id\", name_en, name_ja, kind," \
    " sectors AS \"sectors@number\", created AS \"created@time\","             \
    " updated AS \"updated@time\", version AS \"version@number\" FROM organisation"

const struct law_text organisation_unknown = { "there is no such organisation",
                                               "該当する組織がありません" };

bool organisation_exists(struct asking *asking, int64_t id, bool *out, struct error *err)
{
    int64_t found = 0;
    bool is_done = sql_number(
        asking->db, SQL("SELECT COUNT(*) FROM organisation WHERE id = $1", database_number(id)),
        0, &found, err);
    *out = found > 0;
    return is_done;
}

bool organisation_is_known(struct asking *asking, const char *field, int64_t id,
                           bool *is_failed, struct error *err)
{
    bool is_known;
    *is_failed = !organisation_exists(asking, id, &is_known, err);
    return !*is_failed && (is_known || !refuse_field(asking, field, organisation_unknown));
}

static bool object_of(struct asking *asking, int64_t id, struct access_object *out,
                      struct error *err)
{
    const struct compartment what = { .kind = "organisation",
                                      .organisation = id,
                                      .is_exercise = asking->hub->settings.is_exercise };
    return compartment_of(asking, &what, out, err);
}

static bool may(struct asking *asking, enum access_action action, int64_t id, bool *is_failed,
                struct error *err)
{
    struct access_object object;
    *is_failed = !object_of(asking, id, &object, err);
    return !*is_failed && asking_may(asking, action, &object);
}

static void dress(const struct asking *asking, json_t *organisation)
{
    const struct law *law = asking->hub->settings.law;
    uint64_t bits = (uint64_t)json_integer_value(json_object_get(organisation, "sectors"));
    json_t *name = json_pack("{s:O, s:O}", "en", json_object_get(organisation, "name_en"), "ja",
                             json_object_get(organisation, "name_ja"));
    json_object_set_new(organisation, "name", name);
    json_object_del(organisation, "name_en");
    json_object_del(organisation, "name_ja");
    json_object_set_new(organisation, "sectors", sectors_json(law, bits));
}

bool organisations_list(struct asking *asking, struct error *err)
{
    json_t *organisation;
    size_t index;
    json_t *items =
        rows_array(asking->db, SQL0(ORGANISATION_COLUMNS " ORDER BY id LIMIT 5000"), err);
    if (!items || !compartment_keep_listed(asking, "organisation", "id", items, err)) {
        json_decref(items);
        return false;
    }
    json_array_foreach(items, index, organisation) dress(asking, organisation);
    return answer(asking, 200,
                  json_pack("{s:o, s:n, s:I, s:b}", "items", items, "next", "count",
                            (json_int_t)json_array_size(items), "count_is_exact", 1));
}

static bool answer_one(struct asking *asking, unsigned status, int64_t id, struct error *err)
{
    json_t *found = rows_one(
        asking->db, SQL(ORGANISATION_COLUMNS " WHERE id = $1", database_number(id)), err);
    if (!found)
        return false;
    if (json_is_null(found)) {
        json_decref(found);
        return refuse_unknown(asking);
    }
    dress(asking, found);
    return answer_version(asking, status, found,
                          json_integer_value(json_object_get(found, "version")));
}

bool organisations_show(struct asking *asking, struct error *err)
{
    bool is_failed;
    if (!may(asking, ACTION_READ, asking_id(asking, "id"), &is_failed, err))
        return !is_failed;
    return answer_one(asking, 200, asking_id(asking, "id"), err);
}

struct told {
    const char *en, *ja, *kind;
    int64_t parent;
    uint64_t sectors;
};

static bool read_told(struct asking *asking, const json_t *body, struct told *out)
{
    static const struct law_text wanted = { "wanted", "入力してください" };
    const json_t *name = json_object_get(body, "name"), *sector;
    size_t index;
    if (!body_text(asking, name, "en", 200, &out->en) ||
        !body_text(asking, name, "ja", 200, &out->ja) ||
        !body_text(asking, body, "kind", 32, &out->kind) ||
        !body_number(asking, body, "parent", 0, &out->parent))
        return false;
    if (!*out->en && !*out->ja)
        return !refuse_field(asking, "name", wanted);
    if (!*out->en)
        out->en = out->ja;
    if (!*out->ja)
        out->ja = out->en;
    json_array_foreach(json_object_get(body, "sectors"), index, sector)
    {
        unsigned number = sector_number(asking->hub->settings.law, json_string_value(sector));
        if (number == 0)
            return !refuse_field(
                asking, "sectors",
                (struct law_text){ "no such sector", "該当する分野がありません" });
        out->sectors |= UINT64_C(1) << (number - 1);
    }
    return true;
}

/* An organisation below itself would have no end of ancestors. */
static bool is_circle(struct asking *asking, int64_t id, int64_t parent, bool *out,
                      struct error *err)
{
    size_t depth = 0;
    while (parent != 0 && parent != id && depth++ < ACCESS_ANCESTORS_MAX) {
        if (!sql_number(
                asking->db,
                SQL("SELECT parent FROM organisation WHERE id = $1", database_number(parent)),
                0, &parent, err))
            return false;
    }
    *out = parent != 0;
    return true;
}

static bool write_told(struct change *change, int64_t id, const struct told *told, bool is_new,
                       struct error *err)
{
    char subject[24];
    snprintf(subject, sizeof subject, "o%lld", (long long)id);
    const struct database_value parent =
        told->parent == 0 ? database_null() : database_number(told->parent);
    bool is_written =
        is_new
            ? database_run(change->db,
                           SQL("INSERT INTO organisation (id, parent, name_en, name_ja, kind,"
                               " sectors, created, updated, version)"
                               " VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1)",
                               database_number(id), parent, database_string(told->en),
                               database_string(told->ja), database_string(told->kind),
                               database_number((int64_t)told->sectors),
                               database_number(change->now_ns)),
                           NULL, err)
            : database_run(change->db,
                           SQL("UPDATE organisation SET parent = $2, name_en = $3,"
                               " name_ja = $4, kind = $5, sectors = $6, updated = $7,"
                               " version = version + 1 WHERE id = $1",
                               database_number(id), parent, database_string(told->en),
                               database_string(told->ja), database_string(told->kind),
                               database_number((int64_t)told->sectors),
                               database_number(change->now_ns)),
                           NULL, err);
    json_t *document =
        is_written
            ? rows_one(change->db,
                       SQL(ORGANISATION_COLUMNS " WHERE id = $1", database_number(id)), err)
            : NULL;
    bool is_logged =
        document &&
        people_log_document(change, subject, is_new ? "created" : "changed", document, err);
    json_decref(document);
    change->is_of_policy = true;
    return is_logged;
}

static bool write(struct asking *asking, const json_t *body, int64_t id, struct error *err)
{
    static const struct law_text circle = { "an organisation cannot lie below itself",
                                            "自組織の下位に置くことはできません" };
    struct told told = { 0 };
    struct change change;
    bool is_new = id == 0, is_bad, is_failed;
    if (!read_told(asking, body, &told))
        return true;
    if (told.parent != 0 &&
        !organisation_is_known(asking, "parent", told.parent, &is_failed, err))
        return !is_failed;
    if (!is_circle(asking, id == 0 ? -1 : id, told.parent, &is_bad, err))
        return false;
    if (is_bad)
        return refuse_field(asking, "parent", circle);
    if (!change_of(asking, &change, err))
        return false;
    if (is_new &&
        !sql_number(change.db, SQL0("SELECT MAX(id) + 1 FROM organisation"), 1, &id, err))
        return change_give_up(&change);
    if (!write_told(&change, id, &told, is_new, err))
        return change_give_up(&change);
    return change_commit(&change, err) && answer_one(asking, is_new ? 201 : 200, id, err);
}

/* A new one lies below one that the asker administers. */
bool organisations_create(struct asking *asking, struct error *err)
{
    bool is_failed = false;
    int64_t parent;
    json_t *body = asking_body(asking);
    bool is_done =
        !body || !body_number(asking, body, "parent", asking->actor.organisation, &parent);
    if (!is_done)
        is_done = may(asking, ACTION_ADMINISTER, parent, &is_failed, err)
                      ? write(asking, body, 0, err)
                      : !is_failed;
    json_decref(body);
    return is_done;
}

static bool patch(struct asking *asking, int64_t id, const json_t *body, struct error *err)
{
    int64_t version;
    if (!sql_number(asking->db,
                    SQL("SELECT version FROM organisation WHERE id = $1", database_number(id)),
                    0, &version, err))
        return false;
    if (version == 0)
        return refuse_unknown(asking);
    bool is_failed;
    int64_t parent;
    if (!asking_matches(asking, version) || !body_number(asking, body, "parent", 0, &parent))
        return true;
    if (parent != 0 && !may(asking, ACTION_ADMINISTER, parent, &is_failed, err))
        return !is_failed;
    return write(asking, body, id, err);
}

bool organisations_change(struct asking *asking, struct error *err)
{
    bool is_failed;
    if (!may(asking, ACTION_ADMINISTER, asking_id(asking, "id"), &is_failed, err))
        return !is_failed;
    json_t *body = asking_body(asking);
    bool is_done = !body || patch(asking, asking_id(asking, "id"), body, err);
    json_decref(body);
    return is_done;
}
