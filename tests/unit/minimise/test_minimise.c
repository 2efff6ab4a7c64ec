// SPDX-License-Identifier: Apache-2.0
#include "minimise/minimise.h"

#include <stdlib.h>

#include "check.h"

static const struct minimise_policy policy = {
    .key = { 1, 2, 3 },
    .retention_span_ns = 1000,
    .retention_latest_ns = INT64_MAX,
    .now_ns = 50,
};

static struct ip_address address_of(const char *words)
{
    struct ip_address address;
    check(ip_read(bytes_of_string(words), &address));
    return address;
}

static struct selected_flow selected_of(const char *line, const char *server)
{
    struct selected_flow selected = { 0 };
    struct admitted_flow *admitted = &selected.admitted;
    admitted->flow.initiator = address_of(line);
    admitted->flow.responder = address_of(server);
    admitted->flow.initiator_port = 50000;
    admitted->flow.responder_port = 443;
    admitted->flow.protocol = 6;
    admitted->flow.forward.packets = 3;
    admitted->flow.forward.octets = 300;
    admitted->flow.forward.first_ns = 10;
    admitted->flow.forward.last_ns = 20;
    admitted->direction = DIRECTION_DF;
    admitted->basis = BASIS_EXERCISE;
    admitted->initiator_place = PLACE_DOMESTIC;
    admitted->responder_place = PLACE_FOREIGN;
    return selected;
}

static void set_name(struct fact_name *name, const char *words)
{
    name->len = (uint8_t)strlen(words);
    memcpy(name->at, words, name->len);
}

/* No run of the record's bytes may be these. */
static bool contains(const void *record, size_t size, const void *bytes, size_t len)
{
    return memmem(record, size, bytes, len) != NULL;
}

static void a_line_becomes_a_pseudonym_and_a_server_stays_in_clear(void **state)
{
    (void)state;
    struct selected_flow selected = selected_of("198.51.100.7", "203.0.113.9");
    static struct minimised_flow record;
    minimise_flow(&policy, &selected, &record);
    check(record.initiator.is_pseudonym);
    check_equal(record.initiator.place, PLACE_DOMESTIC);
    check(!record.responder.is_pseudonym);
    check(ip_equal(&record.responder.address, &selected.admitted.flow.responder));
    check(record.line_is_initiator);
    check(!contains(&record, sizeof record, "\xc6\x33\x64\x07", 4));
    check_equal(record.responder_port, 443);
    check_equal(record.packets_forward, 3);
    check_equal(record.octets_forward, 300);
    check_equal(record.start_ns, 10);
    check_equal(record.end_ns, 20);
    check_equal(record.direction, DIRECTION_DF);
    check_equal(record.retention_until_ns, 1050);
}

static int64_t kept_until(struct minimise_policy shorter, int64_t selector_ns)
{
    static struct minimised_flow record;
    struct selected_flow selected = selected_of("198.51.100.7", "203.0.113.9");
    selected.retention_span_ns = selector_ns;
    minimise_flow(&shorter, &selected, &record);
    return record.retention_until_ns;
}

static void it_is_kept_no_longer_than_selector_installation_or_law_say(void **state)
{
    (void)state;
    struct minimise_policy asked = policy;
    check_equal(kept_until(asked, 0), 1050);
    check_equal(kept_until(asked, 400), 450);
    check_equal(kept_until(asked, 4000), 1050);
    asked.retention_latest_ns = 300;
    check_equal(kept_until(asked, 400), 300);
    asked.retention_span_ns = 0;
    check_equal(kept_until(asked, 0), 300);
    check_equal(kept_until(asked, INT64_MAX), 300);
}

