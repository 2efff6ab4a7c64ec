// SPDX-License-Identifier: Apache-2.0
/* The warrant of a run of watch: the user makes it and signs it, in one step, and what is
 * selected is selected under it.  Where the run keeps anything, the installation's ledger says
 * so before the first frame is read, and says at the end what became of all that was. */
#pragma once

#include "cmd/watch_options.h"
#include "model/rule.h"
#include "pipeline/account.h"
#include "select/indicators.h"
#include "statute/statute.h"
#include "warrant/own.h"

struct watch_warrant {
    struct law law;
    struct own_warrant own;
    struct rule_set rules; /* of it */
    bool is_in_ledger;
};

/* Who signs it, and over which lists. */
struct watch_signer {
    const struct indicators *indicators; /* NULL: none */
    const uint8_t *seed;                 /* OWN_SEED_OCTETS, of the key */
    int64_t now_ns;
};

/* The lists of the indicators and all behaviours, under the basis of the options.  False with
 * the article where the law says no. */
MUST_CHECK bool watch_warrant_make(const struct watch_options *options,
                                   const struct watch_signer *signer, struct watch_warrant *out,
                                   struct error *err);
/* When it returns true it is durable that this run begins, and under what. */
MUST_CHECK bool watch_warrant_begin(struct watch_warrant *warrant, int64_t now_ns,
                                    struct error *err);
/* What was selected and what erased, and until when the former is kept at the latest. */
struct watch_outcome {
    int64_t begun_ns, ended_ns;
    int64_t retention_until_ns;
    bool is_done; /* read to the end, or as long as was wished */
};
MUST_CHECK bool watch_warrant_end(const struct watch_warrant *warrant,
                                  const struct selection_account *account,
                                  const struct watch_outcome *outcome, struct error *err);
/* For a person, one line: that it was made, and where it is written. */
void watch_warrant_tell(const struct watch_warrant *warrant, FILE *out);
