// SPDX-License-Identifier: Apache-2.0
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include "decode/certificate_private.h"
#include "decode/parsers.h"
#include "decode/tls_private.h"

static void read_leaf(struct bytes der, struct tls_certificate_fact *fact)
{
    struct sha256_ctx sha256;
    struct sha1_ctx sha1;
    sha256_init(&sha256);
    sha256_update(&sha256, der.len, der.at);
    sha256_digest(&sha256, sizeof fact->sha256, fact->sha256);
    sha1_init(&sha1);
    sha1_update(&sha1, der.len, der.at);
    sha1_digest(&sha1, sizeof fact->sha1, fact->sha1);
    certificate_read(der, fact);
}

/* RFC 5246 7.4.2, message header included. */
static enum fault read_list(struct bytes message, struct fact *out)
{
    struct cursor c = cursor_over(message);
    cursor_skip(&c, TLS_MESSAGE_HEADER_BYTES);
    struct cursor list = cursor_take24(&c);
    if (list.broken || c.left > 0)
        return FAULT_LENGTH;
    if (list.left == 0)
        return FAULT_VALUE; /* a server must send one */
    struct bytes leaf = { 0 };
    size_t count = 0;
    for (; list.left > 0; count++) {
        struct cursor der = cursor_take24(&list);
        if (der.broken)
            return FAULT_LENGTH;
        if (count == 0)
            leaf = cursor_rest(&der);
    }
    struct tls_certificate_fact fact = {
        .chain_length = (uint8_t)(count < UINT8_MAX ? count : UINT8_MAX),
    };
    read_leaf(leaf, &fact);
    out->kind = FACT_TLS_CERTIFICATE;
    out->certificate = fact;
    return FAULT_NONE;
}

/* Apart, so that only a message over several records pays for the room. */
static enum fault read_gathered(const struct tls_message *message, struct fact *out)
{
    uint8_t room[TLS_CERTIFICATE_BYTES_MAX];
    return read_list(tls_message_gather(message, room), out);
}

static enum fault gather_hello(const struct tls_message *message, struct tls_server_fact *hello,
                               struct tls_types *types)
{
    uint8_t room[TLS_HELLO_BYTES_MAX];
    return tls_server_hello_read(tls_message_gather(message, room), hello, types);
}

/* Passes over the ServerHello, if it is one that a certificate in clear can follow. */
static enum fault pass_hello(struct tls_records *records)
{
    struct tls_message message;
    enum fault fault =
        tls_message_read(records, TLS_SERVER_HELLO, TLS_HELLO_BYTES_MAX, &message);
    if (fault != FAULT_NONE)
        return fault;
    struct tls_server_fact hello = { 0 };
    struct tls_types types;
    types.count = 0;
    if (message.whole.len > 0)
        fault = tls_server_hello_read(message.whole, &hello, &types);
    else
        fault = gather_hello(&message, &hello, &types);
    if (fault != FAULT_NONE)
        return fault;
    return hello.chosen_version >= TLS_VERSION_1_3 ? FAULT_UNSUPPORTED : FAULT_NONE;
}

enum fault tls_certificate_read(struct bytes stream, size_t *taken, struct fact *out)
{
    struct tls_records records = tls_records_over(stream);
    struct tls_message message;
    enum fault fault = pass_hello(&records);
    if (fault != FAULT_NONE)
        return fault;
    fault = tls_message_read(&records, TLS_CERTIFICATE, TLS_CERTIFICATE_BYTES_MAX, &message);
    if (fault != FAULT_NONE)
        return fault;
    if (message.whole.len > 0)
        fault = read_list(message.whole, out);
    else
        fault = read_gathered(&message, out);
    if (fault == FAULT_NONE)
        *taken = tls_records_taken(&records, stream);
    return fault;
}
