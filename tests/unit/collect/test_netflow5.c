// SPDX-License-Identifier: Apache-2.0
#include "exports.h"

static void start5(struct built *built, unsigned count)
{
    built->len = 0;
    put(built, 5, 2);
    put(built, count, 2);
    put(built, UPTIME_MS, 4);
    put(built, EXPORT_S, 4);
    put(built, 500, 4);    /* nanoseconds */
    put(built, 1, 4);      /* sequence */
    put(built, 0x0102, 2); /* engine */
    put(built, 0x4000 | 100, 2);
}

static void put_record(struct built *built, unsigned protocol, uint32_t packets)
{
    put(built, 0xc0000201, 4);
    put(built, 0xc6336402, 4);
    put(built, 0, 4); /* next hop */
    put(built, 3, 2);
    put(built, 4, 2);
    put(built, packets, 4);
    put(built, packets * 100, 4);
    put(built, UPTIME_MS - 2000, 4);
    put(built, UPTIME_MS - 1000, 4);
    put(built, 50000, 2);
    put(built, protocol == 1 ? 0x0301 : 443, 2);
    put(built, 0, 1);
    put(built, TCP_SYN | TCP_ACK | TCP_FIN, 1);
    put(built, protocol, 1);
    put(built, 0, 9);
}

static void a_record_becomes_a_flow(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    start5(&built, 1);
    put_record(&built, 6, 10);
    receive(taken, &built);
    check_equal(taken->flow_count, 1);
    const struct flow *flow = &taken->flows[0];
    check_address(&flow->initiator, "192.0.2.1");
    check_address(&flow->responder, "198.51.100.2");
    check_equal(flow->initiator_port, 50000);
    check_equal(flow->responder_port, 443);
    check_equal(flow->protocol, 6);
    check_equal(flow->version, 4);
    check_equal(flow->forward.packets, 10);
    check_equal(flow->forward.octets, 1000);
    check_equal(flow->reverse.packets, 0);
    check_equal(flow->forward.last_ns - flow->forward.first_ns, TIME_SECOND_NS);
    check_equal(EXPORT_S * TIME_SECOND_NS + 500 - flow->forward.last_ns, TIME_SECOND_NS);
    check_equal(flow->observation.exporter, 1);
    check_equal(flow->observation.ingress, 3);
    check_equal(flow->observation.egress, 4);
    check_equal(flow->observation.rate, 100);
    check_equal(flow->observation.sampling, SAMPLING_MESSAGE);
    check_equal(flow->observation.time, TIME_UPTIME);
    check_equal(flow->end, FLOW_END_DETECTED);
    check_equal(view_of(taken, 0).domain, 0x0102);
    check_equal(view_of(taken, 0).records, 1);
    stop_collecting(taken);
}

static void every_shorter_message_is_truncated(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    start5(&built, 2);
    put_record(&built, 6, 1);
    put_record(&built, 6, 1);
    for (size_t len = 2; len < built.len; len++) {
        uint64_t before = counted(taken, "truncated");
        receive_from(taken, (struct bytes){ built.at, len }, 0x0a000001, MESSAGE_UDP);
        check_equal(counted(taken, "truncated"), before + 1);
    }
    stop_collecting(taken);
}

static void the_records_before_the_cut_are_read(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    start5(&built, 30);
    put_record(&built, 6, 1);
    put_record(&built, 17, 1);
    receive(taken, &built);
    check_equal(taken->flow_count, 2);
    check_equal(view_of(taken, 0).faults[FAULT_TRUNCATED], 1);
    stop_collecting(taken);
}

static void a_message_without_records_is_refused(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    start5(&built, 0);
    receive(taken, &built);
    check_equal(counted(taken, "value"), 1);
    stop_collecting(taken);
}

static void more_than_a_second_of_nanoseconds_is_refused(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    start5(&built, 1);
    put_record(&built, 6, 1);
    memset(built.at + 12, 0xff, 4);
    receive(taken, &built);
    check_equal(counted(taken, "value"), 1);
    check_equal(taken->flow_count, 0);
    stop_collecting(taken);
}

static void a_record_that_counts_nothing_is_no_flow(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    start5(&built, 1);
    put_record(&built, 6, 0);
    receive(taken, &built);
    check_equal(taken->flow_count, 0);
    check_equal(counted(taken, "counts nothing"), 1);
    stop_collecting(taken);
}

static void the_port_of_icmp_is_its_type_and_code(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    start5(&built, 1);
    put_record(&built, 1, 1);
    receive(taken, &built);
    check_equal(taken->flows[0].initiator_port, 0);
    check_equal(taken->flows[0].responder_port, 0x0301);
    stop_collecting(taken);
}

static void no_rate_in_the_header_is_unknown_and_not_one(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    start5(&built, 1);
    put_record(&built, 6, 1);
    put_at(&built, 22, 0);
    receive(taken, &built);
    check_equal(taken->flows[0].observation.rate, 0);
    check_equal(taken->flows[0].observation.sampling, SAMPLING_UNKNOWN);
    stop_collecting(taken);
}

TESTS(TEST(a_record_becomes_a_flow), TEST(every_shorter_message_is_truncated),
      TEST(the_records_before_the_cut_are_read), TEST(a_message_without_records_is_refused),
      TEST(more_than_a_second_of_nanoseconds_is_refused),
      TEST(a_record_that_counts_nothing_is_no_flow),
      TEST(the_port_of_icmp_is_its_type_and_code),
      TEST(no_rate_in_the_header_is_unknown_and_not_one))
