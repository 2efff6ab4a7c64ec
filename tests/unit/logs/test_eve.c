// SPDX-License-Identifier: Apache-2.0
#include "feed.h"

#include <stdio.h>

#define EVENT(type)                                                                           \
    "{\"timestamp\":\"2023-11-14T23:13:22.500000+0100\",\"flow_id\":1203,\"in_iface\":\"e\"," \
    "\"event_type\":\"" type "\",\"vlan\":[12],\"src_ip\":\"10.0.0.5\",\"src_port\":50000,"   \
    "\"dest_ip\":\"198.51.100.7\",\"dest_port\":443,\"proto\":\"TCP\","
#define FLOW                                                                                 \
    EVENT("flow")                                                                            \
    "\"app_proto\":\"tls\",\"flow\":{\"pkts_toserver\":10,\"pkts_toclient\":8,"              \
    "\"bytes_toserver\":960,\"bytes_toclient\":4532,\"start\":\"2023-11-14T22:13:20.250000+" \
    "0000\","                                                                                \
    "\"end\":\"2023-11-14T22:13:21.750000+0000\",\"age\":1,\"state\":\"closed\",\"reason\":" \
    "\"timeout\",\"alerted\":false},\"tcp\":{\"tcp_flags\":\"1b\",\"tcp_flags_ts\":\"1b\","  \
    "\"tcp_flags_tc\":\"1b\",\"syn\":true,\"state\":\"closed\"}}"

static void a_flow_event_becomes_a_flow(void **state)
{
    (void)state;
    start();
    feed(FLOW "\n");
    check_equal(got.count, 1);
    const struct flow *flow = &got.flows[0];
    check_address(&flow->initiator, "10.0.0.5");
    check_equal(flow->responder_port, 443);
    check_equal(flow->forward.packets, 10);
    check_equal(flow->reverse.octets, 4532);
    check_equal(flow->vlan, 12);
    check_equal(flow->tcp, FLOW_TCP_CLOSED);
    check_equal(flow->end, FLOW_END_DETECTED);
    check(flow_start_ns(flow) == INT64_C(1700000000250000000));
    check(flow_end_ns(flow) == INT64_C(1700000001750000000));
}

static void every_shorter_line_is_refused(void **state)
{
    (void)state;
    const char line[] = FLOW;
    for (size_t len = 1; len + 1 < sizeof line; len++) {
        char text[2048];
        (void)snprintf(text, sizeof text, "%.*s\n", (int)len, line);
        start();
        feed(text);
        check_equal(got.count, 0);
        check_equal(counted("bad json"), 1);
    }
}

static void events_wait_for_their_flow(void **state)
{
    (void)state;
    start();
    feed(
        EVENT("tls") "\"tls\":{\"subject\":\"CN=a\",\"issuerdn\":\"CN=b\",\"fingerprint\":"
                     "\"01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:13:14\","
                     "\"sni\":\"S.example\",\"version\":\"TLS 1.2\",\"notbefore\":"
                     "\"2020-01-01T00:00:00\",\"notafter\":\"2030-01-01T00:00:00\",\"ja3\":"
                     "{\"hash\":\"456523fc94726331a4d5a2e1d40b2cd7\",\"string\":\"771,4\"},"
                     "\"ja3s\":{\"hash\":\"907bf3ecef1c987c889946b737b43de8\"}}}\n" EVENT(
                         "alert") "\"alert\":{\"action\":\"blocked\",\"gid\":1,\"signature_"
                                  "id\":2024897,"
                                  "\"rev\":3,\"signature\":\"ET \\\"x\\\"\",\"category\":\"c\","
                                  "\"severity\":2,\"metadata\":{\"a\":[\"b\"]}},\"flow\":"
                                  "{\"pkts_toserver\":3}}\n" FLOW "\n");
    check_equal(got.count, 1);
    check_equal(got.fact_counts[0], 4);
    check_text(fact_server_name(&got.facts[0][0]), "s.example");
    check_equal(got.facts[0][1].tls_server.chosen_version, 0x0303);
    check_equal(got.facts[0][2].certificate.sha1[19], 0x14);
    check(got.facts[0][2].certificate.not_before_ns == INT64_C(1577836800000000000));
    const struct alert_fact *alert = &got.facts[0][3].alert;
    check_equal(alert->signature, 2024897);
    check_equal(alert->generator, 1);
    check_equal(alert->revision, 3);
    check_equal(alert->severity, 2);
    check(alert->is_blocked);
}

