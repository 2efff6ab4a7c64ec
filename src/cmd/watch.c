// SPDX-License-Identifier: Apache-2.0
/* sekisho watch: one run over files, from frames to a report. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "cmd/cmd.h"
#include "cmd/erasing.h"
#include "cmd/output.h"
#include "cmd/progress.h"
#include "cmd/tell.h"
#include "cmd/terminal.h"
#include "cmd/watch_copies.h"
#include "cmd/watch_exports.h"
#include "cmd/watch_input.h"
#include "cmd/watch_keys.h"
#include "cmd/watch_options.h"
#include "cmd/watch_records.h"
#include "cmd/watch_reference.h"
#include "cmd/watch_state.h"
#include "cmd/watch_templates.h"
#include "cmd/watch_verdicts.h"
#include "cmd/watch_warrant.h"
#include "exchange/stix.h"
#include "law/law.h"
#include "logs/logs.h"
#include "store/store.h"
#include "system/clock.h"
#include "system/memory.h"
#include "system/sandbox.h"
#include "system/state.h"
#include "workers/workers.h"

struct watch {
    const struct watch_options *options;
    struct watch_reference reference;
    struct watch_warrant warrant;
    struct watch_keys keys;
    struct watch_state state;
    struct keeper *keeper;
    struct workers *workers;
    struct watch_input input;
    struct store *store; /* NULL: nothing is kept on disk */
    struct watch_records records;
    struct watch_exports exports;
    struct error keep_error;
    bool keep_failed;
    bool is_partly_sent;
    int64_t start_ns;      /* monotonic */
    int64_t now_ns;        /* when the run began */
    int64_t judged_ns;     /* monotonic: when live input was last judged */
    int64_t quiet_from_ns; /* monotonic: up to here something came, or its absence was told */
    char title[512];
};

static volatile int stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

static void catch_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

static bool put_records(struct watch *watch, const struct minimised_flow *flow)
{
    return watch->records.count == 0 ||
           watch_records_put(&watch->records, flow, clock_now_ns(), &watch->keep_error);
}

static void remember_failure(struct watch *watch)
{
    __atomic_store_n(&watch->keep_failed, true, __ATOMIC_RELEASE);
}

/* Of the keeper, in its thread: remembers the first failure, at which the run stops. */
static void keep(void *context, const struct minimised_flow *flow)
{
    struct watch *watch = context;
    if (watch->keep_failed)
        return;
    if ((watch->store && !store_put_flow(watch->store, flow, &watch->keep_error)) ||
        !put_records(watch, flow))
        remember_failure(watch);
    watch_exports_put(&watch->exports, flow);
}

/* Large ones pay from somewhat less than a million flows on.  An input of unknown size may be
 * large; a record of an exporter has a tenth of the octets of a flow's packets. */
static enum memory_pages pages_for(const struct watch *watch)
{
    uint64_t octets = watch_input_progress(&watch->input).octets_total;
    uint64_t large =
        watch->input.feeds == PIPELINE_FRAMES ? UINT64_C(256) << 20 : UINT64_C(32) << 20;
    return octets > 0 && octets < large ? MEMORY_SMALL_PAGES : MEMORY_LARGE_PAGES;
}

/* Logs are read by one. */
static size_t workers_of(const struct watch *watch)
{
    return watch->input.feeds == PIPELINE_LINES ? 1 : watch->options->workers;
}

static struct pipeline_settings pipeline_settings_of(const struct watch *watch)
{
    const struct watch_options *options = watch->options;
    struct pipeline_settings settings =
        pipeline_defaults(watch->input.feeds, options->memory_octets / workers_of(watch));
    settings.depth = options->depth;
    if (options->active_ns > 0)
        settings.meter.active_ns = options->active_ns;
    if (options->idle_ns > 0)
        settings.meter.idle_ns = options->idle_ns;
    settings.gate = (struct gate_policy){ .basis = options->basis,
                                          .places = watch->reference.places,
                                          .all_is_own = options->basis == BASIS_OWN &&
                                                        !watch->reference.names_own };
    settings.indicators = watch->reference.indicators;
    settings.rules = &watch->warrant.rules;
    settings.minimise.pseudonyms = options->pseudonyms;
    settings.minimise.lines_in_clear = options->basis == BASIS_OWN;
    settings.minimise.retention_span_ns = options->retention_ns;
    settings.minimise.retention_latest_ns = INT64_MAX;
    settings.minimise.now_ns = watch->now_ns;
    return settings;
}

