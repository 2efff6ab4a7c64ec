// SPDX-License-Identifier: Apache-2.0
#include "cmd/watch_options.h"

#include <getopt.h>
#include <stdlib.h>

#include "base/time.h"
#include "cmd/language.h"
#include "pipeline/keeper.h"
#include "workers/workers.h"

typedef bool read_fn(struct watch_options *options, const char *value, struct error *err);

static bool read_place(const char **place, const char *value)
{
    *place = value;
    return true;
}

#define READ_TEXT(field)                                                       \
    static bool read_##field(struct watch_options *options, const char *value, \
                             struct error *err)                                \
    {                                                                          \
        (void)err;                                                             \
        return read_place(&options->field, value);                             \
    }
#define READ_FLAG(field)                                                       \
    static bool read_##field(struct watch_options *options, const char *value, \
                             struct error *err)                                \
    {                                                                          \
        (void)value;                                                           \
        (void)err;                                                             \
        options->field = true;                                                 \
        return true;                                                           \
    }
#define READ_SPAN(field)                                                                   \
    static bool read_##field(struct watch_options *options, const char *value,             \
                             struct error *err)                                            \
    {                                                                                      \
        if (time_read_span(bytes_of_string(value), &options->field))                       \
            return true;                                                                   \
        return error_set(err, 0, "\"%s\" is not a length of time such as 90s, 15m or 30d", \
                         value);                                                           \
    }

READ_TEXT(tls_certificate)
READ_TEXT(tls_key)
READ_TEXT(tls_authority)
READ_TEXT(sampling)
READ_TEXT(metrics)
READ_TEXT(networks)
READ_TEXT(delegated)
READ_TEXT(mmdb)
READ_TEXT(pollers)
READ_TEXT(json)
READ_TEXT(html)
READ_TEXT(stix)
READ_TEXT(store)
READ_TEXT(state)
READ_FLAG(without_store)
READ_FLAG(follow)
READ_FLAG(quiet)
READ_FLAG(exit_code)
READ_FLAG(help)
READ_SPAN(retention_ns)
READ_SPAN(state_ns)
READ_SPAN(every_ns)
READ_SPAN(active_ns)
READ_SPAN(idle_ns)

/* The place of value among words, which ends with NULL. */
static bool read_word(const char *value, const char *const *words, int *out, struct error *err)
{
    char room[128];
    struct text known = text_over(room, sizeof room);
    for (int i = 0; words[i]; i++) {
        if (strcmp(value, words[i]) == 0) {
            *out = i;
            return true;
        }
        text_format(&known, "%s%s", i > 0 ? ", " : "", words[i]);
    }
    return error_set(err, 0, "\"%s\" is none of %s", value, room);
}

static bool read_basis(struct watch_options *options, const char *value, struct error *err)
{
    static const char *const words[] = { "own", "exercise", NULL };
    static const char *const statutory[] = { "a11", "a12", "a17", "a32", "a33" };
    for (size_t i = 0; i < sizeof statutory / sizeof *statutory; i++) {
        if (strcmp(value, statutory[i]) == 0)
            return error_set(err, 0,
                             "articles 11 to 36 of Act 42 of 2025 are not in force: only the "
                             "bases own and exercise can be used");
    }
    int word = 0;
    if (!read_word(value, words, &word, err))
        return false;
    options->basis = word == 0 ? BASIS_OWN : BASIS_EXERCISE;
    return true;
}

static bool read_pseudonyms(struct watch_options *options, const char *value, struct error *err)
{
    static const char *const words[] = { "opaque", "prefix", NULL };
    int word = 0;
    if (!read_word(value, words, &word, err))
        return false;
    options->pseudonyms = word == 0 ? PSEUDONYM_OPAQUE : PSEUDONYM_PREFIX;
    return true;
}

static bool read_depth(struct watch_options *options, const char *value, struct error *err)
{
    static const char *const words[] = { "decode", "flows", "facts", "selection", "all", NULL };
    int word = 0;
    if (!read_word(value, words, &word, err))
        return false;
    options->depth = (enum pipeline_depth)word;
    return true;
}

