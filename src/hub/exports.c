// SPDX-License-Identifier: Apache-2.0
/* Whole lists as they are sent, row by row, in constant memory: one transaction that reads one
 * moment, a connection of its own, and no more of them at a time than leave room for others. */
#include <stdlib.h>
#include <string.h>

#include "hub/list_private.h"
#include "hub/look_private.h"
#include "hub/meta_private.h"
#include "hub/text_private.h"

enum { EXPORTS_MAX = 4, ROW_ROOM = 65536 };

static _Atomic int running;

struct export
{
    struct hub *hub;
    struct database *db;
    struct database_rows *rows;
    bool is_csv, has_begun, has_row, has_ended;
    size_t at, len; /* of what of the row was not yet sent */
    char room[ROW_ROOM];
};

static void put_quoted(struct text *out, const char *text)
{
    /* A cell that begins so is run as a formula by spreadsheets. */
    const char *guard = strchr("=+-@\t\r", *text) && *text ? "'" : "";
    text_put_char(out, '"');
    text_put_string(out, guard);
    for (; *text; text++) {
        if (*text == '"')
            text_put_char(out, '"');
        text_put_char(out, *text);
    }
    text_put_char(out, '"');
}

static void put_cell(struct text *out, const json_t *value)
{
    if (json_is_string(value))
        put_quoted(out, json_string_value(value));
    else if (json_is_integer(value))
        text_put_i64(out, json_integer_value(value));
    else if (json_is_boolean(value))
        text_put_string(out, json_is_true(value) ? "true" : "false");
}

static void put_csv(struct text *out, json_t *row, bool is_header)
{
    const char *name;
    json_t *value;
    bool is_first = true;
    json_object_foreach(row, name, value)
    {
        if (!is_first)
            text_put_char(out, ',');
        is_first = false;
        if (is_header)
            text_put_string(out, name);
        else
            put_cell(out, value);
    }
    text_put_string(out, "\r\n");
}

static void put_row(struct export *export, struct text *out)
{
    json_t *row = rows_object(export->rows);
    if (export->is_csv) {
        if (!export->has_row)
            put_csv(out, row, true);
        put_csv(out, row, false);
    } else {
        char *text = json_dumps(row, JSON_COMPACT);
        text_put_string(out, export->has_row ? ",\n" : "[\n");
        text_put_string(out, text ? text : "null");
        free(text);
    }
    export->has_row = true;
    json_decref(row);
}

/* The next row, or the end, into the room; false where it broke off. */
static bool fill(struct export *export)
{
    struct error err = { 0 };
    struct text out = text_over(export->room, sizeof export->room);
    enum database_step step = database_step(export->rows, &err);
    if (step == DATABASE_FAILED) {
        hub_tell(export->hub, "error", "export", json_pack("{s:s}", "why", err.text));
        return false;
    }
    if (step == DATABASE_ROW) {
        put_row(export, &out);
    } else {
        export->has_ended = true;
        if (!export->is_csv)
            text_put_string(&out, export->has_row ? "\n]\n" : "[]\n");
    }
    export->at = 0;
    export->len = out.len;
    return !out.cut;
}

static ssize_t next(void *context, char *room, size_t max)
{
    struct export *export = context;
    size_t len = 0;
    while (len < max) {
        if (export->at == export->len) {
            if (export->has_ended)
                break;
            if (!fill(export))
                return -1; /* the client sees that it is cut */
        }
        size_t part =
            export->len - export->at < max - len ? export->len - export->at : max - len;
        memcpy(room + len, export->room + export->at, part);
        export->at += part;
        len += part;
    }
    return (ssize_t)len;
}

static void done(void *context)
{
    struct export *export = context;
    if (export->rows)
        database_end(export->rows);
    database_close(export->db);
    free(export);
    atomic_fetch_sub(&running, 1);
}

#define VISIBLE " IN (SELECT compartment FROM visible WHERE view = $1)"

/* What a row may be chosen by. */
enum filter {
    FILTER_VIEW,
    FILTER_PROCEDURE,
    FILTER_STATE,
    FILTER_SECTOR,
    FILTER_ORGANISATION,
    FILTER_LABEL,
    FILTER_SINCE,
    FILTER_Q,
    FILTER_KIND,
    FILTER_ABOUT,
    FILTERS
};

/* uses: what stands for $1, $2 ...; FILTERS: no more.  refused: parameters that others of the
 * exports know and this one does not. */
