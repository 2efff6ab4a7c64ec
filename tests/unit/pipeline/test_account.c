// SPDX-License-Identifier: Apache-2.0
#include "pipeline/account.h"

#include "check.h"

static struct summary summary;

static void begin(void)
{
    summary = (struct summary){ .funnel = { .slices_selected = 5, .octets_copied = 900 } };
    summary_count(&summary, "gate", "domestic to domestic", "flows", 7);
    summary_count(&summary, "gate", "unknown side", "flows", 2);
    summary_count(&summary, "gate", "other direction", "flows", 3);
    summary_count(&summary, "select", "forgotten", "flows", 80);
    summary_count(&summary, "feed", "no_warrant", "flows", 4);
    summary_count(&summary, "select", "unasked", "flows", 9); /* counted as forgotten, too */
}

static void what_was_examined_is_selected_or_erased(void **state)
{
    (void)state;
    begin();
    struct selection_account account = selection_account_of(&summary);
    check_equal(account.selected, 5);
    check_equal(account.erased, 96);
    check_equal(account.examined, 101);
    check_equal(account.domestic, 7);
    check_equal(account.unknown_side, 2);
    check_equal(account.other_direction, 3);
    check_equal(account.unmatched, 80);
    check_equal(account.without_warrant, 4);
    check_equal(account.octets_copied, 900);
}

static void frames_are_no_flows(void **state)
{
    (void)state;
    summary = (struct summary){ .frames = 3 };
    summary_count(&summary, "feed", "no_warrant", "frames", 3);
    check_equal(selection_account_of(&summary).examined, 0);
}

static void what_came_since_is_the_difference(void **state)
{
    (void)state;
    begin();
    struct selection_account before = selection_account_of(&summary);
    summary.funnel.slices_selected += 2;
    summary.counters[3].count += 10;
    struct selection_account now = selection_account_of(&summary);
    struct selection_account since = selection_account_since(&now, &before);
    check_equal(since.examined, 12);
    check_equal(since.selected, 2);
    check_equal(since.unmatched, 10);
    check_equal(since.domestic, 0);
}

TESTS(TEST(what_was_examined_is_selected_or_erased), TEST(frames_are_no_flows),
      TEST(what_came_since_is_the_difference))
