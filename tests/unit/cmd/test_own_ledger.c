// SPDX-License-Identifier: Apache-2.0
#include "cmd/own_ledger.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "ledger/audit.h"

static char folder[] = "/tmp/sekisho-own-ledger-XXXXXX";
static struct error error;

static int make_state(void **state)
{
    (void)state;
    return mkdtemp(folder) && setenv("XDG_STATE_HOME", folder, 1) == 0 ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static int remove_state(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct entry access_at(int64_t at_ns)
{
    struct entry entry = entry_begin(ENTRY_ACCESS, at_ns);
    entry_set_text(&entry, ENTRY_ACTOR, BYTES("somebody"));
    entry_set_text(&entry, ENTRY_BASIS, BYTES("own"));
    entry_set_text(&entry, ENTRY_PURPOSE, BYTES("own-security"));
    entry_set_text(&entry, ENTRY_ROLE, BYTES("owner"));
    entry_set_text(&entry, ENTRY_VERDICT, BYTES("allowed"));
    return entry;
}

/* Read back with nothing but the public key that lies beside it. */
static uint64_t entries_verified(void)
{
    char path[OWN_LEDGER_PATH_MAX], line[NOTE_KEY_TEXT_MAX] = "";
    struct note_key key;
    struct audit_wrong wrong = { 0 };
    check(own_ledger_key(path, &error));
    FILE *file = fopen(path, "re");
    check(file != NULL && fgets(line, sizeof line, file) != NULL);
    check(fclose(file) == 0);
    check_equal(note_key_read(text_trim(bytes_of_string(line)), &key), FAULT_NONE);
    check(own_ledger_folder(path, &error));
    struct audit *audit = audit_open(path, &key, &wrong, &error);
    check(audit != NULL);
    check(audit_run(audit, &wrong, &error) && !wrong.is_wrong);
    uint64_t size = audit_checkpoint(audit)->head.size;
    audit_close(audit);
    return size;
}

static void what_is_put_is_signed_and_verified_with_the_key_beside_it(void **state)
{
    (void)state;
    struct entry entries[] = { access_at(1), access_at(2) };
    check(own_ledger_put(entries, 2, &error));
    check_equal(entries_verified(), 2);
    check(own_ledger_put(entries, 1, &error));
    check_equal(entries_verified(), 3);
}

static void an_entry_that_is_not_whole_leaves_the_ledger_as_it_was(void **state)
{
    (void)state;
    uint64_t before = entries_verified();
    struct entry entries[] = { access_at(1), entry_begin(ENTRY_ACCESS, 2) };
    check(!own_ledger_put(entries, 2, &error));
    check(strstr(error.text, "access") != NULL);
    check_equal(entries_verified(), before);
}

static void a_second_writer_waits_for_the_first(void **state)
{
    (void)state;
    uint64_t before = entries_verified();
    struct entry entry = access_at(3);
    int ends[2];
    char go = 0;
    check(pipe(ends) == 0);
    pid_t other = fork(); /* before the lock is taken, which a child would hold as well */
    if (other == 0)
        _exit(read(ends[0], &go, 1) == 1 && own_ledger_put(&entry, 1, &error) ? 0 : 1);
    struct ledger *held = own_ledger_open(&error);
    check(held != NULL && write(ends[1], &go, 1) == 1);
    struct timespec pause = { .tv_nsec = 100000000L };
    (void)nanosleep(&pause, NULL);
    check_equal(waitpid(other, NULL, WNOHANG), 0); /* it waits */
    check(own_ledger_append(held, &entry, &error) && ledger_commit(held, &error));
    ledger_close(held);
    check(close(ends[0]) == 0 && close(ends[1]) == 0);
    int status = -1;
    check(waitpid(other, &status, 0) == other && status == 0);
    check_equal(entries_verified(), before + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_signed_and_verified_with_the_key_beside_it),
        cmocka_unit_test(an_entry_that_is_not_whole_leaves_the_ledger_as_it_was),
        cmocka_unit_test(a_second_writer_waits_for_the_first),
    };
    return cmocka_run_group_tests(tests, make_state, remove_state);
}
