// SPDX-License-Identifier: Apache-2.0
/* All findings of a batch together: one statement after the other, each for all of them, so
 * that PostgreSQL is not waited for a finding at a time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hub/intake_private.h"
#include "hub/search_private.h"

enum { NAME_MAX_OURS = FINDING_ID_MAX + BASIS_NAME_MAX + 24, COLUMNS_MAX = 14 };

struct term {
    int64_t finding;
    char words[SEARCH_TERM_MAX + 8];
};

struct writing {
    struct change *change;
    const struct intake_from *from;
    const struct received_finding *findings;
    size_t count;
    char (*names)[NAME_MAX_OURS];
    struct database_value *values;                  /* count rows of at most COLUMNS_MAX */
    int64_t first_id, first_happening, own, shared; /* the last two: compartments */
    struct term *terms;
    size_t term_count, term_max, term_of; /* term_of: whose words are cut */
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

static struct database_value score_of(const struct received_finding *finding)
{
    return database_number((int64_t)(finding->score + 0.5));
}

/* The number that the i-th has if it is new. */
static struct database_value id_of(const struct writing *writing, size_t i)
{
    return database_number(writing->first_id + (int64_t)i);
}

static void put_new(const struct writing *writing, size_t i, struct database_value *row)
{
    const struct received_finding *finding = &writing->findings[i];
    const struct intake_from *from = writing->from;
    const struct database_value values[] = {
        id_of(writing, i),
        database_string(writing->names[i]),
        database_string(finding_kind_name(finding->kind)),
        database_string(finding->subject),
        score_of(finding),
        database_number(finding->first_ns),
        database_number(finding->last_ns),
        database_string(from->basis->id),
        database_string(finding->mandate.warrant),
        database_number(from->sector),
        database_string(finding->json),
        database_number(finding->retention_until_ns),
        database_number(from->now_ns),
        database_number(writing->own),
    };
    memcpy(row, values, sizeof values);
}

static void put_happening(const struct writing *writing, size_t i, struct database_value *row)
{
    row[0] = id_of(writing, i);
    row[1] = database_number(writing->first_happening + (int64_t)i);
    row[2] = database_number(writing->change->now_ns);
}

static void put_shared(const struct writing *writing, size_t i, struct database_value *row)
{
    row[0] = database_string(writing->names[i]);
    row[1] = database_number(writing->shared);
    row[2] = database_number(writing->from->organisation);
}

static void put_sighting(const struct writing *writing, size_t i, struct database_value *row)
{
    const struct received_finding *finding = &writing->findings[i];
    row[0] = database_string(writing->names[i]);
    row[1] = database_number(writing->from->sensor);
    row[2] = database_string(writing->from->batch);
    row[3] = score_of(finding);
    row[4] = database_number(finding->first_ns);
    row[5] = database_number(finding->last_ns);
    row[6] = database_string(finding->json);
}

static void put_sum(const struct writing *writing, size_t i, struct database_value *row)
{
    const struct received_finding *finding = &writing->findings[i];
    row[0] = database_string(writing->names[i]);
    row[1] = id_of(writing, i);
    row[2] = database_number(finding->retention_until_ns);
    row[3] = database_number(writing->change->now_ns);
    row[4] = score_of(finding);
    row[5] = database_string(finding->json);
    row[6] = database_string(finding->mandate.warrant);
}

/* In this order.  A row whose number is the one it was given is new. */
static const struct step {
    const char *sql;
    size_t columns;
    void (*put)(const struct writing *writing, size_t i, struct database_value *row);
    bool is_of_several; /* where findings of several organisations are one */
} steps[] = {
    { "INSERT INTO finding (id, name, kind, subject, score, first_seen, last_seen, sensors,"
      " basis, warrant, verdict, sector, document, until, created, updated, compartment,"
      " version) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, '', $10, $11, $12, $13, $13,"
      " $14, 1) ON CONFLICT (name) DO NOTHING",
      14, put_new, false },
    { "INSERT INTO happening (id, at, kind, subject, compartment) SELECT CAST($2 AS BIGINT),"
      " CAST($3 AS BIGINT), 'finding', name, compartment FROM finding WHERE id = $1",
      3, put_happening, false },
    /* Seen by sensors of several organisations, it is nobody's own. */
    { "UPDATE finding SET compartment = $2, sector = 0 WHERE name = $1 AND compartment IN"
      " (SELECT id FROM compartment WHERE organisation <> 0 AND organisation <> $3)",
      3, put_shared, true },
    { "INSERT INTO sighting (finding, sensor, batch, score, first_seen, last_seen, document)"
      " VALUES ((SELECT id FROM finding WHERE name = $1), $2, $3, $4, $5, $6, $7)"
      " ON CONFLICT (finding, sensor) DO UPDATE SET batch = excluded.batch,"
      " score = excluded.score, first_seen = excluded.first_seen,"
      " last_seen = excluded.last_seen, document = excluded.document",
      7, put_sighting, false },
    /* What all sensors together say: the strongest is shown, the others stay beside it. */
    { "UPDATE finding SET (sensors, score, first_seen, last_seen) = (SELECT COUNT(*),"
      " MAX(g.score), MIN(g.first_seen), MAX(g.last_seen) FROM sighting g"
      " WHERE g.finding = finding.id),"
      " document = CASE WHEN $5 >= score THEN $6 ELSE document END,"
      " warrant = CASE WHEN $5 >= score THEN $7 ELSE warrant END,"
      " until = CASE WHEN until > $3 THEN until ELSE $3 END, updated = $4,"
      " version = version + 1 WHERE name = $1 AND id <> $2",
      7, put_sum, false },
};

