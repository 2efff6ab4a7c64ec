// SPDX-License-Identifier: Apache-2.0
/* What every subject of the hub stands on: its connections, and how a change is made. */
#pragma once

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>

#include "access/judge.h"
#include "base/hash.h"
#include "database/database.h"
#include "http/http.h"
#include "hub/hub.h"
#include "identity/identity.h"
#include "ledger/log.h"
#include "proof/entry.h"

enum {
    HUB_READERS_MAX = 32,
    HUB_DIGEST_OCTETS = 32,
    HUB_ORIGIN_MAX = 256,
    HUB_LINK_MAX = HUB_ORIGIN_MAX + 96,
    HUB_NAME_MAX = 64,
    HUB_BEHIND_MAX = 100000 /* entries not yet in the log: no change is made beyond */
};

/* A statement with its values: SQL("... $1 ... $2", database_number(1), database_string("x"))
 */
#define SQL(text, ...)                                           \
    (&(const struct database_statement){                         \
        text, (const struct database_value[]){ __VA_ARGS__ },    \
        sizeof((const struct database_value[]){ __VA_ARGS__ }) / \
            sizeof(struct database_value) })
#define SQL0(text) (&(const struct database_statement){ text, NULL, 0 })
/* What was typed is looked for as it stands: % and _ in it stand for nothing else. */
#define SQL_HOLDS(text, typed)                                                     \
    text " LIKE '%' || replace(replace(replace(" typed ", '!', '!!'), '%', '!%')," \
         " '_', '!_') || '%' ESCAPE '!'"

/* Who came first writes first: a mutex alone would let sensors' batches, one after another,
 * keep somebody who signs in waiting. */
struct hub_turns {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t taken, served;
};
void turns_init(struct hub_turns *turns);
void turns_wait(struct hub_turns *turns);
void turns_end(struct hub_turns *turns);

struct hub_pool {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    size_t count, free_count;
    struct database *all[HUB_READERS_MAX];
    struct database *free[HUB_READERS_MAX];
};

/* The thread that brings entries from their table into the signed log. */
struct hub_log {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_running, is_asked_to_end;
    struct ledger *ledger;
    struct key *key;
    pthread_mutex_t signing;
    struct database *database;
    _Atomic int64_t committed; /* entries that a checkpoint names */
    _Atomic bool is_good;
};

struct hub_work;     /* work_private.h */
struct hub_attempts; /* attempts.c */
struct hub_hooks;    /* hooks.c */
struct hub_joins;    /* joins_private.h */
struct hub_joiner;   /* joiner.c */

/* Views that were found, while nothing that they rest on has changed. */
enum { HUB_VIEWS_MAX = 1024 };
struct hub_view {
    int64_t person, view, until_ns;
    uint64_t policy, scopes;
    unsigned action;
    char purpose[ACCESS_RULE_MAX];
};

/* What waits for a person (kept_tasks.c), good until something of its key changes. */
enum { HUB_TASKS_MAX = 1024 };
struct hub_tasks {
    int64_t person, view, until_ns;
    uint64_t worked, policy, scopes;
    bool has_passkey;
    char purpose[ACCESS_RULE_MAX];
    char *text; /* NULL: none */
};

/* The first records that work waits in, for all who may work in the same (kept_tasks.c). */
enum { HUB_FIRST_MAX = 64 };
struct hub_first {
    int64_t work, until_ns;
    uint64_t stamp;
    char *text; /* NULL: none */
};

/* Lists of more rows than are counted (much.c). */
enum { HUB_MUCH_MAX = 1024 };
struct hub_much {
    uint64_t key;
    int64_t until_ns;
};

/* Sessions that go on, not yet written (seen.c). */
enum { HUB_SEEN_MAX = 1024 };
struct hub_seen {
    pthread_mutex_t lock;
    size_t count;
    struct hub_seen_row {
        uint8_t digest[TOKEN_DIGEST_OCTETS];
        int64_t at_ns;
    } rows[HUB_SEEN_MAX];
};

