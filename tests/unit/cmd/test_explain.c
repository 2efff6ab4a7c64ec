// SPDX-License-Identifier: Apache-2.0
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "cmd/cmd.h"
#include "store/store.h"

static char folder[] = "/tmp/sekisho-explain-XXXXXX";
static char path[64];
static char printed[1 << 16];

static int make_store(void **state)
{
    (void)state;
    struct error err;
    if (!mkdtemp(folder))
        return -1;
    struct text text = text_over(path, sizeof path);
    text_format(&text, "%s/watch.sqlite", folder);
    if (setenv("XDG_STATE_HOME", folder, 1) != 0)
        return -1;
    static struct finding findings[2];
    for (size_t i = 0; i < 2; i++)
        findings[i].retention_until_ns = INT64_MAX;
    memcpy(findings[0].id, "c2-aa01", 8);
    memcpy(findings[1].id, "c2-aa02", 8);
    struct summary summary = { .version = "0" };
    struct store *store = store_open(path, &err);
    if (!store || !store_begin_run(store, 0, "run", &err) ||
        !store_end_run(store, findings, 2, &summary, &err))
        return -1;
    store_close(store);
    return 0;
}

static int remove_one(const char *name, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(name);
}

static int remove_store(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Runs the command with its output kept in printed; returns the exit code. */
static int run(const char *first, const char *second)
{
    char words[4][64] = { "explain", "--store" };
    struct text third = text_over(words[2], sizeof words[2]);
    text_put_string(&third, path);
    char option[64], finding[64];
    struct text a = text_over(option, sizeof option), b = text_over(finding, sizeof finding);
    text_put_string(&a, first ? first : "");
    text_put_string(&b, second ? second : "");
    char *argv[] = {
        words[0], words[1], words[2], first ? option : NULL, second ? finding : NULL, NULL
    };
    FILE *kept = tmpfile();
    check(kept != NULL && fflush(stdout) == 0);
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    check(dup2(fileno(kept), STDOUT_FILENO) >= 0 && dup2(fileno(kept), STDERR_FILENO) >= 0);
    int code = command_explain(first ? second ? 5 : 4 : 3, argv);
    check(fflush(stdout) == 0 && fflush(stderr) == 0);
    check(dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0);
    check(close(out) == 0 && close(err) == 0);
    rewind(kept);
    size_t len = fread(printed, 1, sizeof printed - 1, kept);
    printed[len] = '\0';
    check(fclose(kept) == 0);
    return code;
}

static bool says(const char *words)
{
    return strstr(printed, words) != NULL;
}

static void a_finding_is_explained_by_the_start_of_its_identifier(void **state)
{
    (void)state;
    if (run("--language=en", "c2-aa02") != COMMAND_DONE)
        fail_msg("%s", printed);
    check(says("c2-aa02: command server") && says("What this does not show"));
    check_equal(run("--language=ja", "c2-aa01"), COMMAND_DONE);
    check(says("この検出が示さないこと"));
    check_equal(run("--json", "c2-aa01"), COMMAND_DONE);
    check(says("\"id\": \"c2-aa01\""));
}

static void without_a_finding_they_are_listed(void **state)
{
    (void)state;
    check_equal(run(NULL, NULL), COMMAND_DONE);
    check(says("c2-aa01") && says("c2-aa02"));
}

static void what_is_not_there_or_not_clear_is_told(void **state)
{
    (void)state;
    check_equal(run("c2-zz", NULL), COMMAND_FAILED);
    check(says("no finding c2-zz"));
    check_equal(run("c2-aa", NULL), COMMAND_FAILED);
    check(says("more than one"));
    check_equal(run("--store=/nowhere/x", NULL), COMMAND_FAILED);
    check(says("/nowhere/x"));
}

static void a_wrong_call_shows_the_usage(void **state)
{
    (void)state;
    check_equal(run("--colour", NULL), COMMAND_USAGE);
    check_equal(run("--language=fr", NULL), COMMAND_USAGE);
    check_equal(run("a", "b"), COMMAND_USAGE);
    check(says("usage: sekisho explain"));
    check_equal(run("--help", NULL), COMMAND_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finding_is_explained_by_the_start_of_its_identifier),
        cmocka_unit_test(without_a_finding_they_are_listed),
        cmocka_unit_test(what_is_not_there_or_not_clear_is_told),
        cmocka_unit_test(a_wrong_call_shows_the_usage),
    };
    return cmocka_run_group_tests(tests, make_store, remove_store);
}
