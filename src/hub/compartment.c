// SPDX-License-Identifier: Apache-2.0
#include "hub/compartment_private.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "procedure/procedure.h"

enum { COMPARTMENT_NAME_MAX = 256 };

static const char *word(const char *text)
{
    return text ? text : "";
}

bool compartment_intern(struct change *change, const struct compartment *what, int64_t *out,
                        struct error *err)
{
    char name[COMPARTMENT_NAME_MAX];
    snprintf(name, sizeof name, "%s|%s|%s|%s|%d|%d|%lld|%u|%lld|%d|%lld", what->kind,
             word(what->procedure), word(what->state), word(what->basis), (int)what->label,
             (int)what->clearance, (long long)what->organisation, what->sector,
             (long long)what->roster, what->is_exercise, (long long)what->party);
    if (!sql_number(change->db,
                    SQL("SELECT id FROM compartment WHERE name = $1", database_string(name)), 0,
                    out, err))
        return false;
    if (*out != 0)
        return true;
    if (!sql_number(change->db, SQL0("SELECT MAX(id) FROM compartment"), 0, out, err))
        return false;
    ++*out;
    change->is_of_policy = true;
    return database_run(change->db,
                        SQL("INSERT INTO compartment (id, name, kind, procedure, state, basis, "
                            "label, clearance,"
                            " organisation, sector, roster, is_exercise, party)"
                            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                            database_number(*out), database_string(name),
                            database_string(what->kind), database_string(what->procedure),
                            database_string(what->state), database_string(what->basis),
                            database_number(what->label), database_number(what->clearance),
                            database_number(what->organisation), database_number(what->sector),
                            database_number(what->roster), database_number(what->is_exercise),
                            database_number(what->party)),
                        NULL, err);
}

static bool find_ancestors(struct asking *asking, struct access_object *object,
                           struct error *err)
{
    int64_t at = object->organisation;
    for (size_t i = 0; i < ACCESS_ANCESTORS_MAX && at != 0; i++) {
        if (!sql_number(
                asking->db,
                SQL("SELECT parent FROM organisation WHERE id = $1", database_number(at)), 0,
                &at, err))
            return false;
        object->ancestors[i] = at;
    }
    return true;
}

static bool find_roster(struct asking *asking, int64_t roster, struct access_object *object,
                        struct error *err)
{
    int64_t found = 0;
    object->has_roster = roster != 0;
    if (roster != 0 &&
        !sql_number(asking->db,
                    SQL("SELECT COUNT(*) FROM roster WHERE id = $1 AND person = $2",
                        database_number(roster), database_number(asking->actor.person)),
                    0, &found, err))
        return false;
    object->is_on_roster = found != 0;
    return true;
}

bool compartment_of(struct asking *asking, const struct compartment *what,
                    struct access_object *out, struct error *err)
{
    *out = (struct access_object){ .kind = what->kind,
                                   .procedure = what->procedure,
                                   .state = what->state,
                                   .basis = what->basis,
                                   .label = what->label,
                                   .clearance = what->clearance,
                                   .organisation = what->organisation,
                                   .sector = what->sector,
                                   .party = what->party,
                                   .is_exercise = what->is_exercise };
    return find_ancestors(asking, out, err) && find_roster(asking, what->roster, out, err);
}

static const char *take_word(const struct database_rows *rows, size_t column, char *room,
                             size_t max)
{
    struct text to = text_over(room, max);
    text_put(&to, database_get_text(rows, column));
    return database_is_null(rows, column) ? NULL : room;
}

static struct compartment take(const struct database_rows *rows, struct compartment_room *room)
{
    return (struct compartment){
        .id = database_get_number(rows, 0),
        .kind = take_word(rows, 1, room->kind, sizeof room->kind),
        .procedure = take_word(rows, 2, room->procedure, sizeof room->procedure),
        .state = take_word(rows, 3, room->state, sizeof room->state),
        .basis = take_word(rows, 4, room->basis, sizeof room->basis),
        .label = (enum access_label)database_get_number(rows, 5),
        .clearance = (enum access_clearance)database_get_number(rows, 6),
        .organisation = database_get_number(rows, 7),
        .sector = (unsigned)database_get_number(rows, 8),
        .roster = database_get_number(rows, 9),
        .is_exercise = database_get_number(rows, 10) != 0,
        .party = database_get_number(rows, 11),
    };
}

#define COLUMNS                                                                          \
    "id, kind, procedure, state, basis, label, clearance, organisation, sector, roster," \
    " is_exercise, party"

