// SPDX-License-Identifier: Apache-2.0
/* Every way through every procedure of the law, searched: who takes a step (three people, the
 * right role and a wrong one), what is told with it (all of it, and all but each one thing),
 * how a vote goes, which clock runs out first.  What may not happen is a table of its own here,
 * so that a law whose guard was lost is found out; faults are planted to see that. */
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "law/law.h"
#include "procedure/fields.h"
#include "procedure/vote.h"

enum { NODES_MAX = 1 << 17, PEOPLE = 3, EDGES_MAX = 1 << 20, FAULT_MAX = 200 };

/* What must not happen, whatever anybody does. */
static const struct rule {
    const char *procedure;
    enum { WITHOUT_FACT, WITHOUT_EVENT, SAME_PERSON, WITHOUT_VOTE, VOTER } kind;
    const char *what; /* an event; of WITHOUT_EVENT a state */
    const char *by;   /* a fact that it needs, an event, or what the votes were */
} rules[] = {
    { "measure", WITHOUT_FACT, "set_standard", "standard" },
    { "measure", WITHOUT_FACT, "submit", "act_unknown" },
    { "measure", WITHOUT_FACT, "submit", "suspicion" },
    { "measure", WITHOUT_FACT, "submit", "necessity" },
    { "measure", WITHOUT_FACT, "submit", "no_other_way" },
    { "measure", WITHOUT_FACT, "submit", "selectors" },
    { "measure", WITHOUT_FACT, "approve", "until" },
    { "measure", WITHOUT_FACT, "activate", "conforms" },
    { "measure", WITHOUT_FACT, "approve_extension", "new_until" },
    { "measure", WITHOUT_EVENT, "active", "approve" },
    { "measure", WITHOUT_EVENT, "approved", "submit" },
    { "measure", WITHOUT_EVENT, "submitted", "set_standard" },
    { "measure", SAME_PERSON, "submit", "set_standard" },
    { "measure", WITHOUT_VOTE, "approve", "ayes" },
    { "measure", WITHOUT_VOTE, "refuse", "noes" },
    { "measure", WITHOUT_VOTE, "approve_extension", "ayes" },
    { "measure", VOTER, "approve", "submit" },
    { "measure", VOTER, "approve_extension", "request_extension" },
    { "agreement", WITHOUT_FACT, "conclude", "scope" },
    { "agreement", WITHOUT_FACT, "conclude", "consent_stated" },
    { "agreement", WITHOUT_FACT, "set_conditions", "selectors" },
    { "agreement", WITHOUT_EVENT, "active", "conclude" },
    { "agreement", WITHOUT_EVENT, "active", "sign" },
    { "agreement", WITHOUT_VOTE, "sign", "ayes" },
    { "agreement", VOTER, "sign", "set_conditions" },
    { "batch", WITHOUT_FACT, "start", "conditions_signed" },
    { "batch", WITHOUT_FACT, "start", "unattended" },
    { "batch", WITHOUT_FACT, "reidentify", "reason" },
    { "batch", WITHOUT_EVENT, "in_use", "erase_rest" },
    { "batch", WITHOUT_EVENT, "in_use", "deidentify" },
    { "batch", WITHOUT_EVENT, "in_use", "set_retention" },
    { "batch", WITHOUT_EVENT, "erased", "erase" },
    { "inspection", WITHOUT_FACT, "report_violation", "seen" },
    { "inspection", WITHOUT_EVENT, "confirmed", "report_violation" },
    { "inspection", WITHOUT_VOTE, "confirm", "ayes" },
    { "inspection", VOTER, "confirm", "report_violation" },
    { "violation", WITHOUT_FACT, "notify", "what_happened" },
    { "violation", WITHOUT_FACT, "demand", "leak" },
    { "violation", WITHOUT_EVENT, "remedied", "answer" },
    { "violation", WITHOUT_EVENT, "noticed", "notify" },
    { "violation", WITHOUT_VOTE, "notify", "ayes" },
    { "violation", WITHOUT_VOTE, "demand", "ayes" },
    { "violation", WITHOUT_VOTE, "recommend", "ayes" },
    { "case", WITHOUT_FACT, "assess", "counter_hypotheses" },
    { "case", WITHOUT_FACT, "compare", "option_monitor" },
    { "case", WITHOUT_FACT, "compare", "option_measure" },
    { "case", WITHOUT_EVENT, "in_action", "compare" },
    { "case", WITHOUT_EVENT, "closed", "review" },
    { "case", SAME_PERSON, "choose", "assess" },
    { "case", SAME_PERSON, "review", "choose" },
    { "takedown", WITHOUT_FACT, "send", "voluntary" },
    { "takedown", WITHOUT_FACT, "confirm", "observation" },
    { "takedown", WITHOUT_EVENT, "sent", "check" },
    { "takedown", WITHOUT_EVENT, "watching", "confirm" },
    { "user-notice", WITHOUT_FACT, "report", "erased" },
    { "user-notice", WITHOUT_EVENT, "handed", "check" },
    { "reidentification", WITHOUT_FACT, "request", "need" },
    { "reidentification", WITHOUT_FACT, "open", "until" },
    { "reidentification", WITHOUT_EVENT, "open", "order" },
    { "reidentification", SAME_PERSON, "order", "request" },
    { "reidentification", SAME_PERSON, "open", "request" },
    { "reidentification", SAME_PERSON, "open", "order" },
};
enum { RULES = sizeof rules / sizeof *rules };

