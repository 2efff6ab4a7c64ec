// SPDX-License-Identifier: Apache-2.0
/* The clear part of SSH: each side's identification line (RFC 4253 4.2) and KEXINIT (7.1).
 * HASSH is the MD5 of the lists a side offers for its own sending direction, with semicolons
 * between: "kex;encryption;mac;compression", the client's from client to server, the server's
 * from server to client.  It names implementations, so MD5's weakness does not matter. */
#include <nettle/md5.h>

#include "base/cursor.h"
#include "decode/name.h"
#include "decode/parsers.h"

enum {
    SSH_LINE_OCTETS_MAX = 255,      /* RFC 4253 4.2, line end included */
    SSH_PREAMBLE_OCTETS_MAX = 4096, /* of lines a server sends before it */
    SSH_PACKET_OCTETS_MAX = 35000,  /* RFC 4253 6.1 */
    SSH_EARLY_PACKETS_MAX = 4,      /* ignore and debug messages before the KEXINIT */
    SSH_COOKIE_OCTETS = 16
};

enum { MESSAGE_IGNORE = 2, MESSAGE_DEBUG = 4, MESSAGE_KEXINIT = 20 };

/* The name-lists of a KEXINIT, in wire order. */
enum list {
    LIST_KEX,
    LIST_HOST_KEY,
    LIST_CIPHER_OUT, /* client to server */
    LIST_CIPHER_IN,  /* server to client */
    LIST_MAC_OUT,
    LIST_MAC_IN,
    LIST_COMPRESSION_OUT,
    LIST_COMPRESSION_IN,
    LIST_LANGUAGE_OUT,
    LIST_LANGUAGE_IN,
    LISTS
};

struct identification {
    struct bytes line; /* without its end */
    bool has_kexinit;  /* SSH 2, or a 1.99 that speaks it */
};

/* "SSH-" protoversion "-" softwareversion */
static enum fault version_read(struct identification *out)
{
    struct bytes version = bytes_slice(out->line, 4, out->line.len);
    size_t len = bytes_find(version, '-');
    if (len == version.len || len == 0 || version.at[0] < '0' || version.at[0] > '9')
        return FAULT_VALUE;
    version.len = len;
    out->has_kexinit =
        bytes_equal(version, BYTES("2.0")) || bytes_equal(version, BYTES("1.99"));
    return out->has_kexinit || bytes_start_with(version, BYTES("1.")) ? FAULT_NONE
                                                                      : FAULT_VERSION;
}

/* One line that may stand before a server's identification. */
static enum fault preamble_skip(struct cursor *c)
{
    struct bytes rest = cursor_rest(c);
    if (rest.at[0] < ' ' && rest.at[0] != '\r' && rest.at[0] != '\n' && rest.at[0] != '\t')
        return FAULT_VALUE; /* text, if it is what it should be (RFC 4253 4.2) */
    size_t len = bytes_find(rest, '\n');
    if (len == rest.len)
        return FAULT_TRUNCATED;
    cursor_skip(c, len + 1);
    return FAULT_NONE;
}

static enum fault line_find(struct bytes stream, bool is_server, struct cursor *out)
{
    struct bytes start = BYTES("SSH-");
    struct cursor c = cursor_over(bytes_slice(stream, 0, SSH_PREAMBLE_OCTETS_MAX));
    for (;;) {
        struct bytes rest = cursor_rest(&c);
        if (bytes_start_with(rest, start)) {
            size_t at = (size_t)(rest.at - stream.at);
            *out = cursor_over(bytes_slice(stream, at, stream.len));
            return FAULT_NONE;
        }
        enum fault fault = FAULT_TRUNCATED;
        if (!bytes_start_with(start, rest))
            fault = is_server ? preamble_skip(&c) : FAULT_VALUE;
        if (fault == FAULT_TRUNCATED && stream.len >= SSH_PREAMBLE_OCTETS_MAX)
            return FAULT_LIMIT;
        if (fault)
            return fault;
    }
}

/* *c goes behind the line. */
static enum fault identification_read(struct bytes stream, bool is_server, struct cursor *c,
                                      struct identification *out)
{
    enum fault fault = line_find(stream, is_server, c);
    if (fault)
        return fault;
    struct bytes line = bytes_slice(cursor_rest(c), 0, SSH_LINE_OCTETS_MAX);
    size_t len = bytes_find(line, '\n');
    if (len == line.len)
        return len < SSH_LINE_OCTETS_MAX ? FAULT_TRUNCATED : FAULT_LIMIT;
    cursor_skip(c, len + 1);
    if (line.at[len - 1] == '\r')
        len--;
    out->line = bytes_slice(line, 0, len);
    return version_read(out);
}

/* RFC 4253 6; there is no MAC yet. */
static enum fault packet_read(struct cursor *c, struct cursor *payload)
{
    size_t packet_len = cursor_be32(c);
    if (!c->broken && packet_len > SSH_PACKET_OCTETS_MAX)
        return FAULT_LIMIT;
    size_t padding_len = cursor_u8(c);
    if (c->broken)
        return FAULT_TRUNCATED;
    if (packet_len < 1 + 1 + padding_len)
        return FAULT_LENGTH;
    *payload = cursor_take(c, packet_len - 1 - padding_len);
    cursor_skip(c, padding_len);
    return c->broken ? FAULT_TRUNCATED : FAULT_NONE;
}

