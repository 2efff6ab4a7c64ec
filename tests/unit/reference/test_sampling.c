// SPDX-License-Identifier: Apache-2.0
#include "reference/sampling.h"

#include "temporary.h"

static struct error err;

static bool load(const char *yaml, struct sampling_rules *out)
{
    struct temporary file = temporary_file("sampling.yaml", bytes_of_string(yaml));
    bool is_loaded = sampling_rules_load(file.path, out, &err);
    temporary_remove(&file);
    return is_loaded;
}

static void rules_are_read_in_their_order(void **state)
{
    (void)state;
    struct sampling_rules rules;
    check(load("# ours\n"
               "sampling:\n"
               "  - exporter: 192.0.2.0/24\n"
               "    interface: 12\n"
               "    rate: 1000\n"
               "    override: true\n"
               "  - { exporter: \"2001:db8::1\", rate: 1 }\n"
               "  - rate: 512\n",
               &rules));
    check_equal(rules.count, 3);
    check_equal(rules.rules[0].exporter.len, 120);
    check_equal(rules.rules[0].interface, 12);
    check_equal(rules.rules[0].rate, 1000);
    check(rules.rules[0].overrides);
    check_equal(rules.rules[1].exporter.len, 128);
    check_equal(rules.rules[1].rate, 1);
    check(!rules.rules[1].overrides);
    struct ip_address nobody = { 0 };
    check(ip_prefix_holds(&rules.rules[2].exporter, &nobody)); /* files tell no address */
    sampling_rules_free(&rules);
}

static void no_rules_are_rules_too(void **state)
{
    (void)state;
    struct sampling_rules rules;
    check(load("sampling: []\n", &rules));
    check_equal(rules.count, 0);
    sampling_rules_free(&rules);
}

static void a_bad_entry_is_told_with_file_and_line(void **state)
{
    (void)state;
    struct sampling_rules rules;
    check(!load("---\nsampling:\n  - rate: 1\n\n  - exporter: 192.0.2.1/24\n    rate: 2\n",
                &rules));
    check(strstr(err.text, "sampling.yaml:5: sampling[1]: the exporter is not") != NULL);
    check(!load("sampling:\n  - rate: 0\n", &rules));
    check(strstr(err.text, "sampling.yaml:2: sampling[0]: a rate is 1") != NULL);
}

static void a_file_of_another_form_is_told_with_its_place(void **state)
{
    (void)state;
    struct sampling_rules rules;
    check(!load("sampling:\n  - exporter: 192.0.2.1\n", &rules));
    check(strstr(err.text, "rate") != NULL);
    check(!load("sampling:\n  - rate: many\n", &rules));
    check(strstr(err.text, "line: 2") != NULL);
    check(!load("sampling:\n  - rate: 99999999999999\n", &rules));
    check(!load("sampling:\n  - rate: 1\n    colour: red\n", &rules));
    check(strstr(err.text, "colour") != NULL);
    check(!sampling_rules_load("/nonexistent/sampling.yaml", &rules, &err));
}

TESTS(TEST(rules_are_read_in_their_order), TEST(no_rules_are_rules_too),
      TEST(a_bad_entry_is_told_with_file_and_line),
      TEST(a_file_of_another_form_is_told_with_its_place))
