// SPDX-License-Identifier: Apache-2.0
/* Parts of the detector of guessed passwords: what an attempt is, and the views of the source
 * and of the target. */
#pragma once

#include "base/time.h"
#include "behaviour/behaviour.h"
#include "behaviour/prints.h"
#include "behaviour/sketch.h"

enum {
    GUESS_SIZES = 32,         /* quarters of doublings from 64 octets on */
    GUESS_SOURCES_EXACT = 32, /* whose attempts are counted one by one */
};
#define GUESS_SLOT_NS (15 * 60 * TIME_SECOND_NS) /* two of them: half an hour */
#define GUESS_EQUAL_LEAST 0.8

struct guess_band {
    uint32_t packets_least, packets_most;
    uint32_t octets_least, octets_most;
};

/* What an attempt looks like, and how many in half an hour are guessing. */
struct guess_service {
    uint16_t port;
    bool is_for_people; /* nobody polls it: many even sources guess */
    uint32_t attempts_least;
    struct guess_band out, back;
};

/* Attempts of half an hour, by size. */
struct guess_window {
    int64_t slot; /* quarters of hours since 1970 */
    uint16_t now[GUESS_SIZES];
    uint16_t before[GUESS_SIZES];
};

struct guess_source {
    struct ip_address address; /* both sealed until it fires */
    struct ip_address target;  /* the first */
    int64_t first_ns;          /* of the attempts */
    int64_t last_ns;
    uint64_t octets_out;
    uint64_t octets_in;
    uint32_t attempts;
    uint32_t told;    /* attempts when it fired last */
    uint32_t largest; /* octets of a session, after many attempts, that was none */
    uint16_t most;    /* attempts in a window */
    float equal;      /* their share of the commonest size then */
    uint16_t port;
    uint8_t direction, basis, source_place, target_place;
    bool is_shared;
    bool is_rate_untold;
    struct guess_window window;
    struct sketch hosts;
};

struct guess_of_source {
    uint32_t print;
    uint32_t attempts;
};

struct guess_target {
    struct ip_address address; /* sealed until it fires */
    int64_t first_ns;
    int64_t last_ns;
    int64_t slot_first;
    uint64_t octets_out;
    uint64_t octets_in;
    uint32_t attempts;
    uint32_t told;
    uint32_t by_size[GUESS_SIZES];
    struct guess_of_source each[GUESS_SOURCES_EXACT];
    uint32_t each_count;
    struct sketch sources;
    uint16_t port;
    uint8_t direction, basis, place;
    bool is_rate_untold;
};

struct guess {
    struct hash_key key;
    struct prints source_prints;
    struct guess_source *sources;
    struct prints target_prints;
    struct guess_target *targets;
    uint64_t sampled;
    uint64_t attempts;
    uint64_t sources_evicted, targets_evicted;
    uint64_t sources_fired, targets_fired;
};

/* NULL when the port is of no service that is guessed at. */
const struct guess_service *guess_service_of(uint16_t port);
bool guess_is_attempt(const struct guess_service *service, const struct flow *flow);
/* Which of GUESS_SIZES. */
size_t guess_size_of(const struct flow *flow);
/* Share of the commonest size; it may lie on the border of two quarters. */
double guess_equal_share(const uint32_t *by_size);
/* What that share weighs: 1 at its threshold, 2 when all are equal. */
double guess_equal_weight(double share);
uint64_t guess_print_of(const struct guess *guess, const struct ip_address *address,
                        uint16_t port);

void guess_observe_source(struct guess *guess, const struct admitted_flow *admitted,
                          const struct guess_service *service, struct sighting_sink sink);
void guess_finish_sources(struct guess *guess, struct sighting_sink sink);
void guess_merge_sources(struct guess *guess, const struct guess *other);

void guess_observe_target(struct guess *guess, const struct admitted_flow *admitted,
                          const struct guess_service *service, struct sighting_sink sink);
void guess_finish_targets(struct guess *guess, struct sighting_sink sink);
void guess_merge_targets(struct guess *guess, const struct guess *other);
