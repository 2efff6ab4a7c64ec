// SPDX-License-Identifier: Apache-2.0
#include "law/law.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "procedure/procedure.h"

static alignas(max_align_t) uint8_t memory[LAW_MEMORY];
static struct error err;

static bool load_folder(const char *folder, struct law *out)
{
    struct arena keep = arena_over(memory, sizeof memory);
    err = (struct error){ 0 };
    return law_load(folder, &keep, out, &err);
}

static struct law load(const char *id)
{
    char folder[4096];
    struct law law = { 0 };
    if (!law_find_folder(id, folder, sizeof folder, &err) || !load_folder(folder, &law))
        fail_msg("%s", err.text);
    return law;
}

static int64_t at(const char *words)
{
    int64_t time_ns = 0;
    check(time_read(bytes_of_string(words), &time_ns));
    return time_ns;
}

static bool is_open(const struct law *law, const char *basis, const char *day)
{
    return law_rule_basis(law, bytes_of_string(basis), at(day)).is_allowed;
}

static void japan_is_read_with_its_numbers(void **state)
{
    (void)state;
    const struct law law = load("jp");
    const struct law_basis *a17 = law_find_basis(&law, BYTES("a17"));
    const struct law_basis *a32 = law_find_basis(&law, BYTES("a32"));
    const struct law_basis *a11 = law_find_basis(&law, BYTES("a11"));
    check(a17 && a32 && a11);
    check_equal(law.ahead_ns, 9 * 3600 * TIME_SECOND_NS);
    check_equal(a17->period_months, 6);
    check_equal(a17->share_permille, 300);
    check_equal(a17->items, 2);
    check_equal(a17->directions, 1U << DIRECTION_FF);
    check(a17->approval == LAW_APPROVAL_PRIOR && a17->signatures == 3);
    check_equal(a32->period_months, 3);
    check_equal(a32->items, 1);
    check_equal(a32->item_kinds, 1U << INFORMATION_EQUIPMENT | 1U << INFORMATION_COMMAND);
    check(a11->approval == LAW_APPROVAL_NOTICE && a11->period_months == 0);
    assert_string_equal(a17->name.ja, "外外通信目的送信措置");
}

static void today_only_ones_own_and_exercises_are_open(void **state)
{
    (void)state;
    static const char *const statutory[] = { "a11", "a12", "a17", "a32", "a33" };
    const struct law law = load("jp");
    check(is_open(&law, "own", "2026-11-21") && is_open(&law, "exercise", "2026-11-21"));
    for (size_t i = 0; i < 5; i++) {
        check(!is_open(&law, statutory[i], "2027-11-21T14:59:59Z"));
        check(is_open(&law, statutory[i], "2027-11-21T15:00:00Z"));
    }
}

static void the_third_kind_waits_for_its_ordinance(void **state)
{
    (void)state;
    const struct law law = load("jp");
    check_equal(law_kinds_recorded(&law, at("2028-01-01")),
                1U << INFORMATION_EQUIPMENT | 1U << INFORMATION_COMMAND);
}

/* Requirements, section 8. */
static void retention_in_japan_ends_on_a_31_march(void **state)
{
    (void)state;
    const struct law law = load("jp");
    const struct law_basis *basis = law_find_basis(&law, BYTES("a33"));
    int64_t end = law_retention_end(&law, basis, at("2028-02-29T12:00:00+09:00"));
    check_equal(end, at("2030-04-01T00:00:00+09:00"));
    check_equal(law_retention_extended(&law, basis, end), at("2032-04-01T00:00:00+09:00"));
}

static void another_country_has_other_numbers(void **state)
{
    (void)state;
    const struct law law = load("ruritania");
    const struct law_basis *basis = law_find_basis(&law, BYTES("court_order"));
    check(basis);
    check_equal(law.ahead_ns, -(3 * 60 + 30) * 60 * TIME_SECOND_NS);
    check(is_open(&law, "court_order", "2026-11-21") && !is_open(&law, "treaty", "2026-11-21"));
    check_equal(law_retention_end(&law, basis, at("2026-11-21")),
                at("2032-01-01T00:00:00-03:30"));
    check_equal(law_period_end(&law, at("2026-11-21T12:00:00Z"), basis->period_months),
                at("2026-12-22T00:00:00-03:30"));
    check(!is_open(&law, "a17", "2028-01-01"));
}