struct node {
    struct procedure_case at;
    uint64_t passed;     /* rules of the kinds about events: bits; the event was taken */
    uint8_t took[RULES]; /* SAME_PERSON: bits of people who took rule.by */
    bool can_end;
};

static struct search {
    const struct law *law;
    const struct procedure *procedure;
    int64_t now_ns;
    size_t count, edges;
    uint64_t states, steps; /* seen, taken */
    bool is_cut, is_longer; /* the end asked for now is a later one */
    char fault[FAULT_MAX];
} search;
static struct node nodes[NODES_MAX];
static uint32_t table[NODES_MAX * 2];
static uint32_t edges[EDGES_MAX][2];

static void blame(const char *what, const char *detail)
{
    if (search.fault[0] == '\0')
        (void)snprintf(search.fault, sizeof search.fault, "%s: %s: %s", search.procedure->id,
                       what, detail);
}

static bool is_same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static bool is_here(const struct rule *rule)
{
    return is_same(rule->procedure, search.procedure->id);
}

/* All that tells two nodes apart: clocks by whether they run, people by what they took. */
static uint64_t key_of(const struct node *node)
{
    uint64_t clocks = 0, people = 0, took = 0;
    for (size_t i = 0; i < PROCEDURE_CLOCKS_MAX; i++)
        clocks |= (uint64_t)(node->at.clocks[i] != INT64_MAX) << i;
    for (size_t i = 0; i < node->at.part_count; i++) {
        const struct procedure_part *part = &node->at.parts[i];
        uint64_t hash = (uint64_t)(unsigned char)part->person[0];
        for (const char *c = part->event; *c; c++)
            hash = hash * 131 + (unsigned char)*c;
        people += hash * hash * UINT64_C(0x9e3779b97f4a7c15); /* in any order */
    }
    for (size_t i = 0; i < RULES; i++)
        took = took * 9 + node->took[i];
    uint64_t key = node->at.state * 37 + node->at.previous;
    key = key * 1000003 + clocks;
    key = key * 1000003 + node->passed;
    key = key * 1000003 + took;
    return (key * 1000003 + people) | 1;
}

static uint64_t keys[NODES_MAX];

static uint32_t find_or_add(const struct node *node)
{
    uint64_t key = key_of(node);
    size_t slot = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 46);
    for (;; slot = (slot + 1) % (NODES_MAX * 2)) {
        uint32_t found = table[slot];
        if (found == 0)
            break;
        if (keys[found - 1] == key)
            return found - 1;
    }
    if (search.count == NODES_MAX) {
        search.is_cut = true;
        return 0;
    }
    keys[search.count] = key;
    nodes[search.count] = *node;
    table[slot] = (uint32_t)++search.count;
    search.states |= UINT64_C(1) << node->at.state;
    return (uint32_t)search.count - 1;
}

static void connect(uint32_t from, const struct node *to)
{
    uint32_t found = find_or_add(to);
    if (search.edges == EDGES_MAX) {
        search.is_cut = true;
        return;
    }
    edges[search.edges][0] = from;
    edges[search.edges++][1] = found;
}

/* What is told of each name: enough for every rule of the statutes. */
static int64_t number_of(const char *name)
{
    if (is_same(name, "from"))
        return search.now_ns;
    if (is_same(name, "until"))
        return search.now_ns + (search.is_longer ? 30 : 20) * TIME_DAY_NS;
    if (is_same(name, "new_until"))
        return search.now_ns + 40 * TIME_DAY_NS;
    return is_same(name, "items") || is_same(name, "kinds") || is_same(name, "signers") ? 2 : 1;
}

