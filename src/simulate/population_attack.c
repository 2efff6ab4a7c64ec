// SPDX-License-Identifier: Apache-2.0
/* What is planted: numbers and times of known attacks, nothing that could carry one out. */
#include "simulate/population_private.h"

static const int64_t second_ns = TIME_SECOND_NS;
static const int64_t minute_ns = 60 * TIME_SECOND_NS;
static const int64_t hour_ns = 3600 * TIME_SECOND_NS;
static const int64_t never_ns = INT64_MAX;

enum {
    INFECTED_MAX = 30,
    SWEEP_SOURCES = 50,
    GENERATED_LINES = 5,
    FLUX_LINES = 40,
    PEER_LINES = 20,
    LATERAL_TARGETS = 30
};

static struct population_truth *truth_of(struct population *population,
                                         const struct actor *actor)
{
    return &population->truth[actor->planted - 1];
}

/* Somewhere in the first half of the span, so that there is time to be found. */
static int64_t first_of(struct population *population)
{
    uint64_t half = (uint64_t)population->plan.span_ns / 2 + 1;
    return population->plan.start_ns + (int64_t)(random_u64(&population->random) % half);
}

static void take_lines(struct population *population, struct population_truth *truth,
                       uint32_t wanted)
{
    uint32_t all = population->plan.lines;
    truth->lines = wanted < all ? wanted : all;
    truth->first_line = random_below(&population->random, all - truth->lines + 1);
}

static struct ip_address planted_address(const struct population *population, uint32_t host)
{
    return population_address(BLOCK_PLANTED, population->truth_count << 12 | host);
}

/* Each line of the truth is an actor, the first within a period of its first time. */
static void add_lines(struct population *population, struct population_truth *truth)
{
    truth->first_ns = first_of(population);
    for (uint32_t i = 0; i < truth->lines; i++) {
        uint64_t within = (uint64_t)(truth->period_ns > 0 ? truth->period_ns : second_ns);
        int64_t after_ns = (int64_t)(random_u64(&population->random) % within);
        population_add(population, truth->first_line + i, truth->first_ns + after_ns);
    }
}

static void add_one(struct population *population, struct population_truth *truth)
{
    truth->first_ns = first_of(population);
    population_add(population, truth->first_line, truth->first_ns);
}

static bool call_home(struct population *population, struct actor *actor, struct flow *out)
{
    const struct population_truth *truth = truth_of(population, actor);
    struct route route = { population_line(population, actor->line), truth->unit, truth->port,
                           truth->protocol };
    uint32_t padding = actor->planted % 2 == 0 ? random_below(&population->random, 200) : 0;
    struct shape shape = { 7, 1240 + padding, 6, 980 + padding, 250 * TIME_MILLISECOND_NS };
    population_flow(population, &route, &shape, actor->entry.due_ns, out);
    actor->entry.due_ns +=
        random_jitter(&population->random, truth->period_ns, truth->jitter_percent);
    return true;
}

static void plant_calls(struct population *population, struct population_truth *truth,
                        uint32_t number)
{
    static const int64_t periods_s[] = { 60, 300, 5, 1800, 30, 3600, 14400, 86400, 901 };
    static const uint32_t jitters[] = { 0, 20, 50, 10, 90 };
    static const uint32_t lines[] = { 1, 3, 10, 30 };
    truth->port = 443;
    truth->period_ns = periods_s[number % 9] * second_ns;
    truth->jitter_percent = jitters[number % 5];
    take_lines(population, truth, lines[number % 4]);
    add_lines(population, truth);
}

static void plant_beacon(struct population *population, struct population_truth *truth,
                         uint32_t number)
{
    truth->unit = planted_address(population, 1);
    plant_calls(population, truth, number);
}

static void plant_fronted(struct population *population, struct population_truth *truth,
                          uint32_t number)
{
    truth->unit = population_server(1 + number % 16);
    plant_calls(population, truth, number);
}

/* A scanner of our own (even) or from elsewhere. */
static void plant_source(struct population *population, struct population_truth *truth,
                         uint32_t number)
{
    take_lines(population, truth, number % 2 == 0);
    truth->unit = number % 2 == 0 ? population_line(population, truth->first_line)
                                  : planted_address(population, 1);
}

