// SPDX-License-Identifier: Apache-2.0
/* sekisho evaluate: the protocol of ../shared/science/numbers-to-beat.md section 5 as a program
 * (docs/evaluation.md). */
#include <errno.h>
#include <stdlib.h>

#include "base/time.h"
#include "cmd/cmd.h"
#include "cmd/commit.h"
#include "cmd/evaluate_conditions.h"
#include "cmd/evaluate_json.h"
#include "cmd/evaluate_leaks.h"
#include "cmd/evaluate_markdown.h"
#include "cmd/evaluate_total.h"
#include "cmd/output.h"
#include "cmd/watch_warrant.h"
#include "gate/places.h"
#include "system/clock.h"
#include "system/memory.h"

enum { PLACES_OCTETS = 1 << 20, LABELS_MAX = 1 << 18 };

struct evaluation {
    const struct evaluate_options *options;
    struct evaluate_sets sets;
    struct watch_warrant warrant;
    struct evaluate_background background;
    struct evaluate_total total;
    json_t *sets_json;
    FILE *log;
    char made[TIME_TEXT_MAX];
    bool is_partial; /* something of the input was not there */
};

/* What stands while one set is run. */
struct bench {
    struct evaluation *evaluation;
    const struct evaluate_set *set;
    const struct places *places;
    struct evaluate_input input;
    struct evaluate_feed feed;
    struct evaluate_reading reading; /* how the input was read */
    bool is_frames;
    bool has_truth;
    struct truth_unit units[TRUTH_UNITS_MAX];
    struct truth truth; /* with what the labels tell, before any perturbation */
    struct score score;
    json_t *runs;
    json_t *leaks;
};

/* Nothing of a run is kept, and nobody but who called sees it: an own warrant rules, as in a
 * watch without a store. */
static bool open_warrant(struct evaluation *evaluation, struct error *err)
{
    static const struct watch_options options = { .basis = BASIS_OWN,
                                                  .retention_ns = 30 * TIME_DAY_NS };
    const uint8_t seed[OWN_SEED_OCTETS] = { 0x5e, 0x6b, 0x69 };
    const struct watch_signer signer = { NULL, seed, clock_now_ns() };
    return watch_warrant_make(&options, &signer, &evaluation->warrant, err);
}

/* The lines of a population are its own networks, whatever is laid over it. */
static void take_own(struct evaluate_set *set, const struct evaluate_background *background)
{
    if (!background->is_population)
        return;
    set->truth.rest = TRUTH_REST_BENIGN;
    set->own_count = 1;
    set->own[0] = evaluate_background_own();
}

static bool open_places(const struct evaluate_set *set, const struct places **out,
                        struct error *err)
{
    struct arena memory;
    *out = NULL;
    if (set->own_count == 0)
        return true;
    if (!memory_reserve(places_size(EVALUATE_OWN_MAX) + PLACES_OCTETS, MEMORY_SMALL_PAGES,
                        &memory, err))
        return false;
    struct places *places = places_init(EVALUATE_OWN_MAX, &memory);
    const struct place_label own = { .place = PLACE_OWN };
    for (size_t i = 0; i < set->own_count; i++) {
        if (!places_add(places, &set->own[i], own))
            return error_set(err, 0, "set %s: too many own networks", set->name);
    }
    places_build(places);
    *out = places;
    return true;
}

/* Units of the labels take the set's family where the truth named none itself. */
static void add_labelled(struct bench *bench)
{
    struct truth *truth = &bench->truth;
    if (!bench->input.labels || bench->set->truth.count > 0)
        return;
    size_t count = labels_units(bench->input.labels, truth->units, TRUTH_UNITS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct text family = text_over(truth->units[i].family, TRUTH_WORD_MAX);
        struct text origin = text_over(truth->units[i].origin, TRUTH_WORD_MAX);
        text_put_string(&family, bench->set->family);
        text_put_string(&origin, bench->set->origin);
    }
    truth->count = count;
}

/* Is what was read good for this condition, too?  Packets are sampled and cut into slices where
 * there are packets, and nothing is mixed; else flows are thinned afterwards. */
static bool is_read_for(const struct bench *bench, const struct evaluate_reading *wanted)
{
    const struct evaluate_reading *read = &bench->reading;
    bool samples = bench->is_frames && !bench->evaluation->background.is_there;
    if (bench->input.memory.at == NULL || read->is_shuffled != wanted->is_shuffled)
        return false;
    return (!samples || read->rate == wanted->rate) &&
           (!bench->is_frames || read->active_ns == wanted->active_ns);
}

