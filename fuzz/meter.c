// SPDX-License-Identifier: Apache-2.0
/* Packets of a few hosts in any order of time, against a plain account: every packet and octet
 * is told of once, in a flow between its own ends, slices follow each other, no flow is told of
 * that was not opened, and the table holds no more than its cap.  Three octets a packet: who
 * talks to whom; flags, whether a fact is attached and how many times it is sent; time step. */
#include "meter/meter.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "base/must.h"
#include "base/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HOSTS = 16, FLOWS_MAX = 8, FACTS_MAX = 8 };

struct account {
    struct meter *meter;
    uint64_t packets[HOSTS][HOSTS]; /* seen and not told of yet, by sender and receiver */
    uint64_t told;
    uint64_t facts;
    uint32_t marks;
};

static size_t host_of(const struct ip_address *address)
{
    size_t host = ip_to_v4(address) & 255;
    MUST(host < HOSTS);
    return host;
}

static void check_half(struct account *account, size_t from, size_t to,
                       const struct flow_half *half)
{
    MUST(half->packets <= account->packets[from][to]);
    MUST(half->octets == half->packets * 100);
    MUST(half->packets == 0 || half->first_ns <= half->last_ns);
    account->packets[from][to] -= half->packets;
}

static void on_ending(void *context, uint32_t flow)
{
    struct account *account = context;
    MUST(*meter_stream(account->meter, flow) == 1 && account->marks > 0);
    account->marks--;
    struct fact fact = { .kind = FACT_HTTP };
    meter_attach(account->meter, flow, &fact);
    account->facts++;
}

static void on_flow(void *context, const struct flow *flow)
{
    struct account *account = context;
    size_t from = host_of(&flow->initiator), to = host_of(&flow->responder);
    MUST(flow->forward.packets + flow->reverse.packets > 0);
    check_half(account, from, to, &flow->forward);
    check_half(account, to, from, &flow->reverse);
    account->told += flow->slice == 0;
    account->facts -= flow->facts_dropped;
    for (const struct fact *fact = flow->facts; fact; fact = fact->next)
        account->facts--;
}

static void observe(struct account *account, const struct packet *packet, bool with_fact)
{
    struct meter_place place =
        meter_observe(account->meter, packet, meter_hash(account->meter, packet));
    account->packets[host_of(&packet->source)][host_of(&packet->destination)]++;
    if (!with_fact)
        return;
    struct fact fact = { .kind = FACT_HTTP };
    meter_attach(account->meter, place.flow, &fact);
    account->facts++;
    account->marks += *place.stream == 0;
    *place.stream = 1;
}

static bool next_packet(struct cursor *c, struct packet *packet, uint8_t *how)
{
    static const int64_t steps_ns[] = { 0,
                                        1000000,
                                        TIME_SECOND_NS,
                                        7 * TIME_SECOND_NS,
                                        61 * TIME_SECOND_NS,
                                        500 * TIME_SECOND_NS,
                                        4000 * TIME_SECOND_NS,
                                        INT64_MAX / 2 };
    uint8_t who = cursor_u8(c);
    *how = cursor_u8(c);
    uint8_t when = cursor_u8(c);
    int64_t step_ns = steps_ns[when & 7], time_ns = 0;
    if (!__builtin_add_overflow(packet->time_ns, when & 8 ? -step_ns : step_ns, &time_ns))
        packet->time_ns = time_ns;
    packet->source = ip_from_v4(0xc0000200u + (who >> 4));
    packet->destination = ip_from_v4(0xc0000200u + (who & 15));
    packet->source_port = (uint16_t)(when & 16 ? 53 : 4000 + (who >> 4));
    packet->destination_port = (uint16_t)(4000 + (who & 15));
    packet->protocol = when & 32 ? PROTOCOL_UDP : when & 64 ? PROTOCOL_ICMP : PROTOCOL_TCP;
    packet->tcp_flags = *how & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK);
    packet->tcp_sequence += when >> 7 ? 0x7fffffff : *how;
    return !c->broken;
}

static void check_all_is_told(const struct account *account)
{
    for (size_t from = 0; from < HOSTS; from++) {
        for (size_t to = 0; to < HOSTS; to++)
            MUST(account->packets[from][to] == 0);
    }
    MUST(account->facts == 0 && account->marks == 0);
    MUST(account->told == meter_flows(account->meter));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct hash_key key = { { 1, 2, 3, 4 } };
    struct meter_limits limits = meter_defaults;
    limits.flows_max = FLOWS_MAX;
    limits.facts_max = FACTS_MAX;
    size_t memory_size = meter_size(&limits);
    void *memory = malloc(memory_size);
    MUST(memory);
    struct arena arena = arena_over(memory, memory_size);
    struct account account = { .marks = 0 };
    struct meter_hooks hooks = { on_ending, on_flow, &account };
    account.meter = meter_init(&limits, key, hooks, &arena);
    struct packet packet = { .octets = 100, .version = 4, .has_transport = true };
    struct cursor c = cursor_over((struct bytes){ data, size });
    for (uint8_t how; next_packet(&c, &packet, &how);) {
        for (int count = how >> 6; count >= 0; count--)
            observe(&account, &packet, how & 8);
    }
    meter_finish(account.meter);
    check_all_is_told(&account);
    free(memory);
    return 0;
}
