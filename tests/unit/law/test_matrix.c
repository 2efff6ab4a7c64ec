// SPDX-License-Identifier: Apache-2.0
/* Who may do what in Japan: the matrix of the requirements (partnership.md section 8) written
 * down a second time and compared with the data, and what holds for whatever is asked. */
#include "access/judge.h"
#include "check.h"
#include "law/law.h"
#include "procedure/procedure.h"

static alignas(max_align_t) uint8_t memory[LAW_MEMORY];
static struct law law;

static int load(void **state)
{
    (void)state;
    char folder[4096];
    struct arena keep = arena_over(memory, sizeof memory);
    struct error err = { 0 };
    if (law_find_folder("jp", folder, sizeof folder, &err) &&
        law_load(folder, &keep, &law, &err))
        return 0;
    print_error("%s\n", err.text);
    return -1;
}

static int64_t at(const char *words)
{
    int64_t time_ns = 0;
    check(time_read(bytes_of_string(words), &time_ns));
    return time_ns;
}

#define COLUMNS 16
static const char *const columns[COLUMNS] = {
    "asset-notification", "incident-report",  "agreement",      "measure",   "raw",
    "selected",           "reidentification", "analysis",       "provision", "advisory",
    "council-item",       "vendor-case",      "neutralisation", "ledger",    "ballot",
    "diet-report",
};

/* R reads, W writes or takes steps, A decides, B both, N knows that it is there, - nothing.  In
 * order: asset notification, incident report, agreement, measure, T0, T1, re-identification,
 * T2, T3, T4, council, vendor case, PDA and SDF measures, audit log, approval desk, Diet
 * report. */
static const struct {
    const char *role;
    const char cells[COLUMNS + 1];
} matrix[] = {
    { "special-operator",
      "WWA------RWR-R-R" }, /* "public" of the Diet report: R of TLP:CLEAR */
    { "user", "-WA------RW--R-R" },
    { "carrier", "--AN-----RW--R-R" },
    { "sector-minister", "WR-----RRWWW-R-R" }, /* forwards 4(2); gives its opinion 42(3) */
    { "analyst", "RRWW-RWWWWWW-R--" },
    { "officer", "-----RW------R--" },
    { "coordinator", "RRRR---RWWWRWR-R" },
    { "machine", "----WW-------W--" },
    { "mic", "--R--R-RRRWW-R--" },
    { "vendor-minister", "RR-----RRRWW-R--" },
    { "npa", "-R---RWRRRW-WR--" }, /* asks for re-identification through the Prime Minister */
    { "prefectural-police", "-R---RW-RR--WR--" },
    { "mod", "-R---RWRRRW-WR--" },
    { "foreign-ministry", "-------RRR--WR--" },
    /* Told of agreements (N); suspends what a violation concerns (66(2)), so W there. */
    { "commission", "--WA-RRRRR--ARBW" },
    { "inspector", "--RR-RRRRR--RR--" },
    { "delegatee", "-R------RWWW-R--" },
    { "foreign-government", "-----R--RR--N---" },
    { "vendor", "---------RWW-R--" },
    { "public", "-W-------R-----R" },
    { "diet", "---------R-----R" },
};
#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static const struct law_subject *subject_of(const char *id)
{
    for (size_t i = 0; i < law.subject_count; i++) {
        if (strcmp(law.subjects[i].id, id) == 0)
            return &law.subjects[i];
    }
    fail_msg("no subject %s", id);
    return NULL;
}

/* A thing of that subject, under a basis it can have, as near to the actor as can be. */
static struct access_object object_of(const struct law_subject *subject)
{
    struct access_object object = { .kind = subject->kind,
                                    .procedure = subject->procedure,
                                    .label = LABEL_CLEAR,
                                    .organisation = 7,
                                    .party = 7,
                                    .sector = 3,
                                    .has_roster = true,
                                    .is_on_roster = true };
    if (strcmp(subject->id, "agreement") == 0)
        object.basis = "a11";
    else if (strcmp(subject->id, "measure") == 0 || subject->bases & 1U << BASIS_STATUTORY)
        object.basis = "a17";
    else if (subject->bases & 1U << BASIS_OWN)
        object.basis = "own";
    return object;
}

