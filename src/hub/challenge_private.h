// SPDX-License-Identifier: Apache-2.0
/* What was asked of a browser and waits for its answer: passkeys, invitations, a journey to an
 * identity provider.  Each stands for a short time and once. */
#pragma once

#include "hub/asking_private.h"

enum { CHALLENGE_S = 300, CHALLENGE_SUBJECT_MAX = 1024, CHALLENGE_ID_MAX = 64 };

struct challenge {
    bool is_found;  /* false: none, of another purpose, used or too old */
    int64_t person; /* 0: not known yet */
    char subject[CHALLENGE_SUBJECT_MAX];
    uint8_t octets[PASSKEY_CHALLENGE_OCTETS];
};

/* octets NULL: drawn by chance. */
struct challenge_new {
    const char *purpose, *subject;
    int64_t person;
    const uint8_t *octets;
    int64_t seconds; /* it stands; 0: CHALLENGE_S */
};
MUST_CHECK bool challenge_make(struct asking *asking, const struct challenge_new *what,
                               char id[CHALLENGE_ID_MAX],
                               uint8_t octets[PASSKEY_CHALLENGE_OCTETS], struct error *err);
/* Takes it away. */
MUST_CHECK bool challenge_use(struct asking *asking, const char *purpose, const char *id,
                              struct challenge *out, struct error *err);

/* base64url of the octets, for WebAuthn's options. */
json_t *base64url_json(struct bytes octets);
/* The challenge of a credential's clientDataJSON, as it was sent: how it is found again. */
bool credential_challenge(const json_t *credential, char id[CHALLENGE_ID_MAX]);
struct passkey_place challenge_place(const struct hub *hub);

/* One passkey of somebody by its credential; id 0 where there is none. */
struct kept_passkey {
    int64_t id, person;
    struct passkey passkey;
};
MUST_CHECK bool passkey_find(struct asking *asking, const json_t *credential,
                             struct kept_passkey *out, struct error *err);
/* [{"type":"public-key","id":...}] of that person. */
json_t *passkey_allowed(struct asking *asking, int64_t person, struct error *err);
/* Its sign count goes forward. */
MUST_CHECK bool passkey_note_use(struct change *change, const struct kept_passkey *kept,
                                 struct error *err);
