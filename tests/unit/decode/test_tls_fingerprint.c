// SPDX-License-Identifier: Apache-2.0
#include "decode/tls_private.h"

#include "base/text.h"
#include "octets.h"

static struct octets lists[4];

static struct bytes list_of(struct octets *octets, const uint16_t *numbers, size_t count)
{
    octets->len = 0;
    for (size_t i = 0; i < count; i++)
        put16(octets, numbers[i]);
    return octets_bytes(octets);
}

static struct tls_types types_of(const uint16_t *numbers, size_t count)
{
    struct tls_types types = { .count = count };
    for (size_t i = 0; i < count; i++)
        types.at[i] = numbers[i];
    return types;
}

static void check_ja3(const struct tls_client_hello *hello, const char *expected)
{
    uint8_t ja3[16];
    char room[40];
    struct text text = text_over(room, sizeof room);
    tls_ja3(hello, ja3);
    text_put_hex(&text, (struct bytes){ ja3, sizeof ja3 });
    check_text(text_bytes(&text), expected);
}

static void check_ja4(const struct tls_client_hello *hello, const char *expected)
{
    char ja4[FACT_JA4_LEN];
    tls_ja4(hello, ja4);
    check_text(((struct bytes){ (const uint8_t *)ja4, sizeof ja4 }), expected);
}

/* The browser of the example in FoxIO's technical details of JA4. */
static const uint16_t example_ciphers[] = { 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f,
                                            0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
                                            0xc014, 0x009c, 0x009d, 0x002f, 0x0035 };
static const uint16_t example_types[] = { 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017,
                                          0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b,
                                          0xff01, 0x000b, 0x000a, 0x0015 };
static const uint16_t example_signatures[] = { 0x0403, 0x0804, 0x0401, 0x0503,
                                               0x0805, 0x0501, 0x0806, 0x0601 };

static struct tls_client_hello example(void)
{
    return (struct tls_client_hello){
        .version = 0x0303,
        .highest_version = 0x0304,
        .has_server_name = true,
        .ciphers = list_of(&lists[0], example_ciphers, COUNT(example_ciphers)),
        .signatures = list_of(&lists[1], example_signatures, COUNT(example_signatures)),
        .first_protocol = BYTES("h2"),
        .types = types_of(example_types, COUNT(example_types)),
    };
}

static void ja4_agrees_with_the_published_example(void **state)
{
    (void)state;
    struct tls_client_hello hello = example();
    check_ja4(&hello, "t13d1516h2_8daaf6152771_e5627efa2ab1");
    hello.is_quic = true;
    hello.has_server_name = false;
    check_ja4(&hello, "q13i1516h2_8daaf6152771_e5627efa2ab1");
}

static void ja4_without_signature_algorithms_has_no_underscore(void **state)
{
    (void)state;
    struct tls_client_hello hello = example();
    hello.signatures = (struct bytes){ 0 };
    check_ja4(&hello, "t13d1516h2_8daaf6152771_6d807ffa2a79");
}

static void ja4_of_nothing_is_zeros(void **state)
{
    (void)state;
    struct tls_client_hello hello = { .version = 0x0301, .highest_version = 0x0301 };
    check_ja4(&hello, "t10i000000_000000000000_000000000000");
    static const uint16_t captured[] = { TLS_EXTENSION_SERVER_NAME, TLS_EXTENSION_ALPN };
    hello.has_server_name = true;
    hello.types = types_of(captured, COUNT(captured));
    check_ja4(&hello, "t10d000200_000000000000_000000000000");
}

static void ja4_leaves_grease_out_of_ciphers_and_signatures(void **state)
{
    (void)state;
    uint16_t ciphers[COUNT(example_ciphers) + 2] = { 0x3a3a };
    uint16_t signatures[COUNT(example_signatures) + 1] = { 0xfafa };
    memcpy(ciphers + 1, example_ciphers, sizeof example_ciphers);
    memcpy(signatures + 1, example_signatures, sizeof example_signatures);
    ciphers[COUNT(ciphers) - 1] = 0x0a0a;
    struct tls_client_hello hello = example();
    hello.ciphers = list_of(&lists[2], ciphers, COUNT(ciphers));
    hello.signatures = list_of(&lists[3], signatures, COUNT(signatures));
    check_ja4(&hello, "t13d1516h2_8daaf6152771_e5627efa2ab1");
}

static void only_equal_octets_are_grease(void **state)
{
    (void)state;
    check(tls_is_grease(0x0a0a));
    check(tls_is_grease(0xfafa));
    check(!tls_is_grease(0x0a1a));
    check(!tls_is_grease(0x0b0b));
}

static void ja4_counts_no_further_than_99(void **state)
{
    (void)state;
    uint16_t many[120];
    for (size_t i = 0; i < COUNT(many); i++)
        many[i] = (uint16_t)(0xc000 + i);
    struct tls_client_hello hello = example();
    hello.ciphers = list_of(&lists[2], many, COUNT(many));
    hello.types = types_of(many, 100);
    char ja4[FACT_JA4_LEN];
    tls_ja4(&hello, ja4);
    check_text(((struct bytes){ (const uint8_t *)ja4, 10 }), "t13d9999h2");
}

