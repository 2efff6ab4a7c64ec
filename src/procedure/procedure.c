// SPDX-License-Identifier: Apache-2.0
#include "procedure/procedure.h"

#include "base/must.h"
#include "procedure/guards_private.h"
#include "procedure/people_private.h"
#include "procedure/vote.h"

#define SAY(en, ja) ((struct law_text){ en, ja })
static bool is_for(const struct procedure *procedure, const struct law_basis *basis)
{
    if (!basis)
        return procedure->basis_count == 0;
    for (size_t i = 0; i < procedure->basis_count; i++) {
        if (guards_is_same(procedure->bases[i], basis->id))
            return true;
    }
    return basis->kind == BASIS_EXERCISE;
}

bool procedure_begin(const struct law *law, const struct procedure *procedure,
                     const char *basis, const char *subject, struct procedure_case *out)
{
    bool has_basis = basis && basis[0] != '\0';
    struct procedure_case begun = {
        .law = law,
        .procedure = procedure,
        .basis = has_basis ? law_find_basis(law, bytes_of_string(basis)) : NULL,
        .now_ns = INT64_MIN,
    };
    struct text name = text_over(begun.subject, sizeof begun.subject);
    text_put_string(&name, subject);
    for (size_t i = 0; i < PROCEDURE_CLOCKS_MAX; i++)
        begun.clocks[i] = INT64_MAX;
    if ((has_basis && !begun.basis) || !is_for(procedure, begun.basis) || name.cut ||
        name.len == 0)
        return false;
    *out = begun;
    return true;
}

const struct procedure_state *procedure_state(const struct procedure_case *subject)
{
    return &subject->procedure->states[subject->state];
}

static bool find_clock(const struct procedure *procedure, const char *name, size_t *out)
{
    for (size_t i = 0; i < procedure->clock_count; i++) {
        if (guards_is_same(procedure->clocks[i], name)) {
            *out = i;
            return true;
        }
    }
    return false;
}

int64_t procedure_clock(const struct procedure_case *subject, const char *name)
{
    size_t clock;
    return find_clock(subject->procedure, name, &clock) ? subject->clocks[clock] : INT64_MAX;
}

bool procedure_starts_here(const struct procedure_case *subject,
                           const struct procedure_step *step)
{
    const struct procedure_state *state = procedure_state(subject);
    for (size_t i = 0; !state->is_end && i < step->from_count; i++) {
        if (guards_is_same(step->from[i], state->id) || guards_is_same(step->from[i], "*"))
            return true;
    }
    return false;
}

bool procedure_opens_feed(const struct procedure *procedure, const struct procedure_step *step)
{
    size_t to;
    return !step->at && !step->votes && guards_is_same(step->role, PROCEDURE_MACHINE) &&
           procedure_find_state(procedure, step->to, &to) && procedure->states[to].has_feed;
}

bool procedure_may_feed(const struct procedure_case *subject)
{
    const struct procedure *procedure = subject->procedure;
    bool may = procedure_state(subject)->has_feed;
    for (size_t i = 0; !may && i < procedure->step_count; i++)
        may = procedure_opens_feed(procedure, &procedure->steps[i]) &&
              procedure_starts_here(subject, &procedure->steps[i]);
    return may;
}

static bool starts_at(const struct procedure_step *step, const char *state)
{
    for (size_t i = 0; i < step->from_count; i++) {
        if (guards_is_same(step->from[i], state))
            return true;
    }
    return false;
}

/* A state that nothing leads on from, but back to where the case was. */
static bool is_interruption(const struct procedure *procedure, size_t state)
{
    bool is_left = false;
    for (size_t i = 0; i < procedure->step_count; i++) {
        const struct procedure_step *step = &procedure->steps[i];
        size_t to = 0;
        if (step->at || !starts_at(step, procedure->states[state].id))
            continue;
        if (procedure_find_state(procedure, step->to, &to) && to > state &&
            !procedure->states[to].is_end)
            return false;
        is_left |= guards_is_same(step->to, "previous") ||
                   (to < state && !guards_is_same(step->to, "same"));
    }
    return is_left;
}

enum leading { LEADS_NOWHERE, LEADS_OUT, LEADS_ON };

