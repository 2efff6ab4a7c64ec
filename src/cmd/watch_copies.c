// SPDX-License-Identifier: Apache-2.0
#include "cmd/watch_copies.h"

#include <string.h>
#include <unistd.h>

/* A place as somebody can find it again later, from wherever. */
static void write_place(const char *path, struct text *out)
{
    char folder[4096];
    if (strcmp(path, "-") == 0) {
        text_put_string(out, "standard output");
        return;
    }
    text_put_string(out, "file:");
    if (path[0] != '/' && getcwd(folder, sizeof folder))
        text_format(out, "%s/", folder);
    text_put_string(out, path);
}

static bool put_file(struct store *store, const char *path, const char *product, int64_t now_ns,
                     struct error *err)
{
    char room[STORE_RECIPIENT_MAX];
    struct text place = text_over(room, sizeof room);
    if (!path)
        return true;
    write_place(path, &place);
    return store_put_copy(store, place.cut ? "file: of a name too long to keep" : room, product,
                          now_ns, err);
}

bool watch_copies_put(const struct watch_options *options, struct store *store, int64_t now_ns,
                      struct error *err)
{
    bool good = put_file(store, options->json, "report", now_ns, err) &&
                put_file(store, options->html, "report", now_ns, err) &&
                put_file(store, options->stix, "indicators", now_ns, err);
    for (size_t i = 0; good && i < options->records_count; i++)
        good = put_file(store, options->records[i].path, "records", now_ns, err);
    for (size_t i = 0; good && i < options->export_count; i++)
        good = store_put_copy(store, options->exports[i], "records", now_ns, err);
    return good;
}
