// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"
#include "simulate/message.h"
#include "simulate/plan.h"
#include "simulate/profile.h"
#include "simulate/simulate_private.h"

enum {
    PORT_DNS = 53,
    PORT_NTP = 123,
    PORT_HTTP = 80,
    PORT_HTTPS = 443,
    LOOK_UP_MOST_US = 60000,
    PAGES_MAX = 24,
};

/* How much goes on at each hour of the day, in percent of the busiest: a shape like those that
 * exchanges publish. */
static const uint8_t busy_percent[24] = { 55, 38, 26, 19, 15, 16, 24, 38, 50, 58,  62, 66,
                                          74, 70, 66, 66, 69, 75, 82, 90, 97, 100, 96, 78 };

struct scene { /* what an agent's act needs to know */
    struct simulation *simulation;
    struct agent *agent;
    const struct simulate_actor *actor;
    const struct scenario_actor *scenario;
    int64_t now_ns;
};

static uint32_t line_of(const struct scene *scene)
{
    return scene->actor->lines[scene->agent->member % scene->actor->line_count];
}

static struct talk *open_talk(const struct scene *scene, int64_t after_ns)
{
    struct random *random = &scene->agent->random;
    struct talk *talk = simulation_open_talk(scene->simulation, scene->agent,
                                             scene->now_ns + after_ns, random_u64(random));
    if (talk)
        talk->port[SIDE_CLIENT] = (uint16_t)random_between(random, 49152, 65535);
    return talk;
}

/* From a line to a site, over IPv6 when both have it. */
static struct talk *call(const struct scene *scene, uint32_t line, const struct site *site,
                         int64_t after_ns)
{
    struct talk *talk = open_talk(scene, after_ns);
    if (!talk)
        return NULL;
    struct ip_address own[2];
    size_t family = cast_line(&scene->simulation->cast, line, own) && site->has_ipv6 ? 1 : 0;
    talk->address[SIDE_CLIENT] = own[family];
    talk->address[SIDE_SERVER] = site->address[family];
    talk->port[SIDE_SERVER] = site->port;
    talk->site = site;
    talk->rtt_us = site->rtt_us;
    talk->client_is_inside = true;
    return talk;
}

static uint32_t resolver_us(struct random *random)
{
    return random_percent(random, 60) ? random_between(random, 400, 1500)
                                      : random_between(random, 6000, LOOK_UP_MOST_US / 2);
}

static void ask_resolver(const struct scene *scene, uint32_t line, const struct site *site,
                         uint16_t type, enum dns_answer answer)
{
    struct random *random = &scene->agent->random;
    struct talk *talk = open_talk(scene, 0);
    if (!talk)
        return;
    struct ip_address own[2];
    struct ip_address resolver[2];
    (void)cast_line(&scene->simulation->cast, line, own);
    (void)cast_line(&scene->simulation->cast, CAST_RESOLVER, resolver);
    talk->address[SIDE_CLIENT] = own[0];
    talk->address[SIDE_SERVER] = resolver[0];
    talk->port[SIDE_SERVER] = PORT_DNS;
    talk->site = site;
    talk->rtt_us = resolver_us(random);
    talk->client_is_inside = true;
    talk->dns_type = type;
    talk->dns_answer = (uint8_t)answer;
    plan_dns(talk, random, (struct volume){ .rounds = 1 });
}

/* A line asks for a site's addresses; gives the time until it knows them. */
static int64_t look_up(const struct scene *scene, uint32_t line, const struct site *site,
                       uint32_t chance_percent)
{
    struct random *random = &scene->agent->random;
    if (!random_percent(random, chance_percent))
        return 0;
    enum dns_answer answer = site->seed % 10 < 3 ? DNS_ALIAS : DNS_ADDRESS;
    struct ip_address own[2];
    ask_resolver(scene, line, site, DNS_TYPE_A, answer);
    if (site->has_ipv6 && cast_line(&scene->simulation->cast, line, own))
        ask_resolver(scene, line, site, DNS_TYPE_AAAA, answer);
    if (random_percent(random, 2))
        ask_resolver(scene, line, site, DNS_TYPE_A, DNS_NO_NAME);
    return LOOK_UP_MOST_US * TIME_MICROSECOND_NS;
}

