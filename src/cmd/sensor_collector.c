// SPDX-License-Identifier: Apache-2.0
#include "cmd/sensor_collector.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/sensor_hook.h"
#include "cmd/sensor_lists.h"
#include "cmd/sensor_scope.h"
#include "cmd/watch_input.h"
#include "cmd/watch_reference.h"
#include "crossing/crossing.h"
#include "pipeline/account.h"
#include "system/channel.h"
#include "system/clock.h"
#include "system/confine.h"
#include "system/memory.h"
#include "workers/workers.h"

struct collector {
    const struct sensor_config *config;
    struct watch_options options;
    struct watch_input input;
    struct watch_reference reference;
    struct sensor_scope scope;
    struct workers *workers;
    struct sensor_keys keys;
    uint8_t lists_digest[crypto_hash_sha256_BYTES];
    uint64_t generation;           /* of the rules in force; 0: none came yet */
    struct selection_account told; /* of which a batch has told */
    int64_t told_ns;               /* wall clock */
    int64_t batched_ns;            /* monotonic */
    int64_t quiet_from_ns;
};

static struct collector collector;
static struct summary summary;
static volatile int stopping;

/* Nobody is left to work for. */
static _Noreturn void end_now(void)
{
    _exit(COMMAND_FAILED);
}

/* What is not to be read back is a bug of ours; a keeper that is gone ends us. */
static void send_message(const struct crossing_message *message, uint8_t *room)
{
    size_t len = crossing_write(message, room);
    if (len > 0 && !channel_send(SENSOR_CHANNEL_FD, (struct bytes){ room, len }))
        end_now();
}

/* Of the thread that takes records: its own room. */
static void take_flow(void *context, const struct minimised_flow *flow)
{
    static struct crossing_message message;
    static uint8_t room[CROSSING_OCTETS_MAX];
    (void)context;
    message.kind = CROSSING_FLOW;
    message.flow = *flow;
    send_message(&message, room);
}

static void take_sighting(void *context, const struct minimised_sighting *sighting)
{
    static struct crossing_message message;
    static uint8_t room[CROSSING_OCTETS_MAX];
    (void)context;
    message.kind = CROSSING_SIGHTING;
    message.sighting = *sighting;
    send_message(&message, room);
}

/* Of the thread that reads. */
static struct crossing_message *say(enum crossing_kind kind)
{
    static struct crossing_message message;
    message.kind = kind;
    return &message;
}

static void send_said(const struct crossing_message *message)
{
    static uint8_t room[CROSSING_OCTETS_MAX];
    send_message(message, room);
}

static void summarise(void)
{
    summary = (struct summary){ .version = SEKISHO_VERSION };
    workers_summarise(collector.workers, &summary);
    watch_input_count(&collector.input, &summary);
    summary_count(&summary, "lists", "taken", "indicators", collector.reference.lines_taken);
    summary_count(&summary, "lists", "refused", "lines", collector.reference.lines_refused);
}

/* What was done since the batch before, under the rules that still are in force. */
static void send_batch(void)
{
    struct crossing_message *message = say(CROSSING_BATCH);
    summarise();
    struct selection_account all = selection_account_of(&summary);
    struct selection_account since = selection_account_since(&all, &collector.told);
    int64_t now_ns = clock_now_ns();
    message->batch = (struct crossing_batch){ .generation = collector.generation,
                                              .from_ns = collector.told_ns,
                                              .to_ns = now_ns,
                                              .examined = since.examined,
                                              .selected = since.selected,
                                              .erased = since.erased,
                                              .without_warrant = since.without_warrant,
                                              .other_direction = since.other_direction,
                                              .domestic = since.domestic,
                                              .unknown_side = since.unknown_side,
                                              .unmatched = since.unmatched,
                                              .octets_copied = since.octets_copied };
    send_said(message);
    collector.told = all;
    collector.told_ns = now_ns;
    collector.batched_ns = clock_monotonic_ns();
}

static void put_word(char room[CROSSING_WORD_MAX], const char *word)
{
    struct text text = text_over(room, CROSSING_WORD_MAX);
    text_put_string(&text, word);
}

static void send_counts(void)
{
    struct crossing_message *message = say(CROSSING_COUNTS);
    struct crossing_counts *counts = &message->counts;
    summarise();
    counts->frames = summary.frames;
    counts->packets = summary.packets;
    counts->octets = summary.octets;
    counts->messages = summary.messages;
    counts->records = summary.records;
    counts->lines = summary.lines;
    counts->first_ns = summary.first_ns > 0 ? summary.first_ns : 0;
    counts->last_ns = summary.last_ns > 0 ? summary.last_ns : 0;
    counts->funnel = summary.funnel;
    counts->counter_count = summary.counter_count;
    for (size_t i = 0; i < summary.counter_count; i++) {
        const struct counter *from = &summary.counters[i];
        struct crossing_counter *to = &counts->counters[i];
        put_word(to->stage, from->stage);
        put_word(to->reason, from->reason);
        put_word(to->unit, from->unit);
        to->count = from->count;
    }
    send_said(message);
}

