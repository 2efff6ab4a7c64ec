// SPDX-License-Identifier: Apache-2.0
/* sekisho hub: where sensors report and people decide. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/time.h"
#include "cmd/cmd.h"
#include "cmd/hub_ask.h"
#include "cmd/hub_check.h"
#include "cmd/hub_hook.h"
#include "cmd/passphrase.h"
#include "hub/hub.h"
#include "law/law.h"
#include "system/clock.h"
#include "system/notify.h"

static const char usage[] =
    "usage: sekisho hub serve [OPTION]... FOLDER\n"
    "       sekisho hub backup [--database URI] FOLDER FILE\n"
    "       sekisho hub restore [--database URI] FILE FOLDER\n"
    "       sekisho hub migrate [--dry-run] [--database URI] FOLDER\n"
    "       sekisho hub check [--database URI] [--law NAME] [--json] [--quiet] FOLDER\n"
    "       sekisho hub routes\n"
    "       sekisho hub list --url URL --token-file FILE records|findings|tasks|warrants|...\n"
    "       sekisho hub show --url URL --token-file FILE RECORD\n"
    "       sekisho hub step --url URL --token-file FILE RECORD EVENT [FACTS]\n"
    "       sekisho hub ask --url URL --token-file FILE METHOD PATH [JSON]\n"
    "\n"
    "Serves the page and the API from FOLDER, which is made where it is not there: keys, the\n"
    "database, and a link by which the first administrator is made.\n"
    "check holds the tables against the signed ledger, reading only, also while it serves; it\n"
    "ends with 3 where they differ.\n"
    "\n"
    "  --listen ADDRESS:PORT     for people (default: 127.0.0.1:8443)\n"
    "  --certificate FILE        its TLS certificate, in PEM; without one, only on loopback\n"
    "  --key FILE                its private key\n"
    "  --sensors ADDRESS:PORT    for sensors, by client certificates (default: none)\n"
    "  --sensors-certificate FILE, --sensors-key FILE, --sensors-authority FILE\n"
    "  --origin URL              as browsers see it, behind a proxy\n"
    "  --trust-proxy             X-Forwarded-For and -Proto count, from loopback\n"
    "  --database URI            postgresql://... (default: SQLite in FOLDER)\n"
    "  --web FOLDER              the built page (default: as built or installed)\n"
    "  --law NAME                which law (default: jp)\n"
    "  --oidc-issuer URL, --oidc-client ID, --oidc-secret-file FILE, --oidc-authority FILE\n"
    "  --confine WORD            possible (default): as far as the kernel can; required: else\n"
    "                            it does not start; no: not at all\n"
    "  --exercise                everything here is an exercise, and marked as one\n"
    "  --now TIME                in an exercise: what the clock says now\n"
    "  --passphrase-file FILE    of the ledger's key\n"
    "  --call-loopback           webhooks may be http to 127.0.0.1, for tests\n"
    "  --dry-run                 says which steps of the schema would be taken\n"
    "  --url URL                 of a hub that is asked: https://hub.example\n"
    "  --token-file FILE         an API token, in the first line\n"
    "  --authority FILE          who may have signed that hub's certificate, in PEM\n"
    "  --json                    of check: one JSON document; of list: the answer as it is\n"
    "  --quiet                   no line for each answer, or of how far the check is\n"
    "  --help                    this\n";

enum { PLACE_MAX = 4200 };

struct call {
    struct hub_settings settings;
    struct passphrase passphrase;
    char people[128], sensors[128], secret[256], interface[PLACE_MAX], web[PLACE_MAX];
    const char *law, *now, *secret_file;
    const char *url, *token_file, *authority; /* of a hub that is asked */
    bool is_quiet, is_dry, is_json;
};

static alignas(max_align_t) uint8_t memory[LAW_MEMORY];

static int wrong_call(const char *words, const char *argument)
{
    fprintf(stderr, "sekisho hub: %s%s%s\n%s", words, *argument ? ": " : "", argument, usage);
    return COMMAND_USAGE;
}