/* The browser of a line, always the same. */
static uint8_t browser_of(const struct scene *scene, uint32_t line)
{
    return (uint8_t)(random_mix(scene->simulation->cast.seed + line) % 3 + PROFILE_BROWSER_A);
}

static bool is_post_quantum(const struct scene *scene, uint32_t line)
{
    uint64_t draw = random_mix(scene->simulation->cast.seed ^ line ^ 0x9c);
    return draw % 100 < scene->simulation->cast.scenario->post_quantum_percent;
}

static int64_t after_interval(const struct scene *scene)
{
    return random_jitter(&scene->agent->random, scene->scenario->interval_ns,
                         scene->scenario->jitter_percent);
}

static void plan_protocol(const struct scene *scene, struct talk *talk, struct volume volume)
{
    struct random *random = &scene->agent->random;
    switch (scene->scenario->protocol) {
    case ACTOR_TLS: plan_tls(talk, random, volume); break;
    case ACTOR_HTTP: plan_http(talk, random, volume); break;
    case ACTOR_QUIC: plan_quic(talk, random, volume); break;
    case ACTOR_RAW: plan_raw(talk, random, volume); break;
    case ACTOR_NAMES:
        talk->dns_type = DNS_TYPE_TXT;
        talk->dns_answer = DNS_TUNNEL;
        plan_dns(talk, random, volume);
        break;
    case ACTOR_PROTOCOLS: break;
    }
}

/* One connection with the actor's octets. */
static void call_with(const struct scene *scene, const struct site *site, uint8_t profile,
                      uint32_t octets_in)
{
    uint32_t line = line_of(scene);
    int64_t known_ns = look_up(scene, line, site, 40);
    struct talk *talk = call(scene, line, site, known_ns);
    if (!talk)
        return;
    talk->profile = profile;
    plan_protocol(scene, talk,
                  (struct volume){ scene->scenario->octets_out, octets_in, 1, 1000 });
}

static const struct site *own_site(const struct scene *scene)
{
    return &scene->actor->sites[scene->agent->member % scene->actor->site_count];
}

/* The first are the most popular. */
static const struct site *popular_site(const struct scene *scene)
{
    struct random *random = &scene->agent->random;
    uint32_t count = (uint32_t)scene->actor->site_count;
    uint32_t bound = random_below(random, count) + 1;
    return &scene->actor->sites[random_below(random, bound)];
}

static uint32_t object_octets(const struct scene *scene)
{
    int64_t least = scene->scenario->octets_in / 6 + 1;
    return (uint32_t)random_pareto(&scene->agent->random, least, least * 150);
}

static void fetch(const struct scene *scene, const struct site *site)
{
    struct random *random = &scene->agent->random;
    uint32_t line = line_of(scene);
    struct talk *talk = call(scene, line, site, look_up(scene, line, site, 55));
    if (!talk)
        return;
    talk->profile = browser_of(scene, line);
    talk->is_post_quantum = is_post_quantum(scene, line);
    struct volume volume = { scene->scenario->octets_out, object_octets(scene),
                             random_between(random, 1, 4), 1500000 };
    if (random_percent(random, 2)) {
        talk->end = TALK_SILENT;
    } else if (site->seed % 100 < 8) {
        talk->port[SIDE_SERVER] = PORT_HTTP;
        plan_http(talk, random, volume);
    } else if (site->seed % 100 < 35) {
        plan_quic(talk, random, volume);
    } else {
        plan_tls(talk, random, volume);
        talk->end = random_percent(random, 10) ? TALK_RESETS : TALK_FINISHES;
    }
}