static struct access_actor actor_as(const char *role)
{
    struct access_actor actor = { .person = strcmp(role, "machine") != 0,
                                  .organisation = 7,
                                  .role_count = 1,
                                  .clearance = CLEARANCE_SECRET,
                                  .clearance_to_ns = INT64_MAX,
                                  .has_passkey = true,
                                  .scopes = UINT64_MAX };
    actor.roles[0] = (struct access_role){
        .id = role, .organisation = 7, .sectors = 1 << 2, .to_ns = INT64_MAX
    };
    return actor;
}

/* All that the role may do with such a thing, for whichever purpose. */
static uint32_t actions_of(const struct law *of, const char *role, const char *subject)
{
    const struct access_object object = object_of(subject_of(subject));
    const struct access_actor actor = actor_as(role);
    uint32_t allowed = 0;
    for (unsigned action = 0; action < ACCESS_ACTIONS; action++) {
        for (size_t i = 0; i <= of->purpose_count; i++) {
            const char *purpose = i < of->purpose_count ? of->purposes[i].id : NULL;
            if (access_judge(of, &actor, (enum access_action)action, &object,
                             (struct access_use){ purpose, at("2028-01-05") })
                    .is_allowed)
                allowed |= 1U << action;
        }
    }
    return allowed;
}

static char letter_of(const struct law *of, const char *role, const char *subject)
{
    uint32_t actions = actions_of(of, role, subject);
    bool decides = (actions & 1U << ACTION_VOTE) != 0;
    bool writes = (actions & (1U << ACTION_CREATE | 1U << ACTION_CHANGE)) != 0 ||
                  (!decides && (actions & 1U << ACTION_STEP) != 0);
    if (writes)
        return decides ? 'B' : 'W';
    if (decides)
        return 'A';
    if (actions & 1U << ACTION_READ)
        return 'R';
    return actions & 1U << ACTION_LIST ? 'N' : '-';
}

static void the_data_says_what_the_requirements_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(matrix); i++) {
        for (size_t j = 0; j < COLUMNS; j++) {
            char letter = letter_of(&law, matrix[i].role, columns[j]);
            if (letter != matrix[i].cells[j])
                print_error("%s, %s: %c, not %c\n", matrix[i].role, columns[j], letter,
                            matrix[i].cells[j]);
            check_equal(letter, matrix[i].cells[j]);
        }
    }
}

/* Each cell with a letter is shown to rest on its rows: without them it is empty. */
static void every_letter_rests_on_its_rows(void **state)
{
    (void)state;
    static struct law_right rights[LAW_ROWS_MAX];
    for (size_t i = 0; i < COUNT(matrix); i++) {
        for (size_t j = 0; j < COLUMNS; j++) {
            struct law less = law;
            less.rights = rights;
            less.right_count = 0;
            for (size_t k = 0; k < law.right_count; k++) {
                const struct law_right *row = &law.rights[k];
                if (strcmp(row->role, matrix[i].role) != 0 ||
                    strcmp(row->subject, columns[j]) != 0)
                    rights[less.right_count++] = *row;
            }
            check_equal(letter_of(&less, matrix[i].role, columns[j]), '-');
        }
    }
}

/* A fault put in on purpose: one row too many is seen. */
static void one_row_too_many_is_seen(void **state)
{
    (void)state;
    static struct law_right rights[LAW_ROWS_MAX];
    for (size_t i = 0; i < COUNT(matrix); i++) {
        for (size_t j = 0; j < COLUMNS; j++) {
            struct law more = law;
            const char *const purpose[] = { "damage-prevention" };
            if (matrix[i].cells[j] != '-' || strcmp(columns[j], "raw") == 0)
                continue;
            memcpy(rights, law.rights, law.right_count * sizeof *rights);
            rights[more.right_count++] =
                (struct law_right){ .role = matrix[i].role,
                                    .subject = columns[j],
                                    .article = "0",
                                    .force = { INT64_MIN, INT64_MAX },
                                    .purposes = { purpose, 1 },
                                    .actions = 1U << ACTION_LIST | 1U << ACTION_READ,
                                    .scope = LAW_SCOPE_ALL,
                                    .label = LABEL_AMBER };
            more.rights = rights;
            check_equal(letter_of(&more, matrix[i].role, columns[j]), 'R');
        }
    }
}

