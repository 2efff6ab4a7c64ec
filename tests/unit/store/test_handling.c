// SPDX-License-Identifier: Apache-2.0
/* Reading with a grant, lineage, decisions on retention, erasure, and what others hold. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rows.h"

static char folder[] = "/tmp/sekisho-handling-XXXXXX";
static char path[64];
static struct error error;

enum { YEAR_DAYS = 365 };
static const int64_t begun_ns = INT64_C(1700000000000000000);
static const int64_t due_ns = INT64_C(1700000000000000000) + 100 * TIME_DAY_NS;

static void set_mandate(struct mandate *mandate, const char *basis, const char *warrant)
{
    struct text name = text_over(mandate->basis_name, sizeof mandate->basis_name);
    struct text serial = text_over(mandate->warrant, sizeof mandate->warrant);
    struct text selector = text_over(mandate->selector, sizeof mandate->selector);
    mandate->basis = strcmp(basis, "own") == 0 ? BASIS_OWN : BASIS_STATUTORY;
    text_put_string(&name, basis);
    text_put_string(&serial, warrant);
    text_put_string(&selector, "beacons");
}

/* Two records and a finding of one server, all until due_ns. */
static void keep(struct store *store, const char *basis, const char *warrant, const char *id,
                 uint32_t server)
{
    struct minimised_flow flows[2];
    struct finding finding;
    struct summary summary = { .version = "0" };
    check(store_begin_run(store, begun_ns, "a run", &error));
    for (size_t i = 0; i < 2; i++) {
        make_flow(&flows[i], server, begun_ns + (int64_t)i);
        flows[i].basis = strcmp(basis, "own") == 0 ? BASIS_OWN : BASIS_STATUTORY;
        flows[i].initiator = party_v4(0xc0000207U, PLACE_OWN);
        flows[i].retention_until_ns = due_ns;
        flows[i].facts.has_server_name = true;
        set_name(&flows[i].facts.server_name, "erase-me.example");
        set_mandate(&flows[i].why.mandate, basis, warrant);
        check(store_put_flow(store, &flows[i], &error));
    }
    make_finding(&finding, id, 80);
    finding.subject = party_v4(server, PLACE_FOREIGN);
    finding.retention_until_ns = due_ns;
    finding.basis = flows[0].basis;
    set_mandate(&finding.mandate, basis, warrant);
    check(store_end_run(store, &finding, 1, &summary, &error));
}

static int make_store(void **state)
{
    (void)state;
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    if (!mkdtemp(folder))
        return -1;
    struct text text = text_over(path, sizeof path);
    text_format(&text, "%s/watch.sqlite", folder);
    struct store *store = store_open(path, &error);
    if (!store)
        return -1;
    keep(store, "a17", "JP-1", "c2-1", 0xcb007109);
    keep(store, "a17", "JP-2", "c2-2", 0xcb00710a);
    keep(store, "own", "OWN-1", "c2-3", 0xcb00710b);
    store_close(store);
    return 0;
}

static int remove_store(void **state)
{
    (void)state;
    static const char *const suffixes[] = { "", "-wal", "-shm" };
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char room[80];
        struct text text = text_over(room, sizeof room);
        text_format(&text, "%s%s", path, suffixes[i]);
        (void)unlink(room);
    }
    return rmdir(folder);
}

static struct store *open_as(const char *basis, bool in_clear, int64_t now_ns)
{
    struct access_grant grant = grant_of(basis, in_clear, now_ns);
    struct store *store = store_open_handling(path, &grant, &error);
    if (!store)
        fail_msg("%s", error.text);
    return store;
}

static struct store_counts count_as(const char *basis, bool in_clear, const char *about)
{
    struct store *store = open_as(basis, in_clear, begun_ns);
    struct store_filter filter = store_filter_all(10);
    struct store_counts counts;
    filter.about = about;
    check(store_count(store, &filter, &counts, &error));
    store_close(store);
    return counts;
}

