// SPDX-License-Identifier: Apache-2.0
/* One value of a list, as people write them: the kind is told by the form. */
#include "select/indicators.h"

enum { NAME_MAX_OCTETS = 253, LABEL_MAX_OCTETS = 63, PORT_MAX = 65535 };

static const struct {
    const char *written;
    const char *meant;
} defanged[] = {
    { "[.]", "." },   { "(.)", "." }, { "{.}", "." }, { "[dot]", "." },
    { "(dot)", "." }, { "[:]", ":" }, { "[/]", "/" }, { "[://]", "://" },
};

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* Octets taken of the value: a defanged sign and what it means, or one octet as it is. */
static size_t refang_one(struct bytes rest, struct text *out)
{
    for (size_t i = 0; i < sizeof defanged / sizeof *defanged; i++) {
        struct bytes written = bytes_of_string(defanged[i].written);
        if (!bytes_start_with(rest, written))
            continue;
        text_put_string(out, defanged[i].meant);
        return written.len;
    }
    text_put_char(out, (char)lower(rest.at[0]));
    return 1;
}

static struct bytes refang(struct bytes value, struct text *out)
{
    *out = text_over(out->at, out->max);
    for (size_t i = 0; i < value.len;)
        i += refang_one(bytes_slice(value, i, value.len), out);
    return text_bytes(out);
}

/* Where one of these signs first stands, or the length. */
static size_t find_any(struct bytes bytes, const char *signs)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.at[i] != '\0' && strchr(signs, bytes.at[i]))
            return i;
    }
    return bytes.len;
}

static struct bytes from(struct bytes bytes, size_t offset)
{
    return bytes_slice(bytes, offset, bytes.len);
}

/* JA4 of FoxIO: t13d1516h2_8daaf6152771_02713d6af862. */
static bool is_ja4(struct bytes value)
{
    if (value.len != 36 || value.at[10] != '_' || value.at[23] != '_')
        return false;
    for (size_t i = 0; i < 10; i++) {
        uint8_t c = value.at[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
            return false;
    }
    uint8_t hashes[6];
    return strchr("tqd", value.at[0]) != NULL &&
           text_read_hex(bytes_slice(value, 11, 12), hashes, sizeof hashes) &&
           text_read_hex(bytes_slice(value, 24, 12), hashes, sizeof hashes);
}

static bool read_digest(struct bytes value, struct indicator *out)
{
    size_t len = value.len / 2;
    if (len != 16 && len != 20 && len != 32)
        return false;
    if (!text_read_hex(value, out->digest, len))
        return false;
    out->kind = len == 16 ? INDICATOR_JA3 : INDICATOR_CERTIFICATE;
    out->digest_len = (uint8_t)len;
    return true;
}

/* Labels of letters, digits, "-" and "_"; the last one has a letter, or it would be a number.
 */
static enum fault check_name(struct bytes name)
{
    size_t label = 0, labels = 1;
    bool has_letter = false;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.at[i];
        if (c == '.') {
            if (label == 0)
                return FAULT_VALUE;
            label = 0;
            labels++;
            has_letter = false;
            continue;
        }
        bool is_letter = c >= 'a' && c <= 'z';
        bool is_digit = c >= '0' && c <= '9';
        if (!is_letter && !is_digit && c != '-' && c != '_')
            return c >= 0x80 || c == '*' ? FAULT_UNSUPPORTED : FAULT_VALUE;
        has_letter |= is_letter;
        if (++label > LABEL_MAX_OCTETS)
            return FAULT_LIMIT;
    }
    return label > 0 && labels > 1 && has_letter ? FAULT_NONE : FAULT_VALUE;
}

static enum fault read_domain(struct bytes name, struct indicator *out)
{
    if (bytes_start_with(name, BYTES("*.")))
        name = from(name, 2);
    else if (bytes_start_with(name, BYTES(".")))
        name = from(name, 1);
    if (name.len > 0 && name.at[name.len - 1] == '.')
        name.len--;
    if (name.len == 0)
        return FAULT_VALUE;
    if (name.len > NAME_MAX_OCTETS)
        return FAULT_LIMIT;
    out->kind = INDICATOR_DOMAIN;
    out->text = name;
    return check_name(name);
}

/* Addresses that every network has cannot tell one server. */
static enum fault read_address(struct bytes words, struct indicator *out)
{
    struct ip_address *address = &out->prefix.address;
    if (!ip_read(words, address))
        return FAULT_VALUE;
    static const struct ip_address loopback = { { [15] = 1 } };
    bool is_loopback =
        ip_is_v4(address) ? ip_to_v4(address) >> 24 == 127 : ip_equal(address, &loopback);
    if (is_loopback || ip_is_zero(address) || ip_is_multicast(address))
        return FAULT_UNSUPPORTED;
    out->prefix.len = 128;
    out->kind = INDICATOR_ADDRESS;
    return FAULT_NONE;
}

