// SPDX-License-Identifier: Apache-2.0
/* sekisho selector: selectors checked, shown and told before anybody approves them. */
#include "cmd/selector.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"

static const char usage[] =
    "usage: sekisho selector check [OPTION]... FILE...\n"
    "       sekisho selector show [--json] FILE\n"
    "       sekisho selector tell [--language LANGUAGE] FILE\n"
    "       sekisho selector dry-run --selector FILE --lists FOLDER [OPTION]... INPUT...\n"
    "\n"
    "check says whether a selector holds under its basis, and what it costs; show writes its\n"
    "canonical text and digest; tell says it in plain sentences; dry-run says how much of\n"
    "INPUT (captures, flow exports, logs) it would select, in counts only.\n"
    "\n"
    "  --basis ID           a basis of the law: what it asks for is checked\n"
    "  --law ID             the law, below its folder; jp\n"
    "  --selector FILE      the selector to run\n"
    "  --lists FOLDER       indicator lists, each called by its file's name\n"
    "  --networks FILE      which networks are one's own; without it all are\n"
    "  --country CODE       which country is home, for --delegated and --mmdb\n"
    "  --delegated FILE     prefixes of countries, as registries delegate them\n"
    "  --mmdb FILE          prefixes of countries, as a database\n"
    "  --sampling FILE      rates of sampling that exporters do not tell\n"
    "  --read KIND          what INPUT is: auto, packets, exports, logs\n"
    "  --json               one JSON document\n"
    "  --language LANGUAGE  en or ja\n"
    "  --help               this\n";

static int wrong_call(const char *words, const char *argument)
{
    fprintf(stderr, "sekisho selector: %s%s%s\n%s", words, *argument ? ": " : "", argument,
            usage);
    return COMMAND_USAGE;
}

static int fail(const struct error *err)
{
    fprintf(stderr, "sekisho selector: %s\n", err->text);
    return COMMAND_FAILED;
}

static bool read_kind(const char *word, enum watch_read *out)
{
    static const char *const words[] = { [WATCH_READ_AUTO] = "auto",
                                         [WATCH_READ_PACKETS] = "packets",
                                         [WATCH_READ_EXPORTS] = "exports",
                                         [WATCH_READ_LOGS] = "logs" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i], word) != 0)
            continue;
        *out = (enum watch_read)i;
        return true;
    }
    return false;
}

static int read_option(int option, struct selector_call *call)
{
    switch (option) {
    case 'b': call->basis = optarg; return -1;
    case 'w': call->law = optarg; return -1;
    case 's': call->selector = optarg; return -1;
    case 'i': call->lists = optarg; return -1;
    case 'n': call->networks = optarg; return -1;
    case 'c': call->country = optarg; return -1;
    case 'd': call->delegated = optarg; return -1;
    case 'm': call->mmdb = optarg; return -1;
    case 'p': call->sampling = optarg; return -1;
    case 'r':
        return read_kind(optarg, &call->read) ? -1
                                              : wrong_call("there is no such kind", optarg);
    case 'j': call->json = true; return -1;
    case 'l':
        return language_read(optarg, &call->language) ? -1 : wrong_call("en or ja", optarg);
    case 'h': fputs(usage, stdout); return COMMAND_DONE;
    default: fputs(usage, stderr); return COMMAND_USAGE;
    }
}

