// SPDX-License-Identifier: Apache-2.0
/* One test of a condition.  English puts what is asked before what it is asked of, Japanese
 * behind: "server-port >= 1024" is 「宛先ポート 1024 以上」. */
#include "base/time.h"
#include "selector/read_private.h"

static bool find_list(struct reader *reader, uint16_t *out)
{
    struct selector *selector = reader->out;
    char name[LIST_NAME_MAX];
    if (reader->token.kind == TOKEN_STRING && words_have_pattern(reader->token.text))
        return reader_refuse(reader, REFUSED_PATTERN, "", "");
    if (!reader_string(reader, sizeof name, name, "the name of a list", "一覧の名"))
        return false;
    for (*out = 0; *out < selector->list_count; ++*out) {
        if (strcmp(selector->lists[*out], name) == 0)
            return true;
    }
    if (*out == sizeof selector->lists / sizeof *selector->lists)
        return reader_refuse(reader, REFUSED_FULL, "", "");
    memcpy(selector->lists[selector->list_count++], name, sizeof name);
    return true;
}

/* Whatever is compared with a subject is written out. */
static bool refuse_unlisted(struct reader *reader)
{
    while (reader->token.kind == TOKEN_SIGN || reader_is(reader, WORD_IN))
        reader_next(reader);
    if (reader->token.kind == TOKEN_STRING || reader->token.kind == TOKEN_NUMBER)
        return reader_refuse(reader, REFUSED_WRITTEN_OUT, "", "");
    return reader_expected(reader, "`in list \"NAME\"`", "「一覧「名」に含まれる」");
}

/* server in list "x", 「相手先が一覧「x」に含まれる」 */
static bool read_listed(struct reader *reader, struct node *out)
{
    out->kind = NODE_LISTED;
    out->what = (uint8_t)reader->token.what;
    reader_next(reader);
    (void)reader_skip(reader, WORD_IS);
    while (reader_skip(reader, WORD_NOT))
        out->is_negated ^= true;
    bool is_before = reader_is(reader, WORD_IN);
    if (is_before)
        reader_next(reader);
    if (!reader_is(reader, WORD_LIST))
        return refuse_unlisted(reader);
    reader_next(reader);
    if (!find_list(reader, &out->list))
        return false;
    if (!is_before && reader_skip(reader, WORD_NOT_IN))
        out->is_negated ^= true;
    else if (!is_before)
        return reader_take(reader, WORD_IN);
    return true;
}

static bool take_sign(struct reader *reader, char sign, const char *what)
{
    if (!reader_is_sign(reader, sign))
        return reader_expected(reader, what, what);
    reader_next(reader);
    return true;
}

/* beacon(score >= 60), 「定期接続（得点 60 以上）」 */
static bool read_behaviour(struct reader *reader, struct node *out)
{
    uint64_t score = 0;
    out->kind = NODE_BEHAVIOUR;
    out->what = (uint8_t)reader->token.what;
    reader_next(reader);
    if (!reader_is_sign(reader, '('))
        return true;
    reader_next(reader);
    if (!reader_take(reader, WORD_SCORE))
        return false;
    bool is_before = reader_is_sign(reader, 'G');
    if (is_before)
        reader_next(reader);
    if (!reader_number(reader, 0, 100, &score, "a score from 0 to 100", "0から100の得点") ||
        (!is_before && !take_sign(reader, 'G', ">=")))
        return false;
    out->score = (uint8_t)score;
    return take_sign(reader, ')', ")");
}

static const struct {
    enum word word;
    uint64_t milliseconds;
} units[] = {
    { WORD_MILLISECONDS, 1 },           { WORD_SECONDS, 1000 },
    { WORD_MINUTES, 60 * 1000 },        { WORD_HOURS, 60 * 60 * 1000 },
    { WORD_DAYS, 24 * 60 * 60 * 1000 },
};

static bool read_unit(struct reader *reader, uint64_t *value)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!reader_skip(reader, units[i].word))
            continue;
        *value *= units[i].milliseconds;
        return true;
    }
    return reader_expected(reader, "seconds, minutes, hours or days", "秒・分・時間・日の単位");
}

static bool read_value(struct reader *reader, enum rule_field field, uint64_t *out)
{
    enum { DURATION_MAX = 1000000000 };
    const struct field_row *row = &selector_fields[field];
    if (words_find_value(field, reader->token.text, out)) {
        reader_next(reader);
        return true;
    }
    if (row->names && field != RULE_PROTOCOL)
        return reader_refuse(reader, REFUSED_UNEXPECTED, "a value that it may have",
                             "取り得る値");
    uint64_t max = field == RULE_DURATION_MS ? DURATION_MAX : row->max;
    return reader_number(reader, 0, max, out, "a number", "数") &&
           (field != RULE_DURATION_MS || read_unit(reader, out));
}

/* Adds one; they stay in order, each value once. */
static bool add_range(struct reader *reader, struct node *node, struct range range)
{
    struct selector *selector = reader->out;
    struct range *ranges = selector->ranges + node->range_first;
    size_t at = 0;
    while (at < node->range_count && ranges[at].low < range.low)
        at++;
    if (at < node->range_count && ranges[at].low == range.low)
        return true;
    if (selector->range_count == SELECTOR_RANGES_MAX)
        return reader_refuse(reader, REFUSED_FULL, "", "");
    memmove(ranges + at + 1, ranges + at, (node->range_count - at) * sizeof *ranges);
    ranges[at] = range;
    node->range_count++;
    selector->range_count++;
    return true;
}

