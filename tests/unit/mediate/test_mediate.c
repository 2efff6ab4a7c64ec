// SPDX-License-Identifier: Apache-2.0
#include "check_mediate.h"

static void a_flow_goes_on_as_it_came(void **state)
{
    (void)state;
    struct flow flow = half_from(1, 2, 10, 20);
    flow.vlan = 7;
    flow.forward.payload = 5;
    flow.forward.retransmitted = 3;
    give(flow);
    finish(1);
    check(ip_equal(&out[0].initiator, &flow.initiator));
    check(ip_equal(&out[0].responder, &flow.responder));
    check_equal(out[0].initiator_port, CLIENT_PORT);
    check_equal(out[0].responder_port, 443);
    check(memcmp(&out[0].forward, &flow.forward, sizeof flow.forward) == 0);
    check_equal(out[0].reverse.packets, 0);
    check_equal(out[0].vlan, 7);
    check_equal(out[0].observation.observers, 1);
    check_equal(out[0].observation.exporter, 1);
    check_equal(out[0].observation.ingress, 1);
    check_equal(out[0].protocol, PROTOCOL_TCP);
    check_equal(out[0].version, 4);
}

static void two_halves_are_one_flow(void **state)
{
    (void)state;
    struct flow flow = half_from(1, 2, 10, 20);
    give(flow);
    give(answer_to(flow, 0.05));
    finish(1);
    check_equal(out[0].forward.packets, 10);
    check_equal(out[0].reverse.packets, 20);
    check_equal(out[0].initiator_port, CLIENT_PORT);
    check_equal(out[0].tcp, FLOW_TCP_CLOSED);
    check_equal(out[0].end, FLOW_END_DETECTED);
    check_equal(out[0].observation.observers, 1);
    check(!out[0].is_turned && !out[0].continues);
    check_equal(counted("halves_paired"), 1);
}

static void the_order_of_the_records_does_not_matter(void **state)
{
    (void)state;
    struct flow flow = half_from(1, 2, 10, 20);
    give(answer_to(flow, 0.05));
    give(flow);
    finish(1);
    check_equal(out[0].initiator_port, CLIENT_PORT);
    check_equal(out[0].forward.packets, 10);
    check_equal(out[0].observation.ingress, 1);
    check(!out[0].is_turned);
}

static void halves_of_two_border_routers_are_paired(void **state)
{
    (void)state;
    struct flow flow = half_from(1, 2, 10, 20), answer = answer_to(flow, 0.05);
    answer.observation.exporter = 2;
    answer.observation.time = TIME_UPTIME;
    give(flow);
    give(answer);
    finish(1);
    check_equal(out[0].forward.packets, 10);
    check_equal(out[0].reverse.packets, 20);
    check_equal(out[0].observation.exporter, 1);
    check_equal(out[0].observation.time, TIME_UPTIME);
}

static void a_half_waits_for_the_other_and_goes_on_alone(void **state)
{
    (void)state;
    give(half_from(1, 2, 10, 20));
    give(half_from(3, 4, 130, 139));
    check_equal(out_count, 0);
    for (double at_s = 140; at_s < 180; at_s++)
        give(udp_half(1, 2, at_s));
    check_equal(out_count, 1);
    check_equal(out[0].end, FLOW_END_IDLE);
    check_equal(out[0].reverse.packets, 0);
}

static void slices_of_one_observer_add_up(void **state)
{
    (void)state;
    give(half_from(1, 2, 10, 70));
    give(half_from(1, 2, 70, 130));
    struct flow other = half_from(1, 2, 71, 80); /* another class of service, at once */
    give(other);
    finish(1);
    check_equal(out[0].forward.packets, 30);
    check_equal(out[0].forward.octets, 3000);
    check_equal(out[0].forward.first_ns, 10 * TIME_SECOND_NS);
    check_equal(out[0].forward.last_ns, 130 * TIME_SECOND_NS);
    check_equal(counted("slice_joined"), 2);
}

static void a_silence_longer_than_the_wait_ends_a_conversation(void **state)
{
    (void)state;
    struct flow flow = half_from(1, 2, 10, 20);
    flow.forward.tcp_flags = TCP_ACK;
    give(flow);
    flow.forward.first_ns = flow.forward.last_ns = 141 * TIME_SECOND_NS;
    give(flow);
    finish(2);
}

