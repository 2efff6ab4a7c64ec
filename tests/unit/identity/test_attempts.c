// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "identity/attempts.h"

#include <stdio.h>

enum { NOW_S = 1800000000 };
static const struct hash_key key = { { 1, 2, 3, 4 } };
static struct attempts table;

static struct attempt of(const char *name, const char *from, int64_t now_s)
{
    struct attempt attempt = { .name = bytes_of_string(name), .now_s = now_s };

    check(ip_read(bytes_of_string(from), &attempt.from));
    return attempt;
}

/* The wait; 0: it was tried, and failed. */
static uint32_t fail_at(const char *name, const char *from, int64_t now_s)
{
    struct attempt attempt = of(name, from, now_s);
    uint32_t wait_s = 0;

    bool is_begun = attempts_begin(&table, &attempt, &wait_s);
    check_equal(is_begun, wait_s == 0);
    return wait_s;
}

static void succeed(const char *name, const char *from, int64_t now_s)
{
    struct attempt attempt = of(name, from, now_s);
    uint32_t wait_s = 0;

    check(attempts_begin(&table, &attempt, &wait_s));
    attempts_succeeded(&table, &attempt);
}

static void the_wait_doubles_after_five_failures(void **state)
{
    int64_t now_s = NOW_S;

    (void)state;
    attempts_init(&table, &key);
    for (int i = 0; i < 5; i++)
        check_equal(fail_at("hanako", "192.0.2.1", now_s), 0);
    for (uint32_t wait_s = 1; wait_s < 900; wait_s *= 2) {
        check_equal(fail_at("hanako", "192.0.2.1", now_s), wait_s);
        check_equal(fail_at("hanako", "192.0.2.1", now_s + wait_s - 1), 1);
        now_s += wait_s;
        check_equal(fail_at("hanako", "192.0.2.1", now_s), 0);
    }
    for (int i = 0; i < 100; i++) {
        check_equal(fail_at("hanako", "192.0.2.1", now_s), 900);
        now_s += 900;
        check_equal(fail_at("hanako", "192.0.2.1", now_s), 0);
    }
    check_equal(table.refused, 120);
}

static void nobody_locks_out_another(void **state)
{
    char from[32];

    (void)state;
    attempts_init(&table, &key);
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(from, sizeof(from), "198.51.%d.%d", i / 250, i % 250);
        for (int turn = 0; turn < 8; turn++)
            (void)fail_at("hanako", from, NOW_S);
    }
    check_equal(fail_at("hanako", "198.51.0.1", NOW_S), 1);
    succeed("hanako", "192.0.2.1", NOW_S);
}

static void others_at_the_same_address_go_on_until_fifty_failed(void **state)
{
    char name[16];

    (void)state;
    attempts_init(&table, &key);
    for (int i = 0; i < 50; i++) {
        (void)snprintf(name, sizeof(name), "name%d", i);
        check_equal(fail_at(name, "192.0.2.1", NOW_S), 0);
    }
    check_equal(fail_at("hanako", "192.0.2.1", NOW_S), 1);
    check_equal(fail_at("hanako", "192.0.2.2", NOW_S), 0);
    for (int64_t now_s = NOW_S, i = 0; i < 50; i++) {
        (void)snprintf(name, sizeof(name), "more%d", (int)i);
        now_s += 60; /* the most an address waits */
        check_equal(fail_at(name, "192.0.2.1", now_s), 0);
    }
    for (int i = 0; i < 50; i++) { /* and after an hour of peace, as at first */
        (void)snprintf(name, sizeof(name), "late%d", i);
        check_equal(fail_at(name, "192.0.2.1", NOW_S + 7200), 0);
    }
    check_equal(fail_at("hanako", "192.0.2.1", NOW_S + 7200), 1);
}

