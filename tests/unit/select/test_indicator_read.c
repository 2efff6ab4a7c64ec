// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "select/indicators.h"

static char room[INDICATOR_TEXT_MAX + 256];

static enum fault read_value(const char *words, struct indicator *out)
{
    struct text scratch = text_over(room, sizeof room);
    return indicator_read(bytes_of_string(words), &scratch, out);
}

static bool is_address(const char *words, const char *expected)
{
    struct indicator out;
    struct ip_address address;
    check(ip_read(bytes_of_string(expected), &address));
    return read_value(words, &out) == FAULT_NONE && out.kind == INDICATOR_ADDRESS &&
           ip_equal(&out.prefix.address, &address) && out.prefix.len == 128 &&
           out.expires_ns == INT64_MAX;
}

static bool is_endpoint(const char *words, const char *expected, uint16_t port)
{
    struct indicator out;
    struct ip_address address;
    check(ip_read(bytes_of_string(expected), &address));
    return read_value(words, &out) == FAULT_NONE && out.kind == INDICATOR_ENDPOINT &&
           ip_equal(&out.prefix.address, &address) && out.port == port && out.protocol == 0;
}

static bool is_domain(const char *words, const char *expected)
{
    struct indicator out;
    return read_value(words, &out) == FAULT_NONE && out.kind == INDICATOR_DOMAIN &&
           bytes_equal(out.text, bytes_of_string(expected));
}

static void addresses_and_prefixes_are_told(void **state)
{
    (void)state;
    struct indicator out;
    check(is_address("192.0.2.1", "192.0.2.1"));
    check(is_address(" 2001:DB8::1\r", "2001:db8::1"));
    check(is_address("[2001:db8::1]", "2001:db8::1"));
    check(is_address("192.0.2.1/32", "192.0.2.1"));
    check_equal(read_value("192.0.2.0/24", &out), FAULT_NONE);
    check_equal(out.kind, INDICATOR_PREFIX);
    check_equal(out.prefix.len, 120);
    check_equal(read_value("2001:db8::/48", &out), FAULT_NONE);
    check_equal(out.prefix.len, 48);
}

static void endpoints_are_told(void **state)
{
    (void)state;
    check(is_endpoint("192.0.2.1:443", "192.0.2.1", 443));
    check(is_endpoint("[2001:db8::1]:8080", "2001:db8::1", 8080));
    check(is_endpoint("hxxp://192.0.2[.]1:81/a/b?c", "192.0.2.1", 81));
}

static void domains_are_normalised(void **state)
{
    (void)state;
    check(is_domain("Example.COM", "example.com"));
    check(is_domain("*.example.com", "example.com"));
    check(is_domain(".example.com.", "example.com"));
    check(is_domain("evil[.]example(.)com", "evil.example.com"));
    check(is_domain("evil[dot]example.com:8080", "evil.example.com"));
    check(is_domain("xn--r8jz45g.xn--zckzah", "xn--r8jz45g.xn--zckzah"));
    check(is_domain("_dmarc.example.com", "_dmarc.example.com"));
}

static void urls_are_taken_for_their_host(void **state)
{
    (void)state;
    check(is_domain("hxxps[://]user:pw@evil[.]example/path?q=1#x", "evil.example"));
    check(is_domain("http://evil.example", "evil.example"));
    check(is_domain("evil.example/gate.php", "evil.example"));
    check(is_address("https://192.0.2.1/x", "192.0.2.1"));
    check(is_address("192.0.2.1/gate.php", "192.0.2.1"));
}

static void digests_and_ja4_are_told_by_their_form(void **state)
{
    (void)state;
    struct indicator out;
    check_equal(read_value("E7D705A3286E19EA42F587B344EE6865", &out), FAULT_NONE);
    check_equal(out.kind, INDICATOR_JA3);
    check_equal(out.digest_len, 16);
    check_equal(out.digest[0], 0xe7);
    check_equal(read_value("19e664f09401bf648b6ea57719e34ad795f3b6cb", &out), FAULT_NONE);
    check_equal(out.kind, INDICATOR_CERTIFICATE);
    check_equal(out.digest_len, 20);
    check_equal(
        read_value("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", &out),
        FAULT_NONE);
    check_equal(out.kind, INDICATOR_CERTIFICATE);
    check_equal(out.digest_len, 32);
    check_equal(read_value("t13d1516h2_8daaf6152771_02713d6af862", &out), FAULT_NONE);
    check_equal(out.kind, INDICATOR_JA4);
    check_text(out.text, "t13d1516h2_8daaf6152771_02713d6af862");
}