static const uint16_t scanned_ports[] = { 23, 22, 445, 3389, 8080, 2323 };

static void plant_scan(struct population *population, struct population_truth *truth,
                       uint32_t number)
{
    plant_source(population, truth, number);
    truth->port = scanned_ports[number % 6];
    truth->period_ns = 10 * TIME_MILLISECOND_NS;
    add_one(population, truth);
}

static void plant_slow_scan(struct population *population, struct population_truth *truth,
                            uint32_t number)
{
    plant_scan(population, truth, number);
    truth->period_ns = minute_ns;
}

static void plant_sweep(struct population *population, struct population_truth *truth,
                        uint32_t number)
{
    truth->unit = planted_address(population, 1);
    truth->unit_last = planted_address(population, SWEEP_SOURCES);
    truth->port = scanned_ports[number % 6];
    truth->period_ns = 20 * second_ns;
    truth->first_ns = first_of(population);
    for (uint32_t i = 0; i < SWEEP_SOURCES; i++)
        population_add(population, i, truth->first_ns + i * second_ns / 3);
}

/* Fast ones end after an hour. */
static bool probe(struct population *population, struct actor *actor, struct flow *out)
{
    struct random *random = &population->random;
    const struct population_truth *truth = truth_of(population, actor);
    bool goes_out = population_is_line(&truth->unit);
    bool is_sweep = truth->attack == POPULATION_SWEEP;
    struct route route = {
        .from = is_sweep ? population_address(BLOCK_PLANTED, (uint32_t)(actor->planted << 12) |
                                                                 (actor->line + 1))
                         : truth->unit,
        .to = goes_out
                  ? population_address(BLOCK_ANYWHERE, random_u32(random))
                  : population_line(population, random_below(random, population->plan.lines)),
        .port = truth->port,
        .protocol = PROTOCOL_TCP,
    };
    population_attempt(population, &route, random_percent(random, 20), actor->entry.due_ns,
                       out);
    actor->entry.due_ns += random_exponential(random, truth->period_ns) + 1;
    if (truth->period_ns < second_ns && actor->entry.due_ns > truth->first_ns + hour_ns)
        actor->entry.due_ns = never_ns;
    return true;
}

static void plant_ports(struct population *population, struct population_truth *truth,
                        uint32_t number)
{
    plant_source(population, truth, number);
    truth->period_ns = 50 * TIME_MILLISECOND_NS;
    add_one(population, truth);
}

static bool probe_ports(struct population *population, struct actor *actor, struct flow *out)
{
    struct random *random = &population->random;
    const struct population_truth *truth = truth_of(population, actor);
    struct route route = { .from = truth->unit,
                           .to = population_is_line(&truth->unit)
                                     ? population_address(BLOCK_ANYWHERE, actor->planted)
                                     : population_line(population, 0),
                           .port = (uint16_t)++actor->left,
                           .protocol = PROTOCOL_TCP };
    population_attempt(population, &route, random_percent(random, 70), actor->entry.due_ns,
                       out);
    actor->entry.due_ns += random_exponential(random, truth->period_ns) + 1;
    if (actor->left == 10000)
        actor->entry.due_ns = never_ns;
    return true;
}

static void plant_guess(struct population *population, struct population_truth *truth,
                        uint32_t number)
{
    plant_source(population, truth, number);
    truth->port = 22;
    truth->period_ns = 3 * second_ns;
    add_one(population, truth);
}

static bool guess(struct population *population, struct actor *actor, struct flow *out)
{
    struct random *random = &population->random;
    const struct population_truth *truth = truth_of(population, actor);
    struct route route = { .from = truth->unit,
                           .to = population_is_line(&truth->unit)
                                     ? population_address(BLOCK_ANYWHERE, actor->planted)
                                     : population_line(population, 0),
                           .port = 22,
                           .protocol = PROTOCOL_TCP };
    struct shape shape = { 14 + random_below(random, 3), 2300 + random_below(random, 200),
                           16 + random_below(random, 3), 3100, 2 * second_ns };
    population_flow(population, &route, &shape, actor->entry.due_ns, out);
    actor->entry.due_ns += random_jitter(random, truth->period_ns, 30);
    if (++actor->left == 1200)
        actor->entry.due_ns = never_ns;
    return true;
}

