// SPDX-License-Identifier: Apache-2.0
#include "simulate/scenario.h"

#include "base/time.h"

/* What a field that is not said means, by kind. */
static const struct {
    int64_t interval_s;
    uint32_t servers, octets_out, octets_in, targets;
    uint16_t port;
} defaults[ACTOR_KINDS] = {
    [ACTOR_WEB] = { 600, 40, 900, 16000, 0, 443 },
    [ACTOR_DNS] = { 2, 40, 0, 0, 0, 53 },
    [ACTOR_POLLER] = { 300, 1, 400, 300, 0, 443 },
    [ACTOR_UPDATE] = { 3600, 2, 500, 30000, 0, 443 },
    [ACTOR_NTP] = { 1024, 2, 48, 48, 0, 123 },
    [ACTOR_PING] = { 60, 1, 56, 56, 0, 0 },
    [ACTOR_VIDEO] = { 3600, 4, 900, 4000000, 0, 443 },
    [ACTOR_SSH] = { 3600, 2, 120, 400, 0, 22 },
    [ACTOR_MAIL] = { 900, 4, 20000, 0, 0, 25 },
    [ACTOR_BOTNET] = { 300, 1, 300, 200, 0, 443 },
    [ACTOR_RELAY] = { 120, 1, 1500, 12000, 8, 8443 },
    [ACTOR_SCAN] = { 1, 1, 0, 0, 254, 445 },
    [ACTOR_FLOOD] = { 1, 16, 0, 0, 1, 443 },
    [ACTOR_TUNNEL] = { 5, 1, 0, 0, 0, 53 },
};

void scenario_complete(struct scenario_actor *actor)
{
    if (actor->interval_ns == 0)
        actor->interval_ns = defaults[actor->kind].interval_s * TIME_SECOND_NS;
    if (actor->servers == 0)
        actor->servers = defaults[actor->kind].servers;
    if (actor->lines == 0)
        actor->lines = 1;
    if (actor->targets == 0)
        actor->targets = defaults[actor->kind].targets;
    if (actor->octets_out == 0)
        actor->octets_out = defaults[actor->kind].octets_out;
    if (actor->octets_in == 0)
        actor->octets_in = defaults[actor->kind].octets_in;
    if (actor->port == 0 && actor->protocol == ACTOR_HTTP)
        actor->port = 80;
    if (actor->port == 0)
        actor->port = defaults[actor->kind].port;
    if (actor->place != PLACE_DOMESTIC)
        actor->place = PLACE_FOREIGN;
    if (actor->group.len == 0)
        actor->group = actor->name;
}

const char *actor_kind_name(enum actor_kind kind)
{
    static const char *const names[ACTOR_KINDS] = {
        "web", "dns",  "poller", "update", "ntp",  "ping",  "video",
        "ssh", "mail", "botnet", "relay",  "scan", "flood", "tunnel",
    };
    return names[kind];
}

const char *actor_protocol_name(enum actor_protocol protocol)
{
    static const char *const names[ACTOR_PROTOCOLS] = { "tls", "http", "quic", "dns", "tcp" };
    return names[protocol];
}

int64_t scenario_actor_end_ns(const struct scenario *scenario,
                              const struct scenario_actor *actor)
{
    int64_t end_ns = scenario->start_ns + scenario->duration_ns;
    int64_t own_end_ns = scenario->start_ns + actor->start_ns + actor->duration_ns;
    return actor->duration_ns == 0 || own_end_ns > end_ns ? end_ns : own_end_ns;
}

static uint32_t scaled(uint32_t count, double factor)
{
    double value = (double)count * factor + 0.5;
    if (count == 0 || value < 1)
        return count == 0 ? 0 : 1;
    return value > SCENARIO_LINES_MAX ? SCENARIO_LINES_MAX : (uint32_t)value;
}

void scenario_scale(struct scenario *scenario, double factor)
{
    uint32_t most = 1;
    for (size_t i = 0; i < scenario->actor_count; i++) {
        struct scenario_actor *actor = &scenario->actors[i];
        if (!actor_is_malicious(actor->kind))
            actor->lines = scaled(actor->lines, factor);
        if (actor->lines > most)
            most = actor->lines;
    }
    scenario->lines = scaled(scenario->lines, factor);
    if (scenario->lines < most)
        scenario->lines = most;
}