static int failed(const char *words)
{
    fprintf(stderr, "sekisho hub: %s\n", words);
    return COMMAND_FAILED;
}

/* "127.0.0.1:8443", "[::1]:0". */
static bool read_place(const char *text, char *room, size_t max, struct hub_listener *out)
{
    const char *colon = strrchr(text, ':');
    bool is_v6 = text[0] == '[';
    uint64_t port;
    if (!colon || !text_read_u64(bytes_of_string(colon + 1), UINT16_MAX, &port))
        return false;
    size_t len = (size_t)(colon - text);
    if (is_v6 && (len < 2 || text[len - 1] != ']'))
        return false;
    struct text to = text_over(room, max);
    text_put(&to, is_v6 ? (struct bytes){ (const uint8_t *)text + 1, len - 2 }
                        : (struct bytes){ (const uint8_t *)text, len });
    out->address = room;
    out->port = (uint16_t)port;
    return !to.cut && to.len > 0;
}

static bool read_confine(const char *word, enum hub_confine *out)
{
    static const char *const words[] = { [HUB_CONFINE_NOT] = "no",
                                         [HUB_CONFINE_POSSIBLE] = "possible",
                                         [HUB_CONFINE_REQUIRED] = "required" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i]) == 0) {
            *out = (enum hub_confine)i;
            return true;
        }
    }
    return false;
}

enum option_id {
    OPTION_LISTEN = 256,
    OPTION_CERTIFICATE,
    OPTION_KEY,
    OPTION_SENSORS,
    OPTION_SENSORS_CERTIFICATE,
    OPTION_SENSORS_KEY,
    OPTION_SENSORS_AUTHORITY,
    OPTION_ORIGIN,
    OPTION_TRUST_PROXY,
    OPTION_DATABASE,
    OPTION_WEB,
    OPTION_LAW,
    OPTION_OIDC_ISSUER,
    OPTION_OIDC_CLIENT,
    OPTION_OIDC_SECRET,
    OPTION_OIDC_AUTHORITY,
    OPTION_CONFINE,
    OPTION_EXERCISE,
    OPTION_NOW,
    OPTION_PASSPHRASE,
    OPTION_CALL_LOOPBACK,
    OPTION_DRY_RUN,
    OPTION_JSON,
    OPTION_QUIET,
    OPTION_URL,
    OPTION_TOKEN_FILE,
    OPTION_AUTHORITY,
    OPTION_HELP
};

static const struct option options[] = {
    { "listen", required_argument, NULL, OPTION_LISTEN },
    { "certificate", required_argument, NULL, OPTION_CERTIFICATE },
    { "key", required_argument, NULL, OPTION_KEY },
    { "sensors", required_argument, NULL, OPTION_SENSORS },
    { "sensors-certificate", required_argument, NULL, OPTION_SENSORS_CERTIFICATE },
    { "sensors-key", required_argument, NULL, OPTION_SENSORS_KEY },
    { "sensors-authority", required_argument, NULL, OPTION_SENSORS_AUTHORITY },
    { "origin", required_argument, NULL, OPTION_ORIGIN },
    { "trust-proxy", no_argument, NULL, OPTION_TRUST_PROXY },
    { "database", required_argument, NULL, OPTION_DATABASE },
    { "web", required_argument, NULL, OPTION_WEB },
    { "law", required_argument, NULL, OPTION_LAW },
    { "oidc-issuer", required_argument, NULL, OPTION_OIDC_ISSUER },
    { "oidc-client", required_argument, NULL, OPTION_OIDC_CLIENT },
    { "oidc-secret-file", required_argument, NULL, OPTION_OIDC_SECRET },
    { "oidc-authority", required_argument, NULL, OPTION_OIDC_AUTHORITY },
    { "confine", required_argument, NULL, OPTION_CONFINE },
    { "exercise", no_argument, NULL, OPTION_EXERCISE },
    { "now", required_argument, NULL, OPTION_NOW },
    { "passphrase-file", required_argument, NULL, OPTION_PASSPHRASE },
    { "call-loopback", no_argument, NULL, OPTION_CALL_LOOPBACK },
    { "dry-run", no_argument, NULL, OPTION_DRY_RUN },
    { "json", no_argument, NULL, OPTION_JSON },
    { "quiet", no_argument, NULL, OPTION_QUIET },
    { "url", required_argument, NULL, OPTION_URL },
    { "token-file", required_argument, NULL, OPTION_TOKEN_FILE },
    { "authority", required_argument, NULL, OPTION_AUTHORITY },
    { "help", no_argument, NULL, OPTION_HELP },
    { NULL, 0, NULL, 0 },
};

