// SPDX-License-Identifier: Apache-2.0
/* Verdicts: what people decided about the subjects of findings, with who, when, why and until
 * when.  They are rows of their own, so that a finding's end does not end them; they go when
 * their own date has come. */
#include "base/must.h"
#include "store/store_private.h"

static const char *word_of_opinion(unsigned opinion)
{
    return opinion_name((enum opinion)opinion);
}

bool store_put_verdict(struct store *store, const struct store_verdict *verdict, int64_t *out,
                       struct error *err)
{
    struct store_row row;
    MUST(store->has_grant && verdict->until_ns > verdict->at_ns);
    if (!store_row_start(store, STORE_PUT_VERDICT, &row, err))
        return false;
    store_put_word(&row, verdict->finding);
    store_put_word(&row, finding_kind_name(verdict->about.kind));
    store_put_word(&row, opinion_name(verdict->about.opinion));
    store_put_u64(&row, verdict->about.port);
    store_put_u64(&row, verdict->about.protocol);
    store_put_word(&row, verdict->about.subject);
    store_put_word(&row, verdict->name);
    store_put_word(&row, verdict->actor);
    store_put_word(&row, verdict->role);
    store_put_word(&row, verdict->reason);
    store_put_word(&row, verdict->basis);
    store_put_i64(&row, verdict->at_ns);
    store_put_i64(&row, verdict->until_ns);
    if (!store_row_run(store, &row, err))
        return false;
    *out = sqlite3_last_insert_rowid(store->database);
    return true;
}

static void take_verdict(struct store_row *row, struct store_verdict *out)
{
    *out = (struct store_verdict){ .about = { .id = store_take_i64(row) } };
    (void)store_take_text(row, out->finding, sizeof out->finding);
    out->about.kind =
        (enum finding_kind)store_take_word(row, store_word_finding, 0, FINDING_KINDS);
    out->about.opinion = (enum opinion)store_take_word(row, word_of_opinion, 0, OPINIONS);
    out->about.port = (uint16_t)store_take_u64(row, UINT16_MAX);
    out->about.protocol = (uint8_t)store_take_u64(row, UINT8_MAX);
    (void)store_take_text(row, out->about.subject, sizeof out->about.subject);
    (void)store_take_text(row, out->name, sizeof out->name);
    (void)store_take_text(row, out->actor, sizeof out->actor);
    (void)store_take_text(row, out->role, sizeof out->role);
    (void)store_take_text(row, out->reason, sizeof out->reason);
    (void)store_take_text(row, out->basis, sizeof out->basis);
    out->at_ns = store_take_i64(row);
    out->until_ns = store_take_i64(row);
}

bool store_each_verdict(struct store *store, const char *basis, int64_t now_ns,
                        void (*take)(void *context, const struct store_verdict *verdict),
                        void *context, struct error *err)
{
    struct store_row row;
    if (!store_row_start(store, STORE_EACH_VERDICT, &row, err))
        return false;
    store_put_word(&row, basis);
    store_put_i64(&row, now_ns);
    int more;
    while ((more = store_row_next(store, &row, err)) == 1) {
        struct store_verdict verdict;
        take_verdict(&row, &verdict);
        if (!store_row_check(store, &row, err))
            return false;
        take(context, &verdict);
    }
    return more == 0;
}

bool store_remove_verdict(struct store *store, int64_t id, struct error *err)
{
    struct store_row row;
    MUST(store->has_grant);
    if (!store_row_start(store, STORE_REMOVE_VERDICT, &row, err))
        return false;
    store_put_word(&row, store->grant.basis);
    store_put_i64(&row, id);
    return store_row_run(store, &row, err);
}
