// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *purpose;
} commands[] = {
    { "watch", command_watch, "from traffic to findings" },
    { "explain", command_explain, "why a finding was made" },
    { "infrastructure", command_infrastructure, "findings that have something in common" },
    { "query", command_query, "records and findings, for a purpose the law allows" },
    { "verdict", command_verdict, "what a finding's subject is, as a person decided" },
    { "retention", command_retention, "how long what is kept is kept, and erasure" },
    { "reidentify", command_reidentify, "whose line a pseudonym is, by a signed order" },
    { "indicators", command_indicators, "lists of indicators made into signed generations" },
    { "inspect", command_inspect, "what exporters of flows really send" },
    { "replay", command_replay, "recorded flow exports, sent again for tests" },
    { "evaluate", command_evaluate, "detectors and baselines held against labelled traffic" },
    { "sensor", command_sensor, "a border watched under warrants, by two processes" },
    { "hub", command_hub, "where sensors report and people decide" },
    { "simulate", command_simulate, "synthetic traffic with its truth" },
    { "key", command_key, "keys that sign: made, and their public part shown" },
    { "law", command_law, "what the law's data allows, and its check" },
    { "ledger", command_ledger, "a witness signs a log that is not its own" },
    { "selector", command_selector, "what may be selected: checked, told, tried" },
    { "uplink", command_uplink, "what a sensor kept, to its hub; and warrants back" },
    { "verify", command_verify, "the check of a ledger, with nothing but its public key" },
    { "warrant", command_warrant, "warrants: drafted, signed, verified, revoked" },
};

static void print_usage(FILE *out)
{
    fputs("usage: sekisho COMMAND [OPTION]... [FILE]...\n\n", out);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].purpose);
    fputs("\n`sekisho COMMAND --help` tells more; so does `man sekisho`.\n", out);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return COMMAND_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_usage(stdout);
        return COMMAND_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("sekisho " SEKISHO_VERSION);
        return COMMAND_DONE;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    }
    fprintf(stderr, "sekisho: there is no command \"%s\"\n", argv[1]);
    print_usage(stderr);
    return COMMAND_USAGE;
}
