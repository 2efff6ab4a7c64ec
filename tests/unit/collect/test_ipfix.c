// SPDX-License-Identifier: Apache-2.0
#include "exports.h"

/* A flow as most exporters tell it. */
#define USUAL_FIELDS 8, 4, 12, 4, 7, 2, 11, 2, 4, 1, 6, 1, 1, 4, 2, 4, 152, 8, 153, 8

static void put_usual_numbered(struct built *built, unsigned i)
{
    put(built, 0x0a010000 + i, 4);
    put(built, 0xc6336402, 4);
    put(built, 40000 + i, 2);
    put(built, 443, 2);
    put(built, 6, 1);
    put(built, TCP_SYN, 1);
    put(built, 1000 + i, 4);
    put(built, 10, 4);
    put(built, (uint64_t)EXPORT_S * 1000 - 3000, 8);
    put(built, (uint64_t)EXPORT_S * 1000 - 1000, 8);
}

static void build_usual(struct built *built, unsigned records)
{
    start10(built, 0);
    open_set(built, 2);
    PUT_TEMPLATE(built, 256, USUAL_FIELDS);
    close_set(built);
    open_set(built, 256);
    for (unsigned i = 0; i < records; i++)
        put_usual_numbered(built, i);
    close_set(built);
    finish10(built);
}

/* One template 256 of these fields and one record. */
#define BUILD_ONE(built, record, ...)                  \
    do {                                               \
        start10(built, 0);                             \
        open_set(built, 2);                            \
        PUT_TEMPLATE(built, 256, __VA_ARGS__);         \
        close_set(built);                              \
        open_set(built, 256);                          \
        put_octets(built, record, sizeof(record) - 1); \
        close_set(built);                              \
        finish10(built);                               \
    } while (0)

#define ENDS "\xc0\0\2\1\xc6\x33\x64\2"

static void records_become_flows_in_order(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    build_usual(&built, 100);
    receive(taken, &built);
    check_equal(taken->flow_count, 100);
    for (unsigned i = 0; i < 100; i++) {
        const struct flow *flow = &taken->flows[i];
        check_equal(ip_to_v4(&flow->initiator), 0x0a010000 + i);
        check_address(&flow->responder, "198.51.100.2");
        check_equal(flow->initiator_port, 40000 + i);
        check_equal(flow->responder_port, 443);
        check_equal(flow->protocol, 6);
        check_equal(flow->forward.octets, 1000 + i);
        check_equal(flow->forward.packets, 10);
        check_equal(flow->forward.tcp_flags, TCP_SYN);
        check_equal(flow->tcp, FLOW_TCP_ATTEMPT);
        check_equal(flow->forward.last_ns, (EXPORT_S - 1) * TIME_SECOND_NS);
        check_equal(flow->forward.first_ns, (EXPORT_S - 3) * TIME_SECOND_NS);
        check_equal(flow->observation.sampling, SAMPLING_UNKNOWN);
    }
    check_equal(view_of(taken, 0).records, 100);
    check_equal(view_of(taken, 0).templates_held, 1);
    stop_collecting(taken);
}

static void every_shorter_message_is_truncated(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    build_usual(&built, 3);
    for (size_t len = 2; len < built.len; len++) {
        uint64_t before = counted(taken, "truncated");
        receive_from(taken, (struct bytes){ built.at, len }, 0x0a000001, MESSAGE_UDP);
        check_equal(counted(taken, "truncated"), before + 1);
    }
    check_equal(taken->flow_count, 0);
    stop_collecting(taken);
}

