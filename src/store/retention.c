// SPDX-License-Identifier: Apache-2.0
/* How long what is kept is kept (art. 25): dates, decisions on them, and erasure. */
#include "base/must.h"
#include "store/store_private.h"

static void take_period(struct store_row *row, struct store_period *out)
{
    *out = (struct store_period){ 0 };
    (void)store_take_text(row, out->basis, sizeof out->basis);
    (void)store_take_text(row, out->warrant, sizeof out->warrant);
    out->until_ns = store_take_i64(row);
    out->records = store_take_u64(row, UINT64_MAX);
    out->findings = store_take_u64(row, UINT64_MAX);
    out->provisions = store_take_u64(row, UINT64_MAX);
}

bool store_each_period(struct store *store,
                       void (*take)(void *context, const struct store_period *kept),
                       void *context, struct error *err)
{
    struct store_row row;
    if (!store_read_start(store, STORE_EACH_PERIOD, &row, err))
        return false;
    int more;
    while ((more = store_row_next(store, &row, err)) == 1) {
        struct store_period period;
        take_period(&row, &period);
        if (!store_row_check(store, &row, err))
            return false;
        take(context, &period);
    }
    return more == 0;
}

/* ?1 to ?3 of the statements of a decision: its own time, not that of the grant. */
static bool decide_start(struct store *store, enum store_statement which,
                         const struct store_decision *decision, struct store_row *out,
                         struct error *err)
{
    MUST(store->has_grant);
    if (!store_row_start(store, which, out, err))
        return false;
    store_put_word(out, store->grant.basis);
    store_put_i64(out, decision->now_ns);
    store_put_word(out, decision->about);
    return true;
}

/* The latest date first: what was moved behind it is not met again. */
static bool find_decided(struct store *store, const struct store_decision *decision,
                         struct store_changes *out, struct error *err)
{
    struct store_row row;
    out->count = 0;
    if (!decide_start(store, STORE_EACH_DECIDED, decision, &row, err))
        return false;
    int more;
    while ((more = store_row_next(store, &row, err)) == 1) {
        if (out->count == STORE_PERIODS_MAX)
            return error_set(err, 0, "%s has more than %d dates at once; decide by finding",
                             decision->about, STORE_PERIODS_MAX);
        take_period(&row, &out->changes[out->count].before);
        if (!store_row_check(store, &row, err))
            return false;
        out->count++;
    }
    if (more == 0 && out->count == 0)
        return error_set(err, 0,
                         "nothing of %s is held any more, or ever was: what is past its date "
                         "is not extended or ended",
                         decision->about);
    return more == 0;
}

/* what: "extended" or "ended"; change NULL: all that is decided on. */
static bool put_event(struct store *store, const struct store_decision *decision,
                      const char *what, const struct store_change *change, struct error *err)
{
    struct store_row row;
    if (!decide_start(store, STORE_PUT_EVENT, decision, &row, err))
        return false;
    store_put_word(&row, change ? change->before.basis : "");
    store_put_i64(&row, change ? change->before.until_ns : 0);
    store_put_i64(&row, change ? change->until_ns : decision->now_ns);
    store_put_word(&row, decision->actor);
    store_put_word(&row, decision->role);
    store_put_word(&row, decision->reason);
    store_put_word(&row, what);
    return store_row_run(store, &row, err);
}

static bool set_dates(struct store *store, enum store_statement which,
                      const struct store_decision *decision, const struct store_change *change,
                      struct error *err)
{
    struct store_row row;
    if (!decide_start(store, which, decision, &row, err))
        return false;
    store_put_word(&row, change->before.basis);
    store_put_i64(&row, change->before.until_ns);
    store_put_i64(&row, change->until_ns);
    return store_row_run(store, &row, err);
}

/* Groups of the same basis and date, of several warrants, are set once. */
static bool is_set(const struct store_changes *changes, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        const struct store_period *a = &changes->changes[i].before;
        const struct store_period *b = &changes->changes[at].before;
        if (a->until_ns == b->until_ns && strcmp(a->basis, b->basis) == 0)
            return true;
    }
    return false;
}

static bool extend_one(struct store *store, const struct store_decision *decision,
                       const struct store_change *change, struct error *err)
{
    return put_event(store, decision, "extended", change, err) &&
           set_dates(store, STORE_SET_OUTBOX, decision, change, err) &&
           set_dates(store, STORE_SET_FLOWS, decision, change, err) &&
           set_dates(store, STORE_SET_FINDINGS, decision, change, err);
}