static void before_the_act_is_in_force_nothing_selected_is_seen(void **state)
{
    (void)state;
    struct access_object object = object_of(subject_of("selected"));
    for (size_t i = 0; i < law.role_count; i++) {
        struct access_actor actor = actor_as(law.roles[i].id);
        for (size_t j = 0; j < law.purpose_count; j++)
            check(!access_judge(&law, &actor, ACTION_LIST, &object,
                                (struct access_use){ law.purposes[j].id, at("2027-11-21") })
                       .is_allowed);
    }
    object.is_exercise = true;
    struct access_actor actor = actor_as("analyst");
    actor.is_exercise = true;
    check(access_judge(&law, &actor, ACTION_READ, &object,
                       (struct access_use){ "exercise", at("2026-11-21") })
              .is_allowed);
}

static void administrators_read_nothing_of_tiers_0_to_2(void **state)
{
    (void)state;
    for (size_t i = 0; i < law.role_count; i++) {
        for (size_t j = 0; law.roles[i].is_administrator && j < law.subject_count; j++) {
            const char *tier = law.subjects[j].tier;
            if (tier && (tier[1] == '0' || tier[1] == '1' || tier[1] == '2'))
                check_equal(actions_of(&law, law.roles[i].id, law.subjects[j].id), 0);
        }
    }
    check(actions_of(&law, "administrator", "person") & 1U << ACTION_ADMINISTER);
}

static void an_inspector_changes_nothing_but_files_of_his_own(void **state)
{
    (void)state;
    const uint32_t looking =
        1U << ACTION_LIST | 1U << ACTION_READ | 1U << ACTION_EXPORT | 1U << ACTION_HISTORY;
    for (size_t i = 0; i < law.subject_count; i++) {
        const char *subject = law.subjects[i].id;
        uint32_t more = actions_of(&law, "inspector", subject) & ~looking;
        if (strcmp(subject, "inspection-file") == 0 || strcmp(subject, "violation") == 0)
            check(more & 1U << ACTION_CREATE);
        else if (strcmp(subject, "batch") == 0) /* the step that says it was inspected */
            check_equal(more, 1U << ACTION_STEP);
        else
            check_equal(more, 0);
    }
}

static void delegatees_and_suppliers_get_nothing_selected(void **state)
{
    (void)state;
    static const char *const roles[] = { "delegatee", "vendor", "carrier", "special-operator",
                                         "user",      "public", "council" };
    for (size_t i = 0; i < COUNT(roles); i++) {
        check_equal(actions_of(&law, roles[i], "selected"), 0);
        check_equal(actions_of(&law, roles[i], "finding"), 0);
        check_equal(actions_of(&law, roles[i], "analysis"), 0);
    }
}

/* What is asked at random; the same in every run. */
static uint64_t seed = 6;

static unsigned any(unsigned below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % below;
}

/* 1 is above 2 and 3, 2 above 4. */
static const int64_t above[5] = { 0, 0, 1, 1, 2 };
static int64_t moments[2];

static struct access_role any_role(void)
{
    struct access_role role = { .to_ns = INT64_MAX };
    role.id = law.roles[any((unsigned)law.role_count)].id;
    role.organisation = any(5);
    role.sectors = any(2) ? 0 : UINT64_C(1) << any(3);
    if (any(6) == 0)
        role.to_ns = moments[any(2)];
    return role;
}

static struct access_actor any_actor(void)
{
    struct access_actor actor = { .person = any(20) != 0,
                                  .organisation = any(5),
                                  .role_count = any(4),
                                  .clearance = (enum access_clearance)any(3),
                                  .clearance_to_ns = any(4) ? INT64_MAX : moments[any(2)],
                                  .has_passkey = any(2),
                                  .is_exercise = any(2),
                                  .scopes = any(4) ? UINT64_MAX : any(1U << ACCESS_ACTIONS) };
    for (size_t i = 0; i < actor.role_count; i++)
        actor.roles[i] = any_role();
    return actor;
}

static const char *any_state(const char *id)
{
    const struct procedure *procedure =
        id ? procedure_find(law.procedures, law.procedure_count, id) : NULL;
    return procedure ? procedure->states[any((unsigned)procedure->state_count)].id : NULL;
}