static bool load_verdicts(const struct watch *watch, struct assess_limits *limits,
                          struct error *err)
{
    static struct watch_verdicts verdicts;
    if (!watch->store)
        return true;
    if (!watch_verdicts_load(watch->store, basis_name(watch->options->basis), watch->now_ns,
                             &verdicts, err))
        return false;
    if (verdicts.left > 0)
        fprintf(stderr,
                "sekisho watch: %llu old verdicts are not applied: there are too many\n",
                (unsigned long long)verdicts.left);
    limits->verdicts = verdicts.list;
    limits->verdict_count = verdicts.count;
    return true;
}

static bool open_keeper(struct watch *watch, struct hash_key key, struct error *err)
{
    struct keeper_settings settings = keeper_defaults(watch->options->memory_octets);
    struct arena memory;
    settings.key = key;
    settings.assess.alerts_per_day = watch->options->alerts_per_day;
    settings.assess.pollers = watch->reference.pollers;
    settings.keep = keep;
    settings.context = watch;
    if (!load_verdicts(watch, &settings.assess, err))
        return false;
    if (!memory_reserve(keeper_size(&settings), pages_for(watch), &memory, err))
        return false;
    watch->keeper = keeper_init(&settings, &memory);
    return true;
}

/* What is selected is selected under it, so it is in the ledger before anything is read. */
static bool open_warrant(struct watch *watch, struct error *err)
{
    const struct watch_options *options = watch->options;
    const struct watch_signer signer = { watch->reference.indicators, watch->keys.warrant,
                                         watch->now_ns };
    if (!watch_warrant_make(options, &signer, &watch->warrant, err))
        return false;
    if (!options->without_store && options->depth == PIPELINE_ALL &&
        !(watch_reference_enter(&watch->reference, watch->now_ns, err) &&
          watch_warrant_begin(&watch->warrant, watch->now_ns, err)))
        return false;
    if (!options->quiet)
        watch_warrant_tell(&watch->warrant, stderr);
    return true;
}

/* From here on what behaviours count is that of the runs before, and of other sensors. */
static bool open_state(struct watch *watch, const struct workers_settings *settings,
                       struct error *err)
{
    const struct watch_options *options = watch->options;
    watch->state = (struct watch_state){
        .folder = options->state,
        .joins = options->joins,
        .join_count = options->join_count,
        .behaviours_octets = settings->pipeline.behaviours_octets,
        .hash_key = settings->pipeline.key,
        .worker_count = settings->count,
    };
    memcpy(watch->state.key, watch->keys.state, sizeof watch->state.key);
    return watch_state_load(&watch->state, watch->workers, err);
}

static bool open_workers(struct watch *watch, struct error *err)
{
    struct workers_settings settings = { .count = workers_of(watch),
                                         .pipeline = pipeline_settings_of(watch),
                                         .collect = collect_defaults,
                                         .sampling = { watch->reference.sampling.rules,
                                                       watch->reference.sampling.count },
                                         .pages = pages_for(watch),
                                         .is_live = watch->input.has_sockets,
                                         .keep = watch_state_keep,
                                         .keep_context = &watch->state };
    if (!watch_keys_make(watch->options, &watch->keys, err) || !open_warrant(watch, err) ||
        !open_keeper(watch, watch->keys.tables, err))
        return false;
    settings.pipeline.key = watch->keys.tables;
    memcpy(settings.pipeline.minimise.key, watch->keys.pseudonyms,
           sizeof watch->keys.pseudonyms);
    settings.keeper = watch->keeper;
    watch->workers = workers_start(&settings, err);
    return watch->workers && open_state(watch, &settings, err);
}

static void name_some(struct text *title, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count && i < 3; i++)
        text_format(title, "%s%s", title->len > 0 ? ", " : "", names[i]);
    if (count > 3)
        text_format(title, " and %zu more", count - 3);
}

static void write_title(struct watch *watch)
{
    const struct watch_options *options = watch->options;
    struct text title = text_over(watch->title, sizeof watch->title);
    name_some(&title, options->paths, options->path_count);
    name_some(&title, options->listen, options->listen_count);
    name_some(&title, options->interfaces, options->interface_count);
}

