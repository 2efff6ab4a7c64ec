// SPDX-License-Identifier: Apache-2.0
/* Agreements, measures and batches on their way; every step gives a ledger entry that must be
 * one. */
#include <stdio.h>

#include "scenario.h"

bool find_case(struct run *run, const char *name, struct scenario_case **out)
{
    for (size_t i = 0; i < run->case_count; i++) {
        if (is_word(run->cases[i].name, name)) {
            *out = &run->cases[i];
            return true;
        }
    }
    return fail(run, "there is no case \"%s\"", name);
}

bool keep_text(struct run *run, struct scenario_case *subject, const char *text,
               const char **out)
{
    size_t len = strlen(text) + 1;
    if (len > sizeof subject->texts - subject->texts_len)
        return fail(run, "the case says too much");
    *out = memcpy(subject->texts + subject->texts_len, text, len);
    subject->texts_len += len;
    return true;
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

/* case NAME PROCEDURE [under BASIS] */
static bool take_case(struct run *run, const struct words *words)
{
    const struct procedure *procedure =
        procedure_find(run->law.procedures, run->law.procedure_count, words->at[2]);
    const char *basis = words->count > 4 ? words->at[4] : NULL;
    if (!procedure)
        return fail(run, "this law has no procedure \"%s\"", words->at[2]);
    if (run->case_count == SCENARIO_CASES_MAX)
        return fail(run, "too many cases");
    struct scenario_case *made = &run->cases[run->case_count];
    (void)snprintf(made->name, sizeof made->name, "%s", words->at[1]);
    if ((words->count > 3) != (basis && is_word(words->at[3], "under")) ||
        !procedure_begin(&run->law, procedure, basis, words->at[1], &made->subject))
        return fail(run, "no %s is possible under \"%s\"", words->at[2],
                    basis ? basis : "nothing");
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
    } else if (strspn(value, "0123456789-") == strlen("2028-01-31") && value[4] == '-') {
        return read_moment(run, value, &out->number);
    } else {
        out->word = value;
    }
    return true;
}

static bool is_number(enum procedure_field_kind kind)
{
    return kind == PROCEDURE_NUMBER || kind == PROCEDURE_MOMENT || kind == PROCEDURE_DATE ||
           kind == PROCEDURE_YES_NO;
}

/* Of yes for a choice the first; rows of a list stand between |. */
static bool read_value(struct run *run, struct scenario_case *subject,
                       const struct procedure_field *field, const struct procedure_fact *fact,
                       struct procedure_value *out)
{
    const char *text = fact->word ? fact->word : fact->name + strlen(fact->name) + 1;
    *out = (struct procedure_value){ field->id, field->kind, fact->number, NULL };
    if (is_number(field->kind))
        return true;
    if (field->kind == PROCEDURE_CHOICE && is_word(text, "yes"))
        text = field->choices[0].id;
    if (!keep_text(run, subject, text, &out->text))
        return false;
    bool has_rows = field->kind == PROCEDURE_TEXTS || field->kind == PROCEDURE_FINDINGS;
    for (char *at = subject->texts + (out->text - subject->texts); has_rows && *at; at++)
        *at = *at == '|' ? '\n' : *at;
    return true;
}

/* In place of what was there of that field. */
static void put_value(struct procedure_value *values, size_t *count,
                      const struct procedure_value *value)
{
    size_t at = 0;
    while (at < *count && !is_word(values[at].field, value->field))
        at++;
    values[at] = *value;
    *count += at == *count;
}

bool add_fact(struct run *run, struct scenario_case *subject, char *word,
              struct scenario_event *out)
{
    struct procedure_fact fact;
    struct procedure_value value;
    if (!read_fact(run, word, &fact))
        return false;
    const struct procedure_field *field =
        procedure_find_field(subject->subject.procedure, fact.name);
    out->facts[out->event.fact_count++] = fact;
    if (!field || field->is_told)
        return true;
    if (!read_value(run, subject, field, &fact, &value))
        return false;
    put_value(out->values, &out->event.value_count, &value);
    return true;
}

static void begin_event(const struct run *run, const struct scenario_case *subject,
                        struct scenario_event *out)
{
    out->event = (struct procedure_event){ .actor = "somebody",
                                           .facts = out->facts,
                                           .values = out->values,
                                           .value_count = subject->value_count,
                                           .now_ns = run->now_ns };
    memcpy(out->values, subject->values, sizeof out->values);
}

/* do NAME EVENT by ROLE [as ACTOR] [with ROLE] [and ACTOR] [name=value]... */
static bool read_event(struct run *run, const struct words *words,
                       struct scenario_case *subject, struct scenario_event *out)
{
    struct procedure_event *event = &out->event;
    begin_event(run, subject, out);
    event->name = words->at[2];
    event->role = words->at[4];
    if (!is_word(words->at[3], "by"))
        return fail(run, "who does it is told by: by ROLE");
    for (size_t i = 5; i < words->count; i++) {
        const char *word = words->at[i];
        bool is_pair = is_word(word, "as") || is_word(word, "with") || is_word(word, "and");
        if (!is_pair) {
            if (!add_fact(run, subject, words->at[i], out))
                return false;
            continue;
        }
        if (++i == words->count)
            return fail(run, "a word is missing after %s", word);
        if (is_word(word, "as"))
            event->actor = words->at[i];
        else if (is_word(word, "with"))
            event->second_role = words->at[i];
        else
            event->second_actor = words->at[i];
    }
    if (event->second_role && !event->second_actor)
        event->second_actor = "another";
    return true;
}

