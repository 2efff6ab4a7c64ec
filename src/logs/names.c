// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"
#include "base/must.h"
#include "logs/record_private.h"

#define NAME(scope, name, field)                                         \
    {                                                                    \
        SCOPE_##scope, LOG_##field, SCOPE_NONE, sizeof(name) - 1, (name) \
    }
#define OBJECT(scope, name, inner)                                       \
    {                                                                    \
        SCOPE_##scope, LOG_NONE, SCOPE_##inner, sizeof(name) - 1, (name) \
    }

/* Of several names for the same, the first is the one told to people. */
/* clang-format off */
static const struct log_name table[] = {
    /* Zeek, base/protocols; ja3, ja4, hassh and vlan are columns of packages and policies. */
    NAME(ZEEK, "_path", PATH),
    NAME(ZEEK, "@stream", PATH),
    NAME(ZEEK, "event_type", EVENT), /* then it is EVE */
    NAME(ZEEK, "ts", TIME),
    NAME(ZEEK, "uid", ID),
    NAME(ZEEK, "id.orig_h", INITIATOR),
    NAME(ZEEK, "id.orig_p", INITIATOR_PORT),
    NAME(ZEEK, "id.resp_h", RESPONDER),
    NAME(ZEEK, "id.resp_p", RESPONDER_PORT),
    NAME(ZEEK, "id_orig_h", INITIATOR),
    NAME(ZEEK, "id_orig_p", INITIATOR_PORT),
    NAME(ZEEK, "id_resp_h", RESPONDER),
    NAME(ZEEK, "id_resp_p", RESPONDER_PORT),
    NAME(ZEEK, "proto", PROTOCOL),
    NAME(ZEEK, "ip_proto", PROTOCOL_NUMBER),
    NAME(ZEEK, "vlan", VLAN),
    NAME(ZEEK, "duration", DURATION),
    NAME(ZEEK, "conn_state", STATE),
    NAME(ZEEK, "history", HISTORY),
    NAME(ZEEK, "orig_pkts", FORWARD_PACKETS),
    NAME(ZEEK, "orig_ip_bytes", FORWARD_OCTETS),
    NAME(ZEEK, "orig_bytes", FORWARD_PAYLOAD),
    NAME(ZEEK, "resp_pkts", REVERSE_PACKETS),
    NAME(ZEEK, "resp_ip_bytes", REVERSE_OCTETS),
    NAME(ZEEK, "resp_bytes", REVERSE_PAYLOAD),
    NAME(ZEEK, "query", QUERY),
    NAME(ZEEK, "qtype", QUERY_TYPE),
    NAME(ZEEK, "qclass", QUERY_CLASS),
    NAME(ZEEK, "trans_id", TRANSACTION),
    NAME(ZEEK, "rcode", RESPONSE_CODE),
    NAME(ZEEK, "AA", AUTHORITATIVE),
    NAME(ZEEK, "TC", TRUNCATED),
    NAME(ZEEK, "answers", ANSWERS),
    NAME(ZEEK, "TTLs", TTLS),
    NAME(ZEEK, "version", VERSION),
    NAME(ZEEK, "server_name", SERVER_NAME),
    NAME(ZEEK, "curve", GROUP),
    NAME(ZEEK, "next_protocol", PROTOCOL_NAME),
    NAME(ZEEK, "established", ESTABLISHED),
    NAME(ZEEK, "ja3", JA3),
    NAME(ZEEK, "ja3s", JA3S),
    NAME(ZEEK, "ja4", JA4),
    NAME(ZEEK, "cert_chain_fps", CHAIN),
    NAME(ZEEK, "cert_chain_fuids", CHAIN_FILES),
    NAME(ZEEK, "fingerprint", CERTIFICATE),
    { SCOPE_ZEEK, LOG_CERTIFICATE_FILE, SCOPE_ZEEK_ID, 2, "id" },
    NAME(ZEEK_ID, "orig_h", INITIATOR),
    NAME(ZEEK_ID, "orig_p", INITIATOR_PORT),
    NAME(ZEEK_ID, "resp_h", RESPONDER),
    NAME(ZEEK_ID, "resp_p", RESPONDER_PORT),
    NAME(ZEEK, "certificate.subject", SUBJECT),
    NAME(ZEEK, "certificate.issuer", ISSUER),
    NAME(ZEEK, "certificate.not_valid_before", NOT_BEFORE),
    NAME(ZEEK, "certificate.not_valid_after", NOT_AFTER),
    NAME(ZEEK, "certificate.key_type", KEY_TYPE),
    NAME(ZEEK, "certificate.key_length", KEY_BITS),
    NAME(ZEEK, "certificate.sig_alg", SIGNATURE_TYPE),
    /* some shippers turn points into underscores */
    NAME(ZEEK, "certificate_subject", SUBJECT),
    NAME(ZEEK, "certificate_issuer", ISSUER),
    NAME(ZEEK, "certificate_not_valid_before", NOT_BEFORE),
    NAME(ZEEK, "certificate_not_valid_after", NOT_AFTER),
    NAME(ZEEK, "certificate_key_type", KEY_TYPE),
    NAME(ZEEK, "certificate_key_length", KEY_BITS),
    NAME(ZEEK, "certificate_sig_alg", SIGNATURE_TYPE),
    NAME(ZEEK, "client", CLIENT_BANNER),
    NAME(ZEEK, "server", SERVER_BANNER),
    NAME(ZEEK, "kex_alg", KEX),
    NAME(ZEEK, "host_key_alg", HOST_KEY),
    NAME(ZEEK, "cipher_alg", CIPHER),
    NAME(ZEEK, "hassh", HASSH),
    NAME(ZEEK, "hasshServer", HASSH_SERVER),
    NAME(ZEEK, "host", HOST),
    NAME(ZEEK, "method", METHOD),
    NAME(ZEEK, "user_agent", AGENT),
    NAME(ZEEK, "status_code", STATUS),
    NAME(ZEEK, "client_initial_dcid", QUIC_IDENTIFIER),
    NAME(ZEEK, "client_protocol", PROTOCOL_NAME),
    NAME(ZEEK, "username", ACCOUNT),
    NAME(ZEEK, "cookie", ACCOUNT),
    NAME(ZEEK, "success", SUCCESS),
    NAME(ZEEK, "auth_success", SUCCESS),
    NAME(ZEEK, "auth_attempts", ATTEMPTS),
    NAME(ZEEK, "cipher", ENCRYPTION),
    NAME(ZEEK, "result", RESULT),

    /* ra(1) of Argus and the columns of CTU; letters of either case (log_names_find). */
    NAME(ARGUS, "starttime", TIME),
    NAME(ARGUS, "stime", TIME),
    NAME(ARGUS, "lasttime", END),
    NAME(ARGUS, "ltime", END),
    NAME(ARGUS, "dur", DURATION),
    NAME(ARGUS, "proto", PROTOCOL),
    NAME(ARGUS, "srcaddr", INITIATOR),
    NAME(ARGUS, "saddr", INITIATOR),
    NAME(ARGUS, "sport", INITIATOR_PORT),
    NAME(ARGUS, "dir", DIRECTION),
    NAME(ARGUS, "dstaddr", RESPONDER),
    NAME(ARGUS, "daddr", RESPONDER),
    NAME(ARGUS, "dport", RESPONDER_PORT),
    NAME(ARGUS, "state", STATE),
    NAME(ARGUS, "svlan", VLAN),
    NAME(ARGUS, "totpkts", TOTAL_PACKETS),
    NAME(ARGUS, "pkts", TOTAL_PACKETS),
    NAME(ARGUS, "totbytes", TOTAL_OCTETS),
    NAME(ARGUS, "bytes", TOTAL_OCTETS),
    NAME(ARGUS, "srcpkts", FORWARD_PACKETS),
    NAME(ARGUS, "spkts", FORWARD_PACKETS),
    NAME(ARGUS, "dstpkts", REVERSE_PACKETS),
    NAME(ARGUS, "dpkts", REVERSE_PACKETS),
    NAME(ARGUS, "srcbytes", FORWARD_OCTETS),
    NAME(ARGUS, "sbytes", FORWARD_OCTETS),
    NAME(ARGUS, "dstbytes", REVERSE_OCTETS),
    NAME(ARGUS, "dbytes", REVERSE_OCTETS),
    NAME(ARGUS, "sappbytes", FORWARD_PAYLOAD),
    NAME(ARGUS, "dappbytes", REVERSE_PAYLOAD),

    /* Suricata, "EVE JSON Format" of its user guide */
    NAME(EVE, "event_type", EVENT),
    NAME(EVE, "timestamp", TIME),
    NAME(EVE, "flow_id", ID),
    NAME(EVE, "src_ip", INITIATOR),
    NAME(EVE, "src_port", INITIATOR_PORT),
    NAME(EVE, "dest_ip", RESPONDER),
    NAME(EVE, "dest_port", RESPONDER_PORT),
    NAME(EVE, "proto", PROTOCOL),
    NAME(EVE, "vlan", VLAN),
    NAME(EVE, "icmp_type", ICMP_TYPE),
    NAME(EVE, "icmp_code", ICMP_CODE),
    OBJECT(EVE, "flow", EVE_FLOW),
    NAME(EVE_FLOW, "pkts_toserver", FORWARD_PACKETS),
    NAME(EVE_FLOW, "pkts_toclient", REVERSE_PACKETS),
    NAME(EVE_FLOW, "bytes_toserver", FORWARD_OCTETS),
    NAME(EVE_FLOW, "bytes_toclient", REVERSE_OCTETS),
    NAME(EVE_FLOW, "start", START),
    NAME(EVE_FLOW, "end", END),
    NAME(EVE_FLOW, "state", STATE),
    NAME(EVE_FLOW, "reason", REASON),
    OBJECT(EVE, "tcp", EVE_TCP),
    NAME(EVE_TCP, "tcp_flags_ts", FORWARD_FLAGS),
    NAME(EVE_TCP, "tcp_flags_tc", REVERSE_FLAGS),
    OBJECT(EVE, "dns", EVE_DNS),
    NAME(EVE_DNS, "type", MESSAGE),
    NAME(EVE_DNS, "id", TRANSACTION),
    NAME(EVE_DNS, "rrname", QUERY),
    NAME(EVE_DNS, "rrtype", QUERY_TYPE),
    NAME(EVE_DNS, "rcode", RESPONSE_CODE),
    NAME(EVE_DNS, "aa", AUTHORITATIVE),
    NAME(EVE_DNS, "tc", TRUNCATED),
    NAME(EVE_DNS, "rdata", ANSWER),
    NAME(EVE_DNS, "ttl", TTLS),
    NAME(EVE_DNS, "answers", ANSWERS),
    NAME(EVE_DNS, "queries", QUERIES),
    NAME(EVE_DNS_ITEM, "rrname", QUERY),
    NAME(EVE_DNS_ITEM, "rrtype", QUERY_TYPE),
    NAME(EVE_DNS_ITEM, "rdata", ANSWER),
    NAME(EVE_DNS_ITEM, "ttl", TTLS),
    OBJECT(EVE, "tls", EVE_TLS),
    NAME(EVE_TLS, "sni", SERVER_NAME),
    NAME(EVE_TLS, "version", VERSION),
    NAME(EVE_TLS, "fingerprint", CERTIFICATE),
    NAME(EVE_TLS, "subject", SUBJECT),
    NAME(EVE_TLS, "issuerdn", ISSUER),
    NAME(EVE_TLS, "notbefore", NOT_BEFORE),
    NAME(EVE_TLS, "notafter", NOT_AFTER),
    NAME(EVE_TLS, "client_alpns", PROTOCOL_NAMES),
    NAME(EVE_TLS, "server_alpns", PROTOCOL_NAME),
    NAME(EVE_TLS, "ja4", JA4),
    OBJECT(EVE_TLS, "ja3", EVE_JA3),
    OBJECT(EVE_TLS, "ja3s", EVE_JA3S),
    NAME(EVE_JA3, "hash", JA3),
    NAME(EVE_JA3S, "hash", JA3S),
    OBJECT(EVE, "ssh", EVE_SSH),
    OBJECT(EVE_SSH, "client", EVE_SSH_CLIENT),
    OBJECT(EVE_SSH, "server", EVE_SSH_SERVER),
    NAME(EVE_SSH_CLIENT, "proto_version", CLIENT_VERSION),
    NAME(EVE_SSH_CLIENT, "software_version", CLIENT_BANNER),
    OBJECT(EVE_SSH_CLIENT, "hassh", EVE_HASSH),
    NAME(EVE_HASSH, "hash", HASSH),
    NAME(EVE_SSH_SERVER, "proto_version", SERVER_VERSION),
    NAME(EVE_SSH_SERVER, "software_version", SERVER_BANNER),
    OBJECT(EVE_SSH_SERVER, "hassh", EVE_HASSH_SERVER),
    NAME(EVE_HASSH_SERVER, "hash", HASSH_SERVER),
    OBJECT(EVE, "http", EVE_HTTP),
    NAME(EVE_HTTP, "hostname", HOST),
    NAME(EVE_HTTP, "http_method", METHOD),
    NAME(EVE_HTTP, "http_user_agent", AGENT),
    NAME(EVE_HTTP, "status", STATUS),
    OBJECT(EVE, "quic", EVE_QUIC),
    NAME(EVE_QUIC, "version", VERSION),
    NAME(EVE_QUIC, "sni", SERVER_NAME),
    NAME(EVE_QUIC, "ja4", JA4),
    OBJECT(EVE_QUIC, "ja3", EVE_JA3),
    OBJECT(EVE_QUIC, "ja3s", EVE_JA3S),
    OBJECT(EVE, "alert", EVE_ALERT),
    NAME(EVE_ALERT, "gid", GENERATOR),
    NAME(EVE_ALERT, "signature_id", SIGNATURE),
    NAME(EVE_ALERT, "rev", REVISION),
    NAME(EVE_ALERT, "severity", SEVERITY),
    NAME(EVE_ALERT, "action", ACTION),
};
/* clang-format on */

