// SPDX-License-Identifier: Apache-2.0
/* sekisho infrastructure: findings of the store that have something in common, seen as one. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "base/utf8.h"
#include "cmd/asking.h"
#include "cmd/cmd.h"
#include "cmd/output.h"
#include "exchange/stix_infrastructure.h"
#include "store/store.h"

enum { RECORDS_OF_FINDING = 200 };

static const char usage[] =
    "usage: sekisho infrastructure [OPTION]...\n"
    "\n"
    "Joins the findings of the store that have a certificate, a greeting, a name, an address, "
    "a\n"
    "network or several lines in common, and shows each group with its stages: lines, relays,\n"
    "command.  Nothing of it is kept: it is computed each time, of what the store gives for "
    "the\n"
    "purpose.\n"
    "\n" ASKING_HELP "  --all              of all runs (default: the newest)\n"
    "  --lines            lines by the command servers they were in contact with\n"
    "  --stix FILE        the groups as a STIX 2.1 bundle, too; - is standard output\n"
    "  --json             as JSON\n"
    "  --help             this\n"
    "\n"
    "Exit code: 0 done, 1 failed, 2 the call was wrong, 5 refused by law.\n";

struct call {
    struct asking asking;
    bool all, as_json, lines;
    const char *stix;
};

static int wrong_call(const char *words, const char *argument)
{
    fprintf(stderr,
            "sekisho infrastructure: %s%s%s\n(`sekisho infrastructure --help` tells more)\n",
            words, *argument ? ": " : "", argument);
    return COMMAND_USAGE;
}

static int read_option(int option, struct call *call)
{
    struct error err;
    if (asking_has(option))
        return asking_take(&call->asking, option, optarg, &err) ? -1 : wrong_call(err.text, "");
    switch (option) {
    case 'a': call->all = true; return -1;
    case 'l': call->lines = true; return -1;
    case 'x': call->stix = optarg; return -1;
    case 'j': call->as_json = true; return -1;
    case 'h': fputs(usage, stdout); return COMMAND_DONE;
    default: fputs(usage, stderr); return COMMAND_USAGE;
    }
}

static int read_options(int argc, char **argv, struct call *call)
{
    static const struct option options[] = {
        ASKING_OPTIONS,
        { "all", no_argument, NULL, 'a' },
        { "lines", no_argument, NULL, 'l' },
        { "stix", required_argument, NULL, 'x' },
        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option, code = -1;
    struct error err;
    optind = 1;
    while (code < 0 && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
        code = read_option(option, call);
    if (code >= 0)
        return code;
    if (optind < argc)
        return wrong_call("nothing else is asked for", argv[optind]);
    if (call->as_json && call->stix && strcmp(call->stix, "-") == 0)
        return wrong_call("only one of --json and --stix can be standard output", "");
    return asking_find_store(&call->asking, &err) ? -1 : wrong_call(err.text, "");
}

/* Findings as they come from the store, then what their records add. */
struct view {
    struct finding *findings;
    size_t count, room;
    bool is_full; /* out of memory */
    struct infrastructure *infra;
    uint32_t position; /* of the finding whose records come */
    void *memory;
};

static void take_finding(void *context, const struct finding *finding)
{
    struct view *view = context;
    if (view->count == view->room) {
        size_t room = view->room == 0 ? 64 : view->room * 2;
        struct finding *more = realloc(view->findings, room * sizeof *more);
        view->is_full |= more == NULL;
        if (!more)
            return;
        view->findings = more;
        view->room = room;
    }
    view->findings[view->count++] = *finding;
}

static void take_record(void *context, int64_t record, const struct minimised_flow *flow)
{
    struct view *view = context;
    (void)record;
    infrastructure_add_record(view->infra, view->position, flow);
}

static bool add_records(struct store *store, struct view *view, const struct finding *finding,
                        struct error *err)
{
    struct store_filter filter = store_filter_all(RECORDS_OF_FINDING);
    view->position = infrastructure_add(view->infra, finding);
    filter.about = finding->id;
    return view->position == UINT32_MAX ||
           store_each_flow(store, &filter, take_record, view, err);
}

