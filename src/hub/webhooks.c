// SPDX-License-Identifier: Apache-2.0
/* Where somebody's program wants to be called: registered, listed, ended by himself. */
#include <sodium.h>
#include <string.h>

#include "hub/notices_private.h"
#include "hub/people_private.h"

enum { WEBHOOKS_MAX = 10, URL_MAX = 500, KINDS_MAX = 120 };

bool webhooks_list(struct asking *asking, struct error *err)
{
    json_t *items = rows_array(
        asking->db,
        SQL("SELECT id AS \"id@id\", url, kinds, is_active AS \"is_active@flag\", failures AS"
            " \"failures@number\", last_status AS \"last_status@number\", next AS"
            " \"next_try@time\", created AS \"created@time\" FROM webhook WHERE person = $1"
            " ORDER BY id",
            database_number(asking->actor.person)),
        err);
    return items && answer(asking, 200,
                           json_pack("{s:o, s:n, s:I, s:b}", "items", items, "next", "count",
                                     (json_int_t)json_array_size(items), "count_is_exact", 1));
}

/* No user, no fragment; https, or http to loopback where a test allows it. */
static bool is_good_url(const struct asking *asking, const char *url)
{
    bool is_https = strncmp(url, "https://", 8) == 0;
    bool is_test = asking->hub->settings.calls_loopback &&
                   strncmp(url, "http://127.0.0.1:", strlen("http://127.0.0.1:")) == 0;
    return (is_https || is_test) && strlen(url) <= URL_MAX && !strpbrk(url, "@#\\ \t\r\n");
}

/* Names of what happens, parted by commas; "": all. */
static bool are_kinds(const char *kinds)
{
    return strspn(kinds, "abcdefghijklmnopqrstuvwxyz_,") == strlen(kinds);
}

struct new_webhook {
    const char *url, *kinds;
    char secret[TOKEN_TEXT_MAX];
};

static bool write_webhook(struct change *change, const struct asking *asking,
                          const struct new_webhook *webhook, int64_t *id, struct error *err)
{
    int64_t last;
    if (!sql_number(change->db, SQL0("SELECT MAX(id) FROM webhook"), 0, id, err) ||
        !sql_number(change->db, SQL0("SELECT MAX(id) FROM happening"), 0, &last, err))
        return false;
    ++*id;
    return database_run(
               change->db,
               SQL("INSERT INTO webhook (id, person, url, secret, kinds, is_active, sent,"
                   " failures, next, last_status, created, purpose)"
                   " VALUES ($1, $2, $3, $4, $5, 1, $6, 0, 0, 0, $7, $8)",
                   database_number(*id), database_number(change->person),
                   database_string(webhook->url),
                   database_blob(bytes_of_string(webhook->secret)),
                   database_string(webhook->kinds), database_number(last),
                   database_number(change->now_ns),
                   database_string(asking->purpose ? asking->purpose : "")),
               NULL, err) &&
           people_log(change, change->person, "webhook_added", webhook->url, err);
}

static bool add(struct asking *asking, const json_t *body, struct error *err)
{
    static const struct law_text bad_url = { "https:// and a name others can reach",
                                             "https://で始まる、外部から到達できるURLです" };
    static const struct law_text bad_kinds = { "names parted by commas",
                                               "名前をコンマで区切ります" };
    static const struct law_text many = { "that are enough webhooks", "Webhookが多すぎます" };
    struct new_webhook webhook = { 0 };
    struct change change;
    uint8_t unused[TOKEN_DIGEST_OCTETS];
    int64_t id, count;
    if (!body_text(asking, body, "url", URL_MAX, &webhook.url) ||
        !body_text(asking, body, "kinds", KINDS_MAX, &webhook.kinds))
        return true;
    if (!is_good_url(asking, webhook.url))
        return refuse_field(asking, "url", bad_url);
    if (!are_kinds(webhook.kinds))
        return refuse_field(asking, "kinds", bad_kinds);
    if (!sql_number(asking->db,
                    SQL("SELECT COUNT(*) FROM webhook WHERE person = $1",
                        database_number(asking->actor.person)),
                    0, &count, err))
        return false;
    if (count >= WEBHOOKS_MAX)
        return refuse_as(asking, 409, "many", many);
    if (!token_make("whs", webhook.secret, unused, err) || !change_of(asking, &change, err))
        return false;
    if (!write_webhook(&change, asking, &webhook, &id, err))
        return change_give_up(&change);
    if (!change_commit(&change, err))
        return false;
    char text[24];
    struct text to = text_over(text, sizeof text);
    text_put_i64(&to, id);
    asking->once = NULL; /* the secret is not kept with the answer */
    bool is_done =
        answer(asking, 201,
               json_pack("{s:s%, s:s, s:s, s:s}", "id", text, to.len, "url", webhook.url,
                         "kinds", webhook.kinds, "secret", webhook.secret));
    sodium_memzero(webhook.secret, sizeof webhook.secret);
    return is_done;
}

bool webhooks_add(struct asking *asking, struct error *err)
{
    json_t *body = asking_body(asking);
    bool is_done = !body || add(asking, body, err);
    json_decref(body);
    return is_done;
}

bool webhooks_end(struct asking *asking, struct error *err)
{
    struct change change;
    int64_t changed = 0;
    if (!change_of(asking, &change, err))
        return false;
    if (!database_run(change.db,
                      SQL("DELETE FROM webhook WHERE id = $1 AND person = $2",
                          database_number(asking_id(asking, "id")),
                          database_number(asking->actor.person)),
                      &changed, err) ||
        (changed && !people_log(&change, asking->actor.person, "webhook_ended", "", err)))
        return change_give_up(&change);
    if (!change_commit(&change, err))
        return false;
    return changed ? answer_nothing(asking) : refuse_unknown(asking);
}
