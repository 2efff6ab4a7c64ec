// SPDX-License-Identifier: Apache-2.0
/* The head, the action and the limit; each is said once, in any order. */
#include "selector/selector.h"

#include "base/time.h"
#include "selector/read_private.h"

size_t selector_size(void)
{
    return sizeof(struct selector) + alignof(struct selector);
}

static bool is_name(const char *text)
{
    for (; *text; text++) {
        bool is_good = (*text >= 'a' && *text <= 'z') || (*text >= '0' && *text <= '9') ||
                       *text == '-' || *text == '_' || *text == '.';
        if (!is_good)
            return false;
    }
    return true;
}

/* A text that other files name, too. */
static bool read_name(struct reader *reader, size_t max, char *out, const char *what,
                      const char *what_ja)
{
    if (reader->token.kind == TOKEN_STRING && !is_name(reader->token.text))
        return reader_refuse(reader, REFUSED_NAME, what, what_ja);
    return reader_string(reader, max, out, what, what_ja);
}

static bool read_version(struct reader *reader)
{
    uint64_t number = 0;
    bool is_before = reader_skip(reader, WORD_VERSION);
    if (!reader_number(reader, 1, UINT32_MAX, &number, "a version from 1 on", "1以上の版"))
        return false;
    reader->out->version = (uint32_t)number;
    return is_before || reader_take(reader, WORD_VERSION);
}

static bool read_title(struct reader *reader)
{
    return read_name(reader, SELECTOR_NAME_MAX, reader->out->name, "the name", "名称") &&
           read_version(reader);
}

static bool read_purpose(struct reader *reader)
{
    return read_name(reader, SELECTOR_NAME_MAX, reader->out->purpose, "the purpose", "目的");
}

static bool read_basis(struct reader *reader)
{
    return read_name(reader, BASIS_NAME_MAX, reader->out->basis, "the basis", "根拠");
}

static bool read_owner(struct reader *reader)
{
    return reader_string(reader, SELECTOR_STRING_MAX, reader->out->owner, "the owner", "所管");
}

static bool read_note(struct reader *reader)
{
    return reader_string(reader, SELECTOR_STRING_MAX, reader->out->note, "the note", "備考");
}

/* A day that the calendar has. */
static bool read_day(struct reader *reader, int64_t *out)
{
    if (reader->token.kind != TOKEN_DATE)
        return reader_expected(reader, "a date such as 2027-04-01", "2027-04-01のような日付");
    if (!time_read(bytes_of_string(reader->token.text), out))
        return reader_refuse(reader, REFUSED_PERIOD, "", "");
    return true;
}

/* "+09:00" */
static bool read_zone(struct reader *reader, int64_t *minutes)
{
    struct bytes text = bytes_of_string(reader->token.text);
    uint64_t hours = 0, rest = 0;
    *minutes = 0;
    if (reader->token.kind != TOKEN_ZONE)
        return true;
    if (!text_read_u64(bytes_slice(text, 1, 2), 14, &hours) ||
        !text_read_u64(bytes_slice(text, 4, 2), 59, &rest))
        return reader_refuse(reader, REFUSED_NUMBER, "a time zone", "時間帯");
    *minutes = (int64_t)(hours * 60 + rest) * (text.at[0] == '-' ? -1 : 1);
    reader_next(reader);
    return true;
}

static bool read_valid(struct reader *reader)
{
    int64_t first = 0, last = 0, minutes = 0;
    if (!read_day(reader, &first))
        return false;
    reader_next(reader);
    if (!reader_take(reader, WORD_TO) || !read_day(reader, &last))
        return false;
    if (last < first)
        return reader_refuse(reader, REFUSED_PERIOD, "", "");
    if (last - first >= SELECTOR_DAYS_MAX * TIME_DAY_NS)
        return reader_refuse(reader, REFUSED_PERIOD_LONG, "", "");
    reader_next(reader);
    if (!read_zone(reader, &minutes))
        return false;
    int64_t ahead_ns = minutes * 60 * TIME_SECOND_NS;
    reader->out->ahead_minutes = (int32_t)minutes;
    reader->out->from_ns = first - ahead_ns;
    reader->out->to_ns = last + TIME_DAY_NS - ahead_ns;
    return true;
}

static bool refuse_scope(struct reader *reader)
{
    static const char words[] = "a direction such as foreign-to-domestic";
    enum forbidden forbidden = words_find_forbidden(&reader->token);
    if (forbidden == FORBIDDEN_PATTERN)
        return reader_refuse(reader, REFUSED_SCOPE_ALL, "", "");
    return reader_expected(reader, words, "外内などの通信の方向");
}

static bool read_scope(struct reader *reader)
{
    if (reader_skip(reader, WORD_OWN_NETWORK)) {
        reader->out->directions = OWN_NETWORK;
        return true;
    }
    for (;;) {
        if (reader->token.kind != TOKEN_DIRECTION)
            return refuse_scope(reader);
        uint32_t direction = UINT32_C(1) << reader->token.what;
        if (reader->out->directions & direction)
            return reader_refuse(reader, REFUSED_TWICE, "", "");
        reader->out->directions |= direction;
        reader_next(reader);
        if (!reader_is_sign(reader, ','))
            return true;
        reader_next(reader);
    }
}

static bool read_reveals(struct reader *reader)
{
    bool is_server =
        reader->token.kind == TOKEN_SUBJECT && reader->token.what == SUBJECT_SERVER;
    if (!is_server && !reader_is(reader, WORD_LINE))
        return reader_refuse(reader, REFUSED_REVEALS_NONE, "", "");
    reader->out->reveals = is_server ? REVEALS_SERVER : REVEALS_LINE;
    reader_next(reader);
    return true;
}