static bool bring(struct run *run, struct scenario_case *subject,
                  const struct procedure_event *event, const struct procedure_outcome *outcome)
{
    for (size_t i = 0; i < outcome->step->echo_count; i++) {
        struct procedure_fact room;
        struct scenario_case *other;
        /* Its field is not empty, or the step had been refused. */
        const struct procedure_value *value = procedure_find_value(
            event->values, event->value_count, outcome->step->echoes[i].field);
        struct procedure_event echo = procedure_echo(&subject->subject, outcome, i, &room);
        if (!find_case(run, value->text, &other))
            return false;
        struct procedure_outcome brought = procedure_apply(&other->subject, &echo);
        if (!brought.ruling.is_allowed)
            return fail(run, "%s does not take %s: %s", other->name, echo.name,
                        brought.ruling.words);
        if (!write_down(run, &other->subject, &echo, &brought))
            return false;
    }
    return true;
}

bool apply_event(struct run *run, struct scenario_case *subject, struct scenario_event *event)
{
    struct procedure_outcome outcome = procedure_apply(&subject->subject, &event->event);
    answer(run, &outcome.ruling);
    return write_down(run, &subject->subject, &event->event, &outcome) &&
           (!outcome.ruling.is_allowed || bring(run, subject, &event->event, &outcome));
}

static bool take_step(struct run *run, const struct words *words)
{
    static struct scenario_event event;
    struct scenario_case *subject;
    return find_case(run, words->at[1], &subject) && read_event(run, words, subject, &event) &&
           apply_event(run, subject, &event);
}

/* offer NAME EVENT by ROLE [as ACTOR]: may it be taken, before anything is told? */
static bool take_offer(struct run *run, const struct words *words)
{
    static struct scenario_event event;
    struct scenario_case *subject;
    if (!find_case(run, words->at[1], &subject) || !read_event(run, words, subject, &event))
        return false;
    const struct procedure *procedure = subject->subject.procedure;
    for (size_t i = 0; i < procedure->step_count; i++) {
        const struct procedure_step *step = &procedure->steps[i];
        if (!is_word(step->event, words->at[2]) ||
            !procedure_starts_here(&subject->subject, step))
            continue;
        struct law_ruling ruling = procedure_offer(&subject->subject, step, &event.event);
        answer(run, &ruling);
        return true;
    }
    return fail(run, "no step %s leads on from here", words->at[2]);
}

/* What the record says: each field that the word names ("option_*": each that begins so). */
static bool fill_word(struct run *run, struct scenario_case *subject, char *word,
                      struct scenario_event *out)
{
    struct procedure_fact fact;
    struct procedure_value value;
    if (!read_fact(run, word, &fact))
        return false;
    const struct procedure *procedure = subject->subject.procedure;
    size_t len = strlen(fact.name), found = 0;
    bool is_start = fact.name[len - 1] == '*';
    for (size_t i = 0; i < procedure->field_count; i++) {
        const struct procedure_field *field = &procedure->fields[i];
        if (is_start ? strncmp(field->id, fact.name, len - 1) != 0
                     : !is_word(field->id, fact.name))
            continue;
        if (!read_value(run, subject, field, &fact, &value))
            return false;
        put_value(out->values, &out->event.value_count, &value);
        found++;
    }
    return found > 0 || fail(run, "there is no field \"%s\"", fact.name);
}

static bool check_filled(struct run *run, const struct words *words,
                         struct scenario_case **subject, struct scenario_event *event,
                         struct procedure_fault *fault)
{
    static struct procedure_fault faults[PROCEDURE_FAULTS_MAX];
    if (!find_case(run, words->at[1], subject))
        return false;
    begin_event(run, *subject, event);
    for (size_t i = 2; i < words->count; i++) {
        if (!fill_word(run, *subject, words->at[i], event))
            return false;
    }
    faults[0] = (struct procedure_fault){ .field = NULL };
    (void)procedure_check((*subject)->subject.procedure, NULL, event->values,
                          event->event.value_count, faults);
    *fault = faults[0];
    return true;
}

/* fill NAME field=value...: the record says so from now on */
static bool take_filling(struct run *run, const struct words *words)
{
    static struct scenario_event event;
    struct scenario_case *subject;
    struct procedure_fault fault;
    if (!check_filled(run, words, &subject, &event, &fault))
        return false;
    if (fault.field)
        return fail(run, "%s: %s", fault.field, fault.words.en);
    memcpy(subject->values, event.values, sizeof subject->values);
    subject->value_count = event.event.value_count;
    return true;
}

