// SPDX-License-Identifier: Apache-2.0
#include "exchange/ipfix.h"

#include "base/cursor.h"

#include "made_up_records.h"

enum { ROOM = 1 << 20, FIELDS_MAX = 24 };

static uint8_t room[ROOM];
static size_t room_len;
static size_t message_ends[4096];
static size_t message_count;
static bool is_broken;

static bool take(void *context, struct bytes message)
{
    (void)context;
    check(message.len <= IPFIX_MESSAGE_OCTETS && message.len <= ROOM - room_len);
    memcpy(room + room_len, message.at, message.len);
    room_len += message.len;
    message_ends[message_count++] = room_len;
    return !is_broken;
}

static void begin(struct ipfix_writer *writer, struct ipfix_refresh refresh)
{
    room_len = message_count = 0;
    is_broken = false;
    ipfix_begin(writer, 7, refresh, (struct ipfix_sink){ .take = take });
}

/* What a reader that knows nothing but RFC 7011 sums up. */
struct totals {
    uint64_t records, octets, packets, reverse_octets, reverse_packets, rates;
    uint64_t addresses, pseudonyms, templates, mandate_octets;
};

struct template
{
    size_t count;
    struct template_field {
        uint32_t enterprise;
        uint16_t id, octets;
    } fields[FIELDS_MAX];
};

static struct template known[IPFIX_TEMPLATES];

static bool is_mandate(const struct template_field *field)
{
    return field->enterprise == IPFIX_PSEUDONYM_ENTERPRISE && field->id >= IPFIX_BASIS &&
           field->id <= IPFIX_SELECTOR;
}

static void read_template(struct cursor *set, struct totals *totals)
{
    unsigned id = cursor_be16(set);
    struct template *template = &known[id - 256];
    template->count = cursor_be16(set);
    check(template->count <= FIELDS_MAX);
    for (size_t i = 0; i < template->count; i++) {
        unsigned element = cursor_be16(set);
        template->fields[i].octets = cursor_be16(set);
        template->fields[i].id = (uint16_t)(element & 0x7fff);
        template->fields[i].enterprise = element >> 15 ? cursor_be32(set) : 0;
    }
    totals->templates++;
}

static void sum_field(uint32_t enterprise, unsigned id, uint64_t value, struct totals *totals)
{
    bool is_iana = enterprise == 0, is_reverse = enterprise == 29305;
    totals->octets += is_iana && id == 1 ? value : 0;
    totals->packets += is_iana && id == 2 ? value : 0;
    totals->reverse_octets += is_reverse && id == 1 ? value : 0;
    totals->reverse_packets += is_reverse && id == 2 ? value : 0;
    totals->rates += is_iana && id == 34 ? value : 0;
    totals->addresses += is_iana && (id == 8 || id == 12 || id == 27 || id == 28);
    totals->pseudonyms +=
        enterprise == IPFIX_PSEUDONYM_ENTERPRISE && id <= IPFIX_RESPONDER_PSEUDONYM;
}

static void read_record(struct cursor *set, const struct template *template,
                        struct totals *totals)
{
    check(template->count > 0);
    for (size_t i = 0; i < template->count; i++) {
        uint64_t value = 0;
        bool is_variable = template->fields[i].octets == 65535; /* RFC 7011 7 */
        size_t octets = is_variable ? cursor_u8(set) : template->fields[i].octets;
        check(octets < 255 || !is_variable);
        totals->mandate_octets += is_mandate(&template->fields[i]) ? octets : 0;
        for (size_t octet = 0; octet < octets; octet++)
            value = value << 8 | cursor_u8(set);
        sum_field(template->fields[i].enterprise, template->fields[i].id, value, totals);
    }
    totals->records++;
}

static size_t left_in(const struct cursor *cursor)
{
    return cursor_rest(cursor).len;
}

static void read_message(struct cursor *message, struct totals *totals)
{
    check_equal(cursor_be16(message), 10);
    size_t len = cursor_be16(message);
    check_equal(len, left_in(message) + 4);
    check(cursor_be32(message) >= NOW_S);
    check_equal(cursor_be32(message), totals->records);
    check_equal(cursor_be32(message), 7);
    while (left_in(message) > 0) {
        unsigned id = cursor_be16(message);
        struct cursor set = cursor_take(message, cursor_be16(message) - 4U);
        while (left_in(&set) > 0) {
            if (id == 2)
                read_template(&set, totals);
            else
                read_record(&set, &known[id - 256], totals);
        }
        check(!set.broken);
    }
}

static struct totals read_all(void)
{
    struct totals totals = { .records = 0 };
    memset(known, 0, sizeof known);
    for (size_t i = 0, at = 0; i < message_count; at = message_ends[i++]) {
        struct cursor message = cursor_over((struct bytes){ room + at, message_ends[i] - at });
        read_message(&message, &totals);
    }
    return totals;
}

