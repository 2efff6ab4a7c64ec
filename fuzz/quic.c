// SPDX-License-Identifier: Apache-2.0
/* A client's first datagrams: pieces behind a length of two octets each.  The first octet
 * tells whether they are datagrams or, past the protection that chance does not get through,
 * the frames inside.  What is collected stays in order and within bounds. */
#include "base/must.h"
#include "decode/quic_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_ranges(const struct assembly *assembly)
{
    MUST(assembly->count <= ASSEMBLY_RANGES_MAX);
    for (size_t i = 0; i < assembly->count; i++) {
        MUST(assembly->ranges[i].from < assembly->ranges[i].to);
        MUST(assembly->ranges[i].to <= QUIC_CRYPTO_MAX);
        MUST(i == 0 || assembly->ranges[i - 1].to < assembly->ranges[i].from);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct quic_collector collector;
    static struct fact fact;
    struct cursor c = cursor_over((struct bytes){ data, size });
    bool are_frames = cursor_u8(&c) & 1;
    memset(&collector, 0, sizeof collector);
    while (c.left > 0) {
        struct cursor piece = cursor_take16(&c);
        enum fault fault;
        if (are_frames)
            fault = quic_frames_read(&collector, cursor_rest(&piece));
        else
            fault = quic_read(&collector, cursor_rest(&piece), &fact);
        check_ranges(&collector.assembly);
        if (fault == FAULT_NONE && quic_hello_read(&collector, &fact) == FAULT_NONE)
            MUST(fact.kind == FACT_TLS_CLIENT);
    }
    return 0;
}
