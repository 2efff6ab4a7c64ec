// SPDX-License-Identifier: Apache-2.0
#include "crossing/crossing.h"

#include "check.h"

static uint8_t room[CROSSING_OCTETS_MAX], again[CROSSING_OCTETS_MAX];
static struct crossing_message message, back;

static const struct mandate mandate = { BASIS_OWN, "own", "OWN-2026-1", "beacons" };

static struct crossing_message *a_flow(void)
{
    message = (struct crossing_message){ .kind = CROSSING_FLOW };
    struct minimised_flow *flow = &message.flow;
    *flow = (struct minimised_flow){
        .initiator = { .is_pseudonym = true, .place = PLACE_OWN },
        .responder = { .place = PLACE_FOREIGN, .address = ip_from_v4(0xc6336407) },
        .line_is_initiator = true,
        .direction = DIRECTION_DF,
        .initiator_port = 50000,
        .responder_port = 443,
        .protocol = 6,
        .tcp = FLOW_TCP_CLOSED,
        .end = FLOW_END_DETECTED,
        .start_ns = 1790000000000000000,
        .end_ns = 1790000001000000000,
        .packets_forward = 7,
        .octets_reverse = 12345678901,
        .sampling_rate = 1,
        .retention_until_ns = 1800000000000000000,
        .facts = { .has_server_name = true,
                   .ssh_banner = "SSH-2.0-x",
                   .ssh_banner_len = 9,
                   .alert_count = 1,
                   .alerts = { { 1, 2, 3, 4, true } } },
        .why = { .hit_count = 1, .mandate = mandate },
    };
    memcpy(flow->initiator.pseudonym, "0123456789", PSEUDONYM_BYTES);
    flow->facts.server_name.len = 11;
    memcpy(flow->facts.server_name.at, "example.org", 11);
    flow->why.hits[0] = (struct indicator_hit){ .kind = INDICATOR_DOMAIN,
                                                .begins_ns = 1700000000000000000,
                                                .expires_ns = INT64_MAX,
                                                .generation = 12,
                                                .overlay = 3,
                                                .value = "example.org",
                                                .list = "一覧" };
    return &message;
}

static struct crossing_message *a_sighting(void)
{
    message = (struct crossing_message){ .kind = CROSSING_SIGHTING };
    message.sighting = (struct minimised_sighting){
        .sighting = { .behaviour = BEHAVIOUR_BEACON,
                      .direction = DIRECTION_DF,
                      .port = 443,
                      .has_line = true,
                      .score = 87.5,
                      .first_ns = 1,
                      .last_ns = 2,
                      .measure_count = 1,
                      .measures = { { MEASURE_CONNECTIONS, 42, 10, 1.5, true } } },
        .server = { .place = PLACE_FOREIGN, .address = ip_from_v4(0xc6336407) },
        .line = { .is_pseudonym = true, .keeps_prefix = true, .place = PLACE_OWN },
        .mandate = mandate,
        .retention_until_ns = INT64_MAX,
    };
    return &message;
}

static struct crossing_message *rules(void)
{
    message = (struct crossing_message){ .kind = CROSSING_RULES };
    message.rules = (struct rule_set){ .generation = 3,
                                       .octets_per_second_max = 1000,
                                       .rule_count = 1,
                                       .step_count = 1,
                                       .list_count = 1,
                                       .lists = { "c2" } };
    message.rules.rules[0] = (struct rule){
        .mandate = mandate, .from_ns = INT64_MIN, .to_ns = INT64_MAX, .step_count = 1
    };
    message.rules.steps[0] =
        (struct rule_step){ .operation = RULE_LISTED, .what = RULE_ANY_KIND };
    return &message;
}

static struct crossing_message *counts(void)
{
    message = (struct crossing_message){ .kind = CROSSING_COUNTS };
    message.counts.frames = 9;
    message.counts.counter_count = 1;
    message.counts.counters[0] =
        (struct crossing_counter){ "decode", "truncated", "frames", 4 };
    return &message;
}

