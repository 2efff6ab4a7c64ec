// SPDX-License-Identifier: Apache-2.0
/* Sampling rates that the operator knows better than his exporters, from a YAML file:
 *
 *     sampling:
 *       - exporter: 192.0.2.0/24   # an address or a prefix; any exporter without it
 *         interface: 12            # where packets came in; any without it
 *         rate: 1000               # one packet in so many; 1: all
 *         override: true           # against what the exporter says; else only where it says
 *                                  # nothing
 *
 * The first entry that fits counts. */
#pragma once

#include "base/error.h"
#include "collect/collect.h"

enum { SAMPLING_RULES_MAX = 65536 };

struct sampling_rules {
    struct sampling_rule *rules;
    size_t count;
};

/* *err names the file, the entry and its line. */
MUST_CHECK bool sampling_rules_load(const char *path, struct sampling_rules *out,
                                    struct error *err);
void sampling_rules_free(struct sampling_rules *rules);
