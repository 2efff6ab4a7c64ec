// SPDX-License-Identifier: Apache-2.0
/* Where a user's state lives, after the XDG Base Directory specification. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* $XDG_STATE_HOME/sekisho/NAME, or ~/.local/state/sekisho/NAME, with its NUL. */
MUST_CHECK bool state_path(const char *name, char *room, size_t room_len, struct error *err);

/* Makes the folders path lies in, with mode 0700. */
MUST_CHECK bool state_make_folders(const char *path, struct error *err);

enum { STATE_SECRET_OCTETS = 32 };

/* The secret of this installation: made at first use, then the same, so that two runs over one
 * input agree and a line keeps its pseudonym, while nobody outside can foresee a hash.  Kept in
 * the file `secret` (mode 0600) beside the other state. */
MUST_CHECK bool state_secret(uint8_t out[STATE_SECRET_OCTETS], struct error *err);
