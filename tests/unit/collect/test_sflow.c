// SPDX-License-Identifier: Apache-2.0
#include "collect/collect.h"

#include <stdlib.h>

#include "collect/sflow_private.h"
#include "collect/view.h"

#include "check.h"

enum { DATAGRAM_MAX = 4096, SAMPLES_MAX = 64 };

/* XDR as it is written: words of four octets. */
struct xdr {
    size_t len;
    uint8_t at[DATAGRAM_MAX];
};

static void put(struct xdr *xdr, uint32_t word)
{
    uint8_t *at = xdr->at + xdr->len;
    at[0] = (uint8_t)(word >> 24);
    at[1] = (uint8_t)(word >> 16);
    at[2] = (uint8_t)(word >> 8);
    at[3] = (uint8_t)word;
    xdr->len += 4;
}

static void put_octets(struct xdr *xdr, const void *octets, size_t len)
{
    memcpy(xdr->at + xdr->len, octets, len);
    xdr->len += len;
}

static void put_opaque(struct xdr *xdr, const void *octets, size_t len)
{
    put(xdr, (uint32_t)len);
    put_octets(xdr, octets, len);
    put_octets(xdr, "\0\0\0", (4 - len % 4) % 4);
}

static void put_part(struct xdr *xdr, uint32_t format, const struct xdr *part)
{
    put(xdr, format);
    put_opaque(xdr, part->at, part->len);
}

/* Datagrams of agent 192.0.2.1, sub-agent 7, ten seconds up. */
static struct xdr head_with(uint32_t version, uint32_t samples)
{
    struct xdr xdr = { .len = 0 };
    put(&xdr, version);
    put(&xdr, 1);
    put(&xdr, 0xc0000201);
    put(&xdr, 7);
    put(&xdr, 100);
    put(&xdr, 10000);
    put(&xdr, samples);
    return xdr;
}

static const char packet[] = "the first octets of a packet...";

static struct xdr header_record(uint32_t protocol, uint32_t frame_len, size_t len)
{
    struct xdr xdr = { .len = 0 };
    put(&xdr, protocol);
    put(&xdr, frame_len);
    put(&xdr, 4);
    put_opaque(&xdr, packet, len);
    return xdr;
}

struct source {
    uint32_t sequence, rate, pool, drops, input, output;
};

static const struct source usual = { 1, 1024, 5000, 0, 3, 4 };

static struct xdr flow_sample(struct source source, uint32_t records)
{
    struct xdr xdr = { .len = 0 };
    put(&xdr, source.sequence);
    put(&xdr, 3);
    put(&xdr, source.rate);
    put(&xdr, source.pool);
    put(&xdr, source.drops);
    put(&xdr, source.input);
    put(&xdr, source.output);
    put(&xdr, records);
    return xdr;
}

static struct xdr good_sample(struct source source)
{
    struct xdr sample = flow_sample(source, 1);
    struct xdr record = header_record(1, 1518, 30);
    put_part(&sample, 1, &record);
    return sample;
}

static struct xdr good_datagram(void)
{
    struct xdr datagram = head_with(5, 1);
    struct xdr sample = good_sample(usual);
    put_part(&datagram, 1, &sample);
    return datagram;
}

/* What came out. */
static struct {
    size_t sample_count, flow_count;
    struct frame_sample samples[SAMPLES_MAX];
    struct flow flows[SAMPLES_MAX];
    struct summary summary;
    struct exporter_view exporter;
} got;

static void take_flows(void *context, const struct flow *flows, size_t count)
{
    (void)context;
    check(got.flow_count + count <= SAMPLES_MAX);
    memcpy(got.flows + got.flow_count, flows, count * sizeof *flows);
    got.flow_count += count;
}

static void take_sample(void *context, const struct frame_sample *sample)
{
    (void)context;
    check(got.sample_count < SAMPLES_MAX);
    got.samples[got.sample_count++] = *sample;
}

static uint64_t counted(const char *reason)
{
    for (size_t i = 0; i < got.summary.counter_count; i++)
        if (strcmp(got.summary.counters[i].reason, reason) == 0)
            return got.summary.counters[i].count;
    return 0;
}

static const int64_t received_ns = INT64_C(1700000000000000000);

