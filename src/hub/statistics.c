// SPDX-License-Identifier: Apache-2.0
/* The numbers of a year, from entries of the ledger and nothing else (LC-18, 61(2)). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "hub/oversight_private.h"
#include "hub/text_private.h"
#include "oversight/counts.h"

enum { YEAR_MIN = 1971, YEAR_MAX = 2261, MEMORY = 1 << 16 };

struct tally {
    struct counts *counts;
    uint64_t kinds[ENTRY_KINDS];
};

static void take(struct tally *tally, struct bytes octets)
{
    char room[ENTRY_OCTETS_MAX + 1];
    struct text escapes = text_over(room, sizeof room);
    struct entry entry;
    if (entry_read(octets, &escapes, &entry) != FAULT_NONE)
        return; /* hub check finds it */
    uint64_t before = tally->counts->entries;
    counts_take(tally->counts, &entry);
    tally->kinds[entry.kind] += tally->counts->entries > before;
}

/* An entry is never written before its moment, so none of the year lies before it. */
static bool count(struct asking *asking, struct tally *tally, struct error *err)
{
    struct database_rows *rows = database_ask(
        asking->db,
        SQL("SELECT octets FROM entry WHERE at >= $1 AND number < $2 ORDER BY number",
            database_number(tally->counts->from_ns),
            database_number(atomic_load(&asking->hub->log.committed))),
        err);
    if (!rows)
        return false;
    enum database_step step;
    while ((step = database_step(rows, err)) == DATABASE_ROW)
        take(tally, database_get_blob(rows, 0));
    database_end(rows);
    return step == DATABASE_END;
}

static json_t *numbers_json(const struct law *law, const struct counts *counts)
{
    json_t *items = json_array();
    for (size_t i = 0; i < law->count_count; i++)
        json_array_append_new(items,
                              json_pack("{s:s, s:o, s:s, s:s, s:I}", "id", law->counts[i].id,
                                        "name", law_text_json(law->counts[i].name), "article",
                                        law->counts[i].article, "kind", law->counts[i].event,
                                        "count", (json_int_t)counts->numbers[i]));
    return items;
}

static json_t *bases_json(const struct law *law, const struct counts *counts)
{
    json_t *out = json_object();
    for (size_t i = 0; i < law->basis_count; i++) {
        const struct counts_of_basis *of = &counts->bases[i];
        json_object_set_new(
            out, law->bases[i].id,
            json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "batches", (json_int_t)of->batches,
                      "selected", (json_int_t)of->selected, "warrants",
                      (json_int_t)of->accepted, "warrants_refused", (json_int_t)of->refused,
                      "reidentifications", (json_int_t)of->windows, "provisions",
                      (json_int_t)of->provisions, "erasures", (json_int_t)of->erasures));
    }
    return out;
}

static bool give(struct asking *asking, int64_t year, struct arena *keep, struct error *err)
{
    const struct law *law = asking->hub->settings.law;
    int64_t from_ns, to_ns;
    char subject[32];
    counts_year(law, year, 1, &from_ns, &to_ns);
    struct tally tally = { .counts = counts_new(law, from_ns, to_ns, keep) };
    snprintf(subject, sizeof subject, "statistics of %lld", (long long)year);
    if (!count(asking, &tally, err) ||
        !look_log(asking, &(struct look){ "read", "ledger", subject, -1 }, err))
        return false;
    json_t *kinds = json_object();
    for (enum entry_kind kind = 0; kind < ENTRY_KINDS; kind++) {
        if (tally.kinds[kind] > 0)
            json_object_set_new(kinds, entry_kind_name(kind),
                                json_integer((json_int_t)tally.kinds[kind]));
    }
    return answer(asking, 200,
                  json_pack("{s:I, s:o, s:o, s:I, s:o, s:o, s:o}", "year", (json_int_t)year,
                            "from", json_time(from_ns), "to", json_time(to_ns), "entries",
                            (json_int_t)tally.counts->entries, "items",
                            numbers_json(law, tally.counts), "bases",
                            bases_json(law, tally.counts), "counts", kinds));
}

/* Whoever may read the report, or the whole ledger that it is counted from. */
static bool may(struct asking *asking, bool *is_failed, struct error *err)
{
    enum ledger_reach reach;
    *is_failed = !ledger_reach(asking, ACTION_READ, &reach, err);
    if (*is_failed || reach == LEDGER_ALL)
        return !*is_failed;
    const struct access_object report = { .kind = "statistics",
                                          .is_exercise = asking->hub->settings.is_exercise };
    return asking_may(asking, ACTION_READ, &report);
}

bool statistics_show(struct asking *asking, struct error *err)
{
    static const struct law_text no_year = { "a year is as 2028",
                                             "年は2028のように指定します" };
    int64_t year;
    bool is_failed;
    if (!may(asking, &is_failed, err))
        return !is_failed;
    int64_t now_ns = asking->now_ns + asking->hub->settings.law->ahead_ns;
    if (!query_number(asking, "year", time_date_of(now_ns).year, &year))
        return true;
    if (year < YEAR_MIN || year > YEAR_MAX)
        return refuse_field(asking, "year", no_year);
    uint8_t *memory = aligned_alloc(alignof(max_align_t), MEMORY);
    if (!memory)
        return error_set(err, ENOMEM, "statistics");
    struct arena keep = arena_over(memory, MEMORY);
    bool is_done = give(asking, year, &keep, err);
    free(memory);
    return is_done;
}
