// SPDX-License-Identifier: Apache-2.0
#include "simulate/message.h"

enum { SSH_KEXINIT = 20, SSH_NEWKEYS = 21, SSH_ECDH_INIT = 30, SSH_ECDH_REPLY = 31 };

static const struct manner {
    const char *banner;
    const char *lists[8]; /* as KEXINIT has them, without the two for languages */
} manners[] = {
    { "SSH-2.0-OpenSSH_9.9",
      { "mlkem768x25519-sha256,sntrup761x25519-sha512,curve25519-sha256,ecdh-sha2-nistp256,"
        "ext-info-c,kex-strict-c-v00@openssh.com",
        "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256",
        "chacha20-poly1305@openssh.com,aes128-gcm@openssh.com,aes256-ctr",
        "chacha20-poly1305@openssh.com,aes128-gcm@openssh.com,aes256-ctr",
        "umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-256",
        "umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-256",
        "none,zlib@openssh.com", "none,zlib@openssh.com" } },
    { "SSH-2.0-dropbear_2022.83",
      { "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,"
        "diffie-hellman-group14-sha256,kexguess2@matt.ucc.asn.au",
        "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-256,ssh-rsa",
        "chacha20-poly1305@openssh.com,aes128-ctr,aes256-ctr",
        "chacha20-poly1305@openssh.com,aes128-ctr,aes256-ctr", "hmac-sha1,hmac-sha2-256",
        "hmac-sha1,hmac-sha2-256", "none", "none" } },
    { "SSH-2.0-Go",
      { "curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
        "diffie-hellman-group14-sha1",
        "ssh-ed25519,ecdsa-sha2-nistp256,ssh-rsa", "aes128-gcm@openssh.com,aes128-ctr",
        "aes128-gcm@openssh.com,aes128-ctr", "hmac-sha2-256-etm@openssh.com,hmac-sha2-256",
        "hmac-sha2-256-etm@openssh.com,hmac-sha2-256", "none", "none" } },
};

enum { MANNERS = sizeof manners / sizeof *manners };

static const struct manner *manner_of(const struct telling *telling)
{
    if (telling->step->side == SIDE_SERVER)
        return &manners[telling->talk->site->seed % 2];
    return &manners[telling->talk->profile % MANNERS];
}

static struct random random_of(const struct telling *telling)
{
    return random_from(random_mix(telling->talk->seed) + 31 + telling->step->side);
}

void ssh_say_banner(const struct telling *telling, struct octets *out)
{
    octets_string(out, manner_of(telling)->banner);
    octets_string(out, "\r\n");
}

/* RFC 4253 section 6: the whole is a multiple of 8, with at least four octets of padding. */
static size_t open_packet(struct octets *out)
{
    octets_zero(out, 5);
    return out->len;
}

static void close_packet(struct octets *out, size_t mark)
{
    size_t payload = out->len - mark;
    size_t padding = 8 - (payload + 5) % 8;
    if (padding < 4)
        padding += 8;
    octets_zero(out, padding);
    struct octets front = octets_over(out->at + mark - 5, 5);
    octets_be32(&front, (uint32_t)(payload + padding + 1));
    octets_u8(&front, (unsigned)padding);
}

static void put_string(struct octets *out, const char *string)
{
    size_t mark = octets_open(out, 4);
    octets_string(out, string);
    octets_close(out, mark, 4);
}

/* RFC 4253 7.1 */
void ssh_say_kexinit(const struct telling *telling, struct octets *out)
{
    struct random random = random_of(telling);
    const struct manner *manner = manner_of(telling);
    size_t packet = open_packet(out);
    octets_u8(out, SSH_KEXINIT);
    octets_random(out, &random, 16);
    for (size_t i = 0; i < 8; i++)
        put_string(out, manner->lists[i]);
    put_string(out, "");
    put_string(out, "");
    octets_zero(out, 5); /* no guess follows */
    close_packet(out, packet);
}

static void put_blob(struct octets *out, struct random *random, size_t len)
{
    octets_be32(out, (uint32_t)len);
    octets_random(out, random, len);
}

static void put_host_key(struct octets *out, const struct site *site)
{
    struct random random = random_from(site->seed);
    octets_be32(out, 4 + 11 + 4 + 32);
    put_string(out, "ssh-ed25519");
    put_blob(out, &random, 32);
}

static void put_new_keys(struct octets *out)
{
    size_t packet = open_packet(out);
    octets_u8(out, SSH_NEWKEYS);
    close_packet(out, packet);
}

/* RFC 5656 section 4, RFC 8731: the exchange, from the server with NEWKEYS; the client says
 * that later, with argument 1. */
void ssh_say_keys(const struct telling *telling, struct octets *out)
{
    struct random random = random_of(telling);
    if (telling->step->argument == 1) {
        put_new_keys(out);
        return;
    }
    size_t packet = open_packet(out);
    if (telling->step->side == SIDE_CLIENT) {
        octets_u8(out, SSH_ECDH_INIT);
        put_blob(out, &random, 32);
        close_packet(out, packet);
        return;
    }
    octets_u8(out, SSH_ECDH_REPLY);
    put_host_key(out, telling->talk->site);
    put_blob(out, &random, 32);
    octets_be32(out, 4 + 11 + 4 + 64);
    put_string(out, "ssh-ed25519");
    put_blob(out, &random, 64);
    close_packet(out, packet);
    put_new_keys(out);
}
