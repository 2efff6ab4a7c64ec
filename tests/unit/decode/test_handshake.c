// SPDX-License-Identifier: Apache-2.0
#include "decode/handshake.h"

#include <stdlib.h>

#include "check.h"

enum { CONNECTIONS = 4 };

static struct handshakes *handshakes;
static void *memory;
static size_t memory_size;
static struct fact told[64];
static size_t told_count;
static uint32_t streams[64];

static void on_fact(void *context, uint32_t flow, const struct fact *fact)
{
    (void)context;
    (void)flow;
    check(told_count < 64);
    memcpy(&told[told_count++], fact, fact_size((enum fact_kind)fact->kind));
}

static int set_up(void **state)
{
    (void)state;
    struct handshake_limits limits = { .connections_max = CONNECTIONS };
    memory_size = handshakes_size(&limits);
    memory = malloc(memory_size);
    struct arena arena = arena_over(memory, memory_size);
    struct fact_sink sink = { on_fact, NULL };
    handshakes = handshakes_init(&limits, sink, &arena);
    told_count = 0;
    memset(streams, 0, sizeof streams);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

static struct decoded segment(const char *payload, size_t from, size_t len)
{
    return (struct decoded){ .packet = { .protocol = PROTOCOL_TCP,
                                         .source_port = 40000,
                                         .destination_port = 8080,
                                         .tcp_sequence = 0xfffffff0u + (uint32_t)from,
                                         .payload_octets = (uint32_t)len,
                                         .has_transport = true },
                             .sealed = { (const uint8_t *)payload + from, len } };
}

static void send_piece(uint32_t flow, const char *payload, size_t from, size_t len,
                       bool after_gap)
{
    struct decoded decoded = segment(payload, from, len);
    struct handshake_place place = { .flow = flow,
                                     .stream = &streams[flow],
                                     .from_initiator = true,
                                     .after_gap = after_gap,
                                     .expected_sequence = 0xfffffff0u };
    handshakes_observe(handshakes, &place, &decoded);
}

static const char request[] = "GET /CANARY-path HTTP/1.1\r\nHost: www.Example.test\r\n"
                              "User-Agent: probe\r\nCookie: CANARY-cookie\r\n\r\nCANARY-body";
enum { REQUEST_LEN = sizeof request - 1 };

static void check_request_is_told(void)
{
    check_equal(told_count, 1);
    check_equal(told[0].kind, FACT_HTTP);
    check_text(fact_server_name(&told[0]), "www.example.test");
}

static bool memory_holds(const char *words)
{
    size_t len = strlen(words);
    for (size_t i = 0; i + len <= memory_size; i++) {
        if (memcmp((uint8_t *)memory + i, words, len) == 0)
            return true;
    }
    return false;
}

static void a_whole_segment_is_read_where_it_lies(void **state)
{
    (void)state;
    send_piece(1, request, 0, REQUEST_LEN, false);
    check_request_is_told();
    check_equal(streams[1], 1);
}

static void pieces_of_any_size_give_the_same_fact(void **state)
{
    (void)state;
    for (size_t size = 1; size < REQUEST_LEN; size++) {
        (void)tear_down(NULL);
        (void)set_up(NULL);
        for (size_t from = 0; from < REQUEST_LEN; from += size) {
            size_t len = REQUEST_LEN - from < size ? REQUEST_LEN - from : size;
            send_piece(1, request, from, len, false);
        }
        check_request_is_told();
    }
}

static void pieces_out_of_order_meet(void **state)
{
    (void)state;
    send_piece(1, request, 40, REQUEST_LEN - 40, true);
    check_equal(told_count, 0);
    send_piece(1, request, 20, 20, true);
    send_piece(1, request, 0, 20, false);
    check_request_is_told();
}

static void repeated_pieces_change_nothing(void **state)
{
    (void)state;
    send_piece(1, request, 0, 30, false);
    send_piece(1, request, 0, 30, false);
    send_piece(1, request, 10, 40, false);
    send_piece(1, request, 30, REQUEST_LEN - 30, false);
    check_request_is_told();
}

static void octets_held_are_overwritten_in_the_end(void **state)
{
    (void)state;
    send_piece(1, request, 0, 60, false);
    check(memory_holds("CANARY-path"));
    handshakes_finish(handshakes, 1, &streams[1]);
    check(!memory_holds("CANARY"));
    check_request_is_told();

    send_piece(2, request, 0, 60, false);
    send_piece(2, request, 60, REQUEST_LEN - 60, false);
    check(!memory_holds("CANARY"));
}

static void an_unknown_protocol_is_left_alone(void **state)
{
    (void)state;
    send_piece(1, "\x01\x02 something else entirely", 0, 20, false);
    check_equal(streams[1] & 1, 1);
    check_equal(told_count, 0);
}

/* A warning that the name is not known, then a ServerHello of TLS 1.2 with nothing in it. */
static void a_server_may_warn_before_it_greets(void **state)
{
    (void)state;
    uint8_t stream[7 + 5 + 4 + 38] = { 0x15, 3, 3,  0, 2, 1, 112, 0x16, 3,
                                       3,    0, 42, 2, 0, 0, 38,  3,    3 };
    struct decoded decoded = segment((const char *)stream, 0, sizeof stream);
    struct handshake_place place = { .flow = 1, .stream = &streams[1] };
    handshakes_observe(handshakes, &place, &decoded);
    check_equal(told_count, 1);
    check_equal(told[0].kind, FACT_TLS_SERVER);
    check(!told[0].from_initiator);
}

static void the_oldest_makes_room_when_all_is_taken(void **state)
{
    (void)state;
    for (uint32_t flow = 1; flow <= CONNECTIONS + 1; flow++)
        send_piece(flow, request, 0, 30, false);
    send_piece(1, request, 30, REQUEST_LEN - 30, false);
    check_equal(told_count, 0);
    check(handshake_is_over(streams[1]));
    send_piece(2, request, 30, REQUEST_LEN - 30, false);
    check_request_is_told();
    struct summary summary = { .counter_count = 0 };
    handshakes_count(handshakes, &summary);
    bool is_counted = false;
    for (size_t i = 0; i < summary.counter_count; i++)
        is_counted |= strcmp(summary.counters[i].reason, "handshakes_evicted") == 0;
    check(is_counted);
}

static void messages_that_follow_each_other_are_all_told(void **state)
{
    (void)state;
    static const uint8_t query[] = { 0, 25, 0,   7, 1,   0,   0,   1,   0, 0, 0, 0, 0,
                                     0, 1,  'a', 4, 't', 'e', 's', 't', 0, 0, 1, 0, 1 };
    uint8_t stream[4 * sizeof query];
    for (size_t i = 0; i < 4; i++)
        memcpy(stream + i * sizeof query, query, sizeof query);
    stream[1] = stream[1 + sizeof query] = stream[1 + 2 * sizeof query] =
        stream[1 + 3 * sizeof query] = sizeof query - 2;
    static const size_t cuts[] = { 0, 10, 40, 60, 4 * sizeof query };
    for (size_t i = 0; i + 1 < sizeof cuts / sizeof *cuts; i++) {
        struct decoded decoded = segment((const char *)stream, cuts[i], cuts[i + 1] - cuts[i]);
        decoded.packet.destination_port = 53;
        struct handshake_place place = { .flow = 3,
                                         .stream = &streams[3],
                                         .from_initiator = true };
        handshakes_observe(handshakes, &place, &decoded);
    }
    check_equal(told_count, 4);
    check_equal(told[3].kind, FACT_DNS);
    check_text(fact_server_name(&told[3]), "a.test");
}

static void a_segment_cut_at_capture_is_told_as_far_as_it_goes(void **state)
{
    (void)state;
    struct decoded decoded = segment(request, 0, 60);
    decoded.packet.payload_octets = REQUEST_LEN;
    struct handshake_place place = { .flow = 1, .stream = &streams[1], .from_initiator = true };
    handshakes_observe(handshakes, &place, &decoded);
    check_request_is_told();
    check_equal(streams[1], 1);
}

static uint64_t counted(const char *reason)
{
    struct summary summary = { .counter_count = 0 };
    handshakes_count(handshakes, &summary);
    for (size_t i = 0; i < summary.counter_count; i++) {
        if (strcmp(summary.counters[i].reason, reason) == 0)
            return summary.counters[i].count;
    }
    return 0;
}

static void both_sides_in_pieces_share_one_room(void **state)
{
    (void)state;
    static const char answer[] = "HTTP/1.1 200 OK\r\nServer: probe\r\n\r\n";
    for (uint32_t flow = 1; flow <= 2 * CONNECTIONS; flow++) {
        told_count = 0;
        send_piece(flow, request, 0, 30, false);
        for (size_t from = 0; from < sizeof answer - 1; from += 10) {
            size_t left = sizeof answer - 1 - from;
            struct decoded decoded = segment(answer, from, left < 10 ? left : 10);
            struct handshake_place place = { .flow = flow, .stream = &streams[flow] };
            handshakes_observe(handshakes, &place, &decoded);
        }
        send_piece(flow, request, 30, REQUEST_LEN - 30, false);
        check_equal(told_count, 2);
        check_equal(told[0].http.status, 200);
        check(handshake_is_over(streams[flow]));
    }
    check_equal(counted("handshakes_evicted"), 0);
}

static void a_hole_behind_a_message_tells_it_once(void **state)
{
    (void)state;
    static const uint8_t query[] = { 0, 24, 0,   7, 1,   0,   0,   1,   0, 0, 0, 0, 0,
                                     0, 1,  'a', 4, 't', 'e', 's', 't', 0, 0, 1, 0, 1 };
    uint8_t stream[3 * sizeof query];
    for (size_t i = 0; i < 3; i++)
        memcpy(stream + i * sizeof query, query, sizeof query);
    /* The last comes first, then the first and a bit more, then what is between. */
    static const size_t pieces[][2] = { { 60, 78 }, { 0, 30 }, { 30, 40 }, { 40, 60 } };
    for (size_t i = 0; i < 4; i++) {
        struct decoded decoded =
            segment((const char *)stream, pieces[i][0], pieces[i][1] - pieces[i][0]);
        decoded.packet.destination_port = 53;
        struct handshake_place place = { .flow = 3,
                                         .stream = &streams[3],
                                         .from_initiator = true,
                                         .after_gap = i == 0,
                                         .expected_sequence = 0xfffffff0u };
        handshakes_observe(handshakes, &place, &decoded);
    }
    check_equal(told_count, 3);
}

static void what_is_told_at_the_end_has_the_time_of_its_octets(void **state)
{
    (void)state;
    struct decoded decoded = segment(request, 0, 60);
    decoded.packet.time_ns = 12345;
    struct handshake_place place = { .flow = 1, .stream = &streams[1], .from_initiator = true };
    handshakes_observe(handshakes, &place, &decoded);
    handshakes_finish(handshakes, 1, &streams[1]);
    check_request_is_told();
    check_equal(told[0].time_ns, 12345);
}

static void a_first_segment_larger_than_the_room_is_told_and_counted(void **state)
{
    (void)state;
    static char head[20000];
    memset(head, 'x', sizeof head);
    memcpy(head, request, REQUEST_LEN - 13); /* without the end of the head */
    send_piece(1, head, 0, sizeof head, false);
    check_request_is_told();
    check_equal(streams[1] & 1, 1);
    check_equal(counted("http_truncated") + counted("http_limit"), 1);
}

static void an_identification_is_told_whatever_follows_it(void **state)
{
    (void)state;
    static const char greeting[] = "SSH-2.0-probe\r\n\xff\xff\xff\xff not a packet of SSH";
    send_piece(1, greeting, 0, sizeof greeting - 1, false);
    check_equal(told_count, 1);
    check_equal(told[0].kind, FACT_SSH);
    check(!told[0].ssh.has_kexinit);
    check_equal(streams[1] & 1, 1);
}

static void a_cut_answer_is_as_long_as_it_was_on_the_wire(void **state)
{
    (void)state;
    static const char query[] = "\0\7\x81\0\0\1\0\0\0\0\0\0\1a\4test\0\0\1\0\1";
    struct decoded decoded = segment(query, 0, sizeof query - 1);
    decoded.packet.protocol = PROTOCOL_UDP;
    decoded.packet.source_port = 53;
    decoded.packet.payload_octets = 1200;
    struct handshake_place place = { .flow = 1, .stream = &streams[1] };
    handshakes_observe(handshakes, &place, &decoded);
    check_equal(told_count, 1);
    check_equal(told[0].dns.response_octets, 1200);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
TESTS(EACH(a_whole_segment_is_read_where_it_lies), EACH(pieces_of_any_size_give_the_same_fact),
      EACH(pieces_out_of_order_meet), EACH(repeated_pieces_change_nothing),
      EACH(octets_held_are_overwritten_in_the_end), EACH(an_unknown_protocol_is_left_alone),
      EACH(a_server_may_warn_before_it_greets), EACH(the_oldest_makes_room_when_all_is_taken),
      EACH(messages_that_follow_each_other_are_all_told),
      EACH(a_segment_cut_at_capture_is_told_as_far_as_it_goes),
      EACH(both_sides_in_pieces_share_one_room), EACH(a_hole_behind_a_message_tells_it_once),
      EACH(what_is_told_at_the_end_has_the_time_of_its_octets),
      EACH(a_first_segment_larger_than_the_room_is_told_and_counted),
      EACH(an_identification_is_told_whatever_follows_it),
      EACH(a_cut_answer_is_as_long_as_it_was_on_the_wire))
