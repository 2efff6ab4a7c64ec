// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"
#include "model/packet.h"
#include "simulate/population.h"
#include "simulate/random.h"
#include "simulate/wheel.h"

/* Blocks of 240.0.0.0/4, which nobody has (RFC 1112). */
enum population_block {
    BLOCK_LINES = 0xf0,
    BLOCK_SHARED = 0xf1,
    BLOCK_DARK = 0xf2,
    BLOCK_SERVERS = 0xfa,
    BLOCK_POPULAR = 0xfb,
    BLOCK_PLANTED = 0xfc,
    BLOCK_ANYWHERE = 0xfd,
};

/* Something that makes flows, one after the other. */
struct actor {
    struct wheel_entry entry; /* when its next flow ends */
    uint32_t line;
    uint32_t left; /* of a session, a burst or an attack; what it means is its act's */
    uint32_t number;
    uint16_t planted; /* 0: nothing */
    uint8_t act;
    uint8_t phase;
};

struct population {
    struct population_plan plan;
    struct random random;
    struct wheel wheel;
    struct actor *actors;
    uint32_t actor_count;
    uint32_t servers; /* a power of two */
    uint32_t truth_count;
    struct population_truth truth[POPULATION_PLANTED_MAX];
    struct fact fact;
};

/* Makes the flow that ends at the actor's time and sets when the next does; false when it
 * makes none this time.  INT64_MAX: never again. */
typedef bool population_act(struct population *population, struct actor *actor,
                            struct flow *out);

enum population_crowd {
    CROWD_PERSON,
    CROWD_CLOCK,
    CROWD_UPDATE,
    CROWD_PUSH,
    CROWD_THING, /* of a vendor, polling its cloud */
    CROWD_PEER,
    CROWD_BACKUP,
    CROWDS
};

struct population_crowd_kind {
    uint32_t percent; /* of lines */
    int64_t first_ns; /* its first flow comes within */
    population_act *act;
};

extern const struct population_crowd_kind population_crowds[CROWDS];

/* Plants one attack: its truth, and its actors through population_add. */
struct population_attack_kind {
    const char *name;
    enum finding_kind kind;
    uint32_t actors_max;
    void (*plant)(struct population *population, struct population_truth *truth,
                  uint32_t number);
    population_act *act;
};

extern const struct population_attack_kind population_attacks[POPULATION_ATTACKS];

struct actor *population_add(struct population *population, uint32_t line, int64_t first_ns);

/* An address of a block, 24 bits. */
static inline struct ip_address population_address(enum population_block block, uint32_t host)
{
    return ip_from_v4((uint32_t)block << 24 | (host & 0xffffff));
}

struct ip_address population_server(uint32_t rank);
/* Rank r with a chance of about 1 / r (Zipf), below a power of two. */
uint32_t population_rank(struct random *random, uint32_t bound);

/* Packets and octets each way; length_ns is how long before its end it began. */
struct shape {
    uint64_t packets_out;
    uint64_t octets_out;
    uint64_t packets_in;
    uint64_t octets_in;
    int64_t length_ns;
};

struct route {
    struct ip_address from;
    struct ip_address to;
    uint16_t port;
    uint8_t protocol;
};

void population_flow(struct population *population, const struct route *route,
                     const struct shape *shape, int64_t end_ns, struct flow *out);
/* A SYN without an answer, or refused. */
void population_attempt(struct population *population, const struct route *route,
                        bool is_refused, int64_t end_ns, struct flow *out);
/* A question of the actor's line about what is in name, and its answer. */
struct dns_fact *population_ask(struct population *population, const struct actor *actor,
                                struct flow *out);
void population_name(struct dns_fact *dns, const char *host, uint64_t number,
                     const char *domain);
