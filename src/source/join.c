// SPDX-License-Identifier: Apache-2.0
#include "source/join_private.h"

#include "base/time.h"
#include "base/wipe.h"

#define JOIN_WAIT_NS (30 * TIME_SECOND_NS) /* as hosts wait: RFC 791 3.2, RFC 8200 4.5 */

/* Captures may tell any times: what does not fit is far enough apart. */
static bool is_late(const struct join_slot *slot, int64_t time_ns)
{
    int64_t waited_ns = 0;
    return __builtin_sub_overflow(time_ns, slot->first_ns, &waited_ns) ||
           waited_ns > JOIN_WAIT_NS;
}

static void erase(struct join_slot *slot)
{
    wipe(slot->octets, slot->reach);
    slot->state = JOIN_FREE;
}

static void drop(struct join *join, struct join_slot *slot)
{
    erase(slot);
    join->dropped++;
}

static bool fits(const struct join_slot *slot, const struct carried *piece)
{
    return slot->state == JOIN_OPEN && slot->id == piece->fragment_id &&
           slot->protocol == piece->protocol && ip_equal(&slot->source, &piece->source) &&
           ip_equal(&slot->destination, &piece->destination);
}

static void start(struct join_slot *slot, const struct carried *piece, int64_t time_ns)
{
    slot->state = JOIN_OPEN;
    slot->source = piece->source;
    slot->destination = piece->destination;
    slot->id = piece->fragment_id;
    slot->protocol = piece->protocol;
    slot->first_ns = time_ns;
    slot->total = 0;
    slot->here = 0;
    slot->reach = 0;
    memset(slot->blocks, 0, sizeof slot->blocks);
}

/* The slot of this datagram, a free one, or the oldest; NULL when all are handed out. */
static struct join_slot *find(struct join *join, const struct carried *piece, int64_t time_ns)
{
    struct join_slot *best = NULL;
    for (size_t i = 0; i < JOIN_SLOTS; i++) {
        struct join_slot *slot = &join->slots[i];
        if (slot->state == JOIN_OPEN && is_late(slot, time_ns))
            drop(join, slot);
        if (fits(slot, piece))
            return slot;
        if (slot->state == JOIN_HANDED)
            continue;
        bool is_better =
            !best || (best->state == JOIN_OPEN &&
                      (slot->state == JOIN_FREE || slot->first_ns < best->first_ns));
        if (is_better)
            best = slot;
    }
    if (!best)
        return NULL;
    if (best->state == JOIN_OPEN)
        drop(join, best);
    start(best, piece, time_ns);
    return best;
}

/* Marks the blocks of a piece; false when one was there already. */
static bool mark(struct join_slot *slot, size_t from, size_t len)
{
    for (size_t block = from / 8; block < (from + len + 7) / 8; block++) {
        uint64_t bit = UINT64_C(1) << (block % 64);
        if (slot->blocks[block / 64] & bit)
            return false;
        slot->blocks[block / 64] |= bit;
    }
    return true;
}

/* The last piece says where the whole ends; no other may say so, or lie behind it. */
static bool place(struct join_slot *slot, const struct carried *piece)
{
    size_t from = piece->fragment_offset, len = piece->payload.len;
    if (from + len > JOIN_OCTETS_MAX || len == 0 || (piece->has_more && len % 8 != 0))
        return false;
    if (!piece->has_more && slot->total != 0)
        return false;
    if (!piece->has_more)
        slot->total = (uint32_t)(from + len);
    if (from + len > slot->reach)
        slot->reach = (uint32_t)(from + len);
    if ((slot->total != 0 && slot->reach > slot->total) || !mark(slot, from, len))
        return false;
    memcpy(slot->octets + from, piece->payload.at, len);
    slot->here += (uint32_t)len;
    return slot->total == 0 || slot->here <= slot->total;
}

/* The same piece again is harmless: a capture may see a packet twice. */
static bool is_again(const struct join_slot *slot, const struct carried *piece)
{
    size_t from = piece->fragment_offset, len = piece->payload.len;
    if (len == 0 || from + len > JOIN_OCTETS_MAX)
        return false;
    for (size_t block = from / 8; block < (from + len + 7) / 8; block++) {
        if (!(slot->blocks[block / 64] >> (block % 64) & 1))
            return false;
    }
    return memcmp(slot->octets + from, piece->payload.at, len) == 0;
}

enum join_result join_add(struct join *join, const struct carried *piece, int64_t time_ns,
                          struct bytes *packet)
{
    struct join_slot *slot = find(join, piece, time_ns);
    if (!slot)
        return JOIN_FULL;
    if (is_again(slot, piece))
        return JOIN_TAKEN;
    if (!place(slot, piece)) {
        drop(join, slot);
        return JOIN_TAKEN;
    }
    if (slot->total == 0 || slot->here < slot->total)
        return JOIN_TAKEN;
    slot->state = JOIN_HANDED;
    *packet = (struct bytes){ slot->octets, slot->total };
    return JOIN_WHOLE;
}

void join_release(struct join *join)
{
    for (size_t i = 0; i < JOIN_SLOTS; i++) {
        if (join->slots[i].state == JOIN_HANDED)
            erase(&join->slots[i]);
    }
}

void join_finish(struct join *join)
{
    for (size_t i = 0; i < JOIN_SLOTS; i++) {
        if (join->slots[i].state == JOIN_OPEN)
            drop(join, &join->slots[i]);
    }
}
