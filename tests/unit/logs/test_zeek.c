// SPDX-License-Identifier: Apache-2.0
#include "feed.h"

#include <stdio.h>

#define CONN_FIELDS                                                                       \
    "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\t"     \
    "orig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\t" \
    "orig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents"
#define HEAD(path, fields)                                                           \
    "#separator "                                                                    \
    "\\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t" path \
    "\n#open\t2026-01-01-00-00-00\n#fields\t" fields "\n"
#define CONN_LINE                                                                        \
    "1700000000.250000\tCaaa1\t10.0.0.5\t50000\t198.51.100.7\t443\ttcp\tssl\t1.500000\t" \
    "300\t4000\tSF\tT\tF\t0\tShADadFf\t10\t820\t8\t4420\t-"
#define IDS "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p"
#define IDS_OF(uid) "1700000000.300000\t" uid "\t10.0.0.5\t50000\t198.51.100.7\t443"

static void a_connection_becomes_a_flow(void **state)
{
    (void)state;
    start();
    feed(HEAD("conn", CONN_FIELDS) CONN_LINE "\n#close\t2026-01-01-01-00-00\n");
    check_equal(got.count, 1);
    const struct flow *flow = &got.flows[0];
    check_address(&flow->initiator, "10.0.0.5");
    check_address(&flow->responder, "198.51.100.7");
    check_equal(flow->initiator_port, 50000);
    check_equal(flow->responder_port, 443);
    check_equal(flow->protocol, PROTOCOL_TCP);
    check_equal(flow->version, 4);
    check_equal(flow->forward.packets, 10);
    check_equal(flow->forward.octets, 820);
    check_equal(flow->forward.payload, 300);
    check_equal(flow->reverse.packets, 8);
    check_equal(flow->reverse.octets, 4420);
    check(flow_start_ns(flow) == INT64_C(1700000000250000000));
    check(flow_end_ns(flow) == INT64_C(1700000001750000000));
    check_equal(flow->tcp, FLOW_TCP_CLOSED);
    check_equal(flow->end, FLOW_END_DETECTED);
    check_equal(flow->forward.first_flags, TCP_SYN);
    check_equal(flow->reverse.first_flags, TCP_SYN | TCP_ACK);
    check_equal(flow->forward.tcp_flags, TCP_SYN | TCP_ACK | TCP_FIN);
    check_equal(flow->observation.rate, 1);
    check_equal(flow->observation.sampling, SAMPLING_ALL);
    check(flow->facts == NULL);
    check_equal(counted("headers"), 8);
}

static void every_state_has_its_meaning(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        enum flow_tcp tcp;
    } states[] = { { "S0", FLOW_TCP_ATTEMPT },     { "S1", FLOW_TCP_ESTABLISHED },
                   { "SF", FLOW_TCP_CLOSED },      { "REJ", FLOW_TCP_REFUSED },
                   { "S2", FLOW_TCP_ESTABLISHED }, { "S3", FLOW_TCP_ESTABLISHED },
                   { "RSTO", FLOW_TCP_RESET },     { "RSTR", FLOW_TCP_RESET },
                   { "RSTOS0", FLOW_TCP_ATTEMPT }, { "RSTRH", FLOW_TCP_RESET },
                   { "SH", FLOW_TCP_ATTEMPT },     { "SHR", FLOW_TCP_ESTABLISHED },
                   { "OTH", FLOW_TCP_MIDSTREAM },  { "new", FLOW_TCP_MIDSTREAM } };
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        char text[1024];
        (void)snprintf(text, sizeof text,
                       HEAD("conn", CONN_FIELDS) "1.5\tC\t10.0.0.5\t1\t10.0.0.6\t2\ttcp\t-\t-\t"
                                                 "-\t-\t%s\tT\tT\t0\tS\t1\t60\t0\t0\t-\n",
                       states[i].word);
        start();
        feed(text);
        check_equal(got.count, 1);
        check_equal(got.flows[0].tcp, states[i].tcp);
    }
}

