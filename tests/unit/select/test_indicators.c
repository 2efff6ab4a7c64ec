// SPDX-License-Identifier: Apache-2.0
#include "select/indicators.h"

#include "base/time.h"
#include "check.h"

enum { COUNT_MAX = 20000, TEXT_MAX = 1 << 16, NOW_S = 1000 };

static _Alignas(16) uint8_t memory[4 << 20];
static const struct hash_key key = { { 11, 22, 33, 44 } };
static uint16_t list;

static struct indicators *new_set(size_t count_max)
{
    check(indicators_size(count_max, TEXT_MAX) <= sizeof memory);
    struct arena arena = arena_over(memory, indicators_size(count_max, TEXT_MAX));
    struct indicators *set = indicators_init(count_max, TEXT_MAX, key, &arena);
    check(indicators_add_list(set, "a list", &list));
    return set;
}

static struct indicator read_words(const char *words)
{
    static char room[INDICATOR_TEXT_MAX + 256];
    struct text scratch = text_over(room, sizeof room);
    struct indicator indicator;
    check_equal(indicator_read(bytes_of_string(words), &scratch, &indicator), FAULT_NONE);
    indicator.list = list;
    return indicator;
}

static enum indicators_verdict add(struct indicators *set, const char *words)
{
    struct indicator indicator = read_words(words);
    return indicators_add(set, &indicator);
}

static struct flow flow_of(const char *from, const char *to, uint16_t port)
{
    struct flow flow = { .initiator_port = 50000, .responder_port = port, .protocol = 6 };
    check(ip_read(bytes_of_string(from), &flow.initiator));
    check(ip_read(bytes_of_string(to), &flow.responder));
    return flow;
}

static struct selection why;
static struct indicator_marks marks;

static bool match(const struct indicators *set, const struct flow *flow)
{
    marks.expired = 0;
    return indicators_match(set, flow, NOW_S * TIME_SECOND_NS, &why, &marks);
}

static bool matches_as(const struct indicators *set, const struct flow *flow,
                       enum indicator_kind kind, const char *value)
{
    return match(set, flow) && why.hit_count == 1 && why.hits[0].kind == kind &&
           strcmp(why.hits[0].value, value) == 0 && strcmp(why.hits[0].list, "a list") == 0;
}

static void an_address_matches_at_either_end(void **state)
{
    (void)state;
    struct indicators *set = new_set(8);
    check_equal(add(set, "192.0.2.1"), INDICATORS_ADDED);
    struct flow flow = flow_of("10.0.0.1", "192.0.2.1", 80);
    check(matches_as(set, &flow, INDICATOR_ADDRESS, "192.0.2.1"));
    check(!why.hits[0].on_initiator);
    flow = flow_of("192.0.2.1", "10.0.0.1", 80);
    check(matches_as(set, &flow, INDICATOR_ADDRESS, "192.0.2.1"));
    check(why.hits[0].on_initiator);
    flow = flow_of("192.0.2.2", "10.0.0.1", 80);
    check(!match(set, &flow));
    check_equal(why.hit_count, 0);
}

static void of_nested_prefixes_the_longest_is_told(void **state)
{
    (void)state;
    struct indicators *set = new_set(8);
    check_equal(add(set, "192.0.0.0/9"), INDICATORS_ADDED);
    check_equal(add(set, "192.0.2.0/25"), INDICATORS_ADDED);
    check_equal(add(set, "2001:db8::/33"), INDICATORS_ADDED);
    struct flow flow = flow_of("10.0.0.1", "192.0.2.127", 80);
    check(matches_as(set, &flow, INDICATOR_PREFIX, "192.0.2.0/25"));
    flow = flow_of("10.0.0.1", "192.0.2.128", 80);
    check(matches_as(set, &flow, INDICATOR_PREFIX, "192.0.0.0/9"));
    flow = flow_of("10.0.0.1", "192.128.0.0", 80);
    check(!match(set, &flow));
    flow = flow_of("10.0.0.1", "2001:db8:7fff::1", 80);
    check(matches_as(set, &flow, INDICATOR_PREFIX, "2001:db8::/33"));
    flow = flow_of("10.0.0.1", "2001:db8:8000::1", 80);
    check(!match(set, &flow));
}