static bool read_read(struct watch_options *options, const char *value, struct error *err)
{
    static const char *const words[] = { "auto", "packets", "exports", "logs", NULL };
    int word = 0;
    if (!read_word(value, words, &word, err))
        return false;
    options->read = (enum watch_read)word;
    return true;
}

static const char *const whens[] = { "auto", "always", "never", NULL };

static bool read_colour(struct watch_options *options, const char *value, struct error *err)
{
    int word = 0;
    if (!read_word(value, whens, &word, err))
        return false;
    options->colour = (enum watch_when)word;
    return true;
}

static bool read_progress(struct watch_options *options, const char *value, struct error *err)
{
    int word = 0;
    if (!read_word(value, whens, &word, err))
        return false;
    options->progress = (enum watch_when)word;
    return true;
}

static bool read_language(struct watch_options *options, const char *value, struct error *err)
{
    return language_read(value, &options->language) ||
           error_set(err, 0, "\"%s\" is none of en, ja", value);
}

static bool read_country(struct watch_options *options, const char *value, struct error *err)
{
    bool fits = strlen(value) == 2;
    for (size_t i = 0; fits && i < 2; i++)
        fits = value[i] >= 'A' && value[i] <= 'Z';
    if (!fits)
        return error_set(err, 0, "\"%s\" is not a country code such as JP", value);
    options->country = value;
    return true;
}

static bool read_listen(struct watch_options *options, const char *value, struct error *err)
{
    if (options->listen_count == WATCH_LISTENERS_MAX)
        return error_set(err, 0, "more than %d listeners", WATCH_LISTENERS_MAX);
    options->listen[options->listen_count++] = value;
    return true;
}

static bool read_interface(struct watch_options *options, const char *value, struct error *err)
{
    if (options->interface_count == WATCH_LISTENERS_MAX)
        return error_set(err, 0, "more than %d interfaces", WATCH_LISTENERS_MAX);
    options->interfaces[options->interface_count++] = value;
    return true;
}

static bool read_indicators(struct watch_options *options, const char *value, struct error *err)
{
    if (options->indicator_count == WATCH_LISTS_MAX)
        return error_set(err, 0, "more than %d lists of indicators", WATCH_LISTS_MAX);
    options->indicators[options->indicator_count++] = value;
    return true;
}

static bool read_join(struct watch_options *options, const char *value, struct error *err)
{
    if (options->join_count == WATCH_JOINS_MAX)
        return error_set(err, 0, "more than %d folders to join", WATCH_JOINS_MAX);
    options->joins[options->join_count++] = value;
    return true;
}

static bool read_indicator_key(struct watch_options *options, const char *value,
                               struct error *err)
{
    if (options->indicator_key_count == WATCH_KEYS_MAX)
        return error_set(err, 0, "at most %d keys sign a generation", WATCH_KEYS_MAX);
    options->indicator_keys[options->indicator_key_count++] = value;
    return true;
}

static bool read_records(struct watch_options *options, const char *value, struct error *err)
{
    struct watch_records_place *place = &options->records[options->records_count];
    if (options->records_count == WATCH_RECORDS_MAX)
        return error_set(err, 0, "more than %d files", WATCH_RECORDS_MAX);
    if (!records_kind_of(value, &place->kind, &place->path))
        return error_set(err, 0,
                         "\"%s\" does not end with .ipfix, .jsonl or .csv, nor begin with "
                         "ipfix:, jsonl: or csv:",
                         value);
    options->records_count++;
    return true;
}

static bool read_export(struct watch_options *options, const char *value, struct error *err)
{
    if (options->export_count == WATCH_RECORDS_MAX)
        return error_set(err, 0, "more than %d destinations", WATCH_RECORDS_MAX);
    options->exports[options->export_count++] = value;
    return true;
}

static bool read_workers(struct watch_options *options, const char *value, struct error *err)
{
    uint64_t count = 0;
    if (!text_read_u64(bytes_of_string(value), WORKERS_MAX, &count) || count == 0)
        return error_set(err, 0, "\"%s\" is not a number from 1 to %d", value, WORKERS_MAX);
    options->workers = (size_t)count;
    return true;
}

