// SPDX-License-Identifier: Apache-2.0
#include "source/input_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "source/foreign_private.h"

enum { MAGIC_OCTETS = 4 };

static bool is_standard_input(const struct input *input)
{
    return strcmp(input->path, "-") == 0;
}

static const char *name_of(const struct input *input)
{
    return is_standard_input(input) ? "standard input" : input->path;
}

static bool is_regular(const struct input *input)
{
    return S_ISREG(input->stream.status.st_mode);
}

static struct error *next_trouble(struct input_account *account)
{
    if (account->trouble_count == SOURCE_TROUBLE_MAX)
        return &account->trouble[SOURCE_TROUBLE_MAX];
    return &account->trouble[account->trouble_count++];
}

/* Opening */

static bool refuse_kind(const struct input *input, mode_t mode, struct error *err)
{
    if (S_ISDIR(mode))
        return error_set(err, 0, "%s: is a directory: name the capture files in it",
                         name_of(input));
    if (S_ISSOCK(mode))
        return error_set(err, 0, "%s: is a socket: name a capture file", name_of(input));
    if (S_ISCHR(mode) && is_standard_input(input) && isatty(STDIN_FILENO))
        return error_set(err, 0, "standard input is a terminal: give a capture by a pipe");
    return true;
}

static bool open_stream(struct input *input, struct error *err)
{
    struct stat status;
    int fd = STDIN_FILENO;
    if (!is_standard_input(input)) {
        if (stat(input->path, &status) == 0 && !refuse_kind(input, status.st_mode, err))
            return false;
        fd = open(input->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    } else if (fstat(fd, &status) == 0 && !refuse_kind(input, status.st_mode, err)) {
        return false;
    }
    if (fd < 0)
        return error_set(err, errno, "%s: cannot be opened", name_of(input));
    struct error why;
    if (!stream_open(&input->stream, fd, input->options.chunk, &why))
        return error_set(err, 0, "%s: %s", name_of(input), why.text);
    input->capture = calloc(1, sizeof *input->capture);
    if (!input->capture) {
        stream_close(&input->stream);
        return error_set(err, ENOMEM, "%s: cannot be opened", name_of(input));
    }
    input->recognised = false;
    return true;
}

static bool refuse_content(const struct input *input, struct error *err)
{
    return error_set(err, 0,
                     "%s: is not a capture file: %s; give pcap or pcapng, as tcpdump -w and "
                     "Wireshark write them, plain or packed with gzip or zstd",
                     name_of(input), foreign_describe(cursor_rest(&input->stream.window)));
}

/* Sets recognised once it is known what the file is; until then more of it is needed. */
static bool recognise(struct input *input, struct error *err)
{
    struct stream *stream = &input->stream;
    if (stream->window.left < MAGIC_OCTETS)
        return true;
    enum packing packing = PACKING_NONE;
    if (!stream->unpack)
        packing = unpack_find(cursor_rest(&stream->window));
    struct error why;
    if (packing != PACKING_NONE)
        return stream_unpack(stream, packing, &why) ||
               error_set(err, 0, "%s: %s", name_of(input), why.text);

    enum fault fault = capture_start(input->capture, &stream->window);
    input->recognised = fault == FAULT_NONE;
    if (fault == FAULT_VERSION)
        return error_set(err, 0,
                         "%s: is a pcap file of a version other than 2.4: "
                         "convert it with `editcap -F pcap`",
                         name_of(input));
    return fault == FAULT_NONE || fault == FAULT_TRUNCATED || refuse_content(input, err);
}

static bool refuse_short(const struct input *input, struct error *err)
{
    const struct stream *stream = &input->stream;
    if (stream->octets == 0)
        return error_set(err, 0, "%s: is empty: was the capture stopped before it began?",
                         name_of(input));
    if (stream->unpack && !unpack_may_end(stream->unpack))
        return error_set(err, 0, "%s: ends within its packed data", name_of(input));
    if (stream->unpack && stream->window.left == 0)
        return error_set(err, 0, "%s: is packed, but there is nothing in it", name_of(input));
    struct cursor head = stream->window;
    if (head.left >= MAGIC_OCTETS && capture_start(input->capture, &head) == FAULT_TRUNCATED)
        return error_set(err, 0, "%s: ends within the header of a capture file",
                         name_of(input));
    return refuse_content(input, err);
}

static enum stream_state fill(struct input *input, struct error *err)
{
    uint64_t before = input->stream.octets;
    enum stream_state state = stream_fill(&input->stream, err);
    input->account->octets += input->stream.octets - before;
    return state;
}

/* Reads until it is known what the file is; one that is followed may be too short for now. */
static bool read_head(struct input *input, struct error *err)
{
    struct error why;
    while (recognise(input, err)) {
        if (input->recognised)
            return true;
        enum stream_state state = fill(input, &why);
        if (state == STREAM_FAILED)
            return error_set(err, 0, "%s: %s", name_of(input), why.text);
        if (state != STREAM_MORE && input->options.follow)
            return true;
        if (state == STREAM_END)
            return refuse_short(input, err);
        if (input->options.stopping && *input->options.stopping)
            return error_set(err, 0, "%s: stopped before anything came", name_of(input));
    }
    return false;
}

bool input_open(struct input *input, const char *path, const struct input_options *options,
                struct input_account *account, struct error *err)
{
    *input = (struct input){
        .path = path, .options = *options, .account = account, .key_ns = INT64_MIN
    };
    input->stream.fd = -1;
    if (!open_stream(input, err))
        return false;
    if (is_regular(input) && !options->follow)
        input->size = (uint64_t)input->stream.status.st_size;
    return read_head(input, err);
}

/* Closing */

static void add_counts(struct capture_counts *sum, const struct capture_counts *counts)
{
    sum->frames += counts->frames;
    sum->backwards += counts->backwards;
    sum->longer_than_wire += counts->longer_than_wire;
    sum->unknown_interface += counts->unknown_interface;
    sum->no_time += counts->no_time;
    sum->bad_interfaces += counts->bad_interfaces;
    sum->bad_options += counts->bad_options;
    for (size_t i = 0; i < CAPTURE_BLOCK_KINDS; i++)
        sum->blocks[i] += counts->blocks[i];
}

void input_count(const struct input *input, struct capture_counts *sum)
{
    if (input->capture)
        add_counts(sum, &input->capture->counts);
}

static void release(struct input *input)
{
    free(input->capture);
    input->capture = NULL;
    stream_close(&input->stream);
}

void input_close(struct input *input)
{
    input_count(input, &input->account->counts);
    release(input);
    input->ended = true;
}

/* Reading */

static enum input_state end_broken(struct input *input, const char *why)
{
    input->account->broken++;
    (void)error_set(next_trouble(input->account), 0,
                    "%s: broken at offset %llu%s: %s; the rest of it is not read",
                    name_of(input), (unsigned long long)stream_offset(&input->stream),
                    input->stream.unpack ? " of its unpacked content" : "", why);
    input_close(input);
    return INPUT_END;
}

/* With a sentence that names the file. */
static enum input_state end_unreadable(struct input *input, const struct error *why)
{
    input->account->unreadable++;
    *next_trouble(input->account) = *why;
    input_close(input);
    return INPUT_END;
}

static enum input_state end_failed(struct input *input, const struct error *why)
{
    struct error named;
    if (why->code == 0) /* damaged, not unreadable */
        return end_broken(input, why->text);
    (void)error_set(&named, 0, "%s: %s", name_of(input), why->text);
    return end_unreadable(input, &named);
}

/* A file may end between records only. */
static void check_end(struct input *input)
{
    const struct stream *stream = &input->stream;
    bool packed_whole = !stream->unpack || unpack_may_end(stream->unpack);
    if (packed_whole && stream->window.left == 0 && input->capture->skip == 0)
        return;
    input->account->truncated++;
    (void)error_set(next_trouble(input->account), 0,
                    "%s: is cut off within the record at offset %llu%s; everything before "
                    "it was read",
                    name_of(input), (unsigned long long)stream_offset(stream),
                    stream->unpack ? " of its unpacked content" : "");
}

/* Whether the growing file was cut shorter or another one took its name (rotation). */
static bool was_replaced(const struct input *input)
{
    struct stat now;
    const struct stat *then = &input->stream.status;
    if (fstat(input->stream.fd, &now) == 0 && (uint64_t)now.st_size < input->stream.octets)
        return true;
    if (is_standard_input(input) || stat(input->path, &now) != 0)
        return false;
    return now.st_ino != then->st_ino || now.st_dev != then->st_dev;
}

static enum input_state open_again(struct input *input)
{
    struct error why;
    struct input fresh;
    check_end(input);
    input_close(input);
    input->account->reopened++;
    (void)error_set(next_trouble(input->account), 0,
                    "%s: was replaced or cut shorter while it grew; read again from its start",
                    name_of(input));
    bool opened = input_open(&fresh, input->path, &input->options, input->account, &why);
    *input = fresh;
    return opened ? INPUT_DRY : end_unreadable(input, &why);
}

/* INPUT_DRY when there is more to look at. */
static enum input_state add_more(struct input *input)
{
    struct error why;
    enum stream_state state = fill(input, &why);
    if (state == STREAM_END && input->options.follow && is_regular(input)) {
        if (!was_replaced(input)) {
            (void)poll(NULL, 0, STREAM_WAIT_MS);
            return INPUT_WAITING;
        }
        /* Something may have been written just before it was replaced. */
        state = fill(input, &why);
        if (state == STREAM_END)
            return open_again(input);
    }
    if (state == STREAM_NOTHING)
        return INPUT_WAITING;
    if (state == STREAM_FAILED)
        return end_failed(input, &why);
    if (state == STREAM_END) {
        check_end(input);
        input_close(input);
        return INPUT_END;
    }
    if (!input->recognised && !recognise(input, &why))
        return end_unreadable(input, &why);
    return INPUT_DRY;
}

enum input_state input_read(struct input *input, struct frame_batch *out, int64_t until_ns)
{
    for (;;) {
        enum capture_step step = CAPTURE_HUNGRY;
        if (input->recognised)
            step = capture_read(input->capture, &input->stream.window, out, until_ns);
        if (step == CAPTURE_GOOD)
            return INPUT_FULL;
        if (step == CAPTURE_LATER) {
            input->key_ns = input->capture->next_ns;
            return INPUT_LATER;
        }
        if (out->count > 0)
            return INPUT_DRY; /* whatever comes next moves what the batch points to */
        enum input_state state = step == CAPTURE_BROKEN
                                     ? end_broken(input, input->capture->broken_by)
                                     : add_more(input);
        if (state != INPUT_DRY)
            return state;
    }
}

/* Sleeping */

void input_sleep(struct input *input, struct frame_batch *scratch)
{
    if (!is_regular(input) || is_standard_input(input)) /* whose start does not come again */
        return;
    scratch->count = 0;
    if (input_read(input, scratch, INT64_MIN) == INPUT_END)
        return;
    /* It is read from its start when it wakes: nothing of it counts yet. */
    input->account->octets -= input->stream.octets;
    release(input);
}

bool input_wake(struct input *input, struct error *err)
{
    return open_stream(input, err) && read_head(input, err);
}

void input_give_up(struct input *input, const struct error *why)
{
    (void)end_unreadable(input, why);
}
