// SPDX-License-Identifier: Apache-2.0
#include "source/exports.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/time.h"
#include "source/cut_private.h"
#include "source/exports_private.h"
#include "source/foreign_private.h"
#include "source/kind_private.h"

enum { FILES_MAX = 1024 };

struct exports {
    struct exports_account account;
    const char **captures; /* the paths by what they are */
    size_t capture_count;
    const char **raws;
    size_t raw_count;
    uint64_t raw_octets; /* 0 when unknown */
    struct carriers *carriers;
    struct raw_files *raw_files;
    struct listeners *listeners;
};

static const char *name_of(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

static bool sort_file(struct exports *exports, const char *path, struct error *err)
{
    struct head head CLEANUP(head_wipe);
    enum source_kind kind;
    if (!head_read(path, &head, err))
        return false;
    if (head.len == 0)
        return error_set(err, 0, "%s: is empty", name_of(path));
    bool is_known = kind_of_head(&head, &kind);
    if (is_known && kind == SOURCE_KIND_LOGS)
        return error_set(err, 0, "%s: is a log and holds no flow exports", name_of(path));
    if (!is_known)
        return error_set(err, 0,
                         "%s: holds no flow exports: %s; give raw messages of NetFlow 5 or 9, "
                         "IPFIX or sFlow 5, an IPFIX file, or a capture of them",
                         name_of(path), foreign_describe(head_bytes(&head)));
    if (kind == SOURCE_KIND_CAPTURE)
        exports->captures[exports->capture_count++] = path;
    else
        exports->raws[exports->raw_count++] = path;
    return true;
}

static uint64_t sum_sizes(const char *const *paths, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        struct stat status;
        if (stat(paths[i], &status) != 0 || !S_ISREG(status.st_mode))
            return 0;
        sum += (uint64_t)status.st_size;
    }
    return sum;
}

static bool open_files(struct exports *exports, const struct exports_options *options,
                       struct error *err)
{
    size_t standard_inputs = 0;
    exports->captures = calloc(options->path_count, sizeof *exports->captures);
    exports->raws = calloc(options->path_count, sizeof *exports->raws);
    if (!exports->captures || !exports->raws)
        return error_set(err, 0, "not enough memory to read exports");
    for (size_t i = 0; i < options->path_count; i++) {
        standard_inputs += strcmp(options->paths[i], "-") == 0;
        if (standard_inputs > 1)
            return error_set(err, 0, "standard input (-) can be named only once");
        if (!sort_file(exports, options->paths[i], err))
            return false;
    }
    exports->raw_octets = sum_sizes(exports->raws, exports->raw_count);
    if (exports->capture_count > 0) {
        exports->carriers = carriers_open(exports->captures, exports->capture_count,
                                          options->stopping, &exports->account, err);
        if (!exports->carriers)
            return false;
    }
    if (exports->raw_count > 0)
        exports->raw_files = raw_files_open(exports->raws, exports->raw_count,
                                            options->stopping, &exports->account);
    return exports->raw_count == 0 || exports->raw_files ||
           error_set(err, 0, "not enough memory to read exports");
}

static bool open_any(struct exports *exports, const struct exports_options *options,
                     struct error *err)
{
    if (options->listen_count > 0 && options->path_count > 0)
        return error_set(err, 0, "exports come from files or from listeners, not both");
    if (options->listen_count > 0)
        return (exports->listeners = listeners_open(options, &exports->account, err)) != NULL;
    if (options->path_count == 0 || options->path_count > FILES_MAX)
        return error_set(err, 0, "between 1 and %d files of exports can be read at once",
                         FILES_MAX);
    return open_files(exports, options, err);
}

struct exports *exports_open(const struct exports_options *options, struct error *err)
{
    struct exports *exports = calloc(1, sizeof *exports);
    if (!exports) {
        (void)error_set(err, 0, "not enough memory to read exports");
        return NULL;
    }
    if (open_any(exports, options, err))
        return exports;
    exports_close(exports);
    return NULL;
}

void exports_close(struct exports *exports)
{
    if (!exports)
        return;
    carriers_close(exports->carriers);
    raw_files_close(exports->raw_files);
    listeners_close(exports->listeners);
    free(exports->captures);
    free(exports->raws);
    free(exports);
}

static enum source_state read_files(struct exports *exports, struct message_batch *out,
                                    struct error *err)
{
    enum source_state state = SOURCE_END;
    while (exports->carriers && out->count == 0) {
        state = carriers_read(exports->carriers, out, err);
        if (state == SOURCE_END)
            break;
        if (state != SOURCE_FRAMES)
            return state;
    }
    if (out->count > 0)
        return SOURCE_FRAMES;
    return exports->raw_files ? raw_files_read(exports->raw_files, out) : SOURCE_END;
}

enum source_state exports_read(struct exports *exports, struct message_batch *out,
                               struct error *err)
{
    out->count = 0;
    if (exports->listeners)
        return listeners_read(exports->listeners, out);
    return read_files(exports, out, err);
}

struct source_progress exports_progress(const struct exports *exports)
{
    struct source_progress sum = { exports->account.octets, exports->raw_octets };
    bool is_known = exports->raw_count == 0 || exports->raw_octets > 0;
    if (exports->carriers) {
        struct source_progress carriers = carriers_progress(exports->carriers);
        is_known = is_known && carriers.octets_total > 0;
        sum.octets += carriers.octets;
        sum.octets_total += carriers.octets_total;
    }
    if (!is_known)
        sum.octets_total = 0;
    return sum;
}

void exports_count(const struct exports *exports, struct summary *summary)
{
    const struct exports_account *account = &exports->account;
    summary_count(summary, "source", "read", "messages", account->messages);
    summary_count(summary, "source", "cut or broken", "messages", account->cut_messages);
    if (exports->carriers)
        carriers_count(exports->carriers, summary);
    if (exports->listeners)
        listeners_count(exports->listeners, summary);
    summary_count(summary, "source", "truncated", "files", account->truncated_files);
    summary_count(summary, "source", "broken", "files", account->broken_files);
    summary_count(summary, "source", "unreadable", "files", account->unreadable_files);
}

const char *exports_trouble(const struct exports *exports, size_t i)
{
    if (i < exports->account.trouble_count)
        return exports->account.trouble[i].text;
    i -= exports->account.trouble_count;
    return exports->carriers ? carriers_trouble(exports->carriers, i) : NULL;
}

int64_t exports_time_ns(const struct export_message *message)
{
    if (message->received_ns != 0)
        return message->received_ns;
    return time_from_parts(cut_time_s(message->octets), 0);
}

uint16_t exports_port(const struct exports *exports, size_t listener)
{
    return exports->listeners ? listeners_port(exports->listeners, listener) : 0;
}