static uint32_t busy_now(const struct scene *scene)
{
    const struct scenario *scenario = scene->simulation->cast.scenario;
    int64_t hour_ns = 3600 * TIME_SECOND_NS;
    int64_t local = scene->now_ns + scenario->utc_offset_hours * hour_ns;
    return busy_percent[(local / hour_ns % 24 + 24) % 24];
}

/* People look at a few pages, each with things from several places, and then do something
 * else for a while. */
static int64_t browse(const struct scene *scene)
{
    struct agent *agent = scene->agent;
    if (agent->count == 0)
        agent->count = (uint32_t)random_pareto(&agent->random, 2, PAGES_MAX);
    uint32_t parts = random_between(&agent->random, 1, 4);
    for (uint32_t i = 0; i < parts; i++)
        fetch(scene, popular_site(scene));
    if (--agent->count > 0)
        return random_pareto(&agent->random, 3 * TIME_SECOND_NS, 400 * TIME_SECOND_NS);
    int64_t mean = scene->scenario->interval_ns / busy_now(scene) * 100;
    return TIME_SECOND_NS + random_exponential(&agent->random, mean);
}

static int64_t poll(const struct scene *scene)
{
    uint8_t profile = own_site(scene)->seed % 2 ? PROFILE_DEVICE : PROFILE_DEVICE_NEW;
    call_with(scene, own_site(scene), profile, scene->scenario->octets_in);
    return after_interval(scene);
}

static int64_t update(const struct scene *scene)
{
    bool is_big = random_percent(&scene->agent->random, 10);
    uint32_t octets_in = is_big ? scene->scenario->octets_in * 20 : 600;
    call_with(scene, own_site(scene), PROFILE_TOOL, octets_in);
    return after_interval(scene);
}

static int64_t beacon(const struct scene *scene)
{
    uint8_t profile = scene->actor->sites[0].seed % 2 ? PROFILE_MALWARE : PROFILE_MALWARE_OLD;
    call_with(scene, own_site(scene), profile, scene->scenario->octets_in);
    return after_interval(scene);
}

static int64_t ask_time(const struct scene *scene)
{
    struct talk *talk = call(scene, line_of(scene), own_site(scene), 0);
    if (talk)
        plan_ntp(talk);
    return after_interval(scene);
}

static int64_t ping(const struct scene *scene)
{
    struct talk *talk = call(scene, line_of(scene), own_site(scene), 0);
    if (talk)
        plan_ping(talk, 3);
    return after_interval(scene);
}

/* A film comes in pieces of a few seconds. */
static int64_t watch(const struct scene *scene)
{
    struct random *random = &scene->agent->random;
    uint32_t line = line_of(scene);
    const struct site *site = popular_site(scene);
    struct talk *talk = call(scene, line, site, look_up(scene, line, site, 80));
    if (talk) {
        enum { PIECES = 8 };
        struct volume volume = { scene->scenario->octets_out,
                                 scene->scenario->octets_in / PIECES, PIECES, 5000000 };
        talk->profile = browser_of(scene, line);
        talk->is_post_quantum = is_post_quantum(scene, line);
        if (site->seed % 2)
            plan_quic(talk, random, volume);
        else
            plan_tls(talk, random, volume);
    }
    return random_exponential(random, scene->scenario->interval_ns) + TIME_SECOND_NS;
}

static int64_t administer(const struct scene *scene)
{
    struct random *random = &scene->agent->random;
    struct talk *talk = call(scene, line_of(scene), own_site(scene), 0);
    if (talk) {
        struct volume volume = { scene->scenario->octets_out, scene->scenario->octets_in,
                                 random_between(random, 3, 9), 9000000 };
        plan_ssh(talk, random, volume);
    }
    return random_exponential(random, scene->scenario->interval_ns) + TIME_SECOND_NS;
}

static int64_t send_mail(const struct scene *scene)
{
    struct random *random = &scene->agent->random;
    uint32_t line = line_of(scene);
    const struct site *site = popular_site(scene);
    struct talk *talk = call(scene, line, site, look_up(scene, line, site, 60));
    if (talk)
        plan_mail(talk, random, (struct volume){ .octets_out = scene->scenario->octets_out });
    return random_exponential(random, scene->scenario->interval_ns) + TIME_SECOND_NS;
}

