// SPDX-License-Identifier: Apache-2.0
#include "system/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

static int kept = -1;

static int open_socket(void)
{
    return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

void notify_open(void)
{
    if (kept < 0 && getenv("NOTIFY_SOCKET"))
        kept = open_socket();
}

void notify(const char *format, ...)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    const char *path = getenv("NOTIFY_SOCKET");
    size_t len = path ? strlen(path) : 0;
    if (len < 2 || len >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    char words[1024];
    va_list arguments;
    va_start(arguments, format);
    int words_len = vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    memcpy(to.sun_path, path, len);
    if (path[0] == '@')
        to.sun_path[0] = '\0'; /* an abstract name */
    int fd = kept >= 0 ? kept : open_socket();
    if (fd < 0)
        return;
    if (words_len > 0 && (size_t)words_len < sizeof words)
        (void)sendto(fd, words, (size_t)words_len, MSG_NOSIGNAL, (struct sockaddr *)&to,
                     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
    if (fd != kept)
        (void)close(fd);
}

int64_t notify_watchdog_ns(void)
{
    const char *span = getenv("WATCHDOG_USEC");
    const char *process = getenv("WATCHDOG_PID");
    uint64_t span_us = 0, id = (uint64_t)getpid();
    if (!span || !text_read_u64(bytes_of_string(span), INT64_MAX / 1000, &span_us))
        return 0;
    if (process &&
        (!text_read_u64(bytes_of_string(process), INT32_MAX, &id) || id != (uint64_t)getpid()))
        return 0; /* meant for another */
    return (int64_t)span_us * 1000;
}
