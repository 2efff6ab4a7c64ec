// SPDX-License-Identifier: Apache-2.0
#include "cmd/sensor_seen.h"

#include <errno.h>
#include <stdio.h>

#include "base/text.h"
#include "system/state.h"

enum { PATH_ROOM = 4096 };

bool seen_read(int64_t *time_ns, bool *was_running, struct error *err)
{
    char path[PATH_ROOM], room[64];
    uint64_t number = 0;
    if (!state_path("sensor.seen", path, sizeof path, err))
        return false;
    FILE *file = fopen(path, "re");
    size_t len = file ? fread(room, 1, sizeof room, file) : 0;
    if (file)
        (void)fclose(file);
    struct bytes words = { (const uint8_t *)room, len };
    size_t digits = bytes_find(words, ' ');
    bool is_time = text_read_u64(bytes_slice(words, 0, digits), INT64_MAX, &number);
    *time_ns = (int64_t)number;
    *was_running =
        is_time && bytes_start_with(bytes_slice(words, digits, len), BYTES(" running"));
    return true;
}

bool seen_write(int64_t time_ns, bool is_running, struct error *err)
{
    char path[PATH_ROOM], other[PATH_ROOM];
    if (!state_path("sensor.seen", path, sizeof path, err) ||
        !state_path("sensor.seen.new", other, sizeof other, err))
        return false;
    FILE *file = fopen(other, "we");
    if (!file)
        return error_set(err, errno, "cannot write %s", other);
    bool good =
        fprintf(file, "%lld %s\n", (long long)time_ns, is_running ? "running" : "ended") > 0;
    good = fclose(file) == 0 && good;
    return (good && rename(other, path) == 0) || error_set(err, errno, "cannot write %s", path);
}
