// SPDX-License-Identifier: Apache-2.0
#include "selector/read_private.h"

/* Particles say nothing to us: "相手先が" is "相手先". */
void reader_next(struct reader *reader)
{
    do {
        lexer_next(&reader->lexer, &reader->token);
    } while (reader_is(reader, WORD_PARTICLE));
}

bool reader_is(const struct reader *reader, enum word word)
{
    return reader->token.kind == TOKEN_WORD && reader->token.word == word;
}

bool reader_skip(struct reader *reader, enum word word)
{
    if (!reader_is(reader, word))
        return false;
    reader_next(reader);
    return true;
}

bool reader_is_sign(const struct reader *reader, char sign)
{
    return reader->token.kind == TOKEN_SIGN && reader->token.sign == sign;
}

bool reader_refuse(struct reader *reader, enum refusal refusal, const char *what,
                   const char *what_ja)
{
    const struct token *token = &reader->token;
    struct refusal_at at = { .line = token->line,
                             .column = token->column,
                             .found = token->text,
                             .what = what,
                             .what_ja = what_ja };
    if (token->kind == TOKEN_END)
        at.found = "the end of the text";
    return refuse(refusal, at, reader->err);
}

bool reader_expected(struct reader *reader, const char *what, const char *what_ja)
{
    static const enum refusal refusals[] = {
        [FORBIDDEN_NONE] = REFUSED_UNEXPECTED,
        [FORBIDDEN_CONTENT] = REFUSED_CONTENT,
        [FORBIDDEN_PATTERN] = REFUSED_PATTERN,
        [FORBIDDEN_ADDRESS] = REFUSED_WRITTEN_OUT,
    };
    return reader_refuse(reader, refusals[words_find_forbidden(&reader->token)], what, what_ja);
}

bool reader_take(struct reader *reader, enum word word)
{
    char room[64];
    struct text what = text_over(room, sizeof room);
    text_format(&what, "`%s`", words_spell(word));
    return reader_skip(reader, word) ||
           reader_expected(reader, room, words_spell_japanese(word));
}

bool reader_string(struct reader *reader, size_t max, char *out, const char *what,
                   const char *what_ja)
{
    const struct token *token = &reader->token;
    size_t len = strlen(token->text);
    bool is_good = token->kind == TOKEN_STRING && !token->is_cut && len > 0 && len < max;
    if (!is_good)
        return reader_refuse(reader, REFUSED_STRING, what, what_ja);
    memcpy(out, token->text, len + 1);
    reader_next(reader);
    return true;
}

bool reader_number(struct reader *reader, uint64_t min, uint64_t max, uint64_t *out,
                   const char *what, const char *what_ja)
{
    const struct token *token = &reader->token;
    if (token->kind != TOKEN_NUMBER)
        return reader_expected(reader, what, what_ja);
    if (token->number < min || token->number > max)
        return reader_refuse(reader, REFUSED_NUMBER, what, what_ja);
    *out = token->number;
    reader_next(reader);
    return true;
}