static void procedures_come_with_their_law(void **state)
{
    (void)state;
    const struct law law = load("jp");
    const struct procedure *batch =
        procedure_find(law.procedures, law.procedure_count, "batch");
    check(batch && batch->basis_count == 5 && batch->states[0].id);
    assert_string_equal(batch->states[0].id, "received");
    check(procedure_find(law.procedures, law.procedure_count, "measure"));
    check(procedure_find(law.procedures, law.procedure_count, "agreement"));
    check(!procedure_find(law.procedures, law.procedure_count, "order"));
}

/* A duty whose event no ledger entry has would never be due. */
static bool is_kind(const char *event)
{
    for (enum entry_kind kind = 0; kind < ENTRY_KINDS; kind++) {
        if (strcmp(entry_kind_name(kind), event) == 0)
            return true;
    }
    return false;
}

static void check_events(const struct law *law)
{
    for (size_t i = 0; i < law->notice_count; i++)
        check(is_kind(law->notices[i].event));
    for (size_t i = 0; i < law->count_count; i++)
        check(is_kind(law->counts[i].event));
    for (size_t i = 0; i < law->procedure_count; i++) {
        const struct procedure *procedure = &law->procedures[i];
        for (size_t j = 0; j < procedure->step_count; j++)
            check(!procedure->steps[j].entry || is_kind(procedure->steps[j].entry));
    }
}

static void every_event_is_a_kind_of_ledger_entry(void **state)
{
    (void)state;
    struct law law = load("jp");
    check_events(&law);
    law = load("ruritania");
    check_events(&law);
}

static void the_digest_changes_with_the_law(void **state)
{
    (void)state;
    const struct law jp = load("jp"), again = load("jp"), other = load("ruritania");
    check(memcmp(jp.digest, again.digest, sizeof jp.digest) == 0);
    check(memcmp(jp.digest, other.digest, sizeof jp.digest) != 0);
}

static char folder[256];

static void write_file(const char *name, struct bytes words)
{
    char path[512];
    struct text text = text_over(path, sizeof path);
    text_format(&text, "%s/%s", folder, name);
    FILE *file = fopen(path, "wbe");
    assert_non_null(file);
    check_equal(fwrite(words.at, 1, words.len, file), words.len);
    check_equal(fclose(file), 0);
}

static struct bytes read_file(const char *path, char *room, size_t max)
{
    FILE *file = fopen(path, "rbe");
    assert_non_null(file);
    size_t len = fread(room, 1, max, file);
    (void)fclose(file);
    return (struct bytes){ (const uint8_t *)room, len };
}

static const char *const names[] = {
    "law.yaml",        "bases.yaml",       "retention.yaml",
    "time.yaml",       "notices.yaml",     "roles.yaml",
    "purposes.yaml",   "access.yaml",      "kinds.yaml",
    "recipients.yaml", "report.yaml",      "procedures/order.yaml",
    "directions.yaml", "definitions.yaml", "calendar.yaml",
    "labels.yaml",     "sectors.yaml",     "subjects.yaml",
    "handling.yaml",   "matrix.yaml",      "procedures/pardon.yaml",
};

/* Copies a law that is good. */
static int copy_law(void **state)
{
    (void)state;
    static char room[65536];
    char source[4096], path[4300];
    (void)snprintf(folder, sizeof folder, "/tmp/sekisho-law-XXXXXX");
    if (!mkdtemp(folder) || !law_find_folder("ruritania", source, sizeof source, &err))
        return -1;
    (void)snprintf(path, sizeof path, "%s/procedures", folder);
    if (mkdir(path, 0700) != 0)
        return -1;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", source, names[i]);
        write_file(names[i], read_file(path, room, sizeof room));
    }
    return 0;
}

static int remove_law(void **state)
{
    (void)state;
    char path[512];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof path, "%s/acess.yaml", folder);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/procedures", folder);
    (void)rmdir(path);
    return rmdir(folder);
}

/* Replaces words of a file, tries, and puts them back. */
static void expect_refusal(const char *name, const char *from, const char *to,
                           const char *words)
{
    static char room[65536], changed[65536];
    char path[512];
    struct law law;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    struct bytes good = read_file(path, room, sizeof room - 1);
    room[good.len] = '\0';
    const char *found = strstr(room, from);
    assert_non_null(found);
    int len = snprintf(changed, sizeof changed, "%.*s%s%s", (int)(found - room), room, to,
                       found + strlen(from));
    write_file(name, (struct bytes){ (const uint8_t *)changed, (size_t)len });
    if (load_folder(folder, &law))
        fail_msg("%s: \"%s\" is let through", name, to);
    if (!strstr(err.text, words))
        fail_msg("\"%s\" is not in: %s", words, err.text);
    check(strstr(err.text, name));
    write_file(name, good);
    check(load_folder(folder, &law));
}

