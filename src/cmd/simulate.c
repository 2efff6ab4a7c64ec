// SPDX-License-Identifier: Apache-2.0
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "base/time.h"
#include "cmd/cmd.h"
#include "cmd/output.h"
#include "cmd/progress.h"
#include "cmd/truth.h"
#include "reference/scenario.h"
#include "simulate/pcapng.h"
#include "simulate/simulate.h"
#include "system/clock.h"
#include "system/memory.h"

static const char usage[] =
    "usage: sekisho simulate SCENARIO.yaml -o OUT.pcapng [OPTION]...\n"
    "\n"
    "Writes synthetic traffic as a scenario describes it: the same scenario and seed give\n"
    "the same file, byte for byte.\n"
    "\n"
    "  -o, --output FILE     the capture (pcapng); - is standard output\n"
    "      --truth FILE      what is true of it (JSON): servers, lines, scans, canaries\n"
    "      --networks FILE   its networks, for `sekisho watch --networks`\n"
    "      --seed N          instead of the scenario's\n"
    "      --scale X         X times as many harmless lines\n"
    "      --duration SPAN   instead of the scenario's: 90s, 15m, 12h, 30d\n"
    "      --snaplen N       keep N octets of each frame\n"
    "  -q, --quiet           no progress and no summary\n"
    "  -h, --help            this\n"
    "\n"
    "Exit code: 0 done, 1 failed, 2 the call was wrong.\n";

struct options {
    const char *scenario, *output, *truth, *networks;
    int64_t duration_ns; /* 0: the scenario's */
    uint64_t seed;
    uint64_t snap_octets;
    double scale;
    bool has_seed, is_quiet;
};

enum {
    OPTION_TRUTH = 256,
    OPTION_NETWORKS,
    OPTION_SEED,
    OPTION_SCALE,
    OPTION_DURATION,
    OPTION_SNAPLEN
};

