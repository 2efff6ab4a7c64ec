// SPDX-License-Identifier: Apache-2.0
#include "procedure/vote.h"

#include <stdio.h>

#include "check.h"

#define ALWAYS               \
    {                        \
        INT64_MIN, INT64_MAX \
    }
#define SAY(words)   \
    {                \
        words, words \
    }

static const struct law law = { .access_article = "26(1)" };
static const char *const here[] = { "submitted" };
static const char *const draft[] = { "draft" };
static const char *const who_submitted[] = { "submit" };

/* Five seats, chair and two for a quorum, the chair breaks ties. */
static const struct procedure_votes votes = {
    .role = "commission",
    .seats = 5,
    .quorum = 3,
    .chair = "chair",
    .chair_breaks_ties = true,
    .excludes = who_submitted,
    .exclude_count = 1,
    .article = "53",
    .lost = "refuse",
};
static const struct procedure_guard reasons[] = {
    { .fact = "reasons", .at_least = INT64_MIN, .at_most = INT64_MAX, .words = SAY("reasons") },
    { .fact = "quorum", .at_least = 3, .at_most = 5, .words = SAY("quorum") },
};
static const struct procedure_step steps[] = {
    { .event = "submit",
      .from = draft,
      .from_count = 1,
      .to = "submitted",
      .role = "agency",
      .article = "18",
      .force = ALWAYS },
    { .event = "approve",
      .from = here,
      .from_count = 1,
      .to = "approved",
      .role = "commission",
      .article = "18",
      .force = ALWAYS,
      .votes = &votes,
      .guards = reasons,
      .guard_count = 2 },
    { .event = "refuse",
      .from = here,
      .from_count = 1,
      .to = "refused",
      .role = "commission",
      .article = "18",
      .force = ALWAYS,
      .votes = &votes,
      .is_lost = true },
};
static const struct procedure_state states[] = {
    { .id = "draft", .name = SAY("draft") },
    { .id = "submitted", .name = SAY("submitted") },
    { .id = "approved", .name = SAY("approved"), .is_end = true },
    { .id = "refused", .name = SAY("refused"), .is_end = true },
};
static const struct procedure measure = {
    .id = "measure", .states = states, .state_count = 4, .steps = steps, .step_count = 3
};

static struct procedure_case subject;
static struct procedure_ballot ballot;

static bool act(const char *event, const char *actor, const char *role)
{
    const struct procedure_fact told[] = { { "quorum", 5, NULL }, { "reasons", 1, NULL } };
    const struct procedure_event asked = { .name = event,
                                           .actor = actor,
                                           .role = role,
                                           .facts = told,
                                           .fact_count = 2,
                                           .ballot = ballot.step ? &ballot : NULL };
    return procedure_apply(&subject, &asked).ruling.is_allowed;
}

static void begin(void)
{
    static const char *const members[] = { "chair", "deputy", "c", "d", "e" };
    ballot = (struct procedure_ballot){ .step = NULL };
    check(procedure_begin(&law, &measure, NULL, "M-1", &subject));
    check(act("submit", "sato", "agency"));
    ballot.step = &steps[1];
    ballot.seat_count = 5;
    for (size_t i = 0; i < 5; i++)
        ballot.seats[i] = (struct procedure_seat){ .person = members[i],
                                                   .is_chair = i == 0,
                                                   .is_deputy = i == 1 };
}

static bool cast(const char *person, enum procedure_vote_kind kind)
{
    struct procedure_vote vote = { .kind = kind, .has_reason = true };
    (void)snprintf(vote.person, sizeof vote.person, "%s", person);
    memcpy(vote.digest, ballot.digest, sizeof vote.digest);
    return procedure_vote(&subject, &ballot, &vote).is_allowed;
}

static enum procedure_result result(void)
{
    return procedure_tally(&subject, &ballot).result;
}

static void three_of_five_with_the_chair_carry_it(void **state)
{
    (void)state;
    begin();
    check(cast("c", PROCEDURE_APPROVE) && cast("d", PROCEDURE_APPROVE));
    check(cast("e", PROCEDURE_APPROVE));
    check_equal(result(), PROCEDURE_OPEN); /* the chair takes no part yet */
    check(cast("chair", PROCEDURE_REFUSE));
    check_equal(result(), PROCEDURE_CARRIED);
    check(!act("refuse", PROCEDURE_MACHINE, PROCEDURE_MACHINE));
    check(act("approve", PROCEDURE_MACHINE, PROCEDURE_MACHINE));
}

