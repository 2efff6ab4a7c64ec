// SPDX-License-Identifier: Apache-2.0
#include "cmd/evaluate_input.h"

#include "base/time.h"
#include "evaluate/perturb.h"
#include "pipeline/pipeline.h"
#include "source/kind.h"
#include "source/lines.h"
#include "source/source.h"
#include "system/clock.h"
#include "system/memory.h"

enum {
    FACTS_OCTETS = 512, /* of room for each flow */
    ADDRESSES_MAX = 1 << 18,
    BEHAVIOURS_OCTETS = 64 << 20 /* which see nothing here */
};

struct reader {
    const struct evaluate_reading *how;
    struct evaluate_input *input;
    struct pipeline *pipeline;
    struct arena memory;
    const char *paths[EVALUATE_INPUTS_MAX];
    size_t path_count;
};

static void keep_flow(void *context, enum behaviour_end end,
                      const struct admitted_flow *admitted)
{
    struct reader *reader = context;
    if (end == END_ANY)
        tape_put(&reader->input->tape, &admitted->flow);
}

static void pass_name(void *context, enum behaviour_names names, const struct asked_name *asked)
{
    (void)context;
    (void)names;
    (void)asked;
}

static void pass_record(void *context, const struct minimised_flow *flow)
{
    (void)context;
    (void)flow;
}

static void pass_sighting(void *context, const struct minimised_sighting *sighting)
{
    (void)context;
    (void)sighting;
}

static bool open_pipeline(struct reader *reader, enum pipeline_input kind, struct error *err)
{
    struct pipeline_settings settings = pipeline_defaults(kind, (size_t)1 << 30);
    settings.behaviours_octets = BEHAVIOURS_OCTETS;
    settings.gate = (struct gate_policy){ .basis = BASIS_OWN, .all_is_own = true };
    settings.rules = reader->how->rules;
    settings.minimise.lines_in_clear = true;
    settings.records = (struct record_sink){ pass_record, pass_sighting, reader };
    settings.peers = (struct ensemble_peers){ .observe = keep_flow,
                                              .observe_name = pass_name,
                                              .context = reader };
    settings.key = (struct hash_key){ { 0x5eed, 0x1e57, 0xf10d, 0xca57 } };
    if (reader->how->active_ns > 0)
        settings.meter.active_ns = reader->how->active_ns;
    if (!memory_reserve(pipeline_size(&settings), MEMORY_SMALL_PAGES, &reader->memory, err))
        return false;
    struct arena arena = reader->memory;
    reader->pipeline = pipeline_init(&settings, &arena);
    return true;
}

/* Each frame with a chance of one in the rate, as a sampling exporter picks packets. */
static void sample(const struct reader *reader, struct frame_batch *frames)
{
    size_t kept = 0;
    uint64_t first = reader->input->frames;
    for (size_t i = 0; i < frames->count; i++) {
        double drawn = perturb_uniform(reader->how->seed, first + i, 800);
        if (drawn * reader->how->rate < 1)
            frames->frames[kept++] = frames->frames[i];
    }
    frames->count = kept;
}

static size_t count_troubles(const char *(*trouble)(const void *, size_t), const void *source)
{
    size_t count = 0;
    while (trouble(source, count))
        count++;
    return count;
}

static const char *capture_trouble(const void *source, size_t i)
{
    return source_trouble(source, i);
}

static const char *lines_trouble_of(const void *source, size_t i)
{
    return lines_trouble(source, i);
}

static bool read_frames(struct reader *reader, struct error *err)
{
    static struct frame_batch frames;
    struct source_options options = { .paths = reader->paths,
                                      .path_count = reader->path_count };
    struct source *source = source_open(&options, err);
    enum source_state state = SOURCE_FRAMES;
    while (source && state == SOURCE_FRAMES) {
        state = source_read(source, &frames, err);
        if (state != SOURCE_FRAMES)
            break;
        size_t count = frames.count;
        if (reader->how->rate > 1)
            sample(reader, &frames);
        pipeline_run_frames(reader->pipeline, &frames);
        reader->input->frames += count;
    }
    if (source) {
        reader->input->troubles += count_troubles(capture_trouble, source);
        source_close(source);
    }
    return source && state != SOURCE_FAILED;
}

