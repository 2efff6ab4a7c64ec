// SPDX-License-Identifier: Apache-2.0
#include "simulate/cast.h"

#include "base/must.h"

enum {
    FIRST_LINE = 16, /* hosts in front of the first line: routers, the resolver */
    RESOLVER_HOST = 2,
    FIRST_SERVER = 10,
};

static bool network_is_v4(const struct scenario_network *network)
{
    return network->prefix.len >= 96;
}

/* How many hosts we are ready to use in a network. */
static uint64_t network_room(const struct scenario_network *network)
{
    unsigned bits = 128u - network->prefix.len;
    uint64_t hosts = bits > 31 ? UINT64_C(1) << 31 : UINT64_C(1) << bits;
    return hosts > FIRST_LINE + 1 ? hosts - FIRST_LINE - 1 : 0;
}

static struct ip_address network_host(const struct scenario_network *network, uint64_t host)
{
    struct ip_address address = network->prefix.address;
    for (size_t i = 15; i >= 12; i--, host >>= 8)
        address.octets[i] = (uint8_t)(address.octets[i] | (host & 0xff));
    return address;
}

/* The nth network of this place and family, NULL behind the last. */
static const struct scenario_network *find_network(const struct cast *cast, enum place place,
                                                   bool is_v4, size_t n)
{
    for (size_t i = 0; i < cast->scenario->network_count; i++) {
        const struct scenario_network *network = &cast->scenario->networks[i];
        if (network->place == place && network_is_v4(network) == is_v4 && n-- == 0)
            return network;
    }
    return NULL;
}

/* cast_check saw that there is one. */
static const struct scenario_network *get_network(const struct cast *cast, enum place place,
                                                  bool is_v4, size_t n)
{
    const struct scenario_network *network = find_network(cast, place, is_v4, n);
    MUST(network != NULL);
    return network;
}

static size_t count_networks(const struct cast *cast, enum place place, bool is_v4)
{
    size_t count = 0;
    while (find_network(cast, place, is_v4, count))
        count++;
    return count;
}

static uint64_t room_of(const struct cast *cast, enum place place)
{
    uint64_t room = 0;
    for (size_t i = 0;; i++) {
        const struct scenario_network *network = find_network(cast, place, true, i);
        if (!network)
            return room;
        room += network_room(network);
    }
}

/* Hosts are dealt one network after the other. */
static struct ip_address nth_host(const struct cast *cast, enum place place, uint64_t n,
                                  uint32_t first)
{
    for (size_t i = 0;; i++) {
        const struct scenario_network *network = get_network(cast, place, true, i);
        if (n < network_room(network))
            return network_host(network, n + first);
        n -= network_room(network);
    }
}

bool cast_line(const struct cast *cast, uint32_t line, struct ip_address out[2])
{
    const struct scenario_network *v6 = find_network(cast, PLACE_OWN, false, 0);
    bool is_resolver = line == CAST_RESOLVER;
    out[0] = is_resolver ? network_host(get_network(cast, PLACE_OWN, true, 0), RESOLVER_HOST)
                         : nth_host(cast, PLACE_OWN, line, FIRST_LINE);
    uint32_t draw = (uint32_t)(random_mix(cast->seed ^ line) % 100);
    if (!v6 || (!is_resolver && draw >= cast->scenario->ipv6_percent)) {
        out[1] = (struct ip_address){ 0 };
        return false;
    }
    out[1] = network_host(v6, is_resolver ? RESOLVER_HOST : (uint64_t)line + 0x1000);
    return true;
}

struct ip_address cast_stranger(const struct cast *cast, enum place place,
                                struct random *random)
{
    uint32_t networks = (uint32_t)count_networks(cast, place, true);
    const struct scenario_network *network =
        get_network(cast, place, true, random_below(random, networks));
    uint32_t room = (uint32_t)network_room(network);
    return network_host(network, random_between(random, 1, room));
}

static uint32_t rtt_us(enum place place, struct random *random)
{
    if (place == PLACE_OWN)
        return random_between(random, 300, 900);
    return place == PLACE_DOMESTIC ? random_between(random, 3000, 21000)
                                   : random_between(random, 60000, 240000);
}

