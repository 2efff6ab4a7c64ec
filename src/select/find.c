// SPDX-License-Identifier: Apache-2.0
/* From a key's hash to its records.  The arrays may have come in a file: what a slot or a
 * record says is held against the counts before it is followed, and a search ends after
 * probe_max steps whatever stands there. */
#include "base/time.h"
#include "select/indicators_private.h"

struct bytes record_key(const struct indicators *set, const struct record *record)
{
    if (has_text((enum indicator_kind)record->kind))
        return (struct bytes){ set->text + record->text_at, record->len };
    return (struct bytes){ record->octets, sizeof record->octets };
}

static bool is_sound(const struct indicators *set, const struct record *record)
{
    if (record->kind >= INDICATOR_KINDS || record->list >= set->list_count)
        return false;
    if (has_text((enum indicator_kind)record->kind))
        return record->text_at <= set->text_len &&
               record->len <= set->text_len - record->text_at;
    return record->len < LENGTHS;
}

/* The hash led here; only the whole key is evidence. */
static bool is_same_key(const struct indicators *set, const struct record *record,
                        const struct wanted *wanted)
{
    return record->kind == wanted->kind && record->len == wanted->len &&
           record->port == wanted->port && bytes_equal(record_key(set, record), wanted->key);
}

struct search search_of(const struct indicators *set, const struct wanted *wanted)
{
    return (struct search){ first_slot(set, wanted->hash), 0 };
}

struct record *search_next(const struct indicators *set, const struct wanted *wanted,
                           struct search *search)
{
    while (search->steps <= set->probe_max) {
        const struct slot *slot = &set->slots[search->slot];
        if (slot->record == 0)
            return NULL;
        search->steps++;
        search->slot = search->slot + 1 == set->slot_count ? 0 : search->slot + 1;
        if (slot->tag != (uint32_t)wanted->hash || slot->record > set->count)
            continue;
        struct record *record = &set->records[slot->record - 1];
        if (is_sound(set, record) && is_same_key(set, record, wanted))
            return record;
    }
    return NULL;
}

bool is_revoked(const struct indicators *set, const struct wanted *wanted)
{
    if (!set->overlay)
        return false;
    /* The overlay has a hash key of its own, so the key is hashed anew. */
    const struct indicators *overlay = set->overlay;
    struct record asked = { .port = wanted->port,
                            .kind = (uint8_t)wanted->kind,
                            .len = wanted->len,
                            .protocol = wanted->protocol };
    struct wanted there;
    if (has_text(wanted->kind)) {
        there = wanted->kind == INDICATOR_DOMAIN
                    ? wanted_domain(overlay, wanted->key)
                    : wanted_bytes(overlay, wanted->kind, wanted->key);
    } else {
        memcpy(asked.octets, wanted->key.at, sizeof asked.octets);
        there = wanted_record(overlay, &asked);
    }
    struct search search = search_of(overlay, &there);
    for (const struct record *record; (record = search_next(overlay, &there, &search));) {
        if (record->flags & RECORD_REVOKED)
            return true;
    }
    return false;
}

bool record_holds(const struct record *record, int64_t time_ns)
{
    bool has_begun = record->from_s == 0 || time_ns >= (int64_t)record->from_s * TIME_SECOND_NS;
    return has_begun &&
           (record->to_s == TO_NEVER || time_ns < (int64_t)record->to_s * TIME_SECOND_NS);
}

/* The indicator's canonical words: never more of a list's line than its key. */
static void write_value(const struct indicators *set, const struct record *record,
                        struct text *out)
{
    struct bytes key = record_key(set, record);
    struct ip_prefix prefix = { .len = record->len };
    memcpy(prefix.address.octets, record->octets, sizeof prefix.address.octets);
    switch ((enum indicator_kind)record->kind) {
    case INDICATOR_ADDRESS: ip_write(&prefix.address, out); break;
    case INDICATOR_PREFIX: ip_prefix_write(&prefix, out); break;
    case INDICATOR_ENDPOINT: {
        bool is_v4 = ip_is_v4(&prefix.address);
        text_put_string(out, is_v4 ? "" : "[");
        ip_write(&prefix.address, out);
        text_put_string(out, is_v4 ? ":" : "]:");
        text_put_u64(out, record->port);
        break;
    }
    case INDICATOR_DOMAIN:
    case INDICATOR_JA4: text_put(out, key); break;
    case INDICATOR_JA3:
    case INDICATOR_CERTIFICATE: text_put_hex(out, key); break;
    case INDICATOR_SIGNATURE:
        text_put_string(out, "sid:");
        text_put(out, key);
        break;
    case INDICATOR_KINDS: break;
    }
}

void record_tell(const struct indicators *set, const struct record *record,
                 struct indicator_hit *out)
{
    *out = (struct indicator_hit){ .kind = (enum indicator_kind)record->kind,
                                   .begins_ns = (int64_t)record->from_s * TIME_SECOND_NS,
                                   .expires_ns = record->to_s == TO_NEVER
                                                     ? INT64_MAX
                                                     : (int64_t)record->to_s * TIME_SECOND_NS,
                                   .generation = set->number,
                                   .overlay = set->sequence };
    struct text value = text_over(out->value, sizeof out->value);
    write_value(set, record, &value);
    memcpy(out->list, set->lists[record->list].name, sizeof out->list - 1);
}
