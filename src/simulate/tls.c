// SPDX-License-Identifier: Apache-2.0
#include "simulate/message.h"
#include "simulate/profile.h"

enum {
    RECORD_CHANGE_CIPHER = 20,
    RECORD_HANDSHAKE = 22,
    RECORD_DATA = 23,
    HANDSHAKE_CLIENT_HELLO = 1,
    HANDSHAKE_SERVER_HELLO = 2,
    HANDSHAKE_TICKET = 4,
    HANDSHAKE_CERTIFICATE = 11,
    HANDSHAKE_SERVER_KEYS = 12,
    HANDSHAKE_DONE = 14,
    HANDSHAKE_CLIENT_KEYS = 16,
    GROUP_SECP256R1 = 23,
    GROUP_X25519 = 29,
    GROUP_X25519MLKEM768 = 4588, /* draft-ietf-tls-ecdhe-mlkem */
    EXTENSION_SERVER_NAME = 0,
    EXTENSION_STATUS_REQUEST = 5,
    EXTENSION_GROUPS = 10,
    EXTENSION_POINT_FORMATS = 11,
    EXTENSION_SIGNATURES = 13,
    EXTENSION_ALPN = 16,
    EXTENSION_COMPRESS_CERTIFICATE = 27,
    EXTENSION_RECORD_SIZE = 28,
    EXTENSION_DELEGATED = 34,
    EXTENSION_VERSIONS = 43,
    EXTENSION_KEY_MODES = 45,
    EXTENSION_KEY_SHARE = 51,
    EXTENSION_QUIC_PARAMETERS = 57,
    EXTENSION_APPLICATION_SETTINGS = 17613,
    EXTENSION_RENEGOTIATION = 65281,
};

enum { SEED_CLIENT = 1, SEED_SESSION, SEED_SERVER, SEED_KEYS, SEED_FINISHED };

static struct random random_of(const struct talk *talk, uint64_t purpose)
{
    return random_from(random_mix(talk->seed) + purpose);
}

/* Both ends name the same session (RFC 8446 4.1.3). */
static void put_session(const struct talk *talk, struct octets *out)
{
    struct random random = random_of(talk, SEED_SESSION);
    octets_u8(out, 32);
    octets_random(out, &random, 32);
}

static unsigned grease(struct random *random)
{
    unsigned nibble = random_below(random, 16);
    return nibble << 12 | nibble << 4 | 0x0a0a;
}

static void put_list(struct octets *out, const struct profile_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        octets_be16(out, list->at[i]);
}

static void put_server_name(const struct talk *talk, struct octets *out)
{
    size_t list = octets_open(out, 2);
    octets_u8(out, 0); /* host_name */
    size_t name = octets_open(out, 2);
    octets_put(out, talk->site->name);
    octets_close(out, name, 2);
    octets_close(out, list, 2);
}

static void put_protocols(const struct profile *profile, struct octets *out)
{
    size_t list = octets_open(out, 2);
    for (size_t i = 0; i < 2 && profile->protocols[i]; i++) {
        struct bytes name = bytes_of_string(profile->protocols[i]);
        octets_u8(out, (unsigned)name.len);
        octets_put(out, name);
    }
    octets_close(out, list, 2);
}

static void put_key(struct octets *out, struct random *random, unsigned group, size_t size)
{
    octets_be16(out, group);
    octets_be16(out, size);
    octets_random(out, random, size);
    if (group == GROUP_SECP256R1)
        out->at[out->len - size] = 4; /* uncompressed point */
}

static void put_key_shares(const struct talk *talk, const struct profile *profile,
                           struct random *random, struct octets *out)
{
    size_t list = octets_open(out, 2);
    if (profile->has_grease) {
        octets_be16(out, grease(random));
        octets_be16(out, 1);
        octets_u8(out, 0);
    }
    if (talk->is_post_quantum)
        put_key(out, random, GROUP_X25519MLKEM768, 1216);
    unsigned first = profile->groups.at[0];
    put_key(out, random, first, first == GROUP_SECP256R1 ? 65 : 32);
    octets_close(out, list, 2);
}

static void put_groups(const struct talk *talk, const struct profile *profile,
                       struct random *random, struct octets *out)
{
    size_t list = octets_open(out, 2);
    if (profile->has_grease)
        octets_be16(out, grease(random));
    if (talk->is_post_quantum)
        octets_be16(out, GROUP_X25519MLKEM768);
    put_list(out, &profile->groups);
    octets_close(out, list, 2);
}

static void put_signatures(const struct profile *profile, struct octets *out)
{
    size_t list = octets_open(out, 2);
    put_list(out, &profile->signatures);
    octets_close(out, list, 2);
}

static void put_versions(const struct profile *profile, struct random *random,
                         struct octets *out)
{
    size_t list = octets_open(out, 1);
    if (profile->has_grease)
        octets_be16(out, grease(random));
    octets_be16(out, 0x0304);
    if (!profile->protocols[0] || profile->protocols[0][1] != '3') /* h3 is TLS 1.3 only */
        octets_be16(out, 0x0303);
    octets_close(out, list, 1);
}

