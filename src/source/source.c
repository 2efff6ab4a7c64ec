// SPDX-License-Identifier: Apache-2.0
#include "source/source.h"

#include <errno.h>
#include <stdlib.h>

#include "source/input_private.h"

/* Files with a frame that is due are open; a heap keeps the one with the earliest on top.  Its
 * key need not be the time of its next frame, only not later: a file that looks due but is not
 * says so, gets its true key and sinks. */
struct source {
    struct input_account account;
    const volatile int *stopping;
    bool follow;
    size_t input_count;
    struct input *inputs;
    size_t due_count; /* in the heap: not ended */
    struct input **due;
    size_t awake_count;
    uint64_t octets_total;
    struct frame_batch scratch;
};

enum {
    SOURCE_FILES_MAX = 1024,
    SOURCE_AWAKE_MAX = 256,           /* files open at a time */
    CHUNKS_OCTETS = 32 * 1024 * 1024, /* of memory that all open files share */
};

/* Of two files with frames at the same time the one named first goes first. */
static bool is_earlier(const struct input *a, const struct input *b)
{
    return a->key_ns < b->key_ns || (a->key_ns == b->key_ns && a < b);
}

static void sink(struct source *source, size_t at)
{
    struct input **due = source->due;
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
            if (child < source->due_count && is_earlier(due[child], due[least]))
                least = child;
        }
        if (least == at)
            return;
        struct input *swap = due[at];
        due[at] = due[least];
        due[least] = swap;
        at = least;
    }
}

static void remove_first(struct source *source)
{
    source->due[0] = source->due[--source->due_count];
    sink(source, 0);
}

/* Until when the first file may go on before another one's turn comes. */
static int64_t first_until(const struct source *source)
{
    const struct input *next = NULL;
    for (size_t i = 1; i <= 2 && i < source->due_count; i++) {
        if (!next || is_earlier(source->due[i], next))
            next = source->due[i];
    }
    if (!next)
        return INT64_MAX;
    return source->due[0] < next ? next->key_ns : next->key_ns - 1;
}

static size_t share_memory(size_t files)
{
    size_t share = CHUNKS_OCTETS / files;
    if (share > STREAM_CHUNK_MAX)
        return STREAM_CHUNK_MAX;
    return share < STREAM_CHUNK_MIN ? STREAM_CHUNK_MIN : share;
}

/* Pipes and files that grow have no size. */
static uint64_t sum_sizes(const struct source *source)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < source->input_count; i++) {
        if (source->inputs[i].size == 0)
            return 0;
        sum += source->inputs[i].size;
    }
    return sum;
}

static bool open_inputs(struct source *source, const struct source_options *options,
                        struct error *err)
{
    struct input_options input_options = {
        .follow = options->follow,
        .chunk = share_memory(options->path_count),
        .stopping = options->stopping,
    };
    for (size_t i = 0; i < options->path_count; i++) {
        struct input *input = &source->inputs[i];
        source->input_count++;
        if (!input_open(input, options->paths[i], &input_options, &source->account, err))
            return false;
        if (options->path_count > 1)
            input_sleep(input, &source->scratch);
        if (!input->ended)
            source->due[source->due_count++] = input;
        source->awake_count += !input->ended && !input_is_asleep(input);
    }
    for (size_t i = source->due_count; i-- > 0;)
        sink(source, i);
    source->octets_total = sum_sizes(source);
    return true;
}

static bool check_options(const struct source_options *options, struct error *err)
{
    if (options->path_count == 0 || options->path_count > SOURCE_FILES_MAX)
        return error_set(err, 0, "between 1 and %d capture files can be read at once",
                         SOURCE_FILES_MAX);
    if (options->follow && options->path_count > 1)
        return error_set(err, 0, "only one capture file can be followed");
    size_t standard_inputs = 0;
    for (size_t i = 0; i < options->path_count; i++)
        standard_inputs += strcmp(options->paths[i], "-") == 0;
    if (standard_inputs > 1)
        return error_set(err, 0, "standard input (-) can be named only once");
    return true;
}