static enum leading leading_of(const struct procedure_case *subject,
                               const struct procedure_step *step)
{
    const struct procedure *procedure = subject->procedure;
    size_t to;
    if (guards_is_same(step->to, "previous"))
        return LEADS_ON;
    if (step->at || !procedure_find_state(procedure, step->to, &to))
        return LEADS_NOWHERE;
    if (procedure->states[to].is_end)
        return LEADS_OUT;
    if (is_interruption(procedure, to))
        return LEADS_NOWHERE;
    return to > subject->state || is_interruption(procedure, subject->state) ? LEADS_ON
                                                                             : LEADS_OUT;
}

bool procedure_is_next(const struct procedure_case *subject, const struct procedure_step *step)
{
    const struct procedure *procedure = subject->procedure;
    enum leading leading = leading_of(subject, step);
    size_t to;
    for (size_t i = 0; leading == LEADS_OUT && i < procedure->step_count; i++) {
        const struct procedure_step *other = &procedure->steps[i];
        bool ends = other->at && procedure_find_state(procedure, other->to, &to) &&
                    procedure->states[to].is_end;
        if (procedure_starts_here(subject, other) &&
            (ends || leading_of(subject, other) == LEADS_ON))
            return false;
    }
    return leading != LEADS_NOWHERE && procedure_starts_here(subject, step);
}

/* The one for who asks, where several have this name. */
static const struct procedure_step *find_step(const struct procedure_case *subject,
                                              const struct procedure_event *event)
{
    const struct procedure_step *found = NULL;
    for (size_t i = 0; i < subject->procedure->step_count; i++) {
        const struct procedure_step *step = &subject->procedure->steps[i];
        if (!guards_is_same(step->event, event->name) ||
            !procedure_starts_here(subject, step) || step->at)
            continue;
        if (people_may(subject, step, event))
            return step;
        found = found ? found : step;
    }
    return found;
}

static size_t state_after(const struct procedure_case *subject,
                          const struct procedure_step *step)
{
    if (guards_is_same(step->to, "same"))
        return subject->state;
    if (guards_is_same(step->to, "previous"))
        return subject->previous;
    for (size_t i = 0; i < subject->procedure->state_count; i++) {
        if (guards_is_same(subject->procedure->states[i].id, step->to))
            return i;
    }
    MUST(false); /* the loader looked */
    return 0;
}

static void set_clocks(struct procedure_case *subject, const struct procedure_step *step,
                       const struct procedure_event *event)
{
    for (size_t i = 0; i < step->set_count; i++) {
        const struct procedure_set *set = &step->sets[i];
        size_t clock;
        MUST(find_clock(subject->procedure, set->clock, &clock));
        int64_t value = event->now_ns;
        if (set->clear)
            value = INT64_MAX;
        else if (set->fact)
            value = guards_number(event, set->fact, INT64_MAX);
        else if (set->word)
            value = law_due(subject->law, law_find_time_word(subject->law, set->word), value);
        subject->clocks[clock] = value;
    }
}

/* The oldest that is met makes room: what is open is never forgotten. */
static struct procedure_duty *room_for_duty(struct procedure_case *subject)
{
    if (subject->duty_count < PROCEDURE_DUTIES_MAX)
        return &subject->duties[subject->duty_count++];
    for (size_t i = 0; i < subject->duty_count; i++) {
        if (!subject->duties[i].is_met)
            continue;
        memmove(&subject->duties[i], &subject->duties[i + 1],
                (subject->duty_count - i - 1) * sizeof *subject->duties);
        return &subject->duties[subject->duty_count - 1];
    }
    return NULL;
}

/* An exercise brings the duties of what it plays, whenever it is played. */
static bool is_due(const struct procedure_case *subject, const struct law_notice *notice,
                   const struct procedure_step *step, int64_t now_ns)
{
    if (!step->entry || !subject->basis)
        return false;
    if (people_is_exercise(subject))
        return guards_is_same(notice->event, step->entry);
    return law_notice_is_due(subject->law, notice, bytes_of_string(step->entry),
                             bytes_of_string(subject->basis->id), now_ns);
}

static size_t count_duties(const struct procedure_case *subject,
                           const struct procedure_step *step, int64_t now_ns)
{
    size_t count = step->duty_count;
    for (size_t i = 0; i < subject->law->notice_count; i++)
        count += is_due(subject, &subject->law->notices[i], step, now_ns);
    return count;
}

