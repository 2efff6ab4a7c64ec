// SPDX-License-Identifier: Apache-2.0
#include "decode/parsers.h"

#include "check.h"

enum { MESSAGE_MAX = 4096 };

struct message {
    size_t len;
    uint8_t at[MESSAGE_MAX];
};

static struct bytes bytes_of(const struct message *message)
{
    return (struct bytes){ message->at, message->len };
}

static void put(struct message *message, const void *at, size_t len)
{
    memcpy(message->at + message->len, at, len);
    message->len += len;
}

#define PUT(message, literal) put(message, literal, sizeof(literal) - 1)

static void put_be16(struct message *message, unsigned value)
{
    put(message, (const uint8_t[]){ (uint8_t)(value >> 8), (uint8_t)value }, 2);
}

static struct message header(unsigned flags, unsigned questions, unsigned answers)
{
    struct message message = { .len = 0 };
    put_be16(&message, 0x1234);
    put_be16(&message, flags);
    put_be16(&message, questions);
    put_be16(&message, answers);
    put_be16(&message, 0);
    put_be16(&message, 0);
    return message;
}

#define QUESTION_NAME "\3wWw\7Example\3org\0"
#define IN_A "\0\1\0\1"

static struct message good_query(void)
{
    struct message message = header(0x0100, 1, 0);
    PUT(&message, QUESTION_NAME IN_A);
    return message;
}

/* www.example.org CNAME cdn.example.org, which has an A and an AAAA record. */
static struct message good_response(void)
{
    struct message message = header(0x8583, 1, 3);
    PUT(&message, QUESTION_NAME IN_A);
    PUT(&message, "\xc0\x0c\0\5\0\1\0\0\1\0\0\6\3cdn\xc0\x10");
    PUT(&message, "\xc0\x2d\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\7");
    PUT(&message, "\xc0\x2d\0\x1c\0\1\0\0\0\x3d\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1");
    return message;
}

static enum fault read_message(const struct message *message, struct dns_fact *out)
{
    struct fact fact;
    enum fault fault = dns_read(bytes_of(message), &fact);
    if (!fault) {
        check_equal(fact.kind, FACT_DNS);
        *out = fact.dns;
    }
    return fault;
}