static bool run_step(struct writing *writing, const struct step *step, struct error *err)
{
    for (size_t i = 0; i < writing->count; i++)
        step->put(writing, i, writing->values + i * step->columns);
    return database_run_many(
        writing->change->db,
        &(const struct database_statement){ step->sql, writing->values, step->columns },
        writing->count, err);
}

static bool run_steps(struct writing *writing, struct error *err)
{
    bool is_of_several = writing->from->basis->kind != BASIS_OWN;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if ((is_of_several || !steps[i].is_of_several) && !run_step(writing, &steps[i], err))
            return false;
    }
    return true;
}

static bool keep_term(void *context, const char *words)
{
    struct writing *writing = context;
    if (writing->term_count == writing->term_max) {
        size_t max = 2 * writing->term_max + 64;
        struct term *more = realloc(writing->terms, max * sizeof *more);
        if (!more)
            return false;
        writing->terms = more;
        writing->term_max = max;
    }
    struct term *term = &writing->terms[writing->term_count++];
    struct text to = text_over(term->words, sizeof term->words);
    text_put_string(&to, words);
    term->finding = writing->first_id + (int64_t)writing->term_of;
    return true;
}

static bool cut_terms(struct writing *writing, struct error *err)
{
    struct search_terms terms = { .take = keep_term, .context = writing };
    for (size_t i = 0; i < writing->count; i++) {
        writing->term_of = i;
        if (!search_cut(&terms, writing->findings[i].subject) ||
            !search_cut(&terms, finding_kind_name(writing->findings[i].kind)))
            return error_set(err, ENOMEM, "words of findings");
    }
    return true;
}

/* What those that are new are found by. */
static bool write_terms(struct writing *writing, struct error *err)
{
    struct database_value *values =
        cut_terms(writing, err) ? calloc(writing->term_count + 1, 2 * sizeof *values) : NULL;
    if (!values)
        return err->text[0] != '\0' ? false : error_set(err, ENOMEM, "words of findings");
    for (size_t i = 0; i < writing->term_count; i++) {
        values[2 * i] = database_number(writing->terms[i].finding);
        values[2 * i + 1] = database_string(writing->terms[i].words);
    }
    bool is_done = database_run_many(
        writing->change->db,
        &(const struct database_statement){
            "INSERT INTO term (term, kind, subject) SELECT CAST($2 AS TEXT), 'finding', id"
            " FROM finding WHERE id = $1 ON CONFLICT (term, kind, subject) DO NOTHING",
            values, 2 },
        writing->term_count, err);
    free(values);
    return is_done;
}

static bool begin(struct writing *writing, struct error *err)
{
    struct change *change = writing->change;
    writing->names = calloc(writing->count, sizeof *writing->names);
    writing->values = calloc(writing->count, COLUMNS_MAX * sizeof *writing->values);
    if (!writing->names || !writing->values)
        return error_set(err, ENOMEM, "findings");
    for (size_t i = 0; i < writing->count; i++)
        put_name(writing->from, &writing->findings[i], writing->names[i]);
    const struct compartment own = intake_compartment(writing->from, "finding", false);
    const struct compartment shared = intake_compartment(writing->from, "finding", true);
    return compartment_intern(change, &own, &writing->own, err) &&
           compartment_intern(change, &shared, &writing->shared, err) &&
           sql_number(change->db, SQL0("SELECT MAX(id) + 1 FROM finding"), 1,
                      &writing->first_id, err) &&
           sql_number(change->db, SQL0("SELECT MAX(id) + 1 FROM happening"), 1,
                      &writing->first_happening, err);
}

bool intake_write_findings(struct change *change, const struct intake_from *from,
                           const struct received_finding *findings, size_t count,
                           struct error *err)
{
    struct writing writing = {
        .change = change, .from = from, .findings = findings, .count = count
    };
    if (count == 0)
        return true;
    bool is_done =
        begin(&writing, err) && run_steps(&writing, err) && write_terms(&writing, err);
    change->has_happened = true;
    free(writing.names);
    free(writing.values);
    free(writing.terms);
    return is_done;
}

static bool take(void *context, const struct received_finding *finding)
{
    struct intake_findings *findings = context;
    const struct intake_from *from = &findings->from;
    findings->is_foreign =
        findings->is_foreign || strcmp(finding->mandate.basis_name, from->basis->id) != 0;
    if (findings->is_foreign)
        return false;
    if (finding->retention_until_ns <= from->now_ns) {
        findings->refused++;
        return true;
    }
    struct received_finding *kept = &findings->rows[findings->count];
    *kept = *finding;
    kept->json = strdup(finding->json);
    findings->count += kept->json != NULL;
    return kept->json != NULL;
}

bool intake_read_findings(struct bytes batch, const struct intake_from *from,
                          struct intake_findings *out)
{
    struct error why = { .code = 0 };
    struct received_finding_taker taker = { take, out };
    *out = (struct intake_findings){ .from = *from };
    out->rows = calloc(FINDINGS_READ_MAX, sizeof *out->rows);
    return out->rows && findings_read(batch, &taker, NULL, &why);
}

void intake_findings_free(struct intake_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        free((char *)(uintptr_t)findings->rows[i].json);
    free(findings->rows);
    *findings = (struct intake_findings){ .count = 0 };
}
