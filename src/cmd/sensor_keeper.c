// SPDX-License-Identifier: Apache-2.0
#include "cmd/sensor_keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "cmd/cmd.h"
#include "cmd/erasing.h"
#include "cmd/output.h"
#include "cmd/sensor_child.h"
#include "cmd/sensor_keys.h"
#include "cmd/sensor_ledger.h"
#include "cmd/sensor_lists.h"
#include "cmd/sensor_seen.h"
#include "cmd/sensor_take.h"
#include "cmd/sensor_warrants.h"
#include "report/report.h"
#include "system/channel.h"
#include "system/clock.h"
#include "system/confine.h"
#include "system/memory.h"
#include "system/notify.h"
#include "system/state.h"
#include "system/steady.h"

enum { TURN_MS = 50, MESSAGES_A_TURN = 4096, PATH_ROOM = 4096 };

#define LOOK_NS (INT64_C(200) * TIME_MILLISECOND_NS)
#define COMMIT_NS TIME_SECOND_NS
#define TIME_EVERY_NS (INT64_C(60) * TIME_SECOND_NS)
#define OBEY_NS TIME_SECOND_NS /* for new rules to be taken */
#define STOP_NS (INT64_C(10) * TIME_SECOND_NS)

struct sensor {
    const char *path;
    const struct sensor_config *config;
    struct watch_options options;
    struct sensor_keys keys;
    struct note_key overseer; /* of a statutory basis */
    struct sensor_warrants *warrants;
    struct sensor_child child;
    struct sensor_take take;
    struct watch_exports exports;
    struct steady steady;
    struct sensor_time now;
    struct rule_set rules;
    int64_t start_ns, looked_ns, committed_ns, judged_ns, ruled_ns, timed_ns,
        stop_ns;      /* monotonic */
    int64_t run_ns;   /* when this run of the store began */
    int64_t heard_ns; /* wall clock: when the collector last said anything */
    int64_t watchdog_ns;
    bool has_gap; /* from heard_ns on, until a collector is ready */
    bool is_weak; /* and the ledger has it */
    bool is_told; /* to the service manager: ready */
    bool is_stopping;
    bool is_over;
    char gap_words[CHILD_WORDS_MAX];
    uint64_t lists; /* generations of them */
    uint8_t digest[CROSSING_DIGEST_OCTETS];
};

static volatile sig_atomic_t stop_wanted, reload_wanted;

static void on_signal(int number)
{
    if (number == SIGHUP)
        reload_wanted = 1;
    else
        stop_wanted = 1;
}

static void catch_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

static bool make_keys(struct sensor *sensor, struct error *err)
{
    const struct sensor_keying keying = { .config = sensor->config,
                                          .law = sensor_warrants_law(sensor->warrants),
                                          .pseudonyms = sensor->options.pseudonyms,
                                          .now_ns = sensor->now.high_ns };
    return sensor_keys_make(&keying, &sensor->keys, &sensor->overseer, err);
}

static void keep_nothing(void *context, const struct minimised_flow *flow)
{
    (void)context;
    (void)flow; /* sensor_take stores it, which may fail */
}

static bool open_assess(struct sensor *sensor, struct error *err)
{
    struct keeper_settings settings = keeper_defaults(sensor->options.memory_octets);
    struct arena memory;
    settings.key = sensor->keys.tables;
    settings.keep = keep_nothing;
    if (!memory_reserve(keeper_size(&settings), MEMORY_SMALL_PAGES, &memory, err))
        return false;
    sensor->take.keeper = keeper_init(&settings, &memory);
    return true;
}

static bool begin_run(struct sensor *sensor, struct error *err)
{
    struct store_erasure erased;
    sensor->run_ns = sensor->now.high_ns;
    return erasing_sweep(sensor->take.store, "*", sensor->run_ns, &erased, err) &&
           store_begin_run(sensor->take.store, sensor->run_ns, sensor->path, err);
}

