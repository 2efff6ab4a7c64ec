// SPDX-License-Identifier: Apache-2.0
/* sekisho retention: how long what is kept is kept (art. 25), and its end. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/asking.h"
#include "cmd/cmd.h"
#include "cmd/erasing.h"
#include "cmd/own_ledger.h"
#include "cmd/query_table.h"
#include "store/store.h"
#include "system/clock.h"

static const char usage[] =
    "usage: sekisho retention list|sweep [OPTION]...\n"
    "       sekisho retention extend|end FINDING|WARRANT --reason TEXT [OPTION]...\n"
    "\n"
    "list    what is kept, by basis, warrant and date\n"
    "extend  keeps a finding and its records, or all that came from a warrant, longer: before\n"
    "        its date has come, and no longer than the law's data allow\n"
    "end     no longer needed: the period ends now, and all of it is erased\n"
    "sweep   erases what is past its date, in the file and its journal, and marks what others\n"
    "        hold for an erasure notice\n"
    "\n"
    "Each leaves entries in the ledger.\n"
    "\n"
    "  --reason TEXT      why it is extended or ended\n"
    "  --until TIME       the new date of an extension (default: as long as may "
    "be)\n" ASKING_HELP "  --at TIME          the clock of an exercise (basis exercise only)\n"
    "  --json             JSON, a line each\n"
    "  --help             this\n"
    "\n"
    "Exit code: 0 done, 1 failed, 2 the call was wrong, 5 refused by law.\n";

struct call {
    struct asking asking;
    const struct action *action;
    const char *about, *reason;
    int64_t until_ns; /* 0: as long as may be */
    bool json;
};

struct action {
    const char *name;
    const char *asked; /* action of the law's data; NULL: needs no grant */
    bool is_decision;
    bool (*run)(const struct call *call, struct asked *asked, struct error *err);
};

static struct store *open_store(const struct call *call, const struct asked *asked,
                                struct error *err)
{
    return store_open_handling(call->asking.store, &asked->grant, err);
}

struct listing {
    const struct call *call;
    uint64_t count;
};

static void show_period(void *context, const struct store_period *period)
{
    struct listing *listing = context;
    listing->count++;
    query_print_period(period, listing->call->json, listing->call->asking.language);
}

static bool list(const struct call *call, struct asked *asked, struct error *err)
{
    struct listing listing = { call, 0 };
    struct store *store = open_store(call, asked, err);
    if (!store)
        return false;
    bool good = store_each_period(store, show_period, &listing, err);
    store_close(store);
    if (good && listing.count == 0)
        fputs(call->asking.language == REPORT_JAPANESE ? "保存しているものはありません。\n"
                                                       : "nothing is kept\n",
              stderr);
    return good;
}

static struct store_decision decision_of(const struct call *call, const struct asked *asked)
{
    return (struct store_decision){ call->about, asked->grant.actor, asked->grant.role,
                                    call->reason, asked->grant.now_ns };
}

static struct entry entry_of(enum entry_kind kind, const struct call *call,
                             const struct asked *asked, const struct store_change *change)
{
    struct entry entry = entry_begin(kind, clock_now_ns());
    entry_set_text(&entry, ENTRY_BASIS, bytes_of_string(change->before.basis));
    entry_set_text(&entry, ENTRY_REASON, bytes_of_string(call->reason));
    entry_set_text(&entry, ENTRY_ACTOR, bytes_of_string(asked->grant.actor));
    entry_set_text(&entry, ENTRY_ARTICLE, bytes_of_string(asked->ruling.article));
    entry_set_text(&entry, ENTRY_SUBJECT, bytes_of_string(call->about));
    entry_set_count(&entry, ENTRY_RECORDS, change->before.records);
    entry_set_time(&entry, ENTRY_UNTIL, change->until_ns);
    if (change->before.warrant[0] != '\0')
        entry_set_text(&entry, ENTRY_WARRANT, bytes_of_string(change->before.warrant));
    if (kind == ENTRY_RETENTION_EXTENDED)
        entry_set_time(&entry, ENTRY_BEFORE, change->before.until_ns);
    return entry;
}

static bool record(enum entry_kind kind, const struct call *call, const struct asked *asked,
                   const struct store_changes *changes, struct error *err)
{
    struct entry entries[STORE_PERIODS_MAX];
    for (size_t i = 0; i < changes->count; i++)
        entries[i] = entry_of(kind, call, asked, &changes->changes[i]);
    return own_ledger_put(entries, changes->count, err);
}

