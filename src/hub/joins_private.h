// SPDX-License-Identifier: Apache-2.0
/* What behaviours counted at several sensors, judged together (docs/state.md): so that a server
 * is found of which each carrier saw too little.  Never of a statutory basis, whose sensors
 * keep nothing of the kind; of one's own network only with the same owner's.
 *
 * The octets are sealed, and the hub does not open them: a process of the same program does,
 * `sekisho watch --join`, with the secret that the sensors share.  In FOLDER/statistics lie
 * ID/N-of-M.state of each sensor, home/sekisho/secret, and watch.options: a line for each
 * option that the sensors were run with. */
#pragma once

#include "hub/intake_private.h"

enum {
    JOINS_PART_MAX = 16,
    JOINS_WORKERS_MAX = 64,
    JOINS_SENSORS_MAX = 16,
    JOINS_CHILD_S = 120
};

/* "2-of-8". */
bool joins_is_part(const char *part);
/* Beside, flushed, renamed; files of another number of workers go. */
MUST_CHECK bool joins_keep(struct hub *hub, int64_t sensor, const char *part,
                           struct bytes octets, struct error *err);
/* Something came: it is judged soon, by a thread of its own. */
void joins_wake(struct hub *hub);
MUST_CHECK bool joins_start(struct hub *hub, struct error *err);
void joins_stop(struct hub *hub);

/* joiner.c: the findings of those folders together (an array), NULL: none could be made, with
 * the reason. */
json_t *joins_judge(struct hub *hub, const int64_t *sensors, size_t count, struct error *err);

/* The hub itself can begin no process (confined_private.h): one that was begun before does so
 * for it, reaches the statistics and no network, and is told nothing but sensors.  Before the
 * database is opened, and before threads; it ends with the hub. */
MUST_CHECK bool joiner_begin(struct hub *hub, struct error *err);
void joiner_end(struct hub *hub);

/* joins_child.c, in that process: what `sekisho watch` says of those folders goes to out.
 * False: it could not be begun, or did not end well. */
bool joins_watch(const char *folder, const int64_t *sensors, size_t count, int out);
