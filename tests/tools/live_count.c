// SPDX-License-Identifier: Apache-2.0
/* Reads interfaces as sekisho does, in the sandbox, and tells what came: for tests/live.
 * usage: live_count [-s SNAPSHOT] [-r RING_OCTETS] [-f GROUP] [-w FILE] [-n FRAMES] [-t MS]
 *                   [-plhdu] INTERFACE...
 *   -p promiscuous, -l by libpcap, -h times of the card, -d decode each frame, too, -u wait
 *   for SIGUSR1 before the first read, -w write a pcap file, -n end after so many frames, -t
 *   end when nothing came for so long, after the first frame.  Prints "ready" when the
 *   interfaces are open. */
#include "source/live.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "decode/packet.h"
#include "system/clock.h"
#include "system/sandbox.h"

struct setting {
    struct live_options live;
    const char *file;
    uint64_t frames_max;
    uint64_t quiet_ms_max;
    bool decodes;
    bool waits;
};

struct totals {
    uint64_t frames;
    uint64_t octets;
    uint64_t batches;
    uint64_t idle;
    uint64_t packets;
};

static volatile int stopping;
static volatile sig_atomic_t started;

static void on_signal(int number)
{
    if (number == SIGUSR1)
        started = 1;
    else
        stopping = 1;
}

static uint64_t number(const char *text)
{
    uint64_t out = 0;
    if (!text_read_u64(bytes_of_string(text), UINT64_MAX, &out)) {
        fprintf(stderr, "live_count: %s is no number\n", text);
        exit(2);
    }
    return out;
}

static void set(struct setting *setting, int option, const char *value)
{
    switch (option) {
    case 's': setting->live.snapshot = (uint32_t)number(value); break;
    case 'r': setting->live.ring_octets = number(value); break;
    case 'f': setting->live.fanout = (uint16_t)number(value); break;
    case 'n': setting->frames_max = number(value); break;
    case 't': setting->quiet_ms_max = number(value); break;
    case 'w': setting->file = value; break;
    case 'p': setting->live.promiscuous = true; break;
    case 'l': setting->live.by_libpcap = true; break;
    case 'h': setting->live.hardware_time = true; break;
    case 'd': setting->decodes = true; break;
    case 'u': setting->waits = true; break;
    default: exit(2);
    }
}

/* pcap with nanoseconds; the link type is that of the first frame. */
static void write_frames(FILE *file, const struct frame_batch *batch, bool is_first)
{
    if (is_first) {
        uint32_t head[6] = { 0xa1b23c4d, 0x00040002, 0, 0, 262144, batch->frames[0].link };
        (void)fwrite(head, sizeof head, 1, file);
    }
    for (size_t i = 0; i < batch->count; i++) {
        const struct frame *frame = &batch->frames[i];
        uint32_t head[4] = { (uint32_t)(frame->time_ns / 1000000000),
                             (uint32_t)(frame->time_ns % 1000000000),
                             (uint32_t)frame->captured.len, frame->wire_len };
        (void)fwrite(head, sizeof head, 1, file);
        (void)fwrite(frame->captured.at, 1, frame->captured.len, file);
    }
}

static void take(const struct setting *setting, const struct frame_batch *batch,
                 struct totals *totals)
{
    static struct packet_decoder decoder;
    struct decoded decoded;
    totals->batches++;
    totals->frames += batch->count;
    for (size_t i = 0; i < batch->count; i++) {
        totals->octets += batch->frames[i].wire_len;
        if (setting->decodes)
            totals->packets += packet_decode(&decoder, &batch->frames[i], &decoded);
    }
}

static void read_all(const struct setting *setting, struct live *live, FILE *file,
                     struct totals *totals)
{
    static struct frame_batch batch;
    struct error err = { 0 };
    int64_t last_ns = clock_monotonic_ns();
    enum source_state state = SOURCE_IDLE;
    while (state != SOURCE_END && state != SOURCE_FAILED) {
        state = live_read(live, &batch, &err);
        if (state == SOURCE_FRAMES) {
            if (file)
                write_frames(file, &batch, totals->frames == 0);
            take(setting, &batch, totals);
            last_ns = clock_monotonic_ns();
        } else if (state == SOURCE_IDLE) {
            int64_t quiet_ms = (clock_monotonic_ns() - last_ns) / 1000000;
            totals->idle++;
            if (setting->quiet_ms_max && totals->frames > 0 &&
                (uint64_t)quiet_ms >= setting->quiet_ms_max)
                stopping = 1;
        }
        if (setting->frames_max && totals->frames >= setting->frames_max)
            stopping = 1;
    }
}

static void print(const struct live *live, const struct totals *totals, double cpu_s)
{
    static struct summary summary;
    live_count(live, &summary);
    printf("{\"frames\": %" PRIu64 ", \"octets\": %" PRIu64 ", \"batches\": %" PRIu64
           ", \"idle\": %" PRIu64 ", \"packets\": %" PRIu64 ", \"cpu_s\": %.6f",
           totals->frames, totals->octets, totals->batches, totals->idle, totals->packets,
           cpu_s);
    printf(", \"counters\": {");
    for (size_t i = 0; i < summary.counter_count; i++)
        printf("%s\"%s %s\": %" PRIu64, i > 0 ? ", " : "", summary.counters[i].unit,
               summary.counters[i].reason, summary.counters[i].count);
    printf("}, \"trouble\": [");
    for (size_t i = 0; live_trouble(live, i); i++)
        printf("%s\"%s\"", i > 0 ? ", " : "", live_trouble(live, i));
    printf("]}\n");
}

static void catch_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal };
    (void)sigaction(SIGUSR1, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
}

int main(int argc, char **argv)
{
    struct setting setting = { .live = { .stopping = &stopping } };
    struct totals totals = { 0 };
    struct error err = { 0 };
    for (int option; (option = getopt(argc, argv, "s:r:f:n:t:w:plhdu")) != -1;)
        set(&setting, option, optarg);
    const char *names[LIVE_INTERFACES_MAX + 1];
    for (int i = optind; i < argc && i - optind <= LIVE_INTERFACES_MAX; i++)
        names[setting.live.interface_count++] = argv[i];
    setting.live.interfaces = names;
    catch_signals();
    FILE *file = setting.file ? fopen(setting.file, "wb") : NULL;
    struct live *live = live_open(&setting.live, &err);
    if (!live || !sandbox_enter(&err)) {
        fprintf(stderr, "live_count: %s\n", err.text);
        return EXIT_FAILURE;
    }
    printf("ready\n");
    (void)fflush(stdout);
    while (setting.waits && !started && !stopping)
        (void)usleep(1000);
    double start_s = clock_cpu_s();
    read_all(&setting, live, file, &totals);
    print(live, &totals, clock_cpu_s() - start_s);
    live_close(live);
    return file && fclose(file) != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