/* What pours, for five minutes: at one line or at 256 that follow each other. */
struct pouring {
    uint16_t source_port; /* of reflectors, 0: none */
    uint16_t port;
    uint8_t protocol;
    uint32_t sources; /* a power of two less one */
    uint32_t victims;
    int64_t gap_ns;
    struct shape shape;
};

static const struct pouring pourings[] = {
    [POPULATION_VOLUME] = { 0,
                            80,
                            PROTOCOL_UDP,
                            255,
                            1,
                            20 * TIME_MILLISECOND_NS,
                            { 4000, 5600000, 0, 0, INT64_C(10000000000) } },
    [POPULATION_SYN] = { 0,
                         443,
                         PROTOCOL_TCP,
                         0xffffff,
                         1,
                         500 * TIME_MICROSECOND_NS,
                         { 1, 60, 0, 0, 0 } },
    [POPULATION_AMPLIFIED] = { 123,
                               0,
                               PROTOCOL_UDP,
                               63,
                               1,
                               20 * TIME_MILLISECOND_NS,
                               { 400, 187200, 0, 0, INT64_C(3000000000) } },
    [POPULATION_CARPET] = { 0,
                            0,
                            PROTOCOL_UDP,
                            255,
                            256,
                            2 * TIME_MILLISECOND_NS,
                            { 60, 84000, 0, 0, INT64_C(2000000000) } },
};

static void plant_pouring(struct population *population, struct population_truth *truth,
                          uint32_t number)
{
    (void)number;
    const struct pouring *pouring = &pourings[truth->attack];
    take_lines(population, truth, pouring->victims);
    truth->unit = population_line(population, truth->first_line);
    truth->unit_last = population_line(population, truth->first_line + truth->lines - 1);
    truth->port = pouring->port;
    truth->protocol = pouring->protocol;
    truth->period_ns = pouring->gap_ns;
    add_one(population, truth);
}

static bool pour(struct population *population, struct actor *actor, struct flow *out)
{
    struct random *random = &population->random;
    const struct population_truth *truth = truth_of(population, actor);
    const struct pouring *pouring = &pourings[truth->attack];
    uint32_t source = random_u32(random) & pouring->sources;
    struct route route = {
        .from = pouring->sources > 0xffff
                    ? population_address(BLOCK_ANYWHERE, source)
                    : population_address(BLOCK_PLANTED,
                                         (uint32_t)(actor->planted << 12) | (source + 1)),
        .to = population_line(population, actor->line + random_below(random, truth->lines)),
        .port = pouring->port != 0 ? pouring->port : (uint16_t)(random_u32(random) | 1024),
        .protocol = pouring->protocol,
    };
    population_flow(population, &route, &pouring->shape, actor->entry.due_ns, out);
    if (pouring->source_port != 0)
        out->initiator_port = pouring->source_port;
    if (pouring->protocol == PROTOCOL_TCP) {
        out->forward.tcp_flags = TCP_SYN;
        out->tcp = FLOW_TCP_ATTEMPT;
    }
    actor->entry.due_ns += random_exponential(random, truth->period_ns) + 1;
    if (actor->entry.due_ns > truth->first_ns + 5 * minute_ns)
        actor->entry.due_ns = never_ns;
    return true;
}

static void name_truth(struct population *population, struct population_truth *truth,
                       const char *host)
{
    struct dns_fact *dns = &population->fact.dns;
    population_name(dns, host, population->truth_count, "example");
    truth->name = dns->query_name;
    truth->port = 53;
    truth->protocol = PROTOCOL_UDP;
}

static void plant_tunnel(struct population *population, struct population_truth *truth,
                         uint32_t number)
{
    static const int64_t octets_a_second[] = { 10, 100, 1 };
    take_lines(population, truth, 1);
    name_truth(population, truth, "t");
    truth->period_ns = 25 * second_ns / octets_a_second[number % 3];
    add_lines(population, truth);
}

