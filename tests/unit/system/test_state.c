// SPDX-License-Identifier: Apache-2.0
#include "system/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char folder[] = "/tmp/sekisho-state-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) && setenv("XDG_STATE_HOME", folder, 1) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/sekisho/secret", folder);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/sekisho", folder);
    (void)rmdir(path);
    return rmdir(folder);
}

static void the_secret_is_made_once_and_for_its_owner(void **state)
{
    (void)state;
    struct error err;
    uint8_t first[STATE_SECRET_OCTETS], second[STATE_SECRET_OCTETS] = { 0 };
    check(state_secret(first, &err) && state_secret(second, &err));
    check(memcmp(first, second, sizeof first) == 0);
    char path[128];
    struct stat status;
    check(state_path("secret", path, sizeof path, &err) && stat(path, &status) == 0);
    check_equal(status.st_mode & 0777, 0600);
    check_equal(status.st_size, STATE_SECRET_OCTETS);
}

static void a_secret_cut_short_is_refused(void **state)
{
    (void)state;
    struct error err;
    char path[128];
    uint8_t secret[STATE_SECRET_OCTETS];
    check(state_path("secret", path, sizeof path, &err) && truncate(path, 5) == 0);
    check(!state_secret(secret, &err));
    check(strstr(err.text, "remove it"));
}

static void a_path_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct error err;
    char room[8];
    check(!state_path("secret", room, sizeof room, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = { TEST(the_secret_is_made_once_and_for_its_owner),
                                        TEST(a_secret_cut_short_is_refused),
                                        TEST(a_path_that_does_not_fit_is_refused) };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
