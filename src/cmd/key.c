// SPDX-License-Identifier: Apache-2.0
/* sekisho key: making and showing the keys that sign. */
#include <getopt.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/key_passkey.h"
#include "cmd/line_keys.h"
#include "cmd/passphrase.h"
#include "keys/keys.h"

static const char usage[] =
    "usage: sekisho key generate --name NAME [OPTION]... FILE\n"
    "       sekisho key show [--json] KEY\n"
    "       sekisho key unseal KEY SEALED\n"
    "       sekisho key passkey --name NAME --rp-id ID --origin URL --role ROLE FILE\n"
    "\n"
    "Makes a key that signs (Ed25519), in a new file only its owner can read, encrypted with "
    "a\n"
    "passphrase; or shows the public part of a key, which is NAME+ID+KEY.  KEY is such a file\n"
    "or the pkcs11: URI of a key in a token, whose label is its name.  unseal opens the key "
    "of\n"
    "lines that a sensor sealed to KEY: 64 hexadecimal digits on standard output.\n"
    "passkey prints the public key of a passkey in FILE (PEM, or base64 of DER) as an entry "
    "of\n"
    "trust.yaml.\n"
    "\n"
    "  --name NAME             what the key is called where it is trusted: no blanks, no +;\n"
    "                          keys of one name are one person's\n"
    "  --passphrase-file FILE  the passphrase is the first line of FILE; else it is the\n"
    "                          credential sekisho-passphrase of systemd, or is asked for\n"
    "  --no-passphrase         not encrypted: for machines that start alone\n"
    "  --rp-id ID              passkey: the relying party it was made for (hub.example.org)\n"
    "  --origin URL            passkey: where it may be used; up to four times\n"
    "  --role ROLE             passkey: of the law's data (commission)\n"
    "  --json                  one JSON document\n"
    "  --help                  this\n";

struct call {
    const char *verb, *where, *name;
    const char *sealed; /* a file */
    bool no_passphrase, json;
    struct passphrase passphrase;
    struct passkey_entry passkey; /* but for its name */
};

static int wrong_call(const char *words, const char *argument)
{
    fprintf(stderr, "sekisho key: %s%s%s\n%s", words, *argument ? ": " : "", argument, usage);
    return COMMAND_USAGE;
}

