// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "hub/asking_private.h"
#include "hub/who_private.h"
#include "system/clock.h"

static const struct hub_route *find_route(const struct http_request *request)
{
    for (size_t i = 0; i < hub_route_count; i++) {
        if (hub_routes[i].method == request->method &&
            strcmp(hub_routes[i].pattern, request->route) == 0)
            return &hub_routes[i];
    }
    for (size_t i = 0; i < hub_sensor_route_count; i++) {
        if (hub_sensor_routes[i].method == request->method &&
            strcmp(hub_sensor_routes[i].pattern, request->route) == 0)
            return &hub_sensor_routes[i];
    }
    return NULL;
}

static bool is_unsafe(enum http_method method)
{
    return method != HTTP_GET;
}

/* A page of another origin can make a browser send the cookie, but cannot read the session. */
static bool is_forged(const struct asking *asking)
{
    if (!is_unsafe(asking->request->method) || asking->session.is_token)
        return false;
    const char *given = http_header(asking->request, "Sekisho-CSRF");
    const char *site = http_header(asking->request, "Sec-Fetch-Site");
    if (site && strcmp(site, "same-origin") != 0)
        return true;
    size_t len = strlen(asking->session.csrf);
    return !given || strlen(given) != len ||
           sodium_memcmp(given, asking->session.csrf, len) != 0;
}

static void digest_request(struct asking *asking)
{
    crypto_hash_sha256_state state;
    const char *path = asking->request->path;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)path, strlen(path) + 1);
    crypto_hash_sha256_update(&state, asking->request->body.at, asking->request->body.len);
    crypto_hash_sha256_final(&state, asking->once_digest);
}

static bool answer_again(struct asking *asking, const struct database_rows *rows)
{
    static const struct law_text other = { "this key was used for another request",
                                           "この鍵は別の要求に使われています" };
    static const struct law_text done = {
        "this request was done before, and its answer is not kept: look at what it made",
        "この要求は既に処理されましたが、応答は残っていません。結果を確認してください"
    };
    struct bytes digest = database_get_blob(rows, 0);
    if (!bytes_equal(digest, (struct bytes){ asking->once_digest, HUB_DIGEST_OCTETS }))
        return refuse_as(asking, 422, "key-used", other);
    int64_t status = database_get_number(rows, 1);
    if (status == 0)
        return refuse_as(asking, 409, "done-before", done);
    struct bytes body = database_get_text(rows, 2);
    json_t *kept = json_loadb((const char *)body.at, body.len, JSON_DECODE_ANY, NULL);
    http_set_header(asking->reply, "Idempotent-Replayed", "true");
    return answer(asking, (unsigned)status, kept ? kept : json_null());
}

/* Was this very request answered before?  Then it is answered the same again. */
static bool look_for_once(struct asking *asking, struct error *err)
{
    const char *once = http_header(asking->request, "Idempotency-Key");
    static const struct law_text bad = { "Idempotency-Key: 1 to 128 printable characters",
                                         "Idempotency-Keyは128文字までの印字可能文字です" };
    if (!once || asking->request->method != HTTP_POST)
        return true;
    if (!header_is_printable(once, 128))
        return refuse_as(asking, 400, "key", bad);
    asking->once = once;
    digest_request(asking);
    struct database_rows *rows = database_ask(
        asking->db,
        SQL("SELECT digest, status, body FROM asked WHERE person = $1 AND name = $2",
            database_number(asking->actor.person), database_string(once)),
        err);
    if (!rows)
        return false;
    enum database_step step = database_step(rows, err);
    bool is_good = step != DATABASE_FAILED;
    if (step == DATABASE_ROW)
        is_good = answer_again(asking, rows);
    database_end(rows);
    return is_good;
}

