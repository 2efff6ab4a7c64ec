// SPDX-License-Identifier: Apache-2.0
/* Votes on a step: seats, votes, what they come to. */
#include <stdio.h>

#include "scenario.h"

static const struct procedure_step *find_voted(const struct scenario_case *subject,
                                               const char *event)
{
    const struct procedure *procedure = subject->subject.procedure;
    for (size_t i = 0; i < procedure->step_count; i++) {
        const struct procedure_step *step = &procedure->steps[i];
        if (is_word(step->event, event) && step->votes &&
            procedure_starts_here(&subject->subject, step))
            return step;
    }
    return NULL;
}

/* Of a step that is taken when the vote is lost, the one that is voted on. */
static const struct procedure_step *find_asked(const struct scenario_case *subject,
                                               const struct procedure_step *step)
{
    const struct procedure *procedure = subject->subject.procedure;
    for (size_t i = 0; step && step->is_lost && i < procedure->step_count; i++) {
        if (procedure->steps[i].votes == step->votes && !procedure->steps[i].is_lost)
            return &procedure->steps[i];
    }
    return step;
}

static bool open_ballot(struct run *run, struct scenario_case *subject, const char *event)
{
    const struct procedure_step *step = find_asked(subject, find_voted(subject, event));
    subject->ballot = (struct procedure_ballot){ .step = step };
    return step || fail(run, "nothing called %s is voted on here", event);
}

/* PERSON[:chair|:deputy|:away|:recused]... */
static bool read_seat(struct run *run, struct scenario_case *subject, char *word)
{
    struct procedure_ballot *ballot = &subject->ballot;
    if (ballot->seat_count == PROCEDURE_SEATS_MAX)
        return fail(run, "too many seats");
    struct procedure_seat *seat = &ballot->seats[ballot->seat_count++];
    for (char *colon = strrchr(word, ':'); colon; colon = strrchr(word, ':')) {
        *colon = '\0';
        seat->is_chair |= is_word(colon + 1, "chair");
        seat->is_deputy |= is_word(colon + 1, "deputy");
        seat->is_away |= is_word(colon + 1, "away");
        seat->is_recused |= is_word(colon + 1, "recused");
    }
    return keep_text(run, subject, word, &seat->person);
}

/* ballot NAME EVENT of SEAT... */
static bool take_ballot(struct run *run, const struct words *words)
{
    struct scenario_case *subject;
    if (!find_case(run, words->at[1], &subject) || !open_ballot(run, subject, words->at[2]))
        return false;
    if (!is_word(words->at[3], "of"))
        return fail(run, "who has a seat is told by: of SEAT...");
    for (size_t i = 4; i < words->count; i++) {
        if (!read_seat(run, subject, words->at[i]))
            return false;
    }
    return true;
}

static bool read_kind(struct run *run, const char *word, enum procedure_vote_kind *out)
{
    static const char *const names[] = { "approve", "refuse", "abstain" };
    for (unsigned i = 0; i <= PROCEDURE_ABSTAIN; i++) {
        if (is_word(names[i], word)) {
            *out = (enum procedure_vote_kind)i;
            return true;
        }
    }
    return fail(run, "a vote is approve, refuse or abstain, not \"%s\"", word);
}

static struct law_ruling put_vote(struct scenario_case *subject, const char *person,
                                  enum procedure_vote_kind kind, bool has_reason)
{
    struct procedure_vote vote = { .kind = kind, .has_reason = has_reason };
    (void)snprintf(vote.person, sizeof vote.person, "%s", person);
    memcpy(vote.digest, subject->ballot.digest, sizeof vote.digest);
    return procedure_vote(&subject->subject, &subject->ballot, &vote);
}

/* vote NAME KIND by PERSON [without-reason] [on-another] */
static bool take_vote(struct run *run, const struct words *words)
{
    struct scenario_case *subject;
    enum procedure_vote_kind kind;
    bool has_reason = true, is_of_another = false;
    if (!find_case(run, words->at[1], &subject) || !read_kind(run, words->at[2], &kind))
        return false;
    for (size_t i = 5; i < words->count; i++) {
        has_reason &= !is_word(words->at[i], "without-reason");
        is_of_another |= is_word(words->at[i], "on-another");
    }
    if (!subject->ballot.step)
        return fail(run, "there is no ballot");
    subject->ballot.digest[0] ^= is_of_another;
    struct procedure_vote vote = { .kind = kind, .has_reason = has_reason };
    (void)snprintf(vote.person, sizeof vote.person, "%s", words->at[4]);
    memcpy(vote.digest, subject->ballot.digest, sizeof vote.digest);
    subject->ballot.digest[0] ^= is_of_another;
    struct law_ruling ruling = procedure_vote(&subject->subject, &subject->ballot, &vote);
    answer(run, &ruling);
    return true;
}

