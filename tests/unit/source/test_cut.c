// SPDX-License-Identifier: Apache-2.0
#include "source/cut_private.h"

#include "build.h"
#include "check.h"

static struct build file = { .swapped = true };

static void put_zeros(size_t len)
{
    for (size_t i = 0; i < len; i++)
        put_u8(&file, 0);
}

static size_t put_netflow5(uint16_t count)
{
    put_u16(&file, 5);
    put_u16(&file, count);
    put_u32(&file, 1);
    put_u32(&file, 1700000005);
    put_zeros(12 + 48 * (size_t)count);
    return 24 + 48 * (size_t)count;
}

static void put_set(uint16_t id, uint16_t length)
{
    put_u16(&file, id);
    put_u16(&file, length);
    put_zeros(length - 4u);
}

static size_t put_netflow9(void)
{
    put_u16(&file, 9);
    put_u16(&file, 2);
    put_u32(&file, 1);
    put_u32(&file, 1700000009);
    put_u32(&file, 1);
    put_u32(&file, 7);
    put_set(0, 16);
    put_set(256, 12);
    return 48;
}

static size_t put_ipfix(uint16_t length)
{
    put_u16(&file, 10);
    put_u16(&file, length);
    put_u32(&file, 1700000010);
    put_zeros(length - 8u);
    return length;
}

static size_t put_sflow(uint32_t samples)
{
    size_t before = file.len;
    put_u32(&file, 5);
    put_u32(&file, 1);
    put_zeros(16);
    put_u32(&file, samples);
    for (uint32_t i = 0; i < samples; i++) {
        put_u32(&file, 1);
        put_u32(&file, 8);
        put_zeros(8);
    }
    return file.len - before;
}

static struct cursor window(void)
{
    return (struct cursor){ file.at, file.len, false };
}

static enum cut cut_one(struct cursor from, bool is_last, size_t *len)
{
    struct bytes message = { 0 };
    enum cut cut = cut_message(&from, is_last, &message);
    *len = message.len;
    return cut;
}

static void messages_of_all_kinds_are_cut_one_after_the_other(void **state)
{
    (void)state;
    size_t lengths[9];
    file.len = 0;
    lengths[0] = put_netflow5(2);
    lengths[1] = put_netflow9();
    lengths[2] = put_netflow9();
    lengths[3] = put_sflow(3);
    lengths[4] = put_netflow9();
    lengths[5] = put_ipfix(40);
    lengths[6] = put_netflow9();
    lengths[7] = put_netflow5(1);
    lengths[8] = put_netflow9();
    struct cursor rest = window();
    for (size_t i = 0; i < 9; i++) {
        struct bytes message;
        check_equal(cut_message(&rest, true, &message), CUT_GOOD);
        check_equal(message.len, lengths[i]);
    }
    check_equal(rest.left, 0);
}

static void netflow_9_ends_before_a_header_of_sflow(void **state)
{
    (void)state;
    size_t len;
    file.len = 0;
    put_netflow9();
    put_sflow(1);
    check_equal(cut_one(window(), true, &len), CUT_GOOD);
    check_equal(len, 48);
}

static void zeros_behind_netflow_9_are_its_padding(void **state)
{
    (void)state;
    size_t len;
    file.len = 0;
    put_netflow9();
    put_zeros(4);
    put_netflow9();
    check_equal(cut_one(window(), true, &len), CUT_GOOD);
    check_equal(len, 52);
}

/* The end of NetFlow 9 is known only by what follows; of the others at once. */
static void check_prefixes(size_t whole)
{
    for (size_t len = 1; len < whole; len++) {
        struct cursor prefix = { file.at, len, false };
        size_t cut;
        check_equal(cut_one(prefix, false, &cut), CUT_HUNGRY);
        if (len >= 2) {
            enum cut at_end = cut_one(prefix, true, &cut);
            /* Four octets tell an sFlow message, two the others. */
            check(at_end == CUT_REST || at_end == CUT_GOOD || len < 4);
            check(at_end == CUT_BROKEN || cut == len);
        }
    }
}

static void every_shorter_message_is_hungry_and_the_rest_at_the_end_of_a_file(void **state)
{
    (void)state;
    file.len = 0;
    check_prefixes(put_netflow5(3));
    file.len = 0;
    check_prefixes(put_netflow9());
    file.len = 0;
    check_prefixes(put_ipfix(60));
    file.len = 0;
    check_prefixes(put_sflow(2));
}

static void netflow_9_without_what_follows_is_hungry(void **state)
{
    (void)state;
    size_t len;
    file.len = 0;
    put_netflow9();
    check_equal(cut_one(window(), false, &len), CUT_HUNGRY);
    check_equal(cut_one(window(), true, &len), CUT_GOOD);
    check_equal(len, 48);
}

static void what_begins_no_message_is_broken(void **state)
{
    (void)state;
    size_t len;
    static const uint16_t versions[] = { 1, 4, 6, 7, 8, 11, 0x7b22, 0xffff };
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        file.len = 0;
        put_u16(&file, versions[i]);
        put_zeros(100);
        check_equal(cut_one(window(), true, &len), CUT_BROKEN);
        check_equal(cut_one(window(), false, &len), CUT_BROKEN);
    }
}

