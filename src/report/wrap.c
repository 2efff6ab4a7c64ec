// SPDX-License-Identifier: Apache-2.0
#include "report/wrap.h"

#include "base/utf8.h"

static bool is_among(uint32_t character, const char *marks)
{
    struct bytes rest = bytes_of_string(marks);
    while (rest.len > 0) {
        if (utf8_take(&rest) == character)
            return true;
    }
    return false;
}

/* Characters that may not start a line (JIS X 4051, the common ones), or end one. */
static bool may_break(uint32_t before, uint32_t after)
{
    if (after == ' ')
        return false;
    if (before == ' ')
        return true;
    if (utf8_columns(before) < 2 && utf8_columns(after) < 2)
        return false;
    return !is_among(after,
                     "、。，．・：；？！）」』】ーぁぃぅぇぉっゃゅょァィゥェォッャュョ％") &&
           !is_among(before, "（「『【");
}

/* How much of text fits in so many columns, at least one character. */
static size_t fitting(struct bytes text, unsigned columns)
{
    struct bytes rest = text;
    size_t fits = 0, breaks = 0;
    unsigned used = 0;
    uint32_t before = ' ';
    while (rest.len > 0) {
        size_t here = text.len - rest.len;
        uint32_t character = utf8_take(&rest);
        if (here > 0 && may_break(before, character))
            breaks = here;
        used += utf8_columns(character);
        if (used > columns && character != ' ' && fits > 0)
            return breaks > 0 ? breaks : fits;
        fits = text.len - rest.len;
        before = character;
    }
    return text.len;
}

static void put_blanks(FILE *out, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        fputc(' ', out);
}

void wrap_write(FILE *out, struct bytes text, unsigned width, unsigned indent)
{
    unsigned columns = width > indent + 8 ? width - indent : 8;
    while (text.len > 0) {
        size_t len = fitting(text, columns);
        struct bytes line = text_trim(bytes_slice(text, 0, len));
        fwrite(line.at, 1, line.len, out);
        text = bytes_slice(text, len, text.len);
        while (text.len > 0 && text.at[0] == ' ')
            text = bytes_slice(text, 1, text.len);
        if (text.len > 0) {
            fputc('\n', out);
            put_blanks(out, indent);
        }
    }
    fputc('\n', out);
}

void wrap_column(FILE *out, const char *text, unsigned columns, bool right)
{
    unsigned used = utf8_columns_of(bytes_of_string(text));
    unsigned blanks = used < columns ? columns - used : 0;
    put_blanks(out, right ? blanks : 0);
    fputs(text, out);
    put_blanks(out, right ? 0 : blanks);
}
