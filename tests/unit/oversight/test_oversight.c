// SPDX-License-Identifier: Apache-2.0
#include "oversight/oversight.h"

#include <stdlib.h>

#include "access/judge.h"
#include "check.h"

#define S TIME_SECOND_NS
#define ALWAYS        \
    {                 \
        0, INT64_MAX, \
    }

static const struct law_basis bases[] = {
    { .id = "order",
      .article = "s. 4",
      .force = { 1000 * S, INT64_MAX },
      .kind = BASIS_STATUTORY,
      .approval = LAW_APPROVAL_PRIOR,
      .signatures = 2,
      .directions = 1U << DIRECTION_FD,
      .period_months = 1,
      .period_article = "s. 4(2)",
      .share_permille = 100,
      .retention = "records" },
};
static const struct law_retention retentions[] = {
    { .id = "records", .article = "s. 7", .force = ALWAYS, .days = 10 },
};
static const struct law_time_word time_words[] = { { .id = "soon", .within_ns = 3600 * S } };
static const struct law_notice notices[] = {
    { .id = "told",
      .event = "selection_batch",
      .name = { "the court is told", "" },
      .article = "s. 5",
      .force = ALWAYS,
      .time_word = "soon" },
};
static const char *const to_inspect[] = { "inspection" };
static const struct law_role roles[] = { { .id = "judge" }, { .id = "clerk" } };
static const struct law_purpose purposes[] = {
    { .id = "inspection",
      .name = { "to inspect", "" },
      .article = "s. 8",
      .force = { 1000 * S, INT64_MAX } },
    { .id = "gossip",
      .name = { "gossip", "" },
      .article = "s. 8",
      .force = ALWAYS,
      .is_refused = true },
};
static const struct law_permission permissions[] = {
    { "clerk", "read", "inspection", "order", "s. 8(2)", ALWAYS },
};
static const struct law_right rights[] = {
    { .role = "judge",
      .subject = "ledger",
      .article = "s. 8(3)",
      .force = { 1000 * S, INT64_MAX },
      .purposes = { to_inspect, 1 },
      .actions = 1U << ACTION_LIST | 1U << ACTION_READ },
    { .role = "clerk",
      .subject = "ledger",
      .article = "s. 8(4)",
      .force = ALWAYS,
      .actions = 1U << ACTION_LIST | 1U << ACTION_READ | 1U << ACTION_EXPORT },
};
static const struct law law = {
    .id = "test",
    .citation = "Test Act",
    .access_article = "s. 8",
    .purpose_article = "s. 8",
    .handing_article = "s. 9",
    .bases = bases,
    .retentions = retentions,
    .time_words = time_words,
    .notices = notices,
    .roles = roles,
    .purposes = purposes,
    .permissions = permissions,
    .rights = rights,
    .role_count = 2,
    .purpose_count = 2,
    .permission_count = 1,
    .right_count = 2,
    .basis_count = 1,
    .retention_count = 1,
    .time_word_count = 1,
    .notice_count = 1,
};

static struct oversight *overseer;
static void *memory;
static struct oversight_finding findings[8];
static size_t found;
static uint64_t next;

static void keep(void *context, const struct oversight_finding *finding)
{
    (void)context;
    if (found < sizeof findings / sizeof *findings)
        findings[found] = *finding;
    found++;
}

static void begin(void)
{
    free(memory);
    memory = malloc(OVERSIGHT_MEMORY);
    struct arena arena = arena_over(memory, OVERSIGHT_MEMORY);
    overseer = oversight_new(&law, keep, NULL, &arena);
    found = 0;
    next = 0;
}

static void take(const struct entry *entry)
{
    oversight_take(overseer, next++, entry);
}

static void accept(void)
{
    struct entry entry = entry_begin(ENTRY_WARRANT_ACCEPTED, 2000 * S);
    entry_set_text(&entry, ENTRY_BASIS, BYTES("order"));
    entry_set_text(&entry, ENTRY_WARRANT, BYTES("W-1"));
    entry_set_text(&entry, ENTRY_DIGEST, BYTES("ab"));
    entry_set_count(&entry, ENTRY_CAPACITY, 8000);
    entry_set_time(&entry, ENTRY_FROM, 2000 * S);
    entry_set_time(&entry, ENTRY_TO, 9000 * S);
    take(&entry);
}

