// SPDX-License-Identifier: Apache-2.0
/* sekisho inspect: what exporters of flows really send, and what is wrong with it. */
#include "cmd/inspect.h"

#include <getopt.h>
#include <signal.h>
#include <stdlib.h>

#include "base/time.h"
#include "cmd/cmd.h"
#include "cmd/language.h"
#include "cmd/terminal.h"
#include "reference/sampling.h"
#include "source/exports.h"
#include "system/clock.h"
#include "system/entropy.h"
#include "system/memory.h"
#include "system/sandbox.h"

enum { WIDTH_DEFAULT = 80, WIDTH_MAX = 120 };

static const char usage[] =
    "usage: sekisho inspect [OPTION]... FILE...\n"
    "       sekisho inspect [OPTION]... --listen ADDRESS...\n"
    "\n"
    "Shows what exporters of NetFlow, IPFIX and sFlow really send, what is wrong with it, "
    "what\n"
    "that leads to, and what to ask the vendor or to set.\n"
    "\n"
    "FILE is a capture of exports (pcap, pcapng), an IPFIX file or raw messages; - is "
    "standard\n"
    "input.  ADDRESS is udp:2055, udp:192.0.2.1:2055, tcp:4739 or sctp:4739.\n"
    "\n"
    "  --listen ADDRESS   listen instead, until interrupted\n"
    "  --seconds N        listen for so long\n"
    "  --templates        every field of every template\n"
    "  --sampling FILE    rules for sampling rates (YAML), as for watch\n"
    "  --json             one JSON document, with everything\n"
    "  --language en|ja   the language (default: as the system is set)\n"
    "  --exit-code        exit with 3 when something is wrong\n"
    "  --help             this\n";

struct call {
    const char *listen[EXPORTS_LISTENERS_MAX];
    size_t listen_count;
    const char *const *paths;
    size_t path_count;
    int64_t listen_ns; /* 0: until interrupted */
    const char *sampling;
    bool json;
    bool exit_code;
    struct inspect_style style;
};

static volatile int stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

static int wrong_call(const char *words, const char *argument)
{
    fprintf(stderr, "sekisho inspect: %s%s%s\n%s", words, *argument ? ": " : "", argument,
            usage);
    return COMMAND_USAGE;
}

static int read_option(int option, struct call *call)
{
    uint64_t seconds = 0;
    switch (option) {
    case 'n':
        if (call->listen_count == EXPORTS_LISTENERS_MAX)
            return wrong_call("too many listeners, from", optarg);
        call->listen[call->listen_count++] = optarg;
        return -1;
    case 's':
        if (!text_read_u64(bytes_of_string(optarg), 1000000000, &seconds) || seconds == 0)
            return wrong_call("seconds are a whole number, not", optarg);
        call->listen_ns = (int64_t)seconds * TIME_SECOND_NS;
        return -1;
    case 'l':
        if (!language_read(optarg, &call->style.language))
            return wrong_call("a language is en or ja, not", optarg);
        return -1;
    case 't': call->style.all_fields = true; return -1;
    case 'r': call->sampling = optarg; return -1;
    case 'j': call->json = true; return -1;
    case 'x': call->exit_code = true; return -1;
    case 'h': fputs(usage, stdout); return COMMAND_DONE;
    default: fputs(usage, stderr); return COMMAND_USAGE;
    }
}

/* Fills call; -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, struct call *call)
{
    static const struct option options[] = {
        { "listen", required_argument, NULL, 'n' },
        { "seconds", required_argument, NULL, 's' },
        { "templates", no_argument, NULL, 't' },
        { "sampling", required_argument, NULL, 'r' },
        { "json", no_argument, NULL, 'j' },
        { "language", required_argument, NULL, 'l' },
        { "exit-code", no_argument, NULL, 'x' },
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
    call->paths = (const char *const *)argv + optind;
    call->path_count = (size_t)(argc - optind);
    if (call->path_count == 0 && call->listen_count == 0)
        return wrong_call("name a file, or an address with --listen", "");
    if (call->path_count > 0 && call->listen_count > 0)
        return wrong_call("files or listeners, not both", "");
    if (call->listen_ns > 0 && call->listen_count == 0)
        return wrong_call("--seconds is for --listen", "");
    return -1;
}

struct inspection {
    struct exports *exports;
    struct sampling_rules rules;
    struct collect *collect;
    struct inspect_seen *seen; /* by number of the exporter */
};

/* An IP packet has 20 to 65535 octets.  Where no packets were told they are taken for one. */
static bool is_implausible(const struct flow_half *half)
{
    uint64_t octets = half->packets > 0 ? half->octets / half->packets : 0;
    return half->packets > 1 && half->octets > 0 && (octets < 20 || octets > UINT16_MAX);
}

static void take_flows(void *context, const struct flow *flows, size_t count)
{
    struct inspection *inspection = context;
    for (size_t i = 0; i < count; i++) {
        struct inspect_seen *seen = &inspection->seen[flows[i].observation.exporter];
        int64_t span_ns = flow_end_ns(&flows[i]) - flow_start_ns(&flows[i]);
        seen->flows++;
        seen->implausible +=
            is_implausible(&flows[i].forward) || is_implausible(&flows[i].reverse);
        if (span_ns > seen->longest_ns)
            seen->longest_ns = span_ns;
    }
}

static void take_sample(void *context, const struct frame_sample *sample)
{
    struct inspection *inspection = context;
    inspection->seen[sample->observation.exporter].samples++;
}