/* 25 octets a question, as 40 characters of 5 bits. */
static bool tunnel(struct population *population, struct actor *actor, struct flow *out)
{
    const struct population_truth *truth = truth_of(population, actor);
    struct dns_fact *dns = population_ask(population, actor, out);
    struct text text = text_over(dns->query_name.at, sizeof dns->query_name.at);
    for (unsigned i = 0; i < 40; i++)
        text_put_char(&text,
                      "abcdefghijklmnopqrstuvwxyz234567"[random_u32(&population->random) % 32]);
    text_put_char(&text, '.');
    text_put(&text, fact_name_bytes(&truth->name));
    dns->query_name.len = (uint8_t)text.len;
    dns->query_type = 16;
    dns->answer_records = 1;
    dns->response_octets = 180;
    actor->entry.due_ns += random_jitter(&population->random, truth->period_ns, 40);
    return true;
}

static void plant_generated(struct population *population, struct population_truth *truth,
                            uint32_t number)
{
    (void)number;
    take_lines(population, truth, GENERATED_LINES);
    truth->unit = population_line(population, truth->first_line);
    truth->unit_last = population_line(population, truth->first_line + truth->lines - 1);
    truth->port = 53;
    truth->protocol = PROTOCOL_UDP;
    truth->period_ns = 2 * second_ns;
    add_lines(population, truth);
}

/* The same 200 names of the day for each line, 50 at a time, each hour. */
static bool generate(struct population *population, struct actor *actor, struct flow *out)
{
    const struct population_truth *truth = truth_of(population, actor);
    struct dns_fact *dns = population_ask(population, actor, out);
    uint64_t day = (uint64_t)(actor->entry.due_ns / TIME_DAY_NS);
    uint64_t name = random_mix(random_mix(actor->planted + (day << 16)) + actor->left % 200);
    struct text text = text_over(dns->query_name.at, sizeof dns->query_name.at);
    for (unsigned i = 0; i < 12; i++, name /= 26)
        text_put_char(&text, (char)('a' + name % 26));
    text_put_string(&text, ".example");
    dns->query_name.len = (uint8_t)text.len;
    dns->response_code = 3;
    actor->left++;
    actor->entry.due_ns += random_jitter(&population->random, truth->period_ns, 50);
    if (actor->left % 50 == 0)
        actor->entry.due_ns += hour_ns;
    return true;
}

static void plant_flux(struct population *population, struct population_truth *truth,
                       uint32_t number)
{
    (void)number;
    take_lines(population, truth, FLUX_LINES);
    name_truth(population, truth, "flux");
    truth->period_ns = 10 * minute_ns;
    add_lines(population, truth);
}

static bool flux(struct population *population, struct actor *actor, struct flow *out)
{
    const struct population_truth *truth = truth_of(population, actor);
    struct dns_fact *dns = population_ask(population, actor, out);
    dns->query_name = truth->name;
    dns->answer_records = dns->answer_count = 5;
    for (size_t i = 0; i < 5; i++) {
        uint32_t host = random_u32(&population->random);
        dns->answers[i] = (struct dns_answer){ population_address(BLOCK_ANYWHERE, host), 60 };
    }
    actor->entry.due_ns += random_jitter(&population->random, truth->period_ns, 50);
    return true;
}

static void plant_lasting(struct population *population, struct population_truth *truth,
                          uint32_t number)
{
    take_lines(population, truth, 1);
    truth->unit = planted_address(population, 1);
    truth->port = number % 2 == 0 ? 443 : 4444;
    truth->period_ns = 30 * minute_ns;
    add_lines(population, truth);
}

/* Told in slices of half an hour. */
static bool last(struct population *population, struct actor *actor, struct flow *out)
{
    const struct population_truth *truth = truth_of(population, actor);
    struct route route = { population_line(population, actor->line), truth->unit, truth->port,
                           PROTOCOL_TCP };
    struct shape shape = { 60, 4200, 60, 4100, truth->period_ns - second_ns };
    population_flow(population, &route, &shape, actor->entry.due_ns, out);
    out->initiator_port = (uint16_t)(0xc000 | actor->planted);
    out->slice = actor->left++;
    out->continues = true;
    out->end = FLOW_END_ACTIVE;
    out->tcp = FLOW_TCP_ESTABLISHED;
    actor->entry.due_ns += truth->period_ns;
    return true;
}

