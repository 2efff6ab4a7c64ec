// SPDX-License-Identifier: Apache-2.0
/* The layers inside quic_read: a packet out of a datagram, its protection taken off, its
 * frames collected.  Apart so that tests and fuzzing reach each of them. */
#pragma once

#include "decode/parsers.h"

enum {
    QUIC_CONNECTION_MAX = 20, /* RFC 9000 17.2 */
    QUIC_PACKET_MAX = 4096,   /* ours; an Initial is as large as a path allows, 1200 to 1500 */
    QUIC_TAG_BYTES = 16,
};

/* What differs from version to version. */
struct quic_scheme {
    uint32_t version_min, version_max;
    uint8_t initial_type; /* the two bits of the first octet */
    uint8_t salt[20];
    const char *key_label;
    const char *iv_label;
    const char *header_label;
};

/* An Initial packet, protected. */
struct quic_packet {
    const struct quic_scheme *scheme;
    uint32_t version;
    struct bytes connection; /* destination */
    struct bytes whole;
    size_t number_at; /* where in it the packet number is */
};

struct quic_keys {
    uint8_t key[16];
    uint8_t iv[12];
    uint8_t header[16];
};

/* NULL: not a version we know. */
const struct quic_scheme *quic_scheme_find(uint32_t version);

/* RFC 9001 5.2: the keys of a client's Initial packets. */
void quic_client_keys(const struct quic_scheme *scheme, struct bytes connection,
                      struct quic_keys *out);

/* Decrypts into room for QUIC_PACKET_MAX octets.  FAULT_CRYPTO: not with these keys. */
MUST_CHECK enum fault quic_unprotect(const struct quic_packet *packet,
                                     const struct quic_keys *keys, uint8_t *room,
                                     struct bytes *frames);

/* Takes CRYPTO frames up; others that an Initial may carry are passed over. */
MUST_CHECK enum fault quic_frames_read(struct quic_collector *collector, struct bytes frames);

/* The ClientHello, if all of it is there. */
MUST_CHECK enum fault quic_hello_read(const struct quic_collector *collector, struct fact *out);