static void icmp_has_its_type_and_code_for_ports(void **state)
{
    (void)state;
    start();
    feed(HEAD("conn", CONN_FIELDS) "1.5\tC\t10.0.0.5\t3\t10.0.0.6\t1\ticmp\t-\t-\t-\t-"
                                   "\tOTH\tT\tT\t0\t-\t1\t60\t0\t0\t-\n"
                                   "1.5\tC\tfe80::1\t135\tfe80::2\t0\ticmp\t-\t-\t-\t-"
                                   "\tOTH\tT\tT\t0\t-\t1\t60\t0\t0\t-\n");
    check_equal(got.count, 2);
    check_equal(got.flows[0].responder_port, 3 * 256 + 1);
    check_equal(got.flows[0].initiator_port, 0);
    check_equal(got.flows[0].protocol, PROTOCOL_ICMP);
    check_equal(got.flows[0].tcp, FLOW_TCP_NONE);
    check_equal(got.flows[1].protocol, PROTOCOL_ICMPV6);
    check_equal(got.flows[1].responder_port, 135 * 256);
    check_equal(got.flows[1].version, 6);
}

static void columns_in_any_order_and_more_of_them_are_fine(void **state)
{
    (void)state;
    start();
    feed(HEAD(
        "conn",
        "label\tproto\tid.resp_p\tid.resp_h\tid.orig_p\tid.orig_h\tuid\tts\t"
        "resp_ip_bytes\tresp_pkts\torig_ip_bytes\torig_pkts\tip_proto\tvlan") "Benign\tunknown_"
                                                                              "transport\t0\t20"
                                                                              "01:db8::"
                                                                              "2\t0\t2001:db8::"
                                                                              "1\tC1\t1.25\t"
                                                                              "0\t0\t80\t1\t47"
                                                                              "\t12\n");
    check_equal(got.count, 1);
    check_equal(got.flows[0].protocol, PROTOCOL_GRE);
    check_equal(got.flows[0].forward.octets, 80);
    check_equal(got.flows[0].vlan, 12);
    check_equal(got.flows[0].reverse.first_ns, 0);
}

static void each_missing_column_is_named_and_the_file_passed_over(void **state)
{
    (void)state;
    static const char *const needed[] = { "ts",        "uid",          "id.orig_h",
                                          "id.orig_p", "id.resp_h",    "id.resp_p",
                                          "proto",     "orig_pkts",    "orig_ip_bytes",
                                          "resp_pkts", "resp_ip_bytes" };
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        char text[2048] = HEAD("conn", CONN_FIELDS) CONN_LINE "\n";
        char *column = strstr(strstr(text, "#fields"), needed[i]);
        column[0] = 'X';
        start();
        feed(text);
        check_equal(got.count, 0);
        check_equal(counted("file lacks a column"), 1);
        check(strstr(trouble(0), needed[i]) != NULL);
    }
}

static void every_shorter_line_is_refused(void **state)
{
    (void)state;
    const char line[] = CONN_LINE;
    for (size_t len = 1; len + 2 < sizeof line; len++) {
        char text[2048];
        (void)snprintf(text, sizeof text, HEAD("conn", CONN_FIELDS) "%.*s\n", (int)len, line);
        start();
        feed(text);
        check_equal(got.count, 0);
        check_equal(counted("too few columns"), 1);
    }
}

static void odd_values_are_refused_by_reason(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *reason;
    } odd[] = {
        { "x\tC\t10.0.0.5\t1\t10.0.0.6\t2\ttcp\t1\t1\t1\t1", "bad time" },
        { "-\tC\t10.0.0.5\t1\t10.0.0.6\t2\ttcp\t1\t1\t1\t1", "bad time" },
        { "99999999999999999\tC\t10.0.0.5\t1\t10.0.0.6\t2\ttcp\t1\t1\t1\t1", "bad time" },
        { "1.0\tC\t10.0.0.256\t1\t10.0.0.6\t2\ttcp\t1\t1\t1\t1", "bad address" },
        { "1.0\tC\t10.0.0.5\t1\t10.0.0\t2\ttcp\t1\t1\t1\t1", "bad address" },
        { "1.0\tC\t10.0.0.5\t65536\t10.0.0.6\t2\ttcp\t1\t1\t1\t1", "bad number" },
        { "1.0\tC\t10.0.0.5\t1\t10.0.0.6\t2\tchaos\t1\t1\t1\t1", "not ip" },
        { "1.0\tC\t10.0.0.5\t1\t10.0.0.6\t2\ttcp\t-5\t1\t1\t1", "bad number" },
        { "1.0\tC\t10.0.0.5\t1\t10.0.0.6\t2\ttcp\t1\t99999999999999999999\t1\t1",
          "bad number" },
        { "1.0\tC\t10.0.0.5\t256\t10.0.0.6\t2\ticmp\t1\t1\t1\t1", "bad number" },
        { "", "empty" },
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        char text[1024];
        (void)snprintf(text, sizeof text,
                       HEAD("conn", IDS "\tproto\torig_pkts\torig_ip_bytes\tresp_pkts\t"
                                        "resp_ip_bytes") "%s\n",
                       odd[i].line);
        start();
        feed(text);
        check_equal(got.count, 0);
        check_equal(counted(odd[i].reason), 1);
    }
}

