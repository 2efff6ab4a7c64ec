// SPDX-License-Identifier: Apache-2.0
/* Which batch is next, and what its answer means. */
#include "uplink/uplink.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "system/clock.h"
#include "system/entropy.h"
#include "uplink/uplink_private.h"

#define WAIT_LEAST_NS TIME_SECOND_NS
#define WAIT_MOST_NS (INT64_C(60) * TIME_SECOND_NS)

void uplink_say(struct uplink *uplink, const char *format, ...)
{
    char room[UPLINK_WORDS_MAX + 256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(room, sizeof room, format, arguments);
    va_end(arguments);
    if (uplink->settings.tell)
        uplink->settings.tell(uplink->settings.context, room);
}

static bool open_parts(struct uplink *uplink, struct error *err)
{
    const struct uplink_settings *settings = &uplink->settings;
    uplink->connection = connection_open(settings, err);
    if (!uplink->connection)
        return false;
    uplink->batcher = batcher_open(settings->batch_records, err);
    return uplink->batcher && memory_load(settings->state, &uplink->memory, err);
}

struct uplink *uplink_open(const struct uplink_settings *settings, struct error *err)
{
    struct uplink *uplink = calloc(1, sizeof *uplink);
    if (!uplink) {
        (void)error_set(err, 0, "no memory");
        return NULL;
    }
    uplink->settings = *settings;
    uplink->records_max = settings->batch_records;
    if (open_parts(uplink, err)) {
        uplink->account.refused = uplink->memory.refused_count;
        return uplink;
    }
    uplink_close(uplink);
    return NULL;
}

void uplink_close(struct uplink *uplink)
{
    if (uplink->batcher)
        batcher_close(uplink->batcher);
    if (uplink->connection)
        connection_close(uplink->connection);
    free(uplink);
}

const struct uplink_account *uplink_tell_account(const struct uplink *uplink)
{
    return &uplink->account;
}

int64_t uplink_pause_ns(const struct uplink *uplink)
{
    uint64_t rate = uplink->settings.records_per_second;
    if (uplink->sent_records == 0)
        return 0;
    int64_t due_ns = (int64_t)((double)uplink->sent_records / (double)rate * 1e9);
    int64_t passed_ns = clock_monotonic_ns() - uplink->sent_ns;
    return due_ns > passed_ns ? due_ns - passed_ns : 0;
}

/* What was slower than the rate for a while may not be made up for by a burst. */
static void count_for_rate(struct uplink *uplink, uint64_t records)
{
    int64_t now_ns = clock_monotonic_ns();
    if (uplink_pause_ns(uplink) == 0) {
        uplink->sent_ns = now_ns;
        uplink->sent_records = 0;
    }
    uplink->sent_records += records;
}

/* Between three and five quarters, so that many sensors do not come back at once. */
static int64_t with_jitter(int64_t wait_ns)
{
    uint32_t number = 0;
    struct error err;
    if (!entropy_fill(&number, sizeof number, &err))
        number = UINT32_MAX / 2;
    return wait_ns * 3 / 4 + (int64_t)((double)wait_ns / 2 * (double)number / UINT32_MAX);
}

int64_t uplink_backoff_ns(struct uplink *uplink, const struct uplink_answer *answer)
{
    int64_t wait_ns = WAIT_LEAST_NS << (uplink->waits < 6 ? uplink->waits : 6);
    uplink->waits++;
    uplink->account.tries_in_vain++;
    if (wait_ns > WAIT_MOST_NS)
        wait_ns = WAIT_MOST_NS;
    if (answer && answer->retry_after_ns > 0) /* never before it */
        return answer->retry_after_ns + with_jitter(answer->retry_after_ns) / 4;
    return with_jitter(wait_ns);
}

bool uplink_must_wait(struct uplink *uplink, const struct uplink_answer *answer,
                      const char *what)
{
    bool is_told = uplink->waits == 0; /* once, not at every try */
    if (answer->status == 0) {
        if (is_told)
            uplink_say(uplink, "the hub cannot be reached: %s", answer->words);
        return true;
    }
    bool is_busy = answer->status == 429 || answer->status >= 500;
    bool is_unknown = answer->status == 401;
    if (is_told && answer->status >= 500)
        uplink_say(uplink, "the hub failed with %s: status %ld", what, answer->status);
    if (is_told && is_unknown)
        uplink_say(uplink, "the hub does not know this sensor's certificate");
    return is_busy || is_unknown;
}

/* Memory that cannot be written: nothing is sent that could be forgotten. */
static bool save(struct uplink *uplink, enum uplink_next *next, int64_t *wait_ns)
{
    struct error err;
    // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): at worst it is saved once more
    if (memcmp(&uplink->saved, &uplink->memory, sizeof uplink->saved) == 0)
        return true;
    if (memory_save(uplink->settings.state, &uplink->memory, &err)) {
        uplink->saved = uplink->memory;
        return true;
    }
    if (uplink->waits == 0)
        uplink_say(uplink, "%s", err.text);
    *wait_ns = uplink_backoff_ns(uplink, NULL);
    *next = UPLINK_WAIT;
    return false;
}

static void forget_pending(struct uplink *uplink)
{
    uplink->memory.reached[uplink->memory.pending.kind] = uplink->memory.pending.last;
    uplink->memory.has_pending = false;
    uplink->tries = uplink->waits = 0;
}

/* Did the hub have the pending batch before its content changed here (an erasure between two
 * tries)?  Then what is left of it is not sent again. */
static bool hub_has_pending(struct uplink *uplink, struct uplink_answer *answer)
{
    const struct uplink_request request = { .method = "GET", .path = "/status" };
    connection_ask(uplink->connection, &request, answer);
    if (answer->status != 200)
        return false;
    json_t *json = json_loadb((const char *)answer->body.at, answer->body.len,
                              JSON_REJECT_DUPLICATES, NULL);
    const char *last = json_string_value(json_object_get(json, "batch"));
    bool has = last && strcmp(last, uplink->memory.pending.id) == 0;
    json_decref(json);
    return has;
}

static void ask_batch(struct uplink *uplink, const struct batch *batch,
                      struct uplink_answer *answer)
{
    char room[128];
    struct text path = text_over(room, sizeof room);
    struct uplink_request request = { .method = "PUT",
                                      .path = room,
                                      .type = batch_kind_type(batch->stretch.kind),
                                      .digest = batch->digest,
                                      .body = batch->body };
    text_format(&path, "/batches/%s", batch->stretch.id);
    connection_ask(uplink->connection, &request, answer);
}

static void count_taken(struct uplink *uplink, const struct batch *batch, bool is_known)
{
    struct uplink_account *account = &uplink->account;
    account->batches++;
    account->known += is_known;
    if (batch->stretch.kind == BATCH_RECORDS)
        account->records += batch->count;
    else
        account->findings += batch->count;
    count_for_rate(uplink, batch->count);
}

/* It is kept in the store, and named in the memory; the others go on. */
static enum uplink_next refuse(struct uplink *uplink, const struct batch *batch, long status,
                               int64_t *wait_ns)
{
    struct uplink_memory *memory = &uplink->memory;
    const struct stretch *stretch = &batch->stretch;
    bool is_full = memory->refused_count == UPLINK_REFUSED_MAX;
    if (++uplink->tries < UPLINK_TRIES_MAX || is_full) {
        if (uplink->tries == UPLINK_TRIES_MAX)
            uplink_say(uplink,
                       "the hub refused %d stretches already: nothing more is passed over",
                       UPLINK_REFUSED_MAX);
        *wait_ns = uplink_backoff_ns(uplink, NULL);
        return UPLINK_WAIT;
    }
    uplink_say(uplink,
               "the hub refuses %s %lld to %lld (status %ld, batch %s): they stay here, and "
               "are tried again at the next start",
               batch_kind_name(stretch->kind), (long long)stretch->first,
               (long long)stretch->last, status, stretch->id);
    memory->refused[memory->refused_count++] = *stretch;
    uplink->account.refused = memory->refused_count;
    forget_pending(uplink);
    return UPLINK_AGAIN;
}

static enum uplink_next take_answer(struct uplink *uplink, const struct batch *batch,
                                    const struct uplink_answer *answer, int64_t *wait_ns)
{
    if (answer->status == 200 || answer->status == 201) {
        count_taken(uplink, batch, answer->status == 200);
        forget_pending(uplink);
        return UPLINK_AGAIN;
    }
    if (answer->status == 413 && batch->count > 1) {
        uplink->records_max = uplink->records_max > 1 ? uplink->records_max / 2 : 1;
        uplink->memory.has_pending = false; /* begun anew, with fewer */
        return UPLINK_AGAIN;
    }
    if (uplink_must_wait(uplink, answer, "a batch")) {
        *wait_ns = uplink_backoff_ns(uplink, answer);
        return UPLINK_WAIT;
    }
    return refuse(uplink, batch, answer->status, wait_ns);
}

static void tell_dry(struct uplink *uplink, const struct batch *batch)
{
    uplink_say(uplink, "would send %llu %s, %lld to %lld: batch %s, %zu octets",
               (unsigned long long)batch->count, batch_kind_name(batch->stretch.kind),
               (long long)batch->stretch.first, (long long)batch->stretch.last,
               batch->stretch.id, batch->body.len);
    count_taken(uplink, batch, false);
}

/* What is pending is written down before it is sent. */
static enum uplink_next send_batch(struct uplink *uplink, const struct batch *batch,
                                   int64_t *wait_ns)
{
    struct uplink_memory *memory = &uplink->memory;
    struct uplink_answer answer;
    enum uplink_next next = UPLINK_AGAIN;
    if (uplink->settings.is_dry) {
        tell_dry(uplink, batch);
        memory->reached[batch->stretch.kind] = batch->stretch.last;
        return UPLINK_AGAIN;
    }
    bool is_changed = memory->has_pending && strcmp(memory->pending.id, batch->stretch.id) != 0;
    if (is_changed && hub_has_pending(uplink, &answer)) {
        forget_pending(uplink);
        return UPLINK_AGAIN;
    }
    if (is_changed && uplink_must_wait(uplink, &answer, "its status")) {
        *wait_ns = uplink_backoff_ns(uplink, &answer);
        return UPLINK_WAIT;
    }
    if (!memory->has_pending || is_changed) {
        memory->has_pending = true;
        memory->pending = batch->stretch;
        if (!save(uplink, &next, wait_ns)) {
            memory->has_pending = false;
            return next;
        }
    }
    ask_batch(uplink, batch, &answer);
    return take_answer(uplink, batch, &answer, wait_ns);
}

/* What a hub refused to an earlier process, once again.  True: something was tried. */
static bool retry_refused(struct uplink *uplink, struct store *store, enum uplink_next *next,
                          int64_t *wait_ns, struct error *err)
{
    struct uplink_memory *memory = &uplink->memory;
    struct stretch *stretch = &memory->refused[uplink->retried];
    struct batch_wish wish = { stretch->kind, stretch->first - 1, stretch->last,
                               uplink->settings.batch_records, uplink->standing.id };
    struct uplink_answer answer = { .status = 200 };
    struct batch batch;
    if (!batcher_make(uplink->batcher, store, &wish, &batch, err))
        return false;
    if (batch.count > 0)
        ask_batch(uplink, &batch, &answer);
    if (uplink_must_wait(uplink, &answer, "a batch")) {
        *wait_ns = uplink_backoff_ns(uplink, &answer);
        *next = UPLINK_WAIT;
        return true;
    }
    *next = UPLINK_AGAIN;
    if (answer.status != 200 && answer.status != 201) {
        uplink->retried++;
        return true;
    }
    if (batch.count > 0)
        count_taken(uplink, &batch, answer.status == 200);
    if (batch.stretch.last < stretch->last)
        stretch->first = batch.stretch.last + 1; /* batches are smaller than they were */
    else
        *stretch = memory->refused[--memory->refused_count];
    uplink->account.refused = memory->refused_count;
    (void)save(uplink, next, wait_ns);
    return true;
}

static int64_t last_of(const struct uplink *uplink, enum batch_kind kind)
{
    return kind == BATCH_RECORDS ? uplink->standing.last_flow : uplink->standing.last_finding;
}

/* Numbers are of one store; of another, all is new. */
static bool look_at_store(struct uplink *uplink, struct store *store, struct error *err)
{
    struct uplink_memory *memory = &uplink->memory;
    if (!store_tell_standing(store, &uplink->standing, err))
        return false;
    if (strcmp(memory->store, uplink->standing.id) != 0) {
        struct text id = text_over(memory->store, sizeof memory->store);
        text_put_string(&id, uplink->standing.id);
        memset(memory->reached, 0, sizeof memory->reached);
        memory->has_pending = false;
        memory->refused_count = 0;
    }
    uplink->account.behind_records =
        (uint64_t)(uplink->standing.last_flow - memory->reached[BATCH_RECORDS]);
    uplink->account.behind_findings =
        (uint64_t)(uplink->standing.last_finding - memory->reached[BATCH_FINDINGS]);
    return true;
}

/* What is pending first; findings before records, as they are few and wanted soon. */
static bool choose(const struct uplink *uplink, struct batch_wish *out)
{
    const struct uplink_memory *memory = &uplink->memory;
    static const enum batch_kind order[] = { BATCH_FINDINGS, BATCH_RECORDS };
    for (size_t i = 0; i < BATCH_KINDS; i++) {
        enum batch_kind kind = memory->has_pending ? memory->pending.kind : order[i];
        *out = (struct batch_wish){ kind, memory->reached[kind], last_of(uplink, kind),
                                    uplink->records_max, uplink->standing.id };
        if (memory->has_pending) {
            out->last = memory->pending.last;
            out->records_max = uplink->settings.batch_records;
            return true;
        }
        if (out->after < out->last)
            return true;
    }
    return false;
}

static bool send_next(struct uplink *uplink, struct store *store, enum uplink_next *next,
                      int64_t *wait_ns, struct error *err)
{
    struct batch_wish wish;
    struct batch batch;
    *next = UPLINK_DONE;
    if (!choose(uplink, &wish))
        return uplink->settings.is_dry || save(uplink, next, wait_ns) || *next == UPLINK_WAIT;
    if (!batcher_make(uplink->batcher, store, &wish, &batch, err))
        return false;
    if (batch.count > 0) {
        *next = send_batch(uplink, &batch, wait_ns);
        return true;
    }
    *next = UPLINK_AGAIN; /* all of it is erased, or of another basis */
    uplink->memory.has_pending = false;
    uplink->memory.reached[wish.kind] = wish.last;
    return true;
}

bool uplink_turn(struct uplink *uplink, struct store *store, enum uplink_next *next,
                 int64_t *wait_ns, struct error *err)
{
    int64_t now_ns = clock_monotonic_ns();
    bool is_due =
        uplink->looked_ns == 0 || now_ns - uplink->looked_ns >= uplink->settings.interval_ns;
    *wait_ns = 0;
    if (!look_at_store(uplink, store, err))
        return false;
    if (is_due && !uplink->settings.is_dry) {
        if (!errands_run(uplink, wait_ns)) {
            *next = UPLINK_WAIT;
            return true;
        }
        uplink->looked_ns = now_ns;
        if (!uplink->memory.has_pending)
            uplink->waits = 0;
    }
    if (!uplink->settings.is_dry && uplink->retried < uplink->memory.refused_count)
        return retry_refused(uplink, store, next, wait_ns, err);
    return send_next(uplink, store, next, wait_ns, err);
}
