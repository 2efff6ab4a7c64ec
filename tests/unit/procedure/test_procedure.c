// SPDX-License-Identifier: Apache-2.0
#include "procedure/procedure.h"

#include "check.h"

enum { HOUR = 3600 };
#define AT(hours) ((int64_t)(hours)*HOUR * TIME_SECOND_NS)
#define ALWAYS               \
    {                        \
        INT64_MIN, INT64_MAX \
    }
#define SAY(words)   \
    {                \
        words, words \
    }
#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static const struct law_basis bases[] = {
    { .id = "a17",
      .article = "17",
      .period_article = "17(3)",
      .force = ALWAYS,
      .kind = BASIS_STATUTORY,
      .approver = "commission",
      .signatures = 3,
      .share_permille = 300,
      .items = 2,
      .kinds = 2,
      .period_months = 1,
      .extension_months = 1,
      .retention = "month" },
    { .id = "other", .article = "99", .force = ALWAYS, .kind = BASIS_STATUTORY },
};
static const struct law_time_word words[] = { { .id = "soon", .within_ns = AT(2) } };
static const struct law_notice notices[] = {
    { .id = "told", .event = "approval_given", .force = ALWAYS, .time_word = "soon" },
};
static const struct law_retention retentions[] = { { .id = "month", .days = 30 } };
static const struct law law = { .access_article = "26(1)",
                                .handing_article = "23(3)",
                                .first_day_counts = true,
                                .bases = bases,
                                .basis_count = 2,
                                .time_words = words,
                                .time_word_count = 1,
                                .retentions = retentions,
                                .retention_count = 1,
                                .notices = notices,
                                .notice_count = 1 };

static const char *const draft[] = { "draft" };
static const char *const approved[] = { "approved" };
static const char *const active[] = { "active" };
static const char *const suspended[] = { "suspended" };
static const char *const any[] = { "*" };
static const char *const clocks[] = { "begin", "period", "selection_end", "retention" };
static const char *const for_bases[] = { "a17" };

static const struct procedure_state states[] = {
    { .id = "draft", .name = SAY("draft") },
    { .id = "approved", .name = SAY("approved") },
    { .id = "active", .name = SAY("active"), .has_feed = true },
    { .id = "suspended", .name = SAY("suspended") },
    { .id = "expired", .name = SAY("expired"), .is_end = true },
};

#define BOUNDLESS .at_least = INT64_MIN, .at_most = INT64_MAX

static const struct procedure_guard quorum[] = {
    { .fact = "present", .at_least = 3, .at_most = 5, .article = "53", .words = SAY("quorum") },
    { .fact = "reasons", BOUNDLESS, .article = "18", .words = SAY("reasons") },
    { .fact = "carrier", BOUNDLESS, .when = "at_carrier", .words = SAY("carrier") },
};
static const struct procedure_guard opening[] = {
    { .told = "told", BOUNDLESS, .article = "14", .words = SAY("untold") },
    { .after = "begin", BOUNDLESS, .article = "{period}", .words = SAY("too early") },
    { .before = "period", BOUNDLESS, .article = "{period}", .words = SAY("too late") },
};
static const struct procedure_set periods[] = {
    { .clock = "begin", .fact = "from" },
    { .clock = "period", .fact = "until" },
    { .clock = "selection_end" },
};
static const struct procedure_set longer[] = { { .clock = "period", .fact = "until" } };
static const struct procedure_set retained[] = { { .clock = "retention", .fact = "until" } };

#define BIT(rule) (UINT32_C(1) << (rule))
#define FROM(list) .from = (list), .from_count = 1

