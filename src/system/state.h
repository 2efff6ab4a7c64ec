// SPDX-License-Identifier: Apache-2.0
/* Where a user's state lives, after the XDG Base Directory specification. */
#pragma once

#include <stddef.h>

#include "base/error.h"

/* $XDG_STATE_HOME/sekisho/NAME, or ~/.local/state/sekisho/NAME, with its NUL. */
MUST_CHECK bool state_path(const char *name, char *room, size_t room_len, struct error *err);