static void bring_duty(struct procedure_case *subject, const struct law_notice *notice,
                       int64_t now_ns)
{
    const struct law_time_word *word = law_find_time_word(subject->law, notice->time_word);
    struct procedure_duty *duty = room_for_duty(subject);
    MUST(duty && word);
    *duty = (struct procedure_duty){ .notice = notice,
                                     .since_ns = now_ns,
                                     .due_ns = law_due(subject->law, word, now_ns) };
}

static size_t bring_duties(struct procedure_case *subject, const struct procedure_step *step,
                           int64_t now_ns)
{
    size_t count = step->duty_count;
    for (size_t i = 0; i < step->duty_count; i++)
        bring_duty(subject, &step->duties[i], now_ns);
    for (size_t i = 0; i < subject->law->notice_count; i++) {
        const struct law_notice *notice = &subject->law->notices[i];
        if (!is_due(subject, notice, step, now_ns))
            continue;
        bring_duty(subject, notice, now_ns);
        count++;
    }
    return count;
}

static size_t count_open(const struct procedure_case *subject)
{
    size_t count = 0;
    for (size_t i = 0; i < subject->duty_count; i++)
        count += !subject->duties[i].is_met;
    return count;
}

static struct law_ruling ask(const struct procedure_case *subject,
                             const struct procedure_step *step,
                             const struct procedure_event *event, bool is_offer)
{
    const char *article = subject->law->access_article;
    if (!step)
        return guards_refuse(
            article,
            SAY("no step of this name leads on from here", "この段階からその手続はできない"),
            procedure_state(subject)->id);
    if (event->now_ns < subject->now_ns || procedure_next(subject) <= event->now_ns)
        return guards_refuse(
            step->article, SAY("the clock stands wrong for this step", "時刻が整合しない"), "");
    if (!people_is_exercise(subject) && !law_is_in_force(&step->force, event->now_ns))
        return guards_refuse(guards_article(subject, step->article),
                             SAY("not in force on that day", "その日には施行されていない"), "");
    if (count_open(subject) + count_duties(subject, step, event->now_ns) >
        PROCEDURE_DUTIES_MAX - PROCEDURE_DUTIES_KEPT)
        return guards_refuse(guards_article(subject, step->article),
                             SAY("too much is still to be told", "未了の通知が多すぎる"), "");
    struct law_ruling ruling = people_ask(subject, step, event, is_offer);
    return ruling.is_allowed ? guards_ask(subject, step, event, is_offer) : ruling;
}

struct law_ruling procedure_offer(const struct procedure_case *subject,
                                  const struct procedure_step *step,
                                  const struct procedure_event *event)
{
    struct procedure_fact room[GUARDS_FACTS_MAX];
    const struct procedure_step *here = procedure_starts_here(subject, step) ? step : NULL;
    const struct procedure_event whole = guards_whole(subject, here, event, room);
    return ask(subject, here, &whole, true);
}

static void take(struct procedure_case *subject, const struct procedure_event *event,
                 struct procedure_outcome *outcome)
{
    size_t after = state_after(subject, outcome->step);
    if (after != subject->state && !guards_is_same(outcome->step->to, "previous"))
        subject->previous = subject->state;
    subject->state = after;
    subject->now_ns = event->now_ns;
    set_clocks(subject, outcome->step, event);
    outcome->duties_brought = bring_duties(subject, outcome->step, event->now_ns);
    outcome->after = after;
}

struct procedure_outcome procedure_apply(struct procedure_case *subject,
                                         const struct procedure_event *event)
{
    struct procedure_outcome outcome = { .step = find_step(subject, event),
                                         .before = subject->state,
                                         .after = subject->state,
                                         .at_ns = event->now_ns };
    struct procedure_fact room[GUARDS_FACTS_MAX];
    MUST(event->fact_count <= PROCEDURE_FACTS_MAX);
    const struct procedure_event whole = guards_whole(subject, outcome.step, event, room);
    outcome.ruling = ask(subject, outcome.step, &whole, false);
    if (!outcome.step || !outcome.ruling.is_allowed)
        return outcome;
    people_remember(subject, outcome.step, &whole);
    take(subject, &whole, &outcome);
    return outcome;
}

struct procedure_event procedure_echo(const struct procedure_case *subject,
                                      const struct procedure_outcome *outcome, size_t echo,
                                      struct procedure_fact *room)
{
    const struct procedure_echo *row = &outcome->step->echoes[echo];
    *room = (struct procedure_fact){ row->fact, 0, subject->subject };
    return (struct procedure_event){ .name = row->event,
                                     .actor = PROCEDURE_MACHINE,
                                     .role = outcome->step->role ? outcome->step->role
                                                                 : PROCEDURE_MACHINE,
                                     .facts = room,
                                     .fact_count = row->fact != NULL,
                                     .now_ns = outcome->at_ns };
}

