// SPDX-License-Identifier: Apache-2.0
#include "logs/values_private.h"

enum { DIGITS_MAX = 19 };

/* Takes digits off the front; how many there were. */
static size_t take_digits(struct bytes *text, uint64_t *out)
{
    uint64_t number = 0;
    size_t i = 0;
    for (; i < text->len && i < DIGITS_MAX; i++) {
        unsigned digit = (unsigned)text->at[i] - '0';
        if (digit > 9)
            break;
        number = number * 10 + digit;
    }
    text->at += i;
    text->len -= i;
    *out = number;
    return i;
}

bool log_read_number(struct bytes text, uint64_t max, uint64_t *out)
{
    uint64_t number = 0;
    if (text.len == 0 || take_digits(&text, &number) == 0 || text.len > 0 || number > max)
        return false;
    *out = number;
    return true;
}

static const uint32_t powers[] = { 1,      10,      100,      1000,      10000,
                                   100000, 1000000, 10000000, 100000000, 1000000000 };

/* Takes ".123" as nanoseconds; digits past the ninth say nothing to us. */
static bool take_fraction(struct bytes *text, uint64_t *out_ns)
{
    *out_ns = 0;
    if (text->len == 0 || text->at[0] != '.')
        return true;
    text->at++;
    text->len--;
    struct bytes nine = bytes_slice(*text, 0, 9);
    uint64_t part = 0, rest = 0;
    size_t digits = take_digits(&nine, &part);
    if (digits == 0)
        return false;
    *text = bytes_slice(*text, digits, text->len);
    while (digits == 9 && take_digits(text, &rest) > 0)
        ;
    *out_ns = part * powers[9 - digits];
    return true;
}

/* Takes "e-05"; the power of ten. */
static bool take_exponent(struct bytes *text, int *out)
{
    uint64_t number = 0;
    bool is_negative = text->len > 1 && text->at[1] == '-';
    bool has_sign = is_negative || (text->len > 1 && text->at[1] == '+');
    *text = bytes_slice(*text, has_sign ? 2 : 1, text->len);
    if (take_digits(text, &number) == 0 || number > 30)
        return false;
    *out = is_negative ? -(int)number : (int)number;
    return true;
}

bool log_read_seconds(struct bytes text, int64_t *out)
{
    uint64_t seconds = 0, part = 0;
    const uint64_t seconds_max = (uint64_t)INT64_MAX / 1000000000 - 1;
    if (text.len == 0 || take_digits(&text, &seconds) == 0 || !take_fraction(&text, &part) ||
        seconds > seconds_max)
        return false;
    uint64_t ns = seconds * 1000000000 + part;
    int exponent = 0;
    if (text.len > 0 && (text.at[0] | 0x20) == 'e' && !take_exponent(&text, &exponent))
        return false;
    for (; exponent < 0; exponent++)
        ns /= 10;
    for (; exponent > 0 && ns < (uint64_t)INT64_MAX / 10; exponent--)
        ns *= 10;
    if (text.len > 0 || exponent > 0)
        return false;
    *out = (int64_t)ns;
    return true;
}

/* 2013-05-15T18:05:41.123456+0200 with the colon that RFC 3339 has. */
static bool read_date(struct bytes text, int64_t *out)
{
    char room[TIME_TEXT_MAX];
    struct text again = text_over(room, sizeof room);
    bool is_argus = text.at[4] == '/';
    text_put(&again, text);
    if (is_argus && again.len > 7)
        again.at[4] = again.at[7] = '-';
    const char *end = again.at + again.len;
    bool has_offset = again.len > 19 && (end[-5] == '+' || end[-5] == '-');
    bool has_zone = has_offset || (again.len > 19 && (end[-6] == '+' || end[-6] == '-')) ||
                    (end[-1] | 0x20) == 'z';
    if (has_offset) {
        again.len -= 2;
        text_put_char(&again, ':');
        text_put(&again, bytes_slice(text, text.len - 2, 2));
    } else if (!has_zone && again.len > 10) {
        text_put_char(&again, 'Z');
    }
    return !again.cut && time_read(text_bytes(&again), out);
}

