// SPDX-License-Identifier: Apache-2.0
#include "source/lines_names_private.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"

static struct bytes without(struct bytes name, const char *ending)
{
    size_t len = strlen(ending);
    bool has = name.len > len && memcmp(name.at + name.len - len, ending, len) == 0;
    return has ? bytes_slice(name, 0, name.len - len) : name;
}

static struct bytes without_any(struct bytes name, const char *const *endings)
{
    for (; *endings; endings++) {
        struct bytes shorter = without(name, *endings);
        if (shorter.len < name.len)
            return shorter;
    }
    return name;
}

/* The last part of a path. */
static struct bytes base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return bytes_of_string(slash ? slash + 1 : path);
}

static const char *const packings[] = { ".gz", ".zst", NULL };
static const char *const endings[] = { ".log",    ".json",    ".jsonl", ".binetflow",
                                       ".ndjson", ".biargus", NULL };

/* "conn.18:00:00-19:00:00" of conn.18:00:00-19:00:00.log.gz; empty when it is no log. */
static struct bytes stem_of(struct bytes name)
{
    struct bytes plain = without(without_any(name, packings), ".labeled");
    struct bytes stem = without_any(plain, endings);
    return stem.len < plain.len && name.at[0] != '.' ? stem : (struct bytes){ NULL, 0 };
}

/* The time of rotation: what follows the first point, if it starts with a digit. */
static struct bytes stamp_of(struct bytes stem)
{
    size_t point = bytes_find(stem, '.');
    struct bytes stamp = bytes_slice(stem, point + 1, stem.len);
    bool is_time = stamp.len > 0 && stamp.at[0] >= '0' && stamp.at[0] <= '9';
    return is_time ? stamp : (struct bytes){ NULL, 0 };
}

static bool is_wanted(const char *name, bool follow)
{
    struct bytes text = bytes_of_string(name);
    struct bytes stem = stem_of(text);
    bool is_packed = without_any(text, packings).len < text.len;
    return stem.len > 0 && !(follow && (is_packed || stamp_of(stem).len > 0));
}

static bool is_known(const struct lines_names *names, const char *path)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->names[i].path, path) == 0)
            return true;
    }
    return false;
}

static bool add(struct lines_names *names, const char *path, struct error *err)
{
    if (is_known(names, path))
        return true;
    if (names->count == LOG_FILES_MAX)
        return error_set(err, 0, "%s: more than %d logs: read them folder by folder", path,
                         LOG_FILES_MAX);
    char *copy = strdup(path);
    if (!copy)
        return error_set(err, ENOMEM, "%s", path);
    struct bytes base = base_of(path);
    names->names[names->count++] = (struct lines_name){
        .path = copy,
        .is_connections = bytes_start_with(base, BYTES("conn.")) ||
                          bytes_start_with(base, BYTES("labeled-conn.")),
    };
    return true;
}

static bool add_folder(struct lines_names *names, const char *folder, bool follow,
                       struct error *err)
{
    char path[4096];
    bool is_good = true;
    DIR *directory = opendir(folder);
    if (!directory)
        return error_set(err, errno, "%s: cannot be read", folder);
    for (struct dirent *entry; is_good && (entry = readdir(directory)) != NULL;) {
        if (!is_wanted(entry->d_name, follow))
            continue;
        int len = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (len > 0 && (size_t)len < sizeof path)
            is_good = add(names, path, err);
    }
    (void)closedir(directory);
    return is_good;
}

bool lines_names_add(struct lines_names *names, const char *path, bool follow,
                     struct error *err)
{
    struct stat status;
    if (strcmp(path, "-") == 0)
        return add(names, path, err);
    if (stat(path, &status) != 0)
        return error_set(err, errno, "%s: cannot be opened", path);
    if (!S_ISDIR(status.st_mode))
        return add(names, path, err);
    size_t before = names->count;
    if (!add_folder(names, path, follow, err))
        return false;
    if (names->count == before && !follow)
        return error_set(err, 0, "%s: has no logs in it (*.log, *.json, *.binetflow)", path);
    return true;
}

static int compare_bytes(struct bytes a, struct bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.at, b.at, len) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_groups(const struct lines_name *a, const struct lines_name *b)
{
    struct bytes base_a = base_of(a->path), base_b = base_of(b->path);
    struct bytes folder_a = { (const uint8_t *)a->path, strlen(a->path) - base_a.len };
    struct bytes folder_b = { (const uint8_t *)b->path, strlen(b->path) - base_b.len };
    int order = compare_bytes(folder_a, folder_b);
    if (order != 0)
        return order;
    struct bytes stamp_a = stamp_of(stem_of(base_a)), stamp_b = stamp_of(stem_of(base_b));
    /* What has no time is being written, so it is the newest. */
    if ((stamp_a.len == 0) != (stamp_b.len == 0))
        return stamp_a.len == 0 ? 1 : -1;
    return compare_bytes(stamp_a, stamp_b);
}

static int compare(const void *left, const void *right)
{
    const struct lines_name *a = left, *b = right;
    int order = compare_groups(a, b);
    if (order == 0)
        order = a->is_connections - b->is_connections;
    return order != 0 ? order : strcmp(a->path, b->path);
}

void lines_names_order(struct lines_names *names, bool follow)
{
    qsort(names->names, names->count, sizeof *names->names, compare);
    for (size_t i = 1; i < names->count; i++) {
        struct lines_name *name = &names->names[i];
        bool is_new = !follow && compare_groups(name - 1, name) != 0;
        name->group = name[-1].group + is_new;
    }
}

void lines_names_free(struct lines_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->names[i].path);
    names->count = 0;
}
