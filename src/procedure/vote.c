// SPDX-License-Identifier: Apache-2.0
#include "procedure/vote.h"

#include "base/must.h"
#include "procedure/guards_private.h"

#define SAY(en, ja) ((struct law_text){ en, ja })

static const struct procedure_vote *find_vote(const struct procedure_ballot *ballot,
                                              const char *person)
{
    for (size_t i = 0; i < ballot->vote_count; i++) {
        if (guards_is_same(ballot->votes[i].person, person))
            return &ballot->votes[i];
    }
    return NULL;
}

static bool is_of_this(const struct procedure_ballot *ballot, const struct procedure_vote *vote)
{
    return memcmp(vote->digest, ballot->digest, sizeof ballot->digest) == 0;
}

struct law_text procedure_excluded(const struct procedure_case *subject,
                                   const struct procedure_votes *votes,
                                   const struct procedure_seat *seat)
{
    if (seat->is_recused)
        return SAY("conflict of interest", "利益相反");
    for (size_t i = 0; i < votes->exclude_count; i++) {
        if (procedure_has_part(subject, votes->excludes[i], seat->person))
            return SAY("took part in what is voted on", "審議の対象に関与した");
    }
    return SAY(NULL, NULL);
}

/* Votes as they stand, and what the rest could still come to. */
struct count {
    const struct procedure_votes *rule;
    unsigned ayes, noes, abstentions, missing;
    bool has_chair; /* somebody with a vote is in the chair */
    bool has_voted; /* the chair */
    enum procedure_vote_kind chair;
};

/* Where several could be in the chair, as in an exercise, the first who has voted is. */
static bool is_before(const struct procedure_ballot *ballot, const struct procedure_seat *one,
                      const struct procedure_seat *other)
{
    return !other || (find_vote(ballot, one->person) && !find_vote(ballot, other->person));
}

static const struct procedure_seat *find_chair(const struct procedure_case *subject,
                                               const struct procedure_ballot *ballot)
{
    const struct procedure_seat *chair = NULL, *deputy = NULL;
    for (size_t i = 0; i < ballot->seat_count; i++) {
        const struct procedure_seat *seat = &ballot->seats[i];
        if (seat->is_away || procedure_excluded(subject, ballot->step->votes, seat).en)
            continue;
        if (seat->is_chair && is_before(ballot, seat, chair))
            chair = seat;
        if (seat->is_deputy && is_before(ballot, seat, deputy))
            deputy = seat;
    }
    return chair ? chair : deputy;
}

static void count_seat(const struct procedure_ballot *ballot, const struct procedure_seat *seat,
                       bool is_chair, struct count *count, struct procedure_tally *tally)
{
    const struct procedure_vote *vote = find_vote(ballot, seat->person);
    if (!vote || !is_of_this(ballot, vote)) {
        tally->missing++;
        count->missing += !seat->is_away;
        return;
    }
    count->ayes += vote->kind == PROCEDURE_APPROVE;
    count->noes += vote->kind == PROCEDURE_REFUSE;
    count->abstentions += vote->kind == PROCEDURE_ABSTAIN;
    tally->has_reasons &= vote->has_reason;
    if (is_chair) {
        count->has_voted = true;
        count->chair = vote->kind;
    }
}

static bool has_quorum(const struct count *count)
{
    return count->ayes + count->noes + count->abstentions >= count->rule->quorum &&
           (!count->rule->chair || count->has_voted);
}

static bool is_tie_for(const struct count *count)
{
    return count->rule->chair_breaks_ties && count->has_voted &&
           count->chair == PROCEDURE_APPROVE && count->ayes == count->noes;
}

static bool is_carried(const struct count *count)
{
    unsigned present = count->ayes + count->noes + count->abstentions;
    return count->ayes >= count->rule->ayes && (2 * count->ayes > present || is_tie_for(count));
}

/* Whatever those who are missing do, could it still be the other way? */
static bool is_settled(const struct count *count, bool is_carried_now)
{
    for (unsigned ayes = 0; ayes <= count->missing; ayes++) {
        for (unsigned noes = 0; ayes + noes <= count->missing; noes++) {
            for (unsigned rest = 0; ayes + noes + rest <= count->missing; rest++) {
                struct count sum = *count;
                sum.ayes += ayes;
                sum.noes += noes;
                sum.abstentions += rest;
                if (is_carried(&sum) != is_carried_now)
                    return false;
            }
        }
    }
    return true;
}

static enum procedure_result find_result(const struct count *count, bool is_closed)
{
    unsigned present = count->ayes + count->noes + count->abstentions;
    bool is_over = is_closed || count->missing == 0;
    bool can_have_quorum =
        present + (is_over ? 0 : count->missing) >= count->rule->quorum &&
        (!count->rule->chair || (is_over ? count->has_voted : count->has_chair));
    if (!can_have_quorum)
        return PROCEDURE_NO_QUORUM;
    bool is_carried_now = is_carried(count);
    if (count->rule->is_by_one && count->ayes > 0)
        return PROCEDURE_CARRIED;
    if (!is_over && (!has_quorum(count) || !is_settled(count, is_carried_now)))
        return PROCEDURE_OPEN;
    return is_carried_now ? PROCEDURE_CARRIED : PROCEDURE_LOST;
}

