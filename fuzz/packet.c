// SPDX-License-Identifier: Apache-2.0
/* Frames of every link type: first octet the link, then frames behind two octets of length.
 * A packet's numbers never exceed the frame's, and the seal lies within what was given. */
#include "decode/packet.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "base/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint32_t links[] = {
    LINK_ETHERNET, LINK_NULL,      LINK_PPP,        LINK_RAW,
    LINK_LOOP,     LINK_LINUX_SLL, LINK_LINUX_SLL2, LINK_PPP_ETHER
};

static void try_frame(struct packet_decoder *decoder, uint32_t link, struct bytes octets)
{
    static int64_t time_ns;
    struct frame frame = { .captured = octets,
                           .wire_len = (uint32_t)octets.len,
                           .link = link,
                           .time_ns = time_ns += 1000000 };
    struct decoded out;
    if (!packet_decode(decoder, &frame, &out))
        return;
    MUST(out.packet.octets <= octets.len);
    MUST(out.packet.payload_octets <= out.packet.octets);
    MUST(out.packet.version == 4 || out.packet.version == 6);
    MUST(out.sealed.len <= FRAGMENTS_PAYLOAD_MAX || out.sealed.len <= octets.len);
    volatile uint8_t touched = 0;
    for (size_t i = 0; i < out.sealed.len; i++)
        touched = (uint8_t)(touched ^ out.sealed.at[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct hash_key key = { { 1, 2, 3, 4 } };
    struct cursor c = cursor_over((struct bytes){ data, size });
    uint32_t link = links[cursor_u8(&c) % (sizeof links / sizeof *links)];
    size_t memory_size = fragments_size(8);
    void *memory = malloc(memory_size);
    MUST(memory);
    struct arena arena = arena_over(memory, memory_size);
    struct packet_decoder decoder = { .fragments = fragments_init(8, key, &arena) };
    while (!c.broken && c.left > 0) {
        struct cursor frame = cursor_take16(&c);
        try_frame(&decoder, link, (struct bytes){ frame.at, frame.left });
    }
    free(memory);
    return 0;
}
