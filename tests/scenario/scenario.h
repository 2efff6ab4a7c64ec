// SPDX-License-Identifier: Apache-2.0
/* The runner of scenarios: text files with a virtual clock that ask the real modules and say
 * what must come of it (tests/scenario/README.md).  A line that cannot be read, an expectation
 * that does not hold, and an answer that nobody looked at all fail. */
#pragma once

#include "law/law.h"
#include "procedure/fields.h"
#include "procedure/vote.h"

enum {
    SCENARIO_WORDS_MAX = 32,
    SCENARIO_CASES_MAX = 96,
    SCENARIO_NAME_MAX = 48,
    SCENARIO_TEXTS_MAX = 8192, /* of one case */
    SCENARIO_FAILURE_MAX = 700
};

struct words {
    size_t count;
    char *at[SCENARIO_WORDS_MAX];
};

struct scenario_case {
    char name[SCENARIO_NAME_MAX];
    struct procedure_case subject;
    size_t value_count; /* what the record says */
    struct procedure_value values[PROCEDURE_FIELDS_MAX];
    struct procedure_ballot ballot;
    size_t texts_len;
    char texts[SCENARIO_TEXTS_MAX];
};

/* A step that somebody wants to take, with room for what is told. */
struct scenario_event {
    struct procedure_event event;
    struct procedure_fact facts[PROCEDURE_FACTS_MAX];
    struct procedure_value values[PROCEDURE_FIELDS_MAX];
};

struct traffic;
struct storage;
struct paper;
struct log;

struct run {
    const char *path;
    unsigned line;
    char failure[SCENARIO_FAILURE_MAX];
    uint32_t requirements; /* bits: LC-00 ... */
    bool has_requirement, has_article, has_law;
    struct law law;
    int64_t now_ns;
    bool is_unanswered; /* a ruling nobody looked at yet */
    struct law_ruling ruling;
    int64_t moment_ns; /* of the last question for a day */
    size_t expectations;
    size_t case_count;
    struct scenario_case cases[SCENARIO_CASES_MAX];
    size_t entry_count; /* ledger entries that came of it, by kind */
    size_t entries[ENTRY_KINDS];
    struct traffic *traffic;
    struct storage *storage;
    struct paper *paper; /* warrants */
    struct log *log;     /* entries of the ledger */
};

/* Always false: the line fails with these words. */
PRINTF(2, 3) bool fail(struct run *run, const char *format, ...);
/* A moment in the law's time zone: "2028-03-31", "2028-03-31T12:00", with seconds. */
MUST_CHECK bool read_moment(struct run *run, const char *word, int64_t *out);
MUST_CHECK bool read_count(struct run *run, const char *word, uint64_t *out);
/* The moment as it would be written here, for failures. */
const char *tell_moment(const struct run *run, int64_t time_ns);
void answer(struct run *run, const struct law_ruling *ruling);
bool is_word(const char *a, const char *b);

typedef bool verb_fn(struct run *run, const struct words *words);
struct verb {
    const char *name;
    size_t words_min, words_max; /* the name included */
    verb_fn *take;
    const char *usage;
};
/* Ends with a row without a name. */
extern const struct verb law_verbs[], law_expectations[];
extern const struct verb case_verbs[], case_expectations[];
extern const struct verb vote_verbs[], vote_expectations[];
extern const struct verb traffic_verbs[], traffic_expectations[];
extern const struct verb storage_verbs[], storage_expectations[];
extern const struct verb warrant_verbs[];
extern const struct verb ledger_verbs[], ledger_expectations[];

MUST_CHECK bool find_case(struct run *run, const char *name, struct scenario_case **out);
/* name=value: a fact, and where it is a field of the record its value for this step. */
MUST_CHECK bool add_fact(struct run *run, struct scenario_case *subject, char *word,
                         struct scenario_event *out);
/* Text that lives as long as the case. */
MUST_CHECK bool keep_text(struct run *run, struct scenario_case *subject, const char *text,
                          const char **out);
/* Takes the step or not, writes it down, and the steps of other cases that it brings. */
MUST_CHECK bool apply_event(struct run *run, struct scenario_case *subject,
                            struct scenario_event *event);
/* Cases take the steps that are due; what is written down goes with it. */
MUST_CHECK bool cases_tick(struct run *run);
void traffic_done(struct run *run);
void storage_done(struct run *run);
void paper_done(struct run *run);
void log_done(struct run *run);