static bool open_store(struct watch *watch, struct error *err)
{
    char room[4096];
    const char *path = watch->options->store;
    if (watch->options->without_store || watch->options->depth < PIPELINE_ALL)
        return true;
    if (!path) {
        if (!state_path("watch.sqlite", room, sizeof room, err) ||
            !state_make_folders(room, err))
            return false;
        path = room;
    }
    struct store_erasure erasure;
    watch->store = store_open(path, err);
    return watch->store && erasing_sweep(watch->store, "*", watch->now_ns, &erasure, err) &&
           store_begin_run(watch->store, watch->now_ns, watch->title, err);
}

/* Sockets are opened before the sandbox that forbids it, and processes that send are begun;
 * files are opened after. */
static bool open_input(struct watch *watch, struct error *err)
{
    bool has_sockets = watch->options->listen_count > 0 || watch->options->interface_count > 0;
    bool is_live = has_sockets || watch->options->follow;
    if (!watch_exports_open(watch->options, is_live, &watch->exports, err))
        return false;
    if (!has_sockets && !sandbox_enter(err))
        return false;
    return watch_input_open(watch->options, &stopping, &watch->input, err) &&
           (!has_sockets || sandbox_enter_listening(err));
}

/* Of listeners; a file tells its templates itself. */
static bool keeps_templates(const struct watch *watch)
{
    return watch->options->listen_count > 0 && !watch->options->without_store;
}

static bool load_templates(struct watch *watch, struct error *err)
{
    return !keeps_templates(watch) ||
           watch_templates_load(workers_collect(watch->workers), watch->now_ns, err);
}

static bool open_all(struct watch *watch, struct error *err)
{
    watch->now_ns = clock_now_ns();
    watch->start_ns = clock_monotonic_ns();
    memory_wipe_when_freed();
    write_title(watch);
    return open_input(watch, err) &&
           watch_reference_load(watch->options, &watch->reference, err) &&
           open_store(watch, err) &&
           watch_records_open(watch->options, watch->input.is_live, &watch->records, err) &&
           open_workers(watch, err) && load_templates(watch, err);
}

/* Something was asked for on standard output, so nothing else goes there. */
static bool has_standard_output(const struct watch_options *options)
{
    return watch_count_standard(options) > 0;
}

static void save_templates(const struct watch *watch)
{
    struct error err;
    if (keeps_templates(watch) && !watch_templates_save(workers_collect(watch->workers), &err))
        fprintf(stderr, "sekisho watch: %s\n", err.text);
}

/* While the keeper is held: it writes the same files. */
static void flush_records(struct watch *watch)
{
    if (!watch->keep_failed && !watch_records_flush(&watch->records, &watch->keep_error))
        remember_failure(watch);
}

static void summarise(const struct watch *watch, struct summary *summary)
{
    *summary = (struct summary){ .version = SEKISHO_VERSION };
    workers_summarise(watch->workers, summary);
    watch_input_count(&watch->input, summary);
    summary_count(summary, "lists", "taken", "indicators", watch->reference.lines_taken);
    summary_count(summary, "lists", "refused", "lines", watch->reference.lines_refused);
    watch_exports_count(&watch->exports, summary);
    summary->files = watch->options->path_count;
    summary->file_octets = watch_input_progress(&watch->input).octets;
    summary->cpu_s = clock_cpu_s();
    summary->wall_s = (double)(clock_monotonic_ns() - watch->start_ns) / 1e9;
    summary->memory_octets = memory_peak_octets();
}

typedef bool write_fn(const struct report *report, FILE *out);

static bool write_file(const char *path, write_fn *write, const struct report *report,
                       struct error *err)
{
    struct output output;
    if (!path)
        return true;
    if (!output_open(&output, path, err))
        return false;
    return output_close(&output, write(report, output.file), err);
}

/* What a run that goes on has counted so far; a run ends for no want of it. */
static void write_metrics(struct watch *watch)
{
    static struct summary summary;
    struct error err;
    if (!watch->options->metrics)
        return;
    summarise(watch, &summary);
    struct report report = { .summary = &summary, .title = watch->title };
    if (!write_file(watch->options->metrics, report_write_metrics, &report, &err))
        fprintf(stderr, "sekisho watch: %s\n", err.text);
}

/* What is selected later is kept later; when the warrant is over, nothing is selected. */
static void keep_to_warrant(struct watch *watch)
{
    int64_t now_ns = clock_now_ns();
    workers_set_time(watch->workers, now_ns, INT64_MAX);
    if (!rule_set_drop_ended(&watch->warrant.rules, now_ns))
        return;
    workers_set_rules(watch->workers, &watch->warrant.rules);
    fputs("sekisho watch: the warrant is over, nothing is looked at any more; start again\n",
          stderr);
}

