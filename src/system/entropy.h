// SPDX-License-Identifier: Apache-2.0
/* Randomness for keys, from the kernel. */
#pragma once

#include "base/error.h"
#include "base/hash.h"

MUST_CHECK bool entropy_fill(void *out, size_t len, struct error *err);
MUST_CHECK bool entropy_hash_key(struct hash_key *out, struct error *err);
