// SPDX-License-Identifier: Apache-2.0
/* Whom a command is told to trust. */
#pragma once

#include "base/error.h"
#include "proof/note.h"

/* NAME+ID+KEY, or a file whose first line is that. */
MUST_CHECK bool public_key_read(const char *text, struct note_key *out, struct error *err);