static void a_pseudonym_keeps_prefixes_where_that_is_asked_for(void **state)
{
    (void)state;
    static const uint8_t key[PREFIX_KEY_BYTES] = { 4, 5, 6 };
    void *memory = malloc(prefix_cipher_size());
    struct arena arena = arena_over(memory, prefix_cipher_size());
    struct minimise_policy keeping = policy;
    keeping.pseudonyms = PSEUDONYM_PREFIX;
    keeping.prefixes = prefix_cipher_init(key, &arena);
    struct selected_flow selected = selected_of("198.51.100.7", "203.0.113.9");
    static struct minimised_flow record, neighbour;
    minimise_flow(&keeping, &selected, &record);
    check(record.initiator.is_pseudonym && record.initiator.keeps_prefix);
    check(!ip_equal(&record.initiator.address, &selected.admitted.flow.initiator));
    check(!record.responder.is_pseudonym && !record.responder.keeps_prefix);
    selected = selected_of("198.51.100.6", "203.0.113.9");
    minimise_flow(&keeping, &selected, &neighbour);
    check(memcmp(&record.initiator.address, &neighbour.initiator.address, 15) == 0);
    check(!party_equal(&record.initiator, &neighbour.initiator));
    struct party address = record.initiator;
    address.is_pseudonym = address.keeps_prefix = false;
    check(!party_equal(&record.initiator, &address)); /* nor is it that address */
    char room[PARTY_TEXT_MAX];
    struct text words = text_over(room, sizeof room);
    party_write(&record.initiator, &words);
    check(bytes_start_with(text_bytes(&words), BYTES("line-")));
    struct ip_address read;
    check(!ip_read(text_bytes(&words), &read));
    check(ip_read(bytes_slice(text_bytes(&words), 5, words.len), &read));
    check(ip_equal(&read, &record.initiator.address));
    free(memory);
}

static void a_pseudonym_is_stable_under_one_key_and_other_under_another(void **state)
{
    (void)state;
    struct selected_flow selected = selected_of("198.51.100.7", "203.0.113.9");
    struct selected_flow neighbour = selected_of("198.51.100.8", "203.0.113.9");
    static struct minimised_flow first, again, other, beside;
    minimise_flow(&policy, &selected, &first);
    minimise_flow(&policy, &selected, &again);
    minimise_flow(&policy, &neighbour, &beside);
    struct minimise_policy other_policy = policy;
    other_policy.key[31] = 1;
    minimise_flow(&other_policy, &selected, &other);
    check(party_equal(&first.initiator, &again.initiator));
    check(!party_equal(&first.initiator, &beside.initiator));
    check(!party_equal(&first.initiator, &other.initiator));
}

/* python3: hashlib.blake2b(mapped, digest_size=16, key=..., person=b"sekisho line 1") */
static void a_pseudonym_is_the_keyed_blake2b_of_the_address(void **state)
{
    (void)state;
    struct selected_flow selected = selected_of("198.51.100.7", "203.0.113.9");
    static struct minimised_flow record;
    minimise_flow(&policy, &selected, &record);
    char room[32];
    struct text words = text_over(room, sizeof room);
    text_put_hex(&words, (struct bytes){ record.initiator.pseudonym, PSEUDONYM_BYTES });
    check_text(text_bytes(&words), "e84f0c14e8e130a9b1b6");
}

static void internal_addresses_are_lines_whatever_their_place(void **state)
{
    (void)state;
    struct selected_flow selected = selected_of("10.0.0.7", "239.1.2.3");
    selected.admitted.initiator_place = PLACE_UNKNOWN;
    selected.admitted.responder_place = PLACE_OWN;
    static struct minimised_flow record;
    minimise_flow(&policy, &selected, &record);
    check(record.initiator.is_pseudonym);
    check(!record.responder.is_pseudonym); /* a group is no line */
}

static void what_the_law_does_not_let_be_recorded_is_left_out(void **state)
{
    (void)state;
    struct minimise_policy withholding = policy;
    struct selected_flow selected = selected_of("198.51.100.7", "203.0.113.9");
    static struct minimised_flow record;
    minimise_flow(&policy, &selected, &record);
    check(record.protocol == 6 && record.packets_forward == 3 && record.octets_forward == 300);
    withholding.kinds_withheld = UINT32_C(1) << INFORMATION_OTHER;
    minimise_flow(&withholding, &selected, &record);
    check(record.protocol == 0 && record.packets_forward == 0 && record.octets_forward == 0);
    check_equal(record.responder_port, 443);
    check_equal(record.start_ns, 10);
    check(!record.responder.is_pseudonym);
}

static void how_it_was_observed_is_kept(void **state)
{
    (void)state;
    struct selected_flow selected = selected_of("198.51.100.7", "203.0.113.9");
    static struct minimised_flow record;
    selected.admitted.flow.observation = (struct observation){
        .rate = 100, .sampling = SAMPLING_OPTIONS, .time = TIME_CORRECTED, .observers = 2
    };
    minimise_flow(&policy, &selected, &record);
    check_equal(record.sampling_rate, 100);
    check_equal(record.sampling, SAMPLING_OPTIONS);
    check_equal(record.time_quality, TIME_CORRECTED);
    check_equal(record.observers, 2);
}

