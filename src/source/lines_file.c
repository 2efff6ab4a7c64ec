// SPDX-License-Identifier: Apache-2.0
#include "source/lines_file_private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { HEAD_OCTETS = 512 };

struct error *lines_next_trouble(struct lines_account *account)
{
    if (account->trouble_count == LINES_TROUBLE_MAX)
        return &account->trouble[LINES_TROUBLE_MAX];
    return &account->trouble[account->trouble_count++];
}

static bool is_standard_input(const struct lines_file *file)
{
    return strcmp(file->path, "-") == 0;
}

static const char *name_of(const struct lines_file *file)
{
    return is_standard_input(file) ? "standard input" : file->path;
}

void lines_file_close(struct lines_file *file)
{
    if (file->state == LINES_FILE_OPEN || file->state == LINES_FILE_DRY)
        stream_close(&file->stream);
    file->state = LINES_FILE_ENDED;
}

static void give_up(struct lines_file *file, uint64_t *counter, const char *why)
{
    ++*counter;
    (void)error_set(lines_next_trouble(file->account), 0, "%s: %s", name_of(file), why);
    lines_file_close(file);
}

bool lines_file_open(struct lines_file *file)
{
    struct error why;
    int fd = is_standard_input(file) ? STDIN_FILENO
                                     : open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        (void)error_set(&why, errno, "cannot be opened");
    if (fd < 0 || !stream_open(&file->stream, fd, file->chunk, &why)) {
        file->state = LINES_FILE_ENDED;
        give_up(file, &file->account->unreadable, why.text);
        return false;
    }
    file->state = LINES_FILE_OPEN;
    file->starts = true;
    file->recognised = file->passing_over = file->was_replaced = false;
    file->number = file->searched = 0;
    return true;
}

/* Lines */

/* The last line of a file may have no end; of one that grows, its end is to come. */
static bool is_last(const struct lines_file *file)
{
    return file->state == LINES_FILE_ENDED;
}

bool lines_file_peek(struct lines_file *file, struct log_line *out)
{
    const struct cursor *window = &file->stream.window;
    if (!file->recognised || window->left == 0)
        return false;
    const uint8_t *from = window->at + file->searched;
    const uint8_t *end = memchr(from, '\n', window->left - file->searched);
    if (!end) {
        file->searched = window->left;
        return false;
    }
    file->searched = (size_t)(end - window->at);
    out->text = (struct bytes){ window->at, file->searched };
    out->number = file->number + 1;
    out->file = file->index;
    out->starts = file->starts;
    return true;
}

void lines_file_take(struct lines_file *file, const struct log_line *line)
{
    cursor_skip(&file->stream.window, line->text.len + 1);
    file->number++;
    file->searched = 0;
    file->starts = false;
}

/* Filling */

/* What is packed is unpacked, and what is no text is not read. */
static void recognise(struct lines_file *file, bool is_end)
{
    struct stream *stream = &file->stream;
    struct error why;
    if (stream->window.left < 4 && !is_end)
        return;
    struct bytes head = bytes_slice(cursor_rest(&stream->window), 0, HEAD_OCTETS);
    enum packing packing = stream->unpack ? PACKING_NONE : unpack_find(head);
    if (packing != PACKING_NONE) {
        if (!stream_unpack(stream, packing, &why))
            give_up(file, &file->account->unreadable, why.text);
        return;
    }
    file->recognised = true;
    if (head.len > 0 && memchr(head.at, 0, head.len))
        give_up(file, &file->account->unreadable, "is not a log: its first octets are no text");
}

/* A line that is too long is passed over as it comes. */
static void pass_over_long(struct lines_file *file)
{
    struct cursor *window = &file->stream.window;
    if (!file->passing_over && window->left <= LINE_OCTETS_MAX)
        return;
    const uint8_t *end = window->left > 0 ? memchr(window->at, '\n', window->left) : NULL;
    if (!file->passing_over && end && end - window->at <= LINE_OCTETS_MAX)
        return;
    file->account->overlong += !file->passing_over;
    file->passing_over = end == NULL;
    file->number += end != NULL;
    cursor_skip(window, end ? (size_t)(end - window->at) + 1 : window->left);
    file->searched = 0;
}

/* Whether the file was cut shorter, or another one took its name. */
static bool is_replaced(const struct lines_file *file)
{
    struct stat now;
    const struct stat *then = &file->stream.status;
    if (fstat(file->stream.fd, &now) == 0 && (uint64_t)now.st_size < file->stream.octets)
        return true;
    if (is_standard_input(file) || stat(file->path, &now) != 0)
        return false;
    return now.st_ino != then->st_ino || now.st_dev != then->st_dev;
}

static void end_of_growing(struct lines_file *file)
{
    file->state = LINES_FILE_DRY;
    if (!is_replaced(file)) {
        file->was_replaced = false;
        return;
    }
    if (!file->was_replaced) { /* something may have been written just before */
        file->was_replaced = true;
        file->state = LINES_FILE_OPEN;
        return;
    }
    file->account->reopened++;
    file->before = file->stream.status;
    lines_file_close(file);
    (void)lines_file_open(file);
}

/* The last line of a file that does not grow gets the end it lacks. */
static bool end_last_line(struct stream *stream)
{
    struct cursor *window = &stream->window;
    if (window->left == 0)
        return false;
    stream->buffer[window->left++] = '\n'; /* stream_fill left a chunk of room */
    return true;
}

static void end_of_file(struct lines_file *file)
{
    struct stream *stream = &file->stream;
    if (file->follow && !is_standard_input(file)) {
        end_of_growing(file);
        return;
    }
    if (!file->recognised)
        recognise(file, true);
    if (is_last(file))
        return;
    if (end_last_line(stream))
        return;
    if (stream->unpack && !unpack_may_end(stream->unpack)) {
        file->account->cut++;
        (void)error_set(lines_next_trouble(file->account), 0,
                        "%s: ends within its packed data; everything before it was read",
                        name_of(file));
    }
    lines_file_close(file);
}

void lines_file_fill(struct lines_file *file)
{
    struct error why;
    struct stream *stream = &file->stream;
    uint64_t before = stream->octets;
    enum stream_state state = stream_fill(stream, &why);
    file->account->octets += stream->octets - before;
    file->state = LINES_FILE_OPEN;
    if (state == STREAM_FAILED) {
        give_up(file, &file->account->broken, why.text);
        return;
    }
    if (state == STREAM_NOTHING) {
        file->state = LINES_FILE_DRY;
        return;
    }
    if (state == STREAM_END) {
        end_of_file(file);
        return;
    }
    if (!file->recognised)
        recognise(file, false);
    if (file->state == LINES_FILE_OPEN && file->recognised)
        pass_over_long(file);
}