struct hub {
    struct hub_settings settings;
    char database[4096 + 8];
    char origin[HUB_ORIGIN_MAX], url[HUB_ORIGIN_MAX], sensors_url[HUB_ORIGIN_MAX];
    char rp_id[HUB_ORIGIN_MAX];
    char setup_link[HUB_LINK_MAX];
    uint8_t setup_digest[TOKEN_DIGEST_OCTETS];
    _Atomic bool has_setup;
    struct hub_turns writing; /* one change at a time: entries have an order */
    pthread_mutex_t intake;   /* one batch waits for its turn, the others for it */
    struct database *writer, *tidier;
    int64_t entries; /* in their table, -1: not known; under writing */
    struct hub_pool pool;
    struct hub_log log;
    struct database_lock *lock;
    _Atomic bool is_alone; /* it is still ours: else nothing is written */
    struct oidc *oidc;
    char oidc_back[HUB_LINK_MAX];
    _Atomic unsigned oidc_asked; /* at this moment */
    struct http_server *people, *sensors;
    struct http_route *people_routes, *sensors_routes;
    struct hub_work *work;
    struct hub_attempts *attempts;
    struct hub_hooks *hooks;
    struct hub_joins *joins;
    struct hub_joiner *joiner;
    char weakness[64]; /* what it is not confined by; "": nothing is missing */
    pthread_mutex_t viewing;
    struct hub_view views[HUB_VIEWS_MAX];
    struct hub_tasks tasks[HUB_TASKS_MAX];
    struct hub_first first[HUB_FIRST_MAX];
    struct hub_much much[HUB_MUCH_MAX];
    struct hash_key much_key;
    struct hub_seen seen;
    _Atomic uint64_t policy;  /* goes up when who may see what has changed */
    _Atomic uint64_t waiting; /* records of sensors, to be written */
    _Atomic uint64_t worked;  /* goes up with each change but those of sensors and of looking */
    _Atomic uint64_t happened;             /* goes up: whoever waits for events looks */
    _Atomic uint64_t answered[6], took_ns; /* by hundreds of status; for metrics */
    int64_t started_ns;
};

int64_t hub_now(const struct hub *hub);
/* A line of the log: {"at","level","what", and more (taken over; may be NULL)}. */
void hub_tell(struct hub *hub, const char *level, const char *what, json_t *more);

/* A connection that reads, for as long as a request lasts. */
struct database *pool_take(struct hub *hub);
void pool_give(struct hub *hub, struct database *database);

/* One change: all that it writes, and its entries, or nothing. */
struct change {
    struct hub *hub;
    struct database *db;
    int64_t now_ns;
    int64_t person;    /* who makes it; 0: the machine */
    int64_t committed; /* number of its last entry, -1: none yet */
    bool is_of_policy; /* who may see what is changed by it */
    bool is_of_work;   /* what waits for people may be changed by it */
    bool has_happened; /* something that others listen for */
    bool is_begun;
    const struct asking *asking; /* NULL: of the machine */
};
/* False with EBUSY where the log is too far behind. */
MUST_CHECK bool change_begin(struct hub *hub, struct change *out, struct error *err);
MUST_CHECK bool change_commit(struct change *change, struct error *err);
/* Takes all of it back; always false, so that a failing change ends `return
 * change_give_up(..)`.
 */
bool change_give_up(struct change *change);
/* The number it will have in the log. */
MUST_CHECK bool change_log(struct change *change, const struct entry *entry, int64_t *number,
                           struct error *err);
/* Keeps a document by its digest (compact, sorted JSON), for entries to name. */
MUST_CHECK bool change_document(struct change *change, const json_t *document,
                                uint8_t digest[HUB_DIGEST_OCTETS], struct error *err);
/* What happened, for those who listen: of a row of that compartment. */
MUST_CHECK bool change_happened(struct change *change, const char *kind, const char *subject,
                                int64_t compartment, struct error *err);
/* The one number that a statement gives; missing where it gives none. */
MUST_CHECK bool sql_number(struct database *db, const struct database_statement *statement,
                           int64_t missing, int64_t *out, struct error *err);

/* attempts.c */
MUST_CHECK bool attempts_start(struct hub *hub, struct error *err);
void attempts_stop(struct hub *hub);

/* backup.c: what database_open is told. */
void hub_database_name(const struct hub_settings *settings, char *room, size_t max);

/* log.c: opened before the hub confines itself, as the passphrase may come from anywhere, and
 * started after. */
MUST_CHECK bool log_open(struct hub *hub, struct error *err);
MUST_CHECK bool log_start(struct hub *hub, struct error *err);
/* With the hub's key; from any thread. */
MUST_CHECK bool log_sign(struct hub_log *log, struct bytes message,
                         uint8_t out[NOTE_SIGNATURE_OCTETS], struct error *err);
void log_stop(struct hub *hub);
void log_wake(struct hub *hub);
/* While it is held no commit is made, also by another process; -1 where it cannot be. */
int log_hold(const struct hub_settings *settings);
void log_let_go(int held);

/* rows.c: a row as an object.  A column "updated@time" gives "updated" in RFC 3339; @flag true
 * or false; @number; @id a number as text; @label TLP; @hex octets; @json what the text holds;
 * without a mark it is text. */
json_t *rows_object(const struct database_rows *rows);
/* Every row; NULL where the world failed. */
json_t *rows_array(struct database *db, const struct database_statement *statement,
                   struct error *err);
/* The only row; JSON null where there is none, NULL where the world failed. */
json_t *rows_one(struct database *db, const struct database_statement *statement,
                 struct error *err);
json_t *json_time(int64_t time_ns);
/* SHA-256 of compact, sorted JSON. */
void json_digest(const json_t *json, uint8_t out[HUB_DIGEST_OCTETS]);