struct telling {
    struct procedure_event event;
    struct procedure_fact facts[PROCEDURE_FACTS_MAX];
    struct procedure_value values[PROCEDURE_FIELDS_MAX];
};

static bool is_of_numbers(enum procedure_field_kind kind)
{
    return kind == PROCEDURE_NUMBER || kind == PROCEDURE_MOMENT || kind == PROCEDURE_DATE ||
           kind == PROCEDURE_YES_NO;
}

/* Everything there is to say but one thing. */
static void tell_all(struct telling *out, const char *without)
{
    out->event = (struct procedure_event){ .now_ns = out->event.now_ns,
                                           .facts = out->facts,
                                           .values = out->values };
    for (size_t i = 0; i < search.procedure->field_count; i++) {
        const struct procedure_field *field = &search.procedure->fields[i];
        const char *word = is_same(field->id, "recipient") ? "helper-agency"
                           : is_same(field->id, "product") ? "selected"
                                                           : "words";
        bool is_number = is_of_numbers(field->kind);
        if (is_same(field->id, without))
            continue;
        if (field->is_told)
            out->facts[out->event.fact_count++] =
                (struct procedure_fact){ field->id, number_of(field->id),
                                         is_number ? NULL : word };
        else
            out->values[out->event.value_count++] =
                (struct procedure_value){ field->id, field->kind, number_of(field->id),
                                          is_number ? NULL : word };
    }
}

/* A rule about what was just done. */
static void look_at_step(const struct procedure_step *step, const struct node *before,
                         unsigned person, const char *without, const char *votes)
{
    for (size_t i = 0; i < RULES; i++) {
        const struct rule *rule = &rules[i];
        if (!is_here(rule) || !is_same(rule->what, step->event))
            continue;
        if (rule->kind == WITHOUT_FACT && is_same(rule->by, without))
            blame(step->event, rule->by);
        if (rule->kind == SAME_PERSON && before->took[i] & 1U << person)
            blame(step->event, rule->by);
        if (rule->kind == WITHOUT_VOTE && !is_same(rule->by, votes))
            blame(step->event, "not by the vote");
    }
}

static void look_at_state(struct node *after, const struct procedure_step *step,
                          unsigned person)
{
    const char *state = procedure_state(&after->at)->id;
    for (size_t i = 0; i < RULES; i++) {
        const struct rule *rule = &rules[i];
        if (!is_here(rule))
            continue;
        if (rule->kind == WITHOUT_EVENT && is_same(rule->by, step->event))
            after->passed |= UINT64_C(1) << i;
        if (rule->kind == SAME_PERSON && is_same(rule->by, step->event))
            after->took[i] |= (uint8_t)(1U << person);
        if (rule->kind == WITHOUT_EVENT && is_same(rule->what, state) &&
            !(after->passed & UINT64_C(1) << i))
            blame(state, rule->by);
    }
}

/* Notices are told at once: that one is not told is another thing left out. */
static void tell_duties(struct procedure_case *at)
{
    for (size_t i = 0; i < at->duty_count; i++)
        at->duties[i].is_met = true;
    at->duty_count = at->duty_count > 20 ? 20 : at->duty_count;
}

static void take(uint32_t from, const struct procedure_outcome *outcome, struct node *after,
                 unsigned person)
{
    search.steps |= UINT64_C(1) << (outcome->step - search.procedure->steps);
    tell_duties(&after->at);
    look_at_state(after, outcome->step, person);
    connect(from, after);
}

static const char *const people[PEOPLE] = { "a", "b", "c" };

static void try_person(uint32_t from, const struct procedure_step *step, unsigned person,
                       const char *without)
{
    static struct telling told;
    struct node after = nodes[from];
    tell_all(&told, without);
    told.event.name = step->event;
    told.event.actor = people[person];
    told.event.role = is_same(step->role, "*") ? "anybody" : step->role;
    told.event.second_actor = people[(person + 1) % PEOPLE];
    told.event.second_role = step->second_role;
    told.event.now_ns = after.at.now_ns > search.now_ns ? after.at.now_ns : search.now_ns;
    struct procedure_outcome outcome = procedure_apply(&after.at, &told.event);
    if (!outcome.ruling.is_allowed)
        return;
    look_at_step(outcome.step, &nodes[from], person, without, NULL);
    if (!without)
        take(from, &outcome, &after, person);
}

