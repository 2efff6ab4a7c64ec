// SPDX-License-Identifier: Apache-2.0
/* sekisho selector: what its verbs share. */
#pragma once

#include "cmd/language.h"
#include "cmd/selector_file.h"
#include "cmd/watch_options.h"

enum { SELECTOR_FILES_MAX = 256 };

struct selector_call {
    const char *verb;
    const char *law;
    const char *basis;    /* NULL: what holds of every selector */
    const char *lists;    /* dry-run: a folder */
    const char *selector; /* dry-run */
    const char *networks, *delegated, *mmdb, *country, *sampling;
    enum watch_read read;
    bool json;
    enum report_language language;
    const char *const *paths;
    size_t path_count;
};

int selector_dry_run(const struct selector_call *call);