static const struct option long_options[] = {
    { "output", required_argument, NULL, 'o' },
    { "truth", required_argument, NULL, OPTION_TRUTH },
    { "networks", required_argument, NULL, OPTION_NETWORKS },
    { "seed", required_argument, NULL, OPTION_SEED },
    { "scale", required_argument, NULL, OPTION_SCALE },
    { "duration", required_argument, NULL, OPTION_DURATION },
    { "snaplen", required_argument, NULL, OPTION_SNAPLEN },
    { "quiet", no_argument, NULL, 'q' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static bool complain(const char *what, const char *value)
{
    fprintf(stderr, "sekisho simulate: %s \"%s\"; try --help\n", what, value);
    return false;
}

static bool take_option(struct options *options, int option, const char *value)
{
    switch (option) {
    case 'o': options->output = value; return true;
    case 'q': options->is_quiet = true; return true;
    case OPTION_TRUTH: options->truth = value; return true;
    case OPTION_NETWORKS: options->networks = value; return true;
    case OPTION_DURATION:
        return (time_read_span(bytes_of_string(value), &options->duration_ns) &&
                options->duration_ns > 0 && options->duration_ns <= SCENARIO_SPAN_MAX_NS) ||
               complain("--duration is no length of time up to a year:", value);
    case OPTION_SEED:
        options->has_seed = true;
        return text_read_u64(bytes_of_string(value), INT64_MAX, &options->seed) ||
               complain("--seed is no number up to 2^63 - 1:", value);
    case OPTION_SCALE:
        return (text_read_fraction(bytes_of_string(value), &options->scale) &&
                options->scale > 0 && options->scale <= 10000) ||
               complain("--scale is not above 0 and up to 10000:", value);
    case OPTION_SNAPLEN:
        return (text_read_u64(bytes_of_string(value), 65535, &options->snap_octets) &&
                options->snap_octets >= 14) ||
               complain("--snaplen is not from 14 to 65535:", value);
    default: return complain("there is no such call:", value ? value : "");
    }
}

static bool read_options(int argc, char **argv, struct options *out)
{
    *out = (struct options){ .scale = 1, .snap_octets = 65535 };
    optind = 1;
    int option = 0;
    while ((option = getopt_long(argc, argv, "o:qh", long_options, NULL)) != -1) {
        if (option == '?') {
            fputs(usage, stderr);
            return false;
        }
        if (!take_option(out, option, optarg))
            return false;
    }
    if (optind + 1 != argc || !out->output) {
        fputs(usage, stderr);
        return false;
    }
    out->scenario = argv[optind];
    return true;
}

struct run {
    const struct options *options;
    struct scenario scenario;
    struct simulation *simulation;
    uint64_t seed;
    uint64_t packets;
    uint64_t octets;
    uint64_t file_octets;
    struct progress progress;
};

static bool prepare(struct run *run, struct error *err)
{
    const struct options *options = run->options;
    struct arena keep;
    if (!memory_reserve(SCENARIO_MEMORY, MEMORY_SMALL_PAGES, &keep, err) ||
        !scenario_load(options->scenario, &keep, &run->scenario, err))
        return false;
    struct scenario *scenario = &run->scenario;
    if (options->duration_ns > 0)
        scenario->duration_ns = options->duration_ns;
    if (options->scale < 1 || options->scale > 1)
        scenario_scale(scenario, options->scale);
    run->seed = options->has_seed ? options->seed : scenario->seed;
    struct arena memory;
    struct error why;
    if (!memory_reserve(simulate_size(scenario), MEMORY_SMALL_PAGES, &memory, err))
        return false;
    return simulate_start(scenario, run->seed, &memory, &run->simulation, &why) ||
           error_set(err, 0, "%s: %s", options->scenario, why.text);
}

/* How large the file will be is guessed from how far its time has come. */
static void show_progress(struct run *run, int64_t time_ns)
{
    double done = (double)(time_ns - run->scenario.start_ns + 1) /
                  (double)(run->scenario.duration_ns + 1);
    uint64_t total = (uint64_t)((double)run->file_octets / done);
    progress_tell(&run->progress, run->file_octets, total, run->packets);
}

/* A failure is told by output_close, from errno. */
static bool write_frames(struct run *run, FILE *file, const struct frame_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct frame frame = batch->frames[i];
        uint8_t room[WIRE_FRAME_MAX + PCAPNG_PACKET_OVERHEAD];
        frame.captured = bytes_slice(frame.captured, 0, run->options->snap_octets);
        size_t len = pcapng_write_packet(&frame, room);
        if (fwrite(room, 1, len, file) != len)
            return false;
        run->packets++;
        run->octets += frame.wire_len;
        run->file_octets += len;
    }
    return true;
}

static bool write_capture(struct run *run, FILE *file)
{
    uint8_t header[PCAPNG_HEADER_MAX];
    size_t len = pcapng_write_header((uint32_t)run->options->snap_octets, header);
    run->file_octets = len;
    if (fwrite(header, 1, len, file) != len)
        return false;
    static struct frame_batch batch;
    while (simulate_run(run->simulation, &batch) > 0) {
        if (!write_frames(run, file, &batch))
            return false;
        show_progress(run, batch.frames[batch.count - 1].time_ns);
    }
    return true;
}

static bool write_truth(const struct run *run, struct error *err)
{
    const struct options *options = run->options;
    struct truth truth = { .scenario_path = options->scenario,
                           .scenario = &run->scenario,
                           .simulation = run->simulation,
                           .seed = run->seed,
                           .packets = run->packets,
                           .octets = run->octets };
    if (options->networks && !truth_write_networks(&run->scenario, options->networks, err))
        return false;
    return !options->truth || truth_write(&truth, options->truth, err);
}

static bool simulate(struct run *run, struct error *err)
{
    static char buffer[1 << 18];
    struct output output;
    if (!prepare(run, err) || !output_open(&output, run->options->output, err))
        return false;
    (void)setvbuf(output.file, buffer, _IOFBF, sizeof buffer);
    progress_start(&run->progress, !run->options->is_quiet && isatty(STDERR_FILENO));
    bool is_good = write_capture(run, output.file);
    progress_end(&run->progress);
    return output_close(&output, is_good, err) && write_truth(run, err);
}

int command_simulate(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(usage, stdout);
            return COMMAND_DONE;
        }
    }
    struct options options;
    if (!read_options(argc, argv, &options))
        return COMMAND_USAGE;
    struct run run = { .options = &options };
    struct error err = { 0 };
    double start_s = clock_cpu_s();
    if (!simulate(&run, &err)) {
        fprintf(stderr, "sekisho simulate: %s\n", err.text);
        return COMMAND_FAILED;
    }
    double cpu_s = clock_cpu_s() - start_s;
    if (!options.is_quiet)
        fprintf(stderr, "%s: %llu packets, %.1f MB, seed %llu, %.2f s of CPU\n", options.output,
                (unsigned long long)run.packets, (double)run.file_octets / 1e6,
                (unsigned long long)run.seed, cpu_s);
    return COMMAND_DONE;
}
