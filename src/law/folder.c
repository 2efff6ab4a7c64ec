// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "law/law.h"

static bool is_name(const char *id)
{
    size_t len = strlen(id);
    for (size_t i = 0; i < len; i++) {
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-", id[i]))
            return false;
    }
    return len > 0;
}

static bool is_law(const char *folder, const char *id, char *room, size_t room_len)
{
    struct text path = text_over(room, room_len);
    text_format(&path, "%s/%s/law.yaml", folder, id);
    if (path.cut || access(room, R_OK) != 0)
        return false;
    room[path.len - strlen("/law.yaml")] = '\0';
    return true;
}

/* Below a folder above that of the program: of the sources a build tree lies in (build/src, or
 * build/release/src), or of the installation. */
static bool is_beside(const char *below, const char *id, char *room, size_t room_len)
{
    char program[4096], folder[sizeof program + 32];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    if (len <= 0)
        return false;
    program[len] = '\0';
    char *slash = strrchr(program, '/');
    struct text path = text_over(folder, sizeof folder);
    *slash = '\0';
    text_format(&path, "%s/%s", program, below);
    return is_law(folder, id, room, room_len);
}

bool law_find_folder(const char *id, char *room, size_t room_len, struct error *err)
{
    const char *chosen = getenv("SEKISHO_LAW_DIR");
    if (!is_name(id))
        return error_set(err, 0, "\"%s\" is no name of a law (small letters and digits)", id);
    if (chosen && chosen[0] != '\0') {
        if (is_law(chosen, id, room, room_len))
            return true;
        return error_set(err, errno, "no law.yaml in %s/%s ($SEKISHO_LAW_DIR)", chosen, id);
    }
    if (is_beside("../../law", id, room, room_len) ||
        is_beside("../../../law", id, room, room_len) ||
        is_beside("../share/sekisho/law", id, room, room_len) ||
        is_law(SEKISHO_LAW_FOLDER, id, room, room_len))
        return true;
    return error_set(err, 0,
                     "there is no law \"%s\" beside the program or in %s: set SEKISHO_LAW_DIR",
                     id, SEKISHO_LAW_FOLDER);
}
