// SPDX-License-Identifier: Apache-2.0
#include "proof/checkpoint.h"

#include "proof/base64_private.h"

static bool take_line(struct bytes *rest, struct bytes *out)
{
    size_t len = bytes_find(*rest, '\n');
    if (len == rest->len || len == 0)
        return false; /* no line may be empty, extensions neither */
    *out = bytes_slice(*rest, 0, len);
    *rest = bytes_slice(*rest, len + 1, rest->len);
    return true;
}

enum fault checkpoint_read(struct bytes text, struct checkpoint *out)
{
    struct checkpoint checkpoint;
    struct bytes size, root, extension;
    if (!take_line(&text, &checkpoint.origin) || !take_line(&text, &size) ||
        !take_line(&text, &root))
        return FAULT_TRUNCATED;
    if ((size.len > 1 && size.at[0] == '0') ||
        !text_read_u64(size, TREE_SIZE_MAX, &checkpoint.head.size) ||
        !base64_get(root, checkpoint.head.root.octets, sizeof checkpoint.head.root.octets))
        return FAULT_VALUE;
    while (text.len > 0) {
        if (!take_line(&text, &extension))
            return FAULT_VALUE;
    }
    *out = checkpoint;
    return FAULT_NONE;
}

void checkpoint_write(const struct checkpoint *checkpoint, struct text *out)
{
    text_put(out, checkpoint->origin);
    text_put_char(out, '\n');
    text_put_u64(out, checkpoint->head.size);
    text_put_char(out, '\n');
    base64_put(out, (struct bytes){ checkpoint->head.root.octets, TREE_HASH_OCTETS });
    text_put_char(out, '\n');
}
