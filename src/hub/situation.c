// SPDX-License-Identifier: Apache-2.0
/* Findings over time, by kind and by sector: counted over what the asker may list, and nothing
 * else, on reading. */
#include <stdio.h>

#include "base/time.h"
#include "hub/compartment_private.h"
#include "hub/meta_private.h"
#include "hub/text_private.h"

enum { STEPS_MAX = 400 };

struct span {
    int64_t from_ns, to_ns, step_ns;
};

static bool read_span(struct asking *asking, struct span *out)
{
    static const struct law_text bad = { "a moment, or a length as 1h or 1d",
                                         "日時、又は1h、1dのような長さで指定してください" };
    static const struct law_text many = { "too many steps: choose longer ones",
                                          "区切りが多すぎます。間隔を長くしてください" };
    const char *from = http_query(asking->request, "from");
    const char *to = http_query(asking->request, "to");
    const char *step = http_query(asking->request, "step");
    out->to_ns = asking->now_ns;
    out->step_ns = TIME_DAY_NS;
    if (to && *to && !time_read(bytes_of_string(to), &out->to_ns))
        return !refuse_field(asking, "to", bad);
    out->from_ns = out->to_ns - 30 * TIME_DAY_NS;
    if (from && *from && !time_read(bytes_of_string(from), &out->from_ns))
        return !refuse_field(asking, "from", bad);
    if (step && *step && !time_read_span(bytes_of_string(step), &out->step_ns))
        return !refuse_field(asking, "step", bad);
    if (out->step_ns < TIME_SECOND_NS || out->from_ns >= out->to_ns)
        return !refuse_field(asking, "step", bad);
    return (out->to_ns - out->from_ns) / out->step_ns < STEPS_MAX ||
           !refuse_field(asking, "step", many);
}

static json_t *series(struct asking *asking, const struct span *span, const char *sql,
                      struct error *err)
{
    return rows_array(asking->db,
                      &(struct database_statement){
                          sql,
                          (const struct database_value[]){
                              database_number(asking->view), database_number(span->from_ns),
                              database_number(span->to_ns), database_number(span->step_ns) },
                          4 },
                      err);
}

#define COUNTED                                                                             \
    " FROM finding WHERE +compartment IN (SELECT compartment FROM visible WHERE view = $1)" \
    " AND last_seen >= $2 AND last_seen < $3"

static json_t *sentence(int64_t total, int64_t before)
{
    char en[160], ja[256];
    snprintf(en, sizeof en, "%lld findings in this time; %lld in the same time before it.",
             (long long)total, (long long)before);
    snprintf(ja, sizeof ja, "この期間の検出は%lld件、直前の同じ長さの期間は%lld件です。",
             (long long)total, (long long)before);
    return law_text_json((struct law_text){ en, ja });
}

static void name_sectors(const struct asking *asking, json_t *rows)
{
    json_t *row;
    size_t index;
    json_array_foreach(rows, index, row)
    {
        unsigned sector = (unsigned)json_integer_value(json_object_get(row, "sector"));
        json_object_set_new(row, "sector",
                            json_string(sector_name(asking->hub->settings.law, sector)));
    }
}

static int64_t sum_up(const json_t *rows)
{
    int64_t sum = 0;
    const json_t *row;
    size_t index;
    json_array_foreach(rows, index, row) sum +=
        json_integer_value(json_object_get(row, "count"));
    return sum;
}

bool situation_show(struct asking *asking, struct error *err)
{
    static const char by_kind[] =
        "SELECT MIN($2 + (last_seen - $2) / $4 * $4) AS \"at@time\", kind, COUNT(*) AS"
        " \"count@number\"" COUNTED " GROUP BY (last_seen - $2) / $4, kind ORDER BY 1, 2";
    static const char by_sector[] =
        "SELECT MIN($2 + (last_seen - $2) / $4 * $4) AS \"at@time\", sector AS"
        " \"sector@number\", COUNT(*) AS \"count@number\"" COUNTED
        " GROUP BY (last_seen - $2) / $4, sector ORDER BY 1, 2";
    struct span span;
    int64_t view, before;
    if (!read_span(asking, &span))
        return true;
    if (!compartment_view(asking, ACTION_LIST, &view, err))
        return false;
    int64_t length = span.to_ns - span.from_ns;
    if (!sql_number(asking->db,
                    SQL("SELECT COUNT(*)" COUNTED, database_number(view),
                        database_number(span.from_ns - length), database_number(span.from_ns)),
                    0, &before, err))
        return false;
    json_t *kinds = series(asking, &span, by_kind, err);
    json_t *sectors = kinds ? series(asking, &span, by_sector, err) : NULL;
    if (!sectors) {
        json_decref(kinds);
        return false;
    }
    name_sectors(asking, sectors);
    int64_t total = sum_up(kinds);
    return answer(asking, 200,
                  json_pack("{s:o, s:o, s:o, s:{s:I, s:I}, s:o, s:o}", "from",
                            json_time(span.from_ns), "to", json_time(span.to_ns), "by_kind",
                            kinds, "totals", "now", (json_int_t)total, "before",
                            (json_int_t)before, "by_sector", sectors, "sentence",
                            sentence(total, before)));
}
