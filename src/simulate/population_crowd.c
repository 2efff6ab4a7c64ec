// SPDX-License-Identifier: Apache-2.0
/* What goes on by day and night without any harm. */
#include "simulate/population_private.h"

static const int64_t minute_ns = 60 * TIME_SECOND_NS;
static const int64_t hour_ns = 3600 * TIME_SECOND_NS;

/* How likely a person starts something, by hour of the day. */
static const uint8_t activity_percent[24] = { 35, 22, 14, 9,  7,  8,  15, 28, 40, 48, 52, 55,
                                              58, 54, 52, 52, 55, 60, 68, 78, 88, 92, 80, 58 };

static uint32_t hour_of(int64_t time_ns)
{
    return (uint32_t)(time_ns / hour_ns % 24);
}

static void visit(struct population *population, const struct actor *actor, struct flow *out)
{
    struct random *random = &population->random;
    uint32_t dice = random_below(random, 100);
    bool is_quic = dice < 20;
    struct route route = {
        .from = population_line(population, actor->line),
        .to = population_server(population_rank(random, population->servers)),
        .port = dice > 95 ? 80 : 443,
        .protocol = is_quic ? PROTOCOL_UDP : PROTOCOL_TCP,
    };
    if (dice >= 91 && dice < 94) {
        population_attempt(population, &route, dice == 91, actor->entry.due_ns, out);
        return;
    }
    uint64_t received = (uint64_t)random_pareto(random, 2000, 20000000);
    uint64_t sent = 600 + received / 30 + random_below(random, 900);
    struct shape shape = { 6 + sent / 500, sent + 400, 5 + received / 1300, received,
                           random_pareto(random, 40 * TIME_MILLISECOND_NS, 5 * minute_ns) };
    population_flow(population, &route, &shape, actor->entry.due_ns, out);
}

static const char *const search_suffixes[] = { "corp.example", "lan.example", "home.example" };

static void look_up(struct population *population, const struct actor *actor, struct flow *out)
{
    struct random *random = &population->random;
    struct dns_fact *dns = population_ask(population, actor, out);
    uint32_t rank = population_rank(random, population->servers);
    uint32_t dice = random_below(random, 100);
    dns->query_type = dice % 3 == 0 ? 28 : 1;
    if (dice < 8) { /* a typing error, a dead link */
        population_name(dns, "x", random_u32(random), "example");
        dns->response_code = 3;
    } else if (dice < 14) { /* a search suffix behind a whole name */
        population_name(dns, "www.d", rank, search_suffixes[actor->line % 3]);
        dns->response_code = 3;
    } else {
        population_name(dns, "www.d", rank, "example");
        dns->answer_records = dns->answer_count = 1;
        dns->answers[0] = (struct dns_answer){ population_server(rank), 300 };
    }
}

/* Sessions of some 20 flows, seconds apart, with minutes to hours between them: gaps of people
 * are Pareto's. */
static bool act_person(struct population *population, struct actor *actor, struct flow *out)
{
    struct random *random = &population->random;
    if (actor->left == 0) {
        if (!random_percent(random, activity_percent[hour_of(actor->entry.due_ns)])) {
            actor->entry.due_ns += random_exponential(random, 20 * minute_ns) + 1;
            return false;
        }
        actor->left = (uint32_t)random_pareto(random, 4, 300);
    }
    if (random_below(random, 100) < 30)
        look_up(population, actor, out);
    else
        visit(population, actor, out);
    actor->left--;
    actor->entry.due_ns += actor->left > 0
                               ? random_pareto(random, 100 * TIME_MILLISECOND_NS, minute_ns)
                               : random_pareto(random, 2 * minute_ns, 8 * hour_ns);
    return true;
}

struct polling {
    enum population_block block;
    uint32_t servers;
    uint16_t port;
    uint8_t protocol;
    uint32_t jitter_percent;
    struct shape shape;
};

/* Each line has one server of them, and always the same octets. */
static void poll(struct population *population, struct actor *actor,
                 const struct polling *polling, int64_t period_ns, struct flow *out)
{
    struct route route = { .from = population_line(population, actor->line),
                           .to = population_address(polling->block,
                                                    0x800000U | (uint32_t)actor->act << 16 |
                                                        actor->line % polling->servers),
                           .port = polling->port,
                           .protocol = polling->protocol };
    population_flow(population, &route, &polling->shape, actor->entry.due_ns, out);
    actor->entry.due_ns +=
        random_jitter(&population->random, period_ns, polling->jitter_percent);
}

