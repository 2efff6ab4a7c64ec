// SPDX-License-Identifier: Apache-2.0
/* One file of an export's votes: a DSSE envelope.  Who approves signs what is decided on
 * itself; who refuses or abstains signs a document that says so.  Nothing is believed here. */
#pragma once

#include "base/error.h"
#include "procedure/vote.h"
#include "warrant/envelope.h"

#define VOTE_PAYLOAD_TYPE "application/vnd.sekisho.vote+json"

enum { VOTE_FILE_NAME_MAX = 256 };

struct vote_file {
    char name[VOTE_FILE_NAME_MAX];
    uint8_t digest[PROCEDURE_DIGEST_OCTETS]; /* of what was voted on */
    enum procedure_vote_kind kind;
    struct envelope envelope; /* to be given back with envelope_done */
};

/* folder/record/name. */
MUST_CHECK bool vote_file_read(const char *folder, const char *record, const char *name,
                               struct vote_file *out, struct error *err);
