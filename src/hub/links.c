// SPDX-License-Identifier: Apache-2.0
/* Links of a record, and the graph of what is related: walked on reading, never kept, and cut
 * at a cap that is shown. */
#include <stdio.h>
#include <string.h>

#include "hub/record_private.h"
#include "hub/text_private.h"

enum { GRAPH_NODES_MAX = 200, GRAPH_OF_ONE_MAX = 50 };

/* Only what the asker may list: a link tells that its other end is there. */
static bool answer_links(struct asking *asking, const struct record *record, struct error *err)
{
    int64_t view;
    if (!compartment_view(asking, ACTION_LIST, &view, err))
        return false;
    json_t *items = rows_array(
        asking->db,
        SQL("SELECT l.kind, l.target AS \"to@text\", l.at AS \"at@time\","
            " l.person AS \"person@id\" FROM link l WHERE l.record = $1 AND"
            " (EXISTS (SELECT 1 FROM record r WHERE r.name = l.target AND r.compartment IN"
            " (SELECT compartment FROM visible WHERE view = $2)) OR"
            " EXISTS (SELECT 1 FROM finding f WHERE f.name = l.target AND f.compartment IN"
            " (SELECT compartment FROM visible WHERE view = $2)))"
            " ORDER BY l.kind, l.target LIMIT 2000",
            database_number(record->id), database_number(view)),
        err);
    return items && answer(asking, 200, json_pack("{s:o, s:n}", "items", items, "next"));
}

bool links_list(struct asking *asking, struct error *err)
{
    bool is_failed;
    struct record *record = record_of(asking, asking->db, ACTION_READ, &is_failed, err);
    bool is_done = record ? answer_links(asking, record, err) : !is_failed;
    record_free(record);
    return is_done;
}

static bool is_kind(const char *kind)
{
    return strcmp(kind, "finding") == 0 || strcmp(kind, "record") == 0 ||
           strcmp(kind, "related") == 0;
}

static bool write_link(struct asking *asking, const struct record *record, const json_t *body,
                       struct error *err)
{
    static const struct law_text bad = { "finding, record or related",
                                         "finding、record、relatedのいずれか" };
    struct change change;
    const char *to, *kind;
    if (!body_text(asking, body, "to", 120, &to) || !body_text(asking, body, "kind", 16, &kind))
        return true;
    if (!is_kind(kind) || !*to)
        return refuse_field(asking, *to ? "kind" : "to", bad);
    if (!change_of(asking, &change, err))
        return false;
    if (!database_run(change.db,
                      SQL("INSERT INTO link (record, kind, target, at, person)"
                          " VALUES ($1, $2, $3, $4, $5)"
                          " ON CONFLICT (record, kind, target) DO NOTHING",
                          database_number(record->id), database_string(kind),
                          database_string(to), database_number(change.now_ns),
                          database_number(change.person)),
                      NULL, err))
        return change_give_up(&change);
    return change_commit(&change, err) && answer(asking, 201, json_pack("{s:s}", "to", to));
}

bool links_add(struct asking *asking, struct error *err)
{
    bool is_failed = false;
    json_t *body = asking_body(asking);
    struct record *record =
        body ? record_of(asking, asking->db, ACTION_CHANGE, &is_failed, err) : NULL;
    bool is_done = record ? write_link(asking, record, body, err) : !is_failed;
    record_free(record);
    json_decref(body);
    return is_done;
}

/* ---- the graph ---- */

struct graph {
    struct asking *asking;
    json_t *nodes, *edges, *seen; /* seen: by id, true */
    int64_t view;
    bool is_capped;
};

static bool add_node(struct graph *graph, const char *id, const char *kind, const char *label)
{
    if (json_object_get(graph->seen, id))
        return true;
    if (json_array_size(graph->nodes) >= GRAPH_NODES_MAX) {
        graph->is_capped = true;
        return false;
    }
    json_object_set_new(graph->seen, id, json_true());
    json_array_append_new(graph->nodes,
                          json_pack("{s:s, s:s, s:s}", "id", id, "kind", kind, "label", label));
    return true;
}

static void add_edge(struct graph *graph, const char *from, const char *to, struct law_text why)
{
    json_array_append_new(graph->edges, json_pack("{s:s, s:s, s:o}", "from", from, "to", to,
                                                  "why", law_text_json(why)));
}

/* Rows (id, kind, label) that the asker may list, each an edge from there. */
static bool walk(struct graph *graph, const char *from, const struct database_statement *sql,
                 struct law_text why, struct error *err)
{
    json_t *rows = rows_array(graph->asking->db, sql, err);
    const json_t *row;
    size_t index;
    if (!rows)
        return false;
    json_array_foreach(rows, index, row)
    {
        const char *id = json_string_value(json_object_get(row, "id"));
        if (index == GRAPH_OF_ONE_MAX)
            graph->is_capped = true;
        else if (id && add_node(graph, id, json_string_value(json_object_get(row, "kind")),
                                json_string_value(json_object_get(row, "label"))))
            add_edge(graph, from, id, why);
    }
    json_decref(rows);
    return true;
}

