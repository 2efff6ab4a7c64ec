// SPDX-License-Identifier: Apache-2.0
/* Takes messages of exporters and says what came, for tests of source/exports.h.
 *
 * usage: exports_count [OPTION]... FILE|udp:PORT|tcp:PORT|...
 *   --certificate F --key F --authority F   for tls:
 *   --receive N     octets of the kernel's buffer
 *   --sessions N    most connections
 *   --idle MS       of a connection
 *   --messages      one line for each message
 *   --sandbox       enter the sandbox after opening
 *   --slow US       sleep after each batch
 * Prints "port N" for each listener, then at the end (SIGTERM for listeners) counters as
 * "COUNT UNIT REASON", and trouble. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "source/exports.h"
#include "system/clock.h"
#include "system/memory.h"
#include "system/sandbox.h"

static volatile int stopping;

static void stop(int signal)
{
    (void)signal;
    stopping = 1;
}

struct run {
    struct exports_options options;
    bool shows_messages, is_sandboxed;
    useconds_t slow_us;
    uint64_t messages, octets, lost, ends;
    uint8_t xor ; /* so that every octet is looked at */
};

static uint64_t number(const char *text)
{
    uint64_t value = 0;
    if (!text_read_u64(bytes_of_string(text), UINT32_MAX, &value))
        exit(2);
    return value;
}

static void read_options(int argc, char **argv, struct run *run)
{
    static const struct option options[] = {
        { "certificate", required_argument, NULL, 'c' },
        { "key", required_argument, NULL, 'k' },
        { "authority", required_argument, NULL, 'a' },
        { "receive", required_argument, NULL, 'r' },
        { "sessions", required_argument, NULL, 's' },
        { "idle", required_argument, NULL, 'i' },
        { "messages", no_argument, NULL, 'm' },
        { "sandbox", no_argument, NULL, 'x' },
        { "slow", required_argument, NULL, 'w' },
        { NULL, 0, NULL, 0 },
    };
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'c': run->options.certificate = optarg; break;
        case 'k': run->options.key = optarg; break;
        case 'a': run->options.authority = optarg; break;
        case 'r': run->options.receive_octets = number(optarg); break;
        case 's': run->options.sessions_max = number(optarg); break;
        case 'i': run->options.idle_ns = (int64_t)number(optarg) * 1000000; break;
        case 'm': run->shows_messages = true; break;
        case 'x': run->is_sandboxed = true; break;
        case 'w': run->slow_us = (useconds_t)number(optarg); break;
        default: exit(2);
        }
    }
    const char *const *rest = (const char *const *)(argv + optind);
    size_t count = (size_t)(argc - optind);
    bool listens = false;
    static const char *const transports[] = { "udp:", "tcp:", "sctp:", "tls:" };
    for (size_t i = 0; count > 0 && i < sizeof transports / sizeof *transports; i++)
        listens |= strncmp(rest[0], transports[i], strlen(transports[i])) == 0;
    run->options.listen = listens ? rest : NULL;
    run->options.listen_count = listens ? count : 0;
    run->options.paths = listens ? NULL : rest;
    run->options.path_count = listens ? 0 : count;
    run->options.stopping = &stopping;
}

static void show(const struct export_message *message)
{
    char room[IP_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    ip_write(&message->exporter, &text);
    printf("message %s %u session %llu octets %zu version %d received %lld%s\n", room,
           message->port, (unsigned long long)message->session, message->octets.len,
           message->octets.len > 1 ? message->octets.at[0] << 8 | message->octets.at[1] : 0,
           (long long)message->received_ns, message->is_end ? " end" : "");
}

static void take(struct run *run, const struct message_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct export_message *message = &batch->messages[i];
        run->messages += !message->is_end;
        run->ends += message->is_end;
        run->lost += message->lost_before;
        run->octets += message->octets.len;
        for (size_t at = 0; at < message->octets.len; at += 64)
            run->xor ^= message->octets.at[at];
        if (run->shows_messages)
            show(message);
    }
    if (run->slow_us > 0)
        usleep(run->slow_us);
}

static void report(const struct run *run, const struct exports *exports)
{
    static struct summary summary;
    exports_count(exports, &summary);
    printf("%llu messages\n%llu octets\n%llu ends\n%llu lost before\n%u xor\n",
           (unsigned long long)run->messages, (unsigned long long)run->octets,
           (unsigned long long)run->ends, (unsigned long long)run->lost, run->xor);
    for (size_t i = 0; i < summary.counter_count; i++)
        printf("%llu %s %s\n", (unsigned long long)summary.counters[i].count,
               summary.counters[i].unit, summary.counters[i].reason);
    for (size_t i = 0; exports_trouble(exports, i); i++)
        printf("trouble: %s\n", exports_trouble(exports, i));
    printf("%.3f cpu s\n%llu peak octets\n", clock_cpu_s(),
           (unsigned long long)memory_peak_octets());
}

int main(int argc, char **argv)
{
    struct run run = { 0 };
    struct error err = { 0 };
    read_options(argc, argv, &run);
    struct sigaction action = { .sa_handler = stop };
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    struct exports *exports = exports_open(&run.options, &err);
    if (!exports || (run.is_sandboxed && !sandbox_enter_listening(&err))) {
        printf("error: %s\n", err.text);
        return 1;
    }
    for (size_t i = 0; i < run.options.listen_count; i++)
        printf("port %u\n", exports_port(exports, i));
    (void)fflush(stdout);
    static struct message_batch batch;
    enum source_state state = SOURCE_FRAMES;
    while (state == SOURCE_FRAMES || (state == SOURCE_IDLE && !stopping)) {
        state = exports_read(exports, &batch, &err);
        if (state == SOURCE_FRAMES)
            take(&run, &batch);
    }
    if (state == SOURCE_FAILED)
        printf("error: %s\n", err.text);
    report(&run, exports);
    exports_close(exports);
    return 0;
}
