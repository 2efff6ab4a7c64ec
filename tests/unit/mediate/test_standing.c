// SPDX-License-Identifier: Apache-2.0
#include "check_mediate.h"

static struct flow seen_by(uint32_t exporter, uint32_t interface)
{
    struct flow flow = half_from(1, 2, 10, 20);
    flow.observation.exporter = exporter;
    flow.observation.ingress = interface;
    return flow;
}

static void a_flow_seen_by_two_exporters_counts_once(void **state)
{
    (void)state;
    give(seen_by(2, 1));
    give(seen_by(1, 1));
    finish(1);
    check_equal(out[0].forward.packets, 10);
    check_equal(out[0].observation.observers, 2);
    check_equal(out[0].observation.exporter, 1); /* a tie: the lower number */
    check_equal(counted("other_exporter"), 1);
}

static void the_larger_count_stands(void **state)
{
    (void)state;
    struct flow lossy = seen_by(1, 1);
    lossy.forward.packets = 9;
    give(lossy);
    give(seen_by(2, 1));
    finish(1);
    check_equal(out[0].forward.packets, 10);
    check_equal(out[0].observation.exporter, 2);
}

static void what_enters_a_router_and_leaves_it_counts_once(void **state)
{
    (void)state;
    struct flow entering = seen_by(1, 1), leaving = entering;
    leaving.observation.direction = OBSERVED_EGRESS;
    leaving.forward.packets = 11;
    give(leaving);
    give(entering);
    finish(1);
    check_equal(out[0].forward.packets, 10); /* as it came in */
    check_equal(out[0].observation.direction, OBSERVED_INGRESS);
    check_equal(out[0].observation.observers, 2);
    check_equal(counted("leaving_too"), 1);
}

static void a_way_there_and_back_through_one_router_counts_once(void **state)
{
    (void)state;
    give(seen_by(1, 1));
    give(seen_by(2, 1));
    give(seen_by(1, 5)); /* A, B, and A again */
    finish(1);
    check_equal(out[0].forward.packets, 10);
    check_equal(out[0].observation.observers, 3);
    check_equal(counted("other_interface"), 1);
    check_equal(counted("other_exporter"), 1);
}

static void slices_of_two_observers_with_other_timeouts_count_once(void **state)
{
    (void)state;
    struct flow flow = seen_by(1, 1);
    flow.forward.tcp_flags = TCP_ACK;
    flow.forward.packets = 60;
    for (int i = 0; i < 2; i++) { /* a minute each */
        flow.forward.first_ns = i * 60 * TIME_SECOND_NS;
        flow.forward.last_ns = (i + 1) * 60 * TIME_SECOND_NS;
        give(flow);
    }
    flow.observation.exporter = 2;
    flow.forward.packets = 40;
    for (int i = 0; i < 3; i++) { /* 40 s each */
        flow.forward.first_ns = i * 40 * TIME_SECOND_NS;
        flow.forward.last_ns = (i + 1) * 40 * TIME_SECOND_NS;
        give(flow);
    }
    finish(1);
    check_equal(out[0].forward.packets, 120);
    check_equal(counted("slice_joined"), 1);
    check_equal(counted("other_exporter"), 3);
}

static void a_path_that_changed_adds_up(void **state)
{
    (void)state;
    struct flow before = seen_by(1, 1), after = seen_by(2, 1);
    after.forward.first_ns = 21 * TIME_SECOND_NS;
    after.forward.last_ns = 40 * TIME_SECOND_NS;
    before.forward.tcp_flags = after.forward.tcp_flags = TCP_ACK;
    give(before);
    give(after);
    finish(1);
    check_equal(out[0].forward.packets, 20);
    check_equal(out[0].forward.last_ns, 40 * TIME_SECOND_NS);
    check_equal(counted("path_changed"), 1);
}

static void samples_of_two_observers_never_add_up(void **state)
{
    (void)state;
    struct flow before = seen_by(1, 1), after = seen_by(2, 1);
    after.forward.first_ns = after.forward.last_ns = 40 * TIME_SECOND_NS;
    before.forward.tcp_flags = after.forward.tcp_flags = TCP_ACK;
    before.observation.rate = after.observation.rate = 100;
    give(before);
    give(after);
    finish(1);
    check_equal(out[0].forward.packets, 10);
    check_equal(counted("other_exporter"), 1);
}

static void the_most_exact_observer_stands(void **state)
{
    (void)state;
    static const uint32_t rates[] = { 0, 1000, 100 }; /* an unknown rate is the worst */
    for (uint32_t i = 0; i < 3; i++) {
        struct flow flow = seen_by(i + 1, 1);
        flow.observation.rate = rates[i];
        give(flow);
    }
    finish(1);
    check_equal(out[0].observation.rate, 100);
    check_equal(out[0].observation.observers, 3);
}

