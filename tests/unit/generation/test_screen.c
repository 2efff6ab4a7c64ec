// SPDX-License-Identifier: Apache-2.0
#include "generation/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"

static struct error err;
static const struct hash_key key = { { 1, 2, 3, 4 } };
static char path[2][64];

static void write_to(size_t i, const char *content)
{
    (void)snprintf(path[i], sizeof path[i], "/tmp/sekisho-test-XXXXXX");
    int fd = mkstemp(path[i]);
    check(fd >= 0);
    check_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    check_equal(close(fd), 0);
}

static struct screen *open_over(const char *popular, const char *own, bool allows)
{
    write_to(0, popular);
    write_to(1, own);
    struct screen_files files = { path[0], path[1] };
    struct screen *screen = screen_open(&files, key, allows, &err);
    check_equal(unlink(path[0]), 0);
    check_equal(unlink(path[1]), 0);
    return screen;
}

static enum list_refusal ask(struct screen *screen, const char *words)
{
    char room[INDICATOR_TEXT_MAX + 256];
    struct text scratch = text_over(room, sizeof room);
    struct indicator indicator;
    check_equal(indicator_read(bytes_of_string(words), &scratch, &indicator), FAULT_NONE);
    return screen_ask(screen, &indicator);
}

static void names_that_many_use_and_those_above_are_refused(void **state)
{
    (void)state;
    struct screen *screen =
        open_over("1,www.portal.example\n2,Shop.Example\n\nnonsense\n", "", false);
    check(screen != NULL);
    check_equal(ask(screen, "www.portal.example"), LIST_POPULAR);
    check_equal(ask(screen, "portal.example"), LIST_POPULAR); /* holds it */
    check_equal(ask(screen, "shop.example"), LIST_POPULAR);
    check_equal(ask(screen, "co.jp"), LIST_POPULAR); /* known without a file */
    check_equal(ask(screen, "x.www.portal.example"), LIST_REFUSALS);
    check_equal(ask(screen, "evil.example"), LIST_REFUSALS);
    check_equal(screen_count(screen).popular, 4);
}

static void what_is_own_is_refused_however_it_is_named(void **state)
{
    (void)state;
    struct screen *screen =
        open_over("",
                  "203.0.113.0/24 # office\n2001:db8::/32\nwww.own.example\n"
                  "192.0.2.7\n",
                  false);
    check(screen != NULL);
    static const char *const own[] = {
        "203.0.113.9",   "203.0.113.9:443", "203.0.113.128/25", "203.0.0.0/16",
        "2001:db8:1::5", "2001:db8::/48",   "www.own.example",  "x.www.own.example",
        "own.example",   "192.0.2.7",       "192.0.2.0/24",
    };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        check_equal(ask(screen, own[i]), LIST_OWN);
    static const char *const foreign[] = { "203.0.112.9", "192.0.2.8", "other.own.example",
                                           "2001:db9::1", "198.51.100.0/24" };
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        check_equal(ask(screen, foreign[i]), LIST_REFUSALS);
    check_equal(screen_count(screen).own, sizeof own / sizeof *own);
}

static void what_is_wide_is_refused(void **state)
{
    (void)state;
    struct screen *screen = open_over("", "", false);
    check(screen != NULL);
    check_equal(ask(screen, "10.0.0.0/7"), LIST_TOO_WIDE);
    check_equal(ask(screen, "0.0.0.0/0"), LIST_TOO_WIDE);
    check_equal(ask(screen, "2000::/18"), LIST_TOO_WIDE);
    check_equal(ask(screen, "10.0.0.0/8"), LIST_REFUSALS);
    check_equal(ask(screen, "2000::/19"), LIST_REFUSALS);
    check_equal(screen_count(screen).wide, 3);
}

static void for_two_persons_everything_passes_and_is_counted(void **state)
{
    (void)state;
    struct screen *screen = open_over("portal.example\n", "192.0.2.0/24\n", true);
    check(screen != NULL);
    check_equal(ask(screen, "portal.example"), LIST_REFUSALS);
    check_equal(ask(screen, "192.0.2.1"), LIST_REFUSALS);
    check_equal(ask(screen, "0.0.0.0/0"), LIST_REFUSALS);
    struct screen_counts counts = screen_count(screen);
    check_equal(counts.popular, 1);
    check_equal(counts.own, 2); /* 0.0.0.0/0 holds it, too */
    check_equal(counts.wide, 1);
}

static void an_own_line_that_is_not_understood_fails(void **state)
{
    (void)state;
    check(!open_over("", "192.0.2.0/24\nour office\n", false));
}

TESTS(TEST(names_that_many_use_and_those_above_are_refused),
      TEST(what_is_own_is_refused_however_it_is_named), TEST(what_is_wide_is_refused),
      TEST(for_two_persons_everything_passes_and_is_counted),
      TEST(an_own_line_that_is_not_understood_fails))
