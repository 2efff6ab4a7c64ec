// SPDX-License-Identifier: Apache-2.0
#include "collect/saved_private.h"

#include <stdlib.h>

#include "base/time.h"
#include "check.h"
#include "collect/protocol_private.h"

#define NOW_NS (INT64_C(1790000000) * TIME_SECOND_NS)

enum { ROOM = 1 << 16 };

struct desk {
    void *memory;
    struct collect *collect;
};

static struct desk open_desk(void)
{
    static const struct hash_key key = { { 1, 2, 3, 4 } };
    const struct collect_policy policy = { 0 };
    struct collect_limits limits = collect_defaults;
    limits.exporters_max = 16;
    limits.templates_max = 64;
    limits.fields_max = 1024;
    limits.pending_octets = 4096;
    size_t size = collect_size(&limits);
    struct desk desk = { .memory = malloc(size) };
    struct arena arena = arena_over(desk.memory, size);
    desk.collect = collect_init(&limits, &policy, key, (struct collect_sink){ 0 }, &arena);
    return desk;
}

static void close_desk(struct desk *desk)
{
    free(desk->memory);
}

static struct exporter *hear(struct desk *desk, uint32_t address, uint32_t domain,
                             uint64_t session, int second)
{
    const struct export_message message = { .exporter = ip_from_v4(address),
                                            .port = 2055,
                                            .session = session,
                                            .received_ns = NOW_NS + second * TIME_SECOND_NS };
    const struct message_head head = { .protocol = EXPORT_NETFLOW9,
                                       .domain = domain,
                                       .export_ns = NOW_NS + (7200 + second) * TIME_SECOND_NS,
                                       .uptime_ms = 100000 + 1000 * (uint32_t)second,
                                       .has_uptime = true };
    struct exporter *exporter = exporters_find(desk->collect->exporters, &message, &head);
    exporter_begin(exporter, &message, &head);
    return exporter;
}

/* Two datagram exporters with samplers, one clock two hours off, and one of a connection. */
static struct desk busy_desk(void)
{
    struct desk desk = open_desk();
    struct sampling_option option = { .has_selector = true, .selector = 3, .interval = 100 };
    exporter_take_sampling(hear(&desk, 0x0a000001, 1, 0, 0), &option);
    option.selector = 4;
    exporter_take_sampling(hear(&desk, 0x0a000001, 1, 0, 0), &option);
    exporter_take_sampling(hear(&desk, 0x0a000003, 1, 77, 0), &option);
    for (int i = 0; i < 40; i++)
        (void)hear(&desk, 0x0a000002, 2, 0, i);
    return desk;
}

static void what_was_saved_is_there_again(void **state)
{
    (void)state;
    uint8_t first[ROOM], second[ROOM];
    struct desk desk = busy_desk(), again = open_desk();
    size_t len = collect_save(desk.collect, first, sizeof first);
    check(len > 0 && len <= sizeof first);
    check_equal(collect_save(desk.collect, NULL, 0), len);
    check_equal(collect_restore(again.collect, (struct bytes){ first, len }, NOW_NS),
                FAULT_NONE);
    check_equal(collect_save(again.collect, second, sizeof second), len);
    assert_memory_equal(first, second, len);

    struct exporter_view view;
    check(collect_exporter(again.collect, 0, &view));
    check_equal(view.domain, 1);
    check_equal(view.samplers_held, 2);
    check(collect_exporter(again.collect, 1, &view));
    check(view.is_clock_corrected);
    check_equal(view.clock_error_ns, 7200 * TIME_SECOND_NS);
    check(!collect_exporter(again.collect, 2, &view)); /* the session is no more */

    struct observation told = { 0 };
    exporter_sampling(hear(&again, 0x0a000001, 1, 0, 50),
                      &(struct sampling_hint){ .selector = 4 }, &told);
    check_equal(told.rate, 100);
    close_desk(&desk);
    close_desk(&again);
}

static void what_was_heard_since_stays(void **state)
{
    (void)state;
    uint8_t saved[ROOM];
    struct desk desk = busy_desk(), again = open_desk();
    size_t len = collect_save(desk.collect, saved, sizeof saved);
    exporter_take_sampling(hear(&again, 0x0a000001, 1, 0, 60),
                           &(struct sampling_option){ .interval = 5 });
    check_equal(collect_restore(again.collect, (struct bytes){ saved, len }, NOW_NS),
                FAULT_NONE);
    struct exporter_view view;
    check(collect_exporter(again.collect, 0, &view));
    check_equal(view.samplers_held, 1);
    check(collect_exporter(again.collect, 1, &view));
    close_desk(&desk);
    close_desk(&again);
}

static void refuse(struct bytes saved)
{
    struct desk desk = open_desk();
    struct exporter_view view;
    check(collect_restore(desk.collect, saved, NOW_NS) != FAULT_NONE);
    check(!collect_exporter(desk.collect, 0, &view));
    close_desk(&desk);
}

static void every_shorter_file_is_refused(void **state)
{
    (void)state;
    uint8_t saved[ROOM];
    struct desk desk = busy_desk();
    size_t len = collect_save(desk.collect, saved, sizeof saved);
    for (size_t shorter = 0; shorter < len; shorter++)
        refuse((struct bytes){ saved, shorter });
    saved[len] = 0;
    refuse((struct bytes){ saved, len + 1 });
    close_desk(&desk);
}

static void every_spoilt_octet_is_noticed(void **state)
{
    (void)state;
    uint8_t saved[ROOM];
    struct desk desk = busy_desk();
    size_t len = collect_save(desk.collect, saved, sizeof saved);
    for (size_t i = 0; i < len; i++) {
        saved[i] ^= 0x40;
        refuse((struct bytes){ saved, len });
        saved[i] ^= 0x40;
    }
    close_desk(&desk);
}

/* With a hash that is right, for content that is not. */
static void refuse_content(uint8_t *content, size_t len)
{
    uint64_t hash = saved_hash((struct bytes){ content, len });
    for (size_t i = 0; i < SAVED_HASH_OCTETS; i++)
        content[len + i] = (uint8_t)(hash >> (7 - i) * 8);
    refuse((struct bytes){ content, len + SAVED_HASH_OCTETS });
}

static void every_shorter_content_is_refused_even_with_its_hash(void **state)
{
    (void)state;
    uint8_t saved[ROOM], content[ROOM];
    struct desk desk = busy_desk();
    size_t len = collect_save(desk.collect, saved, sizeof saved) - SAVED_HASH_OCTETS;
    for (size_t shorter = 0; shorter < len; shorter++) {
        memcpy(content, saved, shorter);
        refuse_content(content, shorter);
    }
    memcpy(content, saved, len);
    content[len] = 0;
    refuse_content(content, len + 1);
    close_desk(&desk);
}

static void another_version_is_refused(void **state)
{
    (void)state;
    uint8_t saved[ROOM];
    struct desk desk = busy_desk(), again = open_desk();
    size_t len = collect_save(desk.collect, saved, sizeof saved);
    saved[11] = 2;
    check_equal(collect_restore(again.collect, (struct bytes){ saved, len }, NOW_NS),
                FAULT_VERSION);
    close_desk(&desk);
    close_desk(&again);
}

TESTS(TEST(what_was_saved_is_there_again), TEST(what_was_heard_since_stays),
      TEST(every_shorter_file_is_refused), TEST(every_spoilt_octet_is_noticed),
      TEST(every_shorter_content_is_refused_even_with_its_hash),
      TEST(another_version_is_refused))
