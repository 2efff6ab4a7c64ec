// SPDX-License-Identifier: Apache-2.0
/* The warrant that the owner of a network gives himself, in one step and in memory: made,
 * signed and then granted by warrant_rule like every other.  What differs is who must sign. */
#pragma once

#include "warrant/warrant.h"

enum {
    OWN_SEED_OCTETS = 32,
    OWN_TEXT_MAX = 1 << 17, /* of the envelope */
    OWN_LISTS_MAX = 50      /* as many as the steps of one set of rules hold */
};

struct own_order {
    const struct law *law;
    const char *basis;             /* "own", "exercise": one signature of its approver */
    const char *name;              /* of the key, and of who issues */
    uint8_t seed[OWN_SEED_OCTETS]; /* of the key: derived from the installation's secret */
    const char *const *lists;      /* names of lists of indicators; behaviours always count */
    size_t list_count;
    unsigned keep_days; /* 0: 30 */
    int64_t now_ns;     /* the period begins at its whole second */
    int64_t to_ns;      /* and ends then at the latest; 0: as late as law and language allow */
};

struct own_warrant {
    struct granted_warrant granted;
    struct trust trust; /* one key: what verifies it, for whoever checks later */
    size_t envelope_len;
    char envelope[OWN_TEXT_MAX];
};

/* False with the article where the law says no; with "LC-00" where the order is at fault. */
MUST_CHECK bool warrant_make_own(const struct own_order *order, struct own_warrant *out,
                                 struct law_ruling *ruling);
