// SPDX-License-Identifier: Apache-2.0
#include "base/ip.h"

#include "check.h"

static bool reads_back(const char *words)
{
    struct ip_address address;
    char room[IP_TEXT_MAX];
    struct text out = text_over(room, sizeof room);
    if (!ip_read(bytes_of_string(words), &address))
        return false;
    ip_write(&address, &out);
    return bytes_equal(text_bytes(&out), bytes_of_string(words));
}

static struct ip_address address_of(const char *words)
{
    struct ip_address address;
    check(ip_read(bytes_of_string(words), &address));
    return address;
}

static void addresses_are_written_as_they_were_read(void **state)
{
    (void)state;
    check(reads_back("192.0.2.1"));
    check(reads_back("2001:db8::1"));
    check(reads_back("::1"));
    struct ip_address address;
    check(!ip_read(BYTES(""), &address));
    check(!ip_read(BYTES("192.0.2.256"), &address));
    check(!ip_read(BYTES("1.2.3.4\0"), &address));
}

static void a_prefix_holds_its_addresses_only(void **state)
{
    (void)state;
    struct ip_prefix prefix;
    check(ip_prefix_read(BYTES("192.0.2.128/25"), &prefix));
    struct ip_address in = address_of("192.0.2.255"), below = address_of("192.0.2.127");
    check(ip_prefix_holds(&prefix, &in));
    check(!ip_prefix_holds(&prefix, &below));
    check(ip_prefix_read(BYTES("2001:db8::/33"), &prefix));
    struct ip_address far = address_of("2001:db8:8000::1"),
                      near = address_of("2001:db8:7fff::");
    check(ip_prefix_holds(&prefix, &near));
    check(!ip_prefix_holds(&prefix, &far));
    check(ip_prefix_read(BYTES("::/0"), &prefix));
    check(ip_prefix_holds(&prefix, &far));
}

static void a_prefix_with_bits_past_its_length_is_refused(void **state)
{
    (void)state;
    struct ip_prefix prefix;
    check(!ip_prefix_read(BYTES("192.0.2.1/24"), &prefix));
    check(!ip_prefix_read(BYTES("192.0.2.0/33"), &prefix));
    check(!ip_prefix_read(BYTES("2001:db8::1/32"), &prefix));
    check(!ip_prefix_read(BYTES("192.0.2.0/"), &prefix));
    check(ip_prefix_read(BYTES("192.0.2.1"), &prefix));
    check_equal(prefix.len, 128);
}

static void internal_and_multicast_addresses_are_told(void **state)
{
    (void)state;
    struct ip_address address = address_of("172.31.255.255");
    check(ip_is_internal(&address));
    address = address_of("172.32.0.0");
    check(!ip_is_internal(&address));
    address = address_of("fd00::1");
    check(ip_is_internal(&address));
    address = address_of("2001:db8::1");
    check(!ip_is_internal(&address));
    address = address_of("239.1.2.3");
    check(ip_is_multicast(&address));
    address = address_of("ff02::1");
    check(ip_is_multicast(&address));
}

TESTS(TEST(addresses_are_written_as_they_were_read), TEST(a_prefix_holds_its_addresses_only),
      TEST(a_prefix_with_bits_past_its_length_is_refused),
      TEST(internal_and_multicast_addresses_are_told))