static void a_line_before_any_header_is_refused(void **state)
{
    (void)state;
    start();
    feed(CONN_LINE "\n");
    check_equal(counted("no header"), 1);
    check(strstr(trouble(0), "no header") != NULL);
}

static void logs_that_are_not_read_are_counted(void **state)
{
    (void)state;
    start();
    feed(HEAD("weird", IDS "\tname") IDS_OF("C1") "\todd\n");
    check_equal(counted("other logs"), 1);
    check_equal(trouble(0)[0], '\0');
}

static void facts_meet_their_connection(void **state)
{
    (void)state;
    start();
    feed_file(
        1,
        HEAD("ssl", IDS "\tversion\tcipher\tcurve\tserver_name\tresumed\tlast_alert\t"
                        "next_protocol\testablished\tcert_chain_fps\tja3\tja3s")
            IDS_OF("Caaa1") "\tTLSv12\tX\tx25519\tWWW.Example.ORG\tF\t-\th2\tT\t"
                            "22131bf64eed6efb4ab185d2eb1ddea8162dcfbca30100404126aa42d927b892,"
                            "83688f2aef71386e0936c4b3013b07e8e0c796d8427716dd48b2a63d79509129\t"
                            "456523fc94726331a4d5a2e1d40b2cd7\t907bf3ecef1c987c889946b737b43de8"
                            "\n");
    /* What x509.log says may come later than ssl.log. */
    feed_file(2, HEAD("x509", "ts\tfingerprint\tcertificate.subject\tcertificate.issuer\t"
                              "certificate.not_valid_before\tcertificate.not_valid_after\t"
                              "certificate.sig_alg\tcertificate.key_type\tcertificate.key_"
                              "length") "1."
                                        "0\t22131bf64eed6efb4ab185d2eb1ddea8162dcfbca3010040412"
                                        "6aa42d927b892\t"
                                        "CN=a\tCN=a\t1600000000.0\t1800000000."
                                        "0\tsha256WithRSAEncryption\trsa\t2048\n");
    feed_file(3, HEAD("conn", CONN_FIELDS) CONN_LINE "\n");
    check_equal(got.count, 1);
    check_equal(got.fact_counts[0], 3);
    const struct tls_client_fact *client = &got.facts[0][0].tls_client;
    check_text(fact_name_bytes(&client->server_name), "www.example.org");
    check_equal(client->ja3[0], 0x45);
    check_equal(got.facts[0][1].tls_server.chosen_version, 0x0303);
    check_equal(got.facts[0][1].tls_server.group, 29);
    const struct tls_certificate_fact *certificate = &got.facts[0][2].certificate;
    check_equal(certificate->sha256[0], 0x22);
    check_equal(certificate->chain_length, 2);
    check_equal(certificate->key_bits, 2048);
    check_equal(certificate->key_type, KEY_RSA);
    check(certificate->is_self_issued);
    check(certificate->not_after_ns == INT64_C(1800000000000000000));
    check_equal(counted("joined"), 3);
}