static struct access_object any_object(void)
{
    const struct law_subject *subject = &law.subjects[any((unsigned)law.subject_count)];
    struct access_object object = object_of(subject);
    object.state = any_state(object.procedure);
    object.label = (enum access_label)any(ACCESS_LABELS);
    object.clearance = any(4) ? CLEARANCE_NONE : (enum access_clearance)any(3);
    object.organisation = any(5);
    for (size_t i = 0; i < 3; i++)
        object.ancestors[i] = above[i ? object.ancestors[i - 1] : object.organisation];
    object.party = any(3) ? 0 : any(5);
    object.sector = any(4);
    object.has_roster = any(3) == 0;
    object.is_on_roster = any(2);
    object.is_exercise = any(2);
    return object;
}

struct asked {
    struct access_actor actor;
    struct access_object object;
    const char *purpose;
    int64_t now_ns;
};

static struct asked any_question(void)
{
    struct asked asked;
    asked.actor = any_actor();
    asked.object = any_object();
    asked.purpose = NULL;
    asked.now_ns = moments[any(2)];
    if (any(2))
        asked.object.is_exercise = asked.actor.is_exercise;
    if (any(5))
        asked.purpose = law.purposes[any((unsigned)law.purpose_count)].id;
    if (asked.actor.is_exercise && any(2))
        asked.purpose = "exercise";
    return asked;
}

static bool may(const struct asked *asked, unsigned action)
{
    return access_judge(&law, &asked->actor, (enum access_action)action, &asked->object,
                        (struct access_use){ asked->purpose, asked->now_ns })
        .is_allowed;
}

/* Whatever the other may do, this one may, too. */
static void check_no_more(const struct asked *less, const struct asked *asked)
{
    for (unsigned action = 0; action < ACCESS_ACTIONS; action++)
        check(!may(less, action) || may(asked, action));
}

static void check_actions(const struct asked *asked)
{
    uint32_t allowed = 0;
    for (unsigned action = 0; action < ACCESS_ACTIONS; action++)
        allowed |= (uint32_t)may(asked, action) << action;
    for (unsigned action = 0; action < ACCESS_ACTIONS; action++) {
        if (allowed & 1U << action)
            check_equal(access_action_needs((enum access_action)action) & ~allowed, 0);
    }
}

static void check_actor(const struct asked *asked)
{
    for (size_t i = 0; i < asked->actor.role_count; i++) {
        struct asked less = *asked;
        less.actor.roles[i] = less.actor.roles[--less.actor.role_count];
        check_no_more(&less, asked);
        less = *asked;
        less.actor.roles[i].organisation = 0;
        check_no_more(&less, asked);
    }
    struct asked less = *asked;
    less.actor.clearance = CLEARANCE_NONE;
    check_no_more(&less, asked);
    less = *asked;
    less.actor.clearance_to_ns = asked->now_ns;
    check_no_more(&less, asked);
    less = *asked;
    less.actor.scopes &= any(1U << ACCESS_ACTIONS);
    check_no_more(&less, asked);
    less = *asked;
    less.actor.has_passkey = false;
    check_no_more(&less, asked);
}

static void check_object(const struct asked *asked)
{
    struct asked less = *asked;
    for (; less.object.label < LABEL_RED; less.object.label++)
        check_no_more(&less, asked);
    check_no_more(&less, asked);
    less = *asked;
    less.object.clearance = CLEARANCE_SECRET;
    check_no_more(&less, asked);
    less = *asked;
    less.object.party = 0;
    check_no_more(&less, asked);
    less = *asked;
    less.object.is_on_roster = false;
    check_no_more(&less, asked);
    less.object.has_roster = true;
    check_no_more(&less, asked);
    less = *asked;
    less.object.is_exercise = !asked->object.is_exercise;
    for (unsigned action = 0; action < ACCESS_ACTIONS; action++)
        check(!may(&less, action) || !may(asked, action));
}

