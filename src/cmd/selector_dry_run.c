// SPDX-License-Identifier: Apache-2.0
/* sekisho selector dry-run: how far a selector reaches, before anybody approves it.  The same
 * pipeline as watch, over the operator's own input; what is selected is counted and forgotten,
 * and nothing but the counts is ever shown. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "cmd/cmd.h"
#include "cmd/selector.h"
#include "cmd/watch_input.h"
#include "cmd/watch_reference.h"
#include "reference/lists.h"
#include "system/entropy.h"
#include "system/sandbox.h"

enum { DAYS_MAX = 400, MARKS = 1 << 20, ALL_DAYS = -1 };

struct dry_day {
    int64_t day;
    uint64_t flows, servers, lines;
};

struct dry_run {
    const struct selector_call *call;
    struct watch_options options;
    struct watch_reference reference;
    struct watch_input input;
    struct rule_set rules;
    struct hash_key key;
    struct dry_day all, days[DAYS_MAX]; /* in the order they came */
    size_t day_count;
    uint64_t marks[MARKS]; /* of days and parties that were counted */
    size_t mark_count;
    uint64_t uncounted; /* parties and days past what the tables hold */
    uint32_t servers_per_day;
    struct summary summary;
};

static volatile int never;

/* Is it new?  Past the table nothing is, and that is told. */
static bool is_new(struct dry_run *run, const struct party *party, int64_t day)
{
    uint64_t hash = hash_bytes(&run->key, party_bytes(party));
    uint64_t mark = hash_two(&run->key, hash, (uint64_t)day) | 1;
    size_t at = mark >> 32 & (MARKS - 1);
    while (run->marks[at] != 0 && run->marks[at] != mark)
        at = (at + 1) & (MARKS - 1);
    if (run->marks[at] == mark)
        return false;
    if (run->mark_count >= MARKS / 4 * 3) {
        run->uncounted++;
        return false;
    }
    run->marks[at] = mark;
    run->mark_count++;
    return true;
}

static struct dry_day *find_day(struct dry_run *run, int64_t day)
{
    for (size_t i = 0; i < run->day_count; i++) {
        if (run->days[i].day == day)
            return &run->days[i];
    }
    if (run->day_count == DAYS_MAX) {
        run->uncounted++;
        return NULL;
    }
    run->days[run->day_count].day = day;
    return &run->days[run->day_count++];
}

static void count_in(struct dry_run *run, struct dry_day *day,
                     const struct minimised_flow *flow)
{
    const struct party *line = flow->line_is_initiator ? &flow->initiator : &flow->responder;
    const struct party *server = flow->line_is_initiator ? &flow->responder : &flow->initiator;
    day->flows += flow->slice == 0;
    day->servers += is_new(run, server, 2 * day->day);
    day->lines += is_new(run, line, 2 * day->day + 1);
}

static void count_flow(void *context, const struct minimised_flow *flow)
{
    struct dry_run *run = context;
    struct dry_day *day = find_day(run, flow->end_ns / TIME_DAY_NS);
    count_in(run, &run->all, flow);
    if (day)
        count_in(run, day, flow);
}

/* A file's name is its list's, with endings behind it. */
static bool is_file_of(const char *file, const char *list)
{
    size_t len = strlen(list);
    return strncmp(file, list, len) == 0 && (file[len] == '\0' || file[len] == '.');
}

static bool add_list(struct dry_run *run, const char *file, struct error *err)
{
    static char paths[WATCH_LISTS_MAX][4096];
    size_t *count = &run->options.indicator_count;
    if (*count == WATCH_LISTS_MAX)
        return error_set(err, 0, "more than %d lists", WATCH_LISTS_MAX);
    struct text path = text_over(paths[*count], sizeof paths[*count]);
    text_format(&path, "%s/%s", run->call->lists, file);
    if (path.cut)
        return error_set(err, 0, "%s/%s: too long a path", run->call->lists, file);
    run->options.indicators[*count] = paths[*count];
    ++*count;
    return true;
}

static bool find_list(struct dry_run *run, const char *name, struct error *err)
{
    DIR *folder = opendir(run->call->lists);
    bool is_found = false, is_good = true;
    if (!folder)
        return error_set(err, errno, "cannot open %s", run->call->lists);
    for (const struct dirent *entry; is_good && (entry = readdir(folder)) != NULL;) {
        if (!is_file_of(entry->d_name, name))
            continue;
        is_found = true;
        is_good = add_list(run, entry->d_name, err);
    }
    (void)closedir(folder);
    if (is_good && !is_found)
        return error_set(err, 0, "%s holds no list \"%s\"", run->call->lists, name);
    return is_good;
}

