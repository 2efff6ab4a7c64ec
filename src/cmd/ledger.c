// SPDX-License-Identifier: Apache-2.0
/* sekisho ledger: what a witness does with somebody else's log. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/output.h"
#include "cmd/passphrase.h"
#include "keys/keys.h"
#include "ledger/audit.h"
#include "proof/cosign.h"
#include "system/clock.h"

static const char usage[] =
    "usage: sekisho ledger cosign --log PUBLIC --key KEY --state FILE [OPTION]... FOLDER\n"
    "       sekisho ledger witness KEY\n"
    "\n"
    "cosign: signs the checkpoint of a log that is not one's own, as a witness, where it\n"
    "continues the last one signed; else it says what was taken back, and signs nothing.\n"
    "witness: shows the public key of a witness, for those who verify.\n"
    "\n"
    "  --log PUBLIC            the public key of the log (NAME+ID+KEY)\n"
    "  --key KEY               the witness's key: a file, or a pkcs11: URI\n"
    "  --state FILE            the last checkpoint signed; made by the first call\n"
    "  --output FILE           where the checkpoint goes with all signatures (default: -)\n"
    "  --passphrase-file FILE  the passphrase of the key is the first line of FILE\n"
    "  --help                  this\n";

struct call {
    const char *verb, *what, *key, *state, *output;
    bool has_log;
    struct note_key log;
    struct passphrase passphrase;
};

static int wrong_call(const char *words, const char *argument)
{
    fprintf(stderr, "sekisho ledger: %s%s%s\n%s", words, *argument ? ": " : "", argument,
            usage);
    return COMMAND_USAGE;
}

static int fail(const struct error *err)
{
    fprintf(stderr, "sekisho ledger: %s\n", err->text);
    return COMMAND_FAILED;
}

static int read_option(int option, struct call *call)
{
    switch (option) {
    case 'l':
        call->has_log = true;
        if (note_key_read(bytes_of_string(optarg), &call->log) != FAULT_NONE)
            return wrong_call("this is no public key", optarg);
        return -1;
    case 'k': call->key = optarg; return -1;
    case 's': call->state = optarg; return -1;
    case 'o': call->output = optarg; return -1;
    case 'p': call->passphrase.file = optarg; return -1;
    case 'h': fputs(usage, stdout); return COMMAND_DONE;
    default: fputs(usage, stderr); return COMMAND_USAGE;
    }
}

/* Fills call; -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, struct call *call)
{
    static const struct option options[] = {
        { "log", required_argument, NULL, 'l' },
        { "key", required_argument, NULL, 'k' },
        { "state", required_argument, NULL, 's' },
        { "output", required_argument, NULL, 'o' },
        { "passphrase-file", required_argument, NULL, 'p' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        int code = read_option(option, call);
        if (code >= 0)
            return code;
    }
    if (argc - optind != 2)
        return wrong_call("say what to do, and with what", "");
    call->verb = argv[optind];
    call->what = argv[optind + 1];
    return -1;
}

static int show_witness(const struct call *call)
{
    struct key_facts facts;
    struct note_key witness;
    struct error err = { 0 };
    char room[NOTE_KEY_TEXT_MAX];
    struct text line = text_over(room, sizeof room);
    if (!key_describe(call->what, &facts, &err))
        return fail(&err);
    cosign_key(&facts.public, &witness);
    cosign_key_write(&witness, &line);
    puts(room);
    return fflush(stdout) == 0 ? COMMAND_DONE : COMMAND_FAILED;
}

/* len 0 where there is none yet. */
static bool read_state(const char *path, char *room, size_t max, struct bytes *out,
                       struct error *err)
{
    FILE *file = fopen(path, "rbe");
    *out = (struct bytes){ (const uint8_t *)room, 0 };
    if (!file)
        return errno == ENOENT || error_set(err, errno, "cannot open %s", path);
    out->len = fread(room, 1, max, file);
    bool is_read = !ferror(file);
    (void)fclose(file);
    return (is_read && out->len > 0) || error_set(err, 0, "cannot read %s", path);
}

