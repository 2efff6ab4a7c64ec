// SPDX-License-Identifier: Apache-2.0
#include "exchange/uuid5.h"

#include <nettle/sha1.h>

void uuid5_write(const uint8_t space[UUID_BYTES], struct bytes name, struct text *out)
{
    struct sha1_ctx hash;
    uint8_t digest[SHA1_DIGEST_SIZE];
    sha1_init(&hash);
    sha1_update(&hash, UUID_BYTES, space);
    sha1_update(&hash, name.len, name.at);
    sha1_digest(&hash, sizeof digest, digest);
    digest[6] = (uint8_t)((digest[6] & 0x0f) | 0x50); /* version 5 */
    digest[8] = (uint8_t)((digest[8] & 0x3f) | 0x80); /* the variant of RFC 4122 */
    static const uint8_t group_ends[] = { 4, 6, 8, 10, 16 };
    size_t start = 0;
    for (size_t i = 0; i < sizeof group_ends; i++) {
        if (i > 0)
            text_put_char(out, '-');
        text_put_hex(out, (struct bytes){ digest + start, group_ends[i] - start });
        start = group_ends[i];
    }
}