static bool read_lines(struct reader *reader, struct error *err)
{
    static struct line_batch batch;
    struct lines_options options = { .paths = reader->paths, .path_count = reader->path_count };
    struct lines *lines = lines_open(&options, err);
    enum source_state state = SOURCE_FRAMES;
    while (lines && state == SOURCE_FRAMES) {
        state = lines_read(lines, &batch, err);
        if (state != SOURCE_FRAMES)
            break;
        if (reader->input->labels)
            labels_take(reader->input->labels, &batch);
        pipeline_run_lines(reader->pipeline, &batch);
        reader->input->records += batch.count;
    }
    if (lines) {
        reader->input->troubles += count_troubles(lines_trouble_of, lines);
        lines_close(lines);
    }
    return lines && state != SOURCE_FAILED;
}

/* Fisher and Yates. */
static void shuffle(struct reader *reader)
{
    for (size_t i = reader->path_count; i > 1; i--) {
        size_t other = (size_t)(perturb_uniform(reader->how->seed, i, 900) * (double)i);
        const char *path = reader->paths[i - 1];
        reader->paths[i - 1] = reader->paths[other];
        reader->paths[other] = path;
    }
}

static bool take_memory(const struct evaluate_set *set, size_t flows_max,
                        struct evaluate_input *out, struct error *err)
{
    struct labels_limits limits = { ADDRESSES_MAX };
    size_t facts = flows_max * FACTS_OCTETS;
    size_t size = tape_size(flows_max, facts) + labels_size(&limits);
    if (!memory_reserve(size, MEMORY_SMALL_PAGES, &out->memory, err))
        return false;
    struct arena arena = out->memory;
    tape_init(&out->tape, flows_max, facts, &arena);
    struct hash_key key = { { 1, 2, 3, 4 } };
    if (set->has_labels)
        out->labels = labels_init(&limits, key, &arena);
    return true;
}

static bool kind_of(const struct reader *reader, enum source_kind *out, struct error *err)
{
    for (size_t i = 0; i < reader->path_count; i++) {
        enum source_kind kind = SOURCE_KIND_CAPTURE;
        if (!source_kind_of(reader->paths[i], &kind, err))
            return false;
        if (i > 0 && kind != *out)
            return error_set(err, 0, "%s and %s are not of one kind", reader->paths[0],
                             reader->paths[i]);
        *out = kind;
    }
    return *out != SOURCE_KIND_EXPORTS ||
           error_set(err, 0, "%s: messages of exporters carry no truth", reader->paths[0]);
}

bool evaluate_input_read(const struct evaluate_set *set, const struct evaluate_reading *how,
                         struct evaluate_input *out, struct error *err)
{
    static struct reader reader;
    enum source_kind kind = SOURCE_KIND_CAPTURE;
    *out = (struct evaluate_input){ 0 };
    reader = (struct reader){ .how = how, .input = out, .path_count = set->capture_count };
    memcpy(reader.paths, set->captures, set->capture_count * sizeof *reader.paths);
    double start_s = clock_cpu_s();
    if (set->capture_count == 0) /* all is in the background */
        return take_memory(set, 1, out, err);
    if (!kind_of(&reader, &kind, err) || !take_memory(set, how->flows_max, out, err))
        return false;
    out->is_frames = kind == SOURCE_KIND_CAPTURE;
    if (how->is_shuffled)
        shuffle(&reader);
    bool is_good =
        open_pipeline(&reader, out->is_frames ? PIPELINE_FRAMES : PIPELINE_LINES, err) &&
        (out->is_frames ? read_frames(&reader, err) : read_lines(&reader, err));
    if (reader.pipeline)
        pipeline_flush(reader.pipeline);
    memory_release(&reader.memory);
    out->cpu_s = clock_cpu_s() - start_s;
    return is_good;
}

void evaluate_input_close(struct evaluate_input *input)
{
    if (input->memory.at)
        memory_release(&input->memory);
    *input = (struct evaluate_input){ 0 };
}
