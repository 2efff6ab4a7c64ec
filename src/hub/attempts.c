// SPDX-License-Identifier: Apache-2.0
/* How often may be tried to sign in, and how many passwords are checked at a time. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "hub/session_private.h"
#include "identity/attempts.h"

/* Each check takes 64 MiB and 50 ms.  Who waits holds a connection of the pool, so that few
 * may. */
enum { CHECKS_AT_ONCE = 2, CHECKS_WAITING = 2 };

struct hub_attempts {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    unsigned checks, waiting;
    struct attempts table;
};

bool attempts_start(struct hub *hub, struct error *err)
{
    struct hash_key key;
    hub->attempts = calloc(1, sizeof *hub->attempts);
    if (!hub->attempts)
        return error_set(err, ENOMEM, "attempts");
    randombytes_buf(&key, sizeof key);
    attempts_init(&hub->attempts->table, &key);
    pthread_mutex_init(&hub->attempts->lock, NULL);
    pthread_cond_init(&hub->attempts->freed, NULL);
    return true;
}

void attempts_stop(struct hub *hub)
{
    free(hub->attempts);
    hub->attempts = NULL;
}

/* An address that cannot be read (of a socket without one) is one for all. */
static struct attempt attempt_of(const struct asking *asking, const char *name)
{
    struct attempt out = { .name = bytes_of_string(name),
                           .now_s = asking->now_ns / TIME_SECOND_NS };
    if (!ip_read(bytes_of_string(asking->request->peer), &out.from))
        out.from = (struct ip_address){ 0 };
    return out;
}

static bool refuse_later(struct asking *asking, uint32_t wait_s)
{
    static const struct law_text often = { "tried too often: wait a little",
                                           "試行回数が多すぎます。しばらくお待ちください" };
    char seconds[16];
    snprintf(seconds, sizeof seconds, "%u", wait_s);
    http_set_header(asking->reply, "Retry-After", seconds);
    return refuse_as(asking, 429, "too-often", often);
}

bool session_may_try(struct asking *asking, const char *name)
{
    struct hub_attempts *attempts = asking->hub->attempts;
    struct attempt attempt = attempt_of(asking, name);
    uint32_t wait_s = 0;
    pthread_mutex_lock(&attempts->lock);
    bool may = attempts_begin(&attempts->table, &attempt, &wait_s);
    pthread_mutex_unlock(&attempts->lock);
    return may || !refuse_later(asking, wait_s);
}

void session_succeeded(struct asking *asking, const char *name)
{
    struct hub_attempts *attempts = asking->hub->attempts;
    struct attempt attempt = attempt_of(asking, name);
    pthread_mutex_lock(&attempts->lock);
    attempts_succeeded(&attempts->table, &attempt);
    pthread_mutex_unlock(&attempts->lock);
}

bool session_check_begin(struct asking *asking)
{
    static const struct law_text busy = { "many sign in just now: try again shortly",
                                          "サインインが集中しています。再度お試しください" };
    struct hub_attempts *attempts = asking->hub->attempts;
    pthread_mutex_lock(&attempts->lock);
    bool may = attempts->checks < CHECKS_AT_ONCE || attempts->waiting < CHECKS_WAITING;
    attempts->waiting += may;
    while (may && attempts->checks >= CHECKS_AT_ONCE)
        pthread_cond_wait(&attempts->freed, &attempts->lock);
    attempts->waiting -= may;
    attempts->checks += may;
    pthread_mutex_unlock(&attempts->lock);
    if (may)
        return true;
    http_set_header(asking->reply, "Retry-After", "1");
    return !refuse_as(asking, 503, "busy", busy);
}

void session_check_end(struct asking *asking)
{
    struct hub_attempts *attempts = asking->hub->attempts;
    pthread_mutex_lock(&attempts->lock);
    attempts->checks--;
    pthread_cond_signal(&attempts->freed);
    pthread_mutex_unlock(&attempts->lock);
}