static void read_at(const struct xdr *datagrams, size_t count, int64_t now_ns)
{
    static const struct collect_limits limits = {
        .exporters_max = 8, .templates_max = 8, .fields_max = 64, .pending_octets = 4096
    };
    struct hash_key key = { { 1, 2, 3, 4 } };
    size_t size = collect_size(&limits);
    void *memory = malloc(size);
    check(memory);
    struct arena arena = arena_over(memory, size);
    memset(&got, 0, sizeof got);
    struct collect_policy policy = { 0 };
    struct collect_sink sink = { take_flows, take_sample, NULL };
    struct collect *collect = collect_init(&limits, &policy, key, sink, &arena);
    for (size_t i = 0; i < count; i++) {
        struct export_message message = { .octets = { datagrams[i].at, datagrams[i].len },
                                          .exporter = ip_from_v4(0xc0000201),
                                          .received_ns = now_ns,
                                          .port = 6343,
                                          .transport = MESSAGE_UDP };
        collect_message(collect, &message);
    }
    collect_finish(collect);
    collect_count(collect, &got.summary);
    (void)!collect_exporter(collect, 0, &got.exporter);
    free(memory);
}

static void read_one(const struct xdr *datagram)
{
    read_at(datagram, 1, received_ns);
}

/* Put in a datagram of its own as a sample of this format. */
static void read_sample(uint32_t format, const struct xdr *sample)
{
    struct xdr datagram = head_with(5, 1);
    put_part(&datagram, format, sample);
    read_one(&datagram);
}

static void read_record(uint32_t format, const struct xdr *record)
{
    struct xdr sample = flow_sample(usual, 1);
    put_part(&sample, format, record);
    read_sample(1, &sample);
}

static void the_head_of_a_packet_comes_with_its_observation(void **state)
{
    (void)state;
    struct xdr datagram = good_datagram();
    read_one(&datagram);
    check_equal(got.sample_count, 1);
    const struct frame_sample *sample = &got.samples[0];
    check_equal(sample->frame.captured.len, 30);
    check_equal(sample->frame.wire_len, 1518);
    check_equal(sample->frame.link, LINK_ETHERNET);
    check_equal(sample->frame.time_ns, received_ns);
    check_equal(sample->observation.exporter, 1);
    check_equal(sample->observation.ingress, 3);
    check_equal(sample->observation.egress, 4);
    check_equal(sample->observation.rate, 1024);
    check_equal(sample->observation.sampling, SAMPLING_MESSAGE);
    check_equal(sample->observation.time, TIME_RECEIVED);
    check_equal(sample->observation.direction, OBSERVED_INGRESS);
    check_equal(counted("sflow heads of packets"), 1);
    check_equal(got.exporter.samples, 1);
    check_equal(got.exporter.domain, 7);
}

static void a_sample_without_a_rate_has_an_unknown_one(void **state)
{
    (void)state;
    struct source source = usual;
    source.rate = 0;
    struct xdr sample = good_sample(source);
    read_sample(1, &sample);
    check_equal(got.samples[0].observation.rate, 0);
    check_equal(got.samples[0].observation.sampling, SAMPLING_UNKNOWN);
}

static void an_expanded_sample_is_read_like_a_compact_one(void **state)
{
    (void)state;
    static const uint32_t words[] = { 1, 0,         369098852, 4096,      9000, 0,
                                      0, 369098851, 0,         369098852, 1 };
    struct xdr sample = { .len = 0 }, record = header_record(1, 106, 31);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        put(&sample, words[i]);
    put_part(&sample, 1, &record);
    read_sample(3, &sample);
    check_equal(got.sample_count, 1);
    check_equal(got.samples[0].observation.ingress, 369098851);
    check_equal(got.samples[0].observation.egress, 369098852);
    check_equal(got.samples[0].observation.rate, 4096);
    check_equal(got.samples[0].observation.direction, OBSERVED_EGRESS);
    check_equal(got.samples[0].frame.captured.len, 31);
}

