// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "database/database_private.h"

static size_t dropped;

static void drop(struct database *database, struct database_kept *kept)
{
    (void)database;
    check(kept->made != NULL);
    dropped++;
}

static struct database_cache *new_cache(void)
{
    struct database_cache *cache = calloc(1, sizeof *cache);
    assert_non_null(cache);
    cache->drop = drop;
    dropped = 0;
    return cache;
}

static void end(struct database_cache *cache)
{
    database_cache_clear(NULL, cache);
    free(cache);
}

static void parameters_outside_quotes_are_counted(void **state)
{
    (void)state;
    check_equal(database_count_parameters("SELECT 1"), 0);
    check_equal(database_count_parameters("SELECT $1, $3, $2, $1"), 3);
    check_equal(database_count_parameters("SELECT '$9', \"$8\", 'it''s $7', $12"), 12);
    check_equal(database_count_parameters("SELECT '$9"), 0);
    check(database_count_parameters("$99999999999999999999999") > DATABASE_VALUES_MAX);
}

static void the_same_text_at_two_addresses_is_one_statement(void **state)
{
    (void)state;
    struct database_cache *cache = new_cache();
    char first[] = "SELECT 1", second[] = "SELECT 1";
    struct database_kept *kept = database_cache_find(NULL, cache, first);
    kept->made = cache;
    check(database_cache_find(NULL, cache, second) == kept);
    check(database_cache_find(NULL, cache, "SELECT 2") != kept);
    end(cache);
    check_equal(dropped, 1);
}

static void one_that_is_being_read_is_not_given_again(void **state)
{
    (void)state;
    struct database_cache *cache = new_cache();
    struct database_kept *kept = database_cache_find(NULL, cache, "SELECT 1");
    kept->is_busy = true;
    struct database_kept *other = database_cache_find(NULL, cache, "SELECT 1");
    check(other != NULL && other != kept);
    end(cache);
}

static void the_least_used_makes_room(void **state)
{
    (void)state;
    struct database_cache *cache = new_cache();
    char sql[32];
    for (int i = 0; i < DATABASE_KEPT + 10; i++) {
        (void)snprintf(sql, sizeof sql, "SELECT %d", i);
        database_cache_find(NULL, cache, sql)->made = cache;
        check(database_cache_find(NULL, cache, "SELECT 0")->made == cache);
    }
    check_equal(dropped, 10);
    end(cache);
}

static void none_is_given_when_all_are_being_read(void **state)
{
    (void)state;
    struct database_cache *cache = new_cache();
    for (int i = 0; i < DATABASE_KEPT; i++)
        database_cache_find(NULL, cache, "SELECT 1")->is_busy = true;
    check(database_cache_find(NULL, cache, "SELECT 1") == NULL);
    end(cache);
}

TESTS(TEST(parameters_outside_quotes_are_counted),
      TEST(the_same_text_at_two_addresses_is_one_statement),
      TEST(one_that_is_being_read_is_not_given_again), TEST(the_least_used_makes_room),
      TEST(none_is_given_when_all_are_being_read))
