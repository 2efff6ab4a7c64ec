// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"
#include "selector/words_private.h"

static const uint32_t wide_space = 0x3000, full_stop = 0x3002;

static bool is_blank(uint32_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == wide_space || c == full_stop;
}

/* Full-width digits and their signs are those of the Latin alphabet. */
static uint32_t narrow(uint32_t c)
{
    bool is_wide = (c >= 0xff10 && c <= 0xff19) || c == 0xff1a || c == 0xff0d || c == 0xff0e;
    return is_wide ? c - 0xfee0 : c;
}

bool lexer_text_is_plain(struct bytes text, unsigned *line, unsigned *column)
{
    *line = *column = 1;
    while (text.len > 0) {
        struct bytes before = text;
        uint32_t c = utf8_take(&text);
        char room[8];
        struct text clean = text_over(room, sizeof room);
        struct bytes raw = bytes_slice(before, 0, before.len - text.len);
        utf8_put_clean(&clean, raw);
        if (!bytes_equal(text_bytes(&clean), raw) && c != '\n' && c != '\t' && c != '\r')
            return false;
        *column = c == '\n' ? 1 : *column + 1;
        *line += c == '\n';
    }
    return true;
}

struct lexer lexer_over(struct bytes text)
{
    return (struct lexer){ .rest = text, .line = 1, .column = 1 };
}

static uint32_t peek(const struct lexer *lexer)
{
    struct bytes rest = lexer->rest;
    return rest.len > 0 ? utf8_take(&rest) : 0;
}

static uint32_t take(struct lexer *lexer)
{
    uint32_t c = utf8_take(&lexer->rest);
    lexer->column = c == '\n' ? 1 : lexer->column + 1;
    lexer->line += c == '\n';
    return c;
}

static void skip_blanks(struct lexer *lexer)
{
    bool in_comment = false;
    while (lexer->rest.len > 0) {
        uint32_t c = peek(lexer);
        in_comment = (in_comment && c != '\n') || c == '#';
        if (!in_comment && !is_blank(c))
            return;
        (void)take(lexer);
    }
}

static void put(struct text *text, struct token *out, uint32_t c)
{
    utf8_put(text, c);
    out->is_cut |= text->cut;
}

/* Up to the quote that closes it, on the same line. */
static void read_string(struct lexer *lexer, struct text *text, struct token *out)
{
    uint32_t open = take(lexer), close = open == '"' ? '"' : 0x300d;
    out->kind = TOKEN_OTHER;
    while (lexer->rest.len > 0 && peek(lexer) != '\n') {
        uint32_t c = take(lexer);
        if (c == close) {
            out->kind = TOKEN_STRING;
            return;
        }
        out->is_cut |= c == '"' || c == 0x300c || c == '\t' || c == '\r';
        put(text, out, c);
    }
}

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_ascii_run(uint32_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == ':' || c == '/' || c == '-' || c == '_';
}

static bool is_all_digits(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.at[i]))
            return false;
    }
    return text.len > 0;
}

static bool is_date(struct bytes text)
{
    return text.len == 10 && text.at[4] == '-' && text.at[7] == '-' &&
           is_all_digits(bytes_slice(text, 0, 4)) && is_all_digits(bytes_slice(text, 5, 2)) &&
           is_all_digits(bytes_slice(text, 8, 2));
}

static void classify(struct bytes text, struct token *out)
{
    enum { DIGITS_MAX = 18 };
    struct bytes ratio = bytes_slice(text, 2, text.len);
    out->kind = TOKEN_OTHER;
    if (is_date(text)) {
        out->kind = TOKEN_DATE;
    } else if (is_all_digits(text) && text.len <= DIGITS_MAX) {
        out->kind = TOKEN_NUMBER;
        (void)!text_read_u64(text, UINT64_MAX, &out->number);
    } else if (bytes_start_with(text, BYTES("1:")) && is_all_digits(ratio) &&
               ratio.len <= DIGITS_MAX) {
        out->kind = TOKEN_RATIO;
        (void)!text_read_u64(ratio, UINT64_MAX, &out->number);
    } else if (text.len == 6 && (text.at[0] == '+' || text.at[0] == '-') && text.at[3] == ':') {
        out->kind = TOKEN_ZONE;
    }
}

static void read_number(struct lexer *lexer, struct text *text, struct token *out)
{
    if (peek(lexer) == '+' || peek(lexer) == '-')
        put(text, out, take(lexer));
    while (lexer->rest.len > 0 && is_ascii_run(narrow(peek(lexer))))
        put(text, out, narrow(take(lexer)));
    classify(text_bytes(text), out);
}

static bool ends_run(uint32_t c)
{
    return is_blank(c) || c == '(' || c == ')' || c == ',' || c == '"' || c == '#' ||
           c == 0x300c || c == 0xff08 || c == 0xff09 || c == 0x3001;
}

/* Other words, up to a blank or a sign; those of other scripts up to a word, too. */
static void read_other(struct lexer *lexer, struct text *text, struct token *out)
{
    struct token ignored;
    out->kind = TOKEN_OTHER;
    do {
        put(text, out, take(lexer));
    } while (lexer->rest.len > 0 && !ends_run(peek(lexer)) &&
             (peek(lexer) < 0x80 || words_find(lexer->rest, &ignored) == 0));
}

static void read_word(struct lexer *lexer, size_t len, struct text *text, struct token *out)
{
    size_t end = lexer->rest.len - len;
    while (lexer->rest.len > end)
        put(text, out, take(lexer));
}

void lexer_next(struct lexer *lexer, struct token *out)
{
    skip_blanks(lexer);
    *out = (struct token){ .line = lexer->line, .column = lexer->column };
    struct text text = text_over(out->text, sizeof out->text);
    if (lexer->rest.len == 0) {
        out->kind = TOKEN_END;
        return;
    }
    uint32_t c = narrow(peek(lexer));
    size_t len = words_find(lexer->rest, out);
    if (c == '"' || c == 0x300c)
        read_string(lexer, &text, out);
    else if (len > 0)
        read_word(lexer, len, &text, out);
    else if (is_digit(c) || c == '+' || c == '-')
        read_number(lexer, &text, out);
    else
        read_other(lexer, &text, out);
}