bool log_read_time(struct bytes text, int64_t *out)
{
    const uint64_t seconds_max = UINT64_C(9000000000); /* the year 2255 */
    if (text.len > 10 && (text.at[4] == '-' || text.at[4] == '/'))
        return read_date(text, out);
    struct bytes rest = text;
    uint64_t seconds = 0, part = 0;
    if (text.len == 0 || take_digits(&rest, &seconds) == 0 || !take_fraction(&rest, &part))
        return false;
    if (rest.len > 0 || seconds == 0) /* rarely: an exponent */
        return log_read_seconds(text, out);
    if (seconds > seconds_max) {
        uint64_t ms = seconds;
        if (ms / 1000 > seconds_max)
            return false;
        *out = (int64_t)(ms * 1000000 + part / 1000);
        return true;
    }
    *out = (int64_t)(seconds * 1000000000 + part);
    return true;
}

/* Four numbers and three points, none of them with a 0 in front, as inet_pton has it. */
static bool read_v4(struct bytes text, uint32_t *out)
{
    uint32_t v4 = 0, octet = 0;
    unsigned digits = 0, points = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)text.at[i] - '0';
        if (digit <= 9) {
            if (digits > 0 && octet == 0)
                return false;
            octet = octet * 10 + digit;
            if (++digits > 3 || octet > 255)
                return false;
        } else {
            if (text.at[i] != '.' || digits == 0 || ++points > 3)
                return false;
            v4 = v4 << 8 | octet;
            octet = digits = 0;
        }
    }
    *out = v4 << 8 | octet;
    return points == 3 && digits > 0;
}

bool log_read_address(struct bytes text, struct ip_address *out)
{
    uint32_t v4 = 0;
    if (text.len <= 15 && read_v4(text, &v4)) {
        *out = ip_from_v4(v4);
        return true;
    }
    return ip_read(text, out);
}

/* Words */

bool log_same(struct bytes a, const char *b)
{
    if (strlen(b) != a.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if ((a.at[i] | 0x20) != ((uint8_t)b[i] | 0x20))
            return false;
    }
    return true;
}

struct word {
    const char *text;
    uint32_t number;
};

#define FIND(words, text, out) \
    find_word((words), sizeof(words) / sizeof *(words), (text), (out))

static bool find_word(const struct word *words, size_t count, struct bytes text, uint32_t *out)
{
    for (size_t i = 0; i < count; i++) {
        if (log_same(text, words[i].text)) {
            *out = words[i].number;
            return true;
        }
    }
    return false;
}

/* The number at its end, such as of "TYPE65". */
static bool read_after(struct bytes text, const char *start, uint64_t max, uint64_t *out)
{
    size_t len = strlen(start);
    if (text.len <= len || !log_same(bytes_slice(text, 0, len), start))
        return false;
    return log_read_number(bytes_slice(text, len, text.len), max, out);
}

bool log_read_protocol(struct bytes text, uint8_t *out)
{
    static const struct word words[] = {
        { "tcp", PROTOCOL_TCP },
        { "udp", PROTOCOL_UDP },
        { "icmp", PROTOCOL_ICMP },
        { "ipv6-icmp", PROTOCOL_ICMPV6 },
        { "icmp6", PROTOCOL_ICMPV6 },
        { "icmpv6", PROTOCOL_ICMPV6 },
        { "rtp", PROTOCOL_UDP },
        { "rtcp", PROTOCOL_UDP }, /* as Argus names them */
        { "udt", PROTOCOL_UDP },
        { "sctp", PROTOCOL_SCTP },
        { "gre", PROTOCOL_GRE },
        { "igmp", 2 },
        { "esp", 50 },
        { "ah", 51 },
        { "ipv6", PROTOCOL_IPV6 },
        { "ospf", 89 },
        { "pim", 103 },
        { "vrrp", 112 },
        { "ipip", 4 },
        { "udplite", 136 },
    };
    uint32_t number = 0;
    uint64_t given = 0;
    if (FIND(words, text, &number))
        *out = (uint8_t)number;
    else if (log_read_number(text, UINT8_MAX, &given))
        *out = (uint8_t)given;
    else
        return false;
    return true;
}

