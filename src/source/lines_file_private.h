// SPDX-License-Identifier: Apache-2.0
/* One file of logs as it is read: opened when its turn comes, unpacked, cut into lines, and
 * followed while it grows and is rotated. */
#pragma once

#include "model/line.h"
#include "source/stream_private.h"

enum { LINES_TROUBLE_MAX = 32 };

/* What all files add to. */
struct lines_account {
    uint64_t octets; /* as they lie on disk */
    uint64_t lines;
    uint64_t overlong;
    uint64_t cut;        /* files that end within packed data */
    uint64_t broken;     /* damaged packed data */
    uint64_t unreadable; /* could not be opened, or hold no text */
    uint64_t reopened;
    size_t trouble_count;
    struct error trouble[LINES_TROUBLE_MAX + 1]; /* the last is overwritten, never shown */
};

enum lines_file_state {
    LINES_FILE_CLOSED, /* its turn has not come */
    LINES_FILE_OPEN,
    LINES_FILE_DRY, /* open, followed, and nothing new */
    LINES_FILE_ENDED
};

struct lines_file {
    const char *path; /* "-" is standard input; owned by the set of files */
    struct lines_account *account;
    struct stream stream;
    size_t chunk;
    struct stat before; /* what was read before it was replaced; all 0 when nothing was */
    uint64_t number;    /* of the last line given */
    size_t searched;    /* octets of the window known to hold no line end */
    int64_t time_ns;    /* latest time that its lines have told */
    int64_t ahead_ns;   /* added to it: connections are logged when they end */
    uint32_t group;     /* read together with those of the same group */
    uint16_t index;
    bool follow;
    bool starts;       /* the next line is the first */
    bool recognised;   /* not packed, or unpacked; and text */
    bool passing_over; /* within a line that is too long */
    bool was_replaced; /* seen, and to be read to its end first */
    enum lines_file_state state;
};

/* False when it cannot be opened: that is told as trouble, and the file has ended. */
bool lines_file_open(struct lines_file *file);
void lines_file_close(struct lines_file *file);

/* The next whole line, if the window holds one.  It is not taken yet. */
MUST_CHECK bool lines_file_peek(struct lines_file *file, struct log_line *out);
/* Takes the line that was shown. */
void lines_file_take(struct lines_file *file, const struct log_line *line);
/* Reads more; what was shown of this file before is gone.  The state tells what came of it. */
void lines_file_fill(struct lines_file *file);

struct error *lines_next_trouble(struct lines_account *account);