static bool open_store(struct sensor *sensor, struct error *err)
{
    char path[PATH_ROOM];
    if (!state_path("sensor.sqlite", path, sizeof path, err) || !state_make_folders(path, err))
        return false;
    sensor->take.store = store_open(path, err);
    return sensor->take.store && begin_run(sensor, err);
}

/* The keeper holds keys: none of its memory is written anywhere. */
static void harden(void)
{
    struct rlimit none = { 0, 0 };
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static bool look_at_clock(struct sensor *sensor, struct error *err)
{
    struct steady_look look = steady_look(&sensor->steady, clock_now_ns(), clock_boot_ns());
    sensor->now =
        (struct sensor_time){ look.low_ns, look.high_ns, sensor->steady.is_uncertain };
    if (!look.has_stepped)
        return true;
    struct entry entry = entry_begin(ENTRY_CLOCK_STEP, look.high_ns);
    entry_set_time(&entry, ENTRY_FROM, look.from_ns);
    entry_set_time(&entry, ENTRY_TO, look.to_ns);
    sensor->looked_ns = 0; /* what is live is asked at once */
    return sensor_ledger_put(&entry, err);
}

static bool begin_time(struct sensor *sensor, bool *was_running, int64_t *seen_ns,
                       struct error *err)
{
    if (!seen_read(seen_ns, was_running, err))
        return false;
    steady_init(&sensor->steady, *seen_ns);
    return look_at_clock(sensor, err);
}

static bool put_begun(const struct sensor *sensor, struct error *err)
{
    char room[65];
    struct text digest = text_over(room, sizeof room);
    const struct law *law = sensor_warrants_law(sensor->warrants);
    struct entry entry = entry_begin(ENTRY_RUN_BEGUN, sensor->now.high_ns);
    entry_set_text(&entry, ENTRY_COMMAND, BYTES("sensor"));
    entry_set_text(&entry, ENTRY_PROGRAM, BYTES("sekisho " SEKISHO_VERSION));
    entry_set_text(&entry, ENTRY_BASIS, bytes_of_string(sensor->config->basis));
    if (!sensor_ledger_put(&entry, err))
        return false;
    text_put_hex(&digest, (struct bytes){ law->digest, sizeof law->digest });
    entry = entry_begin(ENTRY_LAW_LOADED, sensor->now.high_ns);
    entry_set_text(&entry, ENTRY_LAW, bytes_of_string(law->id));
    entry_set_text(&entry, ENTRY_DIGEST, text_bytes(&digest));
    return sensor_ledger_put(&entry, err) &&
           (sensor->options.basis != BASIS_STATUTORY ||
            sensor_keys_enter(sensor->config, &sensor->overseer, sensor->now.high_ns, err));
}

static bool open_all(struct sensor *sensor, struct error *err)
{
    int64_t seen_ns = 0;
    bool was_running = false;
    sensor->start_ns = clock_monotonic_ns();
    sensor->child.channel = -1;
    sensor->watchdog_ns = notify_watchdog_ns();
    if (!begin_time(sensor, &was_running, &seen_ns, err))
        return false;
    sensor->warrants = sensor_warrants_open(sensor->config, err);
    if (!sensor->warrants || !make_keys(sensor, err) || !open_assess(sensor, err) ||
        !open_store(sensor, err) ||
        !watch_exports_open(&sensor->options, true, &sensor->exports, err))
        return false;
    sensor->take.exports = &sensor->exports;
    sensor->take.all.basis = sensor->options.basis;
    sensor->take.equipment = sensor->config->equipment;
    sensor->heard_ns = sensor->now.high_ns;
    sensor->take.terms = (struct crossing_terms){
        .lines_in_clear = sensor->options.basis == BASIS_OWN,
    };
    if (was_running && !sensor_ledger_put_gap(seen_ns, sensor->now.high_ns,
                                              "the keeper ended without its last words", err))
        return false;
    return put_begun(sensor, err) && sensor_ledger_commit(err);
}

static void note_gap(struct sensor *sensor, const char *why)
{
    if (sensor->has_gap)
        return; /* the first reason is the one that counts */
    struct text words = text_over(sensor->gap_words, sizeof sensor->gap_words);
    sensor->has_gap = true;
    text_put_string(&words, why);
}

static bool send_rules(struct sensor *sensor)
{
    static struct crossing_message message;
    static uint8_t room[CROSSING_OCTETS_MAX];
    message.kind = CROSSING_RULES;
    message.rules = sensor->rules;
    size_t len = crossing_write(&message, room);
    take_rules_sent(&sensor->take, &sensor->rules);
    sensor->ruled_ns = clock_monotonic_ns();
    return len > 0 && channel_offer(sensor->child.channel, (struct bytes){ room, len }, -1);
}

/* Until when what is selected now may be kept: the law's word, by the basis. */
static int64_t retention_latest_ns(const struct sensor *sensor)
{
    const struct law *law = sensor_warrants_law(sensor->warrants);
    const struct law_basis *basis = law_find_basis(law, bytes_of_string(sensor->config->basis));
    return basis ? law_retention_end(law, basis, sensor->now.high_ns) : 0;
}

/* Records of before the last word are good for as long as they were then. */
static bool send_time(struct sensor *sensor)
{
    static struct crossing_message message;
    uint8_t room[64];
    message.kind = CROSSING_TIME;
    message.time = (struct crossing_time){ sensor->now.high_ns, retention_latest_ns(sensor) };
    size_t len = crossing_write(&message, room);
    if (message.time.retention_latest_ns > sensor->take.terms.retention_latest_ns)
        sensor->take.terms.retention_latest_ns = message.time.retention_latest_ns;
    sensor->timed_ns = clock_monotonic_ns();
    return len > 0 && channel_offer(sensor->child.channel, (struct bytes){ room, len }, -1);
}

static bool send_word(struct sensor *sensor, enum crossing_kind kind)
{
    static struct crossing_message message;
    uint8_t room[16];
    message.kind = kind;
    size_t len = crossing_write(&message, room);
    return channel_offer(sensor->child.channel, (struct bytes){ room, len }, -1);
}

static bool is_whole(const struct crossing_ready *ready)
{
    struct confinement made = { ready->has_seccomp, ready->has_dropped, ready->is_locked,
                                ready->landlock_abi };
    return confinement_is_whole(&made);
}

static bool put_weakened(struct sensor *sensor, struct error *err)
{
    const struct crossing_ready *ready = &sensor->take.ready;
    char room[160];
    struct text words = text_over(room, sizeof room);
    text_format(&words, "the collector runs without%s%s%s",
                ready->has_seccomp ? "" : " seccomp",
                ready->landlock_abi > 0 ? "" : " Landlock",
                ready->has_dropped ? "" : " giving up its user");
    if (!sensor->config->allow_weak_sandbox)
        return error_set(err, 0,
                         "this kernel does not close the sandbox: %s; allow_weak_sandbox: true "
                         "runs it all the same, and the ledger has it",
                         room);
    struct entry entry = entry_begin(ENTRY_SANDBOX_WEAKENED, sensor->now.high_ns);
    entry_set_text(&entry, ENTRY_REASON, text_bytes(&words));
    return sensor_ledger_put(&entry, err);
}

/* Each other set of lists is a generation. */
static bool put_lists(struct sensor *sensor, struct error *err)
{
    const struct crossing_ready *ready = &sensor->take.ready;
    char room[2 * sizeof ready->digest + 1];
    struct text digest = text_over(room, sizeof room);
    if (ready->lists == 0 ||
        (sensor->lists > 0 && memcmp(sensor->digest, ready->digest, sizeof ready->digest) == 0))
        return true;
    memcpy(sensor->digest, ready->digest, sizeof ready->digest);
    text_put_hex(&digest, (struct bytes){ ready->digest, sizeof ready->digest });
    struct entry entry = entry_begin(ENTRY_GENERATION_LOADED, sensor->now.high_ns);
    entry_set_text(&entry, ENTRY_DIGEST, text_bytes(&digest));
    entry_set_text(&entry, ENTRY_BASIS, bytes_of_string(sensor->config->basis));
    entry_set_count(&entry, ENTRY_GENERATION, ++sensor->lists);
    entry_set_count(&entry, ENTRY_INDICATORS, ready->indicators);
    entry_set_count(&entry, ENTRY_LISTS, ready->lists);
    return sensor_ledger_put(&entry, err);
}

static bool on_ready(struct sensor *sensor, struct error *err)
{
    sensor->child.is_ready = true;
    if ((!is_whole(&sensor->take.ready) && !put_weakened(sensor, err)) ||
        !put_lists(sensor, err))
        return false;
    if (sensor->has_gap &&
        !sensor_ledger_put_gap(sensor->heard_ns, sensor->now.high_ns, sensor->gap_words, err))
        return false;
    sensor->has_gap = false;
    if (!send_time(sensor) || !send_rules(sensor))
        child_kill(&sensor->child);
    return true;
}

/* What came: bounded a turn, so that the clock is looked at. */
static bool hear(struct sensor *sensor, struct error *err)
{
    static uint8_t room[CROSSING_OCTETS_MAX];
    struct bytes octets;
    for (int i = 0; i < MESSAGES_A_TURN && sensor->child.channel >= 0; i++) {
        enum channel_state state =
            channel_receive(sensor->child.channel, room, sizeof room, &octets, NULL);
        if (state == CHANNEL_EMPTY)
            return true;
        if (state == CHANNEL_OVERLONG)
            octets = (struct bytes){ room, 0 };
        if (state == CHANNEL_CLOSED) {
            (void)close(sensor->child.channel);
            sensor->child.channel = -1;
            return true;
        }
        if (!take_message(&sensor->take, octets, sensor->now.high_ns)) {
            if (sensor->take.failed) {
                *err = sensor->take.error;
                return false;
            }
            note_gap(sensor, "the collector said what no collector says, and was ended");
            child_kill(&sensor->child);
        }
        sensor->heard_ns = sensor->now.high_ns;
        if (sensor->take.has_ready && !sensor->child.is_ready && !on_ready(sensor, err))
            return false;
    }
    return true;
}

static bool begin_collector(struct sensor *sensor, struct error *err)
{
    return child_begin(&sensor->child, sensor->path, sensor->config, &sensor->keys, err);
}

/* The first must not give up; any after it is tried for again. */
static bool tend_collector(struct sensor *sensor, struct error *err)
{
    int64_t now_ns = clock_monotonic_ns();
    bool was_ready = sensor->child.is_ready;
    if (child_has_ended(&sensor->child, now_ns)) {
        while (sensor->child.channel >= 0) {
            if (!hear(sensor, err)) /* what it said last */
                return false;
        }
        take_end_of_collector(&sensor->take);
        sensor->is_over = sensor->take.has_ended || sensor->is_stopping;
        if (!was_ready && !sensor->has_gap && !sensor->is_over && !sensor->child.was_killed)
            return error_set(err, 0, "%s before it was ready", sensor->child.ended);
        note_gap(sensor, sensor->child.ended);
    }
    if (sensor->child.process > 0 || sensor->is_over || sensor->child.again_ns > now_ns)
        return true;
    return begin_collector(sensor, err);
}

/* Once the first rules are in force. */
static void tell_ready(struct sensor *sensor)
{
    if (sensor->is_told || !sensor->child.is_ready ||
        sensor->take.generation != sensor->rules.generation)
        return;
    sensor->is_told = true;
    notify("READY=1");
}

/* Rules that are not taken in time are taken by another. */
static void insist(struct sensor *sensor)
{
    bool is_late = sensor->child.is_ready &&
                   sensor->take.generation != sensor->rules.generation &&
                   clock_monotonic_ns() - sensor->ruled_ns > OBEY_NS;
    if (!is_late)
        return;
    note_gap(sensor, "the collector did not take new rules in time, and was ended");
    child_kill(&sensor->child);
}

static bool look_at_warrants(struct sensor *sensor, int64_t monotonic_ns, struct error *err)
{
    bool changed = false;
    if (monotonic_ns - sensor->looked_ns < LOOK_NS)
        return true;
    sensor->looked_ns = monotonic_ns;
    if (!sensor_warrants_look(sensor->warrants, &sensor->now, err) ||
        !sensor_warrants_rules(sensor->warrants, &sensor->now, &sensor->rules, &changed, err))
        return false;
    if (changed && sensor->child.is_ready && !send_rules(sensor))
        child_kill(&sensor->child);
    return true;
}

static bool commit(struct sensor *sensor, struct error *err)
{
    if (!take_tell_refused(&sensor->take, sensor->now.high_ns, err) ||
        !store_settle(sensor->take.store, err) || !sensor_ledger_commit(err) ||
        !seen_write(sensor->now.high_ns, true, err))
        return false;
    sensor->take.records_kept = sensor->take.records;
    notify("STATUS=%zu warrants live; acknowledged: %llu entries, %llu records",
           sensor_warrants_live(sensor->warrants),
           (unsigned long long)sensor_ledger_acknowledged(),
           (unsigned long long)sensor->take.records_kept);
    if (sensor->watchdog_ns > 0)
        notify("WATCHDOG=1");
    return true;
}

static bool commit_when_due(struct sensor *sensor, int64_t monotonic_ns, struct error *err)
{
    if (monotonic_ns - sensor->committed_ns < COMMIT_NS)
        return true;
    sensor->committed_ns = monotonic_ns;
    return commit(sensor, err);
}

static bool end_run(struct sensor *sensor, bool is_last, struct error *err)
{
    static struct summary summary;
    summary = (struct summary){ .version = SEKISHO_VERSION, .basis = sensor->options.basis };
    take_summarise(&sensor->take, &summary);
    watch_exports_count(&sensor->exports, &summary);
    summary.cpu_s = clock_cpu_s();
    summary.wall_s = (double)(clock_monotonic_ns() - sensor->start_ns) / 1e9;
    summary.memory_octets = memory_peak_octets();
    struct report report = { .summary = &summary,
                             .title = sensor->path,
                             .made_ns = clock_now_ns(),
                             .language = sensor->options.language };
    report.findings = keeper_findings(sensor->take.keeper, &report.finding_count);
    summary.funnel.findings = report.finding_count;
    if (!store_end_run(sensor->take.store, report.findings, report.finding_count, &summary,
                       err))
        return false;
    return !is_last ||
           (report_write_text(&report, 100, false, stdout) && fflush(stdout) == 0) ||
           error_set(err, errno, "standard output");
}

/* A run of the store is a day, so that what is past its date goes while we run. */
static bool turn_day(struct sensor *sensor, struct error *err)
{
    if (sensor->now.high_ns - sensor->run_ns < TIME_DAY_NS)
        return true;
    return end_run(sensor, false, err) && begin_run(sensor, err);
}

static void judge_when_due(struct sensor *sensor, int64_t monotonic_ns)
{
    if (sensor->child.is_ready && monotonic_ns - sensor->timed_ns >= TIME_EVERY_NS)
        (void)send_time(sensor);
    if (!sensor->child.is_ready ||
        monotonic_ns - sensor->judged_ns < sensor->config->judge_seconds * TIME_SECOND_NS)
        return;
    sensor->judged_ns = monotonic_ns;
    (void)send_word(sensor, CROSSING_JUDGE);
    watch_exports_tell(&sensor->exports);
}

/* A generation is swapped while the collector runs; plain lists it reads when it begins. */
static bool reload_lists(struct sensor *sensor, struct error *err)
{
    const struct sensor_sharing sharing = { .options = &sensor->options,
                                            .basis = sensor->config->basis,
                                            .channel = sensor->child.channel,
                                            .now_ns = sensor->now.high_ns,
                                            .generations = &sensor->lists };
    return sensor->options.indicator_count == 0 || !sensor->child.is_ready ||
           !generation_is(sensor->options.indicators[0]) || sensor_lists_share(&sharing, err);
}

/* Warrants, keys, the law and generations are read again, without a pause; sources need a new
 * start. */
static void reload(struct sensor *sensor)
{
    struct error err;
    reload_wanted = 0;
    notify("RELOADING=1\nMONOTONIC_USEC=%lld", (long long)(clock_monotonic_ns() / 1000));
    if (!sensor_warrants_reload(sensor->warrants, &err))
        fprintf(stderr, "sekisho sensor: not reloaded: %s\n", err.text);
    if (!reload_lists(sensor, &err))
        fprintf(stderr, "sekisho sensor: indicators as before: %s\n", err.text);
    sensor->looked_ns = 0;
    notify("READY=1");
}

static void stop_when_wanted(struct sensor *sensor, int64_t monotonic_ns)
{
    if (stop_wanted && !sensor->is_stopping) {
        sensor->is_stopping = true;
        sensor->stop_ns = monotonic_ns;
        notify("STOPPING=1");
        if (sensor->child.process == 0)
            sensor->is_over = true;
        else if (!send_word(sensor, CROSSING_STOP))
            child_kill(&sensor->child);
    }
    if (sensor->is_stopping && monotonic_ns - sensor->stop_ns > STOP_NS)
        child_kill(&sensor->child);
}

static bool turn(struct sensor *sensor, struct error *err)
{
    struct pollfd look = { .fd = sensor->child.channel, .events = POLLIN };
    /* Where one message comes others do: they are taken together, and not a turn each. */
    if (poll(&look, 1, TURN_MS) > 0) {
        struct timespec pause = { .tv_nsec = TIME_MILLISECOND_NS };
        (void)nanosleep(&pause, NULL);
    }
    int64_t now_ns = clock_monotonic_ns();
    if (reload_wanted)
        reload(sensor);
    stop_when_wanted(sensor, now_ns);
    if (!look_at_clock(sensor, err) || !look_at_warrants(sensor, now_ns, err) ||
        !hear(sensor, err) || !tend_collector(sensor, err))
        return false;
    insist(sensor);
    tell_ready(sensor);
    judge_when_due(sensor, now_ns);
    return commit_when_due(sensor, now_ns, err) && turn_day(sensor, err);
}

static bool put_ended(struct sensor *sensor, struct error *err)
{
    struct entry entry = entry_begin(ENTRY_RUN_ENDED, sensor->now.high_ns);
    entry_set_text(&entry, ENTRY_OUTCOME,
                   sensor->is_stopping ? BYTES("interrupted") : BYTES("done"));
    return sensor_ledger_put(&entry, err);
}

static bool finish(struct sensor *sensor, struct error *err)
{
    (void)watch_exports_end(&sensor->exports);
    return commit(sensor, err) && put_ended(sensor, err) && end_run(sensor, true, err) &&
           sensor_ledger_commit(err) && seen_write(sensor->now.high_ns, false, err);
}

static bool run(struct sensor *sensor, struct error *err)
{
    /* The first rules go with the first collector. */
    if (!look_at_warrants(sensor, clock_monotonic_ns(), err) || !begin_collector(sensor, err))
        return false;
    while (!sensor->is_over) {
        if (!turn(sensor, err))
            return false;
    }
    return finish(sensor, err);
}

int sensor_keep(const char *path, const struct sensor_config *config)
{
    static struct sensor sensor;
    struct error err = { 0 };
    sensor.path = path;
    sensor.config = config;
    sensor.rules.generation = 1; /* without a rule: the feed is closed */
    sensor_config_watch(config, &sensor.options);
    catch_signals();
    harden();
    bool is_good =
        (config->state[0] == '\0' || setenv("XDG_STATE_HOME", config->state, 1) == 0) &&
        open_all(&sensor, &err) && run(&sensor, &err);
    child_kill(&sensor.child);
    watch_exports_close(&sensor.exports);
    sodium_memzero(&sensor.keys, sizeof sensor.keys);
    if (is_good)
        return COMMAND_DONE;
    fprintf(stderr, "sekisho sensor: %s\n", err.text);
    notify("STATUS=failed: %s", err.text);
    return COMMAND_FAILED;
}
