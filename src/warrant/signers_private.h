// SPDX-License-Identifier: Apache-2.0
/* Who has signed an envelope, of those who are trusted with it. */
#pragma once

#include "warrant/envelope.h"
#include "warrant/warrant.h"

struct signers {
    const char *role;
    int64_t issued_ns; /* their keys must have been valid then */
    size_t count;
    char (*names)[NOTE_NAME_MAX]; /* WARRANT_SIGNATURES_MAX of them */
};

/* One key, or two of one person. */
bool signers_are_same(const struct trust_key *a, const struct trust_key *b);
/* Different people's keys of the role whose signatures verify.  Keys that are unknown, of
 * another role or not valid then are passed over; one key counts once, under however many
 * names, and so does one name, with however many keys. */
void signers_count(const struct envelope *envelope, const struct trust *trust,
                   struct signers *signers);
/* Are they as many as the basis wants? */
MUST_CHECK bool signers_rule(const struct signers *signers, const struct law_basis *basis,
                             struct law_ruling *ruling);
