// SPDX-License-Identifier: Apache-2.0
/* sekisho indicators: what its verbs share. */
#pragma once

#include <jansson.h>

#include "cmd/passphrase.h"
#include "generation/build.h"

enum { INDICATORS_PATHS_MAX = 256 };

struct indicators_call {
    const char *verb;
    const char *paths[INDICATORS_PATHS_MAX];
    size_t path_count;
    const char *revoked[INDICATORS_PATHS_MAX];
    size_t revoked_count;
    const char *output, *key, *second_key, *previous, *over, *overlay, *popular, *own;
    struct note_key trusted[GENERATION_SIGNERS_MAX];
    size_t trusted_count;
    uint64_t number;
    int64_t at_ns, valid_for_ns; /* INT64_MIN, INT64_MAX: not said */
    bool leaves_out, json, quiet;
    struct passphrase passphrase;
};

int indicators_build(struct indicators_call *call);
int indicators_show(const struct indicators_call *call, bool is_check);
int indicators_match_input(const struct indicators_call *call);

/* Of both reports. */
json_t *indicators_header_json(const struct generation *header);
void indicators_print_header(const struct generation *header);
json_t *indicators_exceptions_json(uint32_t exceptions);
void indicators_print_exceptions(uint32_t exceptions);
MUST_CHECK bool indicators_print_json(json_t *json);
void indicators_print_clean(const char *words, FILE *out);
