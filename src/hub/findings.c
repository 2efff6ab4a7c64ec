// SPDX-License-Identifier: Apache-2.0
/* What sensors found, and the minimised records behind it. */
#include <string.h>

#include "base/time.h"
#include "hub/list_private.h"
#include "hub/look_private.h"
#include "hub/record_private.h"
#include "hub/sensors_private.h"
#include "hub/text_private.h"

#define COLUMNS                                                                           \
    "SELECT f.name AS id, f.kind, f.subject, f.score AS \"score@number\","                \
    " f.first_seen AS \"first_seen@time\", f.last_seen AS \"last_seen@time\","            \
    " f.sensors AS \"sensors@number\", f.basis, f.warrant, f.verdict, f.sector AS"        \
    " \"sector@number\", f.updated AS \"updated@time\", f.version AS \"version@number\"," \
    " f.updated AS \"at@number\", f.id AS \"row@number\""

#define SELECTED                                                                           \
    " FROM finding f"                                                                      \
    " WHERE +f.compartment IN (SELECT compartment FROM visible WHERE view = $1)"           \
    " AND (f.updated, f.id) < ($2, $3) AND f.updated >= $4 AND ($5 = -1 OR f.sector = $5)" \
    " AND f.score >= $6 AND f.last_seen >= $7 AND f.first_seen < $8"

#define IN_ORDER " ORDER BY f.updated DESC, f.id DESC LIMIT $9"
#define OF_KIND " AND f.kind = $10"
#define OF_SUBJECT " AND f.subject = $10"
/* Of a record that the asker may list. */
#define OF_RECORD                                                                  \
    " AND f.name IN (SELECT l.target FROM link l JOIN record r ON r.id = l.record" \
    " WHERE r.name = $10 AND l.kind = 'finding' AND r.compartment IN"              \
    " (SELECT compartment FROM visible WHERE view = $1))"

/* (+compartment: the index that is walked is the one in the order asked for.)
 * Where what may be seen, or what has such a score, is little of much: all of that is taken and
 * put in order, by sums that keep the engine from walking everything in that order instead. */
#define ALL_IN_ORDER " ORDER BY f.updated + 0 DESC, f.id + 0 DESC LIMIT $9"
#define ASKED                                                                           \
    " AND (f.updated + 0, f.id + 0) < ($2, $3) AND f.updated + 0 >= $4 AND ($5 = -1 OR" \
    " f.sector = $5) AND f.score >= $6 AND f.last_seen + 0 >= $7 AND f.first_seen + 0 < $8"
#define OF_FEW                                                                          \
    " FROM (SELECT compartment FROM visible WHERE view = $1) AS v CROSS JOIN finding f" \
    " WHERE f.compartment = v.compartment" ASKED                                        \
    " AND ($10 = '' OR f.kind = $10)" ALL_IN_ORDER
#define OF_SCORE                                                \
    " FROM finding f WHERE f.score >= $6 AND +f.compartment IN" \
    " (SELECT compartment FROM visible WHERE view = $1)" ASKED " AND $10 = ''" ALL_IN_ORDER

/* Found and put in order from an index alone; read are the rows of the page. */
#define PAGE_OF(selected)                                                              \
    " FROM (SELECT f.id AS one" selected ") AS page JOIN finding f ON f.id = page.one" \
    " ORDER BY f.updated DESC, f.id DESC"

static const struct listing {
    const char *query, *page, *count;
} listings[] = {
    { "record", COLUMNS SELECTED OF_RECORD IN_ORDER, LIST_COUNT(SELECTED OF_RECORD IN_ORDER) },
    { "about", COLUMNS SELECTED OF_SUBJECT IN_ORDER, LIST_COUNT(SELECTED OF_SUBJECT IN_ORDER) },
    { "kind", COLUMNS SELECTED OF_KIND IN_ORDER, LIST_COUNT(SELECTED OF_KIND IN_ORDER) },
    { "", COLUMNS SELECTED IN_ORDER, LIST_COUNT(SELECTED IN_ORDER) },
};
static const struct listing of_few = { "", COLUMNS PAGE_OF(OF_FEW), LIST_COUNT(OF_FEW) };
static const struct listing of_score = { "", COLUMNS PAGE_OF(OF_SCORE), LIST_COUNT(OF_SCORE) };

