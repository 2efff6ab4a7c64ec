// SPDX-License-Identifier: Apache-2.0
#include "evaluate/perturb.h"

#include <math.h>
#include <stdlib.h>

#include "base/time.h"
#include "check.h"
#include "units.h"

static struct perturb_room room;

static struct flow flow_of(uint64_t packets)
{
    struct flow flow = { .initiator = address("10.0.0.5"),
                         .responder = address("192.0.2.1"),
                         .initiator_port = 40000,
                         .responder_port = 443,
                         .protocol = 6,
                         .observation = { .rate = 1 } };
    flow.forward = (struct flow_half){ .packets = packets,
                                       .octets = packets * 1000,
                                       .first_ns = TIME_SECOND_NS,
                                       .last_ns = 101 * TIME_SECOND_NS,
                                       .tcp_flags = 0x12 };
    return flow;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct ip_address));
}

static bool are_all_different(struct ip_address *list, size_t count)
{
    qsort(list, count, sizeof *list, compare);
    for (size_t i = 1; i < count; i++) {
        if (ip_equal(&list[i], &list[i - 1]))
            return false;
    }
    return true;
}

static void permuting_is_a_bijection_within_the_kind(void **state)
{
    (void)state;
    enum { COUNT = 4096 };
    static struct ip_address list[COUNT];
    for (int keeps = 0; keeps < 2; keeps++) {
        const struct perturbation how = { .seed = 3,
                                          .permutes = true,
                                          .keeps_networks = keeps };
        for (uint32_t i = 0; i < COUNT; i++) {
            struct ip_address from = ip_from_v4(0xc0a80000 + i * 7);
            list[i] = perturb_address(&how, &from);
            check_equal(ip_to_v4(&list[i]) >> 16, 0xc0a8);
        }
        check(are_all_different(list, COUNT));
        for (uint32_t i = 0; i < COUNT; i++) {
            struct ip_address from = ip_from_v4(0x08080000 + i * 13);
            list[i] = perturb_address(&how, &from);
            check(!ip_is_internal(&list[i]) && !ip_is_multicast(&list[i]));
        }
        check(are_all_different(list, COUNT));
    }
}

static void networks_stay_networks_when_they_are_to(void **state)
{
    (void)state;
    const struct perturbation how = { .seed = 3, .permutes = true, .keeps_networks = true };
    struct ip_address a = address("203.0.113.5"), b = address("203.0.113.200");
    a = perturb_address(&how, &a);
    b = perturb_address(&how, &b);
    check_equal(ip_to_v4(&a) >> 8, ip_to_v4(&b) >> 8);
    check(ip_to_v4(&a) >> 8 != 0xcb0071);
}

static void own_networks_are_permuted_within_themselves(void **state)
{
    (void)state;
    struct perturbation how = { .seed = 3, .permutes = true, .own_count = 1 };
    check(ip_prefix_read(BYTES("198.51.100.0/24"), &how.own[0]));
    for (uint32_t i = 0; i < 256; i++) {
        struct ip_address from = ip_from_v4(0xc6336400 + i);
        struct ip_address to = perturb_address(&how, &from);
        check(ip_prefix_holds(&how.own[0], &to));
    }
    for (uint32_t i = 0; i < 100000; i += 37) {
        struct ip_address from = ip_from_v4(0x08000000 + i), to = perturb_address(&how, &from);
        check(!ip_prefix_holds(&how.own[0], &to));
    }
}

static void the_same_seed_gives_the_same(void **state)
{
    (void)state;
    const struct perturbation how = { .seed = 5, .rate = 10 };
    struct flow flow = flow_of(100), a, b;
    check(perturb_flow(&how, 3, &flow, &room, &a));
    check(perturb_flow(&how, 3, &flow, &room, &b));
    check_equal(a.forward.packets, b.forward.packets);
    check_equal(a.forward.first_ns, b.forward.first_ns);
}

