// SPDX-License-Identifier: Apache-2.0
/* Search over records and findings that the asker may list: all words, Japanese and English. */
#include <string.h>

#include "hub/compartment_private.h"
#include "hub/meta_private.h"
#include "hub/search_private.h"

enum { QUERY_TERMS_MAX = 8, FOUND_MAX = 50, TERM_ROOM = 136 };

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

static json_t *found(struct asking *asking, const struct query *query, bool is_record,
                     struct error *err)
{
    static const char records[] =
        "SELECT r.name AS id, 'record' AS kind, r.title, r.procedure, r.state, r.updated AS"
        " \"updated@time\" FROM record r WHERE r.id IN (" HITS ") AND r.compartment IN"
        " (SELECT compartment FROM visible WHERE view = $10) ORDER BY r.updated DESC LIMIT 50";
    static const char findings[] =
        "SELECT f.name AS id, 'finding' AS kind, f.kind || ' ' || f.subject AS title,"
        " f.updated AS \"updated@time\" FROM finding f WHERE f.id IN (" HITS ") AND"
        " f.compartment IN (SELECT compartment FROM visible WHERE view = $10)"
        " ORDER BY f.updated DESC LIMIT 50";
    struct database_value values[QUERY_TERMS_MAX + 2];
    put_terms(query, values);
    values[QUERY_TERMS_MAX] = database_string(is_record ? "record" : "finding");
    values[QUERY_TERMS_MAX + 1] = database_number(asking->view);
    return rows_array(asking->db,
                      &(struct database_statement){ is_record ? records : findings, values,
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
    json_t *records = found(asking, &query, true, err);
    json_t *findings = records ? found(asking, &query, false, err) : NULL;
    if (!findings) {
        json_decref(records);
        return false;
    }
    json_array_extend(records, findings);
    json_decref(findings);
    return answer(asking, 200,
                  json_pack("{s:o, s:n, s:i, s:b}", "items", records, "next", "count",
                            (int)json_array_size(records), "count_is_exact",
                            json_array_size(records) < FOUND_MAX));
}
