// SPDX-License-Identifier: Apache-2.0
#include "system/endpoint.h"

#include <netinet/in.h>

#include "check.h"

static struct endpoint got;
static struct error err;

static void check_address(const char *expected)
{
    char room[IP_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    ip_write(&got.address, &text);
    assert_string_equal(room, expected);
}

static void a_port_alone_means_every_address(void **state)
{
    (void)state;
    check(endpoint_read("udp:2055", &got, &err));
    check_equal(got.transport, ENDPOINT_UDP);
    check_equal(got.port, 2055);
    check(!got.has_address);
    check(endpoint_read("sctp:0", &got, &err));
    check_equal(got.transport, ENDPOINT_SCTP);
    check_equal(got.port, 0);
}

static void addresses_of_both_versions_are_read(void **state)
{
    (void)state;
    check(endpoint_read("tcp:192.0.2.1:4739", &got, &err));
    check(got.has_address);
    check_equal(got.port, 4739);
    check_address("192.0.2.1");
    check(endpoint_read("tls:[2001:db8::1]:65535", &got, &err));
    check_equal(got.transport, ENDPOINT_TLS);
    check_equal(got.port, 65535);
    check_address("2001:db8::1");
}

static void everything_else_is_refused_in_words(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "udp",
        "udp:",
        "2055",
        "udp:65536",
        "udp:-1",
        "udp: 1",
        "udp:1x",
        "icmp:1",
        "udp:192.0.2.1",
        "udp:::1:5",
        "udp:[::1]",
        "udp:[::1]5",
        "udp:[::1",
        "udp:[192.0.2.1]:5",
        "udp:a:5",
        "UDP:2055",
        "udp:2001:db8::1:5",
        "udp:[]:5",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        err.text[0] = '\0';
        check(!endpoint_read(wrong[i], &got, &err));
        check(err.text[0] != '\0');
    }
}

static void socket_addresses_come_back_as_they_went(void **state)
{
    (void)state;
    static const char *const texts[] = { "udp:192.0.2.7:99", "udp:[2001:db8::7]:99" };
    for (size_t i = 0; i < 2; i++) {
        struct sockaddr_storage storage;
        struct ip_address address;
        uint16_t port = 0;
        check(endpoint_read(texts[i], &got, &err));
        check_equal(endpoint_to_socket(&got, &storage),
                    i == 0 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
        check(endpoint_from_socket(&storage, &address, &port));
        check(ip_equal(&address, &got.address));
        check_equal(port, 99);
    }
}

TESTS(TEST(a_port_alone_means_every_address), TEST(addresses_of_both_versions_are_read),
      TEST(everything_else_is_refused_in_words), TEST(socket_addresses_come_back_as_they_went))