bool compartment_object(struct asking *asking, int64_t id, struct compartment_room *room,
                        struct access_object *out, struct error *err)
{
    struct database_rows *rows = database_ask(
        asking->db,
        SQL("SELECT " COLUMNS " FROM compartment WHERE id = $1", database_number(id)), err);
    if (!rows)
        return false;
    enum database_step step = database_step(rows, err);
    struct compartment what = { 0 };
    if (step == DATABASE_ROW)
        what = take(rows, room);
    database_end(rows);
    if (step == DATABASE_END)
        return error_set(err, 0, "compartment %lld is missing", (long long)id);
    return step == DATABASE_ROW && compartment_of(asking, &what, out, err);
}

bool compartment_may(struct asking *asking, enum access_action action, int64_t id,
                     bool *is_failed, struct error *err)
{
    struct compartment_room room;
    struct access_object object;
    *is_failed = !compartment_object(asking, id, &room, &object, err);
    return !*is_failed && asking_may(asking, action, &object);
}

/* Those of all compartments that may be met, and the digest of their set. */
struct gathering {
    int64_t *ids;
    size_t count, room;
};

static bool keep(struct gathering *gathering, int64_t id)
{
    if (gathering->count == gathering->room) {
        size_t room = gathering->room ? 2 * gathering->room : 256;
        int64_t *ids = realloc(gathering->ids, room * sizeof *ids);
        if (!ids)
            return false;
        gathering->ids = ids;
        gathering->room = room;
    }
    gathering->ids[gathering->count++] = id;
    return true;
}

enum { VIEW_OF_WORK = ACCESS_ACTIONS }; /* beside those of each action */

/* Under a procedure, in a state that goes on. */
static bool is_open(const struct law *law, const struct compartment *what)
{
    const struct procedure *procedure =
        what->procedure ? procedure_find(law->procedures, law->procedure_count, what->procedure)
                        : NULL;
    size_t state;
    return procedure && what->state && procedure_find_state(procedure, what->state, &state) &&
           !procedure->states[state].is_end;
}

static bool is_wanted(const struct asking *asking, unsigned action,
                      const struct compartment *what, const struct access_object *object)
{
    if (action != VIEW_OF_WORK)
        return asking_would(asking, (enum access_action)action, object);
    return is_open(asking->hub->settings.law, what) &&
           asking_would(asking, ACTION_LIST, object) &&
           (asking_would(asking, ACTION_STEP, object) ||
            asking_would(asking, ACTION_VOTE, object));
}

static bool gather(struct asking *asking, unsigned action, struct gathering *gathering,
                   struct error *err)
{
    struct database_rows *rows =
        database_ask(asking->db, SQL0("SELECT " COLUMNS " FROM compartment ORDER BY id"), err);
    if (!rows)
        return false;
    enum database_step step;
    while ((step = database_step(rows, err)) == DATABASE_ROW) {
        struct compartment_room room;
        struct compartment what = take(rows, &room);
        struct access_object object;
        if (!compartment_of(asking, &what, &object, err) ||
            (is_wanted(asking, action, &what, &object) && !keep(gathering, what.id))) {
            step = DATABASE_FAILED;
            break;
        }
    }
    database_end(rows);
    return step == DATABASE_END;
}

static bool find_view(struct database *db, const uint8_t digest[HUB_DIGEST_OCTETS],
                      int64_t *out, struct error *err)
{
    return sql_number(db,
                      SQL("SELECT id FROM view WHERE digest = $1",
                          database_blob((struct bytes){ digest, HUB_DIGEST_OCTETS })),
                      0, out, err);
}

static bool write_view(struct change *change, const struct gathering *gathering,
                       const uint8_t digest[HUB_DIGEST_OCTETS], int64_t *out, struct error *err)
{
    if (!find_view(change->db, digest, out, err))
        return false;
    if (*out != 0)
        return true; /* somebody else's request was first */
    if (!sql_number(change->db, SQL0("SELECT MAX(id) FROM view"), 0, out, err))
        return false;
    ++*out;
    if (!database_run(change->db,
                      SQL("INSERT INTO view (id, digest) VALUES ($1, $2)",
                          database_number(*out),
                          database_blob((struct bytes){ digest, HUB_DIGEST_OCTETS })),
                      NULL, err))
        return false;
    for (size_t i = 0; i < gathering->count; i++) {
        if (!database_run(change->db,
                          SQL("INSERT INTO visible (view, compartment) VALUES ($1, $2)",
                              database_number(*out), database_number(gathering->ids[i])),
                          NULL, err))
            return false;
    }
    return true;
}

static bool intern_view(struct asking *asking, const struct gathering *gathering, int64_t *out,
                        struct error *err)
{
    uint8_t digest[HUB_DIGEST_OCTETS];
    struct change change;
    crypto_hash_sha256(digest, (const unsigned char *)gathering->ids,
                       gathering->count * sizeof *gathering->ids);
    if (!find_view(asking->db, digest, out, err))
        return false;
    if (*out != 0)
        return true;
    if (!change_begin(asking->hub, &change, err))
        return false;
    if (!write_view(&change, gathering, digest, out, err))
        return change_give_up(&change);
    return change_commit(&change, err);
}