static void take_rules(const struct rule_set *rules)
{
    send_batch(); /* what was done before is of the rules before */
    collector.generation = rules->generation;
    workers_set_rules(collector.workers, rules);
    send_batch();
    if (rules->rule_count == 0)
        send_said(say(CROSSING_CLOSED));
}

/* What the keeper checked cannot be wrong but by a bug or a lack of memory: a new collector
 * reads the files itself. */
static void take_indicators(const struct crossing_indicators *indicators, int file)
{
    struct error err;
    if (!sensor_lists_take(indicators, file, collector.workers, &collector.reference, &err))
        end_now();
}

/* file: passed beside the message, or -1. */
static void obey(const struct crossing_message *message, int file)
{
    switch (message->kind) {
    case CROSSING_RULES: take_rules(&message->rules); break;
    case CROSSING_TIME:
        workers_set_time(collector.workers, message->time.now_ns,
                         message->time.retention_latest_ns);
        break;
    case CROSSING_JUDGE:
        workers_judge(collector.workers);
        send_counts();
        break;
    case CROSSING_STOP: stopping = 1; break;
    case CROSSING_INDICATORS: take_indicators(&message->indicators, file); return;
    case CROSSING_READY:
    case CROSSING_FLOW:
    case CROSSING_SIGHTING:
    case CROSSING_BATCH:
    case CROSSING_COUNTS:
    case CROSSING_CLOSED:
    case CROSSING_CLOCK:
    case CROSSING_END:
    case CROSSING_KINDS: break;
    }
}

static void hear(void)
{
    static struct crossing_message message;
    static uint8_t room[CROSSING_OCTETS_MAX];
    struct bytes octets;
    enum channel_state state;
    int file = -1;
    while ((state = channel_receive(SENSOR_CHANNEL_FD, room, sizeof room, &octets, &file)) ==
           CHANNEL_MESSAGE) {
        if (crossing_read(octets, CROSSING_TO_COLLECTOR, &message) != FAULT_NONE)
            end_now();
        obey(&message, file);
        if (file >= 0 && message.kind != CROSSING_INDICATORS)
            (void)close(file);
    }
    if (state != CHANNEL_EMPTY)
        end_now();
}

/* Opening */

static bool take_keys(struct error *err)
{
    ssize_t len = read(SENSOR_KEYS_FD, &collector.keys, sizeof collector.keys);
    (void)close_range(SENSOR_KEYS_FD, ~0U, 0); /* and whatever else was left open for us */
    return len == (ssize_t)sizeof collector.keys ||
           error_set(err, 0, "begun without a keeper: `sekisho sensor` begins collectors");
}

static bool add_file(const char *path, crypto_hash_sha256_state *hash, struct error *err)
{
    static uint8_t room[1 << 16];
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(err, errno, "cannot read %s", path);
    for (size_t len; (len = fread(room, 1, sizeof room, file)) > 0;)
        (void)crypto_hash_sha256_update(hash, room, len);
    bool is_read = !ferror(file);
    (void)fclose(file);
    return is_read || error_set(err, errno, "cannot read %s", path);
}

/* One digest over all lists, in the order of the configuration. */
static bool digest_lists(struct error *err)
{
    crypto_hash_sha256_state hash;
    (void)crypto_hash_sha256_init(&hash);
    for (size_t i = 0; i < collector.options.indicator_count; i++) {
        if (!add_file(collector.options.indicators[i], &hash, err))
            return false;
    }
    return crypto_hash_sha256_final(&hash, collector.lists_digest) == 0;
}

static struct pipeline_settings pipeline_settings_of(void)
{
    const struct watch_options *options = &collector.options;
    struct pipeline_settings settings =
        pipeline_defaults(collector.input.feeds, options->memory_octets / options->workers);
    settings.depth = options->depth;
    settings.meter.idle_ns = options->idle_ns;
    settings.mediate.wait_ns = collector.config->wait_seconds * TIME_SECOND_NS;
    settings.key = collector.keys.tables;
    settings.gate = (struct gate_policy){ .basis = options->basis,
                                          .directions = collector.scope.directions,
                                          .places = collector.reference.places,
                                          .all_is_own = options->basis == BASIS_OWN &&
                                                        !collector.reference.names_own };
    settings.indicators = collector.reference.indicators;
    settings.minimise.pseudonyms = options->pseudonyms;
    settings.minimise.lines_in_clear = options->basis == BASIS_OWN;
    settings.minimise.kinds_withheld = collector.scope.kinds_withheld;
    settings.minimise.retention_span_ns = options->retention_ns;
    settings.minimise.retention_latest_ns = INT64_MAX; /* until the keeper says */
    settings.minimise.now_ns = clock_now_ns();
    memcpy(settings.minimise.key, collector.keys.pseudonyms, sizeof settings.minimise.key);
    return settings;
}