/* A list with something too wide in it is not run without that: it is to be mended. */
static bool load_lists(struct dry_run *run, struct error *err)
{
    static struct list_report reports[WATCH_LISTS_MAX];
    struct list_files files = { .paths = run->options.indicators,
                                .count = run->options.indicator_count,
                                .default_expires_ns = INT64_MAX };
    if (files.count == 0)
        return true;
    if (!lists_load(&files, run->key, &run->reference.indicators, reports, err))
        return false;
    for (size_t i = 0; i < files.count; i++) {
        if (reports[i].refused[LIST_TOO_WIDE] > 0)
            return error_set(err, 0,
                             "the list \"%s\" reaches too far: %" PRIu64
                             " of its values, such as 0.0.0.0/0 would be, are refused",
                             reports[i].name, reports[i].refused[LIST_TOO_WIDE]);
        if (reports[i].taken == 0)
            return error_set(err, 0, "the list \"%s\" holds no indicator", reports[i].name);
    }
    return true;
}

/* The limit would hide how far the selector reaches, and its days may not have come yet. */
static bool compile(struct dry_run *run, const struct selector *selector, struct error *err)
{
    struct rule head = { .from_ns = INT64_MIN, .to_ns = INT64_MAX };
    if (!selector_compile(selector, &head, &run->rules))
        return error_set(err, 0, "the selector is too large to run");
    run->servers_per_day = run->rules.rules[0].servers_per_day_max;
    run->rules.rules[0].servers_per_day_max = 0;
    for (size_t i = 0; i < run->rules.list_count; i++) {
        if (!find_list(run, run->rules.lists[i], err))
            return false;
    }
    return true;
}

static void fill_options(const struct selector_call *call, struct watch_options *out)
{
    *out = (struct watch_options){ .paths = call->paths,
                                   .path_count = call->path_count,
                                   .read = call->read,
                                   .sampling = call->sampling,
                                   .networks = call->networks,
                                   .delegated = call->delegated,
                                   .mmdb = call->mmdb,
                                   .country = call->country,
                                   .without_store = true,
                                   .quiet = true,
                                   .basis = BASIS_OWN,
                                   .depth = PIPELINE_ALL,
                                   .workers = 1,
                                   .memory_octets = (size_t)1 << 30 };
}

static struct pipeline_settings settings_of(const struct dry_run *run)
{
    struct pipeline_settings settings =
        pipeline_defaults(run->input.feeds, run->options.memory_octets);
    settings.gate = (struct gate_policy){ .basis = BASIS_OWN,
                                          .places = run->reference.places,
                                          .all_is_own = !run->reference.names_own };
    settings.indicators = run->reference.indicators;
    settings.rules = &run->rules;
    settings.key = run->key;
    return settings;
}

static bool open_workers(struct dry_run *run, struct workers **out, struct error *err)
{
    struct keeper_settings keeper = keeper_defaults(run->options.memory_octets / 8);
    struct arena memory;
    struct workers_settings settings = { .count = 1,
                                         .pipeline = settings_of(run),
                                         .collect = collect_defaults,
                                         .sampling = { run->reference.sampling.rules,
                                                       run->reference.sampling.count },
                                         .pages = MEMORY_SMALL_PAGES };
    keeper.key = run->key;
    keeper.keep = count_flow;
    keeper.context = run;
    if (!entropy_fill(settings.pipeline.minimise.key, sizeof settings.pipeline.minimise.key,
                      err) ||
        !memory_reserve(keeper_size(&keeper), MEMORY_SMALL_PAGES, &memory, err))
        return false;
    settings.keeper = keeper_init(&keeper, &memory);
    *out = workers_start(&settings, err);
    return *out != NULL;
}

static bool run_input(struct dry_run *run, struct error *err)
{
    struct workers *workers = NULL;
    enum source_state state = SOURCE_IDLE;
    if (!open_workers(run, &workers, err))
        return false;
    while (state != SOURCE_END && state != SOURCE_FAILED)
        state = watch_input_run(&run->input, workers, err);
    workers_finish(workers);
    workers_summarise(workers, &run->summary);
    watch_input_close(&run->input);
    return state != SOURCE_FAILED;
}

static bool run_all(struct dry_run *run, const struct selector *selector, struct error *err)
{
    fill_options(run->call, &run->options);
    size_t lists = 0;
    run->all.day = ALL_DAYS;
    if (!entropy_hash_key(&run->key, err) || !sandbox_enter(err) ||
        !compile(run, selector, err) || !load_lists(run, err))
        return false;
    lists = run->options.indicator_count;
    run->options.indicator_count = 0; /* loaded, and judged more strictly */
    const struct indicators *indicators = run->reference.indicators;
    bool is_good = watch_reference_load(&run->options, &run->reference, err) &&
                   watch_input_open(&run->options, &never, &run->input, err);
    run->reference.indicators = indicators;
    run->options.indicator_count = lists;
    return is_good && run_input(run, err);
}

static int by_day(const void *a, const void *b)
{
    const struct dry_day *x = a, *y = b;
    return (x->day > y->day) - (x->day < y->day);
}

