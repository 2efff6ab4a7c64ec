// SPDX-License-Identifier: Apache-2.0
/* What a procedure says is there: states, clocks, roles, notices, fields, other procedures. */
#include "law/law.h"
#include "law/procedures_private.h"

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0)
            return true;
    }
    return false;
}

static bool is_state(const struct procedure *procedure, const char *id)
{
    size_t state;
    return procedure_find_state(procedure, id, &state);
}

/* A step, while it is checked. */
struct checking {
    const struct reading *reading;
    const struct procedure *procedure;
    const struct procedure_step *step;
    struct reading_row where;
};

static bool refuse(const struct checking *checking, const char *words, const char *what)
{
    return reading_refuse(checking->reading, &checking->where, words, what);
}

static bool check_clock(const struct checking *checking, const char *clock)
{
    return !clock ||
           is_one_of(clock, checking->procedure->clocks, checking->procedure->clock_count) ||
           refuse(checking, "clocks: has no", clock);
}

static bool check_role(const struct checking *checking, const char *role)
{
    bool is_approver = role && strcmp(role, PROCEDURE_APPROVER) == 0;
    if (is_approver && checking->procedure->basis_count == 0)
        return refuse(checking, "without bases there is no", role);
    return !role || is_approver || strcmp(role, "*") == 0 ||
           law_find_role(checking->reading->law, role) ||
           refuse(checking, "roles.yaml has no", role);
}

static bool check_states(const struct checking *checking)
{
    const struct procedure_step *step = checking->step;
    for (size_t i = 0; i < step->from_count; i++) {
        size_t state;
        if (strcmp(step->from[i], "*") == 0)
            continue;
        if (!procedure_find_state(checking->procedure, step->from[i], &state))
            return refuse(checking, "states: has no", step->from[i]);
        if (checking->procedure->states[state].is_end)
            return refuse(checking, "nothing leads on from an end:", step->from[i]);
    }
    if (step->from_count == 0)
        return refuse(checking, "a step needs from:", "");
    return strcmp(step->to, "same") == 0 || strcmp(step->to, "previous") == 0 ||
           is_state(checking->procedure, step->to) ||
           refuse(checking, "states: has no", step->to);
}

static bool is_of_vote(const char *fact)
{
    static const char *const facts[] = { "quorum", "majority", "ayes", "signers", "reasons" };
    return is_one_of(fact, facts, sizeof facts / sizeof *facts);
}

/* A fact that nobody can tell never holds: each is a field, or comes of the vote. */
static bool check_fact(const struct checking *checking, const char *fact)
{
    return !fact || procedure_find_field(checking->procedure, fact) ||
           (checking->step->votes && is_of_vote(fact)) ||
           refuse(checking, "fields: has no", fact);
}

static bool is_event(const struct procedure *procedure, const char *event)
{
    for (size_t i = 0; i < procedure->step_count; i++) {
        if (strcmp(procedure->steps[i].event, event) == 0)
            return true;
    }
    return false;
}

static bool check_events(const struct checking *checking, const char *const *events,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(events[i], PROCEDURE_BEGIN) != 0 && strcmp(events[i], PROCEDURE_EDIT) != 0 &&
            !is_event(checking->procedure, events[i]))
            return refuse(checking, "steps: has no event", events[i]);
    }
    return true;
}

static bool check_votes(const struct checking *checking)
{
    const struct procedure_votes *votes = checking->step->votes;
    if (!votes)
        return true;
    if (votes->seats < 1 || votes->seats > PROCEDURE_SEATS_MAX || votes->quorum < 1 ||
        votes->quorum > votes->seats || votes->ayes > votes->seats)
        return refuse(checking, "votes: seats are from 1 to 16, quorum and ayes no more", "");
    if (votes->is_by_one && (votes->quorum > 1 || votes->ayes > 1 || votes->chair))
        return refuse(checking, "votes: by one, there is neither quorum nor chair", "");
    if (votes->chair_breaks_ties && !votes->chair)
        return refuse(checking, "votes: nobody is in the chair to break ties", "");
    if (strcmp(checking->step->role, votes->role) != 0)
        return refuse(checking, "votes: the step's role is whose votes they are:", votes->role);
    if (checking->step->second_role || checking->step->not_by_count > 0)
        return refuse(checking, "votes: who voted is all that is asked", "");
    return (!votes->lost || is_event(checking->procedure, votes->lost) ||
            refuse(checking, "steps: has no event", votes->lost)) &&
           check_role(checking, votes->role) && check_role(checking, votes->chair) &&
           check_role(checking, votes->deputy) &&
           check_events(checking, votes->excludes, votes->exclude_count);
}

