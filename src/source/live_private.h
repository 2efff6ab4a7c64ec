// SPDX-License-Identifier: Apache-2.0
/* One interface of a live source: read through a ring of AF_PACKET, or by libpcap. */
#pragma once

#include <net/if.h>

#include "base/error.h"
#include "base/text.h"
#include "source/live.h"
#include "source/live_block_private.h"

struct pcap;

enum live_state {
    LIVE_UP,
    LIVE_DOWN,    /* may come up again */
    LIVE_LEAVING, /* gone: what the ring still holds is read */
    LIVE_ENDED,
};

/* What is told of an interface, each once. */
enum live_told {
    LIVE_TOLD_CLOCK,
    LIVE_TOLD_DOWN,
    LIVE_TOLD_UP,
    LIVE_TOLD_GONE,
    LIVE_TOLD_DROPS,
    LIVE_TOLD_BROKEN,
    LIVE_TOLD_END,
    LIVE_TOLD_KINDS
};

struct live_ring {
    uint8_t *at; /* blocks one after the other, shared with the kernel */
    uint32_t block_count;
    uint32_t turn;           /* the block that is read, or will be next */
    bool is_reading;         /* block is open */
    struct live_block block; /* of turn */
};

struct live_port {
    char name[IF_NAMESIZE];
    unsigned index;
    int fd; /* to wait for; -1 when there is none */
    enum live_state state;
    struct live_ring ring;
    struct pcap *pcap; /* NULL: the ring is used */
    uint32_t link;
    struct live_tally tally;
    uint64_t received; /* by the kernel for us, with those it dropped */
    uint64_t dropped;
    uint64_t froze;         /* times the ring was full */
    uint64_t broken_blocks; /* contradicted themselves: the rest of them is lost */
    uint64_t went_down;
    struct error clock_error; /* why the card gives no time; empty text when it does */
    struct error gone_error;  /* what libpcap said */
    struct {
        uint32_t received; /* libpcap's counters, which wrap */
        uint32_t dropped;
    } last;
};

enum { LIVE_RING_DEFAULT = 64 << 20, LIVE_RETIRE_MS = 50, LIVE_IDLE_MS = 200 };

/* AF_PACKET can read it: its frames have a link type that says what they are. */
MUST_CHECK bool live_ring_takes(const char *name, bool *takes, struct error *err);
MUST_CHECK bool live_ring_open(struct live_port *port, const struct live_options *options,
                               uint16_t fanout, struct error *err);
void live_ring_close(struct live_port *port);
/* Frames of the block in turn; none when none is ready. */
void live_ring_read(struct live_port *port, struct frame_batch *out);
/* Erases the block and gives it back to the kernel, once all its frames were read. */
void live_ring_release(struct live_port *port);
/* Brings the counters and the state up to date. */
void live_ring_tend(struct live_port *port);

/* Room for what libpcap hands over, whose bytes live no longer than its callback. */
struct live_room {
    uint8_t *at;
    size_t size;
};

enum { LIVE_SNAPSHOT_MAX = 256 * 1024, LIVE_ROOM_OCTETS = 16 * LIVE_SNAPSHOT_MAX };

MUST_CHECK bool live_pcap_open(struct live_port *port, const struct live_options *options,
                               struct error *err);
void live_pcap_close(struct live_port *port);
/* Returns how many octets of the room were used. */
size_t live_pcap_read(struct live_port *port, struct live_room room, struct frame_batch *out);
void live_pcap_tend(struct live_port *port);