static void check_purposes(const struct asked *asked)
{
    struct asked less = *asked;
    less.purpose = NULL;
    if (asked->purpose && law_rule_purpose(&law, asked->purpose, asked->now_ns).is_allowed &&
        !(law_find_purpose(&law, asked->purpose)->is_exercise && !asked->actor.is_exercise))
        check_no_more(&less, asked);
    less.purpose = "investigation";
    for (unsigned action = 0; action < ACCESS_ACTIONS; action++)
        check(!may(&less, action));
    if (!asked->actor.is_exercise)
        return;
    struct asked wide = *asked;
    wide.purpose = "exercise";
    check_no_more(asked, &wide);
}

static void check_fields(const struct asked *asked)
{
    for (size_t i = 0; i < law.handling_count; i++) {
        struct access_verdict verdict =
            access_judge_field(&law, &asked->actor, &asked->object, law.handlings[i].id,
                               (struct access_use){ asked->purpose, asked->now_ns });
        check(!verdict.is_allowed || may(asked, ACTION_READ));
    }
}

/* The row that an answer names is one of a role that is held and valid. */
static void check_words(const struct asked *asked)
{
    struct access_verdict verdict =
        access_judge(&law, &asked->actor, ACTION_READ, &asked->object,
                     (struct access_use){ asked->purpose, asked->now_ns });
    check(verdict.rule[0] && verdict.ruling.article[0]);
    check_equal(verdict.is_allowed, strncmp(verdict.rule, "matrix:", 7) == 0);
    check(verdict.is_allowed || (verdict.ruling.words[0] && verdict.ruling.words_ja[0]));
    bool is_held = !verdict.is_allowed;
    for (size_t i = 0; i < asked->actor.role_count; i++) {
        const struct access_role *role = &asked->actor.roles[i];
        size_t len = strlen(role->id);
        is_held |= strncmp(verdict.rule + 7, role->id, len) == 0 &&
                   verdict.rule[7 + len] == ':' && asked->now_ns < role->to_ns;
    }
    check(is_held);
}

static void less_never_allows_more(void **state)
{
    (void)state;
    enum { QUESTIONS = 6000 };
    size_t allowed = 0;
    moments[0] = at("2026-12-01");
    moments[1] = at("2028-01-05");
    for (size_t i = 0; i < QUESTIONS; i++) {
        struct asked asked = any_question();
        allowed += may(&asked, ACTION_LIST);
        check_actions(&asked);
        check_actor(&asked);
        check_object(&asked);
        check_purposes(&asked);
        check_fields(&asked);
        check_words(&asked);
    }
    check(allowed > QUESTIONS / 50); /* else nothing was tried */
}

