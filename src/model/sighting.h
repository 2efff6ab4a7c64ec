// SPDX-License-Identifier: Apache-2.0
/* What a behaviour selector gives when it fires: one pair, server or source with the sealed
 * statistics that made it fire.  Before it fires nothing of them can be read. */
#pragma once

#include "model/facts.h"
#include "model/measure.h"
#include "model/scope.h"

#include "base/ip.h"

enum behaviour {
    BEHAVIOUR_BEACON,    /* a line calls a server at regular times */
    BEHAVIOUR_SCAN,      /* a source tries many targets that do not answer */
    BEHAVIOUR_GUESS,     /* a source tries many passwords of a service */
    BEHAVIOUR_FLOOD,     /* a host is sent more than it can take, or reflects it */
    BEHAVIOUR_TUNNEL,    /* data in DNS names */
    BEHAVIOUR_GENERATED, /* lines ask for names that a program makes up */
    BEHAVIOUR_FLUX,      /* a name whose addresses change all the time */
    BEHAVIOUR_LASTING,   /* a connection that stays open for hours */
    BEHAVIOUR_UPLOAD,    /* a line sends unusually much to a new place */
    BEHAVIOUR_RELAY,     /* a line hands on what comes from a controller */
    BEHAVIOUR_PEERS,     /* lines that share peers nobody else has */
    BEHAVIOUR_SPREAD,    /* a server that known infected lines have in common */
    BEHAVIOUR_DARK,      /* traffic to addresses nobody uses */
    BEHAVIOUR_LATERAL,   /* a host inside reaches for others inside */
    BEHAVIOURS
};

/* What a behaviour fires on. */
enum unit {
    UNIT_SERVICE, /* an address, port and protocol that lines call */
    UNIT_HOST,    /* an address, as the one who sends or is sent to */
    UNIT_NAME,    /* a registered domain */
    UNITS
};

enum sighting_shape {
    SHAPE_NONE,
    SHAPE_HORIZONTAL,  /* scan, guess: one port of many hosts */
    SHAPE_VERTICAL,    /* scan: many ports of one host */
    SHAPE_BLOCK,       /* scan: many of both */
    SHAPE_DISTRIBUTED, /* scan, guess: many sources, each below notice; the unit is the target
                        */
    SHAPE_VOLUME,      /* flood: of octets or packets */
    SHAPE_SYN,         /* flood: of connections begun and not finished */
    SHAPE_AMPLIFIED,   /* flood: of answers nobody asked for */
    SHAPE_CARPET,      /* flood: over a whole prefix, no host much */
    SHAPE_APPLICATION, /* flood: of whole connections or requests */
    SHAPE_REFLECTOR,   /* flood: the unit is one that answers in others' name */
    SHAPE_PROBES,      /* dark: looks for what is there */
    SHAPE_BACKSCATTER, /* dark: answers of a victim to forged senders */
    SHAPES
};

enum { SIGHTING_MEASURES_MAX = 16 };

struct sighting {
    enum behaviour behaviour;
    enum direction direction;
    enum basis basis;
    struct ip_address server; /* the unit: who is called; of a host, that host */
    struct ip_address line;   /* who calls; of a host, the other end when there is one */
    struct fact_name name;    /* the unit, when it is a name; else empty */
    enum place server_place;  /* as the gate placed them */
    enum place line_place;
    bool has_line; /* false for a unit as a whole */
    uint8_t protocol;
    uint8_t shape; /* enum sighting_shape */
    uint16_t port; /* of the server; of a host: the port tried when there is one, else 0 */
    int64_t first_ns;
    int64_t last_ns;
    uint64_t connections;
    uint64_t octets_out; /* from the line */
    uint64_t octets_in;
    double score; /* 0 to 100 */
    size_t measure_count;
    struct measure measures[SIGHTING_MEASURES_MAX];
};

const char *shape_name(enum sighting_shape shape);

/* Of all memory for tables so many sixteenths are the behaviours'. */
enum { BEHAVIOURS_SIXTEENTHS = 7 };

/* What is said of a behaviour wherever it is spoken of. */
struct behaviour_trait {
    const char *name; /* "beacon", as in JSON and in selectors */
    const char *rule; /* with its version, as findings carry it: "beacon 1" */
    enum unit unit;
    unsigned share; /* of the memory of all behaviours, in 64ths */
};
const struct behaviour_trait *behaviour_trait(enum behaviour behaviour);
const char *behaviour_name(enum behaviour behaviour);
enum unit behaviour_unit(enum behaviour behaviour);