static void an_endpoint_matches_its_port_only(void **state)
{
    (void)state;
    struct indicators *set = new_set(8);
    check_equal(add(set, "192.0.2.1:443"), INDICATORS_ADDED);
    check_equal(add(set, "[2001:db8::1]:53"), INDICATORS_ADDED);
    struct flow flow = flow_of("10.0.0.1", "192.0.2.1", 443);
    check(matches_as(set, &flow, INDICATOR_ENDPOINT, "192.0.2.1:443"));
    flow = flow_of("10.0.0.1", "192.0.2.1", 444);
    check(!match(set, &flow));
    flow = flow_of("192.0.2.1", "10.0.0.1", 80);
    check(!match(set, &flow));
    flow.initiator_port = 443; /* seen from the answer on */
    check(match(set, &flow));
    flow = flow_of("10.0.0.1", "2001:db8::1", 53);
    check(matches_as(set, &flow, INDICATOR_ENDPOINT, "[2001:db8::1]:53"));
}

static void an_endpoint_of_a_protocol_matches_no_other(void **state)
{
    (void)state;
    struct indicators *set = new_set(8);
    struct indicator indicator = { .kind = INDICATOR_ENDPOINT,
                                   .prefix = { ip_from_v4(0xc0000201), 128 },
                                   .port = 53,
                                   .protocol = 17,
                                   .expires_ns = INT64_MAX };
    indicator.list = list;
    check_equal(indicators_add(set, &indicator), INDICATORS_ADDED);
    struct flow flow = flow_of("10.0.0.1", "192.0.2.1", 53);
    check(!match(set, &flow));
    flow.protocol = 17;
    check(match(set, &flow));
    indicator.protocol = 6;
    check_equal(indicators_add(set, &indicator), INDICATORS_ADDED);
    flow.protocol = 6;
    check(match(set, &flow));
}

static struct fact dns_fact_of(const char *name)
{
    struct fact fact = { .kind = FACT_DNS };
    fact.dns.query_name.len = (uint8_t)strlen(name);
    memcpy(fact.dns.query_name.at, name, strlen(name));
    return fact;
}

static bool name_matches(const struct indicators *set, const char *name)
{
    struct fact fact = dns_fact_of(name);
    struct flow flow = flow_of("10.0.0.1", "10.0.0.2", 53);
    flow.facts = &fact;
    return match(set, &flow);
}

static void a_domain_matches_itself_and_all_below_it(void **state)
{
    (void)state;
    struct indicators *set = new_set(8);
    check_equal(add(set, "evil.example"), INDICATORS_ADDED);
    check_equal(add(set, "worse.evil.example"), INDICATORS_ADDED);
    check(name_matches(set, "evil.example"));
    check(name_matches(set, "evil.example."));
    check(name_matches(set, "a.b.evil.example"));
    assert_string_equal(why.hits[0].value, "evil.example");
    check(name_matches(set, "x.worse.evil.example"));
    check_equal(why.hit_count, 1);
    assert_string_equal(why.hits[0].value, "worse.evil.example");
    check(!name_matches(set, "notevil.example"));
    check(!name_matches(set, "example"));
    check(!name_matches(set, "evil.example.com"));
    check(!name_matches(set, ""));
    check(!name_matches(set, "."));
    check(!name_matches(set, "..."));
}

static void a_name_that_was_cut_matches_by_its_end(void **state)
{
    (void)state;
    struct indicators *set = new_set(8);
    check_equal(add(set, "evil.example"), INDICATORS_ADDED);
    struct fact fact = dns_fact_of("t-of-a-long-name.evil.example");
    fact.dns.query_name.cut = true;
    struct flow flow = flow_of("10.0.0.1", "10.0.0.2", 53);
    flow.facts = &fact;
    check(match(set, &flow));
}