static void sectors_have_their_days(void **state)
{
    (void)state;
    static const struct {
        const char *day;
        unsigned infrastructure, services;
    } rows[] = {
        { "2000-12-02", 7, 15 },  { "2005-12-02", 10, 15 }, { "2014-05-02", 13, 15 },
        { "2018-07-02", 14, 15 }, { "2024-03-02", 15, 15 }, { "2027-12-15", 15, 15 },
        { "2027-12-17", 15, 16 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        unsigned counts[2] = { 0 };
        for (size_t j = 0; j < law.sector_count; j++) {
            bool is_service = strcmp(law.sectors[j].list, "essential-services") == 0;
            counts[is_service] += law_is_in_force(&law.sectors[j].force, at(rows[i].day));
        }
        check_equal(counts[0], rows[i].infrastructure);
        check_equal(counts[1], rows[i].services);
    }
    check(law_find_sector(&law, 48) && !law_find_sector(&law, 16));
}

/* Handlings that fields of procedures name must be there: else nobody would ever see them. */
static void every_procedure_is_a_subject(void **state)
{
    (void)state;
    for (size_t i = 0; i < law.procedure_count; i++) {
        const struct access_object object = { .kind = "record",
                                              .procedure = law.procedures[i].id };
        check(access_subject(&law, &object));
    }
}

/* What a sensor's store lets do (access.yaml) is done at a hub with these subjects.  What it
 * has of one's own, or of an exercise, is extended and erased at the sensor alone. */
static const struct counterpart {
    const char *action;
    enum access_action asked;
    const char *statutory, *own;
} counterparts[] = {
    { "read", ACTION_READ, "selected", "own-flow" },
    { "export", ACTION_EXPORT, "selected", "own-flow" },
    { "extend", ACTION_STEP, "batch", NULL },
    { "erase", ACTION_STEP, "batch", NULL },
    { "reidentify", ACTION_STEP, "reidentification", NULL },
    { "confirm", ACTION_VOTE, "reidentification", NULL },
    { "verify", ACTION_READ, "ledger", "ledger" },
    { "report", ACTION_CREATE, "selected", "own-flow" },
};

static const struct counterpart *counterpart_of(const char *action)
{
    for (size_t i = 0; i < COUNT(counterparts); i++) {
        if (strcmp(counterparts[i].action, action) == 0)
            return &counterparts[i];
    }
    fail_msg("%s: no counterpart", action);
    return NULL;
}

static bool is_for(const struct law_right *right, const struct law_permission *permission)
{
    bool is_for = right->purposes.count == 0;
    for (size_t i = 0; i < right->purposes.count; i++)
        is_for = is_for || strcmp(right->purposes.at[i], permission->purpose) == 0;
    return is_for && right->force.from_ns <= permission->force.from_ns &&
           right->force.to_ns >= permission->force.to_ns;
}

/* Within an exercise its purpose stands for each, and days in force are not asked. */
static bool has_right(const struct law_permission *permission, const char *subject,
                      enum access_action action)
{
    bool is_exercise = strcmp(permission->basis, "exercise") == 0;
    for (size_t i = 0; subject && i < law.right_count; i++) {
        const struct law_right *right = &law.rights[i];
        if (strcmp(right->role, permission->role) == 0 &&
            strcmp(right->subject, subject) == 0 &&
            (access_action_needs(action) & ~right->actions) == 0 &&
            (is_exercise || is_for(right, permission)))
            return true;
    }
    return false;
}

/* "*" is an overseer's: of what is statutory. */
static bool is_within_matrix(const struct law_permission *permission)
{
    const struct counterpart *counterpart = counterpart_of(permission->action);
    const struct law_basis *basis = law_find_basis(&law, bytes_of_string(permission->basis));
    if (basis && basis->kind != BASIS_STATUTORY &&
        (!counterpart->own || has_right(permission, counterpart->own, counterpart->asked)))
        return true;
    return strcmp(permission->basis, "own") != 0 &&
           has_right(permission, counterpart->statutory, counterpart->asked);
}

/* Rows of the matrix name no basis, and this is for those of agreements alone: 23(4)(i). */
static bool is_of_consent(const struct law_permission *permission)
{
    return strcmp(permission->purpose, "party-consent") == 0 &&
           (strcmp(permission->basis, "a11") == 0 || strcmp(permission->basis, "a12") == 0);
}

static void what_a_store_permits_is_within_the_matrix(void **state)
{
    (void)state;
    for (size_t i = 0; i < law.permission_count; i++) {
        const struct law_permission *row = &law.permissions[i];
        if (is_within_matrix(row) == is_of_consent(row))
            fail_msg("%s may %s for %s of %s: not so by the matrix", row->role, row->action,
                     row->purpose, row->basis);
    }
    const struct law_permission more[] = {
        { "analyst", "export", "damage-prevention", "a17", "0", { INT64_MIN, INT64_MAX } },
        { "analyst", "read", "approval", "a17", "0", { at("2028-01-05"), INT64_MAX } },
        { "analyst", "read", "damage-prevention", "a17", "0", { INT64_MIN, INT64_MAX } },
        { "mic", "read", "own-defence", "own", "0", { INT64_MIN, INT64_MAX } },
    };
    for (size_t i = 0; i < COUNT(more); i++)
        check(!is_within_matrix(&more[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_data_says_what_the_requirements_say),
        TEST(every_letter_rests_on_its_rows),
        TEST(one_row_too_many_is_seen),
        TEST(before_the_act_is_in_force_nothing_selected_is_seen),
        TEST(administrators_read_nothing_of_tiers_0_to_2),
        TEST(an_inspector_changes_nothing_but_files_of_his_own),
        TEST(delegatees_and_suppliers_get_nothing_selected),
        TEST(less_never_allows_more),
        TEST(sectors_have_their_days),
        TEST(every_procedure_is_a_subject),
        TEST(what_a_store_permits_is_within_the_matrix),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
