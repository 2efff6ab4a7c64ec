// SPDX-License-Identifier: Apache-2.0
/* Authenticators made of a number, which sign what they are given. */
#pragma once

#include "warrant/envelope.h"
#include "warrant/warrant.h"

#define PASSKEY_RP_ID "hub.example.org"
#define PASSKEY_ORIGIN "https://hub.example.org"

/* What a browser and an authenticator are told to make, right or wrong. */
struct passkey_making {
    enum webauthn_algorithm algorithm;
    const char *type, *origin, *rp_id, *more; /* more: members behind, with a comma before */
    unsigned flags;
    size_t extension_octets;
};

extern const struct passkey_making passkey_good; /* ES256 */

void passkey_public(unsigned number, enum webauthn_algorithm algorithm,
                    struct webauthn_key *out);
void passkey_sign(unsigned number, const struct passkey_making *making,
                  const uint8_t challenge[WEBAUTHN_DIGEST_OCTETS],
                  struct webauthn_assertion *out);
/* Signs the envelope as that number. */
void passkey_assert(struct envelope *envelope, unsigned number,
                    const struct passkey_making *making);
/* Trusts ES256 key `number` of the person `name` for the role, all of 2026 to 2029. */
struct trust_key *passkey_trust(struct trust *trust, unsigned number, const char *name,
                                const char *role);
