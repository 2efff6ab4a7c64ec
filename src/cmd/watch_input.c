// SPDX-License-Identifier: Apache-2.0
#include "cmd/watch_input.h"

#include "source/exports.h"
#include "source/kind.h"
#include "source/lines.h"
#include "source/live.h"

struct input_kind {
    enum pipeline_input feeds;
    void *(*open)(const struct watch_options *options, const volatile int *stopping,
                  struct error *err);
    void (*close)(void *source);
    enum source_state (*run)(void *source, struct workers *workers, uint64_t *units,
                             struct error *err);
    struct source_progress (*progress)(const void *source); /* NULL: no end is known */
    void (*count)(const void *source, struct summary *summary);
    const char *(*trouble)(const void *source, size_t i);
};

static void *captures_open(const struct watch_options *options, const volatile int *stopping,
                           struct error *err)
{
    struct source_options source = { .paths = options->paths,
                                     .path_count = options->path_count,
                                     .follow = options->follow,
                                     .stopping = stopping };
    return source_open(&source, err);
}

static void captures_close(void *source)
{
    source_close(source);
}

static enum source_state captures_run(void *source, struct workers *workers, uint64_t *units,
                                      struct error *err)
{
    static struct frame_batch frames;
    enum source_state state = source_read(source, &frames, err);
    if (state != SOURCE_FRAMES)
        return state;
    workers_run_frames(workers, &frames);
    *units += frames.count;
    return state;
}

static struct source_progress captures_progress(const void *source)
{
    return source_progress(source);
}

static void captures_count(const void *source, struct summary *summary)
{
    source_count(source, summary);
}

static const char *captures_trouble(const void *source, size_t i)
{
    return source_trouble(source, i);
}

static void *interfaces_open(const struct watch_options *options, const volatile int *stopping,
                             struct error *err)
{
    struct live_options live = { .interfaces = options->interfaces,
                                 .interface_count = options->interface_count,
                                 .promiscuous = true,
                                 .stopping = stopping };
    return live_open(&live, err);
}

static void interfaces_close(void *source)
{
    live_close(source);
}

static enum source_state interfaces_run(void *source, struct workers *workers, uint64_t *units,
                                        struct error *err)
{
    static struct frame_batch frames;
    enum source_state state = live_read(source, &frames, err);
    if (state != SOURCE_FRAMES)
        return state;
    workers_run_frames(workers, &frames);
    *units += frames.count;
    return state;
}

static void interfaces_count(const void *source, struct summary *summary)
{
    live_count(source, summary);
}

static const char *interfaces_trouble(const void *source, size_t i)
{
    return live_trouble(source, i);
}

static void *exporters_open(const struct watch_options *options, const volatile int *stopping,
                            struct error *err)
{
    struct exports_options exports = { .paths = options->paths,
                                       .path_count = options->path_count,
                                       .listen = options->listen,
                                       .listen_count = options->listen_count,
                                       .certificate = options->tls_certificate,
                                       .key = options->tls_key,
                                       .authority = options->tls_authority,
                                       .stopping = stopping };
    return exports_open(&exports, err);
}

static void exporters_close(void *source)
{
    exports_close(source);
}

static enum source_state exporters_run(void *source, struct workers *workers, uint64_t *units,
                                       struct error *err)
{
    static struct message_batch messages;
    enum source_state state = exports_read(source, &messages, err);
    if (state != SOURCE_FRAMES)
        return state;
    workers_run_messages(workers, &messages);
    *units += messages.count;
    return state;
}

static struct source_progress exporters_progress(const void *source)
{
    return exports_progress(source);
}

static void exporters_count(const void *source, struct summary *summary)
{
    exports_count(source, summary);
}

static const char *exporters_trouble(const void *source, size_t i)
{
    return exports_trouble(source, i);
}

static void *logs_open(const struct watch_options *options, const volatile int *stopping,
                       struct error *err)
{
    struct lines_options lines = { .paths = options->paths,
                                   .path_count = options->path_count,
                                   .follow = options->follow,
                                   .stopping = stopping };
    return lines_open(&lines, err);
}

static void logs_close(void *source)
{
    lines_close(source);
}

static enum source_state logs_run_lines(void *source, struct workers *workers, uint64_t *units,
                                        struct error *err)
{
    static struct line_batch lines;
    enum source_state state = lines_read(source, &lines, err);
    if (state != SOURCE_FRAMES)
        return state;
    workers_run_lines(workers, &lines);
    *units += lines.count;
    return state;
}

static struct source_progress logs_progress(const void *source)
{
    return lines_progress(source);
}

static void logs_count_lines(const void *source, struct summary *summary)
{
    lines_count(source, summary);
}

