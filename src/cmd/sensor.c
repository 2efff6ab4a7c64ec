// SPDX-License-Identifier: Apache-2.0
/* sekisho sensor: a collector and its keeper, two processes. */
#include <getopt.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/sensor_collector.h"
#include "cmd/sensor_config.h"
#include "cmd/sensor_keeper.h"

static const char usage[] =
    "usage: sekisho sensor -c FILE [--check | --print]\n"
    "\n"
    "Watches a border under warrants, for as long as it runs: a process that sees traffic and "
    "can\n"
    "do nothing else, and one that keeps what was selected, and the ledger.\n"
    "\n"
    "  -c, --config FILE  sensor.yaml: sources, warrants, places\n"
    "      --check        read it and say what is wrong, and no more\n"
    "      --print        every setting, with its default where the file has none\n"
    "      --help         this\n"
    "\n"
    "It ends at SIGTERM, with a report; SIGHUP reads warrants, trusted keys and law again.\n";

struct call {
    const char *config;
    bool check, print, collector;
};

/* Fills call; -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, struct call *call)
{
    static const struct option options[] = {
        { "config", required_argument, NULL, 'c' },
        { "check", no_argument, NULL, 'k' },
        { "print", no_argument, NULL, 'p' },
        { "help", no_argument, NULL, 'h' },
        { "collector", no_argument, NULL, 'C' }, /* ours: how the keeper begins it */
        { NULL, 0, NULL, 0 },
    };
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
        switch (option) {
        case 'c': call->config = optarg; break;
        case 'k': call->check = true; break;
        case 'p': call->print = true; break;
        case 'C': call->collector = true; break;
        case 'h': fputs(usage, stdout); return COMMAND_DONE;
        default: fputs(usage, stderr); return COMMAND_USAGE;
        }
    }
    if (call->config && optind == argc)
        return -1;
    fprintf(stderr, "sekisho sensor: name one configuration with -c\n%s", usage);
    return COMMAND_USAGE;
}

int command_sensor(int argc, char **argv)
{
    static struct sensor_config config;
    struct call call = { 0 };
    struct error err = { 0 };
    int code = read_options(argc, argv, &call);
    if (code >= 0)
        return code;
    if (!sensor_config_load(call.config, &config, &err) ||
        (call.print && !sensor_config_print(&config, stdout, &err))) {
        fprintf(stderr, "sekisho sensor: %s\n", err.text);
        return COMMAND_FAILED;
    }
    if (call.check || call.print)
        return COMMAND_DONE;
    return call.collector ? sensor_collect(&config) : sensor_keep(call.config, &config);
}
