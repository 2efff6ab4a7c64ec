// SPDX-License-Identifier: Apache-2.0
/* What behaviours counted (docs/state.md), to a hub that judges several sensors together.  The
 * files are sealed, and go as they are; each takes the place of the one before. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "uplink/uplink_private.h"

enum { PARTS_MAX = 64, PART_MAX = 16, FILE_OCTETS_MAX = 16 << 20 };

static const char tail[] = ".state";

struct parts {
    size_t count;
    char names[PARTS_MAX][PART_MAX]; /* "1-of-2" */
};

static void note_part(const char *name, struct parts *out)
{
    size_t len = strlen(name), end = sizeof tail - 1;
    if (len <= end || len - end >= PART_MAX || strcmp(name + len - end, tail) != 0 ||
        name[0] == '.' || out->count == PARTS_MAX)
        return;
    struct text part = text_over(out->names[out->count++], PART_MAX);
    text_put(&part, (struct bytes){ (const uint8_t *)name, len - end });
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void find_parts(int folder, struct parts *out)
{
    int copy = dup(folder);
    DIR *open = copy < 0 ? NULL : fdopendir(copy);
    out->count = 0;
    if (!open)
        return;
    rewinddir(open);
    for (const struct dirent *one; (one = readdir(open)) != NULL;)
        note_part(one->d_name, out);
    (void)closedir(open);
    qsort(out->names, out->count, PART_MAX, by_name);
}

static void put_file(const char *part, struct text *out)
{
    text_format(out, "%s%s", part, tail);
}

/* Of which files, how long and of when: another, where one was written anew. */
static void sign_parts(int folder, const struct parts *parts, char out[UPLINK_DIGEST_MAX])
{
    crypto_hash_sha256_state state;
    uint8_t hash[crypto_hash_sha256_BYTES];
    struct text digest = text_over(out, UPLINK_DIGEST_MAX);
    (void)crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < parts->count; i++) {
        char name[PART_MAX + sizeof tail], room[160];
        struct text file = text_over(name, sizeof name), words = text_over(room, sizeof room);
        struct stat status = { .st_size = -1 };
        put_file(parts->names[i], &file);
        (void)fstatat(folder, name, &status, 0);
        text_format(&words, "%s %lld %lld %lld %llu\n", name, (long long)status.st_size,
                    (long long)status.st_mtim.tv_sec, (long long)status.st_mtim.tv_nsec,
                    (unsigned long long)status.st_ino);
        (void)crypto_hash_sha256_update(&state, text_bytes(&words).at, words.len);
    }
    (void)crypto_hash_sha256_final(&state, hash);
    text_put_hex(&digest, (struct bytes){ hash, sizeof hash });
}

/* The whole file; the caller's to free. */
static uint8_t *read_part(int folder, const char *part, size_t *len, struct error *err)
{
    char name[PART_MAX + sizeof tail];
    struct text file = text_over(name, sizeof name);
    put_file(part, &file);
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    uint8_t *octets = fd < 0 ? NULL : malloc(FILE_OCTETS_MAX + 1);
    ssize_t got = octets ? 1 : -1;
    *len = 0;
    while (got > 0 && *len <= FILE_OCTETS_MAX) {
        got = read(fd, octets + *len, FILE_OCTETS_MAX + 1 - *len);
        *len += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0)
        (void)close(fd);
    if (got == 0)
        return octets;
    (void)error_set(err, got < 0 ? errno : EFBIG, "statistics %s", name);
    free(octets);
    return NULL;
}

static void put_hash(struct bytes octets, size_t len, char *room, size_t max)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    struct text words = text_over(room, max);
    (void)crypto_hash_sha256(hash, octets.at, octets.len);
    text_put_hex(&words, (struct bytes){ hash, len });
}

static void ask_part(struct uplink *uplink, const char *part, struct bytes octets,
                     struct uplink_answer *answer)
{
    char digest[UPLINK_DIGEST_MAX], id[UPLINK_ID_MAX], name[256], room[128];
    struct text words = text_over(name, sizeof name), path = text_over(room, sizeof room);
    put_hash(octets, crypto_hash_sha256_BYTES, digest, sizeof digest);
    text_format(&words, "sekisho statistics 1\n%s\n%s\n%s\n", uplink->memory.store, part,
                digest);
    put_hash(text_bytes(&words), (UPLINK_ID_MAX - 1) / 2, id, sizeof id);
    text_format(&path, "/batches/%s", id);
    const struct uplink_request request = { .method = "PUT",
                                            .path = room,
                                            .type = "application/vnd.sekisho.state",
                                            .digest = digest,
                                            .part = part,
                                            .body = octets };
    connection_ask(uplink->connection, &request, answer);
}

/* False: again later. */
static bool send_part(struct uplink *uplink, int folder, const char *part, int64_t *wait_ns)
{
    struct uplink_answer answer;
    struct error err;
    size_t len = 0;
    uint8_t *octets = read_part(folder, part, &len, &err);
    if (!octets) {
        uplink_say(uplink, "%s", err.text);
        return true;
    }
    ask_part(uplink, part, (struct bytes){ octets, len }, &answer);
    free(octets);
    if (uplink_must_wait(uplink, &answer, "statistics")) {
        *wait_ns = uplink_backoff_ns(uplink, &answer);
        return false;
    }
    if (answer.status == 200 || answer.status == 201)
        uplink->account.statistics++;
    else
        uplink_say(uplink, "the hub refuses statistics %s: status %ld", part, answer.status);
    return true;
}

bool statistics_report(struct uplink *uplink, int64_t *wait_ns)
{
    static struct parts parts;
    char digest[UPLINK_DIGEST_MAX];
    if (!uplink->settings.statistics)
        return true;
    int folder = open(uplink->settings.statistics, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return true; /* nothing was kept yet */
    find_parts(folder, &parts);
    sign_parts(folder, &parts, digest);
    bool is_new = parts.count > 0 && strcmp(digest, uplink->memory.statistics) != 0;
    bool good = true;
    for (size_t i = 0; is_new && good && i < parts.count; i++)
        good = send_part(uplink, folder, parts.names[i], wait_ns);
    (void)close(folder);
    if (is_new && good) { /* durable with what is saved next; else it is sent again */
        struct text words =
            text_over(uplink->memory.statistics, sizeof uplink->memory.statistics);
        text_put_string(&words, digest);
    }
    return good;
}
