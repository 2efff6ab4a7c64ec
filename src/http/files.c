// SPDX-License-Identifier: Apache-2.0
/* Static files below one folder that was opened once: nothing outside it can be reached, not by
 * "..", not by links (openat2(2), RESOLVE_BENEATH). */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "http/fields.h"
#include "http/server_private.h"

enum { DIGESTS_MAX = 256, TAG_OCTETS = 16, READ_OCTETS = 32 << 10 };

/* What a file held when it was read last; a change shows in its times. */
struct digest {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified, changed;
    uint8_t octets[TAG_OCTETS];
};

struct http_files {
    int folder;
    pthread_mutex_t lock;
    struct digest digests[DIGESTS_MAX];
    size_t digest_count, digest_next;
};

static const struct kind {
    const char *ending, *type;
} kinds[] = {
    { ".css", "text/css; charset=utf-8" },
    { ".html", "text/html; charset=utf-8" },
    { ".ico", "image/x-icon" },
    { ".js", "text/javascript; charset=utf-8" },
    { ".json", "application/json" },
    { ".map", "application/json" },
    { ".mjs", "text/javascript; charset=utf-8" },
    { ".png", "image/png" },
    { ".svg", "image/svg+xml" },
    { ".txt", "text/plain; charset=utf-8" },
    { ".wasm", "application/wasm" },
    { ".webmanifest", "application/manifest+json" },
    { ".woff2", "font/woff2" },
};

struct http_files *http_files_open(const char *folder, struct error *err)
{
    struct http_files *files = calloc(1, sizeof *files);
    if (files == NULL) {
        (void)error_set(err, 0, "no memory for the list of files");
        return NULL;
    }
    pthread_mutex_init(&files->lock, NULL);
    files->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (files->folder >= 0)
        return files;
    (void)error_set(err, errno, "%s", folder);
    http_files_close(files);
    return NULL;
}

void http_files_close(struct http_files *files)
{
    if (files == NULL)
        return;
    if (files->folder >= 0)
        close(files->folder);
    pthread_mutex_destroy(&files->lock);
    free(files);
}

/* -1 where there is no file of that name. */
static int open_file(const struct http_files *files, const char *name, struct stat *out)
{
    struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                            .resolve =
                                RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
    int fd = (int)syscall(SYS_openat2, files->folder, name, &how, sizeof how);
    if (fd >= 0 && fstat(fd, out) == 0 && S_ISREG(out->st_mode))
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool is_same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_of(const struct digest *digest, const struct stat *status)
{
    return digest->inode == status->st_ino && digest->device == status->st_dev &&
           digest->size == status->st_size && is_same_time(digest->modified, status->st_mtim) &&
           is_same_time(digest->changed, status->st_ctim);
}

static bool find_digest(struct http_files *files, const struct stat *status,
                        uint8_t out[TAG_OCTETS])
{
    bool is_found = false;
    pthread_mutex_lock(&files->lock);
    for (size_t i = 0; i < files->digest_count && !is_found; i++) {
        is_found = is_of(&files->digests[i], status);
        if (is_found)
            memcpy(out, files->digests[i].octets, TAG_OCTETS);
    }
    pthread_mutex_unlock(&files->lock);
    return is_found;
}

static void keep_digest(struct http_files *files, const struct stat *status,
                        const uint8_t octets[TAG_OCTETS])
{
    pthread_mutex_lock(&files->lock);
    struct digest *digest = &files->digests[files->digest_next];
    *digest = (struct digest){ .device = status->st_dev,
                               .inode = status->st_ino,
                               .size = status->st_size,
                               .modified = status->st_mtim,
                               .changed = status->st_ctim };
    memcpy(digest->octets, octets, TAG_OCTETS);
    files->digest_next = (files->digest_next + 1) % DIGESTS_MAX;
    files->digest_count += files->digest_count < DIGESTS_MAX;
    pthread_mutex_unlock(&files->lock);
}

static bool digest_file(int fd, uint8_t out[TAG_OCTETS])
{
    uint8_t room[READ_OCTETS], whole[HTTP_DIGEST_OCTETS];
    gnutls_hash_hd_t hash;
    off_t at = 0;
    ssize_t got;
    if (gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) != 0)
        return false;
    while ((got = pread(fd, room, sizeof room, at)) > 0) {
        (void)gnutls_hash(hash, room, (size_t)got);
        at += got;
    }
    gnutls_hash_deinit(hash, whole);
    memcpy(out, whole, TAG_OCTETS);
    return got == 0;
}

