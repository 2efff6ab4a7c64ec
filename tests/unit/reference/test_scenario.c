// SPDX-License-Identifier: Apache-2.0
#include "reference/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/time.h"
#include "check.h"

static const char head[] = "title: T\nstart: 2026-06-01T00:00:00Z\nduration: 2h\n";
static const char body[] = "networks:\n  own:\n    - { prefix: 10.0.0.0/16, name: N }\n"
                           "actors:\n  - { name: one, kind: web }\n";

static uint8_t memory[SCENARIO_MEMORY];
static struct scenario scenario;
static struct error err;

/* Loads three texts written one behind the other. */
static bool load(const char *a, const char *b, const char *c)
{
    char path[] = "/tmp/scenario-test-XXXXXX";
    int fd = mkstemp(path);
    check(fd >= 0);
    FILE *file = fdopen(fd, "w");
    fprintf(file, "%s%s%s", a, b, c);
    check(fclose(file) == 0);
    struct arena arena = arena_over(memory, sizeof memory);
    bool is_loaded = scenario_load(path, &arena, &scenario, &err);
    (void)unlink(path);
    return is_loaded;
}

static void check_refused(const char *words)
{
    if (!strstr(err.text, words))
        print_error("\"%s\" does not say \"%s\"\n", err.text, words);
    check(strstr(err.text, words) != NULL);
    check(strstr(err.text, "/tmp/scenario-test-") != NULL);
}

static void a_scenario_is_read_with_defaults_filled_in(void **state)
{
    (void)state;
    check(load(head, "seed: 9\nlines: 20\n", body));
    check_text(scenario.title, "T");
    check(scenario.start_ns == INT64_C(1780272000) * TIME_SECOND_NS);
    check(scenario.duration_ns == 7200 * TIME_SECOND_NS);
    check(scenario.seed == 9);
    check_equal(scenario.network_count, 1);
    check_equal(scenario.networks[0].place, PLACE_OWN);
    check_equal(scenario.networks[0].prefix.len, 112);
    check_equal(scenario.actor_count, 1);
    check_text(scenario.actors[0].group, "one");
    check_equal(scenario.actors[0].port, 443);
    check(scenario.actors[0].interval_ns == 600 * TIME_SECOND_NS);
    check_equal(scenario.actors[0].place, PLACE_FOREIGN);
}

static void a_field_nobody_knows_is_named(void **state)
{
    (void)state;
    check(!load(head, "colour: blue\n", body));
    check_refused("colour");
    check(!load(head, body, "  - { name: two, kind: web, size: 3 }\n"));
    check_refused("size");
}

static void a_missing_field_is_named(void **state)
{
    (void)state;
    check(!load("title: T\nduration: 1h\n", "", body));
    check_refused("start");
    check(!load(head, "", "networks: {}\n"));
    check_refused("actors");
}

static void a_wrong_value_is_named_with_its_actor(void **state)
{
    (void)state;
    check(!load(head, body, "  - { name: two, kind: werewolf }\n"));
    check_refused("kind");
    check(!load(head, body, "  - { name: two, kind: web, interval: soon }\n"));
    check_refused("actor \"two\": \"soon\" is not a length of time");
    check(!load(head, body, "  - { name: two, kind: web, jitter_percent: 101 }\n"));
    check_refused("actor \"two\".jitter_percent: 101 is more than 100");
    check(!load(head, body, "  - { name: two, kind: web, port: 65536 }\n"));
    check_refused("port");
    check(!load(head, "lines: -3\n", body));
    check_refused("lines");
}

static void addresses_that_belong_to_somebody_are_refused(void **state)
{
    (void)state;
    static const char *const belong[] = { "8.8.8.0/24", "192.0.0.0/16", "0.0.0.0/0",
                                          "2001:4860::/32" };
    for (size_t i = 0; i < sizeof belong / sizeof *belong; i++) {
        char line[200];
        (void)snprintf(line, sizeof line,
                       "networks:\n  foreign:\n    - { prefix: \"%s\" }\n"
                       "actors:\n  - { name: one, kind: web }\n",
                       belong[i]);
        check(!load(head, "", line));
        check_refused("is not set aside");
    }
}

static void what_is_no_scenario_is_refused(void **state)
{
    (void)state;
    check(!load("", "", ""));
    check_refused("");
    check(!load("\x01\x02 {{{{", "", ""));
    check_refused("");
    struct arena arena = arena_over(memory, sizeof memory);
    check(!scenario_load("/tmp/there-is-no-such-file.yaml", &arena, &scenario, &err));
    check(strstr(err.text, "No such file") != NULL);
    arena = arena_over(memory, sizeof memory);
    check(!scenario_load("/tmp", &arena, &scenario, &err));
}

TESTS(TEST(a_scenario_is_read_with_defaults_filled_in), TEST(a_field_nobody_knows_is_named),
      TEST(a_missing_field_is_named), TEST(a_wrong_value_is_named_with_its_actor),
      TEST(addresses_that_belong_to_somebody_are_refused), TEST(what_is_no_scenario_is_refused))
