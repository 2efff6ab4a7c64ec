// SPDX-License-Identifier: Apache-2.0
/* What the keeper of a sensor takes from its collector, and what it makes of it: records for
 * store, destinations and findings, batches for the ledger.  What is not a whole message, or a
 * record that no rule covers, is refused and counted, and the ledger has it. */
#pragma once

#include "cmd/watch_exports.h"
#include "crossing/crossing.h"
#include "pipeline/keeper.h"
#include "store/store.h"

enum { TAKE_INTERNED_MAX = SUMMARY_COUNTERS_MAX * 3 };

/* Records of one warrant since its last batch. */
struct take_tally {
    char warrant[WARRANT_SERIAL_MAX];
    uint64_t selected;
};

struct sensor_take {
    struct store *store;
    struct watch_exports *exports;
    struct keeper *keeper;
    const char *equipment;       /* as warrants name it */
    struct crossing_terms terms; /* but for the rules */
    /* Sent last, and those before it, which count until the collector has taken the new. */
    struct rule_set rules, rules_before;
    uint64_t generation; /* that the collector has taken */
    int64_t batch_ns;    /* when the last batch came */
    unsigned batches;    /* since what was refused was told: a collector has no need of many */
    size_t tally_count;
    struct take_tally tallies[RULES_MAX];
    uint64_t refused[CROSSING_REFUSALS];
    uint64_t malformed;
    uint64_t records, records_kept; /* taken, and acknowledged */
    uint64_t sightings;
    struct crossing_ready ready;
    struct crossing_counts counts; /* of this collector, so far */
    struct summary all;            /* of those before it */
    bool has_ready, has_counts, has_ended;
    bool failed; /* a record could not be stored */
    struct error error;
};

/* Of one message; false when it was none, so that its sender is not to be heard any more, or
 * when the world failed (take->failed). */
MUST_CHECK bool take_message(struct sensor_take *take, struct bytes octets, int64_t now_ns);
/* The rules to be sent from now on. */
void take_rules_sent(struct sensor_take *take, const struct rule_set *rules);
/* The collector is gone: what it counted is added up. */
void take_end_of_collector(struct sensor_take *take);
/* Once a second: enters what was refused since the last time. */
MUST_CHECK bool take_tell_refused(struct sensor_take *take, int64_t now_ns, struct error *err);
void take_summarise(const struct sensor_take *take, struct summary *out);
