// SPDX-License-Identifier: Apache-2.0
/* Where frames come from: pcap and pcapng files of either byte order, plain, gzip or zstd,
 * standard input, several files merged by time, and a file that still grows.  The only
 * pipeline stage that touches the outside.
 *
 * What a file is, its content tells and not its name.  Of up to 1024 files only those are open
 * whose frames are due, at most 256.  An open file takes up to 2 MiB, less when there are
 * many, and for zstd the window it asks for, up to 128 MiB. */
#pragma once

#include "base/error.h"
#include "model/frame.h"
#include "model/summary.h"

struct source;

struct source_options {
    const char *const *paths; /* "-" is standard input; at least one */
    size_t path_count;
    /* Wait for more at the end of the (only) file.  It may be empty or end within a packet
     * for now, and be packed; one that is replaced or cut shorter is read from its start. */
    bool follow;
    const volatile int *stopping; /* set from a signal handler: end cleanly; may be NULL */
};

enum source_state { SOURCE_FRAMES, SOURCE_IDLE, SOURCE_END, SOURCE_FAILED };

/* NULL and *err when a file cannot be opened or is not a capture: the message names the file,
 * what it is instead if we can tell, and what to do. */
MUST_CHECK struct source *source_open(const struct source_options *options, struct error *err);
void source_close(struct source *source);

/* The next frames, in the order of their time over all files as far as each file is in order.
 * Their bytes live until the next call.  SOURCE_IDLE: following, nothing new came within
 * 200 ms.  A file that ends within a packet, or whose structure breaks, is counted with its
 * offset (source_count, source_trouble) and the rest of the files go on.  SOURCE_FAILED and
 * *err: more files overlap in time than can be open. */
MUST_CHECK enum source_state source_read(struct source *source, struct frame_batch *out,
                                         struct error *err);

struct source_progress {
    uint64_t octets;       /* of the files as they lie on disk, read so far */
    uint64_t octets_total; /* 0 when unknown (standard input) */
};
struct source_progress source_progress(const struct source *source);

/* Counters under the stage "source": truncated files, bad blocks, frames longer than their
 * limit, unknown interfaces ... */
void source_count(const struct source *source, struct summary *summary);

/* What was wrong with files, in words with file and offset, for standard error: entry i, or
 * NULL past the last.  At most 32 are kept. */
const char *source_trouble(const struct source *source, size_t i);