static struct crossing_message *bare(enum crossing_kind kind)
{
    message = (struct crossing_message){ .kind = kind };
    return &message;
}

static struct crossing_message *make(enum crossing_kind kind)
{
    switch (kind) {
    case CROSSING_FLOW: return a_flow();
    case CROSSING_SIGHTING: return a_sighting();
    case CROSSING_RULES: return rules();
    case CROSSING_COUNTS: return counts();
    case CROSSING_READY:
    case CROSSING_BATCH:
    case CROSSING_CLOSED:
    case CROSSING_CLOCK:
    case CROSSING_END:
    case CROSSING_TIME:
    case CROSSING_INDICATORS:
    case CROSSING_JUDGE:
    case CROSSING_STOP:
    case CROSSING_KINDS: break;
    }
    return bare(kind);
}

static enum crossing_way way_of(enum crossing_kind kind)
{
    return kind < CROSSING_RULES ? CROSSING_TO_KEEPER : CROSSING_TO_COLLECTOR;
}

static enum fault read_back(size_t len, enum crossing_kind kind)
{
    return crossing_read((struct bytes){ room, len }, way_of(kind), &back);
}

static void every_kind_comes_back_as_it_was_sent(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < CROSSING_KINDS; kind++) {
        size_t len = crossing_write(make((enum crossing_kind)kind), room);
        check(len >= 2 && len <= CROSSING_OCTETS_MAX);
        check(read_back(len, (enum crossing_kind)kind) == FAULT_NONE);
        check(crossing_write(&back, again) == len && memcmp(room, again, len) == 0);
    }
    size_t len = crossing_write(a_flow(), room);
    check(read_back(len, CROSSING_FLOW) == FAULT_NONE);
    check(memcmp(&back.flow, &message.flow, sizeof back.flow) == 0);
    len = crossing_write(a_sighting(), room);
    check(read_back(len, CROSSING_SIGHTING) == FAULT_NONE);
    check(memcmp(&back.sighting, &message.sighting, sizeof back.sighting) == 0);
}

static void every_shorter_and_every_longer_message_is_refused(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < CROSSING_KINDS; kind++) {
        size_t whole = crossing_write(make((enum crossing_kind)kind), room);
        for (size_t len = 0; len < whole; len++)
            check(read_back(len, (enum crossing_kind)kind) != FAULT_NONE);
        room[whole] = 0;
        check(read_back(whole + 1, (enum crossing_kind)kind) == FAULT_LENGTH);
    }
}

static void no_kind_goes_the_wrong_way(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < CROSSING_KINDS; kind++) {
        enum crossing_way other = way_of((enum crossing_kind)kind) == CROSSING_TO_KEEPER
                                      ? CROSSING_TO_COLLECTOR
                                      : CROSSING_TO_KEEPER;
        size_t len = crossing_write(make((enum crossing_kind)kind), room);
        check(crossing_read((struct bytes){ room, len }, other, &back) == FAULT_UNSUPPORTED);
    }
}

static void another_format_and_an_unknown_kind_are_refused(void **state)
{
    (void)state;
    size_t len = crossing_write(bare(CROSSING_END), room);
    room[0] = CROSSING_FORMAT + 1;
    check(read_back(len, CROSSING_END) == FAULT_VERSION);
    room[0] = CROSSING_FORMAT;
    room[1] = CROSSING_KINDS;
    check(read_back(len, CROSSING_END) == FAULT_UNSUPPORTED);
}

static void a_message_longer_than_all_is_refused(void **state)
{
    (void)state;
    static uint8_t large[CROSSING_OCTETS_MAX + 1] = { CROSSING_FORMAT, CROSSING_END };
    check(crossing_read((struct bytes){ large, sizeof large }, CROSSING_TO_KEEPER, &back) ==
          FAULT_LIMIT);
}

/* What the writer refuses, the reader would: so each is tried at both by changing one octet of
 * what was written. */
