// SPDX-License-Identifier: Apache-2.0
#include "ledger/journal.h"

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "check.h"
#include "ledger/audit.h"

#define MS INT64_C(1000000)

static char folder[64];
static struct ledger_signer signer;
static struct error err;

static struct journal *open_journal(size_t held_octets)
{
    struct journal_settings settings = {
        .folder = folder,
        .signer = &signer,
        .commit_ns = 100 * MS,
        .commit_entries = 10,
        .held_octets = held_octets,
        .retry_ns = 1000 * MS,
    };
    return journal_open(&settings, &err);
}

static void make_folder(void)
{
    const uint8_t seed[32] = { 1 };
    (void)snprintf(folder, sizeof folder, "/tmp/sekisho-journal-XXXXXX");
    check(mkdtemp(folder) != NULL);
    check(ledger_signer_init(BYTES("example.org/log"), seed, &signer));
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

static void remove_folder(void)
{
    check_equal(nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static bool append(struct journal *journal)
{
    struct entry entry = entry_begin(ENTRY_RUN_ENDED, 0);
    entry_set_text(&entry, ENTRY_OUTCOME, BYTES("done"));
    return journal_append(journal, &entry, &err);
}

/* What a stranger finds. */
static uint64_t size_on_disk(void)
{
    struct audit_wrong wrong = { 0 };
    struct audit *audit = audit_open(folder, &signer.key, &wrong, &err);
    check(audit != NULL);
    check(audit_run(audit, &wrong, &err));
    check(!wrong.is_wrong);
    uint64_t size = audit_checkpoint(audit)->head.size;
    audit_close(audit);
    return size;
}

static void limit_files(rlim_t octets)
{
    struct rlimit limit;
    check_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = octets;
    check_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void entries_are_committed_when_it_is_time_or_enough_wait(void **state)
{
    (void)state;
    make_folder();
    struct journal *journal = open_journal(1 << 16);
    check(journal != NULL);
    check(append(journal));
    check(journal_turn(journal, 0, &err));
    check(journal_turn(journal, 99 * MS, &err));
    check_equal(size_on_disk(), 0);
    check(journal_turn(journal, 100 * MS, &err));
    check_equal(size_on_disk(), 1);
    for (unsigned i = 0; i < 10; i++) {
        check_equal(journal_held(journal), i);
        check(append(journal));
    }
    check(journal_turn(journal, 101 * MS, &err));
    check_equal(journal_held(journal), 0);
    check_equal(journal_first(journal), 1);
    check_equal(size_on_disk(), 11);
    journal_close(journal);
    remove_folder();
}

static void two_journals_write_one_log_in_turn(void **state)
{
    (void)state;
    make_folder();
    struct journal *one = open_journal(1 << 16), *other = open_journal(1 << 16);
    check(one && other);
    for (unsigned i = 0; i < 140; i++) {
        check(append(one) && append(other));
        check(journal_commit(other, &err) && journal_commit(one, &err));
        check_equal(journal_first(other), 2 * i);
        check_equal(journal_first(one), 2 * i + 1);
    }
    check_equal(size_on_disk(), 280);
    journal_close(one);
    journal_close(other);
    remove_folder();
}

static void what_cannot_be_written_is_held_and_said(void **state)
{
    (void)state;
    make_folder();
    struct journal *journal = open_journal(8192);
    check(append(journal) && journal_commit(journal, &err));
    check(journal_is_good(journal));
    check(append(journal));
    check(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    limit_files(40); /* as a full disk: every file is cut */
    check(!journal_commit(journal, &err));
    check(!journal_is_good(journal));
    check_equal(journal_held(journal), 1);
    check(append(journal));
    check(journal_turn(journal, 5000 * MS, &err)); /* not yet again */
    check(!journal_turn(journal, 6000 * MS, &err));
    limit_files(RLIM_INFINITY);
    check_equal(size_on_disk(), 1);
    check(journal_turn(journal, 6001 * MS, &err));
    check(journal_turn(journal, 7001 * MS, &err));
    check_equal(journal_held(journal), 0);
    check_equal(journal_first(journal), 1);
    check(journal_is_good(journal));
    check_equal(size_on_disk(), 3);
    journal_close(journal);
    remove_folder();
}

static void what_is_held_has_bounds_and_is_refused_beyond(void **state)
{
    (void)state;
    make_folder();
    struct journal *journal = open_journal(8192);
    size_t taken = 0;
    while (append(journal))
        taken++;
    check(!journal_is_good(journal));
    check_equal(journal_held(journal), taken);
    check(journal_commit(journal, &err));
    check_equal(size_on_disk(), taken);
    check(append(journal));
    journal_close(journal);
    remove_folder();
}

static void no_entry_is_not_taken(void **state)
{
    (void)state;
    make_folder();
    struct journal *journal = open_journal(8192);
    struct entry entry = entry_begin(ENTRY_RUN_ENDED, 0);
    check(!journal_append(journal, &entry, &err));
    check_equal(journal_held(journal), 0);
    check(journal_commit(journal, &err));
    journal_close(journal);
    remove_folder();
}

static bool refuse_to_sign(void *context, struct bytes message,
                           uint8_t out[NOTE_SIGNATURE_OCTETS], struct error *error)
{
    (void)message, (void)out;
    return error_set(error, 0, "%s", (const char *)context);
}

static void a_key_that_does_not_sign_acknowledges_nothing(void **state)
{
    (void)state;
    static char words[] = "the token was pulled out";
    make_folder();
    struct journal *journal = open_journal(8192);
    check(append(journal) && journal_commit(journal, &err));
    journal_close(journal);
    signer.sign = refuse_to_sign;
    signer.context = words;
    journal = open_journal(8192);
    check(append(journal));
    check(!journal_commit(journal, &err));
    check_text(bytes_of_string(err.text), words);
    check_equal(size_on_disk(), 1);
    journal_close(journal);
    remove_folder();
}

TESTS(TEST(entries_are_committed_when_it_is_time_or_enough_wait),
      TEST(two_journals_write_one_log_in_turn), TEST(what_cannot_be_written_is_held_and_said),
      TEST(what_is_held_has_bounds_and_is_refused_beyond), TEST(no_entry_is_not_taken),
      TEST(a_key_that_does_not_sign_acknowledges_nothing))
