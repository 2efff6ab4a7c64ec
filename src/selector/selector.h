// SPDX-License-Identifier: Apache-2.0
/* The language in which selectors are written, read aloud and approved (docs/selectors.md):
 * text to a tree and back.  Every text has one canonical form, whose SHA-256 is the selector's
 * identity; keywords are English or Japanese, and the canonical form is English.  The language
 * has no word for content, no address, no pattern: lists are named, not written out.  Pure. */
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "model/rule.h"

enum { SELECTOR_TEXT_MAX = 16384, SELECTOR_WORDS_MAX = 512 };

/* Where the reader stopped, for a person: "line 4, column 12: expected a duration". */
struct selector_error {
    unsigned line, column; /* from 1; columns in characters */
    char words[SELECTOR_WORDS_MAX];
    char words_ja[SELECTOR_WORDS_MAX];
    char article[32]; /* where the law refuses it; else empty */
};

struct selector; /* lives in the arena it was read into */

size_t selector_size(void); /* octets of arena that any selector fits */
MUST_CHECK const struct selector *selector_read(struct bytes text, struct arena *keep,
                                                struct selector_error *err);
void selector_write(const struct selector *selector, struct text *out); /* canonical */
/* In plain sentences. */
void selector_tell(const struct selector *selector, bool in_japanese, struct text *out);

/* What a basis asks of a condition; from struct law_basis. */
struct selector_demand {
    const char *basis;
    const char *article;
    unsigned items;              /* in every alternative */
    uint32_t item_kinds;         /* that count */
    unsigned kinds;              /* different ones; 0: any */
    uint32_t directions;         /* that the scope may ask for */
    bool lines_hidden;           /* no line may be told in clear */
    const char *const *purposes; /* NULL: any */
    size_t purpose_count;
};
/* Legal and static checks: kinds in every alternative, an indicator or behaviour in every
 * alternative, validity, limit, scope, thresholds below the sampling floor. */
MUST_CHECK bool selector_check(const struct selector *selector,
                               const struct selector_demand *demand,
                               struct selector_error *err);

/* What is known of it before it runs. */
struct selector_cost {
    unsigned alternatives;
    unsigned items_min;     /* pieces in the alternative with the fewest */
    uint32_t kinds;         /* bits: of all */
    unsigned lookups;       /* a flow */
    unsigned tests_max;     /* of a flow that something named */
    uint64_t memory_octets; /* of behaviours' statistics, of 1 GiB */
    bool can_reveal_line;
    uint32_t servers_per_day_max;
};
void selector_measure(const struct selector *selector, struct selector_cost *out);

/* Appends it to a set as one rule with the mandate's names; false when the set is full. */
MUST_CHECK bool selector_compile(const struct selector *selector, const struct rule *head,
                                 struct rule_set *set);
const char *selector_name(const struct selector *selector);
void selector_digest(const struct selector *selector, uint8_t out[32]);