static void every_fact_of_the_chain_is_asked(void **state)
{
    (void)state;
    struct indicators *set = new_set(16);
    check_equal(add(set, "evil.example"), INDICATORS_ADDED);
    check_equal(add(set, "203.0.113.5"), INDICATORS_ADDED);
    check_equal(add(set, "01000000000000000000000000000000"), INDICATORS_ADDED);
    check_equal(add(set, "02000000000000000000000000000000"), INDICATORS_ADDED);
    check_equal(add(set, "t13d1516h2_8daaf6152771_02713d6af862"), INDICATORS_ADDED);
    check_equal(add(set, "sid:2019401"), INDICATORS_ADDED);
    check_equal(add(set, "0300000000000000000000000000000000000000"), INDICATORS_ADDED);
    check_equal(add(set, "0400000000000000000000000000000000000000000000000000000000000000"),
                INDICATORS_ADDED);
    struct flow flow = flow_of("10.0.0.1", "10.0.0.2", 443);
    struct fact first = { .kind = FACT_SSH }, fact = dns_fact_of("x.example");
    first.next = &fact;
    flow.facts = &first;
    check(!match(set, &flow));
    memcpy(fact.dns.canonical_name.at, "cdn.evil.example", 16);
    fact.dns.canonical_name.len = 16;
    check(matches_as(set, &flow, INDICATOR_DOMAIN, "evil.example"));
    fact.dns.canonical_name.len = 0;
    fact.dns.answer_count = 2;
    check(ip_read(BYTES("203.0.113.5"), &fact.dns.answers[1].address));
    check(matches_as(set, &flow, INDICATOR_ADDRESS, "203.0.113.5"));
    check(why.hits[0].in_dns && !why.hits[0].on_initiator); /* the resolver is not listed */
    flow.responder = fact.dns.answers[1].address;
    check(matches_as(set, &flow, INDICATOR_ADDRESS, "203.0.113.5"));
    check(!why.hits[0].in_dns);
    flow = flow_of("10.0.0.1", "10.0.0.2", 443);
    flow.facts = &first;
    fact = (struct fact){ .kind = FACT_TLS_CLIENT };
    fact.tls_client.ja3[0] = 1;
    check(matches_as(set, &flow, INDICATOR_JA3, "01000000000000000000000000000000"));
    memset(fact.tls_client.ja3, 0, 16);
    memcpy(fact.tls_client.ja4, "t13d1516h2_8daaf6152771_02713d6af862", FACT_JA4_LEN);
    check(matches_as(set, &flow, INDICATOR_JA4, "t13d1516h2_8daaf6152771_02713d6af862"));
    fact = (struct fact){ .kind = FACT_TLS_SERVER };
    fact.tls_server.ja3s[0] = 2;
    check(matches_as(set, &flow, INDICATOR_JA3, "02000000000000000000000000000000"));
    fact = (struct fact){ .kind = FACT_TLS_CERTIFICATE };
    fact.certificate.sha1[0] = 3;
    check(matches_as(set, &flow, INDICATOR_CERTIFICATE,
                     "0300000000000000000000000000000000000000"));
    fact.certificate.sha256[0] = 4;
    check(match(set, &flow));
    check_equal(why.hit_count, 2);
    fact = (struct fact){ .kind = FACT_ALERT, .alert = { 1, 2019401, 3, 1, false } };
    check(matches_as(set, &flow, INDICATOR_SIGNATURE, "sid:2019401"));
    fact.alert.generator = 3;
    check(!match(set, &flow));
    fact = (struct fact){ .kind = FACT_HTTP };
    memcpy(fact.http.host.at, "203.0.113.5", 11);
    fact.http.host.len = 11;
    check(matches_as(set, &flow, INDICATOR_ADDRESS, "203.0.113.5"));
}

static enum indicators_verdict add_within(struct indicators *set, const char *words,
                                          int64_t begins_s, int64_t expires_s)
{
    struct indicator indicator = read_words(words);
    indicator.begins_ns = begins_s * TIME_SECOND_NS;
    indicator.expires_ns = expires_s * TIME_SECOND_NS;
    return indicators_add(set, &indicator);
}

