// SPDX-License-Identifier: Apache-2.0
/* The account of a selection, as the ledger and the overseer want it: of so many flows that
 * came in, so many were selected, and the others were given up for these reasons and erased. */
#pragma once

#include "model/summary.h"

struct selection_account {
    uint64_t examined; /* selected and erased together */
    uint64_t selected;
    uint64_t erased;
    /* Of those erased: */
    uint64_t without_warrant; /* came while none was in force */
    uint64_t other_direction; /* not one the basis covers, or not of one's own network */
    uint64_t domestic;        /* domestic on both sides */
    uint64_t unknown_side;
    uint64_t unmatched;     /* admitted, and selected by nothing */
    uint64_t octets_copied; /* of frames let through; not of flows that came as flows */
};

/* Flows, with each slice of a long one counted. */
struct selection_account selection_account_of(const struct summary *summary);
/* What was added since an earlier account of the same run. */
struct selection_account selection_account_since(const struct selection_account *now,
                                                 const struct selection_account *before);
