// SPDX-License-Identifier: Apache-2.0
/* Random events on random procedures: a step is taken only from where it starts, by its role,
 * with what it asks for, by another person than it says and as the votes went; time does not go
 * back; what is refused changes nothing. */
#include "base/must.h"
#include "procedure/fields.h"
#include "procedure/vote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STATES = 6, STEPS = 10, FACTS = 4, PEOPLE = 4, CLOCKS = 2 };

#define ALWAYS               \
    {                        \
        INT64_MIN, INT64_MAX \
    }

static const char *const state_ids[] = { "s0", "s1", "s2", "s3", "s4", "s5" };
static const char *const events[] = { "e0", "e1", "e2", "e3", "e4" };
static const char *const facts[FACTS] = { "f0", "f1", "f2", "f3" };
static const char *const people[PEOPLE] = { "a", "b", "c", "d" };
static const char *const roles[] = { "*", "clerk", "judge", PROCEDURE_MACHINE };
static const char *const clocks[CLOCKS] = { "k0", "k1" };
static const struct law_time_word words[] = { { .id = "soon", .within_ns = 10 },
                                              { .id = "later", .working_days = 1 } };
static const struct law_notice duty = {
    .id = "tell", .event = "", .force = ALWAYS, .time_word = "soon"
};
static const struct law law = { .access_article = "1",
                                .time_words = words,
                                .time_word_count = 2 };

struct rows {
    struct procedure_state states[STATES];
    struct procedure_step steps[STEPS];
    struct procedure_guard guards[STEPS];
    struct procedure_set sets[STEPS];
    struct procedure_votes votes[STEPS];
    struct procedure_field fields[1];
};

/* Octets of the input, one after the other; 0 when there are no more. */
static struct bytes rest;

static unsigned next(unsigned below)
{
    if (rest.len == 0)
        return 0;
    unsigned octet = rest.at[0];
    rest = bytes_slice(rest, 1, rest.len);
    return octet % below;
}

static void make_votes(struct rows *rows, size_t at)
{
    rows->votes[at] = (struct procedure_votes){
        .role = "judge",
        .seats = 4,
        .quorum = next(4) + 1,
        .ayes = next(4),
        .chair = next(2) ? "judge" : NULL,
        .chair_breaks_ties = next(2),
        .excludes = &events[next(5)],
        .exclude_count = next(2),
    };
    rows->steps[at].votes = &rows->votes[at];
}

static void make_step(struct rows *rows, size_t at)
{
    struct procedure_step *step = &rows->steps[at];
    *step = (struct procedure_step){
        .event = events[next(5)],
        .from = &state_ids[next(STATES)],
        .from_count = 1,
        .to = next(8) ? state_ids[next(STATES)] : "previous",
        .role = roles[next(4)],
        .article = "1",
        .force = ALWAYS,
    };
    if (next(4) == 0) {
        step->at = clocks[next(CLOCKS)];
        step->role = NULL;
        return;
    }
    rows->guards[at] = (struct procedure_guard){ .fact = facts[next(FACTS)],
                                                 .at_least = INT64_MIN,
                                                 .at_most = INT64_MAX,
                                                 .words = { "g", "g" } };
    rows->sets[at] = (struct procedure_set){ .clock = clocks[next(CLOCKS)],
                                             .word = next(2) ? "soon" : "later" };
    step->guards = &rows->guards[at];
    step->guard_count = next(2);
    step->sets = &rows->sets[at];
    step->set_count = next(2);
    step->not_by = &events[next(5)];
    step->not_by_count = next(2);
    step->second_role = next(4) ? NULL : "clerk";
    step->duties = &duty;
    step->duty_count = next(2);
    if (next(4) == 0)
        make_votes(rows, at);
}

static struct procedure make(struct rows *rows)
{
    for (size_t i = 0; i < STATES; i++)
        rows->states[i] = (struct procedure_state){ .id = state_ids[i],
                                                    .name = { "", "" },
                                                    .is_end = i > 0 && next(4) == 0 };
    for (size_t i = 0; i < STEPS; i++)
        make_step(rows, i);
    rows->fields[0] = (struct procedure_field){ .id = "f3",
                                                .name = { "f3", "f3" },
                                                .kind = PROCEDURE_NUMBER };
    return (struct procedure){ .id = "p",
                               .clocks = clocks,
                               .clock_count = CLOCKS,
                               .states = rows->states,
                               .state_count = STATES,
                               .steps = rows->steps,
                               .step_count = STEPS,
                               .fields = rows->fields,
                               .field_count = 1 };
}

/* Who took what, remembered here as well: bits of people by event. */
static uint8_t took[5];

static unsigned number_of(const char *event)
{
    return (unsigned)(event[1] - '0');
}