static bool matches_at(const struct indicators *set, const char *address, int64_t time_ns)
{
    struct flow flow = flow_of("10.0.0.1", address, 80);
    marks.expired = 0;
    return indicators_match(set, &flow, time_ns, &why, &marks);
}

static void a_window_holds_from_its_first_second_to_before_its_last(void **state)
{
    (void)state;
    struct indicators *set = new_set(8);
    check_equal(add_within(set, "192.0.2.1", 500, 1000), INDICATORS_ADDED);
    check(!matches_at(set, "192.0.2.1", 500 * TIME_SECOND_NS - 1));
    check_equal(marks.expired, 1);
    check(matches_at(set, "192.0.2.1", 500 * TIME_SECOND_NS));
    check_equal(why.hits[0].begins_ns, 500 * TIME_SECOND_NS);
    check_equal(why.hits[0].expires_ns, 1000 * TIME_SECOND_NS);
    check(matches_at(set, "192.0.2.1", 1000 * TIME_SECOND_NS - 1));
    check(!matches_at(set, "192.0.2.1", 1000 * TIME_SECOND_NS));
    check_equal(marks.expired, 1);
}

static void a_part_of_a_second_never_widens_a_window(void **state)
{
    (void)state;
    struct indicators *set = new_set(8);
    struct indicator indicator = read_words("192.0.2.1");
    indicator.begins_ns = 500 * TIME_SECOND_NS + 1;
    indicator.expires_ns = 1001 * TIME_SECOND_NS - 1;
    check_equal(indicators_add(set, &indicator), INDICATORS_ADDED);
    check(!matches_at(set, "192.0.2.1", 501 * TIME_SECOND_NS - 1));
    check(matches_at(set, "192.0.2.1", 501 * TIME_SECOND_NS));
    check(matches_at(set, "192.0.2.1", 1000 * TIME_SECOND_NS - 1));
    check(!matches_at(set, "192.0.2.1", 1000 * TIME_SECOND_NS));
}

static void windows_of_one_list_that_meet_become_one(void **state)
{
    (void)state;
    struct indicators *set = new_set(8);
    check_equal(add_within(set, "192.0.2.1", 100, 200), INDICATORS_ADDED);
    check_equal(add_within(set, "192.0.2.1", 300, 400), INDICATORS_ADDED);
    check_equal(add_within(set, "192.0.2.1", 400, 500), INDICATORS_DUPLICATE);
    check_equal(indicators_count(set), 2);
    check(matches_at(set, "192.0.2.1", 150 * TIME_SECOND_NS));
    check(!matches_at(set, "192.0.2.1", 250 * TIME_SECOND_NS)); /* neither says so */
    check(matches_at(set, "192.0.2.1", 450 * TIME_SECOND_NS));
    check(!matches_at(set, "192.0.2.1", 500 * TIME_SECOND_NS));
}

static void one_value_under_too_many_dates_is_refused(void **state)
{
    (void)state;
    struct indicators *set = new_set(COUNT_MAX);
    enum indicators_verdict verdict = INDICATORS_ADDED;
    int64_t i = 0;
    for (; verdict == INDICATORS_ADDED; i++)
        verdict = add_within(set, "192.0.2.1", 10 * i, 10 * i + 5);
    check_equal(verdict, INDICATORS_CROWDED);
    check_equal(i, 257);
}

static void what_is_too_wide_is_refused(void **state)
{
    (void)state;
    static const char *const wide[] = { "0.0.0.0/0",
                                        "10.0.0.0/7",
                                        "2000::/18",
                                        "::/64",
                                        "co.jp",
                                        "com.au",
                                        "1drv.ms",
                                        "docs.google.com",
                                        "https://docs.google.com/forms/x",
                                        "zapto.org",
                                        "raw.githubusercontent.com",
                                        "com.vn",
                                        "t.me" };
    struct indicators *set = new_set(8);
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        check_equal(add(set, wide[i]), INDICATORS_TOO_WIDE);
    struct indicator bare = { .kind = INDICATOR_DOMAIN, .text = BYTES("com") };
    bare.list = list;
    check_equal(indicators_add(set, &bare), INDICATORS_TOO_WIDE);
    check_equal(add(set, "10.0.0.0/8"), INDICATORS_ADDED);
    check_equal(add(set, "2000::/19"), INDICATORS_ADDED);
    check_equal(add(set, "evil.co.jp"), INDICATORS_ADDED);
    check_equal(add(set, "evil.workers.dev"), INDICATORS_ADDED);
}

