// SPDX-License-Identifier: Apache-2.0
/* Writes a ledger for tests, by a key anybody can make (its seed is one octet repeated), and
 * says what was acknowledged.
 *   ledger_write key NAME OCTET             the public key
 *   ledger_write run FOLDER NAME OCTET COUNT BATCH [TAG]
 *                                           COUNT entries, committed by BATCH; prints the size
 *                                           after each commit.  COUNT 0: until it is killed
 *   ledger_write lines FOLDER NAME OCTET    the entries that are given as lines, one commit
 *   ledger_write journal FOLDER NAME OCTET COUNT BATCH [TAG]
 *                                           COUNT entries by a journal, beside other writers;
 *                                           prints "acknowledged N" and "held N" as that
 * changes ledger_write time FOLDER NAME OCTET COUNT BATCH    the same as run; tells how long */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "ledger/journal.h"
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

static struct entry numbered(uint64_t number, const char *tag)
{
    struct entry entry =
        entry_begin(ENTRY_RECORD_ERASURE, (START_S + (int64_t)number) * INT64_C(1000000000));
    entry_set_text(&entry, ENTRY_REASON, bytes_of_string(tag));
    entry_set_count(&entry, ENTRY_RECORDS, number);
    return entry;
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
        struct entry entry = numbered(ledger_size(ledger), tag);
        if (!append(ledger, &entry, &err))
            return fail(&err);
        if (i % batch != 0 && i != count)
            continue;
        if (!ledger_commit(ledger, &err))
            return fail(&err);
        acknowledge(ledger_committed(ledger));
    }
    return EXIT_SUCCESS;
}

static int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Only where the ledger can be written is anything done that needs an entry. */
static int keep_journal(struct journal *journal, uint64_t count, const char *tag)
{
    const struct timespec pause = { .tv_nsec = 1000000 };
    struct error err = { 0 };
    bool was_good = true;
    for (uint64_t next = 0, told = 0; told < count; (void)nanosleep(&pause, NULL)) {
        struct entry entry = numbered(next, tag);
        if (next < count && journal_is_good(journal)) {
            if (!journal_append(journal, &entry, &err))
                return fail(&err);
            next++;
        }
        bool is_turned = journal_turn(journal, now_ns(), &err);
        if (was_good && !journal_is_good(journal))
            printf("held %zu\n", journal_held(journal));
        was_good = journal_is_good(journal);
        if (is_turned && next - journal_held(journal) > told) {
            told = next - journal_held(journal);
            printf("acknowledged %llu\n", (unsigned long long)told);
        }
        (void)fflush(stdout);
    }
    return EXIT_SUCCESS;
}

static int write_journal(char **argv, const struct ledger_signer *signer, const char *tag)
{
    struct error err = { 0 };
    const struct journal_settings settings = {
        .folder = argv[2],
        .signer = signer,
        .commit_ns = 20000000,
        .commit_entries = number_of(argv[6]),
        .held_octets = 1 << 20,
        .wait_ns = INT64_C(60000000000),
        .retry_ns = 50000000,
    };
    (void)signal(SIGXFSZ, SIG_IGN);
    struct journal *journal = journal_open(&settings, &err);
    if (!journal)
        return fail(&err);
    int code = keep_journal(journal, number_of(argv[5]), tag);
    journal_close(journal);
    return code;
}

static int run_timed(struct ledger *ledger, uint64_t count, uint64_t batch)
{
    int64_t start_ns = now_ns();
    int code = run(ledger, count, batch, "figures");
    double us = (double)(now_ns() - start_ns) * 1e-3;
    fprintf(stderr, "%.3f s, %.2f us an entry\n", us * 1e-6, us / (double)count);
    return code;
}

static int write_lines(struct ledger *ledger)
{
    static char line[ENTRY_OCTETS_MAX + 2], escapes[ENTRY_OCTETS_MAX + 1];
    struct error err = { 0 };
    while (fgets(line, sizeof line, stdin)) {
        struct bytes json = text_trim(bytes_of_string(line));
        struct text room = text_over(escapes, sizeof escapes);
        struct entry entry;
        enum fault fault = entry_read(json, &room, &entry);
        if (fault != FAULT_NONE)
            (void)error_set(&err, 0, "no entry: %s: %s", fault_name(fault), line);
        if (fault != FAULT_NONE || !append(ledger, &entry, &err))
            return fail(&err);
    }
    return ledger_commit(ledger, &err) ? EXIT_SUCCESS : fail(&err);
}

static int write_log(char **argv, const struct ledger_signer *signer, const char *tag)
{
    struct error err = { 0 };
    struct ledger *ledger = ledger_open(argv[2], signer, &err);
    if (!ledger)
        return fail(&err);
    int code = strcmp(argv[1], "lines") == 0 ? write_lines(ledger)
               : strcmp(argv[1], "time") == 0
                   ? run_timed(ledger, number_of(argv[5]), number_of(argv[6]))
                   : run(ledger, number_of(argv[5]), number_of(argv[6]), tag);
    ledger_close(ledger);
    return code;
}

int main(int argc, char **argv)
{
    struct ledger_signer signer;
    const char *deed = argc > 1 ? argv[1] : "", *tag = argc > 7 ? argv[7] : "test";
    bool is_key = strcmp(deed, "key") == 0;
    int needed = is_key ? 4 : strcmp(deed, "lines") == 0 ? 5 : 7;
    if (argc < needed || !make_signer(argv + (is_key ? 2 : 3), &signer))
        return 2;
    if (is_key)
        return print_key(&signer);
    return strcmp(deed, "journal") == 0 ? write_journal(argv, &signer, tag)
                                        : write_log(argv, &signer, tag);
}
