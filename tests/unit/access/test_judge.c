// SPDX-License-Identifier: Apache-2.0
/* The safeguards and what is asked of a row, over a small law of this test's own.  What the
 * matrix of Japan says is tested with its data: tests/unit/law/test_matrix.c. */
#include "access/judge.h"

#include "check.h"

#define ALWAYS               \
    {                        \
        INT64_MIN, INT64_MAX \
    }
#define WORDS(...)                                                        \
    {                                                                     \
        (const char *const[]){ __VA_ARGS__ },                             \
            sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *) \
    }

enum {
    NOW = 1000,
    PARENT = 1, /* organisations */
    MINE = 2,
    CHILD = 3,
    THEIRS = 4
};
enum { LOOK = 1 << ACTION_LIST | 1 << ACTION_READ };

static const struct law_basis bases[] = {
    { .id = "own", .kind = BASIS_OWN },
    { .id = "drill", .kind = BASIS_EXERCISE },
    { .id = "a17", .kind = BASIS_STATUTORY },
};
static const struct law_purpose purposes[] = {
    { .id = "prevention", .article = "23(2)", .force = ALWAYS },
    { .id = "other", .article = "23(2)", .force = ALWAYS },
    { .id = "later", .article = "23(2)", .force = { NOW + 1, INT64_MAX } },
    { .id = "drill", .article = "LC-25", .force = ALWAYS, .is_exercise = true },
    { .id = "investigation",
      .name = { "investigation", "捜査" },
      .article = "23(2)",
      .force = ALWAYS,
      .is_refused = true },
};
static const struct law_label labels[ACCESS_LABELS] = {
    { .id = "TLP:CLEAR", .article = "TLP" },
    { .id = "TLP:GREEN", .article = "TLP" },
    { .id = "TLP:AMBER", .article = "TLP" },
    { .id = "TLP:AMBER+STRICT", .article = "TLP" },
    { .id = "TLP:RED", .article = "TLP", .is_for_named = true },
};
static const struct law_subject subjects[] = {
    { .id = "case", .article = "1", .kind = "record", .procedure = "case" },
    { .id = "rest", .article = "1", .kind = "record", .procedure = "*" },
    { .id = "selected", .article = "23", .kind = "flow", .bases = 1 << BASIS_STATUTORY },
    { .id = "own-flow", .article = "1", .kind = "flow", .bases = 1 << BASIS_OWN },
    { .id = "raw", .article = "22(1)", .kind = "raw", .tier = "T0" },
};
static const struct law_right rights[] = {
    { .role = "worker",
      .subject = "case",
      .article = "7",
      .force = ALWAYS,
      .actions = LOOK | 1 << ACTION_CHANGE,
      .scope = LAW_SCOPE_OWN,
      .label = LABEL_AMBER },
    { .role = "overseer",
      .subject = "case",
      .article = "8",
      .force = ALWAYS,
      .actions = LOOK | 1 << ACTION_VOTE | 1 << ACTION_HISTORY,
      .scope = LAW_SCOPE_ALL,
      .label = LABEL_AMBER_STRICT },
    { .role = "inspector",
      .subject = "case",
      .article = "63",
      .force = ALWAYS,
      .actions = LOOK,
      .scope = LAW_SCOPE_ALL,
      .label = LABEL_RED },
    { .role = "reader",
      .subject = "case",
      .article = "9",
      .force = ALWAYS,
      .actions = LOOK,
      .scope = LAW_SCOPE_ALL,
      .label = LABEL_CLEAR },
    { .role = "minister",
      .subject = "case",
      .article = "10",
      .force = ALWAYS,
      .actions = LOOK,
      .scope = LAW_SCOPE_SECTOR,
      .label = LABEL_AMBER },
    { .role = "partner",
      .subject = "case",
      .article = "11",
      .force = ALWAYS,
      .actions = LOOK,
      .scope = LAW_SCOPE_PARTY,
      .label = LABEL_AMBER },
    { .role = "guest",
      .subject = "case",
      .article = "12",
      .force = ALWAYS,
      .actions = LOOK,
      .scope = LAW_SCOPE_ROSTER,
      .label = LABEL_AMBER },
    { .role = "drafter",
      .subject = "case",
      .article = "13",
      .force = ALWAYS,
      .states = WORDS("draft"),
      .actions = LOOK,
      .scope = LAW_SCOPE_ALL,
      .label = LABEL_AMBER },
    { .role = "future",
      .subject = "case",
      .article = "14",
      .force = { NOW + 1, INT64_MAX },
      .actions = LOOK,
      .scope = LAW_SCOPE_ALL,
      .label = LABEL_AMBER },
    { .role = "worker",
      .subject = "selected",
      .article = "23(2)",
      .force = ALWAYS,
      .purposes = WORDS("prevention"),
      .actions = LOOK,
      .scope = LAW_SCOPE_ALL,
      .label = LABEL_AMBER },
    { .role = "worker",
      .subject = "rest",
      .article = "15",
      .force = ALWAYS,
      .actions = LOOK,
      .scope = LAW_SCOPE_ALL,
      .label = LABEL_AMBER },
    { .role = "worker",
      .subject = "raw",
      .article = "16",
      .force = ALWAYS,
      .actions = LOOK,
      .scope = LAW_SCOPE_ALL,
      .label = LABEL_RED },
    /* A row whose actions do not bring what they need gives nothing. */
    { .role = "odd",
      .subject = "case",
      .article = "17",
      .force = ALWAYS,
      .actions = 1 << ACTION_READ | 1 << ACTION_EXPORT,
      .scope = LAW_SCOPE_ALL,
      .label = LABEL_AMBER },
};
static const struct law_handling handlings[] = {
    { .id = "open", .article = "1", .roles = WORDS("*") },
    { .id = "inner", .article = "2", .roles = WORDS("*"), .label = LABEL_AMBER_STRICT },
    { .id = "named", .article = "3", .roles = WORDS("overseer"), .is_own_shown = true },
    { .id = "why", .article = "4", .roles = WORDS("*"), .purposes = WORDS("prevention") },
    { .id = "secret", .article = "5", .roles = WORDS("*"), .clearance = CLEARANCE_SECRET },
};
#define COUNT(rows) (sizeof(rows) / sizeof *(rows))
static const struct law law = {
    .purpose_article = "23(2)",
    .access_article = "26(1)",
    .bases = bases,
    .basis_count = COUNT(bases),
    .purposes = purposes,
    .purpose_count = COUNT(purposes),
    .labels = labels,
    .label_count = COUNT(labels),
    .subjects = subjects,
    .subject_count = COUNT(subjects),
    .rights = rights,
    .right_count = COUNT(rights),
    .handlings = handlings,
    .handling_count = COUNT(handlings),
};

