// SPDX-License-Identifier: Apache-2.0
/* A wall clock that can be trusted with the period of a warrant.  Beside the wall clock, which
 * somebody may set, goes the clock of the machine since it started (CLOCK_BOOTTIME), which
 * nobody can.  Where they tell different stories it is uncertain what time it is, and both
 * bounds are told: a warrant is live where the whole of [low, high] lies in its period.
 *
 * So a clock set back revives nothing that has ended, a clock set forward ends what it passes
 * and begins nothing early, and it stays so until the run is begun anew. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* More than this apart is a step and no drift or correction. */
#define STEADY_STEP_NS INT64_C(500000000)

struct steady {
    int64_t high_ns; /* highest that was told, and goes on with the machine's clock */
    int64_t low_ns;
    int64_t wall_ns, boot_ns; /* of the last look */
    bool has_looked;
    bool is_uncertain; /* a step was seen */
};

struct steady_look {
    int64_t low_ns, high_ns;
    bool has_stepped;       /* since the last look */
    int64_t from_ns, to_ns; /* where the wall clock should have been, and where it is */
};

/* highest_ns: of earlier runs, 0 when unknown. */
void steady_init(struct steady *steady, int64_t highest_ns);
struct steady_look steady_look(struct steady *steady, int64_t wall_ns, int64_t boot_ns);
