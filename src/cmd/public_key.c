// SPDX-License-Identifier: Apache-2.0
#include "cmd/public_key.h"

#include <stdio.h>

static bool read_first_line(const char *path, char *room, size_t max, struct bytes *out)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return false;
    size_t len = fread(room, 1, max, file);
    bool is_read = !ferror(file);
    (void)fclose(file);
    struct bytes whole = { (const uint8_t *)room, len };
    *out = text_trim(bytes_slice(whole, 0, bytes_find(whole, '\n')));
    return is_read;
}

bool public_key_read(const char *text, struct note_key *out, struct error *err)
{
    char room[NOTE_KEY_TEXT_MAX];
    struct bytes line = { NULL, 0 };
    if (note_key_read(bytes_of_string(text), out) == FAULT_NONE)
        return true;
    if (read_first_line(text, room, sizeof room, &line) &&
        note_key_read(line, out) == FAULT_NONE)
        return true;
    return error_set(err, 0, "%s is no public key, nor a file with one", text);
}
