// SPDX-License-Identifier: Apache-2.0
#include "simulate/simulate_private.h"

/* Moments name an agent, or with this bit a talk. */
static const uint32_t talk_bit = UINT32_C(1) << 31;

static uint64_t sites_of(const struct scenario_actor *actor)
{
    return (uint64_t)actor->servers + (actor->kind == ACTOR_RELAY ? actor->targets : 0);
}

size_t simulate_size(const struct scenario *scenario)
{
    uint64_t agents = 0;
    uint64_t sites = 0;
    uint64_t lines = 0;
    for (size_t i = 0; i < scenario->actor_count; i++) {
        agents += agent_count(&scenario->actors[i]);
        sites += sites_of(&scenario->actors[i]);
        lines += scenario->actors[i].lines;
    }
    size_t slack = 64 * (4 * scenario->actor_count + 8); /* alignment */
    return sizeof(struct simulation) + agents * (sizeof(struct agent) + sizeof(struct moment)) +
           SIMULATE_TALKS_MAX *
               (sizeof(struct talk) + sizeof(struct moment) + sizeof(uint32_t)) +
           sites * (sizeof(struct site) + CAST_NAME_MAX) + lines * sizeof(uint32_t) +
           (size_t)FRAME_BATCH_MAX * WIRE_FRAME_MAX + slack;
}

static void make_canaries(uint64_t seed, struct canaries *out)
{
    struct random random = random_from(seed ^ 0xca9a71e5);
    for (size_t i = 0; i < CANARY_PLACES; i++) {
        struct text text = text_over(out->text[i], CANARY_LEN + 1);
        text_format(&text, "CANARY-%08x", random_u32(&random));
    }
}

static const struct site *make_sites(struct simulation *s, uint16_t actor, enum place place,
                                     uint32_t count, struct arena *keep)
{
    struct site *sites = ARENA_NEW(keep, struct site, count);
    for (uint32_t i = 0; i < count; i++) {
        sites[i] = cast_site(&s->cast, s->actors[actor].scenario, place, keep);
        sites[i].actor = actor;
    }
    return sites;
}

static void make_actor(struct simulation *s, uint16_t actor, struct arena *keep)
{
    const struct scenario_actor *scenario = &s->cast.scenario->actors[actor];
    struct simulate_actor *made = &s->actors[actor];
    *made = (struct simulate_actor){ .scenario = scenario,
                                     .line_count = scenario->lines,
                                     .site_count = scenario->servers };
    uint32_t *lines = ARENA_NEW(keep, uint32_t, scenario->lines);
    cast_pick_lines(&s->cast, scenario->group, lines, scenario->lines);
    made->lines = lines;
    made->sites = make_sites(s, actor, scenario->place, scenario->servers, keep);
    if (scenario->kind == ACTOR_RELAY) {
        made->target_count = scenario->targets;
        made->targets = make_sites(s, actor, PLACE_DOMESTIC, scenario->targets, keep);
    }
}

static void make_agents(struct simulation *s, uint16_t actor)
{
    const struct scenario_actor *scenario = s->actors[actor].scenario;
    uint32_t count = agent_count(scenario);
    for (uint32_t i = 0; i < count; i++) {
        struct agent *agent = &s->agents[s->agent_count];
        uint64_t seed = random_mix(s->cast.seed + ((uint64_t)(actor + 1) << 32 | i));
        *agent = (struct agent){ .random = random_from(seed), .actor = actor, .member = i };
        int64_t start_ns = s->cast.scenario->start_ns + scenario->start_ns;
        heap_put(&s->heap, start_ns + agent_first_ns(scenario, agent), s->agent_count++);
    }
}

bool simulate_start(const struct scenario *scenario, uint64_t seed, struct arena *keep,
                    struct simulation **out, struct error *err)
{
    struct simulation *s = ARENA_NEW(keep, struct simulation, 1);
    s->cast = (struct cast){ .scenario = scenario, .seed = random_mix(seed) };
    if (!cast_check(&s->cast, err))
        return false;
    uint32_t agents = 0;
    for (size_t i = 0; i < scenario->actor_count; i++)
        agents += agent_count(&scenario->actors[i]);
    s->agents = ARENA_NEW(keep, struct agent, agents);
    s->talks = arena_take(keep, sizeof(struct talk), alignof(struct talk), SIMULATE_TALKS_MAX);
    s->free_talks = arena_take(keep, sizeof(uint32_t), alignof(uint32_t), SIMULATE_TALKS_MAX);
    s->rooms = arena_take(keep, WIRE_FRAME_MAX, 8, FRAME_BATCH_MAX);
    heap_init(&s->heap, (size_t)agents + SIMULATE_TALKS_MAX, keep);
    s->end_ns = scenario->start_ns + scenario->duration_ns;
    s->context.start_ns = scenario->start_ns;
    s->context.disorder =
        (struct disorder){ scenario->repeated_permille, scenario->duplicated_permille,
                           scenario->swapped_permille };
    make_canaries(s->cast.seed, &s->context.canaries);
    for (size_t i = 0; i < scenario->actor_count; i++) {
        make_actor(s, (uint16_t)i, keep);
        make_agents(s, (uint16_t)i);
    }
    *out = s;
    return true;
}

