// SPDX-License-Identifier: Apache-2.0
#include "behaviour/asked.h"

/* The last two labels: where most registered domains end. */
static size_t domain_start(const struct fact_name *name)
{
    size_t labels = 0;
    for (size_t at = name->len; at-- > 0;)
        if (name->at[at] == '.' && ++labels == 2)
            return at + 1;
    return 0;
}

bool asked_of(const struct admitted_flow *admitted, const struct fact *fact,
              const struct hash_key *key, struct asked *out)
{
    if (fact->kind != FACT_DNS || fact->dns.query_name.len == 0)
        return false;
    const struct flow *flow = &admitted->flow;
    const struct dns_fact *dns = &fact->dns;
    struct bytes name = fact_name_bytes(&dns->query_name);
    size_t start = domain_start(&dns->query_name);
    struct bytes domain = bytes_slice(name, start, name.len);
    *out = (struct asked){
        .line = flow->initiator,
        .resolver = flow->responder,
        .time_ns = fact->time_ns,
        .domain_hash = hash_bytes(key, domain),
        .name_hash = hash_bytes(key, name),
        .rate = observation_rate(&flow->observation),
        .name_octets = (uint16_t)name.len,
        .below_octets = (uint16_t)start,
        .query_type = dns->query_type,
        .response_octets = dns->response_octets,
        .answer_records = dns->answer_records,
        .response_code = dns->response_code,
        .is_response = dns->is_response,
        .direction = admitted->direction,
        .basis = admitted->basis,
        .line_place = admitted->initiator_place,
        .resolver_place = admitted->responder_place,
        .answer_count = dns->answer_count,
    };
    out->domain.len = (uint8_t)domain.len;
    memcpy(out->domain.at, domain.at, domain.len);
    memcpy(out->answers, dns->answers, dns->answer_count * sizeof *dns->answers);
    return true;
}
