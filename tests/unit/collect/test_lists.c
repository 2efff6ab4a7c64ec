// SPDX-License-Identifier: Apache-2.0
/* Structured data (RFC 6313) within records. */
#include "exports.h"

enum { CERT = 6871, BASIC = 291, SUB = 292, MULTI = 293, VARIABLE = 65535 };
enum { OUTER = 256, TCP = 0xc003, DNS = 0xce00, QUERY = 0xcf00, TLS = 0xca0a, HTTP = 0xc600 };
enum { ORDERED = 4 /* how the members of a list relate */ };

/* The templates an exporter like YAF sends; the outer one is a flow of TCP with one list of
 * many kinds. */
static void put_templates(struct built *built)
{
    open_set(built, 2);
    PUT_TEMPLATE(built, OUTER, 8, 4, 12, 4, 4, 1, 2, 4, 0x8000 | 2, 4, 29305, MULTI, VARIABLE);
    PUT_TEMPLATE(built, TCP, 184, 4, 0x8000 | 14, 1, CERT, 0x8000 | 15, 1, CERT, 0xc000 | 14, 1,
                 CERT, 0xc000 | 15, 1, CERT);
    PUT_TEMPLATE(built, DNS, SUB, VARIABLE);
    PUT_TEMPLATE(built, QUERY, 1, 4, 0x8000 | 179, VARIABLE, CERT, 8, 4);
    PUT_TEMPLATE(built, TLS, BASIC, VARIABLE, 0x8000 | 294, VARIABLE, CERT);
    PUT_TEMPLATE(built, HTTP, BASIC, VARIABLE, BASIC, VARIABLE);
    close_set(built);
}

/* A message of one record; its list follows until end. */
static void begin(struct built *built)
{
    start10(built, 0);
    put_templates(built);
    open_set(built, OUTER);
    put_octets(built, "\xc0\0\2\1\xc6\x33\x64\2\6\0\0\0\7\0\0\0\5", 17);
    put(built, 255, 1);
    put(built, 0, 2);
    put(built, ORDERED, 1);
}

static size_t list_at(const struct built *built)
{
    return built->set + 4 + 17 + 3;
}

static void end(struct built *built)
{
    put_at(built, list_at(built) - 2, (unsigned)(built->len - list_at(built)));
    close_set(built);
    finish10(built);
}

static void put_part(struct built *built, unsigned id, const void *records, size_t len)
{
    put(built, id, 2);
    put(built, 4 + len, 2);
    put_octets(built, records, len);
}

#define PUT_PART(built, id, records) put_part(built, id, records, sizeof(records) - 1)

/* Sequence number, then flags: SYN, ACK and FIN; SYN and ACK, ACK and FIN. */
#define FLAGS_RECORD "\0\0\0\1\2\x11\x12\x11"

static struct taken *receive_list(struct built *built)
{
    struct taken *taken = start_collecting();
    end(built);
    receive(taken, built);
    check_equal(taken->flow_count, 1);
    check_address(&taken->flows[0].initiator, "192.0.2.1");
    check_equal(taken->flows[0].forward.packets, 7);
    check_equal(taken->flows[0].forward.octets, 0);
    check_equal(view_of(taken, 0).records, 1);
    return taken;
}

static void check_counted(struct taken *taken, uint64_t refused, uint64_t unknown)
{
    check_equal(counted(taken, "list refused"), refused);
    check_equal(counted(taken, "list without template"), unknown);
    uint64_t faults = 0;
    for (size_t i = 1; i < FAULT_KINDS; i++)
        faults += view_of(taken, 0).faults[i];
    check_equal(faults, refused);
}

static void check_name(const struct taken *taken, enum fact_kind kind, const char *name)
{
    check(taken->flows[0].facts != NULL);
    check_equal(taken->facts[0].kind, kind);
    check_text(fact_server_name(&taken->facts[0]), name);
}

