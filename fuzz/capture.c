// SPDX-License-Identifier: Apache-2.0
/* Both capture formats from any octets: no frame lies outside of what was given, and it makes
 * no difference in which pieces the octets come or how the frames are asked for. */
#include "base/must.h"
#include "source/capture_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct reading {
    struct bytes given;
    size_t shown;
    size_t piece; /* octets shown at a time */
    bool due;     /* ask for frames time by time */
    uint64_t frames;
    uint64_t digest;
    enum capture_step end;
    size_t left;
};

static void add_frames(struct reading *reading, const struct frame_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct frame *frame = &batch->frames[i];
        struct bytes captured = frame->captured;
        size_t offset = (size_t)(captured.at - reading->given.at);
        MUST(captured.at >= reading->given.at && offset <= reading->shown);
        MUST(captured.len <= reading->shown - offset);
        MUST(captured.len <= CAPTURE_FRAME_MAX && captured.len <= frame->wire_len);
        reading->frames++;
        reading->digest = (reading->digest + offset + captured.len) * 0x9e3779b97f4a7c15;
        reading->digest ^= (uint64_t)frame->time_ns + frame->wire_len + frame->link;
    }
}

/* False at the end of what is given. */
static bool show_more(struct reading *reading, struct cursor *window)
{
    size_t more = reading->given.len - reading->shown;
    if (more > reading->piece)
        more = reading->piece;
    reading->shown += more;
    window->left += more;
    return more > 0;
}

static void read_all(struct reading *reading)
{
    static struct capture capture;
    static struct frame_batch batch;
    memset(&capture, 0, sizeof capture);
    struct cursor window = { reading->given.at, 0, false };
    enum fault fault;
    while ((fault = capture_start(&capture, &window)) == FAULT_TRUNCATED) {
        if (!show_more(reading, &window))
            return;
    }
    if (fault != FAULT_NONE)
        return;
    int64_t until_ns = reading->due ? 0 : INT64_MAX;
    for (bool more = true; more;) {
        batch.count = 0;
        reading->end = capture_read(&capture, &window, &batch, until_ns);
        add_frames(reading, &batch);
        if (reading->end == CAPTURE_LATER) {
            MUST(capture.next_ns > until_ns);
            until_ns = capture.next_ns;
        }
        more = reading->end == CAPTURE_GOOD || reading->end == CAPTURE_LATER ||
               (reading->end == CAPTURE_HUNGRY && show_more(reading, &window));
    }
    reading->left = window.left;
    MUST(capture.counts.frames == reading->frames);
    MUST(window.at + window.left == reading->given.at + reading->given.len ||
         reading->end == CAPTURE_BROKEN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reading whole = { .given = { data, size }, .piece = size };
    read_all(&whole);
    size_t piece = size > 0 ? data[size - 1] % 64 + 1u : 1;
    struct reading pieces = { .given = { data, size }, .piece = piece, .due = true };
    read_all(&pieces);
    MUST(whole.frames == pieces.frames);
    MUST(whole.digest == pieces.digest);
    MUST(whole.end == pieces.end);
    MUST(whole.end == CAPTURE_BROKEN || whole.left == pieces.left);
    return 0;
}
