// SPDX-License-Identifier: Apache-2.0
#include "minimise/prefix.h"

#include <stdlib.h>

#include "check.h"

/* The sample key and trace of the algorithm's authors (their program of 2002). */
static const uint8_t key[PREFIX_KEY_BYTES] = { 21,  34,  23,  141, 51,  164, 207, 128,
                                               19,  10,  91,  22,  73,  144, 125, 16,
                                               216, 152, 143, 131, 121, 121, 101, 39,
                                               98,  87,  76,  45,  42,  132, 34,  2 };

static void *memory;
static struct prefix_cipher *cipher;

static void set_key(const uint8_t bytes[PREFIX_KEY_BYTES])
{
    struct arena arena = arena_over(memory, prefix_cipher_size());
    cipher = prefix_cipher_init(bytes, &arena);
}

static int set_up(void **state)
{
    (void)state;
    memory = malloc(prefix_cipher_size());
    set_key(key);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

static struct ip_address address_of(const char *words)
{
    struct ip_address address;
    check(ip_read(bytes_of_string(words), &address));
    return address;
}

static void check_pseudonym(const char *address, const char *pseudonym)
{
    struct ip_address clear = address_of(address);
    struct ip_address hidden = prefix_pseudonym(cipher, &clear);
    char room[IP_TEXT_MAX];
    struct text words = text_over(room, sizeof room);
    ip_write(&hidden, &words);
    check_text(text_bytes(&words), pseudonym);
}

static void the_published_sample_is_met(void **state)
{
    (void)state;
    static const char *const sample[][2] = {
        { "128.11.68.132", "135.242.180.132" },   { "129.118.74.4", "134.136.186.123" },
        { "130.132.252.244", "133.68.164.234" },  { "141.223.7.43", "141.167.8.160" },
        { "141.233.145.108", "141.129.237.235" }, { "152.163.225.39", "151.140.114.167" },
        { "156.29.3.236", "147.225.12.42" },      { "165.247.96.84", "162.9.99.234" },
        { "166.107.77.190", "160.132.178.185" },  { "192.102.249.13", "252.138.62.131" },
        { "192.215.32.125", "252.43.47.189" },    { "192.233.80.103", "252.25.108.8" },
        { "192.41.57.43", "252.222.221.184" },    { "193.150.244.223", "253.169.52.216" },
        { "195.205.63.100", "255.186.223.5" },    { "198.200.171.101", "249.199.68.213" },
        { "198.26.132.101", "249.36.123.202" },   { "198.36.213.5", "249.7.21.132" },
        { "198.51.77.238", "249.18.186.254" },    { "199.217.79.101", "248.38.184.213" },
    };
    for (int round = 0; round < 2; round++) { /* the second from the cache */
        for (size_t i = 0; i < sizeof sample / sizeof *sample; i++)
            check_pseudonym(sample[i][0], sample[i][1]);
    }
}

/* What nfanon 1.7.1 makes of these under this key.  Of IPv6 it is no yardstick: its pseudonyms
 * of one /32 do not share their first octet. */
static void nfanon_gives_the_same_for_ipv4(void **state)
{
    (void)state;
    set_key((const uint8_t *)"abcdefghijklmnopqrstuvwxyz012345");
    static const char *const sample[][2] = {
        { "120.31.156.88", "120.144.127.0" },    { "120.99.48.116", "120.227.48.183" },
        { "121.91.146.158", "121.39.148.122" },  { "138.125.67.181", "132.114.195.182" },
        { "139.82.155.74", "133.26.132.210" },   { "141.0.56.236", "130.132.56.233" },
        { "148.178.184.253", "147.66.184.197" }, { "151.183.80.146", "144.72.247.114" },
    };
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++)
        check_pseudonym(sample[i][0], sample[i][1]);
}

static void addresses_of_ipv6_are_enciphered_in_all_their_bits(void **state)
{
    (void)state;
    check_pseudonym("::1", "78ff:f001:9fc0:20df:8380:b1f1:704:ed");
    check_pseudonym("::2", "78ff:f001:9fc0:20df:8380:b1f1:704:ef");
    check_pseudonym("2001:db8::1", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e");
    check_pseudonym("2001:db8::2", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c");
}

static unsigned shared_bits(const struct ip_address *a, const struct ip_address *b)
{
    unsigned bits = 0;
    while (bits < 128 && ((a->octets[bits / 8] ^ b->octets[bits / 8]) >> (7 - bits % 8)) == 0)
        bits++;
    return bits;
}

static void exactly_the_shared_prefix_is_shared(void **state)
{
    (void)state;
    static const char *const bases[] = { "198.51.100.7", "2001:db8:1:2:3:4:5:6" };
    for (size_t i = 0; i < 2; i++) {
        struct ip_address a = address_of(bases[i]);
        struct ip_address hidden_a = prefix_pseudonym(cipher, &a);
        for (unsigned bit = i == 0 ? 96 : 0; bit < 128; bit++) {
            struct ip_address b = a;
            b.octets[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
            struct ip_address hidden_b = prefix_pseudonym(cipher, &b);
            check_equal(shared_bits(&hidden_a, &hidden_b), bit);
        }
    }
}

static void the_address_of_zeros_has_a_pseudonym_too(void **state)
{
    (void)state;
    struct ip_address zero = { { 0 } };
    struct ip_address hidden = prefix_pseudonym(cipher, &zero);
    check(!ip_is_zero(&hidden));
    struct ip_address one = address_of("::1");
    struct ip_address hidden_one = prefix_pseudonym(cipher, &one);
    check_equal(shared_bits(&hidden, &hidden_one), 127);
}

static void a_full_cache_changes_nothing(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 200000; i++) {
        struct ip_address address = ip_from_v4(0x0a000000u + i * 77);
        (void)prefix_pseudonym(cipher, &address);
    }
    check_pseudonym("128.11.68.132", "135.242.180.132");
    check_pseudonym("::1", "78ff:f001:9fc0:20df:8380:b1f1:704:ed");
}

#define PREFIX_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        PREFIX_TEST(the_published_sample_is_met),
        PREFIX_TEST(nfanon_gives_the_same_for_ipv4),
        PREFIX_TEST(addresses_of_ipv6_are_enciphered_in_all_their_bits),
        PREFIX_TEST(exactly_the_shared_prefix_is_shared),
        PREFIX_TEST(the_address_of_zeros_has_a_pseudonym_too),
        PREFIX_TEST(a_full_cache_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
