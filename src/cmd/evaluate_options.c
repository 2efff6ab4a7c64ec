// SPDX-License-Identifier: Apache-2.0
#include "cmd/evaluate_options.h"

#include <getopt.h>

#include "base/time.h"

static const char help[] =
    "usage: sekisho evaluate [OPTION]... SETS.yaml...\n"
    "       sekisho evaluate [OPTION]... --truth FILE CAPTURE...\n"
    "\n"
    "Runs all detectors on labelled captures or logs and tells, with intervals, what they\n"
    "found, what they missed and what they told falsely; baselines stand beside them.\n"
    "\n"
    "Input:\n"
    "      --data DIR            where the captures of sets lie (more than once: tried in "
    "turn)\n"
    "      --set NAME            only this set of the files (may be given more than once)\n"
    "      --truth FILE          of captures: sets in YAML, or the truth of `sekisho "
    "simulate`\n"
    "      --rest-is-benign      what the truth does not name is harmless, not unknown\n"
    "      --background FILE     lay the input over this capture (may be given more than "
    "once)\n"
    "      --population SPEC     lay it over synthetic lines: lines=N,hours=H\n"
    "\n"
    "Conditions, each a run of its own beside the whole input:\n"
    "      --sampling N,...      one packet in N is counted\n"
    "      --loss PERCENT,...    exports are lost\n"
    "      --active SPAN,...     the meter's active timeout (captures)\n"
    "      --clock-error SPAN    four exporters whose clocks are wrong by up to so much\n"
    "      --permute-addresses   addresses permuted, networks kept as networks\n"
    "      --permute-hosts       addresses permuted one by one\n"
    "      --drop-ports          ports set to 0\n"
    "      --shift SPAN          all times moved\n"
    "      --shuffle-files       the files in another order\n"
    "      --leak-tests          permuted, without ports, one rule, shuffled labels,\n"
    "                            duplicates: a result is void where one fails\n"
    "\n"
    "Output:\n"
    "      --markdown FILE       the tables; - is standard output (the default)\n"
    "      --json FILE           the same for programs (docs/schema/evaluate.schema.json)\n"
    "      --log FILE            a line for each run is added to it, good or bad\n"
    "      --without-baselines   our detectors alone\n"
    "      --every SPAN          how often is judged, in the time of the input (default 10m)\n"
    "      --seed N              of all that is drawn (default 1)\n"
    "      --memory MIB          of the detectors (default 1024)\n"
    "      --flows-max N         of an input in memory (default 8000000)\n"
    "  -q, --quiet               no progress\n"
    "  -h, --help                this\n"
    "\n"
    "Exit code: 0 done, 1 failed, 2 the call was wrong, 4 part of the input was not there.\n";

enum {
    OPTION_DATA = 256,
    OPTION_SET,
    OPTION_TRUTH,
    OPTION_REST,
    OPTION_BACKGROUND,
    OPTION_POPULATION,
    OPTION_SAMPLING,
    OPTION_LOSS,
    OPTION_ACTIVE,
    OPTION_CLOCK,
    OPTION_PERMUTE,
    OPTION_PERMUTE_HOSTS,
    OPTION_PORTS,
    OPTION_SHIFT,
    OPTION_SHUFFLE,
    OPTION_LEAKS,
    OPTION_MARKDOWN,
    OPTION_JSON,
    OPTION_LOG,
    OPTION_BASELINES,
    OPTION_EVERY,
    OPTION_SEED,
    OPTION_MEMORY,
    OPTION_FLOWS
};

