// SPDX-License-Identifier: Apache-2.0
/* Writes a ledger for tests, by a key anybody can make (its seed is one octet repeated), and
 * says what was acknowledged.
 *   ledger_write key NAME OCTET             the public key
 *   ledger_write run FOLDER NAME OCTET COUNT BATCH [TAG]
 *                                           COUNT entries, committed by BATCH; prints the size
 *                                           after each commit.  COUNT 0: until it is killed
 *   ledger_write kinds FOLDER NAME OCTET    one entry of each kind, with all its fields
 *   ledger_write time FOLDER NAME OCTET COUNT BATCH    the same as run; tells how long */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "ledger/log.h"
#include "proof/entry.h"

enum { START_S = 1790000000 };

static int fail(const struct error *err)
{
    fprintf(stderr, "ledger_write: %s\n", err->text);
    return EXIT_FAILURE;
}

static uint64_t number_of(const char *text)
{
    uint64_t number = 0;
    return text_read_u64(bytes_of_string(text), UINT32_MAX, &number) ? number : 0;
}

static bool make_signer(char **argv, struct ledger_signer *out)
{
    uint8_t seed[32];
    memset(seed, (int)number_of(argv[1]) & 0xff, sizeof seed);
    return ledger_signer_init(bytes_of_string(argv[0]), seed, out);
}

static int print_key(const struct ledger_signer *signer)
{
    char room[NOTE_KEY_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    note_key_write(&signer->key, &text);
    puts(room);
    return EXIT_SUCCESS;
}

static bool append(struct ledger *ledger, const struct entry *entry, struct error *err)
{
    char room[ENTRY_OCTETS_MAX + 1];
    struct text json = text_over(room, sizeof room);
    enum fault fault = entry_write(entry, &json);
    return fault == FAULT_NONE ? ledger_append(ledger, text_bytes(&json), err)
                               : error_set(err, 0, "no entry: %s", fault_name(fault));
}

static bool append_numbered(struct ledger *ledger, const char *tag, struct error *err)
{
    uint64_t number = ledger_size(ledger);
    struct entry entry =
        entry_begin(ENTRY_STORE_ERASURE, (START_S + (int64_t)number) * INT64_C(1000000000));
    entry_set_text(&entry, ENTRY_REASON, bytes_of_string(tag));
    entry_set_count(&entry, ENTRY_RECORDS, number);
    return append(ledger, &entry, err);
}

/* One line by one write, so that who reads it sees whole lines only. */
static void acknowledge(uint64_t size)
{
    char room[32];
    struct text line = text_over(room, sizeof room);
    text_put_u64(&line, size);
    text_put_char(&line, '\n');
    if (write(STDOUT_FILENO, room, line.len) < 0)
        _exit(EXIT_FAILURE);
}

static int run(struct ledger *ledger, uint64_t count, uint64_t batch, const char *tag)
{
    struct error err = { 0 };
    acknowledge(ledger_committed(ledger));
    for (uint64_t i = 1; count == 0 || i <= count; i++) {
        if (!append_numbered(ledger, tag, &err))
            return fail(&err);
        if (i % batch != 0 && i != count)
            continue;
        if (!ledger_commit(ledger, &err))
            return fail(&err);
        acknowledge(ledger_committed(ledger));
    }
    return EXIT_SUCCESS;
}

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int run_timed(struct ledger *ledger, uint64_t count, uint64_t batch)
{
    double start_s = now_s();
    int code = run(ledger, count, batch, "figures");
    fprintf(stderr, "%.3f s, %.2f us an entry\n", now_s() - start_s,
            (now_s() - start_s) * 1e6 / (double)count);
    return code;
}

static void fill(struct entry *entry, enum entry_field field)
{
    switch (field) {
    case ENTRY_BASIS: entry_set_text(entry, field, BYTES("own")); break;
    case ENTRY_DIGEST:
        entry_set_text(entry, field,
                       BYTES("e3b0c44298fc1c149afbf4c8996fb924"
                             "27ae41e4649b934ca495991b7852b855"));
        break;
    case ENTRY_OUTCOME: entry_set_text(entry, field, BYTES("interrupted")); break;
    case ENTRY_VERDICT: entry_set_text(entry, field, BYTES("refused")); break;
    case ENTRY_BEFORE:
    case ENTRY_FROM:
    case ENTRY_TO: entry_set_time(entry, field, START_S * INT64_C(1000000000) + 1); break;
    case ENTRY_ERASED:
    case ENTRY_EXAMINED:
    case ENTRY_LOST:
    case ENTRY_RECORDS:
    case ENTRY_SELECTED: entry_set_count(entry, field, ENTRY_COUNT_MAX); break;
    case ENTRY_AT:
    case ENTRY_KIND:
    case ENTRY_FORMAT_NUMBER: break;
    case ENTRY_ACTOR:
    case ENTRY_ARTICLE:
    case ENTRY_COMMAND:
    case ENTRY_PROGRAM:
    case ENTRY_PURPOSE:
    case ENTRY_REASON:
    case ENTRY_ROLE:
    case ENTRY_WARRANT:
    case ENTRY_FIELDS:
        entry_set_text(entry, field, BYTES("\"\\ \xe9\x96\xa2\xe6\x89\x80"));
        break;
    }
}

static int write_kinds(struct ledger *ledger)
{
    struct error err = { 0 };
    for (unsigned kind = 0; kind < ENTRY_KINDS; kind++) {
        struct entry entry = entry_begin((enum entry_kind)kind, START_S * INT64_C(1000000000));
        uint32_t allowed = entry_kind_fields((enum entry_kind)kind);
        for (unsigned field = 0; field < ENTRY_FIELDS; field++) {
            if (allowed >> field & 1)
                fill(&entry, (enum entry_field)field);
        }
        if (!append(ledger, &entry, &err))
            return fail(&err);
    }
    return ledger_commit(ledger, &err) ? EXIT_SUCCESS : fail(&err);
}

int main(int argc, char **argv)
{
    struct ledger_signer signer;
    struct error err = { 0 };
    const char *deed = argc > 1 ? argv[1] : "";
    bool is_key = strcmp(deed, "key") == 0, is_kinds = strcmp(deed, "kinds") == 0;
    int needed = is_key ? 4 : is_kinds ? 5 : 7;
    if (argc < needed || !make_signer(argv + (is_key ? 2 : 3), &signer))
        return 2;
    if (is_key)
        return print_key(&signer);
    struct ledger *ledger = ledger_open(argv[2], &signer, &err);
    if (!ledger)
        return fail(&err);
    int code =
        is_kinds ? write_kinds(ledger)
        : strcmp(deed, "time") == 0
            ? run_timed(ledger, number_of(argv[5]), number_of(argv[6]))
            : run(ledger, number_of(argv[5]), number_of(argv[6]), argc > 7 ? argv[7] : "test");
    ledger_close(ledger);
    return code;
}