static int64_t resolve(const struct scene *scene)
{
    struct random *random = &scene->agent->random;
    const struct site *site = popular_site(scene);
    struct talk *talk = call(scene, CAST_RESOLVER, site, 0);
    if (talk) {
        bool is_v6 = site->has_ipv6 && random_percent(random, 30);
        talk->port[SIDE_SERVER] = PORT_DNS;
        talk->dns_type = is_v6 ? DNS_TYPE_AAAA : DNS_TYPE_A;
        bool is_missing = random_percent(random, 12);
        talk->dns_answer = is_missing ? DNS_NO_NAME : DNS_ADDRESS;
        plan_dns(talk, random, (struct volume){ .rounds = 1 });
    }
    int64_t mean = scene->scenario->interval_ns / busy_now(scene) * 100;
    return random_exponential(random, mean) + TIME_MILLISECOND_NS;
}

/* The controller speaks to the line, which at once passes it on to a victim. */
static int64_t relay(const struct scene *scene)
{
    struct random *random = &scene->agent->random;
    struct agent *agent = scene->agent;
    const struct scenario_actor *scenario = scene->scenario;
    const struct site *controller = &scene->actor->sites[agent->count++ % scenario->servers];
    uint32_t rounds = random_between(random, 1, 3);
    struct volume volume = { scenario->octets_out, scenario->octets_in, rounds, 400000 };

    struct talk *first = open_talk(scene, 0);
    if (first) {
        struct ip_address own[2];
        (void)cast_line(&scene->simulation->cast, line_of(scene), own);
        first->address[SIDE_CLIENT] = controller->address[0];
        first->address[SIDE_SERVER] = own[0];
        first->port[SIDE_SERVER] = scenario->port;
        first->site = controller;
        first->rtt_us = controller->rtt_us;
        plan_raw(first, random, volume);
    }
    const struct site *victim = &scene->actor->targets[random_below(random, scenario->targets)];
    int64_t after_ns = random_between(random, 30, 120) * TIME_MILLISECOND_NS;
    struct talk *second =
        call(scene, line_of(scene), victim, controller->rtt_us * 1000 + after_ns);
    if (second) {
        second->port[SIDE_SERVER] = PORT_HTTPS;
        second->profile = PROFILE_MALWARE;
        plan_tls(second, random, volume);
    }
    return TIME_SECOND_NS + random_exponential(random, scenario->interval_ns);
}

/* Our lines and the addresses between them, or anybody abroad, without a pattern. */
struct ip_address agent_scan_target(const struct cast *cast, const struct scan_try *try)
{
    uint32_t number = try->scenario->is_vertical ? 0 : try->number;
    struct random random = random_from(cast->seed ^ (uint64_t)try->actor << 40 ^
                                       (uint64_t)try->member << 32 ^ number);
    return cast_stranger(cast, try->scenario->is_inbound ? PLACE_OWN : PLACE_FOREIGN, &random);
}

static int64_t scan(const struct scene *scene)
{
    struct random *random = &scene->agent->random;
    const struct scenario_actor *scenario = scene->scenario;
    if (scene->agent->count >= scenario->targets)
        return -1;
    struct talk *talk = open_talk(scene, 0);
    if (talk) {
        struct ip_address own[2];
        (void)cast_line(&scene->simulation->cast, line_of(scene), own);
        talk->address[SIDE_CLIENT] =
            scenario->is_inbound ? own_site(scene)->address[0] : own[0];
        struct scan_try try = { scenario, scene->agent->actor, scene->agent->member,
                                scene->agent->count };
        talk->address[SIDE_SERVER] = agent_scan_target(&scene->simulation->cast, &try);
        uint32_t port = scenario->is_vertical ? scene->agent->count + 1 : scenario->port;
        talk->port[SIDE_SERVER] = (uint16_t)port;
        talk->rtt_us = own_site(scene)->rtt_us;
        talk->client_is_inside = !scenario->is_inbound;
        talk->tries = 1;
        bool is_answered = random_percent(random, scenario->answered_percent);
        bool is_refused = random_percent(random, 15);
        talk->end = is_answered ? TALK_PROBES : is_refused ? TALK_REFUSED : TALK_SILENT;
    }
    scene->agent->count++;
    return after_interval(scene);
}

