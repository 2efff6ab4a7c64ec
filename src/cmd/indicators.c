// SPDX-License-Identifier: Apache-2.0
/* sekisho indicators: lists made into signed generations, shown, checked and asked. */
#include "cmd/indicators.h"

#include <getopt.h>
#include <string.h>

#include "base/time.h"
#include "base/utf8.h"
#include "cmd/cmd.h"
#include "cmd/public_key.h"

static const char usage[] =
    "usage: sekisho indicators build --key KEY -o FILE [OPTION]... LIST...\n"
    "       sekisho indicators show [--json] FILE\n"
    "       sekisho indicators verify --trust PUBLIC [--json] FILE\n"
    "       sekisho indicators match [OPTION]... FILE <VALUES\n"
    "\n"
    "Makes lists of indicators (text, CSV, STIX 2.1 bundles, events and feeds of MISP) into a\n"
    "generation: one signed file that is asked where it lies.\n"
    "\n"
    "  -o, --output FILE       the generation to write: all of it, or nothing\n"
    "  --key KEY               the key that signs: a file of sekisho key, or a pkcs11: URI\n"
    "  --second-key KEY        the key of a second person, who answers for exceptions\n"
    "  --passphrase-file FILE  the passphrase of the keys is its first line\n"
    "  --previous FILE         the generation before: refuses to shrink by more than half\n"
    "  --number N              of the generation or overlay; else one more than before\n"
    "  --built-at TIME         the time to write into it; else now\n"
    "  --valid-for SPAN        until when values without a date of their own hold, as 90d\n"
    "  --popular FILE          names that many use, one a line or as rank,name: refused\n"
    "  --own FILE              own prefixes, addresses and names, one a line: refused\n"
    "  --leave-out             build without what is refused; else nothing is built\n"
    "  --over FILE             build an overlay over this generation: urgent additions\n"
    "  --revoke LIST           and what an overlay takes away\n"
    "  --trust PUBLIC          NAME+ID+KEY of who has to have signed, or a file with it\n"
    "  --overlay FILE          match: the overlay over the generation\n"
    "  --at TIME               match: when it happened; else now\n"
    "  --json                  JSON\n"
    "  -q, --quiet             say nothing of what goes well\n"
    "  --help                  this\n";

static int wrong_call(const char *words, const char *argument)
{
    fprintf(stderr, "sekisho indicators: %s%s%s\n%s", words, *argument ? ": " : "", argument,
            usage);
    return COMMAND_USAGE;
}

void indicators_print_clean(const char *words, FILE *out)
{
    char room[1024];
    struct text text = text_over(room, sizeof room);
    utf8_put_clean(&text, bytes_of_string(words));
    fputs(room, out);
}

static int read_trust(const char *text, struct indicators_call *call)
{
    struct error err = { 0 };
    if (call->trusted_count == GENERATION_SIGNERS_MAX)
        return wrong_call("two keys are the most that sign", "");
    if (!public_key_read(text, &call->trusted[call->trusted_count], &err))
        return wrong_call(err.text, "");
    call->trusted_count++;
    return -1;
}

static int read_time(const char *text, int64_t *out)
{
    return time_read(bytes_of_string(text), out) ? -1 : wrong_call("no time", text);
}

static int read_revoked(const char *path, struct indicators_call *call)
{
    if (call->revoked_count == INDICATORS_PATHS_MAX)
        return wrong_call("too many lists", "");
    call->revoked[call->revoked_count++] = path;
    return -1;
}

static int read_number(struct indicators_call *call)
{
    bool is_number = text_read_u64(bytes_of_string(optarg), INT64_MAX, &call->number);
    return is_number && call->number > 0 ? -1 : wrong_call("no number from 1 on", optarg);
}