/* The one of the filters of which each has its index; refuses two of them. */
static const struct listing *choose(struct asking *asking, const char **word)
{
    static const struct law_text one = { "one of record, about and kind",
                                         "record、about、kindのうち一つだけ指定できます" };
    const struct listing *chosen = NULL;
    *word = NULL;
    for (size_t i = 0; i < 3; i++) {
        const char *given = http_query(asking->request, listings[i].query);
        if (!given || !*given)
            continue;
        if (chosen) {
            (void)refuse_field(asking, listings[i].query, one);
            return NULL;
        }
        chosen = &listings[i];
        *word = given;
    }
    return chosen ? chosen : &listings[3];
}

/* Between which moments; refuses what is none. */
static bool read_span(struct asking *asking, int64_t *from_ns, int64_t *to_ns)
{
    static const struct law_text bad = { "a moment is as 2028-01-31T09:00:00Z",
                                         "日時は2028-01-31T09:00:00Zの形です" };
    const char *from = http_query(asking->request, "from");
    const char *to = http_query(asking->request, "to");
    *from_ns = 0;
    *to_ns = INT64_MAX;
    if (from && *from && !time_read(bytes_of_string(from), from_ns))
        return !refuse_field(asking, "from", bad);
    return !to || !*to || time_read(bytes_of_string(to), to_ns) ||
           !refuse_field(asking, "to", bad);
}

static bool read_score(struct asking *asking, int64_t *out)
{
    static const struct law_text bad = { "0 to 100", "0から100まで" };
    const char *text = http_query(asking->request, "min_score");
    uint64_t score = 0;
    if (text && *text && !text_read_u64(bytes_of_string(text), 100, &score))
        return !refuse_field(asking, "min_score", bad);
    *out = (int64_t)score;
    return true;
}

static void dress(const struct asking *asking, json_t *items)
{
    json_t *item;
    size_t index;
    json_array_foreach(items, index, item)
    {
        unsigned sector = (unsigned)json_integer_value(json_object_get(item, "sector"));
        json_object_set_new(item, "sector",
                            json_string(sector_name(asking->hub->settings.law, sector)));
    }
}

static bool is_little(struct asking *asking, const char *sql, int64_t of, bool *out,
                      struct error *err)
{
    int64_t count = 0;
    const struct database_statement statement = { sql,
                                                  (const struct database_value[]){
                                                      database_number(of),
                                                      database_number(LIST_COUNT_MAX + 1) },
                                                  2 };
    bool is_counted = much_count(asking, &statement, &count, err);
    *out = count <= LIST_COUNT_MAX;
    return is_counted;
}

/* The listing that reads least. */
static bool choose_least(struct asking *asking, int64_t view, int64_t score,
                         const struct listing **listing, struct error *err)
{
    static const char seen[] =
        "SELECT COUNT(*) FROM (SELECT 1 FROM finding WHERE compartment IN"
        " (SELECT compartment FROM visible WHERE view = $1) LIMIT $2) AS capped";
    static const char scored[] = "SELECT COUNT(*) FROM (SELECT 1 FROM finding WHERE score >= $1"
                                 " LIMIT $2) AS capped";
    bool is_kind = *listing == &listings[2], is_plain = *listing == &listings[3], is_less;
    if (!is_kind && !is_plain)
        return true;
    if (!is_little(asking, seen, view, &is_less, err))
        return false;
    if (is_less) {
        *listing = &of_few;
        return true;
    }
    if (!is_plain || score == 0)
        return true;
    if (!is_little(asking, scored, score, &is_less, err))
        return false;
    if (is_less)
        *listing = &of_score;
    return true;
}

bool findings_list(struct asking *asking, struct error *err)
{
    struct list list;
    int64_t from_ns, to_ns, score = 0;
    if (!list_begin(asking, &list, err))
        return false;
    if (asking->status != 0 || !read_span(asking, &from_ns, &to_ns) ||
        !read_score(asking, &score))
        return true;
    const char *word;
    const struct listing *listing = choose(asking, &word);
    if (!listing)
        return true;
    if (!choose_least(asking, list.view, score, &listing, err))
        return false;
    struct database_value values[] = {
        database_number(list.view),      database_number(list.before),
        database_number(list.before_id), database_number(list.updated_since),
        database_number(list.sector),    database_number(score),
        database_number(from_ns),        database_number(to_ns),
        database_number(list.limit + 1), database_string(word ? word : ""),
    };
    size_t count = listing == &listings[3] ? 9 : 10;
    json_t *items = rows_array(
        asking->db, &(struct database_statement){ listing->page, values, count }, err);
    if (!items)
        return false;
    dress(asking, items);
    return list_answer(asking, &list, items,
                       &(struct list_counting){ listing->count, values, count, 8 }, err);
}