static const struct option long_options[] = {
    { "data", required_argument, NULL, OPTION_DATA },
    { "set", required_argument, NULL, OPTION_SET },
    { "truth", required_argument, NULL, OPTION_TRUTH },
    { "rest-is-benign", no_argument, NULL, OPTION_REST },
    { "background", required_argument, NULL, OPTION_BACKGROUND },
    { "population", required_argument, NULL, OPTION_POPULATION },
    { "sampling", required_argument, NULL, OPTION_SAMPLING },
    { "loss", required_argument, NULL, OPTION_LOSS },
    { "active", required_argument, NULL, OPTION_ACTIVE },
    { "clock-error", required_argument, NULL, OPTION_CLOCK },
    { "permute-addresses", no_argument, NULL, OPTION_PERMUTE },
    { "permute-hosts", no_argument, NULL, OPTION_PERMUTE_HOSTS },
    { "drop-ports", no_argument, NULL, OPTION_PORTS },
    { "shift", required_argument, NULL, OPTION_SHIFT },
    { "shuffle-files", no_argument, NULL, OPTION_SHUFFLE },
    { "leak-tests", no_argument, NULL, OPTION_LEAKS },
    { "markdown", required_argument, NULL, OPTION_MARKDOWN },
    { "json", required_argument, NULL, OPTION_JSON },
    { "log", required_argument, NULL, OPTION_LOG },
    { "without-baselines", no_argument, NULL, OPTION_BASELINES },
    { "every", required_argument, NULL, OPTION_EVERY },
    { "seed", required_argument, NULL, OPTION_SEED },
    { "memory", required_argument, NULL, OPTION_MEMORY },
    { "flows-max", required_argument, NULL, OPTION_FLOWS },
    { "quiet", no_argument, NULL, 'q' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static bool read_number(const char *value, uint64_t least, uint64_t most, uint64_t *out,
                        struct error *err)
{
    if (text_read_u64(bytes_of_string(value), most, out) && *out >= least)
        return true;
    return error_set(err, 0, "\"%s\" is no number from %llu to %llu", value,
                     (unsigned long long)least, (unsigned long long)most);
}

static bool read_span(const char *value, double *out, struct error *err)
{
    int64_t span_ns = 0;
    if (!time_read_span(bytes_of_string(value), &span_ns))
        return error_set(err, 0, "\"%s\" is no length of time such as 90s, 15m or 30d", value);
    *out = (double)span_ns / 1e9;
    return true;
}

static bool read_share(const char *value, double *out, struct error *err)
{
    if (text_read_fraction(bytes_of_string(value), out) && *out <= 100)
        return true;
    return error_set(err, 0, "\"%s\" is no number from 0 to 100", value);
}

static bool read_rate(const char *value, double *out, struct error *err)
{
    uint64_t rate = 0;
    if (!read_number(value, 1, 1000000, &rate, err))
        return false;
    *out = (double)rate;
    return true;
}

typedef bool read_value(const char *value, double *out, struct error *err);

/* Values with commas between. */
static bool read_sweep(const char *list, read_value *read, struct evaluate_sweep *out,
                       struct error *err)
{
    struct bytes rest = bytes_of_string(list);
    for (out->count = 0; rest.len > 0; out->count++) {
        char word[32];
        size_t len = bytes_find(rest, ',');
        if (out->count == EVALUATE_SWEEP_MAX || len >= sizeof word)
            return error_set(err, 0, "\"%s\" is no list of up to %d values", list,
                             EVALUATE_SWEEP_MAX);
        memcpy(word, rest.at, len);
        word[len] = '\0';
        if (!read(word, &out->values[out->count], err))
            return false;
        rest = bytes_slice(rest, len + 1, rest.len);
    }
    return true;
}

static bool add(const char **list, size_t *count, size_t max, const char *value,
                struct error *err)
{
    if (*count == max)
        return error_set(err, 0, "more than %zu of one option", max);
    list[(*count)++] = value;
    return true;
}

static bool take_number(struct evaluate_options *out, int option, const char *value,
                        struct error *err)
{
    uint64_t number = 0;
    switch (option) {
    case OPTION_SEED: return read_number(value, 0, INT64_MAX, &out->seed, err);
    case OPTION_MEMORY:
        if (!read_number(value, 64, 1 << 20, &number, err))
            return false;
        out->memory_octets = (size_t)number << 20;
        return true;
    default:
        if (!read_number(value, 1, 1 << 28, &number, err))
            return false;
        out->flows_max = (size_t)number;
        return true;
    }
}

static bool take_condition(struct evaluate_options *out, int option, const char *value,
                           struct error *err)
{
    double every_s = 0;
    switch (option) {
    case OPTION_SAMPLING: return read_sweep(value, read_rate, &out->sampling, err);
    case OPTION_LOSS: return read_sweep(value, read_share, &out->loss, err);
    case OPTION_ACTIVE: return read_sweep(value, read_span, &out->active, err);
    case OPTION_CLOCK: return read_span(value, &out->clock_error_s, err);
    case OPTION_SHIFT: return read_span(value, &out->shift_s, err);
    case OPTION_EVERY:
        if (!read_span(value, &every_s, err) || every_s < 1)
            return error_set(err, 0, "\"%s\" is no length of time from 1 s on", value);
        out->every_ns = (int64_t)(every_s * 1e9);
        return true;
    default: return take_number(out, option, value, err);
    }
}

static bool take_option(struct evaluate_options *out, int option, const char *value,
                        struct error *err)
{
    switch (option) {
    case OPTION_DATA: return add(out->data, &out->data_count, EVALUATE_DATA_MAX, value, err);
    case OPTION_SET: return add(out->only, &out->only_count, EVALUATE_NAMES_MAX, value, err);
    case OPTION_BACKGROUND:
        return add(out->background, &out->background_count, EVALUATE_NAMES_MAX, value, err);
    case OPTION_TRUTH: out->truth = value; return true;
    case OPTION_POPULATION: out->population = value; return true;
    case OPTION_MARKDOWN: out->markdown = value; return true;
    case OPTION_JSON: out->json = value; return true;
    case OPTION_LOG: out->log = value; return true;
    case OPTION_REST: out->rest_is_benign = true; return true;
    case OPTION_PERMUTE: out->permutes = true; return true;
    case OPTION_PERMUTE_HOSTS: out->permutes_hosts = true; return true;
    case OPTION_PORTS: out->drops_ports = true; return true;
    case OPTION_SHUFFLE: out->shuffles_files = true; return true;
    case OPTION_LEAKS: out->tests_leaks = true; return true;
    case OPTION_BASELINES: out->without_baselines = true; return true;
    case 'q': out->quiet = true; return true;
    case 'h': out->help = true; return true;
    case '?': return error_set(err, 0, "there is no such option");
    default: return take_condition(out, option, value, err);
    }
}

bool evaluate_options_read(int argc, char **argv, struct evaluate_options *out,
                           struct error *err)
{
    *out = (struct evaluate_options){ .seed = 1,
                                      .every_ns = 600 * TIME_SECOND_NS,
                                      .memory_octets = (size_t)1 << 30,
                                      .flows_max = 8000000 };
    optind = 1;
    opterr = 0;
    int option = 0;
    while ((option = getopt_long(argc, argv, "qh", long_options, NULL)) != -1) {
        if (!take_option(out, option, optarg, err))
            return false;
    }
    out->inputs = (const char *const *)argv + optind;
    out->input_count = (size_t)(argc - optind);
    if (out->help || out->population)
        return true;
    if (out->input_count == 0 || out->input_count > EVALUATE_INPUTS_MAX)
        return error_set(err, 0, "no set and no capture was named");
    return true;
}

void evaluate_options_help(FILE *out)
{
    fputs(help, out);
}
