// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/must.h"
#include "base/time.h"
#include "hub/asking_private.h"
#include "hub/confined_private.h"
#include "hub/core_private.h"
#include "hub/joins_private.h"
#include "hub/kept_tasks_private.h"
#include "hub/notices_private.h"
#include "hub/schema.h"
#include "hub/work_private.h"
#include "system/clock.h"

enum {
    HANDLERS = 8, /* threads of each listener */
    READERS_DEFAULT = 2 * HANDLERS + 4,
    STOP_SECONDS = 10
};

static bool open_database(struct hub *hub, struct error *err)
{
    const struct hub_settings *settings = &hub->settings;
    const struct database_migrating how = { 0 };
    hub_database_name(settings, hub->database, sizeof hub->database);
    hub->lock = database_lock_take(hub->database, "hub", err);
    atomic_store(&hub->is_alone, hub->lock != NULL);
    hub->writer = hub->lock ? database_open(hub->database, false, err) : NULL;
    if (!hub->writer || !database_migrate(hub->writer, &hub_migrations, &how, err))
        return false;
    hub->tidier = database_open(hub->database, false, err);
    return hub->tidier != NULL;
}

static bool open_pool(struct hub *hub, struct error *err)
{
    struct hub_pool *pool = &hub->pool;
    size_t count = hub->settings.readers ? hub->settings.readers : READERS_DEFAULT;
    if (count > HUB_READERS_MAX)
        count = HUB_READERS_MAX;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->freed, NULL);
    while (pool->count < count) {
        struct database *reader = database_open(hub->database, true, err);
        if (!reader)
            return false;
        pool->free[pool->count] = reader;
        pool->all[pool->count++] = reader;
    }
    pool->free_count = pool->count;
    return true;
}

static bool make_setup_link(struct hub *hub, struct error *err)
{
    char token[TOKEN_TEXT_MAX];
    int64_t people;
    if (!sql_number(hub->writer, SQL0("SELECT COUNT(*) FROM person"), 0, &people, err))
        return false;
    if (people > 0)
        return true;
    if (!token_make("set", token, hub->setup_digest, err))
        return false;
    snprintf(hub->setup_link, sizeof hub->setup_link, "%s/setup#%s", hub->origin, token);
    atomic_store(&hub->has_setup, true);
    sodium_memzero(token, sizeof token);
    return true;
}

static void take_answer(void *context, const struct http_request *request, unsigned status,
                        uint64_t octets, int64_t took_ns)
{
    struct hub *hub = context;
    unsigned hundred = status / 100 < 6 ? status / 100 : 0;
    atomic_fetch_add(&hub->answered[hundred], 1);
    atomic_fetch_add(&hub->took_ns, (uint64_t)took_ns);
    hub_tell(hub, status >= 500 ? "error" : "info", "answered",
             json_pack("{s:s, s:s, s:i, s:I, s:f, s:s, s:s}", "method",
                       http_method_name(request->method), "route",
                       request->route ? request->route : "", "status", (int)status, "octets",
                       (json_int_t)octets, "ms", (double)took_ns / 1e6, "peer", request->peer,
                       "trace", request->trace));
}

/* The routes of one listener, as the server takes them. */
static struct http_route *make_routes(const struct hub_route *routes, size_t count)
{
    struct http_route *out = calloc(count, sizeof *out);
    if (!out)
        return NULL;
    for (size_t i = 0; i < count; i++)
        out[i] = (struct http_route){ .method = routes[i].method,
                                      .pattern = routes[i].pattern,
                                      .operation = routes[i].operation,
                                      .run = asking_serve,
                                      .body_max = routes[i].body_max };
    return out;
}

