// SPDX-License-Identifier: Apache-2.0
/* Reading with a grant: what every such statement begins with, filters, counts, histories. */
#include "base/must.h"
#include "store/store_private.h"

bool store_read_start(struct store *store, enum store_statement which, struct store_row *out,
                      struct error *err)
{
    MUST(store->has_grant);
    if (!store_row_start(store, which, out, err))
        return false;
    store_put_word(out, store->grant.basis);
    store_put_i64(out, store->grant.now_ns);
    return true;
}

struct store_filter store_filter_all(uint64_t limit)
{
    return (struct store_filter){
        .about = "", .from_ns = INT64_MIN, .to_ns = INT64_MAX, .limit = limit
    };
}

/* Whoever may not see lines may not try their addresses out either. */
static bool may_ask_about(const struct store *store, struct bytes about)
{
    struct ip_address address;
    return store->grant.lines_in_clear || !ip_read(about, &address) ||
           !ip_is_internal(&address);
}

void store_put_filter(struct store *store, struct store_row *row,
                      const struct store_filter *filter)
{
    struct bytes about = bytes_of_string(filter->about);
    if (!may_ask_about(store, about))
        about = BYTES(" "); /* which nothing is called */
    store_put_i64(row, store->grant.lines_in_clear || bytes_start_with(about, BYTES("line-")));
    store_put_i64(row, filter->newest_run);
    store_put_text(row, about);
    store_put_i64(row, filter->from_ns);
    store_put_i64(row, filter->to_ns);
}

void store_put_stretch(struct store_row *row, const struct store_stretch *stretch)
{
    store_put_i64(row, stretch->after);
    store_put_i64(row, stretch->last);
    store_put_u64(row, stretch->limit);
}

bool store_tell_standing(struct store *store, struct store_standing *out, struct error *err)
{
    struct store_row row;
    if (!store_row_start(store, STORE_STANDING, &row, err))
        return false;
    int more = store_row_next(store, &row, err);
    if (more != 1)
        return more == 0 && error_set(err, 0, "%s does not say which store it is", store->path);
    (void)store_take_text(&row, out->id, sizeof out->id);
    out->last_flow = store_take_i64(&row);
    out->last_finding = store_take_i64(&row);
    return store_row_check(store, &row, err) && store_row_next(store, &row, err) == 0;
}

static bool count(struct store *store, enum store_statement which,
                  const struct store_filter *filter, struct store_counts *seen, uint64_t *out,
                  struct error *err)
{
    struct store_row row;
    if (!store_read_start(store, which, &row, err))
        return false;
    store_put_filter(store, &row, filter);
    if (store_row_next(store, &row, err) != 1)
        return false;
    *out = store_take_u64(&row, UINT64_MAX);
    int64_t first_ns = store_take_i64(&row), last_ns = store_take_i64(&row);
    if (*out > 0 && (seen->first_ns == 0 || first_ns < seen->first_ns))
        seen->first_ns = first_ns;
    if (*out > 0 && last_ns > seen->last_ns)
        seen->last_ns = last_ns;
    return store_row_check(store, &row, err) && store_row_next(store, &row, err) == 0;
}

bool store_count(struct store *store, const struct store_filter *filter,
                 struct store_counts *out, struct error *err)
{
    *out = (struct store_counts){ 0 };
    return count(store, STORE_COUNT_FLOWS, filter, out, &out->records, err) &&
           count(store, STORE_COUNT_FINDINGS, filter, out, &out->findings, err);
}

static void take_event(struct store_row *row, struct store_event *out)
{
    *out = (struct store_event){ 0 };
    (void)store_take_text(row, out->what, sizeof out->what);
    out->at_ns = store_take_i64(row);
    store_take_mandate(row, BASIS_OWN, &out->mandate);
    out->records = store_take_u64(row, UINT64_MAX);
    out->before_ns = store_take_i64(row);
    out->until_ns = store_take_i64(row);
    (void)store_take_text(row, out->who, sizeof out->who);
    (void)store_take_text(row, out->role, sizeof out->role);
    (void)store_take_text(row, out->reason, sizeof out->reason);
}

bool store_history(struct store *store, const char *finding, int64_t record,
                   void (*take)(void *context, const struct store_event *event), void *context,
                   struct error *err)
{
    struct store_row row;
    if (!store_read_start(store, STORE_HISTORY, &row, err))
        return false;
    store_put_word(&row, finding);
    store_put_i64(&row, *finding ? -1 : record);
    int more;
    while ((more = store_row_next(store, &row, err)) == 1) {
        struct store_event event;
        take_event(&row, &event);
        if (!store_row_check(store, &row, err))
            return false;
        take(context, &event);
    }
    return more == 0;
}
