// SPDX-License-Identifier: Apache-2.0
#include "cmd/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"

enum { CONTROL_C = 3, CONTROL_D = 4, BACKSPACE = 8, CONTROL_U = 21, DELETE = 127 };

/* Is it one that only its owner can read?  A pipe has no others; what systemd gives is its. */
static bool is_private(int fd, bool is_credential)
{
    struct stat status;
    return fstat(fd, &status) == 0 && (!S_ISREG(status.st_mode) || is_credential ||
                                       (status.st_mode & (S_IRWXG | S_IRWXO)) == 0);
}

/* The first line of the file. */
static int read_file(struct passphrase *passphrase, const char *path, bool is_credential,
                     char *room, size_t max)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || !is_private(fd, is_credential)) {
        (void)error_set(&passphrase->err, fd < 0 ? errno : 0, "%s %s",
                        fd < 0 ? "cannot open" : "others may read (chmod 600 it)", path);
        if (fd >= 0)
            (void)close(fd);
        return -1;
    }
    ssize_t len = read(fd, room, max);
    (void)close(fd);
    if (len < 0)
        return -1;
    return (int)bytes_find((struct bytes){ (const uint8_t *)room, (size_t)len }, '\n');
}

static bool find_credential(char *room, size_t max)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    struct text path = text_over(room, max);
    if (!folder || folder[0] != '/')
        return false;
    text_format(&path, "%s/sekisho-passphrase", folder);
    return !path.cut && access(room, F_OK) == 0;
}

/* Takes back one character of UTF-8. */
static size_t take_back(const char *room, size_t len)
{
    while (len > 0 && ((unsigned char)room[len - 1] & 0xc0) == 0x80)
        len--;
    return len > 0 ? len - 1 : 0;
}

/* One line, a character at a time; -1 when it was broken off or does not fit. */
static int read_line(int terminal, char *room, size_t max)
{
    size_t len = 0;
    for (;;) {
        char c = CONTROL_C;
        if (read(terminal, &c, 1) != 1 || c == CONTROL_C || c == CONTROL_D || len + 1 >= max)
            return -1;
        if (c == '\n' || c == '\r')
            return (int)len;
        if (c == BACKSPACE || c == DELETE)
            len = take_back(room, len);
        else if (c == CONTROL_U)
            len = 0;
        else
            room[len++] = c;
    }
}

static int ask_terminal(struct passphrase *passphrase, const char *what, char *room, size_t max)
{
    struct termios before, quiet;
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0 || tcgetattr(terminal, &before) != 0) {
        (void)error_set(&passphrase->err, 0, "no terminal to ask for the %s", what);
        if (terminal >= 0)
            (void)close(terminal);
        return -1;
    }
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
    int len = -1;
    if (tcsetattr(terminal, TCSAFLUSH, &quiet) == 0) {
        (void)dprintf(terminal, "%s: ", what); /* only now: nothing typed early is shown */
        len = read_line(terminal, room, max);
    }
    (void)tcsetattr(terminal, TCSAFLUSH, &before);
    (void)dprintf(terminal, "\n");
    (void)close(terminal);
    if (len < 0)
        (void)error_set(&passphrase->err, 0, "the %s was not given", what);
    return len;
}

int passphrase_ask(void *context, const char *what, char *room, size_t max)
{
    char path[4096];
    struct passphrase *passphrase = context;
    if (passphrase->file)
        return read_file(passphrase, passphrase->file, false, room, max);
    if (find_credential(path, sizeof path))
        return read_file(passphrase, path, true, room, max);
    return ask_terminal(passphrase, what, room, max);
}

/* Twice the same? */
static bool confirm(struct passphrase *passphrase, const char *room, int len, size_t max)
{
    char *again = sodium_malloc(max);
    if (!again)
        return error_set(&passphrase->err, 0, "no locked memory for a passphrase");
    int again_len = ask_terminal(passphrase, "the same again", again, max);
    bool is_same = again_len == len && sodium_memcmp(room, again, (size_t)len) == 0;
    sodium_free(again);
    return is_same || error_set(&passphrase->err, 0, "the two are not the same");
}

bool passphrase_choose(struct passphrase *passphrase, const char *what, char *room, size_t max)
{
    char path[4096];
    int len = passphrase_ask(passphrase, what, room, max - 1);
    if (len < 0)
        return false;
    if (len == 0)
        return error_set(&passphrase->err, 0, "the %s is empty", what);
    room[len] = '\0';
    return passphrase->file || find_credential(path, sizeof path) ||
           confirm(passphrase, room, len, max);
}
