// SPDX-License-Identifier: Apache-2.0
#include "warrant/ruling_private.h"

static void put(char *room, size_t max, const char *words, const char *what)
{
    struct text text = text_over(room, max);
    text_put_string(&text, words);
    text_put_string(&text, what);
}

bool ruling_refuse(struct law_ruling *ruling, const char *article, struct law_text words,
                   const char *what)
{
    ruling->is_allowed = false;
    put(ruling->article, sizeof ruling->article, article, "");
    put(ruling->words, sizeof ruling->words, words.en, what);
    put(ruling->words_ja, sizeof ruling->words_ja, words.ja, what);
    return false;
}

bool ruling_refuse_at(struct law_ruling *ruling, const char *article, struct law_text words,
                      int64_t time_ns)
{
    char room[TIME_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    time_write(time_ns, 0, &text);
    return ruling_refuse(ruling, article, words, room);
}

void ruling_allow(struct law_ruling *ruling, const char *article)
{
    *ruling = (struct law_ruling){ .is_allowed = true };
    put(ruling->article, sizeof ruling->article, article, "");
}