static void a_full_set_says_so(void **state)
{
    (void)state;
    struct indicators *set = new_set(2);
    check_equal(add(set, "192.0.2.1"), INDICATORS_ADDED);
    check_equal(add(set, "192.0.2.2"), INDICATORS_ADDED);
    check_equal(add(set, "192.0.2.3"), INDICATORS_FULL);
    check_equal(add(set, "192.0.2.2"), INDICATORS_DUPLICATE);
    uint16_t ignored;
    for (size_t i = 1; i < 256; i++) {
        char name[] = { (char)('a' + i / 16), (char)('a' + i % 16), '\0' };
        check(indicators_add_list(set, name, &ignored));
        check_equal(ignored, i);
        check(indicators_add_list(set, name, &ignored));
        check_equal(ignored, i);
    }
    check(!indicators_add_list(set, "one too many", &ignored));
}

static void of_many_hits_the_first_four_are_kept(void **state)
{
    (void)state;
    struct indicators *set = new_set(16);
    struct fact fact = dns_fact_of("x.example");
    fact.dns.answer_count = 8;
    for (uint32_t i = 0; i < 8; i++) {
        struct indicator indicator = { .prefix = { ip_from_v4(0xc0000200 + i), 128 },
                                       .expires_ns = INT64_MAX };
        indicator.list = list;
        check_equal(indicators_add(set, &indicator), INDICATORS_ADDED);
        fact.dns.answers[i].address = indicator.prefix.address;
    }
    struct flow flow = flow_of("10.0.0.1", "10.0.0.2", 53);
    flow.facts = &fact;
    check(match(set, &flow));
    check_equal(why.hit_count, SELECTION_HITS_MAX);
}

static void every_list_of_a_match_is_marked(void **state)
{
    (void)state;
    struct indicators *set = new_set(16);
    uint16_t lists[4];
    static const char *const values[] = { "192.0.2.0/24", "192.0.2.1", "192.0.0.0/16",
                                          "192.0.2.1" };
    for (size_t i = 0; i < 4; i++) {
        char name[] = { (char)('w' + i), '\0' };
        check(indicators_add_list(set, name, &lists[i]));
        struct indicator indicator = read_words(values[i]);
        indicator.list = lists[i];
        check_equal(indicators_add(set, &indicator), INDICATORS_ADDED);
    }
    struct flow flow = flow_of("10.0.0.1", "192.0.2.1", 443);
    check(match(set, &flow));
    check_equal(why.hit_count, 2);
    check_equal(marks.kinds[STAND_RESPONDER][lists[0]], 1U << INDICATOR_PREFIX);
    check_equal(marks.kinds[STAND_RESPONDER][lists[1]], 1U << INDICATOR_ADDRESS);
    check_equal(marks.kinds[STAND_RESPONDER][lists[2]], 1U << INDICATOR_PREFIX);
    check_equal(marks.kinds[STAND_RESPONDER][lists[3]], 1U << INDICATOR_ADDRESS);
    check_equal(marks.kinds[STAND_INITIATOR][lists[0]], 0);
    struct flow other = flow_of("192.0.99.1", "10.0.0.1", 443);
    check(match(set, &other));
    check_equal(marks.kinds[STAND_RESPONDER][lists[0]], 0);
    check_equal(marks.kinds[STAND_INITIATOR][lists[2]], 1U << INDICATOR_PREFIX);
}