static void older_logs_name_certificates_by_file(void **state)
{
    (void)state;
    start();
    feed_file(2,
              HEAD("x509",
                   "ts\tid\tcertificate.subject\tcertificate.issuer\t"
                   "certificate.not_valid_before\tcertificate.not_valid_after\t"
                   "certificate.key_type\tcertificate.key_length") "1.0\tFabc\tCN=a\tCN=b\t1."
                                                                   "0\t2.0\tecdsa\t256\n");
    feed_file(1, HEAD("ssl", IDS "\tversion\tserver_name\testablished\tcert_chain_fuids")
                     IDS_OF("Caaa1") "\t-\t-\tT\tFabc,Fdef\n");
    feed_file(3, HEAD("conn", CONN_FIELDS) CONN_LINE "\n");
    check_equal(got.fact_counts[0], 1);
    check_equal(got.facts[0][0].certificate.key_type, KEY_EC);
    check_equal(got.facts[0][0].certificate.chain_length, 2);
}

static void dns_ssh_http_and_quic_are_read(void **state)
{
    (void)state;
    start();
    feed_file(
        1, HEAD("dns", IDS "\tproto\ttrans_id\trtt\tquery\tqclass\tqclass_name\tqtype\t"
                           "qtype_name\trcode\trcode_name\tAA\tTC\tRD\tRA\tZ\tanswers\tTTLs")
               IDS_OF("C1") "\tudp\t77\t0.1\tA\\x20b.example\t1\tC\t1\tA\t3\tNXDOMAIN\tT\tF\t"
                            "T\tT\t0\tcdn.example,192.0.2.1,192.0.2.2\t5.0,6.0,7.0\n");
    feed_file(
        2,
        HEAD("ssh", IDS "\tversion\tauth_success\tauth_attempts\tdirection\tclient\t"
                        "server\tcipher_alg\tmac_alg\tcompression_alg\tkex_alg\t"
                        "host_key_alg\thassh\thasshServer")
            IDS_OF(
                "C2") "\t2\tT\t1\t-\tSSH-2.0-Go\tSSH-2.0-OpenSSH_9.9\taes\tm\tnone\t"
                      "curve25519-sha256\tssh-ed25519\t06046964c022c6407d15a27b12a6a4fb\t-\n");
    feed_file(3, HEAD("http", IDS "\ttrans_depth\tmethod\thost\turi\tuser_agent\tstatus_code")
                     IDS_OF("C3") "\t1\tPOST\tHost.example:8080\t/secret\tcurl/8\t404\n");
    feed_file(4, HEAD("quic", IDS "\tversion\tclient_initial_dcid\tclient_scid\tserver_scid\t"
                                  "server_name\tclient_protocol\thistory")
                     IDS_OF("C4") "\t1\taa\t-\tbb\tq.example\th3\tI\n");
    logs_finish(logs);
    check_equal(got.count, 4);
    const struct dns_fact *dns = &got.facts[0][0].dns;
    check_text(fact_name_bytes(&dns->query_name), "a\\032b.example");
    check_text(fact_name_bytes(&dns->canonical_name), "cdn.example");
    check_equal(dns->response_code, 3);
    check(dns->is_response && dns->is_authoritative && !dns->is_truncated);
    check_equal(dns->answer_records, 3);
    check_equal(dns->answer_count, 2);
    check_equal(dns->answers[1].ttl_s, 7);
    check_equal(got.fact_counts[1], 3);
    check_equal(got.facts[1][2].login.result, LOGIN_SUCCESS);
    check_equal(got.facts[1][2].login.attempts, 1);
    check_equal(got.facts[1][0].ssh.hassh[0], 0x06);
    check(got.facts[1][0].ssh.has_kexinit && !got.facts[1][1].ssh.has_kexinit);
    check_equal(got.fact_counts[2], 2);
    check_text(fact_server_name(&got.facts[2][0]), "host.example");
    check_equal(got.facts[2][0].http.method, SEEN_HTTP_POST);
    check_equal(got.facts[2][1].http.status, 404);
    check_equal(got.facts[3][0].tls_client.quic_version, 1);
    check_equal(got.flows[3].protocol, PROTOCOL_UDP);
    /* Their connection never came: a flow without packets, at the time of the fact. */
    check_equal(got.flows[0].forward.packets, 0);
    check(flow_start_ns(&got.flows[0]) == INT64_C(1700000000300000000));
    check_equal(counted("of facts alone"), 4);
}

