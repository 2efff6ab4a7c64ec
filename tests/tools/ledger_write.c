// SPDX-License-Identifier: Apache-2.0
/* Writes a ledger for tests, by a key anybody can make (its seed is one octet repeated), and
 * says what was acknowledged.
 *   ledger_write key NAME OCTET             the public key
 *   ledger_write run FOLDER NAME OCTET COUNT BATCH [TAG]
 *                                           COUNT entries, committed by BATCH; prints the size
 *                                           after each commit.  COUNT 0: until it is killed
 *   ledger_write lines FOLDER NAME OCTET    the entries that are given as lines, one commit
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
        entry_begin(ENTRY_RECORD_ERASURE, (START_S + (int64_t)number) * INT64_C(1000000000));
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

int main(int argc, char **argv)
{
    struct ledger_signer signer;
    struct error err = { 0 };
    const char *deed = argc > 1 ? argv[1] : "";
    bool is_key = strcmp(deed, "key") == 0, is_lines = strcmp(deed, "lines") == 0;
    int needed = is_key ? 4 : is_lines ? 5 : 7;
    if (argc < needed || !make_signer(argv + (is_key ? 2 : 3), &signer))
        return 2;
    if (is_key)
        return print_key(&signer);
    struct ledger *ledger = ledger_open(argv[2], &signer, &err);
    if (!ledger)
        return fail(&err);
    int code =
        is_lines ? write_lines(ledger)
        : strcmp(deed, "time") == 0
            ? run_timed(ledger, number_of(argv[5]), number_of(argv[6]))
            : run(ledger, number_of(argv[5]), number_of(argv[6]), argc > 7 ? argv[7] : "test");
    ledger_close(ledger);
    return code;
}