static struct totals write_records(struct ipfix_writer *writer, size_t count)
{
    struct totals totals = { .records = count };
    for (size_t i = 0; i < count; i++) {
        struct minimised_flow flow;
        make_record(i, &flow);
        check(ipfix_put(writer, &flow, flow.end_ns));
        totals.octets += flow.octets_forward;
        totals.packets += flow.packets_forward;
        totals.reverse_octets += flow.octets_reverse;
        totals.reverse_packets += flow.packets_reverse;
        totals.rates += flow.sampling_rate;
        totals.pseudonyms += flow.initiator.is_pseudonym;
        totals.addresses += flow.initiator.is_pseudonym ? 1 : 2;
        totals.mandate_octets += strlen("own") + strlen("OWN-2026-1") + strlen("everything");
    }
    check(ipfix_flush(writer));
    return totals;
}

static void what_is_read_back_sums_to_what_was_written(void **state)
{
    (void)state;
    static struct ipfix_writer writer;
    begin(&writer, ipfix_refresh_never);
    struct totals written = write_records(&writer, 1000), read = read_all();
    check(message_count > 1);
    written.templates = read.templates;
    check_equal(read.templates, 3); /* of three kinds of ends, told once */
    check(memcmp(&read, &written, sizeof read) == 0);
}

static void over_datagrams_templates_are_told_again(void **state)
{
    (void)state;
    static struct ipfix_writer writer;
    begin(&writer, (struct ipfix_refresh){ 4, 0 });
    struct totals written = write_records(&writer, 1000), read = read_all();
    check_equal(read.records, written.records);
    check(read.templates >= 3 * (message_count / 4));
    begin(&writer, (struct ipfix_refresh){ 0, 60 * TIME_SECOND_NS });
    written = write_records(&writer, 1000); /* a record a second */
    read = read_all();
    check_equal(read.octets, written.octets);
    check(read.templates > 20);
}

static void without_a_warrant_no_mandate_is_told(void **state)
{
    (void)state;
    static struct ipfix_writer writer;
    begin(&writer, ipfix_refresh_never);
    struct minimised_flow flow;
    make_record(0, &flow);
    check(ipfix_put(&writer, &flow, flow.end_ns));
    memset(&flow.why.mandate, 0, sizeof flow.why.mandate);
    check(ipfix_put(&writer, &flow, flow.end_ns) && ipfix_flush(&writer));
    struct totals read = read_all();
    check_equal(read.records, 2);
    check_equal(read.templates, 2);
    check_equal(read.mandate_octets, strlen("ownOWN-2026-1everything"));
}

static void the_longest_mandate_still_fits(void **state)
{
    (void)state;
    static struct ipfix_writer writer;
    begin(&writer, ipfix_refresh_never);
    struct minimised_flow flow;
    make_record(1, &flow);
    struct mandate *mandate = &flow.why.mandate;
    memset(mandate->basis_name, 'b', sizeof mandate->basis_name - 1);
    memset(mandate->warrant, 'w', sizeof mandate->warrant - 1);
    memset(mandate->selector, 's', sizeof mandate->selector - 1);
    for (size_t i = 0; i < 100; i++)
        check(ipfix_put(&writer, &flow, flow.end_ns));
    check(ipfix_flush(&writer));
    check_equal(read_all().mandate_octets, 100 * (15 + 47 + 47));
}

static void a_rate_nobody_told_is_left_out(void **state)
{
    (void)state;
    static struct ipfix_writer writer;
    begin(&writer, ipfix_refresh_never);
    struct minimised_flow flow;
    make_record(0, &flow);
    flow.sampling_rate = 0;
    check(ipfix_put(&writer, &flow, flow.end_ns) && ipfix_flush(&writer));
    struct totals read = read_all();
    check_equal(read.records, 1);
    check_equal(read.rates, 0);
    for (size_t i = 0; i < known[0].count; i++)
        check(known[0].fields[i].id != 34);
}

static void a_pseudonym_that_keeps_prefixes_stands_for_an_address(void **state)
{
    (void)state;
    static struct ipfix_writer writer;
    begin(&writer, ipfix_refresh_never);
    for (size_t i = 0; i < 2; i++) { /* IPv4, IPv6 */
        struct minimised_flow flow;
        make_record(i, &flow);
        flow.initiator.is_pseudonym = flow.initiator.keeps_prefix = true;
        check(ipfix_put(&writer, &flow, flow.end_ns));
    }
    check(ipfix_flush(&writer));
    struct totals read = read_all();
    check_equal(read.records, 2);
    check_equal(read.addresses, 4);
    check_equal(read.pseudonyms, 0);
}

static void a_sink_that_fails_is_told(void **state)
{
    (void)state;
    static struct ipfix_writer writer;
    begin(&writer, ipfix_refresh_never);
    struct minimised_flow flow;
    make_record(0, &flow);
    check(ipfix_put(&writer, &flow, flow.end_ns));
    is_broken = true;
    check(!ipfix_flush(&writer));
    check(ipfix_flush(&writer)); /* nothing is left */
}

TESTS(TEST(what_is_read_back_sums_to_what_was_written),
      TEST(over_datagrams_templates_are_told_again), TEST(without_a_warrant_no_mandate_is_told),
      TEST(the_longest_mandate_still_fits), TEST(a_rate_nobody_told_is_left_out),
      TEST(a_pseudonym_that_keeps_prefixes_stands_for_an_address),
      TEST(a_sink_that_fails_is_told))
