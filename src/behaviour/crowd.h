// SPDX-License-Identifier: Apache-2.0
/* How many different lines deal with a server, and how many lines there are: what tells a
 * service everybody uses from a place few know.  Bounded, and merged by maxima. */
#pragma once

#include "behaviour/active_lines.h"
#include "behaviour/behaviour.h"
#include "behaviour/evidence.h"
#include "behaviour/prints.h"

enum { CROWD_PARTS = 3 };

struct crowd_server {
    struct sketch lines;
    uint32_t flows;
};

struct crowd_totals {
    struct active_lines lines;
    uint64_t evicted;
};

struct crowd {
    struct prints prints;
    struct crowd_server *servers;
    struct crowd_totals *totals;
};

void crowd_init(struct crowd *crowd, size_t octets, struct arena *keep);
void crowd_expect(const struct crowd *crowd, uint64_t server_print);
void crowd_add(struct crowd *crowd, uint64_t server_print, uint64_t line_hash);
struct surroundings crowd_around(const struct crowd *crowd, uint64_t server_print);
void crowd_merge(struct crowd *crowd, const struct crowd *other);
/* CROWD_PARTS of them. */
void crowd_parts(const struct crowd *crowd, struct behaviour_part *out);
