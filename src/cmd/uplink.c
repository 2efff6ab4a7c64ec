// SPDX-License-Identifier: Apache-2.0
/* sekisho uplink: beside a sensor, what it kept to its hub, and warrants back. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "cmd/asking.h"
#include "cmd/cmd.h"
#include "cmd/own_ledger.h"
#include "cmd/sensor_config.h"
#include "system/clock.h"
#include "system/notify.h"
#include "system/sandbox.h"
#include "system/state.h"
#include "uplink/uplink.h"

enum { PATH_ROOM = 4096, VAIN_MAX = 3 };

/* How long an answer of the law counts: it is asked, and entered, so often. */
#define GRANT_NS (INT64_C(3600) * TIME_SECOND_NS)

static const char usage[] =
    "usage: sekisho uplink -c FILE [OPTION]...\n"
    "\n"
    "Sends what a sensor keeps to the hub that its configuration names, from where it was, "
    "and\n"
    "brings warrants and revocations into the sensor's folder.  Runs beside the sensor until "
    "it\n"
    "is told to stop.  The sensor's store is only read, under the role \"machine\", and each "
    "hour\n"
    "of that is an entry in its ledger.\n"
    "\n"
    "  -c, --config FILE  sensor.yaml, with a section \"hub\"\n"
    "      --once         send what there is, and end\n"
    "      --dry-run      say what would be sent, and send nothing\n"
    "      --json         the account as JSON, a line each time there is news\n"
    "      --quiet        no progress, only what is wrong\n"
    "      --help         this\n"
    "\n"
    "Exit code: 0 done, 1 failed, 2 the call was wrong, 4 the hub refused some of it (it is "
    "kept),\n"
    "5 refused by law.\n";

struct call {
    const char *config;
    bool once, dry, json, quiet;
};

static volatile sig_atomic_t stop_wanted;

static void on_signal(int number)
{
    (void)number;
    stop_wanted = 1;
}

static void catch_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal }; /* a sleep ends */
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

/* Fills call; -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, struct call *call)
{
    static const struct option options[] = {
        { "config", required_argument, NULL, 'c' },
        { "once", no_argument, NULL, 'o' },
        { "dry-run", no_argument, NULL, 'd' },
        { "json", no_argument, NULL, 'j' },
        { "quiet", no_argument, NULL, 'q' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
        switch (option) {
        case 'c': call->config = optarg; break;
        case 'o': call->once = true; break;
        case 'd': call->dry = call->once = true; break;
        case 'j': call->json = true; break;
        case 'q': call->quiet = true; break;
        case 'h': fputs(usage, stdout); return COMMAND_DONE;
        default: fputs(usage, stderr); return COMMAND_USAGE;
        }
    }
    if (call->config && optind == argc)
        return -1;
    fprintf(stderr, "sekisho uplink: name one configuration with -c\n%s", usage);
    return COMMAND_USAGE;
}

static void tell(void *context, const char *words)
{
    (void)context;
    fprintf(stderr, "sekisho uplink: %s\n", words);
}

static void put_json(const struct uplink_account *account)
{
    printf("{\"records\":%" PRIu64 ",\"findings\":%" PRIu64 ",\"batches\":%" PRIu64
           ",\"known\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"tries_in_vain\":%" PRIu64
           ",\"statistics\":%" PRIu64 ",\"warrants\":%" PRIu64 ",\"warrants_refused\":%" PRIu64
           ",\"checkpoint\":%" PRIu64 ",\"behind_records\":%" PRIu64
           ",\"behind_findings\":%" PRIu64 "}\n",
           account->records, account->findings, account->batches, account->known,
           account->refused, account->tries_in_vain, account->statistics, account->warrants,
           account->warrants_refused, account->checkpoint, account->behind_records,
           account->behind_findings);
    (void)fflush(stdout);
}

struct running {
    const struct call *call;
    const struct sensor_config *config;
    struct asking asking;
    struct asked asked;
    struct uplink *uplink;
    struct store *store;
    int64_t granted_ns; /* monotonic; 0: no grant yet */
    struct uplink_account told;
    unsigned vain; /* waits in a row */
};

static void tell_progress(struct running *running)
{
    const struct uplink_account *account = uplink_tell_account(running->uplink);
    bool is_news = memcmp(account, &running->told, sizeof *account) != 0;
    running->told = *account;
    notify("STATUS=acknowledged: %" PRIu64 " records, %" PRIu64 " findings; behind: %" PRIu64
           " and %" PRIu64 "; refused: %" PRIu64,
           account->records, account->findings, account->behind_records,
           account->behind_findings, account->refused);
    if (notify_watchdog_ns() > 0)
        notify("WATCHDOG=1");
    if (!is_news)
        return;
    if (running->call->json)
        put_json(account);
    else if (!running->call->quiet)
        fprintf(stderr,
                "sekisho uplink: %" PRIu64 " records and %" PRIu64
                " findings acknowledged in %" PRIu64 " batches, %" PRIu64 " and %" PRIu64
                " behind\n",
                account->records, account->findings, account->batches, account->behind_records,
                account->behind_findings);
}

