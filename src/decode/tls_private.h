// SPDX-License-Identifier: Apache-2.0
/* What the TLS parsers share: handshake messages out of the record layer, hellos taken apart,
 * and the fingerprints over them.  Nothing here allocates or keeps state. */
#pragma once

#include "base/cursor.h"
#include "base/fault.h"
#include "model/facts.h"

/* IANA "TLS HandshakeType" and "TLS ExtensionType Values", those we look into. */
enum tls_message_type {
    TLS_CLIENT_HELLO = 1,
    TLS_SERVER_HELLO = 2,
    TLS_CERTIFICATE = 11,
};

enum tls_extension {
    TLS_EXTENSION_SERVER_NAME = 0,
    TLS_EXTENSION_GROUPS = 10,
    TLS_EXTENSION_POINT_FORMATS = 11,
    TLS_EXTENSION_SIGNATURES = 13,
    TLS_EXTENSION_ALPN = 16,
    TLS_EXTENSION_VERSIONS = 43,
    TLS_EXTENSION_KEY_SHARE = 51,
    TLS_EXTENSION_ENCRYPTED_HELLO = 0xfe0d,
};

/* Our bounds; what is over them is FAULT_LIMIT.  All cipher suites ever registered are fewer
 * than 400, all extensions fewer than 80. */
enum {
    TLS_HELLO_BYTES_MAX = 16 * 1024,       /* message header included */
    TLS_CERTIFICATE_BYTES_MAX = 64 * 1024, /* message header included */
    TLS_NUMBERS_MAX = 1024,                /* of one list of suites, groups or algorithms */
    TLS_EXTENSIONS_MAX = 256,
};

enum {
    TLS_MESSAGE_HEADER_BYTES = 4,
    TLS_RANDOM_BYTES = 32,
    TLS_SESSION_BYTES_MAX = 32,
    TLS_VERSION_1_3 = 0x0304,
};

/* A place in the record layer.  A record of which only the front has come is read as far as
 * it goes. */
struct tls_records {
    struct cursor stream; /* behind the record being read */
    struct cursor record; /* what is left of it */
    size_t missing;       /* octets of it that have not come yet */
    uint16_t version;     /* as the record says */
};

struct tls_message {
    struct bytes whole;       /* header and body when one record has them all, else empty */
    size_t len;               /* of header and body */
    struct tls_records start; /* where its header is */
};

struct tls_records tls_records_over(struct bytes stream);

/* Passes over the next handshake message, which must be of this type and at most len_max
 * octets, and the warnings before it.  FAULT_UNSUPPORTED: another message, another kind of
 * record (such as a fatal alert), or SSL 2.0.  FAULT_VALUE, FAULT_VERSION, FAULT_LENGTH: not a
 * TLS record. */
MUST_CHECK enum fault tls_message_read(struct tls_records *records, enum tls_message_type type,
                                       size_t len_max, struct tls_message *out);
/* Copies a message that several records share into room for message->len octets. */
struct bytes tls_message_gather(const struct tls_message *message, uint8_t *room);
/* Octets of the stream before this place. */
size_t tls_records_taken(const struct tls_records *records, struct bytes stream);

/* RFC 8701: values that mean nothing. */
static inline bool tls_is_grease(uint16_t number)
{
    return (number & 0x0f0f) == 0x0a0a && number >> 8 == (number & 0xff);
}

/* The extension types of a hello in the order sent. */
struct tls_types {
    size_t count;
    uint16_t at[TLS_EXTENSIONS_MAX];
};

/* A ClientHello taken apart.  Lists are as sent, GREASE included: runs of 16-bit numbers,
 * except for the point formats, which are octets.  Types are without GREASE. */
struct tls_client_hello {
    uint16_t version;         /* legacy_version */
    uint16_t highest_version; /* with supported_versions */
    bool is_quic;
    bool has_server_name;
    struct bytes ciphers;
    struct bytes groups;
    struct bytes signatures;
    struct bytes point_formats;
    struct bytes first_protocol; /* of ALPN */
    struct tls_types types;
};

/* MD5 of the decimal text of JA3 (Salesforce, "TLS Fingerprinting with JA3 and JA3S", 2019). */
void tls_ja3(const struct tls_client_hello *hello, uint8_t out[16]);
/* The same for a server: version, suite, extensions. */
void tls_ja3s(uint16_t version, uint16_t cipher, const struct tls_types *types,
              uint8_t out[16]);
/* JA4 (FoxIO, "JA4: TLS Client Fingerprinting", BSD 3-clause), no terminator. */
void tls_ja4(const struct tls_client_hello *hello, char out[FACT_JA4_LEN]);
/* Takes a ServerHello apart, message header included.  FAULT_NONE: the members of *fact that
 * the message tells, other than counts and ja3s, are written to what the caller zeroed. */
MUST_CHECK enum fault tls_server_hello_read(struct bytes message, struct tls_server_fact *fact,
                                            struct tls_types *types);

/* How many of a list are not GREASE. */
size_t tls_count_numbers(struct bytes list);

/* Adds one name of ALPN to the text of a fact: behind a comma when it is not the first, what is
 * not printable as \DDD.  A name that does not fit is left out whole. */
void tls_put_protocol(struct bytes name, char text[FACT_ALPN_MAX], uint8_t *len);