static bool read_alerts_per_day(struct watch_options *options, const char *value,
                                struct error *err)
{
    uint64_t count = 0;
    if (!text_read_u64(bytes_of_string(value), KEEPER_ALERTS_PER_DAY_MAX, &count))
        return error_set(err, 0, "\"%s\" is not a number from 0 to %d", value,
                         KEEPER_ALERTS_PER_DAY_MAX);
    options->alerts_per_day = (uint32_t)count;
    return true;
}

static bool read_memory_octets(struct watch_options *options, const char *value,
                               struct error *err)
{
    struct bytes number = bytes_of_string(value);
    uint64_t count = 0, unit = 1;
    static const char letters[] = "KMG";
    for (size_t i = 0; i < 3; i++) {
        if (number.len > 0 && number.at[number.len - 1] == (uint8_t)letters[i]) {
            unit = UINT64_C(1) << (10 * (i + 1));
            number.len--;
            break;
        }
    }
    if (!text_read_u64(number, (UINT64_C(1) << 40) / unit, &count) ||
        count * unit < PIPELINE_MEMORY_MIN)
        return error_set(err, 0, "\"%s\" is not an amount of memory from 64M to 1024G", value);
    options->memory_octets = (size_t)(count * unit);
    return true;
}

static const struct option_row {
    const char *name;
    char letter;          /* or 0 */
    const char *argument; /* NULL: a flag */
    read_fn *read;
    const char *help;
} rows[] = {
    { "listen", 'L', "ADDRESS", read_listen,
      "receive flow exports: udp:2055, tcp:4739, sctp:4739, tls:4740, "
      "udp:[2001:db8::1]:2055; may be given again" },
    { "interface", 'I', "NAME", read_interface,
      "read packets of an interface; may be given again" },
    { "read", 0, "KIND", read_read,
      "what the files are: auto, packets, exports (NetFlow, IPFIX or sFlow in a capture, too) "
      "or logs" },
    { "sampling", 0, "FILE", read_sampling,
      "YAML with sampling rates of exporters, for want of theirs or against it" },
    { "tls-certificate", 0, "FILE", read_tls_certificate, "PEM: our certificate, for tls:" },
    { "tls-key", 0, "FILE", read_tls_key, "PEM: its private key" },
    { "tls-authority", 0, "FILE", read_tls_authority,
      "PEM: who may sign the certificates of exporters and collectors" },
    { "basis", 'b', "BASIS", read_basis,
      "own (default): one's own network; exercise: synthetic "
      "traffic, under the rules of the law" },
    { "networks", 'n', "FILE", read_networks, "YAML with own, domestic and foreign networks" },
    { "country", 'C', "CC", read_country,
      "the country within the border, for the files below" },
    { "delegated", 0, "FILE", read_delegated,
      "addresses by country, as a registry publishes them" },
    { "mmdb", 0, "FILE", read_mmdb, "addresses by country, as a MaxMind DB" },
    { "pollers", 0, "FILE", read_pollers,
      "YAML with names of services that poll by design (default: the one that came along)" },
    { "indicators", 'i', "FILE", read_indicators,
      "a list of indicators: text, CSV, STIX or MISP; may be given again; or a generation, "
      "and its overlay" },
    { "indicators-key", 0, "PUBLIC", read_indicator_key,
      "NAME+ID+KEY of who has to have signed a generation, or a file with it" },
    { "pseudonyms", 0, "KIND", read_pseudonyms,
      "of lines, where they are not shown in clear: opaque (default), or prefix: addresses "
      "that keep common prefixes" },
    { "json", 'j', "FILE", read_json, "the report as JSON; - is standard output" },
    { "html", 'w', "FILE", read_html, "the report as one page" },
    { "stix", 0, "FILE", read_stix, "findings as a STIX 2.1 bundle" },
    { "records", 0, "FILE", read_records,
      "the records kept, as IPFIX (.ipfix), JSON lines (.jsonl) or CSV (.csv), or KIND:FILE "
      "(jsonl:-); may be given again" },
    { "metrics", 0, "FILE", read_metrics,
      "the account as OpenMetrics text; of live input rewritten every so often" },
    { "export", 0, "ADDRESS", read_export,
      "send the records kept as IPFIX to udp:HOST:PORT, tcp:HOST:PORT or tls:HOST:PORT; may be "
      "given again" },
    { "store", 's', "FILE", read_store,
      "where records and findings are kept (default: "
      "$XDG_STATE_HOME/sekisho/watch.sqlite)" },
    { "state", 0, "FOLDER", read_state,
      "keep there, sealed, what the behaviours counted, and go on from it" },
    { "state-every", 0, "SPAN", read_state_ns,
      "of live input, keep it so often (default 15m)" },
    { "join", 0, "FOLDER", read_join,
      "judge together with what another sensor kept by --state; may be given again" },
    { "no-store", 0, NULL, read_without_store, "keep nothing on disk" },
    { "retain", 0, "SPAN", read_retention_ns, "how long what is kept stays (default 30d)" },
    { "follow", 'f', NULL, read_follow, "wait for a growing file's next packets" },
    { "every", 0, "SPAN", read_every_ns,
      "following, tell new findings this often (default 30s)" },
    { "alerts-per-day", 0, "N", read_alerts_per_day,
      "findings a day that are alerts, strongest first; others are told after them (default "
      "50); what is on a list is no part of it" },
    { "workers", 'W', "N", read_workers,
      "threads that share the work on packets or exports (default 1)" },
    { "memory", 'm', "SIZE", read_memory_octets, "most memory for tables (default 1G)" },
    { "active", 0, "SPAN", read_active_ns, "report longer flows in slices (default 5m)" },
    { "idle", 0, "SPAN", read_idle_ns, "a flow silent this long is over (default 60s)" },
    { "language", 'l', "LANGUAGE", read_language, "en or ja (default: by LANG)" },
    { "colour", 0, "WHEN", read_colour, "auto, always or never; NO_COLOR is heeded" },
    { "progress", 0, "WHEN", read_progress, "auto, always or never" },
    { "quiet", 'q', NULL, read_quiet, "no table on standard output" },
    { "exit-code", 0, NULL, read_exit_code, "exit with 3 when there are findings" },
    { "stop-after", 0, "STAGE", read_depth,
      "decode, flows, facts, selection or all: for measuring" },
    { "help", 'h', NULL, read_help, "this text" },
};