static void keep_state(struct watch *watch)
{
    if (!watch->options->state ||
        watch->judged_ns - watch->state.kept_ns < watch->options->state_ns)
        return;
    workers_keep(watch->workers);
    watch->state.kept_ns = watch->judged_ns;
}

/* Live input has no end to wait for: what is new is told now and then.  Whoever listened to
 * standard output and left ends the run. */
static void judge_live(struct watch *watch, struct progress *progress)
{
    static struct tell tell;
    const struct watch_options *options = watch->options;
    if (clock_monotonic_ns() - watch->judged_ns < options->every_ns)
        return;
    keep_to_warrant(watch);
    workers_judge(watch->workers);
    watch->judged_ns = clock_monotonic_ns();
    keep_state(watch);
    save_templates(watch);
    write_metrics(watch);
    tell.as_json = watch_is_standard(options->json);
    tell.language = options->language;
    bool is_heard = tell.as_json || (!options->quiet && !has_standard_output(options));
    if (options->depth < PIPELINE_ALL)
        return;
    size_t count = 0;
    const struct finding *findings = workers_hold_findings(watch->workers, &count);
    flush_records(watch);
    watch_exports_tell(&watch->exports);
    if (is_heard) {
        progress_end(progress);
        if (!tell_new(&tell, findings, count))
            stopping = 1;
    }
    workers_release_findings(watch->workers);
}

static bool keep_failed(const struct watch *watch)
{
    return __atomic_load_n(&watch->keep_failed, __ATOMIC_ACQUIRE);
}

/* Sockets that are silent: time goes on all the same, and flows end without what comes next. */
static void tick(struct watch *watch, enum source_state state)
{
    int64_t now_ns = clock_monotonic_ns();
    int64_t quiet_ns = now_ns - watch->quiet_from_ns;
    if (state == SOURCE_IDLE && quiet_ns < TIME_SECOND_NS)
        return;
    if (state == SOURCE_IDLE)
        workers_tick(watch->workers, quiet_ns);
    watch->quiet_from_ns = now_ns;
}

static bool run(struct watch *watch, struct error *err)
{
    struct progress progress;
    enum watch_when when = watch->options->progress;
    progress_start(&progress,
                   when == WATCH_ALWAYS ||
                       (when == WATCH_AUTO && !watch->options->quiet && isatty(STDERR_FILENO)));
    enum source_state state = SOURCE_IDLE;
    watch->judged_ns = watch->quiet_from_ns = watch->state.kept_ns = clock_monotonic_ns();
    while (!stopping && !keep_failed(watch) && state != SOURCE_END && state != SOURCE_FAILED) {
        state = watch_input_run(&watch->input, watch->workers, err);
        struct source_progress far = watch_input_progress(&watch->input);
        progress_tell(&progress, far.octets, far.octets_total, watch->input.units);
        if (watch->input.has_sockets)
            tick(watch, state);
        if (watch->input.is_live)
            judge_live(watch, &progress);
    }
    progress_end(&progress);
    save_templates(watch);
    workers_finish(watch->workers);
    watch->is_partly_sent = watch_exports_end(&watch->exports);
    if (watch->keep_failed) {
        *err = watch->keep_error;
        return false;
    }
    return state != SOURCE_FAILED && watch_state_save(&watch->state, watch->workers, err);
}

static bool write_stix(const struct report *report, FILE *out)
{
    return stix_write_bundle(report->findings, report->finding_count, report->summary,
                             report->made_ns, out);
}

static bool write_table(const struct watch_options *options, const struct report *report,
                        struct error *err)
{
    if (options->quiet || has_standard_output(options))
        return true;
    if (options->depth < PIPELINE_ALL) {
        printf("%llu packets, %llu flows, %.3f CPU seconds\n",
               (unsigned long long)report->summary->packets,
               (unsigned long long)report->summary->funnel.flows_seen, report->summary->cpu_s);
        return true;
    }
    bool colour = options->colour == WATCH_ALWAYS ||
                  (options->colour == WATCH_AUTO && isatty(STDOUT_FILENO));
    if (report_write_text(report, terminal_width(100, 160), colour, stdout) &&
        fflush(stdout) == 0)
        return true;
    return errno == EPIPE || error_set(err, errno, "standard output");
}

