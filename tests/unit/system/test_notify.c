// SPDX-License-Identifier: Apache-2.0
#include "system/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "check.h"

static void words_reach_an_abstract_and_a_named_socket(void **state)
{
    (void)state;
    char names[2][64];
    (void)snprintf(names[0], sizeof names[0], "@sekisho-test-%d", (int)getpid());
    (void)snprintf(names[1], sizeof names[1], "/tmp/sekisho-test-%d", (int)getpid());
    for (int i = 0; i < 2; i++) {
        struct sockaddr_un at = { .sun_family = AF_UNIX };
        char words[64] = { 0 };
        size_t len = strlen(names[i]);
        memcpy(at.sun_path, names[i], len);
        at.sun_path[0] = i == 0 ? '\0' : '/';
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        check(bind(fd, (struct sockaddr *)&at,
                   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) == 0);
        check(setenv("NOTIFY_SOCKET", names[i], 1) == 0);
        notify("STATUS=%d entries", 42);
        check(recv(fd, words, sizeof words, MSG_DONTWAIT) == 17);
        assert_string_equal(words, "STATUS=42 entries");
        (void)close(fd);
    }
    (void)unlink(names[1]);
    notify("STATUS=nobody"); /* listens, and nothing happens */
    check(unsetenv("NOTIFY_SOCKET") == 0);
    notify("STATUS=nobody");
}

static void the_watchdog_is_of_this_process_or_of_any(void **state)
{
    (void)state;
    char self[32];
    (void)snprintf(self, sizeof self, "%d", (int)getpid());
    check_equal(notify_watchdog_ns(), 0);
    check(setenv("WATCHDOG_USEC", "30000000", 1) == 0);
    check_equal(notify_watchdog_ns(), INT64_C(30000000000));
    check(setenv("WATCHDOG_PID", self, 1) == 0);
    check_equal(notify_watchdog_ns(), INT64_C(30000000000));
    check(setenv("WATCHDOG_PID", "1", 1) == 0);
    check_equal(notify_watchdog_ns(), 0);
}

TESTS(TEST(words_reach_an_abstract_and_a_named_socket),
      TEST(the_watchdog_is_of_this_process_or_of_any))