static void a_success_forgives_the_person_and_not_the_address(void **state)
{
    (void)state;
    attempts_init(&table, &key);
    for (int i = 0; i < 4; i++)
        check_equal(fail_at("hanako", "192.0.2.1", NOW_S), 0);
    succeed("hanako", "192.0.2.1", NOW_S);
    for (int i = 0; i < 5; i++)
        check_equal(fail_at("hanako", "192.0.2.1", NOW_S), 0);
    check_equal(fail_at("hanako", "192.0.2.1", NOW_S), 1);
    /* Whoever has an account of his own gains nothing by it. */
    attempts_init(&table, &key);
    for (int i = 0; i < 50; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "name%d", i);
        check_equal(fail_at(name, "192.0.2.1", NOW_S), 0);
        if (i < 49)
            succeed("own", "192.0.2.1", NOW_S);
    }
    check_equal(fail_at("other", "192.0.2.1", NOW_S), 1);
}

static void many_at_once_are_as_many_failures(void **state)
{
    int begun = 0;

    (void)state;
    attempts_init(&table, &key);
    for (int i = 0; i < 100; i++)
        begun += fail_at("hanako", "192.0.2.1", NOW_S) == 0;
    check_equal(begun, 5);
}

static void a_subscriber_has_one_network_of_ipv6(void **state)
{
    char from[64];

    (void)state;
    attempts_init(&table, &key);
    for (int i = 0; i < 5; i++) {
        (void)snprintf(from, sizeof(from), "2001:db8:0:1::%x", i + 1);
        check_equal(fail_at("hanako", from, NOW_S), 0);
    }
    check_equal(fail_at("hanako", "2001:db8:0:1:ffff::", NOW_S), 1);
    check_equal(fail_at("hanako", "2001:db8:0:2::1", NOW_S), 0);
    check_equal(fail_at("hanako", "192.0.2.1", NOW_S), 0);
    check_equal(fail_at("hanako", "192.0.2.2", NOW_S), 0);
}

static void failures_are_forgotten_after_a_day(void **state)
{
    (void)state;
    attempts_init(&table, &key);
    for (int i = 0; i < 8; i++)
        (void)fail_at("hanako", "192.0.2.1", NOW_S + 1000 * i);
    for (int i = 0; i < 5; i++)
        check_equal(fail_at("hanako", "192.0.2.1", NOW_S + 7000 + 86400), 0);
    check_equal(fail_at("hanako", "192.0.2.1", NOW_S + 7000 + 86400), 1);
}

static void a_clock_set_back_makes_nobody_wait_longer(void **state)
{
    (void)state;
    attempts_init(&table, &key);
    for (int i = 0; i < 5; i++)
        (void)fail_at("hanako", "192.0.2.1", NOW_S);
    check_equal(fail_at("hanako", "192.0.2.1", NOW_S - 100000), 1);
}

/* A flood of names and addresses pushes out what failed once, and is counted. */
static void the_table_is_bounded_and_keeps_who_waits(void **state)
{
    char name[16], from[32];

    (void)state;
    attempts_init(&table, &key);
    for (int i = 0; i < 8; i++)
        (void)fail_at("hanako", "192.0.2.1", NOW_S + 100 * i);
    for (int i = 0; i < 60000; i++) {
        (void)snprintf(name, sizeof(name), "name%d", i);
        (void)snprintf(from, sizeof(from), "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
        check_equal(fail_at(name, from, NOW_S + 701), 0);
    }
    check(table.evicted > 0);
    check_equal(fail_at("hanako", "192.0.2.1", NOW_S + 701), 7);
}

TESTS(TEST(the_wait_doubles_after_five_failures), TEST(nobody_locks_out_another),
      TEST(others_at_the_same_address_go_on_until_fifty_failed),
      TEST(a_success_forgives_the_person_and_not_the_address),
      TEST(many_at_once_are_as_many_failures), TEST(a_subscriber_has_one_network_of_ipv6),
      TEST(failures_are_forgotten_after_a_day), TEST(a_clock_set_back_makes_nobody_wait_longer),
      TEST(the_table_is_bounded_and_keeps_who_waits))
