// SPDX-License-Identifier: Apache-2.0
/* What is true of a set of captures, in the units of ../shared/science/numbers-to-beat.md 5.1:
 * one kind of unit for each kind of detector, and what has to be told of it for it to count as
 * detected. */
#pragma once

#include "base/ip.h"
#include "evaluate/baseline.h"
#include "model/finding.h"

enum truth_kind {
    TRUTH_BEACON,         /* a line and the server it calls */
    TRUTH_COMMAND_SERVER, /* address and port, over the capture */
    TRUTH_INFECTED_LINE,
    TRUTH_PEER_GROUP,
    TRUTH_RELAY,
    TRUTH_SCAN,     /* its source */
    TRUTH_GUESSING, /* its source, or its target where the sources are many */
    TRUTH_FLOOD,    /* an incident: its victim and time */
    TRUTH_REFLECTOR,
    TRUTH_TUNNEL,    /* a registered domain, or the line where no name is known */
    TRUTH_GENERATED, /* the line that asks */
    TRUTH_FLUX,
    TRUTH_UPLOAD, /* a line and where it sends to */
    TRUTH_LASTING,
    TRUTH_LATERAL,
    TRUTH_DARK,
    TRUTH_BACKSCATTER,
    TRUTH_KINDS
};

enum { TRUTH_WORD_MAX = 48, TRUTH_UNITS_MAX = 4096 };

struct truth_unit {
    enum truth_kind kind;
    bool has_unit; /* the address of the server, source, victim or line */
    bool has_line; /* the other end */
    uint8_t protocol;
    uint16_t port; /* 0: any */
    struct ip_prefix unit;
    struct ip_address line;
    struct fact_name name;
    char family[TRUTH_WORD_MAX];
    char origin[TRUTH_WORD_MAX];
    int64_t from_ns; /* INT64_MIN and INT64_MAX when not told */
    int64_t to_ns;
};

/* What of a set is not named in its truth. */
enum truth_rest {
    TRUTH_REST_UNKNOWN, /* "Background": nobody looked; an alert on it is reported apart */
    TRUTH_REST_BENIGN   /* an alert on it is false */
};

struct truth {
    struct truth_unit *units;
    size_t count;
    enum truth_rest rest;
};

/* One alert, ours or a baseline's, as it is scored. */
struct told {
    struct ranked ranked;
    struct fact_name name; /* its unit, when it is one */
    int64_t first_ns;      /* what it rests on */
    int64_t last_ns;
    size_t line_count;
    struct ip_address lines[FINDING_LINES_MAX];
};

enum truth_match {
    MATCH_NONE,
    MATCH_LINE, /* tells of a true unit only that it is one of the lines */
    MATCH_NEAR, /* names a true unit, but as another kind of thing */
    MATCH_RIGHT
};

const char *truth_kind_name(enum truth_kind kind);
MUST_CHECK bool truth_kind_read(struct bytes name, enum truth_kind *out);
const char *truth_match_name(enum truth_match match);

enum truth_match truth_match(const struct truth_unit *unit, const struct told *told);
/* Is this flow part of what the unit did? */
bool truth_has_flow(const struct truth_unit *unit, const struct flow *flow);
/* "192.0.2.1:443/tcp from 198.51.100.2" */
void truth_write_unit(const struct truth_unit *unit, struct text *out);