static bool is_voter(const struct procedure_case *at, const struct procedure_votes *votes,
                     const char *person)
{
    const struct procedure_seat seat = { .person = person };
    return procedure_excluded(at, votes, &seat).en == NULL;
}

/* Nobody decides on what he or she has done. */
static void look_at_voters(const struct node *node, const struct procedure_step *step)
{
    for (size_t i = 0; i < RULES; i++) {
        const struct rule *rule = &rules[i];
        for (unsigned j = 0; is_here(rule) && rule->kind == VOTER &&
                             is_same(rule->what, step->event) && j < PEOPLE;
             j++) {
            /* The engine remembers it, or it is remembered here for the rule beside it. */
            if (!procedure_has_part(&node->at, rule->by, people[j]))
                continue;
            if (is_voter(&node->at, step->votes, people[j]))
                blame(step->event, rule->by);
        }
    }
}

static const struct procedure_step *asked_for(const struct procedure_step *step)
{
    for (size_t i = 0; step->is_lost && i < search.procedure->step_count; i++) {
        if (search.procedure->steps[i].votes == step->votes &&
            !search.procedure->steps[i].is_lost)
            return &search.procedure->steps[i];
    }
    return step;
}

static void try_vote(uint32_t from, const struct procedure_step *step,
                     enum procedure_vote_kind kind, const char *without)
{
    static const char *const votes[] = { "ayes", "noes",
                                         "noes" }; /* who abstains does not carry it */
    static const char *const members[] = { "m1", "m2", "m3", "m4", "m5" };
    static struct telling told;
    static struct procedure_ballot ballot;
    struct node after = nodes[from];
    ballot = (struct procedure_ballot){ .step = asked_for(step),
                                        .seat_count =
                                            step->votes->seats < 5 ? step->votes->seats : 5 };
    for (size_t i = 0; i < ballot.seat_count; i++)
        ballot.seats[i] = (struct procedure_seat){ .person = members[i], .is_chair = i == 0 };
    for (size_t i = 0; i < 3 && i < ballot.seat_count; i++) {
        struct procedure_vote vote = { .kind = kind, .has_reason = true };
        memcpy(vote.person, members[i], 3);
        (void)procedure_vote(&after.at, &ballot, &vote);
    }
    tell_all(&told, without);
    told.event.name = step->event;
    told.event.actor = told.event.role = PROCEDURE_MACHINE;
    told.event.ballot = &ballot;
    told.event.now_ns = after.at.now_ns > search.now_ns ? after.at.now_ns : search.now_ns;
    struct procedure_outcome outcome = procedure_apply(&after.at, &told.event);
    if (!outcome.ruling.is_allowed)
        return;
    look_at_step(outcome.step, &nodes[from], 0, without, votes[kind]);
    if (!without)
        take(from, &outcome, &after, 0);
}

static void try_without(uint32_t from, const struct procedure_step *step, const char *without)
{
    if (step->votes) {
        for (unsigned kind = 0; kind <= PROCEDURE_ABSTAIN; kind++)
            try_vote(from, step, (enum procedure_vote_kind)kind, without);
        return;
    }
    for (unsigned person = 0; person < PEOPLE; person++)
        try_person(from, step, person, without);
}

/* Its clock runs out before any other. */
static void try_clock(uint32_t from, const struct procedure_step *step)
{
    struct node after = nodes[from];
    struct procedure_outcome outcome;
    if (procedure_clock(&after.at, step->at) == INT64_MAX)
        return;
    for (size_t i = 0; i < search.procedure->clock_count; i++) {
        bool is_it = is_same(search.procedure->clocks[i], step->at);
        if (after.at.clocks[i] != INT64_MAX)
            after.at.clocks[i] = search.now_ns + (is_it ? 0 : 90 * TIME_DAY_NS);
    }
    if (procedure_tick(&after.at, search.now_ns, &outcome))
        take(from, &outcome, &after, 0);
}

