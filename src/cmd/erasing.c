// SPDX-License-Identifier: Apache-2.0
#include "cmd/erasing.h"

#include <inttypes.h>

#include "cmd/own_ledger.h"
#include "cmd/window.h"
#include "system/clock.h"

/* A warrant of which nothing is left is named as what is gone: its term is over. */
static bool append(struct ledger *ledger, const struct store_erased *erased, int64_t before_ns,
                   struct error *err)
{
    struct entry entry = entry_begin(ENTRY_RECORD_ERASURE, clock_now_ns());
    char room[192];
    struct text reason = text_over(room, sizeof room);
    text_format(&reason,
                "the retention period ended; %" PRIu64 " findings, %" PRIu64
                " provisions erased, %" PRIu64 " holders to be told",
                erased->findings, erased->provisions, erased->holders);
    struct bytes warrant = bytes_of_string(erased->warrant);
    entry_set_text(&entry, ENTRY_REASON, text_bytes(&reason));
    entry_set_text(&entry, ENTRY_BASIS, bytes_of_string(erased->basis));
    entry_set_count(&entry, ENTRY_RECORDS, erased->records);
    entry_set_time(&entry, ENTRY_BEFORE, before_ns);
    if (warrant.len > 0)
        entry_set_text(&entry, ENTRY_WARRANT, warrant);
    if (warrant.len > 0 && !erased->is_left)
        entry_set_text(&entry, ENTRY_SUBJECT, warrant);
    return own_ledger_append(ledger, &entry, err);
}

static bool record(const struct store_erasure *erasure, int64_t before_ns, struct error *err)
{
    struct ledger *ledger = own_ledger_open(err);
    bool good = ledger != NULL;
    for (size_t i = 0; good && i < erasure->count; i++)
        good = append(ledger, &erasure->groups[i], before_ns, err);
    good = good && ledger_commit(ledger, err);
    if (ledger)
        ledger_close(ledger);
    return good;
}

bool erasing_sweep(struct store *store, const char *basis, int64_t now_ns,
                   struct store_erasure *out, struct error *err)
{
    if (!window_close_due(clock_now_ns(), err) || !store_sweep(store, basis, now_ns, out, err))
        return false;
    return out->count == 0 || record(out, now_ns, err);
}