static void interfaces_that_are_none_have_no_number(void **state)
{
    (void)state;
    struct source source = usual;
    source.input = 0x3fffffff;
    source.output = 0x80000007;
    struct xdr sample = good_sample(source);
    read_sample(1, &sample);
    check_equal(got.samples[0].observation.ingress, 0);
    check_equal(got.samples[0].observation.egress, 0);
    check_equal(got.samples[0].observation.direction, OBSERVED_UNKNOWN);
    source.output = 0x40000102;
    sample = good_sample(source);
    read_sample(1, &sample);
    check_equal(got.samples[0].observation.egress, 0);
    check_equal(counted("sflow of discarded packets"), 1);
}

static void each_header_protocol_has_its_link(void **state)
{
    (void)state;
    static const struct {
        uint32_t protocol, link;
    } cases[] = { { 1, LINK_ETHERNET }, { 7, LINK_PPP }, { 11, LINK_RAW }, { 12, LINK_RAW } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct xdr record = header_record(cases[i].protocol, 100, 20);
        read_record(1, &record);
        check_equal(got.samples[0].frame.link, cases[i].link);
    }
    struct xdr token_ring = header_record(3, 100, 20);
    read_record(1, &token_ring);
    check_equal(got.sample_count, 0);
    check_equal(counted("sflow without a packet"), 1);
}

static void a_frame_is_never_shorter_than_its_head(void **state)
{
    (void)state;
    struct xdr record = header_record(1, 7, 20);
    read_record(1, &record);
    check_equal(got.samples[0].frame.wire_len, 20);
}

static struct xdr packet_record(uint32_t version, uint32_t protocol)
{
    struct xdr xdr = { .len = 0 };
    put(&xdr, 1400);
    put(&xdr, protocol);
    for (uint32_t i = 0; i < (version == 4 ? 2u : 8u); i++)
        put(&xdr, 0xc0000200 + i);
    put(&xdr, 40000);
    put(&xdr, 443);
    put(&xdr, 0x02);
    put(&xdr, 0);
    return xdr;
}

static void a_packet_the_agent_decoded_is_a_flow_of_one(void **state)
{
    (void)state;
    struct xdr record = packet_record(4, 6);
    read_record(3, &record);
    check_equal(got.flow_count, 1);
    const struct flow *flow = &got.flows[0];
    check_equal(ip_to_v4(&flow->initiator), 0xc0000200);
    check_equal(ip_to_v4(&flow->responder), 0xc0000201);
    check_equal(flow->initiator_port, 40000);
    check_equal(flow->responder_port, 443);
    check_equal(flow->protocol, 6);
    check_equal(flow->version, 4);
    check_equal(flow->tcp, FLOW_TCP_ATTEMPT);
    check_equal(flow->forward.packets, 1);
    check_equal(flow->forward.octets, 1400);
    check_equal(flow->forward.tcp_flags, 2);
    check_equal(flow->forward.first_ns, received_ns);
    check_equal(flow->observation.rate, 1024);
    check_equal(counted("sflow decoded packets"), 1);
}

static void the_same_for_ipv6(void **state)
{
    (void)state;
    struct xdr record = packet_record(6, 17);
    read_record(4, &record);
    check_equal(got.flow_count, 1);
    check_equal(got.flows[0].version, 6);
    check_equal(got.flows[0].responder.octets[3], 4);
    check_equal(got.flows[0].tcp, FLOW_TCP_NONE);
    check_equal(got.flows[0].forward.tcp_flags, 0);
}

static void ports_of_icmp_are_not_guessed(void **state)
{
    (void)state;
    struct xdr record = packet_record(4, 1);
    read_record(3, &record);
    check_equal(got.flows[0].responder_port, 0);
}

static void the_head_counts_before_what_the_agent_decoded(void **state)
{
    (void)state;
    struct xdr sample = flow_sample(usual, 3);
    struct xdr decoded = packet_record(4, 6), head = header_record(1, 64, 14);
    struct xdr other = { .len = 16 };
    put_part(&sample, 3, &decoded);
    put_part(&sample, 1001, &other);
    put_part(&sample, 1, &head);
    read_sample(1, &sample);
    check_equal(got.sample_count, 1);
    check_equal(got.flow_count, 0);
}

