// SPDX-License-Identifier: Apache-2.0
/* Captured frames that may carry exports, each behind its length and an octet for its link:
 * payloads lie within their frame, and a datagram joined of fragments is no longer than one can
 * be and holds no octet that no fragment brought. */
#include <stdlib.h>

#include "base/cursor.h"
#include "base/must.h"
#include "source/join_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct join join;

static const uint32_t links[] = { LINK_ETHERNET,   LINK_RAW,  LINK_NULL, LINK_LINUX_SLL,
                                  LINK_LINUX_SLL2, LINK_LOOP, LINK_IPV6, 4711 };

static void read_to_the_end(struct bytes payload)
{
    volatile uint8_t touched = 0;
    for (size_t i = 0; i < payload.len; i++)
        touched = (uint8_t)(touched ^ payload.at[i]);
}

static void join_one(const struct carried *piece, int64_t time_ns)
{
    struct bytes packet;
    enum join_result result = join_add(&join, piece, time_ns, &packet);
    if (result == JOIN_FULL) {
        join_release(&join);
        result = join_add(&join, piece, time_ns, &packet);
        MUST(result != JOIN_FULL);
    }
    if (result != JOIN_WHOLE)
        return;
    MUST(packet.len > 0 && packet.len <= JOIN_OCTETS_MAX);
    struct carried whole = *piece;
    enum carried_kind kind = carried_read_transport(packet, &whole);
    if (kind != CARRIED_UDP && kind != CARRIED_TCP)
        return;
    MUST(whole.payload.len < packet.len);
    read_to_the_end(whole.payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor c = { data, size, false };
    memset(&join, 0, offsetof(struct join, slots));
    for (size_t i = 0; i < JOIN_SLOTS; i++)
        join.slots[i].state = JOIN_FREE;
    while (c.left > 0) {
        uint8_t how = cursor_u8(&c);
        int64_t time_ns = how & 0x80 ? INT64_MIN : how & 0x40 ? INT64_MAX : how * 1000000000LL;
        size_t len = cursor_be16(&c);
        struct frame frame = { .link = links[how % 8],
                               .captured = cursor_bytes(&c, len < c.left ? len : c.left),
                               .time_ns = time_ns };
        struct carried carried;
        enum carried_kind kind = carried_read(&frame, &carried);
        if (kind == CARRIED_OTHER || kind == CARRIED_CUT)
            continue;
        MUST(carried.payload.len <= frame.captured.len);
        read_to_the_end(carried.payload);
        if (kind == CARRIED_FRAGMENT)
            join_one(&carried, time_ns);
    }
    join_finish(&join);
    return 0;
}
