// SPDX-License-Identifier: Apache-2.0
/* The options of `sekisho watch`: one table parses and documents them. */
#pragma once

#include <stdio.h>

#include "base/error.h"
#include "exchange/records.h"
#include "model/scope.h"
#include "pipeline/pipeline.h"
#include "report/report.h"

enum {
    WATCH_LISTS_MAX = 50,
    WATCH_KEYS_MAX = 2,
    WATCH_JOINS_MAX = 32,
    WATCH_LISTENERS_MAX = 64,
    WATCH_RECORDS_MAX = 4
};

enum watch_when { WATCH_AUTO, WATCH_ALWAYS, WATCH_NEVER };

/* What the files are; a capture may be of packets or of the exports they carry. */
enum watch_read { WATCH_READ_AUTO, WATCH_READ_PACKETS, WATCH_READ_EXPORTS, WATCH_READ_LOGS };

struct watch_options {
    const char *const *paths;
    size_t path_count;
    const char *listen[WATCH_LISTENERS_MAX];
    size_t listen_count;
    const char *interfaces[WATCH_LISTENERS_MAX];
    size_t interface_count;
    enum watch_read read;
    const char *sampling;
    const char *tls_certificate;
    const char *tls_key;
    const char *tls_authority;
    const char *networks;
    const char *delegated;
    const char *mmdb;
    const char *pollers; /* NULL: the file that came with the program */
    const char *country; /* two letters, upper case */
    const char *indicators[WATCH_LISTS_MAX];
    const char *indicator_keys[WATCH_KEYS_MAX]; /* of who has to have signed a generation */
    size_t indicator_key_count;
    size_t indicator_count;
    const char *json; /* "-" is standard output */
    const char *html;
    const char *stix;
    const char *metrics;
    struct watch_records_place {
        const char *path;
        enum records_kind kind;
    } records[WATCH_RECORDS_MAX];
    size_t records_count;
    const char *exports[WATCH_RECORDS_MAX]; /* where records are sent */
    size_t export_count;
    const char *store; /* NULL: the default place */
    const char *state; /* a folder; NULL: what behaviours count is not kept */
    const char *joins[WATCH_JOINS_MAX];
    size_t join_count;
    bool without_store;
    bool follow;
    bool quiet;
    bool exit_code; /* COMMAND_FOUND when there are findings */
    bool help;
    enum basis basis;
    enum pseudonym_kind pseudonyms;
    enum pipeline_depth depth;
    enum watch_when colour;
    enum watch_when progress;
    enum report_language language;
    uint32_t alerts_per_day;
    size_t workers; /* at least 1 */
    size_t memory_octets;
    int64_t retention_ns;
    int64_t every_ns;  /* following: how often is judged and told */
    int64_t state_ns;  /* live: how often what behaviours count is kept */
    int64_t active_ns; /* 0: the meter's default */
    int64_t idle_ns;
};

/* Defaults come from the environment too: LANG, LC_ALL, NO_COLOR. */
MUST_CHECK bool watch_options_read(int argc, char **argv, struct watch_options *out,
                                   struct error *err);
void watch_options_help(FILE *out);
/* Whether a path, which may be NULL, is standard output. */
bool watch_is_standard(const char *path);
/* Of the reports and files of records, how many are written to standard output. */
size_t watch_count_standard(const struct watch_options *options);
