// SPDX-License-Identifier: Apache-2.0
#include "reference/prefixes.h"
#include "temporary.h"

static struct error err;

static bool load(const char *yaml, const struct places **out)
{
    struct temporary file = temporary_file("networks.yaml", bytes_of_string(yaml));
    struct prefix_files files = { .networks = file.path, .country = { 'J', 'P' } };
    bool is_loaded = prefixes_load(&files, out, &err);
    temporary_remove(&file);
    return is_loaded;
}

static enum place find(const struct places *places, const char *words)
{
    struct ip_address address;
    check(ip_read(bytes_of_string(words), &address));
    return places_find(places, &address).place;
}

static void networks_are_read_with_their_places(void **state)
{
    (void)state;
    const struct places *places = NULL;
    check(load("own:\n"
               "  - prefix: 192.0.2.0/24\n"
               "    name: office\n"
               "  - { prefix: \"2001:db8::/32\" }\n"
               "domestic: [ { prefix: 198.51.100.0/24 } ]\n"
               "foreign:\n"
               "  - prefix: 0.0.0.0/0\n",
               &places));
    check_equal(places_count(places), 4);
    check_equal(find(places, "192.0.2.1"), PLACE_OWN);
    check_equal(find(places, "2001:db8::1"), PLACE_OWN);
    check_equal(find(places, "198.51.100.1"), PLACE_DOMESTIC);
    check_equal(find(places, "203.0.113.1"), PLACE_FOREIGN);
    check_equal(find(places, "2001:db9::1"), PLACE_UNKNOWN);
}

static struct place_label find_label(const struct places *places, const char *words)
{
    struct ip_address address;
    check(ip_read(bytes_of_string(words), &address));
    return places_find(places, &address);
}

static void a_prefix_may_carry_a_class(void **state)
{
    (void)state;
    const struct places *places = NULL;
    check(load("own:\n"
               "  - { prefix: 192.0.2.0/24, class: fixed }\n"
               "domestic: [ { prefix: 198.51.100.0/24, name: pool, class: shared } ]\n"
               "foreign: [ { prefix: 203.0.113.0/24 } ]\n"
               "anywhere:\n"
               "  - { prefix: 192.0.2.128/25, class: unused }\n"
               "  - { prefix: 203.0.113.7/32, class: public-relay }\n",
               &places));
    check_equal(find_label(places, "192.0.2.1").line_class, CLASS_FIXED);
    check_equal(find_label(places, "192.0.2.129").line_class, CLASS_UNUSED);
    check_equal(find_label(places, "192.0.2.129").place, PLACE_OWN);
    check_equal(find_label(places, "198.51.100.1").line_class, CLASS_SHARED);
    check_equal(find_label(places, "203.0.113.1").line_class, CLASS_UNKNOWN);
    check_equal(find_label(places, "203.0.113.7").line_class, CLASS_PUBLIC_RELAY);
    check_equal(find_label(places, "203.0.113.7").place, PLACE_FOREIGN);
}

static void an_unknown_class_is_refused(void **state)
{
    (void)state;
    const struct places *places = NULL;
    check(!load("own: [ { prefix: 192.0.2.0/24, class: dark } ]\n", &places));
    check(strstr(err.text, "networks.yaml: ") != NULL);
    check(strstr(err.text, "dark") != NULL);
}

static void a_list_may_be_missing(void **state)
{
    (void)state;
    const struct places *places = NULL;
    check(load("own: [ { prefix: 192.0.2.0/24 } ]\n", &places));
    check_equal(places_count(places), 1);
    check(!places_tell_border(places));
}

static void a_bad_prefix_is_told_with_file_and_entry(void **state)
{
    (void)state;
    const struct places *places = NULL;
    check(!load("own:\n  - prefix: 192.0.2.0/24\n  - prefix: 192.0.2.1/24\n", &places));
    check(strstr(err.text, "networks.yaml: own[1]: '192.0.2.1/24' is not a prefix") != NULL);
}

static void a_file_of_another_form_is_told_with_its_place(void **state)
{
    (void)state;
    const struct places *places = NULL;
    check(!load("owns: [ { prefix: 192.0.2.0/24 } ]\n", &places));
    check(strstr(err.text, "networks.yaml: ") != NULL);
    check(strstr(err.text, "owns") != NULL);
    check(strstr(err.text, "line: 1") != NULL);
    check(!load("own: [ { name: office } ]\n", &places));
    check(strstr(err.text, "prefix") != NULL);
    check(!load("own: [ { prefix: 192.0.2.0/24\n", &places));
    check(strstr(err.text, "networks.yaml: ") != NULL);
    check(!prefixes_load(&(struct prefix_files){ .networks = "/nonexistent.yaml" }, &places,
                         &err));
    check(strstr(err.text, "/nonexistent.yaml") != NULL);
}

static void registries_fill_the_table_by_country(void **state)
{
    (void)state;
    static const char rows[] = "2|apnic|20210715|2|19850701|20210714|+1000\n"
                               "apnic|JP|ipv4|198.51.100.0|256|20110412|allocated\n"
                               "arin|US|ipv4|203.0.113.0|256|20110412|allocated\n";
    struct temporary file = temporary_file("delegated", BYTES(rows));
    const char *path = file.path;
    struct prefix_files files = { .registries = &path,
                                  .registry_count = 1,
                                  .country = { 'J', 'P' } };
    const struct places *places = NULL;
    check(prefixes_load(&files, &places, &err));
    check_equal(find(places, "198.51.100.1"), PLACE_DOMESTIC);
    check_equal(find(places, "203.0.113.1"), PLACE_FOREIGN);
    temporary_remove(&file);
}

static void a_damaged_registry_file_fails_with_its_line(void **state)
{
    (void)state;
    struct temporary file = temporary_file(
        "delegated", BYTES("apnic|JP|ipv4|198.51.100.0|256|20110412|allocated\napnic|JP|ip"));
    const char *path = file.path;
    struct prefix_files files = { .registries = &path,
                                  .registry_count = 1,
                                  .country = { 'J', 'P' } };
    const struct places *places = NULL;
    check(!prefixes_load(&files, &places, &err));
    check(strstr(err.text, "delegated:2: ") != NULL);
    temporary_remove(&file);
}

TESTS(TEST(networks_are_read_with_their_places), TEST(a_prefix_may_carry_a_class),
      TEST(an_unknown_class_is_refused), TEST(a_list_may_be_missing),
      TEST(a_bad_prefix_is_told_with_file_and_entry),
      TEST(a_file_of_another_form_is_told_with_its_place),
      TEST(registries_fill_the_table_by_country),
      TEST(a_damaged_registry_file_fails_with_its_line))
