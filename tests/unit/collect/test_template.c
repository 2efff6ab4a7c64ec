// SPDX-License-Identifier: Apache-2.0
#include "exports.h"

static void build_template(struct built *built, unsigned id, unsigned octets)
{
    start10(built, 0);
    open_set(built, 2);
    PUT_TEMPLATE(built, id, 8, 4, 12, 4, 1, octets);
    close_set(built);
    finish10(built);
}

static void build_data(struct built *built, unsigned id, unsigned octets, uint64_t count)
{
    start10(built, 0);
    open_set(built, id);
    put(built, 0xc0000201, 4);
    put(built, 0xc6336402, 4);
    put(built, count, octets);
    close_set(built);
    finish10(built);
}

static struct template_view template_of(const struct taken *taken, size_t exporter, size_t i)
{
    struct template_view view;
    check(collect_template(taken->collect, exporter, i, &view));
    return view;
}

static void the_same_again_is_refreshed_and_another_replaces(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    build_template(&built, 256, 4);
    receive(taken, &built);
    receive(taken, &built);
    check_equal(template_of(taken, 0, 0).refreshed, 1);
    check_equal(template_of(taken, 0, 0).changed, 0);
    build_template(&built, 256, 8);
    receive(taken, &built);
    check_equal(template_of(taken, 0, 0).changed, 1);
    check_equal(template_of(taken, 0, 0).record_octets, 16);
    check_equal(view_of(taken, 0).templates_held, 1);
    build_data(&built, 256, 8, 99);
    receive(taken, &built);
    check_equal(taken->flows[0].forward.octets, 99);
    stop_collecting(taken);
}

static void fields_are_shown_with_their_elements(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    start10(&built, 0);
    open_set(&built, 2);
    PUT_TEMPLATE(&built, 256, 8, 4, 0x8000 | 9, 65535, 12345);
    close_set(&built);
    finish10(&built);
    receive(taken, &built);
    struct template_field_view field;
    check(collect_template_field(taken->collect, 0, 0, 0, &field));
    check_equal(field.key.id, 8);
    check(field.is_used && field.element && !field.is_scope);
    check(collect_template_field(taken->collect, 0, 0, 1, &field));
    check_equal(field.key.enterprise, 12345);
    check_equal(field.octets, 65535);
    check(!field.is_used && !field.element);
    check(!collect_template_field(taken->collect, 0, 0, 2, &field));
    check_equal(view_of(taken, 0).unknown_elements, 1);
    stop_collecting(taken);
}

static void numbers_below_256_are_refused(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    build_template(&built, 255, 4);
    receive(taken, &built);
    check_equal(counted(taken, "value"), 1);
    check_equal(view_of(taken, 0).templates_held, 0);
    stop_collecting(taken);
}

static void a_record_without_octets_is_refused(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    build_template(&built, 256, 4);
    memset(built.at + built.len - 12, 0, 12);
    for (size_t i = 0; i < 3; i++) /* three fields of length 0 */
        built.at[built.len - 11 + 4 * i] = 8;
    receive(taken, &built);
    check_equal(counted(taken, "value"), 1);
    build_data(&built, 256, 4, 1);
    receive(taken, &built);
    check_equal(taken->flow_count, 0);
    stop_collecting(taken);
}

static void fields_of_no_octets_are_passed_over(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    start10(&built, 0);
    open_set(&built, 2);
    PUT_TEMPLATE(&built, 256, 8, 4, 82, 0, 12, 4, 1, 4);
    close_set(&built);
    finish10(&built);
    receive(taken, &built);
    build_data(&built, 256, 4, 5);
    receive(taken, &built);
    check_equal(taken->flow_count, 1);
    stop_collecting(taken);
}

static void a_record_no_message_can_hold_is_refused(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    start10(&built, 0);
    open_set(&built, 2);
    PUT_TEMPLATE(&built, 256, 82, 65534, 83, 65534);
    close_set(&built);
    finish10(&built);
    receive(taken, &built);
    check_equal(counted(taken, "limit"), 1);
    stop_collecting(taken);
}

static void too_many_fields_are_refused_and_the_next_template_read(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    start10(&built, 0);
    open_set(&built, 2);
    put(&built, 256, 2);
    put(&built, 1025, 2);
    for (int i = 0; i < 1025; i++)
        put(&built, 0x00520001, 4);
    PUT_TEMPLATE(&built, 257, 8, 4);
    close_set(&built);
    finish10(&built);
    receive(taken, &built);
    check_equal(counted(taken, "limit"), 1);
    check_equal(template_of(taken, 0, 0).id, 257);
    stop_collecting(taken);
}

