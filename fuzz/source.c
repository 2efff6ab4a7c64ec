// SPDX-License-Identifier: Apache-2.0
/* A whole file of any octets, plain or packed, named twice: a source refuses it in words, or
 * reads it to its end with times in order as far as the file has them so. */
#include "in_file.h"

#include "source/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(struct source *source)
{
    static struct frame_batch batch;
    struct error err;
    volatile uint8_t last = 0; /* so that a frame outside of its buffer is seen */
    enum source_state state;
    while ((state = source_read(source, &batch, &err)) == SOURCE_FRAMES) {
        MUST(batch.count > 0 && batch.count <= FRAME_BATCH_MAX);
        for (size_t i = 0; i < batch.count; i++) {
            struct bytes captured = batch.frames[i].captured;
            if (captured.len > 0)
                last = captured.at[0] ^ captured.at[captured.len - 1];
        }
    }
    (void)last;
    MUST(state == SOURCE_END);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *name = in_file(data, size);
    static struct summary summary;
    const char *const names[] = { name, name };
    struct error err = { 0 };
    struct source_options options = { .paths = names,
                                      .path_count = size > 0 ? data[size - 1] % 2 + 1u : 1 };
    struct source *source = source_open(&options, &err);
    if (!source) {
        MUST(err.text[0] != '\0');
        return 0;
    }
    read_all(source);
    summary.counter_count = 0;
    source_count(source, &summary);
    source_close(source);
    return 0;
}
