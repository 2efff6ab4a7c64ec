// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"

static struct trust trust;
static struct error err;

/* Reads a file of these lines; %K% stands for a good key. */
static bool load(const char *lines)
{
    char path[] = "/tmp/sekisho-trust-XXXXXX", line[NOTE_KEY_TEXT_MAX];
    struct note_key key;
    struct text text = text_over(line, sizeof line);
    int fd = mkstemp(path);
    check(fd >= 0);
    fixture_key(1, &key);
    note_key_write(&key, &text);
    const char *at = strstr(lines, "%K%");
    if (at)
        (void)dprintf(fd, "%.*s%s%s", (int)(at - lines), lines, line, at + 3);
    else
        (void)dprintf(fd, "%s", lines);
    (void)close(fd);
    bool is_loaded = trust_load(path, &trust, &err);
    (void)unlink(path);
    return is_loaded;
}

static void keys_have_roles_and_days(void **state)
{
    (void)state;
    check(load("keys:\n  - key: %K%\n    role: board\n    from: 2028-01-01\n"
               "    to: 2030-01-01T00:00:00+09:00\n"));
    check_equal(trust.count, 1);
    assert_string_equal(trust.keys[0].role, "board");
    assert_string_equal(trust.keys[0].key.name, "key-1");
    check_equal(trust.keys[0].from_ns, fixture_time("2028-01-01"));
    check_equal(trust.keys[0].to_ns, fixture_time("2029-12-31T15:00:00Z"));
}

static void a_key_without_days_is_valid_on_all(void **state)
{
    (void)state;
    check(load("keys:\n  - key: %K%\n    role: owner\n"));
    check_equal(trust.keys[0].from_ns, INT64_MIN);
    check_equal(trust.keys[0].to_ns, INT64_MAX);
}

static void what_is_wrong_is_told(void **state)
{
    (void)state;
    check(!load("keys:\n  - key: nonsense\n    role: board\n"));
    check(strstr(err.text, "keys[0]: not a public key") != NULL);
    check(!load("keys:\n  - key: %K%\n    role: board\n    from: tomorrow\n"));
    check(strstr(err.text, "from and to are days") != NULL);
    check(!load("keys:\n  - key: %K%\n    role: board\n    from: 2030-01-02\n"
                "    to: 2030-01-01\n"));
    check(!load("keys:\n  - key: %K%\n    rule: board\n"));
    check(!load("keys:\n  - key: %K%\n"));
    check(!load("keys: []\n"));
    check(!load(""));
    check(!trust_load("/nowhere/trust.yaml", &trust, &err));
}

static void a_file_that_others_may_write_is_refused(void **state)
{
    (void)state;
    char path[] = "/tmp/sekisho-trust-XXXXXX";
    int fd = mkstemp(path);
    check(fd >= 0);
    check(fchmod(fd, 0664) == 0);
    (void)close(fd);
    check(!trust_load(path, &trust, &err));
    check(strstr(err.text, "others may write") != NULL);
    (void)unlink(path);
}

TESTS(TEST(keys_have_roles_and_days), TEST(a_key_without_days_is_valid_on_all),
      TEST(what_is_wrong_is_told), TEST(a_file_that_others_may_write_is_refused))
