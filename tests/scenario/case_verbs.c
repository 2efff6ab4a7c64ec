// SPDX-License-Identifier: Apache-2.0
/* Agreements, measures and batches on their way; every step gives a ledger entry that must be
 * one. */
#include <stdio.h>

#include "scenario.h"

static bool find_case(struct run *run, const char *name, struct procedure_case **out)
{
    for (size_t i = 0; i < run->case_count; i++) {
        if (is_word(run->cases[i].name, name)) {
            *out = &run->cases[i].subject;
            return true;
        }
    }
    return fail(run, "there is no case \"%s\"", name);
}

static bool count_kind(struct run *run, const char *name)
{
    for (enum entry_kind kind = 0; kind < ENTRY_KINDS; kind++) {
        if (is_word(entry_kind_name(kind), name)) {
            run->entries[kind]++;
            return true;
        }
    }
    return fail(run, "the ledger knows no entry \"%s\"", name);
}

static bool write_down(struct run *run, const struct procedure_case *subject,
                       const struct procedure_event *event,
                       const struct procedure_outcome *outcome)
{
    char room[ENTRY_OCTETS_MAX + 1];
    struct text text = text_over(room, sizeof room);
    struct entry entry = procedure_entry(subject, event, outcome);
    if (entry_write(&entry, &text) != FAULT_NONE)
        return fail(run, "what came of it is no entry of the ledger");
    run->entries[ENTRY_PROCEDURE_STEP]++;
    const char *kind =
        outcome->step && outcome->ruling.is_allowed ? outcome->step->entry : NULL;
    return !kind || count_kind(run, kind);
}

bool cases_tick(struct run *run)
{
    struct procedure_outcome outcome;
    for (size_t i = 0; i < run->case_count; i++) {
        struct procedure_case *subject = &run->cases[i].subject;
        while (procedure_tick(subject, run->now_ns, &outcome)) {
            if (!write_down(run, subject, NULL, &outcome))
                return false;
        }
    }
    return true;
}

/* case NAME PROCEDURE under BASIS */
static bool take_case(struct run *run, const struct words *words)
{
    const struct procedure *procedure =
        procedure_find(run->law.procedures, run->law.procedure_count, words->at[2]);
    if (!procedure)
        return fail(run, "this law has no procedure \"%s\"", words->at[2]);
    if (run->case_count == SCENARIO_CASES_MAX)
        return fail(run, "too many cases");
    struct scenario_case *made = &run->cases[run->case_count];
    (void)snprintf(made->name, sizeof made->name, "%s", words->at[1]);
    if (!is_word(words->at[3], "under") ||
        !procedure_begin(&run->law, procedure, words->at[4], words->at[1], &made->subject))
        return fail(run, "no %s is possible under \"%s\"", words->at[2], words->at[4]);
    run->case_count++;
    return true;
}

/* yes, a number, a moment, or a word: name=value */
static bool read_fact(struct run *run, char *word, struct procedure_fact *out)
{
    char *equal = strchr(word, '=');
    uint64_t number = 0;
    if (!equal || equal == word || equal[1] == '\0')
        return fail(run, "\"%s\" is no fact: name=value", word);
    *equal = '\0';
    *out = (struct procedure_fact){ .name = word };
    const char *value = equal + 1;
    if (is_word(value, "yes") || is_word(value, "no")) {
        out->number = is_word(value, "yes");
    } else if (text_read_u64(bytes_of_string(value), UINT32_MAX, &number)) {
        out->number = (int64_t)number;
    } else if (value[0] >= '0' && value[0] <= '9' && strchr(value, '-')) {
        return read_moment(run, value, &out->number);
    } else {
        out->word = value;
    }
    return true;
}

/* do NAME EVENT by ROLE [as ACTOR] [with ROLE] [and ACTOR] [name=value]... */
static bool read_event(struct run *run, const struct words *words,
                       struct procedure_fact facts[PROCEDURE_FACTS_MAX],
                       struct procedure_event *out)
{
    *out = (struct procedure_event){ .name = words->at[2],
                                     .actor = "somebody",
                                     .role = words->at[4],
                                     .facts = facts,
                                     .now_ns = run->now_ns };
    if (!is_word(words->at[3], "by"))
        return fail(run, "who does it is told by: by ROLE");
    for (size_t i = 5; i < words->count; i++) {
        const char *word = words->at[i];
        bool is_pair = is_word(word, "as") || is_word(word, "with") || is_word(word, "and");
        if (!is_pair) {
            if (!read_fact(run, words->at[i], &facts[out->fact_count++]))
                return false;
            continue;
        }
        if (++i == words->count)
            return fail(run, "a word is missing after %s", word);
        if (is_word(word, "as"))
            out->actor = words->at[i];
        else if (is_word(word, "with"))
            out->second_role = words->at[i];
        else
            out->second_actor = words->at[i];
    }
    if (out->second_role && !out->second_actor)
        out->second_actor = "another";
    return true;
}