/* A row of that name and its compartment; id 0: none. */
static bool find(struct asking *asking, int64_t *id, int64_t *compartment, struct error *err)
{
    struct database_rows *rows =
        database_ask(asking->db,
                     SQL("SELECT id, compartment FROM finding WHERE name = $1",
                         database_string(http_variable(asking->request, "id"))),
                     err);
    if (!rows)
        return false;
    enum database_step step = database_step(rows, err);
    *id = step == DATABASE_ROW ? database_get_number(rows, 0) : 0;
    *compartment = step == DATABASE_ROW ? database_get_number(rows, 1) : 0;
    database_end(rows);
    return step != DATABASE_FAILED;
}

static bool answer_finding(struct asking *asking, int64_t id, struct error *err)
{
    int64_t view;
    if (!compartment_view(asking, ACTION_LIST, &view, err))
        return false;
    json_t *finding =
        rows_one(asking->db,
                 SQL("SELECT f.name AS id, f.kind, f.subject, f.score AS \"score@number\","
                     " f.first_seen AS \"first_seen@time\", f.last_seen AS \"last_seen@time\","
                     " f.basis, f.warrant, f.verdict, f.document AS \"detail@json\", f.until AS"
                     " \"retention@time\", f.updated AS \"updated@time\", f.version AS"
                     " \"version@number\" FROM finding f WHERE f.id = $1",
                     database_number(id)),
                 err);
    json_t *sensors = rows_array(
        asking->db,
        SQL("SELECT s.name AS sensor, g.score AS \"score@number\", g.first_seen AS"
            " \"first_seen@time\", g.last_seen AS \"last_seen@time\" FROM sighting g"
            " JOIN sensor s ON s.id = g.sensor WHERE g.finding = $1 AND s.compartment IN"
            " (SELECT compartment FROM visible WHERE view = $2) ORDER BY s.name",
            database_number(id), database_number(view)),
        err);
    json_t *records = rows_array(
        asking->db,
        SQL("SELECT r.name AS id, r.title, r.procedure, r.state FROM link l"
            " JOIN record r ON r.id = l.record JOIN finding f ON f.name = l.target"
            " WHERE f.id = $1 AND r.compartment IN"
            " (SELECT compartment FROM visible WHERE view = $2) ORDER BY r.id LIMIT 50",
            database_number(id), database_number(view)),
        err);
    if (!finding || !sensors || !records) {
        json_decref(finding);
        json_decref(sensors);
        json_decref(records);
        return false;
    }
    json_object_set_new(finding, "sensors", sensors);
    json_object_set_new(finding, "records", records);
    return answer_version(asking, 200, finding,
                          json_integer_value(json_object_get(finding, "version")));
}

bool findings_show(struct asking *asking, struct error *err)
{
    int64_t id, compartment, view;
    bool is_failed;
    if (!find(asking, &id, &compartment, err) ||
        !compartment_view(asking, ACTION_LIST, &view, err))
        return false;
    if (id == 0)
        return refuse_unknown(asking);
    if (!compartment_may(asking, ACTION_READ, compartment, &is_failed, err))
        return !is_failed;
    return answer_finding(asking, id, err);
}

/* "harmful", "harmless", "unclear": what people found out about it (src/model/verdict.h keeps a
 * sensor's own). */