static void logins_are_read_and_names_of_accounts_are_not_kept(void **state)
{
    (void)state;
    start();
    feed_file(1, HEAD("kerberos", IDS "\trequest_type\tclient\tservice\tsuccess\terror_msg\t"
                                      "cipher")
                     IDS_OF("K1") "\tTGS\tAlice/EXAMPLE.COM\tcifs/a\tT\t-\trc4-hmac\n" IDS_OF(
                         "K2") "\tAS\tPC1$/EXAMPLE.COM\tkrbtgt\tF\tX\taes256-cts\n");
    feed_file(2, HEAD("ntlm", IDS "\tusername\thostname\tdomainname\tsuccess")
                     IDS_OF("N1") "\talice\tPC1\tEXAMPLE\tT\n");
    feed_file(3, HEAD("rdp", IDS "\tcookie\tresult\tsecurity_protocol")
                     IDS_OF("R1") "\tEXAMPLE\\svc_backup\tencrypted\tHYBRID\n");
    feed("{\"_path\":\"ntlm\",\"ts\":1700000000.25,\"uid\":\"N2\",\"id.orig_h\":\"10.0.0.5\","
         "\"id.orig_p\":50000,\"id.resp_h\":\"10.0.0.7\",\"id.resp_p\":445,\"username\":"
         "\"bob\",\"success\":false}\n");
    logs_finish(logs);
    check_equal(got.count, 5);
    const struct login_fact *alice = &got.facts[0][0].login, *pc = &got.facts[1][0].login;
    check_equal(got.facts[0][0].kind, FACT_LOGIN);
    check(alice->is_weak && !pc->is_weak);
    check(!alice->is_of_a_service && pc->is_of_a_service);
    check(alice->result == LOGIN_SUCCESS && pc->result == LOGIN_FAILURE);
    check(alice->account != 0 && alice->account != pc->account);
    check(got.facts[2][0].login.account == alice->account);
    check_equal(got.facts[2][0].login.service, LOGIN_NTLM);
    check(got.facts[3][0].login.is_of_a_service);
    check_equal(got.facts[3][0].login.result, LOGIN_UNKNOWN);
    check_equal(got.facts[4][0].login.result, LOGIN_FAILURE);
    for (size_t i = 0; i < got.count; i++) {
        struct bytes whole = { (const uint8_t *)&got.facts[i][0], fact_size(FACT_LOGIN) };
        for (size_t at = 0; at + 5 <= whole.len; at++)
            check(memcmp(whole.at + at, "lice", 4) != 0 &&
                  memcmp(whole.at + at, "svc_", 4) != 0);
    }
}

static void json_says_the_same_as_columns(void **state)
{
    (void)state;
    start();
    feed("{\"_path\":\"conn\",\"ts\":1700000000.25,\"uid\":\"C1\",\"id.orig_h\":\"10.0.0.5\","
         "\"id.orig_p\":50000,\"id.resp_h\":\"198.51.100.7\",\"id.resp_p\":443,\"proto\":"
         "\"tcp\","
         "\"duration\":1.5e+00,\"orig_bytes\":300,\"conn_state\":\"SF\",\"history\":"
         "\"ShADadFf\","
         "\"orig_pkts\":10,\"orig_ip_bytes\":820,\"resp_pkts\":8,\"resp_ip_bytes\":4420,"
         "\"tunnel_parents\":[]}\n"
         /* No _path, the end points in an object, and a date for a time. */
         "{\"ts\":\"2023-11-14T22:13:20.250000Z\",\"uid\":\"C2\",\"id\":{\"orig_h\":\"10.0.0."
         "5\","
         "\"orig_p\":50000,\"resp_h\":\"198.51.100.7\",\"resp_p\":443},\"proto\":\"tcp\","
         "\"conn_state\":\"S0\",\"orig_pkts\":1,\"orig_ip_bytes\":60,\"resp_pkts\":0,"
         "\"resp_ip_bytes\":0}\n");
    check_equal(got.count, 2);
    check(flow_end_ns(&got.flows[0]) == INT64_C(1700000001750000000));
    check_equal(got.flows[0].reverse.octets, 4420);
    check_equal(got.flows[0].tcp, FLOW_TCP_CLOSED);
    check(flow_start_ns(&got.flows[1]) == INT64_C(1700000000250000000));
    check_equal(got.flows[1].initiator_port, 50000);
}