static bool gather(struct store *store, const struct call *call, struct view *view,
                   struct error *err)
{
    struct infrastructure_limits limits = infrastructure_defaults;
    struct store_filter filter = store_filter_all(limits.findings_max);
    filter.newest_run = !call->all;
    size_t size = infrastructure_size(&limits);
    view->memory = malloc(size);
    if (!view->memory)
        return error_set(err, 0, "out of memory");
    struct arena arena = arena_over(view->memory, size);
    view->infra = infrastructure_init(&limits, &arena);
    if (!store_each_finding(store, &filter, take_finding, view, err))
        return false;
    for (size_t i = 0; i < view->count; i++)
        if (!add_records(store, view, &view->findings[i], err))
            return false;
    return !view->is_full || error_set(err, 0, "out of memory");
}

static json_t *json_of_time(int64_t time_ns)
{
    char room[TIME_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    time_write(time_ns, 0, &text);
    return json_string(room);
}

static json_t *json_of_member(const struct finding *finding)
{
    char room[SUBJECT_TEXT_MAX];
    struct text subject = text_over(room, sizeof room);
    enum stage stage = infrastructure_stage(finding);
    finding_write_subject(finding, &subject);
    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:f}", "id", finding->id, "kind",
                     finding_kind_name(finding->kind), "stage", stage_name(stage), "subject",
                     room, "port", (int)finding->port, "protocol", (int)finding->protocol,
                     "score", finding->score);
}

static json_t *json_of_group(const struct infrastructure *infra,
                             const struct infrastructure_group *group)
{
    json_t *members = json_array(), *ties = json_array();
    for (uint32_t i = 0; i < group->member_count; i++)
        (void)json_array_append_new(
            members, json_of_member(infrastructure_finding(infra, group->members[i])));
    for (uint32_t i = 0; i < group->tie_count; i++)
        (void)json_array_append_new(
            ties, json_pack("{s:s, s:s, s:i}", "kind", tie_name(group->ties[i].tie), "value",
                            group->ties[i].value, "members", (int)group->ties[i].members));
    return json_pack(
        "{s:s, s:f, s:o, s:o, s:I, s:{s:i, s:i, s:i}, s:i, s:o, s:i, s:o}", "id", group->id,
        "score", group->score, "first_seen", json_of_time(group->first_ns), "last_seen",
        json_of_time(group->last_ns), "seen_for_s",
        (json_int_t)((group->last_ns - group->first_ns) / TIME_SECOND_NS), "stages", "command",
        (int)group->by_stage[STAGE_COMMAND], "relay", (int)group->by_stage[STAGE_RELAY], "line",
        (int)group->by_stage[STAGE_LINE], "member_total", (int)group->member_total, "members",
        members, "tie_total", (int)group->tie_total, "ties", ties);
}

static bool write_json(const struct infrastructure *infra,
                       const struct infrastructure_counts *counts)
{
    struct infrastructure_group group;
    json_t *groups = json_array();
    for (uint32_t i = 0; infrastructure_group(infra, i, &group); i++)
        (void)json_array_append_new(groups, json_of_group(infra, &group));
    json_t *document =
        json_pack("{s:o, s:i, s:i, s:i}", "infrastructure", groups, "findings_left_out",
                  (int)counts->findings_left, "marks_left_out", (int)counts->marks_left,
                  "marks_too_common", (int)counts->common);
    bool good = document && json_dumpf(document, stdout, JSON_INDENT(2)) == 0 &&
                fputc('\n', stdout) != EOF;
    json_decref(document);
    return good;
}

static const char *word_of_tie(enum tie tie, bool in_japanese)
{
    static const char *const words[TIES] = { "証明書",   "SSH応答",      "名前",
                                             "アドレス", "ネットワーク", "共通の回線数" };
    return in_japanese ? words[tie] : tie_name(tie);
}