static void set_tag(struct http_files *files, int fd, const struct stat *status,
                    struct http_reply *reply)
{
    uint8_t digest[TAG_OCTETS];
    char room[2 * TAG_OCTETS + 3];
    if (!find_digest(files, status, digest)) {
        if (!digest_file(fd, digest))
            return;
        keep_digest(files, status, digest);
    }
    struct text tag = text_over(room, sizeof room);
    text_put_char(&tag, '"');
    text_put_hex(&tag, (struct bytes){ digest, sizeof digest });
    text_put_char(&tag, '"');
    (void)http_set_header(reply, "ETag", room);
}

static const char *type_of(const char *name)
{
    const char *ending = strrchr(name, '.');
    for (size_t i = 0; ending != NULL && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].ending, ending) == 0)
            return kinds[i].type;
    return "application/octet-stream";
}

/* Does a builder's digest stand in the name, "app-Bx81kQ0z.js"?  Then it never changes. */
static bool is_hashed(const char *name)
{
    const char *ending = strrchr(name, '.'), *dash = strrchr(name, '-');
    if (dash == NULL || ending == NULL || ending - dash != 9)
        return false;
    for (const char *at = dash + 1; at < ending; at++) {
        bool is_letter = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z');
        if (!is_letter && !(*at >= '0' && *at <= '9') && *at != '_')
            return false;
    }
    return true;
}

static ssize_t next_of_file(void *context, char *room, size_t max)
{
    return read((int)(intptr_t)context, room, max);
}

static void done_with_file(void *context)
{
    close((int)(intptr_t)context);
}

/* Takes fd over. */
static void send_file(int fd, const struct stat *status, const char *type,
                      struct http_reply *reply)
{
    void *context = (void *)(intptr_t)fd;
    http_stream(reply, type, &(struct http_stream){ next_of_file, done_with_file, context });
    reply->has_length = true;
    reply->length = (uint64_t)status->st_size;
}

static bool takes_gzip(const struct http_request *request)
{
    const char *taken = http_header(request, "Accept-Encoding");
    return taken != NULL && http_coding_is_taken(taken, "gzip");
}

static bool serve(struct http_files *files, const char *name,
                  const struct http_request *request, struct http_reply *reply)
{
    char room[HTTP_TARGET_MAX + 8];
    struct text packed = text_over(room, sizeof room);
    struct stat status, packed_status;
    int fd = open_file(files, name, &status);
    if (fd < 0)
        return false;
    text_put_string(&packed, name);
    text_put_string(&packed, ".gz");
    int packed_fd = open_file(files, room, &packed_status);
    if (packed_fd >= 0) {
        (void)http_set_header(reply, "Vary", "Accept-Encoding");
        bool is_taken = takes_gzip(request);
        close(is_taken ? fd : packed_fd);
        fd = is_taken ? packed_fd : fd;
        status = is_taken ? packed_status : status;
        if (is_taken)
            (void)http_set_header(reply, "Content-Encoding", "gzip");
    }
    set_tag(files, fd, &status, reply);
    (void)http_set_header(reply, "Cache-Control",
                          is_hashed(name) ? "public, max-age=31536000, immutable" : "no-cache");
    send_file(fd, &status, type_of(name), reply);
    return true;
}

static struct bytes first_part(const char *path)
{
    struct bytes rest = bytes_of_string(path + 1);
    return bytes_slice(rest, 0, bytes_find(rest, '/'));
}

/* Is the first part of the path one that a route begins with? */
static bool is_below_route(const struct http_server *server, const char *path)
{
    for (size_t i = 0; i < server->settings.route_count; i++)
        if (bytes_equal(first_part(server->routes[i]->pattern), first_part(path)))
            return true;
    return false;
}

/* A page of the application, which finds out itself what to show: a name without an ending, or
 * whatever a browser goes to. */
static bool is_page(const struct http_request *request, const char *name)
{
    const char *last = strrchr(name, '/'), *accepted = http_header(request, "Accept");
    return strchr(last != NULL ? last : name, '.') == NULL ||
           (accepted != NULL && strstr(accepted, "text/html") != NULL);
}

void http_files_run(void *server, const struct http_request *request, struct http_reply *reply)
{
    struct http_server *of = server;
    char room[HTTP_TARGET_MAX + 1];
    struct text name = text_over(room, sizeof room);
    text_put_string(&name, request->path + 1);
    http_percent_decode(room, false);
    bool is_hidden = room[0] == '.' || strstr(room, "/.") != NULL;
    if (!is_hidden && room[0] != '\0' && serve(of->files, room, request, reply))
        return;
    if (!is_hidden && is_page(request, room) && !is_below_route(of, request->path) &&
        serve(of->files, "index.html", request, reply))
        return;
    http_count(of, HTTP_REFUSED_NOT_FOUND);
    http_refuse(reply, &(struct http_problem){
                           .status = 404, .title = "Not found", .title_ja = "見つかりません" });
}
