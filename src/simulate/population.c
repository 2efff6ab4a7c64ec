// SPDX-License-Identifier: Apache-2.0
#include "base/must.h"
#include "simulate/population_private.h"

enum { SHARED_PERCENT = 10, LINES_A_SHARED = 64, POPULAR_SERVERS = 64 };

struct population_plan population_plan_default(void)
{
    return (struct population_plan){ .seed = 1,
                                     .start_ns = INT64_C(1790000000) * TIME_SECOND_NS,
                                     .span_ns = TIME_DAY_NS,
                                     .lines = 1000 };
}

static bool is_of_crowd(const struct population_plan *plan, uint32_t line, uint32_t crowd)
{
    uint64_t mixed = random_mix(plan->seed ^ (uint64_t)line << 8 ^ crowd);
    return mixed % 100 < population_crowds[crowd].percent;
}

static uint32_t count_actors(const struct population_plan *plan)
{
    uint32_t count = 0;
    for (uint32_t line = 0; line < plan->lines; line++)
        for (uint32_t crowd = 0; crowd < CROWDS; crowd++)
            count += is_of_crowd(plan, line, crowd);
    for (size_t i = 0; i < POPULATION_ATTACKS; i++)
        count += plan->attacks[i] * population_attacks[i].actors_max;
    return count;
}

size_t population_size(const struct population_plan *plan)
{
    return sizeof(struct population) + wheel_size() + 4 * alignof(max_align_t) +
           count_actors(plan) * sizeof(struct actor);
}

/* So long that a tick sees some eight of the actors when each comes every fifty seconds. */
static unsigned tick_bits_of(uint32_t actors)
{
    unsigned bits = 38;
    for (uint32_t left = actors; left > 1 && bits > 14; left /= 2)
        bits--;
    return bits > 30 ? 30 : bits;
}

struct actor *population_add(struct population *population, uint32_t line, int64_t first_ns)
{
    struct actor *actor = &population->actors[population->actor_count];
    *actor = (struct actor){ .entry = { .due_ns = first_ns },
                             .line = line,
                             .number = population->actor_count++,
                             .planted = (uint16_t)population->truth_count };
    return actor;
}

static void add_crowds(struct population *population)
{
    const struct population_plan *plan = &population->plan;
    for (uint32_t line = 0; line < plan->lines; line++)
        for (uint32_t crowd = 0; crowd < CROWDS; crowd++) {
            if (!is_of_crowd(plan, line, crowd))
                continue;
            int64_t within_ns = population_crowds[crowd].first_ns;
            uint64_t dice = random_u64(&population->random);
            int64_t after_ns = (int64_t)(dice % (uint64_t)within_ns);
            population_add(population, line, plan->start_ns + after_ns)->act = (uint8_t)crowd;
        }
}

static void add_attack(struct population *population, uint32_t attack, uint32_t number)
{
    const struct population_attack_kind *kind = &population_attacks[attack];
    struct population_truth *truth = &population->truth[population->truth_count++];
    *truth = (struct population_truth){ .attack = (enum population_attack)attack,
                                        .kind = kind->kind,
                                        .protocol = PROTOCOL_TCP,
                                        .first_ns = population->plan.start_ns };
    uint32_t before = population->actor_count;
    kind->plant(population, truth, number);
    MUST(population->actor_count - before <= kind->actors_max);
    for (uint32_t i = before; i < population->actor_count; i++)
        population->actors[i].act = (uint8_t)(CROWDS + attack);
    if (ip_is_zero(&truth->unit_last))
        truth->unit_last = truth->unit;
}

struct population *population_init(const struct population_plan *plan, struct arena *keep)
{
    MUST(plan->lines > 0 && plan->lines <= POPULATION_LINES_MAX && plan->span_ns > 0);
    struct population *population = ARENA_NEW(keep, struct population, 1);
    population->plan = *plan;
    population->random = random_from(plan->seed);
    population->servers = 1024;
    while (population->servers < plan->lines && population->servers < 1 << 20)
        population->servers *= 2;
    uint32_t actors = count_actors(plan);
    population->actors = arena_take(keep, sizeof(struct actor), alignof(struct actor), actors);
    add_crowds(population);
    for (uint32_t attack = 0; attack < POPULATION_ATTACKS; attack++)
        for (uint32_t i = 0; i < plan->attacks[attack]; i++)
            if (population->truth_count < POPULATION_PLANTED_MAX)
                add_attack(population, attack, i);
    population->wheel = (struct wheel){ .entries = population->actors,
                                        .entry_octets = sizeof(struct actor),
                                        .start_ns = plan->start_ns,
                                        .tick_bits = tick_bits_of(population->actor_count) };
    wheel_init(&population->wheel, keep);
    for (uint32_t i = 0; i < population->actor_count; i++)
        wheel_put(&population->wheel, i);
    return population;
}

static population_act *act_of(const struct actor *actor)
{
    return actor->act < CROWDS ? population_crowds[actor->act].act
                               : population_attacks[actor->act - CROWDS].act;
}

bool population_next(struct population *population, struct flow *out, uint32_t *planted)
{
    int64_t end_ns = population->plan.start_ns + population->plan.span_ns;
    for (;;) {
        uint32_t number = wheel_take(&population->wheel);
        if (number == WHEEL_NONE)
            return false;
        struct actor *actor = &population->actors[number];
        if (actor->entry.due_ns >= end_ns)
            continue;
        bool made = act_of(actor)(population, actor, out);
        if (actor->entry.due_ns < end_ns)
            wheel_put(&population->wheel, number);
        if (planted != NULL)
            *planted = actor->planted;
        if (made)
            return true;
    }
}

size_t population_truth(const struct population *population,
                        const struct population_truth **out)
{
    *out = population->truth;
    return population->truth_count;
}

/* Which lines share addresses goes by runs of 64. */
struct ip_address population_line(const struct population *population, uint32_t line)
{
    uint32_t run = line / LINES_A_SHARED;
    if (random_mix(population->plan.seed + run) % 100 < SHARED_PERCENT)
        return population_address(BLOCK_SHARED, run + 1);
    return population_address(BLOCK_LINES, line + 1);
}

bool population_is_line(const struct ip_address *address)
{
    if (!ip_is_v4(address))
        return false;
    uint32_t block = ip_to_v4(address) >> 24;
    return block == BLOCK_LINES || block == BLOCK_SHARED;
}

struct ip_address population_server(uint32_t rank)
{
    return population_address(rank <= POPULAR_SERVERS ? BLOCK_POPULAR : BLOCK_SERVERS, rank);
}

/* Each octave is as likely as the next. */
uint32_t population_rank(struct random *random, uint32_t bound)
{
    unsigned octaves = 31 - (unsigned)__builtin_clz(bound);
    uint64_t dice = random_u64(random);
    unsigned octave = (unsigned)((dice >> 32) * octaves >> 32);
    uint32_t within = (uint32_t)dice & ((UINT32_C(1) << octave) - 1);
    return (UINT32_C(1) << octave) + within;
}
