// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "base/time.h"
#include "cmd/cmd.h"
#include "cmd/replay_options.h"
#include "cmd/replay_records.h"
#include "source/exports.h"
#include "system/clock.h"
#include "system/sandbox.h"
#include "system/sender.h"

/* Exporters of the recording, in the order they appear: each keeps its own source. */
enum { RECORDED_MAX = 1024 };

struct recorded {
    struct ip_address address;
    uint64_t session;
    uint16_t port;
};

struct run {
    const struct replay_options *options;
    struct sender *sender;
    struct replay_records *records;
    size_t recorded_count;
    size_t recorded_last;
    struct recorded recorded[RECORDED_MAX];
    struct sender_message queue[SENDER_BATCH_MAX];
    size_t queue_count;
    int64_t start_ns; /* monotonic */
    int64_t stop_ns;  /* or 0 */
    uint64_t turns;   /* messages given to the sender, with those of all exporters */
    uint64_t record_count;
    uint64_t not_ipfix;
    int64_t recorded_start_ns; /* of this time through the files */
    int64_t recorded_end_ns;
    int64_t shift_ns; /* of all times through the files before */
    bool is_partial;
};

static volatile int stopping;

static void stop(int signal)
{
    (void)signal;
    stopping = 1;
}

static bool is_over(const struct run *run)
{
    return stopping || (run->stop_ns != 0 && clock_monotonic_ns() >= run->stop_ns);
}

/* Pace */

/* When the message after so many is due, in time since the start. */
static int64_t due_ns(struct run *run, const struct export_message *message)
{
    const struct replay_options *options = run->options;
    if (options->records_a_second > 0)
        return (int64_t)((double)run->record_count / options->records_a_second * 1e9);
    if (options->datagrams_a_second > 0)
        return (int64_t)((double)run->turns / options->datagrams_a_second * 1e9);
    if (options->speed <= 0)
        return 0;
    int64_t time_ns = exports_time_ns(message);
    if (run->recorded_start_ns == 0)
        run->recorded_start_ns = time_ns;
    if (time_ns > run->recorded_end_ns)
        run->recorded_end_ns = time_ns;
    int64_t since_ns = time_ns > run->recorded_start_ns ? time_ns - run->recorded_start_ns : 0;
    return (int64_t)((double)(run->shift_ns + since_ns) / options->speed);
}

static bool flush(struct run *run, struct error *err)
{
    size_t count = run->queue_count;
    run->queue_count = 0;
    return count == 0 || sender_send(run->sender, run->queue, count, err);
}

/* Sleeps until a message is due, or the run is over; what waits is sent first. */
static bool wait_until(struct run *run, int64_t due, struct error *err)
{
    enum { NAP_MAX_NS = 100000000 };
    int64_t left_ns = run->start_ns + due - clock_monotonic_ns();
    if (left_ns <= 0)
        return true;
    if (!flush(run, err))
        return false;
    while (left_ns > 0 && !is_over(run)) {
        int64_t nap_ns = left_ns < NAP_MAX_NS ? left_ns : NAP_MAX_NS;
        (void)nanosleep(&(struct timespec){ .tv_nsec = nap_ns }, NULL);
        left_ns = run->start_ns + due - clock_monotonic_ns();
    }
    return true;
}

/* Sources */

static bool is_of(const struct recorded *recorded, const struct export_message *message)
{
    return recorded->port == message->port && recorded->session == message->session &&
           ip_equal(&recorded->address, &message->exporter);
}

/* The number of the message's exporter.  Past RECORDED_MAX all others are one. */
static size_t number_of(struct run *run, const struct export_message *message)
{
    if (run->recorded_last < run->recorded_count &&
        is_of(&run->recorded[run->recorded_last], message))
        return run->recorded_last;
    size_t i = 0;
    while (i < run->recorded_count && !is_of(&run->recorded[i], message))
        i++;
    if (i == RECORDED_MAX)
        i--;
    else if (i == run->recorded_count)
        run->recorded[run->recorded_count++] =
            (struct recorded){ message->exporter, message->session, message->port };
    run->recorded_last = i;
    return i;
}

/* Datagrams: each recorded exporter has as many sources as were asked for, beside each other.
 * Connections: they are shared. */
static uint32_t source_of(const struct run *run, size_t recorded, size_t exporter)
{
    size_t count = run->options->exporters;
    if (run->options->to.transport != ENDPOINT_UDP)
        return (uint32_t)exporter;
    return (uint32_t)((recorded * count + exporter) % sender_sources(run->sender));
}

/* Sending */

static bool send_message(struct run *run, const struct export_message *message,
                         struct error *err)
{
    size_t recorded = number_of(run, message);
    uint64_t records = replay_records_of(run->records, message);
    for (size_t i = 0; i < run->options->exporters && !is_over(run); i++) {
        if (!wait_until(run, due_ns(run, message), err))
            return false;
        run->queue[run->queue_count++] =
            (struct sender_message){ message->octets, source_of(run, recorded, i) };
        run->turns++;
        run->record_count += records;
        if (run->queue_count == SENDER_BATCH_MAX && !flush(run, err))
            return false;
    }
    return true;
}

static bool is_ipfix(struct bytes octets)
{
    return octets.len >= 2 && octets.at[0] == 0 && octets.at[1] == 10;
}

