// SPDX-License-Identifier: Apache-2.0
/* What a collector is begun with: its keys (cmd/line_keys.h), and what its basis may look at.
 */
#pragma once

#include "cmd/sensor_collector.h"
#include "proof/note.h"
#include "statute/statute.h"

struct sensor_keying {
    const struct sensor_config *config;
    const struct law *law;
    enum pseudonym_kind pseudonyms;
    int64_t now_ns;
};

/* Under a statutory basis the lines' key is new, and sealed to *overseer, who is read from the
 * configuration's file; else *overseer is left alone. */
MUST_CHECK bool sensor_keys_make(const struct sensor_keying *keying, struct sensor_keys *out,
                                 struct note_key *overseer, struct error *err);
/* That the lines' key is new, and who can open it. */
MUST_CHECK bool sensor_keys_enter(const struct sensor_config *config,
                                  const struct note_key *overseer, int64_t now_ns,
                                  struct error *err);