static void the_owner_sees_lines_in_clear(void **state)
{
    (void)state;
    struct minimise_policy clear = policy;
    clear.lines_in_clear = true;
    struct selected_flow selected = selected_of("198.51.100.7", "203.0.113.9");
    static struct minimised_flow record;
    minimise_flow(&clear, &selected, &record);
    check(!record.initiator.is_pseudonym);
    check(ip_equal(&record.initiator.address, &selected.admitted.flow.initiator));
}

static void add_hit(struct selected_flow *selected, enum indicator_kind kind, bool on_initiator,
                    const char *value)
{
    struct indicator_hit *hit = &selected->why.hits[selected->why.hit_count++];
    hit->kind = kind;
    hit->on_initiator = on_initiator;
    memcpy(hit->value, value, strlen(value) + 1);
    memcpy(hit->list, "a list", 7);
}

static void an_indicator_does_not_tell_the_address_of_a_line(void **state)
{
    (void)state;
    struct selected_flow selected = selected_of("198.51.100.7", "203.0.113.9");
    add_hit(&selected, INDICATOR_ADDRESS, true, "198.51.100.7");
    add_hit(&selected, INDICATOR_ENDPOINT, true, "198.51.100.7:50000");
    add_hit(&selected, INDICATOR_PREFIX, true, "198.51.100.0/28");
    add_hit(&selected, INDICATOR_ADDRESS, false, "203.0.113.9");
    static struct minimised_flow record;
    minimise_flow(&policy, &selected, &record);
    check_equal(record.why.hit_count, 4);
    check(!contains(&record, sizeof record, "198.51", 6));
    check(strncmp(record.why.hits[0].value, "line-", 5) == 0);
    check(strncmp(record.why.hits[1].value, "line-", 5) == 0);
    check(strncmp(record.why.hits[2].value, "line-", 5) == 0);
    assert_string_equal(record.why.hits[3].value, "203.0.113.9");
    assert_string_equal(record.why.hits[0].list, "a list");
}

static void a_mail_address_keeps_its_domain_only(void **state)
{
    (void)state;
    static struct fact http = { .kind = FACT_HTTP }, ssh = { .kind = FACT_SSH };
    set_name(&http.http.host, "alice@mail.example");
    memcpy(ssh.ssh.banner, "SSH-2.0-x alice@mail.example", 28);
    ssh.ssh.banner_len = 28;
    http.next = &ssh;
    struct selected_flow selected = selected_of("198.51.100.7", "203.0.113.9");
    selected.admitted.flow.facts = &http;
    static struct minimised_flow record;
    minimise_flow(&policy, &selected, &record);
    check(!contains(&record, sizeof record, "alice", 5));
    check(contains(&record.facts.server_name, sizeof record.facts.server_name, "@mail.ex", 8));
    check(contains(record.facts.ssh_banner, sizeof record.facts.ssh_banner, "@mail.ex", 8));
}

/* The address came in an answer of the line's resolver; it is not the resolver's own. */
static void an_answered_address_is_kept(void **state)
{
    (void)state;
    struct selected_flow selected = selected_of("10.0.0.7", "10.0.0.1");
    add_hit(&selected, INDICATOR_ADDRESS, false, "203.0.113.9");
    static struct minimised_flow record;
    minimise_flow(&policy, &selected, &record);
    check(record.responder.is_pseudonym);
    assert_string_equal(record.why.hits[0].value, "203.0.113.9");
}

static void the_name_kept_is_the_one_spoken_to(void **state)
{
    (void)state;
    static struct fact dns = { .kind = FACT_DNS }, tls = { .kind = FACT_TLS_CLIENT },
                       http = { .kind = FACT_HTTP };
    set_name(&dns.dns.query_name, "dns.example");
    set_name(&tls.tls_client.server_name, "sni.example");
    set_name(&http.http.host, "host.example");
    memcpy(http.http.agent, "canary agent", 12);
    http.http.agent_len = 12;
    dns.next = &tls;
    tls.next = &http;
    struct selected_flow selected = selected_of("198.51.100.7", "203.0.113.9");
    selected.admitted.flow.facts = &dns;
    static struct minimised_flow record;
    minimise_flow(&policy, &selected, &record);
    check(record.facts.has_server_name);
    check_text(fact_name_bytes(&record.facts.server_name), "sni.example");
    check(!contains(&record, sizeof record, "canary", 6));
}

