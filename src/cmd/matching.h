// SPDX-License-Identifier: Apache-2.0
/* The matching of pseudonyms with candidate addresses, within an order's window: what matches
 * is shown and kept nowhere.  The key of the pseudonyms is in memory without core dumps, and
 * wiped. */
#pragma once

#include "cmd/asking.h"
#include "warrant/order.h"

struct matching_call {
    const struct order *order;
    const struct asked *asked; /* the grant to re-identify */
    const char *store;         /* for the lines of a finding */
    const char *candidates;    /* a file: addresses and prefixes, one a line */
    const char *pseudonym_key; /* a file of 64 hexadecimal digits, where the key is not derived
                                  from the installation's secret: statutory bases */
    bool json;
};

/* Shows on standard output; ends with an error when the window closed meanwhile. */
MUST_CHECK bool matching_run(const struct matching_call *call, struct error *err);
