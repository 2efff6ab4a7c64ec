// SPDX-License-Identifier: Apache-2.0
#include "cmd/replay_options.h"

#include <getopt.h>
#include <stdio.h>

#include "base/time.h"
#include "cmd/cmd.h"

static const char usage[] =
    "usage: sekisho replay --to ADDRESS [OPTION]... FILE...\n"
    "\n"
    "Sends recorded flow exports to a collector, for tests: raw messages of NetFlow 5 and 9,\n"
    "IPFIX and sFlow 5, IPFIX files, and captures of exports; - is standard input.\n"
    "\n"
    "  -t, --to ADDRESS           udp:127.0.0.1:2055, tcp:127.0.0.1:4739 or tls:[::1]:4740\n"
    "  -r, --rate N               N records a second\n"
    "  -d, --datagrams N          N messages a second\n"
    "  -x, --speed X              X times as fast as they were recorded\n"
    "                             (without these: as fast as possible)\n"
    "  -n, --loop N               N times over; 0 is for ever\n"
    "  -e, --exporters N          as N exporters, each of which sends everything: from\n"
    "                             127.0.0.1 on, or over N connections\n"
    "  -s, --seconds N            stop after N seconds, at the latest\n"
    "      --tls-certificate FILE PEM: our certificate, for tls:\n"
    "      --tls-key FILE         PEM: its private key\n"
    "      --tls-authority FILE   PEM: who signed the collector's certificate\n"
    "      --allow-network        send to an address that is not this host's loopback\n"
    "  -j, --json                 what was sent as JSON\n"
    "  -h, --help                 this\n"
    "\n"
    "Exit code: 0 done, 1 failed, 2 the call was wrong, 4 part of a file could not be read.\n";

enum { OPTION_CERTIFICATE = 256, OPTION_KEY, OPTION_AUTHORITY, OPTION_NETWORK };

static const struct option long_options[] = {
    { "to", required_argument, NULL, 't' },
    { "rate", required_argument, NULL, 'r' },
    { "datagrams", required_argument, NULL, 'd' },
    { "speed", required_argument, NULL, 'x' },
    { "loop", required_argument, NULL, 'n' },
    { "exporters", required_argument, NULL, 'e' },
    { "seconds", required_argument, NULL, 's' },
    { "tls-certificate", required_argument, NULL, OPTION_CERTIFICATE },
    { "tls-key", required_argument, NULL, OPTION_KEY },
    { "tls-authority", required_argument, NULL, OPTION_AUTHORITY },
    { "allow-network", no_argument, NULL, OPTION_NETWORK },
    { "json", no_argument, NULL, 'j' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static bool complain(const char *what, const char *value)
{
    fprintf(stderr, "sekisho replay: %s \"%s\"; try --help\n", what, value);
    return false;
}

static bool read_rate(const char *value, double *out)
{
    return (text_read_fraction(bytes_of_string(value), out) && *out > 0 && *out <= 1e9) ||
           complain("a rate is above 0 and up to 1000000000, not", value);
}

static bool read_to(const char *value, struct replay_options *options)
{
    struct error err;
    return endpoint_read(value, &options->to, &err) || complain(err.text, value);
}

static bool read_exporters(const char *value, size_t *out)
{
    uint64_t count = 0;
    if (!text_read_u64(bytes_of_string(value), 10000, &count) || count == 0)
        return complain("--exporters is a number from 1 to 10000, not", value);
    *out = (size_t)count;
    return true;
}

static bool read_seconds(const char *value, int64_t *out)
{
    double seconds = 0;
    if (!text_read_fraction(bytes_of_string(value), &seconds) || seconds <= 0 || seconds > 1e9)
        return complain("--seconds is above 0, not", value);
    *out = (int64_t)(seconds * 1e9);
    return true;
}

static bool take_option(struct replay_options *options, int option, const char *value)
{
    switch (option) {
    case 't': return read_to(value, options);
    case 'r': return read_rate(value, &options->records_a_second);
    case 'd': return read_rate(value, &options->datagrams_a_second);
    case 'x': return read_rate(value, &options->speed);
    case 'e': return read_exporters(value, &options->exporters);
    case 's': return read_seconds(value, &options->span_ns);
    case 'j': options->is_json = true; return true;
    case OPTION_CERTIFICATE: options->certificate = value; return true;
    case OPTION_KEY: options->key = value; return true;
    case OPTION_AUTHORITY: options->authority = value; return true;
    case OPTION_NETWORK: options->may_leave_host = true; return true;
    case 'n':
        return text_read_u64(bytes_of_string(value), INT64_MAX, &options->loops) ||
               complain("--loop is a number, not", value);
    default: return complain("there is no such call:", value ? value : "");
    }
}

static bool is_loopback(const struct ip_address *address)
{
    struct ip_address one = { { [15] = 1 } };
    return ip_equal(address, &one) || (ip_is_v4(address) && ip_to_v4(address) >> 24 == 127);
}

/* What does not go together. */
static bool check_options(const struct replay_options *options)
{
    int paces = (options->records_a_second > 0) + (options->datagrams_a_second > 0) +
                (options->speed > 0);
    if (paces > 1)
        return complain("one of --rate, --datagrams and --speed, not", "several");
    for (size_t i = 0; i < options->path_count; i++) {
        if (options->paths[i][0] == '-' && options->paths[i][1] == '\0' && options->loops != 1)
            return complain("standard input cannot be sent several times:", "--loop");
    }
    if (!options->to.has_address)
        return complain("--to needs an address, such as", "udp:127.0.0.1:2055");
    if (!is_loopback(&options->to.address) && !options->may_leave_host)
        return complain("that address is not this host's loopback; if you are sure, add",
                        "--allow-network");
    bool is_v4 = ip_is_v4(&options->to.address);
    if (options->exporters > 1 && options->to.transport == ENDPOINT_UDP &&
        (!is_v4 || !is_loopback(&options->to.address)))
        return complain("several exporters by UDP can send to 127.0.0.0/8 only, not by",
                        "--exporters");
    return true;
}

int replay_options_read(int argc, char **argv, struct replay_options *out)
{
    *out = (struct replay_options){ .loops = 1, .exporters = 1 };
    optind = 1;
    int option = 0;
    while ((option = getopt_long(argc, argv, "t:r:d:x:n:e:s:jh", long_options, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return COMMAND_DONE;
        }
        if (option == '?') {
            fputs(usage, stderr);
            return COMMAND_USAGE;
        }
        if (!take_option(out, option, optarg))
            return COMMAND_USAGE;
    }
    out->paths = (const char *const *)(argv + optind);
    out->path_count = (size_t)(argc - optind);
    if (out->path_count == 0 || out->to.port == 0) {
        fputs(usage, stderr);
        return COMMAND_USAGE;
    }
    return check_options(out) ? REPLAY_GO : COMMAND_USAGE;
}
