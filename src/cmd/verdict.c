// SPDX-License-Identifier: Apache-2.0
/* sekisho verdict: what a person decided about the subject of a finding, until when and why. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/time.h"
#include "cmd/asking.h"
#include "cmd/cmd.h"
#include "cmd/own_ledger.h"
#include "store/store.h"
#include "system/clock.h"

enum { DAYS_DEFAULT = 90, DAYS_MOST = 366 };

static const char usage[] =
    "usage: sekisho verdict FINDING harmless|malicious|poller|unsure --reason TEXT "
    "[OPTION]...\n"
    "       sekisho verdict list [OPTION]...\n"
    "       sekisho verdict remove NUMBER --reason TEXT [OPTION]...\n"
    "\n"
    "Says what the subject of a finding is.  Later runs of `sekisho watch` with the same "
    "store\n"
    "mark findings of that kind and subject: harmless ones and pollers are told but are no\n"
    "alerts, malicious ones are alerts outside of the day's budget.  Nothing else learns from\n"
    "it, and no finding is deleted.  Each verdict and removal is an entry in the ledger.\n"
    "\n"
    "  --reason TEXT      why; must be said\n"
    "  --until TIME       until when it holds (default: 90 days; at most a year)\n"
    "  --name TEXT        of a poller: what it is\n" ASKING_HELP
    "  --at TIME          the clock of an exercise (basis exercise only)\n"
    "  --json             JSON, a line each\n"
    "  --help             this\n"
    "\n"
    "Exit code: 0 done, 1 failed, 2 the call was wrong, 5 refused by law.\n";

struct call;
typedef bool run_fn(const struct call *call, struct asked *asked, struct error *err);

struct call {
    struct asking asking;
    run_fn *run;
    const char *about, *reason, *name;
    enum opinion opinion;
    int64_t id;       /* to be removed */
    int64_t until_ns; /* 0: not said */
    bool json;
};

