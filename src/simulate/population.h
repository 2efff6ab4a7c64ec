// SPDX-License-Identifier: Apache-2.0
/* A population: the flows of many lines over hours or days, in the order they ended, as a
 * stream of any length in bounded memory.  People, pollers, downloads, games and backups, and
 * planted among them attacks of every kind we look for, with the truth told beside them.
 *
 * Synthetic numbers, not a model of any network: good for cost, for bounds and for seeing
 * whether something planted is found, never for how often innocent traffic is flagged. */
#pragma once

#include "base/arena.h"
#include "model/finding.h"
#include "model/flow.h"

enum population_attack {
    POPULATION_BEACON,    /* to a server of its own, 5 s to a day apart, jitter 0 to 90 % */
    POPULATION_FRONTED,   /* the same behind a server that everybody uses */
    POPULATION_SCAN,      /* one port, many addresses, 100 a second */
    POPULATION_PORTS,     /* one address, many ports */
    POPULATION_SWEEP,     /* one port by 50 sources, each slow */
    POPULATION_SLOW_SCAN, /* one a minute */
    POPULATION_GUESS,     /* of SSH passwords */
    POPULATION_VOLUME,    /* much of UDP at one line */
    POPULATION_SYN,       /* forged senders */
    POPULATION_AMPLIFIED, /* through 50 reflectors */
    POPULATION_CARPET,    /* spread over a /24 */
    POPULATION_TUNNEL,    /* in DNS names, 1 to 100 octets a second */
    POPULATION_GENERATED, /* names that do not exist */
    POPULATION_FLUX,      /* a name of ever new addresses */
    POPULATION_LASTING,   /* one connection, all the time */
    POPULATION_UPLOAD,    /* 2 GB to where nobody goes */
    POPULATION_RELAY,     /* what comes in goes out */
    POPULATION_PEERS,     /* 20 lines and their peers, each known to several */
    POPULATION_DARK,      /* to addresses nobody uses */
    POPULATION_LATERAL,   /* from one line to 30 others, administration's port */
    POPULATION_ATTACKS
};

struct population_plan {
    uint64_t seed;
    int64_t start_ns;
    int64_t span_ns;
    uint32_t lines;                       /* 1 to POPULATION_LINES_MAX */
    uint32_t attacks[POPULATION_ATTACKS]; /* how many to plant of each */
};

enum { POPULATION_LINES_MAX = 1 << 22, POPULATION_PLANTED_MAX = 1024 };

/* What was planted. */
struct population_truth {
    enum population_attack attack;
    enum finding_kind kind;      /* as which it should be found */
    struct ip_address unit;      /* server, scanner, victim or line; zero when it is a name */
    struct ip_address unit_last; /* the same, but for what spreads over several */
    uint16_t port;               /* 0 when many */
    uint8_t protocol;
    struct fact_name name;
    uint32_t first_line; /* of those that take part, by number; none when lines is 0 */
    uint32_t lines;
    int64_t first_ns;
    int64_t period_ns;
    uint32_t jitter_percent;
};

const char *population_attack_name(enum population_attack attack);

/* "lines=1000,hours=24,seed=7,attacks=2,beacon=8": days, and each attack by its name, too.
 * What is not told stays as in out. */
MUST_CHECK bool population_read(struct bytes spec, struct population_plan *out);
/* 1000 lines, a day, no attack. */
struct population_plan population_plan_default(void);

struct population;

size_t population_size(const struct population_plan *plan);
struct population *population_init(const struct population_plan *plan, struct arena *keep);
/* False at the end.  planted, unless NULL, is 1 and up for flows of the planted, else 0.  The
 * flow's facts live until the next call. */
bool population_next(struct population *population, struct flow *out, uint32_t *planted);
/* One row for each planted, in the order of their numbers; gives how many. */
size_t population_truth(const struct population *population,
                        const struct population_truth **out);

/* Lines have addresses of their own, or one of 64 shares one (carrier-grade NAT). */
struct ip_address population_line(const struct population *population, uint32_t line);
bool population_is_line(const struct ip_address *address);