/* What < <= = >= > let through; false where that is nothing or everything. */
static bool range_of(char sign, uint64_t value, uint64_t max, struct range *out)
{
    *out = (struct range){ 0, max };
    if ((sign == '<' && value == 0) || (sign == '>' && value == max))
        return false;
    if (sign == '=' || sign == 'G')
        out->low = value;
    if (sign == '=' || sign == 'L')
        out->high = value;
    if (sign == '>')
        out->low = value + 1;
    if (sign == '<')
        out->high = value - 1;
    return out->low > 0 || out->high < max;
}

static bool compare(struct reader *reader, struct node *node, char sign, uint64_t value)
{
    enum rule_field field = (enum rule_field)node->what;
    struct range range;
    bool has_order = !selector_fields[field].names || field == RULE_TLS_VERSION;
    if ((sign != '=' && !has_order) ||
        !range_of(sign, value, selector_fields[field].max, &range))
        return reader_refuse(reader, REFUSED_ALWAYS, "", "");
    return add_range(reader, node, range);
}

static bool read_set(struct reader *reader, struct node *node)
{
    for (bool more = true; more;) {
        uint64_t value = 0;
        reader_next(reader); /* over the parenthesis or comma */
        if (!read_value(reader, (enum rule_field)node->what, &value) ||
            !add_range(reader, node, (struct range){ value, value }))
            return false;
        more = reader_is_sign(reader, ',');
    }
    return take_sign(reader, ')', ")");
}

static bool take_span(struct reader *reader, struct node *node, uint64_t low, enum word word)
{
    uint64_t high = 0;
    uint64_t max = selector_fields[node->what].max;
    if (!reader_take(reader, word) || !read_value(reader, (enum rule_field)node->what, &high))
        return false;
    if (low > high || (low == 0 && high == max))
        return reader_refuse(reader, REFUSED_ALWAYS, "", "");
    return add_range(reader, node, (struct range){ low, high });
}

/* The value stands first: 「1024 以上」, 「1 から 1023 まで」, 「443 である」. */
static bool read_after_value(struct reader *reader, struct node *node)
{
    uint64_t value = 0;
    if (!read_value(reader, (enum rule_field)node->what, &value))
        return false;
    if (reader_is(reader, WORD_TO))
        return take_span(reader, node, value, WORD_TO);
    char sign = reader->token.kind == TOKEN_SIGN && strchr("LG<>", reader->token.sign)
                    ? reader->token.sign
                    : '=';
    if (sign != '=')
        reader_next(reader);
    else if (!reader_skip(reader, WORD_IS) && reader_skip(reader, WORD_NOT))
        node->is_negated ^= true;
    return compare(reader, node, sign, value);
}

static bool read_after_sign(struct reader *reader, struct node *node)
{
    uint64_t value = 0;
    char sign = reader->token.sign;
    reader_next(reader);
    return read_value(reader, (enum rule_field)node->what, &value) &&
           compare(reader, node, sign, value);
}

static bool read_between(struct reader *reader, struct node *node)
{
    uint64_t low = 0;
    return read_value(reader, (enum rule_field)node->what, &low) &&
           take_span(reader, node, low, WORD_AND);
}

/* 「（139、445）のいずれか」, "(139, 445)" after `in`. */
static bool read_listing(struct reader *reader, struct node *node, bool is_before)
{
    if (!reader_is_sign(reader, '('))
        return reader_expected(reader, "`(` and values", "「（」と値");
    return read_set(reader, node) && (is_before || reader_take(reader, WORD_IN));
}

static bool read_field(struct reader *reader, struct node *out)
{
    out->kind = NODE_FIELD;
    out->what = (uint8_t)reader->token.what;
    out->range_first = reader->out->range_count;
    reader_next(reader);
    bool is_is = reader_skip(reader, WORD_IS);
    while (reader_skip(reader, WORD_NOT))
        out->is_negated ^= true;
    if (reader_skip(reader, WORD_IN))
        return read_listing(reader, out, true);
    if (reader_is_sign(reader, '('))
        return read_listing(reader, out, false);
    if (reader_skip(reader, WORD_BETWEEN))
        return read_between(reader, out);
    if (!is_is && reader->token.kind == TOKEN_SIGN && strchr("LG<>=", reader->token.sign))
        return read_after_sign(reader, out);
    return read_after_value(reader, out);
}

bool test_read(struct reader *reader, struct node *out)
{
    switch (reader->token.kind) {
    case TOKEN_SUBJECT: return read_listed(reader, out);
    case TOKEN_BEHAVIOUR: return read_behaviour(reader, out);
    case TOKEN_FIELD: return read_field(reader, out);
    case TOKEN_STRING: return reader_refuse(reader, REFUSED_WRITTEN_OUT, "", "");
    case TOKEN_END:
    case TOKEN_WORD:
    case TOKEN_DIRECTION:
    case TOKEN_NUMBER:
    case TOKEN_DATE:
    case TOKEN_ZONE:
    case TOKEN_RATIO:
    case TOKEN_SIGN:
    case TOKEN_OTHER: break;
    }
    return reader_expected(reader, "something to ask, such as server, beacon or server-port",
                           "相手先・定期接続・宛先ポートなどの項目");
}