static uint64_t days_stopped(const struct dry_run *run)
{
    uint64_t stopped = 0;
    for (size_t i = 0; i < run->day_count; i++)
        stopped += run->days[i].servers > run->servers_per_day;
    return stopped;
}

static const char *day_text(int64_t day, char room[TIME_TEXT_MAX])
{
    struct time_date date = time_date_of(day * TIME_DAY_NS);
    struct text text = text_over(room, TIME_TEXT_MAX);
    text_format(&text, "%04d-%02u-%02u", (int)date.year, date.month, date.day);
    return room;
}

static double percent(const struct dry_run *run)
{
    uint64_t seen = run->summary.funnel.flows_seen;
    return seen > 0 ? 100.0 * (double)run->all.flows / (double)seen : 0;
}

static int print_json(const struct dry_run *run, const char *name)
{
    json_t *days = json_array();
    char room[TIME_TEXT_MAX];
    for (size_t i = 0; i < run->day_count; i++) {
        const struct dry_day *day = &run->days[i];
        (void)json_array_append_new(
            days, json_pack("{s:s, s:I, s:I, s:I}", "day", day_text(day->day, room), "servers",
                            (json_int_t)day->servers, "lines", (json_int_t)day->lines, "flows",
                            (json_int_t)day->flows));
    }
    json_t *json =
        json_pack("{s:s, s:I, s:I, s:I, s:I, s:f, s:o, s:I, s:I, s:I}", "name", name, "servers",
                  (json_int_t)run->all.servers, "lines", (json_int_t)run->all.lines, "flows",
                  (json_int_t)run->all.flows, "flows_seen",
                  (json_int_t)run->summary.funnel.flows_seen, "percent", percent(run), "days",
                  days, "servers_per_day_max", (json_int_t)run->servers_per_day, "days_stopped",
                  (json_int_t)days_stopped(run), "uncounted", (json_int_t)run->uncounted);
    bool is_written = json && json_dumpf(json, stdout, JSON_INDENT(2) | JSON_SORT_KEYS) == 0;
    json_decref(json);
    putchar('\n');
    return is_written && fflush(stdout) == 0 ? COMMAND_DONE : COMMAND_FAILED;
}

static int print_text(const struct dry_run *run, const char *name)
{
    bool is_ja = run->call->language == REPORT_JAPANESE;
    char room[TIME_TEXT_MAX];
    printf(is_ja ? "選別条件「%s」の試行：相手先 %" PRIu64 "、回線 %" PRIu64 "、通信 %" PRIu64
                   " / %" PRIu64 "（%.4f %%）を選別したであろう\n"
                 : "%s would have selected %" PRIu64 " servers, %" PRIu64 " lines: %" PRIu64
                   " of %" PRIu64 " flows (%.4f %%)\n",
           name, run->all.servers, run->all.lines, run->all.flows,
           run->summary.funnel.flows_seen, percent(run));
    for (size_t i = 0; i < run->day_count; i++)
        printf(is_ja ? "  %s  相手先 %" PRIu64 "、回線 %" PRIu64 "、通信 %" PRIu64 "\n"
                     : "  %s  %" PRIu64 " servers, %" PRIu64 " lines, %" PRIu64 " flows\n",
               day_text(run->days[i].day, room), run->days[i].servers, run->days[i].lines,
               run->days[i].flows);
    printf(is_ja ? "上限（%u台/日）で停止したであろう日：%" PRIu64 "\n"
                 : "its limit of %u servers a day would have stopped it on %" PRIu64 " days\n",
           run->servers_per_day, days_stopped(run));
    if (run->uncounted > 0)
        printf(is_ja ? "表の容量を超えて数えられなかったもの：%" PRIu64 "\n"
                     : "more than could be counted: %" PRIu64 " times\n",
               run->uncounted);
    return fflush(stdout) == 0 ? COMMAND_DONE : COMMAND_FAILED;
}

int selector_dry_run(const struct selector_call *call)
{
    static struct dry_run run;
    struct selector_demand demand;
    struct selector_error fault;
    struct error err = { 0 };
    const struct selector *selector = NULL;
    if (!call->selector || !call->lists) {
        fputs("sekisho selector: dry-run needs --selector and --lists\n", stderr);
        return COMMAND_USAGE;
    }
    run.call = call;
    if (!selector_file_read(call->selector, &selector, &fault, &err) ||
        !selector_demand_of(call->law, call->basis, &demand, &err)) {
        fprintf(stderr, "sekisho selector: %s\n", err.text);
        return COMMAND_FAILED;
    }
    if (!selector || !selector_check(selector, &demand, &fault))
        return selector_file_tell(call->selector, &fault, call->language, stderr);
    if (!run_all(&run, selector, &err)) {
        fprintf(stderr, "sekisho selector: %s\n", err.text);
        return COMMAND_FAILED;
    }
    qsort(run.days, run.day_count, sizeof *run.days, by_day);
    return call->json ? print_json(&run, selector_name(selector))
                      : print_text(&run, selector_name(selector));
}