static bool is_told(const struct procedure_event *event, const char *fact)
{
    if (event->value_count > 0 && strcmp(fact, "f3") == 0)
        return event->values[0].number != 0;
    for (size_t i = 0; i < event->fact_count; i++) {
        if (strcmp(event->facts[i].name, fact) == 0 && strcmp(fact, "f3") != 0)
            return event->facts[i].number != 0;
    }
    return false;
}

static unsigned bit_of(const char *person)
{
    return 1U << (person[0] - 'a');
}

static void look(const struct procedure_case *before, const struct procedure_case *after,
                 const struct procedure_event *event, const struct procedure_outcome *outcome)
{
    const struct procedure_step *step = outcome->step;
    MUST(procedure_starts_here(before, step) && !procedure_state(before)->is_end);
    MUST(after->state < STATES && after->now_ns >= before->now_ns);
    MUST(step->guard_count == 0 || is_told(event, step->guards[0].fact));
    if (step->votes) {
        MUST(event->ballot && procedure_tally(before, event->ballot).result ==
                                  (step->is_lost ? PROCEDURE_LOST : PROCEDURE_CARRIED));
        return;
    }
    MUST(strcmp(step->role, "*") == 0 || strcmp(step->role, event->role) == 0);
    MUST(!step->second_role || strcmp(event->actor, event->second_actor) != 0);
    if (step->not_by_count > 0)
        MUST(!(took[number_of(step->not_by[0])] & bit_of(event->actor)));
    took[number_of(step->event)] |= (uint8_t)bit_of(event->actor);
    if (step->second_role)
        took[number_of(step->event)] |= (uint8_t)bit_of(event->second_actor);
}

static void make_ballot(const struct procedure_case *subject, const struct procedure *procedure,
                        struct procedure_ballot *out)
{
    const struct procedure_step *step = &procedure->steps[next(STEPS)];
    *out = (struct procedure_ballot){ .step = step };
    if (!step->votes)
        return;
    for (size_t i = 0; i < PEOPLE; i++)
        out->seats[out->seat_count++] = (struct procedure_seat){
            .person = people[i], .is_chair = i == 0, .is_deputy = i == 1, .is_away = !next(4)
        };
    for (unsigned i = next(8); i > 0; i--) {
        struct procedure_vote vote = { .kind = (enum procedure_vote_kind)next(3) };
        vote.person[0] = people[next(PEOPLE)][0];
        vote.digest[0] = next(8) == 0;
        (void)procedure_vote(subject, out, &vote);
    }
    out->is_closed = next(2);
}

static void act(struct procedure_case *subject, const struct procedure *procedure,
                int64_t now_ns)
{
    static struct procedure_ballot ballot;
    static struct procedure_case before;
    struct procedure_fact told[FACTS];
    const struct procedure_value value = { "f3", PROCEDURE_NUMBER, next(2), NULL };
    struct procedure_event event = { .name = events[next(5)],
                                     .actor = people[next(PEOPLE)],
                                     .role = roles[next(4)],
                                     .second_actor = people[next(PEOPLE)],
                                     .second_role = "clerk",
                                     .facts = told,
                                     .values = &value,
                                     .value_count = next(2),
                                     .now_ns = now_ns };
    for (unsigned mask = next(16), i = 0; i < FACTS; i++) {
        if (mask & 1U << i)
            told[event.fact_count++] = (struct procedure_fact){ facts[i], 1, NULL };
    }
    make_ballot(subject, procedure, &ballot);
    event.ballot = ballot.step->votes && next(2) ? &ballot : NULL;
    before = *subject;
    struct procedure_outcome outcome = procedure_apply(subject, &event);
    if (outcome.ruling.is_allowed)
        look(&before, subject, &event, &outcome);
    else
        MUST(memcmp(&before, subject, sizeof before) == 0 &&
             outcome.ruling.article[0] != '\0' && outcome.ruling.words[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct rows rows;
    static struct procedure_case subject;
    struct procedure_outcome outcome;
    rest = (struct bytes){ data, size };
    memset(took, 0, sizeof took);
    const struct procedure procedure = make(&rows);
    MUST(procedure_begin(&law, &procedure, NULL, "X-1", &subject));
    for (int64_t now_ns = 0; rest.len > 0; now_ns += next(8)) {
        for (unsigned i = 0; i < 8 && procedure_tick(&subject, now_ns, &outcome); i++)
            MUST(outcome.step->at && outcome.at_ns <= now_ns);
        act(&subject, &procedure, now_ns);
        if (next(4) == 0)
            MUST(procedure_tell(&subject, "tell", now_ns) ||
                 procedure_overdue(&subject, INT64_MAX) == 0);
        MUST(subject.duty_count <= PROCEDURE_DUTIES_MAX);
        MUST(subject.part_count <= PROCEDURE_PARTS_MAX);
    }
    return 0;
}
