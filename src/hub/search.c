// SPDX-License-Identifier: Apache-2.0
/* An inverted index in a table, the same for both engines.  Text is folded (NFKC, case,
 * hiragana to katakana); runs of Latin letters and digits are words, and Japanese, which has no
 * spaces, is cut into pairs of characters. */
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "hub/record_private.h"
#include "hub/search_private.h"

enum { HIRAGANA_FIRST = 0x3041, HIRAGANA_LAST = 0x3096, TO_KATAKANA = 0x60 };

static bool is_wide(utf8proc_int32_t point)
{
    return point >= 0x2e80;
}

/* Letters, marks that combine and digits; and what holds an address or a name together. */
static bool is_of_word(utf8proc_int32_t point)
{
    utf8proc_category_t category = utf8proc_category(point);
    bool is_letter = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
    return is_letter || category == UTF8PROC_CATEGORY_ND || category == UTF8PROC_CATEGORY_MN ||
           point == '.' || point == ':' || point == '-' || point == '_';
}

static size_t put_point(char *room, utf8proc_int32_t point)
{
    if (point >= HIRAGANA_FIRST && point <= HIRAGANA_LAST)
        point += TO_KATAKANA;
    return (size_t)utf8proc_encode_char(point, (utf8proc_uint8_t *)room);
}

static bool give(struct search_terms *terms, size_t len)
{
    terms->room[len] = '\0';
    return len < 1 || terms->take(terms->context, terms->room);
}

/* One run of word characters of one width. */
static bool cut_run(struct search_terms *terms, const utf8proc_int32_t *points, size_t count)
{
    size_t len = 0;
    if (!is_wide(points[0])) {
        for (size_t i = 0; i < count && len + 4 < SEARCH_TERM_MAX; i++)
            len += put_point(terms->room + len, points[i]);
        while (len > 0 && strchr(".:-_", terms->room[len - 1]))
            len--;
        return give(terms, len);
    }
    if (count == 1)
        return terms->is_query || give(terms, put_point(terms->room, points[0]));
    for (size_t i = 0; i + 1 < count; i++) {
        len = put_point(terms->room, points[i]);
        len += put_point(terms->room + len, points[i + 1]);
        if (!give(terms, len))
            return false;
    }
    return true;
}

static bool cut(struct search_terms *terms, const utf8proc_int32_t *points, size_t count)
{
    size_t at = 0;
    while (at < count) {
        size_t end = at;
        while (end < count && is_of_word(points[end]) &&
               is_wide(points[end]) == is_wide(points[at]))
            end++;
        if (end > at && !cut_run(terms, points + at, end - at))
            return false;
        at = end > at ? end : at + 1;
    }
    return true;
}

bool search_cut(struct search_terms *terms, const char *text)
{
    utf8proc_uint8_t *folded = utf8proc_NFKC_Casefold((const utf8proc_uint8_t *)text);
    size_t len = folded ? strlen((const char *)folded) : 0, count = 0, at = 0;
    utf8proc_int32_t *points = calloc(len + 1, sizeof *points);
    while (points && at < len) {
        utf8proc_ssize_t step =
            utf8proc_iterate(folded + at, (utf8proc_ssize_t)(len - at), &points[count]);
        if (step <= 0)
            break;
        at += (size_t)step;
        count++;
    }
    bool is_done = points && cut(terms, points, count);
    free(points);
    free(folded);
    return is_done;
}

struct noting {
    struct change *change;
    int64_t record;
    size_t count;
    struct error *err;
};

static bool note_term(void *context, const char *term)
{
    struct noting *noting = context;
    return noting->count++ >= SEARCH_TERMS_MAX ||
           database_run(noting->change->db,
                        SQL("INSERT INTO term (term, kind, subject) VALUES ($1, 'record', $2)"
                            " ON CONFLICT (term, kind, subject) DO NOTHING",
                            database_string(term), database_number(noting->record)),
                        NULL, noting->err);
}

bool search_note(struct change *change, int64_t record, const char *const *texts, size_t count,
                 struct error *err)
{
    struct noting noting = { change, record, 0, err };
    struct search_terms terms = { .take = note_term, .context = &noting };
    if (!database_run(change->db,
                      SQL("DELETE FROM term WHERE kind = 'record' AND subject = $1",
                          database_number(record)),
                      NULL, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!search_cut(&terms, texts[i]))
            return err->text[0] != '\0' ? false : error_set(err, 0, "search: out of memory");
    }
    return true;
}