/* ---- views that are known already ---- */

enum { VIEW_KEPT_S = 30 };

static struct hub_view *view_slot(const struct asking *asking, unsigned action)
{
    uint64_t hash = (uint64_t)asking->actor.person * 0x9e3779b97f4a7c15u + (uint64_t)action;
    return &asking->hub->views[(hash ^ hash >> 32) % HUB_VIEWS_MAX];
}

static void sooner(int64_t moment_ns, int64_t now_ns, int64_t *until_ns)
{
    if (moment_ns > now_ns && moment_ns < *until_ns)
        *until_ns = moment_ns;
}

/* Until a role or a clearance begins or ends, or somebody changed what may be seen. */
static int64_t good_until(const struct asking *asking)
{
    const struct access_actor *actor = &asking->actor;
    int64_t until_ns = asking->now_ns + VIEW_KEPT_S * TIME_SECOND_NS;
    for (size_t i = 0; i < actor->role_count; i++) {
        sooner(actor->roles[i].from_ns, asking->now_ns, &until_ns);
        sooner(actor->roles[i].to_ns, asking->now_ns, &until_ns);
    }
    sooner(actor->clearance_from_ns, asking->now_ns, &until_ns);
    sooner(actor->clearance_to_ns, asking->now_ns, &until_ns);
    return until_ns;
}

static const char *purpose_of(const struct asking *asking)
{
    return asking->purpose ? asking->purpose : "";
}

static int64_t known_view(const struct asking *asking, unsigned action)
{
    struct hub *hub = asking->hub;
    pthread_mutex_lock(&hub->viewing);
    const struct hub_view *slot = view_slot(asking, action);
    bool is_good = slot->person == asking->actor.person && slot->action == action &&
                   slot->policy == atomic_load(&hub->policy) &&
                   slot->scopes == asking->actor.scopes && asking->now_ns < slot->until_ns &&
                   strcmp(slot->purpose, purpose_of(asking)) == 0;
    int64_t view = is_good ? slot->view : 0;
    pthread_mutex_unlock(&hub->viewing);
    return view;
}

static void keep_view(const struct asking *asking, unsigned action, int64_t view,
                      uint64_t policy)
{
    struct hub_view kept = { .person = asking->actor.person,
                             .view = view,
                             .until_ns = good_until(asking),
                             .policy = policy,
                             .scopes = asking->actor.scopes,
                             .action = action };
    struct text to = text_over(kept.purpose, sizeof kept.purpose);
    text_put_string(&to, purpose_of(asking));
    if (to.cut)
        return;
    pthread_mutex_lock(&asking->hub->viewing);
    *view_slot(asking, action) = kept;
    pthread_mutex_unlock(&asking->hub->viewing);
}

static bool find_whole_view(struct asking *asking, unsigned action, int64_t *out,
                            struct error *err)
{
    struct gathering gathering = { 0 };
    uint64_t policy = atomic_load(&asking->hub->policy); /* before what it rests on is read */
    bool is_found =
        gather(asking, action, &gathering, err) && intern_view(asking, &gathering, out, err);
    free(gathering.ids);
    if (is_found)
        keep_view(asking, action, *out, policy);
    return is_found;
}

bool compartment_view(struct asking *asking, enum access_action action, int64_t *out,
                      struct error *err)
{
    *out =
        action == ACTION_LIST && asking->view != 0 ? asking->view : known_view(asking, action);
    if (*out == 0 && !find_whole_view(asking, action, out, err))
        return false;
    if (action == ACTION_LIST)
        asking->view = *out;
    return true;
}

bool compartment_work(struct asking *asking, int64_t *out, struct error *err)
{
    *out = known_view(asking, VIEW_OF_WORK);
    return *out != 0 || find_whole_view(asking, VIEW_OF_WORK, out, err);
}

bool compartment_keep_listed(struct asking *asking, const char *kind, const char *member,
                             json_t *rows, struct error *err)
{
    size_t index = 0;
    while (index < json_array_size(rows)) {
        struct access_object object;
        uint64_t organisation = 0;
        const char *id =
            json_string_value(json_object_get(json_array_get(rows, index), member));
        (void)!text_read_u64(bytes_of_string(id ? id : ""), INT64_MAX, &organisation);
        const struct compartment what = { .kind = kind,
                                          .organisation = (int64_t)organisation,
                                          .is_exercise = asking->hub->settings.is_exercise };
        if (!compartment_of(asking, &what, &object, err))
            return false;
        if (asking_would(asking, ACTION_LIST, &object))
            index++;
        else
            json_array_remove(rows, index);
    }
    return true;
}