static struct access_role role_at(const char *id, int64_t organisation)
{
    return (struct access_role){ .id = id, .organisation = organisation, .to_ns = INT64_MAX };
}

static struct access_actor actor_as(const char *role, int64_t organisation)
{
    struct access_actor actor = { .person = 1, .organisation = organisation, .role_count = 1 };
    actor.roles[0] = role_at(role, organisation);
    actor.scopes = UINT64_MAX;
    return actor;
}

static struct access_object a_case(int64_t organisation)
{
    return (struct access_object){ .kind = "record",
                                   .procedure = "case",
                                   .state = "open",
                                   .label = LABEL_AMBER,
                                   .organisation = organisation,
                                   .ancestors = { organisation == CHILD ? MINE : PARENT,
                                                  organisation == CHILD ? PARENT : 0 } };
}

static struct access_verdict ask(const struct access_actor *actor, enum access_action action,
                                 const struct access_object *object, const char *purpose)
{
    struct access_verdict verdict =
        access_judge(&law, actor, action, object, (struct access_use){ purpose, NOW });
    check_equal(verdict.is_allowed, verdict.ruling.is_allowed);
    check(verdict.rule[0] && verdict.ruling.article[0]);
    check(verdict.is_allowed || (verdict.ruling.words[0] && verdict.ruling.words_ja[0]));
    return verdict;
}

static bool may_read(const struct access_actor *actor, const struct access_object *object)
{
    return ask(actor, ACTION_READ, object, NULL).is_allowed;
}

static void expect_refusal(const struct access_actor *actor, const struct access_object *object,
                           const char *rule)
{
    struct access_verdict verdict = ask(actor, ACTION_READ, object, NULL);
    check(!verdict.is_allowed);
    if (strncmp(verdict.rule, rule, strlen(rule)) != 0)
        fail_msg("refused by %s, not by %s", verdict.rule, rule);
}

