// SPDX-License-Identifier: Apache-2.0
#include "simulate/population_private.h"

enum { TCP_OVERHEAD = 40, UDP_OVERHEAD = 28 };

static struct flow_half half_of(uint64_t packets, uint64_t octets, uint8_t protocol)
{
    uint64_t overhead = packets * (protocol == PROTOCOL_TCP ? TCP_OVERHEAD : UDP_OVERHEAD);
    return (struct flow_half){ .packets = packets,
                               .octets = octets > overhead ? octets : overhead,
                               .payload = octets > overhead ? octets - overhead : 0 };
}

void population_flow(struct population *population, const struct route *route,
                     const struct shape *shape, int64_t end_ns, struct flow *out)
{
    int64_t start_ns = end_ns - shape->length_ns;
    if (start_ns < population->plan.start_ns)
        start_ns = population->plan.start_ns;
    bool is_tcp = route->protocol == PROTOCOL_TCP;
    *out = (struct flow){
        .initiator = route->from,
        .responder = route->to,
        .forward = half_of(shape->packets_out, shape->octets_out, route->protocol),
        .reverse = half_of(shape->packets_in, shape->octets_in, route->protocol),
        .observation = { .rate = 1, .observers = 1 },
        .initiator_port = (uint16_t)(0xc000 | (random_u32(&population->random) & 0x3fff)),
        .responder_port = route->port,
        .protocol = route->protocol,
        .version = 4,
        .end = is_tcp ? FLOW_END_DETECTED : FLOW_END_IDLE,
    };
    struct flow_half *halves[] = { &out->forward, &out->reverse };
    for (size_t i = 0; i < 2; i++) {
        if (halves[i]->packets == 0)
            continue;
        halves[i]->first_ns = start_ns;
        halves[i]->last_ns = end_ns;
        halves[i]->tcp_flags = is_tcp ? TCP_SYN | TCP_ACK | TCP_PSH | TCP_FIN : 0;
        halves[i]->first_flags = (uint8_t)(is_tcp ? i == 0 ? TCP_SYN : TCP_SYN | TCP_ACK : 0);
    }
    out->tcp = is_tcp ? FLOW_TCP_CLOSED : FLOW_TCP_NONE;
}

void population_attempt(struct population *population, const struct route *route,
                        bool is_refused, int64_t end_ns, struct flow *out)
{
    struct shape shape = { .packets_out = 1, .octets_out = 60, .packets_in = is_refused };
    population_flow(population, route, &shape, end_ns, out);
    if (route->protocol != PROTOCOL_TCP)
        return;
    out->forward.tcp_flags = out->forward.first_flags = TCP_SYN;
    out->reverse.tcp_flags = out->reverse.first_flags = is_refused ? TCP_RST | TCP_ACK : 0;
    out->tcp = is_refused ? FLOW_TCP_REFUSED : FLOW_TCP_ATTEMPT;
    out->end = is_refused ? FLOW_END_DETECTED : FLOW_END_IDLE;
}

struct dns_fact *population_ask(struct population *population, const struct actor *actor,
                                struct flow *out)
{
    struct route route = { .from = population_line(population, actor->line),
                           .to = population_address(BLOCK_POPULAR, 0x53),
                           .port = 53,
                           .protocol = PROTOCOL_UDP };
    struct shape shape = { 1, 72, 1, 120, 20 * TIME_MILLISECOND_NS };
    population_flow(population, &route, &shape, actor->entry.due_ns, out);
    struct fact *fact = &population->fact;
    fact->next = NULL;
    fact->kind = FACT_DNS;
    fact->time_ns = actor->entry.due_ns;
    fact->from_initiator = false;
    fact->dns = (struct dns_fact){
        .query_type = 1, .query_class = 1, .response_octets = 92, .is_response = true
    };
    out->facts = fact;
    return &fact->dns;
}

void population_name(struct dns_fact *dns, const char *host, uint64_t number,
                     const char *domain)
{
    struct text text = text_over(dns->query_name.at, sizeof dns->query_name.at);
    text_put_string(&text, host);
    text_put_u64(&text, number);
    text_put_char(&text, '.');
    text_put_string(&text, domain);
    dns->query_name.len = (uint8_t)text.len;
}
