// SPDX-License-Identifier: Apache-2.0
#include "statute/statute.h"

enum { MONTHS_A_YEAR = 12, DAY_TEXT_MAX = 24 };

/* Rows are told apart by their first member. */
static const void *find_row(const void *rows, size_t size, size_t count, struct bytes id)
{
    for (size_t i = 0; i < count; i++) {
        const void *row = (const uint8_t *)rows + i * size;
        const char *row_id;
        memcpy(&row_id, row, sizeof row_id);
        if (bytes_equal(bytes_of_string(row_id), id))
            return row;
    }
    return NULL;
}

#define FIND(rows, count, id) find_row(rows, sizeof *(rows), count, id)

const struct law_basis *law_find_basis(const struct law *law, struct bytes id)
{
    return FIND(law->bases, law->basis_count, id);
}

const struct law_retention *law_find_retention(const struct law *law, const char *id)
{
    return FIND(law->retentions, law->retention_count, bytes_of_string(id));
}

const struct law_time_word *law_find_time_word(const struct law *law, const char *id)
{
    return FIND(law->time_words, law->time_word_count, bytes_of_string(id));
}

const struct law_role *law_find_role(const struct law *law, const char *id)
{
    return FIND(law->roles, law->role_count, bytes_of_string(id));
}

const struct law_purpose *law_find_purpose(const struct law *law, const char *id)
{
    return FIND(law->purposes, law->purpose_count, bytes_of_string(id));
}

const struct law_handling *law_find_handling(const struct law *law, const char *id)
{
    return FIND(law->handlings, law->handling_count, bytes_of_string(id));
}

const struct law_sector *law_find_sector(const struct law *law, unsigned number)
{
    for (size_t i = 0; i < law->sector_count; i++) {
        if (law->sectors[i].number == number)
            return &law->sectors[i];
    }
    return NULL;
}

bool law_is_in_force(const struct law_force *force, int64_t now_ns)
{
    return now_ns >= force->from_ns && now_ns < force->to_ns;
}

uint32_t law_kinds_recorded(const struct law *law, int64_t now_ns)
{
    uint32_t kinds = 0;
    for (size_t i = 0; i < law->kind_count; i++) {
        if (law_is_in_force(&law->kinds[i].force, now_ns))
            kinds |= UINT32_C(1) << law->kinds[i].kind;
    }
    return kinds;
}

uint32_t law_kinds_withheld(const struct law *law, const struct law_basis *basis,
                            int64_t now_ns)
{
    const uint32_t all = UINT32_C(1) << INFORMATION_EQUIPMENT |
                         UINT32_C(1) << INFORMATION_COMMAND | UINT32_C(1) << INFORMATION_OTHER;
    return basis->kind == BASIS_STATUTORY ? all & ~law_kinds_recorded(law, now_ns) : 0;
}

struct law_ruling law_allow(const char *article)
{
    struct law_ruling ruling = { .is_allowed = true };
    struct text to = text_over(ruling.article, sizeof ruling.article);
    text_put_string(&to, article);
    return ruling;
}

/* {0} and {1} stand for the two words. */
static void put_words(char *room, const char *words, const char *first, const char *second)
{
    struct text to = text_over(room, LAW_WORDS_MAX);
    for (const char *at = words; *at; at++) {
        if (at[0] == '{' && (at[1] == '0' || at[1] == '1') && at[2] == '}') {
            text_put_string(&to, at[1] == '0' ? first : second);
            at += 2;
        } else {
            text_put_char(&to, *at);
        }
    }
}

struct law_ruling law_refuse(const char *article, struct law_text words, const char *first,
                             const char *second)
{
    struct law_ruling ruling = law_allow(article);
    ruling.is_allowed = false;
    put_words(ruling.words, words.en, first, second);
    put_words(ruling.words_ja, words.ja, first, second);
    return ruling;
}

#define SAY(en, ja) ((struct law_text){ en, ja })