static void a_full_table_finds_all_it_holds_and_nothing_else(void **state)
{
    (void)state;
    struct indicators *set = new_set(COUNT_MAX);
    struct indicator indicator = { .expires_ns = INT64_MAX };
    indicator.list = list;
    for (uint32_t i = 0; i < COUNT_MAX; i++) {
        indicator.prefix = (struct ip_prefix){ ip_from_v4(0x20000000 + i * 3), 128 };
        check_equal(indicators_add(set, &indicator), INDICATORS_ADDED);
    }
    struct flow flow = flow_of("10.0.0.1", "10.0.0.2", 443);
    for (uint32_t i = 0; i < COUNT_MAX * 3; i++) {
        flow.responder = ip_from_v4(0x20000000 + i);
        check_equal(match(set, &flow), i % 3 == 0);
    }
}

static uint32_t next_random(void) /* xorshift */
{
    static uint32_t random = 2463534242;
    random ^= random << 13;
    random ^= random >> 17;
    return random ^= random << 5;
}

/* Few octets differ, so that prefixes nest. */
static struct ip_prefix random_prefix(bool is_v4)
{
    struct ip_address address = ip_from_v4(0xc0000000U | (next_random() & 0x00070707U));
    if (!is_v4) {
        address = (struct ip_address){ { 0x20, 1 } };
        for (size_t i = 2; i < 16; i++)
            address.octets[i] = (uint8_t)(next_random() >> 7 & 3);
    }
    uint32_t least = is_v4 ? 96 + 15 : 24;
    struct ip_prefix prefix = { address, (uint8_t)(least + next_random() % (128 - least)) };
    ip_mask(&prefix.address, prefix.len);
    return prefix;
}

static void the_longest_prefix_is_the_one_that_trying_all_finds(void **state)
{
    (void)state;
    enum { PREFIXES = 200 };
    struct indicators *set = new_set(PREFIXES);
    struct ip_prefix prefixes[PREFIXES];
    for (size_t i = 0; i < PREFIXES; i++) {
        prefixes[i] = random_prefix(i % 2 == 0);
        struct indicator indicator = { .kind = INDICATOR_PREFIX,
                                       .prefix = prefixes[i],
                                       .expires_ns = INT64_MAX };
        indicator.list = list;
        (void)indicators_add(set, &indicator);
    }
    struct flow flow = flow_of("10.0.0.1", "10.0.0.2", 443);
    size_t matched = 0;
    for (size_t i = 0; i < 20000; i++) {
        flow.responder = random_prefix(i % 2 == 0).address;
        const struct ip_prefix *longest = NULL;
        for (size_t j = 0; j < PREFIXES; j++)
            if (ip_prefix_holds(&prefixes[j], &flow.responder) &&
                (!longest || longest->len < prefixes[j].len))
                longest = &prefixes[j];
        char room[IP_TEXT_MAX];
        struct text words = text_over(room, sizeof room);
        if (longest)
            ip_prefix_write(longest, &words);
        indicators_prefetch(set, &flow);
        check_equal(match(set, &flow), longest != NULL);
        check(!longest || strcmp(why.hits[0].value, room) == 0);
        matched += longest != NULL;
    }
    check(matched > 1000 && matched < 20000);
}

TESTS(TEST(an_address_matches_at_either_end), TEST(of_nested_prefixes_the_longest_is_told),
      TEST(an_endpoint_matches_its_port_only), TEST(an_endpoint_of_a_protocol_matches_no_other),
      TEST(a_domain_matches_itself_and_all_below_it),
      TEST(a_name_that_was_cut_matches_by_its_end), TEST(every_fact_of_the_chain_is_asked),
      TEST(a_window_holds_from_its_first_second_to_before_its_last),
      TEST(a_part_of_a_second_never_widens_a_window),
      TEST(windows_of_one_list_that_meet_become_one),
      TEST(one_value_under_too_many_dates_is_refused), TEST(what_is_too_wide_is_refused),
      TEST(a_full_set_says_so), TEST(of_many_hits_the_first_four_are_kept),
      TEST(every_list_of_a_match_is_marked),
      TEST(a_full_table_finds_all_it_holds_and_nothing_else),
      TEST(the_longest_prefix_is_the_one_that_trying_all_finds))
