// SPDX-License-Identifier: Apache-2.0
/* The folder a sensor takes its warrants from has so much room for those of the hub.  When it
 * is full, warrants that ended days ago go, and revocations whose warrant is gone; a revocation
 * finds room even where a warrant does not. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/time.h"
#include "system/clock.h"
#include "uplink/uplink_private.h"
#include "warrant/envelope.h"
#include "warrant/payload.h"

#define HEAD "hub-"

enum { WARRANTS_MAX = 200, FILES_MAX = 240, KEPT_DAYS = 2, DIGEST_DIGITS = 16 };

static bool is_ours(const char *name)
{
    return strncmp(name, HEAD, sizeof HEAD - 1) == 0;
}

/* "hub-SERIAL-DIGEST.json" of that very serial. */
static bool is_of(const char *name, const char *serial)
{
    size_t len = strlen(serial);
    return is_ours(name) &&
           strlen(name) == sizeof HEAD - 1 + len + 1 + DIGEST_DIGITS + sizeof ".json" - 1 &&
           strncmp(name + sizeof HEAD - 1, serial, len) == 0;
}

static size_t count_ours(const char *path, const char *serial)
{
    size_t count = 0;
    DIR *folder = opendir(path);
    if (!folder)
        return 0; /* told when the file is written */
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += serial ? is_of(entry->d_name, serial) : is_ours(entry->d_name);
    (void)closedir(folder);
    return count;
}

static bool read_file(int folder, const char *name, struct bytes *out)
{
    static uint8_t octets[WARRANT_OCTETS_MAX];
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ssize_t got = fd < 0 ? -1 : read(fd, octets, sizeof octets);
    if (fd >= 0)
        (void)close(fd);
    *out = (struct bytes){ octets, got > 0 ? (size_t)got : 0 };
    return got > 0;
}

static bool is_revocation(struct bytes octets, struct revocation *out)
{
    struct envelope envelope = { .memory = NULL };
    struct error err;
    bool is_one = envelope_read(octets, &envelope, &err) &&
                  strcmp(envelope.type, REVOCATION_PAYLOAD_TYPE) == 0 &&
                  revocation_read_payload(envelope.payload, out, &err);
    envelope_done(&envelope);
    return is_one;
}

static bool is_over(const char *path, struct bytes octets, bool is_of_warrants)
{
    static struct warrant warrant;
    struct revocation revocation;
    struct error err;
    if (is_of_warrants)
        return warrant_read(octets, &warrant, &err) &&
               warrant.to_ns + KEPT_DAYS * TIME_DAY_NS < clock_now_ns();
    return is_revocation(octets, &revocation) && count_ours(path, revocation.serial) == 0;
}

static void sweep(const char *path, bool is_of_warrants)
{
    DIR *folder = opendir(path);
    struct bytes octets;
    if (!folder)
        return;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (is_ours(entry->d_name) && read_file(dirfd(folder), entry->d_name, &octets) &&
            is_over(path, octets, is_of_warrants))
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
    }
    (void)closedir(folder);
}

static bool has_room(const char *path, struct bytes octets)
{
    struct revocation revocation;
    if (count_ours(path, NULL) < WARRANTS_MAX)
        return true;
    sweep(path, true);
    sweep(path, false);
    return count_ours(path, NULL) <
           (size_t)(is_revocation(octets, &revocation) ? FILES_MAX : WARRANTS_MAX);
}

/* Named by its content, so that nothing that is there is ever replaced. */
bool inbox_put(const char *path, const char *name, struct bytes octets, bool *is_new,
               struct error *err)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return error_set(err, errno, "cannot open the folder %s", path);
    *is_new = faccessat(folder, name, F_OK, 0) != 0;
    bool good =
        !*is_new || (has_room(path, octets) ? memory_write_file(folder, name, octets, err)
                                            : error_set(err, 0, "%s has %d files of the hub",
                                                        path, (int)WARRANTS_MAX));
    (void)close(folder);
    return good;
}