static void ja4_spells_odd_protocols_in_hexadecimal(void **state)
{
    (void)state;
    static const struct {
        const char *protocol;
        char letters[3];
    } cases[] = {
        { "", "00" },
        { "h", "hh" },
        { "http/1.1", "h1" },
        { "\xab", "ab" },
        { " ", "20" },
        { "\xab\xcd", "ad" },
        { " a", "21" },
        { "0\xab", "3b" },
        { "a ", "60" },
        { "01\xab\xcd", "3d" },
        { "0\xab\xcd"
          "1",
          "01" },
    };
    struct tls_client_hello hello = example();
    for (size_t i = 0; i < COUNT(cases); i++) {
        char ja4[FACT_JA4_LEN];
        hello.first_protocol = bytes_of_string(cases[i].protocol);
        tls_ja4(&hello, ja4);
        check_text(((struct bytes){ (const uint8_t *)ja4 + 8, 2 }), cases[i].letters);
    }
}

static void ja4_names_every_version(void **state)
{
    (void)state;
    static const struct {
        uint16_t version;
        char letters[3];
    } cases[] = { { 0x0304, "13" }, { 0x0303, "12" }, { 0x0302, "11" }, { 0x0301, "10" },
                  { 0x0300, "s3" }, { 0x0002, "s2" }, { 0x7f1c, "00" }, { 0, "00" } };
    struct tls_client_hello hello = example();
    for (size_t i = 0; i < COUNT(cases); i++) {
        char ja4[FACT_JA4_LEN];
        hello.highest_version = cases[i].version;
        tls_ja4(&hello, ja4);
        check_text(((struct bytes){ (const uint8_t *)ja4 + 1, 2 }), cases[i].letters);
    }
}

/* Examples of the README of JA3. */
static void ja3_agrees_with_the_published_examples(void **state)
{
    (void)state;
    static const uint16_t ciphers[] = {
        47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4
    };
    static const uint16_t types[] = { 0, 10, 11 };
    static const uint16_t groups[] = { 23, 24, 25 };
    static const uint8_t formats[] = { 0 }, more_formats[] = { 0, 1, 2 };
    struct tls_client_hello hello = {
        .version = 769,
        .ciphers = list_of(&lists[0], ciphers, COUNT(ciphers)),
        .groups = list_of(&lists[1], groups, COUNT(groups)),
        .point_formats = { formats, sizeof formats },
        .types = types_of(types, COUNT(types)),
    };
    check_ja3(&hello, "ada70206e40642a3e4461f35503241d5");
    hello.point_formats = (struct bytes){ more_formats, sizeof more_formats };
    check_ja3(&hello, "00187f5f713897baff0174e5ee6d031e");

    static const uint16_t old[] = { 4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99 };
    hello = (struct tls_client_hello){ .version = 769,
                                       .ciphers = list_of(&lists[0], old, COUNT(old)) };
    check_ja3(&hello, "de350869b8c85de67a350c8d186f11e6");
}

static void ja3s_is_of_version_suite_and_extensions(void **state)
{
    (void)state;
    static const uint16_t numbers[] = { 65281, 11, 35, 16 };
    struct tls_types types = types_of(numbers, COUNT(numbers));
    uint8_t ja3s[16];
    char room[40];
    struct text text = text_over(room, sizeof room);
    tls_ja3s(771, 49200, &types, ja3s);
    text_put_hex(&text, (struct bytes){ ja3s, sizeof ja3s });
    check_text(text_bytes(&text), "2b33c1374db4ddf06942f92373c0b54b");
}

/* Five digits each, so that the text is several times as long as the room it is built in. */
static void a_long_list_is_hashed_whole(void **state)
{
    (void)state;
    uint16_t many[TLS_NUMBERS_MAX];
    for (size_t i = 0; i < COUNT(many); i++)
        many[i] = (uint16_t)(20000 + COUNT(many) - i);
    struct tls_client_hello hello = { .version = 771, .highest_version = 771 };
    hello.ciphers = list_of(&lists[0], many, COUNT(many));
    check_ja3(&hello, "c26444262662c7a5704f9094f7e14640");
    check_ja4(&hello, "t12i990000_47b55633d84e_000000000000");
}

static void protocols_are_listed_and_made_printable(void **state)
{
    (void)state;
    char text[FACT_ALPN_MAX];
    uint8_t len = 0;
    tls_put_protocol(BYTES("h2"), text, &len);
    tls_put_protocol(BYTES("a,b\x01"), text, &len);
    tls_put_protocol(BYTES("\\\xff"), text, &len);
    check_text(((struct bytes){ (const uint8_t *)text, len }), "h2,a\\044b\\001,\\092\\255");
}

static void a_protocol_that_does_not_fit_is_left_out_whole(void **state)
{
    (void)state;
    char text[FACT_ALPN_MAX];
    uint8_t len = 0;
    struct bytes name = BYTES("0123456789012345678901234567890");
    tls_put_protocol(name, text, &len);
    tls_put_protocol(name, text, &len);
    check_equal(len, 63);
    tls_put_protocol(BYTES("x"), text, &len);
    check_equal(len, 63);
    tls_put_protocol(BYTES(""), text, &len);
    tls_put_protocol(BYTES(""), text, &len);
    check_equal(len, 64);
}

TESTS(TEST(ja4_agrees_with_the_published_example),
      TEST(ja4_without_signature_algorithms_has_no_underscore), TEST(ja4_of_nothing_is_zeros),
      TEST(ja4_leaves_grease_out_of_ciphers_and_signatures), TEST(only_equal_octets_are_grease),
      TEST(ja4_counts_no_further_than_99), TEST(ja4_spells_odd_protocols_in_hexadecimal),
      TEST(ja4_names_every_version), TEST(ja3_agrees_with_the_published_examples),
      TEST(ja3s_is_of_version_suite_and_extensions), TEST(a_long_list_is_hashed_whole),
      TEST(protocols_are_listed_and_made_printable),
      TEST(a_protocol_that_does_not_fit_is_left_out_whole))
