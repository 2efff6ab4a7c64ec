// SPDX-License-Identifier: Apache-2.0
#include "check_mediate.h"

enum { CLIENT = 1, SERVER = 2 };

static struct ip_address host(uint8_t number)
{
    return ip_from_v4(0xc0000200u + number);
}

static void check_initiator(uint8_t number, bool is_turned)
{
    finish(1);
    struct ip_address address = host(number);
    check(ip_equal(&out[0].initiator, &address));
    check_equal(out[0].is_turned, is_turned);
    check_equal(counted("turned"), is_turned);
}

static void an_exporter_of_bidirectional_flows_is_believed(void **state)
{
    (void)state;
    struct flow flow = answer_to(half_from(CLIENT, SERVER, 10, 20), 0); /* from port 443 */
    flow.reverse = flow.forward;
    give(flow);
    check_initiator(SERVER, false);
    check_equal(out[0].reverse.packets, flow.reverse.packets);
    check_equal(counted("halves_paired"), 0);
}

static void a_side_that_never_acknowledged_opened(void **state)
{
    (void)state;
    struct flow flow = half_from(CLIENT, SERVER, 10, 10), answer = answer_to(flow, 0);
    flow.initiator_port = answer.responder_port = 22; /* against the rule of ports */
    flow.responder_port = answer.initiator_port = 50000;
    flow.forward.tcp_flags = TCP_SYN;
    answer.forward.tcp_flags = TCP_RST | TCP_ACK;
    give(answer);
    give(flow);
    check_initiator(CLIENT, false);
    check_equal(out[0].tcp, FLOW_TCP_REFUSED);
}

static void flags_of_the_first_packet_tell_who_opened(void **state)
{
    (void)state;
    struct flow answer = half_from(SERVER, CLIENT, 10, 20);
    answer.forward.first_flags = TCP_SYN | TCP_ACK;
    give(answer);
    check_initiator(CLIENT, true);
    check_equal(out[0].forward.packets, 0);
    check_equal(out[0].reverse.packets, 10);
}

static void who_spoke_clearly_first_is_the_initiator(void **state)
{
    (void)state;
    struct flow flow = half_from(SERVER, CLIENT, 10, 20); /* to port 443: an odd client */
    flow.protocol = PROTOCOL_UDP;
    flow.initiator_port = 500;
    flow.responder_port = 500;
    give(answer_to(flow, 0.01));
    give(flow);
    check_initiator(SERVER, false);
}

static void a_difference_below_the_resolution_tells_nothing(void **state)
{
    (void)state;
    struct flow answer = half_from(SERVER, CLIENT, 10, 20);
    answer.initiator_port = 443;
    answer.responder_port = CLIENT_PORT;
    answer.observation.time = TIME_UPTIME;
    give(answer);
    give(answer_to(answer, 0.5));
    check_initiator(CLIENT, true);
}

static void times_of_two_exporters_are_a_second_apart_or_nothing(void **state)
{
    (void)state;
    struct flow answer = half_from(SERVER, CLIENT, 10, 20), flow = answer_to(answer, 0.5);
    answer.initiator_port = flow.responder_port = 443;
    answer.responder_port = flow.initiator_port = CLIENT_PORT;
    flow.observation.exporter = 2;
    give(answer);
    give(flow);
    check_initiator(CLIENT, true);
}

static void times_of_samples_tell_nothing(void **state)
{
    (void)state;
    struct flow answer = half_from(SERVER, CLIENT, 10, 20), flow = answer_to(answer, 5);
    answer.initiator_port = flow.responder_port = 443;
    answer.responder_port = flow.initiator_port = CLIENT_PORT;
    answer.observation.rate = flow.observation.rate = 10;
    give(answer);
    give(flow);
    check_initiator(CLIENT, true);
}

static void times_amid_a_connection_tell_nothing(void **state)
{
    (void)state;
    struct flow answer = half_from(SERVER, CLIENT, 10, 20), flow = answer_to(answer, 5);
    answer.initiator_port = flow.responder_port = 443;
    answer.responder_port = flow.initiator_port = CLIENT_PORT;
    answer.forward.tcp_flags = flow.forward.tcp_flags = TCP_ACK;
    give(answer);
    give(flow);
    check_initiator(CLIENT, true);
}

static void a_lone_half_from_a_server_s_port_is_turned(void **state)
{
    (void)state;
    struct flow answer = half_from(SERVER, CLIENT, 10, 20);
    answer.initiator_port = 8080;
    answer.responder_port = 50000;
    give(answer);
    check_initiator(CLIENT, true);
    check_equal(out[0].initiator_port, 50000);
    check_equal(out[0].observation.ingress, 2); /* as the client's packets would pass */
}

static void ports_of_one_class_leave_it_at_who_was_seen_first(void **state)
{
    (void)state;
    struct flow flow = half_from(SERVER, CLIENT, 10, 20);
    flow.initiator_port = 2000;
    flow.responder_port = 3000;
    give(flow);
    check_initiator(SERVER, false);
}

static void a_group_never_begins(void **state)
{
    (void)state;
    struct flow flow = udp_half(5353, 5353, 10);
    flow.initiator = ip_from_v4(0xe00000fb);
    flow.responder = host(CLIENT);
    give(flow);
    check_initiator(CLIENT, true);
}

static void an_answer_of_icmp_alone_is_turned(void **state)
{
    (void)state;
    struct flow answer = udp_half(0, 0, 10); /* echo reply */
    answer.protocol = PROTOCOL_ICMP;
    give(answer);
    check_initiator(SERVER, true);
    check_equal(out[0].forward.packets, 0);
}

static void all_slices_have_the_same_initiator(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++) {
        struct flow flow = half_from(SERVER, CLIENT, 60 * i, 60 * i + 60);
        flow.initiator_port = 2000; /* nothing to tell by but who was first */
        flow.responder_port = 2000;
        flow.forward.tcp_flags = TCP_ACK;
        struct flow answer = answer_to(flow, i % 2 ? -5 : 5);
        give(flow);
        give(answer);
    }
    mediate_finish(mediate);
    check_equal(out_count, 2);
    struct ip_address server = host(SERVER);
    for (size_t i = 0; i < out_count; i++)
        check(ip_equal(&out[i].initiator, &server));
    check_account();
}

MEDIATE_TESTS(MEDIATE_TEST(an_exporter_of_bidirectional_flows_is_believed),
              MEDIATE_TEST(a_side_that_never_acknowledged_opened),
              MEDIATE_TEST(flags_of_the_first_packet_tell_who_opened),
              MEDIATE_TEST(who_spoke_clearly_first_is_the_initiator),
              MEDIATE_TEST(a_difference_below_the_resolution_tells_nothing),
              MEDIATE_TEST(times_of_two_exporters_are_a_second_apart_or_nothing),
              MEDIATE_TEST(times_of_samples_tell_nothing),
              MEDIATE_TEST(times_amid_a_connection_tell_nothing),
              MEDIATE_TEST(a_lone_half_from_a_server_s_port_is_turned),
              MEDIATE_TEST(ports_of_one_class_leave_it_at_who_was_seen_first),
              MEDIATE_TEST(a_group_never_begins),
              MEDIATE_TEST(an_answer_of_icmp_alone_is_turned),
              MEDIATE_TEST(all_slices_have_the_same_initiator))
