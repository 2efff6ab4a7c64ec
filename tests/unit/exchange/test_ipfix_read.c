// SPDX-License-Identifier: Apache-2.0
#include "exchange/ipfix_read.h"

#include <stdlib.h>

#include "made_up_records.h"

enum { ROOM = 1 << 20, RECORDS = 2000 };

static uint8_t room[ROOM];
static size_t room_len;
static size_t at_record;

static bool take_message(void *context, struct bytes message)
{
    (void)context;
    check(message.len <= ROOM - room_len);
    memcpy(room + room_len, message.at, message.len);
    room_len += message.len;
    return true;
}

/* Every field is another in each: names, directions, either end as the line. */
static void make_varied(size_t i, struct minimised_flow *out)
{
    make_record(i, out);
    out->direction = (enum direction)(i % DIRECTIONS);
    out->line_is_initiator = i % 4 < 2;
    out->end = (uint8_t)(FLOW_END_IDLE + i % FLOW_END_RESOURCES);
    out->sampling_rate = i % 5 == 0 ? 0 : (uint32_t)(i % 7 + 1);
    out->facts.has_server_name = i % 3 == 0;
    out->facts.server_name.len = (uint8_t)(i % (IPFIX_MESSAGE_OCTETS / 6));
    memset(out->facts.server_name.at, 'a' + (int)(i % 26), sizeof out->facts.server_name.at);
    out->retention_until_ns += (int64_t)i * TIME_MILLISECOND_NS;
    if (i % 11 == 0)
        memset(&out->why.mandate, 0, sizeof out->why.mandate);
}

static struct bytes write_batch(size_t count)
{
    static struct ipfix_writer writer;
    room_len = 0;
    ipfix_begin(&writer, 7, ipfix_refresh_never, (struct ipfix_sink){ .take = take_message });
    for (size_t i = 0; i < count; i++) {
        struct minimised_flow flow;
        make_varied(i, &flow);
        check(ipfix_put(&writer, &flow, flow.end_ns));
    }
    check(ipfix_flush(&writer));
    return (struct bytes){ room, room_len };
}

static void check_party(const struct received_party *read, const struct party *written)
{
    char words[PARTY_TEXT_MAX];
    struct text text = text_over(words, sizeof words);
    party_write(written, &text);
    check_equal(read->is_pseudonym, written->is_pseudonym);
    check(read->is_pseudonym ? bytes_equal(read->pseudonym, text_bytes(&text))
                             : ip_equal(&read->address, &written->address));
}

static int64_t to_ms(int64_t time_ns)
{
    return time_ns / TIME_MILLISECOND_NS * TIME_MILLISECOND_NS;
}

static bool is(struct bytes read, const char *written)
{
    return bytes_equal(read, bytes_of_string(written));
}

static void check_mandate(const struct received_flow *read, const struct minimised_flow *flow)
{
    const struct mandate *mandate = &flow->why.mandate;
    struct bytes name =
        flow->facts.has_server_name ? fact_name_bytes(&flow->facts.server_name) : BYTES("");
    check(is(read->basis, mandate->basis_name) && is(read->warrant, mandate->warrant) &&
          is(read->selector, mandate->selector));
    check(bytes_equal(read->server_name, name));
    check_equal(read->retention_until_ns, to_ms(flow->retention_until_ns));
    check_equal(read->direction, flow->direction);
    check_equal(read->line_is_initiator, flow->line_is_initiator);
}

static bool take_flow(void *context, const struct received_flow *read)
{
    (void)context;
    struct minimised_flow flow;
    make_varied(at_record++, &flow);
    check_party(&read->initiator, &flow.initiator);
    check_party(&read->responder, &flow.responder);
    check_equal(read->initiator_port, flow.initiator_port);
    check_equal(read->responder_port, flow.responder_port);
    check_equal(read->protocol, flow.protocol);
    check_equal(read->end, flow.end);
    check_equal(read->start_ns, to_ms(flow.start_ns));
    check_equal(read->end_ns, to_ms(flow.end_ns));
    check_equal(read->octets_forward, flow.octets_forward);
    check_equal(read->octets_reverse, flow.octets_reverse);
    check_equal(read->packets_forward, flow.packets_forward);
    check_equal(read->packets_reverse, flow.packets_reverse);
    check_equal(read->sampling_rate, flow.sampling_rate);
    check_equal(read->has_mandate, flow.why.mandate.warrant[0] != '\0');
    if (read->has_mandate)
        check_mandate(read, &flow);
    return true;
}

