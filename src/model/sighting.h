// SPDX-License-Identifier: Apache-2.0
/* What a behaviour selector gives when it fires: one pair, server or source with the sealed
 * statistics that made it fire.  Before it fires nothing of them can be read. */
#pragma once

#include "model/measure.h"
#include "model/scope.h"

#include "base/ip.h"

enum behaviour {
    BEHAVIOUR_BEACON, /* a line calls a server at regular times */
    BEHAVIOUR_SCAN,   /* a source tries many targets that do not answer */
    BEHAVIOURS
};

enum scan_shape { SCAN_NONE, SCAN_HORIZONTAL, SCAN_VERTICAL, SCAN_BLOCK };

enum { SIGHTING_MEASURES_MAX = 12 };

struct sighting {
    enum behaviour behaviour;
    enum direction direction;
    enum basis basis;
    struct ip_address server; /* beacon: who is called; scan: the source */
    struct ip_address line;   /* beacon: who calls; scan: the target of a vertical scan */
    enum place server_place;  /* as the gate placed them */
    enum place line_place;
    bool has_line; /* false for a server as a whole, and for scans of many */
    uint8_t protocol;
    uint8_t scan_shape;
    uint16_t port; /* of the server; scan: the port tried when there is one, else 0 */
    int64_t first_ns;
    int64_t last_ns;
    uint64_t connections;
    uint64_t octets_out; /* from the line */
    uint64_t octets_in;
    double score; /* 0 to 100 */
    size_t measure_count;
    struct measure measures[SIGHTING_MEASURES_MAX];
};

const char *scan_shape_name(enum scan_shape shape);