static void a_message_that_never_ends_is_broken_once_it_is_too_long(void **state)
{
    (void)state;
    size_t len;
    file.len = 0;
    put_netflow9();
    for (int i = 0; i < 20; i++)
        put_set(256, 4000);
    check_equal(cut_one(window(), false, &len), CUT_BROKEN);
    file.len = 0;
    put_netflow5(1400); /* more than 65,535 octets */
    check_equal(cut_one(window(), true, &len), CUT_BROKEN);
    file.len = 0;
    put_ipfix(16);
    file.at[3] = 15; /* shorter than its own header */
    put_zeros(70000);
    check_equal(cut_one(window(), true, &len), CUT_BROKEN);
}

static void messages_of_65535_octets_are_cut(void **state)
{
    (void)state;
    size_t len;
    file.len = 0;
    put_ipfix(65535);
    put_ipfix(16);
    check_equal(cut_one(window(), false, &len), CUT_GOOD);
    check_equal(len, 65535);
    file.len = 0;
    put_netflow9();
    put_set(256, 65535 - 48);
    put_netflow9();
    check_equal(cut_one(window(), false, &len), CUT_GOOD);
    check_equal(len, 65535);
}

static void lying_lengths_of_sflow_are_not_followed(void **state)
{
    (void)state;
    size_t len;
    file.len = 0;
    put_sflow(1);
    memset(file.at + 28 + 4, 0xff, 4); /* the sample's length */
    check_equal(cut_one(window(), true, &len), CUT_REST);
    file.len = 0;
    put_sflow(0);
    memset(file.at + 24, 0xff, 4); /* the number of samples */
    check_equal(cut_one(window(), true, &len), CUT_REST);
    file.len = 0;
    put_sflow(1);
    file.at[7] = 3; /* no kind of address */
    check_equal(cut_one(window(), false, &len), CUT_HUNGRY);
    put_zeros(70000);
    check_equal(cut_one(window(), false, &len), CUT_BROKEN);
}

static void over_a_connection_only_ipfix_is_taken(void **state)
{
    (void)state;
    struct bytes message;
    file.len = 0;
    put_ipfix(20);
    for (size_t len = 0; len < 20; len++) {
        struct cursor prefix = { file.at, len, false };
        check_equal(cut_ipfix(&prefix, &message), CUT_HUNGRY);
    }
    struct cursor whole = window();
    check_equal(cut_ipfix(&whole, &message), CUT_GOOD);
    check_equal(message.len, 20);
    file.at[3] = 15;
    whole = window();
    check_equal(cut_ipfix(&whole, &message), CUT_BROKEN);
    file.len = 0;
    put_netflow9();
    whole = window();
    check_equal(cut_ipfix(&whole, &message), CUT_BROKEN);
}

static void messages_tell_their_time_but_sflow(void **state)
{
    (void)state;
    file.len = 0;
    put_netflow5(0);
    check_equal(cut_time_s((struct bytes){ file.at, file.len }), 1700000005);
    file.len = 0;
    put_netflow9();
    check_equal(cut_time_s((struct bytes){ file.at, file.len }), 1700000009);
    check_equal(cut_time_s((struct bytes){ file.at, 11 }), 0);
    file.len = 0;
    put_ipfix(16);
    check_equal(cut_time_s((struct bytes){ file.at, file.len }), 1700000010);
    file.len = 0;
    put_sflow(1);
    check_equal(cut_time_s((struct bytes){ file.at, file.len }), 0);
}

static void other_datagrams_are_told_from_exports(void **state)
{
    (void)state;
    file.len = 0;
    put_ipfix(40);
    check(cut_is_datagram((struct bytes){ file.at, 40 }));
    check(!cut_is_datagram((struct bytes){ file.at, 39 }));
    file.len = 0;
    put_netflow9();
    check(cut_is_datagram((struct bytes){ file.at, file.len }));
    file.at[20] = 0;
    file.at[21] = 9; /* no set */
    check(!cut_is_datagram((struct bytes){ file.at, file.len }));
    file.len = 0;
    put_netflow5(2);
    check(cut_is_datagram((struct bytes){ file.at, file.len }));
    check(!cut_is_datagram((struct bytes){ file.at, file.len - 1 }));
    check(!cut_is_datagram(BYTES("hello")));
    check(!cut_is_datagram((struct bytes){ NULL, 0 }));
}

TESTS(TEST(messages_of_all_kinds_are_cut_one_after_the_other),
      TEST(netflow_9_ends_before_a_header_of_sflow),
      TEST(zeros_behind_netflow_9_are_its_padding),
      TEST(every_shorter_message_is_hungry_and_the_rest_at_the_end_of_a_file),
      TEST(netflow_9_without_what_follows_is_hungry), TEST(what_begins_no_message_is_broken),
      TEST(a_message_that_never_ends_is_broken_once_it_is_too_long),
      TEST(messages_of_65535_octets_are_cut), TEST(lying_lengths_of_sflow_are_not_followed),
      TEST(over_a_connection_only_ipfix_is_taken), TEST(messages_tell_their_time_but_sflow),
      TEST(other_datagrams_are_told_from_exports))