/* Fills call; -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, struct call *call)
{
    static const struct option options[] = {
        { "name", required_argument, NULL, 'n' },
        { "passphrase-file", required_argument, NULL, 'p' },
        { "no-passphrase", no_argument, NULL, 'u' },
        { "rp-id", required_argument, NULL, 'R' },
        { "origin", required_argument, NULL, 'o' },
        { "role", required_argument, NULL, 'r' },
        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'n': call->name = optarg; break;
        case 'p': call->passphrase.file = optarg; break;
        case 'u': call->no_passphrase = true; break;
        case 'R': call->passkey.rp_id = optarg; break;
        case 'r': call->passkey.role = optarg; break;
        case 'o':
            if (call->passkey.origin_count == WEBAUTHN_ORIGINS_MAX)
                return wrong_call("at most four origins", "");
            call->passkey.origins[call->passkey.origin_count++] = optarg;
            break;
        case 'j': call->json = true; break;
        case 'h': fputs(usage, stdout); return COMMAND_DONE;
        default: fputs(usage, stderr); return COMMAND_USAGE;
        }
    }
    if (argc - optind < 2)
        return wrong_call("say what to do, and with which key", "");
    call->verb = argv[optind];
    call->where = argv[optind + 1];
    call->sealed = argv[optind + 2];
    if (argc - optind != (strcmp(call->verb, "unseal") == 0 ? 3 : 2))
        return wrong_call("as many names as the usage has", "");
    return -1;
}

static void write_key(const struct note_key *key, char room[NOTE_KEY_TEXT_MAX])
{
    struct text text = text_over(room, NOTE_KEY_TEXT_MAX);
    note_key_write(key, &text);
}

static int fail(const struct error *err)
{
    fprintf(stderr, "sekisho key: %s\n", err->text);
    return COMMAND_FAILED;
}

static int show(const struct call *call)
{
    struct key_facts facts;
    struct error err = { 0 };
    char line[NOTE_KEY_TEXT_MAX];
    if (call->name || call->no_passphrase || call->passphrase.file)
        return wrong_call("show takes no option but --json", "");
    if (!key_describe(call->where, &facts, &err))
        return fail(&err);
    write_key(&facts.public, line);
    if (!call->json) {
        puts(line);
        return fflush(stdout) == 0 ? COMMAND_DONE : COMMAND_FAILED;
    }
    json_t *json = json_pack("{s:s, s:s, s:s, s:b}", "name", facts.public.name, "public", line,
                             "kept", facts.is_token ? "token" : "file", "encrypted",
                             facts.is_encrypted || facts.is_token);
    if (json && facts.is_encrypted)
        (void)json_object_set_new(json, "argon2id",
                                  json_pack("{s:I, s:I}", "operations",
                                            (json_int_t)facts.operations, "kibibytes",
                                            (json_int_t)facts.kibibytes));
    bool is_written = json && json_dumpf(json, stdout, JSON_INDENT(2) | JSON_SORT_KEYS) == 0;
    json_decref(json);
    putchar('\n');
    return is_written && fflush(stdout) == 0 ? COMMAND_DONE : COMMAND_FAILED;
}

static bool choose_and_make(struct call *call, struct error *err)
{
    enum { PHRASE_MAX = 1024 };
    struct bytes name = bytes_of_string(call->name);
    if (call->no_passphrase)
        return key_generate(call->where, name, NULL, err);
    char *phrase = sodium_init() < 0 ? NULL : sodium_malloc(PHRASE_MAX);
    if (!phrase)
        return error_set(err, 0, "no locked memory for a passphrase");
    bool is_made =
        passphrase_choose(&call->passphrase, "passphrase of the new key", phrase, PHRASE_MAX);
    if (!is_made)
        *err = call->passphrase.err;
    is_made = is_made && key_generate(call->where, name, phrase, err);
    sodium_free(phrase);
    return is_made;
}

static int generate(struct call *call)
{
    struct error err = { 0 };
    struct key_facts facts;
    char line[NOTE_KEY_TEXT_MAX];
    if (!call->name)
        return wrong_call("a key needs a --name", "");
    if (call->no_passphrase && call->passphrase.file)
        return wrong_call("with a passphrase or without one, not both", "");
    if (call->json)
        return wrong_call("--json is of show", "");
    if (!choose_and_make(call, &err) || !key_describe(call->where, &facts, &err))
        return fail(&err);
    write_key(&facts.public, line);
    puts(line);
    return fflush(stdout) == 0 ? COMMAND_DONE : COMMAND_FAILED;
}

static int unseal(struct call *call)
{
    struct error err = { 0 };
    uint8_t octets[MINIMISE_KEY_BYTES];
    char room[2 * MINIMISE_KEY_BYTES + 2];
    struct text text = text_over(room, sizeof room);
    struct key *key = key_open(call->where, passphrase_ask, &call->passphrase, &err);
    bool is_open = key && line_key_unseal(call->sealed, key, octets, &err);
    key_close(key);
    if (!is_open)
        return fail(&err);
    text_put_hex(&text, (struct bytes){ octets, sizeof octets });
    bool is_written = puts(room) != EOF && fflush(stdout) == 0;
    sodium_memzero(octets, sizeof octets);
    sodium_memzero(room, sizeof room);
    return is_written ? COMMAND_DONE : COMMAND_FAILED;
}

static int passkey(struct call *call)
{
    struct error err = { 0 };
    call->passkey.name = call->name;
    if (!call->name || !call->passkey.rp_id || !call->passkey.role ||
        call->passkey.origin_count == 0)
        return wrong_call("a passkey needs --name, --rp-id, --origin and --role", "");
    return passkey_entry_print(&call->passkey, call->where, call->json, &err) ? COMMAND_DONE
                                                                              : fail(&err);
}

int command_key(int argc, char **argv)
{
    struct call call = { 0 };
    int code = read_options(argc, argv, &call);
    if (code >= 0)
        return code;
    if (strcmp(call.verb, "generate") == 0)
        return generate(&call);
    if (strcmp(call.verb, "show") == 0)
        return show(&call);
    if (strcmp(call.verb, "unseal") == 0)
        return unseal(&call);
    if (strcmp(call.verb, "passkey") == 0)
        return passkey(&call);
    return wrong_call("there is no", call.verb);
}
