// SPDX-License-Identifier: Apache-2.0
/* sekisho query: records and findings of the store for people, each time for a purpose. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/asking.h"
#include "cmd/cmd.h"
#include "cmd/query_table.h"
#include "exchange/records.h"
#include "store/store.h"

enum { LIMIT_DEFAULT = 50 };

static const char usage[] =
    "usage: sekisho query [OPTION]... [FINDING]\n"
    "\n"
    "Shows what the store keeps of one legal basis: findings, or records, or numbers of them.\n"
    "Every query is ruled on by the law's data, and leaves an entry in the ledger, answered "
    "or\n"
    "refused.  FINDING is the whole identifier of one, shown with its records.\n"
    "\n" ASKING_HELP "  --about TEXT       of that server, name, finding or warrant only\n"
    "  --from TIME        seen then or later\n"
    "  --to TIME          seen before\n"
    "  --records          records instead of findings\n"
    "  --count            how many there are, and of which time\n"
    "  --history ID       what happened to a finding, or to the record with that number\n"
    "  --provisions       what others were given, and what must be erased there\n"
    "  --limit N          at most so many (default: 50)\n"
    "  --skip N           not the first N of them\n"
    "  --json             findings as JSON, records as JSON lines\n"
    "  --csv              records as CSV\n"
    "  --at TIME          the clock of an exercise (basis exercise only)\n"
    "  --help             this\n"
    "\n"
    "Exit code: 0 done, 1 failed, 2 the call was wrong, 5 refused by law.\n";

enum form { FORM_TABLE, FORM_JSON, FORM_CSV };

struct call {
    struct asking asking;
    struct store_filter filter;
    bool records, count, provisions;
    enum form form;
    const char *history, *finding;
};

static int wrong_call(const char *words, const char *argument)
{
    fprintf(stderr, "sekisho query: %s%s%s\n(`sekisho query --help` tells more)\n", words,
            *argument ? ": " : "", argument);
    return COMMAND_USAGE;
}

static int read_time(const char *argument, int64_t *out)
{
    return time_read(bytes_of_string(argument), out)
               ? -1
               : wrong_call("a time is as 2026-11-21 or 2026-11-21T12:00:00Z, not", argument);
}

static int read_count(const char *argument, uint64_t *out)
{
    return text_read_u64(bytes_of_string(argument), INT64_MAX, out)
               ? -1
               : wrong_call("a number is whole, not", argument);
}

static int read_option(int option, struct call *call)
{
    struct error err;
    if (asking_has(option))
        return asking_take(&call->asking, option, optarg, &err) ? -1 : wrong_call(err.text, "");
    switch (option) {
    case 'a': call->filter.about = optarg; return -1;
    case 'f': return read_time(optarg, &call->filter.from_ns);
    case 't': return read_time(optarg, &call->filter.to_ns);
    case 'r': call->records = true; return -1;
    case 'n': call->count = true; return -1;
    case 'y': call->history = optarg; return -1;
    case 'p': call->provisions = true; return -1;
    case 'l': return read_count(optarg, &call->filter.limit);
    case 's': return read_count(optarg, &call->filter.skip);
    case 'j': call->form = FORM_JSON; return -1;
    case 'c':
        call->form = FORM_CSV;
        call->records = true;
        return -1;
    case 'h': fputs(usage, stdout); return COMMAND_DONE;
    default: fputs(usage, stderr); return COMMAND_USAGE;
    }
}

/* Fills call; -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, struct call *call)
{
    static const struct option options[] = {
        ASKING_OPTIONS,
        ASKING_OPTION_AT,
        { "about", required_argument, NULL, 'a' },
        { "from", required_argument, NULL, 'f' },
        { "to", required_argument, NULL, 't' },
        { "records", no_argument, NULL, 'r' },
        { "count", no_argument, NULL, 'n' },
        { "history", required_argument, NULL, 'y' },
        { "provisions", no_argument, NULL, 'p' },
        { "limit", required_argument, NULL, 'l' },
        { "skip", required_argument, NULL, 's' },
        { "json", no_argument, NULL, 'j' },
        { "csv", no_argument, NULL, 'c' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option, code = -1;
    optind = 1;
    while (code < 0 && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
        code = read_option(option, call);
    if (code >= 0)
        return code;
    if (argc - optind > 1)
        return wrong_call("one finding at a time, not also", argv[optind + 1]);
    call->finding = argv[optind];
    if (call->records + call->count + call->provisions + (call->history != NULL) +
            (call->finding != NULL) >
        1)
        return wrong_call("ask for one thing at a time", "");
    struct error err;
    return asking_find_store(&call->asking, &err) ? -1 : wrong_call(err.text, "");
}

struct listing {
    const struct call *call;
    struct query_table table;
    struct records *records; /* when they are not shown in a table */
    uint64_t count;
    bool is_written;
};

static void show_finding(void *context, const struct finding *finding)
{
    struct listing *listing = context;
    if (listing->count++ == listing->call->filter.limit)
        return; /* asked for one more, to know that there is */
    if (listing->call->form == FORM_JSON)
        listing->is_written =
            report_write_finding_json_line(finding, stdout) && listing->is_written;
    else
        query_table_finding(&listing->table, finding);
}

