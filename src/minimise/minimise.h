// SPDX-License-Identifier: Apache-2.0
/* Minimisation: of a selected flow, the fields on the allow-list, with pseudonyms for the lines
 * behind the border and a date after which it is erased.  Under basis own the owner sees their
 * own lines in clear.  Pseudonyms are keyed BLAKE2b (libsodium): the same line has the same one
 * under one key, and without the key nobody can go back or try addresses out.  Where prefixes
 * must be kept, and only there, they are Crypto-PAn. */
#pragma once

#include "base/arena.h"
#include "minimise/prefix.h"
#include "model/record.h"

enum { MINIMISE_KEY_BYTES = 32 };

/* Opaque ones tell no more than that two are the same line; see minimise/prefix.h for what the
 * others tell. */
enum pseudonym_kind { PSEUDONYM_OPAQUE, PSEUDONYM_PREFIX };

struct minimise_policy {
    enum pseudonym_kind pseudonyms;
    struct prefix_cipher *prefixes;  /* only with PSEUDONYM_PREFIX; keyed for this basis */
    uint8_t key[MINIMISE_KEY_BYTES]; /* a pseudonym domain: a key for each basis */
    bool lines_in_clear;
    /* Bits 1 << enum information_kind that the law does not let be recorded (art. 2(8)): only
     * other information can be left out; 0: nothing is. */
    uint32_t kinds_withheld;
    int64_t now_ns; /* of the selection */
    /* Kept so long where the selector says nothing, and in no case past the latest, which is
     * the law's; 0 and INT64_MAX where neither is said. */
    int64_t retention_span_ns;
    int64_t retention_latest_ns;
};

/* What a line with that address is called under that policy: to compare, when somebody may
 * (art. 24(2)). */
struct party minimise_pseudonym(const struct minimise_policy *policy,
                                const struct ip_address *address);
void minimise_flow(const struct minimise_policy *policy, const struct selected_flow *flow,
                   struct minimised_flow *out);
void minimise_sighting(const struct minimise_policy *policy,
                       const struct selected_sighting *sighting,
                       struct minimised_sighting *out);
