// SPDX-License-Identifier: Apache-2.0
/* sekisho warrant: drafting, signing, verifying, showing and revoking warrants. */
#include <errno.h>
#include <getopt.h>
#include <stdalign.h>
#include <stdio.h>

#include "base/time.h"
#include "cmd/output.h"
#include "cmd/warrant.h"
#include "law/law.h"
#include "system/clock.h"

static const char usage[] =
    "usage: sekisho warrant draft OPTION... --output FILE SELECTOR...\n"
    "       sekisho warrant sign --key KEY [OPTION]... FILE\n"
    "       sekisho warrant verify --trust FILE [OPTION]... FILE\n"
    "       sekisho warrant show [OPTION]... FILE\n"
    "       sekisho warrant revoke --key KEY --reason TEXT --output FILE [OPTION]... FILE\n"
    "\n"
    "A warrant says what may be selected, under which basis, where and how long (a DSSE\n"
    "envelope, signed by those who approve).  Times are as 2028-01-15, midnight where the law\n"
    "holds, or 2028-01-15T09:00:00Z.\n"
    "\n"
    "for all:\n"
    "  --law NAME              which law, or its folder (default: jp)\n"
    "  --at TIME               the clock to rule by (default: now)\n"
    "  --language en|ja        the language (default: as the system is set)\n"
    "  --help                  this\n"
    "draft:\n"
    "  --basis ID              as a17, own; `sekisho law show` lists them\n"
    "  --serial WORD           its number: letters, digits, - . and _\n"
    "  --issuer NAME           who issues it\n"
    "  --extends SERIAL        whose period it continues\n"
    "  --direction NAME        FF, FD, DF, DD; again for more (default: all of the basis)\n"
    "  --equipment NAME        what it is for\n"
    "  --capacity BITS         of it, in bits a second; K, M, G and T are known\n"
    "  --share PERCENT         at most so much of the capacity is copied\n"
    "  --issued TIME           when (default: the clock)\n"
    "  --from TIME             its period (default: from issue ...\n"
    "  --to TIME               ... as long as the basis allows)\n"
    "  --condition TEXT        of those who approve; again for more\n"
    "sign, revoke:\n"
    "  --key KEY               a key file or a pkcs11: URI\n"
    "  --passphrase-file FILE  the passphrase or PIN is its first line\n"
    "  --yes                   do not ask at the terminal\n"
    "  --reason TEXT           why it is revoked\n"
    "  --to TIME               when it ends (default: the clock)\n"
    "draft, sign, revoke:\n"
    "  --output FILE           (default of sign: in place)\n"
    "verify:\n"
    "  --trust FILE            keys and their roles\n"
    "  --basis ID, --equipment NAME  where it is to be used\n"
    "  --earlier FILE          what it extends; again, the oldest first\n"
    "  --revocation FILE       again for more\n"
    "verify, show:\n"
    "  --json                  one JSON document\n";

enum verb { VERB_DRAFT = 1, VERB_SIGN = 2, VERB_VERIFY = 4, VERB_SHOW = 8, VERB_REVOKE = 16 };

static const struct verb_row {
    const char *name;
    enum verb verb;
    int (*run)(struct warrant_call *call);
} verbs[] = {
    { "draft", VERB_DRAFT, warrant_draft },         { "sign", VERB_SIGN, warrant_sign },
    { "verify", VERB_VERIFY, warrant_verify },      { "show", VERB_SHOW, warrant_show },
    { "revoke", VERB_REVOKE, warrant_revoke_file },
};