static void nobody_takes_it_without_a_vote(void **state)
{
    (void)state;
    begin();
    check(!act("approve", "chair", "commission"));
    check(!act("approve", PROCEDURE_MACHINE, PROCEDURE_MACHINE));
    check(!act("refuse", PROCEDURE_MACHINE, PROCEDURE_MACHINE));
    ballot.step = NULL;
    check(!act("approve", PROCEDURE_MACHINE, PROCEDURE_MACHINE));
}

static void the_chair_breaks_a_tie(void **state)
{
    (void)state;
    for (int with = 0; with < 2; with++) {
        begin();
        enum procedure_vote_kind one = with ? PROCEDURE_APPROVE : PROCEDURE_REFUSE;
        enum procedure_vote_kind other = with ? PROCEDURE_REFUSE : PROCEDURE_APPROVE;
        check(cast("chair", one) && cast("c", one) && cast("d", other) && cast("e", other));
        check_equal(result(), PROCEDURE_OPEN); /* the fifth could still come */
        ballot.is_closed = true;
        check_equal(result(), with ? PROCEDURE_CARRIED : PROCEDURE_LOST);
        check_equal(procedure_tally(&subject, &ballot).is_by_chair, with);
        check(procedure_decided(&subject, &ballot) == &steps[with ? 1 : 2]);
        check(act(with ? "approve" : "refuse", PROCEDURE_MACHINE, PROCEDURE_MACHINE));
    }
}

static void who_abstains_takes_part(void **state)
{
    (void)state;
    begin();
    check(cast("chair", PROCEDURE_APPROVE) && cast("c", PROCEDURE_APPROVE));
    check(cast("d", PROCEDURE_ABSTAIN) && cast("e", PROCEDURE_ABSTAIN));
    ballot.is_closed = true;
    check_equal(result(), PROCEDURE_LOST); /* two of four are no majority */
}

static void too_few_are_no_quorum(void **state)
{
    (void)state;
    begin();
    check(cast("chair", PROCEDURE_APPROVE) && cast("c", PROCEDURE_APPROVE));
    ballot.is_closed = true;
    check_equal(result(), PROCEDURE_NO_QUORUM);
    check(!procedure_decided(&subject, &ballot));
    begin();
    for (size_t i = 2; i < 5; i++)
        ballot.seats[i].is_away = true;
    check_equal(result(), PROCEDURE_NO_QUORUM); /* and it cannot be reached */
}

static void a_vote_may_be_changed_until_it_is_decided(void **state)
{
    (void)state;
    begin();
    check(cast("chair", PROCEDURE_REFUSE) && cast("chair", PROCEDURE_APPROVE));
    check_equal(procedure_tally(&subject, &ballot).ayes, 1);
    check_equal(ballot.vote_count, 1);
    check(cast("c", PROCEDURE_APPROVE) && cast("d", PROCEDURE_APPROVE));
    check_equal(result(), PROCEDURE_CARRIED);
    check(!cast("d", PROCEDURE_REFUSE) && !cast("e", PROCEDURE_REFUSE));
}

static void what_changes_voids_the_votes(void **state)
{
    (void)state;
    begin();
    check(cast("chair", PROCEDURE_APPROVE) && cast("c", PROCEDURE_APPROVE));
    struct procedure_vote stale = { .person = "d" };
    ballot.digest[0] ^= 1;
    check_equal(procedure_tally(&subject, &ballot).ayes, 0);
    check(!procedure_vote(&subject, &ballot, &stale).is_allowed);
    check(cast("c", PROCEDURE_APPROVE));
    check_equal(procedure_tally(&subject, &ballot).ayes, 1);
}

static void conflicts_of_interest_have_no_vote(void **state)
{
    (void)state;
    begin();
    ballot.seats[2].person = "sato"; /* who submitted it */
    ballot.seats[3].is_recused = true;
    check(!cast("sato", PROCEDURE_APPROVE) && !cast("d", PROCEDURE_APPROVE));
    check(procedure_excluded(&subject, &votes, &ballot.seats[2]).en != NULL);
    check_equal(procedure_tally(&subject, &ballot).seats, 3);
    check(cast("chair", PROCEDURE_APPROVE) && cast("deputy", PROCEDURE_APPROVE));
    check_equal(result(), PROCEDURE_OPEN);
    check(cast("e", PROCEDURE_REFUSE));
    check_equal(result(), PROCEDURE_CARRIED);
}

