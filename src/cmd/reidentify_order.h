// SPDX-License-Identifier: Apache-2.0
/* What the verbs of `sekisho reidentify` share, and those that make orders. */
#pragma once

#include "cmd/asking.h"
#include "cmd/cmd.h"
#include "cmd/passphrase.h"
#include "warrant/order.h"

struct reidentify_call {
    struct asking asking;
    const char *number, *reason, *finding, *minutes, *output; /* draft */
    const char *key;                                          /* sign */
    struct passphrase passphrase;
    const char *trust, *candidates, *pseudonym_key; /* open */
    const char *const *words;                       /* what stands behind the options */
    size_t word_count;
    bool json;
};

/* A whole file of at most ORDER_OCTETS_MAX octets; lives until the next. */
MUST_CHECK bool reidentify_read_file(const char *path, struct bytes *out, struct error *err);
MUST_CHECK bool reidentify_draft(const struct reidentify_call *call, struct error *err);
MUST_CHECK bool reidentify_sign(struct reidentify_call *call, struct error *err);
