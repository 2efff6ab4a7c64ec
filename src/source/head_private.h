// SPDX-License-Identifier: Apache-2.0
/* The first octets of a file's content, unpacked when it is packed, to tell what it is.  They
 * stay where they are: whoever reads the file afterwards reads it from its start, even when it
 * is a pipe. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/wipe.h"

enum { HEAD_OCTETS_MAX = 4096 };

struct head {
    uint8_t octets[HEAD_OCTETS_MAX];
    size_t len;
    bool is_all; /* there is nothing behind it */
};

/* path "-" is standard input.  Waits for the first octets of a pipe.  False and *err, which
 * names the file, when it cannot be opened, is empty or is damaged. */
MUST_CHECK bool head_read(const char *path, struct head *out, struct error *err);

/* For CLEANUP: content of the file does not stay on the stack. */
static inline void head_wipe(struct head *head)
{
    wipe(head, sizeof *head);
}

static inline struct bytes head_bytes(const struct head *head)
{
    return (struct bytes){ head->octets, head->len };
}
