// SPDX-License-Identifier: Apache-2.0
#include "cmd/window.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "cmd/own_ledger.h"
#include "system/clock.h"
#include "system/state.h"

enum { PATH_MAX_OCTETS = 4096, DIGITS = 64, NAME_MAX_OCTETS = DIGITS + 8, CONTENT_MAX = 64 };

static const char suffix_open[] = "", suffix_closed[] = ".closed";

/* Holds the folder, so that two do not open or close the same one; -1 with words, or without
 * when there is none and none is to be made. */
static int hold_folder(bool is_made, struct error *err)
{
    char path[PATH_MAX_OCTETS];
    err->text[0] = '\0';
    if (!state_path("reidentification/", path, sizeof path, err) ||
        (is_made && !state_make_folders(path, err)))
        return -1;
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 && errno == ENOENT)
        return -1;
    if (folder < 0 || flock(folder, LOCK_EX) != 0) {
        (void)error_set(err, errno, "cannot open %s", path);
        if (folder >= 0)
            (void)close(folder);
        return -1;
    }
    return folder;
}

struct name {
    char at[NAME_MAX_OCTETS];
};

static struct name name_of(const uint8_t digest[32], const char *suffix)
{
    struct name name;
    struct text text = text_over(name.at, sizeof name.at);
    text_put_hex(&text, (struct bytes){ digest, 32 });
    text_put_string(&text, suffix);
    return name;
}

static enum window_state state_in(int folder, const uint8_t digest[32])
{
    if (faccessat(folder, name_of(digest, suffix_closed).at, F_OK, 0) == 0)
        return WINDOW_CLOSED;
    return faccessat(folder, name_of(digest, suffix_open).at, F_OK, 0) == 0 ? WINDOW_OPEN
                                                                            : WINDOW_NEW;
}

bool window_find(const uint8_t digest[32], enum window_state *out, struct error *err)
{
    int folder = hold_folder(false, err);
    *out = folder < 0 ? WINDOW_NEW : state_in(folder, digest);
    if (folder >= 0)
        (void)close(folder);
    return folder >= 0 || err->text[0] == '\0';
}

static bool write_window(int folder, const char *name, int64_t until_ns, struct error *err)
{
    char room[CONTENT_MAX];
    struct text text = text_over(room, sizeof room);
    text_put_i64(&text, until_ns);
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set(err, errno, "cannot write the window %s", name);
    bool good = write(fd, text.at, text.len) == (ssize_t)text.len && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    return (good && fsync(folder) == 0) ||
           error_set(err, errno, "cannot write the window %s", name);
}

bool window_open(const uint8_t digest[32], int64_t until_ns, const struct entry *opened,
                 struct error *err)
{
    int folder = hold_folder(true, err);
    struct name name = name_of(digest, suffix_open);
    if (folder < 0)
        return false;
    bool good = write_window(folder, name.at, until_ns, err);
    if (good && !own_ledger_put(opened, 1, err)) {
        (void)unlinkat(folder, name.at, 0);
        good = false;
    }
    (void)close(folder);
    return good;
}

/* A window that cannot be read is over. */
static int64_t until_of(int folder, const char *name)
{
    char room[CONTENT_MAX];
    uint64_t until_ns = 0;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t len = fd < 0 ? -1 : read(fd, room, sizeof room);
    if (fd >= 0)
        (void)close(fd);
    if (len < 0 || !text_read_u64((struct bytes){ (const uint8_t *)room, (size_t)len },
                                  INT64_MAX, &until_ns))
        return 0;
    return (int64_t)until_ns;
}

/* First the entry, then the state: after a crash in between it is written twice, not never. */
static bool close_one(int folder, const char *digits, const char *event, int64_t now_ns,
                      struct error *err)
{
    struct entry entry = entry_begin(ENTRY_REIDENTIFICATION_CLOSED, now_ns);
    struct name closed;
    struct text text = text_over(closed.at, sizeof closed.at);
    text_put_string(&text, digits);
    text_put_string(&text, suffix_closed);
    entry_set_text(&entry, ENTRY_DIGEST, bytes_of_string(digits));
    entry_set_text(&entry, ENTRY_EVENT, bytes_of_string(event));
    if (!own_ledger_put(&entry, 1, err))
        return false;
    return (renameat(folder, digits, folder, closed.at) == 0 && fsync(folder) == 0) ||
           error_set(err, errno, "cannot close the window %s", digits);
}

bool window_close(const uint8_t digest[32], int64_t now_ns, struct error *err)
{
    int folder = hold_folder(false, err);
    if (folder < 0)
        return err->text[0] != '\0' ? false : error_set(err, 0, "no such window is open");
    bool good = state_in(folder, digest) == WINDOW_OPEN
                    ? close_one(folder, name_of(digest, suffix_open).at, "closed", now_ns, err)
                    : error_set(err, 0, "no such window is open");
    (void)close(folder);
    return good;
}

static bool close_each(int folder, DIR *names, int64_t now_ns, struct error *err)
{
    const struct dirent *name;
    while ((name = readdir(names)) != NULL) {
        bool is_window = strlen(name->d_name) == DIGITS;
        if (is_window && until_of(folder, name->d_name) <= now_ns &&
            !close_one(folder, name->d_name, "expired", now_ns, err))
            return false;
    }
    return true;
}

bool window_close_due(int64_t now_ns, struct error *err)
{
    int folder = hold_folder(false, err);
    if (folder < 0)
        return err->text[0] == '\0';
    int again = dup(folder); /* which the stream of names closes */
    DIR *names = again < 0 ? NULL : fdopendir(again);
    bool good = names ? close_each(folder, names, now_ns, err)
                      : error_set(err, errno, "cannot read the windows");
    if (names)
        (void)closedir(names);
    (void)close(folder);
    return good;
}

/* Nothing of who asked stays open in it. */
static bool leave(void)
{
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool good = nowhere >= 0 && setsid() >= 0 && chdir("/") == 0;
    for (int fd = STDIN_FILENO; good && fd <= STDERR_FILENO; fd++)
        good = dup2(nowhere, fd) >= 0;
    return good;
}

static void wait_for_end(const uint8_t digest[32], int64_t until_ns)
{
    enum { PAUSE_MS = 500 };
    struct error err;
    enum window_state state = WINDOW_OPEN;
    while (clock_now_ns() < until_ns && window_find(digest, &state, &err) &&
           state == WINDOW_OPEN) {
        struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
        (void)nanosleep(&pause, NULL);
    }
    if (state == WINDOW_OPEN && !window_close_due(clock_now_ns(), &err))
        _exit(1);
}

bool window_attend(const uint8_t digest[32], int64_t until_ns, struct error *err)
{
    if (fflush(stdout) != 0)
        return error_set(err, errno, "standard output");
    pid_t process = fork();
    if (process < 0)
        return error_set(err, errno, "cannot start what closes the window");
    if (process > 0)
        return true;
    if (leave())
        wait_for_end(digest, until_ns);
    _exit(0);
}