static bool check_duties(const struct checking *checking)
{
    const struct law *law = checking->reading->law;
    for (size_t i = 0; i < checking->step->duty_count; i++) {
        const struct law_notice *duty = &checking->step->duties[i];
        if (!check_role(checking, duty->from) || !check_role(checking, duty->to))
            return false;
        if (!law_find_time_word(law, duty->time_word))
            return refuse(checking, "time.yaml has no", duty->time_word);
        if (procedure_find_notice(law, checking->procedure, duty->id) != duty)
            return refuse(checking, "there is already a duty with the id", duty->id);
    }
    return true;
}

static bool check_echoes(const struct checking *checking)
{
    for (size_t i = 0; i < checking->step->echo_count; i++) {
        const struct procedure_field *field =
            procedure_find_field(checking->procedure, checking->step->echoes[i].field);
        if (!field || field->kind != PROCEDURE_RECORD || field->is_told)
            return refuse(checking, "on_records: no field of a record is called",
                          checking->step->echoes[i].field);
    }
    return true;
}

static bool check_guards(const struct checking *checking)
{
    for (size_t i = 0; i < checking->step->guard_count; i++) {
        const struct procedure_guard *guard = &checking->step->guards[i];
        if (!check_clock(checking, guard->before) || !check_clock(checking, guard->after))
            return false;
        if (guard->told &&
            !procedure_find_notice(checking->reading->law, checking->procedure, guard->told))
            return refuse(checking, "notices.yaml has no", guard->told);
        if (guard->under && !is_one_of(guard->under, checking->procedure->bases,
                                       checking->procedure->basis_count))
            return refuse(checking, "bases: has no", guard->under);
        if (!check_fact(checking, guard->fact) || !check_fact(checking, guard->when))
            return false;
        if (!guard->fact && !guard->told && !guard->before && !guard->after)
            return refuse(checking, "a guard asks for fact, told, before or after", "");
    }
    return true;
}

static bool check_sets(const struct checking *checking)
{
    for (size_t i = 0; i < checking->step->set_count; i++) {
        const struct procedure_set *set = &checking->step->sets[i];
        if (!check_clock(checking, set->clock) || !check_fact(checking, set->fact))
            return false;
        if (set->word && !law_find_time_word(checking->reading->law, set->word))
            return refuse(checking, "time.yaml has no", set->word);
        if ((set->word != NULL) + (set->fact != NULL) + set->clear > 1)
            return refuse(checking, "a clock is set to one thing: fact, word or clear", "");
    }
    return true;
}

static bool check_other_roles(const struct checking *checking)
{
    for (size_t i = 0; i < checking->step->other_role_count; i++) {
        if (!check_role(checking, checking->step->other_roles[i]))
            return false;
    }
    return true;
}

static bool is_of_basis(const char *article)
{
    return article && article[0] == '{';
}

/* Where a case may be of no basis, nothing may be asked of one. */
static bool check_basis(const struct checking *checking)
{
    const struct procedure_step *step = checking->step;
    bool asks = step->rules != 0 || is_of_basis(step->article);
    for (size_t i = 0; i < step->guard_count; i++)
        asks |= is_of_basis(step->guards[i].article);
    return !asks || checking->procedure->basis_count > 0 ||
           refuse(checking, "a procedure without bases: asks nothing of one", "");
}

static bool check_step(const struct checking *checking)
{
    const struct procedure_step *step = checking->step;
    if (!step->at && !step->role)
        return refuse(checking, "a step needs role:, or at: a clock", "");
    if (step->at && (step->role || step->second_role || step->guard_count > 0 || step->rules ||
                     step->votes || step->not_by_count > 0 || step->other_role_count > 0))
        return refuse(checking, "a step that takes itself asks nobody and nothing", "");
    return check_states(checking) && check_role(checking, step->role) &&
           check_role(checking, step->second_role) && check_clock(checking, step->at) &&
           check_other_roles(checking) && check_basis(checking) && check_guards(checking) &&
           check_sets(checking) && check_votes(checking) && check_duties(checking) &&
           check_events(checking, step->not_by, step->not_by_count) && check_echoes(checking);
}

static bool is_event_or_begin(const struct procedure *procedure, const char *event)
{
    return is_event(procedure, event) || strcmp(event, PROCEDURE_BEGIN) == 0;
}

static const char *find_field_fault(const struct procedure *procedure,
                                    const struct procedure_field *field, const char **what)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    *what = field->id;
    if (field->id[0] == '\0' || strspn(field->id, letters) < strlen(field->id))
        return "a field's id is of small letters, digits and _, not";
    if (procedure_find_field(procedure, field->id) != field)
        return "there is already a field with the id";
    if ((field->kind == PROCEDURE_CHOICE) != (field->choice_count > 0))
        return "choices: belong to a field of type choice, and it to them:";
    if (field->at_least > field->at_most)
        return "at_least is more than at_most in";
    if (field->procedure && field->kind != PROCEDURE_RECORD)
        return "only a record is of a procedure:";
    for (size_t i = 0; i < field->required_count; i++) {
        *what = field->required_at[i];
        if (!is_event_or_begin(procedure, field->required_at[i]))
            return "required_at: there is no event";
    }
    return NULL;
}

