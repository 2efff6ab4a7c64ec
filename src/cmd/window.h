// SPDX-License-Identifier: Apache-2.0
/* Windows of re-identification (art. 24(2), (3)): one for each order, a file in
 * $XDG_STATE_HOME/sekisho/reidentification.  A window is over when its time is, whoever looks;
 * that it is, is written into the ledger by whoever comes first: a process that waits for it,
 * every command that asks for access (cmd/asking.h), every run when it starts
 * (cmd/erasing.h). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "proof/entry.h"

enum window_state { WINDOW_NEW, WINDOW_OPEN, WINDOW_CLOSED };

/* digest: of the order. */
MUST_CHECK bool window_find(const uint8_t digest[32], enum window_state *out,
                            struct error *err);
/* Opens a new one, with its entry in the ledger, or neither. */
MUST_CHECK bool window_open(const uint8_t digest[32], int64_t until_ns,
                            const struct entry *opened, struct error *err);
/* A process of its own that waits for the end of the window and closes it, so that nobody has
 * to come; it ends sooner when somebody did.  Where it dies, the next command closes. */
MUST_CHECK bool window_attend(const uint8_t digest[32], int64_t until_ns, struct error *err);
/* Before its time.  False with err->code 0 when it is not open. */
MUST_CHECK bool window_close(const uint8_t digest[32], int64_t now_ns, struct error *err);
/* All whose time is over. */
MUST_CHECK bool window_close_due(int64_t now_ns, struct error *err);
