// SPDX-License-Identifier: Apache-2.0
#include <nettle/aes.h>
#include <nettle/gcm.h>
#include <nettle/hkdf.h>
#include <nettle/hmac.h>

#include "decode/quic_private.h"

/* RFC 9001 5.2, RFC 9369 3, and the drafts that old captures hold. */
static const struct quic_scheme schemes[] = {
    { .version_min = 0x00000001,
      .version_max = 0x00000001,
      .initial_type = 0,
      .salt = { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a },
      .key_label = "tls13 quic key",
      .iv_label = "tls13 quic iv",
      .header_label = "tls13 quic hp" },
    { .version_min = 0x6b3343cf,
      .version_max = 0x6b3343cf,
      .initial_type = 1,
      .salt = { 0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
                0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9 },
      .key_label = "tls13 quicv2 key",
      .iv_label = "tls13 quicv2 iv",
      .header_label = "tls13 quicv2 hp" },
    { .version_min = 0xff00001d, /* draft 29 to 32 */
      .version_max = 0xff000020,
      .initial_type = 0,
      .salt = { 0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
                0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99 },
      .key_label = "tls13 quic key",
      .iv_label = "tls13 quic iv",
      .header_label = "tls13 quic hp" },
    { .version_min = 0xff000017, /* draft 23 to 28 */
      .version_max = 0xff00001c,
      .initial_type = 0,
      .salt = { 0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
                0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02 },
      .key_label = "tls13 quic key",
      .iv_label = "tls13 quic iv",
      .header_label = "tls13 quic hp" },
    { .version_min = 0xfaceb002, /* mvfst, a draft 27 by another name */
      .version_max = 0xfaceb00e,
      .initial_type = 0,
      .salt = { 0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
                0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02 },
      .key_label = "tls13 quic key",
      .iv_label = "tls13 quic iv",
      .header_label = "tls13 quic hp" },
};

const struct quic_scheme *quic_scheme_find(uint32_t version)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (version >= schemes[i].version_min && version <= schemes[i].version_max)
            return &schemes[i];
    }
    return NULL;
}

static void mac_update(void *context, size_t len, const uint8_t *at)
{
    hmac_sha256_update(context, len, at);
}

static void mac_digest(void *context, size_t len, uint8_t *out)
{
    hmac_sha256_digest(context, len, out);
}

/* HKDF-Expand-Label with an empty context, RFC 8446 7.1. */
static void expand_label(struct hmac_sha256_ctx *secret, const char *label, uint8_t *out,
                         size_t out_len)
{
    uint8_t info[64];
    size_t label_len = strlen(label);
    info[0] = 0;
    info[1] = (uint8_t)out_len;
    info[2] = (uint8_t)label_len;
    memcpy(info + 3, label, label_len);
    info[3 + label_len] = 0;
    hkdf_expand(secret, mac_update, mac_digest, SHA256_DIGEST_SIZE, label_len + 4, info,
                out_len, out);
}

void quic_client_keys(const struct quic_scheme *scheme, struct bytes connection,
                      struct quic_keys *out)
{
    struct hmac_sha256_ctx hmac;
    uint8_t secret[SHA256_DIGEST_SIZE];
    hmac_sha256_set_key(&hmac, sizeof scheme->salt, scheme->salt);
    hkdf_extract(&hmac, mac_update, mac_digest, sizeof secret, connection.len, connection.at,
                 secret);
    hmac_sha256_set_key(&hmac, sizeof secret, secret);
    expand_label(&hmac, "tls13 client in", secret, sizeof secret);
    hmac_sha256_set_key(&hmac, sizeof secret, secret);
    expand_label(&hmac, scheme->key_label, out->key, sizeof out->key);
    expand_label(&hmac, scheme->iv_label, out->iv, sizeof out->iv);
    expand_label(&hmac, scheme->header_label, out->header, sizeof out->header);
}

/* RFC 9001 5.4: shows the packet number of a packet in room.  Returns its length. */
static size_t unmask_header(uint8_t *room, size_t number_at, const struct quic_keys *keys)
{
    struct aes128_ctx aes;
    uint8_t mask[AES_BLOCK_SIZE];
    aes128_set_encrypt_key(&aes, keys->header);
    aes128_encrypt(&aes, sizeof mask, mask, room + number_at + 4);
    room[0] ^= mask[0] & 0x0f;
    size_t number_len = (room[0] & 0x03u) + 1;
    for (size_t i = 0; i < number_len; i++)
        room[number_at + i] ^= mask[1 + i];
    return number_len;
}

/* RFC 9001 5.3.  The number is taken as sent: a client's first packets are counted from 0. */
static void nonce_of(const struct quic_keys *keys, const uint8_t *number, size_t number_len,
                     uint8_t nonce[GCM_IV_SIZE])
{
    memcpy(nonce, keys->iv, GCM_IV_SIZE);
    for (size_t i = 0; i < number_len; i++)
        nonce[GCM_IV_SIZE - number_len + i] ^= number[i];
}

enum fault quic_unprotect(const struct quic_packet *packet, const struct quic_keys *keys,
                          uint8_t *room, struct bytes *frames)
{
    size_t number_at = packet->number_at;
    if (packet->whole.len > QUIC_PACKET_MAX)
        return FAULT_LIMIT;
    if (packet->whole.len < number_at + 4 + QUIC_TAG_BYTES)
        return FAULT_LENGTH; /* RFC 9001 5.4.2: no sample */
    memcpy(room, packet->whole.at, packet->whole.len);
    size_t number_len = unmask_header(room, number_at, keys);

    struct gcm_aes128_ctx gcm;
    uint8_t nonce[GCM_IV_SIZE], tag[QUIC_TAG_BYTES];
    nonce_of(keys, room + number_at, number_len, nonce);
    uint8_t *payload = room + number_at + number_len;
    size_t payload_len = packet->whole.len - number_at - number_len - sizeof tag;
    gcm_aes128_set_key(&gcm, keys->key);
    gcm_aes128_set_iv(&gcm, sizeof nonce, nonce);
    gcm_aes128_update(&gcm, number_at + number_len, room);
    gcm_aes128_decrypt(&gcm, payload_len, payload, payload);
    gcm_aes128_digest(&gcm, sizeof tag, tag);
    if (memcmp(tag, payload + payload_len, sizeof tag) != 0)
        return FAULT_CRYPTO;
    *frames = (struct bytes){ payload, payload_len };
    return FAULT_NONE;
}