static const struct {
    const char *name, *from, *to, *words;
} wrong[] = {
    { "bases.yaml", "approver: judge", "approver: jugde",
      "bases.yaml:27: roles.yaml has no \"jugde\"" },
    { "bases.yaml", "retention: records", "retention: record", "retention.yaml has no" },
    { "bases.yaml", "id: treaty", "id: own", "already a row with the id" },
    { "bases.yaml", "in_force_from: 2026-01-01", "in_force_from: 2026-02-30", ":27: a day" },
    { "bases.yaml", "in_force_from: 2026-01-01", "in_force_from: 1 May", "a day is written" },
    { "bases.yaml", "in_force_to: 2026-07-01", "in_force_to: 2019-01-01", "is not after" },
    { "bases.yaml", "signatures: 2", "signatures: 0", "from 1 to 16" },
    { "bases.yaml", "directions: [FD, DF]", "directions: [FD, DD]", "never looks" },
    { "bases.yaml", "directions: [FD, DF]", "directions: []", "needs a direction" },
    { "bases.yaml", "directions: [FD, DF]", "directions: [XX]", "(line:" },
    { "bases.yaml", "share_permille: 100", "share_permille: 1001", "at most 1000" },
    { "bases.yaml", "period_months: 24", "period_months: 2400", "at most 1200" },
    { "bases.yaml", "period_months: 24", "period_month: 24", "(line:" },
    { "bases.yaml", "period_months: 24", "period_months: two", "(line:" },
    { "bases.yaml", "items: 3", "items: 0", "rests on one piece" },
    { "bases.yaml", "kinds: 2\n", "kinds: 3\n", "more than there are" },
    { "bases.yaml", "id: court_order", "id: Court", "small letters" },
    { "bases.yaml", "  article: s. 9\n", "", "(line:" },
    { "retention.yaml", "fiscal_month: 1", "fiscal_month: 13", "retention.yaml:2:" },
    { "retention.yaml", "days: 30", "days: 0", "retention.yaml:3:" },
    { "time.yaml", "within: 12h", "within: soon", "time.yaml:2: a length" },
    { "notices.yaml", "time_word: same-day", "time_word: soon", "time.yaml has no" },
    { "access.yaml", "role: watchman", "role: watchmen", "access.yaml:4:" },
    { "access.yaml", "purpose: flood-defence", "purpose: flood", "purposes.yaml has no" },
    { "recipients.yaml", "to: watchman", "to: all", "roles.yaml has no" },
    { "procedures/order.yaml", "from: [granted]", "from: [grantd]", "order.yaml:33: states:" },
    { "procedures/order.yaml", "role: machine", "role: machin", "roles.yaml has no" },
    { "procedures/order.yaml", "to: lapsed", "to: gone", "states: has no \"gone\"" },
    { "procedures/order.yaml", "at: period", "at: perod", "clocks: has no" },
    { "procedures/order.yaml", "after: begin", "after: start", "clocks: has no" },
    { "procedures/order.yaml", "after: begin, ", "", "a guard asks for" },
    { "procedures/order.yaml", "clock: begin, fact: from", "clock: first, fact: from",
      "clocks: has no" },
    { "procedures/order.yaml", "rules: [basis", "rules: [bases", "(line:" },
    { "procedures/order.yaml", "bases: [court_order]", "bases: [court]", "order.yaml:4:" },
    { "procedures/order.yaml", "    role: judge\n", "", "needs role" },
    { "procedures/pardon.yaml", "from: [heard]", "from: [denied]", "leads on from an end" },
    { "procedures/pardon.yaml", "quorum: 2", "quorum: 4", "seats are from 1 to 16" },
    { "procedures/pardon.yaml", "excludes: [hear]", "excludes: [heer]",
      "steps: has no event \"heer\"" },
    { "procedures/pardon.yaml", "lost: deny", "lost: refuse", "steps: has no event" },
    { "procedures/pardon.yaml", "seats: 3", "chair_breaks_ties: true\n      seats: 3",
      "nobody is in the chair" },
    { "procedures/pardon.yaml", "fact: opinion", "fact: opinoin", "fields: has no" },
    { "procedures/pardon.yaml", "required_at: [ask]", "required_at: [aks]",
      "required_at: there is no event \"aks\"" },
    { "procedures/pardon.yaml", "type: choice", "type: text", "choices: belong" },
    { "procedures/pardon.yaml", "type: text", "type: txt", "(line:" },
    { "procedures/pardon.yaml", "id: grounds", "id: whom", "already a field" },
    { "procedures/pardon.yaml", "prefix: P", "prefix: p", "capital letters" },
    { "procedures/pardon.yaml", "not_by: [ask]", "not_by: [aks]", "steps: has no event" },
    { "procedures/pardon.yaml", "time_word: two-working-days", "time_word: soon",
      "time.yaml has no" },
    { "procedures/pardon.yaml", "id: s60-opinion", "id: told", "already a duty" },
    { "procedures/pardon.yaml", "article: s. 61\n", "article: \"{basis}\"\n",
      "asks nothing of one" },
    { "procedures/pardon.yaml", "id: pardon\n", "id: order\n", "already a procedure" },
    { "procedures/pardon.yaml", "type: long_text", "type: long_text\n    handling: none",
      "handling.yaml has no" },
    { "time.yaml", "working_days: 2", "working_days: 0", "either within" },
    { "calendar.yaml", "weekday: friday", "weekday: freeday", "(line:" },
    { "calendar.yaml", "yearly_to: 03-09\n", "", "either weekday" },
    { "calendar.yaml", "yearly_from: 03-09", "yearly_from: 02-30", "12-29" },
    { "law.yaml", "time_zone: \"-03:30\"", "time_zone: west", "time_zone" },
    { "law.yaml", "id: ruritania\n", "", "(line:" },
};

