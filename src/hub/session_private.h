// SPDX-License-Identifier: Apache-2.0
/* Sessions: see session.c. */
#pragma once

#include "hub/asking_private.h"

asking_fn session_show, session_by_password, session_end, session_change;
asking_fn session_passkey_options, session_by_passkey;
asking_fn session_oidc_start, session_oidc_back;
asking_fn setup_first;

struct kept_passkey; /* challenge_private.h */
/* Opens one for whoever proved to be that person, by that passkey where it is not NULL, and
 * sets its cookie. */
MUST_CHECK bool session_open(struct asking *asking, int64_t person, const char *strength,
                             const struct kept_passkey *used, struct error *err);
bool session_answer(struct asking *asking);
/* Refuses (429) who tried too often, by name and by address.  What may be tried has failed
 * until it is said to have succeeded. */
MUST_CHECK bool session_may_try(struct asking *asking, const char *name);
void session_succeeded(struct asking *asking, const char *name);
/* Around whatever hashes a password: refuses (503) where too many wait for that. */
MUST_CHECK bool session_check_begin(struct asking *asking);
void session_check_end(struct asking *asking);