static void rows_of_another_basis_are_neither_given_nor_counted(void **state)
{
    (void)state;
    check_equal(count_as("a17", true, "").records, 4);
    check_equal(count_as("a17", true, "").findings, 2);
    check_equal(count_as("own", true, "").records, 2);
    check_equal(count_as("a32", true, "").records, 0);
    check_equal(count_as("*", true, "").records, 6);
    check_equal(count_as("own", true, "c2-1").findings, 0);
    check_equal(count_as("own", true, "203.0.113.9").records, 0);
    struct store *store = open_as("own", true, begun_ns);
    struct finding finding;
    check_equal(store_find_finding(store, BYTES("c2-1"), &finding, &error), 0);
    check_equal(store_find_finding(store, BYTES("c2-3"), &finding, &error), 1);
    check_text(bytes_of_string(finding.mandate.warrant), "OWN-1");
    store_close(store);
}

static void what_is_asked_about_is_found_by_server_name_warrant_and_finding(void **state)
{
    (void)state;
    check_equal(count_as("*", true, "203.0.113.9").records, 2);
    check_equal(count_as("*", true, "JP-2").records, 2);
    check_equal(count_as("*", true, "erase-me.example").records, 6);
    check_equal(count_as("*", true, "c2-1").records, 2);
    check_equal(count_as("*", true, "c2-").findings, 3);
    check_equal(count_as("*", true, "nothing").records, 0);
    struct store *store = open_as("*", true, begun_ns);
    struct store_filter filter = store_filter_all(10);
    struct store_counts counts;
    filter.from_ns = begun_ns + TIME_DAY_NS;
    check(store_count(store, &filter, &counts, &error));
    check_equal(counts.records, 0);
    filter.from_ns = INT64_MIN;
    filter.to_ns = begun_ns + 1;
    check(store_count(store, &filter, &counts, &error));
    check_equal(counts.records, 3);
    store_close(store);
}

struct seen {
    size_t count;
    struct minimised_flow last;
    struct store_event events[16];
};

static void see_flow(void *context, int64_t record, const struct minimised_flow *flow)
{
    struct seen *seen = context;
    check(record > 0);
    seen->count++;
    seen->last = *flow;
}

static void lines_are_pseudonyms_unless_the_grant_has_them_in_clear(void **state)
{
    (void)state;
    struct store_filter filter = store_filter_all(10);
    struct seen clear = { 0 }, first = { 0 }, again = { 0 };
    filter.about = "203.0.113.9";
    struct store *store = open_as("a17", true, begun_ns);
    check(store_each_flow(store, &filter, see_flow, &clear, &error));
    store_close(store);
    check(!clear.last.initiator.is_pseudonym);
    store = open_as("a17", false, begun_ns);
    check(store_each_flow(store, &filter, see_flow, &first, &error));
    store_close(store);
    store = open_as("a17", false, begun_ns);
    check(store_each_flow(store, &filter, see_flow, &again, &error));
    store_close(store);
    check_equal(first.count, 2);
    check(first.last.initiator.is_pseudonym && !first.last.responder.is_pseudonym);
    check(!party_equal(&first.last.initiator, &again.last.initiator)); /* of one reading */
    check_equal(count_as("a17", true, "192.0.2.7").records, 4);
    check_equal(count_as("a17", false, "192.0.2.7").records, 0); /* nor tried out */
    struct finding finding;
    store = open_as("a17", false, begun_ns);
    check_equal(store_find_finding(store, BYTES("c2-2"), &finding, &error), 1);
    for (size_t i = 0; i < finding.line_count; i++)
        check(finding.lines[i].party.is_pseudonym);
    check_equal(finding.address_count, 0);
    store_close(store);
}

static void pages_follow_each_other(void **state)
{
    (void)state;
    struct store *store = open_as("*", true, begun_ns);
    struct store_filter filter = store_filter_all(4);
    struct seen seen = { 0 };
    check(store_each_flow(store, &filter, see_flow, &seen, &error));
    check_equal(seen.count, 4);
    filter.skip = 4;
    check(store_each_flow(store, &filter, see_flow, &seen, &error));
    check_equal(seen.count, 6);
    store_close(store);
}