static void flags_of_both_ways_come_in_a_list(void **state)
{
    (void)state;
    struct built built;
    begin(&built);
    PUT_PART(&built, TCP, FLAGS_RECORD);
    struct taken *taken = receive_list(&built);
    const struct flow *flow = &taken->flows[0];
    check_equal(flow->forward.first_flags, TCP_SYN);
    check_equal(flow->forward.tcp_flags, TCP_SYN | TCP_ACK | TCP_FIN);
    check_equal(flow->reverse.first_flags, TCP_SYN | TCP_ACK);
    check_equal(flow->reverse.tcp_flags, TCP_SYN | TCP_ACK | TCP_FIN);
    check_equal(flow->tcp, FLOW_TCP_CLOSED);
    struct template_view template;
    for (size_t i = 0; collect_template(taken->collect, 0, i, &template); i++)
        check_equal(template.records, template.id == OUTER || template.id == TCP);
    check_counted(taken, 0, 0);
    stop_collecting(taken);
}

/* 1, octetDeltaCount, and 8, sourceIPv4Address, in the list are of something else. */
static void a_name_two_lists_deep_is_the_flows_and_the_rest_is_not(void **state)
{
    (void)state;
    struct built built;
    begin(&built);
    PUT_PART(&built, DNS, "\x14\3\xcf\0\0\0\0\x63\x08good.exa\x0a\0\0\1");
    struct taken *taken = receive_list(&built);
    check_name(taken, FACT_DNS, "good.exa");
    check_counted(taken, 0, 0);
    stop_collecting(taken);
}

static void a_name_beside_a_list_of_something_else_is_read(void **state)
{
    (void)state;
    struct built built;
    begin(&built);
    PUT_PART(&built, TCP, FLAGS_RECORD);
    PUT_PART(&built, TLS,
             "\x0d\3\x80\xbb\0\2\0\0\x1a\xd7\xc0\x2b\xc0\x2c\x0bwww.example"); /* ciphers */
    struct taken *taken = receive_list(&built);
    check_name(taken, FACT_TLS_CLIENT, "www.example");
    check_equal(taken->flows[0].forward.first_flags, TCP_SYN);
    check_counted(taken, 0, 0);
    stop_collecting(taken);
}

static void the_first_that_is_not_empty_of_a_basic_list_is_taken(void **state)
{
    (void)state;
    struct built built;
    begin(&built);
    PUT_PART(&built, HTTP,
             "\5\3\0\7\0\2" /* of no members */
             "\x11\3\x80\x75\xff\xff\0\0\x1a\xd7\0\3a.b\2cd");
    struct taken *taken = receive_list(&built);
    check_name(taken, FACT_HTTP, "a.b");
    check(!taken->facts[0].next);
    check_counted(taken, 0, 0);
    stop_collecting(taken);
}

static void what_the_record_tells_itself_stays_and_the_next_record_has_its_own(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    start10(&built, 0);
    open_set(&built, 2);
    PUT_TEMPLATE(&built, 300, 8, 4, 12, 4, 2, 4, 0x8000 | 14, 1, CERT, SUB, VARIABLE);
    PUT_TEMPLATE(&built, 301, 0x8000 | 14, 1, CERT, 0x8000 | 15, 1, CERT);
    close_set(&built);
    open_set(&built, 300);
    put_octets(&built, "\xc0\0\2\1\xc6\x33\x64\2\0\0\0\1\2\5\0\1\x2d\4\1", 19);
    put_octets(&built, "\xc0\0\2\1\xc6\x33\x64\2\0\0\0\1\2\3\0\1\x2d", 17);
    close_set(&built);
    finish10(&built);
    receive(taken, &built);
    check_equal(taken->flow_count, 2);
    check_equal(taken->flows[0].forward.first_flags, 2);
    check_equal(taken->flows[0].forward.tcp_flags, 3);
    check_equal(taken->flows[1].forward.tcp_flags, 2);
    check_counted(taken, 0, 0);
    stop_collecting(taken);
}

static void a_list_of_an_unknown_template_is_counted_and_the_next_read(void **state)
{
    (void)state;
    struct built built;
    begin(&built);
    PUT_PART(&built, 999, "\1\2\3\4");
    PUT_PART(&built, TCP, FLAGS_RECORD);
    struct taken *taken = receive_list(&built);
    check_equal(taken->flows[0].forward.first_flags, TCP_SYN);
    check_counted(taken, 0, 1);
    stop_collecting(taken);
}