static struct http_server *listen_on(struct hub *hub, const struct hub_listener *listener,
                                     bool is_for_people, struct error *err)
{
    const struct hub_route *routes = is_for_people ? hub_routes : hub_sensor_routes;
    size_t count = is_for_people ? hub_route_count : hub_sensor_route_count;
    struct http_route *served = make_routes(routes, count);
    if (!served) {
        (void)error_set(err, ENOMEM, "routes");
        return NULL;
    }
    struct http_server *server =
        http_open(&(struct http_settings){ .address = listener->address,
                                           .port = listener->port,
                                           .certificate = listener->certificate,
                                           .key = listener->key,
                                           .authority = listener->authority,
                                           .trusts_proxy = listener->trusts_proxy,
                                           .routes = served,
                                           .route_count = count,
                                           .context = hub,
                                           .files = is_for_people ? hub->settings.web : NULL,
                                           .threads = HANDLERS,
                                           .told = take_answer },
                  err);
    if (is_for_people)
        hub->people_routes = served;
    else
        hub->sensors_routes = served;
    return server;
}

static void put_url(const struct hub_listener *listener, const struct http_server *server,
                    char room[HUB_ORIGIN_MAX])
{
    bool is_v6 = strchr(listener->address, ':') != NULL;
    snprintf(room, HUB_ORIGIN_MAX, "%s://%s%s%s:%u", listener->certificate ? "https" : "http",
             is_v6 ? "[" : "", listener->address, is_v6 ? "]" : "",
             (unsigned)http_port(server));
}

/* The name browsers know this place by, which passkeys are bound to. */
static void put_rp_id(struct hub *hub)
{
    const char *host = strstr(hub->origin, "://");
    host = host ? host + 3 : hub->origin;
    size_t len = strcspn(host, ":/");
    snprintf(hub->rp_id, sizeof hub->rp_id, "%.*s", (int)len, host);
}

static void put_origin(struct hub *hub)
{
    const char *loopback = strstr(hub->url, "://127.0.0.1:");
    if (hub->settings.origin)
        snprintf(hub->origin, sizeof hub->origin, "%s", hub->settings.origin);
    else if (loopback) /* passkeys have names, not addresses */
        snprintf(hub->origin, sizeof hub->origin, "%.*s://localhost%s",
                 (int)(loopback - hub->url), hub->url, loopback + strlen("://127.0.0.1"));
    else
        snprintf(hub->origin, sizeof hub->origin, "%s", hub->url);
    put_rp_id(hub);
}

static bool listen_all(struct hub *hub, struct error *err)
{
    const struct hub_settings *settings = &hub->settings;
    if (settings->people.address) {
        hub->people = listen_on(hub, &settings->people, true, err);
        if (!hub->people)
            return false;
        put_url(&settings->people, hub->people, hub->url);
    }
    put_origin(hub);
    if (settings->sensors.address) {
        hub->sensors = listen_on(hub, &settings->sensors, false, err);
        if (!hub->sensors)
            return false;
        put_url(&settings->sensors, hub->sensors, hub->sensors_url);
    }
    return true;
}

/* Last: no handler meets what is still being made. */
static bool serve_all(struct hub *hub, struct error *err)
{
    return (!hub->people || http_start(hub->people, err)) &&
           (!hub->sensors || http_start(hub->sensors, err));
}

static bool open_oidc(struct hub *hub, struct error *err)
{
    const struct hub_oidc *told = &hub->settings.oidc;
    if (!told->issuer)
        return true;
    snprintf(hub->oidc_back, sizeof hub->oidc_back, "%s/api/v1/session/oidc/callback",
             hub->origin);
    hub->oidc = oidc_open(&(struct oidc_settings){ .issuer = told->issuer,
                                                   .client_id = told->client_id,
                                                   .client_secret = told->client_secret,
                                                   .redirect_uri = hub->oidc_back,
                                                   .scopes = "openid profile",
                                                   .authority = told->authority },
                          err);
    return hub->oidc != NULL;
}

static bool log_one(struct hub *hub, const struct entry *entry, struct error *err)
{
    struct change change;
    if (!change_begin(hub, &change, err))
        return false;
    return change_log(&change, entry, NULL, err) ? change_commit(&change, err)
                                                 : change_give_up(&change);
}

