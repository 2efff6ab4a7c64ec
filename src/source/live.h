// SPDX-License-Identifier: Apache-2.0
/* Live packets: AF_PACKET with TPACKET_V3 rings, or libpcap where AF_PACKET cannot (other
 * kinds of interface, "any").  Many interfaces at once; frames of a batch are of one. */
#pragma once

#include "base/error.h"
#include "model/frame.h"
#include "model/summary.h"
#include "source/source.h"

struct live;

enum { LIVE_INTERFACES_MAX = 64 };

struct live_options {
    const char *const *interfaces;
    size_t interface_count;
    size_t ring_octets; /* of each interface; 0 for 64 MiB */
    uint32_t snapshot;  /* octets kept of a frame; 0 for all */
    /* For several workers, each with its own source of the same interfaces in the same order:
     * the kernel deals frames out by a hash of the flow, the same both ways.  Interface i
     * joins group fanout + i; 0 for none. */
    uint16_t fanout;
    bool promiscuous;
    bool hardware_time; /* ask the card for its timestamps */
    bool by_libpcap;
    const volatile int *stopping;
};

/* Opens and starts all interfaces, so that a sandbox without sockets may follow.  *err names
 * the interface and what is missing (no such interface, CAP_NET_RAW). */
MUST_CHECK struct live *live_open(const struct live_options *options, struct error *err);
void live_close(struct live *live);
/* SOURCE_IDLE after 200 ms without a frame.  The bytes live until the next call.  An interface
 * that is taken away ends (counted, told), one that is down is read when it is up again;
 * SOURCE_END when none is left, or the run is stopping. */
MUST_CHECK enum source_state live_read(struct live *live, struct frame_batch *out,
                                       struct error *err);
/* Under the stage "source": frames dropped by the kernel, rings that froze, times by origin. */
void live_count(const struct live *live, struct summary *summary);
const char *live_trouble(const struct live *live, size_t i);
