// SPDX-License-Identifier: Apache-2.0
/* Entries are made in the transaction of their change, in a table; this thread brings them into
 * the signed log, in the same order.  What was brought twice is not possible: the number of an
 * entry is its place in the log. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "hub/core_private.h"
#include "keys/keys.h"
#include "system/clock.h"

enum { LOG_BATCH = 4096, LOG_WAIT_MS = 250, LOG_NAME_MAX = 4096 };

/* Checkpoints are signed by the log's thread, revocations where they are made. */
bool log_sign(struct hub_log *log, struct bytes message, uint8_t out[NOTE_SIGNATURE_OCTETS],
              struct error *err)
{
    pthread_mutex_lock(&log->signing);
    bool is_signed = key_sign(log->key, message, out, err);
    pthread_mutex_unlock(&log->signing);
    return is_signed;
}

static bool sign(void *context, struct bytes message, uint8_t out[NOTE_SIGNATURE_OCTETS],
                 struct error *err)
{
    return log_sign(context, message, out, err);
}

int log_hold(const struct hub_settings *settings)
{
    char path[LOG_NAME_MAX];
    snprintf(path, sizeof path, "%s/copy.lock", settings->folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0)
        (void)flock(fd, LOCK_EX);
    return fd;
}

void log_let_go(int held)
{
    if (held >= 0)
        (void)close(held);
}

/* Appends what the table has and the log has not; how many. */
static bool bring(struct hub *hub, size_t *out, struct error *err)
{
    struct hub_log *log = &hub->log;
    struct database_rows *rows = database_ask(
        log->database,
        SQL("SELECT number, octets FROM entry WHERE number >= $1 ORDER BY number LIMIT $2",
            database_number((int64_t)ledger_size(log->ledger)), database_number(LOG_BATCH)),
        err);
    if (!rows)
        return false;
    size_t count = 0;
    enum database_step step;
    while ((step = database_step(rows, err)) == DATABASE_ROW) {
        if (database_get_number(rows, 0) != (int64_t)ledger_size(log->ledger)) {
            step = DATABASE_FAILED;
            error_set(err, EINVAL, "the table of entries has a gap at %lld",
                      (long long)ledger_size(log->ledger));
            break;
        }
        if (!ledger_append(log->ledger, database_get_blob(rows, 1), err)) {
            step = DATABASE_FAILED;
            break;
        }
        count++;
    }
    database_end(rows);
    *out = count;
    return step == DATABASE_END;
}

static bool turn(struct hub *hub, size_t *count, struct error *err)
{
    struct hub_log *log = &hub->log;
    if (!bring(hub, count, err))
        return false;
    bool is_committed = true;
    int copying = log_hold(&hub->settings); /* who copies the log waits, and is waited for */
    if (ledger_size(log->ledger) > ledger_committed(log->ledger))
        is_committed = ledger_commit(log->ledger, err);
    log_let_go(copying);
    if (!is_committed)
        return false;
    atomic_store(&log->committed, (int64_t)ledger_committed(log->ledger));
    return true;
}

static void wait_a_while(struct hub_log *log)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += LOG_WAIT_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_mutex_lock(&log->lock);
    if (!log->is_asked_to_end)
        pthread_cond_timedwait(&log->changed, &log->lock, &until);
    pthread_mutex_unlock(&log->lock);
}

static void tell_state(struct hub *hub, bool is_good, const struct error *err)
{
    bool was_good = atomic_exchange(&hub->log.is_good, is_good);
    if (was_good && !is_good)
        hub_tell(hub, "error", "ledger", json_pack("{s:s}", "why", err->text));
    if (!was_good && is_good)
        hub_tell(hub, "info", "ledger", json_pack("{s:s}", "why", "it can be written again"));
}

static void *run(void *context)
{
    struct hub *hub = context;
    struct hub_log *log = &hub->log;
    for (;;) {
        struct error err = { 0 };
        size_t count = 0;
        bool is_good = turn(hub, &count, &err);
        tell_state(hub, is_good, &err);
        pthread_mutex_lock(&log->lock);
        bool is_end = log->is_asked_to_end && (!is_good || count == 0);
        pthread_mutex_unlock(&log->lock);
        if (is_end)
            return NULL;
        if (!is_good || count < LOG_BATCH)
            wait_a_while(log);
    }
}

