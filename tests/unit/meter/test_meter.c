// SPDX-License-Identifier: Apache-2.0
#include "meter/meter.h"

#include <stdlib.h>

#include "base/time.h"
#include "check.h"

static const struct hash_key key = { { 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9,
                                       0x94d049bb133111eb, 0xd6e8feb86659fd93 } };

enum { FLOWS_MAX = 64 };

static struct flow flows[4096];
static size_t flow_count;
static struct dns_fact last_dns;
static size_t fact_count, endings;
static struct meter *meter;
static void *memory;
static size_t memory_octets;

static void on_ending(void *context, uint32_t flow)
{
    (void)context;
    endings++;
    check(*meter_stream(meter, flow) == 7);
}

static void on_flow(void *context, const struct flow *flow)
{
    (void)context;
    check(flow_count < sizeof flows / sizeof *flows);
    flows[flow_count++] = *flow;
    for (const struct fact *fact = flow->facts; fact; fact = fact->next) {
        fact_count++;
        last_dns = fact->dns;
    }
}

static int set_up(void **state)
{
    (void)state;
    struct meter_limits limits = meter_defaults;
    limits.flows_max = FLOWS_MAX;
    limits.facts_max = 16;
    size_t size = meter_size(&limits);
    memory = calloc(1, size);
    memory_octets = size;
    struct arena arena = arena_over(memory, size);
    struct meter_hooks hooks = { on_ending, on_flow, NULL };
    meter = meter_init(&limits, key, hooks, &arena);
    flow_count = fact_count = endings = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

/* From host a to host b; ports 1000 + host. */
static struct packet udp(uint8_t a, uint8_t b, double at_s)
{
    return (struct packet){ .source = ip_from_v4(0xc0000200u + a),
                            .destination = ip_from_v4(0xc0000200u + b),
                            .time_ns = (int64_t)(at_s * 1e9),
                            .octets = 100,
                            .payload_octets = 72,
                            .source_port = (uint16_t)(1000 + a),
                            .destination_port = (uint16_t)(1000 + b),
                            .version = 4,
                            .protocol = PROTOCOL_UDP,
                            .has_transport = true };
}

static struct packet tcp(uint8_t a, uint8_t b, double at_s, uint8_t flags, uint32_t sequence)
{
    struct packet packet = udp(a, b, at_s);
    packet.protocol = PROTOCOL_TCP;
    packet.tcp_flags = flags;
    packet.tcp_sequence = sequence;
    packet.payload_octets = flags & (TCP_SYN | TCP_FIN | TCP_RST) ? 0 : 10;
    return packet;
}

static struct meter_place observe(struct packet packet)
{
    return meter_observe(meter, &packet, meter_hash(meter, &packet));
}

static void both_directions_are_one_flow(void **state)
{
    (void)state;
    observe(udp(1, 2, 10));
    struct meter_place place = observe(udp(2, 1, 11));
    check(!place.from_initiator && !place.is_new);
    observe(udp(1, 2, 12));
    meter_finish(meter);
    check_equal(flow_count, 1);
    check_equal(flows[0].forward.packets, 2);
    check_equal(flows[0].reverse.packets, 1);
    check_equal(flows[0].forward.octets, 200);
    check_equal(flows[0].end, FLOW_END_FORCED);
    check(flow_start_ns(&flows[0]) == 10 * TIME_SECOND_NS);
    check(flow_end_ns(&flows[0]) == 12 * TIME_SECOND_NS);
}

static void an_idle_flow_ends_by_others_time(void **state)
{
    (void)state;
    observe(udp(1, 2, 0));
    observe(udp(3, 4, 59));
    check_equal(flow_count, 0);
    observe(udp(3, 4, 62));
    check_equal(flow_count, 1);
    check_equal(flows[0].end, FLOW_END_IDLE);
}

static void a_packet_after_the_idle_time_starts_anew(void **state)
{
    (void)state;
    observe(udp(1, 2, 0));
    struct meter_place place = observe(udp(1, 2, 61));
    check(place.is_new);
    meter_finish(meter);
    check_equal(flow_count, 2);
    check_equal(meter_flows(meter), 2);
}

static void a_long_flow_is_told_in_slices(void **state)
{
    (void)state;
    for (int second = 0; second <= 700; second += 10)
        observe(udp(1, 2, second));
    meter_finish(meter);
    check_equal(flow_count, 3);
    check_equal(meter_flows(meter), 1);
    uint64_t packets = 0;
    for (size_t i = 0; i < 3; i++) {
        check_equal(flows[i].slice, i);
        check_equal(flows[i].continues, i < 2);
        packets += flows[i].forward.packets;
    }
    check_equal(packets, 71);
}

static void tcp_ends_with_both_fins_after_stragglers(void **state)
{
    (void)state;
    observe(tcp(1, 2, 0, TCP_SYN, 100));
    observe(tcp(2, 1, 0.1, TCP_SYN | TCP_ACK, 500));
    observe(tcp(1, 2, 0.2, TCP_ACK, 101));
    observe(tcp(1, 2, 0.3, TCP_FIN | TCP_ACK, 111));
    observe(tcp(2, 1, 0.4, TCP_FIN | TCP_ACK, 501));
    observe(tcp(1, 2, 0.5, TCP_ACK, 112));
    observe(udp(3, 4, 8));
    check_equal(flow_count, 1);
    check_equal(flows[0].end, FLOW_END_DETECTED);
    check_equal(flows[0].tcp, FLOW_TCP_CLOSED);
    check_equal(flows[0].forward.packets, 4);
}

static void a_new_syn_after_the_end_is_a_new_flow(void **state)
{
    (void)state;
    observe(tcp(1, 2, 0, TCP_SYN, 100));
    observe(tcp(2, 1, 0.1, TCP_RST | TCP_ACK, 0));
    struct meter_place place = observe(tcp(1, 2, 0.5, TCP_SYN, 900));
    check(place.is_new);
    check_equal(flow_count, 1);
    check_equal(flows[0].tcp, FLOW_TCP_REFUSED);
}

static void tcp_states_are_told(void **state)
{
    (void)state;
    observe(tcp(1, 2, 0, TCP_SYN, 100));
    observe(tcp(3, 4, 0, TCP_SYN, 100));
    observe(tcp(4, 3, 0, TCP_SYN | TCP_ACK, 100));
    observe(tcp(5, 6, 0, TCP_ACK, 100));
    observe(tcp(7, 8, 0, TCP_SYN, 100));
    observe(tcp(8, 7, 0, TCP_SYN | TCP_ACK, 100));
    observe(tcp(8, 7, 1, TCP_RST, 101));
    meter_finish(meter);
    check_equal(flow_count, 4);
    for (size_t i = 0; i < flow_count; i++) {
        uint32_t host = ip_to_v4(&flows[i].initiator) & 255;
        enum flow_tcp expected = host == 1   ? FLOW_TCP_ATTEMPT
                                 : host == 3 ? FLOW_TCP_ESTABLISHED
                                 : host == 5 ? FLOW_TCP_MIDSTREAM
                                             : FLOW_TCP_RESET;
        check_equal(flows[i].tcp, expected);
    }
}

/* Of a server's side alone we see that it answered. */
static void an_answer_without_its_question_is_no_attempt(void **state)
{
    (void)state;
    observe(tcp(2, 1, 0, TCP_SYN | TCP_ACK, 500));
    observe(tcp(2, 1, 1, TCP_ACK, 501));
    meter_finish(meter);
    check_equal(flow_count, 1);
    check_equal(flows[0].tcp, FLOW_TCP_ESTABLISHED);
}

static void a_connection_half_closed_for_long_is_closed_in_the_end(void **state)
{
    (void)state;
    observe(tcp(1, 2, 0, TCP_SYN, 100));
    observe(tcp(2, 1, 0, TCP_SYN | TCP_ACK, 500));
    observe(tcp(1, 2, 1, TCP_FIN | TCP_ACK, 101));
    for (int second = 2; second < 400; second += 50)
        observe(tcp(2, 1, second, TCP_ACK, 501 + (uint32_t)second));
    observe(tcp(2, 1, 400, TCP_FIN | TCP_ACK, 901));
    observe(udp(3, 4, 408));
    check_equal(flow_count, 2);
    check_equal(flows[0].tcp, FLOW_TCP_ESTABLISHED);
    check_equal(flows[1].tcp, FLOW_TCP_CLOSED);
    check_equal(flows[1].end, FLOW_END_DETECTED);
}

static void a_syn_ack_seen_first_turns_the_flow(void **state)
{
    (void)state;
    struct meter_place place = observe(tcp(2, 1, 0, TCP_SYN | TCP_ACK, 500));
    check(!place.from_initiator);
    observe(tcp(1, 2, 1, TCP_ACK, 100));
    meter_finish(meter);
    check_equal(flow_count, 1);
    check(flows[0].is_turned);
    check_equal(ip_to_v4(&flows[0].initiator), 0xc0000201);
    check_equal(flows[0].initiator_port, 1001);
    check_equal(flows[0].forward.packets, 1);
}

static void repeated_and_late_segments_are_told_apart(void **state)
{
    (void)state;
    observe(tcp(1, 2, 0, TCP_ACK, 100));
    observe(tcp(1, 2, 1, TCP_ACK, 110));
    observe(tcp(1, 2, 2, TCP_ACK, 110));                            /* again */
    struct meter_place place = observe(tcp(1, 2, 3, TCP_ACK, 130)); /* 120 is missing */
    check(place.after_gap && place.expected_sequence == 120);
    observe(tcp(1, 2, 4, TCP_ACK, 120)); /* late */
    meter_finish(meter);
    check_equal(flows[0].forward.retransmitted, 1);
    check_equal(flows[0].forward.out_of_order, 1);
}

static void what_comes_again_after_a_filled_gap_is_not_late(void **state)
{
    (void)state;
    observe(tcp(1, 2, 0, TCP_ACK, 100));
    observe(tcp(1, 2, 1, TCP_ACK, 140)); /* 110 to 140 are missing */
    observe(tcp(1, 2, 1, TCP_ACK, 100)); /* again, before the gap */
    observe(tcp(1, 2, 2, TCP_ACK, 110));
    observe(tcp(1, 2, 2, TCP_ACK, 130));
    observe(tcp(1, 2, 2, TCP_ACK, 120)); /* the gap is filled */
    observe(tcp(1, 2, 3, TCP_ACK, 120));
    observe(tcp(1, 2, 3, TCP_ACK, 140));
    meter_finish(meter);
    check_equal(flows[0].forward.out_of_order, 3);
    check_equal(flows[0].forward.retransmitted, 3);
}

/* RFC 9293 3.8.4: a keep-alive repeats the last sequence number, with one octet or none. */
static void a_keep_alive_is_no_retransmission(void **state)
{
    (void)state;
    observe(tcp(1, 2, 0, TCP_ACK, 100));
    for (uint32_t octets = 0; octets < 2; octets++) {
        struct packet packet = tcp(1, 2, 1, TCP_ACK, 109);
        packet.payload_octets = octets;
        observe(packet);
    }
    meter_finish(meter);
    check_equal(flows[0].forward.retransmitted, 0);
    check_equal(flows[0].forward.out_of_order, 0);
}

static void a_full_table_evicts_and_counts(void **state)
{
    (void)state;
    for (int i = 0; i < FLOWS_MAX + 20; i++) {
        struct packet packet = udp(1, 2, i * 0.001);
        packet.source_port = (uint16_t)(2000 + i);
        observe(packet);
    }
    check_equal(flow_count, 20);
    check_equal(flows[0].end, FLOW_END_RESOURCES);
    meter_finish(meter);
    check_equal(flow_count, FLOWS_MAX + 20);
    struct summary summary = { .counter_count = 0 };
    meter_count(meter, &summary);
    bool is_counted = false;
    for (size_t i = 0; i < summary.counter_count; i++)
        is_counted |= strcmp(summary.counters[i].reason, "evicted") == 0 &&
                      summary.counters[i].count == 20;
    check(is_counted);
}

/* Flows of one packet each, within a tenth of a second. */
static void flood(int count, double at_s)
{
    static uint16_t port;
    for (int i = 0; i < count; i++) {
        struct packet packet = udp(100, 101, at_s + i * 0.1 / count);
        packet.source_port = port++;
        observe(packet);
    }
}

static void a_flood_evicts_itself_and_not_who_talks(void **state)
{
    (void)state;
    for (int second = 0; second <= 30; second++)
        observe(udp(1, 2, second));
    flood(FLOWS_MAX / 2, 30.1);
    flood(FLOWS_MAX - 2, 30.2);
    check(!observe(udp(1, 2, 30.3)).is_new);
    flood(FLOWS_MAX / 4, 30.4);
    check(observe(udp(3, 4, 30.5)).is_new); /* comes up amid the flood */
    for (int i = 0; i < 4; i++) {
        flood(FLOWS_MAX / 4, 31 + i);
        check(!observe(udp(3, 4, 31.5 + i)).is_new);
        check(!observe(udp(1, 2, 31.6 + i)).is_new);
    }
}

static void one_wrong_clock_ends_nothing(void **state)
{
    (void)state;
    observe(udp(1, 2, 1000));
    observe(udp(3, 4, 1e9)); /* 30 years ahead, once */
    observe(udp(1, 2, 1001));
    observe(udp(5, 6, 0.5)); /* and behind, once */
    observe(udp(1, 2, 1002));
    check_equal(flow_count, 0);
    meter_finish(meter);
    check_equal(flow_count, 3);
}

static void a_clock_that_really_stepped_is_followed(void **state)
{
    (void)state;
    observe(udp(1, 2, 1000));
    observe(udp(3, 4, 100000));
    observe(udp(3, 4, 100001));
    check_equal(flow_count, 1); /* the first is over */
    for (int i = 0; i < 200; i++)
        observe(udp(5, 6, 10 + i));
    check_equal(flow_count, 2); /* behind it time goes on too: 3 -> 4 is over */
}

static void times_at_both_ends_of_their_range_are_taken(void **state)
{
    (void)state;
    static const int64_t times_ns[] = { INT64_MIN, INT64_MAX, INT64_MAX, INT64_MIN, 0 };
    for (int i = 0; i < 400; i++) {
        struct packet packet = udp((uint8_t)(i % 7), (uint8_t)(i % 5 + 100), 0);
        packet.time_ns = times_ns[i / 80];
        observe(packet);
    }
    meter_finish(meter);
    uint64_t packets = 0;
    for (size_t i = 0; i < flow_count; i++)
        packets += flows[i].forward.packets + flows[i].reverse.packets;
    check_equal(packets, 400);
}

static void icmp_is_one_flow_both_ways(void **state)
{
    (void)state;
    struct packet request = udp(1, 2, 0), reply = udp(2, 1, 1);
    request.protocol = reply.protocol = PROTOCOL_ICMP;
    request.source_port = reply.source_port = 0;
    request.destination_port = 8 << 8;
    reply.destination_port = 0;
    observe(request);
    observe(reply);
    meter_finish(meter);
    check_equal(flow_count, 1);
    check_equal(flows[0].responder_port, 8 << 8);
    check_equal(flows[0].reverse.packets, 1);
}

static void facts_travel_with_their_flow_and_are_bounded(void **state)
{
    (void)state;
    struct fact fact = { .kind = FACT_DNS };
    for (uint16_t i = 0; i < 40; i++) {
        struct meter_place place = observe(udp(1, 2, i));
        fact.dns.transaction = i;
        meter_attach(meter, place.flow, &fact);
    }
    meter_finish(meter);
    check_equal(fact_count, 40);
    check_equal(last_dns.transaction, 39);
    check(flow_count > 1);
    check_equal(meter_flows(meter), 1);
    for (size_t i = 0; i + 1 < flow_count; i++)
        check_equal(flows[i].end, FLOW_END_RESOURCES);
}

static void a_full_table_of_facts_drops_and_counts(void **state)
{
    (void)state;
    struct fact fact = { .kind = FACT_DNS };
    for (uint8_t i = 0; i < 20; i++) {
        struct meter_place place = observe(udp(i, 200, 0));
        meter_attach(meter, place.flow, &fact);
    }
    meter_finish(meter);
    check_equal(fact_count, 16);
}

static void a_marked_flow_is_told_before_it_ends(void **state)
{
    (void)state;
    struct meter_place place = observe(udp(1, 2, 0));
    *place.stream = 7;
    observe(udp(3, 4, 0));
    meter_finish(meter);
    check_equal(endings, 1);
}

/* Many flows over a long time, against a plain account of every packet. */
static void no_packet_is_lost_or_counted_twice(void **state)
{
    (void)state;
    uint64_t random = 88172645463325252u, packets = 0, octets = 0;
    for (int i = 0; i < 20000; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        struct packet packet = tcp((uint8_t)(random % 12), (uint8_t)(12 + random / 16 % 12),
                                   i * 0.05 - (double)(random % 64) / 10,
                                   (uint8_t)(random >> 20 & 0x17), (uint32_t)(random >> 30));
        if (random >> 60 & 1) {
            struct ip_address turn = packet.source;
            packet.source = packet.destination;
            packet.destination = turn;
            uint16_t port = packet.source_port;
            packet.source_port = packet.destination_port;
            packet.destination_port = port;
        }
        packet.octets = (uint32_t)(random >> 40 & 1023) + 40;
        octets += packet.octets;
        packets++;
        observe(packet);
        if (flow_count > 4000) {
            for (size_t f = 0; f < flow_count; f++) {
                packets -= flows[f].forward.packets + flows[f].reverse.packets;
                octets -= flows[f].forward.octets + flows[f].reverse.octets;
            }
            flow_count = 0;
        }
    }
    meter_finish(meter);
    for (size_t f = 0; f < flow_count; f++) {
        packets -= flows[f].forward.packets + flows[f].reverse.packets;
        octets -= flows[f].forward.octets + flows[f].reverse.octets;
    }
    check_equal(packets, 0);
    check_equal(octets, 0);
}

/* Live and silent: the flow ends without another packet. */
static void a_quiet_line_ends_what_is_idle(void **state)
{
    (void)state;
    meter_tick(meter, 100 * TIME_SECOND_NS); /* of nothing yet */
    observe(udp(1, 2, 100));
    meter_tick(meter, 59 * TIME_SECOND_NS);
    check_equal(flow_count, 0);
    for (int i = 0; i < 6; i++)
        meter_tick(meter, TIME_SECOND_NS / 2);
    check_equal(flow_count, 1);
    check_equal(flows[0].end, FLOW_END_IDLE);
    observe(udp(1, 2, 162));
    meter_tick(meter, INT64_MAX);
    meter_tick(meter, -1);
    meter_finish(meter);
    check_equal(flow_count, 2);
}

static bool memory_holds(const struct ip_address *address)
{
    return memmem(memory, memory_octets, address, sizeof *address) != NULL;
}

static void a_flow_that_ended_is_overwritten_with_its_facts(void **state)
{
    (void)state;
    struct packet packet = udp(1, 2, 100);
    struct fact fact = { .kind = FACT_DNS };
    fact.dns.answer_count = 1;
    fact.dns.answers[0].address = ip_from_v4(0xcb007107);
    struct meter_place place = meter_observe(meter, &packet, meter_hash(meter, &packet));
    meter_attach(meter, place.flow, &fact);
    check(memory_holds(&packet.source) && memory_holds(&packet.destination));
    check(memory_holds(&fact.dns.answers[0].address));
    observe(udp(3, 4, 300)); /* ends it */
    check_equal(flow_count, 1);
    check(!memory_holds(&packet.source) && !memory_holds(&packet.destination));
    check(!memory_holds(&fact.dns.answers[0].address));
    meter_finish(meter);
    packet = udp(3, 4, 300);
    check(!memory_holds(&packet.source));
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
TESTS(EACH(both_directions_are_one_flow), EACH(a_quiet_line_ends_what_is_idle),
      EACH(an_idle_flow_ends_by_others_time), EACH(a_packet_after_the_idle_time_starts_anew),
      EACH(a_long_flow_is_told_in_slices), EACH(tcp_ends_with_both_fins_after_stragglers),
      EACH(a_new_syn_after_the_end_is_a_new_flow), EACH(tcp_states_are_told),
      EACH(a_syn_ack_seen_first_turns_the_flow),
      EACH(repeated_and_late_segments_are_told_apart), EACH(a_full_table_evicts_and_counts),
      EACH(a_flood_evicts_itself_and_not_who_talks),
      EACH(an_answer_without_its_question_is_no_attempt),
      EACH(a_connection_half_closed_for_long_is_closed_in_the_end),
      EACH(what_comes_again_after_a_filled_gap_is_not_late),
      EACH(a_keep_alive_is_no_retransmission), EACH(one_wrong_clock_ends_nothing),
      EACH(a_clock_that_really_stepped_is_followed),
      EACH(times_at_both_ends_of_their_range_are_taken), EACH(icmp_is_one_flow_both_ways),
      EACH(facts_travel_with_their_flow_and_are_bounded),
      EACH(a_full_table_of_facts_drops_and_counts), EACH(a_marked_flow_is_told_before_it_ends),
      EACH(no_packet_is_lost_or_counted_twice),
      EACH(a_flow_that_ended_is_overwritten_with_its_facts))