static void every_answer_names_its_row_or_its_rule(void **state)
{
    (void)state;
    const struct access_actor actor = actor_as("worker", MINE);
    const struct access_object mine = a_case(MINE), theirs = a_case(THEIRS);
    struct access_verdict verdict = ask(&actor, ACTION_READ, &mine, NULL);
    assert_string_equal(verdict.rule, "matrix:worker:case");
    assert_string_equal(verdict.ruling.article, "7");
    verdict = ask(&actor, ACTION_READ, &theirs, NULL);
    assert_string_equal(verdict.rule, "scope:worker:case");
    assert_string_equal(verdict.ruling.article, "7");
    verdict = ask(&actor, ACTION_EXPORT, &mine, NULL);
    assert_string_equal(verdict.rule, "default:worker:case");
    assert_string_equal(verdict.ruling.article, "26(1)");
}

static void what_no_row_names_is_refused(void **state)
{
    (void)state;
    struct access_actor actor = actor_as("worker", MINE);
    struct access_object object = a_case(MINE);
    object.kind = "weather";
    expect_refusal(&actor, &object, "default");
    object = a_case(MINE);
    object.basis = "a99";
    expect_refusal(&actor, &object, "default");
    object = a_case(MINE);
    actor.role_count = 0;
    expect_refusal(&actor, &object, "role");
    actor = actor_as("nobody", MINE);
    expect_refusal(&actor, &object, "default");
    check(!ask(&actor, ACCESS_ACTIONS, &object, NULL).is_allowed);
}