/* A list cut anywhere but between its parts is at fault; the record around it is not. */
static void every_shorter_list_is_truncated(void **state)
{
    (void)state;
    for (size_t len = 0; len < 13; len++) {
        struct built built;
        begin(&built);
        PUT_PART(&built, TCP, FLAGS_RECORD);
        built.len = list_at(&built) + len;
        struct taken *taken = receive_list(&built);
        check_counted(taken, len != 1, 0);
        stop_collecting(taken);
    }
}

static void lengths_that_lie_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *octets;
        size_t len;
        enum fault fault;
    } lies[] = {
        { "\xc0\3\0\0", 4, FAULT_LENGTH },                             /* less than its head */
        { "\xc0\3\0\x0d\0\0\0\1\2\x11\x12\x11", 12, FAULT_LENGTH },    /* more than there is */
        { "\xc0\3\0\x0b\0\0\0\1\2\x11\x12", 11, FAULT_TRUNCATED },     /* less than a record */
        { "\xce\0\0\5\0", 5, FAULT_TRUNCATED },                        /* a list of no octets */
        { "\xc6\0\0\x11\6\3\0\1\0\0\1\5\3\0\7\0\2", 17, FAULT_VALUE }, /* members of none */
        { "\xc6\0\0\x12\7\3\x80\x75\xff\xff\0\0\5\3\0\7\0\2", 18, FAULT_TRUNCATED },
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct built built;
        begin(&built);
        put_octets(&built, lies[i].octets, lies[i].len);
        struct taken *taken = receive_list(&built);
        check_counted(taken, 1, 0);
        check_equal(view_of(taken, 0).faults[lies[i].fault], 1);
        stop_collecting(taken);
    }
}

/* 100 lists each within the other, all of the one template. */
static void a_template_within_itself_ends_at_the_bound(void **state)
{
    (void)state;
    enum { DEPTH = 100, STEP = 6 /* 255, two octets of length, relation, template */ };
    struct built built;
    begin(&built);
    put(&built, DNS, 2);
    put(&built, 4 + STEP * DEPTH, 2);
    for (unsigned i = 0; i < DEPTH; i++) {
        put(&built, 255, 1);
        put(&built, 3 + (DEPTH - 1 - i) * STEP, 2);
        put(&built, ORDERED, 1);
        put(&built, DNS, 2);
    }
    struct taken *taken = receive_list(&built);
    check_counted(taken, 1, 0);
    check_equal(view_of(taken, 0).faults[FAULT_LIMIT], 1);
    stop_collecting(taken);
}

static void more_members_than_the_bound_are_left(void **state)
{
    (void)state;
    struct built built;
    begin(&built);
    PUT_PART(&built, TCP, FLAGS_RECORD);
    for (unsigned i = 0; i < 1000; i++)
        put_part(&built, TCP, "", 0);
    struct taken *taken = receive_list(&built);
    check_equal(taken->flows[0].forward.first_flags, TCP_SYN);
    check_counted(taken, 1, 0);
    stop_collecting(taken);
}

static void lists_of_options_data_are_passed_over(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    start10(&built, 0);
    open_set(&built, 3);
    put_octets(&built, "\1\0\0\2\0\1\0\x95\0\4\1\x24\xff\xff", 14);
    close_set(&built);
    open_set(&built, 256);
    put_octets(&built, "\0\0\0\1\3\3\3\xe7", 8);
    close_set(&built);
    finish10(&built);
    receive(taken, &built);
    check_equal(view_of(taken, 0).options_records, 1);
    check_counted(taken, 0, 0);
    stop_collecting(taken);
}

TESTS(TEST(flags_of_both_ways_come_in_a_list),
      TEST(a_name_two_lists_deep_is_the_flows_and_the_rest_is_not),
      TEST(a_name_beside_a_list_of_something_else_is_read),
      TEST(the_first_that_is_not_empty_of_a_basic_list_is_taken),
      TEST(what_the_record_tells_itself_stays_and_the_next_record_has_its_own),
      TEST(a_list_of_an_unknown_template_is_counted_and_the_next_read),
      TEST(every_shorter_list_is_truncated), TEST(lengths_that_lie_are_counted),
      TEST(a_template_within_itself_ends_at_the_bound),
      TEST(more_members_than_the_bound_are_left), TEST(lists_of_options_data_are_passed_over))
