// SPDX-License-Identifier: Apache-2.0
#include "collect/template_private.h"

#include <stdlib.h>

#include "base/time.h"
#include "check.h"

#define NOW_NS (INT64_C(1790000000) * TIME_SECOND_NS)

/* As if it were random: with a small one addresses fall into one chain. */
static const struct hash_key key = { { 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f,
                                       0x165667b19e3779f9, 0x27d4eb2f165667c5 } };

/* A table in memory of its own. */
struct table {
    void *memory;
    struct exporters *exporters;
};

static void open_table(struct table *table, size_t max, const struct collect_policy *policy)
{
    struct collect_limits limits = collect_defaults;
    limits.exporters_max = max;
    size_t size = exporters_size(&limits) + templates_size(&limits);
    *table = (struct table){ .memory = malloc(size) };
    struct arena arena = arena_over(table->memory, size);
    struct templates *templates = templates_init(&limits, key, &arena);
    table->exporters = exporters_init(&limits, policy, key, templates, &arena);
}

static void close_table(struct table *table)
{
    free(table->memory);
}

/* Who sends. */
struct sender {
    enum export_protocol protocol;
    uint32_t address;
    uint16_t port;
    uint32_t domain;
    uint64_t session;
    uint32_t agent;
};

static struct exporter *send(struct table *table, struct sender from, uint32_t sequence,
                             int64_t second)
{
    const struct export_message message = { .exporter = ip_from_v4(from.address),
                                            .port = from.port,
                                            .session = from.session,
                                            .received_ns = NOW_NS + second * TIME_SECOND_NS };
    struct message_head head = { .protocol = from.protocol,
                                 .domain = from.domain,
                                 .sequence = sequence,
                                 .export_ns = message.received_ns };
    if (from.agent != 0)
        head.agent = ip_from_v4(from.agent);
    struct exporter *exporter = exporters_find(table->exporters, &message, &head);
    exporter_begin(exporter, &message, &head);
    exporter_end(exporter, &head, (struct message_units){ 1, 1, true });
    return exporter;
}

static const struct sender v9 = { EXPORT_NETFLOW9, 0x0a000001, 2055, 5, 0, 0 };

static void one_exporter_is_found_again(void **state)
{
    (void)state;
    struct table table;
    open_table(&table, 4, &(struct collect_policy){ 0 });
    struct exporter *exporter = send(&table, v9, 0, 0);
    check_equal(exporter_number(exporter), 1);
    check(send(&table, v9, 1, 1) == exporter);
    check(exporters_at(table.exporters, 0) == exporter);
    check(exporters_at(table.exporters, 1) == NULL);
    close_table(&table);
}

static void domains_protocols_and_sessions_are_apart(void **state)
{
    (void)state;
    struct table table;
    open_table(&table, 8, &(struct collect_policy){ 0 });
    struct sender domain = v9, protocol = v9, session = v9, address = v9;
    domain.domain = 6;
    protocol.protocol = EXPORT_IPFIX;
    session.session = 1;
    address.address++;
    (void)send(&table, v9, 0, 0);
    check_equal(exporter_number(send(&table, domain, 0, 0)), 2);
    check_equal(exporter_number(send(&table, protocol, 0, 0)), 3);
    check_equal(exporter_number(send(&table, session, 0, 0)), 4);
    check_equal(exporter_number(send(&table, address, 0, 0)), 5);
    close_table(&table);
}

static void another_port_is_the_same_when_the_sequence_goes_on(void **state)
{
    (void)state;
    struct table table;
    open_table(&table, 8, &(struct collect_policy){ 0 });
    struct sender moved = v9, other = v9;
    moved.port = 40000;
    other.port = 50000;
    struct exporter *exporter = send(&table, v9, 1000000, 0);
    check(send(&table, moved, 1000001, 1) == exporter);
    /* Two programs on one host: numbers of their own. */
    check(send(&table, other, 5, 2) != exporter);
    check(send(&table, moved, 1000002, 3) == exporter);
    check(send(&table, other, 6, 4) != exporter);
    close_table(&table);
}

static void another_port_after_a_silence_is_a_boot(void **state)
{
    (void)state;
    struct table table;
    open_table(&table, 8, &(struct collect_policy){ 0 });
    struct sender moved = v9;
    moved.port = 40000;
    struct exporter *exporter = send(&table, v9, 1000000, 0);
    check(send(&table, moved, 0, 301) == exporter);
    close_table(&table);
}

static void an_sflow_agent_is_who_it_says_it_is(void **state)
{
    (void)state;
    struct table table;
    open_table(&table, 8, &(struct collect_policy){ 0 });
    struct sender direct = { EXPORT_SFLOW5, 0x0a000001, 6343, 0, 0, 0x0a0000fe };
    struct sender relayed = { EXPORT_SFLOW5, 0x0a000002, 1234, 0, 0, 0x0a0000fe };
    struct sender other = { EXPORT_SFLOW5, 0x0a000002, 1234, 0, 0, 0x0a0000fd };
    struct exporter *exporter = send(&table, direct, 0, 0);
    check(send(&table, relayed, 1, 0) == exporter);
    check(send(&table, other, 1, 0) != exporter);
    close_table(&table);
}

static void the_least_recently_heard_makes_room(void **state)
{
    (void)state;
    struct table table;
    open_table(&table, 3, &(struct collect_policy){ 0 });
    struct sender from = v9;
    for (uint32_t i = 0; i < 3; i++) {
        from.domain = 1 + i;
        (void)send(&table, from, 0, i);
    }
    from.domain = 1;
    (void)send(&table, from, 1, 4);
    from.domain = 9;
    check_equal(exporter_number(send(&table, from, 0, 5)), 2);
    check_equal(exporters_evicted(table.exporters), 1);
    from.domain = 2; /* forgotten: new, in the place of 3 */
    check_equal(exporter_number(send(&table, from, 0, 6)), 3);
    close_table(&table);
}

