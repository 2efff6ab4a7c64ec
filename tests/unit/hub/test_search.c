// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "hub/search_private.h"

enum { KEPT_MAX = 64 };

struct kept {
    size_t count;
    char terms[KEPT_MAX][SEARCH_TERM_MAX + 8];
};

static bool keep(void *context, const char *term)
{
    struct kept *kept = context;
    if (kept->count == KEPT_MAX)
        return false;
    struct text to = text_over(kept->terms[kept->count++], sizeof kept->terms[0]);
    text_put_string(&to, term);
    return true;
}

static struct kept cut(const char *text, bool is_query)
{
    struct kept kept = { 0 };
    struct search_terms terms = { .take = keep, .context = &kept, .is_query = is_query };
    (void)!search_cut(&terms, text);
    return kept;
}

static bool has(const struct kept *kept, const char *term)
{
    for (size_t i = 0; i < kept->count; i++) {
        if (strcmp(kept->terms[i], term) == 0)
            return true;
    }
    return false;
}

static void addresses_and_names_stay_whole(void **state)
{
    (void)state;
    struct kept kept = cut("C2 at 203.0.113.7:443, c2.Example.NET. (M-2026-000012)", false);
    check(has(&kept, "203.0.113.7:443"));
    check(has(&kept, "c2.example.net"));
    check(has(&kept, "m-2026-000012"));
    check(has(&kept, "c2") && has(&kept, "at"));
    check_equal(kept.count, 5);
}

static void japanese_is_cut_into_pairs(void **state)
{
    (void)state;
    struct kept kept = cut("司令サーバ", false);
    check_equal(kept.count, 4);
    check(has(&kept, "司令") && has(&kept, "令サ") && has(&kept, "サー") && has(&kept, "ーバ"));
}

/* Half width, hiragana and katakana, full-width letters: one word. */
static void the_same_word_is_found_however_it_is_written(void **state)
{
    static const char *const ways[][2] = {
        { "ボット", "ﾎﾞｯﾄ" },
        { "ぼっと", "ボット" },
        { "ＡＢＣ", "abc" },
        { "Straße", "strasse" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct kept a = cut(ways[i][0], false), b = cut(ways[i][1], true);
        check_equal(a.count, b.count);
        for (size_t k = 0; k < a.count; k++)
            check(has(&b, a.terms[k]));
    }
}

static void one_character_alone_is_kept_and_not_asked_for(void **state)
{
    (void)state;
    check_equal(cut("水", false).count, 1);
    check_equal(cut("水", true).count, 0);
    check_equal(cut("", true).count, 0);
    check_equal(cut("、。!?", true).count, 0);
}

static void what_is_no_utf_8_or_too_long_does_no_harm(void **state)
{
    char text[4096];
    (void)state;
    check_equal(cut("\xff\xfe", false).count, 0);
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct kept kept = cut(text, false);
    check_equal(kept.count, 1);
    check(strlen(kept.terms[0]) < SEARCH_TERM_MAX);
}

TESTS(TEST(addresses_and_names_stay_whole), TEST(japanese_is_cut_into_pairs),
      TEST(the_same_word_is_found_however_it_is_written),
      TEST(one_character_alone_is_kept_and_not_asked_for),
      TEST(what_is_no_utf_8_or_too_long_does_no_harm))