static const char *logs_trouble_of(const void *source, size_t i)
{
    return lines_trouble(source, i);
}

/* No input at all: only what was kept is judged. */
static void *nothing_open(const struct watch_options *options, const volatile int *stopping,
                          struct error *err)
{
    static char nothing;
    (void)options;
    (void)stopping;
    (void)err;
    return &nothing;
}

static void nothing_close(void *source)
{
    (void)source;
}

static enum source_state nothing_run(void *source, struct workers *workers, uint64_t *units,
                                     struct error *err)
{
    (void)source;
    (void)workers;
    (void)units;
    (void)err;
    return SOURCE_END;
}

static void nothing_count(const void *source, struct summary *summary)
{
    (void)source;
    (void)summary;
}

static const char *nothing_trouble(const void *source, size_t i)
{
    (void)source;
    (void)i;
    return NULL;
}

static const struct input_kind captures = { PIPELINE_FRAMES, captures_open,     captures_close,
                                            captures_run,    captures_progress, captures_count,
                                            captures_trouble };
static const struct input_kind interfaces = {
    PIPELINE_FRAMES,  interfaces_open,   interfaces_close, interfaces_run, NULL,
    interfaces_count, interfaces_trouble
};
static const struct input_kind exporters = { PIPELINE_EXPORTED,  exporters_open,
                                             exporters_close,    exporters_run,
                                             exporters_progress, exporters_count,
                                             exporters_trouble };
static const struct input_kind logs = { PIPELINE_LINES, logs_open,     logs_close,
                                        logs_run_lines, logs_progress, logs_count_lines,
                                        logs_trouble_of };

static const struct input_kind nothing = { PIPELINE_FRAMES, nothing_open, nothing_close,
                                           nothing_run,     NULL,         nothing_count,
                                           nothing_trouble };

/* The kind of all files, which is to be one. */
static bool kind_of_files(const struct watch_options *options, enum source_kind *out,
                          struct error *err)
{
    static const char *const words[] = { "a capture", "of flow exports", "a log" };
    *out = SOURCE_KIND_CAPTURE;
    for (size_t i = 0; i < options->path_count; i++) {
        enum source_kind kind = SOURCE_KIND_CAPTURE;
        if (!source_kind_of(options->paths[i], &kind, err))
            return false;
        if (i > 0 && kind != *out)
            return error_set(err, 0, "%s is %s and %s is %s: one kind in one run",
                             options->paths[0], words[*out], options->paths[i], words[kind]);
        *out = kind;
    }
    return true;
}

static const struct input_kind *kind_of(const struct watch_options *options, struct error *err)
{
    static const struct input_kind *const by_kind[] = { [SOURCE_KIND_CAPTURE] = &captures,
                                                        [SOURCE_KIND_EXPORTS] = &exporters,
                                                        [SOURCE_KIND_LOGS] = &logs };
    if (options->interface_count > 0)
        return &interfaces;
    if (options->listen_count > 0)
        return &exporters;
    if (options->path_count == 0)
        return &nothing;
    switch (options->read) {
    case WATCH_READ_PACKETS: return &captures;
    case WATCH_READ_EXPORTS: return &exporters;
    case WATCH_READ_LOGS: return &logs;
    case WATCH_READ_AUTO: break;
    }
    enum source_kind kind;
    return kind_of_files(options, &kind, err) ? by_kind[kind] : NULL;
}

bool watch_input_open(const struct watch_options *options, const volatile int *stopping,
                      struct watch_input *out, struct error *err)
{
    struct watch_input input = { .kind = kind_of(options, err) };
    if (!input.kind)
        return false;
    input.feeds = input.kind->feeds;
    input.has_sockets = options->interface_count > 0 || options->listen_count > 0;
    input.is_live = options->follow || input.has_sockets;
    input.source = input.kind->open(options, stopping, err);
    *out = input;
    return input.source != NULL;
}

void watch_input_close(struct watch_input *input)
{
    if (input->source)
        input->kind->close(input->source);
}

enum source_state watch_input_run(struct watch_input *input, struct workers *workers,
                                  struct error *err)
{
    return input->kind->run(input->source, workers, &input->units, err);
}

struct source_progress watch_input_progress(const struct watch_input *input)
{
    if (!input->kind->progress || input->is_live)
        return (struct source_progress){ 0 };
    return input->kind->progress(input->source);
}

void watch_input_count(const struct watch_input *input, struct summary *summary)
{
    input->kind->count(input->source, summary);
}

const char *watch_input_log(const struct watch_input *input, uint16_t file)
{
    return input->kind == &logs ? lines_path(input->source, file) : NULL;
}

const char *watch_input_trouble(const struct watch_input *input, size_t i)
{
    return input->source ? input->kind->trouble(input->source, i) : NULL;
}
