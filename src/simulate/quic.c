// SPDX-License-Identifier: Apache-2.0
#include <nettle/gcm.h>
#include <nettle/hkdf.h>
#include <nettle/hmac.h>

#include "simulate/message.h"

enum {
    CONNECTION_ID_OCTETS = 8,
    PACKET_NUMBER_OCTETS = 4,
    TAG_OCTETS = 16,
    REPLY_OCTETS = 1350,
    FRAME_ACK = 0x02,
    FRAME_CRYPTO = 0x06,
    INITIAL = 0xc3, /* long header, packet number of four octets */
    HANDSHAKE = 0xe3,
};

enum { SEED_CHOSEN = 11, SEED_CLIENT_ID, SEED_SERVER_ID, SEED_REST };

struct keys {
    uint8_t key[16];
    uint8_t iv[12];
    uint8_t header[16];
};

static void put_connection_id(const struct talk *talk, uint64_t which, struct octets *out)
{
    struct random random = random_from(random_mix(talk->seed) + which);
    octets_random(out, &random, CONNECTION_ID_OCTETS);
}

/* HKDF-Expand-Label with an empty context (RFC 8446 7.1). */
static void expand(const uint8_t secret[32], const char *label, uint8_t *to, size_t len)
{
    uint8_t room[64];
    struct octets info = octets_over(room, sizeof room);
    octets_be16(&info, len);
    size_t mark = octets_open(&info, 1);
    octets_string(&info, "tls13 ");
    octets_string(&info, label);
    octets_close(&info, mark, 1);
    octets_u8(&info, 0);
    struct hmac_sha256_ctx hmac;
    hmac_sha256_set_key(&hmac, 32, secret);
    hkdf_expand(&hmac, (nettle_hash_update_func *)hmac_sha256_update,
                (nettle_hash_digest_func *)hmac_sha256_digest, 32, info.len, info.at, len, to);
}

/* RFC 9001 5.2: the keys of Initials come from the identifier the client first chose. */
static struct keys initial_keys(const struct talk *talk, enum side side)
{
    static const uint8_t salt[20] = { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34,
                                      0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8,
                                      0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a };
    uint8_t room[CONNECTION_ID_OCTETS];
    struct octets chosen = octets_over(room, sizeof room);
    put_connection_id(talk, SEED_CHOSEN, &chosen);

    struct hmac_sha256_ctx hmac;
    uint8_t initial[32];
    uint8_t secret[32];
    hmac_sha256_set_key(&hmac, sizeof salt, salt);
    hkdf_extract(&hmac, (nettle_hash_update_func *)hmac_sha256_update,
                 (nettle_hash_digest_func *)hmac_sha256_digest, 32, chosen.len, chosen.at,
                 initial);
    expand(initial, side == SIDE_CLIENT ? "client in" : "server in", secret, sizeof secret);
    struct keys keys = { 0 };
    expand(secret, "quic key", keys.key, sizeof keys.key);
    expand(secret, "quic iv", keys.iv, sizeof keys.iv);
    expand(secret, "quic hp", keys.header, sizeof keys.header);
    return keys;
}

static void put_long_header(const struct talk *talk, enum side side, unsigned type,
                            bool is_first, struct octets *out)
{
    octets_u8(out, type);
    octets_be32(out, 1);
    octets_u8(out, CONNECTION_ID_OCTETS);
    if (side == SIDE_CLIENT)
        put_connection_id(talk, is_first ? SEED_CHOSEN : SEED_SERVER_ID, out);
    else
        put_connection_id(talk, SEED_CLIENT_ID, out);
    octets_u8(out, CONNECTION_ID_OCTETS);
    put_connection_id(talk, side == SIDE_CLIENT ? SEED_CLIENT_ID : SEED_SERVER_ID, out);
    if (type == INITIAL)
        octets_u8(out, 0); /* no token */
}

/* RFC 9001 5.3, 5.4: seals what stands behind the header and masks the packet number. */
static void protect(const struct keys *keys, uint32_t number, struct octets *packet,
                    size_t number_at)
{
    size_t header_len = number_at + PACKET_NUMBER_OCTETS;
    uint8_t *body = packet->at + header_len;
    size_t body_len = packet->len - header_len;
    uint8_t nonce[12];
    memcpy(nonce, keys->iv, sizeof nonce);
    nonce[11] ^= (uint8_t)number;

    struct gcm_aes128_ctx gcm;
    gcm_aes128_set_key(&gcm, keys->key);
    gcm_aes128_set_iv(&gcm, sizeof nonce, nonce);
    gcm_aes128_update(&gcm, header_len, packet->at);
    gcm_aes128_encrypt(&gcm, body_len, body, body);
    gcm_aes128_digest(&gcm, TAG_OCTETS, octets_take(packet, TAG_OCTETS));

    struct aes128_ctx aes;
    uint8_t mask[16];
    aes128_set_encrypt_key(&aes, keys->header);
    aes128_encrypt(&aes, sizeof mask, mask, packet->at + number_at + 4);
    packet->at[0] ^= mask[0] & 0x0f;
    for (size_t i = 0; i < PACKET_NUMBER_OCTETS; i++)
        packet->at[number_at + i] ^= mask[1 + i];
}