static void netflow9_reads_the_same_records(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    start9(&built, 1);
    open_set(&built, 0);
    PUT_TEMPLATE(&built, 300, 27, 16, 28, 16, 7, 2, 11, 2, 4, 1, 1, 3, 2, 2, 22, 4, 21, 4);
    close_set(&built);
    open_set(&built, 300);
    put_octets(&built, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
    put_octets(&built, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 16);
    put(&built, 53, 2);
    put(&built, 5353, 2);
    put(&built, 17, 1);
    put(&built, 70000, 3); /* reduced-size */
    put(&built, 9, 2);
    put(&built, UPTIME_MS - 5000, 4);
    put(&built, UPTIME_MS - 2000, 4);
    put(&built, 0, 2); /* padding */
    close_set(&built);
    receive(taken, &built);
    check_equal(taken->flow_count, 1);
    const struct flow *flow = &taken->flows[0];
    check_address(&flow->initiator, "2001:db8::1");
    check_address(&flow->responder, "2001:db8::2");
    check_equal(flow->version, 6);
    check_equal(flow->forward.octets, 70000);
    check_equal(flow->forward.packets, 9);
    check_equal(flow->forward.first_ns, (EXPORT_S - 5) * TIME_SECOND_NS);
    check_equal(flow->forward.last_ns, (EXPORT_S - 2) * TIME_SECOND_NS);
    check_equal(flow->observation.time, TIME_UPTIME);
    check_equal(counted(taken, "length") + counted(taken, "truncated"), 0);
    stop_collecting(taken);
}

static void lying_lengths_are_refused(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    build_usual(&built, 1);
    put_at(&built, 2, 15); /* shorter than its own header */
    receive(taken, &built);
    check_equal(counted(taken, "length"), 1);
    const unsigned lies[] = { 0, 1, 3, 65535 };
    for (size_t i = 0; i < 4; i++) {
        build_usual(&built, 1);
        put_at(&built, built.set + 2, lies[i]);
        receive(taken, &built);
        check_equal(counted(taken, "length"), 2 + i);
        check_equal(taken->flow_count, 0);
    }
    stop_collecting(taken);
}

static void reserved_set_numbers_are_refused_and_the_next_set_read(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    start10(&built, 0);
    open_set(&built, 4);
    put(&built, 1, 4);
    close_set(&built);
    open_set(&built, 2);
    PUT_TEMPLATE(&built, 256, USUAL_FIELDS);
    close_set(&built);
    finish10(&built);
    receive(taken, &built);
    check_equal(counted(taken, "value"), 1);
    check_equal(view_of(taken, 0).templates_held, 1);
    stop_collecting(taken);
}

static void variable_lengths_of_one_and_three_octets_are_read(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    BUILD_ONE(&built, ENDS "\5hello\xff\0\3abc\0\0\0\x10\0\0\0\2", 8, 4, 12, 4, 82, 65535, 83,
              65535, 1, 4, 2, 4);
    receive(taken, &built);
    check_equal(taken->flow_count, 1);
    check_equal(taken->flows[0].forward.octets, 16);
    check_equal(taken->flows[0].forward.packets, 2);
    stop_collecting(taken);
}

static void a_variable_length_beyond_its_set_is_truncated(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    BUILD_ONE(&built, ENDS "\0\0\0\x10\0\0\0\2\6hello", 8, 4, 12, 4, 1, 4, 2, 4, 82, 65535);
    receive(taken, &built);
    check_equal(taken->flow_count, 0);
    check_equal(counted(taken, "truncated"), 1);
    stop_collecting(taken);
}

static void a_biflow_has_two_halves(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    BUILD_ONE(&built, ENDS "\0\0\0\x40\0\0\0\2\x02\0\0\1\0\0\0\0\3\x12", 8, 4, 12, 4, 1, 4, 2,
              4, 6, 1, 0x8001, 4, 29305, 0x8002, 4, 29305, 0x8006, 1, 29305);
    /* The record lacks nothing: 8 + 8 + 1 + 4 + 4 + 1 octets. */
    receive(taken, &built);
    check_equal(taken->flow_count, 1);
    const struct flow *flow = &taken->flows[0];
    check_equal(flow->forward.octets, 64);
    check_equal(flow->forward.tcp_flags, 2);
    check_equal(flow->reverse.octets, 256);
    check_equal(flow->reverse.packets, 3);
    check_equal(flow->reverse.tcp_flags, 0x12);
    check_equal(flow->reverse.first_ns, flow->forward.first_ns);
    stop_collecting(taken);
}

static void the_way_back_alone_leaves_the_forward_half_empty(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    BUILD_ONE(&built, ENDS "\0\0\0\0\0\0\0\0\0\0\0\x80\0\0\0\2", 8, 4, 12, 4, 231, 4, 298, 4,
              232, 4, 299, 4);
    receive(taken, &built);
    check_equal(taken->flow_count, 1);
    check_equal(taken->flows[0].forward.packets, 0);
    check_equal(taken->flows[0].forward.first_ns, 0);
    check_equal(taken->flows[0].reverse.octets, 128);
    stop_collecting(taken);
}

static void a_reverse_initiator_is_turned(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    BUILD_ONE(&built, ENDS "\0\0\0\x40\0\0\0\2\2", 8, 4, 12, 4, 1, 4, 2, 4, 239, 1);
    receive(taken, &built);
    check_address(&taken->flows[0].initiator, "198.51.100.2");
    check_equal(taken->flows[0].reverse.octets, 64);
    check_equal(taken->flows[0].forward.packets, 0);
    stop_collecting(taken);
}

static void counters_after_a_middlebox_stand_in_only_for_want_of_others(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    BUILD_ONE(&built, ENDS "\0\0\0\x40\0\0\0\2\0\0\0\x41\0\0\0\3", 8, 4, 12, 4, 1, 4, 2, 4, 23,
              4, 24, 4);
    receive(taken, &built);
    check_equal(taken->flows[0].forward.octets, 64);
    check_equal(taken->flows[0].reverse.packets, 0);
    BUILD_ONE(&built, ENDS "\0\0\0\0\0\0\0\0\0\0\0\x41\0\0\0\3", 8, 4, 12, 4, 1, 4, 2, 4, 23, 4,
              24, 4);
    receive(taken, &built);
    check_equal(taken->flows[1].forward.octets, 65);
    check_equal(taken->flows[1].forward.packets, 3);
    stop_collecting(taken);
}

static void nprobe_counts_the_way_back_in_them(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    BUILD_ONE(&built, ENDS "\0\0\0\x40\0\0\0\2\0\0\0\x41\0\0\0\3\0\7", 8, 4, 12, 4, 1, 4, 2, 4,
              23, 4, 24, 4, 0x8000 | 118, 2, 35632);
    receive(taken, &built);
    check_equal(taken->flows[0].forward.octets, 64);
    check_equal(taken->flows[0].reverse.octets, 65);
    check_equal(taken->flows[0].reverse.packets, 3);
    stop_collecting(taken);
}

static void a_created_event_is_no_flow_and_a_denied_one_is(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    BUILD_ONE(&built, ENDS "\1", 8, 4, 12, 4, 233, 1);
    receive(taken, &built);
    check_equal(taken->flow_count, 0);
    check_equal(counted(taken, "event"), 1);
    BUILD_ONE(&built, ENDS "\3", 8, 4, 12, 4, 233, 1);
    receive(taken, &built);
    check_equal(taken->flow_count, 1);
    check_equal(taken->flows[0].forward.packets, 1);
    check_equal(taken->flows[0].forward.octets, 0);
    stop_collecting(taken);
}

static void octets_without_packets_are_one_packet_at_least(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    BUILD_ONE(&built, ENDS "\0\0\0\x40", 8, 4, 12, 4, 1, 4);
    receive(taken, &built);
    check_equal(taken->flows[0].forward.packets, 1);
    BUILD_ONE(&built, ENDS "\0\0\0\0\0\0\0\0", 8, 4, 12, 4, 1, 4, 2, 4);
    receive(taken, &built);
    check_equal(taken->flow_count, 1);
    check_equal(counted(taken, "counts nothing"), 1);
    stop_collecting(taken);
}

static void the_family_that_is_zero_is_not_taken(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    BUILD_ONE(&built,
              "\0\0\0\0\0\0\0\0"
              "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2"
              "\0\0\0\1",
              8, 4, 12, 4, 27, 16, 28, 16, 2, 4);
    receive(taken, &built);
    check_address(&taken->flows[0].initiator, "2001:db8::1");
    check_equal(taken->flows[0].version, 6);
    stop_collecting(taken);
}

static void a_key_told_twice_is_that_of_what_a_tunnel_carries(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    BUILD_ONE(&built,
              "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
              "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2"
              "\0\0\0\0\4\0\0\0\2\0\0\0\x50" ENDS "\x10\x92\3\x5e\x11\0",
              27, 16, 28, 16, 7, 2, 11, 2, 4, 1, 2, 4, 1, 4, 8, 4, 12, 4, 7, 2, 11, 2, 4, 1, 6,
              1);
    receive(taken, &built);
    const struct flow *flow = &taken->flows[0];
    check_address(&flow->initiator, "192.0.2.1");
    check_address(&flow->responder, "198.51.100.2");
    check_equal(flow->initiator_port, 4242);
    check_equal(flow->responder_port, 862);
    check_equal(flow->protocol, PROTOCOL_UDP);
    check_equal(flow->forward.packets, 2);
    stop_collecting(taken);
}

static void times_come_in_every_form(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    const uint64_t ntp = ((uint64_t)(EXPORT_S - 2) + 2208988800) << 32 | 0x80000000;
    const struct {
        unsigned first, last, octets;
        uint64_t value;
        int64_t expected;
    } forms[] = {
        { 150, 151, 4, EXPORT_S - 2, (EXPORT_S - 2) * TIME_SECOND_NS },
        { 152, 153, 8, EXPORT_S * 1000ULL - 2500, EXPORT_S * TIME_SECOND_NS - 2500000000 },
        { 154, 155, 8, ntp, (EXPORT_S - 2) * TIME_SECOND_NS + 500000000 },
        { 156, 157, 8, ntp, (EXPORT_S - 2) * TIME_SECOND_NS + 500000000 },
        { 158, 159, 4, 1500000, EXPORT_S * TIME_SECOND_NS - 1500000000 },
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        start10(&built, (uint32_t)i);
        open_set(&built, 2);
        PUT_TEMPLATE(&built, 256, 8, 4, 12, 4, 2, 4, forms[i].first, forms[i].octets,
                     forms[i].last, forms[i].octets);
        close_set(&built);
        open_set(&built, 256);
        put_octets(&built, ENDS "\0\0\0\1", 12);
        put(&built, forms[i].value, forms[i].octets);
        put(&built, forms[i].value, forms[i].octets);
        close_set(&built);
        finish10(&built);
        receive(taken, &built);
        check_equal(taken->flow_count, i + 1);
        check_equal(taken->flows[i].forward.first_ns, forms[i].expected);
        check_equal(taken->flows[i].forward.last_ns, forms[i].expected);
    }
    stop_collecting(taken);
}

static void icmp_comes_in_one_number_or_in_two(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    BUILD_ONE(&built, ENDS "\1\0\0\0\1\3\4", 8, 4, 12, 4, 4, 1, 2, 4, 32, 2);
    receive(taken, &built);
    check_equal(taken->flows[0].responder_port, 0x0304);
    BUILD_ONE(&built, ENDS "\1\0\0\0\1\3\4", 8, 4, 12, 4, 4, 1, 2, 4, 176, 1, 177, 1);
    receive(taken, &built);
    check_equal(taken->flows[1].responder_port, 0x0304);
    stop_collecting(taken);
}

static void a_rate_in_options_data_counts_for_its_selector(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    start10(&built, 0);
    open_set(&built, 3);
    put(&built, 300, 2);
    put(&built, 3, 2);                                        /* fields */
    put(&built, 1, 2);                                        /* scopes */
    put_octets(&built, "\1\x2e\0\1\1\x31\0\4\1\x32\0\4", 12); /* 302, 305, 306 */
    close_set(&built);
    open_set(&built, 300);
    put_octets(&built, "\5\0\0\0\1\0\0\3\xe7", 9);
    close_set(&built);
    open_set(&built, 2);
    PUT_TEMPLATE(&built, 256, 8, 4, 12, 4, 2, 4, 302, 1);
    close_set(&built);
    open_set(&built, 256);
    put_octets(&built, ENDS "\0\0\0\1\5", 13);
    close_set(&built);
    finish10(&built);
    receive(taken, &built);
    check_equal(taken->flow_count, 1);
    check_equal(taken->flows[0].observation.rate, 1000);
    check_equal(taken->flows[0].observation.sampling, SAMPLING_OPTIONS);
    check_equal(view_of(taken, 0).options_records, 1);
    stop_collecting(taken);
}

static void a_rate_in_the_record_counts_for_it(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    BUILD_ONE(&built, ENDS "\0\0\0\1\0\0\0\1\0\0\0\x63", 8, 4, 12, 4, 2, 4, 305, 4, 306, 4);
    receive(taken, &built);
    check_equal(taken->flows[0].observation.rate, 100);
    check_equal(taken->flows[0].observation.sampling, SAMPLING_RECORD);
    stop_collecting(taken);
}

static void a_packet_section_becomes_a_sample(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    BUILD_ONE(&built, "\0\x64\5\x45head", 312, 2, 313, 65535);
    receive(taken, &built);
    check_equal(taken->flow_count, 0);
    check_equal(taken->sample_count, 1);
    check_equal(taken->samples[0].frame.link, LINK_RAW);
    check_equal(taken->samples[0].frame.captured.len, 5);
    check_equal(taken->samples[0].frame.wire_len, 100);
    BUILD_ONE(&built, "\0\2\0\0", 408, 2, 315, 2); /* of a wireless frame */
    receive(taken, &built);
    check_equal(taken->sample_count, 1);
    check_equal(counted(taken, "section not decodable"), 1);
    stop_collecting(taken);
}

static void names_become_facts(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    BUILD_ONE(&built, ENDS "\0\0\0\1\x0cWWW.Example.", 8, 4, 12, 4, 2, 4, 0x8000 | 188, 65535,
              35632);
    receive(taken, &built);
    check_equal(taken->flow_count, 1);
    check(taken->flows[0].facts != NULL);
    check_equal(taken->facts[0].kind, FACT_TLS_CLIENT);
    check_text(fact_server_name(&taken->facts[0]), "www.example");
    stop_collecting(taken);
}

/* A list (RFC 6313) which names its own template, or claims to be longer than it is, leads
 * nowhere. */
static void structured_data_that_lies_is_passed_over_by_its_length(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    BUILD_ONE(&built,
              ENDS "\x0b\xff\1\0\1\0\1\0\xff\xff\xff\xff" /* its own template */
                   "\6\3\0\x52\xff\xff\xff"               /* a length that lies */
                   "\0\0\0\7",
              8, 4, 12, 4, 293, 65535, 291, 65535, 2, 4);
    receive(taken, &built);
    check_equal(taken->flow_count, 1);
    check_equal(taken->flows[0].forward.packets, 7);
    check_equal(counted(taken, "truncated"), 0);
    stop_collecting(taken);
}

static void records_without_addresses_are_counted(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    BUILD_ONE(&built, "\0\0\0\1", 2, 4);
    receive(taken, &built);
    check_equal(taken->flow_count, 0);
    check_equal(counted(taken, "without addresses"), 1);
    stop_collecting(taken);
}

static void a_full_message_of_the_least_records_is_read_once(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    start10(&built, 0);
    open_set(&built, 2);
    PUT_TEMPLATE(&built, 256, 4, 1);
    close_set(&built);
    open_set(&built, 256);
    while (built.len < EXPORT_MAX)
        put(&built, 6, 1);
    close_set(&built);
    finish10(&built);
    receive(taken, &built);
    check_equal(view_of(taken, 0).records, EXPORT_MAX - 16 - 12 - 4);
    stop_collecting(taken);
}

TESTS(TEST(records_become_flows_in_order), TEST(every_shorter_message_is_truncated),
      TEST(netflow9_reads_the_same_records), TEST(lying_lengths_are_refused),
      TEST(reserved_set_numbers_are_refused_and_the_next_set_read),
      TEST(variable_lengths_of_one_and_three_octets_are_read),
      TEST(a_variable_length_beyond_its_set_is_truncated), TEST(a_biflow_has_two_halves),
      TEST(the_way_back_alone_leaves_the_forward_half_empty),
      TEST(a_reverse_initiator_is_turned),
      TEST(counters_after_a_middlebox_stand_in_only_for_want_of_others),
      TEST(nprobe_counts_the_way_back_in_them),
      TEST(a_created_event_is_no_flow_and_a_denied_one_is),
      TEST(octets_without_packets_are_one_packet_at_least),
      TEST(the_family_that_is_zero_is_not_taken),
      TEST(a_key_told_twice_is_that_of_what_a_tunnel_carries), TEST(times_come_in_every_form),
      TEST(icmp_comes_in_one_number_or_in_two),
      TEST(a_rate_in_options_data_counts_for_its_selector),
      TEST(a_rate_in_the_record_counts_for_it), TEST(a_packet_section_becomes_a_sample),
      TEST(names_become_facts), TEST(structured_data_that_lies_is_passed_over_by_its_length),
      TEST(records_without_addresses_are_counted),
      TEST(a_full_message_of_the_least_records_is_read_once))
