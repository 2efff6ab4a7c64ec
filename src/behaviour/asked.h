// SPDX-License-Identifier: Apache-2.0
/* A name that somebody asked for in DNS, as behaviours count it: the name itself only as keyed
 * hashes and numbers, but for its registered domain.
 *
 * The registered domain is the public suffix and one label more, by the list libpsl carries
 * (docs/decisions/0053).  Private suffixes are suffixes too: under github.io each customer is
 * a domain of its own. */
#pragma once

#include "base/hash.h"
#include "model/admitted.h"

struct asked_name {
    struct ip_address line;     /* who asked */
    struct ip_address resolver; /* who was asked */
    int64_t time_ns;
    uint64_t domain_hash;  /* of the registered domain */
    uint64_t name_hash;    /* of the whole name */
    uint32_t rate;         /* of sampling; 0 when nobody told */
    uint16_t name_octets;  /* of the whole name */
    uint16_t below_octets; /* of the labels below the registered domain, without dots */
    uint16_t below_digits; /* of those: 0 to 9 */
    uint16_t below_other;  /* of those: neither letter nor digit */
    uint8_t below_labels;  /* how many */
    bool is_number;        /* spells an address: a reverse look-up, or one of a block list */
    uint16_t query_type;
    uint16_t response_octets; /* of the message; 0 of a question */
    uint16_t answer_records;
    uint8_t response_code;
    bool is_response;
    enum direction direction;
    enum basis basis;
    enum place line_place;
    enum place resolver_place;
    struct fact_name domain; /* registered domain; empty when the name has none */
    uint8_t answer_count;
    struct dns_answer answers[FACT_DNS_ANSWERS_MAX];
};

enum { ASKED_NO_SUCH_NAME = 3 }; /* NXDOMAIN, RFC 1035 4.1.1 */

/* Of a fact of the flow; false when it is not of DNS or asks for no name. */
bool asked_of(const struct admitted_flow *flow, const struct fact *fact,
              const struct hash_key *key, struct asked_name *out);
