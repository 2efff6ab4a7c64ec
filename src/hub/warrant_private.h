// SPDX-License-Identifier: Apache-2.0
/* A measure's warrant: made from the record's fields, signed by the votes that carried it, kept
 * for the sensors that ask. */
#pragma once

#include "hub/record_private.h"
#include "warrant/warrant.h"
#include "warrant/webauthn.h"

/* A revocation's serial is the warrant's with this behind it. */
#define WARRANT_REVOKED "-R"

/* Does a vote on this record sign a warrant? */
bool record_is_warrant(const struct record *record);
/* The payload; the caller's to free.  NULL: what is missing, err->code EINVAL. */
char *warrant_of_record(struct change *change, const struct record *record, struct error *err);
/* The record's ballot was carried: its votes become the signatures, and sensors may have it. */
MUST_CHECK bool warrant_issue(struct change *change, const struct record *record,
                              struct error *err);
/* An entry of that kind (accepted, ended) about the newest warrant of the record. */
MUST_CHECK bool warrant_log(struct change *change, const struct record *record,
                            const struct record_event *what, enum entry_kind kind,
                            struct error *err);
/* After a step: what sensors hold of a record that may no longer be acted on is taken back. */
MUST_CHECK bool warrants_revoke(struct change *change, const struct record *record,
                                struct error *err);
/* A passkey of the tables, as warrants know it. */
MUST_CHECK bool warrant_key_of(int64_t algorithm, struct bytes octets,
                               struct webauthn_key *out);
/* A vote's assertion, as the browser gave it. */
MUST_CHECK bool warrant_read_assertion(struct bytes text, struct webauthn_assertion *out);
struct envelope; /* warrant/envelope.h */
/* The signature of a row: assertion, algorithm and public key. */
MUST_CHECK bool warrant_add_vote(const struct database_rows *rows, struct envelope *envelope,
                                 struct error *err);
asking_fn warrants_list, warrants_show, warrants_envelope;