/* In steps, so that the service manager hears of us. */
static void wait_for(struct running *running, int64_t wait_ns)
{
    const int64_t step_ns = INT64_C(5) * TIME_SECOND_NS;
    while (wait_ns > 0 && !stop_wanted) {
        int64_t part_ns = wait_ns < step_ns ? wait_ns : step_ns;
        struct timespec pause = { part_ns / TIME_SECOND_NS, part_ns % TIME_SECOND_NS };
        (void)nanosleep(&pause, NULL);
        wait_ns -= part_ns;
        if (notify_watchdog_ns() > 0 && running->uplink)
            notify("WATCHDOG=1");
    }
}

/* A store opened with an answer that still counts.  COMMAND_DONE to go on. */
static int renew(struct running *running, struct error *err)
{
    int64_t now_ns = clock_monotonic_ns();
    if (running->granted_ns != 0 && now_ns - running->granted_ns < GRANT_NS)
        return COMMAND_DONE;
    if (running->store)
        store_close(running->store);
    running->store = NULL;
    switch (asking_decide(&running->asking, "report", NULL, &running->asked, err)) {
    case ASKING_REFUSED:
        asking_tell(&running->asking, &running->asked.ruling);
        return COMMAND_REFUSED;
    case ASKING_FAILED: return COMMAND_FAILED;
    case ASKING_ALLOWED: break;
    }
    running->store = store_open_reading(running->asking.store, &running->asked.grant, err);
    running->granted_ns = now_ns;
    return running->store ? COMMAND_DONE : COMMAND_FAILED;
}

/* One batch or errand, and the pause after it.  -1 to go on. */
static int turn(struct running *running, struct error *err)
{
    enum uplink_next next = UPLINK_DONE;
    int64_t wait_ns = 0;
    int code = renew(running, err);
    if (code != COMMAND_DONE)
        return code;
    if (!uplink_turn(running->uplink, running->store, &next, &wait_ns, err))
        return COMMAND_FAILED;
    tell_progress(running);
    running->vain = next == UPLINK_WAIT ? running->vain + 1 : 0;
    if (next == UPLINK_DONE && running->call->once)
        return COMMAND_DONE;
    if (running->vain > VAIN_MAX && running->call->once) {
        (void)error_set(err, 0, "the hub did not take it; it stays here until the next time");
        return COMMAND_FAILED;
    }
    if (next == UPLINK_AGAIN)
        wait_ns = uplink_pause_ns(running->uplink);
    else if (next == UPLINK_DONE)
        wait_ns = running->config->hub.interval_seconds * TIME_SECOND_NS;
    wait_for(running, wait_ns);
    return -1;
}

static int run(struct running *running, struct error *err)
{
    int code = -1;
    notify("READY=1");
    while (code < 0 && !stop_wanted)
        code = turn(running, err);
    if (code == COMMAND_FAILED || code == COMMAND_REFUSED)
        return code;
    notify("STOPPING=1");
    return uplink_tell_account(running->uplink)->refused > 0 ? COMMAND_PARTIAL : COMMAND_DONE;
}

static bool open_uplink(struct running *running, struct error *err)
{
    static char state[PATH_ROOM], ledger[OWN_LEDGER_PATH_MAX];
    const struct sensor_config *config = running->config;
    const struct sensor_hub *hub = &config->hub;
    if (!state_path("uplink.json", state, sizeof state, err) ||
        !own_ledger_folder(ledger, err) ||
        !state_path("sensor.sqlite", running->asking.store, sizeof running->asking.store, err))
        return false;
    const struct uplink_settings settings = {
        .url = hub->url,
        .certificate = hub->certificate,
        .key = hub->key,
        .authority = hub->authority,
        .state = state,
        .warrants = config->warrants,
        .ledger = ledger,
        .statistics = hub->statistics,
        .batch_records = hub->batch_records,
        .records_per_second = hub->records_per_second,
        .interval_ns = hub->interval_seconds * TIME_SECOND_NS,
        .is_dry = running->call->dry,
        .stop = &stop_wanted,
        .tell = tell,
    };
    running->uplink = uplink_open(&settings, err);
    return running->uplink && sandbox_enter_sending(err);
}

static bool load_config(const char *path, struct sensor_config *config, struct error *err)
{
    if (!sensor_config_load(path, config, err))
        return false;
    if (!config->hub.url)
        return error_set(err, 0, "%s: it names no hub", path);
    return config->state[0] == '\0' || setenv("XDG_STATE_HOME", config->state, 1) == 0 ||
           error_set(err, errno, "%s", config->state);
}

int command_uplink(int argc, char **argv)
{
    static struct sensor_config config;
    static struct running running;
    struct call call = { .config = NULL };
    struct error err = { .code = 0 };
    int code = read_options(argc, argv, &call);
    if (code >= 0)
        return code;
    running = (struct running){ .call = &call, .config = &config };
    running.asking = asking_begin("uplink");
    if (!load_config(call.config, &config, &err)) {
        fprintf(stderr, "sekisho uplink: %s\n", err.text);
        return COMMAND_FAILED;
    }
    running.asking.role = "machine";
    running.asking.actor = "sekisho-uplink";
    running.asking.basis = config.basis;
    running.asking.law = config.law;
    catch_signals();
    code = open_uplink(&running, &err) ? run(&running, &err) : COMMAND_FAILED;
    if (running.store)
        store_close(running.store);
    if (running.uplink)
        uplink_close(running.uplink);
    if (code == COMMAND_FAILED)
        fprintf(stderr, "sekisho uplink: %s\n", err.text);
    return code;
}
