// SPDX-License-Identifier: Apache-2.0
#include "law/sources_private.h"

#include <dirent.h>
#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "law/law.h"

const char *sources_path(const struct sources *sources, const char *name,
                         char room[SOURCE_PATH_MAX])
{
    struct text path = text_over(room, SOURCE_PATH_MAX);
    text_format(&path, "%s/%s", sources->folder, name);
    return room;
}

static bool is_yaml(const char *name)
{
    size_t len = strlen(name), end = strlen(".yaml");
    return name[0] != '.' && len > end && strcmp(name + len - end, ".yaml") == 0;
}

static bool add_name(struct sources *out, const char *below, const char *name,
                     struct error *err)
{
    if (out->count == SOURCES_MAX)
        return error_set(err, 0, "%s: more than %d files", out->folder, SOURCES_MAX);
    struct text to = text_over(out->files[out->count].name, SOURCE_NAME_MAX);
    text_format(&to, "%s%s", below, name);
    if (to.cut)
        return error_set(err, 0, "%s/%s%s: the name is too long", out->folder, below, name);
    out->count++;
    return true;
}

/* "procedures/" is below a law where it has such a folder. */
static bool list_names(struct sources *out, const char *below, bool may_miss, struct error *err)
{
    char path[SOURCE_PATH_MAX];
    DIR *folder = opendir(sources_path(out, below, path));
    if (!folder)
        return (may_miss && errno == ENOENT) || error_set(err, errno, "cannot read %s", path);
    bool is_good = true;
    for (const struct dirent *entry; is_good && (entry = readdir(folder));) {
        if (is_yaml(entry->d_name))
            is_good = add_name(out, below, entry->d_name, err);
    }
    (void)closedir(folder);
    return is_good;
}

static int by_name(const void *a, const void *b)
{
    const struct source *left = a, *right = b;
    return strcmp(left->name, right->name);
}

static bool read_file(const struct sources *sources, struct source *source, struct arena *keep,
                      size_t *left, struct error *err)
{
    char path[SOURCE_PATH_MAX];
    FILE *file = fopen(sources_path(sources, source->name, path), "rbe");
    if (!file)
        return error_set(err, errno, "cannot open %s", path);
    static uint8_t room[LAW_OCTETS_MAX + 1];
    size_t len = fread(room, 1, *left + 1, file);
    bool is_read = !ferror(file);
    (void)fclose(file);
    if (!is_read)
        return error_set(err, errno, "cannot read %s", path);
    if (len > *left)
        return error_set(err, 0, "%s: the files of a law are at most %d octets together", path,
                         LAW_OCTETS_MAX);
    uint8_t *octets = arena_take(keep, 1, 1, len + 1);
    memcpy(octets, room, len);
    source->octets = (struct bytes){ octets, len };
    *left -= len;
    return true;
}

bool sources_read(const char *folder, struct arena *keep, struct sources *out,
                  struct error *err)
{
    size_t left = LAW_OCTETS_MAX;
    *out = (struct sources){ .folder = folder };
    if (!list_names(out, "", false, err) || !list_names(out, "procedures/", true, err))
        return false;
    qsort(out->files, out->count, sizeof *out->files, by_name);
    for (size_t i = 0; i < out->count; i++) {
        if (!read_file(out, &out->files[i], keep, &left, err))
            return false;
    }
    return true;
}

const struct source *sources_find(const struct sources *sources, const char *name)
{
    for (size_t i = 0; i < sources->count; i++) {
        if (strcmp(sources->files[i].name, name) == 0)
            return &sources->files[i];
    }
    return NULL;
}

void sources_digest(const struct sources *sources, uint8_t out[32])
{
    struct sha256_ctx hash;
    sha256_init(&hash);
    for (size_t i = 0; i < sources->count; i++) {
        const struct source *source = &sources->files[i];
        char digits[24];
        struct text number = text_over(digits, sizeof digits);
        text_put_u64(&number, source->octets.len);
        sha256_update(&hash, strlen(source->name) + 1, (const uint8_t *)source->name);
        sha256_update(&hash, number.len + 1, (const uint8_t *)digits);
        sha256_update(&hash, source->octets.len, source->octets.at);
    }
    sha256_digest(&hash, 32, out);
}
