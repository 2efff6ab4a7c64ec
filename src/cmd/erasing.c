// SPDX-License-Identifier: Apache-2.0
#include "cmd/erasing.h"

#include <inttypes.h>

#include "cmd/own_ledger.h"
#include "cmd/window.h"
#include "system/clock.h"

struct subject {
    char at[128];
};

static struct entry entry_of(const struct store_erased *erased, int64_t before_ns,
                             struct subject *subject)
{
    struct entry entry = entry_begin(ENTRY_RECORD_ERASURE, clock_now_ns());
    struct text words = text_over(subject->at, sizeof subject->at);
    text_format(&words,
                "%" PRIu64 " findings, %" PRIu64 " provisions, %" PRIu64 " holders told",
                erased->findings, erased->provisions, erased->holders);
    entry_set_text(&entry, ENTRY_REASON, BYTES("the retention period ended"));
    entry_set_text(&entry, ENTRY_BASIS, bytes_of_string(erased->basis));
    entry_set_text(&entry, ENTRY_SUBJECT, text_bytes(&words));
    entry_set_count(&entry, ENTRY_RECORDS, erased->records);
    entry_set_time(&entry, ENTRY_BEFORE, before_ns);
    return entry;
}

bool erasing_sweep(struct store *store, const char *basis, int64_t now_ns,
                   struct store_erasure *out, struct error *err)
{
    struct entry entries[STORE_BASES_MAX];
    struct subject subjects[STORE_BASES_MAX];
    if (!window_close_due(clock_now_ns(), err) || !store_sweep(store, basis, now_ns, out, err))
        return false;
    for (size_t i = 0; i < out->count; i++)
        entries[i] = entry_of(&out->bases[i], now_ns, &subjects[i]);
    return out->count == 0 || own_ledger_put(entries, out->count, err);
}
