// SPDX-License-Identifier: Apache-2.0
#include "cmd/article.h"

#include "base/text.h"

void article_put(const char *article, bool in_japanese, FILE *out)
{
    struct bytes text = bytes_of_string(article);
    size_t open = bytes_find(text, '(');
    struct bytes number = bytes_slice(text, 0, open);
    struct bytes paragraph = bytes_slice(text, open + 1, bytes_find(text, ')') - open - 1);
    bool is_article = article[0] >= '0' && article[0] <= '9';
    if (!is_article || !in_japanese)
        fprintf(out, in_japanese ? "（%s）" : is_article ? " (art. %s)" : " (%s)", article);
    else if (open == text.len)
        fprintf(out, "（第%s条）", article);
    else
        fprintf(out, "（第%.*s条第%.*s項）", (int)number.len, (const char *)number.at,
                (int)paragraph.len, (const char *)paragraph.at);
}
