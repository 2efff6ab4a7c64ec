// SPDX-License-Identifier: Apache-2.0
/* Sequence numbers of one exporter and domain: what was lost between its messages and what
 * only came late or twice.  Numbers pass 2^32 and go on.
 *
 * What a number counts is prescribed, but some exporters do otherwise: they count messages in
 * IPFIX or records in v9, leave out the records of options, or have the message's own records
 * in its number already (softflowd).  Who does so message after message is judged by its own
 * way of counting from then on. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { SEQUENCE_HOLES_MAX = 8 };

/* Where several fit alike the first is taken. */
enum sequence_way {
    SEQUENCE_MESSAGES,
    SEQUENCE_RECORDS,     /* of all kinds, up to the message */
    SEQUENCE_RECORDS_OWN, /* and those of the message itself */
    SEQUENCE_FLOWS,       /* no options */
    SEQUENCE_FLOWS_OWN,
    SEQUENCE_WAYS
};

struct sequence_hole {
    uint32_t from;
    uint32_t len; /* 0: free */
};

struct sequence {
    bool is_begun;
    bool are_units_known;           /* those of the message before */
    uint8_t way;                    /* enum sequence_way, learnt when not the protocol's */
    uint8_t hole_at;                /* the next to be written */
    uint8_t streaks[SEQUENCE_WAYS]; /* messages that fit this way, but not the one taken */
    uint32_t next[SEQUENCE_WAYS];   /* expected */
    int64_t newest_ns;    /* the greatest time of a message, by the exporter's clock */
    uint64_t streak_lost; /* lost, unless a streak shows that it counts otherwise */
    uint64_t lost, gaps, repeated, late, resets;
    struct sequence_hole holes[SEQUENCE_HOLES_MAX];
};

/* One message, read. */
struct sequence_step {
    uint32_t number;
    uint32_t records;     /* of all kinds */
    uint32_t flows;       /* without options */
    bool are_units_known; /* both of them */
    bool is_boot;         /* the exporter began anew with this message */
    uint8_t way;          /* enum sequence_way, of the protocol */
    int64_t time_ns;      /* of the message by the exporter's clock, 0 when it tells none */
};

void sequence_take(struct sequence *sequence, const struct sequence_step *step);
/* Might this number be the next, or nearly? */
bool sequence_continues(const struct sequence *sequence, uint32_t number);