/* What became of all that came in. */
static bool close_warrant(const struct watch *watch, const struct summary *summary,
                          struct error *err)
{
    struct selection_account account = selection_account_of(summary);
    struct watch_outcome outcome = { .begun_ns = watch->now_ns,
                                     .ended_ns = clock_now_ns(),
                                     .is_done = !stopping || watch->input.is_live };
    if (__builtin_add_overflow(outcome.ended_ns, watch->options->retention_ns,
                               &outcome.retention_until_ns))
        outcome.retention_until_ns = INT64_MAX;
    return watch_warrant_end(&watch->warrant, &account, &outcome, err);
}

static bool write_all(struct watch *watch, size_t *finding_count, struct error *err)
{
    const struct watch_options *options = watch->options;
    struct summary summary;
    summarise(watch, &summary);
    struct report report = { .summary = &summary,
                             .title = watch->title,
                             .made_ns = clock_now_ns(),
                             .language = options->language,
                             .on_one_line =
                                 watch->input.is_live && watch_is_standard(options->json) };
    if (options->depth == PIPELINE_ALL)
        report.findings = keeper_findings(watch->keeper, &report.finding_count);
    summary.funnel.findings = report.finding_count;
    *finding_count = report.finding_count;
    /* What cannot be written does not keep the others from being written. */
    bool good = close_warrant(watch, &summary, err);
    good = (!watch->store || (store_end_run(watch->store, report.findings, report.finding_count,
                                            &summary, err) &&
                              watch_copies_put(options, watch->store, report.made_ns, err))) &&
           good;
    good = watch_records_close(&watch->records, err) && good;
    good = write_file(options->json, report_write_json, &report, err) && good;
    good = write_file(options->html, report_write_html, &report, err) && good;
    good = write_file(options->stix, write_stix, &report, err) && good;
    good = write_file(options->metrics, report_write_metrics, &report, err) && good;
    return write_table(options, &report, err) && good;
}

/* What was wrong with the input, for a person; true when something was. */
static size_t tell_logs(const struct watch *watch)
{
    const struct logs *logs = watch->workers ? workers_logs(watch->workers) : NULL;
    const char *trouble;
    uint16_t file;
    size_t count = 0;
    for (; logs && (trouble = logs_trouble(logs, count, &file)) != NULL; count++) {
        const char *path = watch_input_log(&watch->input, file);
        fprintf(stderr, "sekisho watch: %s: %s\n", path ? path : "log", trouble);
    }
    return count;
}

static bool tell_trouble(const struct watch *watch)
{
    const char *trouble;
    size_t count = 0;
    while ((trouble = watch_input_trouble(&watch->input, count)) != NULL) {
        fprintf(stderr, "sekisho watch: %s\n", trouble);
        count++;
    }
    return count + tell_logs(watch) > 0;
}

static void close_all(struct watch *watch)
{
    watch_records_abandon(&watch->records);
    watch_exports_close(&watch->exports);
    watch_input_close(&watch->input);
    workers_close(watch->workers);
    if (watch->store)
        store_close(watch->store);
}

static int watch_files(const struct watch_options *options)
{
    static struct watch watch; /* standard output may use its buffers to the end */
    struct error err = { 0 };
    size_t findings = 0;
    watch.options = options;
    catch_signals();
    bool is_good = output_keep_whole(&err) && open_all(&watch, &err) && run(&watch, &err) &&
                   write_all(&watch, &findings, &err);
    bool is_partial = tell_trouble(&watch);
    close_all(&watch);
    if (!is_good) {
        fprintf(stderr, "sekisho watch: %s\n", err.text);
        return COMMAND_FAILED;
    }
    if (is_partial || watch.is_partly_sent || (stopping && !watch.input.is_live))
        return COMMAND_PARTIAL;
    return options->exit_code && findings > 0 ? COMMAND_FOUND : COMMAND_DONE;
}

int command_watch(int argc, char **argv)
{
    struct watch_options options;
    struct error err = { 0 };
    if (!watch_options_read(argc, argv, &options, &err)) {
        fprintf(stderr, "sekisho watch: %s\n(`sekisho watch --help` tells more)\n", err.text);
        return COMMAND_USAGE;
    }
    if (options.help) {
        watch_options_help(stdout);
        return COMMAND_DONE;
    }
    return watch_files(&options);
}