static void a_rate_that_changes_begins_a_slice(void **state)
{
    (void)state;
    struct flow flow = seen_by(1, 1);
    flow.observation.rate = 100;
    give(flow);
    give(flow);
    flow.observation.rate = 200;
    give(flow);
    finish(2);
    check_equal(out[0].observation.rate, 100);
    check_equal(out[0].forward.packets, 20);
    check(out[0].continues);
    check_equal(out[1].observation.rate, 200);
    check_equal(out[1].forward.packets, 10);
    check_equal(out[1].slice, 1);
    check_equal(counted("rate_changed"), 1);
}

static void halves_of_unlike_rates_stay_apart(void **state)
{
    (void)state;
    struct flow flow = seen_by(1, 1), answer = answer_to(flow, 0.05);
    answer.observation.exporter = 2;
    answer.observation.rate = 100;
    give(flow);
    give(answer);
    finish(2);
    for (size_t i = 0; i < 2; i++) {
        check(ip_equal(&out[i].initiator, &flow.initiator));
        check(out[i].observation.rate == (out[i].forward.packets > 0 ? 1 : 100));
        check((out[i].forward.packets > 0) != (out[i].reverse.packets > 0));
        check_equal(out[i].tcp, FLOW_TCP_CLOSED);
    }
    check_equal(counted("kept_apart_by_rate"), 1);
}

static void further_observers_are_counted(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 7; i++)
        give(seen_by(i + 1, 1));
    finish(1);
    check_equal(out[0].forward.packets, 10);
    check_equal(out[0].observation.observers, UINT8_MAX);
    check_equal(counted("further_observers"), 3);
}

/* Two exporters tell of the same hour a minute at a time, the second half a minute later. */
static void both_tell_of_an_hour(uint32_t first, uint32_t second)
{
    for (int i = 0; i < 61; i++) {
        struct flow flow = seen_by(first, 1);
        flow.forward.tcp_flags = TCP_ACK;
        flow.forward.first_ns = i * 60 * TIME_SECOND_NS;
        flow.forward.last_ns = (i + 1) * 60 * TIME_SECOND_NS;
        if (i < 60)
            give(flow);
        flow.observation.exporter = second;
        flow.forward.first_ns -= 60 * TIME_SECOND_NS;
        flow.forward.last_ns -= 60 * TIME_SECOND_NS;
        if (i > 0)
            give(flow);
    }
}

static void slices_that_come_after_they_were_handed_on_do_not_count_again(void **state)
{
    (void)state;
    both_tell_of_an_hour(1, 2);
    mediate_finish(mediate);
    check_account();
    uint64_t packets = 0;
    for (size_t i = 0; i < out_count; i++)
        packets += out[i].forward.packets;
    check_equal(packets, 600);
    check(counted("came_late") > 0);
}

static void each_direction_has_its_own_standing_observer(void **state)
{
    (void)state;
    struct flow flow = half_from(1, 2, 10, 20), answer = answer_to(flow, 0.05);
    flow.observation.exporter = 1;
    give(flow);
    give(answer);
    flow.observation.exporter = answer.observation.exporter = 2;
    answer.forward.packets = 25;
    flow.forward.packets = 5;
    give(answer);
    give(flow);
    finish(1);
    check_equal(out[0].forward.packets, 10);
    check_equal(out[0].reverse.packets, 25);
    check_equal(out[0].observation.observers, 2);
}

MEDIATE_TESTS(MEDIATE_TEST(a_flow_seen_by_two_exporters_counts_once),
              MEDIATE_TEST(the_larger_count_stands),
              MEDIATE_TEST(what_enters_a_router_and_leaves_it_counts_once),
              MEDIATE_TEST(a_way_there_and_back_through_one_router_counts_once),
              MEDIATE_TEST(slices_of_two_observers_with_other_timeouts_count_once),
              MEDIATE_TEST(a_path_that_changed_adds_up),
              MEDIATE_TEST(samples_of_two_observers_never_add_up),
              MEDIATE_TEST(the_most_exact_observer_stands),
              MEDIATE_TEST(a_rate_that_changes_begins_a_slice),
              MEDIATE_TEST(halves_of_unlike_rates_stay_apart),
              MEDIATE_TEST(further_observers_are_counted),
              MEDIATE_TEST(slices_that_come_after_they_were_handed_on_do_not_count_again),
              MEDIATE_TEST(each_direction_has_its_own_standing_observer))