static bool open_collect(struct inspection *inspection, struct error *err)
{
    const struct collect_limits *limits = &collect_defaults;
    const struct collect_policy policy = { inspection->rules.rules, inspection->rules.count };
    const struct collect_sink sink = { take_flows, take_sample, inspection };
    struct hash_key key;
    struct arena arena;
    size_t places = limits->exporters_max + 1;
    size_t size = collect_size(limits) + places * sizeof *inspection->seen + 64;
    if (!entropy_hash_key(&key, err) || !memory_reserve(size, MEMORY_SMALL_PAGES, &arena, err))
        return false;
    inspection->seen = ARENA_NEW(&arena, struct inspect_seen, places);
    inspection->collect = collect_init(limits, &policy, key, sink, &arena);
    return true;
}

static bool open_all(const struct call *call, struct inspection *inspection, struct error *err)
{
    const struct exports_options options = { .paths = call->paths,
                                             .path_count = call->path_count,
                                             .listen = call->listen,
                                             .listen_count = call->listen_count,
                                             .stopping = &stopping };
    if (call->sampling && !sampling_rules_load(call->sampling, &inspection->rules, err))
        return false;
    inspection->exports = exports_open(&options, err);
    return inspection->exports && open_collect(inspection, err) && sandbox_enter_listening(err);
}

static bool read_all(const struct call *call, struct inspection *inspection, struct error *err)
{
    static struct message_batch batch;
    int64_t until_ns = call->listen_ns > 0 ? clock_monotonic_ns() + call->listen_ns : INT64_MAX;
    enum source_state state = SOURCE_IDLE;
    while (state != SOURCE_END && !stopping && clock_monotonic_ns() < until_ns) {
        state = exports_read(inspection->exports, &batch, err);
        if (state == SOURCE_FAILED)
            return false;
        for (size_t i = 0; state == SOURCE_FRAMES && i < batch.count; i++)
            collect_message(inspection->collect, &batch.messages[i]);
    }
    collect_finish(inspection->collect);
    return true;
}

/* What of the input came to nothing before any exporter, in one line each. */
static void write_counters(const struct summary *summary)
{
    for (size_t i = 0; i < summary->counter_count; i++) {
        const struct counter *counter = &summary->counters[i];
        if (strcmp(counter->stage, "source") != 0 || strcmp(counter->reason, "read") == 0)
            continue;
        fprintf(stderr, "sekisho inspect: %s: %s: %s %s\n", counter->stage, counter->reason,
                slot_count(counter->count).at, counter->unit);
    }
}

/* How many exporters there were, and whether something is wrong with one. */
struct outcome {
    size_t exporters;
    bool is_wrong;
    bool is_written;
};

static struct outcome report(const struct call *call, const struct inspection *inspection)
{
    static struct summary summary;
    static struct inspect_exporter exporter;
    struct outcome outcome = { .is_written = true };
    struct inspect_json *json = call->json ? inspect_json_begin() : NULL;
    exports_count(inspection->exports, &summary);
    collect_count(inspection->collect, &summary);
    for (size_t i = 0;; i++) {
        exporter.collect = inspection->collect;
        exporter.index = i;
        exporter.seen = inspection->seen[i + 1];
        if (!inspect_judge(&exporter, call->style.language))
            break;
        outcome.exporters++;
        outcome.is_wrong |= exporter.problem_count > 0 &&
                            inspect_weight(exporter.problems[0].kind) == INSPECT_WRONG;
        if (json)
            inspect_json_add(json, &exporter, &call->style);
        else
            inspect_write_text(&exporter, &call->style, stdout);
    }
    if (json)
        outcome.is_written = inspect_json_end(json, &summary, stdout);
    else
        write_counters(&summary);
    outcome.is_written = fflush(stdout) == 0 && outcome.is_written;
    return outcome;
}

static int conclude(const struct call *call, const struct inspection *inspection,
                    struct error *err)
{
    struct outcome outcome = report(call, inspection);
    const char *trouble;
    size_t troubles = 0;
    while ((trouble = exports_trouble(inspection->exports, troubles)) != NULL) {
        fprintf(stderr, "sekisho inspect: %s\n", trouble);
        troubles++;
    }
    if (outcome.exporters == 0)
        fputs(call->style.language == REPORT_JAPANESE
                  ? "NetFlow、IPFIX、sFlow のメッセージはありませんでした。\n"
                  : "no message of NetFlow, IPFIX or sFlow came\n",
              stderr);
    if (!outcome.is_written) {
        (void)error_set(err, 0, "cannot write the report");
        return COMMAND_FAILED;
    }
    if (troubles > 0)
        return COMMAND_PARTIAL;
    return call->exit_code && outcome.is_wrong ? COMMAND_FOUND : COMMAND_DONE;
}

int command_inspect(int argc, char **argv)
{
    static struct call call;
    call.style.language = language_default();
    call.style.width = terminal_width(WIDTH_DEFAULT, WIDTH_MAX);
    int code = read_options(argc, argv, &call);
    if (code >= 0)
        return code;
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    struct error err = { 0 };
    struct inspection inspection = { 0 };
    code = COMMAND_FAILED;
    if (open_all(&call, &inspection, &err) && read_all(&call, &inspection, &err))
        code = conclude(&call, &inspection, &err);
    if (inspection.exports)
        exports_close(inspection.exports);
    sampling_rules_free(&inspection.rules);
    if (code == COMMAND_FAILED)
        fprintf(stderr, "sekisho inspect: %s\n", err.text);
    return code;
}
