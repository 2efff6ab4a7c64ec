// SPDX-License-Identifier: Apache-2.0
/* sekisho reidentify: whose line a pseudonym is, by a signed order and within its window. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd/matching.h"
#include "cmd/own_ledger.h"
#include "cmd/reidentify_order.h"
#include "cmd/window.h"
#include "system/clock.h"

static const char usage[] =
    "usage: sekisho reidentify draft --number N --basis ID --purpose ID --reason TEXT\n"
    "                          --output FILE [--finding ID] [--minutes N] [PSEUDONYM]...\n"
    "       sekisho reidentify sign --key KEY ORDER\n"
    "       sekisho reidentify open --trust FILE --candidates FILE [OPTION]... ORDER\n"
    "       sekisho reidentify close ORDER\n"
    "\n"
    "draft   an order: which lines, and why that is especially necessary\n"
    "sign    it: one who may order it, and a second person who may confirm it\n"
    "open    its window, and while that is open compare the pseudonyms with candidates;\n"
    "        the result is shown and kept nowhere\n"
    "close   the window before its time; it closes by itself when that is over\n"
    "\n"
    "  --number N              the number of the order\n"
    "  --reason TEXT           why it is especially necessary\n"
    "  --finding ID            of the lines of that finding\n"
    "  --minutes N             how long the window is open (default: 60; at most 1440)\n"
    "  --output FILE           the order (default of sign: in place)\n"
    "  --key KEY               a key file or a pkcs11: URI\n"
    "  --passphrase-file FILE  its passphrase or PIN is the first line\n"
    "  --trust FILE            keys and their roles\n"
    "  --candidates FILE       addresses and prefixes that may be those lines, one a line\n"
    "  --pseudonym-key FILE    of a statutory basis, from its overseer: 64 hexadecimal digits\n"
    "  --json                  one JSON object a line\n" ASKING_HELP
    "  --help                  this\n"
    "\n"
    "Exit code: 0 done, 1 failed, 2 the call was wrong, 5 refused by law.\n";

struct digits {
    char at[65];
};

static struct digits digits_of(const uint8_t digest[32])
{
    struct digits digits;
    struct text text = text_over(digits.at, sizeof digits.at);
    text_put_hex(&text, (struct bytes){ digest, 32 });
    return digits;
}

static void set_if_any(struct entry *entry, enum entry_field field, const char *words)
{
    if (words[0] != '\0')
        entry_set_text(entry, field, bytes_of_string(words));
}

static bool record_refusal(const struct order *order, const struct law_ruling *ruling,
                           const char *actor, struct error *err)
{
    struct entry entry = entry_begin(ENTRY_REIDENTIFICATION_REFUSED, clock_now_ns());
    struct digits digest = digits_of(order->digest);
    entry_set_text(&entry, ENTRY_DIGEST, bytes_of_string(digest.at));
    entry_set_text(&entry, ENTRY_REASON, bytes_of_string(ruling->words));
    set_if_any(&entry, ENTRY_ARTICLE, ruling->article);
    set_if_any(&entry, ENTRY_ACTOR, actor);
    set_if_any(&entry, ENTRY_SUBJECT, order->number);
    return own_ledger_put(&entry, 1, err);
}

static bool open_window(const struct granted_order *granted, const struct asked *asked,
                        struct error *err)
{
    const struct order *order = &granted->order;
    struct entry entry = entry_begin(ENTRY_REIDENTIFICATION_OPENED, clock_now_ns());
    struct digits digest = digits_of(order->digest);
    entry_set_text(&entry, ENTRY_ACTOR, bytes_of_string(asked->grant.actor));
    entry_set_text(&entry, ENTRY_DIGEST, bytes_of_string(digest.at));
    entry_set_text(&entry, ENTRY_FIELD_NAMES, BYTES("address"));
    entry_set_text(&entry, ENTRY_REASON, bytes_of_string(order->reason));
    entry_set_time(&entry, ENTRY_UNTIL, order->until_ns);
    set_if_any(&entry, ENTRY_APPROVER, granted->second);
    set_if_any(&entry, ENTRY_ARTICLE, asked->ruling.article);
    entry_set_text(&entry, ENTRY_BASIS, bytes_of_string(order->basis));
    entry_set_text(&entry, ENTRY_PURPOSE, bytes_of_string(order->purpose));
    entry_set_text(&entry, ENTRY_ROLE, bytes_of_string(granted->role));
    entry_set_text(&entry, ENTRY_SUBJECT, bytes_of_string(order->number));
    return window_open(order->digest, order->until_ns, &entry, err);
}

/* Is the window new or still open?  A closed one stays closed. */
static bool enter_window(const struct granted_order *granted, struct asked *asked,
                         struct error *err)
{
    enum window_state state;
    if (!window_find(granted->order.digest, &state, err))
        return false;
    if (state == WINDOW_NEW)
        return open_window(granted, asked, err) &&
               window_attend(granted->order.digest, granted->order.until_ns, err);
    if (state == WINDOW_OPEN)
        return true;
    struct law_ruling *ruling = &asked->ruling;
    *ruling =
        (struct law_ruling){ .article = "LC-11",
                             .words = "its window was closed; a new order is needed",
                             .words_ja = "再識別化の期間は終了した。新たな命令が必要である" };
    return false;
}

static enum asking_answer ask(const struct reidentify_call *call,
                              const struct granted_order *granted, struct asked *asked,
                              struct error *err)
{
    struct asking asking = call->asking;
    asking.role = granted->role;
    asking.purpose = granted->order.purpose;
    asking.basis = granted->order.basis;
    return asking_decide(&asking, "reidentify", granted->order.number, asked, err);
}

