// SPDX-License-Identifier: Apache-2.0
/* Why a piece of input was refused: one short list for all decoders.  A fault is a statistic,
 * not an error: the caller counts it by module and reason and goes on.  Outputs are written
 * only with FAULT_NONE. */
#pragma once

enum fault {
    FAULT_NONE,
    FAULT_TRUNCATED,   /* ended early; with more bytes it might be good */
    FAULT_LENGTH,      /* a length field contradicts its surroundings */
    FAULT_VALUE,       /* a field holds what the standard forbids */
    FAULT_VERSION,     /* not a version we know */
    FAULT_UNSUPPORTED, /* well formed as far as we can see, but not for us */
    FAULT_LIMIT,       /* larger or deeper than our stated bounds */
    FAULT_CRYPTO,      /* does not authenticate */
    FAULT_KINDS
};

/* A lower-case word for counters: "truncated", "length" ... */
const char *fault_name(enum fault fault);
