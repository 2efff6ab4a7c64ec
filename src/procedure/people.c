// SPDX-License-Identifier: Apache-2.0
#include "procedure/people_private.h"

#include "base/must.h"
#include "procedure/guards_private.h"
#include "procedure/vote.h"

#define SAY(en, ja) ((struct law_text){ en, ja })

bool people_is_exercise(const struct procedure_case *subject)
{
    return subject->basis && subject->basis->kind == BASIS_EXERCISE;
}

const char *procedure_role(const struct procedure_case *subject, const char *word)
{
    return subject->basis && guards_is_same(word, PROCEDURE_APPROVER) ? subject->basis->approver
                                                                      : word;
}

bool procedure_is_role(const struct procedure_case *subject, const char *wanted,
                       const char *held)
{
    wanted = procedure_role(subject, wanted);
    if (guards_is_same(wanted, held))
        return true;
    const struct law_role *role =
        people_is_exercise(subject) && wanted ? law_find_role(subject->law, wanted) : NULL;
    return role && guards_is_same(role->played_by, held);
}

bool people_may(const struct procedure_case *subject, const struct procedure_step *step,
                const struct procedure_event *event)
{
    if (step->votes) /* it is counted, and nobody takes it */
        return guards_is_same(event->role, PROCEDURE_MACHINE);
    if (guards_is_same(step->role, "*") || procedure_is_role(subject, step->role, event->role))
        return true;
    for (size_t i = 0; i < step->other_role_count; i++) {
        if (procedure_is_role(subject, step->other_roles[i], event->role))
            return true;
    }
    return false;
}

bool procedure_has_part(const struct procedure_case *subject, const char *event,
                        const char *person)
{
    for (size_t i = 0; i < subject->part_count; i++) {
        if (guards_is_same(subject->parts[i].event, event) &&
            guards_is_same(subject->parts[i].person, person))
            return true;
    }
    return false;
}

/* The name in the law's data by which a later step asks who took that event; NULL: none does.
 */
static const char *find_asked(const struct procedure *procedure, const char *event)
{
    for (size_t i = 0; i < procedure->step_count; i++) {
        const struct procedure_step *step = &procedure->steps[i];
        for (size_t j = 0; j < step->not_by_count; j++) {
            if (guards_is_same(step->not_by[j], event))
                return step->not_by[j];
        }
        for (size_t j = 0; step->votes && j < step->votes->exclude_count; j++) {
            if (guards_is_same(step->votes->excludes[j], event))
                return step->votes->excludes[j];
        }
    }
    return NULL;
}

static bool is_person(const char *person)
{
    return person && person[0] != '\0' && strlen(person) < PROCEDURE_PERSON_MAX;
}

static bool has_room_for(const struct procedure_case *subject, const char *event,
                         const char *person, size_t more)
{
    return !find_asked(subject->procedure, event) ||
           procedure_has_part(subject, event, person) ||
           (is_person(person) && subject->part_count + more <= PROCEDURE_PARTS_MAX);
}

bool procedure_took_part(struct procedure_case *subject, const char *event, const char *person)
{
    const char *asked = find_asked(subject->procedure, event);
    if (!asked || procedure_has_part(subject, event, person))
        return true;
    if (!has_room_for(subject, event, person, 1))
        return false;
    struct procedure_part *part = &subject->parts[subject->part_count++];
    struct text name = text_over(part->person, sizeof part->person);
    part->event = asked;
    text_put_string(&name, person);
    return true;
}

void people_remember(struct procedure_case *subject, const struct procedure_step *step,
                     const struct procedure_event *event)
{
    if (step->votes)
        return; /* who voted is in the ballot */
    MUST(procedure_took_part(subject, step->event, event->actor));
    if (step->second_role)
        MUST(procedure_took_part(subject, step->event, event->second_actor));
}

static struct law_ruling ask_vote(const struct procedure_case *subject,
                                  const struct procedure_step *step,
                                  const struct procedure_event *event)
{
    const char *article =
        guards_article(subject, step->votes->article ? step->votes->article : step->article);
    if (!people_may(subject, step, event) || !event->ballot ||
        event->ballot->step->votes != step->votes)
        return guards_refuse(article, SAY("this is decided by a vote", "表決により決する"),
                             procedure_role(subject, step->votes->role));
    enum procedure_result result = procedure_tally(subject, event->ballot).result;
    if (result == (step->is_lost ? PROCEDURE_LOST : PROCEDURE_CARRIED))
        return guards_allow(article);
    return guards_refuse(article, SAY("the vote has not come to this", "表決の結果でない"),
                         procedure_result_name(result));
}

static bool took_before(const struct procedure_case *subject, const struct procedure_step *step,
                        const char *person)
{
    for (size_t i = 0; i < step->not_by_count; i++) {
        if (procedure_has_part(subject, step->not_by[i], person))
            return true;
    }
    return false;
}

static struct law_ruling ask_separation(const struct procedure_case *subject,
                                        const struct procedure_step *step,
                                        const struct procedure_event *event)
{
    const char *article = guards_article(subject, step->article);
    bool has_second = step->second_role && event->second_actor;
    if (took_before(subject, step, event->actor) ||
        (has_second && took_before(subject, step, event->second_actor)))
        return guards_refuse(article,
                             SAY("another person than before must take this step",
                                 "先の手続を行った者以外の者が行う"),
                             "");
    if (!has_room_for(subject, step->event, event->actor, step->second_role ? 2 : 1) ||
        (has_second && !has_room_for(subject, step->event, event->second_actor, 2)))
        return guards_refuse(
            article, SAY("too many people have taken part", "関与した者が多すぎる"), "");
    return guards_allow(article);
}

static struct law_text role_name(const struct procedure_case *subject, const char *id)
{
    const struct law_role *role = law_find_role(subject->law, id);
    return role ? role->name : (struct law_text){ id, id };
}

struct law_ruling people_ask(const struct procedure_case *subject,
                             const struct procedure_step *step,
                             const struct procedure_event *event, bool is_offer)
{
    const char *article = guards_article(subject, step->article);
    if (step->votes)
        return ask_vote(subject, step, event);
    if (!event->actor || event->actor[0] == '\0' || !people_may(subject, step, event))
        return guards_refuse_named(
            article, SAY("this step is for another role", "この手続は他の者が行う"),
            role_name(subject, procedure_role(subject, step->role)));
    if (step->second_role && !is_offer &&
        (!event->second_actor || event->second_actor[0] == '\0' ||
         !procedure_is_role(subject, step->second_role, event->second_role) ||
         guards_is_same(event->actor, event->second_actor)))
        return guards_refuse_named(article,
                                   SAY("another person must take part", "他の者の関与を要する"),
                                   role_name(subject, step->second_role));
    return ask_separation(subject, step, event);
}
