// SPDX-License-Identifier: Apache-2.0
/* The rules of NEMEA and Slips, each from both sides of its threshold. */
#include "baselines.h"

static struct admitted_flow make_attempt(uint32_t source, uint32_t target, uint16_t port,
                                         double at_s)
{
    struct admitted_flow made = make_flow(source, target, at_s, 0);
    made.flow.forward.packets = 1;
    made.flow.forward.octets = 60;
    made.flow.forward.tcp_flags = TCP_SYN;
    made.flow.reverse = (struct flow_half){ .packets = 0 };
    made.flow.tcp = FLOW_TCP_ATTEMPT;
    made.flow.responder_port = port;
    return made;
}

/* Scores are multiples of the threshold; 0 when the rule says nothing of the unit. */
static struct ranked row_of(struct trial *trial, enum finding_kind kind, uint32_t unit)
{
    size_t count = trial_rank(trial);
    for (size_t i = 0; i < count; i++)
        if (trial->rows[i].kind == kind && ip_to_v4(&trial->rows[i].unit) == unit)
            return trial->rows[i];
    return (struct ranked){ .score = 0 };
}

static void a_horizontal_scan_has_fifty_targets_without_five_minutes_of_rest(void **unused)
{
    (void)unused;
    for (uint32_t targets = 49; targets <= 50; targets++) {
        struct trial *trial = trial_open(BASELINE_NEMEA);
        for (uint32_t i = 0; i < 2 * targets; i++) /* each twice: counted once */
            trial_observe(trial, make_attempt(LINE, SERVER + i % targets, 23, i));
        struct ranked row = row_of(trial, FINDING_SCANNER, LINE);
        check(is_near(row.score, targets / 50.0) && row.is_alert == (targets == 50));
        check(row.port == 23 && !row.has_line);
        check(row.first_alert_ns == (targets == 50 ? EPOCH_NS + 49 * TIME_SECOND_NS : 0));
        trial_close(trial);
    }
    struct trial *trial = trial_open(BASELINE_NEMEA);
    for (uint32_t i = 0; i < 80; i++)
        trial_observe(trial, make_attempt(LINE, SERVER + i, 23, i + (i >= 40 ? 400 : 0)));
    check(is_near(row_of(trial, FINDING_SCANNER, LINE).score, 40 / 50.0));
    trial_close(trial);
}

static void a_vertical_scan_has_fifty_ports_of_one_target(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_NEMEA);
    for (uint16_t i = 0; i < 60; i++) {
        struct admitted_flow flow = make_attempt(LINE, SERVER, (uint16_t)(1 + i), i);
        flow.flow.forward.packets = 3;
        trial_observe(trial, flow);
    }
    struct ranked row = row_of(trial, FINDING_SCANNER, LINE);
    check(is_near(row.score, 60 / 50.0) && row.has_line && row.is_alert);
    check(ip_to_v4(&row.line) == SERVER);
    trial_close(trial);
}

static void a_host_that_only_sends_syns_stands_out_after_two_hundred(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_NEMEA);
    for (uint32_t i = 0; i < 205; i++) { /* other ports: no horizontal scan of 50 */
        uint16_t port = (uint16_t)(1 + i % 100);
        trial_observe(trial, make_attempt(LINE, SERVER + i, port, 1 + i * 0.1));
    }
    /* Of 205, those from the 201st on. */
    check(is_near(row_of(trial, FINDING_SCANNER, LINE).score, 5));
    trial_close(trial);
}

static struct admitted_flow make_login(uint32_t source, uint64_t octets, double at_s)
{
    struct admitted_flow made = make_flow(source, SERVER, at_s, 1);
    made.flow.responder_port = 22;
    made.flow.forward.packets = 14;
    made.flow.forward.octets = octets;
    made.flow.reverse.packets = 16;
    made.flow.reverse.octets = 2200;
    return made;
}

static void thirty_of_fifty_flows_like_a_login_are_guessing(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_NEMEA);
    for (uint32_t i = 0; i < 29; i++)
        trial_observe(trial, make_login(LINE, 2000, i));
    for (uint32_t i = 0; i < 30; i++) {
        trial_observe(trial, make_login(LINE + 1, 2000, 2 * i));
        trial_observe(trial, make_login(LINE + 1, 90000, 2 * i + 1)); /* half are not alike */
        trial_observe(trial, make_login(LINE + 2, 2000, i));
    }
    check(is_near(row_of(trial, FINDING_GUESSING, LINE).score, 0));
    check(is_near(row_of(trial, FINDING_GUESSING, LINE + 1).score, 0)); /* 25 of the last 50 */
    check(row_of(trial, FINDING_GUESSING, LINE + 2).is_alert);
    trial_close(trial);
}

static void large_answers_of_few_sizes_are_amplification(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_NEMEA);
    for (uint32_t i = 0; i < 1100; i++) {
        for (uint32_t kind = 0; kind < 3; kind++) {
            struct admitted_flow flow = make_flow(LINE, SERVER + kind, i, 0);
            flow.flow.protocol = PROTOCOL_UDP;
            flow.flow.responder_port = 53;
            flow.flow.forward.packets = flow.flow.reverse.packets = 1;
            flow.flow.forward.octets = 70;
            flow.flow.reverse.octets = kind == 0 ? 1400 : kind == 1 ? 900 : 700 + 7 * (i % 150);
            trial_observe(trial, flow);
        }
    }
    struct ranked row = row_of(trial, FINDING_REFLECTOR, SERVER);
    check(row.is_alert && row.has_line && ip_to_v4(&row.line) == LINE);
    check(row.first_alert_ns == EPOCH_NS + 999 * TIME_SECOND_NS);
    check(!row_of(trial, FINDING_REFLECTOR, SERVER + 1).is_alert); /* too small */
    check(!row_of(trial, FINDING_REFLECTOR, SERVER + 2).is_alert); /* of all sizes */
    trial_close(trial);
}

