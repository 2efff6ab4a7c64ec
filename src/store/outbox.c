// SPDX-License-Identifier: Apache-2.0
/* What is given to others, and what they said of it. */
#include "base/must.h"
#include "store/store_private.h"

const char *store_provision_state_name(enum store_provision_state state)
{
    static const char *const names[STORE_PROVISION_STATES] = {
        [STORE_PROVISION_WAITING] = "waiting", [STORE_PROVISION_SENT] = "sent",
        [STORE_PROVISION_HELD] = "held",       [STORE_PROVISION_ERASING] = "erasing",
        [STORE_PROVISION_TOLD] = "told",       [STORE_PROVISION_ERASED] = "erased",
    };
    MUST(state < STORE_PROVISION_STATES);
    return names[state];
}

static const char *state_word(unsigned number)
{
    return store_provision_state_name((enum store_provision_state)number);
}

/* What is longer could not be read back. */
static bool fits(const char *recipient, const char *product, struct error *err)
{
    return (strlen(recipient) < STORE_RECIPIENT_MAX && strlen(product) < STORE_WORD_MAX) ||
           error_set(err, 0, "the name of a recipient or product is too long");
}

bool store_provide(struct store *store, const struct store_parcel *parcel, int64_t now_ns,
                   int64_t *out, struct error *err)
{
    struct store_row row;
    if (!fits(parcel->recipient, parcel->product, err) ||
        !store_row_start(store, STORE_PROVIDE, &row, err))
        return false;
    MUST(store->has_grant);
    store_put_word(&row, store->grant.basis);
    store_put_i64(&row, now_ns);
    store_put_word(&row, parcel->finding);
    store_put_word(&row, parcel->recipient);
    store_put_word(&row, parcel->product);
    store_put_word(&row, parcel->article);
    if (!store_row_run(store, &row, err))
        return false;
    *out = sqlite3_last_insert_rowid(store->database);
    return sqlite3_changes64(store->database) == 1 ||
           error_set(err, 0, "no finding %s is held", parcel->finding);
}

bool store_put_copy(struct store *store, const char *recipient, const char *product,
                    int64_t now_ns, struct error *err)
{
    struct store_row row;
    MUST(store->ended_run != 0);
    if (!fits(recipient, product, err) || !store_row_start(store, STORE_PUT_COPY, &row, err))
        return false;
    store_put_i64(&row, store->ended_run);
    store_put_i64(&row, now_ns);
    store_put_word(&row, recipient);
    store_put_word(&row, product);
    return store_row_run(store, &row, err);
}

bool store_mark_provision(struct store *store, int64_t id, enum store_provision_state state,
                          int64_t now_ns, struct error *err)
{
    struct store_row row;
    MUST(store->has_grant);
    if (!store_row_start(store, STORE_MARK_PROVISION, &row, err))
        return false;
    store_put_word(&row, store->grant.basis);
    store_put_i64(&row, now_ns);
    store_put_word(&row, store_provision_state_name(state));
    store_put_i64(&row, id);
    if (!store_row_run(store, &row, err))
        return false;
    return sqlite3_changes64(store->database) == 1 ||
           error_set(err, 0, "there is no provision %lld", (long long)id);
}

static void take_provision(struct store_row *row, struct store_provision *out)
{
    *out = (struct store_provision){ .id = store_take_i64(row) };
    out->made_ns = store_take_i64(row);
    out->changed_ns = store_take_i64(row);
    out->state =
        (enum store_provision_state)store_take_word(row, state_word, 0, STORE_PROVISION_STATES);
    (void)store_take_text(row, out->finding, sizeof out->finding);
    (void)store_take_text(row, out->basis, sizeof out->basis);
    (void)store_take_text(row, out->warrant, sizeof out->warrant);
    (void)store_take_text(row, out->recipient, sizeof out->recipient);
    (void)store_take_text(row, out->product, sizeof out->product);
    (void)store_take_text(row, out->article, sizeof out->article);
    out->until_ns = store_take_i64(row);
}

bool store_each_provision(struct store *store, enum store_provision_state state,
                          void (*take)(void *context, const struct store_provision *provision),
                          void *context, struct error *err)
{
    struct store_row row;
    MUST(store->has_grant);
    if (!store_row_start(store, STORE_EACH_PROVISION, &row, err))
        return false;
    store_put_word(&row, store->grant.basis);
    store_put_word(&row, state < STORE_PROVISION_STATES ? state_word(state) : "");
    int more;
    while ((more = store_row_next(store, &row, err)) == 1) {
        struct store_provision provision;
        take_provision(&row, &provision);
        if (!store_row_check(store, &row, err))
            return false;
        take(context, &provision);
    }
    return more == 0;
}