static bool extend_all(struct store *store, const struct store_decision *decision,
                       store_until_fn *until_of, void *context, struct store_changes *out,
                       struct error *err)
{
    if (!find_decided(store, decision, out, err))
        return false;
    for (size_t i = 0; i < out->count; i++) {
        struct store_change *change = &out->changes[i];
        change->until_ns = until_of(context, change->before.basis, change->before.until_ns);
        if (change->until_ns == 0)
            return error_set(err, 0, "this date may not be extended so");
        if (!is_set(out, i) && !extend_one(store, decision, change, err))
            return false;
    }
    return true;
}

bool store_extend(struct store *store, const struct store_decision *decision,
                  store_until_fn *until_of, void *context, struct store_changes *out,
                  struct error *err)
{
    if (!store_begin(store, err))
        return false;
    return (extend_all(store, decision, until_of, context, out, err) &&
            store_commit(store, err)) ||
           store_give_up(store);
}

static bool end_one(struct store *store, enum store_statement which,
                    const struct store_decision *decision, struct error *err)
{
    struct store_row row;
    return decide_start(store, which, decision, &row, err) && store_row_run(store, &row, err);
}

/* What the others are found by goes last. */
static bool end_all(struct store *store, const struct store_decision *decision,
                    struct store_changes *out, struct error *err)
{
    if (!find_decided(store, decision, out, err) ||
        !put_event(store, decision, "ended", NULL, err) ||
        !end_one(store, STORE_END_OUTBOX, decision, err) ||
        !end_one(store, STORE_END_FLOWS, decision, err) ||
        !end_one(store, STORE_END_FINDINGS, decision, err))
        return false;
    for (size_t i = 0; i < out->count; i++)
        out->changes[i].until_ns = decision->now_ns;
    return true;
}

bool store_end(struct store *store, const struct store_decision *decision,
               struct store_changes *out, struct error *err)
{
    if (!store_begin(store, err))
        return false;
    return (end_all(store, decision, out, err) && store_commit(store, err)) ||
           store_give_up(store);
}

static void take_erased(struct store_row *row, struct store_erased *out)
{
    (void)store_take_text(row, out->basis, sizeof out->basis);
    (void)store_take_text(row, out->warrant, sizeof out->warrant);
    out->records = store_take_u64(row, UINT64_MAX);
    out->findings = store_take_u64(row, UINT64_MAX);
    out->provisions = store_take_u64(row, UINT64_MAX);
    out->holders = store_take_u64(row, UINT64_MAX);
    out->is_left = store_take_u64(row, 1) != 0;
}

/* What has no room is added to the last group, which is then of no one warrant. */
static void add_erased(struct store_erasure *out, const struct store_erased *erased)
{
    if (out->count < STORE_ERASED_MAX) {
        out->groups[out->count++] = *erased;
        return;
    }
    struct store_erased *last = &out->groups[STORE_ERASED_MAX - 1];
    last->records += erased->records;
    last->findings += erased->findings;
    last->provisions += erased->provisions;
    last->holders += erased->holders;
    last->is_left = true;
}

static bool count_due(struct store *store, const char *basis, int64_t now_ns,
                      struct store_erasure *out, struct error *err)
{
    struct store_row row;
    out->count = 0;
    if (!store_row_start(store, STORE_COUNT_DUE, &row, err))
        return false;
    store_put_word(&row, basis);
    store_put_i64(&row, now_ns);
    int more;
    while ((more = store_row_next(store, &row, err)) == 1) {
        struct store_erased erased = { 0 };
        take_erased(&row, &erased);
        if (!store_row_check(store, &row, err))
            return false;
        add_erased(out, &erased);
    }
    return more == 0;
}

static bool erase_due(struct store *store, const char *basis, int64_t now_ns, struct error *err)
{
    static const enum store_statement steps[] = {
        STORE_ERASE_OUTBOX,   STORE_TELL_HOLDERS, STORE_ERASE_FLOWS,
        STORE_ERASE_FINDINGS, STORE_ERASE_RUNS,   STORE_ERASE_VERDICTS,
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct store_row row;
        if (!store_row_start(store, steps[i], &row, err))
            return false;
        store_put_word(&row, basis);
        store_put_i64(&row, now_ns);
        if (!store_row_run(store, &row, err))
            return false;
    }
    return true;
}

/* Rows are overwritten (secure_delete), and so is what the -wal still had of them, also of a
 * sweep that was killed before it came to that. */
bool store_sweep(struct store *store, const char *basis, int64_t now_ns,
                 struct store_erasure *out, struct error *err)
{
    MUST(store->run == 0);
    if (!store_begin(store, err))
        return false;
    if (!count_due(store, basis, now_ns, out, err) ||
        !store_run_simple(store, STORE_KEEP_NUMBERS, err) ||
        !erase_due(store, basis, now_ns, err) || !store_commit(store, err))
        return store_give_up(store);
    if (sqlite3_wal_checkpoint_v2(store->database, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
                                  NULL) != SQLITE_OK)
        return store_fail(store, "cannot clean the journal of", err);
    return true;
}
