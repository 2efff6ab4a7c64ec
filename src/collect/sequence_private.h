// SPDX-License-Identifier: Apache-2.0
/* Sequence numbers of one exporter and domain: what was lost between its messages and what
 * only came late or twice.  Numbers pass 2^32 and go on. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { SEQUENCE_HOLES_MAX = 8 };

struct sequence_hole {
    uint32_t from;
    uint32_t len; /* 0: free */
};

struct sequence {
    bool is_known;
    bool counts_otherwise;   /* learnt: see sequence_step */
    uint8_t streak;          /* messages in a row that fit the other way of counting */
    uint8_t hole_at;         /* the next to be written */
    uint32_t next;           /* expected */
    uint32_t next_otherwise; /* expected if it counts the other way */
    int64_t newest_ns;       /* the greatest time of a message, by the exporter's clock */
    uint64_t streak_lost;    /* lost, unless the streak shows that it counts otherwise */
    uint64_t lost, gaps, repeated, late, resets;
    struct sequence_hole holes[SEQUENCE_HOLES_MAX];
};

/* One message, read. */
struct sequence_step {
    uint32_t number;
    uint32_t units;           /* by which its protocol moves the number on */
    uint32_t units_otherwise; /* records where messages are due, and the other way round: some
                                 exporters count so, whatever the standard says */
    bool are_units_known;
    bool counts_messages; /* the protocol does */
    bool is_boot;         /* the exporter began anew with this message */
    int64_t time_ns;      /* of the message by the exporter's clock, 0 when it tells none */
};

void sequence_take(struct sequence *sequence, const struct sequence_step *step);
/* Might this number be the next, or nearly? */
bool sequence_continues(const struct sequence *sequence, uint32_t number);
