// SPDX-License-Identifier: Apache-2.0
/* What became of the traffic with a record's servers: by day, before and after a moment. Counts
 * of minimised records that the asker may list; what made the difference is for people to say
 * (neutralisation.md section 6: no causality from a single drop). */
#include <stdio.h>

#include "base/time.h"
#include "hub/record_private.h"
#include "hub/text_private.h"

enum { EFFECT_DAYS = 14 };

/* Asked for, or of the last step that changed the state. */
static bool find_moment(struct asking *asking, const struct record *record, int64_t *out,
                        struct error *err)
{
    static const struct law_text bad = { "a moment is as 2028-01-31T09:00:00Z",
                                         "日時は2028-01-31T09:00:00Zの形です" };
    const char *at = http_query(asking->request, "at");
    if (at && *at) {
        if (!time_read(bytes_of_string(at), out))
            (void)refuse_field(asking, "at", bad);
        return true;
    }
    return sql_number(asking->db,
                      SQL("SELECT MAX(at) FROM step WHERE record = $1 AND before <> after",
                          database_number(record->id)),
                      record->created_ns, out, err);
}

static json_t *days(struct asking *asking, const struct record *record, int64_t from_ns,
                    int64_t to_ns, struct error *err)
{
    return rows_array(
        asking->db,
        SQL("SELECT MIN($3 + (w.at - $3) / $5 * $5) AS \"at@time\", COUNT(*) AS"
            " \"flows@number\", SUM(w.octets) AS \"octets@number\", COUNT(DISTINCT w.line) AS"
            " \"lines@number\" FROM link l JOIN finding f ON f.name = l.target"
            " JOIN flow w ON w.server = f.subject WHERE l.record = $1 AND l.kind = 'finding'"
            " AND f.compartment IN (SELECT compartment FROM visible WHERE view = $2)"
            " AND w.compartment IN (SELECT compartment FROM visible WHERE view = $2)"
            " AND w.at >= $3 AND w.at < $4 GROUP BY (w.at - $3) / $5 ORDER BY 1",
            database_number(record->id), database_number(asking->view),
            database_number(from_ns), database_number(to_ns), database_number(TIME_DAY_NS)),
        err);
}

static long long sum(const json_t *rows)
{
    const json_t *row;
    size_t index;
    long long total = 0;
    json_array_foreach(rows, index, row) total +=
        json_integer_value(json_object_get(row, "flows"));
    return total;
}

static json_t *sentence(long long before, long long after)
{
    char en[200], ja[300];
    snprintf(en, sizeof en,
             "%lld records in the %d days before, %lld in the %d days after; a fall alone does "
             "not show what caused it.",
             before, (int)EFFECT_DAYS, after, (int)EFFECT_DAYS);
    snprintf(ja, sizeof ja,
             "前%d日間の記録は%lld件、後%d日間は%lld件です。減少のみでは原因は示されません。",
             (int)EFFECT_DAYS, before, (int)EFFECT_DAYS, after);
    return law_text_json((struct law_text){ en, ja });
}

static bool answer_effect(struct asking *asking, const struct record *record, struct error *err)
{
    const int64_t span_ns = EFFECT_DAYS * TIME_DAY_NS;
    int64_t at_ns, view;
    if (!find_moment(asking, record, &at_ns, err) ||
        !compartment_view(asking, ACTION_LIST, &view, err))
        return false;
    if (asking->status != 0)
        return true;
    json_t *before = days(asking, record, at_ns - span_ns, at_ns, err);
    json_t *after = before ? days(asking, record, at_ns, at_ns + span_ns, err) : NULL;
    if (!after) {
        json_decref(before);
        return false;
    }
    json_t *words = sentence(sum(before), sum(after));
    return answer(asking, 200,
                  json_pack("{s:o, s:o, s:o, s:o}", "measure_at", json_time(at_ns), "before",
                            before, "after", after, "sentence", words));
}

bool record_effect(struct asking *asking, struct error *err)
{
    bool is_failed;
    struct record *record = record_of(asking, asking->db, ACTION_READ, &is_failed, err);
    bool is_done = record ? answer_effect(asking, record, err) : !is_failed;
    record_free(record);
    return is_done;
}