static void thinning_keeps_the_share_of_packets(void **state)
{
    (void)state;
    uint64_t packets = 0, octets = 0, flows = 0;
    const struct perturbation how = { .seed = 5, .rate = 10 };
    for (uint64_t i = 0; i < 20000; i++) {
        struct flow flow = flow_of(5), out;
        if (!perturb_flow(&how, i, &flow, &room, &out))
            continue;
        packets += out.forward.packets;
        octets += out.forward.octets;
        flows++;
        check_equal(out.observation.rate, 10);
        check(out.forward.first_ns <= out.forward.last_ns);
        check(out.forward.first_ns >= TIME_SECOND_NS);
        check(out.forward.last_ns <= 101 * TIME_SECOND_NS);
    }
    /* 100,000 packets, one in 10: 10,000 with a deviation of 95; a flow of 5 is seen with
     * 1 - 0.9^5 = 0.4095. */
    check(llabs((long long)packets - 10000) < 400);
    check_equal(octets, packets * 1000);
    check(llabs((long long)flows - 8190) < 300);
}

static void large_flows_are_thinned_as_well(void **state)
{
    (void)state;
    const struct perturbation how = { .seed = 9, .rate = 100 };
    struct flow flow = flow_of(1000000), out;
    check(perturb_flow(&how, 1, &flow, &room, &out));
    check(llabs((long long)out.forward.packets - 10000) < 600);
}

static void packets_that_were_sampled_already_are_not_thinned_again(void **state)
{
    (void)state;
    const struct perturbation how = { .seed = 9, .rate = 100, .is_sampled = true };
    struct flow flow = flow_of(3), out;
    check(perturb_flow(&how, 1, &flow, &room, &out));
    check_equal(out.forward.packets, 3);
    check_equal(out.observation.rate, 100);
}

static void ports_go_but_types_of_icmp_stay(void **state)
{
    (void)state;
    const struct perturbation how = { .seed = 1, .drops_ports = true };
    struct flow flow = flow_of(3), out;
    check(perturb_flow(&how, 0, &flow, &room, &out));
    check_equal(out.responder_port, 0);
    flow.protocol = 1;
    flow.responder_port = 0x0800;
    check(perturb_flow(&how, 0, &flow, &room, &out));
    check_equal(out.responder_port, 0x0800);
}

static void times_are_held_at_their_ends(void **state)
{
    (void)state;
    const struct perturbation how = { .seed = 1, .shift_ns = INT64_MAX };
    struct flow flow = flow_of(3), out;
    check(perturb_flow(&how, 0, &flow, &room, &out));
    check_equal(out.forward.last_ns, INT64_MAX);
}

static void loss_takes_its_share(void **state)
{
    (void)state;
    const struct perturbation how = { .seed = 1, .loss = 0.05 };
    unsigned kept = 0;
    struct flow flow = flow_of(3), out;
    for (uint64_t i = 0; i < 10000; i++)
        kept += perturb_flow(&how, i, &flow, &room, &out);
    check(abs((int)kept - 9500) < 90);
}

static void clocks_err_by_exporter_and_within_bounds(void **state)
{
    (void)state;
    const struct perturbation how = { .seed = 1, .clock_error_ns = 30 * TIME_SECOND_NS };
    struct flow flow = flow_of(3), a, b;
    check(perturb_flow(&how, 0, &flow, &room, &a));
    check(perturb_flow(&how, 99, &flow, &room, &b));
    check_equal(a.forward.first_ns, b.forward.first_ns);
    check(a.forward.first_ns != flow.forward.first_ns);
    check(llabs(a.forward.first_ns - flow.forward.first_ns) <= 30 * TIME_SECOND_NS);
}

static void answers_are_permuted_with_their_flows(void **state)
{
    (void)state;
    const struct perturbation how = { .seed = 3, .permutes = true };
    static struct fact fact = { .kind = FACT_DNS };
    fact.dns.answer_count = 1;
    fact.dns.answers[0].address = address("192.0.2.1");
    struct flow flow = flow_of(3), out;
    flow.facts = &fact;
    check(perturb_flow(&how, 0, &flow, &room, &out));
    check(ip_equal(&out.facts->dns.answers[0].address, &out.responder));
    check(!ip_equal(&out.responder, &flow.responder));
}

TESTS(TEST(permuting_is_a_bijection_within_the_kind),
      TEST(networks_stay_networks_when_they_are_to),
      TEST(own_networks_are_permuted_within_themselves), TEST(the_same_seed_gives_the_same),
      TEST(thinning_keeps_the_share_of_packets), TEST(large_flows_are_thinned_as_well),
      TEST(packets_that_were_sampled_already_are_not_thinned_again),
      TEST(ports_go_but_types_of_icmp_stay), TEST(times_are_held_at_their_ends),
      TEST(loss_takes_its_share), TEST(clocks_err_by_exporter_and_within_bounds),
      TEST(answers_are_permuted_with_their_flows))