static void a_session_that_ended_goes_first(void **state)
{
    (void)state;
    struct table table;
    open_table(&table, 3, &(struct collect_policy){ 0 });
    struct sender from = v9;
    from.session = 7;
    (void)send(&table, from, 0, 0);
    from.domain++;
    (void)send(&table, from, 0, 0);
    (void)send(&table, v9, 0, 0);
    exporters_end(table.exporters, &(struct export_message){ .session = 7, .is_end = true });
    exporters_end(table.exporters, &(struct export_message){ .session = 8, .is_end = true });
    exporters_end(table.exporters, &(struct export_message){ .is_end = true });
    from.session = 8;
    check(exporter_number(send(&table, from, 0, 0)) <= 2);
    from.domain++;
    check(exporter_number(send(&table, from, 0, 0)) <= 2);
    check_equal(exporter_number(send(&table, v9, 1, 0)), 3);
    close_table(&table);
}

static void a_flood_of_exporters_stays_in_its_table(void **state)
{
    (void)state;
    struct table table;
    open_table(&table, 100, &(struct collect_policy){ 0 });
    struct sender from = v9;
    for (uint32_t i = 0; i < 20000; i++) {
        from.address = i * 2654435761U;
        from.session = i % 3;
        struct exporter *exporter = send(&table, from, i, i);
        const struct sampling_option option = { .interval = i,
                                                .interface = i,
                                                .has_interface = true };
        exporter_take_sampling(exporter, &option);
        if (i % 7 == 0)
            exporters_end(table.exporters, &(struct export_message){ .session = i % 3 });
    }
    check_equal(exporters_evicted(table.exporters), 19900);
    check(exporters_at(table.exporters, 99) != NULL);
    check(exporters_at(table.exporters, 100) == NULL);
    close_table(&table);
}

static void an_end_before_its_start_is_replaced(void **state)
{
    (void)state;
    struct table table;
    open_table(&table, 4, &(struct collect_policy){ 0 });
    struct exporter *exporter = send(&table, v9, 0, 0);
    int64_t first_ns = NOW_NS - 5, last_ns = NOW_NS - 3;
    enum time_quality quality = TIME_UPTIME;
    exporter_order_times(exporter, &first_ns, &last_ns, &quality);
    check_equal(quality, TIME_UPTIME);
    check_equal(last_ns - first_ns, 2);
    last_ns = NOW_NS - 7;
    exporter_order_times(exporter, &first_ns, &last_ns, &quality);
    check_equal(quality, TIME_RECEIVED);
    check_equal(first_ns, NOW_NS);
    check_equal(last_ns, NOW_NS);
    close_table(&table);
}

static void a_sender_of_ever_new_domains_or_ports_pushes_out_its_own(void **state)
{
    (void)state;
    struct table table;
    struct sender quiet = v9, flood = v9;
    open_table(&table, 64, &(struct collect_policy){ 0 });
    quiet.address = 0x0a000002;
    struct exporter *exporter = send(&table, quiet, 0, 0);
    for (uint32_t i = 0; i < 4000; i++) {
        flood.domain = i % 2 == 0 ? i : 5;
        flood.port = (uint16_t)i;
        (void)send(&table, flood, i * 1000000, 0);
    }
    check(send(&table, quiet, 1, 1) == exporter);
    check_equal(exporters_evicted(table.exporters), 4001 - 64);
    /* What is new elsewhere still finds a place. */
    quiet.address++;
    exporter = send(&table, quiet, 0, 0);
    check(send(&table, quiet, 1, 1) == exporter);
    close_table(&table);
}

static void of_a_sender_above_its_share_the_one_last_heard_stays(void **state)
{
    (void)state;
    struct table table;
    struct sender real = v9, flood = v9;
    open_table(&table, 64, &(struct collect_policy){ 0 });
    struct exporter *exporter = send(&table, real, 0, 0);
    for (uint32_t i = 0; i < 4000; i++) {
        flood.domain = 100 + i;
        (void)send(&table, flood, 0, 0);
        if (i % 16 == 0)
            check(send(&table, real, i, 0) == exporter);
    }
    close_table(&table);
}

static void addresses_of_one_network_of_ipv6_share(void **state)
{
    (void)state;
    struct table table;
    open_table(&table, 64, &(struct collect_policy){ 0 });
    struct exporter *exporter = send(&table, v9, 0, 0);
    for (uint32_t i = 0; i < 4000; i++) {
        struct export_message message = { .exporter = { { 0x20, 0x01, 0x0d, 0xb8 } } };
        memcpy(message.exporter.octets + 8, &i, sizeof i);
        const struct message_head head = { .protocol = EXPORT_NETFLOW9 };
        exporter_begin(exporters_find(table.exporters, &message, &head), &message, &head);
    }
    check(send(&table, v9, 1, 1) == exporter);
    close_table(&table);
}

TESTS(TEST(one_exporter_is_found_again), TEST(domains_protocols_and_sessions_are_apart),
      TEST(another_port_is_the_same_when_the_sequence_goes_on),
      TEST(another_port_after_a_silence_is_a_boot), TEST(an_sflow_agent_is_who_it_says_it_is),
      TEST(the_least_recently_heard_makes_room), TEST(a_session_that_ended_goes_first),
      TEST(a_flood_of_exporters_stays_in_its_table), TEST(an_end_before_its_start_is_replaced),
      TEST(a_sender_of_ever_new_domains_or_ports_pushes_out_its_own),
      TEST(of_a_sender_above_its_share_the_one_last_heard_stays),
      TEST(addresses_of_one_network_of_ipv6_share))
