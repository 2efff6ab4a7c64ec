// SPDX-License-Identifier: Apache-2.0
/* The files of a log, below one open folder.  A file is there whole or not at all. */
#pragma once

#include "base/error.h"
#include "base/text.h"

/* Written beside, made durable, then renamed over what was there: when this returns true, the
 * file outlives a loss of power.  Makes the folders path lies in. */
MUST_CHECK bool files_write(int folder, const char *path, struct bytes octets,
                            struct error *err);

/* Makes durable what was made, renamed or removed in the folder at path. */
MUST_CHECK bool files_sync(int folder, const char *path, struct error *err);

enum files_state { FILES_READ, FILES_MISSING, FILES_FAILED };

/* What is longer than max is cut there, so give one octet more than is right. */
struct files_room {
    uint8_t *at;
    size_t max, len;
};
enum files_state files_read(int folder, const char *path, struct files_room *room,
                            struct error *err);
bool files_exist(int folder, const char *path);
/* With its folder, where that is empty then.  Of what is not there, nothing is said. */
void files_remove(int folder, const char *path);
/* The folders a path lies in, where they are empty. */
void files_prune(int folder, const char *path);