/* A unit of the input where the mixing puts it; what has no image there is gone. */
static void mix_truth(struct bench *bench)
{
    struct truth *truth = &bench->truth;
    struct evaluate_background *background = &bench->evaluation->background;
    size_t kept = 0;
    if (!background->is_there)
        return;
    evaluate_feed_open(&bench->input.tape, background, &bench->feed);
    for (size_t i = 0; i < truth->count; i++) {
        struct truth_unit unit = truth->units[i];
        if (perturb_unit(&bench->feed.mixing, &unit))
            truth->units[kept++] = unit;
    }
    truth->count = kept;
    evaluate_background_truth(background, truth);
}

static void begin_truth(struct bench *bench)
{
    const struct truth *truth = &bench->set->truth;
    bench->truth = (struct truth){ bench->units, truth->count, truth->rest };
    memcpy(bench->units, truth->units, truth->count * sizeof *bench->units);
    add_labelled(bench);
    mix_truth(bench);
    bench->has_truth = true;
}

static bool read_input(struct bench *bench, const struct evaluate_condition *condition,
                       struct error *err)
{
    if (is_read_for(bench, &condition->reading))
        return true;
    evaluate_input_close(&bench->input);
    bench->reading = condition->reading;
    if (!bench->is_frames || bench->evaluation->background.is_there)
        bench->reading.rate = 0;
    bench->reading.rules = &bench->evaluation->warrant.rules;
    bench->reading.flows_max = bench->evaluation->options->flows_max;
    if (!evaluate_input_read(bench->set, &bench->reading, &bench->input, err))
        return false;
    bench->is_frames = bench->input.is_frames;
    if (!bench->has_truth)
        begin_truth(bench);
    return true;
}

/* The truth as the perturbation leaves it. */
static void perturb_truth(const struct truth *truth, const struct perturbation *how,
                          struct truth *out)
{
    static struct truth_unit units[TRUTH_UNITS_MAX];
    *out = (struct truth){ .units = units, .rest = truth->rest };
    for (size_t i = 0; i < truth->count; i++) {
        struct truth_unit unit = truth->units[i];
        if (perturb_unit(how, &unit))
            units[out->count++] = unit;
    }
}

static bool perturb_labels(const struct bench *bench, const struct perturbation *how,
                           struct arena *memory, const struct labels **out, struct error *err)
{
    const struct labels_limits limits = { LABELS_MAX };
    *out = bench->evaluation->background.is_there ? NULL : bench->input.labels;
    if (!*out || !how->permutes)
        return true;
    if (!memory_reserve(labels_size(&limits), MEMORY_SMALL_PAGES, memory, err))
        return false;
    struct arena arena = *memory;
    struct labels *labels = labels_init(&limits, (struct hash_key){ { 1, 2, 3, 4 } }, &arena);
    labels_permute(bench->input.labels, how, labels);
    *out = labels;
    return true;
}

static json_t *json_of_cost(const struct evaluate_input *input, const struct evaluate_run *run)
{
    double rate = run->cpu_s > 0 ? (double)run->exposure.flows / run->cpu_s : 0;
    return json_pack(
        "{s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "flows_per_s", rate, "cpu_s",
        run->cpu_s, "baselines_cpu_s", run->baselines_cpu_s, "reading_cpu_s", input->cpu_s,
        "state_octets", (json_int_t)run->state_octets, "resident_octets",
        (json_int_t)memory_peak_octets(), "alerts", (json_int_t)run->told_count,
        "flows_left_out", (json_int_t)run->lost, "flows_without_room",
        (json_int_t)input->tape.lost, "facts_without_room", (json_int_t)input->tape.facts_lost,
        "files_with_trouble", (json_int_t)input->troubles);
}

static json_t *json_of_baselines(const struct score_order *order,
                                 const struct evaluate_run *run)
{
    json_t *list = json_array();
    for (size_t i = 0; run->ranked[i < BASELINES ? i : 0] && i < BASELINES; i++)
        (void)json_array_append_new(list, evaluate_json_baseline(order, run->ranked[i],
                                                                 run->ranked_count[i],
                                                                 baseline_kinds[i]));
    return list;
}