static void write_members(const struct infrastructure *infra,
                          const struct infrastructure_group *group)
{
    for (uint32_t i = 0; i < group->member_count; i++) {
        const struct finding *finding = infrastructure_finding(infra, group->members[i]);
        char room[SUBJECT_TEXT_MAX];
        struct text subject = text_over(room, sizeof room);
        finding_write_subject(finding, &subject);
        printf("    %-7s  %3.0f  %-20s  %s", stage_name(infrastructure_stage(finding)),
               finding->score, finding->id, room);
        printf(finding->port > 0 ? " port %u\n" : "\n", (unsigned)finding->port);
    }
    if (group->member_total > group->member_count)
        printf("    ... %u\n", (unsigned)(group->member_total - group->member_count));
}

static void write_ties(const struct infrastructure_group *group, bool in_japanese)
{
    for (uint32_t i = 0; i < group->tie_count; i++) {
        char room[3 * INFRASTRUCTURE_VALUE_MAX];
        struct text value = text_over(room, sizeof room);
        utf8_put_clean(&value, bytes_of_string(group->ties[i].value));
        printf("    %s %s (%u)\n", word_of_tie(group->ties[i].tie, in_japanese), room,
               (unsigned)group->ties[i].members);
    }
    if (group->tie_total > group->tie_count)
        printf("    ... %u\n", (unsigned)(group->tie_total - group->tie_count));
}

static void write_group(const struct infrastructure *infra,
                        const struct infrastructure_group *group, bool in_japanese)
{
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];
    struct text first = text_over(from, sizeof from), last = text_over(to, sizeof to);
    time_write(group->first_ns, 0, &first);
    time_write(group->last_ns, 0, &last);
    printf(in_japanese ? "%s  スコア %.0f  指令 %u・中継 %u・回線 %u  %s から %s\n"
                       : "%s  score %.0f  %u command, %u relay, %u lines  %s to %s\n",
           group->id, group->score, (unsigned)group->by_stage[STAGE_COMMAND],
           (unsigned)group->by_stage[STAGE_RELAY], (unsigned)group->by_stage[STAGE_LINE], from,
           to);
    write_members(infra, group);
    fputs(in_japanese ? "  共通点\n" : "  in common\n", stdout);
    write_ties(group, in_japanese);
}

static bool write_text(const struct infrastructure *infra,
                       const struct infrastructure_counts *counts, bool in_japanese)
{
    struct infrastructure_group group;
    for (uint32_t i = 0; infrastructure_group(infra, i, &group); i++)
        write_group(infra, &group, in_japanese);
    if (counts->groups == 0)
        fputs(in_japanese ? "共通点のある検出はありません。\n"
                          : "no findings have anything in common\n",
              stderr);
    if (counts->findings_left + counts->marks_left + counts->common > 0)
        fprintf(stderr,
                in_japanese ? "除外: 検出 %u、特徴 %u、共有が多すぎる特徴 %u\n"
                            : "left out: %u findings, %u marks; %u marks too common to join\n",
                (unsigned)counts->findings_left, (unsigned)counts->marks_left,
                (unsigned)counts->common);
    return !ferror(stdout);
}

static bool write_lines_json(const struct infrastructure *infra,
                             const struct infrastructure_line *lines, uint32_t count,
                             uint32_t left)
{
    json_t *array = json_array();
    for (uint32_t i = 0; i < count; i++) {
        char room[PARTY_TEXT_MAX];
        struct text party = text_over(room, sizeof room);
        party_write(&lines[i].party, &party);
        (void)json_array_append_new(
            array,
            json_pack("{s:s, s:i, s:I, s:o, s:o, s:f, s:s}", "line", room, "servers",
                      (int)lines[i].servers, "connections", (json_int_t)lines[i].connections,
                      "first_seen", json_of_time(lines[i].first_ns), "last_seen",
                      json_of_time(lines[i].last_ns), "score", lines[i].score, "strongest",
                      infrastructure_finding(infra, lines[i].strongest)->id));
    }
    json_t *document = json_pack("{s:o, s:i}", "lines", array, "lines_left_out", (int)left);
    bool good = document && json_dumpf(document, stdout, JSON_INDENT(2)) == 0 &&
                fputc('\n', stdout) != EOF;
    json_decref(document);
    return good;
}

