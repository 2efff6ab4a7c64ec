// SPDX-License-Identifier: Apache-2.0
/* sekisho verify: the check of a ledger by whoever holds its public key, offline, reading only.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "base/time.h"
#include "base/utf8.h"
#include "cmd/cmd.h"
#include "cmd/language.h"
#include "cmd/overseer.h"
#include "proof/cosign.h"
#include "system/clock.h"
#include "system/sandbox.h"

static const char usage[] =
    "usage: sekisho verify [OPTION]... FOLDER\n"
    "\n"
    "Checks a ledger from its first entry to its last against what was signed, and names the\n"
    "first that is wrong.  With --law also asks what an overseer would: was each selection\n"
    "covered by a warrant, each duty met in time, all erased that had to be?  Offline; "
    "changes\n"
    "nothing.\n"
    "\n"
    "  --key PUBLIC        the log's public key (NAME+ID+KEY), or a file with it; without one\n"
    "                      no signature is checked\n"
    "  --inclusion N       show entry N (from 0), and the proof that it is in the log\n"
    "  --consistency FILE  prove that an earlier checkpoint, kept elsewhere, still holds\n"
    "  --witness PUBLIC    a witness must have signed the checkpoint given by --consistency, "
    "or\n"
    "                      else that of the log; may be given several times\n"
    "  --witnesses-needed N  so many of them are enough (default: all)\n"
    "  --law NAME          hold the entries against the law's data: a name (jp) or a folder\n"
    "  --as-of TIME        what had to be done by then (default: now)\n"
    "  --report YEAR       with --law: count for the yearly report; 2028, or FY2028 for the\n"
    "                      law's fiscal year\n"
    "  --warrants FOLDER   with --law and --trust: the warrants themselves; each that the log\n"
    "                      tells as accepted must be among them, say the same, and be good\n"
    "  --votes FOLDER      with --law and --trust: the votes of an export; each approval in\n"
    "                      the log must be carried by them, on exactly what was approved\n"
    "  --trust FILE        whose signatures of warrants and votes count (trust.yaml)\n"
    "  --json              one JSON document\n"
    "  --language en|ja    the language of what the law finds (default: as the system is set)\n"
    "  --help              this\n";

enum { WITNESSES_MAX = 16 };

struct call {
    size_t witness_count;
    uint64_t witnesses_needed;
    struct note_key witnesses[WITNESSES_MAX];
    const char *folder;
    const char *earlier; /* a file with a checkpoint */
    bool has_key, has_index, json;
    struct note_key key;
    uint64_t index;
    struct overseer_settings law;
};

struct result {
    struct overseer *overseer;           /* NULL: the law was not asked */
    const struct checkpoint *checkpoint; /* NULL when it could not be read */
    struct audit_wrong wrong;
    bool has_more; /* behind the last entry signed */
    bool has_inclusion, has_consistency;
    size_t cosigned;
    uint64_t cosigned_s[WITNESSES_MAX]; /* 0: has not signed */
    struct bytes entry;
    struct tree_head old;
    struct tree_proof inclusion, consistency;
};

static int wrong_call(const char *words, const char *argument)
{
    fprintf(stderr, "sekisho verify: %s%s%s\n%s", words, *argument ? ": " : "", argument,
            usage);
    return COMMAND_USAGE;
}

static bool read_small(const char *path, char *room, size_t max, struct bytes *out,
                       struct error *err)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return error_set(err, errno, "cannot open %s", path);
    size_t len = fread(room, 1, max, file);
    bool is_read = !ferror(file);
    (void)fclose(file);
    *out = (struct bytes){ (const uint8_t *)room, len };
    return is_read || error_set(err, errno, "cannot read %s", path);
}

static int read_key(const char *text, struct call *call)
{
    char room[NOTE_KEY_TEXT_MAX];
    struct bytes line = { NULL, 0 };
    struct error err = { 0 };
    call->has_key = true;
    if (note_key_read(bytes_of_string(text), &call->key) == FAULT_NONE)
        return -1;
    if (!read_small(text, room, sizeof room, &line, &err)) {
        fprintf(stderr, "sekisho verify: no public key, and no file with one: %s\n", err.text);
        return COMMAND_FAILED;
    }
    if (note_key_read(text_trim(line), &call->key) == FAULT_NONE)
        return -1;
    fprintf(stderr, "sekisho verify: %s is no file with one public key\n", text);
    return COMMAND_FAILED;
}

