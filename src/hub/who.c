// SPDX-License-Identifier: Apache-2.0
#include "hub/who_private.h"

#include <string.h>

#include "base/time.h"

static void copy(char *room, size_t max, struct bytes text)
{
    struct text to = text_over(room, max);
    text_put(&to, text);
}

const char *session_cookie(const struct asking *asking)
{
    return asking->request->is_secure ? SESSION_COOKIE : SESSION_COOKIE_PLAIN;
}

static bool load_roles(struct asking *asking, struct error *err)
{
    struct access_actor *actor = &asking->actor;
    struct database_rows *rows =
        database_ask(asking->db,
                     SQL("SELECT role, organisation, sectors, since, until FROM held_role"
                         " WHERE person = $1 AND until > $2 ORDER BY id LIMIT 16",
                         database_number(actor->person), database_number(asking->now_ns)),
                     err);
    if (!rows)
        return false;
    enum database_step step;
    while ((step = database_step(rows, err)) == DATABASE_ROW) {
        const struct law_role *role = NULL;
        struct bytes id = database_get_text(rows, 0);
        for (size_t i = 0; i < asking->hub->settings.law->role_count; i++) {
            if (bytes_equal(id, bytes_of_string(asking->hub->settings.law->roles[i].id)))
                role = &asking->hub->settings.law->roles[i];
        }
        if (!role || actor->role_count == ACCESS_ROLES_MAX)
            continue;
        actor->roles[actor->role_count++] = (struct access_role){
            .id = role->id,
            .organisation = database_get_number(rows, 1),
            .sectors = (uint64_t)database_get_number(rows, 2),
            .from_ns = database_get_number(rows, 3),
            .to_ns = database_get_number(rows, 4),
        };
    }
    database_end(rows);
    return step == DATABASE_END;
}

static void take_person(struct asking *asking, const struct database_rows *rows)
{
    struct access_actor *actor = &asking->actor;
    actor->organisation = database_get_number(rows, 3);
    actor->is_exercise = database_get_number(rows, 4) != 0;
    actor->clearance = (enum access_clearance)database_get_number(rows, 5);
    actor->clearance_from_ns = database_get_number(rows, 6);
    actor->clearance_to_ns = database_get_number(rows, 7);
    actor->scopes = UINT64_MAX;
    asking->person.organisation = actor->organisation;
    copy(asking->person.name, sizeof asking->person.name, database_get_text(rows, 0));
    copy(asking->person.display, sizeof asking->person.display, database_get_text(rows, 1));
    copy(asking->person.language, sizeof asking->person.language, database_get_text(rows, 2));
}

bool who_load(struct asking *asking, int64_t person, bool *is_known, struct error *err)
{
    struct database_rows *rows = database_ask(
        asking->db,
        SQL("SELECT name, display, language, organisation, is_exercise, clearance,"
            " clearance_from, clearance_to FROM person WHERE id = $1 AND is_active = 1",
            database_number(person)),
        err);
    if (!rows)
        return false;
    enum database_step step = database_step(rows, err);
    *is_known = step == DATABASE_ROW;
    if (*is_known) {
        asking->actor = (struct access_actor){ .person = person };
        take_person(asking, rows);
    }
    database_end(rows);
    return step != DATABASE_FAILED && (!*is_known || load_roles(asking, err));
}

static int64_t take_session(struct asking *asking, const struct database_rows *rows,
                            int64_t *seen_ns)
{
    struct asking_session *session = &asking->session;
    *seen_ns = database_get_number(rows, 1);
    int64_t idle_ns = *seen_ns + SESSION_IDLE_S * TIME_SECOND_NS;
    session->expires_ns = database_get_number(rows, 2);
    if (idle_ns < session->expires_ns)
        session->expires_ns = idle_ns;
    copy(session->strength, sizeof session->strength, database_get_text(rows, 3));
    copy(session->csrf, sizeof session->csrf, database_get_text(rows, 4));
    copy(session->purpose, sizeof session->purpose, database_get_text(rows, 5));
    return session->expires_ns > asking->now_ns ? database_get_number(rows, 0) : 0;
}

/* The session or the token of asking->session.digest, as it stands now. */
static bool by_session(struct asking *asking, bool *is_known, int64_t *seen_ns,
                       struct error *err)
{
    struct database_rows *rows = database_ask(
        asking->db,
        SQL("SELECT person, seen, expires, strength, csrf, purpose FROM session"
            " WHERE digest = $1",
            database_blob((struct bytes){ asking->session.digest, TOKEN_DIGEST_OCTETS })),
        err);
    if (!rows)
        return false;
    int64_t person = 0;
    enum database_step step = database_step(rows, err);
    if (step == DATABASE_ROW)
        person = take_session(asking, rows, seen_ns);
    database_end(rows);
    if (step == DATABASE_FAILED)
        return false;
    if (person == 0)
        return true;
    if (!who_load(asking, person, is_known, err))
        return false;
    asking->actor.has_passkey = strcmp(asking->session.strength, "passkey") == 0;
    return true;
}