static void plant_upload(struct population *population, struct population_truth *truth,
                         uint32_t number)
{
    (void)number;
    take_lines(population, truth, 1);
    truth->unit = planted_address(population, 1);
    truth->port = 443;
    add_lines(population, truth);
}

static bool upload(struct population *population, struct actor *actor, struct flow *out)
{
    const struct population_truth *truth = truth_of(population, actor);
    struct route route = { population_line(population, actor->line), truth->unit, truth->port,
                           PROTOCOL_TCP };
    struct shape shape = { 1450000, 2000000000, 720000, 30000000, 20 * minute_ns };
    population_flow(population, &route, &shape, actor->entry.due_ns, out);
    actor->entry.due_ns = never_ns;
    return true;
}

static void plant_relay(struct population *population, struct population_truth *truth,
                        uint32_t number)
{
    (void)number;
    take_lines(population, truth, 1);
    truth->unit = population_line(population, truth->first_line);
    truth->period_ns = 2 * minute_ns;
    add_lines(population, truth);
}

/* The controller's connection, then the line's own to a victim, with as many octets. */
static bool relay(struct population *population, struct actor *actor, struct flow *out)
{
    struct random *random = &population->random;
    const struct population_truth *truth = truth_of(population, actor);
    if (actor->phase == 0)
        actor->left = (uint32_t)random_pareto(random, 4000, 4000000);
    uint64_t octets = actor->left;
    struct route in = { population_address(BLOCK_PLANTED, (uint32_t)(actor->planted << 12) | 1),
                        truth->unit, 8443, PROTOCOL_TCP };
    struct route onward = { truth->unit, population_address(BLOCK_ANYWHERE, random_u32(random)),
                            443, PROTOCOL_TCP };
    struct shape shape = { 5 + octets / 1300, octets + 100 * (actor->phase + 1U),
                           5 + octets / 400, 3 * octets, 4 * second_ns };
    population_flow(population, actor->phase == 0 ? &in : &onward, &shape, actor->entry.due_ns,
                    out);
    actor->entry.due_ns += actor->phase == 0 ? 60 * TIME_MILLISECOND_NS
                                             : random_exponential(random, truth->period_ns);
    actor->phase ^= 1;
    return true;
}

static void plant_peers(struct population *population, struct population_truth *truth,
                        uint32_t number)
{
    take_lines(population, truth, PEER_LINES);
    truth->unit = population_line(population, truth->first_line);
    truth->unit_last = population_line(population, truth->first_line + truth->lines - 1);
    truth->port = (uint16_t)(20000 + number);
    truth->protocol = PROTOCOL_UDP;
    truth->period_ns = minute_ns;
    add_lines(population, truth);
}

/* Of 200 peers elsewhere each line knows 40. */
static bool meet(struct population *population, struct actor *actor, struct flow *out)
{
    struct random *random = &population->random;
    const struct population_truth *truth = truth_of(population, actor);
    uint32_t peer = (actor->line * 17 + random_below(random, 40)) % 200;
    struct route route = { population_line(population, actor->line),
                           population_address(BLOCK_PLANTED,
                                              (uint32_t)(actor->planted << 12) | (peer + 1)),
                           truth->port, PROTOCOL_UDP };
    struct shape shape = { 2, 180, 2, 240, second_ns };
    if (random_percent(random, 30))
        shape.packets_in = shape.octets_in = 0;
    population_flow(population, &route, &shape, actor->entry.due_ns, out);
    actor->entry.due_ns += random_jitter(random, truth->period_ns, 30);
    return true;
}

static void plant_dark(struct population *population, struct population_truth *truth,
                       uint32_t number)
{
    (void)number;
    take_lines(population, truth, 1);
    truth->unit = population_line(population, truth->first_line);
    truth->port = 23;
    truth->period_ns = 5 * minute_ns;
    add_lines(population, truth);
}

