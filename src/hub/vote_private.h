// SPDX-License-Identifier: Apache-2.0
/* Ballots: who has a seat, what was voted, and the step that follows when it is decided. */
#pragma once

#include "hub/record_private.h"

struct ballot_room {
    struct procedure_ballot ballot;
    struct asking_actor people[PROCEDURE_SEATS_MAX]; /* its names are these */
    int64_t ids[PROCEDURE_SEATS_MAX];
};
/* The ballot on the record's payload as it is now; step NULL: nothing is voted on. */
MUST_CHECK bool ballot_load(struct hub *hub, struct database *db, const struct record *record,
                            struct ballot_room *out, struct error *err);
/* Takes the step that the votes have come to, if they have. */
MUST_CHECK bool ballot_decide(struct change *change, struct record *record,
                              const struct procedure_ballot *ballot, struct law_ruling *ruling,
                              struct error *err);