static int read_witness(const char *text, struct call *call)
{
    struct note_key *witness = &call->witnesses[call->witness_count];
    if (call->witness_count == WITNESSES_MAX)
        return wrong_call("too many witnesses", "");
    if (cosign_key_read(bytes_of_string(text), witness) != FAULT_NONE)
        return wrong_call("this is no public key of a witness (sekisho ledger witness)", text);
    for (size_t i = 0; i < call->witness_count; i++) {
        if (memcmp(call->witnesses[i].octets, witness->octets, sizeof witness->octets) == 0)
            return wrong_call("this key was named twice", text);
    }
    call->witness_count++;
    return -1;
}

static int read_option(int option, struct call *call)
{
    switch (option) {
    case 'k': return read_key(optarg, call);
    case 'i':
        call->has_index = true;
        if (!text_read_u64(bytes_of_string(optarg), UINT64_MAX, &call->index))
            return wrong_call("an entry is a whole number, not", optarg);
        return -1;
    case 'c': call->earlier = optarg; return -1;
    case 'j': call->json = true; return -1;
    case 'w': return read_witness(optarg, call);
    case 'n':
        if (!text_read_u64(bytes_of_string(optarg), WITNESSES_MAX, &call->witnesses_needed) ||
            call->witnesses_needed == 0)
            return wrong_call("a number of witnesses is 1 to 16, not", optarg);
        return -1;
    case 'l': call->law.law = optarg; return -1;
    case 'r': call->law.report = optarg; return -1;
    case 'W': call->law.warrants = optarg; return -1;
    case 'v': call->law.votes = optarg; return -1;
    case 't': call->law.trust = optarg; return -1;
    case 'a':
        if (!time_read(bytes_of_string(optarg), &call->law.as_of_ns))
            return wrong_call("a time is as 2028-04-01 or 2028-04-01T09:00:00Z, not", optarg);
        return -1;
    case 'g':
        if (!language_read(optarg, &call->law.language))
            return wrong_call("a language is en or ja, not", optarg);
        return -1;
    case 'h': fputs(usage, stdout); return COMMAND_DONE;
    default: fputs(usage, stderr); return COMMAND_USAGE;
    }
}

