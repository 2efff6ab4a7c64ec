// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "hub/asking_private.h"

enum { VERSION_TEXT_MAX = 32 };

/* The answer of a request that may be sent again stays with it; that it was done stands there
 * since its change, so a failure here costs the answer alone. */
static void keep_answer(struct asking *asking, unsigned status, const json_t *body)
{
    struct error err = { 0 };
    char *text = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);
    turns_wait(&asking->hub->writing);
    if (text && database_begin(asking->hub->writer, true, &err)) {
        bool is_kept = database_run(
            asking->hub->writer,
            SQL("UPDATE asked SET status = $3, body = $4 WHERE person = $1 AND name = $2",
                database_number(asking->actor.person), database_string(asking->once),
                database_number(status), database_string(text)),
            NULL, &err);
        if (!is_kept || !database_commit(asking->hub->writer, &err))
            database_give_up(asking->hub->writer);
    }
    turns_end(&asking->hub->writing);
    free(text);
}

bool answer(struct asking *asking, unsigned status, json_t *taken)
{
    bool is_first = asking->status == 0;
    asking->status = status;
    if (asking->once && is_first && status < 300)
        keep_answer(asking, status, taken);
    http_set_header(asking->reply, "Cache-Control", "no-store");
    http_json(asking->reply, status, taken);
    return true;
}

bool answer_version(struct asking *asking, unsigned status, json_t *taken, int64_t version)
{
    char tag[VERSION_TEXT_MAX];
    snprintf(tag, sizeof tag, "\"%lld\"", (long long)version);
    http_set_header(asking->reply, "ETag", tag);
    return answer(asking, status, taken);
}

bool answer_nothing(struct asking *asking)
{
    asking->status = 204;
    http_status(asking->reply, 204);
    return true;
}

static bool refuse_with(struct asking *asking, const struct http_problem *problem)
{
    asking->status = problem->status;
    http_set_header(asking->reply, "Cache-Control", "no-store");
    http_refuse(asking->reply, problem);
    return true;
}

bool refuse_as(struct asking *asking, unsigned status, const char *type, struct law_text title)
{
    return refuse_with(
        asking, &(struct http_problem){
                    .status = status, .type = type, .title = title.en, .title_ja = title.ja });
}

bool refuse_unknown(struct asking *asking)
{
    return refuse_as(asking, 404, "unknown",
                     (struct law_text){ "there is no such thing, or it is not yours to see",
                                        "存在しないか、閲覧の権限がありません" });
}

bool refuse_ruling(struct asking *asking, const struct access_verdict *verdict)
{
    return refuse_with(asking, &(struct http_problem){
                                   .status = 403,
                                   .type = "not-allowed",
                                   .title = verdict->ruling.words,
                                   .title_ja = verdict->ruling.words_ja,
                                   .more = json_pack("{s:s, s:s}", "rule", verdict->rule,
                                                     "article", verdict->ruling.article) });
}

bool refuse_law(struct asking *asking, unsigned status, const struct law_ruling *ruling)
{
    return refuse_with(asking, &(struct http_problem){
                                   .status = status,
                                   .type = "procedure",
                                   .title = ruling->words,
                                   .title_ja = ruling->words_ja,
                                   .more = json_pack("{s:s}", "article", ruling->article) });
}

bool refuse_field(struct asking *asking, const char *field, struct law_text why)
{
    return refuse_with(asking,
                       &(struct http_problem){
                           .status = 400,
                           .type = "field",
                           .title = "something is wrong with what was filled in",
                           .title_ja = "入力内容に誤りがあります",
                           .more = json_pack("{s:[{s:s, s:s, s:s}]}", "errors", "field", field,
                                             "message", why.en, "message_ja", why.ja) });
}

json_t *asking_body(struct asking *asking)
{
    json_t *body = http_read_json(asking->request, asking->reply);
    if (!body)
        asking->status = 400;
    return body;
}

bool body_text(struct asking *asking, const json_t *body, const char *name, size_t max,
               const char **out)
{
    static const struct law_text no_text = { "text is wanted here",
                                             "文字列で入力してください" };
    static const struct law_text too_long = { "too long", "長すぎます" };
    const json_t *value = json_object_get(body, name);
    *out = "";
    if (!value || json_is_null(value))
        return true;
    if (!json_is_string(value))
        return !refuse_field(asking, name, no_text);
    if (json_string_length(value) > max)
        return !refuse_field(asking, name, too_long);
    *out = json_string_value(value);
    return true;
}

bool body_time(struct asking *asking, const json_t *body, const char *name, int64_t missing,
               int64_t *out)
{
    static const struct law_text no_time = { "a moment is as 2028-01-31T09:00:00Z",
                                             "日時は2028-01-31T09:00:00Zの形です" };
    const json_t *value = json_object_get(body, name);
    *out = missing;
    if (!value || json_is_null(value))
        return true;
    if (json_is_string(value) && time_read(bytes_of_string(json_string_value(value)), out))
        return true;
    return !refuse_field(asking, name, no_time);
}

bool body_number(struct asking *asking, const json_t *body, const char *name, int64_t missing,
                 int64_t *out)
{
    static const struct law_text no_number = { "a whole number is wanted here",
                                               "整数で入力してください" };
    const json_t *value = json_object_get(body, name);
    uint64_t number;
    *out = missing;
    if (!value || json_is_null(value))
        return true;
    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        return true;
    }
    if (json_is_string(value) &&
        text_read_u64(bytes_of_string(json_string_value(value)), INT64_MAX, &number)) {
        *out = (int64_t)number; /* an id */
        return true;
    }
    return !refuse_field(asking, name, no_number);
}

bool header_is_printable(const char *text, size_t max)
{
    size_t len = 0;
    while (text[len] >= ' ' && text[len] <= '~')
        len++;
    return text[len] == '\0' && len > 0 && len <= max;
}

bool asking_matches(struct asking *asking, int64_t version)
{
    static const struct law_text missing = { "say which version is changed (If-Match)",
                                             "どの版を変更するかを示してください（If-Match）" };
    if (!http_header(asking->request, "If-Match"))
        return !refuse_as(asking, 428, "version-missing", missing);
    return asking_matches_if_told(asking, version);
}

bool asking_matches_if_told(struct asking *asking, int64_t version)
{
    static const struct law_text stale = {
        "somebody changed it meanwhile: look at it again",
        "その間に他の人が変更しました。もう一度確認してください"
    };
    char tag[VERSION_TEXT_MAX];
    const char *given = http_header(asking->request, "If-Match");
    snprintf(tag, sizeof tag, "\"%lld\"", (long long)version);
    return !given || strcmp(given, tag) == 0 || !refuse_as(asking, 412, "stale", stale);
}