static bool act_clock(struct population *population, struct actor *actor, struct flow *out)
{
    static const struct polling polling = {
        BLOCK_POPULAR, 8, 123, PROTOCOL_UDP, 1, { 1, 76, 1, 76, 20 * TIME_MILLISECOND_NS }
    };
    poll(population, actor, &polling, (INT64_C(64) << actor->line % 5) * TIME_SECOND_NS, out);
    return true;
}

static bool act_update(struct population *population, struct actor *actor, struct flow *out)
{
    static const struct polling polling = {
        BLOCK_POPULAR, 16, 443, PROTOCOL_TCP, 10, { 9, 1900, 11, 7400, 700000000 }
    };
    poll(population, actor, &polling, (1 + actor->line % 6) * hour_ns, out);
    return true;
}

/* A connection for messages, kept open by a packet every 15 to 30 minutes. */
static bool act_push(struct population *population, struct actor *actor, struct flow *out)
{
    static const struct polling polling = {
        BLOCK_POPULAR, 12, 5228, PROTOCOL_TCP, 2, { 2, 130, 2, 130, 80 * TIME_MILLISECOND_NS }
    };
    poll(population, actor, &polling, (15 + actor->line % 4 * 5) * minute_ns, out);
    return true;
}

/* Things of one vendor: hundreds of lines that call one rare server at one rate with the same
 * octets.  Nothing in a flow tells them from a bot. */
static bool act_thing(struct population *population, struct actor *actor, struct flow *out)
{
    static const int64_t periods_s[] = { 30, 60, 60, 120, 300, 600 };
    static const struct polling polling = {
        BLOCK_SERVERS, 24, 8883, PROTOCOL_TCP, 3, { 7, 840, 6, 560, 300 * TIME_MILLISECOND_NS }
    };
    int64_t period_s = periods_s[actor->line % polling.servers % 6];
    poll(population, actor, &polling, period_s * TIME_SECOND_NS, out);
    return true;
}

/* Games and file sharing: UDP to whoever takes part, many of them gone. */
static bool act_peer(struct population *population, struct actor *actor, struct flow *out)
{
    struct random *random = &population->random;
    uint32_t dice = random_u32(random);
    struct route route = { .from = population_line(population, actor->line),
                           .to = population_address(BLOCK_ANYWHERE, dice >> 8),
                           .port = (uint16_t)(1024 + dice % 60000),
                           .protocol = PROTOCOL_UDP };
    uint64_t packets = (uint64_t)random_pareto(random, 1, 20000);
    bool is_gone = dice % 5 < 2;
    struct shape shape = { packets, packets * 140, packets, packets * 900,
                           random_pareto(random, TIME_SECOND_NS, 10 * minute_ns) };
    if (is_gone)
        shape = (struct shape){ .packets_out = 2, .octets_out = 260, .length_ns = minute_ns };
    population_flow(population, &route, &shape, actor->entry.due_ns, out);
    actor->left = actor->left == 0 ? 50 + dice % 400 : actor->left - 1;
    actor->entry.due_ns += actor->left > 0 ? random_exponential(random, 3 * TIME_SECOND_NS)
                                           : random_exponential(random, 4 * hour_ns);
    return true;
}

static bool act_backup(struct population *population, struct actor *actor, struct flow *out)
{
    struct random *random = &population->random;
    struct route route = { .from = population_line(population, actor->line),
                           .to = population_address(BLOCK_POPULAR, 0x900 + actor->line % 6),
                           .port = 443,
                           .protocol = PROTOCOL_TCP };
    uint64_t sent = (uint64_t)random_pareto(random, 50000000, 8000000000);
    struct shape shape = { sent / 1400, sent, sent / 2800, sent / 60,
                           (int64_t)(sent / 5000) * TIME_MILLISECOND_NS };
    population_flow(population, &route, &shape, actor->entry.due_ns, out);
    actor->entry.due_ns += random_jitter(random, 24 * hour_ns, 4);
    return true;
}

const struct population_crowd_kind population_crowds[CROWDS] = {
    [CROWD_PERSON] = { 80, INT64_C(3600) * TIME_SECOND_NS, act_person },
    [CROWD_CLOCK] = { 30, INT64_C(1024) * TIME_SECOND_NS, act_clock },
    [CROWD_UPDATE] = { 60, INT64_C(21600) * TIME_SECOND_NS, act_update },
    [CROWD_PUSH] = { 40, INT64_C(1800) * TIME_SECOND_NS, act_push },
    [CROWD_THING] = { 20, INT64_C(600) * TIME_SECOND_NS, act_thing },
    [CROWD_PEER] = { 3, INT64_C(14400) * TIME_SECOND_NS, act_peer },
    [CROWD_BACKUP] = { 3, INT64_C(86400) * TIME_SECOND_NS, act_backup },
};