/* Nothing that was signed may be gone: neither put back nor rewritten. */
static bool continues(const struct call *call, struct audit *audit, struct audit_wrong *wrong,
                      struct error *err)
{
    static char room[NOTE_OCTETS_MAX + 1];
    struct bytes before = { NULL, 0 };
    struct tree_head old;
    struct tree_proof proof;
    if (!read_state(call->state, room, sizeof room, &before, err))
        return false;
    if (before.len == 0)
        return true;
    return audit_prove_consistency(audit, before, wrong, &old, &proof);
}

static bool write_note(const char *path, struct bytes note, struct bytes line,
                       struct error *err)
{
    struct output output;
    if (!output_open(&output, path, err))
        return false;
    bool is_written = fwrite(note.at, 1, note.len, output.file) == note.len &&
                      fwrite(line.at, 1, line.len, output.file) == line.len &&
                      fflush(output.file) == 0 &&
                      (strcmp(path, "-") == 0 || fsync(fileno(output.file)) == 0);
    return output_close(&output, is_written, err);
}

/* The state first: what was signed and is not remembered could be denied. */
static bool sign(const struct call *call, const struct audit *audit, struct key *key,
                 struct error *err)
{
    static char room[COSIGN_MESSAGE_MAX], line_room[2 * NOTE_NAME_MAX];
    struct text message = text_over(room, sizeof room);
    struct text line = text_over(line_room, sizeof line_room);
    struct bytes whole = audit_note(audit);
    uint8_t signature[NOTE_SIGNATURE_OCTETS];
    uint64_t time_s = (uint64_t)(clock_now_ns() / 1000000000);
    struct note_key witness;
    struct note note;
    cosign_key(key_public(key), &witness);
    if (note_read(whole, &note) != FAULT_NONE)
        return error_set(err, 0, "the checkpoint cannot be read");
    cosign_message(note.text, time_s, &message);
    if (!key_sign(key, text_bytes(&message), signature, err))
        return false;
    cosign_put(&witness, time_s, signature, &line);
    return write_note(call->state, whole, text_bytes(&line), err) &&
           write_note(call->output, whole, text_bytes(&line), err);
}

static int refuse(const struct audit_wrong *wrong)
{
    fprintf(stderr, "sekisho ledger: not signed: %s: %s", wrong->file, wrong->words);
    if (wrong->has_entry)
        fprintf(stderr, " (entries %" PRIu64 " to %" PRIu64 ")", wrong->first, wrong->last);
    fputc('\n', stderr);
    return COMMAND_FOUND;
}

static int cosign_checked(const struct call *call, struct audit *audit)
{
    struct error err = { 0 };
    struct audit_wrong wrong = { 0 };
    struct passphrase passphrase = call->passphrase;
    if (!continues(call, audit, &wrong, &err))
        return wrong.is_wrong ? refuse(&wrong) : fail(&err);
    struct key *key = key_open(call->key, passphrase_ask, &passphrase, &err);
    if (!key)
        return fail(&err);
    bool is_signed = sign(call, audit, key, &err);
    key_close(key);
    return is_signed ? COMMAND_DONE : fail(&err);
}

static int cosign(const struct call *call)
{
    struct error err = { 0 };
    struct audit_wrong wrong = { 0 };
    if (!call->has_log || !call->key || !call->state)
        return wrong_call("cosign needs --log, --key and --state", "");
    struct audit *audit = audit_open(call->what, &call->log, &wrong, &err);
    if (!audit)
        return wrong.is_wrong ? refuse(&wrong) : fail(&err);
    int code = cosign_checked(call, audit);
    audit_close(audit);
    return code;
}

int command_ledger(int argc, char **argv)
{
    static struct call call = { .output = "-" };
    int code = read_options(argc, argv, &call);
    if (code >= 0)
        return code;
    if (strcmp(call.verb, "cosign") == 0)
        return cosign(&call);
    if (strcmp(call.verb, "witness") == 0)
        return show_witness(&call);
    return wrong_call("there is no", call.verb);
}