/* IANA, "Domain Name System (DNS) Parameters" */
uint16_t log_dns_type(struct bytes text)
{
    static const struct word words[] = {
        { "A", 1 },      { "AAAA", 28 },   { "PTR", 12 },   { "HTTPS", 65 }, { "CNAME", 5 },
        { "NS", 2 },     { "SOA", 6 },     { "MX", 15 },    { "TXT", 16 },   { "SRV", 33 },
        { "NULL", 10 },  { "NAPTR", 35 },  { "DS", 43 },    { "SSHFP", 44 }, { "RRSIG", 46 },
        { "NSEC", 47 },  { "DNSKEY", 48 }, { "TLSA", 52 },  { "SVCB", 64 },  { "SPF", 99 },
        { "TKEY", 249 }, { "TSIG", 250 },  { "AXFR", 252 }, { "ANY", 255 },  { "URI", 256 },
        { "CAA", 257 },  { "HINFO", 13 },  { "OPT", 41 },   { "LOC", 29 },   { "DNAME", 39 },
    };
    uint32_t number = 0;
    uint64_t given = 0;
    if (FIND(words, text, &number))
        return (uint16_t)number;
    if (log_read_number(text, UINT16_MAX, &given) ||
        read_after(text, "TYPE", UINT16_MAX, &given))
        return (uint16_t)given;
    return 0;
}

uint8_t log_dns_code(struct bytes text)
{
    static const struct word words[] = {
        { "NOERROR", 0 }, { "FORMERR", 1 }, { "SERVFAIL", 2 }, { "NXDOMAIN", 3 },
        { "NOTIMP", 4 },  { "REFUSED", 5 }, { "YXDOMAIN", 6 }, { "YXRRSET", 7 },
        { "NXRRSET", 8 }, { "NOTAUTH", 9 }, { "NOTZONE", 10 },
    };
    uint32_t number = 0;
    uint64_t given = 0;
    if (FIND(words, text, &number))
        return (uint8_t)number;
    return log_read_number(text, UINT8_MAX, &given) ? (uint8_t)given : 0;
}

uint16_t log_tls_version(struct bytes text)
{
    static const struct word words[] = {
        { "TLSv13", 0x0304 },  { "TLSv12", 0x0303 },  { "TLSv11", 0x0302 },
        { "TLSv10", 0x0301 },  { "SSLv3", 0x0300 },   { "SSLv2", 0x0002 },
        { "TLS 1.3", 0x0304 }, { "TLS 1.2", 0x0303 }, { "TLS 1.1", 0x0302 },
        { "TLSv1.3", 0x0304 }, { "TLSv1.2", 0x0303 }, { "TLSv1.1", 0x0302 },
        { "TLSv1", 0x0301 },   { "TLS 1.0", 0x0301 }, { "DTLSv10", 0xfeff },
        { "DTLSv12", 0xfefd }, { "DTLSv13", 0xfefc },
    };
    uint32_t number = 0;
    return FIND(words, text, &number) ? (uint16_t)number : 0;
}

/* IANA, "TLS Supported Groups" */
uint16_t log_tls_group(struct bytes text)
{
    static const struct word words[] = {
        { "x25519", 29 },
        { "secp256r1", 23 },
        { "secp384r1", 24 },
        { "secp521r1", 25 },
        { "x448", 30 },
        { "X25519MLKEM768", 0x11ec },
        { "SecP256r1MLKEM768", 0x11eb },
        { "SecP384r1MLKEM1024", 0x11ed },
        { "X25519Kyber768Draft00", 0x6399 },
        { "ffdhe2048", 0x100 },
        { "ffdhe3072", 0x101 },
        { "ffdhe4096", 0x102 },
    };
    uint32_t number = 0;
    return FIND(words, text, &number) ? (uint16_t)number : 0;
}

