// SPDX-License-Identifier: Apache-2.0
#include "selector/words_private.h"

#include "base/ip.h"

/* The first spelling of a word is the canonical one. */
static const struct {
    enum word word;
    const char *text;
} words[] = {
    { WORD_SELECTOR, "selector" },
    { WORD_SELECTOR, "選別条件" },
    { WORD_VERSION, "version" },
    { WORD_VERSION, "版" },
    { WORD_PURPOSE, "purpose" },
    { WORD_PURPOSE, "目的" },
    { WORD_BASIS, "basis" },
    { WORD_BASIS, "根拠" },
    { WORD_OWNER, "owner" },
    { WORD_OWNER, "所管" },
    { WORD_VALID, "valid" },
    { WORD_VALID, "期間" },
    { WORD_SCOPE, "scope" },
    { WORD_SCOPE, "範囲" },
    { WORD_REVEALS, "reveals" },
    { WORD_REVEALS, "開示" },
    { WORD_SAMPLING, "sampling" },
    { WORD_SAMPLING, "標本" },
    { WORD_NOTE, "note" },
    { WORD_NOTE, "備考" },
    { WORD_WHEN, "when" },
    { WORD_WHEN, "条件" },
    { WORD_THEN, "then" },
    { WORD_THEN, "処置" },
    { WORD_RECORD, "record" },
    { WORD_RECORD, "記録" },
    { WORD_KEEP, "keep" },
    { WORD_KEEP, "保存" },
    { WORD_LIMIT, "limit" },
    { WORD_LIMIT, "上限" },
    { WORD_TO, "to" },
    { WORD_TO, "から" },
    { WORD_UP_TO, "up to" },
    { WORD_ANY_RATE, "any-rate" },
    { WORD_ANY_RATE, "標本率不問" },
    { WORD_OWN_NETWORK, "own-network" },
    { WORD_OWN_NETWORK, "自網" },
    { WORD_LINE, "line" },
    { WORD_LINE, "回線" },
    { WORD_AND, "and" },
    { WORD_AND, "かつ" },
    { WORD_OR, "or" },
    { WORD_OR, "又は" },
    { WORD_OR, "または" },
    { WORD_NOT, "not" },
    { WORD_NOT, "ではない" },
    { WORD_IN, "in" },
    { WORD_IN, "含まれる" },
    { WORD_IN, "のいずれか" },
    { WORD_NOT_IN, "含まれない" },
    { WORD_IS, "is" },
    { WORD_IS, "である" },
    { WORD_LIST, "list" },
    { WORD_LIST, "一覧" },
    { WORD_BETWEEN, "between" },
    { WORD_SCORE, "score" },
    { WORD_SCORE, "得点" },
    { WORD_DAYS, "days" },
    { WORD_DAYS, "day" },
    { WORD_DAYS, "日間" },
    { WORD_DAYS, "日" },
    { WORD_HOURS, "hours" },
    { WORD_HOURS, "hour" },
    { WORD_HOURS, "時間" },
    { WORD_MINUTES, "minutes" },
    { WORD_MINUTES, "minute" },
    { WORD_MINUTES, "分" },
    { WORD_SECONDS, "seconds" },
    { WORD_SECONDS, "second" },
    { WORD_SECONDS, "秒" },
    { WORD_MILLISECONDS, "milliseconds" },
    { WORD_MILLISECONDS, "ミリ秒" },
    { WORD_SERVERS, "servers" },
    { WORD_SERVERS, "サーバ" },
    { WORD_PER_DAY, "per day" },
    { WORD_PER_DAY, "1日当たり" },
    { WORD_PER_DAY, "１日当たり" },
    { WORD_PER_DAY, "一日当たり" },
    { WORD_PARTICLE, "が" },
    { WORD_PARTICLE, "は" },
    { WORD_PARTICLE, "の" },
    { WORD_PARTICLE, "に" },
    { WORD_PARTICLE, "を" },
    { WORD_PARTICLE, "まで" },
    { WORD_PARTICLE, "第" },
};

static const struct {
    char sign;
    const char *text;
} signs[] = {
    { '(', "(" },    { '(', "（" },   { ')', ")" },    { ')', "）" }, { ',', "," },
    { ',', "、" },   { 'L', "<=" },   { 'G', ">=" },   { 'L', "≤" },  { 'G', "≥" },
    { 'L', "以下" }, { 'G', "以上" }, { '<', "未満" }, { '>', "超" }, { '<', "<" },
    { '>', ">" },    { '=', "=" },
};

/* What communication says, in the words people use for it. */
static const char *const content_words[] = {
    "payload",    "content",     "contents", "body",         "subject",    "title",
    "attachment", "attachments", "message",  "messages",     "text",       "string",
    "keyword",    "phrase",      "url",      "uri",          "path",       "query",
    "cookie",     "header",      "headers",  "user-agent",   "password",   "mail",
    "e-mail",     "email",       "sender",   "recipient",    "user",       "username",
    "account",    "person",      "filename", "file",         "voice",      "call",
    "speech",     "image",       "picture",  "data",         "bytes",      "本文",
    "件名",       "内容",        "添付",     "添付ファイル", "文面",       "文言",
    "通話",       "音声",        "画像",     "メール",       "電子メール", "パスワード",
    "利用者",     "氏名",        "差出人",   "宛名",         "キーワード",
};

