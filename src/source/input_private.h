// SPDX-License-Identifier: Apache-2.0
/* One capture file as it is read: opened, recognised, unpacked, followed while it grows, and
 * put to sleep while its frames are not due. */
#pragma once

#include "source/capture_private.h"
#include "source/stream_private.h"

enum { SOURCE_TROUBLE_MAX = 32 };

/* What all files of a source add to. */
struct input_account {
    struct capture_counts counts;
    uint64_t octets; /* as they lie on disk */
    uint64_t truncated;
    uint64_t broken;
    uint64_t unreadable;
    uint64_t reopened;
    size_t trouble_count;
    struct error trouble[SOURCE_TROUBLE_MAX + 1]; /* the last is overwritten, never shown */
};

struct input_options {
    bool follow;
    size_t chunk; /* octets of one read */
    const volatile int *stopping;
};

enum input_state {
    INPUT_FULL,    /* the batch takes no more */
    INPUT_LATER,   /* the next frame is later than asked: key_ns */
    INPUT_DRY,     /* nothing more without moving what the batch points to */
    INPUT_WAITING, /* nothing came for a while */
    INPUT_END,
};

struct input {
    const char *path; /* "-" is standard input */
    struct input_options options;
    struct input_account *account;
    struct stream stream;
    struct capture *capture; /* NULL while asleep, and at the end */
    bool recognised;
    bool ended;
    uint64_t size;  /* on disk when it was opened, 0 when unknown or growing */
    int64_t key_ns; /* no frame to come is earlier, as far as the file is in order */
};

/* Opens and recognises.  False and *err when it is not a capture; a file that is followed may
 * still be too short to tell. */
MUST_CHECK bool input_open(struct input *input, const char *path,
                           const struct input_options *options, struct input_account *account,
                           struct error *err);
void input_close(struct input *input);

MUST_CHECK enum input_state input_read(struct input *input, struct frame_batch *out,
                                       int64_t until_ns);

/* Learns when a file on disk begins (key_ns) and closes it until it is due; a pipe and standard
 * input stay as they are.  What is in scratch is overwritten. */
void input_sleep(struct input *input, struct frame_batch *scratch);
MUST_CHECK bool input_wake(struct input *input, struct error *err);
/* Tells why as trouble of the file and ends it. */
void input_give_up(struct input *input, const struct error *why);

static inline bool input_is_asleep(const struct input *input)
{
    return !input->ended && input->capture == NULL;
}

/* Adds what an open file counted so far; when it is closed its account has it. */
void input_count(const struct input *input, struct capture_counts *sum);