/* Fills call; -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, struct call *call)
{
    static const struct option options[] = {
        { "key", required_argument, NULL, 'k' },
        { "inclusion", required_argument, NULL, 'i' },
        { "consistency", required_argument, NULL, 'c' },
        { "witness", required_argument, NULL, 'w' },
        { "witnesses-needed", required_argument, NULL, 'n' },
        { "law", required_argument, NULL, 'l' },
        { "as-of", required_argument, NULL, 'a' },
        { "report", required_argument, NULL, 'r' },
        { "warrants", required_argument, NULL, 'W' },
        { "votes", required_argument, NULL, 'v' },
        { "trust", required_argument, NULL, 't' },
        { "json", no_argument, NULL, 'j' },
        { "language", required_argument, NULL, 'g' },
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
    if (argc - optind != 1)
        return wrong_call("name one folder", "");
    if (call->witnesses_needed > call->witness_count)
        return wrong_call("more witnesses are needed than named with --witness", "");
    if (call->witnesses_needed == 0)
        call->witnesses_needed = call->witness_count;
    if ((call->law.report || call->law.warrants || call->law.votes) && !call->law.law)
        return wrong_call("--report, --warrants and --votes go by a law: name it with --law",
                          "");
    if ((!call->law.warrants && !call->law.votes) != !call->law.trust)
        return wrong_call("--warrants or --votes go together with --trust", "");
    call->folder = argv[optind];
    return -1;
}

static void print_clean(struct bytes raw)
{
    char room[8192];
    struct text text = text_over(room, sizeof room);
    utf8_put_clean(&text, raw);
    fputs(room, stdout);
}

static const char *hex(struct tree_hash hash, char room[2 * TREE_HASH_OCTETS + 1])
{
    struct text text = text_over(room, 2 * TREE_HASH_OCTETS + 1);
    text_put_hex(&text, (struct bytes){ hash.octets, sizeof hash.octets });
    return room;
}

static void print_proof(const struct tree_proof *proof)
{
    char room[2 * TREE_HASH_OCTETS + 1];
    for (size_t i = 0; i < proof->count; i++)
        printf("  %s\n", hex(proof->hashes[i], room));
}

static void print_wrong(const struct audit_wrong *wrong)
{
    fputs("WRONG", stdout);
    if (wrong->has_entry && wrong->first == wrong->last)
        printf(" at entry %" PRIu64, wrong->first);
    else if (wrong->has_entry)
        printf(" among entries %" PRIu64 " to %" PRIu64, wrong->first, wrong->last);
    printf(": %s: %s\n", wrong->file, wrong->words);
}

static void print_witness(const struct note_key *witness, uint64_t time_s)
{
    char room[TIME_TEXT_MAX];
    struct text time = text_over(room, sizeof room);
    time_write(time_from_parts((int64_t)(time_s & INT64_MAX), 0), 0, &time);
    if (time_s > 0)
        printf("signed by the witness %s at %s\n", witness->name, room);
    else
        printf("not signed by the witness %s\n", witness->name);
}

static void print_text(const struct call *call, const struct result *result)
{
    char room[2 * TREE_HASH_OCTETS + 1];
    if (result->checkpoint) {
        print_clean(result->checkpoint->origin);
        printf(": %" PRIu64 " entries, root %s\n", result->checkpoint->head.size,
               hex(result->checkpoint->head.root, room));
        puts(call->has_key ? "signed by the key" : "SIGNATURE NOT CHECKED: no --key was given");
    }
    if (result->has_more)
        puts(
            "note: more stands after the last entry that is signed: an interrupted commit, or\n"
            "a checkpoint put back; compare with a later one by --consistency");
    if (result->wrong.is_wrong) {
        print_wrong(&result->wrong);
        return;
    }
    puts("whole: every entry, every tile and the root agree");
    if (result->has_inclusion) {
        printf("entry %" PRIu64 " is in it: ", call->index);
        print_clean(result->entry);
        putchar('\n');
        print_proof(&result->inclusion);
    }
    if (result->has_consistency) {
        printf("the checkpoint of %" PRIu64 " entries still holds\n", result->old.size);
        print_proof(&result->consistency);
    }
    for (size_t i = 0; i < call->witness_count; i++)
        print_witness(&call->witnesses[i], result->cosigned_s[i]);
    if (result->overseer)
        overseer_print(result->overseer);
}

static json_t *proof_json(const struct tree_proof *proof)
{
    char room[2 * TREE_HASH_OCTETS + 1];
    json_t *hashes = json_array();
    for (size_t i = 0; i < proof->count; i++)
        (void)json_array_append_new(hashes, json_string(hex(proof->hashes[i], room)));
    return hashes;
}

static json_t *wrong_json(const struct audit_wrong *wrong)
{
    if (!wrong->is_wrong)
        return json_null();
    json_t *object = json_pack("{s:s, s:s}", "file", wrong->file, "words", wrong->words);
    if (wrong->has_entry) {
        (void)json_object_set_new(object, "entry", json_integer((json_int_t)wrong->first));
        (void)json_object_set_new(object, "last", json_integer((json_int_t)wrong->last));
    }
    return object;
}

static json_t *result_json(const struct call *call, const struct result *result)
{
    char room[2 * TREE_HASH_OCTETS + 1];
    json_t *json = json_object();
    (void)json_object_set_new(json, "wrong", wrong_json(&result->wrong));
    if (!result->checkpoint)
        return json;
    (void)json_object_set_new(json, "origin",
                              json_stringn((const char *)result->checkpoint->origin.at,
                                           result->checkpoint->origin.len));
    (void)json_object_set_new(json, "entries",
                              json_integer((json_int_t)result->checkpoint->head.size));
    (void)json_object_set_new(json, "root",
                              json_string(hex(result->checkpoint->head.root, room)));
    (void)json_object_set_new(json, "signature_checked", json_boolean(call->has_key));
    (void)json_object_set_new(json, "more_after", json_boolean(result->has_more));
    if (result->has_inclusion)
        (void)json_object_set_new(
            json, "inclusion",
            json_pack("{s:I, s:o, s:o}", "entry", (json_int_t)call->index, "json",
                      json_stringn((const char *)result->entry.at, result->entry.len), "proof",
                      proof_json(&result->inclusion)));
    if (result->has_consistency)
        (void)json_object_set_new(json, "consistency",
                                  json_pack("{s:I, s:o}", "entries",
                                            (json_int_t)result->old.size, "proof",
                                            proof_json(&result->consistency)));
    if (call->witness_count > 0)
        (void)json_object_set_new(json, "witnesses_signed",
                                  json_integer((json_int_t)result->cosigned));
    if (result->overseer && !result->wrong.is_wrong)
        (void)json_object_set_new(json, "law", overseer_json(result->overseer));
    return json;
}

static bool print_json(const struct call *call, const struct result *result)
{
    json_t *json = result_json(call, result);
    bool is_written = json && json_dumpf(json, stdout, JSON_INDENT(2) | JSON_SORT_KEYS) == 0;
    json_decref(json);
    putchar('\n');
    return is_written;
}

static void check_witnesses(const struct call *call, struct bytes whole, struct result *result)
{
    struct text words = text_over(result->wrong.words, sizeof result->wrong.words);
    struct text file = text_over(result->wrong.file, sizeof result->wrong.file);
    struct note note;
    if (call->witness_count == 0 || note_read(whole, &note) != FAULT_NONE)
        return;
    for (size_t i = 0; i < call->witness_count; i++) {
        if (cosign_check(&note, &call->witnesses[i], &result->cosigned_s[i]) == FAULT_NONE)
            result->cosigned++;
    }
    if (result->cosigned >= call->witnesses_needed)
        return;
    result->wrong.is_wrong = true;
    text_put_string(&file, call->earlier ? "the checkpoint given" : "checkpoint");
    text_format(&words, "%zu of the witnesses named have signed it, and %" PRIu64 " are needed",
                result->cosigned, call->witnesses_needed);
}

static bool prove(const struct call *call, struct audit *audit, struct result *result,
                  struct error *err)
{
    static char earlier[NOTE_OCTETS_MAX + 1];
    struct bytes note = audit_note(audit);
    if (call->earlier) {
        if (!read_small(call->earlier, earlier, sizeof earlier, &note, err))
            return false;
        result->has_consistency = audit_prove_consistency(audit, note, &result->wrong,
                                                          &result->old, &result->consistency);
    }
    if (!result->wrong.is_wrong)
        check_witnesses(call, note, result);
    if (call->has_index && !result->wrong.is_wrong)
        result->has_inclusion =
            audit_prove_inclusion(audit, call->index, &result->entry, &result->inclusion, err);
    return !call->has_index || result->wrong.is_wrong || result->has_inclusion;
}

/* The log first: what stands in one that is not whole is no evidence of anything. */
static bool check(const struct call *call, struct audit *audit, struct result *result,
                  struct error *err)
{
    result->checkpoint = audit_checkpoint(audit);
    if (result->overseer)
        overseer_watch(result->overseer, audit);
    if (!audit_run(audit, &result->wrong, err))
        return false;
    result->has_more = audit_has_more(audit);
    if (!result->wrong.is_wrong && result->overseer)
        overseer_end(result->overseer);
    return result->wrong.is_wrong || prove(call, audit, result, err);
}