static int refuse(const struct reidentify_call *call, const struct order *order,
                  const struct asked *asked, struct error *err)
{
    asking_tell(&call->asking, &asked->ruling);
    return record_refusal(order, &asked->ruling, asked->actor, err) ? COMMAND_REFUSED
                                                                    : COMMAND_FAILED;
}

static int open_order(const struct reidentify_call *call, struct error *err)
{
    static struct trust trust;
    static struct granted_order granted;
    static struct asked asked;
    static struct order read;
    struct bytes json;
    struct error unread;
    if (call->word_count != 1 || !call->trust || !call->candidates) {
        (void)error_set(err, 0, "name one order, --trust and --candidates");
        return COMMAND_USAGE;
    }
    if (!asking_prepare(&call->asking, "reidentify", &asked, err) ||
        !trust_load(call->trust, &trust, err) ||
        !reidentify_read_file(call->words[0], &json, err))
        return COMMAND_FAILED;
    /* For its number and digest, when it is refused. */
    if (!order_read(json, &read, &unread))
        read.number[0] = '\0';
    struct warrant_place place = { .law = &asked.law,
                                   .trust = &trust,
                                   .now_ns = clock_now_ns() };
    if (!order_rule(json, &place, &granted, &asked.ruling))
        return refuse(call, &read, &asked, err);
    switch (ask(call, &granted, &asked, err)) {
    case ASKING_FAILED: return COMMAND_FAILED;
    case ASKING_REFUSED: return refuse(call, &read, &asked, err);
    case ASKING_ALLOWED: break;
    }
    err->text[0] = '\0';
    if (!enter_window(&granted, &asked, err))
        return err->text[0] != '\0' ? COMMAND_FAILED : refuse(call, &read, &asked, err);
    const struct matching_call matching = { .order = &granted.order,
                                            .asked = &asked,
                                            .store = call->asking.store,
                                            .candidates = call->candidates,
                                            .pseudonym_key = call->pseudonym_key,
                                            .json = call->json };
    return matching_run(&matching, err) ? COMMAND_DONE : COMMAND_FAILED;
}

static int close_order(const struct reidentify_call *call, struct error *err)
{
    static struct order order;
    struct bytes json;
    if (call->word_count != 1) {
        (void)error_set(err, 0, "name one order");
        return COMMAND_USAGE;
    }
    bool good = reidentify_read_file(call->words[0], &json, err) &&
                order_read(json, &order, err) &&
                window_close(order.digest, clock_now_ns(), err);
    return good ? COMMAND_DONE : COMMAND_FAILED;
}

static int read_option(int option, struct reidentify_call *call, struct error *err)
{
    if (asking_has(option))
        return asking_take(&call->asking, option, optarg, err) ? -1 : COMMAND_USAGE;
    switch (option) {
    case 'n': call->number = optarg; return -1;
    case 'r': call->reason = optarg; return -1;
    case 'f': call->finding = optarg; return -1;
    case 'm': call->minutes = optarg; return -1;
    case 'o': call->output = optarg; return -1;
    case 'k': call->key = optarg; return -1;
    case 'p': call->passphrase.file = optarg; return -1;
    case 't': call->trust = optarg; return -1;
    case 'c': call->candidates = optarg; return -1;
    case 'u': call->pseudonym_key = optarg; return -1;
    case 'j': call->json = true; return -1;
    case 'h': fputs(usage, stdout); return COMMAND_DONE;
    default: fputs(usage, stderr); return COMMAND_USAGE;
    }
}

static int read_options(int argc, char **argv, struct reidentify_call *call, struct error *err)
{
    static const struct option options[] = {
        ASKING_OPTIONS,
        { "number", required_argument, NULL, 'n' },
        { "reason", required_argument, NULL, 'r' },
        { "finding", required_argument, NULL, 'f' },
        { "minutes", required_argument, NULL, 'm' },
        { "output", required_argument, NULL, 'o' },
        { "key", required_argument, NULL, 'k' },
        { "passphrase-file", required_argument, NULL, 'p' },
        { "trust", required_argument, NULL, 't' },
        { "candidates", required_argument, NULL, 'c' },
        { "pseudonym-key", required_argument, NULL, 'u' },
        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option, code = -1;
    optind = 1;
    while (code < 0 && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
        code = read_option(option, call, err);
    if (code < 0 && !asking_find_store(&call->asking, err))
        code = COMMAND_FAILED;
    return code;
}

static int run_verb(const char *verb, struct reidentify_call *call, struct error *err)
{
    if (strcmp(verb, "draft") == 0)
        return reidentify_draft(call, err) ? COMMAND_DONE : COMMAND_FAILED;
    if (strcmp(verb, "sign") == 0)
        return reidentify_sign(call, err) ? COMMAND_DONE : COMMAND_FAILED;
    if (strcmp(verb, "open") == 0)
        return open_order(call, err);
    if (strcmp(verb, "close") == 0)
        return close_order(call, err);
    (void)error_set(err, 0, "say draft, sign, open or close, not %s", verb);
    return COMMAND_USAGE;
}

int command_reidentify(int argc, char **argv)
{
    struct reidentify_call call = { .asking = asking_begin("reidentify") };
    struct error err = { 0 };
    int code = read_options(argc, argv, &call, &err);
    if (code < 0 && optind == argc) {
        fputs(usage, stderr);
        return COMMAND_USAGE;
    }
    if (code < 0) {
        call.words = (const char *const *)argv + optind + 1;
        call.word_count = (size_t)(argc - optind - 1);
        code = run_verb(argv[optind], &call, &err);
    }
    if (err.text[0] != '\0' && (code == COMMAND_FAILED || code == COMMAND_USAGE))
        fprintf(stderr, "sekisho reidentify: %s\n", err.text);
    return code;
}
