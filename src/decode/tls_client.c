// SPDX-License-Identifier: Apache-2.0
#include "decode/name.h"
#include "decode/parsers.h"
#include "decode/tls_private.h"

/* One ClientHello being read: taken apart for the fingerprints, and the fact. */
struct reading {
    struct tls_client_hello hello;
    struct tls_client_fact fact;
};

/* RFC 6066 3; of several names the first host name, as servers take it. */
static enum fault read_server_name(struct cursor body, struct fact_name *out)
{
    name_start(out);
    if (body.left == 0)
        return FAULT_NONE; /* some clients send it empty, as a server does */
    struct cursor names = cursor_take16(&body);
    while (names.left > 0) {
        uint8_t type = cursor_u8(&names);
        struct cursor name = cursor_take16(&names);
        if (name.broken)
            return FAULT_LENGTH;
        if (type == 0 && out->len == 0)
            name_put_host(out, cursor_rest(&name));
    }
    return names.broken || body.left > 0 ? FAULT_LENGTH : FAULT_NONE;
}

/* RFC 7301 3.1 */
static enum fault read_protocols(struct cursor body, struct reading *reading)
{
    struct cursor names = cursor_take16(&body);
    if (names.broken || body.left > 0)
        return FAULT_LENGTH;
    reading->hello.first_protocol = (struct bytes){ 0 };
    reading->fact.alpn_len = 0;
    for (bool is_first = true; names.left > 0; is_first = false) {
        struct cursor name = cursor_take8(&names);
        if (name.broken)
            return FAULT_LENGTH;
        if (is_first)
            reading->hello.first_protocol = cursor_rest(&name);
        tls_put_protocol(cursor_rest(&name), reading->fact.alpn, &reading->fact.alpn_len);
    }
    return FAULT_NONE;
}

/* The list of 16-bit numbers that must fill the rest of an extension. */
static enum fault read_numbers(struct cursor list, const struct cursor *body, struct bytes *out)
{
    if (list.broken || body->left > 0 || list.left % 2 != 0)
        return FAULT_LENGTH;
    if (list.left > 2 * TLS_NUMBERS_MAX)
        return FAULT_LIMIT;
    *out = cursor_rest(&list);
    return FAULT_NONE;
}

/* As many as there is room for, without GREASE. */
static uint8_t keep_numbers(struct bytes list, uint16_t *out, uint8_t max)
{
    uint8_t count = 0;
    struct cursor c = cursor_over(list);
    while (c.left > 0 && count < max) {
        uint16_t number = cursor_be16(&c);
        if (!tls_is_grease(number))
            out[count++] = number;
    }
    return count;
}

/* RFC 8446 4.2.7 */
static enum fault read_groups(struct cursor body, struct reading *reading)
{
    struct cursor list = cursor_take16(&body);
    enum fault fault = read_numbers(list, &body, &reading->hello.groups);
    if (fault == FAULT_NONE)
        reading->fact.group_count =
            keep_numbers(reading->hello.groups, reading->fact.groups, FACT_TLS_GROUPS_MAX);
    return fault;
}

/* RFC 8446 4.2.3 */
static enum fault read_signatures(struct cursor body, struct reading *reading)
{
    struct cursor list = cursor_take16(&body);
    enum fault fault = read_numbers(list, &body, &reading->hello.signatures);
    if (fault == FAULT_NONE)
        reading->fact.signature_count = keep_numbers(
            reading->hello.signatures, reading->fact.signatures, FACT_TLS_SIGNATURES_MAX);
    return fault;
}

/* RFC 8422 5.1.2 */
static enum fault read_point_formats(struct cursor body, struct reading *reading)
{
    struct cursor list = cursor_take8(&body);
    if (list.broken || body.left > 0)
        return FAULT_LENGTH;
    reading->hello.point_formats = cursor_rest(&list);
    return FAULT_NONE;
}

/* RFC 8446 4.2.1: with this extension legacy_version says nothing. */
static enum fault read_versions(struct cursor body, struct reading *reading)
{
    struct cursor list = cursor_take8(&body);
    if (list.broken || body.left > 0 || list.left % 2 != 0)
        return FAULT_LENGTH;
    uint16_t highest = 0;
    while (list.left > 0) {
        uint16_t version = cursor_be16(&list);
        if (!tls_is_grease(version) && version > highest)
            highest = version;
    }
    reading->hello.highest_version = highest;
    return FAULT_NONE;
}

/* RFC 8446 4.2.8 */
static enum fault read_shares(struct cursor body, struct tls_client_fact *fact)
{
    struct cursor shares = cursor_take16(&body);
    if (shares.broken || body.left > 0)
        return FAULT_LENGTH;
    fact->share_count = 0;
    while (shares.left > 0) {
        uint16_t group = cursor_be16(&shares);
        struct cursor key = cursor_take16(&shares);
        if (key.broken)
            return FAULT_LENGTH;
        if (!tls_is_grease(group) && fact->share_count < FACT_TLS_SHARES_MAX)
            fact->shares[fact->share_count++] = group;
    }
    return FAULT_NONE;
}

