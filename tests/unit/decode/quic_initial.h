// SPDX-License-Identifier: Apache-2.0
/* Initial packets made for tests: the protection put on that quic_unprotect takes off. */
#pragma once

#include <nettle/aes.h>
#include <nettle/gcm.h>

#include "decode/quic_private.h"
#include "octets.h"

static inline struct bytes sample_connection(void)
{
    return BYTES("\x83\x94\xc8\xf0\x3e\x51\x57\x08");
}

struct initial {
    uint32_t version;
    struct bytes connection; /* destination */
    struct bytes secret_of;  /* the identifier the keys are made from */
    uint8_t number;
};

static inline struct initial initial_good(uint8_t number)
{
    return (struct initial){ 1, sample_connection(), sample_connection(), number };
}

/* Appends one packet with a packet number of one octet. */
static inline void put_initial(struct octets *w, const struct initial *initial,
                               struct bytes frames)
{
    const struct quic_scheme *scheme = quic_scheme_find(initial->version);
    MUST(scheme);
    size_t start = w->len;
    put_number(w, 0xc0u | (unsigned)scheme->initial_type << 4, 1);
    put_number(w, initial->version, 4);
    put_number(w, initial->connection.len, 1);
    put(w, initial->connection);
    put_number(w, 0, 1);                                             /* source */
    put_number(w, 0, 1);                                             /* token */
    put_number(w, 0x80000000u + 1 + frames.len + QUIC_TAG_BYTES, 4); /* length */
    size_t number_at = w->len;
    put_number(w, initial->number, 1);
    size_t header_len = w->len - start;

    struct quic_keys keys;
    struct gcm_aes128_ctx gcm;
    quic_client_keys(scheme, initial->secret_of, &keys);
    keys.iv[11] ^= initial->number;
    gcm_aes128_set_key(&gcm, keys.key);
    gcm_aes128_set_iv(&gcm, sizeof keys.iv, keys.iv);
    gcm_aes128_update(&gcm, header_len, w->at + start);
    put_zeros(w, frames.len + QUIC_TAG_BYTES);
    uint8_t *payload = w->at + start + header_len;
    gcm_aes128_encrypt(&gcm, frames.len, payload, frames.at);
    gcm_aes128_digest(&gcm, QUIC_TAG_BYTES, payload + frames.len);

    struct aes128_ctx aes;
    uint8_t mask[16];
    aes128_set_encrypt_key(&aes, keys.header);
    aes128_encrypt(&aes, sizeof mask, mask, w->at + number_at + 4);
    w->at[start] ^= mask[0] & 0x0f;
    w->at[number_at] ^= mask[1];
}

/* A varint of four octets. */
static inline void put_varint(struct octets *w, uint64_t number)
{
    put_number(w, 0x80000000u | number, 4);
}

static inline void put_crypto(struct octets *w, struct bytes stream, size_t offset, size_t len)
{
    put_number(w, 6, 1);
    put_varint(w, offset);
    put_varint(w, len);
    put(w, bytes_slice(stream, offset, len));
}