struct talk *simulation_open_talk(struct simulation *s, const struct agent *agent,
                                  int64_t at_ns, uint64_t seed)
{
    uint32_t id = 0;
    if (s->free_count > 0) {
        id = s->free_talks[--s->free_count];
    } else if (s->talks_begun < SIMULATE_TALKS_MAX) {
        id = s->talks_begun++;
    } else {
        s->actors[agent->actor].refused++;
        return NULL;
    }
    struct talk *talk = &s->talks[id];
    memset(talk, 0, sizeof *talk);
    talk->seed = seed;
    talk->noise = random_mix(seed);
    talk->actor = (uint16_t)agent->actor;
    talk->transport = PROTOCOL_TCP;
    talk->tries = 3;
    talk->sequence[SIDE_CLIENT] = (uint32_t)random_mix(seed + 1);
    talk->sequence[SIDE_SERVER] = (uint32_t)random_mix(seed + 2);
    talk->identification = (uint16_t)random_mix(seed + 3);
    heap_put(&s->heap, at_ns, id | talk_bit);
    return talk;
}

static void run_agent(struct simulation *s, uint32_t id, int64_t now_ns)
{
    struct agent *agent = &s->agents[id];
    const struct scenario_actor *scenario = s->actors[agent->actor].scenario;
    int64_t end_ns = scenario_actor_end_ns(s->cast.scenario, scenario);
    int64_t wait_ns = agent_act(s, agent, now_ns);
    if (wait_ns < 0 || wait_ns >= end_ns - now_ns)
        heap_drop_first(&s->heap);
    else
        heap_delay_first(&s->heap, now_ns + wait_ns);
}

static struct frame run_talk(struct simulation *s, uint32_t id, int64_t now_ns, uint8_t *room)
{
    struct talk *talk = &s->talks[id];
    struct simulate_actor *actor = &s->actors[talk->actor];
    bool is_new = talk->phase == 0 && talk->step == 0;
    int64_t wait_ns = -1;
    size_t len = talk_play(&s->context, talk, room, &wait_ns);
    actor->flows += is_new ? 1 : 0;
    actor->packets++;
    actor->octets += len;
    if (wait_ns < 0) {
        s->free_talks[s->free_count++] = id;
        heap_drop_first(&s->heap);
    } else {
        heap_delay_first(&s->heap, now_ns + wait_ns);
    }
    return (struct frame){ .captured = { room, len },
                           .wire_len = (uint32_t)len,
                           .link = LINK_ETHERNET,
                           .time_ns = now_ns };
}

size_t simulate_run(struct simulation *s, struct frame_batch *out)
{
    out->count = 0;
    while (out->count < FRAME_BATCH_MAX && s->heap.count > 0) {
        struct moment next = *heap_first(&s->heap);
        if (next.time_ns >= s->end_ns)
            break;
        if (next.what & talk_bit) {
            uint32_t id = next.what & ~talk_bit;
            out->frames[out->count] = run_talk(s, id, next.time_ns, s->rooms[out->count]);
            out->count++;
        } else {
            run_agent(s, next.what, next.time_ns);
        }
    }
    return out->count;
}

const struct simulate_actor *simulate_actor(const struct simulation *s, size_t i)
{
    return &s->actors[i];
}

const struct scenario *simulate_scenario(const struct simulation *s)
{
    return s->cast.scenario;
}

const struct canaries *simulate_canaries(const struct simulation *s)
{
    return &s->context.canaries;
}

bool simulate_line(const struct simulation *s, uint32_t line, struct ip_address out[2])
{
    return cast_line(&s->cast, line, out);
}

struct ip_address simulate_scan_target(const struct simulation *s, size_t actor,
                                       uint32_t member, uint32_t number)
{
    struct scan_try try = { s->actors[actor].scenario, (uint32_t)actor, member, number };
    return agent_scan_target(&s->cast, &try);
}