static enum fault read_extension(uint16_t type, struct cursor body, struct reading *reading)
{
    switch (type) {
    case TLS_EXTENSION_SERVER_NAME:
        reading->hello.has_server_name = true;
        return read_server_name(body, &reading->fact.server_name);
    case TLS_EXTENSION_GROUPS: return read_groups(body, reading);
    case TLS_EXTENSION_POINT_FORMATS: return read_point_formats(body, reading);
    case TLS_EXTENSION_SIGNATURES: return read_signatures(body, reading);
    case TLS_EXTENSION_ALPN: return read_protocols(body, reading);
    case TLS_EXTENSION_VERSIONS: return read_versions(body, reading);
    case TLS_EXTENSION_KEY_SHARE: return read_shares(body, &reading->fact);
    case TLS_EXTENSION_ENCRYPTED_HELLO:
        reading->fact.has_encrypted_hello = true;
        return FAULT_NONE;
    default: return FAULT_NONE;
    }
}

/* RFC 8446 4.2 */
static enum fault read_extensions(struct cursor extensions, struct reading *reading)
{
    struct tls_types *types = &reading->hello.types;
    while (extensions.left > 0) {
        uint16_t type = cursor_be16(&extensions);
        struct cursor body = cursor_take16(&extensions);
        if (body.broken)
            return FAULT_LENGTH;
        if (tls_is_grease(type))
            continue;
        if (types->count == TLS_EXTENSIONS_MAX)
            return FAULT_LIMIT;
        types->at[types->count++] = type;
        enum fault fault = read_extension(type, body, reading);
        if (fault != FAULT_NONE)
            return fault;
    }
    return FAULT_NONE;
}

/* RFC 8446 4.1.2 */
static enum fault read_hello(struct cursor body, struct reading *reading)
{
    struct tls_client_hello *hello = &reading->hello;
    hello->version = hello->highest_version = cursor_be16(&body);
    cursor_skip(&body, TLS_RANDOM_BYTES);
    struct cursor session = cursor_take8(&body);
    struct cursor ciphers = cursor_take16(&body);
    struct cursor compressions = cursor_take8(&body);
    if (compressions.broken || session.left > TLS_SESSION_BYTES_MAX || ciphers.left % 2 != 0)
        return FAULT_LENGTH;
    if (hello->version >> 8 != 3)
        return FAULT_VERSION;
    if (ciphers.left > 2 * TLS_NUMBERS_MAX)
        return FAULT_LIMIT;
    hello->ciphers = cursor_rest(&ciphers);
    if (body.left == 0)
        return FAULT_NONE; /* RFC 5246 7.4.1.2: extensions may be absent */
    struct cursor extensions = cursor_take16(&body);
    if (extensions.broken || body.left > 0)
        return FAULT_LENGTH;
    return read_extensions(extensions, reading);
}

static void finish_fact(struct reading *reading)
{
    struct tls_client_fact *fact = &reading->fact;
    const struct tls_client_hello *hello = &reading->hello;
    size_t ciphers = tls_count_numbers(hello->ciphers);
    fact->hello_version = hello->version;
    fact->highest_version = hello->highest_version;
    fact->cipher_count = (uint8_t)(ciphers < UINT8_MAX ? ciphers : UINT8_MAX);
    fact->extension_count =
        (uint8_t)(hello->types.count < UINT8_MAX ? hello->types.count : UINT8_MAX);
    tls_ja3(hello, fact->ja3);
    tls_ja4(hello, fact->ja4);
}

enum fault tls_client_hello_read(struct bytes message, uint16_t record_version,
                                 uint32_t quic_version, struct fact *out)
{
    struct cursor c = cursor_over(message);
    uint8_t type = cursor_u8(&c);
    size_t len = cursor_be24(&c);
    if (c.broken)
        return FAULT_TRUNCATED;
    if (type != TLS_CLIENT_HELLO)
        return FAULT_UNSUPPORTED;
    if (len > TLS_HELLO_BYTES_MAX - TLS_MESSAGE_HEADER_BYTES)
        return FAULT_LIMIT;
    if (c.left != len)
        return c.left < len ? FAULT_TRUNCATED : FAULT_LENGTH;

    struct reading reading = { .hello.is_quic = quic_version != 0,
                               .fact = { .record_version = record_version,
                                         .quic_version = quic_version } };
    enum fault fault = read_hello(c, &reading);
    if (fault != FAULT_NONE)
        return fault;
    finish_fact(&reading);
    out->kind = FACT_TLS_CLIENT;
    out->tls_client = reading.fact;
    return FAULT_NONE;
}

/* Apart, so that only a hello over several records pays for the room. */
static enum fault read_gathered(const struct tls_message *message, struct fact *out)
{
    uint8_t room[TLS_HELLO_BYTES_MAX];
    return tls_client_hello_read(tls_message_gather(message, room), message->start.version, 0,
                                 out);
}

enum fault tls_client_read(struct bytes stream, size_t *taken, struct fact *out)
{
    struct tls_records records = tls_records_over(stream);
    struct tls_message message;
    enum fault fault =
        tls_message_read(&records, TLS_CLIENT_HELLO, TLS_HELLO_BYTES_MAX, &message);
    if (fault != FAULT_NONE)
        return fault;
    if (message.whole.len > 0)
        fault = tls_client_hello_read(message.whole, message.start.version, 0, out);
    else
        fault = read_gathered(&message, out);
    if (fault == FAULT_NONE)
        *taken = tls_records_taken(&records, stream);
    return fault;
}
