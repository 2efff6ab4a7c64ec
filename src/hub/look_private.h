// SPDX-License-Identifier: Apache-2.0
/* Looking at what the law asks an account of: who may, and that it was done (LC-14, LC-22). */
#pragma once

#include "hub/compartment_private.h"

struct look {
    const char *action;  /* "read", "export" */
    const char *kind;    /* of what was looked at: "flow", "ledger" ... */
    const char *subject; /* what was asked for; "": everything */
    int64_t records;     /* so many were shown; -1: not counted */
};
/* An entry of it, with the role by whose row of the matrix it was allowed. */
MUST_CHECK bool look_log(struct asking *asking, const struct look *look, struct error *err);
/* May the asker look as an overseer does?  Else refused, or failed (*is_failed). */
MUST_CHECK bool look_may(struct asking *asking, const char *kind, bool *is_failed,
                         struct error *err);