static const char *const pattern_words[] = {
    "matches",    "match",      "regex",    "regexp", "pattern", "like", "contains",
    "containing", "glob",       "wildcard", "starts", "ends",    "any",  "all",
    "every",      "everything", "正規表現", "全て",   "すべて",  "全部", "任意",
};

static bool is_latin(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '_' || c == '.' || c == ':' || c == '/';
}

/* Length of the word when the text starts with it and it ends there. */
static size_t starts(struct bytes text, const char *word)
{
    struct bytes bytes = bytes_of_string(word);
    if (bytes.len == 0 || !bytes_start_with(text, bytes))
        return 0;
    bool goes_on = text.len > bytes.len && is_latin(bytes.at[bytes.len - 1]) &&
                   is_latin(text.at[bytes.len]);
    return goes_on ? 0 : bytes.len;
}

static bool is_longer(struct bytes text, const char *word, size_t *best)
{
    size_t len = word ? starts(text, word) : 0;
    if (len <= *best)
        return false;
    *best = len;
    return true;
}

static void find_term(struct bytes text, size_t *best, struct token *out)
{
    for (unsigned i = 0; i < SUBJECTS; i++) {
        if (is_longer(text, selector_subjects[i].en, best) ||
            is_longer(text, selector_subjects[i].ja, best)) {
            out->kind = TOKEN_SUBJECT;
            out->what = i;
        }
    }
    for (unsigned i = 0; i < BEHAVIOURS; i++) {
        if (is_longer(text, selector_behaviours[i].en, best) ||
            is_longer(text, selector_behaviours[i].ja, best)) {
            out->kind = TOKEN_BEHAVIOUR;
            out->what = i;
        }
    }
    for (unsigned i = 0; i < RULE_FIELDS; i++) {
        if (is_longer(text, selector_fields[i].en, best) ||
            is_longer(text, selector_fields[i].ja, best)) {
            out->kind = TOKEN_FIELD;
            out->what = i;
        }
    }
}

static void find_direction(struct bytes text, size_t *best, struct token *out)
{
    for (unsigned i = DIRECTION_FF; i < DIRECTIONS; i++) {
        if (is_longer(text, selector_direction_word((enum direction)i, false), best) ||
            is_longer(text, selector_direction_word((enum direction)i, true), best)) {
            out->kind = TOKEN_DIRECTION;
            out->what = i;
        }
    }
}

size_t words_find(struct bytes text, struct token *out)
{
    size_t best = 0;
    find_term(text, &best, out);
    find_direction(text, &best, out);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (is_longer(text, words[i].text, &best)) {
            out->kind = TOKEN_WORD;
            out->word = words[i].word;
        }
    }
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (is_longer(text, signs[i].text, &best)) {
            out->kind = TOKEN_SIGN;
            out->sign = signs[i].sign;
        }
    }
    return best;
}

const char *words_spell(enum word word)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i].word == word)
            return words[i].text;
    }
    return "";
}

const char *words_spell_japanese(enum word word)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i].word == word && (uint8_t)words[i].text[0] >= 0x80)
            return words[i].text;
    }
    return words_spell(word);
}

bool words_find_value(enum rule_field field, const char *text, uint64_t *out)
{
    for (const struct name_row *name = selector_fields[field].names; name && name->en; name++) {
        if (strcmp(name->en, text) != 0 && strcmp(name->ja, text) != 0)
            continue;
        *out = name->value;
        return true;
    }
    return false;
}

static bool is_among(const char *text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, list[i]) == 0)
            return true;
    }
    return false;
}

/* An address, a prefix, or a name with a dot in it. */
static bool is_written_out(const char *text)
{
    struct ip_prefix prefix;
    struct ip_address address;
    struct bytes bytes = bytes_of_string(text);
    return ip_read(bytes, &address) || ip_prefix_read(bytes, &prefix) || strchr(text, '.') ||
           strchr(text, ':');
}

bool words_have_pattern(const char *text)
{
    for (; *text; text++) {
        if (strchr("*?^$|\\~[]", *text))
            return true;
    }
    return false;
}

enum forbidden words_find_forbidden(const struct token *token)
{
    if (token->kind != TOKEN_OTHER)
        return FORBIDDEN_NONE;
    if (is_among(token->text, content_words, sizeof content_words / sizeof *content_words))
        return FORBIDDEN_CONTENT;
    if (is_among(token->text, pattern_words, sizeof pattern_words / sizeof *pattern_words) ||
        words_have_pattern(token->text) || token->text[0] == '/')
        return FORBIDDEN_PATTERN;
    return is_written_out(token->text) ? FORBIDDEN_ADDRESS : FORBIDDEN_NONE;
}