/* Held at the ends of the range: times of warrants come from outside. */
static int64_t add(int64_t time_ns, int64_t more_ns)
{
    int64_t sum;
    if (__builtin_add_overflow(time_ns, more_ns, &sum))
        return more_ns < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}

static struct time_date local_date(const struct law *law, int64_t time_ns)
{
    return time_date_of(add(time_ns, law->ahead_ns));
}

/* The day in the law's time zone. */
static const char *put_day(const struct law *law, int64_t time_ns, char room[DAY_TEXT_MAX])
{
    struct text to = text_over(room, DAY_TEXT_MAX);
    struct time_date date = local_date(law, time_ns);
    text_format(&to, "%04lld-%02u-%02u", (long long)date.year, date.month, date.day);
    return room;
}

static const char *put_months(unsigned months, char room[DAY_TEXT_MAX])
{
    struct text to = text_over(room, DAY_TEXT_MAX);
    text_put_u64(&to, months);
    return room;
}

struct law_ruling law_rule_basis(const struct law *law, struct bytes id, int64_t now_ns)
{
    const struct law_basis *basis = law_find_basis(law, id);
    char name[64], day[DAY_TEXT_MAX];
    if (!basis) {
        struct text to = text_over(name, sizeof name);
        text_put(&to, id);
        return law_refuse(law->access_article,
                          SAY("there is no basis \"{0}\" in {1}", "{1}に根拠「{0}」はない"),
                          name, law->citation);
    }
    if (now_ns < basis->force.from_ns)
        return law_refuse(basis->article,
                          SAY("basis {0} is not in force before {1}",
                              "根拠「{0}」は{1}より前には施行されていない"),
                          basis->id, put_day(law, basis->force.from_ns, day));
    if (now_ns >= basis->force.to_ns)
        return law_refuse(basis->article,
                          SAY("basis {0} is no longer in force since {1}",
                              "根拠「{0}」は{1}以降効力を有しない"),
                          basis->id, put_day(law, basis->force.to_ns, day));
    return law_allow(basis->article);
}

/* From midnight of the first of the month that lies so many months later. */
static struct time_date month_after(struct time_date date, unsigned months)
{
    int64_t month = date.year * MONTHS_A_YEAR + date.month - 1 + months;
    return (struct time_date){ month / MONTHS_A_YEAR, (unsigned)(month % MONTHS_A_YEAR) + 1,
                               1 };
}

/* Midnight (UTC) of the corresponding day; of the first of the month after where the month is
 * shorter. */
static int64_t corresponding_day(struct time_date date, unsigned months)
{
    struct time_date target = month_after(date, months);
    int64_t next_month = time_of_date(month_after(target, 1));
    target.day = date.day;
    int64_t day = time_of_date(target);
    return day < next_month ? day : next_month;
}

int64_t law_period_end(const struct law *law, int64_t from_ns, unsigned months)
{
    struct time_date first = local_date(law, from_ns);
    struct time_date target = month_after(first, months);
    int64_t end = corresponding_day(first, months);
    if (!law->first_day_counts && end < time_of_date(month_after(target, 1)))
        end = add(end, TIME_DAY_NS);
    return add(end, -law->ahead_ns);
}

static struct law_ruling rule_months(const struct law *law, const struct law_basis *basis,
                                     unsigned months, const struct law_text *words,
                                     const int64_t period_ns[2])
{
    char text[DAY_TEXT_MAX];
    if (period_ns[0] >= period_ns[1])
        return law_refuse(
            basis->article,
            SAY("the period ends before it begins", "期間の終わりが始まりより前である"), "",
            "");
    if (months > 0 && period_ns[1] > law_period_end(law, period_ns[0], months))
        return law_refuse(basis->period_article ? basis->period_article : basis->article,
                          *words, basis->id, put_months(months, text));
    return law_allow(basis->period_article ? basis->period_article : basis->article);
}

