// SPDX-License-Identifier: Apache-2.0
/* From a cookie, a token or a client's certificate to who asks, with all roles as they are now:
 * what has run out in between no longer counts. */
#pragma once

#include "hub/asking_private.h"

#define SESSION_COOKIE "__Host-sekisho"
#define SESSION_COOKIE_PLAIN "sekisho" /* without TLS browsers refuse the first */

enum {
    SESSION_IDLE_S = 30 * 60,
    SESSION_MAX_S = 12 * 3600,
    SESSIONS_MAX = 32,  /* of one person: the longest unused ends */
    SESSION_SEEN_S = 60 /* how often it is noted that a session goes on */
};

MUST_CHECK bool who_is_person(struct asking *asking, bool *is_known, struct error *err);
MUST_CHECK bool who_is_sensor(struct asking *asking, bool *is_known, struct error *err);
/* Whoever asked before, as he may now: not known where he signed out, or his token ended. */
MUST_CHECK bool who_again(struct asking *asking, bool *is_known, struct error *err);
/* Fills actor and person of asking. */
MUST_CHECK bool who_load(struct asking *asking, int64_t person, bool *is_known,
                         struct error *err);
/* seen.c: that the asker's session goes on; at most once a SESSION_SEEN_S. */
void seen_note(struct asking *asking);
const char *session_cookie(const struct asking *asking);