static bool identify(struct asking *asking, const struct hub_route *route, struct error *err)
{
    static const struct law_text nobody = { "sign in first", "サインインしてください" };
    static const struct law_text forged = { "this request did not come from the page",
                                            "この要求はページから送られていません" };
    static const struct law_text token = { "sign in to do this: no token is for it",
                                           "トークンではできません。サインインしてください" };
    bool is_known = false;
    if (route->who == ASKING_ANYBODY)
        return true;
    if (route->who == ASKING_SENSOR)
        return who_is_sensor(asking, &is_known, err) &&
               (is_known || refuse_as(asking, 403, "sensor", nobody));
    if (!who_is_person(asking, &is_known, err))
        return false;
    if (!is_known)
        return refuse_as(asking, 401, "sign-in", nobody);
    if (is_forged(asking))
        return refuse_as(asking, 403, "forged", forged);
    if (route->who == ASKING_SESSION && asking->session.is_token)
        return refuse_as(asking, 403, "token", token);
    return !asking_queries_known(asking, route->operation) || look_for_once(asking, err);
}

static void tell_failure(struct asking *asking, const struct error *err)
{
    static const struct law_text busy = { "busy: try again shortly",
                                          "混み合っています。しばらくして再度お試しください" };
    static const struct law_text full = {
        "no room is left on the disk: nothing was changed",
        "ディスクに空きがありません。変更は行われていません"
    };
    static const struct law_text failed = { "it failed here: nothing was changed",
                                            "処理に失敗しました。変更は行われていません" };
    static const struct law_text taken = { "it is there already", "既に存在します" };
    if (err->code == EBADMSG) { /* what was filled in, not the world */
        struct law_ruling ruling = { 0 };
        struct text en = text_over(ruling.words, sizeof ruling.words);
        struct text ja = text_over(ruling.words_ja, sizeof ruling.words_ja);
        text_put_string(&en, "no warrant can be made of this: ");
        text_put_string(&en, err->text);
        text_put_string(&ja, "この内容では令状を作成できません：");
        text_put_string(&ja, err->text);
        refuse_law(asking, 409, &ruling);
        return;
    }
    hub_tell(asking->hub, "error", "request",
             json_pack("{s:s, s:s, s:s}", "path", asking->request->route, "trace",
                       asking->request->trace, "why", err->text));
    http_set_header(asking->reply, "Retry-After", "2");
    if (err->code == EEXIST)
        refuse_as(asking, 409, "taken", taken);
    else if (err->code == EAGAIN || err->code == EBUSY || err->code == ENOTCONN)
        refuse_as(asking, 503, "busy", busy);
    else if (err->code == ENOSPC)
        refuse_as(asking, 507, "full", full);
    else
        refuse_as(asking, 500, "failed", failed);
}

void asking_serve(void *context, const struct http_request *request, struct http_reply *reply)
{
    struct hub *hub = context;
    struct asking asking = { .hub = hub, .request = request, .reply = reply };
    struct error err = { 0 };
    const struct hub_route *route = find_route(request);
    if (!route)
        return;
    asking.db = pool_take(hub);
    asking.now_ns = hub_now(hub);
    if (!identify(&asking, route, &err) || (asking.status == 0 && !route->run(&asking, &err)))
        tell_failure(&asking, &err);
    pool_give(hub, asking.db);
}

struct asking_actor asking_name(int64_t person)
{
    struct asking_actor out;
    if (person == 0)
        snprintf(out.text, sizeof out.text, "machine");
    else
        snprintf(out.text, sizeof out.text, "p%lld", (long long)person);
    return out;
}

int64_t asking_id(const struct asking *asking, const char *variable)
{
    const char *text = http_variable(asking->request, variable);
    uint64_t number;
    return text && text_read_u64(bytes_of_string(text), INT64_MAX, &number) ? (int64_t)number
                                                                            : 0;
}

bool asking_would(const struct asking *asking, enum access_action action,
                  const struct access_object *object)
{
    return access_judge(asking->hub->settings.law, &asking->actor, action, object,
                        (struct access_use){ asking->purpose, asking->now_ns })
        .is_allowed;
}

bool asking_may(struct asking *asking, enum access_action action,
                const struct access_object *object)
{
    struct access_verdict verdict =
        access_judge(asking->hub->settings.law, &asking->actor, action, object,
                     (struct access_use){ asking->purpose, asking->now_ns });
    if (verdict.is_allowed)
        return true;
    if (asking_would(asking, ACTION_LIST, object) && asking_would(asking, ACTION_READ, object))
        (void)refuse_ruling(asking, &verdict);
    else
        (void)refuse_unknown(asking);
    return false;
}