static bool read_sampling(struct reader *reader)
{
    if (reader_skip(reader, WORD_ANY_RATE)) {
        reader->out->sampling_max = 0;
        return true;
    }
    (void)reader_skip(reader, WORD_UP_TO);
    if (reader->token.kind != TOKEN_RATIO)
        return reader_expected(reader, "a rate such as 1:100, or any-rate",
                               "1:100のような標本率、又は「標本率不問」");
    if (reader->token.number < 1 || reader->token.number > SELECTOR_SAMPLING_MAX)
        return reader_refuse(reader, REFUSED_NUMBER, "a rate of sampling", "標本率");
    reader->out->sampling_max = (uint32_t)reader->token.number;
    reader_next(reader);
    return true;
}

/* "record keep 30 days", 「記録 30日間 保存」 */
static bool read_then(struct reader *reader)
{
    uint64_t days = 0;
    if (!reader_take(reader, WORD_RECORD))
        return false;
    bool is_before = reader_skip(reader, WORD_KEEP);
    if (!reader_number(reader, 1, SELECTOR_KEEP_DAYS_MAX, &days, "a number of days", "日数") ||
        !reader_take(reader, WORD_DAYS))
        return false;
    reader->out->keep_days = (uint32_t)days;
    return is_before || reader_take(reader, WORD_KEEP);
}

static bool take_servers(struct reader *reader)
{
    if (reader->token.kind != TOKEN_SUBJECT || reader->token.what != SUBJECT_SERVER)
        return reader_take(reader, WORD_SERVERS);
    reader_next(reader);
    return true;
}

/* "50 servers per day", 「1日当たり 50サーバ」 */
static bool read_limit(struct reader *reader)
{
    uint64_t servers = 0;
    bool is_before = reader_skip(reader, WORD_PER_DAY);
    if (!reader_number(reader, 1, SELECTOR_SERVERS_MAX, &servers, "a number of servers",
                       "サーバ数") ||
        !take_servers(reader))
        return false;
    reader->out->servers_per_day = (uint32_t)servers;
    return is_before || reader_take(reader, WORD_PER_DAY);
}

/* What has no words to be missed by may be left out. */
static const struct statement {
    enum word word;
    bool (*read)(struct reader *reader);
    const char *missed, *missed_ja;
} statements[] = {
    { WORD_SELECTOR, read_title, "its name: selector \"NAME\" version 1", "名称" },
    { WORD_PURPOSE, read_purpose, "its purpose: purpose \"NAME\"", "目的" },
    { WORD_BASIS, read_basis, NULL, NULL },
    { WORD_OWNER, read_owner, "who answers for it: owner \"NAME\"", "所管" },
    { WORD_VALID, read_valid, "until when it holds: valid 2027-04-01 to 2027-09-27", "期間" },
    { WORD_SCOPE, read_scope, "its scope: scope foreign-to-domestic", "範囲" },
    { WORD_REVEALS, read_reveals, "what it reveals: reveals server", "開示" },
    { WORD_SAMPLING, read_sampling, NULL, NULL },
    { WORD_NOTE, read_note, NULL, NULL },
    { WORD_WHEN, condition_read, "its condition: when ...", "条件" },
    { WORD_THEN, read_then, "how long it keeps: then record keep 30 days", "処置" },
    { WORD_LIMIT, read_limit, "its limit: limit 50 servers per day", "上限" },
};

enum { STATEMENTS = sizeof statements / sizeof *statements };

static bool read_statement(struct reader *reader, uint32_t *said)
{
    for (size_t i = 0; i < STATEMENTS; i++) {
        if (!reader_is(reader, statements[i].word))
            continue;
        if (*said >> i & 1)
            return reader_refuse(reader, REFUSED_TWICE, "", "");
        *said |= UINT32_C(1) << i;
        reader_next(reader);
        return statements[i].read(reader);
    }
    return reader_expected(reader, "a statement such as `purpose`", "「目的」などの項目");
}

static bool is_whole(struct reader *reader, uint32_t said)
{
    for (size_t i = 0; i < STATEMENTS; i++) {
        if (statements[i].missed && !(said >> i & 1))
            return reader_refuse(reader, REFUSED_MISSING, statements[i].missed,
                                 statements[i].missed_ja);
    }
    return true;
}

/* A text whose canonical form would be too long is too long itself. */
static bool fits(struct reader *reader)
{
    char room[SELECTOR_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    selector_write(reader->out, &text);
    return !text.cut || reader_refuse(reader, REFUSED_LONG, "", "");
}

const struct selector *selector_read(struct bytes text, struct arena *keep,
                                     struct selector_error *err)
{
    unsigned line = 1, column = 1;
    uint32_t said = 0;
    if (text.len > SELECTOR_TEXT_MAX) {
        (void)refuse(REFUSED_LONG, (struct refusal_at){ .line = 1, .column = 1 }, err);
        return NULL;
    }
    if (!lexer_text_is_plain(text, &line, &column)) {
        (void)refuse(REFUSED_HIDDEN, (struct refusal_at){ .line = line, .column = column },
                     err);
        return NULL;
    }
    struct selector *selector = ARENA_NEW(keep, struct selector, 1);
    selector->sampling_max = 1;
    struct reader reader = { .lexer = lexer_over(text), .out = selector, .err = err };
    reader_next(&reader);
    while (reader.token.kind != TOKEN_END) {
        if (!read_statement(&reader, &said))
            return NULL;
    }
    return is_whole(&reader, said) && fits(&reader) ? selector : NULL;
}

const char *selector_name(const struct selector *selector)
{
    return selector->name;
}