/* The first to come of those that take themselves from here; NULL: none. */
static const struct procedure_step *find_timer(const struct procedure_case *subject,
                                               int64_t *at_ns)
{
    const struct procedure_step *found = NULL;
    *at_ns = INT64_MAX;
    for (size_t i = 0; i < subject->procedure->step_count; i++) {
        const struct procedure_step *step = &subject->procedure->steps[i];
        int64_t clock_ns = step->at ? procedure_clock(subject, step->at) : INT64_MAX;
        if (clock_ns < *at_ns && procedure_starts_here(subject, step)) {
            *at_ns = clock_ns;
            found = step;
        }
    }
    return found;
}

int64_t procedure_next(const struct procedure_case *subject)
{
    int64_t at_ns;
    (void)find_timer(subject, &at_ns);
    return at_ns;
}

/* Asks nobody: what has run out has run out. */
bool procedure_tick(struct procedure_case *subject, int64_t now_ns,
                    struct procedure_outcome *out)
{
    int64_t at_ns;
    const struct procedure_step *step = find_timer(subject, &at_ns);
    if (!step || at_ns > now_ns)
        return false;
    if (at_ns < subject->now_ns)
        at_ns = subject->now_ns;
    const struct procedure_event event = { .name = step->event,
                                           .actor = PROCEDURE_MACHINE,
                                           .role = PROCEDURE_MACHINE,
                                           .now_ns = at_ns };
    size_t clock;
    MUST(find_clock(subject->procedure, step->at, &clock));
    struct procedure_outcome outcome = {
        .ruling = { .is_allowed = true }, .step = step, .before = subject->state, .at_ns = at_ns
    };
    struct text article = text_over(outcome.ruling.article, sizeof outcome.ruling.article);
    text_put_string(&article, guards_article(subject, step->article));
    subject->clocks[clock] = INT64_MAX;
    take(subject, &event, &outcome);
    *out = outcome;
    return true;
}

bool procedure_tell(struct procedure_case *subject, const char *notice, int64_t now_ns)
{
    for (size_t i = 0; i < subject->duty_count; i++) {
        struct procedure_duty *duty = &subject->duties[i];
        if (!duty->is_met && guards_is_same(duty->notice->id, notice)) {
            duty->is_met = true;
            duty->met_ns = now_ns;
            return true;
        }
    }
    return false;
}

size_t procedure_overdue(const struct procedure_case *subject, int64_t now_ns)
{
    size_t count = 0;
    for (size_t i = 0; i < subject->duty_count; i++)
        count += !subject->duties[i].is_met && subject->duties[i].due_ns < now_ns;
    return count;
}

static void set_string(struct entry *entry, enum entry_field field, const char *string)
{
    if (string && string[0] != '\0')
        entry_set_text(entry, field, bytes_of_string(string));
}

struct entry procedure_entry(const struct procedure_case *subject,
                             const struct procedure_event *event,
                             const struct procedure_outcome *outcome)
{
    const struct procedure_state *states = subject->procedure->states;
    struct entry entry = entry_begin(ENTRY_PROCEDURE_STEP, outcome->at_ns);
    const char *name = event ? event->name : NULL;
    set_string(&entry, ENTRY_EVENT, outcome->step ? outcome->step->event : name);
    set_string(&entry, ENTRY_PROCEDURE, subject->procedure->id);
    set_string(&entry, ENTRY_STATE, states[outcome->after].id);
    set_string(&entry, ENTRY_STATE_BEFORE, states[outcome->before].id);
    set_string(&entry, ENTRY_SUBJECT, subject->subject);
    set_string(&entry, ENTRY_BASIS, subject->basis ? subject->basis->id : NULL);
    set_string(&entry, ENTRY_ARTICLE, outcome->ruling.article);
    set_string(&entry, ENTRY_VERDICT, outcome->ruling.is_allowed ? "allowed" : "refused");
    set_string(&entry, ENTRY_REASON, outcome->ruling.words);
    set_string(&entry, ENTRY_ACTOR, event ? event->actor : PROCEDURE_MACHINE);
    set_string(&entry, ENTRY_ROLE, event ? event->role : PROCEDURE_MACHINE);
    return entry;
}