struct law_ruling law_rule_period(const struct law *law, const struct law_basis *basis,
                                  int64_t from_ns, int64_t to_ns)
{
    const struct law_text words =
        SAY("a period under {0} is at most {1} months", "根拠「{0}」の期間は{1}月以内である");
    const int64_t period_ns[2] = { from_ns, to_ns };
    return rule_months(law, basis, basis->period_months, &words, period_ns);
}

struct law_ruling law_rule_extension(const struct law *law, const struct law_basis *basis,
                                     int64_t from_ns, int64_t to_ns)
{
    const struct law_text words = SAY("an extension under {0} is at most {1} months each time",
                                      "根拠「{0}」の延長は一回につき{1}月以内である");
    const int64_t period_ns[2] = { from_ns, to_ns };
    if (basis->extension_months == 0)
        return law_refuse(basis->article,
                          SAY("{0} knows no extension: it takes a new warrant",
                              "根拠「{0}」に延長の定めはなく、新たな令状を要する"),
                          basis->id, "");
    return rule_months(law, basis, basis->extension_months, &words, period_ns);
}

/* Counted in the fiscal years that end before month: the year after the one of time, and so
 * many more. */
static int64_t fiscal_end(const struct law *law, const struct law_retention *rule,
                          int64_t time_ns)
{
    struct time_date date = local_date(law, time_ns);
    int64_t fiscal_year = date.year - (date.month < rule->fiscal_month);
    struct time_date end = { fiscal_year + 1 + rule->years, rule->fiscal_month, 1 };
    return add(time_of_date(end), -law->ahead_ns);
}

int64_t law_retention_end(const struct law *law, const struct law_basis *basis,
                          int64_t selection_end_ns)
{
    const struct law_retention *rule = law_find_retention(law, basis->retention);
    if (!rule)
        return selection_end_ns;
    if (rule->fiscal_month > 0)
        return fiscal_end(law, rule, selection_end_ns);
    return add(selection_end_ns, time_from_parts((int64_t)rule->days * 86400, 0));
}

int64_t law_retention_extended(const struct law *law, const struct law_basis *basis,
                               int64_t until_ns)
{
    const struct law_retention *rule = law_find_retention(law, basis->retention);
    if (!rule || rule->extension_years == 0)
        return until_ns;
    int64_t local = add(until_ns, law->ahead_ns);
    struct time_date date = time_date_of(local);
    int64_t in_day = local - time_of_date(date);
    int64_t end = corresponding_day(date, rule->extension_years * MONTHS_A_YEAR);
    return add(add(end, in_day), -law->ahead_ns);
}

static bool is_same(const char *a, const char *b)
{
    return bytes_equal(bytes_of_string(a), bytes_of_string(b));
}

static bool is_for(const char *row, const char *asked)
{
    return is_same(row, "*") || is_same(row, asked);
}

struct law_ruling law_rule_purpose(const struct law *law, const char *id, int64_t now_ns)
{
    const struct law_purpose *purpose = law_find_purpose(law, id);
    if (!purpose)
        return law_refuse(
            law->purpose_article,
            SAY("\"{0}\" is no purpose of this law", "「{0}」はこの法律の目的にない"), id, "");
    if (purpose->is_refused)
        return law_refuse(purpose->article,
                          SAY("{0} is not a purpose for which this information may be used",
                              "この情報を「{1}」のために利用することはできない"),
                          purpose->name.en, purpose->name.ja);
    if (!law_is_in_force(&purpose->force, now_ns))
        return law_refuse(purpose->article,
                          SAY("the purpose {0} is not in force on that day",
                              "目的「{0}」はその日には施行されていない"),
                          id, "");
    return law_allow(purpose->article);
}

static const struct law_permission *find_permission(const struct law *law, size_t after,
                                                    const char *const words[4])
{
    for (size_t i = after; i < law->permission_count; i++) {
        const struct law_permission *row = &law->permissions[i];
        if (is_same(row->role, words[0]) && is_for(row->action, words[1]) &&
            is_for(row->purpose, words[2]) && is_for(row->basis, words[3]))
            return row;
    }
    return NULL;
}

