// SPDX-License-Identifier: Apache-2.0
/* The warrants of a sensor: a folder that is looked into several times a second.  A new file is
 * ruled on (warrant/warrant.h), a revocation ends its warrant, a file that is gone ends it too.
 * What is live comes out as rules, for the collector to run and the keeper to hold records
 * against. */
#pragma once

#include "cmd/sensor_config.h"
#include "model/rule.h"
#include "statute/statute.h"

struct sensor_warrants;

/* What time it may be (system/steady.h). */
struct sensor_time {
    int64_t low_ns, high_ns;
    bool is_uncertain;
};

/* The law and the keys that are trusted are read here. */
MUST_CHECK struct sensor_warrants *sensor_warrants_open(const struct sensor_config *config,
                                                        struct error *err);
/* Both once more, and every file is ruled on anew.  After a failure those before count. */
MUST_CHECK bool sensor_warrants_reload(struct sensor_warrants *warrants, struct error *err);
const struct law *sensor_warrants_law(const struct sensor_warrants *warrants);

/* Rules on what is new in the folder, and enters that into the ledger.  False: the folder
 * cannot be read, or the ledger not be written. */
MUST_CHECK bool sensor_warrants_look(struct sensor_warrants *warrants,
                                     const struct sensor_time *now, struct error *err);
/* The rules of what is live then, or will be within seconds; ends of warrants are entered into
 * the ledger.  *changed: they are others than those that stood in rules. */
MUST_CHECK bool sensor_warrants_rules(struct sensor_warrants *warrants,
                                      const struct sensor_time *now, struct rule_set *rules,
                                      bool *changed, struct error *err);
/* Warrants in the rules given last. */
size_t sensor_warrants_live(const struct sensor_warrants *warrants);
