// SPDX-License-Identifier: Apache-2.0
#include "send/destination_private.h"

#include "base/text.h"
#include "check.h"

static struct endpoint to;
static char host[SEND_HOST_MAX];

static bool reads(const char *text)
{
    struct error err = { 0 };
    return send_destination_read(text, &to, host, &err);
}

static void an_address_is_taken_as_it_is(void **state)
{
    (void)state;
    check(reads("udp:192.0.2.1:4739"));
    check(to.transport == ENDPOINT_UDP && to.port == 4739 &&
          ip_to_v4(&to.address) == 0xc0000201 && strcmp(host, "192.0.2.1") == 0);
    check(reads("tls:[2001:db8::1]:4740"));
    check(to.transport == ENDPOINT_TLS && to.port == 4740 && strcmp(host, "2001:db8::1") == 0);
}

static void a_name_is_looked_up_and_remembered(void **state)
{
    (void)state;
    check(reads("tcp:localhost:4739"));
    check(to.transport == ENDPOINT_TCP && to.has_address && to.port == 4739 &&
          strcmp(host, "localhost") == 0);
}

static void what_names_no_host_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "",
                                       "udp",
                                       "udp:",
                                       "udp:2055",
                                       "udp::2055",
                                       "localhost:1",
                                       "tcp:localhost",
                                       "x:localhost:1",
                                       "tcp:localhost:99999",
                                       "tcp:[localhost:1",
                                       "tcp:no such host:1" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check(!reads(bad[i]));
}

TESTS(TEST(an_address_is_taken_as_it_is), TEST(a_name_is_looked_up_and_remembered),
      TEST(what_names_no_host_is_refused))
