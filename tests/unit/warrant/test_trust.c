// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "passkeys.h"

static struct trust trust;
static struct error err;

/* Reads a file of these lines; %K% stands for a good key, %P% for a passkey. */
static bool load(const char *lines)
{
    char path[] = "/tmp/sekisho-trust-XXXXXX", line[NOTE_KEY_TEXT_MAX];
    struct note_key key;
    struct webauthn_key passkey;
    struct text text = text_over(line, sizeof line);
    int fd = mkstemp(path);
    check(fd >= 0);
    const char *at = strchr(lines, '%');
    fixture_key(1, &key);
    passkey_public(1, WEBAUTHN_ES256, &passkey);
    if (at && at[1] == 'K')
        note_key_write(&key, &text);
    if (at && at[1] == 'P')
        webauthn_key_write(&passkey, &text);
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

#define PASSKEY "keys:\n  - passkey: %P%\n    role: board\n"

static void a_passkey_has_a_name_and_where_it_may_be_used(void **state)
{
    (void)state;
    struct webauthn_key wanted;
    check(load(PASSKEY "    name: 監理委員-1\n    rp_id: example.org\n"
                       "    origins: [https://hub.example.org, https://example.org:8443]\n"));
    passkey_public(1, WEBAUTHN_ES256, &wanted);
    check(webauthn_key_equal(&trust.keys[0].passkey, &wanted));
    assert_string_equal(trust.keys[0].key.name, "監理委員-1");
    assert_string_equal(trust.keys[0].place.rp_id, "example.org");
    check_equal(trust.keys[0].place.origin_count, 2);
    assert_string_equal(trust.keys[0].place.origins[1], "https://example.org:8443");
}

static void check_wrong(const char *lines, const char *words)
{
    check(!load(lines));
    check(strstr(err.text, words) != NULL);
}

static void what_is_wrong_with_a_passkey_is_told(void **state)
{
    (void)state;
    const char *needs = "needs name, rp_id and origins", *of = "origins are https://HOST";
    check_wrong(PASSKEY, needs);
    check_wrong(PASSKEY "    name: a\n    origins: [https://example.org]\n", needs);
    check_wrong(PASSKEY "    name: a\n    rp_id: example.org\n", of);
    check_wrong(PASSKEY "    name: a\n    rp_id: example.org\n    origins: []\n", "");
    check_wrong(PASSKEY "    name: a\n    rp_id: example.org\n"
                        "    origins: [https://example.com]\n",
                of);
    check_wrong(PASSKEY "    name: a b\n    rp_id: example.org\n"
                        "    origins: [https://example.org]\n",
                "without blanks");
    check_wrong("keys:\n  - key: %K%\n    role: board\n    rp_id: example.org\n",
                "are of passkeys");
    check_wrong("keys:\n  - key: %K%\n    passkey: x\n    role: board\n", "either a key");
    check_wrong("keys:\n  - role: board\n", "either a key");
    check_wrong("keys:\n  - passkey: ES256+AAAA\n    role: board\n    name: a\n"
                "    rp_id: example.org\n    origins: [https://example.org]\n",
                "not a passkey");
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

TESTS(TEST(keys_have_roles_and_days), TEST(a_passkey_has_a_name_and_where_it_may_be_used),
      TEST(what_is_wrong_with_a_passkey_is_told), TEST(a_key_without_days_is_valid_on_all),
      TEST(what_is_wrong_is_told), TEST(a_file_that_others_may_write_is_refused))
