// SPDX-License-Identifier: Apache-2.0
#include "behaviour/asked.h"

#include <libpsl.h>

/* Where the registered domain starts; name.len when there is none: a lone label, or a public
 * suffix itself. */
static size_t domain_start(struct bytes name)
{
    char text[FACT_NAME_MAX + 1];
    memcpy(text, name.at, name.len);
    text[name.len] = '\0';
    const char *domain = psl_registrable_domain(psl_builtin(), text);
    return domain ? (size_t)(domain - text) : name.len;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(uint8_t byte)
{
    return byte >= 'a' && byte <= 'z';
}

/* Octets that are not printable stand as \DDD (model/facts.h): each counts as one. */
static void count_below(struct bytes below, struct asked_name *out)
{
    enum { ESCAPED = 4 };
    for (size_t i = 0; i < below.len; i++) {
        uint8_t byte = below.at[i];
        if (byte == '.') {
            out->below_labels++;
            continue;
        }
        out->below_octets++;
        out->below_digits = (uint16_t)(out->below_digits + is_digit(byte));
        out->below_other = (uint16_t)(out->below_other + (!is_digit(byte) && !is_letter(byte)));
        if (byte == '\\' && i + ESCAPED <= below.len && is_digit(below.at[i + 1]))
            i += ESCAPED - 1;
    }
}

static bool is_octet(struct bytes label)
{
    unsigned value = 0;
    for (size_t i = 0; i < label.len; i++) {
        if (!is_digit(label.at[i]))
            return false;
        value = value * 10 + label.at[i] - '0';
    }
    return label.len > 0 && label.len <= 3 && value <= 255;
}

static bool is_nibble(struct bytes label)
{
    return label.len == 1 &&
           (is_digit(label.at[0]) || (label.at[0] >= 'a' && label.at[0] <= 'f'));
}

/* Four labels that are octets or 32 that are nibbles (RFC 1035 3.5, RFC 3596 2.5, RFC 5782
 * 2.1).  Under arpa a part of an address will do, since zones are asked for as well. */
static bool spells_address(struct bytes name)
{
    enum { OCTETS = 4, NIBBLES = 32 };
    static const char arpa[] = ".arpa";
    size_t octets = 0, nibbles = 0;
    bool all_octets = true, all_nibbles = true;
    for (size_t at = 0; at < name.len && (all_octets || all_nibbles);) {
        struct bytes rest = bytes_slice(name, at, name.len);
        struct bytes label = bytes_slice(rest, 0, bytes_find(rest, '.'));
        all_octets = all_octets && is_octet(label);
        all_nibbles = all_nibbles && is_nibble(label);
        octets += all_octets;
        nibbles += all_nibbles;
        at += label.len + 1;
    }
    if (octets >= OCTETS || nibbles >= NIBBLES)
        return true;
    size_t tail = sizeof arpa - 1;
    return octets + nibbles > 0 && name.len > tail &&
           memcmp(name.at + name.len - tail, arpa, tail) == 0;
}

bool asked_of(const struct admitted_flow *admitted, const struct fact *fact,
              const struct hash_key *key, struct asked_name *out)
{
    if (fact->kind != FACT_DNS || fact->dns.query_name.len == 0)
        return false;
    const struct flow *flow = &admitted->flow;
    const struct dns_fact *dns = &fact->dns;
    struct bytes name = fact_name_bytes(&dns->query_name);
    size_t start = domain_start(name);
    struct bytes domain = bytes_slice(name, start, name.len);
    *out = (struct asked_name){
        .line = flow->initiator,
        .resolver = flow->responder,
        .time_ns = fact->time_ns,
        .domain_hash = hash_bytes(key, domain),
        .name_hash = hash_bytes(key, name),
        .rate = observation_rate(&flow->observation),
        .name_octets = (uint16_t)name.len,
        .is_number = spells_address(name),
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
    count_below(bytes_slice(name, 0, start), out);
    out->domain.len = (uint8_t)domain.len;
    memcpy(out->domain.at, domain.at, domain.len);
    memcpy(out->answers, dns->answers, dns->answer_count * sizeof *dns->answers);
    return true;
}