static void what_is_past_its_date_is_not_given_even_before_a_sweep(void **state)
{
    (void)state;
    struct store *store = open_as("*", true, due_ns);
    struct store_filter filter = store_filter_all(10);
    struct store_counts counts;
    struct finding finding;
    check(store_count(store, &filter, &counts, &error));
    check(counts.records == 0 && counts.findings == 0);
    check_equal(store_find_finding(store, BYTES("c2-3"), &finding, &error), 0);
    store_close(store);
}

static void see_event(void *context, const struct store_event *event)
{
    struct seen *seen = context;
    check(seen->count < 16);
    seen->events[seen->count++] = *event;
}

static int64_t one_year_more(void *context, const char *basis, int64_t until_ns)
{
    (void)context;
    return strcmp(basis, "a17") == 0 ? until_ns + YEAR_DAYS * TIME_DAY_NS : 0;
}

static struct store_decision decision_on(const char *about, int64_t now_ns)
{
    return (struct store_decision){ about, "somebody", "analyst", "still needed", now_ns };
}

static void an_extension_moves_a_finding_and_its_records_and_no_other(void **state)
{
    (void)state;
    struct store *store = open_as("*", true, begun_ns);
    struct store_decision decision = decision_on("c2-1", begun_ns + TIME_DAY_NS);
    struct store_changes changes;
    check(store_extend(store, &decision, one_year_more, NULL, &changes, &error));
    check_equal(changes.count, 1);
    check_equal(changes.changes[0].before.records, 2);
    check_equal(changes.changes[0].before.findings, 1);
    check_equal(changes.changes[0].until_ns, due_ns + YEAR_DAYS * TIME_DAY_NS);
    struct store_erasure erasure;
    check(store_sweep(store, "*", due_ns, &erasure, &error));
    check_equal(erasure.count, 2);
    check_text(bytes_of_string(erasure.groups[0].basis), "a17");
    check(erasure.groups[0].records == 2 && erasure.groups[0].findings == 1);
    check(erasure.groups[1].records == 2 && erasure.groups[1].findings == 1);
    struct seen seen = { 0 };
    check(store_history(store, "c2-1", 0, see_event, &seen, &error));
    check_equal(seen.count, 3);
    check_text(bytes_of_string(seen.events[0].what), "selected");
    check_equal(seen.events[0].records, 2);
    check_text(bytes_of_string(seen.events[0].mandate.warrant), "JP-1");
    check_text(bytes_of_string(seen.events[0].mandate.selector), "beacons");
    check_text(bytes_of_string(seen.events[1].what), "made");
    check_text(bytes_of_string(seen.events[2].what), "extended");
    check_text(bytes_of_string(seen.events[2].reason), "still needed");
    seen.count = 0;
    check(store_history(store, "", 1, see_event, &seen, &error)); /* the same from a record */
    check_equal(seen.count, 3);
    store_close(store);
}

static void what_may_not_be_extended_stays_as_it_was(void **state)
{
    (void)state;
    struct store_changes changes;
    struct store *store = open_as("*", true, begun_ns);
    struct store_decision refused = decision_on("c2-3", begun_ns); /* of basis own */
    check(!store_extend(store, &refused, one_year_more, NULL, &changes, &error));
    struct store_decision late = decision_on("JP-1", due_ns);
    check(!store_extend(store, &late, one_year_more, NULL, &changes, &error));
    check(strstr(error.text, "past its date") != NULL);
    struct store_erasure erasure;
    check(store_sweep(store, "*", due_ns, &erasure, &error));
    check_equal(erasure.count, 3);
    for (size_t i = 0; i < 3; i++)
        check(erasure.groups[i].records == 2 && !erasure.groups[i].is_left);
    store_close(store);
    store = open_as("own", true, begun_ns);
    struct store_decision foreign = decision_on("JP-1", begun_ns);
    check(!store_extend(store, &foreign, one_year_more, NULL, &changes, &error));
    store_close(store);
}

