// SPDX-License-Identifier: Apache-2.0
#include "keys/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"

static char folder[] = "/tmp/sekisho-seal-XXXXXX";
static struct error err;

static struct key *make_key(const char *name)
{
    char path[128];
    struct text text = text_over(path, sizeof path);
    text_format(&text, "%s/%s", folder, name);
    check(key_generate(path, bytes_of_string(name), NULL, &err));
    struct key *key = key_open(path, NULL, NULL, &err);
    check(key);
    check_equal(remove(path), 0);
    return key;
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void what_is_sealed_to_a_key_opens_with_it_and_no_other(void **state)
{
    (void)state;
    static const uint8_t secret[32] = { 1, 2, 3 };
    uint8_t sealed[sizeof secret + KEY_SEAL_OCTETS], opened[sizeof secret];
    struct key *overseer = make_key("overseer"), *other = make_key("other");
    check(
        key_seal(key_public(overseer), (struct bytes){ secret, sizeof secret }, sealed, &err));
    check(memmem(sealed, sizeof sealed, secret, 3) == NULL);
    struct bytes box = { sealed, sizeof sealed };
    check(key_unseal(overseer, box, opened, &err));
    check(memcmp(opened, secret, sizeof secret) == 0);
    check(!key_unseal(other, box, opened, &err));
    check(strstr(err.text, "not sealed to"));
    for (size_t i = 0; i < sizeof sealed; i++) {
        sealed[i] ^= 1;
        check(!key_unseal(overseer, box, opened, &err));
        sealed[i] ^= 1;
    }
    key_close(overseer);
    key_close(other);
}

static void two_boxes_of_one_secret_differ(void **state)
{
    (void)state;
    static const uint8_t secret[32] = { 9 };
    uint8_t first[sizeof secret + KEY_SEAL_OCTETS], second[sizeof first];
    struct key *overseer = make_key("overseer");
    struct bytes bytes = { secret, sizeof secret };
    check(key_seal(key_public(overseer), bytes, first, &err));
    check(key_seal(key_public(overseer), bytes, second, &err));
    check(memcmp(first, second, sizeof first) != 0);
    key_close(overseer);
}

#define EACH(test) cmocka_unit_test(test)
int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(what_is_sealed_to_a_key_opens_with_it_and_no_other),
        EACH(two_boxes_of_one_secret_differ),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