/* The body of a KEXINIT, without its message number. */
static enum fault kexinit_read(struct cursor *payload, struct bytes lists[static LISTS])
{
    cursor_skip(payload, SSH_COOKIE_OCTETS);
    for (size_t i = 0; i < LISTS; i++) {
        size_t len = cursor_be32(payload);
        lists[i] = cursor_bytes(payload, len);
    }
    cursor_skip(payload, 1 + 4); /* first_kex_packet_follows, reserved */
    return payload->broken || payload->left > 0 ? FAULT_LENGTH : FAULT_NONE;
}

static enum fault kexinit_find(struct cursor *c, struct bytes lists[static LISTS])
{
    for (size_t i = 0; i <= SSH_EARLY_PACKETS_MAX; i++) {
        struct cursor payload;
        enum fault fault = packet_read(c, &payload);
        if (fault)
            return fault;
        uint8_t message = cursor_u8(&payload);
        if (message == MESSAGE_KEXINIT)
            return kexinit_read(&payload, lists);
        if (message != MESSAGE_IGNORE && message != MESSAGE_DEBUG)
            return FAULT_UNSUPPORTED;
    }
    return FAULT_LIMIT;
}

static void hassh_write(const struct bytes lists[static LISTS], bool is_server, uint8_t out[16])
{
    static const enum list wanted[2][4] = {
        { LIST_KEX, LIST_CIPHER_OUT, LIST_MAC_OUT, LIST_COMPRESSION_OUT },
        { LIST_KEX, LIST_CIPHER_IN, LIST_MAC_IN, LIST_COMPRESSION_IN },
    };
    struct md5_ctx md5;
    md5_init(&md5);
    for (size_t i = 0; i < 4; i++) {
        struct bytes list = lists[wanted[is_server][i]];
        if (i > 0)
            md5_update(&md5, 1, (const uint8_t *)";");
        md5_update(&md5, list.len, list.at);
    }
    md5_digest(&md5, 16, out);
}

static uint8_t first_keep(struct bytes list, char room[static FACT_ALGORITHM_MAX])
{
    struct bytes first = bytes_slice(list, 0, bytes_find(list, ','));
    return (uint8_t)printable_keep(first, room, FACT_ALGORITHM_MAX);
}

/* As many whole names as there is room for. */
static struct bytes whole_names(struct bytes list, size_t room)
{
    if (list.len <= room)
        return list;
    size_t len = room;
    while (len > 0 && list.at[len] != ',')
        len--;
    return bytes_slice(list, 0, len);
}

static void banner_write(const struct identification *identification, bool is_server,
                         struct fact *out)
{
    struct ssh_fact *ssh = &out->ssh;
    out->kind = FACT_SSH;
    ssh->is_server = is_server;
    ssh->has_kexinit = false;
    ssh->kex_len = 0;
    ssh->host_key_len = 0;
    ssh->cipher_len = 0;
    ssh->kex_list_len = 0;
    memset(ssh->hassh, 0, sizeof ssh->hassh);
    ssh->banner_len =
        (uint8_t)printable_keep(identification->line, ssh->banner, sizeof ssh->banner);
}

static void lists_write(const struct bytes lists[static LISTS], struct ssh_fact *ssh)
{
    ssh->has_kexinit = true;
    ssh->kex_len = first_keep(lists[LIST_KEX], ssh->kex);
    ssh->host_key_len = first_keep(lists[LIST_HOST_KEY], ssh->host_key);
    ssh->cipher_len = first_keep(lists[LIST_CIPHER_OUT], ssh->cipher);
    ssh->kex_list_len =
        (uint16_t)printable_keep(whole_names(lists[LIST_KEX], sizeof ssh->kex_list),
                                 ssh->kex_list, sizeof ssh->kex_list);
    hassh_write(lists, ssh->is_server, ssh->hassh);
}

enum fault ssh_read(struct bytes stream, bool is_server, size_t *taken, struct fact *out)
{
    struct cursor c;
    struct identification identification;
    enum fault fault = identification_read(stream, is_server, &c, &identification);
    if (fault)
        return fault;
    struct bytes lists[LISTS];
    if (identification.has_kexinit)
        fault = kexinit_find(&c, lists);
    if (fault)
        return fault;
    banner_write(&identification, is_server, out);
    if (identification.has_kexinit)
        lists_write(lists, &out->ssh);
    *taken = (size_t)(c.at - stream.at);
    return FAULT_NONE;
}

enum fault ssh_banner_read(struct bytes stream, bool is_server, struct fact *out)
{
    struct cursor c;
    struct identification identification;
    enum fault fault = identification_read(stream, is_server, &c, &identification);
    if (!fault)
        banner_write(&identification, is_server, out);
    return fault;
}