static int read_option(int option, struct call *call)
{
    struct hub_settings *settings = &call->settings;
    switch (option) {
    case OPTION_LISTEN:
        return read_place(optarg, call->people, sizeof call->people, &settings->people)
                   ? -1
                   : wrong_call("a place is as 127.0.0.1:8443, not", optarg);
    case OPTION_SENSORS:
        return read_place(optarg, call->sensors, sizeof call->sensors, &settings->sensors)
                   ? -1
                   : wrong_call("a place is as 127.0.0.1:8444, not", optarg);
    case OPTION_CERTIFICATE: settings->people.certificate = optarg; return -1;
    case OPTION_KEY: settings->people.key = optarg; return -1;
    case OPTION_SENSORS_CERTIFICATE: settings->sensors.certificate = optarg; return -1;
    case OPTION_SENSORS_KEY: settings->sensors.key = optarg; return -1;
    case OPTION_SENSORS_AUTHORITY: settings->sensors.authority = optarg; return -1;
    case OPTION_ORIGIN: settings->origin = optarg; return -1;
    case OPTION_TRUST_PROXY: settings->people.trusts_proxy = true; return -1;
    case OPTION_DATABASE: settings->database = optarg; return -1;
    case OPTION_WEB: settings->web = optarg; return -1;
    case OPTION_LAW: call->law = optarg; return -1;
    case OPTION_OIDC_ISSUER: settings->oidc.issuer = optarg; return -1;
    case OPTION_OIDC_CLIENT: settings->oidc.client_id = optarg; return -1;
    case OPTION_OIDC_SECRET: call->secret_file = optarg; return -1;
    case OPTION_OIDC_AUTHORITY: settings->oidc.authority = optarg; return -1;
    case OPTION_CONFINE:
        return read_confine(optarg, &settings->confine)
                   ? -1
                   : wrong_call("--confine is no, possible or required, not", optarg);
    case OPTION_EXERCISE: settings->is_exercise = true; return -1;
    case OPTION_NOW: call->now = optarg; return -1;
    case OPTION_PASSPHRASE: call->passphrase.file = optarg; return -1;
    case OPTION_CALL_LOOPBACK: settings->calls_loopback = true; return -1;
    case OPTION_DRY_RUN: call->is_dry = true; return -1;
    case OPTION_JSON: call->is_json = true; return -1;
    case OPTION_QUIET: call->is_quiet = true; return -1;
    case OPTION_URL: call->url = optarg; return -1;
    case OPTION_TOKEN_FILE: call->token_file = optarg; return -1;
    case OPTION_AUTHORITY: call->authority = optarg; return -1;
    case OPTION_HELP: fputs(usage, stdout); return COMMAND_DONE;
    default: fputs(usage, stderr); return COMMAND_USAGE;
    }
}

static int read_options(int argc, char **argv, struct call *call)
{
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        int code = read_option(option, call);
        if (code >= 0)
            return code;
    }
    return -1;
}

static void put_line(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "%s\n", line); /* one write: lines of threads do not mix */
}

static bool is_loopback(const char *address)
{
    return strcmp(address, "127.0.0.1") == 0 || strcmp(address, "::1") == 0 ||
           strcmp(address, "localhost") == 0;
}