/* What follows a host: nothing, or a colon and a port. */
static enum fault read_port(struct bytes rest, struct indicator *out)
{
    if (rest.len == 0)
        return FAULT_NONE;
    uint64_t port = 0;
    if (rest.at[0] != ':' || !text_read_u64(from(rest, 1), PORT_MAX, &port) || port == 0)
        return FAULT_VALUE;
    if (out->kind == INDICATOR_ADDRESS) {
        out->kind = INDICATOR_ENDPOINT;
        out->port = (uint16_t)port;
    }
    return FAULT_NONE;
}

/* [address] or [address]:port. */
static enum fault read_bracketed(struct bytes host, struct indicator *out)
{
    size_t end = find_any(host, "]");
    if (end == host.len)
        return FAULT_VALUE;
    enum fault fault = read_address(bytes_slice(host, 1, end - 1), out);
    return fault ? fault : read_port(from(host, end + 1), out);
}

/* address, address:port, name or name:port. */
static enum fault read_host(struct bytes host, struct indicator *out)
{
    if (bytes_start_with(host, BYTES("[")))
        return read_bracketed(host, out);
    size_t colon = find_any(host, ":");
    struct bytes rest = from(host, colon);
    if (find_any(from(rest, 1), ":") + 1 < rest.len)
        return read_address(host, out); /* two colons: IPv6 */
    struct bytes name = bytes_slice(host, 0, colon);
    enum fault fault = read_address(name, out);
    if (fault == FAULT_VALUE)
        fault = read_domain(name, out);
    return fault ? fault : read_port(rest, out);
}

static enum fault read_prefix(struct bytes value, struct indicator *out)
{
    if (!ip_prefix_read(value, &out->prefix))
        return FAULT_VALUE;
    if (out->prefix.len == 128)
        return read_address(bytes_slice(value, 0, find_any(value, "/")), out);
    out->kind = INDICATOR_PREFIX;
    return FAULT_NONE;
}

/* scheme://user@host:port/path; the scheme is gone already. */
static enum fault read_url(struct bytes rest, struct indicator *out)
{
    struct bytes host = bytes_slice(rest, 0, find_any(rest, "/?#\\"));
    for (size_t at; (at = find_any(host, "@")) < host.len;)
        host = from(host, at + 1);
    return read_host(host, out);
}

/* "sid:2019401" or "sid:1:2019401", numbers without leading zeros. */
static enum fault read_signature(struct bytes numbers, struct indicator *out)
{
    size_t colon = find_any(numbers, ":");
    struct bytes last = colon < numbers.len ? from(numbers, colon + 1) : numbers;
    uint64_t number = 0;
    bool is_plain =
        numbers.len > 0 && last.len > 0 && numbers.at[0] != '0' && last.at[0] != '0';
    if (!is_plain || !text_read_u64(last, UINT32_MAX, &number) ||
        !text_read_u64(bytes_slice(numbers, 0, colon), UINT32_MAX, &number))
        return FAULT_VALUE;
    out->kind = INDICATOR_SIGNATURE;
    out->text = numbers;
    return FAULT_NONE;
}

static enum fault read_any(struct bytes value, struct indicator *out)
{
    if (bytes_start_with(value, BYTES("sid:")))
        return read_signature(from(value, 4), out);
    if (read_digest(value, out))
        return FAULT_NONE;
    if (is_ja4(value)) {
        out->kind = INDICATOR_JA4;
        out->text = value;
        return FAULT_NONE;
    }
    size_t scheme = find_any(value, ":");
    if (bytes_start_with(from(value, scheme), BYTES("://")))
        return read_url(from(value, scheme + 3), out);
    size_t slash = find_any(value, "/");
    uint64_t len = 0;
    if (slash < value.len && text_read_u64(from(value, slash + 1), 128, &len))
        return read_prefix(value, out);
    if (find_any(value, "@") < value.len)
        return FAULT_UNSUPPORTED; /* an address of mail */
    return read_url(value, out);
}

enum fault indicator_read(struct bytes value, struct text *scratch, struct indicator *out)
{
    struct bytes words = refang(text_trim(value), scratch);
    if (words.len == 0)
        return FAULT_VALUE;
    if (scratch->cut && find_any(words, "/") == words.len)
        return FAULT_LIMIT; /* only what follows a host may be too long */
    struct indicator indicator = { .expires_ns = INT64_MAX };
    enum fault fault = read_any(words, &indicator);
    if (fault == FAULT_NONE)
        *out = indicator;
    return fault;
}