/* Letters stand for nothing; `verbs` are those that take the option. */
static const struct option_row {
    struct option option;
    unsigned verbs;
} rows[] = {
    { { "law", required_argument, NULL, 'l' }, 31 },
    { { "at", required_argument, NULL, '@' }, 31 },
    { { "language", required_argument, NULL, 'L' }, 31 },
    { { "help", no_argument, NULL, 'h' }, 31 },
    { { "basis", required_argument, NULL, 'b' }, VERB_DRAFT | VERB_VERIFY },
    { { "serial", required_argument, NULL, 's' }, VERB_DRAFT },
    { { "issuer", required_argument, NULL, 'i' }, VERB_DRAFT },
    { { "extends", required_argument, NULL, 'x' }, VERB_DRAFT },
    { { "direction", required_argument, NULL, 'd' }, VERB_DRAFT },
    { { "equipment", required_argument, NULL, 'e' }, VERB_DRAFT | VERB_VERIFY },
    { { "capacity", required_argument, NULL, 'c' }, VERB_DRAFT },
    { { "share", required_argument, NULL, '%' }, VERB_DRAFT },
    { { "issued", required_argument, NULL, 'I' }, VERB_DRAFT },
    { { "from", required_argument, NULL, 'f' }, VERB_DRAFT },
    { { "to", required_argument, NULL, 't' }, VERB_DRAFT | VERB_REVOKE },
    { { "condition", required_argument, NULL, 'C' }, VERB_DRAFT },
    { { "key", required_argument, NULL, 'k' }, VERB_SIGN | VERB_REVOKE },
    { { "passphrase-file", required_argument, NULL, 'p' }, VERB_SIGN | VERB_REVOKE },
    { { "yes", no_argument, NULL, 'y' }, VERB_SIGN | VERB_REVOKE },
    { { "reason", required_argument, NULL, 'r' }, VERB_REVOKE },
    { { "output", required_argument, NULL, 'o' }, VERB_DRAFT | VERB_SIGN | VERB_REVOKE },
    { { "trust", required_argument, NULL, 'T' }, VERB_VERIFY },
    { { "earlier", required_argument, NULL, 'E' }, VERB_VERIFY },
    { { "revocation", required_argument, NULL, 'R' }, VERB_VERIFY },
    { { "json", no_argument, NULL, 'j' }, VERB_VERIFY | VERB_SHOW },
};

enum { ROWS = sizeof rows / sizeof *rows };

static int wrong_call(const char *words, const char *argument)
{
    fprintf(stderr, "sekisho warrant: %s%s%s\n%s", words, *argument ? ": " : "", argument,
            usage);
    return COMMAND_USAGE;
}

int warrant_fail(const struct error *err)
{
    fprintf(stderr, "sekisho warrant: %s\n", err->text);
    return COMMAND_FAILED;
}

static int add_direction(struct warrant_call *call, const char *name)
{
    for (unsigned i = 0; i < DIRECTIONS; i++) {
        if (strcmp(name, direction_name((enum direction)i)) == 0) {
            call->directions |= UINT32_C(1) << i;
            return -1;
        }
    }
    return wrong_call("a direction is FF, FD, DF, DD or unknown, not", name);
}

/* "100G" */
static int read_capacity(struct warrant_call *call, const char *text)
{
    static const char units[] = "KMGT";
    struct bytes digits = bytes_of_string(text);
    uint64_t factor = 1, number = 0;
    const char *unit = digits.len > 0 ? strchr(units, text[digits.len - 1]) : NULL;
    if (unit && *unit) {
        digits.len--;
        for (const char *at = units; at <= unit; at++)
            factor *= 1000;
    }
    if (!text_read_u64(digits, (UINT64_C(1) << 53) / factor, &number) || number == 0)
        return wrong_call("a capacity is as 100G, not", text);
    call->capacity_bits_per_second = number * factor;
    return -1;
}

static int read_share(struct warrant_call *call, const char *text)
{
    double percent = 0;
    struct bytes digits = bytes_of_string(text);
    if (digits.len > 0 && digits.at[digits.len - 1] == '%')
        digits.len--;
    if (!text_read_fraction(digits, &percent) || percent * 10 < 1 || percent > 100)
        return wrong_call("a share is 0.1 to 100 percent, not", text);
    call->share_permille = (unsigned)(percent * 10 + 0.5);
    return -1;
}

static int add(const char **list, size_t max, size_t *count, const char *argument)
{
    if (*count == max)
        return wrong_call("too many of the same option", argument);
    list[(*count)++] = argument;
    return -1;
}

/* Those that hold more than a word. */
static int read_special(int option, struct warrant_call *call)
{
    switch (option) {
    case 'd': return add_direction(call, optarg);
    case 'c': return read_capacity(call, optarg);
    case '%': return read_share(call, optarg);
    case 'C':
        return add(call->conditions, WARRANT_CONDITIONS_MAX, &call->condition_count, optarg);
    case 'E': return add(call->earlier, WARRANT_FILES_MAX, &call->earlier_count, optarg);
    case 'R': return add(call->revocations, WARRANT_FILES_MAX, &call->revocation_count, optarg);
    case 'L':
        if (!language_read(optarg, &call->language))
            return wrong_call("a language is en or ja, not", optarg);
        return -1;
    case 'h': fputs(usage, stdout); return COMMAND_DONE;
    default: fputs(usage, stderr); return COMMAND_USAGE;
    }
}

