// SPDX-License-Identifier: Apache-2.0
/* The files of one law as octets: each is read once, so that what is hashed is what is used. */
#pragma once

#include "base/arena.h"
#include "base/error.h"

enum { SOURCES_MAX = 64, SOURCE_NAME_MAX = 64, SOURCE_PATH_MAX = 4096 + 80 };

struct source {
    char name[SOURCE_NAME_MAX]; /* below the folder: "bases.yaml" */
    struct bytes octets;
};

struct sources {
    const char *folder;
    size_t count;
    struct source files[SOURCES_MAX]; /* in the order of their names */
};

/* All files below folder whose names end in ".yaml", one level deep. */
MUST_CHECK bool sources_read(const char *folder, struct arena *keep, struct sources *out,
                             struct error *err);
/* NULL where there is none. */
const struct source *sources_find(const struct sources *sources, const char *name);
void sources_digest(const struct sources *sources, uint8_t out[32]);
/* For words: the whole path. */
const char *sources_path(const struct sources *sources, const char *name,
                         char room[SOURCE_PATH_MAX]);
