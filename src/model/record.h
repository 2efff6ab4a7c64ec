// SPDX-License-Identifier: Apache-2.0
/* Minimised records: all that assess, store, exchange and report ever see.  Only minimise/
 * makes them (tools/check-state refuses it elsewhere).  The fields are an allow-list: what
 * is not here is not kept. */
#pragma once

#include "model/selected.h"

enum { PSEUDONYM_BYTES = 10, RECORD_ANSWERS_MAX = 4, RECORD_ALERTS_MAX = 8 };

/* One end of a communication: an address in clear, or the pseudonym of a line.  A pseudonym
 * that keeps prefixes has the form of an address, in `address`, and is none: whoever asks for
 * addresses asks is_pseudonym first. */
struct party {
    bool is_pseudonym;
    bool keeps_prefix; /* only with is_pseudonym */
    enum place place;
    union {
        struct ip_address address;
        uint8_t pseudonym[PSEUDONYM_BYTES];
    };
};

enum { PARTY_TEXT_MAX = IP_TEXT_MAX };

/* The address; or "line-" and 16 letters of base32 (RFC 4648, lower case); or "line-" and what
 * has the form of an address. */
void party_write(const struct party *party, struct text *out);
bool party_equal(const struct party *a, const struct party *b);
/* What tells it from other parties of its kind. */
struct bytes party_bytes(const struct party *party);

/* The facts a record keeps of a flow's chain, one of each. */
struct record_facts {
    struct fact_name server_name; /* DNS name, SNI or Host */
    uint8_t ja3[16];
    char ja4[FACT_JA4_LEN];
    uint8_t certificate_sha256[32];
    uint16_t tls_version;
    uint16_t tls_group;
    uint32_t quic_version;
    char ssh_banner[FACT_BANNER_MAX];
    uint8_t ssh_banner_len;
    uint8_t hassh[16];
    uint16_t dns_type;
    uint8_t dns_code;
    uint16_t dns_count; /* DNS messages in the flow */
    uint8_t dns_answer_count;
    struct ip_address dns_answers[RECORD_ANSWERS_MAX]; /* for the server name */
    uint8_t alert_count;
    struct alert_fact alerts[RECORD_ALERTS_MAX]; /* each rule that fired, once */
    bool has_server_name, has_tls_client, has_ja3, has_tls_server, has_certificate, has_ssh,
        has_hassh, has_dns, has_dns_code;
};

struct minimised_flow {
    struct party initiator;
    struct party responder;
    bool line_is_initiator; /* which end is the line behind the border */
    enum direction direction;
    enum basis basis;
    uint16_t initiator_port;
    uint16_t responder_port;
    uint16_t encapsulation;
    uint8_t protocol;
    uint8_t tcp; /* enum flow_tcp */
    uint8_t end; /* enum flow_end */
    uint32_t slice;
    int64_t start_ns;
    int64_t end_ns;
    uint64_t packets_forward, packets_reverse;
    uint64_t octets_forward, octets_reverse; /* as counted: of one packet in sampling_rate */
    uint32_t sampling_rate;                  /* 1 for all, 0 when nobody told */
    uint8_t sampling;                        /* enum sampling_origin: who told */
    uint8_t time_quality;                    /* enum time_quality */
    uint8_t observers; /* points that saw it, as in struct observation; 0: our own meter */
    struct record_facts facts;
    struct selection why;
    int64_t retention_until_ns; /* kept no longer than this */
};

struct minimised_sighting {
    struct sighting sighting; /* its server and line are zeroed: the parties stand below */
    struct party server;
    struct party line; /* only with sighting.has_line */
    struct mandate mandate;
    int64_t retention_until_ns;
};
