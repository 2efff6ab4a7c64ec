// SPDX-License-Identifier: Apache-2.0
/* Synthetic traffic: plays a scenario and hands over its frames in the order of their times.
 * The same scenario and seed give the same frames on every machine.  All memory is taken at
 * the start; what goes on at once is bounded, and what finds no room is counted. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "model/frame.h"
#include "simulate/scenario.h"
#include "simulate/talk.h"

struct simulation;

/* What became of one actor: the truth to compare findings with. */
struct simulate_actor {
    const struct scenario_actor *scenario;
    const uint32_t *lines; /* which lines are in it: line_count numbers */
    size_t line_count;
    const struct site *sites; /* its servers, controllers, scanners or reflectors */
    size_t site_count;
    const struct site *targets; /* the victims of a relay or flood from outside */
    size_t target_count;
    uint64_t flows;
    uint64_t packets;
    uint64_t octets;  /* of frames */
    uint64_t refused; /* talks for which there was no room */
};

/* Memory that simulate_start takes from the arena, at most. */
size_t simulate_size(const struct scenario *scenario);
/* Refuses a scenario whose networks are too small or missing.  The scenario must outlive the
 * simulation. */
MUST_CHECK bool simulate_start(const struct scenario *scenario, uint64_t seed,
                               struct arena *keep, struct simulation **out, struct error *err);
/* Makes up to FRAME_BATCH_MAX frames, valid until the next call; none at the end. */
size_t simulate_run(struct simulation *simulation, struct frame_batch *out);

const struct simulate_actor *simulate_actor(const struct simulation *simulation, size_t i);
const struct scenario *simulate_scenario(const struct simulation *simulation);
const struct canaries *simulate_canaries(const struct simulation *simulation);
/* The addresses of line i; false when it has no IPv6. */
bool simulate_line(const struct simulation *simulation, uint32_t line,
                   struct ip_address out[2]);
/* Whom the member-th scanner of a scan tries, as its number-th target. */
struct ip_address simulate_scan_target(const struct simulation *simulation, size_t actor,
                                       uint32_t member, uint32_t number);