static bool send_batch(struct run *run, const struct message_batch *batch, struct error *err)
{
    bool needs_ipfix = run->options->to.transport != ENDPOINT_UDP;
    for (size_t i = 0; i < batch->count && !is_over(run); i++) {
        const struct export_message *message = &batch->messages[i];
        if (message->is_end)
            continue;
        if (needs_ipfix && !is_ipfix(message->octets))
            run->not_ipfix++;
        else if (!send_message(run, message, err))
            return false;
    }
    return flush(run, err); /* the next read moves what the queue points to */
}

static void tell_trouble(struct run *run, const struct exports *exports)
{
    for (size_t i = 0; exports_trouble(exports, i); i++) {
        run->is_partial = true;
        fprintf(stderr, "sekisho replay: %s\n", exports_trouble(exports, i));
    }
}

static bool send_files(struct run *run, struct error *err)
{
    static struct message_batch batch;
    struct exports_options options = { .paths = run->options->paths,
                                       .path_count = run->options->path_count,
                                       .stopping = &stopping };
    struct exports *exports = exports_open(&options, err);
    if (!exports)
        return false;
    enum source_state state = SOURCE_IDLE;
    bool is_good = true;
    while (
        is_good && !is_over(run) &&
        ((state = exports_read(exports, &batch, err)) == SOURCE_FRAMES || state == SOURCE_IDLE))
        is_good = send_batch(run, &batch, err);
    tell_trouble(run, exports);
    exports_close(exports);
    return is_good && state != SOURCE_FAILED;
}

static bool replay(struct run *run, struct error *err)
{
    const struct replay_options *options = run->options;
    run->start_ns = clock_monotonic_ns();
    if (options->span_ns > 0)
        run->stop_ns = run->start_ns + options->span_ns;
    for (uint64_t i = 0; (options->loops == 0 || i < options->loops) && !is_over(run); i++) {
        uint64_t before = run->turns;
        if (!send_files(run, err))
            return false;
        if (run->turns == before && !is_over(run))
            return error_set(err, 0, "there is no message to send in these files");
        run->shift_ns += run->recorded_end_ns - run->recorded_start_ns + TIME_MILLISECOND_NS;
        run->recorded_start_ns = run->recorded_end_ns = 0;
    }
    return true;
}

/* Telling */

static void tell(const struct run *run, double seconds)
{
    struct sender_counts counts = sender_count(run->sender);
    double rate = (double)counts.sent / seconds;
    if (run->options->is_json) {
        printf("{\"messages\": %llu, \"octets\": %llu, \"records\": %llu, \"seconds\": %.6f, "
               "\"messages_per_second\": %.1f, \"records_per_second\": %.1f, "
               "\"too_long\": %llu, \"not_ipfix\": %llu, \"nobody_there\": %llu}\n",
               (unsigned long long)counts.sent, (unsigned long long)counts.octets,
               (unsigned long long)run->record_count, seconds, rate,
               (double)run->record_count / seconds, (unsigned long long)counts.too_long,
               (unsigned long long)run->not_ipfix, (unsigned long long)counts.nobody_there);
        return;
    }
    printf("sent %llu messages, %.1f MB, %llu records in %.2f s: %.0f messages/s, "
           "%.0f records/s\n",
           (unsigned long long)counts.sent, (double)counts.octets / 1e6,
           (unsigned long long)run->record_count, seconds, rate,
           (double)run->record_count / seconds);
    if (counts.too_long > 0)
        printf("not sent: %llu messages too long for a datagram\n",
               (unsigned long long)counts.too_long);
    if (run->not_ipfix > 0)
        printf("not sent: %llu messages that are not IPFIX, over a connection\n",
               (unsigned long long)run->not_ipfix);
    if (counts.nobody_there > 0)
        printf("nobody listens there: %llu datagrams came back\n",
               (unsigned long long)counts.nobody_there);
}

static bool prepare(struct run *run, struct error *err)
{
    const struct replay_options *options = run->options;
    size_t sources = options->exporters;
    if (options->to.transport == ENDPOINT_UDP)
        sources *= RECORDED_MAX;
    struct sender_options sender = { .to = options->to,
                                     .sources = sources,
                                     .certificate = options->certificate,
                                     .key = options->key,
                                     .authority = options->authority };
    run->sender = sender_open(&sender, err);
    if (!run->sender)
        return false;
    run->records = replay_records_open(err);
    return run->records && sandbox_enter(err);
}

int command_replay(int argc, char **argv)
{
    static struct replay_options options;
    static struct run run;
    struct error err = { 0 };
    int code = replay_options_read(argc, argv, &options);
    if (code != REPLAY_GO)
        return code;
    run.options = &options;
    struct sigaction action = { .sa_handler = stop };
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    bool is_good = prepare(&run, &err) && replay(&run, &err);
    double seconds = (double)(clock_monotonic_ns() - run.start_ns) / 1e9;
    if (run.turns > 0)
        tell(&run, seconds);
    if (!is_good)
        fprintf(stderr, "sekisho replay: %s\n", err.text);
    if (run.sender)
        sender_close(run.sender);
    if (!is_good)
        return COMMAND_FAILED;
    return run.is_partial ? COMMAND_PARTIAL : COMMAND_DONE;
}
