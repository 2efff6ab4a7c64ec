// SPDX-License-Identifier: Apache-2.0
#include "reference/pollers.h"

#include "temporary.h"

static struct error err;

static bool load(const char *yaml, struct pollers *out)
{
    struct temporary file = temporary_file("pollers.yaml", bytes_of_string(yaml));
    bool is_loaded = pollers_load(file.path, out, &err);
    temporary_remove(&file);
    return is_loaded;
}

static void names_are_read_with_their_class(void **state)
{
    (void)state;
    struct pollers pollers;
    check(load("pollers:\n"
               "  - { suffix: time.example.net, class: time, reason: \"a clock\" }\n"
               "  - { suffix: example.org, class: portal, reason: \"a probe\" }\n",
               &pollers));
    check_equal(pollers.count, 2);
    check_equal(pollers.names[0].poller_class, POLLER_TIME);
    check(bytes_equal(fact_name_bytes(&pollers.names[0].suffix), BYTES("time.example.net")));
    check_equal(pollers.names[1].poller_class, POLLER_PORTAL);
    pollers_free(&pollers);
    check_equal(pollers.count, 0);
}

static void what_would_name_too_much_or_nothing_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = { "com",  ".com",        "example.com.",
                                         "a..b", "Example.com", "*.example.com",
                                         "-" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char yaml[256];
        struct pollers pollers;
        check(snprintf(yaml, sizeof yaml,
                       "pollers:\n  - { suffix: \"%s\", class: time, reason: \"no\" }\n",
                       wrong[i]) > 0);
        check(!load(yaml, &pollers));
        check(strstr(err.text, "pollers[0]") != NULL);
    }
}

static void a_class_and_a_reason_are_needed(void **state)
{
    (void)state;
    struct pollers pollers;
    check(!load("pollers:\n  - { suffix: example.org, class: time }\n", &pollers));
    check(!load("pollers:\n  - { suffix: example.org, reason: \"no class\" }\n", &pollers));
    check(!load("pollers:\n  - { suffix: example.org, class: friend, reason: \"x\" }\n",
                &pollers));
}

static void the_shipped_file_is_good(void **state)
{
    (void)state;
    struct pollers pollers;
    const char *law = getenv("SEKISHO_LAW_DIR");
    char path[4096];
    check(law != NULL);
    check(snprintf(path, sizeof path, "%s/../data/pollers.yaml", law) > 0);
    check(pollers_load(path, &pollers, &err));
    check(pollers.count >= 50);
    bool classes[POLLER_CLASSES] = { [POLLER_NONE] = true };
    for (size_t i = 0; i < pollers.count; i++)
        classes[pollers.names[i].poller_class] = true;
    for (size_t i = 0; i < POLLER_CLASSES; i++)
        check(classes[i]);
    pollers_free(&pollers);
}

TESTS(TEST(names_are_read_with_their_class),
      TEST(what_would_name_too_much_or_nothing_is_refused),
      TEST(a_class_and_a_reason_are_needed), TEST(the_shipped_file_is_good))
