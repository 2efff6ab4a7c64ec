// SPDX-License-Identifier: Apache-2.0
/* Calls people's programs: that something of that name changed, of what its owner may list at
 * that moment, signed with the secret that he was shown.  In order, again after a failure with
 * waits that double, and given up after so many. */
#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/ip.h"
#include "base/time.h"
#include "hub/compartment_private.h"
#include "hub/notices_private.h"
#include "hub/who_private.h"

enum {
    HOOKS_EVERY_S = 1,
    HOOKS_A_TURN = 20, /* calls of one webhook before the next has its turn */
    HOOKS_FAILURES_MAX = 12,
    HOOKS_WAIT_MAX_S = 3600,
    HOOKS_CALL_S = 10,
    HOOKS_KINDS_MAX = 124
};

struct hub_hooks {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_running, is_asked_to_end;
};

struct hook {
    int64_t id, person, sent, failures;
    char url[512], kinds[HOOKS_KINDS_MAX], secret[TOKEN_TEXT_MAX], purpose[ACCESS_RULE_MAX];
};

struct event {
    int64_t id;
    char *body;
};

/* The address that is connected to, after names were looked up: nothing inside our own network
 * can be reached by naming it. */
static curl_socket_t open_socket(void *context, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    const struct hub *hub = context;
    struct ip_address to = { 0 };
    (void)purpose;
    if (address->family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, &address->addr, sizeof v4);
        to = ip_from_v4(ntohl(v4.sin_addr.s_addr));
    } else if (address->family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, &address->addr, sizeof v6);
        memcpy(to.octets, &v6.sin6_addr, sizeof to.octets);
    }
    bool is_inside = ip_is_zero(&to) || ip_is_internal(&to) || ip_is_multicast(&to);
    struct ip_address loopback = ip_from_v4(INADDR_LOOPBACK);
    bool is_test = hub->settings.calls_loopback &&
                   memcmp(to.octets, loopback.octets, sizeof to.octets) == 0;
    if (is_inside && !is_test)
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* What it answers beyond its status is of no interest. */
static size_t leave(char *octets, size_t one, size_t len, void *context)
{
    (void)octets, (void)context;
    return one * len;
}

static bool set_up(CURL *handle, const struct hub *hub, const struct hook *hook)
{
    return curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_TIMEOUT, (long)HOOKS_CALL_S) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_MAXFILESIZE, 65536L) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR,
                            hub->settings.calls_loopback ? "https,http" : "https") ==
               CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_USERAGENT, "sekisho") == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, hub) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, leave) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_URL, hook->url) == CURLE_OK;
}

/* t=SECONDS,v1=HMAC-SHA256 over "SECONDS.BODY": so an old call cannot be sent again unseen. */
static void sign(const struct hook *hook, const char *body, int64_t now_s, char *room,
                 size_t max)
{
    crypto_auth_hmacsha256_state state;
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    char hex[2 * sizeof mac + 1], time[32];
    snprintf(time, sizeof time, "%lld.", (long long)now_s);
    crypto_auth_hmacsha256_init(&state, (const uint8_t *)hook->secret, strlen(hook->secret));
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)time, strlen(time));
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)body, strlen(body));
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_bin2hex(hex, sizeof hex, mac, sizeof mac);
    snprintf(room, max, "Sekisho-Signature: t=%lld,v1=%s", (long long)now_s, hex);
}

/* The status it answered; 0: none. */
static long call(const struct hub *hub, const struct hook *hook, const struct event *event)
{
    char signature[160], number[64];
    long status = 0;
    CURL *handle = curl_easy_init();
    sign(hook, event->body, hub_now(hub) / TIME_SECOND_NS, signature, sizeof signature);
    snprintf(number, sizeof number, "Sekisho-Event: %lld", (long long)event->id);
    struct curl_slist *head = curl_slist_append(NULL, "Content-Type: application/json");
    head = curl_slist_append(head, signature);
    head = curl_slist_append(head, number);
    if (handle && head && set_up(handle, hub, hook) &&
        curl_easy_setopt(handle, CURLOPT_HTTPHEADER, head) == CURLE_OK &&
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, event->body) == CURLE_OK &&
        curl_easy_perform(handle) == CURLE_OK)
        curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(head);
    if (handle)
        curl_easy_cleanup(handle);
    return status;
}

static bool note(struct hub *hub, const struct hook *hook, long status, struct error *err)
{
    struct change change;
    int64_t shift = hook->failures < 12 ? hook->failures : 12;
    int64_t wait_s = INT64_C(1) << shift;
    if (wait_s > HOOKS_WAIT_MAX_S)
        wait_s = HOOKS_WAIT_MAX_S;
    if (!change_begin(hub, &change, err))
        return false;
    int64_t next_ns = hook->failures ? change.now_ns + wait_s * TIME_SECOND_NS : 0;
    if (!database_run(change.db,
                      SQL("UPDATE webhook SET sent = $2, failures = $3, next = $4,"
                          " last_status = $5, is_active = $6 WHERE id = $1",
                          database_number(hook->id), database_number(hook->sent),
                          database_number(hook->failures), database_number(next_ns),
                          database_number(status),
                          database_number(hook->failures < HOOKS_FAILURES_MAX)),
                      NULL, err))
        return change_give_up(&change);
    return change_commit(&change, err);
}

#define OF_KINDS SQL_HOLDS("',' || $3 || ','", "',' || kind || ','")

