// SPDX-License-Identifier: Apache-2.0
/* What the uplink remembers: one small JSON file, replaced whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "uplink/uplink_private.h"

enum { FORMAT = 1 };

static enum batch_kind kind_of(const char *name)
{
    for (unsigned i = 0; name && i < BATCH_KINDS; i++) {
        if (strcmp(name, batch_kind_name((enum batch_kind)i)) == 0)
            return (enum batch_kind)i;
    }
    return BATCH_KINDS;
}

static bool read_words(const json_t *json, char *room, size_t max)
{
    struct text words = text_over(room, max);
    const char *string = json_string_value(json);
    text_put_string(&words, string ? string : "");
    return string && !words.cut;
}

static bool read_stretch(const json_t *json, struct stretch *out)
{
    json_int_t first = json_integer_value(json_object_get(json, "first"));
    json_int_t last = json_integer_value(json_object_get(json, "last"));
    out->kind = kind_of(json_string_value(json_object_get(json, "kind")));
    out->first = first;
    out->last = last;
    return out->kind < BATCH_KINDS && first > 0 && first <= last &&
           read_words(json_object_get(json, "id"), out->id, sizeof out->id);
}

static bool read_reached(const json_t *json, struct uplink_memory *out)
{
    bool good = true;
    for (unsigned i = 0; i < BATCH_KINDS; i++) {
        const json_t *number = json_object_get(json, batch_kind_name((enum batch_kind)i));
        good = good && json_is_integer(number) && json_integer_value(number) >= 0;
        out->reached[i] = json_integer_value(number);
    }
    return good;
}

static bool read_refused(const json_t *json, struct uplink_memory *out)
{
    size_t count = json_array_size(json);
    bool good = json_is_array(json) && count <= UPLINK_REFUSED_MAX;
    for (size_t i = 0; good && i < count; i++)
        good = read_stretch(json_array_get(json, i), &out->refused[i]);
    out->refused_count = good ? count : 0;
    return good;
}

static bool read_memory(const json_t *json, struct uplink_memory *out)
{
    const json_t *pending = json_object_get(json, "pending");
    out->has_pending = json_is_object(pending);
    return json_integer_value(json_object_get(json, "format")) == FORMAT &&
           read_words(json_object_get(json, "store"), out->store, sizeof out->store) &&
           read_reached(json_object_get(json, "reached"), out) &&
           (!out->has_pending || read_stretch(pending, &out->pending)) &&
           read_refused(json_object_get(json, "refused"), out) &&
           read_words(json_object_get(json, "warrants"), out->warrants, sizeof out->warrants) &&
           read_words(json_object_get(json, "checkpoint"), out->note, sizeof out->note) &&
           read_words(json_object_get(json, "statistics"), out->statistics,
                      sizeof out->statistics);
}

bool memory_load(const char *path, struct uplink_memory *out, struct error *err)
{
    json_error_t why;
    *out = (struct uplink_memory){ .has_pending = false };
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return true;
    json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    bool good = json && read_memory(json, out);
    json_decref(json);
    return good || error_set(err, 0,
                             "%s is not what an uplink wrote; moved away, all is sent again, "
                             "and the hub passes over what it has",
                             path);
}

static json_t *write_stretch(const struct stretch *stretch)
{
    return json_pack("{s:s, s:I, s:I, s:s}", "kind", batch_kind_name(stretch->kind), "first",
                     (json_int_t)stretch->first, "last", (json_int_t)stretch->last, "id",
                     stretch->id);
}

static json_t *write_memory(const struct uplink_memory *memory)
{
    json_t *refused = json_array();
    bool good = refused != NULL;
    for (size_t i = 0; good && i < memory->refused_count; i++)
        good = json_array_append_new(refused, write_stretch(&memory->refused[i])) == 0;
    json_t *pending = memory->has_pending ? write_stretch(&memory->pending) : json_null();
    json_t *json =
        json_pack("{s:i, s:s, s:{s:I, s:I}, s:o, s:o, s:s, s:s, s:s}", "format", FORMAT,
                  "store", memory->store, "reached", batch_kind_name(BATCH_RECORDS),
                  (json_int_t)memory->reached[BATCH_RECORDS], batch_kind_name(BATCH_FINDINGS),
                  (json_int_t)memory->reached[BATCH_FINDINGS], "pending", pending, "refused",
                  refused, "warrants", memory->warrants, "checkpoint", memory->note,
                  "statistics", memory->statistics);
    if (good)
        return json;
    json_decref(json);
    return NULL;
}

static bool write_all(int fd, struct bytes octets)
{
    while (octets.len > 0) {
        ssize_t done = write(fd, octets.at, octets.len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        octets = bytes_slice(octets, (size_t)done, octets.len);
    }
    return fsync(fd) == 0;
}

bool memory_write_file(int folder, const char *name, struct bytes octets, struct error *err)
{
    enum { FLAGS = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW };
    char room[256];
    struct text beside = text_over(room, sizeof room);
    text_format(&beside, ".%s.new", name);
    if (beside.cut)
        return error_set(err, ENAMETOOLONG, "%s", name);
    int fd = openat(folder, room, FLAGS, 0600);
    bool good = fd >= 0 && write_all(fd, octets);
    int code = errno;
    if (fd >= 0)
        (void)close(fd);
    if (good && renameat(folder, room, folder, name) == 0 && fsync(folder) == 0)
        return true;
    code = good ? errno : code;
    if (fd >= 0)
        (void)unlinkat(folder, room, 0);
    return error_set(err, code, "cannot write %s", name);
}

/* The folder a file lies in, opened, and its name there. */
static int open_folder(const char *path, const char **name)
{
    char room[4096];
    struct text folder = text_over(room, sizeof room);
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    if (slash)
        text_put(&folder, (struct bytes){ (const uint8_t *)path, (size_t)(slash - path) });
    else
        text_put_char(&folder, '.');
    return open(folder.len > 0 ? room : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool memory_save(const char *path, const struct uplink_memory *memory, struct error *err)
{
    const char *name = NULL;
    json_t *json = write_memory(memory);
    char *words = json ? json_dumps(json, JSON_INDENT(1) | JSON_SORT_KEYS) : NULL;
    json_decref(json);
    if (!words)
        return error_set(err, 0, "no memory for %s", path);
    int folder = open_folder(path, &name);
    bool good = folder >= 0 ? memory_write_file(folder, name, bytes_of_string(words), err)
                            : error_set(err, errno, "the folder of %s", path);
    if (folder >= 0)
        (void)close(folder);
    free(words);
    return good;
}