/* Every run, also a bad one, is a line of the log. */
static void log_run(const struct bench *bench, const struct evaluate_condition *condition)
{
    const struct evaluation *evaluation = bench->evaluation;
    const struct score *score = &bench->score;
    if (!evaluation->log)
        return;
    fprintf(evaluation->log,
            "{\"made\":\"%s\",\"commit\":\"%s\",\"set\":\"%s\","
            "\"condition\":\"%s\",\"seed\":%llu,\"units\":%llu,\"detected\":%llu,"
            "\"told\":%llu,\"false\":%llu}\n",
            evaluation->made, commit_of_build, bench->set->name, condition->name,
            (unsigned long long)evaluation->options->seed, (unsigned long long)score->all.units,
            (unsigned long long)score->all.detected, (unsigned long long)score->told,
            (unsigned long long)score->alerts[TOLD_FALSE]);
}

static bool run_condition(struct bench *bench, const struct evaluate_condition *condition,
                          bool is_whole, struct error *err)
{
    struct evaluation *evaluation = bench->evaluation;
    const struct evaluate_options *options = evaluation->options;
    struct truth truth;
    struct arena memory = { 0 };
    struct evaluate_run run;
    struct perturbation how = condition->how;
    const struct labels *labels = NULL;
    if (!read_input(bench, condition, err))
        return false;
    evaluate_feed_open(&bench->input.tape, &evaluation->background, &bench->feed);
    how.is_sampled = bench->reading.rate > 1;
    perturb_truth(&bench->truth, &how, &truth);
    struct evaluate_order order = { .feed = &bench->feed,
                                    .truth = &truth,
                                    .how = &how,
                                    .places = bench->places,
                                    .rules = &evaluation->warrant.rules,
                                    .with_baselines = is_whole && !options->without_baselines,
                                    .every_ns = options->every_ns,
                                    .memory_octets = options->memory_octets };
    if (!evaluate_judge(&order, &run, err) ||
        !perturb_labels(bench, &how, &memory, &labels, err))
        return false;
    struct score_order score = { &truth,         labels,         run.told,
                                 run.told_count, run.visible_ns, run.exposure };
    score_run(&score, &bench->score);
    if (is_whole)
        evaluate_total_add(&evaluation->total, &score, &bench->score);
    json_t *object = json_pack("{s:s, s:o, s:o, s:o}", "condition", condition->name, "exposure",
                               evaluate_json_exposure(&run.exposure), "score",
                               evaluate_json_score(&score, &bench->score), "cost",
                               json_of_cost(&bench->input, &run));
    struct score_order listed = score;
    listed.told_count = run.listed_count;
    if (object)
        (void)json_object_set_new(object, "listed", evaluate_json_brief(&listed));
    if (object && order.with_baselines)
        (void)json_object_set_new(object, "baselines", json_of_baselines(&score, &run));
    log_run(bench, condition);
    const struct evaluate_whole whole = { &bench->feed, &score, &bench->score, options->seed };
    bool is_tested = !is_whole || !options->tests_leaks ||
                     evaluate_leaks_of_whole(&whole, bench->leaks, err);
    if (memory.at)
        memory_release(&memory);
    bool is_kept = json_array_append_new(bench->runs, object) == 0;
    return is_tested && (is_kept || error_set(err, 0, "no memory for the results"));
}

static bool run_conditions(struct bench *bench, struct error *err)
{
    static struct evaluate_conditions conditions;
    const struct evaluate_options *options = bench->evaluation->options;
    evaluate_conditions_of(options, bench->set, &conditions);
    for (size_t i = 0; i < conditions.count; i++) {
        if (!options->quiet)
            fprintf(stderr, "%s: %s\n", bench->set->name, conditions.list[i].name);
        if (!run_condition(bench, &conditions.list[i], i == 0, err))
            return false;
    }
    return true;
}