/* The next that its owner may list; body NULL: none. */
static bool find_event(struct asking *asking, const struct hook *hook, struct event *out,
                       struct error *err)
{
    int64_t view;
    *out = (struct event){ 0 };
    if (!compartment_view(asking, ACTION_LIST, &view, err))
        return false;
    json_t *row = rows_one(
        asking->db,
        SQL("SELECT id AS \"id@number\", kind, subject, at AS \"at@time\" FROM happening"
            " WHERE id > $1 AND ($3 = '' OR " OF_KINDS ")"
            " AND compartment IN (SELECT compartment FROM visible WHERE view = $2)"
            " ORDER BY id LIMIT 1",
            database_number(hook->sent), database_number(view), database_string(hook->kinds)),
        err);
    if (json_is_object(row)) {
        out->id = json_integer_value(json_object_get(row, "id"));
        json_object_del(row, "id");
        out->body = json_dumps(row, JSON_COMPACT);
    }
    json_decref(row);
    return row != NULL;
}

/* True: it was called, and may be again at once. */
static bool call_next(struct hub *hub, struct hook *hook, struct error *err)
{
    struct event event;
    bool is_known = false;
    struct asking owner = { .hub = hub, .db = pool_take(hub), .now_ns = hub_now(hub) };
    owner.purpose = *hook->purpose ? hook->purpose : NULL;
    bool is_found = who_load(&owner, hook->person, &is_known, err) && is_known &&
                    find_event(&owner, hook, &event, err);
    pool_give(hub, owner.db);
    if (!is_found || !event.body)
        return false;
    long status = call(hub, hook, &event);
    bool is_taken = status >= 200 && status < 300;
    hook->failures = is_taken ? 0 : hook->failures + 1;
    hook->sent = is_taken ? event.id : hook->sent;
    free(event.body);
    return note(hub, hook, status, err) && is_taken;
}

static void take(const struct database_rows *rows, struct hook *out)
{
    struct text texts[] = { text_over(out->url, sizeof out->url),
                            text_over(out->kinds, sizeof out->kinds),
                            text_over(out->purpose, sizeof out->purpose),
                            text_over(out->secret, sizeof out->secret) };
    out->id = database_get_number(rows, 0);
    out->person = database_get_number(rows, 1);
    out->sent = database_get_number(rows, 2);
    out->failures = database_get_number(rows, 3);
    for (size_t i = 0; i < 3; i++)
        text_put(&texts[i], database_get_text(rows, 4 + i));
    text_put(&texts[3], database_get_blob(rows, 7));
}

/* The first after that id whose time has come; id 0: none. */
static bool find_hook(struct hub *hub, int64_t after, struct hook *out, struct error *err)
{
    *out = (struct hook){ 0 };
    struct database *db = pool_take(hub);
    struct database_rows *rows =
        database_ask(db,
                     SQL("SELECT id, person, sent, failures, url, kinds, purpose, secret"
                         " FROM webhook WHERE is_active = 1 AND next <= $1 AND id > $2"
                         " ORDER BY id LIMIT 1",
                         database_number(hub_now(hub)), database_number(after)),
                     err);
    enum database_step step = rows ? database_step(rows, err) : DATABASE_FAILED;
    if (step == DATABASE_ROW)
        take(rows, out);
    if (rows)
        database_end(rows);
    pool_give(hub, db);
    return step != DATABASE_FAILED;
}

static bool is_over(struct hub_hooks *hooks)
{
    pthread_mutex_lock(&hooks->lock);
    bool is_over = hooks->is_asked_to_end;
    pthread_mutex_unlock(&hooks->lock);
    return is_over;
}

static bool turn(struct hub *hub, struct error *err)
{
    struct hook hook = { 0 };
    do {
        if (!find_hook(hub, hook.id, &hook, err))
            return false;
        for (int i = 0; hook.id && i < HOOKS_A_TURN && !is_over(hub->hooks); i++) {
            if (!call_next(hub, &hook, err))
                break;
        }
        sodium_memzero(hook.secret, sizeof hook.secret);
    } while (hook.id && !is_over(hub->hooks) && err->code == 0);
    return err->code == 0;
}

static bool wait_a_turn(struct hub_hooks *hooks)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += HOOKS_EVERY_S;
    pthread_mutex_lock(&hooks->lock);
    if (!hooks->is_asked_to_end)
        pthread_cond_timedwait(&hooks->changed, &hooks->lock, &until);
    bool goes_on = !hooks->is_asked_to_end;
    pthread_mutex_unlock(&hooks->lock);
    return goes_on;
}

static void *run(void *context)
{
    struct hub *hub = context;
    uint64_t looked = UINT64_MAX;
    for (unsigned count = 0; wait_a_turn(hub->hooks); count++) {
        struct error err = { 0 };
        uint64_t happened = atomic_load(&hub->happened);
        if (happened == looked && count % 5 != 0)
            continue; /* only what waits for its next try */
        looked = happened;
        if (!turn(hub, &err))
            hub_tell(hub, "error", "webhooks", json_pack("{s:s}", "why", err.text));
    }
    return NULL;
}

bool hooks_start(struct hub *hub, struct error *err)
{
    hub->hooks = calloc(1, sizeof *hub->hooks);
    if (!hub->hooks || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(err, ENOMEM, "webhooks");
    pthread_mutex_init(&hub->hooks->lock, NULL);
    pthread_cond_init(&hub->hooks->changed, NULL);
    hub->hooks->is_running = pthread_create(&hub->hooks->thread, NULL, run, hub) == 0;
    return hub->hooks->is_running || error_set(err, errno, "thread of the webhooks");
}

void hooks_stop(struct hub *hub)
{
    struct hub_hooks *hooks = hub->hooks;
    if (hooks && hooks->is_running) {
        pthread_mutex_lock(&hooks->lock);
        hooks->is_asked_to_end = true;
        pthread_cond_signal(&hooks->changed);
        pthread_mutex_unlock(&hooks->lock);
        pthread_join(hooks->thread, NULL);
    }
    free(hooks);
    hub->hooks = NULL;
}