static struct entry batch(int64_t from_s, int64_t to_s)
{
    struct entry entry = entry_begin(ENTRY_SELECTION_BATCH, to_s * S);
    entry_set_text(&entry, ENTRY_BASIS, BYTES("order"));
    entry_set_text(&entry, ENTRY_WARRANT, BYTES("W-1"));
    entry_set_text(&entry, ENTRY_DIRECTION, BYTES("FD"));
    entry_set_text(&entry, ENTRY_SUBJECT, BYTES("B-1"));
    entry_set_count(&entry, ENTRY_EXAMINED, 10);
    entry_set_count(&entry, ENTRY_ERASED, 9);
    entry_set_count(&entry, ENTRY_SELECTED, 1);
    entry_set_count(&entry, ENTRY_OCTETS, (uint64_t)(to_s - from_s) * 100);
    entry_set_time(&entry, ENTRY_FROM, from_s * S);
    entry_set_time(&entry, ENTRY_TO, to_s * S);
    return entry;
}

static void check_found(const char *id, uint64_t entry, const char *article)
{
    check_equal(found, 1);
    check_text(bytes_of_string(findings[0].id), id);
    check_equal(findings[0].entry, entry);
    check_text(bytes_of_string(findings[0].article), article);
    found = 0;
}

static void a_batch_that_is_covered_is_silent(void **state)
{
    (void)state;
    begin();
    accept();
    struct entry entry = batch(2000, 2010);
    take(&entry);
    entry = batch(2010, 2020);
    take(&entry);
    check_equal(found, 0);
}

static void what_no_warrant_covers_is_told(void **state)
{
    (void)state;
    begin();
    struct entry entry = batch(2000, 2010);
    take(&entry);
    check_found("selection_without_warrant", 0, "s. 4");
    accept();
    entry = batch(8999, 9001);
    take(&entry);
    check_found("selection_outside_period", 2, "s. 4(2)");
    entry = batch(9000, 9000);
    entry_set_text(&entry, ENTRY_DIRECTION, BYTES("FD DD"));
    take(&entry);
    check_found("selection_of_other_direction", 3, "s. 4");
    entry = batch(8999, 9000);
    entry_set_count(&entry, ENTRY_OCTETS, 101);
    take(&entry);
    check_found("over_volume_cap", 4, "s. 4");
    entry = batch(8999, 9000);
    entry_set_count(&entry, ENTRY_ERASED, 8);
    take(&entry);
    check_found("rest_not_erased", 5, "LC-08");
}

static void a_revocation_ends_it_to_the_nanosecond(void **state)
{
    (void)state;
    begin();
    accept();
    struct entry entry = entry_begin(ENTRY_WARRANT_REVOKED, 3000 * S);
    entry_set_text(&entry, ENTRY_WARRANT, BYTES("W-1"));
    entry_set_time(&entry, ENTRY_TO, 3000 * S);
    take(&entry);
    entry = batch(2000, 3000);
    take(&entry);
    check_equal(found, 0);
    entry = batch(3000, 3000);
    entry_set_time(&entry, ENTRY_TO, 3000 * S + 1);
    take(&entry);
    check_found("selection_after_revocation", 3, "s. 4");
    entry = entry_begin(ENTRY_WARRANT_ENDED, 3003 * S);
    entry_set_text(&entry, ENTRY_WARRANT, BYTES("W-1"));
    entry_set_text(&entry, ENTRY_EVENT, BYTES("revoked"));
    entry_set_time(&entry, ENTRY_TO, 3001 * S);
    take(&entry);
    check_equal(found, 0);
    entry_set_time(&entry, ENTRY_TO, 3002 * S);
    take(&entry);
    check_found("feed_closed_late", 5, "s. 4(2)");
}

static void duties_are_met_by_entry_or_subject_or_found(void **state)
{
    (void)state;
    begin();
    accept();
    for (int64_t i = 0; i < 3; i++) {
        struct entry entry = batch(2000 + i, 2001 + i);
        take(&entry);
    }
    struct entry entry = entry_begin(ENTRY_RETENTION_SET, 2004 * S);
    entry_set_text(&entry, ENTRY_BASIS, BYTES("order"));
    entry_set_text(&entry, ENTRY_SUBJECT, BYTES("B-1"));
    entry_set_time(&entry, ENTRY_FROM, 2003 * S);
    entry_set_time(&entry, ENTRY_UNTIL, 2003 * S + 10 * TIME_DAY_NS);
    take(&entry);
    entry = entry_begin(ENTRY_NOTICE, (2001 + 3600) * S);
    entry_set_text(&entry, ENTRY_DUTY, BYTES("told"));
    entry_set_text(&entry, ENTRY_RECIPIENT, BYTES("court"));
    entry_set_count(&entry, ENTRY_NUMBER, 1);
    take(&entry);
    check_equal(found, 0);
    entry_set_time(&entry, ENTRY_AT, (2002 + 3601) * S);
    entry_set_count(&entry, ENTRY_NUMBER, 2);
    take(&entry);
    check_found("notice_late", 2, "s. 5");
    oversight_end(overseer, (2003 + 3600) * S);
    check_equal(found, 0);
    oversight_end(overseer, (2003 + 3600) * S + 1);
    check_found("notice_missing", 3, "s. 5");
    oversight_end(overseer, INT64_MAX);
    check_equal(found, 2); /* and the records were never erased */
    check_text(bytes_of_string(findings[1].id), "not_erased_at_end");
}