static bool check_fields(const struct reading *reading, const char *name,
                         const struct procedure *procedure)
{
    bool votes = false;
    for (size_t i = 0; i < procedure->step_count; i++)
        votes |= procedure->steps[i].votes != NULL;
    for (size_t i = 0; i < procedure->field_count; i++) {
        const struct procedure_field *field = &procedure->fields[i];
        const struct reading_row top = { name, 0, "fields:" };
        const char *what, *fault = find_field_fault(procedure, field, &what);
        if (field->handling && !law_find_handling(reading->law, field->handling))
            return reading_refuse(reading, &top, "handling.yaml has no", field->handling);
        if (fault)
            return reading_refuse(reading, &top, fault, what);
        if (votes && !field->is_told && is_of_vote(field->id))
            return reading_refuse(reading, &top, "the vote says, and no field:", field->id);
    }
    return true;
}

static bool check_prefix(const struct reading *reading, const char *name,
                         const struct procedure *procedure)
{
    const char *prefix = procedure->prefix;
    enum { PREFIX_LETTERS_MAX = 4 };
    return !prefix ||
           (strlen(prefix) <= PREFIX_LETTERS_MAX &&
            strspn(prefix, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(prefix)) ||
           reading_refuse(reading, &(struct reading_row){ name, 0, "prefix:" },
                          "a prefix is of one to four capital letters, not", prefix);
}

bool procedures_check(const struct reading *reading, const char *name,
                      const struct procedure *procedure)
{
    struct reading_row top = { name, 0, "bases:" };
    if (procedure->state_count == 0)
        return reading_refuse(reading, &top, "a procedure needs states:", "");
    for (size_t i = 0; i < procedure->basis_count; i++) {
        if (!law_find_basis(reading->law, bytes_of_string(procedure->bases[i])))
            return reading_refuse(reading, &top, "bases.yaml has no", procedure->bases[i]);
    }
    for (size_t i = 0; i < procedure->step_count; i++) {
        const struct checking checking = { .reading = reading,
                                           .procedure = procedure,
                                           .step = &procedure->steps[i],
                                           .where = { name, i, "- event:" } };
        if (!check_step(&checking))
            return false;
    }
    return check_fields(reading, name, procedure) && check_prefix(reading, name, procedure);
}

/* Two versions are never in force on one day; one prefix is of one procedure. */
static const char *find_conflict(const struct procedure *one, const struct procedure *other)
{
    bool is_same = strcmp(one->id, other->id) == 0;
    if (is_same && one->version == other->version)
        return "there is already a procedure with the id";
    if (is_same && one->force.from_ns < other->force.to_ns &&
        other->force.from_ns < one->force.to_ns)
        return "two versions are in force at once of";
    if (!is_same && one->prefix && other->prefix && strcmp(one->prefix, other->prefix) == 0)
        return "another procedure has the prefix of";
    return NULL;
}

static bool check_echo(const struct reading *reading, const struct procedure *procedure,
                       const struct procedure_echo *echo, const struct reading_row *where)
{
    const struct law *law = reading->law;
    const char *named = procedure_find_field(procedure, echo->field)->procedure;
    for (size_t i = 0; i < law->procedure_count; i++) {
        const struct procedure *other = &law->procedures[i];
        if ((!named || strcmp(named, other->id) == 0) && is_event(other, echo->event))
            return true;
    }
    return reading_refuse(reading, where, "on_records: no such procedure has the event",
                          echo->event);
}

static bool check_records(const struct reading *reading, const char *name,
                          const struct procedure *procedure)
{
    const struct law *law = reading->law;
    for (size_t i = 0; i < procedure->field_count; i++) {
        const char *named = procedure->fields[i].procedure;
        if (named && !procedure_find(law->procedures, law->procedure_count, named))
            return reading_refuse(reading, &(struct reading_row){ name, 0, "fields:" },
                                  "procedures/ has no", named);
    }
    for (size_t i = 0; i < procedure->step_count; i++) {
        const struct procedure_step *step = &procedure->steps[i];
        const struct reading_row where = { name, i, "- event:" };
        for (size_t j = 0; j < step->echo_count; j++) {
            if (!check_echo(reading, procedure, &step->echoes[j], &where))
                return false;
        }
    }
    return true;
}

bool procedures_check_together(const struct reading *reading, const char *name,
                               const struct procedure *procedure)
{
    const struct law *law = reading->law;
    for (const struct procedure *other = law->procedures; other < procedure; other++) {
        const char *conflict = find_conflict(other, procedure);
        if (conflict)
            return reading_refuse(reading, &(struct reading_row){ name, 0, "id:" }, conflict,
                                  procedure->id);
    }
    return check_records(reading, name, procedure);
}
