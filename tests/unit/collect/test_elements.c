// SPDX-License-Identifier: Apache-2.0
#include "collect/elements.h"

#include "collect/elements_private.h"

#include "check.h"

static const char *name_of(uint32_t enterprise, uint16_t id)
{
    const struct element *element = element_find((struct element_key){ enterprise, id });
    return element ? element->name : "none";
}

static const struct element *get(uint32_t enterprise, uint16_t id)
{
    const struct element *element = element_find((struct element_key){ enterprise, id });
    check(element);
    return element;
}

static void rows_stand_in_order_and_once(void **state)
{
    (void)state;
    for (size_t i = 1; i < element_count; i++) {
        struct element_key before = element_table[i - 1].key, here = element_table[i].key;
        check(before.enterprise < here.enterprise ||
              (before.enterprise == here.enterprise && before.id < here.id));
    }
    for (size_t i = 1; i < element_enterprise_count; i++)
        check(element_enterprises[i - 1].number < element_enterprises[i].number);
}

static void every_row_is_found_by_its_key(void **state)
{
    (void)state;
    check(element_count > 2000);
    for (size_t i = 0; i < element_count; i++) {
        check(element_find(element_table[i].key) == &element_table[i]);
        check(element_enterprise_name(element_table[i].key.enterprise));
        check(element_table[i].type < ELEMENT_TYPES);
        check(element_table[i].name[0]);
    }
}

static void an_element_of_iana_has_its_type_and_size(void **state)
{
    (void)state;
    assert_string_equal(name_of(0, 8), "sourceIPv4Address");
    check_equal(get(0, 8)->type, ELEMENT_IPV4);
    check_equal(get(0, 8)->octets, 4);
    check_equal(get(0, 27)->octets, 16);
    check_equal(get(0, 1)->type, ELEMENT_UNSIGNED);
    check_equal(get(0, 1)->octets, 8);
    check_equal(get(0, 152)->type, ELEMENT_MILLISECONDS);
    check_equal(get(0, 150)->octets, 4);
    check_equal(get(0, 291)->type, ELEMENT_BASIC_LIST);
    check_equal(get(0, 82)->type, ELEMENT_STRING);
    check_equal(get(0, 82)->octets, 0);
}

static void a_reverse_element_is_found_under_the_name_of_the_forward_one(void **state)
{
    (void)state;
    check(get(ELEMENT_REVERSE, 1) == get(0, 1));
    assert_string_equal(name_of(ELEMENT_REVERSE, 32700), "none");
}

static void elements_of_vendors_are_found_by_their_enterprise(void **state)
{
    (void)state;
    assert_string_equal(name_of(9, 12236), "clientIPv4Address");
    assert_string_equal(name_of(2636, 137), "commonProperties");
    assert_string_equal(name_of(35632, 188), "SSL_SERVER_NAME");
    assert_string_equal(name_of(6876, 888), "egressInterfaceAttr");
    assert_string_equal(name_of(6871, 14), "initialTCPFlags");
    assert_string_equal(name_of(10704, 4), "fwRule");
    assert_string_equal(name_of(5951, 128), "roundTripTime");
    assert_string_equal(name_of(3054, 110), "l7ApplicationId");
}

static void fields_of_netflow9_above_32767_have_a_table_of_their_own(void **state)
{
    (void)state;
    assert_string_equal(name_of(ELEMENT_NETFLOW9, 56701), "APP_ID");
    assert_string_equal(name_of(ELEMENT_NETFLOW9, 57590), "L7_PROTO");
    assert_string_equal(name_of(ELEMENT_NETFLOW9, 40001), "xlateSourceIPv4Address");
    assert_string_equal(name_of(ELEMENT_NETFLOW9, 33002), "fwExtEvent");
    assert_string_equal(name_of(0, 56701), "none");
    check(element_find((struct element_key){ ELEMENT_NETFLOW9, 8 }) == NULL);
}

static void what_is_in_no_table_is_not_found(void **state)
{
    (void)state;
    assert_string_equal(name_of(0, 0), "none");
    assert_string_equal(name_of(0, 32767), "none");
    assert_string_equal(name_of(ELEMENT_NETFLOW9, 65535), "none");
    assert_string_equal(name_of(424242, 1), "none");
}

static void an_enterprise_has_a_name_even_without_elements(void **state)
{
    (void)state;
    assert_string_equal(element_enterprise_name(9), "Cisco");
    assert_string_equal(element_enterprise_name(2011), "Huawei");
    assert_string_equal(element_enterprise_name(12356), "Fortinet");
    assert_string_equal(element_enterprise_name(25461), "Palo Alto Networks");
    assert_string_equal(element_enterprise_name(ELEMENT_NETFLOW9), "NetFlow v9");
    check(element_enterprise_name(424242) == NULL);
}

TESTS(TEST(rows_stand_in_order_and_once), TEST(every_row_is_found_by_its_key),
      TEST(an_element_of_iana_has_its_type_and_size),
      TEST(a_reverse_element_is_found_under_the_name_of_the_forward_one),
      TEST(elements_of_vendors_are_found_by_their_enterprise),
      TEST(fields_of_netflow9_above_32767_have_a_table_of_their_own),
      TEST(what_is_in_no_table_is_not_found),
      TEST(an_enterprise_has_a_name_even_without_elements))