static const struct procedure_step steps[] = {
    { .event = "approve",
      FROM(draft),
      .to = "approved",
      .role = "commission",
      .article = "18",
      .force = ALWAYS,
      .rules = BIT(PROCEDURE_RULE_BASIS) | BIT(PROCEDURE_RULE_PERIOD) |
               BIT(PROCEDURE_RULE_SIGNERS) | BIT(PROCEDURE_RULE_SHARE),
      .guards = quorum,
      .guard_count = 3,
      .sets = periods,
      .set_count = 3,
      .entry = "approval_given" },
    { .event = "open",
      FROM(approved),
      .to = "active",
      .role = "machine",
      .article = "{basis}",
      .force = ALWAYS,
      .guards = opening,
      .guard_count = 3 },
    { .event = "extend",
      FROM(active),
      .to = "same",
      .role = "commission",
      .second_role = "clerk",
      .article = "19(1)",
      .force = ALWAYS,
      .rules = BIT(PROCEDURE_RULE_EXTENSION),
      .sets = longer,
      .set_count = 1 },
    { .event = "select",
      FROM(active),
      .to = "same",
      .role = "machine",
      .article = "22(2)",
      .force = ALWAYS,
      .rules = BIT(PROCEDURE_RULE_ITEMS) },
    { .event = "keep",
      FROM(active),
      .to = "same",
      .role = "*",
      .article = "25(1)",
      .force = ALWAYS,
      .rules = BIT(PROCEDURE_RULE_RETENTION),
      .sets = retained,
      .set_count = 1 },
    { .event = "later",
      FROM(active),
      .to = "same",
      .role = "*",
      .article = "99",
      .force = { AT(100000), INT64_MAX } },
    { .event = "suspend",
      FROM(active),
      .to = "suspended",
      .role = "commission",
      .article = "66(2)",
      .force = ALWAYS },
    { .event = "remedy",
      FROM(suspended),
      .to = "previous",
      .role = "commission",
      .article = "66(2)",
      .force = ALWAYS },
    { .event = "period_ends",
      FROM(any),
      .to = "expired",
      .at = "period",
      .article = "{period}",
      .force = ALWAYS },
};

static const struct procedure measure = { .id = "measure",
                                          .name = SAY("measure"),
                                          .bases = for_bases,
                                          .basis_count = 1,
                                          .clocks = clocks,
                                          .clock_count = 4,
                                          .states = states,
                                          .state_count = COUNT(states),
                                          .steps = steps,
                                          .step_count = COUNT(steps) };

static struct procedure_case begin(void)
{
    struct procedure_case subject;
    check(procedure_begin(&law, &measure, "a17", "JP-1", &subject));
    return subject;
}

enum { FACTS = 7 };
static const struct procedure_fact good[FACTS] = {
    { "present", 3, NULL },    { "reasons", 0, "in the request" },
    { "from", AT(10), NULL },  { "until", AT(100), NULL },
    { "signers", 3, NULL },    { "share", 300, NULL },
    { "at_carrier", 0, NULL },
};

static struct procedure_event event_of(const char *name, const char *role, int64_t now_ns)
{
    return (struct procedure_event){ .name = name,
                                     .actor = "Sato",
                                     .role = role,
                                     .facts = good,
                                     .fact_count = FACTS,
                                     .now_ns = now_ns };
}

static struct procedure_outcome apply(struct procedure_case *subject, const char *name,
                                      const char *role, int64_t now_ns)
{
    const struct procedure_event event = event_of(name, role, now_ns);
    return procedure_apply(subject, &event);
}

static struct procedure_case active_case(void)
{
    struct procedure_case subject = begin();
    check(apply(&subject, "approve", "commission", AT(1)).ruling.is_allowed);
    check(procedure_tell(&subject, "told", AT(2)));
    check(apply(&subject, "open", "machine", AT(10)).ruling.is_allowed);
    return subject;
}

static const char *state_of(const struct procedure_case *subject)
{
    return procedure_state(subject)->id;
}

static void a_case_goes_from_step_to_step(void **state)
{
    (void)state;
    struct procedure_case subject = begin();
    assert_string_equal(state_of(&subject), "draft");
    struct procedure_outcome outcome = apply(&subject, "approve", "commission", AT(1));
    check(outcome.ruling.is_allowed);
    assert_string_equal(outcome.ruling.article, "18");
    assert_string_equal(outcome.step->entry, "approval_given");
    assert_string_equal(state_of(&subject), "approved");
    check_equal(procedure_clock(&subject, "period"), AT(100));
    subject = active_case();
    check(procedure_state(&subject)->has_feed);
}

static void nothing_but_a_step_from_here_is_taken(void **state)
{
    (void)state;
    struct procedure_case subject = begin();
    struct procedure_outcome outcome = apply(&subject, "open", "machine", AT(20));
    check(!outcome.ruling.is_allowed && !outcome.step);
    assert_string_equal(outcome.ruling.article, "26(1)");
    check(!apply(&subject, "nonsense", "commission", AT(20)).ruling.is_allowed);
    assert_string_equal(state_of(&subject), "draft");
}

