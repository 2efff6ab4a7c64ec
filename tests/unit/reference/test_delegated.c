// SPDX-License-Identifier: Apache-2.0
#include "reference/delegated.h"

#include "check.h"

static struct delegated_row row;

static void check_next(const char *expected)
{
    struct ip_prefix prefix;
    char room[IP_TEXT_MAX];
    struct text out = text_over(room, sizeof room);
    check(delegated_next(&row, &prefix));
    ip_prefix_write(&prefix, &out);
    check_text(text_bytes(&out), expected);
}

static void check_end(void)
{
    struct ip_prefix prefix;
    check(!delegated_next(&row, &prefix));
}

static void a_row_gives_its_prefix_and_country(void **state)
{
    (void)state;
    check_equal(delegated_read(BYTES("apnic|JP|ipv4|1.0.16.0|4096|20110412|allocated"), &row),
                FAULT_NONE);
    check(memcmp(row.country, "JP", 2) == 0);
    check_next("1.0.16.0/20");
    check_end();
    check_equal(
        delegated_read(BYTES("apnic|AU|ipv6|2001:200::|35|19990813|assigned|A91\r"), &row),
        FAULT_NONE);
    check(memcmp(row.country, "AU", 2) == 0);
    check_next("2001:200::/35");
    check_end();
}

static void a_count_that_is_no_power_of_two_is_split(void **state)
{
    (void)state;
    check_equal(delegated_read(BYTES("ripencc|DE|ipv4|192.0.2.0|1792|20110412|assigned"), &row),
                FAULT_NONE);
    check_next("192.0.2.0/23");
    check_next("192.0.4.0/22");
    check_next("192.0.8.0/24");
    check_end();
    check_equal(delegated_read(BYTES("x|DE|ipv4|255.255.255.253|3||assigned"), &row),
                FAULT_NONE);
    check_next("255.255.255.253/32");
    check_next("255.255.255.254/31");
    check_end();
    check_equal(delegated_read(BYTES("x|DE|ipv4|0.0.0.0|4294967296||assigned"), &row),
                FAULT_NONE);
    check_next("0.0.0.0/0");
    check_end();
}

static void what_says_nothing_of_a_place_is_not_for_us(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "# a comment",
        "2|apnic|20210715|69856|19850701|20210714|+1000",
        "apnic|*|ipv4|*|47067|summary",
        "apnic|JP|asn|173|1|20020801|allocated",
        "apnic||ipv4|1.0.0.0|256||available",
        "apnic|ZZ|ipv4|1.0.0.0|256||reserved",
        "apnic|AP|ipv4|1.0.0.0|256|20110412|allocated",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_equal(delegated_read(bytes_of_string(rows[i]), &row), FAULT_UNSUPPORTED);
}

static void a_damaged_row_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "apnic|JP|ipv4|1.0.16.0|4096|20110412",
        "apnic|JP|ipx|1.0.16.0|4096|20110412|allocated",
        "apnic|JP|ipv4|1.0.16|4096|20110412|allocated",
        "apnic|JP|ipv4|1.0.16.0|0|20110412|allocated",
        "apnic|JP|ipv4|255.255.255.0|512|20110412|allocated",
        "apnic|JP|ipv4|2001:200::|256|20110412|allocated",
        "apnic|JP|ipv6|2001:200::|129|20110412|allocated",
        "apnic|JP|ipv6|2001:200::|0|20110412|allocated",
        "apnic|JP|ipv6|1.0.16.0|24|20110412|allocated",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum fault fault = delegated_read(bytes_of_string(rows[i]), &row);
        check(fault == FAULT_VALUE || fault == FAULT_TRUNCATED);
    }
}

TESTS(TEST(a_row_gives_its_prefix_and_country), TEST(a_count_that_is_no_power_of_two_is_split),
      TEST(what_says_nothing_of_a_place_is_not_for_us), TEST(a_damaged_row_is_refused))