static json_t *json_of_time(int64_t time_ns)
{
    char room[TIME_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    time_write(time_ns, 0, &text);
    return json_string(text.at);
}

static void show_json(const struct store_verdict *verdict)
{
    json_t *row = json_pack(
        "{s:I, s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "verdict",
        (json_int_t)verdict->about.id, "finding", verdict->finding, "kind",
        finding_kind_name(verdict->about.kind), "opinion", opinion_name(verdict->about.opinion),
        "subject", verdict->about.subject, "port", (int)verdict->about.port, "protocol",
        (int)verdict->about.protocol, "name", verdict->name, "actor", verdict->actor, "role",
        verdict->role, "reason", verdict->reason, "basis", verdict->basis, "at",
        json_of_time(verdict->at_ns), "until", json_of_time(verdict->until_ns));
    if (row && json_dumpf(row, stdout, JSON_COMPACT) == 0)
        putchar('\n');
    json_decref(row);
}

/* "3  harmless  203.0.113.9 port 443  until 2027-02-19  by alice: backup server" */
static void show(const struct call *call, const struct store_verdict *verdict)
{
    if (call->json) {
        show_json(verdict);
        return;
    }
    bool in_japanese = call->asking.language == REPORT_JAPANESE;
    char room[TIME_TEXT_MAX];
    struct text until = text_over(room, sizeof room);
    time_write(verdict->until_ns, 0, &until);
    printf(in_japanese ? "%" PRId64 "  %s  %s  %s ポート %u  期限 %s  判定者 %s：%s%s%s%s\n"
                       : "%" PRId64 "  %s  %s  %s port %u  until %s  by %s: %s%s%s%s\n",
           verdict->about.id, opinion_name(verdict->about.opinion),
           finding_kind_name(verdict->about.kind), verdict->about.subject, verdict->about.port,
           until.at, verdict->actor, verdict->reason, *verdict->name ? " (" : "", verdict->name,
           *verdict->name ? ")" : "");
}

struct listing {
    const struct call *call;
    uint64_t count;
};

static void show_one(void *context, const struct store_verdict *verdict)
{
    struct listing *listing = context;
    listing->count++;
    show(listing->call, verdict);
}

static bool list(const struct call *call, struct asked *asked, struct error *err)
{
    struct listing listing = { call, 0 };
    struct store *store = store_open_reading(call->asking.store, &asked->grant, err);
    if (!store)
        return false;
    bool good = store_each_verdict(store, asked->grant.basis, asked->grant.now_ns, show_one,
                                   &listing, err);
    store_close(store);
    if (good && listing.count == 0)
        fputs(call->asking.language == REPORT_JAPANESE ? "判定はありません。\n"
                                                       : "there is no verdict\n",
              stderr);
    return good;
}

static struct entry entry_of(enum entry_kind kind, const struct store_verdict *verdict,
                             const struct call *call, const struct asked *asked)
{
    struct entry entry = entry_begin(kind, clock_now_ns());
    entry_set_text(&entry, ENTRY_BASIS, bytes_of_string(verdict->basis));
    entry_set_text(&entry, ENTRY_REASON, bytes_of_string(call->reason));
    entry_set_text(&entry, ENTRY_ACTOR, bytes_of_string(asked->grant.actor));
    entry_set_text(&entry, ENTRY_ROLE, bytes_of_string(asked->grant.role));
    entry_set_text(&entry, ENTRY_ARTICLE, bytes_of_string(asked->ruling.article));
    entry_set_text(&entry, ENTRY_SUBJECT, bytes_of_string(verdict->finding));
    entry_set_text(&entry, ENTRY_EVENT, bytes_of_string(opinion_name(verdict->about.opinion)));
    entry_set_time(&entry, ENTRY_UNTIL, verdict->until_ns);
    return entry;
}

static void copy(char *to, size_t max, const char *from)
{
    struct text text = text_over(to, max);
    text_put_string(&text, from);
}

/* Of the finding, by who asked; false when its subject is a line that is not shown. */
static bool fill(const struct call *call, const struct asked *asked,
                 const struct finding *finding, struct store_verdict *out)
{
    *out = (struct store_verdict){
        .about = { .kind = finding->kind,
                   .opinion = call->opinion,
                   .port = finding->port,
                   .protocol = finding->protocol },
        .at_ns = asked->grant.now_ns,
        .until_ns =
            call->until_ns ? call->until_ns : asked->grant.now_ns + DAYS_DEFAULT * TIME_DAY_NS,
    };
    struct text subject = text_over(out->about.subject, sizeof out->about.subject);
    finding_write_subject(finding, &subject);
    copy(out->finding, sizeof out->finding, finding->id);
    copy(out->name, sizeof out->name, call->name ? call->name : "");
    copy(out->actor, sizeof out->actor, asked->grant.actor);
    copy(out->role, sizeof out->role, asked->grant.role);
    copy(out->reason, sizeof out->reason, call->reason);
    copy(out->basis, sizeof out->basis, finding->mandate.basis_name);
    return finding_is_of_name(finding) || !finding->subject.is_pseudonym;
}

static bool find_subject(const struct call *call, const struct asked *asked,
                         struct store *store, struct store_verdict *out, struct error *err)
{
    struct finding finding;
    int found = store_find_finding(store, bytes_of_string(call->about), &finding, err);
    if (found < 0)
        return false;
    if (found != 1)
        return error_set(err, 0,
                         found == 0 ? "the newest run has no finding %s"
                                    : "more than one finding begins with %s",
                         call->about);
    if (!fill(call, asked, &finding, out))
        return error_set(err, 0,
                         "the subject of %s is a line that is not shown: no verdict is kept "
                         "of it",
                         finding.id);
    if (out->until_ns <= out->at_ns || out->until_ns > out->at_ns + DAYS_MOST * TIME_DAY_NS)
        return error_set(err, 0, "a verdict ends in the future, within a year");
    return true;
}

/* In the ledger, or not at all: what could not be recorded is taken back. */
static bool put(const struct call *call, struct asked *asked, struct store *store,
                struct store_verdict *verdict, struct error *err)
{
    if (!store_put_verdict(store, verdict, &verdict->about.id, err))
        return false;
    struct entry entry = entry_of(ENTRY_VERDICT_GIVEN, verdict, call, asked);
    if (own_ledger_put(&entry, 1, err))
        return true;
    struct error also;
    (void)!store_remove_verdict(store, verdict->about.id, &also);
    return false;
}

static bool give(const struct call *call, struct asked *asked, struct error *err)
{
    static struct store_verdict verdict;
    struct store *store = store_open_handling(call->asking.store, &asked->grant, err);
    if (!store)
        return false;
    bool good = find_subject(call, asked, store, &verdict, err) &&
                put(call, asked, store, &verdict, err);
    store_close(store);
    if (good)
        show(call, &verdict);
    return good;
}

struct search {
    int64_t id;
    bool is_found;
    struct store_verdict verdict;
};

static void look(void *context, const struct store_verdict *verdict)
{
    struct search *search = context;
    if (verdict->about.id != search->id)
        return;
    search->verdict = *verdict;
    search->is_found = true;
}

/* The entry comes first: what is gone could not be named any more. */
static bool take_away(const struct call *call, struct asked *asked, struct error *err)
{
    static struct search search;
    search = (struct search){ .id = call->id };
    struct store *store = store_open_handling(call->asking.store, &asked->grant, err);
    if (!store)
        return false;
    bool good =
        store_each_verdict(store, asked->grant.basis, asked->grant.now_ns, look, &search, err);
    if (good && !search.is_found)
        good = error_set(err, 0, "there is no verdict %" PRId64, call->id);
    if (good) {
        struct entry entry = entry_of(ENTRY_VERDICT_REMOVED, &search.verdict, call, asked);
        good = own_ledger_put(&entry, 1, err) && store_remove_verdict(store, call->id, err);
    }
    store_close(store);
    return good;
}

static int wrong_call(const char *words, const char *argument)
{
    fprintf(stderr, "sekisho verdict: %s%s%s\n(`sekisho verdict --help` tells more)\n", words,
            *argument ? ": " : "", argument);
    return COMMAND_USAGE;
}

static int read_option(int option, struct call *call)
{
    struct error err;
    if (asking_has(option))
        return asking_take(&call->asking, option, optarg, &err) ? -1 : wrong_call(err.text, "");
    switch (option) {
    case 'r': call->reason = optarg; return -1;
    case 'n': call->name = optarg; return -1;
    case 'u':
        return time_read(bytes_of_string(optarg), &call->until_ns)
                   ? -1
                   : wrong_call("a time is as 2027-03-31, not", optarg);
    case 'j': call->json = true; return -1;
    case 'h': fputs(usage, stdout); return COMMAND_DONE;
    default: fputs(usage, stderr); return COMMAND_USAGE;
    }
}

static bool read_opinion(const char *word, enum opinion *out)
{
    for (unsigned i = 0; i < OPINIONS; i++) {
        if (strcmp(word, opinion_name((enum opinion)i)) != 0)
            continue;
        *out = (enum opinion)i;
        return true;
    }
    return false;
}

static int read_decision(char **words, struct call *call)
{
    uint64_t id = 0;
    call->about = words[0];
    if (strcmp(words[0], "remove") == 0) {
        call->run = take_away;
        call->about = NULL;
        if (!text_read_u64(bytes_of_string(words[1]), INT64_MAX, &id))
            return wrong_call("a verdict has a number, not", words[1]);
        call->id = (int64_t)id;
    } else if (read_opinion(words[1], &call->opinion)) {
        call->run = give;
    } else {
        return wrong_call("say harmless, malicious, poller or unsure, not", words[1]);
    }
    if (!call->reason || call->reason[0] == '\0')
        return wrong_call("a verdict has a reason: --reason TEXT", "");
    if (!own_ledger_may_hold(call->reason) ||
        (call->about && !own_ledger_may_hold(call->about)))
        return wrong_call("a reason is at most 500 octets of plain text", "");
    if (call->name &&
        (strlen(call->name) >= STORE_WORD_MAX || !own_ledger_may_hold(call->name)))
        return wrong_call("a name is at most 31 octets of plain text", "");
    return -1;
}

/* Fills call; -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, struct call *call)
{
    static const struct option options[] = {
        ASKING_OPTIONS,
        ASKING_OPTION_AT,
        { "reason", required_argument, NULL, 'r' },
        { "until", required_argument, NULL, 'u' },
        { "name", required_argument, NULL, 'n' },
        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option, code = -1;
    struct error err;
    optind = 1;
    while (code < 0 && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
        code = read_option(option, call);
    if (code >= 0)
        return code;
    if (argc - optind == 1 && strcmp(argv[optind], "list") == 0)
        call->run = list;
    else if (argc - optind == 2)
        code = read_decision(argv + optind, call);
    else
        code = wrong_call("say list, remove NUMBER, or a finding and what it is", "");
    if (code >= 0)
        return code;
    return asking_find_store(&call->asking, &err) ? -1 : wrong_call(err.text, "");
}

int command_verdict(int argc, char **argv)
{
    static struct asked asked;
    struct call call = { .asking = asking_begin("verdict") };
    struct error err = { 0 };
    int code = read_options(argc, argv, &call);
    if (code >= 0)
        return code;
    enum asking_answer answer = asking_decide(&call.asking, "read", call.about, &asked, &err);
    bool good = answer == ASKING_ALLOWED && call.run(&call, &asked, &err);
    if (answer == ASKING_REFUSED)
        asking_tell(&call.asking, &asked.ruling);
    else if (!good)
        fprintf(stderr, "sekisho verdict: %s\n", err.text);
    return good ? COMMAND_DONE : answer == ASKING_REFUSED ? COMMAND_REFUSED : COMMAND_FAILED;
}