/* RFC 9000 section 18: identifiers and values of one or two bytes. */
static void put_quic_parameters(struct random *random, struct octets *out)
{
    octets_put(out, BYTES("\x01\x04\x80\x00\x75\x30"         /* max_idle_timeout 30 s */
                          "\x03\x02\x45\xc0"                 /* max_udp_payload_size 1472 */
                          "\x04\x04\x80\x10\x00\x00"         /* initial_max_data */
                          "\x08\x02\x40\x64\x09\x02\x40\x64" /* streams */
                          "\x0f\x08"));                      /* initial_source_connection_id */
    octets_random(out, random, 8);
}

static void put_extension_body(const struct talk *talk, unsigned extension,
                               struct random *random, struct octets *out)
{
    const struct profile *profile = profile_get(talk->profile);
    switch (extension) {
    case EXTENSION_SERVER_NAME: put_server_name(talk, out); break;
    case EXTENSION_STATUS_REQUEST: octets_put(out, BYTES("\x01\0\0\0\0")); break;
    case EXTENSION_GROUPS: put_groups(talk, profile, random, out); break;
    case EXTENSION_POINT_FORMATS: octets_put(out, BYTES("\x01\0")); break;
    case EXTENSION_SIGNATURES: put_signatures(profile, out); break;
    case EXTENSION_ALPN: put_protocols(profile, out); break;
    case EXTENSION_COMPRESS_CERTIFICATE: octets_put(out, BYTES("\x02\0\x02")); break;
    case EXTENSION_RECORD_SIZE: octets_be16(out, 0x4001); break;
    case EXTENSION_DELEGATED: octets_put(out, BYTES("\0\x04\x04\x03\x05\x03")); break;
    case EXTENSION_VERSIONS: put_versions(profile, random, out); break;
    case EXTENSION_KEY_MODES: octets_put(out, BYTES("\x01\x01")); break;
    case EXTENSION_KEY_SHARE: put_key_shares(talk, profile, random, out); break;
    case EXTENSION_QUIC_PARAMETERS: put_quic_parameters(random, out); break;
    case EXTENSION_APPLICATION_SETTINGS: octets_put(out, BYTES("\0\x03\x02h2")); break;
    case EXTENSION_RENEGOTIATION: octets_u8(out, 0); break;
    default: break; /* the others are empty */
    }
}

static void put_extension(const struct talk *talk, unsigned extension, struct random *random,
                          struct octets *out)
{
    octets_be16(out, extension);
    size_t body = octets_open(out, 2);
    put_extension_body(talk, extension, random, out);
    octets_close(out, body, 2);
}

static void put_extensions(const struct talk *talk, struct random *random, struct octets *out)
{
    const struct profile *profile = profile_get(talk->profile);
    size_t all = octets_open(out, 2);
    if (profile->has_grease) {
        octets_be16(out, grease(random));
        octets_be16(out, 0);
    }
    for (size_t i = 0; i < profile->extensions.count; i++)
        put_extension(talk, profile->extensions.at[i], random, out);
    octets_close(out, all, 2);
}

/* RFC 8446 4.1.2 */
void tls_write_client_hello(const struct talk *talk, struct octets *out)
{
    const struct profile *profile = profile_get(talk->profile);
    struct random random = random_of(talk, SEED_CLIENT);
    octets_u8(out, HANDSHAKE_CLIENT_HELLO);
    size_t message = octets_open(out, 3);
    octets_be16(out, 0x0303);
    octets_random(out, &random, 32);
    if (profile->has_tls13 && talk->transport == PROTOCOL_TCP)
        put_session(talk, out);
    else
        octets_u8(out, 0);
    size_t ciphers = octets_open(out, 2);
    if (profile->has_grease)
        octets_be16(out, grease(&random));
    put_list(out, &profile->ciphers);
    octets_close(out, ciphers, 2);
    octets_be16(out, 0x0100); /* no compression */
    put_extensions(talk, &random, out);
    octets_close(out, message, 3);
}

static bool is_tls13(const struct talk *talk)
{
    return profile_get(talk->profile)->has_tls13 && !talk->site->is_tls12;
}

static void put_server_extensions(const struct talk *talk, struct random *random,
                                  struct octets *out)
{
    size_t all = octets_open(out, 2);
    if (is_tls13(talk)) {
        octets_put(out, BYTES("\x00\x2b\x00\x02\x03\x04\x00\x33"));
        size_t body = octets_open(out, 2);
        unsigned first = profile_get(talk->profile)->groups.at[0];
        if (talk->is_post_quantum)
            put_key(out, random, GROUP_X25519MLKEM768, 1120);
        else
            put_key(out, random, first, first == GROUP_SECP256R1 ? 65 : 32);
        octets_close(out, body, 2);
    } else {
        octets_put(out, BYTES("\xff\x01\x00\x01\x00\x00\x0b\x00\x02\x01\x00\x00\x17\x00\x00"));
    }
    octets_close(out, all, 2);
}