/* changed NAME: what is voted on is another thing now */
static bool take_change(struct run *run, const struct words *words)
{
    struct scenario_case *subject;
    if (!find_case(run, words->at[1], &subject))
        return false;
    subject->ballot.digest[1]++;
    return true;
}

static bool take_closing(struct run *run, const struct words *words)
{
    struct scenario_case *subject;
    if (!find_case(run, words->at[1], &subject))
        return false;
    subject->ballot.is_closed = true;
    return true;
}

static bool take_counted(struct run *run, const struct words *words,
                         struct scenario_case *subject, const char *event)
{
    static struct scenario_event counted;
    counted.event = (struct procedure_event){ .name = event,
                                              .actor = PROCEDURE_MACHINE,
                                              .role = PROCEDURE_MACHINE,
                                              .facts = counted.facts,
                                              .values = counted.values,
                                              .value_count = subject->value_count,
                                              .ballot = &subject->ballot,
                                              .now_ns = run->now_ns };
    memcpy(counted.values, subject->values, sizeof counted.values);
    for (size_t i = 3; i < words->count; i++) {
        if (!add_fact(run, subject, words->at[i], &counted))
            return false;
    }
    return apply_event(run, subject, &counted);
}

/* count NAME EVENT [name=value]... */
static bool take_count(struct run *run, const struct words *words)
{
    struct scenario_case *subject;
    return find_case(run, words->at[1], &subject) &&
           take_counted(run, words, subject, words->at[2]);
}

/* Five members, the first in the chair, vote one after the other: yes, no, abstain. */
static bool vote_all(struct run *run, struct scenario_case *subject, const uint64_t counts[3],
                     bool has_reasons)
{
    static const char *const members[] = { "chair", "member-2", "member-3", "member-4",
                                           "member-5" };
    size_t next = 0;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        subject->ballot.seats[subject->ballot.seat_count++] =
            (struct procedure_seat){ .person = members[i], .is_chair = i == 0 };
    for (unsigned kind = 0; kind <= PROCEDURE_ABSTAIN; kind++) {
        for (uint64_t i = 0; i < counts[kind] && next < 5; i++) {
            /* A vote that comes when it is decided already counts for nothing. */
            (void)put_vote(subject, members[next++], (enum procedure_vote_kind)kind,
                           has_reasons);
        }
    }
    subject->ballot.is_closed = true;
    return next > 0 || fail(run, "nobody votes");
}

/* decide NAME EVENT ayes=N [noes=N] [abstentions=N] [without-reasons] [name=value]... */
static bool take_decision(struct run *run, const struct words *words)
{
    static const char *const names[] = { "ayes=", "noes=", "abstentions=" };
    struct scenario_case *subject;
    struct words rest = *words;
    uint64_t counts[3] = { 0 };
    bool has_reasons = true;
    if (!find_case(run, words->at[1], &subject) || !open_ballot(run, subject, words->at[2]))
        return false;
    rest.count = 3;
    for (size_t i = 3; i < words->count; i++) {
        size_t kind = 0;
        while (kind < 3 && strncmp(words->at[i], names[kind], strlen(names[kind])) != 0)
            kind++;
        if (is_word(words->at[i], "without-reasons"))
            has_reasons = false;
        else if (kind == 3)
            rest.at[rest.count++] = words->at[i];
        else if (!read_count(run, words->at[i] + strlen(names[kind]), &counts[kind]))
            return false;
    }
    return vote_all(run, subject, counts, has_reasons) &&
           take_counted(run, &rest, subject, words->at[2]);
}

const struct verb vote_verbs[] = {
    { "ballot", 5, SCENARIO_WORDS_MAX, take_ballot,
      "ballot NAME EVENT of PERSON[:chair][:deputy][:away][:recused]..." },
    { "vote", 5, 7, take_vote, "vote NAME KIND by PERSON [without-reason] [on-another]" },
    { "changed", 2, 2, take_change, "changed NAME" },
    { "close-ballot", 2, 2, take_closing, "close-ballot NAME" },
    { "count", 3, SCENARIO_WORDS_MAX, take_count, "count NAME EVENT [fact=value]..." },
    { "decide", 4, SCENARIO_WORDS_MAX, take_decision,
      "decide NAME EVENT ayes=N [noes=N] [abstentions=N] [without-reasons] [fact=value]..." },
    { NULL, 0, 0, NULL, NULL },
};

/* tally NAME RESULT */
static bool expect_tally(struct run *run, const struct words *words)
{
    struct scenario_case *subject;
    if (!find_case(run, words->at[1], &subject))
        return false;
    if (!subject->ballot.step)
        return fail(run, "there is no ballot");
    const char *result =
        procedure_result_name(procedure_tally(&subject->subject, &subject->ballot).result);
    return is_word(result, words->at[2]) || fail(run, "it is %s", result);
}

const struct verb vote_expectations[] = {
    { "tally", 3, 3, expect_tally, "tally NAME open|carried|lost|no_quorum" },
    { NULL, 0, 0, NULL, NULL },
};
