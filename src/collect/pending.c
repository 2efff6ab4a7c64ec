// SPDX-License-Identifier: Apache-2.0
#include "collect/templates_table_private.h"

#include "base/wipe.h"

enum { OCTETS_A_BUCKET = 1024, SHARE = 4, ALIGN = 16 };

static size_t buckets_for(size_t octets)
{
    size_t buckets = 1;
    while (buckets * OCTETS_A_BUCKET < octets)
        buckets <<= 1;
    return buckets;
}

size_t pending_size(size_t octets)
{
    return octets + 2 * buckets_for(octets) * sizeof(size_t) + 3 * alignof(max_align_t);
}

void pending_init(struct pending *pending, size_t octets, struct arena *keep)
{
    pending->size = octets / ALIGN * ALIGN;
    pending->ring = arena_take(keep, 1, alignof(max_align_t), octets);
    pending->bucket_mask = buckets_for(octets) - 1;
    pending->bucket_first = ARENA_NEW(keep, size_t, pending->bucket_mask + 1);
    pending->bucket_last = ARENA_NEW(keep, size_t, pending->bucket_mask + 1);
}

static struct waiting *entry_at(const struct pending *pending, size_t offset)
{
    return (struct waiting *)(void *)(pending->ring + offset);
}

static size_t bucket_of(const struct templates *templates, uint32_t exporter, uint16_t id)
{
    return template_hash(templates, exporter, id) & templates->pending.bucket_mask;
}

/* An entry that is gone counts for its exporter, unless the place has another by now. */
static void leave(struct templates *templates, struct waiting *waiting, bool is_lost)
{
    struct template_owner *owner = owner_of(templates, waiting->exporter);
    waiting->is_taken = true;
    if (owner->serial != waiting->serial)
        return;
    owner->pending_octets -= waiting->octets;
    owner->pending_room -= waiting->size;
    if (is_lost) {
        owner->pending_lost_octets += waiting->octets;
        templates->pending_lost_octets += waiting->octets;
    }
}

/* The entry behind `before` (offset + 1, 0: the first) in its bucket. */
static void unlink_entry(struct pending *pending, size_t bucket, size_t before,
                         const struct waiting *waiting)
{
    if (before == 0)
        pending->bucket_first[bucket] = waiting->next;
    else
        entry_at(pending, before - 1)->next = waiting->next;
    if (waiting->next == 0)
        pending->bucket_last[bucket] = before;
}

/* The oldest entry goes: being the oldest, it is the first of its bucket if it still waits. */
static void drop_first(struct templates *templates)
{
    struct pending *pending = &templates->pending;
    struct waiting *waiting = entry_at(pending, pending->first);
    if (!waiting->is_taken) {
        unlink_entry(pending, bucket_of(templates, waiting->exporter, waiting->id), 0, waiting);
        leave(templates, waiting, true);
    }
    pending->first += waiting->size;
    wipe(waiting, waiting->size);
    if (pending->first == pending->end)
        pending->first = pending->end = 0;
    else if (pending->end < pending->first && pending->first == pending->wrap)
        pending->first = 0;
}

static bool is_empty(const struct pending *pending)
{
    return pending->first == pending->end;
}

/* Room in one piece at the end, the oldest giving way; never so much that end meets first. */
static size_t make_room(struct templates *templates, size_t size)
{
    struct pending *pending = &templates->pending;
    for (;;) {
        if (pending->first <= pending->end) {
            if (pending->size - pending->end >= size)
                return pending->end;
            if (pending->first > size) {
                pending->wrap = pending->end;
                return 0;
            }
        } else if (pending->first - pending->end > size) {
            return pending->end;
        }
        drop_first(templates);
    }
}

static void drop_expired(struct templates *templates, int64_t now_ns)
{
    const struct pending *pending = &templates->pending;
    while (!is_empty(pending) &&
           now_ns - entry_at(pending, pending->first)->now_ns > templates->limits.pending_ns)
        drop_first(templates);
}

bool pending_put(struct templates *templates, const struct waiting *of, struct bytes set)
{
    struct pending *pending = &templates->pending;
    struct template_owner *owner = owner_of(templates, of->exporter);
    size_t size = (sizeof *of + set.len + ALIGN - 1) / ALIGN * ALIGN;
    drop_expired(templates, of->now_ns);
    if (size >= pending->size || owner->pending_room + size > pending->size / SHARE) {
        owner->pending_lost_octets += set.len;
        templates->pending_lost_octets += set.len;
        return false;
    }
    size_t at = make_room(templates, size);
    struct waiting *waiting = entry_at(pending, at);
    *waiting = *of;
    waiting->size = size;
    waiting->next = 0;
    waiting->octets = (uint32_t)set.len;
    waiting->serial = owner->serial;
    waiting->is_taken = false;
    memcpy(pending->ring + at + sizeof *waiting, set.at, set.len);
    pending->end = at + size;
    owner->pending_octets += waiting->octets;
    owner->pending_room += size;

    size_t bucket = bucket_of(templates, of->exporter, of->id);
    if (pending->bucket_last[bucket] != 0)
        entry_at(pending, pending->bucket_last[bucket] - 1)->next = at + 1;
    else
        pending->bucket_first[bucket] = at + 1;
    pending->bucket_last[bucket] = at + 1;
    return true;
}

void pending_release(struct templates *templates, const struct waiting *waiting)
{
    size_t at = (size_t)((const uint8_t *)waiting - templates->pending.ring);
    wipe(templates->pending.ring + at + sizeof *waiting, waiting->octets);
}

const struct waiting *pending_take(struct templates *templates, uint32_t exporter, uint16_t id,
                                   int64_t now_ns)
{
    struct pending *pending = &templates->pending;
    drop_expired(templates, now_ns);
    size_t bucket = bucket_of(templates, exporter, id);
    size_t before = 0, at = pending->bucket_first[bucket];
    while (at != 0) {
        struct waiting *waiting = entry_at(pending, at - 1);
        bool is_stale = waiting->serial != owner_of(templates, waiting->exporter)->serial;
        bool is_wanted = waiting->exporter == exporter && waiting->id == id;
        size_t next = waiting->next;
        if (is_stale || is_wanted) {
            unlink_entry(pending, bucket, before, waiting);
            leave(templates, waiting, false);
        }
        if (is_stale)
            pending_release(templates, waiting);
        if (is_wanted && !is_stale)
            return waiting;
        before = is_stale ? before : at;
        at = next;
    }
    return NULL;
}

struct bytes pending_octets(const struct waiting *waiting)
{
    return (struct bytes){ (const uint8_t *)(waiting + 1), waiting->octets };
}

void pending_lose_all(struct templates *templates)
{
    while (!is_empty(&templates->pending))
        drop_first(templates);
}