static void what_is_out_of_its_range_is_neither_written_nor_read(void **state)
{
    (void)state;
#define REFUSED(make, change)                           \
    do {                                                \
        (void)(make);                                   \
        change;                                         \
        check_equal(crossing_write(&message, room), 0); \
    } while (0)
    REFUSED(a_flow(), message.flow.end = 0);
    REFUSED(a_flow(), message.flow.tcp = FLOW_TCP_STATES);
    REFUSED(a_flow(), message.flow.start_ns = -1);
    REFUSED(a_flow(), message.flow.octets_forward = UINT64_MAX);
    REFUSED(a_flow(), message.flow.why.hit_count = SELECTION_HITS_MAX + 1);
    REFUSED(a_flow(), message.flow.facts.alert_count = RECORD_ALERTS_MAX + 1);
    REFUSED(a_flow(), message.flow.facts.ssh_banner[0] = '\033');
    REFUSED(a_flow(), message.flow.facts.server_name.at[3] = '\0');
    REFUSED(a_flow(), memset(message.flow.why.hits[0].list, 'x', LIST_NAME_MAX));
    REFUSED(a_flow(), message.flow.why.hits[0].list[0] = '\n');
    REFUSED(a_flow(), message.flow.why.hits[0].list[0] = '\xff');
    REFUSED(a_sighting(), message.sighting.sighting.score = __builtin_inf());
    REFUSED(a_sighting(), message.sighting.sighting.measures[0].value = __builtin_nan(""));
    REFUSED(a_sighting(), message.sighting.sighting.measures[0].id = MEASURES);
    REFUSED(rules(), message.rules.rules[0].step_count = 2);
    REFUSED(rules(), message.rules.steps[0].unused = 1);
    REFUSED(counts(), message.counts.counter_count = SUMMARY_COUNTERS_MAX + 1);
#undef REFUSED
    size_t len = crossing_write(a_flow(), room);
    enum { PSEUDONYM_AT = 2, PREFIX_AT, PLACE_AT };
    static const struct {
        size_t at;
        uint8_t octet;
    } changes[] = { { PSEUDONYM_AT, 2 }, { PREFIX_AT, 2 }, { PLACE_AT, PLACES } };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        uint8_t before = room[changes[i].at];
        room[changes[i].at] = changes[i].octet;
        check(read_back(len, CROSSING_FLOW) == FAULT_VALUE);
        room[changes[i].at] = before;
    }
}

static void nothing_behind_a_pseudonym_crosses(void **state)
{
    (void)state;
    size_t len = crossing_write(a_flow(), room);
    memset(message.flow.initiator.address.octets + PSEUDONYM_BYTES, 0x55, 6);
    check(crossing_write(&message, again) == len && memcmp(room, again, len) == 0);
}

/* No octet of any message, whatever it becomes, breaks the reader; and what is read is written
 * again as it came. */
static void every_changed_octet_is_refused_or_understood(void **state)
{
    (void)state;
    static const enum crossing_kind tried[] = { CROSSING_FLOW, CROSSING_SIGHTING };
    for (size_t i = 0; i < 2; i++) {
        size_t len = crossing_write(make(tried[i]), room);
        for (size_t at = 0; at < 8 * len; at++) {
            room[at / 8] ^= (uint8_t)(1 << at % 8);
            if (read_back(len, tried[i]) == FAULT_NONE) {
                check(crossing_write(&back, again) == len);
                check(memcmp(room, again, len) == 0);
            }
            room[at / 8] ^= (uint8_t)(1 << at % 8);
        }
    }
}

TESTS(TEST(every_kind_comes_back_as_it_was_sent),
      TEST(every_shorter_and_every_longer_message_is_refused), TEST(no_kind_goes_the_wrong_way),
      TEST(another_format_and_an_unknown_kind_are_refused),
      TEST(a_message_longer_than_all_is_refused),
      TEST(what_is_out_of_its_range_is_neither_written_nor_read),
      TEST(nothing_behind_a_pseudonym_crosses),
      TEST(every_changed_octet_is_refused_or_understood))