static void try_steps(uint32_t from)
{
    for (size_t i = 0; i < search.procedure->step_count; i++) {
        const struct procedure_step *step = &search.procedure->steps[i];
        if (!procedure_starts_here(&nodes[from].at, step))
            continue;
        if (step->at) {
            try_clock(from, step);
            continue;
        }
        if (step->votes)
            look_at_voters(&nodes[from], step);
        search.is_longer = (step->rules & 1U << PROCEDURE_RULE_EXTENSION) != 0;
        try_without(from, step, NULL);
        for (size_t j = 0; j < RULES; j++) {
            if (is_here(&rules[j]) && rules[j].kind == WITHOUT_FACT &&
                is_same(rules[j].what, step->event))
                try_without(from, step, rules[j].by);
        }
    }
}

/* From each place there is a way to an end. */
static void look_at_ends(void)
{
    for (size_t i = 0; i < search.count; i++)
        nodes[i].can_end = procedure_state(&nodes[i].at)->is_end;
    for (bool is_changed = true; is_changed;) {
        is_changed = false;
        for (size_t i = search.edges; i-- > 0;) {
            struct node *from = &nodes[edges[i][0]];
            if (!from->can_end && nodes[edges[i][1]].can_end)
                from->can_end = is_changed = true;
        }
    }
    for (size_t i = 0; i < search.count; i++) {
        if (!nodes[i].can_end)
            blame(procedure_state(&nodes[i].at)->id, "cannot end");
    }
}

static void look_at_clocks(void)
{
    const struct procedure *procedure = search.procedure;
    for (size_t i = 0; i < procedure->clock_count; i++) {
        bool is_set = false, is_read = false;
        for (size_t j = 0; j < procedure->step_count; j++) {
            const struct procedure_step *step = &procedure->steps[j];
            is_read |= is_same(step->at, procedure->clocks[i]);
            for (size_t k = 0; k < step->set_count; k++)
                is_set |=
                    is_same(step->sets[k].clock, procedure->clocks[i]) && !step->sets[k].clear;
            for (size_t k = 0; k < step->guard_count; k++)
                is_read |= is_same(step->guards[k].after, procedure->clocks[i]) ||
                           is_same(step->guards[k].before, procedure->clocks[i]);
            is_read |= step->rules & (1U << PROCEDURE_RULE_RETENTION) &&
                       is_same(procedure->clocks[i], "selection_end");
        }
        if (!is_set || !is_read)
            blame(procedure->clocks[i], "a dead clock");
    }
}

static void look_at_reach(void)
{
    for (size_t i = 0; i < search.procedure->state_count; i++) {
        if (!(search.states & UINT64_C(1) << i))
            blame(search.procedure->states[i].id, "is never reached");
    }
    for (size_t i = 0; i < search.procedure->step_count; i++) {
        if (!(search.steps & UINT64_C(1) << i))
            blame(search.procedure->steps[i].event, "is never taken");
    }
}

/* The first fault found; empty where there is none. */
static const char *search_through(const struct law *law, const struct procedure *procedure)
{
    static struct node start;
    search = (struct search){ .law = law, .procedure = procedure };
    memset(table, 0, sizeof table);
    check(time_read(BYTES("2028-01-11T00:00:00Z"), &search.now_ns));
    start = (struct node){ .passed = 0 };
    check(procedure_begin(law, procedure, procedure->basis_count > 0 ? procedure->bases[0] : "",
                          "X-1", &start.at));
    const struct law_basis *a17 = law_find_basis(law, BYTES("a17"));
    for (size_t i = 0; i < procedure->basis_count; i++) {
        if (a17 && is_same(procedure->bases[i], "a17"))
            start.at.basis = a17;
    }
    (void)find_or_add(&start);
    for (uint32_t i = 0; i < search.count && search.fault[0] == '\0'; i++)
        try_steps(i);
    if (search.fault[0] == '\0') {
        look_at_reach();
        look_at_ends();
        look_at_clocks();
    }
    if (search.is_cut)
        blame("search", "too large");
    return search.fault;
}

static alignas(max_align_t) uint8_t memory[LAW_MEMORY];

static struct law load(const char *id)
{
    struct law law;
    struct error err = { 0 };
    char folder[4096];
    struct arena keep = arena_over(memory, sizeof memory);
    check(law_find_folder(id, folder, sizeof folder, &err));
    if (!law_load(folder, &keep, &law, &err))
        fail_msg("%s", err.text);
    return law;
}

