// SPDX-License-Identifier: Apache-2.0
#include "statute/statute.h"

#include "check.h"

/* Numbers of two laws that differ in all; the real ones are data (law/). */
static const struct law_basis bases[] = {
    { .id = "measure",
      .article = "17",
      .period_article = "17(3)",
      .kind = BASIS_STATUTORY,
      .period_months = 6,
      .extension_months = 3,
      .retention = "years" },
    { .id = "agreed", .article = "11", .kind = BASIS_STATUTORY, .retention = "days" },
    { .id = "own", .article = "own", .kind = BASIS_OWN, .retention = "none" },
};

static const struct law_retention retentions[] = {
    { .id = "years", .fiscal_month = 4, .years = 2, .extension_years = 2 },
    { .id = "days", .days = 30, .extension_years = 1 },
};

static const struct law_role roles[] = { { .id = "analyst" }, { .id = "inspector" } };

static const struct law_purpose purposes[] = {
    { .id = "prevention", .name = { "prevention", "防止" }, .article = "23(2)" },
    { .id = "inspection", .name = { "inspection", "検査" }, .article = "63" },
    { .id = "investigation",
      .name = { "investigation", "捜査" },
      .article = "23(2)",
      .is_refused = true },
};

static const struct law_permission permissions[] = {
    { "analyst", "read", "prevention", "measure", "23(2)", { 0, 0 } },
    { "inspector", "read", "inspection", "*", "65(2)", { 0, 0 } },
};

static const struct law_provision provisions[] = {
    { "analyst", "inspector", "selected", "28", { 0, 0 }, true, true, true },
};

static const struct law_notice notices[] = {
    { .id = "30-1", .event = "selection_batch", .article = "30(i)" },
};

static const struct law_kind kinds[] = {
    { .id = "history", .kind = INFORMATION_EQUIPMENT },
    { .id = "other", .kind = INFORMATION_OTHER },
};

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static int64_t at(const char *words)
{
    int64_t time_ns = 0;
    check(time_read(bytes_of_string(words), &time_ns));
    return time_ns;
}

/* Rows hold from 2027-11-22 of Japan, but for those of one's own. */
static struct law_basis forced_bases[COUNT(bases)];
static struct law_purpose forced_purposes[COUNT(purposes)];
static struct law_permission forced_permissions[COUNT(permissions)];
static struct law_provision forced_provisions[COUNT(provisions)];
static struct law_notice forced_notices[COUNT(notices)];
static struct law_kind forced_kinds[COUNT(kinds)];

static struct law law_of_test(void)
{
    const struct law_force always = { INT64_MIN, INT64_MAX };
    const struct law_force later = { at("2027-11-22T00:00:00+09:00"), INT64_MAX };
    for (size_t i = 0; i < COUNT(bases); i++) {
        forced_bases[i] = bases[i];
        forced_bases[i].force = bases[i].kind == BASIS_STATUTORY ? later : always;
    }
    for (size_t i = 0; i < COUNT(purposes); i++) {
        forced_purposes[i] = purposes[i];
        forced_purposes[i].force = later;
    }
    for (size_t i = 0; i < COUNT(permissions); i++) {
        forced_permissions[i] = permissions[i];
        forced_permissions[i].force = later;
    }
    forced_provisions[0] = provisions[0];
    forced_provisions[0].force = later;
    forced_notices[0] = notices[0];
    forced_notices[0].force = later;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        forced_kinds[i] = kinds[i];
        forced_kinds[i].force = i == 0 ? always : later;
    }
    return (struct law){ .id = "test",
                         .citation = "the Act",
                         .first_day_counts = true,
                         .purpose_article = "23(2)",
                         .access_article = "26(1)",
                         .handing_article = "23(3)",
                         .ahead_ns = 9 * 3600 * TIME_SECOND_NS,
                         .bases = forced_bases,
                         .basis_count = COUNT(bases),
                         .retentions = retentions,
                         .retention_count = COUNT(retentions),
                         .roles = roles,
                         .role_count = COUNT(roles),
                         .purposes = forced_purposes,
                         .purpose_count = COUNT(purposes),
                         .permissions = forced_permissions,
                         .permission_count = COUNT(permissions),
                         .provisions = forced_provisions,
                         .provision_count = COUNT(provisions),
                         .notices = forced_notices,
                         .notice_count = COUNT(notices),
                         .kinds = forced_kinds,
                         .kind_count = COUNT(kinds) };
}