/* The host that people know the hub by, where that was told: it is the issuer of warrants. */
static struct bytes name_of_key(const struct hub_settings *settings)
{
    const char *host = settings->origin ? strstr(settings->origin, "://") : NULL;
    if (!host || host[3] == '[')
        return BYTES("hub");
    return (struct bytes){ (const uint8_t *)host + 3, strcspn(host + 3, ":/") };
}

/* The key's own file beside the log, made at the first start. */
static bool open_key(struct hub *hub, struct error *err)
{
    char path[LOG_NAME_MAX];
    struct error unread = { 0 };
    snprintf(path, sizeof path, "%s/hub.key", hub->settings.folder);
    hub->log.key = key_open(path, hub->settings.ask, hub->settings.ask_context, &unread);
    if (hub->log.key)
        return true;
    if (unread.code != ENOENT)
        return error_set(err, unread.code, "%s", unread.text);
    if (!key_generate(path, name_of_key(&hub->settings), NULL, err))
        return false;
    hub->log.key = key_open(path, NULL, NULL, err);
    return hub->log.key != NULL;
}

static bool write_public(struct hub *hub, struct error *err)
{
    char path[LOG_NAME_MAX], line[256];
    struct text text = text_over(line, sizeof line);
    snprintf(path, sizeof path, "%s/hub.pub", hub->settings.folder);
    note_key_write(key_public(hub->log.key), &text);
    FILE *file = fopen(path, "w");
    bool is_written = file && fprintf(file, "%s\n", line) > 0;
    if (file && fclose(file) != 0)
        is_written = false;
    return is_written || error_set(err, errno, "%s", path);
}

static bool open_log(struct hub *hub, struct error *err)
{
    char path[LOG_NAME_MAX];
    snprintf(path, sizeof path, "%s/ledger", hub->settings.folder);
    struct ledger_signer signer = { .key = *key_public(hub->log.key),
                                    .sign = sign,
                                    .context = &hub->log };
    hub->log.ledger = ledger_open(path, &signer, err);
    return hub->log.ledger != NULL;
}

bool log_open(struct hub *hub, struct error *err)
{
    struct hub_log *log = &hub->log;
    pthread_mutex_init(&log->lock, NULL);
    pthread_mutex_init(&log->signing, NULL);
    pthread_cond_init(&log->changed, NULL);
    if (!open_key(hub, err) || !write_public(hub, err) || !open_log(hub, err))
        return false;
    log->database = database_open(hub->database, true, err);
    if (!log->database)
        return false;
    int64_t last;
    if (!sql_number(log->database, SQL0("SELECT MAX(number) FROM entry"), -1, &last, err))
        return false;
    hub->entries = last + 1;
    if ((int64_t)ledger_committed(log->ledger) > hub->entries)
        return error_set(err, EINVAL,
                         "the ledger has %llu entries and the database %lld: the database is "
                         "older; restore it with its own ledger",
                         (unsigned long long)ledger_committed(log->ledger),
                         (long long)hub->entries);
    atomic_store(&log->committed, (int64_t)ledger_committed(log->ledger));
    atomic_store(&log->is_good, true);
    return true;
}

bool log_start(struct hub *hub, struct error *err)
{
    struct hub_log *log = &hub->log;
    log->is_running = pthread_create(&log->thread, NULL, run, hub) == 0;
    return log->is_running || error_set(err, errno, "thread of the ledger");
}

void log_wake(struct hub *hub)
{
    pthread_mutex_lock(&hub->log.lock);
    pthread_cond_signal(&hub->log.changed);
    pthread_mutex_unlock(&hub->log.lock);
}

void log_stop(struct hub *hub)
{
    struct hub_log *log = &hub->log;
    if (log->is_running) {
        pthread_mutex_lock(&log->lock);
        log->is_asked_to_end = true;
        pthread_cond_signal(&log->changed);
        pthread_mutex_unlock(&log->lock);
        pthread_join(log->thread, NULL);
    }
    ledger_close(log->ledger);
    key_close(log->key);
    database_close(log->database);
}