static bool hit_dark(struct population *population, struct actor *actor, struct flow *out)
{
    struct random *random = &population->random;
    const struct population_truth *truth = truth_of(population, actor);
    struct route route = { truth->unit,
                           population_address(BLOCK_DARK, random_u32(random) & 0xffff),
                           truth->port, PROTOCOL_TCP };
    population_attempt(population, &route, false, actor->entry.due_ns, out);
    actor->entry.due_ns += random_exponential(random, truth->period_ns) + 1;
    return true;
}

static void plant_lateral(struct population *population, struct population_truth *truth,
                          uint32_t number)
{
    take_lines(population, truth, 1);
    truth->unit = population_line(population, truth->first_line);
    truth->port = number % 2 == 0 ? 445 : 3389;
    truth->period_ns = 90 * second_ns;
    add_lines(population, truth);
}

static bool move_on(struct population *population, struct actor *actor, struct flow *out)
{
    const struct population_truth *truth = truth_of(population, actor);
    uint32_t target = (actor->line + 1 + actor->left) % population->plan.lines;
    struct route route = { truth->unit, population_line(population, target), truth->port,
                           PROTOCOL_TCP };
    struct shape shape = { 30, 6000, 28, 9000, 5 * second_ns };
    if (actor->left % 3 == 0)
        population_attempt(population, &route, true, actor->entry.due_ns, out);
    else
        population_flow(population, &route, &shape, actor->entry.due_ns, out);
    actor->entry.due_ns += random_jitter(&population->random, truth->period_ns, 60);
    if (++actor->left == LATERAL_TARGETS)
        actor->entry.due_ns = never_ns;
    return true;
}

/* name, finding, actors, plant, act */
const struct population_attack_kind population_attacks[POPULATION_ATTACKS] = {
    [POPULATION_BEACON] = { "beacon", FINDING_COMMAND_SERVER, INFECTED_MAX, plant_beacon,
                            call_home },
    [POPULATION_FRONTED] = { "fronted", FINDING_COMMAND_SERVER, INFECTED_MAX, plant_fronted,
                             call_home },
    [POPULATION_SCAN] = { "scan", FINDING_SCANNER, 1, plant_scan, probe },
    [POPULATION_PORTS] = { "ports", FINDING_SCANNER, 1, plant_ports, probe_ports },
    [POPULATION_SWEEP] = { "sweep", FINDING_SCANNER, SWEEP_SOURCES, plant_sweep, probe },
    [POPULATION_SLOW_SCAN] = { "slow_scan", FINDING_SCANNER, 1, plant_slow_scan, probe },
    [POPULATION_GUESS] = { "guess", FINDING_GUESSING, 1, plant_guess, guess },
    [POPULATION_VOLUME] = { "volume", FINDING_FLOOD, 1, plant_pouring, pour },
    [POPULATION_SYN] = { "syn", FINDING_FLOOD, 1, plant_pouring, pour },
    [POPULATION_AMPLIFIED] = { "amplified", FINDING_FLOOD, 1, plant_pouring, pour },
    [POPULATION_CARPET] = { "carpet", FINDING_FLOOD, 1, plant_pouring, pour },
    [POPULATION_TUNNEL] = { "tunnel", FINDING_TUNNEL, 1, plant_tunnel, tunnel },
    [POPULATION_GENERATED] = { "generated", FINDING_GENERATED_NAMES, GENERATED_LINES,
                               plant_generated, generate },
    [POPULATION_FLUX] = { "flux", FINDING_FLUX, FLUX_LINES, plant_flux, flux },
    [POPULATION_LASTING] = { "lasting", FINDING_LASTING, 1, plant_lasting, last },
    [POPULATION_UPLOAD] = { "upload", FINDING_UPLOAD, 1, plant_upload, upload },
    [POPULATION_RELAY] = { "relay", FINDING_RELAY, 1, plant_relay, relay },
    [POPULATION_PEERS] = { "peers", FINDING_PEER_GROUP, PEER_LINES, plant_peers, meet },
    [POPULATION_DARK] = { "dark", FINDING_DARK_SOURCE, 1, plant_dark, hit_dark },
    [POPULATION_LATERAL] = { "lateral", FINDING_LATERAL, 1, plant_lateral, move_on },
};

const char *population_attack_name(enum population_attack attack)
{
    return population_attacks[attack].name;
}