static void a_step_is_for_its_role_and_a_second_person(void **state)
{
    (void)state;
    struct procedure_case subject = begin();
    struct procedure_outcome outcome = apply(&subject, "approve", "analyst", AT(1));
    check(!outcome.ruling.is_allowed);
    assert_string_equal(outcome.ruling.words, "this step is for another role: commission");
    subject = active_case();
    const struct procedure_fact until = { "until", AT(200), NULL };
    struct procedure_event extend = event_of("extend", "commission", AT(20));
    extend.facts = &until;
    extend.fact_count = 1;
    check(!procedure_apply(&subject, &extend).ruling.is_allowed);
    extend.second_role = "clerk";
    extend.second_actor = "Sato"; /* the same person twice */
    check(!procedure_apply(&subject, &extend).ruling.is_allowed);
    extend.second_actor = "Suzuki";
    check(procedure_apply(&subject, &extend).ruling.is_allowed);
    extend.actor = "";
    check(!procedure_apply(&subject, &extend).ruling.is_allowed);
}

static struct law_ruling approve_with(const char *name, int64_t number)
{
    struct procedure_fact facts[FACTS];
    struct procedure_case subject = begin();
    struct procedure_event event = event_of("approve", "commission", AT(1));
    memcpy(facts, good, sizeof facts);
    for (size_t i = 0; i < FACTS; i++) {
        if (strcmp(facts[i].name, name) == 0)
            facts[i] = (struct procedure_fact){ name, number, NULL };
    }
    event.facts = facts;
    return procedure_apply(&subject, &event).ruling;
}

static void each_guard_refuses_with_its_article(void **state)
{
    (void)state;
    check(approve_with("present", 5).is_allowed);
    assert_string_equal(approve_with("present", 2).article, "53");
    assert_string_equal(approve_with("present", 6).words, "quorum");
    assert_string_equal(approve_with("reasons", 0).article, "18");
    assert_string_equal(approve_with("at_carrier", 1).words, "carrier");
    struct procedure_case subject = begin();
    struct procedure_event event = event_of("approve", "commission", AT(1));
    event.fact_count = 0;
    check(!procedure_apply(&subject, &event).ruling.is_allowed);
}

static void the_law_itself_is_asked_with_its_own_numbers(void **state)
{
    (void)state;
    assert_string_equal(approve_with("until", AT(24 * 60)).article, "17(3)");
    check(!approve_with("until", AT(5)).is_allowed);
    assert_string_equal(approve_with("share", 301).article, "17");
    check(!approve_with("share", -1).is_allowed);
    assert_string_equal(approve_with("signers", 2).words, "signatures are missing: commission");
    struct procedure_case subject = active_case();
    check(!apply(&subject, "select", "machine", AT(20)).ruling.is_allowed);
    struct procedure_event keep = event_of("keep", "anybody", AT(20));
    check(procedure_apply(&subject, &keep).ruling.is_allowed);
    const struct procedure_fact too_long = { "until", AT(1 + 30 * 24) + 1, NULL };
    keep.facts = &too_long;
    keep.fact_count = 1;
    check(!procedure_apply(&subject, &keep).ruling.is_allowed);
    keep.fact_count = 0; /* retention cannot be empty */
    check(!procedure_apply(&subject, &keep).ruling.is_allowed);
}

static void a_condition_needs_pieces_and_kinds(void **state)
{
    (void)state;
    struct procedure_case subject = active_case();
    struct procedure_fact items[] = { { "items", 2, NULL }, { "kinds", 2, NULL } };
    struct procedure_event event = event_of("select", "machine", AT(20));
    event.facts = items;
    event.fact_count = 2;
    check(procedure_apply(&subject, &event).ruling.is_allowed);
    items[1].number = 1;
    check(!procedure_apply(&subject, &event).ruling.is_allowed);
    items[1].number = 2;
    items[0].number = 1;
    assert_string_equal(procedure_apply(&subject, &event).ruling.article, "22(2)");
}

static void an_event_brings_its_duties_and_nobody_can_suppress_them(void **state)
{
    (void)state;
    struct procedure_case subject = begin();
    struct procedure_outcome outcome = apply(&subject, "approve", "commission", AT(1));
    check_equal(outcome.duties_brought, 1);
    check_equal(subject.duties[0].due_ns, AT(3));
    check_equal(procedure_overdue(&subject, AT(3)), 0);
    check_equal(procedure_overdue(&subject, AT(3) + 1), 1);
    outcome = apply(&subject, "open", "machine", AT(10));
    check(!outcome.ruling.is_allowed);
    assert_string_equal(outcome.ruling.article, "14");
    check(!procedure_tell(&subject, "nonsense", AT(10)));
    check(procedure_tell(&subject, "told", AT(10)));
    check(!procedure_tell(&subject, "told", AT(10))); /* once is enough */
    check(apply(&subject, "open", "machine", AT(10)).ruling.is_allowed);
}