static int read_option(int option, struct indicators_call *call)
{
    switch (option) {
    case 'o': call->output = optarg; return -1;
    case 'k': call->key = optarg; return -1;
    case 'K': call->second_key = optarg; return -1;
    case 'f': call->passphrase.file = optarg; return -1;
    case 'p': call->previous = optarg; return -1;
    case 'n': return read_number(call);
    case 'b':
    case 'a': return read_time(optarg, &call->at_ns);
    case 'v':
        return time_read_span(bytes_of_string(optarg), &call->valid_for_ns)
                   ? -1
                   : wrong_call("no span of time", optarg);
    case 'P': call->popular = optarg; return -1;
    case 'w': call->own = optarg; return -1;
    case 'l': call->leaves_out = true; return -1;
    case 'O': call->over = optarg; return -1;
    case 'r': return read_revoked(optarg, call);
    case 't': return read_trust(optarg, call);
    case 'y': call->overlay = optarg; return -1;
    case 'j': call->json = true; return -1;
    case 'q': call->quiet = true; return -1;
    case 'h': fputs(usage, stdout); return COMMAND_DONE;
    default: fputs(usage, stderr); return COMMAND_USAGE;
    }
}

/* Fills call; -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, struct indicators_call *call)
{
    static const struct option options[] = {
        { "output", required_argument, NULL, 'o' },
        { "key", required_argument, NULL, 'k' },
        { "second-key", required_argument, NULL, 'K' },
        { "passphrase-file", required_argument, NULL, 'f' },
        { "previous", required_argument, NULL, 'p' },
        { "number", required_argument, NULL, 'n' },
        { "built-at", required_argument, NULL, 'b' },
        { "valid-for", required_argument, NULL, 'v' },
        { "popular", required_argument, NULL, 'P' },
        { "own", required_argument, NULL, 'w' },
        { "leave-out", no_argument, NULL, 'l' },
        { "over", required_argument, NULL, 'O' },
        { "revoke", required_argument, NULL, 'r' },
        { "trust", required_argument, NULL, 't' },
        { "overlay", required_argument, NULL, 'y' },
        { "at", required_argument, NULL, 'a' },
        { "json", no_argument, NULL, 'j' },
        { "quiet", no_argument, NULL, 'q' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "o:q", options, NULL)) != -1) {
        int code = read_option(option, call);
        if (code >= 0)
            return code;
    }
    if (optind == argc)
        return wrong_call("say what to do", "");
    call->verb = argv[optind++];
    for (; optind < argc; optind++) {
        if (call->path_count == INDICATORS_PATHS_MAX)
            return wrong_call("too many lists", "");
        call->paths[call->path_count++] = argv[optind];
    }
    return -1;
}

static int check_build(const struct indicators_call *call)
{
    if (!call->key || !call->output)
        return wrong_call("a build needs a --key and an --output", "");
    if (call->path_count + call->revoked_count == 0)
        return wrong_call("name a list", "");
    if (call->revoked_count > 0 && !call->over)
        return wrong_call("only an overlay takes away: --over", "");
    if (call->trusted_count > 0 || call->overlay)
        return wrong_call("--trust and --overlay are not of build", "");
    return -1;
}

int command_indicators(int argc, char **argv)
{
    static struct indicators_call call = { .at_ns = INT64_MIN, .valid_for_ns = INT64_MAX };
    int code = read_options(argc, argv, &call);
    if (code >= 0)
        return code;
    if (strcmp(call.verb, "build") == 0) {
        code = check_build(&call);
        return code >= 0 ? code : indicators_build(&call);
    }
    if (call.key || call.output || call.over || call.revoked_count > 0 || call.leaves_out)
        return wrong_call("only build writes", "");
    if (call.path_count != 1)
        return wrong_call("name one generation", "");
    if (strcmp(call.verb, "show") == 0)
        return indicators_show(&call, false);
    if (strcmp(call.verb, "verify") == 0)
        return call.trusted_count > 0 ? indicators_show(&call, true)
                                      : wrong_call("verify by whom? --trust", "");
    if (strcmp(call.verb, "match") == 0)
        return indicators_match_input(&call);
    return wrong_call("there is no", call.verb);
}
