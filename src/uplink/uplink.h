// SPDX-License-Identifier: Apache-2.0
/* A sensor's side of a hub (docs/uplink.md).  The sensor's own store and ledger are the spool:
 * this reads them, from where it was, and sends what it finds in batches over HTTPS, in both
 * directions by certificates of one authority.  Warrants and revocations come back, into the
 * folder the sensor looks into; what they are worth the sensor decides.
 *
 * A batch is named by its content, and what is about to be sent is written down before: so
 * whatever is killed, lost or answered twice, every record arrives, and none counts twice.  The
 * store is only read, with a grant for "report"; memory is that of one batch. */
#pragma once

#include <signal.h>

#include "store/store.h"

struct uplink_settings {
    const char *url; /* https://HOST:PORT */
    const char *certificate, *key, *authority;
    const char *state;      /* a file: how far we are */
    const char *warrants;   /* a folder */
    const char *ledger;     /* a folder */
    const char *statistics; /* of `watch --state` (docs/state.md); NULL: none are sent */
    unsigned batch_records, records_per_second;
    int64_t interval_ns; /* between looks for warrants, and at the ledger */
    bool is_dry;         /* nothing is sent or written */
    const volatile sig_atomic_t *stop;
    /* What a person should know, in one line. */
    void (*tell)(void *context, const char *words);
    void *context;
};

struct uplink_account {
    uint64_t records, findings, batches; /* that the hub has acknowledged */
    uint64_t known;                      /* of the batches: it had them before */
    uint64_t refused; /* stretches that it will not have, kept in the store and written down */
    uint64_t tries_in_vain;
    uint64_t warrants, warrants_refused;
    uint64_t statistics;                      /* parts of them that were sent */
    uint64_t checkpoint;                      /* entries of the ledger that it has seen */
    uint64_t behind_records, behind_findings; /* at most: numbers not sent yet */
};

/* What to do next. */
enum uplink_next {
    UPLINK_AGAIN, /* there may be more */
    UPLINK_DONE,  /* nothing is left to send */
    UPLINK_WAIT   /* the hub is busy or cannot be reached, or a file not be written */
};

struct uplink;

MUST_CHECK struct uplink *uplink_open(const struct uplink_settings *settings,
                                      struct error *err);
void uplink_close(struct uplink *uplink);

/* Sends one batch, or looks after warrants and the ledger when that is due.  False: the store
 * cannot be read.  With UPLINK_WAIT, *wait_ns is how long; the hub's word for it, or longer
 * each time, and never the same for all sensors. */
MUST_CHECK bool uplink_turn(struct uplink *uplink, struct store *store, enum uplink_next *next,
                            int64_t *wait_ns, struct error *err);
/* How long the rate of records per second asks to wait now; 0: not. */
int64_t uplink_pause_ns(const struct uplink *uplink);
const struct uplink_account *uplink_tell_account(const struct uplink *uplink);
