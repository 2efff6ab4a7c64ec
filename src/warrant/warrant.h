// SPDX-License-Identifier: Apache-2.0
/* A warrant: what may be selected, under which basis, where, and how long, signed by those who
 * must approve it.  It is a DSSE envelope (secure-systems-lab/dsse, protocol 1.0) over a JSON
 * payload of type WARRANT_PAYLOAD_TYPE; signatures are Ed25519 over its pre-authentication
 * encoding, or assertions of passkeys whose challenge is SHA-256 of it.  A warrant is nothing
 * until warrant_rule said yes: only what comes out of that, a granted_warrant, is compiled into
 * rules and given to a sensor (tools/check-state). */
#pragma once

#include "base/error.h"
#include "model/rule.h"
#include "proof/note.h"
#include "statute/statute.h"
#include "warrant/webauthn.h"

#define WARRANT_PAYLOAD_TYPE "application/vnd.sekisho.warrant+json"
#define REVOCATION_PAYLOAD_TYPE "application/vnd.sekisho.revocation+json"

/* Times lie in [1970, 2200): their sums and differences fit. */
#define WARRANT_TIME_END_NS (INT64_C(7258118400) * TIME_SECOND_NS)

enum {
    WARRANT_OCTETS_MAX = 1 << 20,
    WARRANT_SELECTORS_MAX = 24,
    WARRANT_SELECTOR_OCTETS_MAX = 16384,
    WARRANT_CONDITIONS_MAX = 16,
    WARRANT_CONDITION_MAX = 512,
    WARRANT_SIGNATURES_MAX = 16,
    WARRANT_EQUIPMENT_MAX = 64,
    WARRANT_ISSUER_MAX = 96,
    TRUST_KEYS_MAX = 64
};

/* Who is believed: keys with their roles, from trust.yaml.  Keys of one name are one person's.
 */
struct trust_key {
    struct note_key key; /* of a passkey its name only */
    struct webauthn_key passkey;
    struct webauthn_place place; /* where the passkey may have been used */
    char role[32];               /* id in the law's data: "commission", "owner" */
    int64_t from_ns, to_ns;      /* when it may sign, [from, to) */
};

struct trust {
    size_t count;
    struct trust_key keys[TRUST_KEYS_MAX];
};

MUST_CHECK bool trust_load(const char *path, struct trust *out, struct error *err);

struct envelope; /* warrant/envelope.h */
/* Is one of its signatures that key's, an Ed25519 key's or a passkey's, and does it verify? */
bool trust_key_has_signed(const struct trust_key *key, const struct envelope *envelope);

struct warrant_selector {
    char name[SELECTOR_NAME_MAX];
    char text[WARRANT_SELECTOR_OCTETS_MAX]; /* canonical form (selector/selector.h) */
};

struct warrant {
    char serial[WARRANT_SERIAL_MAX];
    char law[16]; /* id of the law's data */
    char basis[BASIS_NAME_MAX];
    char issuer[WARRANT_ISSUER_MAX];
    char extends[WARRANT_SERIAL_MAX]; /* the warrant whose period this one continues, or "" */
    uint32_t directions;
    char equipment[WARRANT_EQUIPMENT_MAX]; /* "" where the basis needs none */
    uint64_t capacity_bits_per_second;     /* of the equipment; 0 untold */
    unsigned share_permille;               /* cap on what of it is copied; 0: none */
    int64_t issued_ns, from_ns, to_ns;     /* period [from, to) */
    size_t condition_count;
    char conditions[WARRANT_CONDITIONS_MAX][WARRANT_CONDITION_MAX];
    size_t selector_count;
    struct warrant_selector selectors[WARRANT_SELECTORS_MAX];
    uint8_t digest[32]; /* SHA-256 of the payload's octets */
};

struct granted_warrant;

/* Where and when somebody wants to use it. */
struct warrant_place {
    const struct law *law;
    const struct trust *trust;
    const char *basis;     /* what the sensor works under; NULL: any */
    const char *equipment; /* what it is connected to; NULL: any */
    int64_t now_ns;
    /* What the warrant extends, once it was granted itself; NULL: not at hand, and an extension
     * is held to a first period, too. */
    const struct granted_warrant *earlier;
};

/* Takes the envelope apart and reads the payload; nothing is believed yet.  False with words
 * and offset where it is no envelope or no warrant. */
MUST_CHECK bool warrant_read(struct bytes envelope, struct warrant *out, struct error *err);
/* The payload as octets, to be signed; jansson, sorted, compact. */
MUST_CHECK bool warrant_write(const struct warrant *warrant, struct text *out,
                              struct error *err);

/* Signatures (so many of different keys of the approver's role, each valid when it was issued),
 * basis in force, period, direction, equipment, share, selectors (parse, kinds, scope): the
 * first that is wrong is told with its article.  The warrant may not have begun yet: see
 * granted_warrant.from_ns. */
struct granted_warrant {
    struct warrant warrant;
    enum basis basis;
    int64_t from_ns, to_ns;
    size_t signer_count;
    char signers[WARRANT_SIGNATURES_MAX][NOTE_NAME_MAX];
};
MUST_CHECK bool warrant_rule(struct bytes envelope, const struct warrant_place *place,
                             struct granted_warrant *out, struct law_ruling *ruling);

/* All that warrant_rule asks but signatures: of a draft. */
MUST_CHECK bool warrant_rule_draft(const struct warrant *warrant,
                                   const struct warrant_place *place,
                                   struct law_ruling *ruling);

/* Adds the rules of a granted warrant to a set; false when the set is full. */
MUST_CHECK bool warrant_compile(const struct granted_warrant *granted, struct rule_set *set,
                                struct error *err);

/* A revocation, signed by one key of the approver's role (or the issuer's own): which warrant
 * ends, and when.  It cannot be taken back. */
struct revocation {
    char serial[WARRANT_SERIAL_MAX];
    int64_t issued_ns; /* its key must have been valid then */
    int64_t at_ns;     /* nothing is selected from then on; past and future are allowed */
    char reason[256];
};
MUST_CHECK bool revocation_rule(struct bytes envelope, const struct warrant_place *place,
                                const struct warrant *of, struct revocation *out,
                                struct law_ruling *ruling);
/* The warrant ends at the revocation's time, if it has not ended before. */
void warrant_revoke(struct granted_warrant *granted, const struct revocation *revocation);
