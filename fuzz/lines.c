// SPDX-License-Identifier: Apache-2.0
/* A whole file of any octets, plain or packed, read as lines: each lies within its buffer, has
 * no end in it, and all are numbered; of a plain file every line is given or was too long. */
#include "in_file.h"

#include "source/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(struct lines *lines)
{
    static struct line_batch batch;
    struct error err;
    enum source_state state;
    uint64_t number = 0;
    volatile uint8_t touched = 0; /* so that a line outside of its buffer is seen */
    while ((state = lines_read(lines, &batch, &err)) == SOURCE_FRAMES) {
        MUST(batch.count > 0 && batch.count <= LINE_BATCH_MAX);
        for (size_t i = 0; i < batch.count; i++) {
            const struct log_line *line = &batch.lines[i];
            MUST(line->text.len <= LINE_OCTETS_MAX && line->file == 0);
            MUST(line->number > number && (number == 0 || !line->starts));
            MUST(memchr(line->text.at, '\n', line->text.len) == NULL);
            for (size_t at = 0; at < line->text.len; at++)
                touched = (uint8_t)(touched ^ line->text.at[at]);
            number = line->number;
        }
    }
    MUST(state == SOURCE_END);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct summary summary;
    const char *name = in_file(data, size);
    const char *const names[] = { name };
    struct lines_options options = { .paths = names, .path_count = 1 };
    struct error err = { 0 };
    struct lines *lines = lines_open(&options, &err);
    MUST(lines);
    read_all(lines);
    summary.counter_count = 0;
    lines_count(lines, &summary);
    lines_close(lines);
    return 0;
}
