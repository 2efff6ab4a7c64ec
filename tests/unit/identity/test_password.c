// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "identity/identity.h"
#include "system/clock.h"

static struct error err;

static void a_password_is_itself_and_no_other(void **state)
{
    char hash[PASSWORD_HASH_MAX], again[PASSWORD_HASH_MAX];

    (void)state;
    check(password_hash("correct horse battery", hash, &err));
    check(strncmp(hash, "$argon2id$v=19$m=65536,t=2,p=1$", 31) == 0);
    check(password_is(hash, "correct horse battery"));
    check(!password_is(hash, "correct horse batterz"));
    check(!password_is(hash, ""));
    check(password_hash("correct horse battery", again, &err));
    check(strcmp(hash, again) != 0); /* salted */
}

static void passwords_are_counted_in_characters(void **state)
{
    char hash[PASSWORD_HASH_MAX], most[PASSWORD_MAX + 2];

    (void)state;
    check(!password_hash("elevenchars", hash, &err));
    check(password_hash("twelve chars", hash, &err));
    check(!password_hash("関所手形", hash, &err)); /* twelve octets */
    check(password_hash("関所手形をお見せください", hash, &err));
    memset(most, 'a', sizeof(most));
    most[PASSWORD_MAX] = '\0';
    check(password_hash(most, hash, &err));
    check(password_is(hash, most));
    most[PASSWORD_MAX] = 'a';
    most[PASSWORD_MAX + 1] = '\0';
    check(!password_hash(most, hash, &err));
    check(!password_is(hash, most));
}

static double time_of(const char *hash)
{
    double begun_s = clock_cpu_s();

    (void)password_is(hash, "not the password");
    return clock_cpu_s() - begun_s;
}

/* Within half: what both do is the same hash, beside which all else is nothing. */
static void nobodys_password_takes_as_long(void **state)
{
    double known = 1e9, unknown = 1e9;
    char hash[PASSWORD_HASH_MAX];

    (void)state;
    check(password_hash("correct horse battery", hash, &err));
    for (int i = 0; i < 3; i++) {
        double one = time_of(hash), other = time_of(NULL);
        known = one < known ? one : known;
        unknown = other < unknown ? other : unknown;
    }
    print_message("# known %.4f s, unknown %.4f s\n", known, unknown);
    check(unknown > known / 2 && known > unknown / 2);
    check(!password_is(NULL, "correct horse battery"));
}

static void broken_hashes_are_nobodys(void **state)
{
    (void)state;
    check(!password_is("", ""));
    check(!password_is("$argon2id$", "correct horse battery"));
    check(!password_is("correct horse battery", "correct horse battery"));
}

TESTS(TEST(a_password_is_itself_and_no_other), TEST(passwords_are_counted_in_characters),
      TEST(nobodys_password_takes_as_long), TEST(broken_hashes_are_nobodys))
