// SPDX-License-Identifier: Apache-2.0
/* Working days and due dates. */
#include "statute/statute.h"

enum { WEEK = 7, THURSDAY = 4, DAYS_AHEAD_MAX = 3660, MONTH_SHIFT = 100 };

int64_t law_day_of(const struct law *law, int64_t time_ns)
{
    int64_t local;
    if (__builtin_add_overflow(time_ns, law->ahead_ns, &local))
        local = time_ns;
    int64_t day = local / TIME_DAY_NS;
    return local % TIME_DAY_NS < 0 ? day - 1 : day;
}

/* 1 Monday to 7 Sunday; the first of January 1970 was a Thursday. */
static unsigned weekday_of(int64_t day)
{
    int64_t since = (day + THURSDAY - 1) % WEEK;
    return (unsigned)(since < 0 ? since + WEEK : since) + 1;
}

static bool rests(const struct law_rest *rest, int64_t day, unsigned weekday, unsigned of_year)
{
    if (rest->weekday != 0)
        return rest->weekday == weekday;
    if (rest->yearly_from == 0)
        return rest->day == day;
    if (rest->yearly_from <= rest->yearly_to)
        return of_year >= rest->yearly_from && of_year <= rest->yearly_to;
    return of_year >= rest->yearly_from || of_year <= rest->yearly_to;
}

bool law_is_working_day(const struct law *law, int64_t day)
{
    int64_t midnight_ns;
    if (__builtin_mul_overflow(day, TIME_DAY_NS, &midnight_ns))
        return true;
    struct time_date date = time_date_of(midnight_ns);
    for (size_t i = 0; i < law->rest_count; i++) {
        const struct law_rest *rest = &law->rests[i];
        if (law_is_in_force(&rest->force, midnight_ns - law->ahead_ns) &&
            rests(rest, day, weekday_of(day), date.month * MONTH_SHIFT + date.day))
            return false;
    }
    return true;
}

int64_t law_due(const struct law *law, const struct law_time_word *word, int64_t now_ns)
{
    int64_t due_ns, day = law_day_of(law, now_ns);
    if (word->working_days == 0)
        return __builtin_add_overflow(now_ns, word->within_ns, &due_ns) ? INT64_MAX : due_ns;
    unsigned left = word->working_days;
    for (unsigned i = 0; left > 0 && i < DAYS_AHEAD_MAX; i++)
        left -= law_is_working_day(law, ++day);
    if (__builtin_mul_overflow(day + 1, TIME_DAY_NS, &due_ns) ||
        __builtin_sub_overflow(due_ns, law->ahead_ns + TIME_SECOND_NS, &due_ns))
        return INT64_MAX;
    return due_ns;
}

void law_write_due(const struct law *law, int64_t due_ns, struct text *en, struct text *ja)
{
    static const struct law_text weekdays[] = {
        { "Mon", "月" }, { "Tue", "火" }, { "Wed", "水" }, { "Thu", "木" },
        { "Fri", "金" }, { "Sat", "土" }, { "Sun", "日" },
    };
    int64_t day = law_day_of(law, due_ns), local_ns;
    if (__builtin_add_overflow(due_ns, law->ahead_ns, &local_ns))
        local_ns = due_ns;
    struct time_date date = time_date_of(local_ns);
    int64_t minutes = (local_ns - day * TIME_DAY_NS) / (60 * TIME_SECOND_NS);
    const struct law_text *weekday = &weekdays[weekday_of(day) - 1];
    text_format(en, "%04lld-%02u-%02u (%s) %02lld:%02lld", (long long)date.year, date.month,
                date.day, weekday->en, (long long)minutes / 60, (long long)minutes % 60);
    text_format(ja, "%lld年%u月%u日（%s）%lld時%02lld分", (long long)date.year, date.month,
                date.day, weekday->ja, (long long)minutes / 60, (long long)minutes % 60);
}