static void signatures_of_alerts_are_told_by_their_word(void **state)
{
    (void)state;
    struct indicator out;
    check_equal(read_value("sid:2019401", &out), FAULT_NONE);
    check_equal(out.kind, INDICATOR_SIGNATURE);
    check_text(out.text, "2019401");
    check_equal(read_value("sid:3:19187", &out), FAULT_NONE);
    check_text(out.text, "3:19187");
    check_equal(read_value("sid:", &out), FAULT_VALUE);
    check_equal(read_value("sid:0:1", &out), FAULT_VALUE);
    check_equal(read_value("sid:1:", &out), FAULT_VALUE);
    check_equal(read_value("sid:1:2:3", &out), FAULT_VALUE);
    check_equal(read_value("sid:4294967296", &out), FAULT_VALUE);
}

static void what_is_no_indicator_is_refused_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        enum fault fault;
    } rows[] = {
        { "", FAULT_VALUE },
        { "   ", FAULT_VALUE },
        { "com", FAULT_VALUE },
        { "192.0.2.1/24", FAULT_VALUE },
        { "192.0.2.256", FAULT_VALUE },
        { "192.0.2", FAULT_VALUE },
        { "192.0.2.1:0", FAULT_VALUE },
        { "192.0.2.1:65536", FAULT_VALUE },
        { "192.0.2.1:", FAULT_VALUE },
        { "[2001:db8::1", FAULT_VALUE },
        { "[2001:db8::1]443", FAULT_VALUE },
        { "2001:db8::g", FAULT_VALUE },
        { "a..example.com", FAULT_VALUE },
        { "exa mple.com", FAULT_VALUE },
        { "/gate.php", FAULT_VALUE },
        { "http://", FAULT_VALUE },
        { "t13d15 6h2_8daaf6152771_02713d6af862", FAULT_VALUE },
        { "someone@example.com", FAULT_UNSUPPORTED },
        { "a.*.example.com", FAULT_UNSUPPORTED },
        { "\xe4\xbe\x8b.example", FAULT_UNSUPPORTED },
        { "127.0.0.1", FAULT_UNSUPPORTED },
        { "::1", FAULT_UNSUPPORTED },
        { "0.0.0.0", FAULT_UNSUPPORTED },
        { "239.1.2.3:80", FAULT_UNSUPPORTED },
        { "a23456789a123456789b123456789c123456789d123456789e123456789f1234.example",
          FAULT_LIMIT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct indicator out = { .port = 7 };
        check_equal(read_value(rows[i].words, &out), rows[i].fault);
        check_equal(out.port, 7); /* written only on success */
    }
}

static void a_value_too_long_is_refused_unless_only_its_path_is(void **state)
{
    (void)state;
    char long_name[600];
    memset(long_name, 'a', sizeof long_name);
    for (size_t i = 10; i < sizeof long_name; i += 10)
        long_name[i] = '.';
    long_name[sizeof long_name - 1] = '\0';
    struct indicator out;
    check_equal(read_value(long_name, &out), FAULT_LIMIT);
    long_name[300] = '\0';
    check_equal(read_value(long_name, &out), FAULT_LIMIT);
    char url[600] = "http://evil.example/";
    memset(url + strlen(url), 'x', sizeof url - strlen(url) - 1);
    check(is_domain(url, "evil.example"));
}

TESTS(TEST(addresses_and_prefixes_are_told), TEST(endpoints_are_told),
      TEST(domains_are_normalised), TEST(urls_are_taken_for_their_host),
      TEST(digests_and_ja4_are_told_by_their_form),
      TEST(signatures_of_alerts_are_told_by_their_word),
      TEST(what_is_no_indicator_is_refused_with_its_reason),
      TEST(a_value_too_long_is_refused_unless_only_its_path_is))
