// SPDX-License-Identifier: Apache-2.0
#include "model/field.h"

#define FIELD(record, member, kind, meaning)                                                \
    {                                                                                       \
#record, #member, INFORMATION_##kind, sizeof(((struct record *)0)->member), meaning \
    }

/* clang-format off */
static const struct field fields[] = {
    FIELD(packet, source, EQUIPMENT, "address the packet came from"),
    FIELD(packet, destination, EQUIPMENT, "address it went to"),
    FIELD(packet, time_ns, EQUIPMENT, "when it was captured"),
    FIELD(packet, octets, OTHER, "length by the IP header"),
    FIELD(packet, tcp_sequence, OTHER, "TCP sequence number"),
    FIELD(packet, tcp_acknowledgment, OTHER, "TCP acknowledgment number"),
    FIELD(packet, payload_octets, OTHER, "length of the transport payload by the headers"),
    FIELD(packet, source_port, EQUIPMENT, "port it came from"),
    FIELD(packet, destination_port, EQUIPMENT, "port it went to, or ICMP type and code"),
    FIELD(packet, tcp_window, OTHER, "TCP window"),
    FIELD(packet, encapsulation, OTHER, "what it was wrapped in"),
    FIELD(packet, vlan, EQUIPMENT, "outermost VLAN"),
    FIELD(packet, version, OTHER, "IP version"),
    FIELD(packet, protocol, OTHER, "transport protocol"),
    FIELD(packet, tcp_flags, OTHER, "TCP flags"),
    FIELD(packet, ttl, OTHER, "hops left"),
    FIELD(packet, is_fragment, OTHER, "a fragment that was not put together"),
    FIELD(packet, has_transport, OTHER, "whether the transport header could be read"),

    FIELD(flow, initiator, EQUIPMENT, "address that spoke first"),
    FIELD(flow, responder, EQUIPMENT, "address spoken to"),
    FIELD(flow, facts_dropped, OTHER, "handshake facts beyond the bounds"),
    FIELD(flow, slice, OTHER, "number of the report of a long flow"),
    FIELD(flow, initiator_port, EQUIPMENT, "port of the initiator"),
    FIELD(flow, responder_port, EQUIPMENT, "port of the responder, or ICMP type and code"),
    FIELD(flow, encapsulation, OTHER, "what its packets were wrapped in"),
    FIELD(flow, vlan, EQUIPMENT, "outermost VLAN"),
    FIELD(flow, protocol, OTHER, "transport protocol"),
    FIELD(flow, version, OTHER, "IP version"),
    FIELD(flow, end, OTHER, "why the flow was reported"),
    FIELD(flow, tcp, OTHER, "state of the TCP connection"),
    FIELD(flow, continues, OTHER, "whether another slice may follow"),
    FIELD(flow, is_turned, OTHER, "whether the initiator is inferred"),
    FIELD(observation, exporter, EQUIPMENT, "which exporter told of it"),
    FIELD(observation, ingress, EQUIPMENT, "interface it came in by"),
    FIELD(observation, egress, EQUIPMENT, "interface it went out by"),
    FIELD(observation, rate, OTHER, "one packet in so many was counted"),
    FIELD(observation, sampling, OTHER, "who says so"),
    FIELD(observation, time, OTHER, "how far its times can be believed"),
    FIELD(observation, direction, OTHER, "seen entering or leaving the exporter"),
    FIELD(observation, observers, OTHER, "points that saw it"),
    FIELD(flow_half, packets, OTHER, "packets of one direction"),
    FIELD(flow_half, octets, OTHER, "octets of its IP packets"),
    FIELD(flow_half, payload, OTHER, "octets of its transport payload"),
    FIELD(flow_half, first_ns, EQUIPMENT, "time of its first packet"),
    FIELD(flow_half, last_ns, EQUIPMENT, "time of its last packet"),
    FIELD(flow_half, tcp_flags, OTHER, "TCP flags seen"),
    FIELD(flow_half, first_flags, OTHER, "TCP flags of its first packet"),
    FIELD(flow_half, retransmitted, OTHER, "TCP segments sent again"),
    FIELD(flow_half, out_of_order, OTHER, "TCP segments out of order"),

    FIELD(fact, time_ns, EQUIPMENT, "when the message was captured"),
    FIELD(fact, kind, OTHER, "which protocol's message"),
    FIELD(fact, from_initiator, OTHER, "which side sent it"),

    FIELD(dns_fact, query_name, EQUIPMENT, "domain name asked for"),
    FIELD(dns_fact, canonical_name, EQUIPMENT, "domain name it is an alias of"),
    FIELD(dns_fact, transaction, OTHER, "transaction number"),
    FIELD(dns_fact, query_type, OTHER, "type of record asked for"),
    FIELD(dns_fact, query_class, OTHER, "class of record asked for"),
    FIELD(dns_fact, answer_records, OTHER, "records in the answer"),
    FIELD(dns_fact, response_octets, OTHER, "length of the answer"),
    FIELD(dns_fact, opcode, OTHER, "kind of query"),
    FIELD(dns_fact, response_code, OTHER, "result of the query"),
    FIELD(dns_fact, is_response, OTHER, "answer or question"),
    FIELD(dns_fact, is_authoritative, OTHER, "whether the server is the zone's own"),
    FIELD(dns_fact, is_truncated, OTHER, "whether the answer was cut"),
    FIELD(dns_fact, answer_count, OTHER, "addresses kept"),
    FIELD(dns_answer, address, EQUIPMENT, "address the name stands for"),
    FIELD(dns_answer, ttl_s, OTHER, "how long the answer may be remembered"),

    FIELD(tls_client_fact, server_name, EQUIPMENT, "domain name of the server called"),
    FIELD(tls_client_fact, quic_version, OTHER, "QUIC version"),
    FIELD(tls_client_fact, record_version, OTHER, "version of the record layer"),
    FIELD(tls_client_fact, hello_version, OTHER, "version of the message"),
    FIELD(tls_client_fact, highest_version, OTHER, "highest version offered"),
    FIELD(tls_client_fact, cipher_count, OTHER, "cipher suites offered"),
    FIELD(tls_client_fact, extension_count, OTHER, "extensions sent"),
    FIELD(tls_client_fact, group_count, OTHER, "key exchange groups kept"),
    FIELD(tls_client_fact, share_count, OTHER, "key shares kept"),
    FIELD(tls_client_fact, signature_count, OTHER, "signature algorithms kept"),
    FIELD(tls_client_fact, alpn_len, OTHER, "length of the protocol names"),
    FIELD(tls_client_fact, has_encrypted_hello, OTHER, "whether an encrypted hello came along"),
    FIELD(tls_client_fact, groups, OTHER, "key exchange groups offered"),
    FIELD(tls_client_fact, shares, OTHER, "groups of the key shares"),
    FIELD(tls_client_fact, signatures, OTHER, "signature algorithms offered"),
    FIELD(tls_client_fact, alpn, OTHER, "application protocols offered"),
    FIELD(tls_client_fact, ja3, OTHER, "fingerprint of the client's software"),
    FIELD(tls_client_fact, ja4, OTHER, "fingerprint of the client's software"),

    FIELD(tls_server_fact, record_version, OTHER, "version of the record layer"),
    FIELD(tls_server_fact, hello_version, OTHER, "version of the message"),
    FIELD(tls_server_fact, chosen_version, OTHER, "version chosen"),
    FIELD(tls_server_fact, cipher, OTHER, "cipher suite chosen"),
    FIELD(tls_server_fact, group, OTHER, "key exchange group chosen"),
    FIELD(tls_server_fact, extension_count, OTHER, "extensions sent"),
    FIELD(tls_server_fact, alpn_len, OTHER, "length of the protocol name"),
    FIELD(tls_server_fact, is_retry, OTHER, "a request to try again"),
    FIELD(tls_server_fact, alpn, OTHER, "application protocol chosen"),
    FIELD(tls_server_fact, ja3s, OTHER, "fingerprint of the server's software"),

    FIELD(tls_certificate_fact, sha256, OTHER, "digest of the server's certificate"),
    FIELD(tls_certificate_fact, sha1, OTHER, "digest of the server's certificate"),
    FIELD(tls_certificate_fact, not_before_ns, OTHER, "first moment it is valid"),
    FIELD(tls_certificate_fact, not_after_ns, OTHER, "last moment it is valid"),
    FIELD(tls_certificate_fact, key_bits, OTHER, "size of its key"),
    FIELD(tls_certificate_fact, key_type, OTHER, "kind of its key"),
    FIELD(tls_certificate_fact, signature_type, OTHER, "kind of its issuer's signature"),
    FIELD(tls_certificate_fact, chain_length, OTHER, "certificates sent"),
    FIELD(tls_certificate_fact, is_self_issued, OTHER, "whether it names itself as issuer"),

    FIELD(ssh_fact, banner_len, OTHER, "length of the banner"),
    FIELD(ssh_fact, kex_len, OTHER, "length of the first key exchange method"),
    FIELD(ssh_fact, host_key_len, OTHER, "length of the first host key algorithm"),
    FIELD(ssh_fact, cipher_len, OTHER, "length of the first cipher"),
    FIELD(ssh_fact, kex_list_len, OTHER, "length of the list of key exchange methods"),
    FIELD(ssh_fact, is_server, OTHER, "which side's"),
    FIELD(ssh_fact, has_kexinit, OTHER, "whether the algorithms were seen"),
    FIELD(ssh_fact, banner, OTHER, "protocol version and software"),
    FIELD(ssh_fact, kex, OTHER, "first key exchange method"),
    FIELD(ssh_fact, host_key, OTHER, "first host key algorithm"),
    FIELD(ssh_fact, cipher, OTHER, "first cipher"),
    FIELD(ssh_fact, kex_list, OTHER, "all key exchange methods"),
    FIELD(ssh_fact, hassh, OTHER, "fingerprint of the software"),

    FIELD(http_fact, host, EQUIPMENT, "domain name of the server called"),
    FIELD(http_fact, status, OTHER, "result of the request"),
    FIELD(http_fact, method, OTHER, "kind of request"),
    FIELD(http_fact, agent_len, OTHER, "length of the kind of software"),
    FIELD(http_fact, agent, OTHER, "kind of software"),

    FIELD(tunnel_fact, source, EQUIPMENT, "where the tunnel starts"),
    FIELD(tunnel_fact, destination, EQUIPMENT, "where it ends"),
    FIELD(tunnel_fact, identifier, EQUIPMENT, "number of the tunnel"),
    FIELD(tunnel_fact, encapsulation, OTHER, "kind of tunnel"),

    FIELD(alert_fact, generator, COMMAND, "which part of the other sensor fired"),
    FIELD(alert_fact, signature, COMMAND, "number of the rule that fired"),
    FIELD(alert_fact, revision, COMMAND, "its revision"),
    FIELD(alert_fact, severity, COMMAND, "how grave the rule says it is"),
    FIELD(alert_fact, is_blocked, COMMAND, "whether the packet was dropped"),

    FIELD(login_fact, account, EQUIPMENT, "keyed hash of the account, in memory alone"),
    FIELD(login_fact, attempts, OTHER, "how often it was tried"),
    FIELD(login_fact, service, OTHER, "kind of service"),
    FIELD(login_fact, result, OTHER, "whether it worked"),
    FIELD(login_fact, is_weak, OTHER, "whether the ticket's cipher is RC4"),
    FIELD(login_fact, is_of_a_service, OTHER, "whether a machine or service uses it"),
};
/* clang-format on */

const struct field *field_table(size_t *count)
{
    *count = sizeof fields / sizeof fields[0];
    return fields;
}

static bool same(const char *a, const char *b)
{
    size_t len = strlen(a);
    return len == strlen(b) && memcmp(a, b, len) == 0;
}

const struct field *field_find(const char *record, const char *member)
{
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (same(fields[i].record, record) && same(fields[i].member, member))
            return &fields[i];
    }
    return NULL;
}
