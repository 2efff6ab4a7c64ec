// SPDX-License-Identifier: Apache-2.0
/* The messages of a talk, made from its seed alone: the same talk and step always give the
 * same octets.  Each function writes one whole message into room of TALK_MESSAGE_MAX octets. */
#pragma once

#include "simulate/octets.h"
#include "simulate/talk.h"

struct telling { /* who says what */
    const struct talk_context *context;
    const struct talk *talk;
    const struct step *step;
};

/* TLS (RFC 5246, 8446).  The first two are the handshake messages without their record, as
 * QUIC carries them. */
void tls_write_client_hello(const struct talk *talk, struct octets *out);
void tls_write_server_hello(const struct talk *talk, struct octets *out);
void tls_say_client_hello(const struct telling *telling, struct octets *out);
void tls_say_server_hello(const struct telling *telling, struct octets *out);
void tls_say_client_keys(const struct telling *telling, struct octets *out);
void tls_say_server_finished(const struct telling *telling, struct octets *out);
/* A synthetic X.509 certificate (RFC 5280): well formed, its signature is only noise. */
void certificate_write(const struct site *site, int64_t now_ns, struct octets *out);

/* QUIC version 1 (RFC 9000, 9001). */
enum { QUIC_DATAGRAM_OCTETS = 1200, QUIC_CRYPTO_MAX = 1100 };
void quic_say_initial(const struct telling *telling, struct octets *out);
void quic_say_reply(const struct telling *telling, struct octets *out);
void quic_say_finished(const struct telling *telling, struct octets *out);

/* DNS (RFC 1035, 3596), SSH (RFC 4253), NTP (RFC 5905). */
enum { DNS_TYPE_A = 1, DNS_TYPE_CNAME = 5, DNS_TYPE_TXT = 16, DNS_TYPE_AAAA = 28 };
void dns_say_query(const struct telling *telling, struct octets *out);
void dns_say_response(const struct telling *telling, struct octets *out);
void ssh_say_banner(const struct telling *telling, struct octets *out);
void ssh_say_kexinit(const struct telling *telling, struct octets *out);
void ssh_say_keys(const struct telling *telling, struct octets *out);
/* With argument 1 the long list that reflectors give. */
void ntp_say(const struct telling *telling, struct octets *out);

/* HTTP/1.1 (RFC 9112) and SMTP (RFC 5321): here the canaries live. */
enum smtp_line {
    SMTP_GREETING,
    SMTP_EHLO,
    SMTP_CAPABLE,
    SMTP_FROM,
    SMTP_TO,
    SMTP_OK,
    SMTP_DATA,
    SMTP_GO_AHEAD,
    SMTP_END, /* of the mail */
    SMTP_QUIT,
    SMTP_BYE,
    SMTP_LINES
};
void http_say_request(const struct telling *telling, struct octets *out);
void http_say_response(const struct telling *telling, struct octets *out);
void smtp_say_line(const struct telling *telling, struct octets *out);
void smtp_say_mail(const struct telling *telling, struct octets *out);

/* len octets from offset on of an endless text that repeats the canary. */
void prose_write(const char *canary, size_t offset, uint8_t *out, size_t len);
