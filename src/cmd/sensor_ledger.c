// SPDX-License-Identifier: Apache-2.0
#include "cmd/sensor_ledger.h"

#include "cmd/own_ledger.h"

enum { WAITING_OCTETS = 4 << 20 };

/* Each behind its length, two octets. */
static struct {
    size_t len, count;
    uint64_t acknowledged;
    uint8_t octets[WAITING_OCTETS];
} waiting;

bool sensor_ledger_put(const struct entry *entry, struct error *err)
{
    char room[ENTRY_OCTETS_MAX + 1];
    struct text json = text_over(room, sizeof room);
    if (entry_write(entry, &json) != FAULT_NONE)
        return error_set(err, 0, "an entry of the kind %s cannot be written to the ledger",
                         entry_kind_name(entry->kind));
    if (json.len + 2 > sizeof waiting.octets - waiting.len)
        return error_set(err, 0, "no more entries can wait for the ledger");
    uint8_t *at = waiting.octets + waiting.len;
    at[0] = (uint8_t)(json.len >> 8);
    at[1] = (uint8_t)json.len;
    memcpy(at + 2, room, json.len);
    waiting.len += 2 + json.len;
    waiting.count++;
    return true;
}

static bool append_all(struct ledger *ledger, struct error *err)
{
    bool good = true;
    for (size_t at = 0; good && at < waiting.len;) {
        const uint8_t *octets = waiting.octets + at;
        size_t len = (size_t)octets[0] << 8 | octets[1];
        good = ledger_append(ledger, (struct bytes){ octets + 2, len }, err);
        at += 2 + len;
    }
    return good && ledger_commit(ledger, err);
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
    if (waiting.count == 0)
        return true;
    struct ledger *ledger = own_ledger_open(err);
    if (!ledger)
        return false;
    bool good = append_all(ledger, err);
    if (good) {
        waiting.acknowledged = ledger_committed(ledger);
        waiting.len = waiting.count = 0;
    }
    ledger_close(ledger);
    return good;
}

uint64_t sensor_ledger_acknowledged(void)
{
    return waiting.acknowledged;
}

size_t sensor_ledger_waiting(void)
{
    return waiting.count;
}
