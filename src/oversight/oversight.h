// SPDX-License-Identifier: Apache-2.0
/* The overseer's questions, asked of a ledger from its first entry to its last: was each
 * selection covered by a warrant, was each duty to tell met in time, was all erased that had to
 * be?  Entries are taken one by one and law is data; what is followed has bounds, and to reach
 * one is a finding itself, so silence never means that nobody looked.  Pure.
 *
 * The entries are taken as they are: that they are those that were logged is shown by
 * ledger/audit.h, that a warrant is genuine by warrant/warrant.h. */
#pragma once

#include "base/arena.h"
#include "proof/entry.h"
#include "statute/statute.h"

enum {
    OVERSIGHT_WARRANTS_MAX = 4096,
    OVERSIGHT_DUTIES_MAX = 32768, /* not yet met at one time */
    OVERSIGHT_TERMS_MAX = 32768,  /* of retention, running at one time */
    OVERSIGHT_WINDOWS_MAX = 1024, /* of re-identification, open at one time */
    OVERSIGHT_SUSPENDED_MAX = 1024,
    OVERSIGHT_GENERATIONS_MAX = 4096,
    OVERSIGHT_WORDS_MAX = 512,
    OVERSIGHT_MEMORY = 16 << 20 /* what oversight_new takes of its arena at most */
};

struct oversight_finding {
    const char *id; /* "selection_outside_period" */
    bool is_wrong;  /* else a note for whoever looks */
    uint64_t entry; /* its number in the log */
    char article[LAW_ARTICLE_MAX];
    char words[OVERSIGHT_WORDS_MAX];
    char words_ja[OVERSIGHT_WORDS_MAX];
};

typedef void oversight_tell_fn(void *context, const struct oversight_finding *finding);

struct oversight;

/* Findings are told as they are made, in the order of the log; those of what was never done
 * come at the end.  law must stay. */
struct oversight *oversight_new(const struct law *law, oversight_tell_fn *tell, void *context,
                                struct arena *keep);
/* In the order of the log, none left out. */
void oversight_take(struct oversight *oversight, uint64_t number, const struct entry *entry);
/* What had to be done by then, and is in no entry. */
void oversight_end(struct oversight *oversight, int64_t as_of_ns);