static bool take_step(struct run *run, const struct words *words)
{
    struct procedure_fact facts[PROCEDURE_FACTS_MAX];
    struct procedure_event event;
    struct procedure_case *subject;
    if (!find_case(run, words->at[1], &subject) || !read_event(run, words, facts, &event))
        return false;
    struct procedure_outcome outcome = procedure_apply(subject, &event);
    answer(run, &outcome.ruling);
    return write_down(run, subject, &event, &outcome);
}

static bool take_telling(struct run *run, const struct words *words)
{
    struct procedure_case *subject;
    if (!find_case(run, words->at[1], &subject))
        return false;
    if (!procedure_tell(subject, words->at[2], run->now_ns))
        return fail(run, "there is no duty \"%s\" open", words->at[2]);
    run->entries[ENTRY_NOTICE]++;
    return true;
}

const struct verb case_verbs[] = {
    { "case", 5, 5, take_case, "case NAME PROCEDURE under BASIS" },
    { "do", 5, SCENARIO_WORDS_MAX, take_step,
      "do NAME EVENT by ROLE [as ACTOR] [with ROLE] [and ACTOR] [fact=value]..." },
    { "tell", 3, 3, take_telling, "tell NAME NOTICE" },
    { NULL, 0, 0, NULL, NULL },
};

static bool expect_state(struct run *run, const struct words *words)
{
    struct procedure_case *subject;
    if (!find_case(run, words->at[1], &subject))
        return false;
    const char *state = procedure_state(subject)->id;
    return is_word(state, words->at[2]) || fail(run, "it is %s", state);
}

/* feed NAME open|closed; use NAME open|closed */
static bool expect_open(struct run *run, const struct words *words)
{
    struct procedure_case *subject;
    bool wants_open = is_word(words->at[2], "open");
    if (!find_case(run, words->at[1], &subject))
        return false;
    if (!wants_open && !is_word(words->at[2], "closed"))
        return fail(run, "it is open or closed, not \"%s\"", words->at[2]);
    const struct procedure_state *state = procedure_state(subject);
    bool is_open = is_word(words->at[0], "feed") ? state->has_feed : state->has_use;
    return is_open == wants_open || fail(run, "it is %s", is_open ? "open" : "closed");
}

static bool expect_overdue(struct run *run, const struct words *words)
{
    struct procedure_case *subject;
    uint64_t wanted;
    if (!find_case(run, words->at[1], &subject) || !read_count(run, words->at[2], &wanted))
        return false;
    size_t count = procedure_overdue(subject, run->now_ns);
    return count == wanted || fail(run, "%zu are overdue", count);
}

/* due NAME NOTICE MOMENT */
static bool expect_due(struct run *run, const struct words *words)
{
    struct procedure_case *subject;
    int64_t due_ns;
    if (!find_case(run, words->at[1], &subject) || !read_moment(run, words->at[3], &due_ns))
        return false;
    for (size_t i = subject->duty_count; i-- > 0;) {
        const struct procedure_duty *duty = &subject->duties[i];
        if (is_word(duty->notice->id, words->at[2]))
            return duty->due_ns == due_ns ||
                   fail(run, "it is due at %s", tell_moment(run, duty->due_ns));
    }
    return fail(run, "there is no duty \"%s\"", words->at[2]);
}

static bool expect_clock(struct run *run, const struct words *words)
{
    struct procedure_case *subject;
    int64_t wanted_ns = INT64_MAX;
    if (!find_case(run, words->at[1], &subject) ||
        (!is_word(words->at[3], "never") && !read_moment(run, words->at[3], &wanted_ns)))
        return false;
    int64_t clock_ns = procedure_clock(subject, words->at[2]);
    return clock_ns == wanted_ns || fail(run, "it stands at %s", tell_moment(run, clock_ns));
}

/* entries KIND COUNT */
static bool expect_entries(struct run *run, const struct words *words)
{
    uint64_t wanted;
    if (!read_count(run, words->at[2], &wanted))
        return false;
    for (enum entry_kind kind = 0; kind < ENTRY_KINDS; kind++) {
        if (is_word(entry_kind_name(kind), words->at[1]))
            return run->entries[kind] == wanted ||
                   fail(run, "there are %zu", run->entries[kind]);
    }
    return fail(run, "the ledger knows no entry \"%s\"", words->at[1]);
}

const struct verb case_expectations[] = {
    { "state", 3, 3, expect_state, "state NAME STATE" },
    { "feed", 3, 3, expect_open, "feed NAME open|closed" },
    { "use", 3, 3, expect_open, "use NAME open|closed" },
    { "overdue", 3, 3, expect_overdue, "overdue NAME COUNT" },
    { "due", 4, 4, expect_due, "due NAME NOTICE MOMENT" },
    { "clock", 4, 4, expect_clock, "clock NAME CLOCK MOMENT|never" },
    { "entries", 3, 3, expect_entries, "entries KIND COUNT" },
    { NULL, 0, 0, NULL, NULL },
};
