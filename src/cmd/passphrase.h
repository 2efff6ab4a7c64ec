// SPDX-License-Identifier: Apache-2.0
/* Where commands have passphrases and PINs from: a file, the credential sekisho-passphrase of
 * systemd, or the terminal, without echo.  Never from an argument or the environment, which
 * others can read. */
#pragma once

#include <stddef.h>

#include "base/error.h"

struct passphrase {
    const char *file; /* NULL: the credential, else the terminal */
    struct error err; /* why there was none */
};

/* A key_ask_fn (keys/keys.h); context is a struct passphrase. */
int passphrase_ask(void *context, const char *what, char *room, size_t max);
/* The same for a new one, which a terminal is asked for twice; at least one character. */
MUST_CHECK bool passphrase_choose(struct passphrase *passphrase, const char *what, char *room,
                                  size_t max);