static void what_is_no_flow_sample_is_counted_only(void **state)
{
    (void)state;
    struct xdr body = { .len = 40 };
    static const struct {
        uint32_t format;
        const char *reason;
    } cases[] = { { 2, "sflow counters" },
                  { 4, "sflow counters" },
                  { 5, "sflow drop notices" },
                  { 6, "sflow unknown format" },
                  { 9 << 12 | 1, "sflow unknown format" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        read_sample(cases[i].format, &body);
        check_equal(counted(cases[i].reason), 1);
        check_equal(got.sample_count + got.flow_count, 0);
    }
}

static void a_record_of_a_vendor_is_passed_over(void **state)
{
    (void)state;
    struct xdr sample = flow_sample(usual, 2);
    struct xdr vendor = { .len = 12 }, head = header_record(1, 64, 14);
    put_part(&sample, 8800 << 12 | 1, &vendor);
    put_part(&sample, 1, &head);
    read_sample(1, &sample);
    check_equal(got.sample_count, 1);
}

static void losses_are_told_by_source(void **state)
{
    (void)state;
    static const struct source sources[] = { { 10, 1024, 100000, 5, 3, 4 },
                                             { 11, 1024, 101024, 5, 3, 4 },
                                             { 14, 1024, 104096, 8, 3, 4 },
                                             { 13, 1024, 103072, 8, 3, 4 } };
    struct xdr datagram = head_with(5, 4);
    for (size_t i = 0; i < 4; i++) {
        struct xdr sample = good_sample(sources[i]);
        put_part(&datagram, 1, &sample);
    }
    read_one(&datagram);
    check_equal(got.sample_count, 4);
    check_equal(counted("sflow lost on the way"), 2);
    check_equal(counted("sflow dropped by the exporter"), 3);
    check_equal(counted("sflow passed by the samplers"), 4096);
    check_equal(counted("sflow picked by the samplers"), 4);
}

static void a_source_that_began_anew_lost_nothing(void **state)
{
    (void)state;
    static const struct source sources[] = { { 900000, 64, 100000, 5, 3, 4 },
                                             { 1, 64, 60, 0, 3, 4 },
                                             { 2, 64, 124, 0, 3, 4 } };
    struct xdr datagram = head_with(5, 3);
    for (size_t i = 0; i < 3; i++) {
        struct xdr sample = good_sample(sources[i]);
        put_part(&datagram, 1, &sample);
    }
    read_one(&datagram);
    check_equal(counted("sflow lost on the way"), 0);
    check_equal(counted("sflow dropped by the exporter"), 0);
    check_equal(counted("sflow passed by the samplers"), 64);
}

static void an_agent_may_have_an_address_of_ipv6_or_none(void **state)
{
    (void)state;
    for (uint32_t type = 0; type <= 2; type += 2) {
        struct xdr datagram = { .len = 0 };
        put(&datagram, 5);
        put(&datagram, type);
        for (uint32_t i = 0; i < (type == 2 ? 4u : 0u); i++)
            put(&datagram, 0x20010db8);
        put(&datagram, 0);
        put(&datagram, 1);
        put(&datagram, 10);
        put(&datagram, 1);
        struct xdr sample = good_sample(usual);
        put_part(&datagram, 1, &sample);
        read_one(&datagram);
        check_equal(got.sample_count, 1);
    }
}

static void without_a_time_of_receipt_the_uptime_stands(void **state)
{
    (void)state;
    struct xdr datagram = good_datagram();
    read_at(&datagram, 1, 0);
    check_equal(got.samples[0].frame.time_ns, INT64_C(10000000000));
    check_equal(got.samples[0].observation.time, TIME_UPTIME);
}

static void every_shorter_datagram_is_truncated(void **state)
{
    (void)state;
    struct xdr datagram = good_datagram();
    size_t whole = datagram.len;
    for (size_t len = 0; len < whole; len++) {
        datagram.len = len;
        read_one(&datagram);
        check_equal(counted("truncated"), 1);
        check_equal(got.sample_count, 0);
    }
}

static void every_shorter_sample_is_refused_and_the_next_one_read(void **state)
{
    (void)state;
    struct xdr sample = good_sample(usual), after = good_sample(usual);
    size_t whole = sample.len;
    for (size_t len = 0; len < whole; len++) {
        struct xdr datagram = head_with(5, 2);
        sample.len = len;
        put_part(&datagram, 1, &sample);
        put_part(&datagram, 1, &after);
        read_one(&datagram);
        check_equal(counted("sflow refused"), 1);
        check_equal(counted("length"), 1);
        check_equal(got.sample_count, 1);
    }
}

static void every_shorter_record_is_refused(void **state)
{
    (void)state;
    struct xdr header = header_record(1, 64, 16), ipv4 = packet_record(4, 6);
    struct xdr ipv6 = packet_record(6, 6);
    struct xdr *records[] = { &header, NULL, &ipv4, &ipv6 };
    for (uint32_t format = 1; format <= 4; format++) {
        struct xdr *record = records[format - 1];
        for (size_t len = record ? record->len : 0; len > 0; len -= 4) {
            record->len = len - 4;
            read_record(format, record);
            check_equal(counted("length"), 1);
            check_equal(got.sample_count + got.flow_count, 0);
        }
    }
}

static void other_versions_are_refused(void **state)
{
    (void)state;
    static const uint32_t versions[] = { 2, 4, 6 };
    for (size_t i = 0; i < 3; i++) {
        struct xdr datagram = head_with(versions[i], 0);
        read_one(&datagram);
        check_equal(counted("version"), 1);
    }
}

static void an_agent_of_no_known_address_is_refused(void **state)
{
    (void)state;
    struct xdr datagram = good_datagram();
    datagram.at[7] = 3;
    read_one(&datagram);
    check_equal(counted("value"), 1);
}

static void a_number_of_samples_that_lies_does_no_harm(void **state)
{
    (void)state;
    struct xdr datagram = good_datagram();
    memset(datagram.at + 24, 0xff, 4);
    read_one(&datagram);
    check_equal(got.sample_count, 1);
    check_equal(counted("truncated"), 1);
    memset(datagram.at + 24, 0, 4);
    read_one(&datagram);
    check_equal(got.sample_count, 0);
    check_equal(counted("length"), 1);
}

static void a_number_of_records_that_lies_is_refused(void **state)
{
    (void)state;
    struct xdr sample = flow_sample(usual, UINT32_MAX), record = header_record(1, 64, 16);
    put_part(&sample, 1, &record);
    read_sample(1, &sample);
    check_equal(got.sample_count, 0);
    check_equal(counted("length"), 1);
}

static void lengths_beyond_all_octets_are_refused(void **state)
{
    (void)state;
    struct xdr datagram = good_datagram();
    memset(datagram.at + 32, 0xff, 4);
    read_one(&datagram);
    check_equal(counted("truncated"), 1);
    datagram = good_datagram();
    memset(datagram.at + 28 + 8 + 32 + 4, 0xff, 4);
    read_one(&datagram);
    check_equal(counted("length"), 1);
}

static void a_sample_without_records_has_no_packet(void **state)
{
    (void)state;
    struct xdr sample = flow_sample(usual, 0);
    read_sample(1, &sample);
    check_equal(counted("sflow without a packet"), 1);
}

TESTS(TEST(the_head_of_a_packet_comes_with_its_observation),
      TEST(a_sample_without_a_rate_has_an_unknown_one),
      TEST(an_expanded_sample_is_read_like_a_compact_one),
      TEST(interfaces_that_are_none_have_no_number), TEST(each_header_protocol_has_its_link),
      TEST(a_frame_is_never_shorter_than_its_head),
      TEST(a_packet_the_agent_decoded_is_a_flow_of_one), TEST(the_same_for_ipv6),
      TEST(ports_of_icmp_are_not_guessed), TEST(the_head_counts_before_what_the_agent_decoded),
      TEST(what_is_no_flow_sample_is_counted_only), TEST(a_record_of_a_vendor_is_passed_over),
      TEST(losses_are_told_by_source), TEST(a_source_that_began_anew_lost_nothing),
      TEST(an_agent_may_have_an_address_of_ipv6_or_none),
      TEST(without_a_time_of_receipt_the_uptime_stands),
      TEST(every_shorter_datagram_is_truncated),
      TEST(every_shorter_sample_is_refused_and_the_next_one_read),
      TEST(every_shorter_record_is_refused), TEST(other_versions_are_refused),
      TEST(an_agent_of_no_known_address_is_refused),
      TEST(a_number_of_samples_that_lies_does_no_harm),
      TEST(a_number_of_records_that_lies_is_refused),
      TEST(lengths_beyond_all_octets_are_refused), TEST(a_sample_without_records_has_no_packet))
