// SPDX-License-Identifier: Apache-2.0
#include "check.h"

#include "model/field.h"

static void every_field_is_of_class_1_2_or_3_and_none_of_class_4(void **state)
{
    (void)state;
    size_t count = 0;
    const struct field *fields = field_table(&count);
    check(count > 100);
    for (size_t i = 0; i < count; i++)
        check(fields[i].kind == INFORMATION_EQUIPMENT ||
              fields[i].kind == INFORMATION_COMMAND || fields[i].kind == INFORMATION_OTHER);
}

static void every_field_says_what_it_means(void **state)
{
    (void)state;
    size_t count = 0;
    const struct field *fields = field_table(&count);
    for (size_t i = 0; i < count; i++)
        check(strlen(fields[i].meaning) > 0);
}

static void no_field_has_room_for_a_message(void **state)
{
    (void)state;
    size_t count = 0;
    const struct field *fields = field_table(&count);
    for (size_t i = 0; i < count; i++)
        check(fields[i].octets <= FACT_KEX_LIST_MAX);
}

static void addresses_ports_times_and_names_are_of_class_1(void **state)
{
    (void)state;
    check_equal(field_find("packet", "source")->kind, INFORMATION_EQUIPMENT);
    check_equal(field_find("flow", "responder_port")->kind, INFORMATION_EQUIPMENT);
    check_equal(field_find("dns_fact", "query_name")->kind, INFORMATION_EQUIPMENT);
    check_equal(field_find("packet", "octets")->kind, INFORMATION_OTHER);
}

static void content_is_not_found(void **state)
{
    (void)state;
    check(field_find("packet", "payload") == NULL);
    check(field_find("http_fact", "body") == NULL);
}

TESTS(TEST(every_field_is_of_class_1_2_or_3_and_none_of_class_4),
      TEST(every_field_says_what_it_means), TEST(no_field_has_room_for_a_message),
      TEST(addresses_ports_times_and_names_are_of_class_1), TEST(content_is_not_found))