static void a_json_line_names_what_it_lacks(void **state)
{
    (void)state;
    start();
    feed("{\"_path\":\"conn\",\"ts\":1.5,\"uid\":\"C1\",\"id.orig_h\":\"10.0.0.5\","
         "\"id.orig_p\":1,\"id.resp_h\":\"10.0.0.6\",\"id.resp_p\":2,\"proto\":\"tcp\"}\n");
    check_equal(counted("lacks a field"), 1);
    check(strstr(trouble(0), "orig_pkts") != NULL);
}

static void facts_that_wait_are_bounded(void **state)
{
    (void)state;
    start_with(4);
    for (int i = 0; i < 9; i++) {
        char text[1024];
        (void)snprintf(
            text, sizeof text,
            HEAD("http", IDS "\tmethod\thost") "1.%d\tC%d\t10.0.0.5\t%d\t10.0.0.6\t80\t"
                                               "GET\th%d.example\n",
            i, i, 1000 + i, i);
        feed(text);
    }
    check_equal(got.count, 5);
    check_equal(got.flows[0].initiator_port, 1000); /* the oldest first */
    check_equal(counted("evicted"), 5);
    logs_finish(logs);
    check_equal(got.count, 9);
    check_equal(counted("alone"), 9);
}

static void a_connection_keeps_so_many_facts(void **state)
{
    (void)state;
    start();
    for (int i = 0; i < 70; i++)
        feed(HEAD("http", IDS "\tmethod\thost") IDS_OF("Caaa1") "\tGET\th.example\n");
    feed(HEAD("conn", CONN_FIELDS) CONN_LINE "\n");
    check_equal(got.count, 1);
    check_equal(got.flows[0].facts_dropped, 6);
    check_equal(counted("joined"), 64);
    check_equal(counted("too many for a flow"), 6);
}

static void few_wait_with_the_same_identifier(void **state)
{
    (void)state;
    start();
    for (int i = 0; i < 20; i++) {
        char text[1024];
        (void)snprintf(text, sizeof text,
                       HEAD("http", IDS "\tmethod\thost") "1.%02d\tC1\t10.0.0.%d\t1\t10.1.0.6"
                                                          "\t80\tGET\th\n",
                       i, i);
        feed(text);
    }
    check_equal(got.count, 12);
    check_equal(counted("evicted"), 12);
    check_equal(counted("same id, other addresses"), 19);
    logs_finish(logs);
    check_equal(got.count, 20);
    check_equal(counted("alone"), 20);
}

static void another_with_the_same_identifier_is_not_joined(void **state)
{
    (void)state;
    start();
    feed(HEAD("http", IDS "\tmethod\thost") "1.0\tCaaa1\t10.9.9.9\t1\t10.9.9.8\t80\tGET\th\n");
    feed(HEAD("conn", CONN_FIELDS) CONN_LINE "\n");
    check_equal(got.count, 1);
    check(got.flows[0].facts == NULL);
    check_equal(counted("same id, other addresses"), 1);
}

TESTS(TEST(a_connection_becomes_a_flow), TEST(every_state_has_its_meaning),
      TEST(icmp_has_its_type_and_code_for_ports),
      TEST(columns_in_any_order_and_more_of_them_are_fine),
      TEST(each_missing_column_is_named_and_the_file_passed_over),
      TEST(every_shorter_line_is_refused), TEST(odd_values_are_refused_by_reason),
      TEST(a_line_before_any_header_is_refused), TEST(logs_that_are_not_read_are_counted),
      TEST(facts_meet_their_connection), TEST(older_logs_name_certificates_by_file),
      TEST(dns_ssh_http_and_quic_are_read),
      TEST(logins_are_read_and_names_of_accounts_are_not_kept),
      TEST(json_says_the_same_as_columns), TEST(a_json_line_names_what_it_lacks),
      TEST(facts_that_wait_are_bounded), TEST(a_connection_keeps_so_many_facts),
      TEST(another_with_the_same_identifier_is_not_joined),
      TEST(few_wait_with_the_same_identifier))