/* Letters and digits of the actor's name; the rest becomes hyphens. */
static void put_label(struct text *text, struct bytes name)
{
    size_t len = name.len < 30 ? name.len : 30;
    size_t before = text->len;
    for (size_t i = 0; i < len; i++) {
        char c = (char)name.at[i];
        char lower = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        bool is_plain = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
        bool is_inner = i > 0 && i + 1 < len;
        if (is_plain || is_inner)
            text_put_char(text, is_plain ? lower : '-');
    }
    if (text->len == before)
        text_put_char(text, 'x');
}

static struct bytes site_name(const struct scenario_actor *actor, uint32_t number,
                              struct random *random, struct arena *keep)
{
    char *room = arena_take(keep, CAST_NAME_MAX, 1, 1);
    struct text text = text_over(room, CAST_NAME_MAX);
    if (actor_is_malicious(actor->kind)) {
        for (size_t i = 0; i < 12; i++)
            text_put_char(&text, "bcdfghklmnprstvwxaeiou"[random_below(random, 22)]);
        text_put_string(&text, ".test");
        return text_bytes(&text);
    }
    text_format(&text, "host-%u.", number);
    put_label(&text, actor->name);
    text_put_string(&text, ".example");
    return text_bytes(&text);
}

struct site cast_site(struct cast *cast, const struct scenario_actor *actor, enum place place,
                      struct arena *keep)
{
    uint32_t number = cast->dealt[place]++;
    uint64_t seed = random_mix(cast->seed + ((uint64_t)place << 32 | number) + 0x517e);
    struct random random = random_from(seed);
    const struct scenario_network *v6 = find_network(cast, place, false, 0);
    struct site site = {
        .name = site_name(actor, number, &random, keep),
        .address = { nth_host(cast, place, number, FIRST_SERVER), { { 0 } } },
        .is_tls12 = random_percent(&random, 35),
        .has_rsa = random_percent(&random, 50),
        .port = actor->port,
        .place = place,
        .rtt_us = rtt_us(place, &random),
        .seed = seed,
    };
    site.has_ipv6 = v6 && !actor_is_malicious(actor->kind) && random_percent(&random, 40);
    if (site.has_ipv6)
        site.address[1] = network_host(v6, number + 0x100);
    return site;
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b != 0) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Walks the lines in a stride that meets each once: a start and a step by the group's name,
 * the step coprime to their number. */
void cast_pick_lines(const struct cast *cast, struct bytes group, uint32_t *out, uint32_t count)
{
    uint64_t seed = cast->seed;
    for (size_t i = 0; i < group.len; i++)
        seed = random_mix(seed ^ group.at[i]);
    uint32_t lines = cast->scenario->lines;
    uint32_t at = (uint32_t)(seed % lines);
    uint32_t step = (uint32_t)(random_mix(seed) % lines) | 1;
    while (common_divisor(step, lines) != 1)
        step += 2;
    for (uint32_t i = 0; i < count; i++) {
        out[i] = at;
        at = (uint32_t)(((uint64_t)at + step) % lines);
    }
}

bool cast_check(const struct cast *cast, struct error *err)
{
    const struct scenario *scenario = cast->scenario;
    uint64_t needed[PLACES] = { [PLACE_OWN] = scenario->lines };
    for (size_t i = 0; i < scenario->actor_count; i++) {
        const struct scenario_actor *actor = &scenario->actors[i];
        if (actor->lines > scenario->lines)
            return error_set(err, 0, "actor \"%.*s\": %u lines, but there are only %u",
                             (int)actor->name.len, (const char *)actor->name.at, actor->lines,
                             scenario->lines);
        needed[actor->place] += actor->servers;
        if (actor->kind == ACTOR_RELAY)
            needed[PLACE_DOMESTIC] += actor->targets;
    }
    needed[PLACE_FOREIGN]++; /* strangers are always foreign */
    for (enum place place = PLACE_OWN; place <= PLACE_FOREIGN; place++) {
        uint64_t room = room_of(cast, place);
        if (needed[place] > room)
            return error_set(err, 0, "networks.%s: room for %llu IPv4 addresses, needed %llu",
                             place_name(place), (unsigned long long)room,
                             (unsigned long long)needed[place]);
    }
    return true;
}