static const struct law_text about = { "the finding is about it", "検出の対象" },
                             same = { "found for the same server", "同じサーバについての検出" },
                             spoke = { "spoke with it", "このサーバと通信" },
                             by_hand = { "linked by hand", "手動での関連付け" };

static bool walk_finding(struct graph *graph, const char *finding, struct error *err)
{
    char subject[160] = "";
    struct database_rows *rows =
        database_ask(graph->asking->db,
                     SQL("SELECT subject FROM finding WHERE name = $1 AND compartment IN"
                         " (SELECT compartment FROM visible WHERE view = $2)",
                         database_string(finding), database_number(graph->view)),
                     err);
    enum database_step step = rows ? database_step(rows, err) : DATABASE_FAILED;
    if (step == DATABASE_ROW) {
        struct text to = text_over(subject, sizeof subject);
        text_put(&to, database_get_text(rows, 0));
    }
    if (rows)
        database_end(rows);
    if (step != DATABASE_ROW || !*subject)
        return step != DATABASE_FAILED;
    if (add_node(graph, subject, "server", subject))
        add_edge(graph, finding, subject, about);
    return walk(graph, subject,
                SQL("SELECT name AS id, 'finding' AS kind, kind || ' ' || subject AS label"
                    " FROM finding WHERE subject = $1 AND name <> $2 AND compartment IN"
                    " (SELECT compartment FROM visible WHERE view = $3) ORDER BY id LIMIT 51",
                    database_string(subject), database_string(finding),
                    database_number(graph->view)),
                same, err) &&
           walk(graph, subject,
                SQL("SELECT DISTINCT f.line AS id, 'line' AS kind, f.line AS label FROM flow f"
                    " WHERE f.server = $1 AND f.compartment IN"
                    " (SELECT compartment FROM visible WHERE view = $2) LIMIT 51",
                    database_string(subject), database_number(graph->view)),
                spoke, err);
}

static bool walk_all(struct graph *graph, const struct record *record, struct error *err)
{
    (void)add_node(graph, record->name, "record", record->title);
    if (!walk(graph, record->name,
              SQL("SELECT f.name AS id, 'finding' AS kind, f.kind || ' ' || f.subject AS label"
                  " FROM link l JOIN finding f ON f.name = l.target WHERE l.record = $1"
                  " AND l.kind = 'finding' AND f.compartment IN"
                  " (SELECT compartment FROM visible WHERE view = $2) ORDER BY f.id LIMIT 51",
                  database_number(record->id), database_number(graph->view)),
              by_hand, err) ||
        !walk(graph, record->name,
              SQL("SELECT r.name AS id, 'record' AS kind, r.title AS label FROM link l"
                  " JOIN record r ON r.name = l.target WHERE l.record = $1 AND r.compartment IN"
                  " (SELECT compartment FROM visible WHERE view = $2) ORDER BY r.id LIMIT 51",
                  database_number(record->id), database_number(graph->view)),
              by_hand, err))
        return false;
    for (size_t i = 0; i < json_array_size(graph->nodes); i++) {
        const json_t *node = json_array_get(graph->nodes, i);
        const char *kind = json_string_value(json_object_get(node, "kind"));
        if (kind && strcmp(kind, "finding") == 0 &&
            !walk_finding(graph, json_string_value(json_object_get(node, "id")), err))
            return false;
    }
    return true;
}

static bool answer_graph(struct asking *asking, const struct record *record, struct error *err)
{
    struct graph graph = {
        .asking = asking, .nodes = json_array(), .edges = json_array(), .seen = json_object()
    };
    bool is_done = compartment_view(asking, ACTION_LIST, &graph.view, err) &&
                   walk_all(&graph, record, err);
    json_decref(graph.seen);
    if (!is_done) {
        json_decref(graph.nodes);
        json_decref(graph.edges);
        return false;
    }
    int shown = (int)json_array_size(graph.nodes);
    return answer(asking, 200,
                  json_pack("{s:o, s:o, s:i, s:i, s:b}", "nodes", graph.nodes, "edges",
                            graph.edges, "shown", shown, "cap", (int)GRAPH_NODES_MAX,
                            "is_capped", graph.is_capped));
}

bool record_graph(struct asking *asking, struct error *err)
{
    bool is_failed;
    struct record *record = record_of(asking, asking->db, ACTION_READ, &is_failed, err);
    bool is_done = record ? answer_graph(asking, record, err) : !is_failed;
    record_free(record);
    return is_done;
}