/* The first of the client's suites that this server, too, would choose. */
static unsigned chosen_cipher(const struct talk *talk)
{
    const struct profile_list *ciphers = &profile_get(talk->profile)->ciphers;
    for (size_t i = 0; i < ciphers->count; i++) {
        unsigned cipher = ciphers->at[i];
        bool fits = talk->site->has_rsa
                        ? cipher == 0xc02f || cipher == 0xc030 || cipher == 0xc027
                        : cipher == 0xc02b || cipher == 0xc02c || cipher == 0xc009;
        if (is_tls13(talk) ? cipher >> 8 == 0x13 : fits)
            return cipher;
    }
    return 0xc013;
}

/* RFC 8446 4.1.3, RFC 5246 7.4.1.3 */
void tls_write_server_hello(const struct talk *talk, struct octets *out)
{
    struct random random = random_of(talk, SEED_SERVER);
    octets_u8(out, HANDSHAKE_SERVER_HELLO);
    size_t message = octets_open(out, 3);
    octets_be16(out, 0x0303);
    octets_random(out, &random, 32);
    if (is_tls13(talk) && talk->transport == PROTOCOL_TCP)
        put_session(talk, out);
    else
        octets_u8(out, 0);
    octets_be16(out, chosen_cipher(talk));
    octets_u8(out, 0);
    put_server_extensions(talk, &random, out);
    octets_close(out, message, 3);
}

static size_t open_record(struct octets *out, unsigned type, unsigned version)
{
    octets_u8(out, type);
    octets_be16(out, version);
    return octets_open(out, 2);
}

static void put_change_cipher(struct octets *out)
{
    octets_put(out, BYTES("\x14\x03\x03\x00\x01\x01"));
}

static void put_sealed(struct octets *out, unsigned type, struct random *random, size_t len)
{
    size_t record = open_record(out, type, 0x0303);
    octets_random(out, random, len);
    octets_close(out, record, 2);
}

static void put_server_keys(struct octets *out, struct random *random)
{
    size_t record = open_record(out, RECORD_HANDSHAKE, 0x0303);
    octets_u8(out, HANDSHAKE_SERVER_KEYS);
    size_t message = octets_open(out, 3);
    octets_put(out, BYTES("\x03\x00\x17\x41\x04")); /* named curve secp256r1 */
    octets_random(out, random, 64);
    octets_be16(out, 0x0403);
    size_t signature = octets_open(out, 2);
    octets_random(out, random, 71);
    octets_close(out, signature, 2);
    octets_close(out, message, 3);
    octets_close(out, record, 2);
}

static void put_certificates(const struct telling *telling, struct octets *out)
{
    size_t record = open_record(out, RECORD_HANDSHAKE, 0x0303);
    octets_u8(out, HANDSHAKE_CERTIFICATE);
    size_t message = octets_open(out, 3);
    size_t list = octets_open(out, 3);
    size_t one = octets_open(out, 3);
    certificate_write(telling->talk->site, telling->context->start_ns, out);
    octets_close(out, one, 3);
    octets_close(out, list, 3);
    octets_close(out, message, 3);
    octets_close(out, record, 2);
}

void tls_say_client_hello(const struct telling *telling, struct octets *out)
{
    size_t record = open_record(out, RECORD_HANDSHAKE, 0x0301);
    tls_write_client_hello(telling->talk, out);
    octets_close(out, record, 2);
}

void tls_say_server_hello(const struct telling *telling, struct octets *out)
{
    struct random random = random_of(telling->talk, SEED_KEYS);
    size_t record = open_record(out, RECORD_HANDSHAKE, 0x0303);
    tls_write_server_hello(telling->talk, out);
    octets_close(out, record, 2);
    if (is_tls13(telling->talk)) {
        put_change_cipher(out);
        put_sealed(out, RECORD_DATA, &random, 42); /* extensions */
        put_sealed(out, RECORD_DATA, &random, random_between(&random, 900, 3600));
        put_sealed(out, RECORD_DATA, &random, 286); /* proof */
        put_sealed(out, RECORD_DATA, &random, 53);  /* finished */
        return;
    }
    put_certificates(telling, out);
    put_server_keys(out, &random);
    octets_put(out, BYTES("\x16\x03\x03\x00\x04\x0e\x00\x00\x00")); /* ServerHelloDone */
}

void tls_say_client_keys(const struct telling *telling, struct octets *out)
{
    struct random random = random_of(telling->talk, SEED_FINISHED);
    if (is_tls13(telling->talk)) {
        put_change_cipher(out);
        put_sealed(out, RECORD_DATA, &random, 53);
        return;
    }
    octets_put(out, BYTES("\x16\x03\x03\x00\x46\x10\x00\x00\x42\x41\x04"));
    octets_random(out, &random, 64);
    put_change_cipher(out);
    put_sealed(out, RECORD_HANDSHAKE, &random, 40);
}

/* TLS 1.2 changes cipher; with 1.3 the server sends a ticket. */
void tls_say_server_finished(const struct telling *telling, struct octets *out)
{
    struct random random = random_of(telling->talk, SEED_FINISHED + 1);
    if (is_tls13(telling->talk)) {
        put_sealed(out, RECORD_DATA, &random, 234);
        return;
    }
    put_change_cipher(out);
    put_sealed(out, RECORD_HANDSHAKE, &random, 40);
}