/* A set that cannot be run is told, and the others go on. */
static void run_set(struct evaluation *evaluation, struct evaluate_set *set)
{
    static struct bench bench;
    struct error err = { 0 };
    take_own(set, &evaluation->background);
    json_t *object = evaluate_json_set(set);
    memset(&bench, 0, sizeof bench);
    bench.evaluation = evaluation;
    bench.set = set;
    bench.runs = json_array();
    bench.leaks = json_array();
    bool has_input = set->capture_count > 0 || evaluation->options->population;
    bool is_run = has_input && !set->missing;
    if (!is_run)
        (void)error_set(&err, 0, "%s is not there",
                        set->missing ? set->missing : "its capture");
    is_run = is_run && open_places(set, &bench.places, &err) && run_conditions(&bench, &err);
    if (!is_run) {
        evaluation->is_partial = true;
        fprintf(stderr, "sekisho evaluate: %s: %s\n", set->name, err.text);
        (void)json_object_set_new(object, "error", json_string(err.text));
    }
    if (evaluation->options->tests_leaks)
        evaluate_leaks_of_runs(bench.runs, set->ports_matter, bench.leaks);
    (void)json_object_set_new(object, "runs", bench.runs);
    (void)json_object_set_new(object, "void", json_boolean(evaluate_leaks_void(bench.leaks)));
    (void)json_object_set_new(object, "leak_tests", bench.leaks);
    (void)json_array_append_new(evaluation->sets_json, object);
    evaluate_input_close(&bench.input);
}

static json_t *json_of_all(const struct evaluation *evaluation)
{
    const struct evaluate_options *options = evaluation->options;
    return json_pack("{s:s, s:i, s:s, s:s, s:s, s:I, s:f, s:o, s:O}", "format",
                     "sekisho evaluation", "version", 1, "program", SEKISHO_VERSION, "commit",
                     commit_of_build, "made", evaluation->made, "seed",
                     (json_int_t)options->seed, "every_s", (double)options->every_ns / 1e9,
                     "total", evaluate_json_total(&evaluation->total), "sets",
                     evaluation->sets_json);
}

static bool write_json(const char *path, const json_t *results, struct error *err)
{
    struct output output;
    if (!path)
        return true;
    if (!output_open(&output, path, err))
        return false;
    bool is_good =
        json_dumpf(results, output.file, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) == 0 &&
        fputc('\n', output.file) != EOF;
    return output_close(&output, is_good, err);
}

static bool write_markdown(const struct evaluate_options *options, const json_t *results,
                           struct error *err)
{
    struct output output;
    const char *path = options->markdown ? options->markdown : "-";
    if (!options->markdown && options->json && strcmp(options->json, "-") == 0)
        return true;
    if (!output_open(&output, path, err))
        return false;
    return output_close(&output, evaluate_markdown_write(results, output.file), err);
}

static bool open_log(struct evaluation *evaluation, struct error *err)
{
    const char *path = evaluation->options->log;
    if (!path)
        return true;
    evaluation->log = fopen(path, "ae");
    return evaluation->log || error_set(err, errno, "%s", path);
}

static bool close_log(struct evaluation *evaluation, struct error *err)
{
    if (!evaluation->log)
        return true;
    bool is_good = fclose(evaluation->log) == 0;
    return is_good || error_set(err, errno, "%s", evaluation->options->log);
}

static bool evaluate(struct evaluation *evaluation, struct error *err)
{
    const struct evaluate_options *options = evaluation->options;
    struct text made = text_over(evaluation->made, sizeof evaluation->made);
    time_write(clock_now_ns(), 0, &made);
    evaluation->sets_json = json_array();
    if (!evaluate_sets_load(options, &evaluation->sets, err) ||
        !open_warrant(evaluation, err) ||
        !evaluate_background_open(options, &evaluation->warrant.rules, &evaluation->background,
                                  err) ||
        !open_log(evaluation, err))
        return false;
    for (size_t i = 0; i < evaluation->sets.count; i++)
        run_set(evaluation, &evaluation->sets.list[i]);
    json_t *results = json_of_all(evaluation);
    bool is_good = results || error_set(err, 0, "no memory for the results");
    is_good = is_good && write_json(options->json, results, err) &&
              write_markdown(options, results, err);
    json_decref(results);
    json_decref(evaluation->sets_json);
    return close_log(evaluation, err) && is_good;
}

int command_evaluate(int argc, char **argv)
{
    static struct evaluate_options options;
    static struct evaluation evaluation;
    struct error err = { 0 };
    if (!evaluate_options_read(argc, argv, &options, &err)) {
        fprintf(stderr, "sekisho evaluate: %s\n(`sekisho evaluate --help` tells more)\n",
                err.text);
        return COMMAND_USAGE;
    }
    if (options.help) {
        evaluate_options_help(stdout);
        return COMMAND_DONE;
    }
    evaluation.options = &options;
    if (!evaluate(&evaluation, &err)) {
        fprintf(stderr, "sekisho evaluate: %s\n", err.text);
        return COMMAND_FAILED;
    }
    return evaluation.is_partial ? COMMAND_PARTIAL : COMMAND_DONE;
}
