// SPDX-License-Identifier: Apache-2.0
#include "decode/layer_private.h"
#include "decode/packet.h"

enum { V4_HEADER = 20, V4_SOURCE = 12, V6_HEADER = 40, V6_SOURCE = 8 };

uint64_t packet_pair_hash(const struct frame *frame, const struct hash_key *key)
{
    struct layer layer = { .at = frame->captured.at,
                           .left = (uint32_t)frame->captured.len,
                           .wire = frame->wire_len };
    if (link_start(frame->link, &layer) != FAULT_NONE || link_walk(&layer) != FAULT_NONE ||
        layer.next != NEXT_IP || layer.left < V4_HEADER)
        return 0;
    struct ip_address ends[2];
    if (layer.at[0] >> 4 == 6) {
        if (layer.left < V6_HEADER)
            return 0;
        memcpy(ends, layer.at + V6_SOURCE, sizeof ends);
    } else {
        ends[0] = ip_from_v4(layer_be32(&layer, V4_SOURCE));
        ends[1] = ip_from_v4(layer_be32(&layer, V4_SOURCE + 4));
    }
    return ip_pair_hash(key, &ends[0], &ends[1]);
}
