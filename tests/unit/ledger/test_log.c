// SPDX-License-Identifier: Apache-2.0
#include "ledger/log.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "ledger/audit.h"

static char folder[64];
static struct ledger_signer signer;
static struct error err;

static struct ledger *open_log(void)
{
    return ledger_open(folder, &signer, &err);
}

static void make_folder(void)
{
    const uint8_t seed[32] = { 1 };
    (void)snprintf(folder, sizeof folder, "/tmp/sekisho-log-XXXXXX");
    check(mkdtemp(folder) != NULL);
    check(ledger_signer_init(BYTES("example.org/log"), seed, &signer));
}

static bool append(struct ledger *ledger)
{
    return ledger_append(ledger,
                         BYTES("{\"at\":\"2026-11-21T00:00:00.000000000Z\",\"format\":1,"
                               "\"kind\":\"run_ended\",\"outcome\":\"done\"}"),
                         &err);
}

static void check_whole(uint64_t size)
{
    struct audit_wrong wrong = { 0 };
    struct audit *audit = audit_open(folder, &signer.key, &wrong, &err);
    check(audit != NULL);
    check(audit_run(audit, &wrong, &err));
    check(!wrong.is_wrong);
    check(!audit_has_more(audit));
    check_equal(audit_checkpoint(audit)->head.size, size);
    audit_close(audit);
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

static void what_was_not_committed_is_gone_and_what_was_is_there(void **state)
{
    (void)state;
    make_folder();
    struct ledger *ledger = open_log();
    check(ledger != NULL);
    for (unsigned i = 0; i < 300; i++)
        check(append(ledger));
    check(ledger_commit(ledger, &err));
    for (unsigned i = 0; i < 600; i++)
        check(append(ledger));
    check_equal(ledger_size(ledger), 900);
    check_equal(ledger_committed(ledger), 300);
    ledger_close(ledger);
    ledger = open_log(); /* two full tiles of the lost ones were on disk */
    check_equal(ledger_size(ledger), 300);
    check_whole(300);
    check(append(ledger));
    check(ledger_commit(ledger, &err));
    ledger_close(ledger);
    check_whole(301);
    remove_folder();
}

static void a_commit_that_failed_may_be_tried_again(void **state)
{
    (void)state;
    char path[96];
    make_folder();
    struct ledger *ledger = open_log();
    (void)snprintf(path, sizeof path, "%s/tile", folder);
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600); /* where a folder is to be */
    check(fd >= 0 && close(fd) == 0);
    for (unsigned i = 0; i < 256; i++)
        check(append(ledger));
    check(!append(ledger)); /* the full tile cannot be written */
    check(!ledger_commit(ledger, &err));
    check_equal(ledger_committed(ledger), 0);
    check(unlink(path) == 0);
    check(append(ledger));
    check(ledger_commit(ledger, &err));
    check_equal(ledger_committed(ledger), 257);
    ledger_close(ledger);
    check_whole(257);
    remove_folder();
}

static void an_entry_that_is_empty_or_too_long_is_refused(void **state)
{
    (void)state;
    static const uint8_t octets[TILE_ENTRY_OCTETS_MAX + 1];
    make_folder();
    struct ledger *ledger = open_log();
    check(!ledger_append(ledger, (struct bytes){ octets, 0 }, &err));
    check(!ledger_append(ledger, (struct bytes){ octets, sizeof octets }, &err));
    check_equal(ledger_size(ledger), 0);
    ledger_close(ledger);
    check_whole(0);
    remove_folder();
}

TESTS(TEST(what_was_not_committed_is_gone_and_what_was_is_there),
      TEST(a_commit_that_failed_may_be_tried_again),
      TEST(an_entry_that_is_empty_or_too_long_is_refused))