static void nothing_gets_past_its_guards(void **state)
{
    (void)state;
    static const char *const laws[] = { "jp", "ruritania" };
    for (size_t i = 0; i < 2; i++) {
        const struct law law = load(laws[i]);
        for (size_t j = 0; j < law.procedure_count; j++) {
            const char *fault = search_through(&law, &law.procedures[j]);
            if (fault[0] != '\0')
                fail_msg("%s", fault);
            printf("# %s: %zu places, %zu ways\n", law.procedures[j].id, search.count,
                   search.edges);
        }
    }
}

/* A copy of a law's procedure that can be spoilt. */
struct spoilt {
    struct procedure procedure;
    struct procedure_step steps[PROCEDURE_STEPS_MAX];
    struct procedure_state states[PROCEDURE_STATES_MAX];
};

static struct procedure_step *find_step(struct spoilt *spoilt, const char *event)
{
    for (size_t i = 0; i < spoilt->procedure.step_count; i++) {
        if (is_same(spoilt->steps[i].event, event))
            return &spoilt->steps[i];
    }
    fail_msg("no event %s", event);
    return NULL;
}

static void lose_guards(struct spoilt *spoilt, const char *event)
{
    find_step(spoilt, event)->guard_count = 0;
}

static void lose_separation(struct spoilt *spoilt, const char *event)
{
    find_step(spoilt, event)->not_by_count = 0;
}

static void lose_vote(struct spoilt *spoilt, const char *event)
{
    find_step(spoilt, event)->votes = NULL;
    lose_guards(spoilt, event);
}

static void win_when_lost(struct spoilt *spoilt, const char *event)
{
    find_step(spoilt, event)->is_lost = true;
}

static void lose_step(struct spoilt *spoilt, const char *event)
{
    static const char *const nowhere[] = { "nowhere" };
    find_step(spoilt, event)->from = nowhere;
    find_step(spoilt, event)->from_count = 1;
}

static void leave_end(struct spoilt *spoilt, const char *event)
{
    static const char *const ends[] = { "closed" };
    find_step(spoilt, event)->from = ends;
    find_step(spoilt, event)->from_count = 1;
}

static void skip_to_end(struct spoilt *spoilt, const char *event)
{
    find_step(spoilt, event)->to = "active";
}

static void never_end(struct spoilt *spoilt, const char *id)
{
    for (size_t i = 0; i < spoilt->procedure.state_count; i++) {
        if (is_same(spoilt->states[i].id, id))
            spoilt->states[i].is_end = false;
    }
}

static void lose_clock(struct spoilt *spoilt, const char *event)
{
    find_step(spoilt, event)->set_count = 0;
}

static void planted_faults_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *procedure;
        void (*spoil)(struct spoilt *spoilt, const char *what);
        const char *what, *fault;
    } rows[] = {
        { "measure", lose_guards, "submit", "measure: submit: act_unknown" },
        { "measure", lose_guards, "activate", "measure: activate: conforms" },
        { "measure", lose_separation, "submit", "measure: submit: set_standard" },
        { "measure", lose_vote, "approve", "measure: approve: not by the vote" },
        { "measure", win_when_lost, "approve", "measure: approve: not by the vote" },
        { "measure", skip_to_end, "set_standard", "measure: active: approve" },
        { "reidentification", lose_separation, "open", "reidentification: open: " },
        { "violation", lose_guards, "demand", "violation: demand: leak" },
        { "takedown", lose_guards, "send", "takedown: send: voluntary" },
        { "takedown", lose_step, "confirm", "takedown: " },
        { "takedown", leave_end, "reappear", "takedown: reappear: is never taken" },
        { "case", lose_clock, "act", "case: effect_overdue: is never taken" },
        { "violation", never_end, "closed", "violation: noticed: cannot end" },
    };
    static struct spoilt spoilt;
    const struct law law = load("jp");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct procedure *good =
            procedure_find(law.procedures, law.procedure_count, rows[i].procedure);
        spoilt.procedure = *good;
        memcpy(spoilt.steps, good->steps, good->step_count * sizeof *good->steps);
        memcpy(spoilt.states, good->states, good->state_count * sizeof *good->states);
        spoilt.procedure.steps = spoilt.steps;
        spoilt.procedure.states = spoilt.states;
        rows[i].spoil(&spoilt, rows[i].what);
        const char *fault = search_through(&law, &spoilt.procedure);
        if (!strstr(fault, rows[i].fault) || fault[0] == '\0')
            fail_msg("wanted %s, got \"%s\"", rows[i].fault, fault);
    }
}

TESTS(TEST(nothing_gets_past_its_guards), TEST(planted_faults_are_found))
