// SPDX-License-Identifier: Apache-2.0
/* Infrastructure: findings that have something in common that few others have, seen as one.
 * Servers stand behind the same certificate, name or greeting, beside each other in a network,
 * or are called by the same lines; relays stand between.  Computed when asked, of findings and
 * their records, and never kept: bounded, and what found no room is counted.
 *
 * Reads nothing but minimised data; lines stay what they are there, pseudonyms or the owner's.
 */
#pragma once

#include "base/arena.h"
#include "model/finding.h"

/* Where in the chain from the controlled to who controls. */
enum stage { STAGE_LINE, STAGE_RELAY, STAGE_COMMAND, STAGES };

enum tie {
    TIE_CERTIFICATE, /* the digest of what the server showed */
    TIE_GREETING,    /* HASSH of an SSH server */
    TIE_NAME,        /* it was called by, or asked for */
    TIE_ADDRESS,     /* the same host, or an address DNS gave for a name */
    TIE_NETWORK,     /* the same /24, or /48 of IPv6 */
    TIE_LINES,       /* several lines in common */
    TIES
};

enum {
    INFRASTRUCTURE_TIES_MAX = 16,    /* told of one group */
    INFRASTRUCTURE_MEMBERS_MAX = 64, /* told of one group */
    INFRASTRUCTURE_VALUE_MAX = 96,
    INFRASTRUCTURE_ID_MAX = 24,
};

struct infrastructure_tie {
    enum tie tie;
    uint32_t members; /* that have it */
    char value[INFRASTRUCTURE_VALUE_MAX];
};

/* One group, two members at least. */
struct infrastructure_group {
    char id[INFRASTRUCTURE_ID_MAX]; /* "infra-1f9a3c77d2b0": of its oldest member */
    double score;                   /* the highest of its members */
    int64_t first_ns, last_ns;
    uint32_t by_stage[STAGES];        /* members; lines: different ones */
    uint32_t member_total, tie_total; /* of which the first are below */
    uint32_t member_count, tie_count;
    uint32_t members[INFRASTRUCTURE_MEMBERS_MAX]; /* positions of findings, strongest first */
    struct infrastructure_tie ties[INFRASTRUCTURE_TIES_MAX];
};

/* A line by its contacts: membership, with when and how often, never from who it is. */
struct infrastructure_line {
    struct party party;
    uint32_t servers; /* listed or found, that it was in contact with */
    uint64_t connections;
    int64_t first_ns, last_ns;
    double score;       /* the highest of those findings */
    uint32_t strongest; /* the position of that finding */
};

struct infrastructure_limits {
    uint32_t findings_max;
    uint32_t marks_max; /* what findings have that could tie them */
};

struct infrastructure_counts {
    uint32_t findings_left, marks_left; /* for want of room */
    uint32_t common;                    /* marks that too many have to mean anything */
    uint32_t groups;
};

struct infrastructure;

extern const struct infrastructure_limits infrastructure_defaults;

size_t infrastructure_size(const struct infrastructure_limits *limits);
struct infrastructure *infrastructure_init(const struct infrastructure_limits *limits,
                                           struct arena *keep);

/* A finding; it stays the caller's and must stay where it is.  Returns its position, or
 * UINT32_MAX when it is of no kind that has infrastructure, or there is no room. */
uint32_t infrastructure_add(struct infrastructure *infra, const struct finding *finding);
/* A record that the finding at this position rests on. */
void infrastructure_add_record(struct infrastructure *infra, uint32_t position,
                               const struct minimised_flow *flow);
/* Groups by what was added; strongest first are given by infrastructure_group until it says
 * false. */
struct infrastructure_counts infrastructure_join(struct infrastructure *infra);
bool infrastructure_group(const struct infrastructure *infra, uint32_t i,
                          struct infrastructure_group *out);
/* Lines in contact with command servers or relays, those with most of them first; gives how
 * many are in out.  Those that had no room are counted in *left. */
uint32_t infrastructure_lines(const struct infrastructure *infra,
                              struct infrastructure_line *out, uint32_t max, uint32_t *left);
const struct finding *infrastructure_finding(const struct infrastructure *infra,
                                             uint32_t position);
enum stage infrastructure_stage(const struct finding *finding);
const char *stage_name(enum stage stage);
const char *tie_name(enum tie tie);