struct law_ruling law_rule_access(const struct law *law, const char *role, const char *action,
                                  const char *purpose, const char *basis, int64_t now_ns)
{
    if (!law_find_role(law, role))
        return law_refuse(law->access_article,
                          SAY("there is no role \"{0}\"", "役割「{0}」はない"), role, "");
    if (!is_same(basis, "*") && !law_find_basis(law, bytes_of_string(basis)))
        return law_rule_basis(law, bytes_of_string(basis), now_ns);
    struct law_ruling ruling = law_rule_purpose(law, purpose, now_ns);
    if (!ruling.is_allowed)
        return ruling;
    const char *const words[4] = { role, action, purpose, basis };
    const struct law_permission *row = find_permission(law, 0, words);
    if (!row)
        return law_refuse(
            law->access_article,
            SAY("nothing lets the role {0} do \"{1}\" for that purpose with "
                "information of that basis",
                "役割「{0}」がその目的でその根拠の情報に「{1}」を行うことを認める定めは"
                "ない"),
            role, action);
    for (; row; row = find_permission(law, (size_t)(row - law->permissions) + 1, words)) {
        if (law_is_in_force(&row->force, now_ns))
            return law_allow(row->article);
        ruling = law_refuse(row->article,
                            SAY("what lets the role {0} do \"{1}\" is not in force on that day",
                                "役割「{0}」に「{1}」を認める定めはその日には施行されていない"),
                            role, action);
    }
    return ruling;
}

bool law_notice_is_due(const struct law *law, const struct law_notice *notice,
                       struct bytes event, struct bytes basis, int64_t now_ns)
{
    const struct law_basis *row = law_find_basis(law, basis);
    bool is_statutory = basis.len == 0 || (row && row->kind == BASIS_STATUTORY);
    return is_statutory && bytes_equal(bytes_of_string(notice->event), event) &&
           law_is_in_force(&notice->force, now_ns);
}

/* NULL where all that the row asks for is there; else what is missing. */
static const struct law_text *find_missing(const struct law_provision *row,
                                           const struct law_handing *handing)
{
    static const struct law_text consent = { "the consent of the party is missing",
                                             "当事者の同意がない" };
    static const struct law_text equivalence = {
        "nothing shows that the recipient protects it as this law does",
        "相当する保護の措置の記録がない"
    };
    static const struct law_text permission = {
        "the prior consent of the head of government is missing",
        "内閣総理大臣の事前の同意がない"
    };
    if (row->needs_consent && handing->is_of_agreement && !handing->has_consent)
        return &consent;
    if (row->needs_equivalence && !handing->has_equivalence)
        return &equivalence;
    if (row->needs_permission && !handing->has_permission)
        return &permission;
    return NULL;
}

struct law_ruling law_rule_handing(const struct law *law, const struct law_handing *handing,
                                   int64_t now_ns)
{
    struct law_ruling ruling = law_refuse(
        law->handing_article,
        SAY("nothing lets \"{0}\" be given to {1}", "「{0}」を{1}に提供する定めはない"),
        handing->product, handing->to);
    for (size_t i = 0; i < law->provision_count; i++) {
        const struct law_provision *row = &law->provisions[i];
        if (!is_same(row->from, handing->from) || !is_same(row->to, handing->to) ||
            !is_same(row->product, handing->product))
            continue;
        const struct law_text *missing = find_missing(row, handing);
        if (missing)
            ruling = law_refuse(row->article, *missing, "", "");
        else if (law_is_in_force(&row->force, now_ns))
            return law_allow(row->article);
        else
            ruling = law_refuse(row->article,
                                SAY("the provision is not in force on that day",
                                    "この定めはその日には施行されていない"),
                                "", "");
    }
    return ruling;
}
