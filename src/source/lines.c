// SPDX-License-Identifier: Apache-2.0
/* Files of one group are read together in the order of the times in their lines, connections
 * five minutes behind the rest, so that what other logs say of a connection is there when its
 * line comes.  A line without a time we see at a glance goes with the line before it. */
#include "source/lines.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "source/lines_file_private.h"
#include "source/lines_names_private.h"

#define CONNECTIONS_BEHIND_NS (5 * 60 * TIME_SECOND_NS)
#define FOLDER_LOOK_NS (2 * TIME_SECOND_NS)

enum { CHUNKS_OCTETS = 32 * 1024 * 1024, GLANCE_OCTETS = 96 };

struct lines {
    struct lines_options options;
    struct lines_names names;
    struct lines_file files[LOG_FILES_MAX];
    size_t count;
    size_t first; /* of the current group */
    size_t last;  /* past its last file */
    uint64_t octets_total;
    unsigned idle; /* rounds since a folder was looked at */
    struct lines_account account;
};

static size_t chunk_of(size_t files)
{
    size_t share = CHUNKS_OCTETS / files;
    if (share > STREAM_CHUNK_MAX)
        return STREAM_CHUNK_MAX;
    return share < STREAM_CHUNK_MIN ? STREAM_CHUNK_MIN : share;
}

static void prepare_file(struct lines *lines, size_t i, size_t chunk)
{
    const struct lines_name *name = &lines->names.names[i];
    struct stat status;
    lines->files[i] = (struct lines_file){
        .path = name->path,
        .account = &lines->account,
        .chunk = chunk,
        .time_ns = INT64_MIN / 2,
        .ahead_ns = name->is_connections ? CONNECTIONS_BEHIND_NS : 0,
        .group = name->group,
        .index = (uint16_t)i,
        .follow = lines->options.follow,
    };
    if (strcmp(name->path, "-") != 0 && stat(name->path, &status) == 0)
        lines->octets_total += (uint64_t)status.st_size;
}

struct lines *lines_open(const struct lines_options *options, struct error *err)
{
    struct lines *lines = calloc(1, sizeof *lines);
    if (!lines) {
        (void)error_set(err, ENOMEM, "logs cannot be read");
        return NULL;
    }
    lines->options = *options;
    for (size_t i = 0; i < options->path_count; i++) {
        if (!lines_names_add(&lines->names, options->paths[i], options->follow, err)) {
            lines_close(lines);
            return NULL;
        }
    }
    lines_names_order(&lines->names, options->follow);
    lines->count = lines->names.count;
    for (size_t i = 0; i < lines->count; i++)
        prepare_file(lines, i, chunk_of(lines->count));
    return lines;
}

void lines_close(struct lines *lines)
{
    if (!lines)
        return;
    for (size_t i = 0; i < lines->count; i++)
        lines_file_close(&lines->files[i]);
    lines_names_free(&lines->names);
    free(lines);
}

/* Groups */

static bool is_file(const struct stat *known, const struct stat *now)
{
    return known->st_ino == now->st_ino && known->st_dev == now->st_dev;
}

/* A name that appeared may be that of a file we have read under another: rotation. */
static bool is_new_file(const struct lines *lines, const char *path)
{
    struct stat now;
    if (stat(path, &now) != 0)
        return false;
    for (size_t i = 0; i < lines->count; i++) {
        const struct lines_file *file = &lines->files[i];
        if (is_file(&file->before, &now) || is_file(&file->stream.status, &now))
            return false;
    }
    return true;
}

/* New logs in folders that are followed. */
static void look_into_folders(struct lines *lines)
{
    struct error why;
    for (size_t i = 0; i < lines->options.path_count; i++) {
        if (!lines_names_add(&lines->names, lines->options.paths[i], true, &why))
            continue; /* a file that is rotated just now, or a folder that is full */
    }
    for (; lines->count < lines->names.count; lines->count++) {
        size_t i = lines->count;
        prepare_file(lines, i, STREAM_CHUNK_MIN);
        if (is_new_file(lines, lines->files[i].path))
            (void)lines_file_open(&lines->files[i]);
        else
            lines->files[i].state = LINES_FILE_ENDED;
    }
    lines->last = lines->count;
}

/* False when there is none. */
static bool open_group(struct lines *lines)
{
    lines->first = lines->last;
    if (lines->first == lines->count)
        return false;
    uint32_t group = lines->files[lines->first].group;
    while (lines->last < lines->count && lines->files[lines->last].group == group)
        (void)lines_file_open(&lines->files[lines->last++]);
    return true;
}

/* Order */

/* Digits and decimals at the front, in seconds: the first column of Zeek. */
static bool read_seconds(struct bytes text, int64_t *out_ns)
{
    uint64_t seconds = 0;
    size_t digits = 0;
    for (; digits < text.len && digits < 10; digits++) {
        if (text.at[digits] < '0' || text.at[digits] > '9')
            break;
        seconds = seconds * 10 + (uint64_t)(text.at[digits] - '0');
    }
    if (digits < 9 || digits == text.len || text.at[digits] != '.')
        return false;
    *out_ns = (int64_t)seconds * TIME_SECOND_NS;
    return true;
}

