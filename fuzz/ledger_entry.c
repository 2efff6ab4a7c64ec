// SPDX-License-Identifier: Apache-2.0
/* A bundle of entries: each taken is within it, and each that is an entry is written again as
 * the same octets. */
#include "base/must.h"
#include "proof/entry.h"
#include "proof/tile.h"

static void read_entry(struct bytes json)
{
    char room[ENTRY_OCTETS_MAX + 1], again_room[ENTRY_OCTETS_MAX + 1];
    struct text escapes = text_over(room, sizeof room);
    struct text again = text_over(again_room, sizeof again_room);
    struct entry entry;
    if (entry_read(json, &escapes, &entry) != FAULT_NONE)
        return;
    MUST(entry_write(&entry, &again) == FAULT_NONE);
    MUST(bytes_equal(text_bytes(&again), json));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor bundle = cursor_over((struct bytes){ data, size });
    struct bytes json;
    size_t taken = 0;
    read_entry((struct bytes){ data, size });
    while (bundle_take(&bundle, &json) == FAULT_NONE) {
        taken += 2 + json.len;
        read_entry(json);
    }
    MUST(taken <= size);
    return 0;
}