static void an_alert_on_an_answer_tells_its_side(void **state)
{
    (void)state;
    start();
    feed("{\"timestamp\":\"2023-11-14T22:13:20.5+0000\",\"flow_id\":1203,\"event_type\":"
         "\"alert\","
         "\"src_ip\":\"198.51.100.7\",\"src_port\":443,\"dest_ip\":\"10.0.0.5\",\"dest_port\":"
         "50000,"
         "\"proto\":\"TCP\",\"alert\":{\"action\":\"allowed\",\"signature_id\":7}}\n" FLOW
         "\n");
    check_equal(got.count, 1);
    check_equal(got.fact_counts[0], 1);
    check(!got.facts[0][0].from_initiator && !got.facts[0][0].alert.is_blocked);
}

#define DNS(members)                                                                       \
    "{\"timestamp\":\"2023-11-14T22:13:20.5+0000\",\"flow_id\":9,\"event_type\":\"dns\","  \
    "\"src_ip\":\"10.0.0.5\",\"src_port\":5353,\"dest_ip\":\"10.0.0.1\",\"dest_port\":53," \
    "\"proto\":\"UDP\",\"dns\":{" members "}}\n"

static void dns_of_all_three_versions_is_read(void **state)
{
    (void)state;
    start();
    feed(DNS("\"type\":\"answer\",\"id\":16,\"rcode\":\"NOERROR\",\"rrname\":\"a.example\","
             "\"rrtype\":\"A\",\"ttl\":60,\"rdata\":\"192.0.2.1\""));
    feed(
        DNS("\"version\":2,\"type\":\"answer\",\"id\":16,\"qr\":true,\"aa\":true,\"rrname\":"
            "\"b.example\",\"rrtype\":\"AAAA\",\"rcode\":\"NXDOMAIN\",\"answers\":[{\"rrname\":"
            "\"b.example\",\"rrtype\":\"CNAME\",\"ttl\":5,\"rdata\":\"c.example\"},{\"rrname\":"
            "\"c.example\",\"rrtype\":\"AAAA\",\"ttl\":6,\"rdata\":\"2001:db8::1\"}]"));
    feed(DNS("\"version\":3,\"type\":\"response\",\"id\":16,\"rcode\":\"NOERROR\",\"queries\":"
             "[{\"rrname\":\"d.example\",\"rrtype\":\"HTTPS\"}],\"answers\":[]"));
    feed(DNS("\"version\":3,\"type\":\"request\",\"id\":17,\"queries\":[{\"rrname\":"
             "\"e.example\",\"rrtype\":\"A\"}]"));
    logs_finish(logs);
    check_equal(got.count, 1);
    check_equal(got.fact_counts[0], 4);
    const struct fact *facts = got.facts[0];
    check_text(fact_server_name(&facts[0]), "a.example");
    check_equal(facts[0].dns.answers[0].ttl_s, 60);
    check(facts[0].dns.is_response && !facts[0].from_initiator);
    check_text(fact_name_bytes(&facts[1].dns.canonical_name), "c.example");
    check_equal(facts[1].dns.answer_count, 1);
    check_equal(facts[1].dns.response_code, 3);
    check(facts[1].dns.is_authoritative);
    check_text(fact_server_name(&facts[2]), "d.example");
    check_equal(facts[2].dns.query_type, 65);
    check(!facts[3].dns.is_response && facts[3].from_initiator);
}

