// SPDX-License-Identifier: Apache-2.0
/* Rows for the tests of the store. */
#pragma once

#include "base/time.h"
#include "check.h"
#include "store/store.h"

static inline struct access_grant grant_of(const char *basis, bool lines_in_clear,
                                           int64_t now_ns)
{
    struct access_grant grant = { .actor = "somebody",
                                  .role = "owner",
                                  .purpose = "own-security",
                                  .lines_in_clear = lines_in_clear,
                                  .now_ns = now_ns };
    struct text text = text_over(grant.basis, sizeof grant.basis);
    text_put_string(&text, basis);
    return grant;
}

static inline struct party party_v4(uint32_t address, enum place place)
{
    struct party party;
    memset(&party, 0, sizeof party);
    party.place = place;
    party.address = ip_from_v4(address);
    return party;
}

static inline struct party party_line(uint8_t seed)
{
    struct party party;
    memset(&party, 0, sizeof party);
    party.place = PLACE_OWN;
    party.is_pseudonym = true;
    for (uint8_t i = 0; i < PSEUDONYM_BYTES; i++)
        party.pseudonym[i] = (uint8_t)(seed + i * 31);
    return party;
}

static inline void set_name(struct fact_name *name, const char *words)
{
    name->len = (uint8_t)strlen(words);
    memcpy(name->at, words, name->len);
}

static inline void make_hit(struct indicator_hit *hit, const char *value)
{
    hit->kind = INDICATOR_ENDPOINT;
    hit->on_initiator = true;
    hit->in_dns = true;
    hit->expires_ns = INT64_MAX;
    memcpy(hit->value, value, strlen(value));
    memcpy(hit->list, "list", 4);
}

static inline void make_flow(struct minimised_flow *flow, uint32_t server, int64_t start_ns)
{
    memset(flow, 0, sizeof *flow);
    flow->initiator = party_line(7);
    flow->responder = party_v4(server, PLACE_FOREIGN);
    flow->line_is_initiator = true;
    flow->direction = DIRECTION_DF;
    flow->basis = BASIS_EXERCISE;
    flow->initiator_port = 50000;
    flow->responder_port = 443;
    flow->encapsulation = ENCAPSULATION_VLAN | ENCAPSULATION_ERSPAN;
    flow->protocol = PROTOCOL_TCP;
    flow->tcp = FLOW_TCP_CLOSED;
    flow->end = FLOW_END_DETECTED;
    flow->slice = 3;
    flow->start_ns = start_ns;
    flow->end_ns = start_ns + TIME_SECOND_NS;
    flow->packets_forward = 5;
    flow->packets_reverse = UINT64_MAX;
    flow->octets_forward = 1000;
    flow->octets_reverse = 2000;
    flow->sampling_rate = UINT32_MAX;
    flow->sampling = SAMPLING_OVERRIDDEN;
    flow->time_quality = TIME_RECEIVED;
    flow->observers = UINT8_MAX;
    flow->why.by_behaviour[BEHAVIOUR_SCAN] = true;
    flow->retention_until_ns = start_ns + TIME_DAY_NS;
}

static inline void add_facts(struct minimised_flow *flow)
{
    struct record_facts *facts = &flow->facts;
    facts->has_server_name = facts->has_tls_client = facts->has_tls_server = true;
    facts->has_ja3 = true;
    facts->has_certificate = facts->has_ssh = facts->has_hassh = true;
    facts->has_dns = facts->has_dns_code = true;
    set_name(&facts->server_name, "bad.example");
    facts->server_name.cut = true;
    memset(facts->ja3, 0x5a, sizeof facts->ja3);
    memset(facts->ja4, 'q', sizeof facts->ja4);
    memset(facts->certificate_sha256, 0xc3, sizeof facts->certificate_sha256);
    facts->tls_version = 0x0304;
    facts->tls_group = 4588;
    facts->quic_version = 0x6b3343cf;
    facts->ssh_banner_len = 8;
    memcpy(facts->ssh_banner, "SSH-2.0-", 8);
    memset(facts->hassh, 0x11, sizeof facts->hassh);
    facts->dns_type = 16;
    facts->dns_code = 3;
    facts->dns_count = 9;
    facts->dns_answer_count = 2;
    facts->dns_answers[0] = ip_from_v4(0xcb007109);
    facts->alert_count = 2;
    facts->alerts[0] = (struct alert_fact){ 1, 2019401, 30, 1, true };
    facts->alerts[1].signature = UINT32_MAX;
    flow->why.hit_count = 2;
    make_hit(&flow->why.hits[0], "192.0.2.1:443");
    make_hit(&flow->why.hits[1], "second");
}

static inline void make_finding(struct finding *finding, const char *id, double score)
{
    memset(finding, 0, sizeof *finding);
    finding->kind = FINDING_COMMAND_SERVER;
    memcpy(finding->id, id, strlen(id));
    memcpy(finding->rule, "beacon 1", 8);
    finding->subject = party_v4(0xcb007109, PLACE_FOREIGN);
    finding->port = 443;
    finding->protocol = PROTOCOL_TCP;
    finding->shape = SHAPE_VERTICAL;
    finding->direction = DIRECTION_DF;
    finding->basis = BASIS_OWN;
    finding->score = score;
    finding->first_ns = INT64_C(1700000000123456789);
    finding->last_ns = INT64_C(1700007200000000001);
    finding->connections = UINT64_MAX - 1;
    finding->octets_out = 1;
    finding->octets_in = 2;
    finding->line_total = 40;
    finding->retention_until_ns = INT64_C(1700007200000000001) + TIME_DAY_NS;
    finding->line_count = FINDING_LINES_MAX;
    for (uint8_t i = 0; i < FINDING_LINES_MAX; i++) {
        struct finding_line *line = &finding->lines[i];
        line->party = i % 2 ? party_line(i) : party_v4(0xc0000200U + i, PLACE_OWN);
        line->first_ns = i;
        line->last_ns = i + 1;
        line->connections = i * 10U;
        line->interval_median_s = 1.0 / (1 + i);
        line->interval_spread = 0.5 / (1 + i);
        line->score = 99.0 - i;
    }
    finding->measure_count = 2;
    finding->measures[0] = (struct measure){ MEASURE_INTERVAL_SPREAD, 0.1, 1.0, 3.2, 1 };
    finding->measures[1] = (struct measure){ MEASURE_OCTETS_IN, 1e300, 0, 0, 0 };
    finding->hit_count = 1;
    make_hit(&finding->hits[0], "203.0.113.9:443");
    finding->name_count = FINDING_NAMES_MAX;
    set_name(&finding->names[0], "<script>.example");
    memset(finding->names[1].at, 'x', FACT_NAME_MAX);
    finding->names[1].len = FACT_NAME_MAX;
    finding->names[1].cut = true;
    finding->address_count = 2;
    finding->addresses[1] = ip_from_v4(0xcb007109);
}
