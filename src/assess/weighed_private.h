// SPDX-License-Identifier: Apache-2.0
/* The harmless explanation (model/poller.h) weighed against what a finding rests on. */
#pragma once

#include "model/poller.h"

struct weighed {
    struct pollers known;
    uint64_t considered; /* something says that they poll by design */
    uint64_t accepted;
};

/* Adds to the finding how well it is explained; accepted, the finding scores less, but never
 * less than least. */
void weighed_poller(struct weighed *weighed, struct finding *finding, double least);
