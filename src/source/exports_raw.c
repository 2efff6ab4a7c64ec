// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/time.h"
#include "source/cut_private.h"
#include "source/exports_private.h"
#include "source/head_private.h"

struct raw_file {
    const char *path;
    uint32_t time_s;
    size_t place; /* as it was named */
};

struct raw_files {
    struct exports_account *account;
    const volatile int *stopping;
    struct stream stream; /* of the file that is read now */
    bool is_open;
    bool is_recognised; /* whether it is packed is known */
    bool is_last;       /* nothing comes behind the window */
    size_t next;
    size_t count;
    struct raw_file files[];
};

static const char *name_of(const struct raw_file *file)
{
    return strcmp(file->path, "-") == 0 ? "standard input" : file->path;
}

static int compare_files(const void *left, const void *right)
{
    const struct raw_file *a = left, *b = right;
    if (a->time_s != b->time_s)
        return a->time_s < b->time_s ? -1 : 1;
    return a->place < b->place ? -1 : 1;
}

static uint32_t time_of(const char *path)
{
    struct head head CLEANUP(head_wipe);
    struct error ignored; /* it is opened again, and told then */
    return head_read(path, &head, &ignored) ? cut_time_s(head_bytes(&head)) : 0;
}

struct raw_files *raw_files_open(const char *const *paths, size_t count,
                                 const volatile int *stopping, struct exports_account *account)
{
    struct raw_files *files = calloc(1, sizeof *files + count * sizeof *files->files);
    if (!files)
        return NULL;
    files->account = account;
    files->stopping = stopping;
    files->count = count;
    for (size_t i = 0; i < count; i++)
        files->files[i] = (struct raw_file){ paths[i], count > 1 ? time_of(paths[i]) : 0, i };
    qsort(files->files, count, sizeof *files->files, compare_files);
    return files;
}

static void end_file(struct raw_files *files)
{
    if (files->is_open)
        stream_close(&files->stream);
    files->is_open = false;
    files->next++;
}

void raw_files_close(struct raw_files *files)
{
    if (!files)
        return;
    end_file(files);
    free(files);
}

static void give_up(struct raw_files *files, const struct error *why)
{
    const struct raw_file *file = &files->files[files->next];
    files->account->unreadable_files++;
    (void)error_set(exports_next_trouble(files->account), 0, "%s: %s", name_of(file),
                    why->text);
    end_file(files);
}

static bool open_file(struct raw_files *files, struct error *err)
{
    const struct raw_file *file = &files->files[files->next];
    int fd = STDIN_FILENO;
    if (strcmp(file->path, "-") != 0)
        fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return error_set(err, errno, "cannot be opened");
    files->is_recognised = false;
    files->is_last = false;
    files->is_open = stream_open(&files->stream, fd, STREAM_CHUNK_MAX, err);
    return files->is_open;
}

static void tell_offset(const struct raw_files *files, uint64_t offset, const char *what)
{
    const struct raw_file *file = &files->files[files->next];
    (void)error_set(exports_next_trouble(files->account), 0, "%s: %s at offset %llu%s",
                    name_of(file), what, (unsigned long long)offset,
                    files->stream.unpack ? " of its unpacked content" : "");
}

static bool recognise(struct raw_files *files, struct error *err)
{
    struct stream *stream = &files->stream;
    if (files->is_recognised || (stream->window.left < 4 && !files->is_last))
        return true;
    files->is_recognised = true;
    enum packing packing = unpack_find(cursor_rest(&stream->window));
    if (packing == PACKING_NONE)
        return true;
    files->is_last = false;
    return stream_unpack(stream, packing, err);
}

/* Adds to the window, which must not be in use.  False when a pipe is silent. */
static bool add_more(struct raw_files *files)
{
    struct error why;
    uint64_t before = files->stream.octets;
    enum stream_state state = stream_fill(&files->stream, &why);
    files->account->octets += files->stream.octets - before;
    if (state == STREAM_NOTHING)
        return false;
    files->is_last = state == STREAM_END;
    bool is_good = state != STREAM_FAILED && recognise(files, &why);
    if (!is_good)
        give_up(files, &why);
    return true;
}

static void append(struct raw_files *files, struct bytes octets, struct message_batch *out)
{
    /* When it was received nobody wrote down: the message's own time must do. */
    out->messages[out->count++] =
        (struct export_message){ .octets = octets, .transport = MESSAGE_FILE };
    files->account->messages++;
}

/* Messages of the window, until it gives no more or the batch is full. */
static enum cut cut_window(struct raw_files *files, struct message_batch *out)
{
    struct stream *stream = &files->stream;
    enum cut cut = CUT_HUNGRY;
    while (files->is_recognised && !message_batch_is_full(out)) {
        struct bytes octets;
        uint64_t offset = stream_offset(stream);
        cut = cut_message(&stream->window, files->is_last, &octets);
        if (cut != CUT_GOOD && cut != CUT_REST)
            break;
        append(files, octets, out);
        if (cut == CUT_REST) {
            files->account->truncated_files++;
            tell_offset(files, offset, "the file ends within the message");
        }
    }
    return cut;
}

static void end_broken(struct raw_files *files)
{
    files->account->broken_files++;
    tell_offset(files, stream_offset(&files->stream),
                "neither NetFlow 5 or 9, IPFIX nor sFlow 5; the rest is not read,");
    end_file(files);
}

static void end_whole(struct raw_files *files)
{
    const struct stream *stream = &files->stream;
    if (stream->unpack && !unpack_may_end(stream->unpack)) {
        files->account->truncated_files++;
        tell_offset(files, stream_offset(stream), "its packed data ends too early,");
    }
    end_file(files);
}

static bool is_stopped(const struct raw_files *files)
{
    return files->stopping && *files->stopping;
}

enum source_state raw_files_read(struct raw_files *files, struct message_batch *out)
{
    while (files->next < files->count && !is_stopped(files)) {
        struct error why;
        if (!files->is_open && !open_file(files, &why)) {
            give_up(files, &why);
            continue;
        }
        enum cut cut = cut_window(files, out);
        if (out->count > 0)
            return SOURCE_FRAMES; /* whatever comes next moves what the batch points to */
        if (cut == CUT_BROKEN)
            end_broken(files);
        else if (files->is_last)
            end_whole(files);
        else if (!add_more(files))
            return SOURCE_IDLE;
    }
    return SOURCE_END;
}