static void what_is_wrong_is_told_with_file_and_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect_refusal(wrong[i].name, wrong[i].from, wrong[i].to, wrong[i].words);
}

static void what_nobody_may_be_given_is_refused_by_the_loader(void **state)
{
    (void)state;
    static const struct {
        const char *name, *from, *to, *words;
    } rows[] = {
        { "labels.yaml", "TLP:GREEN\n", "TLP:WHITE\n", "five labels of TLP 2.0" },
        { "labels.yaml", "id: TLP:RED", "id: TLP:AMBER", "already a row with the id" },
        { "labels.yaml", "  article: TLP 2.0\n- id: TLP:GREEN",
          "  article: TLP 2.0\n  is_for_named: true\n- id: TLP:GREEN", "wider than the one" },
        { "sectors.yaml", "number: 64", "number: 65", "sectors.yaml:3: number is from 1" },
        { "sectors.yaml", "number: 64", "number: 1", "already a row of that number" },
        { "subjects.yaml", "procedure: \"*\"", "procedure: order", "of the same things" },
        { "subjects.yaml", "kind: ledger", "kind: flow", "of the same things" },
        { "subjects.yaml", "procedure: order, ", "", "of a procedure" },
        { "subjects.yaml", "bases: [own]", "bases: [owned]", "(line:" },
        { "handling.yaml", "roles: [judge]", "roles: [jugde]", "handling.yaml:6: roles.yaml" },
        { "handling.yaml", "  roles: [judge]\n", "", "shown to nobody" },
        { "handling.yaml", "label: TLP:AMBER+STRICT", "label: TLP:PINK", "labels.yaml has no" },
        { "handling.yaml", "clearance: secret", "clearance: cosmic", "(line:" },
        { "matrix.yaml", "role: judge", "role: jugde", "matrix.yaml:3: roles.yaml has no" },
        { "matrix.yaml", "subject: seized", "subject: ceased", "subjects.yaml has no" },
        { "matrix.yaml", "purposes: [flood-defence]", "purposes: [flood]",
          "matrix.yaml:2: purposes.yaml has no" },
        { "matrix.yaml", "purposes: [flood-defence]", "purposes: [taxation]",
          "refused by name" },
        { "matrix.yaml", "states: [petition", "states: [petitoin", "no such state" },
        { "matrix.yaml", "may: [step, vote", "may: [create, vote", "asks for a thing" },
        { "matrix.yaml", "may: [step, vote", "may: [change, vote", "asks for a thing" },
        { "matrix.yaml", "may: [read, history, export]", "may: [change]", "is TLP:RED" },
        { "matrix.yaml", "may: [read, history, export]", "may: []", "allows nothing" },
        { "matrix.yaml", "may: [read, history, export]", "may: [erase]", "(line:" },
        { "matrix.yaml", "scope: sector, purposes: [flood-defence]", "scope: sector",
          "T0 and T1 has purposes" },
        { "matrix.yaml", "role: clerk, subject: person", "role: clerk, subject: seized",
          "matrix.yaml:8: an administrator" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_refusal(rows[i].name, rows[i].from, rows[i].to, rows[i].words);
}

static void a_file_missing_empty_or_foreign_is_refused(void **state)
{
    (void)state;
    struct law law;
    char path[512];
    write_file("acess.yaml", BYTES("[]\n"));
    check(!load_folder(folder, &law));
    check(strstr(err.text, "acess.yaml: no part of a law"));
    (void)snprintf(path, sizeof path, "%s/acess.yaml", folder);
    check_equal(unlink(path), 0);
    write_file("access.yaml", BYTES(""));
    check(!load_folder(folder, &law) && strstr(err.text, "access.yaml is empty"));
    write_file("access.yaml", BYTES("[]\n"));
    check(load_folder(folder, &law));
    check_equal(law.permission_count, 0);
    (void)snprintf(path, sizeof path, "%s/access.yaml", folder);
    check_equal(unlink(path), 0);
    check(!load_folder(folder, &law) && strstr(err.text, "access.yaml is missing"));
}

static void a_law_is_found_by_a_plain_name_only(void **state)
{
    (void)state;
    char room[4096];
    check(law_find_folder("jp", room, sizeof room, &err));
    check(!law_find_folder("nowhere", room, sizeof room, &err));
    check(!law_find_folder("../jp", room, sizeof room, &err));
    check(!law_find_folder("", room, sizeof room, &err));
    check(!load_folder("/nonexistent", &(struct law){ 0 }));
}

static void replace(const char *name, const char *as, const char *from, const char *to)
{
    static char room[65536], changed[65536];
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    struct bytes good = read_file(path, room, sizeof room - 1);
    room[good.len] = '\0';
    const char *found = strstr(room, from);
    assert_non_null(found);
    int len = snprintf(changed, sizeof changed, "%.*s%s%s", (int)(found - room), room, to,
                       found + strlen(from));
    write_file(as, (struct bytes){ (const uint8_t *)changed, (size_t)len });
}

static void two_versions_lie_side_by_side(void **state)
{
    (void)state;
    static struct procedure_case old;
    struct law law;
    char path[512];
    replace("procedures/order.yaml", "procedures/order-2.yaml", "id: order\n",
            "id: order\nversion: 2\nin_force_from: 2027-01-01\n");
    check(!load_folder(folder, &law) && strstr(err.text, "two versions are in force at once"));
    replace("procedures/order.yaml", "procedures/order.yaml", "id: order\n",
            "id: order\nin_force_to: 2027-01-01\n");
    check(load_folder(folder, &law));
    const struct procedure *first = procedure_find_current(&law, "order", at("2026-12-31"));
    const struct procedure *second = procedure_find_current(&law, "order", at("2027-01-02"));
    check(first && second && first->version == 1 && second->version == 2);
    check(procedure_find(law.procedures, law.procedure_count, "order") == second);
    check(procedure_find_version(law.procedures, law.procedure_count, "order", 1) == first);
    check(!procedure_find_version(law.procedures, law.procedure_count, "order", 3));
    check(!procedure_find_current(&law, "pardons", at("2027-01-02")));
    check(procedure_begin(&law, first, "court_order", "R-1", &old));
    check_equal(old.procedure->version, 1);
    (void)snprintf(path, sizeof path, "%s/procedures/order-2.yaml", folder);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(japan_is_read_with_its_numbers),
        TEST(today_only_ones_own_and_exercises_are_open),
        TEST(the_third_kind_waits_for_its_ordinance),
        TEST(retention_in_japan_ends_on_a_31_march),
        TEST(another_country_has_other_numbers),
        TEST(procedures_come_with_their_law),
        TEST(every_event_is_a_kind_of_ledger_entry),
        TEST(the_digest_changes_with_the_law),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_told_with_file_and_line, copy_law,
                                        remove_law),
        cmocka_unit_test_setup_teardown(what_nobody_may_be_given_is_refused_by_the_loader,
                                        copy_law, remove_law),
        cmocka_unit_test_setup_teardown(a_file_missing_empty_or_foreign_is_refused, copy_law,
                                        remove_law),
        cmocka_unit_test_setup_teardown(two_versions_lie_side_by_side, copy_law, remove_law),
        TEST(a_law_is_found_by_a_plain_name_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
