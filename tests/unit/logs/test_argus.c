// SPDX-License-Identifier: Apache-2.0
#include "feed.h"

#include <stdio.h>

#define HEADER                                                                              \
    "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes," \
    "SrcBytes,Label\n"
#define LINE                                                                         \
    "2011/08/10 09:46:53.047277,3.500000,tcp,10.0.0.5,50000,   ->,198.51.100.7,443," \
    "FSPA_FSPA,0,0,20,4820,820,flow=Background"

static void a_line_becomes_a_flow(void **state)
{
    (void)state;
    start();
    feed(HEADER LINE "\n");
    check_equal(got.count, 1);
    const struct flow *flow = &got.flows[0];
    check_address(&flow->responder, "198.51.100.7");
    check(flow_start_ns(flow) == INT64_C(1312969613047277000));
    check(flow_end_ns(flow) == INT64_C(1312969616547277000));
    check_equal(flow->forward.octets, 820);
    check_equal(flow->reverse.octets, 4000);
    /* Packets of each side are not told: shared out as octets are. */
    check_equal(flow->forward.packets, 3);
    check_equal(flow->reverse.packets, 17);
    check_equal(flow->tcp, FLOW_TCP_CLOSED);
    check_equal(flow->forward.first_flags, TCP_SYN);
}

static void columns_by_ra_names_in_any_order(void **state)
{
    (void)state;
    start();
    feed("Proto,saddr,daddr,sport,dport,dir,stime,ltime,pkts,bytes,spkts,sbytes,state\n"
         "udp,10.0.0.5,10.0.0.1,1024,53,  <->,1312969613.5,1312969614.5,2,180,1,70,CON\n");
    check_equal(got.count, 1);
    check_equal(got.flows[0].reverse.packets, 1);
    check_equal(got.flows[0].reverse.octets, 110);
    check(flow_end_ns(&got.flows[0]) == INT64_C(1312969614500000000));
    check_equal(got.flows[0].tcp, FLOW_TCP_NONE);
}

static void an_arrow_to_the_left_turns_the_flow(void **state)
{
    (void)state;
    start();
    feed(HEADER
         "2011/08/10 09:46:53.0,1,tcp,10.0.0.5,443,  <-,198.51.100.7,50000,RST,0,0,3,300,"
         "100,\n");
    check_equal(got.count, 1);
    check_address(&got.flows[0].initiator, "198.51.100.7");
    check_equal(got.flows[0].initiator_port, 50000);
    check_equal(got.flows[0].forward.octets, 200);
    check_equal(got.flows[0].tcp, FLOW_TCP_RESET);
}

static void a_turned_flow_of_no_packets_keeps_its_octets_once(void **state)
{
    (void)state;
    start();
    feed(HEADER "2011/08/10 09:46:53.0,0,icmp,10.0.0.5,0x0103,<-,10.0.0.6,,URH,0,,0,70,70,\n");
    check_equal(got.count, 1);
    check_equal(got.flows[0].forward.octets + got.flows[0].reverse.octets, 70);
    check_equal(got.flows[0].reverse.first_ns, 0);
    check(got.flows[0].forward.first_ns == INT64_C(1312969613000000000));
}

static void icmp_has_code_and_type_in_the_first_port(void **state)
{
    (void)state;
    start();
    feed(HEADER
         "2011/08/10 09:46:53.0,0,icmp,10.0.0.5,0x0103,->,10.0.0.6,,URH,0,,1,70,70,\n"
         "2011/08/10 09:46:53.0,0,icmp,10.0.0.5,0x0008,->,10.0.0.6,0x1b2c,ECO,0,,1,70,70,\n");
    check_equal(got.count, 2);
    check_equal(got.flows[0].responder_port, 3 * 256 + 1);
    check_equal(got.flows[1].responder_port, 8 * 256);
}

static void each_missing_column_is_named(void **state)
{
    (void)state;
    static const char *const needed[] = { "StartTime", "Proto",    "SrcAddr",
                                          "Sport",     "DstAddr",  "Dport",
                                          "TotPkts",   "TotBytes", "SrcBytes" };
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        char text[1024] = HEADER LINE "\n";
        strstr(text, needed[i])[0] = 'X';
        start();
        feed(text);
        check_equal(got.count, 0);
        check(counted("file lacks a column") + counted("no header") > 0);
        check(trouble(0)[0] != '\0');
    }
}

static void every_shorter_line_is_refused(void **state)
{
    (void)state;
    const char line[] = LINE;
    size_t whole = strlen(LINE) - strlen("flow=Background");
    for (size_t len = 1; len < whole; len++) {
        char text[1024];
        (void)snprintf(text, sizeof text, HEADER "%.*s\n", (int)len, line);
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
        { "2011/13/10 09:46:53.0,0,tcp,10.0.0.5,1,->,10.0.0.6,2,S_,0,,1,70,70,", "bad time" },
        { "2011/08/10 09:46:53.0,x,tcp,10.0.0.5,1,->,10.0.0.6,2,S_,0,,1,70,70,", "bad time" },
        { "2011/08/10 09:46:53.0,0,arp,10.0.0.5,,who,10.0.0.6,,INT,0,,1,60,60,", "not ip" },
        { "2011/08/10 09:46:53.0,0,llc,0:1:2:3:4:5,,->,0:1:2:3:4:6,,INT,0,,1,60,60,",
          "not ip" },
        { "2011/08/10 09:46:53.0,0,tcp,host,1,->,10.0.0.6,2,S_,0,,1,70,70,", "bad address" },
        { "2011/08/10 09:46:53.0,0,tcp,10.0.0.5,http,->,10.0.0.6,2,S_,0,,1,70,70,",
          "bad number" },
        { "2011/08/10 09:46:53.0,0,tcp,10.0.0.5,1,->,10.0.0.6,2,S_,0,,1,70,71,", "bad number" },
        { "2011/08/10 09:46:53.0,0,tcp,10.0.0.5,1,->,10.0.0.6,2,S_,0,,,70,70,", "bad number" },
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        char text[1024];
        (void)snprintf(text, sizeof text, HEADER "%s\n", odd[i].line);
        start();
        feed(text);
        check_equal(got.count, 0);
        check_equal(counted(odd[i].reason), 1);
    }
}

TESTS(TEST(a_line_becomes_a_flow), TEST(columns_by_ra_names_in_any_order),
      TEST(an_arrow_to_the_left_turns_the_flow),
      TEST(a_turned_flow_of_no_packets_keeps_its_octets_once),
      TEST(icmp_has_code_and_type_in_the_first_port), TEST(each_missing_column_is_named),
      TEST(every_shorter_line_is_refused), TEST(odd_values_are_refused_by_reason))