static void a_period_is_kept_at_both_ends(void **state)
{
    (void)state;
    struct procedure_case subject = begin();
    check(apply(&subject, "approve", "commission", AT(1)).ruling.is_allowed);
    check(procedure_tell(&subject, "told", AT(2)));
    struct procedure_outcome outcome = apply(&subject, "open", "machine", AT(10) - 1);
    assert_string_equal(outcome.ruling.article, "17(3)");
    check(apply(&subject, "open", "machine", AT(10)).ruling.is_allowed);
    check_equal(procedure_next(&subject), AT(100));
    struct procedure_outcome ended;
    check(!procedure_tick(&subject, AT(100) - 1, &ended));
    check(procedure_tick(&subject, AT(150), &ended));
    check_equal(ended.at_ns, AT(100)); /* when it was due, not when it was looked at */
    assert_string_equal(ended.ruling.article, "17(3)");
    assert_string_equal(state_of(&subject), "expired");
    check(!procedure_tick(&subject, AT(1000), &ended));
}

static void nobody_can_go_past_a_clock_that_has_run_out(void **state)
{
    (void)state;
    struct procedure_case subject = active_case();
    check(!apply(&subject, "suspend", "commission", AT(100)).ruling.is_allowed);
    check(!apply(&subject, "suspend", "commission", AT(9)).ruling.is_allowed); /* back */
    check(!apply(&subject, "period_ends", "commission", AT(20)).ruling.is_allowed);
}

static void an_extension_moves_the_end_and_no_further_than_the_law(void **state)
{
    (void)state;
    struct procedure_case subject = active_case();
    struct procedure_fact until = { "until", AT(100 + 24 * 40), NULL };
    struct procedure_event extend = event_of("extend", "commission", AT(20));
    extend.second_actor = "Suzuki";
    extend.second_role = "clerk";
    extend.facts = &until;
    extend.fact_count = 1;
    assert_string_equal(procedure_apply(&subject, &extend).ruling.article, "17(3)");
    until.number = AT(100 + 24 * 20);
    check(procedure_apply(&subject, &extend).ruling.is_allowed);
    check_equal(procedure_next(&subject), until.number);
}

static void a_suspended_case_goes_back_to_where_it_was_or_expires(void **state)
{
    (void)state;
    struct procedure_case subject = active_case();
    struct procedure_outcome ended;
    check(apply(&subject, "suspend", "commission", AT(20)).ruling.is_allowed);
    check(!procedure_state(&subject)->has_feed);
    check(!apply(&subject, "suspend", "commission", AT(21)).ruling.is_allowed);
    check(apply(&subject, "remedy", "commission", AT(30)).ruling.is_allowed);
    assert_string_equal(state_of(&subject), "active");
    check(apply(&subject, "suspend", "commission", AT(40)).ruling.is_allowed);
    check(procedure_tick(&subject, AT(100), &ended));
    assert_string_equal(state_of(&subject), "expired");
}

static void a_step_not_in_force_is_refused(void **state)
{
    (void)state;
    struct procedure_case subject = active_case();
    assert_string_equal(apply(&subject, "later", "anybody", AT(20)).ruling.words,
                        "not in force on that day");
}

static void a_case_needs_its_basis_and_a_name(void **state)
{
    (void)state;
    struct procedure_case subject;
    char name[PROCEDURE_SUBJECT_MAX + 1];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    check(!procedure_begin(&law, &measure, "other", "JP-1", &subject));
    check(!procedure_begin(&law, &measure, "nonsense", "JP-1", &subject));
    check(!procedure_begin(&law, &measure, "a17", "", &subject));
    check(!procedure_begin(&law, &measure, "a17", name, &subject));
}

static void what_came_of_it_is_an_entry_of_the_ledger(void **state)
{
    (void)state;
    struct procedure_case subject = begin();
    char room[ENTRY_OCTETS_MAX + 1];
    struct text text = text_over(room, sizeof room);
    const struct procedure_event event = event_of("approve", "commission", AT(1));
    struct procedure_outcome outcome = procedure_apply(&subject, &event);
    struct entry entry = procedure_entry(&subject, &event, &outcome);
    check(entry_write(&entry, &text) == FAULT_NONE);
    check(strstr(room, "\"state\":\"approved\",\"state_before\":\"draft\""));
    outcome = procedure_apply(&subject, &event);
    entry = procedure_entry(&subject, &event, &outcome);
    text = text_over(room, sizeof room);
    check(entry_write(&entry, &text) == FAULT_NONE);
    check(strstr(room, "\"verdict\":\"refused\"") && strstr(room, "\"article\":\"26(1)\""));
    check(procedure_tick(&subject, AT(200), &outcome));
    entry = procedure_entry(&subject, NULL, &outcome);
    text = text_over(room, sizeof room);
    check(entry_write(&entry, &text) == FAULT_NONE);
    check(strstr(room, "\"actor\":\"machine\"") && strstr(room, "\"event\":\"period_ends\""));
}

