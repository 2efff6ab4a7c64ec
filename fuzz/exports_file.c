// SPDX-License-Identifier: Apache-2.0
/* A whole file of any octets, plain, packed or a capture: it is refused in words, or read to
 * its end as messages that lie within their buffers and are no longer than a message can be. */
#include "in_file.h"

#include "source/exports.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(struct exports *exports)
{
    static struct message_batch batch;
    struct error err;
    volatile uint8_t last = 0; /* so that a message outside of its buffer is seen */
    enum source_state state;
    while ((state = exports_read(exports, &batch, &err)) == SOURCE_FRAMES) {
        MUST(batch.count > 0 && batch.count <= MESSAGE_BATCH_MAX);
        for (size_t i = 0; i < batch.count; i++) {
            struct bytes octets = batch.messages[i].octets;
            MUST(octets.len <= MESSAGE_OCTETS_MAX);
            MUST((octets.len == 0) == batch.messages[i].is_end);
            for (size_t at = 0; at < octets.len; at++)
                last ^= octets.at[at];
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
    struct exports_options options = { .paths = names,
                                       .path_count = size > 0 ? data[size - 1] % 2 + 1u : 1 };
    struct exports *exports = exports_open(&options, &err);
    if (!exports) {
        MUST(err.text[0] != '\0');
        return 0;
    }
    read_all(exports);
    summary.counter_count = 0;
    exports_count(exports, &summary);
    exports_close(exports);
    return 0;
}
