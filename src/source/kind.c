// SPDX-License-Identifier: Apache-2.0
#include "source/kind.h"

#include <sys/stat.h>

#include "source/cut_private.h"
#include "source/foreign_private.h"
#include "source/kind_private.h"

static bool is_capture(struct bytes head)
{
    static const struct bytes magics[] = {
        { (const uint8_t *)"\x0a\x0d\x0d\x0a", 4 }, { (const uint8_t *)"\xa1\xb2\xc3\xd4", 4 },
        { (const uint8_t *)"\xd4\xc3\xb2\xa1", 4 }, { (const uint8_t *)"\xa1\xb2\x3c\x4d", 4 },
        { (const uint8_t *)"\x4d\x3c\xb2\xa1", 4 }, { (const uint8_t *)"\xa1\xb2\xcd\x34", 4 },
        { (const uint8_t *)"\x34\xcd\xb2\xa1", 4 },
    };
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        if (bytes_start_with(head, magics[i]))
            return true;
    }
    return false;
}

/* The first octets of Zeek's columns, of JSON, and of Argus' usual first columns. */
static bool is_log(struct bytes head)
{
    static const struct bytes starts[] = {
        { (const uint8_t *)"#separator", 10 }, { (const uint8_t *)"#fields", 7 },
        { (const uint8_t *)"{", 1 },           { (const uint8_t *)"ts\tuid", 6 },
        { (const uint8_t *)"StartTime,", 10 }, { (const uint8_t *)"stime,", 6 },
        { (const uint8_t *)"SrcAddr,", 8 },
    };
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        if (bytes_start_with(head, starts[i]))
            return true;
    }
    return false;
}

bool kind_of_head(const struct head *head, enum source_kind *out)
{
    struct cursor window = cursor_over(head_bytes(head));
    struct bytes message;
    if (head->len == 0 || is_capture(head_bytes(head))) /* an empty one may yet become one */
        *out = SOURCE_KIND_CAPTURE;
    else if (is_log(head_bytes(head)))
        *out = SOURCE_KIND_LOGS;
    else if (cut_message(&window, head->is_all, &message) != CUT_BROKEN)
        *out = SOURCE_KIND_EXPORTS;
    else
        return false;
    return true;
}

bool source_kind_of(const char *path, enum source_kind *out, struct error *err)
{
    struct head head CLEANUP(head_wipe);
    struct stat status;
    if (stat(path, &status) == 0 &&
        S_ISDIR(status.st_mode)) { /* only logs come by the folder */
        *out = SOURCE_KIND_LOGS;
        return true;
    }
    if (!head_read(path, &head, err))
        return false;
    return kind_of_head(&head, out) ||
           error_set(err, 0,
                     "%s: is neither a capture, nor flow exports, nor a log we know: %s",
                     strcmp(path, "-") == 0 ? "standard input" : path,
                     foreign_describe(head_bytes(&head)));
}
