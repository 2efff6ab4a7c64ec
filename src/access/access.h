// SPDX-License-Identifier: Apache-2.0
/* Who may read what, and why: the one function that every read of the store goes through.  Its
 * answer is a grant, which only this module makes (tools/check-state) and without which the
 * store gives out nothing: rows, counts, history and exports alike.  Whoever asks writes the
 * answer into the ledger, yes or no.  Pure. */
#pragma once

#include "statute/statute.h"

enum { ACCESS_ACTOR_MAX = 64, ACCESS_WORD_MAX = 32 };

struct access_request {
    const char *actor;  /* a person's or a machine's name */
    const char *role;   /* ids of the law's data */
    const char *action; /* "read", "export" ... */
    const char *purpose;
    const char *basis; /* whose information is asked for; "*" for all that the role may */
    int64_t now_ns;
};

/* Yes: what may be read.  Holds until the end of the command that asked. */
struct access_grant {
    char actor[ACCESS_ACTOR_MAX];
    char role[ACCESS_WORD_MAX];
    char purpose[ACCESS_WORD_MAX];
    char basis[BASIS_NAME_MAX]; /* or "*" */
    bool lines_in_clear;
    int64_t now_ns;
};

MUST_CHECK bool access_decide(const struct law *law, const struct access_request *request,
                              struct access_grant *out, struct law_ruling *ruling);
