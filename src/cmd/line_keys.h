// SPDX-License-Identifier: Apache-2.0
/* The keys of lines' pseudonyms: another for each law, basis and kind of pseudonym, so that one
 * line has pseudonyms under two bases that nobody can hold together (art. 24(4)).
 *
 * One's own and those of exercises come of the installation's secret.  Under a statutory basis
 * the key is made anew when a sensor begins, stays in its memory, and is written only sealed to
 * the overseer: whoever runs the sensor cannot go back from a pseudonym, and the overseer can
 * (docs/keys.md, `sekisho key unseal`). */
#pragma once

#include "keys/keys.h"
#include "minimise/minimise.h"

struct line_domain {
    const char *law, *basis; /* identifiers */
    enum pseudonym_kind kind;
};

enum { LINE_SECRET_OCTETS = 32 };

void line_key_derive(const uint8_t secret[LINE_SECRET_OCTETS], const struct line_domain *domain,
                     uint8_t out[MINIMISE_KEY_BYTES]);

enum { LINE_SEALED_PATH_MAX = 4096 };

/* A new key, and the file below folder in which it is sealed. */
struct line_sealing {
    struct line_domain domain;
    const struct note_key *overseer;
    const char *folder;
    int64_t now_ns;
};
MUST_CHECK bool line_key_make(const struct line_sealing *sealing,
                              uint8_t out[MINIMISE_KEY_BYTES], char path[LINE_SEALED_PATH_MAX],
                              struct error *err);
/* What such a file holds, by the overseer's key. */
MUST_CHECK bool line_key_unseal(const char *path, const struct key *overseer,
                                uint8_t out[MINIMISE_KEY_BYTES], struct error *err);