/* Towards one of our lines: SYNs of strangers, or answers it never asked for. */
static int64_t flood(const struct scene *scene)
{
    struct random *random = &scene->agent->random;
    const struct scenario_actor *scenario = scene->scenario;
    struct talk *talk = open_talk(scene, 0);
    if (talk) {
        struct ip_address own[2];
        (void)cast_line(&scene->simulation->cast, line_of(scene), own);
        talk->address[SIDE_SERVER] = own[0];
        talk->port[SIDE_SERVER] = scenario->port;
        talk->rtt_us = 1000;
        talk->tries = 1;
        talk->end = TALK_SILENT;
        if (scenario->is_direct) {
            const struct site *site =
                &scene->actor->sites[random_below(random, scenario->servers)];
            talk->address[SIDE_CLIENT] = site->address[0];
            talk->port[SIDE_CLIENT] = PORT_NTP;
            talk->transport = PROTOCOL_UDP;
            talk_say(talk, SIDE_CLIENT, MESSAGE_NTP, (struct step){ .argument = 1 });
        } else {
            talk->address[SIDE_CLIENT] =
                cast_stranger(&scene->simulation->cast, PLACE_FOREIGN, random);
        }
    }
    return random_exponential(random, scenario->interval_ns);
}

static int64_t tunnel(const struct scene *scene)
{
    struct random *random = &scene->agent->random;
    const struct site *site = own_site(scene);
    struct talk *talk = call(scene, line_of(scene), site, 0);
    if (talk) {
        if (!scene->scenario->is_direct) {
            struct ip_address resolver[2];
            (void)cast_line(&scene->simulation->cast, CAST_RESOLVER, resolver);
            talk->address[SIDE_SERVER] = resolver[0];
        }
        talk->dns_type = DNS_TYPE_TXT;
        talk->dns_answer = DNS_TUNNEL;
        plan_dns(talk, random,
                 (struct volume){ .rounds = random_between(random, 2, 12), .pause_us = 60000 });
    }
    return after_interval(scene);
}

static int64_t (*const acts[ACTOR_KINDS])(const struct scene *scene) = {
    [ACTOR_WEB] = browse,    [ACTOR_DNS] = resolve,    [ACTOR_POLLER] = poll,
    [ACTOR_UPDATE] = update, [ACTOR_NTP] = ask_time,   [ACTOR_PING] = ping,
    [ACTOR_VIDEO] = watch,   [ACTOR_SSH] = administer, [ACTOR_MAIL] = send_mail,
    [ACTOR_BOTNET] = beacon, [ACTOR_RELAY] = relay,    [ACTOR_SCAN] = scan,
    [ACTOR_FLOOD] = flood,   [ACTOR_TUNNEL] = tunnel,
};

int64_t agent_act(struct simulation *simulation, struct agent *agent, int64_t now_ns)
{
    const struct simulate_actor *actor = &simulation->actors[agent->actor];
    struct scene scene = { simulation, agent, actor, actor->scenario, now_ns };
    return acts[actor->scenario->kind](&scene);
}

uint32_t agent_count(const struct scenario_actor *actor)
{
    if (actor->kind == ACTOR_DNS)
        return 1;
    if (actor->kind == ACTOR_SCAN && actor->is_inbound)
        return actor->servers;
    return actor->lines;
}

/* Each begins somewhere within its first interval, or people would all begin at once. */
int64_t agent_first_ns(const struct scenario_actor *actor, struct agent *agent)
{
    uint64_t draw = random_u64(&agent->random);
    return (int64_t)(draw % (uint64_t)(actor->interval_ns + 1));
}
