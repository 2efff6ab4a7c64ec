// SPDX-License-Identifier: Apache-2.0
/* Which files of logs there are, and in what order they are read: by folder and by the time of
 * rotation in their names; of one such group all together. */
#pragma once

#include "base/error.h"
#include "model/line.h"

struct lines_name {
    char *path; /* malloc'd */
    uint32_t group;
    bool is_connections; /* conn.log: facts are read ahead of it */
};

struct lines_names {
    struct lines_name names[LOG_FILES_MAX];
    size_t count;
};

/* Adds the paths, and of folders the logs in them; of those that are followed only what is
 * written now: not packed, and without a time of rotation in its name. */
MUST_CHECK bool lines_names_add(struct lines_names *names, const char *path, bool follow,
                                struct error *err);
/* Puts them in order and numbers the groups. */
void lines_names_order(struct lines_names *names, bool follow);
void lines_names_free(struct lines_names *names);
