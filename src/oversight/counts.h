// SPDX-License-Identifier: Apache-2.0
/* The numbers of the public report, from entries of the ledger alone (LC-18).  Which numbers,
 * by which article, is the law's data; beside them what was done under each basis.  Pure. */
#pragma once

#include "base/arena.h"
#include "proof/entry.h"
#include "statute/statute.h"

/* What was done under one basis. */
struct counts_of_basis {
    uint64_t batches, examined, selected, erased;
    uint64_t accepted, refused, revoked;     /* warrants */
    uint64_t access_allowed, access_refused; /* reads */
    uint64_t windows, provisions, erasures;  /* re-identification opened; handed on */
};

struct counts {
    const struct law *law;
    int64_t from_ns, to_ns; /* entries of [from, to) count */
    uint64_t entries;
    uint64_t *numbers;             /* one for each of law->counts */
    struct counts_of_basis *bases; /* one for each of law->bases */
};

struct counts *counts_new(const struct law *law, int64_t from_ns, int64_t to_ns,
                          struct arena *keep);
void counts_take(struct counts *counts, const struct entry *entry);
/* The year that begins in that month (1: the calendar's) of the law's time zone. */
void counts_year(const struct law *law, int64_t year, unsigned first_month, int64_t *from_ns,
                 int64_t *to_ns);
