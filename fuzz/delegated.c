// SPDX-License-Identifier: Apache-2.0
/* Rows of delegation files: the prefixes of a row are disjoint, in order and cover it whole. */
#include "reference/delegated.h"
#include "base/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct delegated_row row;
    if (delegated_read((struct bytes){ data, size }, &row) != FAULT_NONE)
        return 0;
    struct ip_prefix prefix;
    if (row.prefix_len > 0) {
        MUST(delegated_next(&row, &prefix) && !delegated_next(&row, &prefix));
        return 0;
    }
    uint64_t next = ip_to_v4(&row.first), left = row.address_count, count = 0;
    while (delegated_next(&row, &prefix)) {
        uint64_t size_of_prefix = UINT64_C(1) << (128 - prefix.len);
        MUST(prefix.len >= 96 && ip_is_v4(&prefix.address));
        MUST(ip_to_v4(&prefix.address) == next && size_of_prefix <= left);
        MUST(next % size_of_prefix == 0 && ++count <= 64);
        next += size_of_prefix;
        left -= size_of_prefix;
    }
    MUST(left == 0);
    return 0;
}