struct source *source_open(const struct source_options *options, struct error *err)
{
    if (!check_options(options, err))
        return NULL;
    struct source *source = calloc(1, sizeof *source);
    if (source) {
        source->stopping = options->stopping;
        source->follow = options->follow;
        source->inputs = calloc(options->path_count, sizeof *source->inputs);
        source->due = calloc(options->path_count, sizeof(struct input *));
    }
    if (!source || !source->inputs || !source->due)
        (void)error_set(err, 0, "not enough memory to read captures");
    else if (open_inputs(source, options, err))
        return source;
    source_close(source);
    return NULL;
}

void source_close(struct source *source)
{
    if (!source)
        return;
    for (size_t i = 0; i < source->input_count; i++)
        input_close(&source->inputs[i]);
    free(source->inputs);
    free(source->due);
    free(source);
}

static bool wake_first(struct source *source, struct error *err)
{
    if (source->awake_count >= SOURCE_AWAKE_MAX)
        return error_set(err, 0,
                         "more than %d captures overlap in time: merge them with mergecap "
                         "first, or read fewer at once",
                         SOURCE_AWAKE_MAX);
    if (input_wake(source->due[0], err)) {
        source->awake_count++;
        return true;
    }
    if (err->code == EMFILE || err->code == ENFILE)
        return false; /* not the file's fault, and others would be lost, too */
    input_give_up(source->due[0], err);
    remove_first(source);
    return true;
}

static enum input_state read_first(struct source *source, struct frame_batch *out)
{
    enum input_state state = input_read(source->due[0], out, first_until(source));
    if (state == INPUT_LATER) {
        sink(source, 0);
    } else if (state == INPUT_END) {
        source->awake_count--;
        remove_first(source);
    }
    return state;
}

enum source_state source_read(struct source *source, struct frame_batch *out, struct error *err)
{
    enum input_state state = INPUT_LATER;
    out->count = 0;
    while (source->due_count > 0 && state != INPUT_FULL && state != INPUT_DRY) {
        if (source->stopping && *source->stopping)
            break;
        if (input_is_asleep(source->due[0])) {
            if (!wake_first(source, err))
                return SOURCE_FAILED;
            continue;
        }
        state = read_first(source, out);
        if (state == INPUT_WAITING && source->follow)
            return SOURCE_IDLE;
    }
    return out->count > 0 ? SOURCE_FRAMES : SOURCE_END;
}

struct source_progress source_progress(const struct source *source)
{
    return (struct source_progress){ source->account.octets, source->octets_total };
}

void source_count(const struct source *source, struct summary *summary)
{
    static const char *const block_names[CAPTURE_BLOCK_KINDS] = {
        [CAPTURE_BLOCK_NAMES] = "name blocks passed over",
        [CAPTURE_BLOCK_STATISTICS] = "statistics blocks passed over",
        [CAPTURE_BLOCK_SECRETS] = "secrets blocks passed over",
        [CAPTURE_BLOCK_CUSTOM] = "custom blocks passed over",
        [CAPTURE_BLOCK_OTHER] = "other blocks passed over",
    };
    const struct input_account *account = &source->account;
    struct capture_counts counts = account->counts;
    for (size_t i = 0; i < source->input_count; i++)
        input_count(&source->inputs[i], &counts);
    summary_count(summary, "source", "read", "frames", counts.frames);
    summary_count(summary, "source", "time went backwards", "frames", counts.backwards);
    summary_count(summary, "source", "longer than on the wire", "frames",
                  counts.longer_than_wire);
    summary_count(summary, "source", "unknown interface", "frames", counts.unknown_interface);
    summary_count(summary, "source", "without time", "frames", counts.no_time);
    summary_count(summary, "source", "unusable", "interfaces", counts.bad_interfaces);
    summary_count(summary, "source", "broken options", "blocks", counts.bad_options);
    for (size_t i = 0; i < CAPTURE_BLOCK_KINDS; i++)
        summary_count(summary, "source", block_names[i], "blocks", counts.blocks[i]);
    summary_count(summary, "source", "truncated", "files", account->truncated);
    summary_count(summary, "source", "broken", "files", account->broken);
    summary_count(summary, "source", "unreadable", "files", account->unreadable);
    summary_count(summary, "source", "reopened", "files", account->reopened);
}

const char *source_trouble(const struct source *source, size_t i)
{
    return i < source->account.trouble_count ? source->account.trouble[i].text : NULL;
}