static void ssh_http_and_quic_are_read(void **state)
{
    (void)state;
    start();
    feed(EVENT(
        "ssh") "\"ssh\":{\"client\":{\"proto_version\":\"2.0\",\"software_version\":"
               "\"Go\",\"hassh\":{\"hash\":\"06046964c022c6407d15a27b12a6a4fb\"}},"
               "\"server\":{\"proto_version\":\"2.0\",\"software_version\":\"OpenSSH_9\"}}}\n");
    feed(EVENT(
        "http") "\"http\":{\"hostname\":\"H.example\",\"url\":\"\\/\",\"http_user_agent\":"
                "\"a\\u0041\\\"\",\"http_method\":\"GET\",\"status\":200}}\n");
    feed(EVENT("quic") "\"quic\":{\"version\":\"1\",\"sni\":\"q.example\"}}\n");
    feed(FLOW "\n");
    check_equal(got.count, 1);
    check_equal(got.fact_counts[0], 5);
    const struct ssh_fact *ssh = &got.facts[0][0].ssh;
    check_text(((struct bytes){ (const uint8_t *)ssh->banner, ssh->banner_len }), "SSH-2.0-Go");
    check(ssh->has_kexinit);
    const struct http_fact *http = &got.facts[0][2].http;
    check_text(((struct bytes){ (const uint8_t *)http->agent, http->agent_len }), "aA\"");
    check_equal(got.facts[0][4].tls_client.quic_version, 1);
}

static void icmp_has_its_type_and_code(void **state)
{
    (void)state;
    start();
    feed("{\"timestamp\":\"2023-11-14T22:13:20.5+0000\",\"flow_id\":9,\"event_type\":\"flow\","
         "\"src_ip\":\"2001:db8::1\",\"dest_ip\":\"2001:db8::2\",\"proto\":\"IPv6-ICMP\","
         "\"icmp_type\":128,\"icmp_code\":0,\"flow\":{\"pkts_toserver\":1,\"pkts_toclient\":0,"
         "\"bytes_toserver\":118,\"bytes_toclient\":0}}\n");
    check_equal(got.count, 1);
    check_equal(got.flows[0].protocol, PROTOCOL_ICMPV6);
    check_equal(got.flows[0].responder_port, 128 * 256);
}

static void what_is_not_json_or_not_for_us_is_counted(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *reason;
    } odd[] = {
        { "{\"event_type\":\"stats\",\"stats\":{\"a\":{\"b\":[1,2,{}]}}}", "other logs" },
        { "{\"event_type\":\"netflow\"}", "other logs" },
        { "{}", "other logs" },
        { "{\"a\":1,}", "bad json" },
        { "{\"a\":1 \"b\":2}", "bad json" },
        { "{\"a\":[1}", "bad json" },
        { "{\"a\":1}x", "bad json" },
        { "{,\"a\":1}", "bad json" },
        { "{\"a\"}", "bad json" },
        { "{\"a\":}", "bad json" },
        { "{\"a\":\"\\", "bad json" },
        { EVENT("flow") "\"flow\":{}}", "lacks a field" },
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        char text[1024];
        (void)snprintf(text, sizeof text, "%s\n", odd[i].line);
        start();
        feed(text);
        check_equal(got.count, 0);
        check_equal(counted(odd[i].reason), 1);
    }
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    char text[512] = "{\"a\":";
    size_t len = strlen(text);
    memset(text + len, '[', 300);
    memcpy(text + len + 300, "\n", 2);
    start();
    feed(text);
    check_equal(counted("bad json"), 1);
}

static void of_a_name_given_twice_the_last_counts(void **state)
{
    (void)state;
    start();
    feed(EVENT("alert") "\"alert\":{\"signature_id\":1,\"signature_id\":2}}\n" FLOW "\n");
    check_equal(got.facts[0][0].alert.signature, 2);
}

TESTS(TEST(a_flow_event_becomes_a_flow), TEST(every_shorter_line_is_refused),
      TEST(events_wait_for_their_flow), TEST(an_alert_on_an_answer_tells_its_side),
      TEST(dns_of_all_three_versions_is_read), TEST(ssh_http_and_quic_are_read),
      TEST(icmp_has_its_type_and_code), TEST(what_is_not_json_or_not_for_us_is_counted),
      TEST(nesting_is_bounded), TEST(of_a_name_given_twice_the_last_counts))
