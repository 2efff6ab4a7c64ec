// SPDX-License-Identifier: Apache-2.0
/* People and organisations, and what of them stands in the ledger. */
#pragma once

#include "hub/asking_private.h"

asking_fn people_list, people_create, people_show, people_change, people_give_role,
    people_end_role, people_invite;
asking_fn organisations_list, organisations_create, organisations_show, organisations_change;
asking_fn me_passkeys, me_passkey_options, me_add_passkey, me_end_passkey, me_password,
    me_totp_begin, me_totp_confirm, me_tokens, me_add_token, me_end_token;

MUST_CHECK bool organisation_exists(struct asking *asking, int64_t id, bool *out,
                                    struct error *err);
extern const struct law_text organisation_unknown;
/* Is there such an organisation?  Else refused (400) naming the field, or failed. */
MUST_CHECK bool organisation_is_known(struct asking *asking, const char *field, int64_t id,
                                      bool *is_failed, struct error *err);

/* "person_changed": what happened to whom, by whoever makes the change. */
MUST_CHECK bool people_log(struct change *change, int64_t person, const char *event,
                           const char *reason, struct error *err);
/* With the document of what it is now. */
MUST_CHECK bool people_log_document(struct change *change, const char *subject,
                                    const char *event, const json_t *document,
                                    struct error *err);
/* Sets it and ends the person's other sessions. */
MUST_CHECK bool me_write_password(struct asking *asking, int64_t person, const char *password,
                                  struct error *err);
/* Refuses what is too short. */
MUST_CHECK bool me_password_is_good(struct asking *asking, const char *password);