static bool log_law(struct hub *hub, struct error *err)
{
    char hex[2 * HUB_DIGEST_OCTETS + 1];
    struct text to = text_over(hex, sizeof hex);
    struct entry entry = entry_begin(ENTRY_LAW_LOADED, hub_now(hub));
    text_put_hex(&to, (struct bytes){ hub->settings.law->digest, HUB_DIGEST_OCTETS });
    entry_set_text(&entry, ENTRY_DIGEST, text_bytes(&to));
    entry_set_text(&entry, ENTRY_LAW, bytes_of_string(hub->settings.law->id));
    return log_one(hub, &entry, err);
}

static bool log_weakness(struct hub *hub, struct error *err)
{
    char room[sizeof hub->weakness + 32];
    struct text words = text_over(room, sizeof room);
    struct entry entry = entry_begin(ENTRY_SANDBOX_WEAKENED, hub_now(hub));
    text_format(&words, "the hub serves %s", hub->weakness);
    entry_set_text(&entry, ENTRY_REASON, text_bytes(&words));
    return hub->weakness[0] == '\0' || log_one(hub, &entry, err);
}

static bool make_folder(const struct hub *hub, struct error *err)
{
    const char *folder = hub->settings.folder;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return error_set(err, errno, "%s", folder);
    /* What SQLite sorts on the disk stays with us. */
    return setenv("SQLITE_TMPDIR", folder, 1) == 0 || error_set(err, errno, "%s", folder);
}

/* No thread yet: what this one gives up, those have given up that it begins. */
static bool open_all(struct hub *hub, struct error *err)
{
    return make_folder(hub, err) && joiner_begin(hub, err) && open_database(hub, err) &&
           open_pool(hub, err) && attempts_start(hub, err) && log_open(hub, err) &&
           listen_all(hub, err) && open_oidc(hub, err);
}

static bool begin_all(struct hub *hub, struct error *err)
{
    return log_start(hub, err) && log_law(hub, err) && log_weakness(hub, err) &&
           joins_start(hub, err) && make_setup_link(hub, err) && work_start(hub, err) &&
           hooks_start(hub, err) && serve_all(hub, err);
}

struct hub *hub_start(const struct hub_settings *settings, struct error *err)
{
    struct hub *hub = calloc(1, sizeof *hub);
    if (!hub || sodium_init() < 0) {
        (void)error_set(err, ENOMEM, "hub");
        free(hub);
        return NULL;
    }
    hub->settings = *settings;
    if (!settings->is_exercise)
        hub->settings.ahead_ns = 0;
    hub->started_ns = clock_now_ns();
    turns_init(&hub->writing);
    pthread_mutex_init(&hub->intake, NULL);
    pthread_mutex_init(&hub->viewing, NULL);
    pthread_mutex_init(&hub->seen.lock, NULL);
    randombytes_buf(&hub->much_key, sizeof hub->much_key);
    if (open_all(hub, err) && hub_confine(hub, err) && begin_all(hub, err))
        return hub;
    hub_stop(hub);
    return NULL;
}

void hub_stop(struct hub *hub)
{
    if (!hub)
        return;
    hooks_stop(hub);
    work_stop(hub);
    if (hub->sensors) /* first: what sensors send wakes who listens to events */
        http_stop(hub->sensors, STOP_SECONDS);
    if (hub->people)
        http_stop(hub->people, STOP_SECONDS);
    joins_stop(hub);
    log_stop(hub);
    if (hub->oidc)
        oidc_close(hub->oidc);
    for (size_t i = 0; i < hub->pool.count; i++)
        database_close(hub->pool.all[i]);
    database_close(hub->tidier);
    database_close(hub->writer);
    if (hub->lock)
        database_lock_release(hub->lock);
    attempts_stop(hub);
    joiner_end(hub);
    free(hub->people_routes);
    free(hub->sensors_routes);
    kept_tasks_free(hub);
    free(hub);
}

bool hub_reload(struct hub *hub, struct error *err)
{
    return (!hub->settings.people.certificate || http_reload(hub->people, err)) &&
           (!hub->settings.sensors.certificate || http_reload(hub->sensors, err));
}

const char *hub_url(const struct hub *hub)
{
    return hub->url;
}

const char *hub_sensors_url(const struct hub *hub)
{
    return hub->sensors_url;
}

const char *hub_setup_link(const struct hub *hub)
{
    return hub->setup_link;
}
