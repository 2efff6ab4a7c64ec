// SPDX-License-Identifier: Apache-2.0
#include "system/channel.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

static uint8_t room[64];
static struct bytes got;
static int ends[2];

static void open_both(void)
{
    struct error err;
    check(channel_open(ends, &err));
}

static void close_both(void)
{
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void messages_keep_their_borders(void **state)
{
    (void)state;
    open_both();
    check(channel_send(ends[0], BYTES("one")) && channel_send(ends[0], BYTES("another")));
    check(channel_receive(ends[1], room, sizeof room, &got, NULL) == CHANNEL_MESSAGE);
    check_text(got, "one");
    check(channel_receive(ends[1], room, sizeof room, &got, NULL) == CHANNEL_MESSAGE);
    check_text(got, "another");
    check(channel_receive(ends[1], room, sizeof room, &got, NULL) == CHANNEL_EMPTY);
    close_both();
}

static void a_longer_message_than_room_is_told_and_gone(void **state)
{
    (void)state;
    open_both();
    uint8_t large[65] = { 0 };
    check(channel_send(ends[0], (struct bytes){ large, sizeof large }));
    check(channel_receive(ends[1], room, sizeof room, &got, NULL) == CHANNEL_OVERLONG);
    check(channel_receive(ends[1], room, sizeof room, &got, NULL) == CHANNEL_EMPTY);
    close_both();
}

static void a_file_goes_beside_a_message_and_only_to_who_asks(void **state)
{
    (void)state;
    open_both();
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC), passed = -1;
    check(channel_offer(ends[0], BYTES("file"), file));
    check(channel_receive(ends[1], room, sizeof room, &got, &passed) == CHANNEL_MESSAGE);
    check(passed >= 0 && (fcntl(passed, F_GETFD) & FD_CLOEXEC));
    check(channel_offer(ends[0], BYTES("none"), -1));
    int closed = passed;
    (void)close(passed);
    check(channel_receive(ends[1], room, sizeof room, &got, &passed) == CHANNEL_MESSAGE);
    check(passed == -1);
    check(channel_offer(ends[0], BYTES("unwanted"), file));
    check(channel_receive(ends[1], room, sizeof room, &got, NULL) == CHANNEL_MESSAGE);
    check(fcntl(closed, F_GETFD) == -1);
    (void)close(file);
    close_both();
}

static void the_end_of_the_other_is_told(void **state)
{
    (void)state;
    open_both();
    check(channel_send(ends[1], BYTES("last")));
    (void)close(ends[1]);
    check(channel_receive(ends[0], room, sizeof room, &got, NULL) == CHANNEL_MESSAGE);
    check(channel_receive(ends[0], room, sizeof room, &got, NULL) == CHANNEL_CLOSED);
    check(!channel_send(ends[0], BYTES("nobody")));
    check(!channel_offer(ends[0], BYTES("nobody"), -1));
    (void)close(ends[0]);
}

static void an_offer_does_not_wait(void **state)
{
    (void)state;
    open_both();
    int count = 0;
    while (channel_offer(ends[0], BYTES("more"), -1) && count < 1000000)
        count++;
    check(count > 0 && count < 1000000);
    close_both();
}

TESTS(TEST(messages_keep_their_borders), TEST(a_longer_message_than_room_is_told_and_gone),
      TEST(a_file_goes_beside_a_message_and_only_to_who_asks),
      TEST(the_end_of_the_other_is_told), TEST(an_offer_does_not_wait))
