// SPDX-License-Identifier: Apache-2.0
/* The hub: where sensors report and people decide.  One process over one database and one
 * signed ledger; the law's data says which procedures there are and who may do what in them.
 *
 * Every change is one transaction that also holds its entry of the ledger, so tables are
 * projections: hub_check says where they are not what the ledger tells. */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "keys/keys.h"
#include "statute/statute.h"

struct hub;

/* Where people, or sensors, connect. */
struct hub_listener {
    const char *address;                       /* NULL: none */
    uint16_t port;                             /* 0: any */
    const char *certificate, *key, *authority; /* files in PEM; NULL: no TLS, no client's */
    bool trusts_proxy;
};

struct hub_oidc {
    const char *issuer, *client_id, *client_secret, *authority; /* issuer NULL: none */
};

/* What the hub closes to itself for good before it answers (system/sandbox.h): nothing, what
 * the kernel can, or all of it, else it does not start. */
enum hub_confine { HUB_CONFINE_NOT, HUB_CONFINE_POSSIBLE, HUB_CONFINE_REQUIRED };

struct hub_settings {
    const char *folder; /* ledger, keys, and the database where it is SQLite; made if missing */
    const char *database; /* "postgresql://..."; NULL: SQLite in folder */
    const char *web;      /* folder of the page; NULL: none */
    const char *origin;   /* as browsers see it: "https://hub.example"; NULL: of the listener */
    struct hub_listener people, sensors;
    struct hub_oidc oidc;
    const struct law *law;
    const char *law_folder; /* where its data was read from, for the evidence; NULL: none */
    const char *interface;  /* file of the OpenAPI document; NULL: none */
    enum hub_confine confine;
    bool is_exercise;    /* everything here is an exercise: marked, and never anything else */
    int64_t ahead_ns;    /* of the clock, in exercises only */
    bool calls_loopback; /* webhooks by http to 127.0.0.1, for tests */
    uint64_t flows_max;  /* records waiting to be written; 0: a million */
    unsigned readers;    /* connections; 0: 8 */
    key_ask_fn *ask;     /* the passphrase of the ledger's key; NULL: none */
    void *ask_context;
    /* One line of JSON for each answer and each thing worth knowing; NULL: none. */
    void (*log)(void *context, const char *line);
    void *log_context;
};

/* Makes what is missing, brings the schema up to date, listens, confines itself, answers.  The
 * process must have no other thread, and the settings' texts must stay. */
MUST_CHECK struct hub *hub_start(const struct hub_settings *settings, struct error *err);
/* Lets requests end, commits the ledger, closes. */
void hub_stop(struct hub *hub);
/* Reads the certificates of both listeners again, for connections from now on.  False: those
 * before stay. */
MUST_CHECK bool hub_reload(struct hub *hub, struct error *err);
/* "http://127.0.0.1:8080"; of sensors: "" where there is no such listener. */
const char *hub_url(const struct hub *hub);
const char *hub_sensors_url(const struct hub *hub);
/* The link by which the first administrator is made; "" where there is one already.  Each start
 * gives a new one. */
const char *hub_setup_link(const struct hub *hub);

/* What the tables say against what the ledger says, told one by one; found counts them. */
typedef void hub_told_fn(void *context, const char *where, const char *words);
MUST_CHECK bool hub_check(const struct hub_settings *settings, hub_told_fn *tell, void *context,
                          uint64_t *found, struct error *err);

/* A copy of the whole in one file, while the hub works or not: database, ledger, and the public
 * half of its key; the private one is not in it.  A file that is there is not written over. */
MUST_CHECK bool hub_backup(const struct hub_settings *settings, const char *file,
                           struct error *err);
/* Into the settings' folder, which is not there or empty, and the settings' database. */
MUST_CHECK bool hub_restore(const struct hub_settings *settings, const char *file,
                            struct error *err);
/* The steps of the schema that are taken, or with is_dry would be, told one by one. */
typedef void hub_step_fn(void *context, unsigned number, const char *name);
MUST_CHECK bool hub_migrate(const struct hub_settings *settings, bool is_dry, hub_step_fn *tell,
                            void *context, struct error *err);

/* The table of what people may ask: "GET", "/api/v1/records", "listRecords", and the parameters
 * that its query may have, between blanks. */
typedef void hub_route_fn(void *context, const char *method, const char *path,
                          const char *operation, const char *queries);
void hub_each_route(hub_route_fn *tell, void *context);