static void the_deputy_is_in_the_chair_while_the_chair_cannot_be(void **state)
{
    (void)state;
    begin();
    ballot.seats[0].is_away = true;
    check(cast("c", PROCEDURE_APPROVE) && cast("d", PROCEDURE_REFUSE));
    check(cast("e", PROCEDURE_REFUSE));
    check_equal(result(), PROCEDURE_OPEN);
    check(cast("deputy", PROCEDURE_APPROVE));
    check_equal(result(), PROCEDURE_CARRIED); /* two to two, and the deputy is for it */
}

static void of_several_in_the_chair_one_who_votes_is(void **state)
{
    (void)state;
    begin();
    for (size_t i = 0; i < 5; i++)
        ballot.seats[i].is_chair = true; /* players of an exercise */
    check(cast("c", PROCEDURE_APPROVE) && cast("d", PROCEDURE_APPROVE));
    check(cast("e", PROCEDURE_APPROVE));
    check_equal(result(), PROCEDURE_CARRIED);
}

/* Whoever is forgotten could take the step that is not theirs. */
static void nobody_who_took_part_is_forgotten(void **state)
{
    (void)state;
    char name[8];
    begin();
    for (unsigned i = 1; i < PROCEDURE_PARTS_MAX; i++) {
        (void)snprintf(name, sizeof name, "p%u", i);
        check(procedure_took_part(&subject, "submit", name));
    }
    check(!procedure_took_part(&subject, "submit", "one too many"));
    check(procedure_took_part(&subject, "submit", "p1"));             /* known already */
    check(procedure_took_part(&subject, "another event", "anybody")); /* nobody asks */
    check(procedure_has_part(&subject, "submit", "sato"));
    check(!procedure_has_part(&subject, "another event", "anybody"));
}

static void somebody_else_or_twice_does_not_count(void **state)
{
    (void)state;
    begin();
    check(!cast("stranger", PROCEDURE_APPROVE));
    ballot.seats[4].person = "chair"; /* a second seat */
    check(cast("chair", PROCEDURE_APPROVE) && cast("c", PROCEDURE_APPROVE));
    check_equal(procedure_tally(&subject, &ballot).ayes, 2);
    check_equal(procedure_tally(&subject, &ballot).seats, 4);
    ballot.seat_count = 7;
    ballot.seats[5].person = "f";
    ballot.seats[6].person = "g";
    check_equal(result(), PROCEDURE_NO_QUORUM); /* more than there are seats */
}

static void votes_without_reasons_do_not_approve(void **state)
{
    (void)state;
    begin();
    check(cast("chair", PROCEDURE_APPROVE) && cast("c", PROCEDURE_APPROVE));
    ballot.votes[0].has_reason = false;
    check(cast("d", PROCEDURE_APPROVE));
    check_equal(result(), PROCEDURE_CARRIED);
    check(!act("approve", PROCEDURE_MACHINE, PROCEDURE_MACHINE)); /* though it was told */
}

/* Every way five people can vote: settled before the end is what it is at the end. */
static void what_is_settled_stays_so(void **state)
{
    (void)state;
    static const char *const order[] = { "chair", "c", "d", "e", "deputy" };
    for (unsigned way = 0; way < 4 * 4 * 4 * 4 * 4; way++) {
        enum procedure_result early = PROCEDURE_OPEN;
        begin();
        for (unsigned i = 0, rest = way; i < 5; i++, rest /= 4) {
            struct procedure_vote *vote = &ballot.votes[ballot.vote_count];
            if (rest % 4 == 3)
                continue; /* stays away */
            *vote = (struct procedure_vote){ .kind = (enum procedure_vote_kind)(rest % 4) };
            (void)snprintf(vote->person, sizeof vote->person, "%s", order[i]);
            ballot.vote_count++;
            if (early == PROCEDURE_OPEN)
                early = result();
        }
        ballot.is_closed = true;
        check(early == PROCEDURE_OPEN || early == result());
    }
}

TESTS(TEST(three_of_five_with_the_chair_carry_it), TEST(nobody_takes_it_without_a_vote),
      TEST(the_chair_breaks_a_tie), TEST(who_abstains_takes_part), TEST(too_few_are_no_quorum),
      TEST(a_vote_may_be_changed_until_it_is_decided), TEST(what_changes_voids_the_votes),
      TEST(conflicts_of_interest_have_no_vote),
      TEST(the_deputy_is_in_the_chair_while_the_chair_cannot_be),
      TEST(of_several_in_the_chair_one_who_votes_is), TEST(nobody_who_took_part_is_forgotten),
      TEST(somebody_else_or_twice_does_not_count), TEST(votes_without_reasons_do_not_approve),
      TEST(what_is_settled_stays_so))