static const struct subject {
    const char *name, *kind, *sql;
    enum filter uses[FILTERS];
    const char *refused[FILTERS + 1];
} subjects[] = {
    { "records",
      "record",
      "SELECT name AS id, procedure, state, title, label AS \"label@label\", basis,"
      " created AS \"created@time\", updated AS \"updated@time\", deadline AS"
      " \"deadline@time\" FROM record WHERE +compartment" VISIBLE
      " AND ($2 = '' OR procedure = $2) AND ($3 = '' OR state = $3)"
      " AND ($4 = -1 OR sector = $4) AND ($5 = 0 OR organisation = $5)"
      " AND ($6 = -1 OR label = $6) AND updated >= $7"
      " AND ($8 = '' OR " SQL_HOLDS("title", "$8") " OR name = $8)"
                                                   " ORDER BY updated DESC, id DESC",
      { FILTER_VIEW, FILTER_PROCEDURE, FILTER_STATE, FILTER_SECTOR, FILTER_ORGANISATION,
        FILTER_LABEL, FILTER_SINCE, FILTER_Q, FILTERS },
      { "kind", "about", NULL } },
    { "findings",
      "finding",
      "SELECT name AS id, kind, subject, score AS \"score@number\", first_seen AS"
      " \"first_seen@time\", last_seen AS \"last_seen@time\", sensors AS"
      " \"sensors@number\", basis, warrant, verdict FROM finding WHERE +compartment" VISIBLE
      " AND ($2 = -1 OR sector = $2) AND updated >= $3 AND ($4 = '' OR kind = $4)"
      " AND ($5 = '' OR subject = $5) ORDER BY updated DESC, id DESC",
      { FILTER_VIEW, FILTER_SECTOR, FILTER_SINCE, FILTER_KIND, FILTER_ABOUT, FILTERS },
      { "procedure", "state", "label", "organisation", "q", NULL } },
    { "flows",
      "flow",
      "SELECT at AS \"from@time\", ends AS \"to@time\", server, port AS"
      " \"port@number\", protocol AS \"protocol@number\", line, direction, octets AS"
      " \"octets@number\", packets AS \"packets@number\", name, warrant FROM flow"
      " WHERE +compartment" VISIBLE " AND ($2 = '' OR server = $2) ORDER BY at DESC, id DESC",
      { FILTER_VIEW, FILTER_ABOUT, FILTERS },
      { "procedure", "state", "label", "organisation", "q", "kind", "sector", "updated_since",
        NULL } },
};

/* False where it knows no such filter, after having refused. */
static bool filters_known(struct asking *asking, const struct subject *subject)
{
    static const struct law_text unknown = { "this export knows no such filter",
                                             "このエクスポートでは使えない絞り込みです" };
    for (size_t i = 0; subject->refused[i]; i++) {
        if (http_query(asking->request, subject->refused[i]))
            return !refuse_field(asking, subject->refused[i], unknown);
    }
    return true;
}

static const char *query_word(const struct asking *asking, const char *name)
{
    const char *word = http_query(asking->request, name);
    return word ? word : "";
}

static const struct subject *find_subject(const char *file, bool *is_csv)
{
    const char *dot = file ? strrchr(file, '.') : NULL;
    *is_csv = dot && strcmp(dot, ".csv") == 0;
    if (!dot || (!*is_csv && strcmp(dot, ".json") != 0))
        return NULL;
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        size_t len = strlen(subjects[i].name);
        if (len == (size_t)(dot - file) && memcmp(file, subjects[i].name, len) == 0)
            return &subjects[i];
    }
    return NULL;
}

static struct export *open_export(struct asking *asking, const struct subject *subject,
                                  const struct list *list, struct error *err)
{
    const struct database_value all[FILTERS] = {
        [FILTER_VIEW] = database_number(list->view),
        [FILTER_PROCEDURE] = database_string(list->procedure),
        [FILTER_STATE] = database_string(list->state),
        [FILTER_SECTOR] = database_number(list->sector),
        [FILTER_ORGANISATION] = database_number(list->organisation),
        [FILTER_LABEL] = database_number(list->label),
        [FILTER_SINCE] = database_number(list->updated_since),
        [FILTER_Q] = database_string(list->q),
        [FILTER_KIND] = database_string(query_word(asking, "kind")),
        [FILTER_ABOUT] = database_string(query_word(asking, "about")),
    };
    struct database_value values[FILTERS];
    size_t count = 0;
    for (; count < FILTERS && subject->uses[count] != FILTERS; count++)
        values[count] = all[subject->uses[count]];
    struct export *export = calloc(1, sizeof *export);
    if (!export) {
        (void)error_set(err, 12, "export");
        return NULL;
    }
    export->hub = asking->hub;
    export->db = database_open(asking->hub->database, true, err);
    if (export->db)
        export->rows = database_ask(
            export->db, &(struct database_statement){ subject->sql, values, count }, err);
    if (export->rows)
        return export;
    if (export->db)
        database_close(export->db);
    free(export);
    return NULL;
}

bool exports_give(struct asking *asking, struct error *err)
{
    static const struct law_text busy = { "others export just now: try again shortly",
                                          "他のエクスポートの処理中です" };
    bool is_csv;
    struct list list;
    const struct subject *subject =
        find_subject(http_variable(asking->request, "file"), &is_csv);
    if (!subject)
        return refuse_unknown(asking);
    if (!filters_known(asking, subject))
        return true;
    if (!list_begin(asking, &list, err))
        return false;
    if (asking->status != 0)
        return true;
    if (!compartment_view(asking, ACTION_EXPORT, &list.view, err) ||
        !look_log(asking, &(struct look){ "export", subject->kind, subject->name, -1 }, err))
        return false;
    if (atomic_fetch_add(&running, 1) >= EXPORTS_MAX) {
        atomic_fetch_sub(&running, 1);
        http_set_header(asking->reply, "Retry-After", "5");
        return refuse_as(asking, 429, "busy", busy);
    }
    struct export *export = open_export(asking, subject, &list, err);
    if (!export) {
        atomic_fetch_sub(&running, 1);
        return false;
    }
    export->is_csv = is_csv;
    asking->status = 200;
    http_set_header(asking->reply, "Content-Disposition", "attachment");
    http_stream(asking->reply, is_csv ? "text/csv; charset=utf-8" : "application/json",
                &(struct http_stream){ next, done, export });
    return true;
}