enum { NAMES = sizeof table / sizeof *table };

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* Length and three octets tell nearly all of our names apart. */
static size_t slot_of(uint8_t scope, struct bytes name)
{
    uint64_t word = (uint64_t)scope << 40 | (uint64_t)name.len << 32;
    word |= (uint64_t)lower(name.at[0]) << 24 | (uint64_t)lower(name.at[name.len / 2]) << 16 |
            (uint64_t)lower(name.at[name.len - 1]) << 8 | lower(name.at[name.len / 3]);
    return (size_t)(word * UINT64_C(0x9e3779b97f4a7c15) >> 54) & (LOG_NAMES_ROOM - 1);
}

void log_names_init(struct log_names *names)
{
    _Static_assert(NAMES < UINT8_MAX && NAMES * 3 < LOG_NAMES_ROOM, "room for all names");
    memset(names, 0, sizeof *names);
    for (size_t i = 0; i < NAMES; i++) {
        struct bytes name = { (const uint8_t *)table[i].name, table[i].len };
        size_t slot = slot_of(table[i].scope, name);
        while (names->slots[slot] != 0)
            slot = (slot + 1) & (LOG_NAMES_ROOM - 1);
        names->slots[slot] = (uint8_t)(i + 1);
    }
}

static bool is_same(const struct log_name *name, uint8_t scope, struct bytes given)
{
    if (name->scope != scope || name->len != given.len)
        return false;
    if (scope != SCOPE_ARGUS)
        return memcmp(name->name, given.at, given.len) == 0;
    for (size_t i = 0; i < given.len; i++) {
        if ((uint8_t)name->name[i] != lower(given.at[i]))
            return false;
    }
    return true;
}

const struct log_name *log_names_find(const struct log_names *names, uint8_t scope,
                                      struct bytes name)
{
    if (name.len == 0)
        return NULL;
    size_t slot = slot_of(scope, name);
    for (; names->slots[slot] != 0; slot = (slot + 1) & (LOG_NAMES_ROOM - 1)) {
        const struct log_name *found = &table[names->slots[slot] - 1];
        if (is_same(found, scope, name))
            return found;
    }
    return NULL;
}

const char *log_names_of(uint8_t scope, enum log_field field)
{
    for (size_t i = 0; i < NAMES; i++) {
        bool is_in =
            table[i].scope == scope || (scope == SCOPE_EVE && table[i].scope > SCOPE_EVE);
        if (is_in && table[i].field == field)
            return table[i].name;
    }
    return "of its own";
}