static void a_basis_is_refused_with_its_article_before_its_day(void **state)
{
    (void)state;
    const struct law law = law_of_test();
    int64_t day = at("2027-11-22T00:00:00+09:00");
    struct law_ruling ruling = law_rule_basis(&law, BYTES("measure"), day - 1);
    check(!ruling.is_allowed);
    assert_string_equal(ruling.article, "17");
    assert_string_equal(ruling.words, "basis measure is not in force before 2027-11-22");
    check(strstr(ruling.words_ja, "2027-11-22") && strstr(ruling.words_ja, "施行"));
    ruling = law_rule_basis(&law, BYTES("measure"), day);
    check(ruling.is_allowed);
    assert_string_equal(ruling.words, "");
    check(law_rule_basis(&law, BYTES("own"), day - 1).is_allowed);
}

static void a_basis_that_has_ended_or_never_was_is_refused(void **state)
{
    (void)state;
    const struct law law = law_of_test();
    forced_bases[0].force.to_ns = at("2030-01-01T00:00:00+09:00");
    check(law_rule_basis(&law, BYTES("measure"), forced_bases[0].force.to_ns - 1).is_allowed);
    struct law_ruling ruling =
        law_rule_basis(&law, BYTES("measure"), forced_bases[0].force.to_ns);
    check(!ruling.is_allowed);
    check(strstr(ruling.words, "no longer in force since 2030-01-01"));
    check(!law_rule_basis(&law, BYTES("measur"), 0).is_allowed);
    check(!law_rule_basis(&law, BYTES(""), 0).is_allowed);
}

static void a_period_ends_the_day_before_the_corresponding_day(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        unsigned months;
        const char *last; /* day */
    } rows[] = {
        { "2028-01-15T00:00:00+09:00", 6, "2028-07-14" },
        { "2028-11-30T00:00:00+09:00", 3, "2029-02-28" },
        { "2028-08-31T00:00:00+09:00", 6, "2029-02-28" },
        { "2027-08-31T23:59:59+09:00", 6, "2028-02-29" },
        { "2028-12-01T00:00:00+09:00", 1, "2028-12-31" },
        { "2028-03-31T12:00:00+09:00", 12, "2029-03-30" },
    };
    const struct law law = law_of_test();
    for (size_t i = 0; i < COUNT(rows); i++)
        check_equal(law_period_end(&law, at(rows[i].from), rows[i].months),
                    at(rows[i].last) + TIME_DAY_NS - law.ahead_ns);
}

static void where_the_first_day_does_not_count_a_period_ends_a_day_later(void **state)
{
    (void)state;
    struct law law = law_of_test();
    law.first_day_counts = false;
    check_equal(law_period_end(&law, at("2028-01-15T00:00:00+09:00"), 6),
                at("2028-07-16T00:00:00+09:00"));
    check_equal(law_period_end(&law, at("2028-11-30T00:00:00+09:00"), 3),
                at("2029-03-01T00:00:00+09:00")); /* no 30 February */
    check_equal(law_period_end(&law, at("2028-01-31T00:00:00+09:00"), 2),
                at("2028-04-01T00:00:00+09:00"));
}

static void a_period_is_ruled_to_the_nanosecond(void **state)
{
    (void)state;
    const struct law law = law_of_test();
    int64_t from = at("2028-01-15T10:00:00+09:00"), end = at("2028-07-15T00:00:00+09:00");
    check(law_rule_period(&law, &forced_bases[0], from, end).is_allowed);
    struct law_ruling ruling = law_rule_period(&law, &forced_bases[0], from, end + 1);
    check(!ruling.is_allowed);
    assert_string_equal(ruling.article, "17(3)");
    check(strstr(ruling.words, "at most 6 months") && strstr(ruling.words_ja, "6月以内"));
    check(!law_rule_period(&law, &forced_bases[0], from, from).is_allowed);
    check(law_rule_period(&law, &forced_bases[1], from, INT64_MAX).is_allowed); /* agreed */
}

static void an_extension_has_its_own_length_or_is_none(void **state)
{
    (void)state;
    const struct law law = law_of_test();
    int64_t from = at("2028-11-30T00:00:00+09:00"), end = at("2029-03-01T00:00:00+09:00");
    check(law_rule_extension(&law, &forced_bases[0], from, end).is_allowed);
    check(!law_rule_extension(&law, &forced_bases[0], from, end + 1).is_allowed);
    check(!law_rule_extension(&law, &forced_bases[1], from, end).is_allowed);
}