enum { ROWS = sizeof rows / sizeof *rows };

static void read_environment(struct watch_options *options)
{
    options->language = language_default();
    const char *no_colour = getenv("NO_COLOR");
    if (no_colour && *no_colour)
        options->colour = WATCH_NEVER;
}

static void fill_tables(struct option *longs, char *letters)
{
    size_t used = 0;
    letters[used++] = ':';
    for (size_t i = 0; i < ROWS; i++) {
        longs[i] =
            (struct option){ rows[i].name, rows[i].argument ? required_argument : no_argument,
                             NULL, 256 + (int)i };
        if (rows[i].letter == 0)
            continue;
        letters[used++] = rows[i].letter;
        if (rows[i].argument)
            letters[used++] = ':';
    }
    letters[used] = '\0';
    longs[ROWS] = (struct option){ 0 };
}

static const struct option_row *row_of(int code)
{
    if (code >= 256)
        return &rows[code - 256];
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].letter == code)
            return &rows[i];
    }
    return NULL;
}

bool watch_is_standard(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

size_t watch_count_standard(const struct watch_options *options)
{
    size_t count = (size_t)watch_is_standard(options->json) + watch_is_standard(options->html) +
                   watch_is_standard(options->stix);
    for (size_t i = 0; i < options->records_count; i++)
        count += watch_is_standard(options->records[i].path);
    return count;
}

/* One of files, listeners and interfaces. */
static bool check_input(const struct watch_options *options, struct error *err)
{
    int ways = (options->path_count > 0) + (options->listen_count > 0) +
               (options->interface_count > 0);
    if (ways == 0 && options->join_count == 0)
        return error_set(err, 0,
                         "name a file, or - for standard input, or give --listen or "
                         "--interface");
    if (ways > 1)
        return error_set(err, 0, "files, --listen and --interface do not go together");
    for (size_t i = 0; i < options->listen_count; i++) {
        if (strncmp(options->listen[i], "tls:", 4) == 0 &&
            (!options->tls_certificate || !options->tls_key || !options->tls_authority))
            return error_set(err, 0,
                             "%s needs --tls-certificate, --tls-key and "
                             "--tls-authority",
                             options->listen[i]);
    }
    return true;
}

static bool check_together(const struct watch_options *options, struct error *err)
{
    if (watch_count_standard(options) > 1)
        return error_set(
            err, 0, "only one of --json, --html, --stix and --records can be standard output");
    if (!check_input(options, err))
        return false;
    if (options->without_store && (options->state || options->join_count > 0))
        return error_set(err, 0,
                         "--state and --join need the installation's secret, which --no-store "
                         "leaves alone");
    if ((options->delegated || options->mmdb) && !options->country)
        return error_set(err, 0, "--delegated and --mmdb need --country");
    if (options->basis != BASIS_OWN && !options->networks && !options->country)
        return error_set(
            err, 0,
            "basis %s needs to know the border: give --networks, or --country with "
            "--delegated or --mmdb",
            basis_name(options->basis));
    if (options->memory_octets / options->workers < PIPELINE_MEMORY_MIN)
        return error_set(err, 0, "each of %zu workers needs at least 64M of --memory",
                         options->workers);
    if (options->idle_ns > METER_IDLE_MAX_S * TIME_SECOND_NS)
        return error_set(err, 0, "--idle is at most %d s", METER_IDLE_MAX_S);
    return true;
}

bool watch_options_read(int argc, char **argv, struct watch_options *out, struct error *err)
{
    struct option longs[ROWS + 1];
    char letters[2 * ROWS + 2];
    fill_tables(longs, letters);
    *out = (struct watch_options){ .depth = PIPELINE_ALL,
                                   .workers = 1,
                                   .memory_octets = (size_t)1 << 30,
                                   .retention_ns = 30 * TIME_DAY_NS,
                                   .every_ns = 30 * TIME_SECOND_NS,
                                   .state_ns = 15 * 60 * TIME_SECOND_NS,
                                   .alerts_per_day = KEEPER_ALERTS_PER_DAY };
    read_environment(out);
    opterr = 0;
    for (int code; (code = getopt_long(argc, argv, letters, longs, NULL)) != -1;) {
        if (code == ':')
            return error_set(err, 0, "%s needs a value", argv[optind - 1]);
        const struct option_row *row = row_of(code);
        if (!row)
            return error_set(err, 0, "there is no option %s", argv[optind - 1]);
        struct error why;
        if (!row->read(out, optarg, &why))
            return error_set(err, 0, "--%s: %s", row->name, why.text);
    }
    out->paths = (const char *const *)(argv + optind);
    out->path_count = (size_t)(argc - optind);
    return out->help || check_together(out, err);
}

void watch_options_help(FILE *out)
{
    fputs(
        "usage: sekisho watch [OPTION]... FILE...\n"
        "       sekisho watch [OPTION]... --listen ADDRESS | --interface NAME\n"
        "       sekisho watch [OPTION]... --join FOLDER...\n\n"
        "Reads packets (pcap, pcapng), flow exports (NetFlow, IPFIX, sFlow) or logs (Zeek, "
        "EVE,\n"
        "binetflow), plain, gzip or zstd (- is standard input), or receives them live, and\n"
        "tells which servers look like command servers, which lines talk to them, who scans,\n"
        "and why it thinks so.  What no selector selects is forgotten and only counted.\n\n",
        out);
    for (size_t i = 0; i < ROWS; i++) {
        char room[64];
        struct text name = text_over(room, sizeof room);
        text_format(&name, rows[i].letter ? "-%c, " : "    ", rows[i].letter);
        text_format(&name, "--%s%s%s", rows[i].name, rows[i].argument ? " " : "",
                    rows[i].argument ? rows[i].argument : "");
        fprintf(out, "  %-24s %s\n", room, rows[i].help);
    }
    fputs("\nExit status: 0 done, 1 failed, 2 wrong call, 3 findings (with --exit-code),\n"
          "4 done but part of the input could not be read or of the records sent.\n",
          out);
}