static bool open_workers(struct error *err)
{
    struct workers_settings settings = {
        .count = collector.options.workers,
        .pipeline = pipeline_settings_of(),
        .collect = collect_defaults,
        .sampling = { collector.reference.sampling.rules, collector.reference.sampling.count },
        .records = { take_flow, take_sighting, NULL },
        .pages = MEMORY_LARGE_PAGES, /* what comes has no end */
        .is_live = collector.input.has_sockets,
    };
    collector.workers = workers_start(&settings, err);
    sodium_memzero(&settings, sizeof settings);
    sodium_memzero(&collector.keys, sizeof collector.keys);
    return collector.workers != NULL;
}

static bool find_user(struct confine_options *out, struct error *err)
{
    const struct passwd *user = getpwnam(collector.config->user);
    if (geteuid() == 0 && (!user || user->pw_uid == 0))
        return error_set(err, 0, "user: there is no user \"%s\" to become, or it is root",
                         collector.config->user);
    if (user) {
        out->user = user->pw_uid;
        out->group = user->pw_gid;
    }
    return true;
}

static unsigned sources_of(const struct sensor_sources *sources)
{
    if (sources->capture)
        return CONFINE_FILE;
    if (sources->interface_count > 0)
        return CONFINE_INTERFACES;
    return CONFINE_LISTENERS | (sources->tls_key ? (unsigned)CONFINE_TLS : 0);
}

static bool open_all(struct confinement *made, struct error *err)
{
    struct confine_options options = { .sources = sources_of(&collector.config->sources),
                                       .channel = SENSOR_CHANNEL_FD };
    memory_wipe_when_freed();
    return take_keys(err) && find_user(&options, err) &&
           watch_input_open(&collector.options, &stopping, &collector.input, err) &&
           watch_reference_load(&collector.options, &collector.reference, err) &&
           sensor_scope_read(collector.config, &collector.scope, err) && digest_lists(err) &&
           confine_begin(made, err) && open_workers(err) && confine_end(&options, made, err);
}

static void send_ready(const struct confinement *made)
{
    struct crossing_message *message = say(CROSSING_READY);
    message->ready =
        (struct crossing_ready){ .has_seccomp = made->has_seccomp,
                                 .has_dropped = made->has_dropped,
                                 .is_locked = made->is_locked,
                                 .landlock_abi = made->landlock_abi,
                                 .lists = (uint32_t)collector.options.indicator_count,
                                 .indicators = collector.reference.lines_taken };
    memcpy(message->ready.digest, collector.lists_digest, sizeof message->ready.digest);
    send_said(message);
}

/* Sockets that are silent: time goes on all the same (cmd/watch.c). */
static void tick(enum source_state state)
{
    int64_t now_ns = clock_monotonic_ns();
    int64_t quiet_ns = now_ns - collector.quiet_from_ns;
    if (state == SOURCE_IDLE && quiet_ns < TIME_SECOND_NS)
        return;
    if (state == SOURCE_IDLE)
        workers_tick(collector.workers, quiet_ns);
    collector.quiet_from_ns = now_ns;
}

static void wait_for_rules(void)
{
    while (!stopping && collector.generation == 0) {
        struct timespec pause = { .tv_nsec = 5 * TIME_MILLISECOND_NS };
        (void)nanosleep(&pause, NULL);
        hear();
    }
}

/* A file waits for its first rules: what is not live may. */
static bool run(struct error *err)
{
    enum source_state state = SOURCE_IDLE;
    collector.quiet_from_ns = collector.batched_ns = clock_monotonic_ns();
    collector.told_ns = clock_now_ns();
    if (!collector.input.is_live)
        wait_for_rules();
    while (!stopping && state != SOURCE_END && state != SOURCE_FAILED) {
        state = watch_input_run(&collector.input, collector.workers, err);
        if (collector.input.has_sockets)
            tick(state);
        hear();
        if (clock_monotonic_ns() - collector.batched_ns >=
            SENSOR_BATCH_MS * TIME_MILLISECOND_NS) {
            send_batch();
            send_counts(); /* whoever is killed has told of nearly all */
        }
    }
    workers_finish(collector.workers);
    send_batch();
    send_counts();
    return state != SOURCE_FAILED;
}

int sensor_collect(const struct sensor_config *config)
{
    struct error err = { 0 };
    struct confinement made;
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)sigaction(SIGINT, &ignore, NULL); /* of a terminal: the keeper says when */
    (void)sigaction(SIGHUP, &ignore, NULL);
    collector.config = config;
    sensor_config_watch(config, &collector.options);
    if (!open_all(&made, &err)) {
        fprintf(stderr, "sekisho sensor: collector: %s\n", err.text);
        return COMMAND_FAILED;
    }
    send_ready(&made);
    sensor_hook();
    if (!run(&err))
        end_now();
    send_said(say(CROSSING_END));
    _exit(COMMAND_DONE); /* without the C library's last steps, which need more calls */
}
