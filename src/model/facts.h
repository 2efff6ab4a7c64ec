// SPDX-License-Identifier: Apache-2.0
/* Handshake facts: what two machines tell each other before they speak.  Each fact is one
 * parsed message; a flow carries a bounded chain of them.  Every field is listed with its
 * class of information in model/field.c (`make check` compares the two), and there is no
 * field of class 4, the essential content. */
#pragma once

#include "base/bytes.h"
#include "base/ip.h"

enum fact_kind {
    FACT_NONE,
    FACT_DNS,
    FACT_TLS_CLIENT, /* ClientHello, over TCP or QUIC */
    FACT_TLS_SERVER,
    FACT_TLS_CERTIFICATE,
    FACT_SSH, /* one side's banner and KEXINIT */
    FACT_HTTP,
    FACT_TUNNEL, /* the outer addresses of an unwrapped packet */
    FACT_ALERT,  /* another sensor's rule fired */
    FACT_LOGIN,  /* somebody logged in, or tried to (logs) */
    FACT_KINDS
};

enum {
    FACT_NAME_MAX = 255,
    FACT_DNS_ANSWERS_MAX = 8,
    FACT_ALPN_MAX = 64,
    FACT_TLS_GROUPS_MAX = 24,
    FACT_TLS_SHARES_MAX = 8,
    FACT_TLS_SIGNATURES_MAX = 32,
    FACT_BANNER_MAX = 96,
    FACT_ALGORITHM_MAX = 64,
    FACT_KEX_LIST_MAX = 320,
    FACT_AGENT_MAX = 160,
    FACT_JA4_LEN = 36,
};

/* A host name as the wire had it, lower case; bytes that are not printable ASCII are written
 * \DDD as in zone files (RFC 1035 5.1). */
struct fact_name {
    uint8_t len;
    bool cut; /* longer than what is kept, which is its end */
    char at[FACT_NAME_MAX];
};

struct dns_answer {
    struct ip_address address; /* of A and AAAA records */
    uint32_t ttl_s;
};

struct dns_fact {
    struct fact_name query_name;
    struct fact_name canonical_name; /* target of the last CNAME of the answer, or empty */
    uint16_t transaction;
    uint16_t query_type;
    uint16_t query_class;
    uint16_t answer_records; /* as the header counts them */
    uint16_t response_octets;
    uint8_t opcode;
    uint8_t response_code;
    bool is_response;
    bool is_authoritative;
    bool is_truncated;
    uint8_t answer_count; /* addresses kept below */
    struct dns_answer answers[FACT_DNS_ANSWERS_MAX];
};

struct tls_client_fact {
    struct fact_name server_name; /* SNI; empty when none was sent */
    uint32_t quic_version;        /* 0 over TCP */
    uint16_t record_version;
    uint16_t hello_version;   /* legacy_version of the message */
    uint16_t highest_version; /* with supported_versions, GREASE left out */
    uint8_t cipher_count;     /* GREASE left out; at most 255 are counted */
    uint8_t extension_count;
    uint8_t group_count;
    uint8_t share_count;
    uint8_t signature_count;
    uint8_t alpn_len;
    bool has_encrypted_hello;                     /* extension encrypted_client_hello */
    uint16_t groups[FACT_TLS_GROUPS_MAX];         /* in the order sent, GREASE left out */
    uint16_t shares[FACT_TLS_SHARES_MAX];         /* groups of the key shares */
    uint16_t signatures[FACT_TLS_SIGNATURES_MAX]; /* signature algorithms */
    char alpn[FACT_ALPN_MAX];                     /* the names offered, comma between */
    uint8_t ja3[16];                              /* MD5 */
    char ja4[FACT_JA4_LEN];
};

struct tls_server_fact {
    uint16_t record_version;
    uint16_t hello_version;
    uint16_t chosen_version; /* with supported_versions */
    uint16_t cipher;
    uint16_t group; /* of the key share, 0 when none */
    uint8_t extension_count;
    uint8_t alpn_len;
    bool is_retry; /* HelloRetryRequest */
    char alpn[FACT_ALPN_MAX];
    uint8_t ja3s[16];
};

enum key_type {
    KEY_UNKNOWN,
    KEY_RSA,
    KEY_DSA,
    KEY_EC,
    KEY_ED25519,
    KEY_ED448,
    KEY_ML_DSA,
    KEY_SLH_DSA,
    KEY_ML_KEM,
    KEY_GOST,
    KEY_TYPES
};