static void a_field_count_that_lies_is_truncated(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    build_template(&built, 256, 4);
    put_at(&built, 22, 4);
    receive(taken, &built);
    check_equal(counted(taken, "truncated"), 1);
    check_equal(view_of(taken, 0).templates_held, 0);
    stop_collecting(taken);
}

static void options_without_scope_or_with_too_many_are_refused(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    const unsigned scopes[] = { 0, 3 };
    for (size_t i = 0; i < 2; i++) {
        start10(&built, 0);
        open_set(&built, 3);
        put(&built, 256, 2);
        put(&built, 2, 2);
        put(&built, scopes[i], 2);
        put(&built, 0x00900004, 4);
        put(&built, 0x00220004, 4);
        close_set(&built);
        finish10(&built);
        receive(taken, &built);
        check_equal(counted(taken, "value"), i + 1);
    }
    stop_collecting(taken);
}

static void options_of_netflow9_count_in_octets(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    start9(&built, 1);
    open_set(&built, 1);
    put(&built, 256, 2);
    put(&built, 4, 2);
    put(&built, 8, 2);
    put_octets(&built, "\0\1\0\4\0\x30\0\1\0\x22\0\4", 12);
    close_set(&built);
    receive(taken, &built);
    struct template_view view = template_of(taken, 0, 0);
    check(view.is_options);
    check_equal(view.scope_count, 1);
    check_equal(view.field_count, 3);
    put_at(&built, 26, 3); /* not a number of fields */
    receive(taken, &built);
    check_equal(counted(taken, "length"), 1);
    stop_collecting(taken);
}

static void build_withdrawal(struct built *built, unsigned set, unsigned id)
{
    start10(built, 0);
    open_set(built, set);
    put(built, id, 2);
    put(built, 0, 2);
    close_set(built);
    finish10(built);
}

static void receive_stream(struct taken *taken, const struct built *built)
{
    receive_from(taken, (struct bytes){ built->at, built->len }, 0x0a000002, MESSAGE_TCP);
}

static void a_withdrawal_counts_over_a_stream_and_not_in_a_datagram(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    build_template(&built, 256, 4);
    receive(taken, &built);
    receive_stream(taken, &built);
    build_withdrawal(&built, 2, 256);
    receive(taken, &built);
    receive_stream(taken, &built);
    check_equal(view_of(taken, 0).templates_held, 1);
    check_equal(view_of(taken, 1).templates_held, 0);
    check_equal(counted(taken, "template withdrawn"), 1);
    stop_collecting(taken);
}

static void all_templates_of_a_kind_are_withdrawn_at_once(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    for (unsigned id = 256; id < 260; id++) {
        build_template(&built, id, 4);
        receive_stream(taken, &built);
    }
    build_withdrawal(&built, 3, 3);
    receive_stream(taken, &built);
    check_equal(view_of(taken, 0).templates_held, 4);
    build_withdrawal(&built, 2, 2);
    receive_stream(taken, &built);
    check_equal(view_of(taken, 0).templates_held, 0);
    check_equal(counted(taken, "value"), 0);
    stop_collecting(taken);
}

static void a_session_ends_with_its_templates(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    build_template(&built, 256, 4);
    receive_stream(taken, &built);
    const struct export_message end = { .session = 5, .is_end = true };
    collect_message(taken->collect, &end);
    check_equal(view_of(taken, 0).templates_held, 0);
    stop_collecting(taken);
}

static void a_template_expires_in_datagrams(void **state)
{
    (void)state;
    struct collect_limits limits = small;
    limits.template_ns = 10 * TIME_SECOND_NS;
    struct taken *taken = start_limited(&limits);
    struct built built;
    build_template(&built, 256, 4);
    receive(taken, &built);
    build_data(&built, 256, 4, 1);
    struct export_message message = { .octets = { built.at, built.len },
                                      .exporter = ip_from_v4(0x0a000001),
                                      .received_ns = (EXPORT_S + 11) * TIME_SECOND_NS,
                                      .port = 4739,
                                      .transport = MESSAGE_UDP };
    collect_message(taken->collect, &message);
    check_equal(taken->flow_count, 0);
    check_equal(counted(taken, "template expired"), 1);
    check_equal(view_of(taken, 0).without_template, 1);
    stop_collecting(taken);
}

/* 200 templates of an exporter whose share is 64, and its neighbour keeps its own. */
static void a_bomb_of_templates_hits_only_its_exporter(void **state)
{
    (void)state;
    struct collect_limits limits = small;
    limits.templates_max = 1024;
    limits.fields_max = 1 << 15;
    struct taken *taken = start_limited(&limits);
    struct built built;
    build_template(&built, 256, 4);
    receive(taken, &built);
    for (unsigned id = 256; id < 456; id++) {
        build_template(&built, id, 4);
        receive_from(taken, (struct bytes){ built.at, built.len }, 0x0a0000ff, MESSAGE_UDP);
    }
    check_equal(view_of(taken, 1).templates_held, 64);
    check_equal(counted(taken, "template evicted"), 200 - 64);
    build_data(&built, 256, 4, 1);
    receive(taken, &built);
    check_equal(taken->flow_count, 1);
    stop_collecting(taken);
}