static bool by_token(struct asking *asking, bool *is_known, struct error *err)
{
    struct database_rows *rows = database_ask(
        asking->db,
        SQL("SELECT person, scopes FROM token WHERE digest = $1 AND expires > $2",
            database_blob((struct bytes){ asking->session.digest, TOKEN_DIGEST_OCTETS }),
            database_number(asking->now_ns)),
        err);
    if (!rows)
        return false;
    int64_t person = 0;
    uint64_t scopes = 0;
    enum database_step step = database_step(rows, err);
    if (step == DATABASE_ROW) {
        person = database_get_number(rows, 0);
        scopes = (uint64_t)database_get_number(rows, 1);
    }
    database_end(rows);
    if (step == DATABASE_FAILED || person == 0)
        return step != DATABASE_FAILED;
    if (!who_load(asking, person, is_known, err))
        return false;
    asking->actor.scopes = scopes;
    asking->session.is_token = true;
    copy(asking->session.strength, sizeof asking->session.strength, BYTES("token"));
    return true;
}

bool who_again(struct asking *asking, bool *is_known, struct error *err)
{
    int64_t seen_ns;
    *is_known = false;
    return asking->session.is_token ? by_token(asking, is_known, err)
                                    : by_session(asking, is_known, &seen_ns, err);
}

static bool by_cookie(struct asking *asking, const char *token, bool *is_known,
                      struct error *err)
{
    int64_t seen_ns = 0;
    token_digest(token, asking->session.digest);
    if (!by_session(asking, is_known, &seen_ns, err))
        return false;
    if (*is_known && asking->now_ns - seen_ns >= SESSION_SEEN_S * TIME_SECOND_NS)
        seen_note(asking);
    return true;
}

static bool by_bearer(struct asking *asking, const char *token, bool *is_known,
                      struct error *err)
{
    token_digest(token, asking->session.digest);
    return by_token(asking, is_known, err);
}

bool who_is_person(struct asking *asking, bool *is_known, struct error *err)
{
    static const char scheme[] = "Bearer ";
    const char *bearer = http_header(asking->request, "Authorization");
    const char *cookie = http_cookie(asking->request, session_cookie(asking));
    bool is_found = true;
    if (bearer && strncmp(bearer, scheme, sizeof scheme - 1) == 0)
        is_found = by_bearer(asking, bearer + sizeof scheme - 1, is_known, err);
    else if (cookie)
        is_found = by_cookie(asking, cookie, is_known, err);
    const char *purpose = http_header(asking->request, "Sekisho-Purpose");
    if (asking->hub->settings.is_exercise && asking->session.purpose[0] == '\0')
        copy(asking->session.purpose, sizeof asking->session.purpose, BYTES("exercise"));
    asking->purpose = purpose                    ? purpose
                      : *asking->session.purpose ? asking->session.purpose
                                                 : NULL;
    return is_found;
}

bool who_is_sensor(struct asking *asking, bool *is_known, struct error *err)
{
    if (!asking->request->has_certificate)
        return true;
    struct database_rows *rows = database_ask(
        asking->db,
        SQL("SELECT id, organisation, compartment, sector, name, basis, equipment FROM sensor"
            " WHERE fingerprint = $1 AND is_active = 1",
            database_blob((struct bytes){ asking->request->certificate, HTTP_DIGEST_OCTETS })),
        err);
    if (!rows)
        return false;
    enum database_step step = database_step(rows, err);
    *is_known = step == DATABASE_ROW;
    if (*is_known) {
        struct asking_sensor *sensor = &asking->sensor;
        sensor->id = database_get_number(rows, 0);
        sensor->organisation = database_get_number(rows, 1);
        sensor->compartment = database_get_number(rows, 2);
        sensor->sector = (unsigned)database_get_number(rows, 3);
        copy(sensor->name, sizeof sensor->name, database_get_text(rows, 4));
        copy(sensor->basis, sizeof sensor->basis, database_get_text(rows, 5));
        copy(sensor->equipment, sizeof sensor->equipment, database_get_text(rows, 6));
    }
    database_end(rows);
    return step != DATABASE_FAILED;
}