/* ask-fill NAME field=value...: may it say so? */
static bool ask_filling(struct run *run, const struct words *words)
{
    static struct scenario_event event;
    struct scenario_case *subject;
    struct procedure_fault fault;
    struct law_ruling ruling = { 0 };
    if (!check_filled(run, words, &subject, &event, &fault))
        return false;
    ruling.is_allowed = !fault.field;
    if (fault.field) {
        (void)snprintf(ruling.article, sizeof ruling.article, "PR-01");
        (void)snprintf(ruling.words, sizeof ruling.words, "%s: %s", fault.name.en,
                       fault.words.en);
        (void)snprintf(ruling.words_ja, sizeof ruling.words_ja, "%s：%s", fault.name.ja,
                       fault.words.ja);
    }
    answer(run, &ruling);
    return true;
}

/* part NAME EVENT as PERSON: who began it, or changed its fields */
static bool take_part(struct run *run, const struct words *words)
{
    struct scenario_case *subject;
    if (!find_case(run, words->at[1], &subject))
        return false;
    return (is_word(words->at[3], "as") &&
            procedure_took_part(&subject->subject, words->at[2], words->at[4])) ||
           fail(run, "that cannot be remembered");
}

static bool take_telling(struct run *run, const struct words *words)
{
    struct scenario_case *subject;
    if (!find_case(run, words->at[1], &subject))
        return false;
    if (!procedure_tell(&subject->subject, words->at[2], run->now_ns))
        return fail(run, "there is no duty \"%s\" open", words->at[2]);
    run->entries[ENTRY_NOTICE]++;
    return true;
}

const struct verb case_verbs[] = {
    { "case", 3, 5, take_case, "case NAME PROCEDURE [under BASIS]" },
    { "do", 5, SCENARIO_WORDS_MAX, take_step,
      "do NAME EVENT by ROLE [as ACTOR] [with ROLE] [and ACTOR] [fact=value]..." },
    { "offer", 5, 7, take_offer, "offer NAME EVENT by ROLE [as ACTOR]" },
    { "fill", 3, SCENARIO_WORDS_MAX, take_filling, "fill NAME field=value..." },
    { "ask-fill", 3, SCENARIO_WORDS_MAX, ask_filling, "ask-fill NAME field=value..." },
    { "part", 5, 5, take_part, "part NAME EVENT as PERSON" },
    { "tell", 3, 3, take_telling, "tell NAME NOTICE" },
    { NULL, 0, 0, NULL, NULL },
};

static bool expect_state(struct run *run, const struct words *words)
{
    struct scenario_case *subject;
    if (!find_case(run, words->at[1], &subject))
        return false;
    const char *state = procedure_state(&subject->subject)->id;
    return is_word(state, words->at[2]) || fail(run, "it is %s", state);
}

/* feed NAME open|closed; use NAME open|closed */
static bool expect_open(struct run *run, const struct words *words)
{
    struct scenario_case *subject;
    bool wants_open = is_word(words->at[2], "open");
    if (!find_case(run, words->at[1], &subject))
        return false;
    if (!wants_open && !is_word(words->at[2], "closed"))
        return fail(run, "it is open or closed, not \"%s\"", words->at[2]);
    const struct procedure_state *state = procedure_state(&subject->subject);
    bool is_open = is_word(words->at[0], "feed") ? state->has_feed : state->has_use;
    return is_open == wants_open || fail(run, "it is %s", is_open ? "open" : "closed");
}

static bool expect_overdue(struct run *run, const struct words *words)
{
    struct scenario_case *subject;
    uint64_t wanted;
    if (!find_case(run, words->at[1], &subject) || !read_count(run, words->at[2], &wanted))
        return false;
    size_t count = procedure_overdue(&subject->subject, run->now_ns);
    return count == wanted || fail(run, "%zu are overdue", count);
}

/* due NAME NOTICE MOMENT */
static bool expect_due(struct run *run, const struct words *words)
{
    struct scenario_case *subject;
    int64_t due_ns;
    if (!find_case(run, words->at[1], &subject) || !read_moment(run, words->at[3], &due_ns))
        return false;
    for (size_t i = subject->subject.duty_count; i-- > 0;) {
        const struct procedure_duty *duty = &subject->subject.duties[i];
        if (is_word(duty->notice->id, words->at[2]))
            return duty->due_ns == due_ns ||
                   fail(run, "it is due at %s", tell_moment(run, duty->due_ns));
    }
    return fail(run, "there is no duty \"%s\"", words->at[2]);
}

static bool expect_clock(struct run *run, const struct words *words)
{
    struct scenario_case *subject;
    int64_t wanted_ns = INT64_MAX;
    if (!find_case(run, words->at[1], &subject) ||
        (!is_word(words->at[3], "never") && !read_moment(run, words->at[3], &wanted_ns)))
        return false;
    int64_t clock_ns = procedure_clock(&subject->subject, words->at[2]);
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
