// SPDX-License-Identifier: Apache-2.0
/* Votes on a step: who has one, what they come to.  A vote binds the digest of what was voted
 * on: when that changes, it is void.  Nobody tells the engine how a vote went: it counts.
 * Pure; whose signature is under a vote is checked before it comes here. */
#pragma once

#include "procedure/procedure.h"

enum { PROCEDURE_DIGEST_OCTETS = 32 };

enum procedure_vote_kind { PROCEDURE_APPROVE, PROCEDURE_REFUSE, PROCEDURE_ABSTAIN };

/* Somebody who holds the role that votes. */
struct procedure_seat {
    const char *person;
    bool is_chair;
    bool is_deputy;  /* in the chair while the chair is away or has no vote */
    bool is_away;    /* cannot take part: does not count for what could still be reached */
    bool is_recused; /* has said that there is a conflict of interest, or it was found */
};

struct procedure_vote {
    char person[PROCEDURE_PERSON_MAX];
    enum procedure_vote_kind kind;
    bool has_reason;
    uint8_t digest[PROCEDURE_DIGEST_OCTETS]; /* of what was voted on */
    int64_t at_ns;
};

struct procedure_ballot {
    const struct procedure_step *step;
    uint8_t digest[PROCEDURE_DIGEST_OCTETS]; /* of what is to be decided now */
    size_t seat_count, vote_count;
    struct procedure_seat seats[PROCEDURE_SEATS_MAX];
    struct procedure_vote votes[PROCEDURE_SEATS_MAX];
    bool is_closed; /* by the chair: who has not voted takes no part */
};

enum procedure_result {
    PROCEDURE_OPEN,
    PROCEDURE_CARRIED,
    PROCEDURE_LOST,
    PROCEDURE_NO_QUORUM /* and it cannot be reached */
};

struct procedure_tally {
    enum procedure_result result;
    unsigned seats; /* that have a vote */
    unsigned ayes, noes, abstentions;
    unsigned missing; /* have not voted, or for something else than is decided now */
    unsigned quorum;  /* needed */
    bool has_quorum;  /* so many took part, the chair among them */
    bool has_reasons; /* each vote has one */
    bool is_by_chair; /* a tie that the chair broke */
};

/* Why that seat has no vote; both texts NULL where it has one. */
struct law_text procedure_excluded(const struct procedure_case *subject,
                                   const struct procedure_votes *votes,
                                   const struct procedure_seat *seat);
/* Takes a vote, or the change of one, into the ballot.  Refused: nobody with a seat, no vote,
 * voted on something else, decided already. */
struct law_ruling procedure_vote(const struct procedure_case *subject,
                                 struct procedure_ballot *ballot,
                                 const struct procedure_vote *vote);
/* What it has come to.  Carried or lost before everybody voted only where nothing that is still
 * missing could change it. */
struct procedure_tally procedure_tally(const struct procedure_case *subject,
                                       const struct procedure_ballot *ballot);
/* The step that may be taken now, of the ballot's or the one for when it is lost; NULL: none.
 */
const struct procedure_step *procedure_decided(const struct procedure_case *subject,
                                               const struct procedure_ballot *ballot);
const char *procedure_result_name(enum procedure_result result);
