// SPDX-License-Identifier: Apache-2.0
/* A link to a collector on loopback that is made here. */
#include "send/send.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "exchange/made_up_records.h"
#include "system/clock.h"
#include "system/endpoint.h"

enum { MS = 3000 };

static int collector_open(int type, char *to, size_t to_len)
{
    struct sockaddr_storage storage;
    struct endpoint any = { .has_address = true, .address = ip_from_v4(0x7f000001) };
    socklen_t len = endpoint_to_socket(&any, &storage);
    int fd = socket(AF_INET, type, 0);
    uint16_t port = 0;
    check(fd >= 0 && bind(fd, (struct sockaddr *)&storage, len) == 0);
    check(type == SOCK_DGRAM || listen(fd, 4) == 0);
    check(getsockname(fd, (struct sockaddr *)&storage, &len) == 0 &&
          endpoint_from_socket(&storage, &any.address, &port));
    struct text text = text_over(to, to_len);
    text_format(&text, "%s:127.0.0.1:%u", type == SOCK_DGRAM ? "udp" : "tcp", port);
    return fd;
}

static struct send_link *open_link(const char *to)
{
    struct error err = { 0 };
    struct send_options options = { .to = to };
    struct send_link *link = send_open(&options, &err);
    check(link != NULL);
    return link;
}

static void put(struct send_link *link, size_t first, size_t count)
{
    struct minimised_flow flow;
    for (size_t i = first; i < first + count; i++) {
        make_record(i, &flow);
        send_put(link, &flow);
    }
}

/* What comes, up to len octets; 0 when nothing does. */
static size_t receive(int fd, uint8_t *octets, size_t len)
{
    struct pollfd look = { .fd = fd, .events = POLLIN };
    if (poll(&look, 1, MS) <= 0)
        return 0;
    ssize_t got = recv(fd, octets, len, 0);
    return got < 0 ? 0 : (size_t)got;
}

static uint32_t be32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void datagrams_go_out_while_the_link_is_idle(void **state)
{
    (void)state;
    char to[64];
    uint8_t octets[2048];
    int fd = collector_open(SOCK_DGRAM, to, sizeof to);
    struct send_link *link = open_link(to);
    put(link, 0, 6);
    size_t len = receive(fd, octets, sizeof octets);
    check(len > 16 && len <= IPFIX_MESSAGE_OCTETS && octets[1] == 10);
    send_end(link);
    struct send_account account = send_count(link);
    check(account.sent == 6 && account.unsent == 0 && account.messages >= 1);
    check(account.failures == 0 && account.trouble[0] == '\0');
    send_close(link);
    (void)close(fd);
}

/* Each connection is a session: its sequence begins at 0, and its templates are told. */
static void a_lost_connection_is_made_again(void **state)
{
    (void)state;
    char to[64];
    uint8_t octets[2048];
    int door = collector_open(SOCK_STREAM, to, sizeof to);
    struct send_link *link = open_link(to);
    for (int i = 0; i < 2; i++) {
        int fd = accept(door, NULL, NULL);
        put(link, 0, 3);
        check(receive(fd, octets, sizeof octets) > 20);
        check(be32(octets + 8) == 0 && octets[16] == 0 && octets[17] == 2);
        (void)close(fd);
    }
    send_end(link);
    struct send_account account = send_count(link);
    check(account.sent == 6 && account.unsent == 0 && account.failures >= 1);
    check(strstr(account.trouble, "closed") != NULL);
    send_close(link);
    (void)close(door);
}

static void without_a_collector_all_is_counted_as_unsent(void **state)
{
    (void)state;
    enum { MORE = 10 };
    char to[64];
    int door = collector_open(SOCK_STREAM, to, sizeof to);
    (void)close(door);
    struct send_link *link = open_link(to);
    put(link, 0, SEND_RING_RECORDS + MORE);
    check_equal(send_count(link).unsent, MORE); /* what the ring cannot hold, at once */
    send_end(link);
    struct send_account account = send_count(link);
    check_equal(account.unsent, SEND_RING_RECORDS + MORE);
    check(account.sent == 0 && strstr(account.trouble, "refused") != NULL);
    send_close(link);
}

/* It has accepted, and reads nothing: the buffers of both hosts are full one day. */
static void a_collector_that_stands_still_costs_records_and_no_time(void **state)
{
    (void)state;
    enum { RECORDS = 400000, STEP = 2000 };
    char to[64];
    int door = collector_open(SOCK_STREAM, to, sizeof to);
    struct send_link *link = open_link(to);
    int64_t begun_ns = clock_monotonic_ns();
    for (size_t i = 0; i < RECORDS; i += STEP) {
        put(link, i, STEP);
        (void)usleep(5000);
    }
    check(clock_monotonic_ns() - begun_ns < 60 * TIME_SECOND_NS);
    check(send_count(link).unsent > 0);
    send_end(link);
    struct send_account account = send_count(link);
    check(account.sent > 0 && account.sent + account.unsent == RECORDS);
    send_close(link);
    (void)close(door);
}

static void what_cannot_work_is_told_at_once(void **state)
{
    (void)state;
    static const char *const bad[] = { "udp:2055", "tcp:127.0.0.1:0", "sctp:127.0.0.1:4739",
                                       "tls:127.0.0.1:4740" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct send_options options = { .to = bad[i] };
        struct error err = { 0 };
        check(!send_open(&options, &err) && err.text[0] != '\0');
    }
}

TESTS(TEST(datagrams_go_out_while_the_link_is_idle), TEST(a_lost_connection_is_made_again),
      TEST(without_a_collector_all_is_counted_as_unsent),
      TEST(a_collector_that_stands_still_costs_records_and_no_time),
      TEST(what_cannot_work_is_told_at_once))
