// SPDX-License-Identifier: Apache-2.0
/* A block of a ring as a kernel gone mad could write it: the first octet says whether it is of
 * loopback and how full the batch is.  Every frame lies within the block, with its tag. */
#include "source/live_block_private.h"

#include <stdlib.h>

#include "base/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct frame_batch batch;

static void check_frames(const struct live_block *block, size_t from)
{
    volatile uint8_t touched = 0;
    for (size_t i = from; i < batch.count; i++) {
        struct bytes captured = batch.frames[i].captured;
        MUST(captured.at >= block->at && captured.len <= block->len);
        MUST((size_t)(captured.at - block->at) <= block->len - captured.len);
        MUST(batch.frames[i].wire_len >= captured.len);
        for (size_t k = 0; k < captured.len; k++)
            touched = (uint8_t)(touched ^ captured.at[k]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t len = size - 1;
    uint8_t *copy = malloc(len ? len : 1); /* the walker puts tags back in place */
    MUST(copy);
    memcpy(copy, data + 1, len);
    struct live_block block = {
        .at = copy, .len = len, .link = LINK_ETHERNET, .is_loopback = data[0] & 1
    };
    struct live_tally tally = { 0 };
    size_t from = data[0] & 2 ? FRAME_BATCH_MAX - 2 : 0;
    if (live_block_open(&block) == FAULT_NONE) {
        while (block.left > 0) {
            uint32_t left = block.left;
            batch.count = from;
            if (live_block_read(&block, &tally, &batch) != FAULT_NONE)
                MUST(block.left == 0);
            check_frames(&block, from);
            MUST(block.left < left);
        }
    }
    free(copy);
    return 0;
}