/* Of somebody with two seats, the first. */
static bool is_second(const struct procedure_ballot *ballot, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (guards_is_same(ballot->seats[i].person, ballot->seats[at].person))
            return true;
    }
    return false;
}

struct procedure_tally procedure_tally(const struct procedure_case *subject,
                                       const struct procedure_ballot *ballot)
{
    const struct procedure_votes *rule = ballot->step->votes;
    MUST(rule && ballot->seat_count <= PROCEDURE_SEATS_MAX);
    const struct procedure_seat *chair = find_chair(subject, ballot);
    struct procedure_tally tally = { .quorum = rule->quorum, .has_reasons = true };
    struct count count = { .rule = rule, .has_chair = chair };
    for (size_t i = 0; i < ballot->seat_count; i++) {
        const struct procedure_seat *seat = &ballot->seats[i];
        if (is_second(ballot, i) || procedure_excluded(subject, rule, seat).en)
            continue;
        tally.seats++;
        count_seat(ballot, seat, seat == chair, &count, &tally);
    }
    tally.ayes = count.ayes;
    tally.noes = count.noes;
    tally.abstentions = count.abstentions;
    tally.has_quorum = has_quorum(&count);
    /* More seats than the law has: whoever they are, they decide nothing. */
    tally.result = tally.seats > rule->seats ? PROCEDURE_NO_QUORUM
                                             : find_result(&count, ballot->is_closed);
    tally.is_by_chair = tally.result == PROCEDURE_CARRIED && is_tie_for(&count);
    return tally;
}

static struct law_ruling refuse(const struct procedure_case *subject,
                                const struct procedure_ballot *ballot, struct law_text words)
{
    return guards_refuse(guards_article(subject, ballot->step->article), words, "");
}

static const struct procedure_seat *find_seat(const struct procedure_ballot *ballot,
                                              const char *person)
{
    for (size_t i = 0; i < ballot->seat_count; i++) {
        if (guards_is_same(ballot->seats[i].person, person))
            return &ballot->seats[i];
    }
    return NULL;
}

static struct law_ruling ask_vote(const struct procedure_case *subject,
                                  const struct procedure_ballot *ballot,
                                  const struct procedure_vote *vote)
{
    const struct procedure_seat *seat = find_seat(ballot, vote->person);
    if (!procedure_starts_here(subject, ballot->step))
        return refuse(subject, ballot, SAY("nothing is voted on here", "表決の段階でない"));
    if (!seat)
        return refuse(subject, ballot, SAY("only who has a seat votes", "議席がない"));
    struct law_text why = procedure_excluded(subject, ballot->step->votes, seat);
    if (why.en)
        return refuse(subject, ballot, why);
    if (!is_of_this(ballot, vote))
        return refuse(subject, ballot,
                      SAY("what is voted on has changed", "表決の対象が変更されている"));
    if (procedure_tally(subject, ballot).result != PROCEDURE_OPEN)
        return refuse(subject, ballot, SAY("the vote is closed", "表決は終了している"));
    return guards_allow(guards_article(subject, ballot->step->article));
}

struct law_ruling procedure_vote(const struct procedure_case *subject,
                                 struct procedure_ballot *ballot,
                                 const struct procedure_vote *vote)
{
    struct law_ruling ruling = ask_vote(subject, ballot, vote);
    if (!ruling.is_allowed)
        return ruling;
    for (size_t i = 0; i < ballot->vote_count; i++) {
        if (guards_is_same(ballot->votes[i].person, vote->person)) {
            ballot->votes[i] = *vote;
            return ruling;
        }
    }
    if (ballot->vote_count == PROCEDURE_SEATS_MAX)
        return refuse(subject, ballot, SAY("there are too many votes", "票が多すぎる"));
    ballot->votes[ballot->vote_count++] = *vote;
    return ruling;
}

const struct procedure_step *procedure_decided(const struct procedure_case *subject,
                                               const struct procedure_ballot *ballot)
{
    enum procedure_result result = procedure_tally(subject, ballot).result;
    if (result == PROCEDURE_CARRIED)
        return ballot->step;
    for (size_t i = 0; result == PROCEDURE_LOST && i < subject->procedure->step_count; i++) {
        const struct procedure_step *step = &subject->procedure->steps[i];
        if (step->is_lost && step->votes == ballot->step->votes &&
            procedure_starts_here(subject, step))
            return step;
    }
    return NULL;
}

const char *procedure_result_name(enum procedure_result result)
{
    static const char *const names[] = { "open", "carried", "lost", "no_quorum" };
    return names[result];
}