static void show_changes(const struct call *call, const struct store_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        struct store_period after = changes->changes[i].before;
        after.until_ns = changes->changes[i].until_ns;
        query_print_period(&after, call->json, call->asking.language);
    }
}

/* What the law's data say of an extension. */
struct extension {
    const struct call *call;
    struct asked *asked;
    bool is_refused;
};

static void refuse(struct extension *extension, const char *article, const char *words,
                   const char *words_ja)
{
    struct law_ruling *ruling = &extension->asked->ruling;
    struct text to = text_over(ruling->article, sizeof ruling->article);
    struct text en = text_over(ruling->words, sizeof ruling->words);
    struct text ja = text_over(ruling->words_ja, sizeof ruling->words_ja);
    text_put_string(&to, article);
    text_put_string(&en, words);
    text_put_string(&ja, words_ja);
    ruling->is_allowed = false;
    extension->is_refused = true;
}

static int64_t until_of(void *context, const char *basis_id, int64_t until_ns)
{
    struct extension *extension = context;
    const struct law *law = &extension->asked->law;
    const struct law_basis *basis = law_find_basis(law, bytes_of_string(basis_id));
    const struct law_retention *rule = basis ? law_find_retention(law, basis->retention) : NULL;
    if (!rule || rule->extension_years == 0) {
        refuse(extension, rule ? rule->article : law->access_article,
               "what is kept under this basis is not extended",
               "この根拠による保存期間は延長できない");
        return 0;
    }
    int64_t latest_ns = law_retention_extended(law, basis, until_ns);
    int64_t asked_ns = extension->call->until_ns ? extension->call->until_ns : latest_ns;
    if (asked_ns > until_ns && asked_ns <= latest_ns)
        return asked_ns;
    refuse(extension, rule->article,
           "an extension ends after the period it extends, and by the law's years at most",
           "延長後の期限は、延長前の期限より後で、法定の年数以内でなければならない");
    return 0;
}

static bool extend(const struct call *call, struct asked *asked, struct error *err)
{
    struct store_decision decision = decision_of(call, asked);
    struct extension extension = { call, asked, false };
    struct store_changes changes;
    struct store *store = open_store(call, asked, err);
    if (!store)
        return false;
    bool good = store_extend(store, &decision, until_of, &extension, &changes, err);
    store_close(store);
    if (!good)
        return false;
    show_changes(call, &changes);
    return record(ENTRY_RETENTION_EXTENDED, call, asked, &changes, err);
}

static void show_erasure(const struct call *call, const struct store_erasure *erasure)
{
    bool in_japanese = call->asking.language == REPORT_JAPANESE;
    for (size_t i = 0; i < erasure->count; i++) {
        const struct store_erased *erased = &erasure->groups[i];
        printf(call->json ? "{\"basis\":\"%s\",\"warrant\":\"%s\",\"records\":%" PRIu64
                            ",\"findings\":%" PRIu64 ",\"provisions\":%" PRIu64
                            ",\"holders\":%" PRIu64 "}\n"
               : in_japanese ? "%s %s: 記録 %" PRIu64 "、検出 %" PRIu64 "、提供 %" PRIu64
                               " を消去。消去を通知する提供先 %" PRIu64 "\n"
                             : "%s %s: %" PRIu64 " records, %" PRIu64 " findings, %" PRIu64
                               " provisions erased; %" PRIu64 " holders to be told\n",
               erased->basis, erased->warrant, erased->records, erased->findings,
               erased->provisions, erased->holders);
    }
    if (erasure->count == 0)
        fputs(in_japanese ? "期限の来たものはありません。\n" : "nothing was due\n", stderr);
}

/* Everything, or with the clock of an exercise only what is of one. */
static bool sweep(const struct call *call, struct asked *asked, struct error *err)
{
    struct store_erasure erasure;
    struct store *store = store_open(call->asking.store, err);
    if (!store)
        return false;
    bool good = erasing_sweep(store, call->asking.at ? asked->basis : "*",
                              asked->request.now_ns, &erasure, err);
    store_close(store);
    if (good)
        show_erasure(call, &erasure);
    return good;
}