static void open_duties_are_never_forgotten(void **state)
{
    (void)state;
    struct procedure_case subject = begin();
    size_t taken = 0;
    for (int i = 0; i < PROCEDURE_DUTIES_MAX + 4; i++) {
        subject.state = 0; /* draft again */
        subject.clocks[1] = INT64_MAX;
        taken += apply(&subject, "approve", "commission", AT(1)).ruling.is_allowed;
    }
    check_equal(taken, PROCEDURE_DUTIES_MAX - PROCEDURE_DUTIES_KEPT);
    check(procedure_tell(&subject, "told", AT(2)));
    subject.state = 0;
    check(apply(&subject, "approve", "commission", AT(2)).ruling.is_allowed);
}

static bool is_next(const struct procedure_case *subject, const char *event)
{
    for (size_t i = 0; i < COUNT(steps); i++) {
        if (strcmp(steps[i].event, event) == 0)
            return procedure_is_next(subject, &steps[i]);
    }
    return false;
}

static void what_comes_next_is_no_way_out_and_no_interruption(void **state)
{
    (void)state;
    static const struct procedure_state open_or_shut[] = {
        { .id = "open", .name = SAY("open") },
        { .id = "shut", .name = SAY("shut"), .is_end = true },
    };
    static const char *const opened[] = { "open" };
    static const struct procedure_step shutting[] = {
        { .event = "shut", FROM(opened), .to = "shut", .role = "*", .force = ALWAYS }
    };
    static const struct procedure door = { .id = "door",
                                           .states = open_or_shut,
                                           .state_count = 2,
                                           .steps = shutting,
                                           .step_count = 1 };
    static const struct procedure_state work_or_pause[] = {
        { .id = "plan", .name = SAY("plan") },
        { .id = "work", .name = SAY("work") },
        { .id = "pause", .name = SAY("pause") },
    };
    static const char *const work[] = { "work" }, *const pause[] = { "pause" };
    static const struct procedure_step pausing[] = {
        { .event = "pause", FROM(work), .to = "pause", .role = "*", .force = ALWAYS },
        { .event = "plan", FROM(pause), .to = "plan", .role = "*", .force = ALWAYS },
    };
    static const struct procedure paused = { .id = "paused",
                                             .states = work_or_pause,
                                             .state_count = 3,
                                             .steps = pausing,
                                             .step_count = 2 };
    struct procedure_case subject = begin();
    check(is_next(&subject, "approve") && !is_next(&subject, "open"));
    subject = active_case();
    check(!is_next(&subject, "extend") && !is_next(&subject, "suspend"));
    check(!is_next(&subject, "period_ends"));
    check(apply(&subject, "suspend", "commission", AT(11)).ruling.is_allowed);
    check(is_next(&subject, "remedy"));
    subject.procedure = &door; /* the only way on is out */
    subject.state = 0;
    check(procedure_is_next(&subject, &shutting[0]));
    subject.procedure = &paused;
    subject.state = 1;
    check(!procedure_is_next(&subject, &pausing[0]));
    subject.state = 2; /* back is the way on */
    check(procedure_is_next(&subject, &pausing[1]));
}

TESTS(TEST(what_comes_next_is_no_way_out_and_no_interruption),
      TEST(a_case_goes_from_step_to_step), TEST(nothing_but_a_step_from_here_is_taken),
      TEST(a_step_is_for_its_role_and_a_second_person),
      TEST(each_guard_refuses_with_its_article),
      TEST(the_law_itself_is_asked_with_its_own_numbers),
      TEST(a_condition_needs_pieces_and_kinds),
      TEST(an_event_brings_its_duties_and_nobody_can_suppress_them),
      TEST(a_period_is_kept_at_both_ends), TEST(nobody_can_go_past_a_clock_that_has_run_out),
      TEST(an_extension_moves_the_end_and_no_further_than_the_law),
      TEST(a_suspended_case_goes_back_to_where_it_was_or_expires),
      TEST(a_step_not_in_force_is_refused), TEST(a_case_needs_its_basis_and_a_name),
      TEST(what_came_of_it_is_an_entry_of_the_ledger), TEST(open_duties_are_never_forgotten))
