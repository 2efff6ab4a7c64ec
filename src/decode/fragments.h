// SPDX-License-Identifier: Apache-2.0
/* IP fragments: a bounded table of datagrams on their way, so that a later fragment is counted
 * to the flow of its first one, and a whole datagram can be read for handshake facts.  Octets
 * that are there already stay (first wins); conflicts are counted. */
#pragma once

#include "base/arena.h"
#include "base/hash.h"
#include "model/packet.h"

enum { FRAGMENTS_PAYLOAD_MAX = 8192 }; /* larger datagrams are counted, not put together */

struct fragments;

struct fragments_counts {
    uint64_t completed;
    uint64_t evicted;  /* to make room */
    uint64_t expired;  /* 30 s after their first fragment */
    uint64_t overlaps; /* octets sent twice, differently or not */
    uint64_t too_large;
};

/* One fragment of a datagram. */
struct fragment {
    uint32_t identification;
    uint32_t offset; /* octets */
    bool is_last;
    bool is_whole; /* all its octets were captured */
    struct bytes octets;
};

size_t fragments_size(size_t datagrams_max);
struct fragments *fragments_init(size_t datagrams_max, struct hash_key key, struct arena *keep);

/* Takes a fragment of the datagram named by packet's addresses and protocol.  When the datagram
 * is whole with it, the result is its payload (transport header included), good until the next
 * call; else it is empty.  The ports of a first fragment are read from packet; a later one is
 * given them, with has_transport. */
struct bytes fragments_take(struct fragments *fragments, const struct fragment *fragment,
                            struct packet *packet);
/* What fragments_take gave last is used no more: it is overwritten. */
void fragments_release(struct fragments *fragments);
/* What waited too long by now is overwritten. */
void fragments_expire(struct fragments *fragments, int64_t now_ns);
/* The input is over: all of it is. */
void fragments_finish(struct fragments *fragments);
struct fragments_counts fragments_counts(const struct fragments *fragments);
