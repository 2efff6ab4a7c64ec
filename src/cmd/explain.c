// SPDX-License-Identifier: Apache-2.0
/* sekisho explain: why a finding of the store was made. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/asking.h"
#include "cmd/cmd.h"
#include "cmd/terminal.h"
#include "report/report.h"
#include "store/store.h"

enum { WIDTH_DEFAULT = 80, WIDTH_MAX = 120 };

static const char usage[] =
    "usage: sekisho explain [OPTION]... [FINDING]\n"
    "\n"
    "Tells why a finding was made.  FINDING is its identifier or the start of it; without\n"
    "one, the findings of the newest run are listed.\n"
    "\n"
    "It is asked for as `sekisho query` asks, and so leaves an entry in the ledger.\n"
    "\n" ASKING_HELP "  --json             the finding, or all of them, as JSON\n"
    "  --help             this\n";

struct call {
    struct asking asking;
    bool json;
    const char *finding; /* NULL: list them */
};

static int wrong_call(const char *words, const char *argument)
{
    fprintf(stderr, "sekisho explain: %s%s%s\n%s", words, *argument ? ": " : "", argument,
            usage);
    return COMMAND_USAGE;
}

/* Fills call; -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, struct call *call)
{
    static const struct option options[] = {
        ASKING_OPTIONS,
        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    struct error err;
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (asking_has(option) && !asking_take(&call->asking, option, optarg, &err))
            return wrong_call(err.text, "");
        switch (option) {
        case 'j': call->json = true; break;
        case 'h': fputs(usage, stdout); return COMMAND_DONE;
        case '?': fputs(usage, stderr); return COMMAND_USAGE;
        default: break;
        }
    }
    if (argc - optind > 1)
        return wrong_call("one finding at a time, not also", argv[optind + 1]);
    call->finding = argv[optind];
    return asking_find_store(&call->asking, &err) ? -1 : wrong_call(err.text, "");
}

struct listing {
    bool json;
    bool good;
    size_t count;
};

static void list_finding(void *context, const struct finding *finding)
{
    struct listing *listing = context;
    listing->count++;
    if (listing->json) {
        listing->good = report_write_finding_json(finding, stdout) && listing->good;
        return;
    }
    char room[SUBJECT_TEXT_MAX];
    struct text subject = text_over(room, sizeof room);
    finding_write_subject(finding, &subject);
    printf("%-17s  %3.0f  %-14s  %s\n", finding->id, finding->score,
           finding_kind_name(finding->kind), subject.at);
}

static int list(struct store *store, const struct call *call, struct error *err)
{
    struct listing listing = { call->json, true, 0 };
    struct store_filter filter = store_filter_all(INT64_MAX);
    filter.newest_run = true;
    if (!store_each_finding(store, &filter, list_finding, &listing, err))
        return COMMAND_FAILED;
    if (listing.count == 0)
        fputs(call->asking.language == REPORT_JAPANESE ? "最新の実行に検出はありません。\n"
                                                       : "the newest run has no findings\n",
              stderr);
    if (listing.good && fflush(stdout) == 0)
        return COMMAND_DONE;
    (void)error_set(err, 0, "cannot write the list");
    return COMMAND_FAILED;
}

static int explain(struct store *store, const struct call *call, struct error *err)
{
    struct finding finding;
    int found = store_find_finding(store, bytes_of_string(call->finding), &finding, err);
    if (found == 0)
        (void)error_set(err, 0, "the newest run in %s has no finding %s", call->asking.store,
                        call->finding);
    if (found == 2)
        (void)error_set(err, 0, "more than one finding starts with %s", call->finding);
    if (found != 1)
        return COMMAND_FAILED;
    bool good = call->json ? report_write_finding_json(&finding, stdout)
                           : report_explain(&finding, call->asking.language,
                                            terminal_width(WIDTH_DEFAULT, WIDTH_MAX), stdout);
    if (!good)
        (void)error_set(err, 0, "cannot write the explanation");
    return good ? COMMAND_DONE : COMMAND_FAILED;
}

static int read_store(const struct call *call, struct error *err)
{
    static struct asked asked;
    switch (asking_decide(&call->asking, "read", call->finding, &asked, err)) {
    case ASKING_FAILED: return COMMAND_FAILED;
    case ASKING_REFUSED: asking_tell(&call->asking, &asked.ruling); return COMMAND_REFUSED;
    case ASKING_ALLOWED: break;
    }
    struct store *store = store_open_reading(call->asking.store, &asked.grant, err);
    if (!store)
        return COMMAND_FAILED;
    int code = call->finding ? explain(store, call, err) : list(store, call, err);
    store_close(store);
    return code;
}

int command_explain(int argc, char **argv)
{
    struct call call = { .asking = asking_begin("explain") };
    struct error err;
    int code = read_options(argc, argv, &call);
    if (code >= 0)
        return code;
    code = read_store(&call, &err);
    if (code == COMMAND_FAILED)
        fprintf(stderr, "sekisho explain: %s\n", err.text);
    return code;
}
