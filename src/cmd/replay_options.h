// SPDX-License-Identifier: Apache-2.0
/* The options of `sekisho replay`. */
#pragma once

#include "system/endpoint.h"

struct replay_options {
    const char *const *paths;
    size_t path_count;
    struct endpoint to;
    double records_a_second; /* one of these three is not 0, or none: as fast as possible */
    double datagrams_a_second;
    double speed;
    uint64_t loops; /* 0: for ever */
    size_t exporters;
    int64_t span_ns; /* 0: until the files end */
    const char *certificate;
    const char *key;
    const char *authority;
    bool may_leave_host;
    bool is_json;
};

enum { REPLAY_GO = -1 };

/* REPLAY_GO, or the exit code: the help was printed, or what is wrong said. */
MUST_CHECK int replay_options_read(int argc, char **argv, struct replay_options *out);
