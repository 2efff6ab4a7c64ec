// SPDX-License-Identifier: Apache-2.0
/* Reads a scenario file (YAML; docs/scenarios.md).  Everything in it is checked here: what
 * simulate/ is given can be played.  Only addresses set aside for documentation, benchmarks
 * and private use are taken, so that no synthetic capture accuses anybody. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "simulate/scenario.h"

/* Names and tables are taken from the arena: at most the file's size and a fixed number. */
enum { SCENARIO_FILE_MAX = 1 << 20, SCENARIO_MEMORY = 4 << 20 };

MUST_CHECK bool scenario_load(const char *path, struct arena *keep, struct scenario *out,
                              struct error *err);