/* What must not be open to others is not opened to them by mistake. */
static int check_call(struct call *call)
{
    struct hub_settings *settings = &call->settings;
    int64_t now_ns;
    if (!settings->people.address)
        settings->people =
            (struct hub_listener){ .address = "127.0.0.1",
                                   .port = 8443,
                                   .certificate = settings->people.certificate,
                                   .key = settings->people.key,
                                   .trusts_proxy = settings->people.trusts_proxy };
    if (!settings->people.certificate != !settings->people.key)
        return wrong_call("--certificate and --key belong together", "");
    if (!settings->oidc.issuer != !settings->oidc.client_id)
        return wrong_call("--oidc-issuer and --oidc-client belong together", "");
    if (!settings->people.certificate && !is_loopback(settings->people.address))
        return wrong_call("without a certificate only loopback is listened on",
                          settings->people.address);
    if (settings->sensors.address && (!settings->sensors.certificate ||
                                      !settings->sensors.key || !settings->sensors.authority))
        return wrong_call("sensors are known by certificates: --sensors-certificate, "
                          "--sensors-key and --sensors-authority are needed",
                          "");
    if (call->now && !settings->is_exercise)
        return wrong_call("the clock is told only in an exercise", call->now);
    if (call->now && !time_read(bytes_of_string(call->now), &now_ns))
        return wrong_call("a moment is as 2028-01-31T09:00:00Z, not", call->now);
    if (call->now)
        settings->ahead_ns = now_ns - clock_now_ns();
    return -1;
}

static bool read_secret(struct call *call, struct error *err)
{
    if (!call->secret_file)
        return true;
    FILE *file = fopen(call->secret_file, "r");
    if (!file || !fgets(call->secret, sizeof call->secret, file)) {
        if (file)
            fclose(file);
        return error_set(err, 0, "%s: cannot be read", call->secret_file);
    }
    fclose(file);
    call->secret[strcspn(call->secret, "\r\n")] = '\0';
    call->settings.oidc.client_secret = call->secret;
    return true;
}

/* Until SIGINT or SIGTERM; SIGHUP reads certificates again. */
static void wait_for_end(struct hub *hub)
{
    sigset_t set;
    int signal_number = 0;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    while (sigwait(&set, &signal_number) == 0 && signal_number == SIGHUP) {
        struct error err = { 0 };
        if (!hub_reload(hub, &err))
            fprintf(stderr, "sekisho hub: the certificates before stay: %s\n", err.text);
    }
}

static void block_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static bool load_law(struct call *call, struct error *err)
{
    static struct law law;
    static char folder[4096];
    struct arena keep = arena_over(memory, sizeof memory);
    call->settings.law = &law;
    call->settings.law_folder = folder;
    call->settings.log = call->is_quiet ? NULL : put_line;
    return law_find_folder(call->law, folder, sizeof folder, err) &&
           law_load(folder, &keep, &law, err);
}

/* Beside the law's data: in the source tree, or installed; file is in it, or empty. */
static const char *find_beside(const char *law_folder, const char *const places[2],
                               const char *file, char room[PLACE_MAX])
{
    char path[PLACE_MAX + 32];
    for (size_t i = 0; i < 2; i++) {
        struct text place = text_over(room, PLACE_MAX);
        text_format(&place, "%s/../../%s", law_folder, places[i]);
        struct text whole = text_over(path, sizeof path);
        text_format(&whole, "%s%s", room, file);
        if (!place.cut && access(path, R_OK) == 0)
            return room;
    }
    return NULL;
}

static void find_data(struct call *call, const char *law_folder)
{
    static const char *const interfaces[2] = { "data/openapi.json", "openapi.json" };
    static const char *const pages[2] = { "web/dist", "web" };
    call->settings.interface = find_beside(law_folder, interfaces, "", call->interface);
    if (!call->settings.web)
        call->settings.web = find_beside(law_folder, pages, "/size.json", call->web);
}