/* 25(1), with the vectors of the requirements. */
static void retention_ends_by_the_fiscal_year(void **state)
{
    (void)state;
    static const struct {
        const char *ended, *first, *extended; /* last days */
    } rows[] = {
        { "2027-12-10T12:00:00+09:00", "2030-03-31", "2032-03-31" },
        { "2028-03-31T12:00:00+09:00", "2030-03-31", "2032-03-31" },
        { "2028-04-01T12:00:00+09:00", "2031-03-31", "2033-03-31" },
        { "2028-02-29T12:00:00+09:00", "2030-03-31", "2032-03-31" },
        /* 15:00 UTC of 31 March is midnight of 1 April in Japan. */
        { "2028-03-31T14:59:59Z", "2030-03-31", "2032-03-31" },
        { "2028-03-31T15:00:00Z", "2031-03-31", "2033-03-31" },
    };
    const struct law law = law_of_test();
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t end = law_retention_end(&law, &forced_bases[0], at(rows[i].ended));
        check_equal(end, at(rows[i].first) + TIME_DAY_NS - law.ahead_ns);
        check_equal(law_retention_extended(&law, &forced_bases[0], end),
                    at(rows[i].extended) + TIME_DAY_NS - law.ahead_ns);
    }
}

static void retention_in_days_and_none_at_all(void **state)
{
    (void)state;
    const struct law law = law_of_test();
    int64_t ended = at("2028-01-31T05:00:00Z");
    int64_t until = law_retention_end(&law, &forced_bases[1], ended);
    check_equal(until, at("2028-03-01T05:00:00Z"));
    check_equal(law_retention_extended(&law, &forced_bases[1], until),
                at("2029-03-01T05:00:00Z"));
    check_equal(law_retention_end(&law, &forced_bases[2], ended), ended);
    check_equal(law_retention_extended(&law, &forced_bases[2], ended), ended);
}

static void times_at_the_ends_of_the_range_do_not_overflow(void **state)
{
    (void)state;
    struct law law = law_of_test();
    for (int side = 0; side < 2; side++) {
        check(law_period_end(&law, INT64_MAX, 6) > 0);
        (void)law_period_end(&law, INT64_MIN, 1200);
        (void)law_retention_end(&law, &forced_bases[0], INT64_MAX);
        (void)law_retention_extended(&law, &forced_bases[1], INT64_MAX);
        check(!law_rule_period(&law, &forced_bases[0], INT64_MIN, INT64_MAX).is_allowed);
        law.ahead_ns = -law.ahead_ns;
    }
}

static struct law_ruling ask(const struct law *law, const char *const words[4], const char *day)
{
    return law_rule_access(law, words[0], words[1], words[2], words[3], at(day));
}

static void nothing_is_read_but_by_a_row(void **state)
{
    (void)state;
    static const char *const allowed[] = { "analyst", "read", "prevention", "measure" };
    static const char *const wrong[] = { "nobody", "write", "curiosity", "agreed" };
    const struct law law = law_of_test();
    struct law_ruling ruling = ask(&law, allowed, "2028-01-01");
    check(ruling.is_allowed);
    assert_string_equal(ruling.article, "23(2)");
    for (size_t i = 0; i < 4; i++) {
        const char *words[4] = { allowed[0], allowed[1], allowed[2], allowed[3] };
        words[i] = wrong[i];
        ruling = ask(&law, words, "2028-01-01");
        check(!ruling.is_allowed);
        check(ruling.article[0] && ruling.words[0] && ruling.words_ja[0]);
    }
    check(!ask(&law, allowed, "2027-01-01").is_allowed);
}

static void an_inspector_reads_all_and_alters_nothing(void **state)
{
    (void)state;
    static const char *const all[] = { "inspector", "read", "inspection", "*" };
    static const char *const one[] = { "inspector", "read", "inspection", "agreed" };
    static const char *const alter[] = { "inspector", "erase", "inspection", "*" };
    static const char *const analyst[] = { "analyst", "read", "prevention", "*" };
    const struct law law = law_of_test();
    check(ask(&law, all, "2028-01-01").is_allowed);
    check(ask(&law, one, "2028-01-01").is_allowed);
    check(!ask(&law, alter, "2028-01-01").is_allowed);
    check(!ask(&law, analyst, "2028-01-01").is_allowed);
}

