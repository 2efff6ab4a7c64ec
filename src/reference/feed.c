// SPDX-License-Identifier: Apache-2.0
/* Feeds of MISP: manifest.json, an object whose names are the events' identifiers, and beside
 * it a file for each event. */
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/text.h"
#include "reference/feed.h"

enum { UUID_OCTETS = 36, MANIFEST_OCTETS_MAX = 256 << 20 };

bool feed_is(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* 8-4-4-4-12 digits, and so no path that leads elsewhere. */
static bool is_uuid(const char *name)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (strlen(name) != UUID_OCTETS)
        return false;
    for (size_t i = 0; i < UUID_OCTETS; i++) {
        bool is_digit = (name[i] >= '0' && name[i] <= '9') ||
                        (name[i] >= 'a' && name[i] <= 'f') ||
                        (name[i] >= 'A' && name[i] <= 'F');
        if (form[i] == '-' ? name[i] != '-' : !is_digit)
            return false;
    }
    return true;
}

static bool join(const char *folder, const char *name, char room[PATH_MAX], struct error *err)
{
    struct text path = text_over(room, PATH_MAX);
    text_put_string(&path, folder);
    text_put_string(&path, "/");
    text_put_string(&path, name);
    return !path.cut || error_set(err, ENAMETOOLONG, "%s", folder);
}

static bool call_event(const char *folder, const char *uuid, feed_fn *call, void *context,
                       struct error *err)
{
    char path[PATH_MAX], name[UUID_OCTETS + sizeof ".json"];
    struct text file = text_over(name, sizeof name);
    if (!is_uuid(uuid))
        return error_set(err, 0, "%s: manifest.json names what is no event", folder);
    text_put_string(&file, uuid);
    text_put_string(&file, ".json");
    return join(folder, name, path, err) && call(context, path, err);
}

static json_t *read_manifest(const char *path, struct error *err)
{
    struct stat status;
    json_error_t wrong;
    if (stat(path, &status) != 0) {
        (void)error_set(err, errno, "%s", path);
        return NULL;
    }
    if (status.st_size > MANIFEST_OCTETS_MAX) {
        (void)error_set(err, 0, "%s: larger than 256 MiB", path);
        return NULL;
    }
    json_t *manifest = json_load_file(path, JSON_REJECT_DUPLICATES, &wrong);
    if (!manifest)
        (void)error_set(err, 0, "%s: line %d: %s", path, wrong.line, wrong.text);
    return manifest;
}

/* In the order of the manifest, so that the same feed gives the same set. */
bool feed_each(const char *folder, feed_fn *call, void *context, struct error *err)
{
    char path[PATH_MAX];
    const char *uuid;
    json_t *event;
    if (!join(folder, "manifest.json", path, err))
        return false;
    json_t *manifest = read_manifest(path, err);
    if (!manifest)
        return false;
    bool is_done =
        json_is_object(manifest) || error_set(err, 0, "%s: is no manifest of a feed", path);
    if (is_done)
        is_done = call(context, path, err);
    json_object_foreach(manifest, uuid, event)
    {
        is_done = is_done && call_event(folder, uuid, call, context, err);
    }
    json_decref(manifest);
    return is_done;
}
