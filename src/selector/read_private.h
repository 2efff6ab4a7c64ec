// SPDX-License-Identifier: Apache-2.0
/* The reader: a token ahead, the first fault stops it. */
#pragma once

#include "selector/refuse_private.h"

struct reader {
    struct lexer lexer;
    struct token token; /* that stands here */
    struct selector *out;
    struct selector_error *err;
};

void reader_next(struct reader *reader);
bool reader_is(const struct reader *reader, enum word word);
/* Over the word if it stands here. */
bool reader_skip(struct reader *reader, enum word word);
bool reader_is_sign(const struct reader *reader, char sign);
/* All false: the refusal at the token that stands here. */
bool reader_refuse(struct reader *reader, enum refusal refusal, const char *what,
                   const char *what_ja);
/* What was expected instead: says of content, patterns and addresses that they are such. */
bool reader_expected(struct reader *reader, const char *what, const char *what_ja);
MUST_CHECK bool reader_take(struct reader *reader, enum word word);
MUST_CHECK bool reader_string(struct reader *reader, size_t max, char *out, const char *what,
                              const char *what_ja);
MUST_CHECK bool reader_number(struct reader *reader, uint64_t min, uint64_t max, uint64_t *out,
                              const char *what, const char *what_ja);

/* From after `when` to before `then`. */
MUST_CHECK bool condition_read(struct reader *reader);
MUST_CHECK bool test_read(struct reader *reader, struct node *out);