static void what_dns_told_of_a_listed_name_is_kept_and_of_no_other(void **state)
{
    (void)state;
    static struct fact innocent = { .kind = FACT_DNS }, listed = { .kind = FACT_DNS };
    set_name(&innocent.dns.query_name, "innocent.example");
    innocent.dns.answer_count = 1;
    innocent.dns.answers[0].address = address_of("203.0.113.1");
    set_name(&listed.dns.query_name, "www.bad.example");
    listed.dns.answer_count = 2;
    listed.dns.answers[0].address = address_of("203.0.113.2");
    listed.dns.answers[1].address = address_of("203.0.113.2");
    innocent.next = &listed;
    struct selected_flow selected = selected_of("198.51.100.7", "203.0.113.53");
    selected.admitted.flow.facts = &innocent;
    add_hit(&selected, INDICATOR_DOMAIN, false, "bad.example");
    selected.why.hits[0].in_dns = true;
    static struct minimised_flow record;
    struct minimise_policy clear = policy;
    clear.lines_in_clear = true;
    minimise_flow(&clear, &selected, &record);
    check_text(fact_name_bytes(&record.facts.server_name), "www.bad.example");
    check_equal(record.facts.dns_answer_count, 1);
    check(ip_equal(&record.facts.dns_answers[0], &listed.dns.answers[0].address));
    minimise_flow(&policy, &selected, &record); /* nobody placed them: one may be a line's */
    check_equal(record.facts.dns_answer_count, 0);
    add_hit(&selected, INDICATOR_PREFIX, false, "203.0.113.0/31");
    selected.why.hits[1].in_dns = true;
    selected.why.hits[0].in_dns = false;
    minimise_flow(&policy, &selected, &record);
    check_text(fact_name_bytes(&record.facts.server_name), "innocent.example");
}

static void alerts_are_kept_by_number_each_rule_once(void **state)
{
    (void)state;
    static struct fact alerts[RECORD_ALERTS_MAX + 3];
    struct selected_flow selected = selected_of("198.51.100.7", "203.0.113.53");
    for (size_t i = 0; i < RECORD_ALERTS_MAX + 3; i++) {
        alerts[i] = (struct fact){
            .kind = FACT_ALERT,
            .alert = { .generator = 1, .signature = (uint32_t)(i == 1 ? 0 : i), .revision = 7 }
        };
        if (i > 0)
            alerts[i - 1].next = &alerts[i];
    }
    selected.admitted.flow.facts = alerts;
    static struct minimised_flow record;
    minimise_flow(&policy, &selected, &record);
    check_equal(record.facts.alert_count, RECORD_ALERTS_MAX);
    check_equal(record.facts.alerts[0].signature, 0);
    check_equal(record.facts.alerts[1].signature, 2);
    check_equal(record.facts.alerts[1].revision, 7);
}

static void facts_are_kept_one_of_each(void **state)
{
    (void)state;
    static struct fact client = { .kind = FACT_TLS_CLIENT },
                       retry = { .kind = FACT_TLS_SERVER },
                       server = { .kind = FACT_TLS_SERVER },
                       leaf = { .kind = FACT_TLS_CERTIFICATE }, ssh = { .kind = FACT_SSH },
                       query = { .kind = FACT_DNS }, answer = { .kind = FACT_DNS };
    client.tls_client.highest_version = 0x0304;
    client.tls_client.ja3[0] = 7;
    client.next = &retry;
    retry.tls_server = (struct tls_server_fact){ .chosen_version = 0x0304, .is_retry = true };
    retry.next = &server;
    server.tls_server = (struct tls_server_fact){ .chosen_version = 0x0303, .group = 29 };
    server.next = &leaf;
    leaf.certificate.sha256[31] = 9;
    leaf.next = &ssh;
    ssh.ssh = (struct ssh_fact){ .is_server = true, .has_kexinit = true, .banner_len = 3 };
    memcpy(ssh.ssh.banner, "SSH", 3);
    ssh.next = &query;
    query.dns.query_type = 28;
    query.next = &answer;
    answer.dns.is_response = true;
    answer.dns.response_code = 3;
    struct selected_flow selected = selected_of("198.51.100.7", "203.0.113.9");
    selected.admitted.flow.facts = &client;
    static struct minimised_flow record;
    minimise_flow(&policy, &selected, &record);
    const struct record_facts *facts = &record.facts;
    check(facts->has_tls_client && facts->has_tls_server && facts->has_certificate);
    check(facts->has_ja3);
    check(facts->has_ssh && facts->has_hassh && facts->has_dns && facts->has_dns_code);
    check_equal(facts->tls_version, 0x0303);
    check_equal(facts->tls_group, 29);
    check_equal(facts->ja3[0], 7);
    check_equal(facts->certificate_sha256[31], 9);
    check_equal(facts->ssh_banner_len, 3);
    check_equal(facts->dns_type, 28);
    check_equal(facts->dns_code, 3);
    check_equal(facts->dns_count, 2);
}

