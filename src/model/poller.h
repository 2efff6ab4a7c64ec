// SPDX-License-Identifier: Apache-2.0
/* The harmless explanation of regular calls: a service that is asked at fixed times by design
 * (../shared/science/detectors.md 0.1, 2.2).  What it is called and its port say what it may
 * be; how many call it, and for how long, that it is no newcomer.  Only both together explain
 * anything: names and ports are chosen by whoever writes the program. */
#pragma once

#include "model/finding.h"

enum poller_class {
    POLLER_NONE,
    POLLER_TIME,
    POLLER_PUSH,
    POLLER_UPDATE,
    POLLER_TELEMETRY,
    POLLER_CERTIFICATE,
    POLLER_PORTAL,
    POLLER_CLASSES
};

enum { POLLER_NAMES_MAX = 1024 };

#define POLLER_ACCEPTED_ABOVE 0.5 /* of the share */
#define POLLER_WEIGHT_MOST 3.0    /* taken from what measures weigh together, at a share of 1 */
#define POLLER_WEIGHT_LEFT 4.0    /* never less than this is left: the score 50 */
#define POLLER_LINES_LEAST 200
#define POLLER_AGE_LEAST_S (60 * 86400.0)

struct poller_name {
    struct fact_name suffix; /* names below it, too */
    enum poller_class poller_class;
};

/* Known names; all zero: none. */
struct pollers {
    struct poller_name *names;
    size_t count;
};

struct poller_view {
    enum poller_class by_name;
    enum poller_class by_port;
    double share;  /* 0 to 1: how well it explains the finding */
    double weight; /* 0, or negative when it is accepted */
};

const char *poller_class_name(enum poller_class poller_class);

/* By port and the form of the traffic alone. */
enum poller_class poller_of_port(const struct finding *finding);

/* Of a server that is called regularly; its measures are those of its strongest sighting. */
struct poller_view poller_look(const struct pollers *known, const struct finding *finding);