static void a_long_conversation_is_handed_on_in_slices(void **state)
{
    (void)state;
    for (int minute = 0; minute < 70; minute++) {
        struct flow flow = half_from(1, 2, minute * 60, minute * 60 + 60);
        flow.forward.tcp_flags = TCP_ACK | (minute == 0 ? TCP_SYN : 0);
        struct flow answer = answer_to(flow, 0.01);
        give(flow);
        give(answer);
    }
    finish(3);
    uint64_t packets = 0;
    for (size_t i = 0; i < out_count; i++) {
        check_equal(out[i].slice, i);
        check(out[i].continues == (i < 2));
        check_equal(out[i].end, i < 2 ? FLOW_END_ACTIVE : FLOW_END_FORCED);
        check_equal(out[i].initiator_port, CLIENT_PORT);
        packets += out[i].forward.packets + out[i].reverse.packets;
    }
    check_equal(packets, 70 * 30);
    check_equal(out[1].tcp, FLOW_TCP_ESTABLISHED);
}

static void a_port_used_again_after_the_close_is_another_conversation(void **state)
{
    (void)state;
    struct flow first = half_from(1, 2, 10, 20), second = half_from(1, 2, 30, 40);
    give(first);
    give(second);
    give(answer_to(first, 0.05));
    give(answer_to(second, 0.05));
    finish(2);
    for (size_t i = 0; i < 2; i++) {
        check_equal(out[i].forward.packets, 10);
        check_equal(out[i].reverse.packets, 20);
    }
}

static void conversations_in_reversed_order_stay_apart(void **state)
{
    (void)state;
    give(half_from(1, 2, 30, 40));
    give(half_from(1, 2, 10, 20));
    finish(2);
}

static void dns_over_one_pair_of_ports_is_apart_after_ten_seconds(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        give(udp_half(5353, 53, 10 + 20 * i));
        give(answer_to(udp_half(5353, 53, 10 + 20 * i), 0.02));
    }
    finish(3);
    check_equal(out[0].forward.packets, 10);
    check_equal(out[0].reverse.packets, 20);
}

static void few_conversations_between_the_same_ends_wait_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++)
        give(udp_half(5353, 53, 10 + 2000 * i));
    check(out_count >= 36);
    finish(40);
}

static void question_and_answer_of_icmp_are_paired(void **state)
{
    (void)state;
    struct flow question = udp_half(0, 8 * 256, 10);
    question.protocol = PROTOCOL_ICMP;
    struct flow answer = answer_to(question, 0);
    answer.initiator_port = answer.responder_port = 0;
    give(answer);
    give(question);
    finish(1);
    check_equal(out[0].responder_port, 8 * 256);
    check(ip_equal(&out[0].initiator, &question.initiator));
    check_equal(out[0].forward.packets, 10);
}

static void fragments_without_ports_are_a_conversation_of_their_own(void **state)
{
    (void)state;
    give(udp_half(5000, 5001, 10));
    give(udp_half(0, 0, 10));
    finish(2);
}

static void vlan_and_tunnel_are_not_part_of_the_key(void **state)
{
    (void)state;
    struct flow flow = half_from(1, 2, 10, 20), answer = answer_to(flow, 0.05);
    answer.vlan = 12;
    answer.encapsulation = ENCAPSULATION_GRE;
    give(flow);
    give(answer);
    finish(1);
}

static void a_full_table_hands_on_early_and_says_so(void **state)
{
    (void)state;
    for (uint16_t i = 0; i < FLOWS_MAX + 10; i++)
        give(udp_half((uint16_t)(3000 + i), 2000, 10));
    check_equal(out_count, 10);
    check_equal(out[0].initiator_port, 3000);
    check_equal(out[0].end, FLOW_END_RESOURCES);
    check_equal(counted("handed_on_early"), 10);
    finish(FLOWS_MAX + 10);
}

static void one_absurd_time_ends_nothing(void **state)
{
    (void)state;
    give(half_from(1, 2, 10, 20));
    give(udp_half(1, 2, 9e9));
    check_equal(out_count, 0);
    give(answer_to(half_from(1, 2, 10, 20), 0.05));
    finish(2);
}

static void times_at_both_ends_of_the_range_are_bearable(void **state)
{
    (void)state;
    struct flow flow = udp_half(1, 2, 0);
    flow.forward.first_ns = INT64_MIN;
    flow.forward.last_ns = INT64_MAX;
    give(flow);
    flow.forward.last_ns = INT64_MIN;
    give(flow);
    flow.forward.first_ns = flow.forward.last_ns = INT64_MAX;
    flow.forward.packets = UINT64_MAX;
    give(flow);
    give(answer_to(flow, 0));
    mediate_finish(mediate);
    check_account();
}

