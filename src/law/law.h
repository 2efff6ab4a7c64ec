// SPDX-License-Identifier: Apache-2.0
/* Reads the law's data: a folder of YAML files, one a country (docs/law.md).  All that the
 * program knows of any law comes through here; everything is checked, and what is wrong is told
 * with file and line. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "statute/statute.h"

/* What law_load takes of its arena at most. */
enum { LAW_MEMORY = 4 << 20, LAW_ROWS_MAX = 512, LAW_OCTETS_MAX = 512 << 10 };

#define LAW_DEFAULT "jp"

/* The folder of the law of that name: below $SEKISHO_LAW_DIR where that is set; else beside the
 * build tree this program lies in, or where it was installed. */
MUST_CHECK bool law_find_folder(const char *id, char *room, size_t room_len, struct error *err);
/* All of out lives in keep.  The digest is SHA-256 over the files: for each, in the order of
 * their names below the folder, the name, a NUL, the number of octets in decimal, a NUL, and
 * the octets. */
MUST_CHECK bool law_load(const char *folder, struct arena *keep, struct law *out,
                         struct error *err);
