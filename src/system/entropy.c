// SPDX-License-Identifier: Apache-2.0
#include "system/entropy.h"

#include <errno.h>
#include <sys/random.h>

bool entropy_fill(void *out, size_t len, struct error *err)
{
    uint8_t *at = out;
    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);
        if (got < 0 && errno != EINTR)
            return error_set(err, errno, "the kernel gives no randomness");
        if (got > 0) {
            at += got;
            len -= (size_t)got;
        }
    }
    return true;
}

bool entropy_hash_key(struct hash_key *out, struct error *err)
{
    return entropy_fill(out, sizeof *out, err);
}