static void glance_at_time(struct lines_file *file, struct bytes line)
{
    struct bytes glance = bytes_slice(line, 0, GLANCE_OCTETS);
    int64_t time_ns = 0;
    if (glance.len > 0 && glance.at[0] == '{') {
        const uint8_t *name = memmem(glance.at, glance.len, "\"ts\":", 5);
        if (!name)
            return;
        glance = bytes_slice(line, (size_t)(name - line.at) + 5, 24);
    }
    if (read_seconds(glance, &time_ns) && time_ns > file->time_ns)
        file->time_ns = time_ns;
}

static int64_t key_of(const struct lines_file *file)
{
    return file->time_ns + file->ahead_ns;
}

/* Fills a window that has no whole line, unless lines of it are in the batch. */
static bool has_line(struct lines_file *file, bool may_fill, struct log_line *line)
{
    while (file->state == LINES_FILE_OPEN || file->state == LINES_FILE_DRY) {
        if (lines_file_peek(file, line))
            return true;
        if (!may_fill)
            return false;
        lines_file_fill(file);
        if (file->state == LINES_FILE_DRY)
            return false;
    }
    return false;
}

struct turn {
    struct lines_file *file; /* NULL when no file has a line */
    struct log_line line;
    int64_t until_ns; /* another's turn comes then */
};

/* The file whose next line is the earliest. */
static struct turn next_turn(struct lines *lines, bool may_fill)
{
    struct turn turn = { .until_ns = INT64_MAX };
    bool is_alone = lines->last - lines->first == 1;
    for (size_t i = lines->first; i < lines->last; i++) {
        struct lines_file *file = &lines->files[i];
        struct log_line line;
        if (!has_line(file, may_fill, &line)) {
            if (!may_fill && file->state == LINES_FILE_OPEN)
                return (struct turn){ .file = NULL }; /* give the batch away first */
            continue;
        }
        if (!is_alone)
            glance_at_time(file, line.text);
        if (turn.file && key_of(file) >= key_of(turn.file)) {
            if (key_of(file) < turn.until_ns)
                turn.until_ns = key_of(file);
            continue;
        }
        if (turn.file)
            turn.until_ns = key_of(turn.file);
        turn.file = file;
        turn.line = line;
    }
    return turn;
}

static void give(struct lines *lines, struct lines_file *file, const struct log_line *line,
                 struct line_batch *out)
{
    if (line->text.len > LINE_OCTETS_MAX) {
        lines->account.overlong++;
    } else {
        out->lines[out->count++] = *line;
        lines->account.lines++;
    }
    lines_file_take(file, line);
}

static void run_turn(struct lines *lines, struct turn *turn, struct line_batch *out)
{
    struct lines_file *file = turn->file;
    bool is_alone = lines->last - lines->first == 1;
    do {
        give(lines, file, &turn->line, out);
        if (out->count == LINE_BATCH_MAX || !lines_file_peek(file, &turn->line))
            return;
        if (!is_alone)
            glance_at_time(file, turn->line.text);
    } while (key_of(file) <= turn->until_ns);
}

static bool is_over(const struct lines *lines)
{
    for (size_t i = lines->first; i < lines->last; i++) {
        if (lines->files[i].state != LINES_FILE_ENDED)
            return false;
    }
    return true;
}

static enum source_state wait_for_more(struct lines *lines)
{
    if (!lines->options.follow)
        return SOURCE_IDLE; /* a pipe that is silent; it was waited for */
    (void)poll(NULL, 0, STREAM_WAIT_MS);
    if (++lines->idle >= FOLDER_LOOK_NS / (STREAM_WAIT_MS * TIME_MILLISECOND_NS)) {
        lines->idle = 0;
        look_into_folders(lines);
    }
    return SOURCE_IDLE;
}

enum source_state lines_read(struct lines *lines, struct line_batch *out, struct error *err)
{
    (void)err;
    out->count = 0;
    if (lines->options.stopping && *lines->options.stopping)
        return SOURCE_END;
    while (out->count < LINE_BATCH_MAX) {
        struct turn turn = next_turn(lines, out->count == 0);
        if (turn.file) {
            run_turn(lines, &turn, out);
            continue;
        }
        if (out->count > 0)
            break;
        if (!is_over(lines) || (lines->options.follow && lines->last == lines->count &&
                                lines->last > lines->first))
            return wait_for_more(lines);
        if (!open_group(lines))
            return lines->options.follow ? wait_for_more(lines) : SOURCE_END;
    }
    return SOURCE_FRAMES;
}

struct source_progress lines_progress(const struct lines *lines)
{
    return (struct source_progress){ lines->account.octets, lines->octets_total };
}

void lines_count(const struct lines *lines, struct summary *summary)
{
    const struct lines_account *account = &lines->account;
    summary_count(summary, "source", "read", "lines", account->lines);
    summary_count(summary, "source", "overlong", "lines", account->overlong);
    summary_count(summary, "source", "truncated", "files", account->cut);
    summary_count(summary, "source", "broken", "files", account->broken);
    summary_count(summary, "source", "unreadable", "files", account->unreadable);
    summary_count(summary, "source", "reopened", "files", account->reopened);
}

const char *lines_trouble(const struct lines *lines, size_t i)
{
    return i < lines->account.trouble_count ? lines->account.trouble[i].text : NULL;
}

const char *lines_path(const struct lines *lines, uint16_t file)
{
    return file < lines->count ? lines->files[file].path : NULL;
}