static int serve(struct call *call)
{
    struct error err = { 0 };
    if (!load_law(call, &err) || !read_secret(call, &err))
        return failed(err.text);
    find_data(call, call->settings.law_folder);
    call->settings.ask = passphrase_ask;
    call->settings.ask_context = &call->passphrase;
    block_signals();
    notify_open();
    struct hub *hub = hub_start(&call->settings, &err);
    if (!hub)
        return failed(err.text);
    printf("%s\n", hub_url(hub));
    if (*hub_sensors_url(hub))
        printf("sensors: %s\n", hub_sensors_url(hub));
    if (*hub_setup_link(hub))
        printf("first administrator: %s\n", hub_setup_link(hub));
    fflush(stdout);
    notify("READY=1");
    hub_hook(call->settings.folder);
    wait_for_end(hub);
    hub_stop(hub);
    return COMMAND_DONE;
}

static int backup(struct call *call, char **words)
{
    struct error err = { 0 };
    call->settings.folder = words[0];
    return hub_backup(&call->settings, words[1], &err) ? COMMAND_DONE : failed(err.text);
}

static int restore(struct call *call, char **words)
{
    struct error err = { 0 };
    call->settings.folder = words[1];
    if (!hub_restore(&call->settings, words[0], &err))
        return failed(err.text);
    printf("restored; before it is started, put its hub.key back beside hub.pub\n");
    return COMMAND_DONE;
}

static void put_step(void *context, unsigned number, const char *name)
{
    printf("%s %u %s\n", *(const bool *)context ? "would take" : "took", number, name);
}

static int migrate(struct call *call, char **words)
{
    struct error err = { 0 };
    call->settings.folder = words[0];
    return hub_migrate(&call->settings, call->is_dry, put_step, &call->is_dry, &err)
               ? COMMAND_DONE
               : failed(err.text);
}

static int check(struct call *call, char **words)
{
    struct error err = { 0 };
    call->settings.folder = words[0];
    return load_law(call, &err) ? hub_check_command(&call->settings, call->is_json)
                                : failed(err.text);
}

static int serve_folder(struct call *call, char **words)
{
    int code = check_call(call);
    call->settings.folder = words[0];
    return code >= 0 ? code : serve(call);
}

static void put_route(void *context, const char *method, const char *path,
                      const char *operation, const char *queries)
{
    (void)context;
    printf("%s %s %s%s\n", method, path, operation, queries);
}

static int routes(struct call *call, char **words)
{
    (void)call;
    (void)words;
    hub_each_route(put_route, NULL);
    return COMMAND_DONE;
}

static struct hub_ask asked(const struct call *call)
{
    return (struct hub_ask){ call->url, call->token_file, call->authority, call->is_json };
}

static int ask_any(struct call *call, char **words)
{
    struct hub_ask ask = asked(call);
    return hub_ask_any(&ask, words[0], words[1], words[2]);
}

static int ask_list(struct call *call, char **words)
{
    struct hub_ask ask = asked(call);
    return hub_ask_list(&ask, words[0]);
}

static int ask_show(struct call *call, char **words)
{
    struct hub_ask ask = asked(call);
    return hub_ask_show(&ask, words[0]);
}

static int ask_step(struct call *call, char **words)
{
    struct hub_ask ask = asked(call);
    return hub_ask_step(&ask, words[0], words[1], words[2]);
}

static const struct verb {
    const char *name;
    int words;
    int (*run)(struct call *call, char **words);
} verbs[] = {
    { "ask", 2, ask_any },     { "ask", 3, ask_any },   { "backup", 2, backup },
    { "check", 1, check },     { "list", 1, ask_list }, { "migrate", 1, migrate },
    { "restore", 2, restore }, { "routes", 0, routes }, { "serve", 1, serve_folder },
    { "show", 1, ask_show },   { "step", 2, ask_step }, { "step", 3, ask_step },
};

int command_hub(int argc, char **argv)
{
    struct call call = { .law = LAW_DEFAULT, .settings.confine = HUB_CONFINE_POSSIBLE };
    int code = read_options(argc, argv, &call);
    if (code >= 0)
        return code;
    const char *name = optind < argc ? argv[optind] : "";
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(verbs[i].name, name) == 0 && argc - optind - 1 == verbs[i].words)
            return verbs[i].run(&call, argv + optind + 1);
    }
    return wrong_call("say what to do and with what", name);
}