static void investigation_is_refused_by_name(void **state)
{
    (void)state;
    static const char *const words[] = { "analyst", "read", "investigation", "measure" };
    const struct law law = law_of_test();
    struct law_ruling ruling = ask(&law, words, "2028-01-01");
    check(!ruling.is_allowed);
    assert_string_equal(ruling.article, "23(2)");
    assert_string_equal(
        ruling.words, "investigation is not a purpose for which this information may be used");
    check(strstr(ruling.words_ja, "捜査"));
}

static void handing_on_needs_a_row_and_all_it_asks_for(void **state)
{
    (void)state;
    const struct law law = law_of_test();
    struct law_handing handing = { .from = "analyst",
                                   .to = "inspector",
                                   .product = "selected",
                                   .is_of_agreement = true,
                                   .has_consent = true,
                                   .has_equivalence = true,
                                   .has_permission = true };
    int64_t day = at("2028-01-01");
    check(law_rule_handing(&law, &handing, day).is_allowed);
    check(!law_rule_handing(&law, &handing, at("2027-01-01")).is_allowed);
    handing.has_consent = false;
    check(strstr(law_rule_handing(&law, &handing, day).words, "consent of the party"));
    handing.is_of_agreement = false;
    check(law_rule_handing(&law, &handing, day).is_allowed);
    handing.has_equivalence = false;
    check(!law_rule_handing(&law, &handing, day).is_allowed);
    handing.has_equivalence = true;
    handing.has_permission = false;
    check(!law_rule_handing(&law, &handing, day).is_allowed);
    handing.to = "analyst";
    assert_string_equal(law_rule_handing(&law, &handing, day).article, "23(3)");
}

static void only_statutory_bases_bring_notices(void **state)
{
    (void)state;
    const struct law law = law_of_test();
    const struct law_notice *notice = &law.notices[0];
    int64_t day = at("2028-01-01");
    check(law_notice_is_due(&law, notice, BYTES("selection_batch"), BYTES("measure"), day));
    check(law_notice_is_due(&law, notice, BYTES("selection_batch"), BYTES(""), day));
    check(!law_notice_is_due(&law, notice, BYTES("selection_batch"), BYTES("own"), day));
    check(!law_notice_is_due(&law, notice, BYTES("gap"), BYTES("measure"), day));
    check(!law_notice_is_due(&law, notice, BYTES("selection_batch"), BYTES("measure"),
                             at("2027-01-01")));
}

static void a_kind_is_recorded_from_its_day_on(void **state)
{
    (void)state;
    const struct law law = law_of_test();
    check_equal(law_kinds_recorded(&law, at("2027-01-01")), 1U << INFORMATION_EQUIPMENT);
    check_equal(law_kinds_recorded(&law, at("2028-01-01")),
                1U << INFORMATION_EQUIPMENT | 1U << INFORMATION_OTHER);
    check_equal(law_kinds_withheld(&law, &forced_bases[0], at("2027-01-01")),
                1U << INFORMATION_COMMAND | 1U << INFORMATION_OTHER);
    check_equal(law_kinds_withheld(&law, &forced_bases[2], at("2027-01-01")), 0); /* own */
}

TESTS(TEST(a_basis_is_refused_with_its_article_before_its_day),
      TEST(a_basis_that_has_ended_or_never_was_is_refused),
      TEST(a_period_ends_the_day_before_the_corresponding_day),
      TEST(where_the_first_day_does_not_count_a_period_ends_a_day_later),
      TEST(a_period_is_ruled_to_the_nanosecond),
      TEST(an_extension_has_its_own_length_or_is_none), TEST(retention_ends_by_the_fiscal_year),
      TEST(retention_in_days_and_none_at_all),
      TEST(times_at_the_ends_of_the_range_do_not_overflow), TEST(nothing_is_read_but_by_a_row),
      TEST(an_inspector_reads_all_and_alters_nothing), TEST(investigation_is_refused_by_name),
      TEST(handing_on_needs_a_row_and_all_it_asks_for),
      TEST(only_statutory_bases_bring_notices), TEST(a_kind_is_recorded_from_its_day_on))
