// SPDX-License-Identifier: Apache-2.0
/* sekisho key passkey: the public half of a passkey as trust.yaml has it. */
#pragma once

#include "base/error.h"
#include "warrant/webauthn.h"

struct passkey_entry {
    const char *name, *rp_id, *role;
    size_t origin_count;
    const char *origins[WEBAUTHN_ORIGINS_MAX];
};

/* From a file: PEM, base64 of DER, or as it is written in trust.yaml. */
MUST_CHECK bool passkey_entry_print(const struct passkey_entry *entry, const char *path,
                                    bool as_json, struct error *err);