static void ask(struct trial *trial, uint32_t line, uint32_t number, unsigned response_code)
{
    struct fact fact = { .kind = FACT_DNS };
    struct text text = text_over(fact.dns.query_name.at, sizeof fact.dns.query_name.at);
    for (uint32_t i = 0; i < 40 + number % 30; i++) /* 70 to 99 octets with t.example */
        text_put_char(&text, 'a');
    text_put_u64(&text, 100 + number);
    text_put_string(&text, ".example");
    fact.dns.query_name.len = (uint8_t)text.len;
    fact.dns.is_response = true;
    fact.dns.response_code = (uint8_t)response_code;
    struct admitted_flow flow = make_flow(line, SERVER, number, 0);
    flow.flow.protocol = PROTOCOL_UDP;
    flow.flow.responder_port = 53;
    flow.flow.facts = &fact;
    trial_observe(trial, flow);
}

static void many_new_long_names_are_a_tunnel(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_NEMEA);
    for (uint32_t i = 0; i < 200; i++) {
        ask(trial, LINE, i, 0);
        ask(trial, LINE + 1, i % 20, 0); /* the same again and again */
    }
    check(row_of(trial, FINDING_TUNNEL, LINE).is_alert);
    check(is_near(row_of(trial, FINDING_TUNNEL, LINE).score, 51)); /* from the 150th on */
    check(!row_of(trial, FINDING_TUNNEL, LINE + 1).is_alert);
    trial_close(trial);
}

static void slips_counts_five_targets_or_ports_an_hour(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_SLIPS);
    for (uint32_t i = 0; i < 5; i++) {
        trial_observe(trial, make_attempt(LINE, SERVER + i, 445, i));
        if (i < 4)
            trial_observe(trial, make_attempt(LINE + 1, SERVER + i, 445, i));
        /* Hours apart. */
        trial_observe(trial, make_attempt(LINE + 2, SERVER + i, 445, i * 4000));
    }
    check(is_near(row_of(trial, FINDING_SCANNER, LINE).score, 1));
    check(row_of(trial, FINDING_SCANNER, LINE).is_alert);
    check(!row_of(trial, FINDING_SCANNER, LINE + 1).is_alert);
    check(!row_of(trial, FINDING_SCANNER, LINE + 2).is_alert);
    trial_close(trial);
}

static void slips_counts_short_logins_long_connections_and_uploads(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_SLIPS);
    for (uint32_t i = 0; i < 9; i++) {
        trial_observe(trial, make_login(LINE, 2090, i)); /* 4290 with the answer */
        trial_observe(trial, make_login(LINE + 1, 2091, i));
    }
    check(row_of(trial, FINDING_GUESSING, LINE).is_alert);
    check(is_near(row_of(trial, FINDING_GUESSING, LINE + 1).score, 0));
    trial_observe(trial, make_flow(LINE, SERVER + 1, 10, 1500));
    trial_observe(trial, make_flow(LINE, SERVER + 2, 10, 900));
    trial_observe(trial, make_flow(LINE, SERVER + 2, 1000, 900));
    check(row_of(trial, FINDING_LASTING, SERVER + 1).is_alert);
    check(is_near(row_of(trial, FINDING_LASTING, SERVER + 2).score, 900 / 1500.0));
    for (uint32_t i = 0; i < 5; i++) {
        struct admitted_flow flow = make_flow(LINE, SERVER + 3, 3000 + i, 1);
        flow.flow.forward.octets = 100000000;
        trial_observe(trial, flow);
    }
    struct ranked row = row_of(trial, FINDING_UPLOAD, SERVER + 3);
    check(row.is_alert && is_near(row.score, 1));
    check(row.first_alert_ns == EPOCH_NS + 3005 * TIME_SECOND_NS);
    trial_close(trial);
}

static void slips_counts_ten_names_that_do_not_exist_and_twenty_five_pings(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_SLIPS);
    for (uint32_t i = 0; i < 10; i++) {
        ask(trial, LINE, i, 3);
        ask(trial, LINE + 1, i, i == 0 ? 0 : 3);
    }
    check(row_of(trial, FINDING_GENERATED_NAMES, LINE).is_alert);
    check(!row_of(trial, FINDING_GENERATED_NAMES, LINE + 1).is_alert);
    for (uint32_t i = 0; i < 25; i++) {
        struct admitted_flow flow = make_flow(LINE, SERVER + i, 100 + i, 0);
        flow.flow.protocol = PROTOCOL_ICMP;
        trial_observe(trial, flow);
    }
    check(is_near(row_of(trial, FINDING_SCANNER, LINE).score, 1));
    trial_close(trial);
}

TESTS(TEST(a_horizontal_scan_has_fifty_targets_without_five_minutes_of_rest),
      TEST(a_vertical_scan_has_fifty_ports_of_one_target),
      TEST(a_host_that_only_sends_syns_stands_out_after_two_hundred),
      TEST(thirty_of_fifty_flows_like_a_login_are_guessing),
      TEST(large_answers_of_few_sizes_are_amplification),
      TEST(many_new_long_names_are_a_tunnel), TEST(slips_counts_five_targets_or_ports_an_hour),
      TEST(slips_counts_short_logins_long_connections_and_uploads),
      TEST(slips_counts_ten_names_that_do_not_exist_and_twenty_five_pings))