static bool write_verdict(struct asking *asking, int64_t id, const json_t *body,
                          struct error *err)
{
    static const struct law_text bad = { "harmful, harmless or unclear",
                                         "harmful、harmless、unclearのいずれか" };
    const char *verdict, *reason;
    struct change change;
    struct asking_actor actor = asking_name(asking->actor.person);
    if (!body_text(asking, body, "verdict", 16, &verdict) ||
        !body_text(asking, body, "reason", 1000, &reason))
        return true;
    if (strcmp(verdict, "harmful") != 0 && strcmp(verdict, "harmless") != 0 &&
        strcmp(verdict, "unclear") != 0)
        return refuse_field(asking, "verdict", bad);
    if (!change_of(asking, &change, err))
        return false;
    struct entry entry = entry_begin(ENTRY_VERDICT_GIVEN, change.now_ns);
    entry_set_text(&entry, ENTRY_ACTOR, bytes_of_string(actor.text));
    entry_set_text(&entry, ENTRY_EVENT, bytes_of_string(verdict));
    entry_set_text(&entry, ENTRY_REASON, bytes_of_string(*reason ? reason : verdict));
    entry_set_text(&entry, ENTRY_SUBJECT,
                   bytes_of_string(http_variable(asking->request, "id")));
    entry_set_time(&entry, ENTRY_UNTIL, change.now_ns + 365 * TIME_DAY_NS);
    if (!change_log(&change, &entry, NULL, err) ||
        !database_run(change.db,
                      SQL("UPDATE finding SET verdict = $2, updated = $3, version = version + 1"
                          " WHERE id = $1",
                          database_number(id), database_string(verdict),
                          database_number(change.now_ns)),
                      NULL, err))
        return change_give_up(&change);
    return change_commit(&change, err) && answer_finding(asking, id, err);
}

bool findings_judge(struct asking *asking, struct error *err)
{
    int64_t id, compartment;
    bool is_failed;
    if (!find(asking, &id, &compartment, err))
        return false;
    if (id == 0)
        return refuse_unknown(asking);
    if (!compartment_may(asking, ACTION_CHANGE, compartment, &is_failed, err))
        return !is_failed;
    json_t *body = asking_body(asking);
    bool is_done = !body || write_verdict(asking, id, body, err);
    json_decref(body);
    return is_done;
}

/* ---- minimised records: each look is an entry of the ledger (LC-14, LC-22) ---- */

#define FLOW_COLUMNS                                                                      \
    "SELECT s.name AS sensor, w.at AS \"from@time\", w.ends AS \"to@time\", w.server,"    \
    " w.port AS \"port@number\", w.protocol AS \"protocol@number\", w.line, w.direction," \
    " w.octets AS \"octets@number\", w.packets AS \"packets@number\", w.name, w.warrant," \
    " w.at AS \"at@number\", w.id AS \"row@number\""

#define FLOWS                                                                            \
    " WHERE w.compartment IN"                                                            \
    " (SELECT compartment FROM visible WHERE view = $1) AND (w.at + 0, w.id) < ($2, $3)" \
    " AND w.at >= $4 AND w.at < $5"
#define FLOWS_OF_SENSORS " FROM flow w JOIN sensor s ON s.id = w.sensor" FLOWS
#define FLOWS_COUNTED " FROM flow w" FLOWS /* from its index alone */
#define FLOWS_IN_ORDER " ORDER BY w.at DESC, w.id DESC LIMIT $6"
#define FLOWS_ABOUT " AND w.server = $7" FLOWS_IN_ORDER

bool flows_list(struct asking *asking, struct error *err)
{
    struct list list;
    int64_t from_ns, to_ns;
    if (!list_begin(asking, &list, err))
        return false;
    if (asking->status != 0 || !read_span(asking, &from_ns, &to_ns))
        return true;
    const char *about = http_query(asking->request, "about");
    about = about ? about : "";
    if (strlen(about) > 200)
        return refuse_unknown(asking);
    struct database_value counted[] = {
        database_number(list.view),      database_number(list.before),
        database_number(list.before_id), database_number(from_ns),
        database_number(to_ns),          database_number(list.limit + 1),
        database_string(about)
    };
    struct database_value values[sizeof counted / sizeof *counted];
    memcpy(values, counted, sizeof values);
    if (list.before < to_ns) /* the index is entered where the page begins */
        values[4] = database_number(list.before + 1);
    const struct list_counting counting = { *about ? LIST_COUNT(FLOWS_COUNTED FLOWS_ABOUT)
                                                   : LIST_COUNT(FLOWS_COUNTED FLOWS_IN_ORDER),
                                            counted, *about ? 7 : 6, 5 };
    const char *sql = *about ? FLOW_COLUMNS FLOWS_OF_SENSORS FLOWS_ABOUT
                             : FLOW_COLUMNS FLOWS_OF_SENSORS FLOWS_IN_ORDER;
    json_t *items = rows_array(
        asking->db, &(struct database_statement){ sql, values, counting.count }, err);
    if (!items)
        return false;
    if (json_array_size(items) > 0 &&
        !look_log(asking,
                  &(struct look){ "read", "flow", about, (int64_t)json_array_size(items) },
                  err)) {
        json_decref(items);
        return false;
    }
    return list_answer(asking, &list, items, &counting, err);
}
