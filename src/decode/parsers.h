// SPDX-License-Identifier: Apache-2.0
/* The message parsers of decode/, all of one form.  Pure: a parser takes the front of one
 * direction of a conversation and writes one fact.
 *
 * A stream parser is given all octets so far from where its message starts, and may be called
 * again with more of them.  FAULT_TRUNCATED means "not all here yet": the caller waits for
 * more, up to its bounds.  With FAULT_NONE `*taken` octets of the stream belong to the message
 * and the fact is written: `kind` and the member of the union, nothing else of struct fact.
 * Any other fault means this is not such a stream, or a broken one.  Nothing is written then.
 *
 * Facts hold identifiers and machine information only; see model/field.c. */
#pragma once

#include "base/cursor.h"
#include "base/fault.h"
#include "decode/assembly.h"
#include "model/facts.h"

/* RFC 1035, one message without the TCP length prefix (which dns_over_tcp_read takes).
 * FAULT_TRUNCATED means the question is not whole.  Behind it, a message may end anywhere (a
 * capture cut to headers): the fact holds what answers could be read, and answer_records what
 * was promised.  response_octets is message.len; a caller that knows better overwrites it. */
MUST_CHECK enum fault dns_read(struct bytes message, struct fact *out);
MUST_CHECK enum fault dns_over_tcp_read(struct bytes stream, size_t *taken, struct fact *out);

/* A ClientHello that starts in the first TLS record, across records (RFC 8446 5.1); SSL 2.0
 * compatible hellos are FAULT_UNSUPPORTED. */
MUST_CHECK enum fault tls_client_read(struct bytes stream, size_t *taken, struct fact *out);
/* The server's first flight: ServerHello or HelloRetryRequest. */
MUST_CHECK enum fault tls_server_read(struct bytes stream, size_t *taken, struct fact *out);
/* What follows the ServerHello below TLS 1.3: Certificate.  Given the stream from its start
 * (the ServerHello is passed over).  FAULT_UNSUPPORTED when the connection is TLS 1.3 or
 * resumes a session and no certificate comes in clear. */
MUST_CHECK enum fault tls_certificate_read(struct bytes stream, size_t *taken,
                                           struct fact *out);
/* The body of a ClientHello handshake message, message header included, as QUIC carries it in
 * CRYPTO frames; quic_version is 0 over TCP and chooses JA4's first letter. */
MUST_CHECK enum fault tls_client_hello_read(struct bytes message, uint16_t record_version,
                                            uint32_t quic_version, struct fact *out);

/* SSH identification string and KEXINIT (RFC 4253 4.2, 7.1) of one side.  SSH 1 has no
 * KEXINIT, and its fact is whole with the identification. */
MUST_CHECK enum fault ssh_read(struct bytes stream, bool is_server, size_t *taken,
                               struct fact *out);
/* The identification alone, has_kexinit false: for the caller who can wait for the KEXINIT no
 * longer, or got another fault than FAULT_TRUNCATED behind a good identification. */
MUST_CHECK enum fault ssh_banner_read(struct bytes stream, bool is_server, struct fact *out);

/* HTTP/1 request or response head (RFC 9112), up to 16 KiB.  Paths, queries, cookies and
 * bodies are passed over and never kept. */
MUST_CHECK enum fault http_read(struct bytes stream, size_t *taken, struct fact *out);
/* What the whole lines of an unfinished head tell, for the caller who can wait no longer; the
 * first line must be whole. */
MUST_CHECK enum fault http_partial_read(struct bytes stream, struct fact *out);

/* QUIC v1 (RFC 9000, 9001) and v2 (RFC 9369) Initial packets of a client.  CRYPTO frames may
 * come in any order, over several packets and datagrams; the collector keeps the offsets. */
enum { QUIC_CRYPTO_MAX = 4096 };

/* Per connection, owned by the caller, zeroed at the start. */
struct quic_collector {
    uint32_t version;
    uint8_t connection_len; /* of the client's first destination connection identifier */
    uint8_t connection[20];
    struct assembly assembly;
    uint8_t crypto[QUIC_CRYPTO_MAX];
};

/* One UDP payload from the client.  FAULT_NONE: the ClientHello is whole and *out is written.
 * FAULT_TRUNCATED: good so far, more datagrams are needed.  Else: not QUIC, or broken. */
MUST_CHECK enum fault quic_read(struct quic_collector *collector, struct bytes datagram,
                                struct fact *out);