static void wide_templates_are_held_to_a_share_of_fields(void **state)
{
    (void)state;
    struct collect_limits limits = small;
    limits.fields_max = 1 << 15;
    struct taken *taken = start_limited(&limits);
    struct built built;
    for (unsigned id = 256; id < 266; id++) {
        start10(&built, 0);
        open_set(&built, 2);
        put(&built, id, 2);
        put(&built, 1000, 2);
        for (int i = 0; i < 1000; i++)
            put(&built, 0x00520001, 4);
        close_set(&built);
        finish10(&built);
        receive(taken, &built);
    }
    check_equal(view_of(taken, 0).templates_held, 2);
    stop_collecting(taken);
}

/* A full table gives up those no record was read with. */
static void a_flood_of_invented_exporters_spares_templates_in_use(void **state)
{
    (void)state;
    struct collect_limits limits = small;
    limits.exporters_max = 512;
    limits.templates_max = 128;
    struct taken *taken = start_limited(&limits);
    struct built built;
    build_template(&built, 256, 4);
    receive(taken, &built);
    build_data(&built, 256, 4, 1);
    receive(taken, &built);
    build_template(&built, 256, 4);
    for (uint32_t i = 0; i < 400; i++)
        receive_from(taken, (struct bytes){ built.at, built.len }, 0x0b000000 + i, MESSAGE_UDP);
    build_data(&built, 256, 4, 1);
    receive(taken, &built);
    check_equal(taken->flow_count, 2);
    check(counted(taken, "template evicted") > 200);
    stop_collecting(taken);
}

static void data_waits_for_its_template_and_is_read_in_order(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    for (unsigned i = 0; i < 5; i++) {
        build_data(&built, 256, 4, i + 1);
        receive(taken, &built);
        build_data(&built, 257, 4, 77); /* of another template, which does not come */
        receive(taken, &built);
    }
    check_equal(taken->flow_count, 0);
    build_template(&built, 256, 4);
    receive(taken, &built);
    check_equal(taken->flow_count, 5);
    for (unsigned i = 0; i < 5; i++)
        check_equal(taken->flows[i].forward.octets, i + 1);
    check_equal(view_of(taken, 0).without_template, 10);
    check_equal(view_of(taken, 0).replayed, 5);
    collect_finish(taken->collect);
    check_equal(view_of(taken, 0).pending_lost_octets, 5 * 12);
    check_equal(counted(taken, "without template"), 5 * 12);
    stop_collecting(taken);
}

static void data_read_late_keeps_its_own_time(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    start9(&built, 1);
    open_set(&built, 256);
    put_octets(&built, "\xc0\0\2\1\xc6\x33\x64\2\0\0\0\1", 12);
    put(&built, UPTIME_MS - 1000, 4);
    close_set(&built);
    receive(taken, &built);
    start9(&built, 2);
    built.at[7] = 0x50; /* a later uptime */
    open_set(&built, 0);
    PUT_TEMPLATE(&built, 256, 8, 4, 12, 4, 2, 4, 21, 4);
    close_set(&built);
    receive(taken, &built);
    check_equal(taken->flow_count, 1);
    check_equal(taken->flows[0].forward.last_ns, (EXPORT_S - 1) * TIME_SECOND_NS);
    stop_collecting(taken);
}

static void receive_at(struct taken *taken, const struct built *built, int64_t received_ns)
{
    const struct export_message message = { .octets = { built->at, built->len },
                                            .exporter = ip_from_v4(0x0a000001),
                                            .received_ns = received_ns,
                                            .port = 4739,
                                            .transport = MESSAGE_UDP };
    collect_message(taken->collect, &message);
}

static void data_of_a_later_time_than_its_template_waits_once(void **state)
{
    (void)state;
    struct collect_limits limits = small;
    limits.template_ns = 10 * TIME_SECOND_NS;
    struct taken *taken = start_limited(&limits);
    struct built built;
    build_data(&built, 256, 4, 1);
    receive_at(taken, &built, (EXPORT_S + 50) * TIME_SECOND_NS);
    build_template(&built, 256, 4);
    receive_at(taken, &built, EXPORT_S * TIME_SECOND_NS); /* our clock was set back */
    check_equal(taken->flow_count, 1);
    check_equal(view_of(taken, 0).replayed, 1);
    stop_collecting(taken);
}

