// SPDX-License-Identifier: Apache-2.0
/* How soon who may try again to log in.  Failures are counted by person and address together,
 * and by address; beyond a few each doubles the wait.  Nobody waits for what others did from
 * elsewhere: nobody can lock out another.  Pure: the caller owns the table and its lock, folds
 * names, and knows the time. */
#pragma once

#include "base/hash.h"
#include "base/ip.h"

enum {
    ATTEMPTS_SETS = 4096, /* a power of two */
    ATTEMPTS_WAYS = 4,
    ATTEMPTS_FORGET_S = 24 * 3600, /* after the last failure */
};

struct attempts_row {
    uint64_t hash; /* keyed, of whom or whence; 0: free */
    int64_t last_s;
    uint32_t failures;
};

struct attempts {
    struct hash_key key;
    uint64_t refused, evicted; /* counted */
    struct attempts_row rows[ATTEMPTS_SETS][ATTEMPTS_WAYS];
};

struct attempt {
    struct bytes name; /* as it is looked up; whether there is such a person is no matter */
    struct ip_address from;
    int64_t now_s;
};

/* Clears the table; the key is the process's secret. */
void attempts_init(struct attempts *attempts, const struct hash_key *key);
/* True: may be tried now, and has failed until attempts_succeeded says otherwise, so that
 * nobody tries many at once.  False: in so many seconds. */
MUST_CHECK bool attempts_begin(struct attempts *attempts, const struct attempt *attempt,
                               uint32_t *wait_s);
/* Forgets what this person did wrong from this address, and takes this one attempt back. */
void attempts_succeeded(struct attempts *attempts, const struct attempt *attempt);