static bool print(const struct call *call, const struct result *result, struct error *err)
{
    bool is_written = true;
    if (call->json)
        is_written = print_json(call, result);
    else
        print_text(call, result);
    return (fflush(stdout) == 0 && is_written) || error_set(err, 0, "cannot write the report");
}

static int verify(const struct call *call, struct audit **audit, struct error *err)
{
    static struct result result;
    if (call->law.law) {
        result.overseer = overseer_open(&call->law, err);
        if (!result.overseer)
            return COMMAND_FAILED;
    }
    if (!sandbox_enter(err))
        return COMMAND_FAILED;
    *audit = audit_open(call->folder, call->has_key ? &call->key : NULL, &result.wrong, err);
    if (!*audit && !result.wrong.is_wrong)
        return COMMAND_FAILED;
    if ((*audit && !check(call, *audit, &result, err)) || !print(call, &result, err))
        return COMMAND_FAILED;
    bool is_unlawful =
        result.overseer && !result.wrong.is_wrong && overseer_found(result.overseer);
    return result.wrong.is_wrong || is_unlawful ? COMMAND_FOUND : COMMAND_DONE;
}

int command_verify(int argc, char **argv)
{
    static struct call call;
    call.law.as_of_ns = clock_now_ns();
    call.law.language = language_default();
    int code = read_options(argc, argv, &call);
    if (code >= 0)
        return code;
    struct error err = { 0 };
    struct audit *audit = NULL;
    code = verify(&call, &audit, &err);
    if (audit)
        audit_close(audit);
    if (code == COMMAND_FAILED)
        fprintf(stderr, "sekisho verify: %s\n", err.text);
    return code;
}