static void put_varint(struct octets *out, size_t value)
{
    octets_be16(out, 0x4000 | value);
}

static void put_crypto(struct octets *out, size_t offset, struct bytes content)
{
    octets_u8(out, FRAME_CRYPTO);
    put_varint(out, offset);
    put_varint(out, content.len);
    octets_put(out, content);
}

static void put_ack(struct octets *out, unsigned largest)
{
    octets_u8(out, FRAME_ACK);
    octets_u8(out, largest);
    octets_u8(out, 0);
    octets_u8(out, 0);
    octets_u8(out, largest); /* and all before it */
}

struct initial {
    enum side side;
    uint32_t number;
    bool is_first; /* the server's own identifier is not known yet */
    size_t octets; /* of the packet: padded to this */
    struct bytes frames;
};

static void put_initial(const struct talk *talk, const struct initial *initial,
                        struct octets *out)
{
    struct octets packet = octets_over(out->at + out->len, out->max - out->len);
    put_long_header(talk, initial->side, INITIAL, initial->is_first, &packet);
    size_t least = packet.len + 2 + PACKET_NUMBER_OCTETS + initial->frames.len + TAG_OCTETS;
    size_t whole = initial->octets > least ? initial->octets : least;
    put_varint(&packet, whole - packet.len - 2);
    size_t number_at = packet.len;
    octets_be32(&packet, initial->number);
    octets_put(&packet, initial->frames);
    octets_zero(&packet, whole - least); /* PADDING frames */
    struct keys keys = initial_keys(talk, initial->side);
    protect(&keys, initial->number, &packet, number_at);
    (void)octets_take(out, packet.len);
}

/* Fills up to whole octets; its keys come from the handshake, so all of it is noise. */
static void put_handshake(const struct talk *talk, enum side side, size_t whole,
                          struct octets *out)
{
    struct random random = random_from(random_mix(talk->seed) + SEED_REST + side + out->len);
    put_long_header(talk, side, HANDSHAKE, false, out);
    if (out->len + 24 > whole)
        whole = out->len + 24;
    put_varint(out, whole - out->len - 2);
    octets_random(out, &random, whole - out->len);
}

void quic_say_initial(const struct telling *telling, struct octets *out)
{
    uint8_t hello_room[4096];
    struct octets hello = octets_over(hello_room, sizeof hello_room);
    tls_write_client_hello(telling->talk, &hello);

    unsigned part = telling->step->argument;
    size_t offset = part * QUIC_CRYPTO_MAX;
    uint8_t room[QUIC_DATAGRAM_OCTETS];
    struct octets frames = octets_over(room, sizeof room);
    put_crypto(&frames, offset, bytes_slice(octets_bytes(&hello), offset, QUIC_CRYPTO_MAX));
    struct initial initial = { SIDE_CLIENT, part, true, QUIC_DATAGRAM_OCTETS,
                               octets_bytes(&frames) };
    put_initial(telling->talk, &initial, out);
}

/* The ServerHello with the start of what is sealed; with argument 1, more of that. */
void quic_say_reply(const struct telling *telling, struct octets *out)
{
    const struct talk *talk = telling->talk;
    if (telling->step->argument == 0) {
        uint8_t room[2048];
        struct octets frames = octets_over(room, sizeof room);
        put_ack(&frames, talk->is_post_quantum ? 1 : 0);
        uint8_t hello_room[2048];
        struct octets hello = octets_over(hello_room, sizeof hello_room);
        tls_write_server_hello(talk, &hello);
        put_crypto(&frames, 0, octets_bytes(&hello));
        struct initial initial = { SIDE_SERVER, 0, false, 0, octets_bytes(&frames) };
        put_initial(talk, &initial, out);
    }
    put_handshake(talk, SIDE_SERVER, REPLY_OCTETS, out);
}

void quic_say_finished(const struct telling *telling, struct octets *out)
{
    uint8_t room[16];
    struct octets frames = octets_over(room, sizeof room);
    put_ack(&frames, 0);
    uint32_t number = telling->talk->is_post_quantum ? 2 : 1;
    struct initial initial = { SIDE_CLIENT, number, false, 0, octets_bytes(&frames) };
    put_initial(telling->talk, &initial, out);
    put_handshake(telling->talk, SIDE_CLIENT, QUIC_DATAGRAM_OCTETS, out);
}
