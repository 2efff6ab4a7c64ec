// SPDX-License-Identifier: Apache-2.0
#include "oversight/counts.h"

#include "check.h"

static const struct law_basis bases[] = { { .id = "a17" }, { .id = "own" } };
static const struct law_count rows[] = {
    { .id = "requests", .event = "approval_requested", .stage = "first", .basis = "a17" },
    { .id = "any", .event = "approval_requested", .basis = "*" },
    { .id = "of_police", .event = "approval_requested", .under = "PDA 6-2(4)", .basis = "*" },
};
static const struct law law = { .ahead_ns = 9 * 3600 * TIME_SECOND_NS,
                                .bases = bases,
                                .counts = rows,
                                .basis_count = 2,
                                .count_count = 3 };

static uint8_t memory[4096];

static struct entry requested(const char *at, const char *basis, const char *stage)
{
    int64_t at_ns = 0;
    check(time_read(bytes_of_string(at), &at_ns));
    struct entry entry = entry_begin(ENTRY_APPROVAL_REQUESTED, at_ns);
    entry_set_text(&entry, ENTRY_BASIS, bytes_of_string(basis));
    entry_set_text(&entry, ENTRY_STAGE, bytes_of_string(stage));
    return entry;
}

static void entries_of_the_year_in_the_laws_time_zone_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *at, *basis, *stage;
    } entries[] = {
        { "2028-03-31T14:59:59Z", "a17", "first" }, /* still 31 March in Japan */
        { "2028-03-31T15:00:00Z", "a17", "first" }, { "2029-03-31T14:59:59Z", "a17", "first" },
        { "2029-03-31T15:00:00Z", "a17", "first" }, { "2028-06-01", "a17", "extension" },
        { "2028-06-01", "a32", "first" },
    };
    struct arena arena = arena_over(memory, sizeof memory);
    int64_t from_ns, to_ns;
    counts_year(&law, 2028, 4, &from_ns, &to_ns);
    struct counts *counts = counts_new(&law, from_ns, to_ns, &arena);
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        struct entry entry = requested(entries[i].at, entries[i].basis, entries[i].stage);
        counts_take(counts, &entry);
    }
    check_equal(counts->entries, 4);
    check_equal(counts->numbers[0], 2);
    check_equal(counts->numbers[1], 4);
}

static void only_entries_under_the_rows_article_count(void **state)
{
    (void)state;
    struct arena arena = arena_over(memory, sizeof memory);
    struct counts *counts = counts_new(&law, 0, INT64_MAX, &arena);
    struct entry entry = requested("2028-06-01", "police", "first");
    counts_take(counts, &entry);
    entry_set_text(&entry, ENTRY_ARTICLE, BYTES("PDA 6-2(4)"));
    counts_take(counts, &entry);
    check_equal(counts->numbers[1], 2);
    check_equal(counts->numbers[2], 1);
}

static void what_was_done_is_summed_by_basis(void **state)
{
    (void)state;
    struct arena arena = arena_over(memory, sizeof memory);
    struct counts *counts = counts_new(&law, 0, INT64_MAX, &arena);
    for (unsigned i = 0; i < 3; i++) {
        struct entry entry = entry_begin(ENTRY_SELECTION_BATCH, 1);
        entry_set_text(&entry, ENTRY_BASIS, BYTES("own"));
        entry_set_count(&entry, ENTRY_EXAMINED, 10);
        entry_set_count(&entry, ENTRY_SELECTED, 1);
        entry_set_count(&entry, ENTRY_ERASED, 9);
        counts_take(counts, &entry);
        entry = entry_begin(ENTRY_ACCESS, 1);
        entry_set_text(&entry, ENTRY_BASIS, BYTES("own"));
        entry_set_text(&entry, ENTRY_VERDICT, i ? BYTES("allowed") : BYTES("refused"));
        counts_take(counts, &entry);
    }
    check_equal(counts->bases[0].batches, 0);
    check_equal(counts->bases[1].batches, 3);
    check_equal(counts->bases[1].examined, 30);
    check_equal(counts->bases[1].selected + counts->bases[1].erased, 30);
    check_equal(counts->bases[1].access_allowed, 2);
    check_equal(counts->bases[1].access_refused, 1);
}

TESTS(TEST(entries_of_the_year_in_the_laws_time_zone_are_counted),
      TEST(only_entries_under_the_rows_article_count), TEST(what_was_done_is_summed_by_basis))