static void the_end_of_a_warrant_takes_all_that_came_from_it(void **state)
{
    (void)state;
    struct store_changes changes;
    struct store_erasure erasure;
    struct store *store = open_as("*", true, begun_ns);
    struct store_decision decision = decision_on("JP-1", begun_ns + TIME_DAY_NS);
    check(store_end(store, &decision, &changes, &error));
    check(store_sweep(store, "*", begun_ns + TIME_DAY_NS, &erasure, &error));
    check_equal(erasure.count, 1);
    check(erasure.groups[0].records == 2 && erasure.groups[0].findings == 1);
    store_close(store);
    check_equal(count_as("*", true, "").records, 4);
}

static void a_record_that_another_finding_rests_on_outlives_the_end_of_one(void **state)
{
    (void)state;
    struct store *store = store_open(path, &error);
    check(store != NULL);
    struct minimised_flow flow;
    struct finding findings[2];
    struct summary summary = { .version = "0" };
    check(store_begin_run(store, begun_ns, "shared", &error));
    make_flow(&flow, 0xcb00710c, begun_ns);
    flow.retention_until_ns = due_ns;
    check(store_put_flow(store, &flow, &error));
    for (size_t i = 0; i < 2; i++) {
        make_finding(&findings[i], i == 0 ? "c2-a" : "c2-b", 80);
        findings[i].subject = party_v4(0xcb00710c, PLACE_FOREIGN);
        findings[i].retention_until_ns = due_ns;
    }
    check(store_end_run(store, findings, 2, &summary, &error));
    store_close(store);
    store = open_as("*", true, begun_ns);
    struct store_changes changes;
    struct store_erasure erasure;
    struct store_decision decision = decision_on("c2-a", begun_ns + TIME_DAY_NS);
    check(store_end(store, &decision, &changes, &error));
    check(store_sweep(store, "*", begun_ns + TIME_DAY_NS, &erasure, &error));
    check(erasure.groups[0].records == 0 && erasure.groups[0].findings == 1);
    check(erasure.groups[0].is_left);
    store_close(store);
}

static bool files_hold(const char *words)
{
    static const char *const suffixes[] = { "", "-wal" };
    static char room[1 << 20];
    bool found = false;
    for (size_t i = 0; i < 2; i++) {
        char name[80];
        struct text text = text_over(name, sizeof name);
        text_format(&text, "%s%s", path, suffixes[i]);
        FILE *file = fopen(name, "rbe");
        if (!file)
            continue;
        size_t len = fread(room, 1, sizeof room, file);
        check_equal(fclose(file), 0);
        found |= memmem(room, len, words, strlen(words)) != NULL;
    }
    return found;
}

static void see_provision(void *context, const struct store_provision *provision)
{
    struct store_provision *last = context;
    *last = *provision;
}

/* The file is looked at while the store is still open: nothing is left to closing. */
static void erasure_reaches_the_file_its_journal_and_who_was_given_it(void **state)
{
    (void)state;
    struct store *store = open_as("*", true, begun_ns);
    struct store_parcel parcel = { "c2-1", "hub.example", "selected", "28" };
    struct store_provision last = { 0 };
    int64_t held = 0, waiting = 0;
    check(store_provide(store, &parcel, begun_ns, &held, &error));
    check(store_provide(store, &parcel, begun_ns, &waiting, &error));
    check(store_mark_provision(store, held, STORE_PROVISION_HELD, begun_ns, &error));
    check(files_hold("erase-me"));
    struct store_erasure erasure;
    check(store_sweep(store, "*", due_ns, &erasure, &error));
    check_equal(erasure.groups[0].provisions, 1);
    check_equal(erasure.groups[0].holders, 1);
    check(!files_hold("erase-me") && !files_hold("203.0.113."));
    check(store_each_provision(store, STORE_PROVISION_ERASING, see_provision, &last, &error));
    check_equal(last.id, held);
    check_text(bytes_of_string(last.recipient), "hub.example");
    check_text(bytes_of_string(last.warrant), "JP-1");
    check(store_mark_provision(store, held, STORE_PROVISION_ERASED, due_ns, &error));
    check(store_sweep(store, "*", due_ns, &erasure, &error));
    check_equal(erasure.groups[0].provisions, 1);
    check(store_sweep(store, "*", due_ns, &erasure, &error));
    check_equal(erasure.count, 0);
    store_close(store);
}