/* Fills call; -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, struct selector_call *call)
{
    static const struct option options[] = {
        { "basis", required_argument, NULL, 'b' },
        { "law", required_argument, NULL, 'w' },
        { "selector", required_argument, NULL, 's' },
        { "lists", required_argument, NULL, 'i' },
        { "networks", required_argument, NULL, 'n' },
        { "country", required_argument, NULL, 'c' },
        { "delegated", required_argument, NULL, 'd' },
        { "mmdb", required_argument, NULL, 'm' },
        { "sampling", required_argument, NULL, 'p' },
        { "read", required_argument, NULL, 'r' },
        { "json", no_argument, NULL, 'j' },
        { "language", required_argument, NULL, 'l' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        int code = read_option(option, call);
        if (code >= 0)
            return code;
    }
    if (argc - optind < 2)
        return wrong_call("say what to do, and with which file", "");
    call->verb = argv[optind];
    call->paths = (const char *const *)argv + optind + 1;
    call->path_count = (size_t)(argc - optind - 1);
    return -1;
}

static int print_json(json_t *json)
{
    bool is_written = json && json_dumpf(json, stdout, JSON_INDENT(2) | JSON_SORT_KEYS) == 0;
    json_decref(json);
    putchar('\n');
    return is_written && fflush(stdout) == 0 ? COMMAND_DONE : COMMAND_FAILED;
}

static void write_digest(const struct selector *selector, char room[65])
{
    uint8_t digest[32];
    struct text text = text_over(room, 65);
    selector_digest(selector, digest);
    text_put_hex(&text, (struct bytes){ digest, sizeof digest });
}

static json_t *cost_json(const struct selector_cost *cost)
{
    static const char *const kinds[] = { [INFORMATION_EQUIPMENT] = "equipment",
                                         [INFORMATION_COMMAND] = "command",
                                         [INFORMATION_OTHER] = "other" };
    json_t *list = json_array();
    for (size_t i = INFORMATION_EQUIPMENT; i <= INFORMATION_OTHER; i++) {
        if (cost->kinds >> i & 1)
            (void)json_array_append_new(list, json_string(kinds[i]));
    }
    return json_pack("{s:i, s:i, s:o, s:i, s:i, s:I, s:b, s:I}", "alternatives",
                     (int)cost->alternatives, "pieces_min", (int)cost->items_min, "kinds", list,
                     "lookups", (int)cost->lookups, "tests_max", (int)cost->tests_max,
                     "memory_octets", (json_int_t)cost->memory_octets, "can_reveal_line",
                     cost->can_reveal_line, "servers_per_day_max",
                     (json_int_t)cost->servers_per_day_max);
}

static void print_cost(const char *path, const struct selector *selector, bool in_japanese)
{
    struct selector_cost cost;
    selector_measure(selector, &cost);
    printf(in_japanese
               ? "%s: 可。%s：成り立ち方 %u通り、情報 最少%u、照会 %u/通信、試験 最大%u、"
                 "記憶 %llu MiB、上限 %u台/日、回線 %s\n"
               : "%s: holds. %s: ways to select: %u; pieces of information in each: at least "
                 "%u; look-ups a flow: %u; tests of a flow that is named: at most %u; "
                 "statistics: %llu MiB; servers a day: at most %u; lines: %s\n",
           path, selector_name(selector), cost.alternatives, cost.items_min, cost.lookups,
           cost.tests_max, (unsigned long long)(cost.memory_octets >> 20),
           cost.servers_per_day_max,
           cost.can_reveal_line ? (in_japanese ? "明示" : "in clear")
                                : (in_japanese ? "仮名" : "as pseudonyms"));
}

static json_t *checked_json(const char *path, const struct selector *selector,
                            const struct selector_error *fault)
{
    if (!selector)
        return json_pack("{s:s, s:b, s:{s:i, s:i, s:s, s:s, s:s}}", "file", path, "holds", 0,
                         "refused", "line", (int)fault->line, "column", (int)fault->column,
                         "words", fault->words, "words_ja", fault->words_ja, "article",
                         fault->article);
    char digest[65];
    struct selector_cost cost;
    write_digest(selector, digest);
    selector_measure(selector, &cost);
    return json_pack("{s:s, s:b, s:s, s:s, s:o}", "file", path, "holds", 1, "name",
                     selector_name(selector), "digest", digest, "cost", cost_json(&cost));
}

/* COMMAND_FOUND when it is refused. */
static int check_one(const struct selector_call *call, const char *path,
                     const struct selector_demand *demand, json_t *list)
{
    struct selector_error fault = { 0 };
    struct error err = { 0 };
    const struct selector *selector = NULL;
    bool is_read = selector_file_read(path, &selector, &fault, &err);
    if (!is_read)
        return fail(&err);
    bool holds = selector && selector_check(selector, demand, &fault);
    if (call->json)
        (void)json_array_append_new(list, checked_json(path, holds ? selector : NULL, &fault));
    else if (holds)
        print_cost(path, selector, call->language == REPORT_JAPANESE);
    else
        selector_file_tell(path, &fault, call->language, stdout);
    return holds ? COMMAND_DONE : COMMAND_FOUND;
}

static int check(const struct selector_call *call)
{
    struct selector_demand demand;
    struct error err = { 0 };
    int result = COMMAND_DONE;
    if (!selector_demand_of(call->law, call->basis, &demand, &err))
        return fail(&err);
    json_t *list = json_array();
    for (size_t i = 0; i < call->path_count && result != COMMAND_FAILED; i++) {
        int code = check_one(call, call->paths[i], &demand, list);
        result = code == COMMAND_DONE ? result : code;
    }
    if (!call->json || result == COMMAND_FAILED) {
        json_decref(list);
        return fflush(stdout) == 0 ? result : COMMAND_FAILED;
    }
    int written = print_json(list);
    return written == COMMAND_DONE ? result : written;
}

/* The one selector of a call; says why there is none. */
static const struct selector *read_one(const struct selector_call *call, int *code)
{
    struct selector_error fault;
    struct error err = { 0 };
    const struct selector *selector = NULL;
    *code = COMMAND_DONE;
    if (!selector_file_read(call->paths[0], &selector, &fault, &err))
        *code = fail(&err);
    else if (!selector)
        *code = selector_file_tell(call->paths[0], &fault, call->language, stderr);
    return selector;
}

static int show(const struct selector_call *call)
{
    static char room[SELECTOR_TEXT_MAX];
    char digest[65];
    int code = 0;
    const struct selector *selector = read_one(call, &code);
    if (!selector)
        return code;
    struct text text = text_over(room, sizeof room);
    selector_write(selector, &text);
    write_digest(selector, digest);
    if (call->json)
        return print_json(json_pack("{s:s, s:s, s:s}", "name", selector_name(selector), "text",
                                    room, "digest", digest));
    printf("%s# sha256 %s\n", room, digest);
    return fflush(stdout) == 0 ? COMMAND_DONE : COMMAND_FAILED;
}

static int tell(const struct selector_call *call)
{
    static char room[4 * SELECTOR_TEXT_MAX];
    int code = 0;
    const struct selector *selector = read_one(call, &code);
    if (!selector)
        return code;
    struct text text = text_over(room, sizeof room);
    selector_tell(selector, call->language == REPORT_JAPANESE, &text);
    if (call->json)
        return print_json(
            json_pack("{s:s, s:s}", "name", selector_name(selector), "told", room));
    fputs(room, stdout);
    return fflush(stdout) == 0 ? COMMAND_DONE : COMMAND_FAILED;
}

int command_selector(int argc, char **argv)
{
    struct selector_call call = { .law = LAW_DEFAULT, .language = language_default() };
    int code = read_options(argc, argv, &call);
    if (code >= 0)
        return code;
    if (strcmp(call.verb, "check") == 0)
        return check(&call);
    if (strcmp(call.verb, "dry-run") == 0)
        return selector_dry_run(&call);
    if (call.path_count != 1)
        return wrong_call("name one file", "");
    if (strcmp(call.verb, "show") == 0)
        return show(&call);
    if (strcmp(call.verb, "tell") == 0)
        return tell(&call);
    return wrong_call("there is no such verb", call.verb);
}
