// SPDX-License-Identifier: Apache-2.0
/* Search over records and findings that the asker may list: all words, Japanese and English. */
#include <string.h>

#include "hub/compartment_private.h"
#include "hub/meta_private.h"
#include "hub/search_private.h"

enum { QUERY_TERMS_MAX = 8, FOUND_MAX = 50, TERM_ROOM = 136, RARE_MAX = 2000 };

struct query {
    size_t count;
    char terms[QUERY_TERMS_MAX][TERM_ROOM];
};

static bool take(void *context, const char *term)
{
    struct query *query = context;
    struct text to = text_over(query->terms[query->count], TERM_ROOM);
    text_put_string(&to, term);
    query->count++;
    return query->count < QUERY_TERMS_MAX;
}

/* A term that is not asked for is the first again, so one statement serves any number. */
static void put_terms(const struct query *query, struct database_value out[QUERY_TERMS_MAX])
{
    for (size_t i = 0; i < QUERY_TERMS_MAX; i++)
        out[i] = database_string(query->terms[i < query->count ? i : 0]);
}

#define HAS(term)                                            \
    " AND EXISTS (SELECT 1 FROM term t WHERE t.term = " term \
    " AND t.kind = $9 AND t.subject = x.subject)"
#define HITS                                                                             \
    "SELECT x.subject FROM term x WHERE x.term = $1 AND x.kind = $9" HAS("$2") HAS("$3") \
        HAS("$4") HAS("$5") HAS("$6") HAS("$7") HAS("$8")

/* The rarest word first, as all that has it is looked at. */
static bool put_rarest_first(struct asking *asking, const char *kind, struct query *query,
                             bool *is_common, struct error *err)
{
    int64_t least = INT64_MAX;
    size_t rarest = 0;
    char first[TERM_ROOM];
    for (size_t i = 0; i < query->count && least > 0; i++) {
        int64_t count;
        if (!sql_number(asking->db,
                        SQL("SELECT COUNT(*) FROM (SELECT 1 FROM term WHERE term = $1 AND"
                            " kind = $2 LIMIT $3) AS capped",
                            database_string(query->terms[i]), database_string(kind),
                            database_number(RARE_MAX + 1)),
                        0, &count, err))
            return false;
        rarest = count < least ? i : rarest;
        least = count < least ? count : least;
    }
    memcpy(first, query->terms[0], TERM_ROOM);
    memmove(query->terms[0], query->terms[rarest], TERM_ROOM);
    memcpy(query->terms[rarest], first, TERM_ROOM);
    *is_common = least > RARE_MAX;
    return true;
}

/* Words that much has are looked for in what is newest, until enough has them: the walk ends
 * there, as it is in the order asked for. */
#define SEEN " WHERE +compartment IN (SELECT compartment FROM visible WHERE view = $10)"
#define OLDEST(table)                                                                     \
    " AND updated >= COALESCE((SELECT updated FROM " table SEEN " ORDER BY updated DESC," \
    " id DESC LIMIT 1 OFFSET 19999), 0)"
#define NEWEST(table)                                                                      \
    " FROM (SELECT x.subject FROM (SELECT id AS subject, updated FROM " table SEEN OLDEST( \
        table) ") AS x WHERE EXISTS (SELECT 1 FROM term t WHERE t.term = $1 AND"           \
               " t.kind = $9 AND t.subject = x.subject)" HAS("$2") HAS("$3") HAS("$4")     \
                   HAS("$5") HAS("$6") HAS("$7")                                           \
                       HAS("$8") " ORDER BY x.updated DESC, x.subject DESC LIMIT 50) AS y"

static json_t *found(struct asking *asking, struct query *query, bool is_record,
                     bool *is_common, struct error *err)
{
    static const char common_records[] =
        "SELECT r.name AS id, 'record' AS kind, r.title, r.procedure, r.state, r.updated AS"
        " \"updated@time\"" NEWEST(
            "record") " JOIN record r ON r.id = y.subject ORDER BY r.updated DESC";
    static const char common_findings[] =
        "SELECT f.name AS id, 'finding' AS kind, f.kind || ' ' || f.subject AS title,"
        " f.updated AS \"updated@time\"" NEWEST(
            "finding") " JOIN finding f ON f.id = y.subject ORDER BY f.updated DESC";
    static const char records[] =
        "SELECT r.name AS id, 'record' AS kind, r.title, r.procedure, r.state, r.updated AS"
        " \"updated@time\" FROM record r WHERE r.id IN (" HITS ") AND +r.compartment IN"
        " (SELECT compartment FROM visible WHERE view = $10) ORDER BY r.updated DESC LIMIT 50";
    static const char findings[] =
        "SELECT f.name AS id, 'finding' AS kind, f.kind || ' ' || f.subject AS title,"
        " f.updated AS \"updated@time\" FROM finding f WHERE f.id IN (" HITS ") AND"
        " +f.compartment IN (SELECT compartment FROM visible WHERE view = $10)"
        " ORDER BY f.updated DESC LIMIT 50";
    static const char *const statements[2][2] = { { findings, common_findings },
                                                  { records, common_records } };
    const char *kind = is_record ? "record" : "finding";
    struct database_value values[QUERY_TERMS_MAX + 2];
    bool is_of_common;
    if (!put_rarest_first(asking, kind, query, &is_of_common, err))
        return NULL;
    *is_common = *is_common || is_of_common;
    put_terms(query, values);
    values[QUERY_TERMS_MAX] = database_string(kind);
    values[QUERY_TERMS_MAX + 1] = database_number(asking->view);
    return rows_array(asking->db,
                      &(struct database_statement){ statements[is_record][is_of_common], values,
                                                    QUERY_TERMS_MAX + 2 },
                      err);
}

bool search_all(struct asking *asking, struct error *err)
{
    static const struct law_text empty = { "say what to look for: two characters at least",
                                           "検索する語を2文字以上で入力してください" };
    struct query query = { 0 };
    struct search_terms terms = { .take = take, .context = &query, .is_query = true };
    const char *text = http_query(asking->request, "q");
    int64_t view;
    if (text && strlen(text) <= 400)
        (void)!search_cut(&terms, text);
    if (query.count == 0)
        return refuse_field(asking, "q", empty);
    if (!compartment_view(asking, ACTION_LIST, &view, err))
        return false;
    bool is_common = false;
    json_t *records = found(asking, &query, true, &is_common, err);
    json_t *findings = records ? found(asking, &query, false, &is_common, err) : NULL;
    if (!findings) {
        json_decref(records);
        return false;
    }
    json_array_extend(records, findings);
    json_decref(findings);
    return answer(asking, 200,
                  json_pack("{s:o, s:n, s:i, s:b}", "items", records, "next", "count",
                            (int)json_array_size(records), "count_is_exact",
                            !is_common && json_array_size(records) < FOUND_MAX));
}