static void write_lines_text(const struct infrastructure *infra,
                             const struct infrastructure_line *lines, uint32_t count,
                             bool in_japanese)
{
    for (uint32_t i = 0; i < count; i++) {
        char room[PARTY_TEXT_MAX], from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];
        struct text party = text_over(room, sizeof room);
        struct text first = text_over(from, sizeof from), last = text_over(to, sizeof to);
        party_write(&lines[i].party, &party);
        time_write(lines[i].first_ns, 0, &first);
        time_write(lines[i].last_ns, 0, &last);
        printf(in_japanese ? "%-40s 接続先 %u  接続 %llu  %s から %s  %s (%.0f)\n"
                           : "%-40s %u servers  %llu connections  %s to %s  %s (%.0f)\n",
               room, (unsigned)lines[i].servers, (unsigned long long)lines[i].connections, from,
               to, infrastructure_finding(infra, lines[i].strongest)->id, lines[i].score);
    }
    if (count == 0)
        fputs(in_japanese ? "該当する回線はありません。\n" : "no line is in contact with any\n",
              stderr);
}

/* Membership by contact. */
static bool write_lines(const struct call *call, const struct infrastructure *infra)
{
    enum { LINES_MAX = 4096 };
    struct infrastructure_line *lines = calloc(LINES_MAX, sizeof *lines);
    uint32_t left = 0;
    bool in_japanese = call->asking.language == REPORT_JAPANESE;
    uint32_t count = lines ? infrastructure_lines(infra, lines, LINES_MAX, &left) : 0;
    bool good = lines != NULL;
    if (good && call->as_json)
        good = write_lines_json(infra, lines, count, left);
    else if (good)
        write_lines_text(infra, lines, count, in_japanese);
    if (good && left > 0)
        fprintf(stderr,
                in_japanese ? "表示しきれない回線 %u\n"
                            : "left out: %u contacts of other lines\n",
                (unsigned)left);
    free(lines);
    return good && !ferror(stdout);
}

static bool write_view(const struct call *call, const struct infrastructure *infra,
                       const struct infrastructure_counts *counts)
{
    if (call->stix && strcmp(call->stix, "-") == 0)
        return true;
    if (call->lines)
        return write_lines(call, infra);
    return call->as_json ? write_json(infra, counts)
                         : write_text(infra, counts, call->asking.language == REPORT_JAPANESE);
}

static bool write_stix(const struct call *call, const struct infrastructure *infra,
                       int64_t now_ns, struct error *err)
{
    struct output output;
    if (!call->stix)
        return true;
    if (!output_open(&output, call->stix, err))
        return false;
    return output_close(&output, stix_write_infrastructure(infra, now_ns, output.file), err);
}

static bool show(struct store *store, const struct call *call, int64_t now_ns,
                 struct error *err)
{
    struct view view = { .count = 0 };
    bool good = gather(store, call, &view, err);
    if (good) {
        struct infrastructure_counts counts = infrastructure_join(view.infra);
        good = write_stix(call, view.infra, now_ns, err);
        bool written = write_view(call, view.infra, &counts);
        good = good && ((written && fflush(stdout) == 0) ||
                        error_set(err, 0, "cannot write the answer"));
    }
    free(view.memory);
    free(view.findings);
    return good;
}

int command_infrastructure(int argc, char **argv)
{
    static struct asked asked;
    struct call call = { .asking = asking_begin("infrastructure") };
    struct error err;
    int code = read_options(argc, argv, &call);
    if (code >= 0)
        return code;
    enum asking_answer answer = asking_decide(&call.asking, "read", NULL, &asked, &err);
    if (answer == ASKING_REFUSED) {
        asking_tell(&call.asking, &asked.ruling);
        return COMMAND_REFUSED;
    }
    struct store *store = answer == ASKING_ALLOWED
                              ? store_open_reading(call.asking.store, &asked.grant, &err)
                              : NULL;
    bool good = store && show(store, &call, asked.grant.now_ns, &err);
    if (store)
        store_close(store);
    if (!good)
        fprintf(stderr, "sekisho infrastructure: %s\n", err.text);
    return good ? COMMAND_DONE : COMMAND_FAILED;
}
