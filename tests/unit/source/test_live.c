// SPDX-License-Identifier: Apache-2.0
/* What is refused before a socket is opened; the rest needs interfaces: tests/live/live.py. */
#include "source/live.h"

#include <string.h>

#include "check.h"

static struct error err;

static const char *refusal_of(size_t count, const char *const *names)
{
    struct live_options options = { .interfaces = names, .interface_count = count };
    err = (struct error){ 0 };
    check(live_open(&options, &err) == NULL);
    return err.text;
}

static void at_least_one_interface_is_named(void **state)
{
    (void)state;
    check(strstr(refusal_of(0, NULL), "between 1 and 64") != NULL);
}

static void names_no_interface_can_have_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "an_overlong_name", "../lo", "a b", "a\tb", "\x80", "eth0:1"
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check(strstr(refusal_of(1, &bad[i]), "an interface has a name") != NULL);
}

static void an_unknown_interface_is_told_with_those_there_are(void **state)
{
    (void)state;
    static const char *const names[] = { "eth4711" };
    check(strstr(refusal_of(1, names), "no such interface \"eth4711\": there are ") != NULL);
}

static void an_interface_is_named_once(void **state)
{
    (void)state;
    static const char *const names[] = { "lo", "lo" };
    check(strstr(refusal_of(2, names), "interface lo is named twice") != NULL);
}

static void any_stands_alone(void **state)
{
    (void)state;
    static const char *const names[] = { "lo", "any" };
    check(strstr(refusal_of(2, names), "name it alone") != NULL);
}

TESTS(TEST(at_least_one_interface_is_named), TEST(names_no_interface_can_have_are_refused),
      TEST(an_unknown_interface_is_told_with_those_there_are), TEST(an_interface_is_named_once),
      TEST(any_stands_alone))