/* The period is over at that moment, so erasure follows at once (25(4)). */
static bool end(const struct call *call, struct asked *asked, struct error *err)
{
    struct store_decision decision = decision_of(call, asked);
    struct store_changes changes;
    struct store_erasure erasure;
    struct store *store = open_store(call, asked, err);
    if (!store)
        return false;
    bool good = store_end(store, &decision, &changes, err) &&
                record(ENTRY_RETENTION_ENDED, call, asked, &changes, err) &&
                erasing_sweep(store, asked->basis, asked->grant.now_ns, &erasure, err);
    store_close(store);
    if (good)
        show_erasure(call, &erasure);
    return good;
}

static const struct action actions[] = {
    { "list", "read", false, list },
    { "extend", "extend", true, extend },
    { "end", "erase", true, end },
    { "sweep", NULL, false, sweep },
};

static int wrong_call(const char *words, const char *argument)
{
    fprintf(stderr, "sekisho retention: %s%s%s\n(`sekisho retention --help` tells more)\n",
            words, *argument ? ": " : "", argument);
    return COMMAND_USAGE;
}

static int read_option(int option, struct call *call)
{
    struct error err;
    if (asking_has(option))
        return asking_take(&call->asking, option, optarg, &err) ? -1 : wrong_call(err.text, "");
    switch (option) {
    case 'r': call->reason = optarg; return -1;
    case 'u':
        return time_read(bytes_of_string(optarg), &call->until_ns)
                   ? -1
                   : wrong_call("a time is as 2032-03-31, not", optarg);
    case 'j': call->json = true; return -1;
    case 'h': fputs(usage, stdout); return COMMAND_DONE;
    default: fputs(usage, stderr); return COMMAND_USAGE;
    }
}

static int read_action(int argc, char **argv, struct call *call)
{
    struct error err;
    for (size_t i = 0; optind < argc && i < sizeof actions / sizeof *actions; i++) {
        if (strcmp(argv[optind], actions[i].name) == 0)
            call->action = &actions[i];
    }
    if (!call->action)
        return wrong_call("say list, extend, end or sweep", "");
    int wanted = call->action->is_decision ? 2 : 1;
    if (argc - optind != wanted)
        return wrong_call(call->action->is_decision ? "name one finding or warrant"
                                                    : "no finding or warrant is named here",
                          "");
    call->about = call->action->is_decision ? argv[optind + 1] : NULL;
    if (call->action->is_decision && (!call->reason || call->reason[0] == '\0'))
        return wrong_call("a decision has a reason: --reason TEXT", "");
    if (call->action->is_decision &&
        (!own_ledger_may_hold(call->reason) || !own_ledger_may_hold(call->about)))
        return wrong_call("a reason is at most 500 octets of plain text", "");
    return asking_find_store(&call->asking, &err) ? -1 : wrong_call(err.text, "");
}

/* Fills call; -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, struct call *call)
{
    static const struct option options[] = {
        ASKING_OPTIONS,
        ASKING_OPTION_AT,
        { "reason", required_argument, NULL, 'r' },
        { "until", required_argument, NULL, 'u' },
        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option, code = -1;
    optind = 1;
    while (code < 0 && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
        code = read_option(option, call);
    return code >= 0 ? code : read_action(argc, argv, call);
}

static enum asking_answer ask(const struct call *call, struct asked *asked, struct error *err)
{
    if (call->action->asked)
        return asking_decide(&call->asking, call->action->asked, call->about, asked, err);
    return asking_prepare(&call->asking, "erase", asked, err) ? ASKING_ALLOWED : ASKING_FAILED;
}

int command_retention(int argc, char **argv)
{
    static struct asked asked;
    struct call call = { .asking = asking_begin("retention") };
    struct error err = { 0 };
    int code = read_options(argc, argv, &call);
    if (code >= 0)
        return code;
    enum asking_answer answer = ask(&call, &asked, &err);
    bool good = answer == ASKING_ALLOWED && call.action->run(&call, &asked, &err);
    bool is_refused = answer == ASKING_REFUSED ||
                      (answer == ASKING_ALLOWED && !good && !asked.ruling.is_allowed &&
                       asked.ruling.article[0] != '\0');
    if (is_refused)
        asking_tell(&call.asking, &asked.ruling);
    else if (!good)
        fprintf(stderr, "sekisho retention: %s\n", err.text);
    return good ? COMMAND_DONE : is_refused ? COMMAND_REFUSED : COMMAND_FAILED;
}
