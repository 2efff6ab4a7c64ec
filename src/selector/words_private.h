// SPDX-License-Identifier: Apache-2.0
/* The words of the language, English and Japanese, and what is said to those who write others.
 */
#pragma once

#include "selector/terms_private.h"

enum word {
    WORD_NONE,
    WORD_SELECTOR,
    WORD_VERSION,
    WORD_PURPOSE,
    WORD_BASIS,
    WORD_OWNER,
    WORD_VALID,
    WORD_SCOPE,
    WORD_REVEALS,
    WORD_SAMPLING,
    WORD_NOTE,
    WORD_WHEN,
    WORD_THEN,
    WORD_RECORD,
    WORD_KEEP,
    WORD_LIMIT,
    WORD_TO,
    WORD_UP_TO,
    WORD_ANY_RATE,
    WORD_OWN_NETWORK,
    WORD_LINE,
    WORD_AND,
    WORD_OR,
    WORD_NOT,
    WORD_IN,
    WORD_NOT_IN, /* 含まれない */
    WORD_IS,
    WORD_LIST,
    WORD_BETWEEN,
    WORD_SCORE,
    WORD_DAYS,
    WORD_HOURS,
    WORD_MINUTES,
    WORD_SECONDS,
    WORD_MILLISECONDS,
    WORD_SERVERS,
    WORD_PER_DAY,
    WORD_PARTICLE, /* Japanese, without meaning of its own here */
    WORDS
};

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_SUBJECT,
    TOKEN_BEHAVIOUR,
    TOKEN_FIELD,
    TOKEN_DIRECTION,
    TOKEN_STRING,
    TOKEN_NUMBER,
    TOKEN_DATE,
    TOKEN_ZONE,
    TOKEN_RATIO, /* 1:100; number is the second */
    TOKEN_SIGN,  /* sign: ( ) , < > = and L for <=, G for >= */
    TOKEN_OTHER  /* whatever else stands there */
};

enum { TOKEN_TEXT_MAX = 192 };

struct token {
    enum token_kind kind;
    enum word word;
    unsigned what; /* of the table the kind names */
    char sign;
    uint64_t number;
    unsigned line, column;
    bool is_cut;               /* a string longer than any may be */
    char text[TOKEN_TEXT_MAX]; /* as it stands there, digits made narrow; of strings what is
                                  within the quotes */
};

struct lexer {
    struct bytes rest;
    unsigned line, column;
};

/* Text of which every character may be shown and none hides another. */
bool lexer_text_is_plain(struct bytes text, unsigned *line, unsigned *column);
struct lexer lexer_over(struct bytes text);
void lexer_next(struct lexer *lexer, struct token *out);

/* The longest word of any table that stands at the front of the text; 0 when none does.  Words
 * of Latin letters end where letters end. */
size_t words_find(struct bytes text, struct token *out);
/* A word of this table, for the writers; the first spelling. */
const char *words_spell(enum word word);
const char *words_spell_japanese(enum word word); /* the English one where there is none */
/* Value of a name of a field; false when it is none. */
bool words_find_value(enum rule_field field, const char *text, uint64_t *out);

/* Words people try for what cannot be asked. */
enum forbidden { FORBIDDEN_NONE, FORBIDDEN_CONTENT, FORBIDDEN_PATTERN, FORBIDDEN_ADDRESS };
/* Signs that stand for more than one text. */
bool words_have_pattern(const char *text);
enum forbidden words_find_forbidden(const struct token *token);
