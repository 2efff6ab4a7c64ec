// SPDX-License-Identifier: Apache-2.0
/* The keys of one run: out of the installation's secret; without a place to keep one, or the
 * wish to, out of this run's own. */
#pragma once

#include "base/hash.h"
#include "cmd/watch_options.h"
#include "minimise/minimise.h"
#include "snapshot/snapshot.h"
#include "warrant/own.h"

struct watch_keys {
    struct hash_key tables;
    uint8_t pseudonyms[MINIMISE_KEY_BYTES];
    uint8_t warrant[OWN_SEED_OCTETS];   /* signs it */
    uint8_t state[SNAPSHOT_KEY_OCTETS]; /* seals what behaviours counted */
};

MUST_CHECK bool watch_keys_make(const struct watch_options *options, struct watch_keys *out,
                                struct error *err);