/* Who sees which label: rows as columns of "read" for each label, CLEAR first. */
static void labels_reach_as_far_as_tlp_says(void **state)
{
    (void)state;
    static const struct {
        const char *role;
        int64_t organisation; /* of the role; the object is of MINE */
        bool is_on_roster;
        const char *read; /* Y or - */
    } rows[] = {
        { "worker", MINE, false, "YYYY-" },     { "worker", MINE, true, "YYYYY" },
        { "worker", PARENT, false, "YYY--" },   { "worker", PARENT, true, "YYYYY" },
        { "worker", CHILD, true, "-----" },     { "worker", THEIRS, true, "-----" },
        { "overseer", THEIRS, false, "YYYY-" }, { "overseer", THEIRS, true, "YYYYY" },
        { "inspector", 0, false, "YYYYY" },     { "reader", THEIRS, false, "Y----" },
        { "reader", MINE, false, "YYYY-" },     { "reader", 0, false, "Y----" },
        { "guest", THEIRS, false, "-----" },    { "guest", THEIRS, true, "YYYYY" },
        { "partner", THEIRS, false, "-----" },  { "minister", THEIRS, false, "-----" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct access_actor actor = actor_as(rows[i].role, rows[i].organisation);
        for (unsigned label = 0; label < ACCESS_LABELS; label++) {
            struct access_object object = a_case(MINE);
            object.label = (enum access_label)label;
            object.has_roster = object.is_on_roster = rows[i].is_on_roster;
            if (may_read(&actor, &object) != (rows[i].read[label] == 'Y'))
                fail_msg("%s at %d, label %u", rows[i].role, (int)rows[i].organisation, label);
        }
    }
}

static void a_roster_shuts_out_everybody_else(void **state)
{
    (void)state;
    static const char *const roles[] = { "worker", "overseer", "reader", "drafter" };
    struct access_object object = a_case(MINE);
    object.has_roster = true;
    object.state = "draft";
    object.label = LABEL_CLEAR;
    for (size_t i = 0; i < COUNT(roles); i++) {
        const struct access_actor actor = actor_as(roles[i], MINE);
        expect_refusal(&actor, &object, "label");
    }
    const struct access_actor inspector = actor_as("inspector", 0);
    check(may_read(&inspector, &object));
    object.has_roster = false;
    object.is_on_roster = true; /* of no roster: nothing is meant by it */
    object.label = LABEL_RED;
    const struct access_actor worker = actor_as("worker", MINE);
    expect_refusal(&worker, &object, "label");
}

static void ones_own_is_ones_organisation_and_what_is_below_it(void **state)
{
    (void)state;
    const struct access_object child = a_case(CHILD), mine = a_case(MINE);
    struct access_object parent = a_case(PARENT), nobodys = a_case(0);
    struct access_actor actor = actor_as("worker", MINE);
    parent.ancestors[0] = 0;
    check(may_read(&actor, &mine) && may_read(&actor, &child));
    expect_refusal(&actor, &parent, "scope");
    expect_refusal(&actor, &nobodys, "scope");
    actor.roles[0].organisation = 0;
    expect_refusal(&actor, &mine, "scope");
    expect_refusal(&actor, &nobodys, "scope");
}

static void roles_of_two_organisations_are_not_added_up(void **state)
{
    (void)state;
    struct access_actor actor = actor_as("worker", THEIRS);
    actor.roles[actor.role_count++] = role_at("reader", MINE);
    struct access_object object = a_case(MINE);
    check(may_read(&actor, &object));
    check(!ask(&actor, ACTION_CHANGE, &object, NULL).is_allowed);
    actor.roles[actor.role_count++] = role_at("worker", MINE);
    check(ask(&actor, ACTION_CHANGE, &object, NULL).is_allowed);
    actor.organisation = MINE; /* whose people they are gives nothing by itself */
    actor.role_count = 1;
    expect_refusal(&actor, &object, "scope");
}

static void sectors_and_parties_bound_a_row(void **state)
{
    (void)state;
    struct access_actor minister = actor_as("minister", THEIRS);
    struct access_object object = a_case(MINE);
    object.sector = 64;
    expect_refusal(&minister, &object, "scope"); /* held for no sector */
    minister.roles[0].sectors = UINT64_C(1) << 63;
    check(may_read(&minister, &object));
    static const unsigned others[] = { 0, 1, 63, 65, 128 };
    for (size_t i = 0; i < COUNT(others); i++) {
        object.sector = others[i];
        expect_refusal(&minister, &object, "scope");
    }
    struct access_actor worker = actor_as("worker", MINE);
    worker.roles[0].sectors = 1;
    object.sector = 2;
    expect_refusal(&worker, &object, "scope");
    object.sector = 1;
    check(may_read(&worker, &object));
    struct access_actor partner = actor_as("partner", THEIRS);
    expect_refusal(&partner, &object, "scope");
    object.party = THEIRS;
    check(may_read(&partner, &object));
    object.party = 0;
    partner.roles[0].organisation = 0;
    expect_refusal(&partner, &object, "scope");
}

static void validity_is_asked_with_the_moment(void **state)
{
    (void)state;
    struct access_actor actor = actor_as("worker", MINE);
    struct access_object object = a_case(MINE);
    actor.roles[0].to_ns = NOW;
    expect_refusal(&actor, &object, "role");
    actor.roles[0].to_ns = NOW + 1;
    check(may_read(&actor, &object));
    actor.roles[0].from_ns = NOW + 1;
    expect_refusal(&actor, &object, "role");
    actor = actor_as("worker", MINE);
    object.clearance = CLEARANCE_SECRET;
    expect_refusal(&actor, &object, "clearance");
    actor.clearance = CLEARANCE_SECRET;
    actor.clearance_to_ns = NOW; /* over at this moment, in a session that is open */
    expect_refusal(&actor, &object, "clearance");
    actor.clearance_to_ns = NOW + 1;
    check(may_read(&actor, &object));
    actor.clearance = CLEARANCE_CONFIDENTIAL;
    expect_refusal(&actor, &object, "clearance");
    const struct access_actor future = actor_as("future", MINE);
    object = a_case(MINE);
    expect_refusal(&future, &object, "force");
}

static void states_bound_a_row(void **state)
{
    (void)state;
    const struct access_actor actor = actor_as("drafter", MINE);
    struct access_object object = a_case(MINE);
    expect_refusal(&actor, &object, "state");
    object.state = NULL;
    expect_refusal(&actor, &object, "state");
    object.state = "draft";
    check(may_read(&actor, &object));
}

static void what_rests_on_a_statutory_basis_asks_for_its_purpose(void **state)
{
    (void)state;
    const struct access_actor actor = actor_as("worker", MINE);
    struct access_object object = { .kind = "flow", .basis = "a17", .organisation = MINE };
    static const struct {
        const char *purpose, *rule;
    } rows[] = {
        { NULL, "purpose" },        { "", "purpose" },
        { "curiosity", "purpose" }, { "investigation", "purpose" },
        { "later", "purpose" },     { "other", "purpose:worker:selected" },
        { "drill", "exercise" },    { "prevention", "matrix:worker:selected" },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(ask(&actor, ACTION_READ, &object, rows[i].purpose).rule,
                            rows[i].rule);
    struct access_verdict verdict = ask(&actor, ACTION_READ, &object, "investigation");
    check(strstr(verdict.ruling.words, "investigation") &&
          strstr(verdict.ruling.words_ja, "捜査"));
    /* A row without purposes is not for it. */
    object = a_case(MINE);
    object.basis = "a17";
    check(!ask(&actor, ACTION_READ, &object, "prevention").is_allowed);
    object.basis = "own";
    check(ask(&actor, ACTION_READ, &object, "prevention").is_allowed);
    check(ask(&actor, ACTION_READ, &object, NULL).is_allowed);
    check(!ask(&actor, ACTION_READ, &object, "investigation").is_allowed);
}

static void exercises_and_what_is_real_are_apart(void **state)
{
    (void)state;
    struct access_actor actor = actor_as("worker", MINE);
    struct access_object object = a_case(MINE);
    object.is_exercise = true;
    expect_refusal(&actor, &object, "exercise");
    actor.is_exercise = true;
    check(may_read(&actor, &object));
    object.is_exercise = false;
    expect_refusal(&actor, &object, "exercise");
    /* It plays what is not in force yet, under the law's own basis and purposes. */
    actor = actor_as("future", MINE);
    actor.is_exercise = object.is_exercise = true;
    check(may_read(&actor, &object));
    check(ask(&actor, ACTION_READ, &object, "later").is_allowed);
    check(!ask(&actor, ACTION_READ, &object, "investigation").is_allowed);
    actor = actor_as("worker", MINE);
    actor.is_exercise = true;
    object = (struct access_object){ .kind = "flow", .basis = "a17", .is_exercise = true };
    check(ask(&actor, ACTION_READ, &object, "drill").is_allowed);
    check(ask(&actor, ACTION_READ, &object, "prevention").is_allowed);
    check(!ask(&actor, ACTION_READ, &object, "other").is_allowed);
    check(!ask(&actor, ACTION_READ, &object, "investigation").is_allowed);
    check(!ask(&actor, ACTION_READ, &object, NULL).is_allowed);
}

static void what_is_not_selected_is_for_machines_alone(void **state)
{
    (void)state;
    struct access_actor actor = actor_as("worker", MINE);
    const struct access_object object = { .kind = "raw" };
    expect_refusal(&actor, &object, "unselected");
    actor.person = 0;
    check(may_read(&actor, &object));
}

static void tokens_only_narrow(void **state)
{
    (void)state;
    struct access_actor actor = actor_as("worker", MINE);
    const struct access_object object = a_case(MINE);
    actor.scopes = 1 << ACTION_LIST;
    expect_refusal(&actor, &object, "token");
    actor.scopes = 1 << ACTION_READ; /* cannot list: cannot read either */
    expect_refusal(&actor, &object, "token");
    actor.scopes = LOOK;
    check(may_read(&actor, &object));
    check(!ask(&actor, ACTION_CHANGE, &object, NULL).is_allowed);
    actor.scopes = UINT64_MAX;
    check(!ask(&actor, ACTION_EXPORT, &object, NULL).is_allowed);
}

static void votes_ask_for_a_passkey(void **state)
{
    (void)state;
    struct access_actor actor = actor_as("overseer", 0);
    const struct access_object object = a_case(MINE);
    assert_string_equal(ask(&actor, ACTION_VOTE, &object, NULL).rule, "passkey");
    actor.has_passkey = true;
    check(ask(&actor, ACTION_VOTE, &object, NULL).is_allowed);
}

static void a_row_that_does_not_bring_what_it_needs_gives_nothing(void **state)
{
    (void)state;
    const struct access_actor actor = actor_as("odd", MINE);
    const struct access_object object = a_case(MINE);
    for (unsigned action = 0; action < ACCESS_ACTIONS; action++)
        check(!ask(&actor, (enum access_action)action, &object, NULL).is_allowed);
}

static bool is_shown(const struct access_actor *actor, const struct access_object *object,
                     const char *handling, const char *purpose)
{
    return access_judge_field(&law, actor, object, handling,
                              (struct access_use){ purpose, NOW })
        .is_allowed;
}

static void fields_are_shown_as_their_handling_says(void **state)
{
    (void)state;
    struct access_actor worker = actor_as("worker", MINE);
    const struct access_actor reader = actor_as("reader", 0);
    const struct access_actor overseer = actor_as("overseer", 0);
    struct access_object object = a_case(MINE);
    object.label = LABEL_CLEAR;
    check(is_shown(&worker, &object, "open", NULL) && is_shown(&reader, &object, "open", NULL));
    check(is_shown(&worker, &object, "inner", NULL));
    check(!is_shown(&reader, &object, "inner", NULL));
    check(is_shown(&overseer, &object, "inner", NULL));
    check(is_shown(&worker, &object, "named", NULL)); /* their own organisation's */
    check(!is_shown(&reader, &object, "named", NULL));
    check(is_shown(&overseer, &object, "named", NULL));
    check(!is_shown(&worker, &object, "why", "other"));
    check(is_shown(&worker, &object, "why", "prevention"));
    check(!is_shown(&worker, &object, "secret", NULL));
    worker.clearance = CLEARANCE_SECRET;
    worker.clearance_to_ns = INT64_MAX;
    check(is_shown(&worker, &object, "secret", NULL));
    check(!is_shown(&worker, &object, "unheard-of", NULL));
    check(!is_shown(&worker, &object, NULL, NULL));
    object = a_case(THEIRS);
    check(!is_shown(&worker, &object, "open", NULL));
    assert_string_equal(
        access_judge_field(&law, &worker, &object, "open", (struct access_use){ NULL, NOW })
            .rule,
        "scope:worker:case");
}

/* One role shows the object, another could see the value: both must be one. */
static void two_roles_do_not_make_one(void **state)
{
    (void)state;
    struct access_actor actor = actor_as("reader", THEIRS);
    actor.roles[actor.role_count++] = role_at("overseer", MINE);
    actor.roles[1].to_ns = NOW; /* over */
    struct access_object object = a_case(MINE);
    object.label = LABEL_CLEAR;
    check(may_read(&actor, &object) && !is_shown(&actor, &object, "named", NULL));
    actor.roles[1].to_ns = NOW + 1;
    check(is_shown(&actor, &object, "named", NULL));
}

static void the_more_restrictive_label_wins(void **state)
{
    (void)state;
    for (unsigned a = 0; a < ACCESS_LABELS; a++) {
        for (unsigned b = 0; b < ACCESS_LABELS; b++)
            check_equal(access_label_merge((enum access_label)a, (enum access_label)b),
                        a > b ? a : b);
        check_equal(access_label_find(bytes_of_string(access_label_name((enum access_label)a))),
                    a);
    }
    check_equal(access_label_merge(ACCESS_LABELS, LABEL_CLEAR), LABEL_RED);
    check_equal(access_label_find(BYTES("TLP:WHITE")), ACCESS_LABELS);
    for (unsigned action = 0; action < ACCESS_ACTIONS; action++)
        check_equal(
            access_action_find(bytes_of_string(access_action_name((enum access_action)action))),
            action);
    check_equal(access_action_find(BYTES("erase")), ACCESS_ACTIONS);
}

TESTS(TEST(every_answer_names_its_row_or_its_rule), TEST(what_no_row_names_is_refused),
      TEST(labels_reach_as_far_as_tlp_says), TEST(a_roster_shuts_out_everybody_else),
      TEST(ones_own_is_ones_organisation_and_what_is_below_it),
      TEST(roles_of_two_organisations_are_not_added_up), TEST(sectors_and_parties_bound_a_row),
      TEST(validity_is_asked_with_the_moment), TEST(states_bound_a_row),
      TEST(what_rests_on_a_statutory_basis_asks_for_its_purpose),
      TEST(exercises_and_what_is_real_are_apart),
      TEST(what_is_not_selected_is_for_machines_alone), TEST(tokens_only_narrow),
      TEST(votes_ask_for_a_passkey),
      TEST(a_row_that_does_not_bring_what_it_needs_gives_nothing),
      TEST(fields_are_shown_as_their_handling_says), TEST(two_roles_do_not_make_one),
      TEST(the_more_restrictive_label_wins))