/* RFC 9000, RFC 9369; drafts by 0xff0000NN. */
uint32_t log_quic_version(struct bytes text)
{
    uint64_t draft = 0;
    if (log_same(text, "1") || log_same(text, "v1"))
        return 1;
    if (log_same(text, "2") || log_same(text, "v2") || log_same(text, "quicv2"))
        return 0x6b3343cf;
    if (read_after(text, "draft-", 0xff, &draft) || read_after(text, "draft", 0xff, &draft))
        return 0xff000000 | (uint32_t)draft;
    return log_read_number(text, UINT32_MAX, &draft) ? (uint32_t)draft : 0;
}

static bool holds(struct bytes text, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= text.len; i++) {
        if (log_same(bytes_slice(text, i, len), word))
            return true;
    }
    return false;
}

enum key_type log_key_type(struct bytes text)
{
    static const struct word words[] = {
        { "ecdsa", KEY_EC },      { "ed25519", KEY_ED25519 }, { "ed448", KEY_ED448 },
        { "ml-dsa", KEY_ML_DSA }, { "slh-dsa", KEY_SLH_DSA }, { "rsa", KEY_RSA },
        { "dsa", KEY_DSA },       { "gost", KEY_GOST },       { "ec", KEY_EC },
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (holds(text, words[i].text))
            return (enum key_type)words[i].number;
    }
    return KEY_UNKNOWN;
}

enum seen_http_method log_http_method(struct bytes text)
{
    static const struct word words[] = {
        { "GET", SEEN_HTTP_GET },         { "POST", SEEN_HTTP_POST },
        { "HEAD", SEEN_HTTP_HEAD },       { "PUT", SEEN_HTTP_PUT },
        { "CONNECT", SEEN_HTTP_CONNECT }, { "OPTIONS", SEEN_HTTP_OPTIONS },
    };
    uint32_t number = 0;
    return FIND(words, text, &number) ? (enum seen_http_method)number : SEEN_HTTP_OTHER;
}

/* Names */

static bool is_printable(uint8_t c)
{
    return c > ' ' && c < 0x7f;
}

/* The octet at the front; \xNN as Zeek writes what is not printable, and \\ for \. */
static uint8_t take_octet(struct bytes *text)
{
    uint8_t octet = text->at[0];
    size_t taken = 1;
    if (octet == '\\' && text->len >= 4 && text->at[1] == 'x' &&
        text_read_hex(bytes_slice(*text, 2, 2), &octet, 1))
        taken = 4;
    else if (octet == '\\' && text->len >= 2 && text->at[1] == '\\')
        taken = 2;
    *text = bytes_slice(*text, taken, text->len);
    return octet;
}

/* What is too long keeps its end: that is where the domain is. */
void log_keep_name(struct bytes text, struct fact_name *out)
{
    enum { WRITTEN_MAX = 1024 };
    char room[WRITTEN_MAX];
    struct text name = text_over(room, sizeof room);
    if (text.len > 1 && text.at[text.len - 1] == '.')
        text.len--;
    out->cut = text.len > WRITTEN_MAX / 4 - 1;
    if (out->cut)
        text = bytes_slice(text, text.len - (WRITTEN_MAX / 4 - 1), text.len);
    while (text.len > 0) {
        uint8_t c = take_octet(&text);
        if (is_printable(c) && c != '\\') {
            text_put_char(&name, (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c));
        } else {
            text_put_char(&name, '\\');
            text_put_char(&name, (char)('0' + c / 100));
            text_put_char(&name, (char)('0' + c / 10 % 10));
            text_put_char(&name, (char)('0' + c % 10));
        }
    }
    size_t skipped = name.len > FACT_NAME_MAX ? name.len - FACT_NAME_MAX : 0;
    out->cut |= skipped > 0;
    out->len = (uint8_t)(name.len - skipped);
    memcpy(out->at, name.at + skipped, out->len);
}

size_t log_keep_text(struct bytes text, char *out, size_t max)
{
    size_t len = 0;
    while (text.len > 0 && len < max) {
        uint8_t c = take_octet(&text);
        out[len++] = is_printable(c) || c == ' ' ? (char)c : '?';
    }
    return len;
}
