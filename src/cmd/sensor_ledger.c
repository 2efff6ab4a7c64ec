// SPDX-License-Identifier: Apache-2.0
#include "cmd/sensor_ledger.h"

#include "cmd/own_ledger.h"

static struct journal *journal; /* opened with the first entry */
static uint64_t acknowledged;

bool sensor_ledger_put(const struct entry *entry, struct error *err)
{
    if (!journal)
        journal = own_ledger_journal(err);
    return journal && journal_append(journal, entry, err);
}

bool sensor_ledger_put_gap(int64_t from_ns, int64_t to_ns, const char *why, struct error *err)
{
    struct entry entry = entry_begin(ENTRY_GAP, to_ns);
    entry_set_time(&entry, ENTRY_FROM, from_ns < to_ns ? from_ns : to_ns);
    entry_set_time(&entry, ENTRY_TO, to_ns);
    entry_set_text(&entry, ENTRY_REASON, bytes_of_string(why));
    return sensor_ledger_put(&entry, err);
}

bool sensor_ledger_commit(struct error *err)
{
    size_t count = sensor_ledger_waiting();
    if (count == 0)
        return true;
    if (!journal_commit(journal, err))
        return false;
    acknowledged = journal_first(journal) + count;
    return true;
}

uint64_t sensor_ledger_acknowledged(void)
{
    return acknowledged;
}

size_t sensor_ledger_waiting(void)
{
    return journal ? journal_held(journal) : 0;
}