static const struct received_taker checking = { .take = take_flow };

static bool take_any(void *context, const struct received_flow *read)
{
    (void)read;
    size_t *left = context;
    return !left || (*left)-- > 0;
}

static const struct received_taker anything = { .take = take_any };

static enum fault read_any(struct bytes batch)
{
    struct received_account account;
    return ipfix_read_batch(batch, &anything, &account);
}

static void what_is_written_is_read_field_by_field(void **state)
{
    (void)state;
    struct received_account account;
    struct bytes batch = write_batch(RECORDS);
    at_record = 0;
    check_equal(ipfix_read_batch(batch, &checking, &account), FAULT_NONE);
    check_equal(account.records, RECORDS);
    check_equal(at_record, RECORDS);
    check_equal(account.domain, 7);
    check(account.messages > 100);
}

static void every_shorter_batch_is_refused_but_at_a_message_s_end(void **state)
{
    (void)state;
    struct bytes batch = write_batch(40);
    size_t taken = 0, ends = 0;
    for (size_t at = 0; at < batch.len; at += (size_t)room[at + 2] << 8 | room[at + 3])
        ends++;
    for (size_t len = 0; len < batch.len; len++)
        taken += read_any(bytes_slice(batch, 0, len)) == FAULT_NONE;
    check_equal(taken, ends); /* one of them empty */
}

static void a_message_that_is_missing_or_comes_twice_is_refused(void **state)
{
    (void)state;
    struct bytes batch = write_batch(100);
    size_t first = (size_t)room[2] << 8 | room[3];
    check_equal(read_any(bytes_slice(batch, first, batch.len)), FAULT_VALUE);
    memmove(room + first, room, first);
    check_equal(read_any(bytes_slice(batch, 0, 2 * first)), FAULT_VALUE);
}

static void each_changed_octet_of_a_template_is_refused(void **state)
{
    (void)state;
    struct bytes batch = write_batch(1);
    size_t end = 16 + ((size_t)room[18] << 8 | room[19]);
    for (size_t at = 20; at < end; at++) {
        room[at] ^= 1;
        check(read_any(batch) != FAULT_NONE);
        room[at] ^= 1;
    }
    check_equal(read_any(batch), FAULT_NONE);
}

static void faults_are_told_apart(void **state)
{
    (void)state;
    struct bytes batch = write_batch(1);
    room[1] = 9;
    check_equal(read_any(batch), FAULT_VERSION);
    room[1] = 10;
    room[3] = 15;
    check_equal(read_any(batch), FAULT_LENGTH);
    room[3] = (uint8_t)room_len;
    room[17] = 3; /* a set of options templates, which we do not write */
    check_equal(read_any(batch), FAULT_UNSUPPORTED);
    room[17] = 2;
    check_equal(read_any(bytes_slice(batch, 0, room_len - 1)), FAULT_TRUNCATED);
    room[room_len - 12] ^= 0x80; /* the octets of a record: a number is a number */
    check(read_any(batch) == FAULT_NONE || read_any(batch) == FAULT_VALUE);
}

static void who_takes_records_may_stop(void **state)
{
    (void)state;
    struct received_account account;
    size_t left = 3;
    struct received_taker few = { take_any, &left };
    check_equal(ipfix_read_batch(write_batch(10), &few, &account), FAULT_LIMIT);
}

TESTS(TEST(what_is_written_is_read_field_by_field),
      TEST(every_shorter_batch_is_refused_but_at_a_message_s_end),
      TEST(a_message_that_is_missing_or_comes_twice_is_refused),
      TEST(each_changed_octet_of_a_template_is_refused), TEST(faults_are_told_apart),
      TEST(who_takes_records_may_stop))