static void what_cannot_be_followed_is_not_passed_over(void **state)
{
    (void)state;
    begin();
    for (unsigned i = 0; i <= OVERSIGHT_WINDOWS_MAX; i++) {
        struct entry entry = entry_begin(ENTRY_REIDENTIFICATION_OPENED, 2000 * S);
        entry_set_text(&entry, ENTRY_DIGEST, BYTES("ab"));
        entry_set_time(&entry, ENTRY_UNTIL, 3000 * S);
        take(&entry);
    }
    check_found("not_all_followed", OVERSIGHT_WINDOWS_MAX, "");
}

static void a_clock_goes_back_only_where_an_entry_says_so(void **state)
{
    (void)state;
    begin();
    accept();
    struct entry entry = batch(2100, 2101);
    entry_set_time(&entry, ENTRY_AT, 9000 * S);
    take(&entry);
    entry = batch(2101, 2102);
    take(&entry);
    check_found("clock_back", 2, "LC-22");
    begin();
    entry = entry_begin(ENTRY_CLOCK_STEP, 1000 * S);
    entry_set_time(&entry, ENTRY_FROM, 5000 * S);
    entry_set_time(&entry, ENTRY_TO, 1000 * S);
    take(&entry);
    check_equal(findings[0].is_wrong, false);
    check_found("clock_step", 0, "LC-22");
}

/* How many findings there are of a look. */
static size_t looked(const char *const words[4], int64_t at_s)
{
    static const enum entry_field fields[] = { ENTRY_ROLE, ENTRY_ACTION, ENTRY_PURPOSE,
                                               ENTRY_BASIS };
    begin();
    struct entry entry = entry_begin(ENTRY_ACCESS, at_s * S);
    entry_set_text(&entry, ENTRY_ACTOR, BYTES("p1"));
    entry_set_text(&entry, ENTRY_VERDICT, BYTES("allowed"));
    for (size_t i = 0; i < 4; i++)
        entry_set_text(&entry, fields[i], bytes_of_string(words[i]));
    take(&entry);
    return found;
}

#define LOOKED(at_s, ...) looked((const char *const[4]){ __VA_ARGS__ }, at_s)

static void a_look_at_the_hub_is_ruled_by_the_matrix(void **state)
{
    (void)state;
    check_equal(LOOKED(2000, "judge", "read", "inspection", "none"), 0);
    check_equal(LOOKED(2000, "clerk", "export", "none", "none"), 0);
    check_equal(LOOKED(999, "judge", "read", "inspection", "exercise"), 0);
    check_equal(LOOKED(999, "judge", "read", "none", "exercise"), 0);
    check_equal(LOOKED(999, "judge", "read", "inspection", "none"), 1);
    check_equal(LOOKED(2000, "judge", "read", "none", "none"), 1);
    check_equal(LOOKED(2000, "judge", "export", "inspection", "none"), 1);
    check_equal(LOOKED(2000, "judge", "export", "inspection", "exercise"), 1);
    check_equal(LOOKED(2000, "clerk", "export", "gossip", "none"), 1);
    check_equal(LOOKED(2000, "clerk", "export", "gossip", "exercise"), 1);
    check_equal(LOOKED(2000, "clerk", "steal", "none", "none"), 1);
    check_equal(LOOKED(2000, "nobody", "read", "none", "none"), 1);
    check_found("access_not_allowed", 0, "s. 8");
}

static void a_read_of_a_store_is_ruled_by_its_basis(void **state)
{
    (void)state;
    check_equal(LOOKED(2000, "clerk", "read", "inspection", "order"), 0);
    check_equal(LOOKED(2000, "clerk", "export", "inspection", "order"), 1);
    check_equal(LOOKED(2000, "judge", "read", "inspection", "order"), 1);
    check_equal(LOOKED(2000, "clerk", "read", "inspection", "any"), 1);
}

TESTS(TEST(a_batch_that_is_covered_is_silent), TEST(what_no_warrant_covers_is_told),
      TEST(a_revocation_ends_it_to_the_nanosecond),
      TEST(duties_are_met_by_entry_or_subject_or_found),
      TEST(what_cannot_be_followed_is_not_passed_over),
      TEST(a_look_at_the_hub_is_ruled_by_the_matrix),
      TEST(a_read_of_a_store_is_ruled_by_its_basis),
      TEST(a_clock_goes_back_only_where_an_entry_says_so))
