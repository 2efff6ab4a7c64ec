// SPDX-License-Identifier: Apache-2.0
#include "decode/parsers.h"
#include "decode/tls_private.h"

/* RFC 8446 4.1.3: a ServerHello with this random is a HelloRetryRequest. */
static const uint8_t retry_random[TLS_RANDOM_BYTES] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
    0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
    0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

static enum fault read_extension(uint16_t type, struct cursor body,
                                 struct tls_server_fact *fact)
{
    if (type == TLS_EXTENSION_VERSIONS) {
        fact->chosen_version = cursor_be16(&body);
    } else if (type == TLS_EXTENSION_KEY_SHARE) {
        fact->group = cursor_be16(&body); /* its key, if any, is passed over */
    } else if (type == TLS_EXTENSION_ALPN) {
        struct cursor names = cursor_take16(&body);
        struct cursor name = cursor_take8(&names);
        body.broken = name.broken;
        fact->alpn_len = 0;
        tls_put_protocol(cursor_rest(&name), fact->alpn, &fact->alpn_len);
    }
    return body.broken ? FAULT_LENGTH : FAULT_NONE;
}

static enum fault read_extensions(struct cursor extensions, struct tls_server_fact *fact,
                                  struct tls_types *types)
{
    while (extensions.left > 0) {
        uint16_t type = cursor_be16(&extensions);
        struct cursor body = cursor_take16(&extensions);
        if (body.broken)
            return FAULT_LENGTH;
        if (types->count == TLS_EXTENSIONS_MAX)
            return FAULT_LIMIT;
        types->at[types->count++] = type;
        enum fault fault = read_extension(type, body, fact);
        if (fault != FAULT_NONE)
            return fault;
    }
    return FAULT_NONE;
}

/* The drafts of TLS 1.3 before the 22nd: no session identifier, no compression method, the
 * version where it always was. */
static bool is_early_draft(uint16_t version)
{
    return version >> 8 == 0x7f;
}

/* RFC 8446 4.1.3 */
enum fault tls_server_hello_read(struct bytes message, struct tls_server_fact *fact,
                                 struct tls_types *types)
{
    struct cursor c = cursor_over(message);
    cursor_skip(&c, TLS_MESSAGE_HEADER_BYTES);
    fact->hello_version = fact->chosen_version = cursor_be16(&c);
    struct bytes random = cursor_bytes(&c, TLS_RANDOM_BYTES);
    bool is_draft = is_early_draft(fact->hello_version);
    struct cursor session = { 0 };
    if (!is_draft)
        session = cursor_take8(&c);
    fact->cipher = cursor_be16(&c);
    if (!is_draft)
        cursor_skip(&c, 1); /* compression */
    if (c.broken || session.left > TLS_SESSION_BYTES_MAX)
        return FAULT_LENGTH;
    if (fact->hello_version >> 8 != 3 && !is_draft)
        return FAULT_VERSION;
    fact->is_retry = memcmp(random.at, retry_random, sizeof retry_random) == 0;
    if (c.left == 0)
        return FAULT_NONE;
    struct cursor extensions = cursor_take16(&c);
    if (extensions.broken || c.left > 0)
        return FAULT_LENGTH;
    return read_extensions(extensions, fact, types);
}

static enum fault read_whole(struct bytes message, uint16_t record_version, struct fact *out)
{
    struct tls_types types;
    types.count = 0;
    struct tls_server_fact fact = { .record_version = record_version };
    enum fault fault = tls_server_hello_read(message, &fact, &types);
    if (fault != FAULT_NONE)
        return fault;
    fact.extension_count = (uint8_t)(types.count < UINT8_MAX ? types.count : UINT8_MAX);
    tls_ja3s(fact.hello_version, fact.cipher, &types, fact.ja3s);
    out->kind = FACT_TLS_SERVER;
    out->tls_server = fact;
    return FAULT_NONE;
}

/* Apart, so that only a hello over several records pays for the room. */
static enum fault read_gathered(const struct tls_message *message, struct fact *out)
{
    uint8_t room[TLS_HELLO_BYTES_MAX];
    return read_whole(tls_message_gather(message, room), message->start.version, out);
}

enum fault tls_server_read(struct bytes stream, size_t *taken, struct fact *out)
{
    struct tls_records records = tls_records_over(stream);
    struct tls_message message;
    enum fault fault =
        tls_message_read(&records, TLS_SERVER_HELLO, TLS_HELLO_BYTES_MAX, &message);
    if (fault != FAULT_NONE)
        return fault;
    if (message.whole.len > 0)
        fault = read_whole(message.whole, message.start.version, out);
    else
        fault = read_gathered(&message, out);
    if (fault == FAULT_NONE)
        *taken = tls_records_taken(&records, stream);
    return fault;
}
