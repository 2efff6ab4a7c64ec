// SPDX-License-Identifier: Apache-2.0
#include "hub/intake_private.h"
#include "hub/record_private.h"

enum { NAME_MAX_OURS = FINDING_ID_MAX + BASIS_NAME_MAX + 24 };

struct known {
    int64_t id, organisation;
    int64_t score;
};

/* The same server found by sensors of one basis is one finding, whoever's they are; what is
 * found on one's own network is its owner's alone. */
static void put_name(const struct intake_from *from, const struct received_finding *finding,
                     char room[NAME_MAX_OURS])
{
    struct text name = text_over(room, NAME_MAX_OURS);
    text_format(&name, "%s-%s", finding->id, from->basis->id);
    if (from->basis->kind == BASIS_OWN)
        text_format(&name, "%lld", (long long)from->organisation);
}

static bool find(struct change *change, const char *name, struct known *out, struct error *err)
{
    struct database_rows *rows =
        database_ask(change->db,
                     SQL("SELECT f.id, c.organisation, f.score FROM finding f"
                         " JOIN compartment c ON c.id = f.compartment WHERE f.name = $1",
                         database_string(name)),
                     err);
    if (!rows)
        return false;
    enum database_step step = database_step(rows, err);
    *out = (struct known){ .id = 0 };
    if (step == DATABASE_ROW)
        *out = (struct known){ database_get_number(rows, 0), database_get_number(rows, 1),
                               database_get_number(rows, 2) };
    database_end(rows);
    return step != DATABASE_FAILED;
}

static bool make(struct change *change, const struct intake_from *from, const char *name,
                 const struct received_finding *finding, int64_t *id, struct error *err)
{
    int64_t compartment;
    const char *const words[] = { finding->subject, finding_kind_name(finding->kind) };
    if (!intake_compartment(change, from, "finding", false, &compartment, err) ||
        !sql_number(change->db, SQL0("SELECT MAX(id) FROM finding"), 0, id, err))
        return false;
    ++*id;
    return database_run(
               change->db,
               SQL("INSERT INTO finding (id, name, kind, subject, score, first_seen, last_seen,"
                   " sensors, basis, warrant, verdict, sector, document, until, created,"
                   " updated, compartment, version) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8,"
                   " $9, '', $10, $11, $12, $13, $13, $14, 0)",
                   database_number(*id), database_string(name),
                   database_string(finding_kind_name(finding->kind)),
                   database_string(finding->subject), database_number(0),
                   database_number(finding->first_ns), database_number(finding->last_ns),
                   database_string(from->basis->id), database_string(finding->mandate.warrant),
                   database_number(from->sector), database_string(finding->json),
                   database_number(finding->retention_until_ns), database_number(from->now_ns),
                   database_number(compartment)),
               NULL, err) &&
           search_note(change, "finding", *id, words, 2, err) &&
           change_happened(change, "finding", name, compartment, err);
}

static bool note_sighting(struct change *change, const struct intake_from *from, int64_t id,
                          const struct received_finding *finding, int64_t score,
                          struct error *err)
{
    return database_run(
        change->db,
        SQL("INSERT INTO sighting (finding, sensor, batch, score, first_seen, last_seen,"
            " document) VALUES ($1, $2, $3, $4, $5, $6, $7)"
            " ON CONFLICT (finding, sensor) DO UPDATE SET batch = excluded.batch,"
            " score = excluded.score, first_seen = excluded.first_seen,"
            " last_seen = excluded.last_seen, document = excluded.document",
            database_number(id), database_number(from->sensor), database_string(from->batch),
            database_number(score), database_number(finding->first_ns),
            database_number(finding->last_ns), database_string(finding->json)),
        NULL, err);
}

/* What all sensors together say: the strongest is shown, the others stay beside it. */
static bool sum_up(struct change *change, int64_t id, const struct received_finding *finding,
                   bool is_strongest, struct error *err)
{
    return database_run(
               change->db,
               SQL("UPDATE finding SET"
                   " sensors = (SELECT COUNT(*) FROM sighting WHERE finding = $1),"
                   " score = (SELECT MAX(score) FROM sighting WHERE finding = $1),"
                   " first_seen = (SELECT MIN(first_seen) FROM sighting WHERE finding = $1),"
                   " last_seen = (SELECT MAX(last_seen) FROM sighting WHERE finding = $1),"
                   " until = CASE WHEN until > $2 THEN until ELSE $2 END,"
                   " updated = $3, version = version + 1 WHERE id = $1",
                   database_number(id), database_number(finding->retention_until_ns),
                   database_number(change->now_ns)),
               NULL, err) &&
           (!is_strongest ||
            database_run(change->db,
                         SQL("UPDATE finding SET document = $2, warrant = $3 WHERE id = $1",
                             database_number(id), database_string(finding->json),
                             database_string(finding->mandate.warrant)),
                         NULL, err));
}

/* Seen by sensors of several organisations, it is nobody's own. */
static bool share(struct change *change, const struct intake_from *from, int64_t id,
                  struct error *err)
{
    int64_t compartment;
    return intake_compartment(change, from, "finding", true, &compartment, err) &&
           database_run(change->db,
                        SQL("UPDATE finding SET compartment = $2, sector = 0 WHERE id = $1",
                            database_number(id), database_number(compartment)),
                        NULL, err);
}

bool intake_write_finding(struct change *change, const struct intake_from *from,
                          const struct received_finding *finding, struct error *err)
{
    char name[NAME_MAX_OURS];
    struct known known;
    int64_t score = (int64_t)(finding->score + 0.5);
    put_name(from, finding, name);
    if (!find(change, name, &known, err))
        return false;
    bool is_new = known.id == 0;
    if (is_new && !make(change, from, name, finding, &known.id, err))
        return false;
    bool is_others =
        !is_new && known.organisation != 0 && known.organisation != from->organisation;
    if (is_others && !share(change, from, known.id, err))
        return false;
    return note_sighting(change, from, known.id, finding, score, err) &&
           sum_up(change, known.id, finding, score >= known.score, err);
}