static struct fact name_of(uint8_t letter)
{
    struct fact fact = { .kind = FACT_TLS_CLIENT, .from_initiator = true };
    fact.tls_client.server_name.len = 1;
    fact.tls_client.server_name.at[0] = (char)letter;
    return fact;
}

static void give_named(struct flow flow, uint8_t letter)
{
    struct fact fact = name_of(letter);
    flow.facts = &fact;
    give(flow);
    memset(&fact, 0xff, sizeof fact); /* the caller's lives no longer than the call */
}

static void names_told_by_exporters_go_on_with_their_flow(void **state)
{
    (void)state;
    struct flow flow = half_from(1, 2, 10, 20);
    give(answer_to(flow, 0.05));
    give_named(flow, 'a');
    give_named(flow, 'b');
    flow.observation.exporter = 2;
    give_named(flow, 'a'); /* what another exporter tells again counts once */
    finish(1);
    check_equal(name_count, 2);
    check_equal(names[0], 'a');
    check_equal(names[1], 'b');
    check(names_from_initiator);
    check_equal(out[0].facts_dropped, 0);
}

static void names_beyond_the_bounds_are_counted(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < 10; i++)
        give_named(half_from(1, 2, 10, 20), (uint8_t)('a' + i));
    finish(1);
    check_equal(name_count, 8);
    check_equal(out[0].facts_dropped, 2);
    check_equal(counted("facts_dropped"), 2);
}

static void room_of_names_is_used_again(void **state)
{
    (void)state;
    for (uint16_t i = 0; i < 1000; i++)
        give_named(udp_half((uint16_t)(3000 + i), 2000, 10 + i), 'a');
    finish(1000);
    check_equal(name_count, 1000);
    check_equal(counted("facts_dropped"), 0);
}

static void samples_of_one_conversation_add_up(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        struct flow sample = half_from(1, 2, 10 + i, 10 + i);
        sample.forward.packets = 1;
        sample.forward.octets = 100;
        sample.forward.tcp_flags = TCP_ACK;
        sample.observation.rate = 1000;
        give(sample);
    }
    finish(1);
    check_equal(out[0].forward.packets, 5);
    check_equal(out[0].observation.rate, 1000);
    check_equal(out[0].tcp, FLOW_TCP_MIDSTREAM);
}

/* Live and silent: what waited is handed on without another record. */
static void silence_hands_on_what_waited(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < 20; i++)
        give(half_from(i, 100, 1000, 1010));
    mediate_tick(mediate, 100 * TIME_SECOND_NS);
    check_equal(out_count, 0);
    for (int i = 0; i < 45; i++)
        mediate_tick(mediate, TIME_SECOND_NS);
    check_equal(out_count, 20);
    give(half_from(1, 100, 1160, 1165));
    finish(21);
    check_equal(counted("clock_steps"), 0);
}

MEDIATE_TESTS(MEDIATE_TEST(a_flow_goes_on_as_it_came),
              MEDIATE_TEST(silence_hands_on_what_waited), MEDIATE_TEST(two_halves_are_one_flow),
              MEDIATE_TEST(the_order_of_the_records_does_not_matter),
              MEDIATE_TEST(halves_of_two_border_routers_are_paired),
              MEDIATE_TEST(a_half_waits_for_the_other_and_goes_on_alone),
              MEDIATE_TEST(slices_of_one_observer_add_up),
              MEDIATE_TEST(a_silence_longer_than_the_wait_ends_a_conversation),
              MEDIATE_TEST(a_long_conversation_is_handed_on_in_slices),
              MEDIATE_TEST(a_port_used_again_after_the_close_is_another_conversation),
              MEDIATE_TEST(conversations_in_reversed_order_stay_apart),
              MEDIATE_TEST(dns_over_one_pair_of_ports_is_apart_after_ten_seconds),
              MEDIATE_TEST(few_conversations_between_the_same_ends_wait_at_once),
              MEDIATE_TEST(question_and_answer_of_icmp_are_paired),
              MEDIATE_TEST(fragments_without_ports_are_a_conversation_of_their_own),
              MEDIATE_TEST(vlan_and_tunnel_are_not_part_of_the_key),
              MEDIATE_TEST(a_full_table_hands_on_early_and_says_so),
              MEDIATE_TEST(one_absurd_time_ends_nothing),
              MEDIATE_TEST(times_at_both_ends_of_the_range_are_bearable),
              MEDIATE_TEST(names_told_by_exporters_go_on_with_their_flow),
              MEDIATE_TEST(names_beyond_the_bounds_are_counted),
              MEDIATE_TEST(room_of_names_is_used_again),
              MEDIATE_TEST(samples_of_one_conversation_add_up))