static int read_option(int option, struct warrant_call *call)
{
    switch (option) {
    case 'l': call->law = optarg; return -1;
    case '@': call->at = optarg; return -1;
    case 'b': call->basis = optarg; return -1;
    case 's': call->serial = optarg; return -1;
    case 'i': call->issuer = optarg; return -1;
    case 'x': call->extends = optarg; return -1;
    case 'e': call->equipment = optarg; return -1;
    case 'I': call->issued = optarg; return -1;
    case 'f': call->from = optarg; return -1;
    case 't': call->to = optarg; return -1;
    case 'k': call->key = optarg; return -1;
    case 'p': call->passphrase.file = optarg; return -1;
    case 'y': call->yes = true; return -1;
    case 'r': call->reason = optarg; return -1;
    case 'o': call->output = optarg; return -1;
    case 'T': call->trust = optarg; return -1;
    case 'j': call->json = true; return -1;
    default: return read_special(option, call);
    }
}

static const struct verb_row *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    }
    return NULL;
}

/* Those of the verb; of no verb, all, so that --help is known. */
static void list_options(const struct verb_row *verb, struct option options[ROWS + 1])
{
    size_t count = 0;
    for (size_t i = 0; i < ROWS; i++) {
        if (!verb || (rows[i].verbs & verb->verb) != 0)
            options[count++] = rows[i].option;
    }
    options[count] = (struct option){ 0 };
}

/* Fills call; -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, const struct verb_row *verb,
                        struct warrant_call *call)
{
    struct option options[ROWS + 1];
    list_options(verb, options);
    int option;
    optind = verb ? 2 : 1;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        int code = read_option(option, call);
        if (code >= 0)
            return code;
    }
    for (; verb && optind < argc; optind++) {
        int code = add(call->files, WARRANT_FILES_MAX, &call->file_count, argv[optind]);
        if (code >= 0)
            return code;
    }
    if (!verb)
        return wrong_call("say what to do", argc > 1 ? argv[1] : "");
    if (call->file_count == 0 || (call->file_count > 1 && verb->verb != VERB_DRAFT))
        return wrong_call(verb->verb == VERB_DRAFT ? "name its selectors" : "name one file",
                          "");
    return -1;
}

/* What a verb cannot do without. */
static int check_needs(const struct verb_row *verb, const struct warrant_call *call)
{
    const struct {
        unsigned verbs;
        const char *value, *words;
    } needs[] = {
        { VERB_DRAFT, call->basis, "a draft needs a --basis" },
        { VERB_DRAFT, call->serial, "a draft needs a --serial" },
        { VERB_DRAFT, call->issuer, "a draft needs an --issuer" },
        { VERB_DRAFT | VERB_REVOKE, call->output, "say by --output where to write" },
        { VERB_SIGN | VERB_REVOKE, call->key, "who signs?  name a --key" },
        { VERB_REVOKE, call->reason, "say by --reason why it is revoked" },
        { VERB_VERIFY, call->trust, "name by --trust whom to believe" },
    };
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        if ((needs[i].verbs & verb->verb) != 0 && !needs[i].value)
            return wrong_call(needs[i].words, "");
    }
    return -1;
}

static bool load_law(struct warrant_call *call, struct error *err)
{
    static alignas(max_align_t) uint8_t memory[LAW_MEMORY];
    char room[4096];
    struct arena arena = arena_over(memory, sizeof memory);
    const char *folder = call->law;
    if (!strchr(folder, '/')) {
        if (!law_find_folder(call->law, room, sizeof room, err))
            return false;
        folder = room;
    }
    call->now_ns = clock_now_ns();
    return law_load(folder, &arena, &call->rules, err) &&
           (!call->at || warrant_read_time(call, call->at, &call->now_ns, err));
}

int command_warrant(int argc, char **argv)
{
    static struct warrant_call call;
    const struct verb_row *verb = argc > 1 ? find_verb(argv[1]) : NULL;
    struct error err = { 0 };
    call.law = LAW_DEFAULT;
    call.language = language_default();
    int code = read_options(argc, argv, verb, &call);
    if (code < 0)
        code = check_needs(verb, &call);
    if (code >= 0)
        return code;
    return load_law(&call, &err) ? verb->run(&call) : warrant_fail(&err);
}
