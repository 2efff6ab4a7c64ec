// SPDX-License-Identifier: Apache-2.0
#include "oversight/oversight.h"

#include "oversight/oversight_private.h"

/* How far apart entries may be from the order of their times: several writers hold theirs
 * before they commit, and longer on a full disk. */
#define HELD_NS (600 * TIME_SECOND_NS)

struct bytes oversight_text(const struct entry *entry, enum entry_field field)
{
    return entry_has(entry, field) ? entry->values[field].text : (struct bytes){ NULL, 0 };
}

uint64_t oversight_count(const struct entry *entry, enum entry_field field)
{
    return entry_has(entry, field) ? entry->values[field].count : 0;
}

int64_t oversight_time(const struct entry *entry, enum entry_field field)
{
    return entry_has(entry, field) ? entry->values[field].time_ns : 0;
}

int64_t oversight_later(int64_t time_ns, int64_t span_ns)
{
    return time_ns > INT64_MAX - span_ns ? INT64_MAX : time_ns + span_ns;
}

struct tree_hash oversight_name_of(struct bytes text)
{
    return tree_leaf(text);
}

const char *oversight_article(const struct oversight *oversight, const struct law_basis *basis)
{
    return basis ? basis->article : oversight->law->access_article;
}

struct oversight_warrant *oversight_find_warrant(const struct oversight *oversight,
                                                 struct bytes serial)
{
    for (size_t i = 0; i < oversight->warrant_count; i++) {
        if (bytes_equal(bytes_of_string(oversight->warrants[i].serial), serial))
            return &oversight->warrants[i];
    }
    return NULL;
}

const struct law_basis *oversight_basis(const struct oversight *oversight,
                                        const struct entry *entry)
{
    if (entry_has(entry, ENTRY_BASIS))
        return law_find_basis(oversight->law, oversight_text(entry, ENTRY_BASIS));
    const struct oversight_warrant *warrant =
        oversight_find_warrant(oversight, oversight_text(entry, ENTRY_WARRANT));
    if (warrant)
        return warrant->basis;
    struct tree_hash subject = oversight_name_of(oversight_text(entry, ENTRY_SUBJECT));
    for (size_t i = 0; i < oversight->term_count; i++) {
        if (tree_hash_equal(&oversight->terms[i].subject, &subject))
            return oversight->terms[i].basis;
    }
    return NULL;
}

struct oversight *oversight_new(const struct law *law, oversight_tell_fn *tell, void *context,
                                struct arena *keep)
{
    struct oversight *oversight = ARENA_NEW(keep, struct oversight, 1);
    oversight->law = law;
    oversight->tell = tell;
    oversight->context = context;
    oversight->warrants = ARENA_NEW(keep, struct oversight_warrant, OVERSIGHT_WARRANTS_MAX);
    oversight->duties = ARENA_NEW(keep, struct oversight_duty, OVERSIGHT_DUTIES_MAX);
    oversight->terms = ARENA_NEW(keep, struct oversight_term, OVERSIGHT_TERMS_MAX);
    oversight->windows = ARENA_NEW(keep, struct oversight_window, OVERSIGHT_WINDOWS_MAX);
    oversight->suspended = ARENA_NEW(keep, struct tree_hash, OVERSIGHT_SUSPENDED_MAX);
    oversight->generations = ARENA_NEW(keep, struct tree_hash, OVERSIGHT_GENERATIONS_MAX);
    return oversight;
}

static void say_times(const struct oversight *oversight, enum oversight_fault fault,
                      uint64_t number, const int64_t times_ns[2])
{
    char rooms[2][TIME_TEXT_MAX];
    struct text first = text_over(rooms[0], TIME_TEXT_MAX),
                second = text_over(rooms[1], TIME_TEXT_MAX);
    time_write(times_ns[0], 3, &first);
    time_write(times_ns[1], 3, &second);
    struct oversight_say say = { number, "LC-22", text_bytes(&first), text_bytes(&second) };
    oversight_say(oversight, fault, &say);
}

/* Only a step that is entered may take the time of entries back. */
static void check_clock(struct oversight *oversight, uint64_t number, const struct entry *entry)
{
    int64_t at_ns = oversight_time(entry, ENTRY_AT);
    if (entry->kind == ENTRY_CLOCK_STEP) {
        const int64_t step_ns[2] = { oversight_time(entry, ENTRY_FROM),
                                     oversight_time(entry, ENTRY_TO) };
        say_times(oversight, OVERSIGHT_CLOCK_STEP, number, step_ns);
        oversight->last_ns = at_ns;
    }
    const int64_t times_ns[2] = { at_ns, oversight->last_ns };
    if (at_ns < oversight->last_ns - HELD_NS)
        say_times(oversight, OVERSIGHT_CLOCK_BACK, number, times_ns);
    if (at_ns > oversight->last_ns)
        oversight->last_ns = at_ns;
}

static void note_weakness(const struct oversight *oversight, uint64_t number,
                          const struct entry *entry)
{
    struct oversight_say say = { number, "", oversight_text(entry, ENTRY_REASON), { 0 } };
    if (entry->kind == ENTRY_SANDBOX_WEAKENED)
        oversight_say(oversight, OVERSIGHT_WEAKENED, &say);
    if (entry->kind == ENTRY_COLLECTOR_REFUSED)
        oversight_say(oversight, OVERSIGHT_COLLECTOR, &say);
}

void oversight_take(struct oversight *oversight, uint64_t number, const struct entry *entry)
{
    check_clock(oversight, number, entry);
    note_weakness(oversight, number, entry);
    coverage_take(oversight, number, entry);
    duties_take(oversight, number, entry);
    handling_take(oversight, number, entry);
}

void oversight_end(struct oversight *oversight, int64_t as_of_ns)
{
    duties_end(oversight, as_of_ns);
    handling_end(oversight, as_of_ns);
}