struct tls_certificate_fact {
    uint8_t sha256[32]; /* of the end-entity certificate's DER */
    uint8_t sha1[20];   /* the same, as older lists have it */
    int64_t not_before_ns;
    int64_t not_after_ns;
    uint16_t key_bits;      /* 0 when the type says it all */
    uint8_t key_type;       /* enum key_type */
    uint8_t signature_type; /* enum key_type of the issuer's signature */
    uint8_t chain_length;
    bool is_self_issued; /* issuer and subject are the same bytes */
};

struct ssh_fact {
    uint8_t banner_len;
    uint8_t kex_len;
    uint8_t host_key_len;
    uint8_t cipher_len;
    uint16_t kex_list_len;
    bool is_server;
    bool has_kexinit;
    char banner[FACT_BANNER_MAX];      /* "SSH-2.0-OpenSSH_9.9" */
    char kex[FACT_ALGORITHM_MAX];      /* this side's first choices; what was agreed */
    char host_key[FACT_ALGORITHM_MAX]; /*   follows from the two sides (RFC 4253 7.1) */
    char cipher[FACT_ALGORITHM_MAX];   /* client to server */
    char kex_list[FACT_KEX_LIST_MAX];  /* all key exchange methods, as sent */
    uint8_t hassh[16];                 /* MD5; HASSH of a client, HASSHserver of a server */
};

enum seen_http_method {
    SEEN_HTTP_RESPONSE, /* no method: the server's side */
    SEEN_HTTP_GET,
    SEEN_HTTP_HEAD,
    SEEN_HTTP_POST,
    SEEN_HTTP_PUT,
    SEEN_HTTP_CONNECT,
    SEEN_HTTP_OPTIONS,
    SEEN_HTTP_OTHER,
    SEEN_HTTP_METHODS
};

struct http_fact {
    struct fact_name host; /* of the Host header, without its port */
    uint16_t status;       /* of a response */
    uint8_t method;        /* enum seen_http_method */
    uint8_t agent_len;
    char agent[FACT_AGENT_MAX]; /* User-Agent, or Server of a response */
};

struct tunnel_fact {
    struct ip_address source; /* innermost tunnel's end points */
    struct ip_address destination;
    uint32_t identifier; /* VNI, TEID or GRE key; 0 when none */
    uint16_t encapsulation;
};

/* What a rule of another sensor (Suricata) said, by its numbers: the words of rules are not
 * kept. */
struct alert_fact {
    uint32_t generator;
    uint32_t signature;
    uint32_t revision;
    uint8_t severity; /* 1 is the highest; 0 when not told */
    bool is_blocked;  /* the sensor dropped the packet */
};

enum login_service { LOGIN_SSH, LOGIN_KERBEROS, LOGIN_NTLM, LOGIN_RDP, LOGIN_SERVICES };
enum login_result { LOGIN_UNKNOWN, LOGIN_SUCCESS, LOGIN_FAILURE };

/* Who logs in is kept as a keyed hash alone: it tells two accounts apart and is in no record.
 */
struct login_fact {
    uint64_t account; /* 0 when the log does not say */
    uint16_t attempts;
    uint8_t service;      /* enum login_service */
    uint8_t result;       /* enum login_result */
    bool is_weak;         /* the ticket is sealed with RC4 (RFC 8429) */
    bool is_of_a_service; /* an account of a machine or a service, by its name */
};

struct fact {
    struct fact *next; /* in the flow's chain, oldest first */
    int64_t time_ns;
    uint8_t kind; /* enum fact_kind */
    bool from_initiator;
    union {
        struct dns_fact dns;
        struct tls_client_fact tls_client;
        struct tls_server_fact tls_server;
        struct tls_certificate_fact certificate;
        struct ssh_fact ssh;
        struct http_fact http;
        struct tunnel_fact tunnel;
        struct alert_fact alert;
        struct login_fact login;
    };
};

/* Bytes of a fact of this kind up to and with its last field. */
size_t fact_size(enum fact_kind kind);
/* The server's name a fact tells: the name asked for, the SNI or the Host; empty when none. */
struct bytes fact_server_name(const struct fact *fact);

/* Is it the domain or a name below it? */
bool fact_name_is_under(const struct fact_name *name, struct bytes domain);

static inline struct bytes fact_name_bytes(const struct fact_name *name)
{
    return (struct bytes){ (const uint8_t *)name->at, name->len };
}
