// SPDX-License-Identifier: Apache-2.0
/* What is true of a simulation, as JSON: who was malicious, who only looked like it, and the
 * canaries that must never be written by anybody (docs/scenarios.md). */
#pragma once

#include "base/error.h"
#include "simulate/simulate.h"

struct truth {
    const char *scenario_path;
    const struct scenario *scenario;
    const struct simulation *simulation;
    uint64_t seed;
    uint64_t packets;
    uint64_t octets; /* of frames */
};

MUST_CHECK bool truth_write(const struct truth *truth, const char *path, struct error *err);
/* The scenario's networks as the file that `sekisho watch --networks` reads. */
MUST_CHECK bool truth_write_networks(const struct scenario *scenario, const char *path,
                                     struct error *err);
