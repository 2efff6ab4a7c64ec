// SPDX-License-Identifier: Apache-2.0
#include "cmd/watch_templates.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/output.h"
#include "system/state.h"

enum { SAVED_MAX = 64 << 20, PATH_ROOM = 4096 };

static bool read_whole(FILE *file, uint8_t **out, size_t *len)
{
    uint8_t *room = malloc(SAVED_MAX);
    *len = room ? fread(room, 1, SAVED_MAX, file) : 0;
    *out = room;
    return room && !ferror(file);
}

bool watch_templates_load(struct collect *collect, int64_t now_ns, struct error *err)
{
    char path[PATH_ROOM];
    if (!state_path("templates", path, sizeof path, err))
        return false;
    FILE *file = fopen(path, "rbe");
    if (!file)
        return errno == ENOENT || error_set(err, errno, "%s", path);
    uint8_t *saved = NULL;
    size_t len = 0;
    bool good = read_whole(file, &saved, &len) || error_set(err, errno, "%s", path);
    (void)fclose(file);
    if (good) {
        enum fault fault = collect_restore(collect, (struct bytes){ saved, len }, now_ns);
        if (fault != FAULT_NONE)
            fprintf(stderr,
                    "sekisho watch: %s: damaged or of another version (%s), so not used: "
                    "exporters will tell their templates anew\n",
                    path, fault_name(fault));
    }
    free(saved);
    return good;
}

bool watch_templates_save(const struct collect *collect, struct error *err)
{
    char path[PATH_ROOM];
    struct output output;
    size_t len = collect_save(collect, NULL, 0);
    uint8_t *saved = malloc(len + 1);
    if (!saved)
        return error_set(err, ENOMEM, "templates");
    bool good = state_path("templates", path, sizeof path, err) &&
                state_make_folders(path, err) && output_open(&output, path, err);
    if (good) {
        size_t whole = collect_save(collect, saved, len);
        bool is_written = whole <= len && fwrite(saved, 1, whole, output.file) == whole;
        good = output_close(&output, is_written, err);
    }
    free(saved);
    return good;
}