static void absurd_times_of_receipt_are_not_reckoned_with(void **state)
{
    (void)state;
    static const int64_t times_ns[] = { INT64_MIN, INT64_MAX, -1, INT64_MAX, INT64_MIN, 1 };
    struct taken *taken = start_collecting();
    struct built built;
    for (size_t i = 0; i < sizeof times_ns / sizeof *times_ns; i++) {
        build_data(&built, 256, 4, i + 1);
        receive_at(taken, &built, times_ns[i]);
    }
    build_template(&built, 256, 4);
    receive_at(taken, &built, INT64_MIN);
    check_equal(taken->flow_count, 6);
    stop_collecting(taken);
}

static void what_waits_is_bounded_per_exporter(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    for (unsigned i = 0; i < 1000; i++) {
        build_data(&built, 256, 4, 1);
        receive(taken, &built);
    }
    check(view_of(taken, 0).pending_lost_octets > 500 * 12);
    build_data(&built, 256, 4, 9); /* another exporter's */
    receive_from(taken, (struct bytes){ built.at, built.len }, 0x0a000002, MESSAGE_UDP);
    check_equal(view_of(taken, 1).pending_lost_octets, 0);
    build_template(&built, 256, 4);
    receive_from(taken, (struct bytes){ built.at, built.len }, 0x0a000002, MESSAGE_UDP);
    check_equal(taken->flow_count, 1);
    check_equal(taken->flows[0].forward.octets, 9);
    stop_collecting(taken);
}

/* Sets of all sizes through a ring of 64 KiB, many times over. */
static void what_evicted_exporters_lost_is_still_told(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    struct built built;
    for (uint32_t i = 0; i < 20; i++) {
        build_template(&built, 256, 4);
        receive_from(taken, (struct bytes){ built.at, built.len }, 0x0b000000 + i, MESSAGE_UDP);
        build_data(&built, 256, 4, 1);
        receive_from(taken, (struct bytes){ built.at, built.len }, 0x0b000000 + i, MESSAGE_UDP);
    }
    check_equal(taken->flow_count, 20);
    check_equal(counted(taken, "without a rate, exporter evicted"), 12);
    check_equal(counted(taken, "exporter evicted"), 12);
    stop_collecting(taken);
}

static void the_ring_goes_round(void **state)
{
    (void)state;
    struct collect_limits limits = small;
    limits.exporters_max = 64;
    struct taken *taken = start_limited(&limits);
    struct built built;
    for (unsigned i = 0; i < 5000; i++) {
        start10(&built, 0);
        open_set(&built, 256 + i % 3);
        for (unsigned octets = 0; octets < i * 7 % 4000; octets++)
            put(&built, i, 1);
        close_set(&built);
        finish10(&built);
        receive_from(taken, (struct bytes){ built.at, built.len }, 0x0a000001 + i % 40,
                     MESSAGE_UDP);
        if (i % 50 != 0)
            continue;
        build_template(&built, 256 + i % 3, 4);
        receive_from(taken, (struct bytes){ built.at, built.len }, 0x0a000001 + i % 40,
                     MESSAGE_UDP);
    }
    collect_finish(taken->collect);
    check(counted(taken, "without template") > 0);
    stop_collecting(taken);
}

TESTS(TEST(the_same_again_is_refreshed_and_another_replaces),
      TEST(fields_are_shown_with_their_elements), TEST(numbers_below_256_are_refused),
      TEST(a_record_without_octets_is_refused), TEST(fields_of_no_octets_are_passed_over),
      TEST(a_record_no_message_can_hold_is_refused),
      TEST(too_many_fields_are_refused_and_the_next_template_read),
      TEST(a_field_count_that_lies_is_truncated),
      TEST(options_without_scope_or_with_too_many_are_refused),
      TEST(options_of_netflow9_count_in_octets),
      TEST(a_withdrawal_counts_over_a_stream_and_not_in_a_datagram),
      TEST(all_templates_of_a_kind_are_withdrawn_at_once),
      TEST(a_session_ends_with_its_templates), TEST(a_template_expires_in_datagrams),
      TEST(a_bomb_of_templates_hits_only_its_exporter),
      TEST(wide_templates_are_held_to_a_share_of_fields),
      TEST(a_flood_of_invented_exporters_spares_templates_in_use),
      TEST(data_waits_for_its_template_and_is_read_in_order),
      TEST(data_read_late_keeps_its_own_time),
      TEST(data_of_a_later_time_than_its_template_waits_once),
      TEST(absurd_times_of_receipt_are_not_reckoned_with),
      TEST(what_waits_is_bounded_per_exporter), TEST(what_evicted_exporters_lost_is_still_told),
      TEST(the_ring_goes_round))