static void a_digest_that_no_log_told_is_none(void **state)
{
    (void)state;
    static struct fact client = { .kind = FACT_TLS_CLIENT };
    struct selected_flow selected = selected_of("198.51.100.7", "203.0.113.53");
    static struct minimised_flow record;
    selected.admitted.flow.facts = &client;
    minimise_flow(&policy, &selected, &record);
    check(record.facts.has_tls_client && !record.facts.has_ja3);
}

static void a_sighting_keeps_parties_in_place_of_addresses(void **state)
{
    (void)state;
    struct selected_sighting selected = { .sighting = { .behaviour = BEHAVIOUR_BEACON,
                                                        .direction = DIRECTION_DF,
                                                        .basis = BASIS_EXERCISE,
                                                        .server_place = PLACE_FOREIGN,
                                                        .line_place = PLACE_DOMESTIC,
                                                        .has_line = true,
                                                        .port = 443,
                                                        .score = 80 } };
    selected.sighting.line = address_of("198.51.100.7");
    selected.sighting.server = address_of("203.0.113.9");
    static struct minimised_sighting record;
    minimise_sighting(&policy, &selected, &record);
    check(record.line.is_pseudonym);
    check_equal(record.line.place, PLACE_DOMESTIC);
    check(!record.server.is_pseudonym);
    check_equal(record.server.place, PLACE_FOREIGN);
    check(ip_is_zero(&record.sighting.server));
    check(ip_is_zero(&record.sighting.line));
    check_equal(record.sighting.port, 443);
    check_equal(record.retention_until_ns, 1050);
}

static void a_scanning_line_is_a_line(void **state)
{
    (void)state;
    struct selected_sighting selected = { .sighting = { .behaviour = BEHAVIOUR_SCAN,
                                                        .direction = DIRECTION_UNKNOWN,
                                                        .basis = BASIS_OWN,
                                                        .server_place = PLACE_OWN } };
    selected.sighting.server = address_of("198.51.100.7");
    static struct minimised_sighting record;
    minimise_sighting(&policy, &selected, &record);
    check(record.server.is_pseudonym);
    check(!contains(&record, sizeof record, "\xc6\x33\x64\x07", 4));
}

TESTS(TEST(a_line_becomes_a_pseudonym_and_a_server_stays_in_clear),
      TEST(it_is_kept_no_longer_than_selector_installation_or_law_say),
      TEST(a_pseudonym_keeps_prefixes_where_that_is_asked_for),
      TEST(a_pseudonym_is_stable_under_one_key_and_other_under_another),
      TEST(a_pseudonym_is_the_keyed_blake2b_of_the_address),
      TEST(internal_addresses_are_lines_whatever_their_place),
      TEST(what_the_law_does_not_let_be_recorded_is_left_out),
      TEST(how_it_was_observed_is_kept), TEST(the_owner_sees_lines_in_clear),
      TEST(an_indicator_does_not_tell_the_address_of_a_line), TEST(an_answered_address_is_kept),
      TEST(a_mail_address_keeps_its_domain_only), TEST(the_name_kept_is_the_one_spoken_to),
      TEST(what_dns_told_of_a_listed_name_is_kept_and_of_no_other),
      TEST(alerts_are_kept_by_number_each_rule_once), TEST(facts_are_kept_one_of_each),
      TEST(a_digest_that_no_log_told_is_none),
      TEST(a_sighting_keeps_parties_in_place_of_addresses), TEST(a_scanning_line_is_a_line))