static void check_address(const struct dns_answer *answer, const char *expected)
{
    char room[IP_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    ip_write(&answer->address, &text);
    check_text(text_bytes(&text), expected);
}

static void a_query_is_read(void **state)
{
    (void)state;
    struct message message = good_query();
    struct dns_fact dns;
    check_equal(read_message(&message, &dns), FAULT_NONE);
    check_text(fact_name_bytes(&dns.query_name), "www.example.org");
    check_equal(dns.transaction, 0x1234);
    check_equal(dns.query_type, 1);
    check_equal(dns.query_class, 1);
    check_equal(dns.response_octets, 0);
    check(!dns.is_response);
    check_equal(dns.canonical_name.len, 0);
}

static void a_response_is_read_with_its_answers(void **state)
{
    (void)state;
    struct message message = good_response();
    struct dns_fact dns;
    check_equal(read_message(&message, &dns), FAULT_NONE);
    check(dns.is_response && dns.is_authoritative && !dns.is_truncated);
    check_equal(dns.response_code, 3);
    check_equal(dns.answer_records, 3);
    check_equal(dns.response_octets, message.len);
    check_text(fact_name_bytes(&dns.canonical_name), "cdn.example.org");
    check_equal(dns.answer_count, 2);
    check_address(&dns.answers[0], "192.0.2.7");
    check_equal(dns.answers[0].ttl_s, 60);
    check_address(&dns.answers[1], "2001:db8::1");
    check_equal(dns.answers[1].ttl_s, 61);
}

static void every_message_without_its_whole_question_is_truncated(void **state)
{
    (void)state;
    struct message whole = good_query();
    for (size_t len = 0; len < whole.len; len++) {
        struct message shorter = whole;
        shorter.len = len;
        struct dns_fact dns;
        check_equal(read_message(&shorter, &dns), FAULT_TRUNCATED);
    }
}

static void a_response_cut_in_its_answers_tells_what_is_there(void **state)
{
    (void)state;
    struct message whole = good_response();
    for (size_t len = good_query().len; len < whole.len; len++) {
        struct message shorter = whole;
        shorter.len = len;
        struct dns_fact dns;
        check_equal(read_message(&shorter, &dns), FAULT_NONE);
        check_text(fact_name_bytes(&dns.query_name), "www.example.org");
        check_equal(dns.answer_records, 3);
        check_equal(dns.answer_count, len < 67 ? 0 : 1);
        check_equal(dns.canonical_name.len, len < 51 ? 0 : 15);
    }
}

static void nothing_is_written_with_a_fault(void **state)
{
    (void)state;
    struct message message = good_query();
    message.len--;
    struct fact fact, before;
    memset(&fact, 0x5a, sizeof fact);
    before = fact;
    check_equal(dns_read(bytes_of(&message), &fact), FAULT_TRUNCATED);
    check_equal(memcmp(&fact, &before, sizeof fact), 0);
}

static void counts_that_lie_end_where_the_message_ends(void **state)
{
    (void)state;
    struct message message = good_response();
    message.at[6] = message.at[7] = 0xff;
    struct dns_fact dns;
    check_equal(read_message(&message, &dns), FAULT_NONE);
    check_equal(dns.answer_records, 0xffff);
    check_equal(dns.answer_count, 2);
}

static void only_the_first_eight_addresses_are_kept(void **state)
{
    (void)state;
    struct message message = header(0x8180, 1, 9);
    PUT(&message, QUESTION_NAME IN_A);
    for (uint8_t i = 1; i <= 9; i++) {
        PUT(&message, "\xc0\x0c\0\1\0\1\xff\0\0\x3c\0\4\xc0\0\2");
        put(&message, &i, 1);
    }
    struct dns_fact dns;
    check_equal(read_message(&message, &dns), FAULT_NONE);
    check_equal(dns.answer_count, 8);
    check_address(&dns.answers[7], "192.0.2.8");
    check_equal(dns.answers[7].ttl_s, 0); /* top bit set: RFC 2181 8 */
}

static void records_of_other_classes_and_lengths_are_no_addresses(void **state)
{
    (void)state;
    struct message message = header(0x8180, 1, 3);
    PUT(&message, QUESTION_NAME IN_A);
    PUT(&message, "\xc0\x0c\0\1\0\3\0\0\0\x3c\0\4\xc0\0\2\7");
    PUT(&message, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\3\xc0\0\2");
    PUT(&message, "\xc0\x0c\0\x1c\0\1\0\0\0\x3c\0\4\xc0\0\2\7");
    struct dns_fact dns;
    check_equal(read_message(&message, &dns), FAULT_NONE);
    check_equal(dns.answer_count, 0);
}

static void a_compression_loop_in_an_answer_costs_only_that_name(void **state)
{
    (void)state;
    struct message message = header(0x8180, 1, 2);
    PUT(&message, QUESTION_NAME IN_A);
    PUT(&message, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\7");
    PUT(&message, "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\2\xc0\x3d"); /* points to itself */
    struct dns_fact dns;
    check_equal(read_message(&message, &dns), FAULT_NONE);
    check_equal(dns.canonical_name.len, 0);
    check_equal(dns.answer_count, 1);
}

/* The CNAME's target, 49 octets into the message, as given. */
static struct message with_target(const char *target, size_t len)
{
    struct message message = header(0x8180, 1, 1);
    PUT(&message, QUESTION_NAME IN_A "\xc0\x0c\0\5\0\1\0\0\0\x3c");
    put_be16(&message, (unsigned)len);
    put(&message, target, len);
    return message;
}

#define TARGET_LEN(literal) canonical_len(literal, sizeof(literal) - 1)

static size_t canonical_len(const char *target, size_t len)
{
    struct message message = with_target(target, len);
    struct dns_fact dns;
    check_equal(read_message(&message, &dns), FAULT_NONE);
    return dns.canonical_name.len;
}

static void pointers_go_only_backwards(void **state)
{
    (void)state;
    check_equal(TARGET_LEN("\xc0\x0c"), 15);
    check_equal(TARGET_LEN("\1a\xc0\x0c"), 17);
    check_equal(TARGET_LEN("\xc0\x2d"), 0);      /* itself */
    check_equal(TARGET_LEN("\1a\xc0\x2d"), 0);   /* the start of its own run */
    check_equal(TARGET_LEN("\xc0\x2f\1a\0"), 0); /* forwards */
    check_equal(TARGET_LEN("\xc0\x00"), 0);      /* into the header */
    check_equal(TARGET_LEN("\xff\xff"), 0);      /* past the end */
    check_equal(TARGET_LEN("\xc0"), 0);          /* half a pointer */
}

static void pointers_are_limited_in_number(void **state)
{
    (void)state;
    /* A chain of pointers, each to the one before; the name starts at the last. */
    struct message message = header(0x8180, 1, 2);
    PUT(&message, "\1a\0" IN_A);
    PUT(&message, "\0\0\x10\0\1\0\0\0\0");
    put_be16(&message, 40);
    size_t chain = message.len;
    for (size_t i = 0; i < 20; i++)
        put_be16(&message, 0xc000 | (i == 0 ? 12 : (unsigned)(chain + 2 * (i - 1))));
    PUT(&message, "\0\0\5\0\1\0\0\0\0\0\2");
    size_t target = message.len;
    for (unsigned jumps = 1; jumps <= 19; jumps++) {
        message.len = target;
        put_be16(&message, 0xc000 | (unsigned)(chain + 2 * (size_t)jumps));
        struct dns_fact dns;
        check_equal(read_message(&message, &dns), FAULT_NONE);
        check_equal(dns.canonical_name.len, jumps + 2 <= 16 ? 1 : 0);
    }
}

static void a_pointer_in_the_question_has_nowhere_to_go(void **state)
{
    (void)state;
    struct message message = header(0x0100, 1, 0);
    PUT(&message, "\1a\xc0\x0c" IN_A);
    struct dns_fact dns;
    check_equal(read_message(&message, &dns), FAULT_VALUE);
}

static void labels_of_64_to_191_octets_are_refused(void **state)
{
    (void)state;
    for (unsigned len = 64; len < 192; len++) {
        struct message message = header(0x0100, 1, 0);
        put(&message, &(uint8_t){ (uint8_t)len }, 1);
        message.len += 300;
        struct dns_fact dns;
        check_equal(read_message(&message, &dns), FAULT_VALUE);
    }
}

/* Labels of 63 octets three times, then the last one, and the root. */
static struct message with_long_name(uint8_t last, uint8_t fill)
{
    struct message message = header(0x0100, 1, 0);
    uint8_t label[64];
    memset(label, fill, sizeof label);
    for (size_t i = 0; i < 4; i++) {
        label[0] = i < 3 ? 63 : last;
        put(&message, label, 1 + (size_t)label[0]);
    }
    PUT(&message, "\0" IN_A);
    return message;
}

static void names_have_at_most_255_octets(void **state)
{
    (void)state;
    struct dns_fact dns;
    struct message longest = with_long_name(61, 'A');
    check_equal(read_message(&longest, &dns), FAULT_NONE);
    check_equal(dns.query_name.len, 253);
    check(!dns.query_name.cut);
    struct message longer = with_long_name(62, 'A');
    check_equal(read_message(&longer, &dns), FAULT_LENGTH);
}

static void a_name_longer_than_its_room_keeps_its_last_labels(void **state)
{
    (void)state;
    struct dns_fact dns;
    struct message message = with_long_name(61, 0xff);
    check_equal(read_message(&message, &dns), FAULT_NONE);
    check(dns.query_name.cut);
    check_equal(dns.query_name.len, 61 * 4);
    check(memcmp(dns.query_name.at, "\\255\\255", 8) == 0);
}

static void data_in_front_cannot_hide_whose_name_it_is(void **state)
{
    (void)state;
    struct message message = header(0x0100, 1, 0);
    for (size_t i = 0; i < 110; i++)
        PUT(&message, "\1.");
    PUT(&message, "\7Example\3org\0" IN_A);
    struct dns_fact dns;
    check_equal(read_message(&message, &dns), FAULT_NONE);
    check(dns.query_name.cut);
    check_equal(dns.query_name.len, 254); /* 81 labels of "\." and what follows */
    check(memcmp(dns.query_name.at, "\\..\\.", 5) == 0);
    check(memcmp(dns.query_name.at + 254 - 14, "\\..example.org", 14) == 0);
}

static void strange_bytes_are_escaped(void **state)
{
    (void)state;
    struct message message = header(0x0100, 1, 0);
    PUT(&message, "\7a.b\\\0 \xe3\2Zz\0" IN_A);
    struct dns_fact dns;
    check_equal(read_message(&message, &dns), FAULT_NONE);
    check_text(fact_name_bytes(&dns.query_name), "a\\.b\\\\\\000\\032\\227.zz");
}

static void the_root_is_an_empty_name(void **state)
{
    (void)state;
    struct message message = header(0x0100, 1, 0);
    PUT(&message, "\0\0\2\0\1");
    struct dns_fact dns;
    check_equal(read_message(&message, &dns), FAULT_NONE);
    check_equal(dns.query_name.len, 0);
    check_equal(dns.query_type, 2);
}

static enum fault fault_of(unsigned flags, unsigned questions, unsigned answers)
{
    struct message message = header(flags, questions, answers);
    PUT(&message, QUESTION_NAME IN_A);
    struct dns_fact dns;
    return read_message(&message, &dns);
}

static void what_is_not_dns_is_refused(void **state)
{
    (void)state;
    check_equal(fault_of(3 << 11, 1, 0), FAULT_VALUE);
    check_equal(fault_of(7 << 11, 1, 0), FAULT_VALUE);
    check_equal(fault_of(15 << 11, 1, 0), FAULT_VALUE);
    check_equal(fault_of(6 << 11, 1, 0), FAULT_UNSUPPORTED);
    check_equal(fault_of(0, 0, 0), FAULT_VALUE);
    check_equal(fault_of(0, 0, 1), FAULT_UNSUPPORTED);
    check_equal(fault_of(0x0100, 2, 0), FAULT_VALUE);
    check_equal(fault_of(0, 65, 0), FAULT_VALUE);
    check_equal(fault_of(0x8180, 0, 0), FAULT_VALUE);
    check_equal(fault_of(5 << 11, 1, 0), FAULT_NONE);
}

static void reserved_types_and_classes_are_refused(void **state)
{
    (void)state;
    struct dns_fact dns;
    struct message message = good_query();
    message.at[message.len - 1] = 0;
    check_equal(read_message(&message, &dns), FAULT_VALUE);
    message = good_query();
    message.at[message.len - 3] = 0;
    check_equal(read_message(&message, &dns), FAULT_VALUE);
}

static void a_bare_header_tells_the_servers_error(void **state)
{
    (void)state;
    struct message message = header(0x8001, 0, 0);
    struct dns_fact dns;
    check_equal(read_message(&message, &dns), FAULT_NONE);
    check_equal(dns.response_code, 1);
    check_equal(dns.query_name.len, 0);
    check_equal(dns.query_type, 0);
    message.at[9] = 1; /* an authority */
    check_equal(read_message(&message, &dns), FAULT_VALUE);
}

static void a_multicast_response_is_named_by_its_first_answer(void **state)
{
    (void)state;
    struct message message = header(0x8400, 0, 1);
    message.at[0] = message.at[1] = 0;
    PUT(&message, "\5Lamp1\5local\0\0\1\x80\1\0\0\0\x78\0\4\xc0\0\2\7");
    struct dns_fact dns;
    check_equal(read_message(&message, &dns), FAULT_NONE);
    check_text(fact_name_bytes(&dns.query_name), "lamp1.local");
    check_equal(dns.query_type, 1);
    check_equal(dns.query_class, 1);
    check_equal(dns.answer_count, 1);
    check_address(&dns.answers[0], "192.0.2.7");
    message.len = 20;
    check_equal(read_message(&message, &dns), FAULT_TRUNCATED);
}

static void a_multicast_query_may_ask_more_than_once(void **state)
{
    (void)state;
    struct message message = header(0, 2, 0);
    message.at[0] = message.at[1] = 0;
    PUT(&message, "\5lamp1\5local\0\0\1\x80\1");
    PUT(&message, "\5lamp2\xc0\x12\0\1\0\1");
    struct dns_fact dns;
    check_equal(read_message(&message, &dns), FAULT_NONE);
    check_text(fact_name_bytes(&dns.query_name), "lamp1.local");
    check_equal(dns.query_class, 1);
    message.len -= 8;
    check_equal(read_message(&message, &dns), FAULT_NONE);
    message.at[5] = 65;
    check_equal(read_message(&message, &dns), FAULT_VALUE);
}

static void netbios_names_are_left_alone(void **state)
{
    (void)state;
    struct message message = header(0x0110, 1, 0);
    PUT(&message, "\40FHEPFCELEHFCEPFFFACACACACACACABL\0\0\x20\0\1");
    struct dns_fact dns;
    check_equal(read_message(&message, &dns), FAULT_UNSUPPORTED);
    message.at[14] = 'a';
    check_equal(read_message(&message, &dns), FAULT_NONE);
    message.at[14] = 'Q';
    check_equal(read_message(&message, &dns), FAULT_NONE);
    message = header(0x0100, 1, 0);
    PUT(&message, "\4_sip\4_udp\7example\3org\0\0\41\0\1");
    check_equal(read_message(&message, &dns), FAULT_NONE);
    message = header(0x0100, 1, 0);
    PUT(&message, "\4_sip\4_udp\26many-letters-of-a-name\7example\3org\0\0\41\0\1");
    check_equal(read_message(&message, &dns), FAULT_NONE);
    check_equal(dns.query_type, 33);
}

static void an_owner_that_is_no_name_ends_the_answers(void **state)
{
    (void)state;
    struct message message = header(0x8180, 1, 2);
    PUT(&message, QUESTION_NAME IN_A);
    PUT(&message, "\x40\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\7");
    PUT(&message, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\7");
    struct dns_fact dns;
    check_equal(read_message(&message, &dns), FAULT_NONE);
    check_equal(dns.answer_count, 0);
}

static void what_an_update_demands_is_no_answer(void **state)
{
    (void)state;
    struct message message = good_response();
    message.at[2] = 0x80 | 5 << 3;
    struct dns_fact dns;
    check_equal(read_message(&message, &dns), FAULT_NONE);
    check_equal(dns.opcode, 5);
    check_equal(dns.answer_records, 3);
    check_equal(dns.answer_count, 0);
    check_equal(dns.canonical_name.len, 0);
}

static enum fault read_stream(const struct message *stream, size_t len, size_t *taken)
{
    struct fact fact;
    return dns_over_tcp_read((struct bytes){ stream->at, len }, taken, &fact);
}

static struct message over_tcp(const struct message *message)
{
    struct message stream = { .len = 0 };
    put_be16(&stream, (unsigned)message->len);
    put(&stream, message->at, message->len);
    return stream;
}

static void over_tcp_a_message_is_read_when_whole(void **state)
{
    (void)state;
    struct message message = good_response();
    struct message stream = over_tcp(&message);
    size_t taken = 0;
    for (size_t len = 0; len < stream.len; len++)
        check_equal(read_stream(&stream, len, &taken), FAULT_TRUNCATED);
    check_equal(taken, 0);
    PUT(&stream, "more");
    check_equal(read_stream(&stream, stream.len, &taken), FAULT_NONE);
    check_equal(taken, stream.len - 4);
}

static void over_tcp_lengths_must_hold_a_message(void **state)
{
    (void)state;
    size_t taken = 0;
    struct message message = good_query();
    message.len--;
    struct message stream = over_tcp(&message);
    check_equal(read_stream(&stream, stream.len, &taken), FAULT_LENGTH);
    stream.at[1] = 11;
    check_equal(read_stream(&stream, stream.len, &taken), FAULT_LENGTH);
    message = header(0x0100, 2, 0);
    stream = over_tcp(&message);
    check_equal(read_stream(&stream, stream.len, &taken), FAULT_VALUE);
    check_equal(taken, 0);
}

static void over_tcp_what_cannot_be_dns_is_not_waited_for(void **state)
{
    (void)state;
    size_t taken = 0;
    struct message message = header(7 << 11, 1, 0);
    struct message stream = over_tcp(&message);
    stream.at[0] = 0x20;
    check_equal(read_stream(&stream, stream.len, &taken), FAULT_VALUE);
}

TESTS(TEST(a_query_is_read), TEST(a_response_is_read_with_its_answers),
      TEST(every_message_without_its_whole_question_is_truncated),
      TEST(a_response_cut_in_its_answers_tells_what_is_there),
      TEST(nothing_is_written_with_a_fault), TEST(counts_that_lie_end_where_the_message_ends),
      TEST(only_the_first_eight_addresses_are_kept),
      TEST(records_of_other_classes_and_lengths_are_no_addresses),
      TEST(a_compression_loop_in_an_answer_costs_only_that_name),
      TEST(pointers_go_only_backwards), TEST(pointers_are_limited_in_number),
      TEST(a_pointer_in_the_question_has_nowhere_to_go),
      TEST(labels_of_64_to_191_octets_are_refused), TEST(names_have_at_most_255_octets),
      TEST(a_name_longer_than_its_room_keeps_its_last_labels),
      TEST(data_in_front_cannot_hide_whose_name_it_is), TEST(strange_bytes_are_escaped),
      TEST(the_root_is_an_empty_name), TEST(what_is_not_dns_is_refused),
      TEST(reserved_types_and_classes_are_refused), TEST(a_bare_header_tells_the_servers_error),
      TEST(a_multicast_response_is_named_by_its_first_answer),
      TEST(a_multicast_query_may_ask_more_than_once), TEST(netbios_names_are_left_alone),
      TEST(an_owner_that_is_no_name_ends_the_answers),
      TEST(what_an_update_demands_is_no_answer), TEST(over_tcp_a_message_is_read_when_whole),
      TEST(over_tcp_lengths_must_hold_a_message),
      TEST(over_tcp_what_cannot_be_dns_is_not_waited_for))