/* What was written since the journal was last emptied stands in it as it was written. */
static void what_was_just_written_is_erased_from_the_journal_too(void **state)
{
    (void)state;
    struct store_erasure erasure;
    struct store *store = store_open(path, &error);
    check(store != NULL);
    keep(store, "own", "OWN-2", "c2-7", 0xcb007121);
    check(files_hold("OWN-2"));
    check(store_sweep(store, "*", due_ns, &erasure, &error));
    check(!files_hold("erase-me") && !files_hold("OWN-2"));
    store_close(store);
}

static void a_copy_of_a_run_is_asked_back_when_it_is_erased(void **state)
{
    (void)state;
    struct store *store = store_open(path, &error);
    struct store_provision last = { 0 };
    struct store_erasure erasure;
    struct seen seen = { 0 };
    check(store != NULL);
    keep(store, "a17", "JP-3", "c2-9", 0xcb007120);
    check(store_put_copy(store, "file:/tmp/out.csv", "records", begun_ns, &error));
    store_close(store);
    store = open_as("a17", true, begun_ns);
    check(store_history(store, "c2-9", 0, see_event, &seen, &error));
    check_equal(seen.count, 3);
    check_text(bytes_of_string(seen.events[2].who), "file:/tmp/out.csv");
    check(store_sweep(store, "a17", due_ns, &erasure, &error));
    check(store_each_provision(store, STORE_PROVISION_ERASING, see_provision, &last, &error));
    check_text(bytes_of_string(last.recipient), "file:/tmp/out.csv");
    check_text(bytes_of_string(last.warrant), "JP-3");
    store_close(store);
}

static void only_what_is_held_can_be_provided(void **state)
{
    (void)state;
    struct store *store = open_as("own", true, begun_ns);
    struct store_parcel parcel = { "c2-1", "hub.example", "selected", "28" };
    int64_t id;
    check(!store_provide(store, &parcel, begun_ns, &id, &error)); /* of another basis */
    parcel.finding = "c2-3";
    check(!store_provide(store, &parcel, due_ns, &id, &error)); /* past its date */
    check(store_provide(store, &parcel, begun_ns, &id, &error));
    check(!store_mark_provision(store, id + 1, STORE_PROVISION_SENT, begun_ns, &error));
    store_close(store);
}

static void what_has_no_date_is_not_kept(void **state)
{
    (void)state;
    struct minimised_flow flow;
    struct store *store = store_open(path, &error);
    check(store && store_begin_run(store, begun_ns, "undated", &error));
    make_flow(&flow, 1, 1);
    flow.retention_until_ns = 0;
    check(!store_put_flow(store, &flow, &error));
    check(strstr(error.text, "25(1)") != NULL);
    store_close(store);
}

static void a_run_without_records_has_its_basis_too(void **state)
{
    (void)state;
    struct summary summary = { .version = "0", .basis = BASIS_EXERCISE };
    struct store *store = store_open(path, &error);
    char basis[BASIS_NAME_MAX];
    check(store && store_begin_run(store, begun_ns, "empty", &error));
    check(store_end_run(store, NULL, 0, &summary, &error));
    store_close(store);
    check(store_newest_basis(path, basis, &error));
    check_text(bytes_of_string(basis), "exercise");
}

static void see_period(void *context, const struct store_period *period)
{
    struct store_period *sum = context;
    sum->records += period->records;
    sum->findings += period->findings;
    check_equal(period->until_ns, due_ns);
}