static void show_flow(void *context, int64_t record, const struct minimised_flow *flow)
{
    struct listing *listing = context;
    if (listing->count++ == listing->call->filter.limit)
        return;
    if (listing->records)
        records_put(listing->records, flow, listing->table.now_ns);
    else
        query_table_flow(&listing->table, record, flow);
}

static void tell_more(const struct call *call, uint64_t count)
{
    bool in_japanese = call->asking.language == REPORT_JAPANESE;
    uint64_t next = call->filter.skip + call->filter.limit;
    if (count == 0)
        fputs(in_japanese ? "該当するものはありません。\n" : "there is none\n", stderr);
    else if (count > call->filter.limit && !call->history && !call->provisions)
        fprintf(stderr,
                in_japanese ? "続きがあります: --skip %" PRIu64 "\n"
                            : "there are more: --skip %" PRIu64 "\n",
                next);
}

static struct store_filter one_more(const struct store_filter *filter)
{
    struct store_filter more = *filter;
    more.limit++;
    return more;
}

static bool list_findings(struct store *store, struct listing *listing, struct error *err)
{
    struct store_filter filter = one_more(&listing->call->filter);
    return store_each_finding(store, &filter, show_finding, listing, err);
}

static bool list_records(struct store *store, struct listing *listing, struct error *err)
{
    static struct records records; /* has the buffer of standard output to the end */
    struct store_filter filter = one_more(&listing->call->filter);
    bool is_table = listing->call->form == FORM_TABLE;
    if (!is_table) {
        listing->records = &records;
        records_open(&records,
                     listing->call->form == FORM_CSV ? RECORDS_CSV : RECORDS_JSON_LINES,
                     stdout);
    }
    bool good = store_each_flow(store, &filter, show_flow, listing, err);
    listing->is_written = is_table || records_flush(&records);
    return good;
}

static bool show_count(struct store *store, const struct call *call, struct error *err)
{
    struct store_counts counts;
    if (!store_count(store, &call->filter, &counts, err))
        return false;
    query_print_counts(&counts, call->form == FORM_JSON, call->asking.language);
    return true;
}

static void show_event(void *context, const struct store_event *event)
{
    struct listing *listing = context;
    listing->count++;
    query_print_event(event, listing->call->form == FORM_JSON, listing->table.language);
}

static void show_provision(void *context, const struct store_provision *provision)
{
    struct listing *listing = context;
    listing->count++;
    query_print_provision(provision, listing->call->form == FORM_JSON);
}

static bool show_history(struct store *store, struct listing *listing, struct error *err)
{
    const char *id = listing->call->history;
    uint64_t record = 0;
    bool is_record = text_read_u64(bytes_of_string(id), INT64_MAX, &record);
    return store_history(store, is_record ? "" : id, (int64_t)record, show_event, listing, err);
}

/* A finding as explained, and the records it rests on. */
static bool show_one(struct store *store, struct listing *listing, struct error *err)
{
    struct store_filter filter = one_more(&listing->call->filter);
    filter.about = listing->call->finding;
    if (!store_each_finding(store, &filter, show_finding, listing, err))
        return false;
    listing->count = 0;
    listing->table.has_head = false;
    return list_records(store, listing, err);
}

static bool run(struct store *store, const struct call *call, const struct asked *asked,
                struct error *err)
{
    struct listing listing = { .call = call, .is_written = true };
    listing.table = query_table_begin(call->asking.language, asked->grant.now_ns);
    bool good;
    if (call->count)
        return show_count(store, call, err);
    if (call->history)
        good = show_history(store, &listing, err);
    else if (call->provisions)
        good =
            store_each_provision(store, STORE_PROVISION_STATES, show_provision, &listing, err);
    else if (call->finding)
        good = show_one(store, &listing, err);
    else if (call->records)
        good = list_records(store, &listing, err);
    else
        good = list_findings(store, &listing, err);
    if (good)
        tell_more(call, listing.count);
    return good && ((listing.is_written && fflush(stdout) == 0) ||
                    error_set(err, 0, "cannot write the answer"));
}

static const char *subject_of(const struct call *call)
{
    if (call->history)
        return call->history;
    return call->finding ? call->finding : call->filter.about;
}

int command_query(int argc, char **argv)
{
    static struct asked asked;
    struct call call = { .asking = asking_begin("query"),
                         .filter = store_filter_all(LIMIT_DEFAULT) };
    struct error err;
    int code = read_options(argc, argv, &call);
    if (code >= 0)
        return code;
    enum asking_answer answer =
        asking_decide(&call.asking, "read", subject_of(&call), &asked, &err);
    if (answer == ASKING_REFUSED) {
        asking_tell(&call.asking, &asked.ruling);
        return COMMAND_REFUSED;
    }
    struct store *store = answer == ASKING_ALLOWED
                              ? store_open_reading(call.asking.store, &asked.grant, &err)
                              : NULL;
    bool good = store && run(store, &call, &asked, &err);
    if (store)
        store_close(store);
    if (!good)
        fprintf(stderr, "sekisho query: %s\n", err.text);
    return good ? COMMAND_DONE : COMMAND_FAILED;
}