static void what_is_kept_is_listed_by_basis_warrant_and_date(void **state)
{
    (void)state;
    struct store *store = open_as("a17", true, begun_ns);
    struct store_period sum = { 0 };
    check(store_each_period(store, see_period, &sum, &error));
    check(sum.records == 4 && sum.findings == 2);
    store_close(store);
    char basis[BASIS_NAME_MAX];
    check(store_newest_basis(path, basis, &error));
    check_text(bytes_of_string(basis), "own");
}

#define HANDLING_TEST(function) \
    cmocka_unit_test_setup_teardown(function, make_store, remove_store)

struct numbers {
    size_t count;
    int64_t first, last;
};

static void see_number(struct numbers *numbers, int64_t number)
{
    numbers->first = numbers->count++ == 0 ? number : numbers->first;
    numbers->last = number;
}

static void see_flow_number(void *context, int64_t number, const struct minimised_flow *flow)
{
    (void)flow;
    see_number(context, number);
}

static void see_finding_number(void *context, int64_t number, const struct finding *finding)
{
    (void)finding;
    see_number(context, number);
}

static struct numbers flows_after(struct store *store, int64_t after, uint64_t limit)
{
    struct numbers numbers = { 0 };
    struct store_stretch stretch = { after, INT64_MAX, limit };
    check(store_each_flow_after(store, &stretch, see_flow_number, &numbers, &error));
    return numbers;
}

static void who_reads_on_misses_nothing_after_all_was_erased(void **state)
{
    (void)state;
    struct store_erasure erasure;
    struct store_standing before, after;
    struct store *store = open_as("*", true, begun_ns);
    struct numbers numbers = flows_after(store, 0, 4);
    check(numbers.count == 4 && numbers.first == 1 && numbers.last == 4);
    numbers = flows_after(store, 4, 4);
    check(numbers.count == 2 && numbers.first == 5 && numbers.last == 6);
    check(store_tell_standing(store, &before, &error));
    check(before.last_flow == 6 && before.last_finding == 3 && strlen(before.id) == 32);
    check(store_sweep(store, "*", due_ns, &erasure, &error));
    keep(store, "own", "OWN-3", "c2-9", 0xcb007109);
    numbers = flows_after(store, 6, 10);
    check(numbers.count == 2 && numbers.first == 7 && numbers.last == 8);
    struct store_stretch stretch = { 3, INT64_MAX, 10 };
    numbers = (struct numbers){ 0 };
    check(store_each_finding_after(store, &stretch, see_finding_number, &numbers, &error));
    check(numbers.count == 1 && numbers.first == 4);
    check(store_tell_standing(store, &after, &error));
    check(strcmp(before.id, after.id) == 0 && after.last_flow == 8);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HANDLING_TEST(rows_of_another_basis_are_neither_given_nor_counted),
        HANDLING_TEST(what_is_asked_about_is_found_by_server_name_warrant_and_finding),
        HANDLING_TEST(lines_are_pseudonyms_unless_the_grant_has_them_in_clear),
        HANDLING_TEST(pages_follow_each_other),
        HANDLING_TEST(who_reads_on_misses_nothing_after_all_was_erased),
        HANDLING_TEST(what_is_past_its_date_is_not_given_even_before_a_sweep),
        HANDLING_TEST(an_extension_moves_a_finding_and_its_records_and_no_other),
        HANDLING_TEST(what_may_not_be_extended_stays_as_it_was),
        HANDLING_TEST(the_end_of_a_warrant_takes_all_that_came_from_it),
        HANDLING_TEST(a_record_that_another_finding_rests_on_outlives_the_end_of_one),
        HANDLING_TEST(erasure_reaches_the_file_its_journal_and_who_was_given_it),
        HANDLING_TEST(what_was_just_written_is_erased_from_the_journal_too),
        HANDLING_TEST(a_copy_of_a_run_is_asked_back_when_it_is_erased),
        HANDLING_TEST(only_what_is_held_can_be_provided),
        HANDLING_TEST(what_has_no_date_is_not_kept),
        HANDLING_TEST(a_run_without_records_has_its_basis_too),
        HANDLING_TEST(what_is_kept_is_listed_by_basis_warrant_and_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
