// SPDX-License-Identifier: Apache-2.0
#include "collect/sampling_private.h"

#include <math.h>
#include <stdlib.h>

#include "base/time.h"
#include "check.h"
#include "collect/template_private.h"

static const struct hash_key key = { { 1, 2, 3, 4 } };

struct table {
    void *memory;
    struct exporters *exporters;
};

static void open_table(struct table *table, const struct sampling_rule *rules, size_t count)
{
    struct collect_limits limits = collect_defaults;
    limits.exporters_max = 16;
    size_t size = exporters_size(&limits) + templates_size(&limits);
    table->memory = malloc(size);
    struct arena arena = arena_over(table->memory, size);
    const struct collect_policy policy = { rules, count };
    struct templates *templates = templates_init(&limits, key, &arena);
    table->exporters = exporters_init(&limits, &policy, key, templates, &arena);
}

static void close_table(struct table *table)
{
    free(table->memory);
}

static struct exporter *find(struct table *table, enum export_protocol protocol,
                             uint32_t domain)
{
    const struct export_message message = { .exporter = ip_from_v4(0x0a000001),
                                            .received_ns = TIME_SECOND_NS };
    const struct message_head head = { .protocol = protocol, .domain = domain };
    struct exporter *exporter = exporters_find(table->exporters, &message, &head);
    exporter_begin(exporter, &message, &head);
    return exporter;
}

static void check_rate(struct exporter *exporter, struct sampling_hint hint, uint32_t rate,
                       enum sampling_origin origin)
{
    for (int again = 0; again < 2; again++) {
        struct observation out = { 0 };
        exporter_sampling(exporter, &hint, &out);
        check_equal(out.rate, rate);
        check_equal(out.sampling, origin);
    }
}

static const struct {
    struct sampling_option option;
    uint32_t rate;
    const char *method;
} cases[] = {
    { { .interval = 100 }, 100, "not told" },
    { { .interval = 100, .has_algorithm = true, .algorithm = 0 }, 100, "not told" },
    { { .interval = 1, .has_algorithm = true, .algorithm = 1 }, 1, "deterministic" },
    { { .interval = 2048, .has_algorithm = true, .algorithm = 2 }, 2048, "random" },
    { { .packet_interval = 1,
        .packet_space = 999,
        .has_algorithm = true,
        .algorithm = 1,
        .is_selector_algorithm = true },
      1000,
      "systematic count-based" },
    { { .packet_interval = 10, .packet_space = 10229 }, 1024, "not told" },
    { { .packet_interval = 1 }, 1, "not told" },
    { { .packet_interval = 500 }, 500, "not told" },
    { { .packet_space = 500 }, 0, "not told" },
    { { .size = 1,
        .population = 512,
        .has_algorithm = true,
        .algorithm = 3,
        .is_selector_algorithm = true },
      512,
      "random n-out-of-N" },
    { { .size = 4, .population = 4 }, 1, "not told" },
    { { .size = 5, .population = 4 }, 0, "not told" },
    { { .probability = 0.001,
        .has_algorithm = true,
        .algorithm = 4,
        .is_selector_algorithm = true },
      1000,
      "uniform probabilistic" },
    { { .probability = 1.0 }, 1, "not told" },
    { { .probability = 1.5 }, 0, "not told" },
    { { .probability = -1.0 }, 0, "not told" },
    { { .probability = 1e-300 }, 0, "not told" },
    { { .probability = (double)NAN }, 0, "not told" },
    { { .packet_interval = UINT32_MAX, .packet_space = UINT32_MAX }, 2, "not told" },
    { { .packet_interval = 1, .packet_space = UINT32_MAX }, UINT32_MAX, "not told" },
    { { .has_algorithm = true, .algorithm = 5, .is_selector_algorithm = true },
      0,
      "property match" },
    { { .has_algorithm = true, .algorithm = 7, .is_selector_algorithm = true },
      0,
      "hash-based" },
    { { .has_algorithm = true, .algorithm = 99, .is_selector_algorithm = true }, 0, "other" },
    { { .has_algorithm = true, .algorithm = 99 }, 0, "other" },
};

static void rates_are_told_in_many_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sampler_rate rate = sampling_rate_of(&cases[i].option);
        check_equal(rate.rate, cases[i].rate);
        assert_string_equal(sampling_method_name(rate.method), cases[i].method);
    }
}

static void a_rate_nobody_told_is_unknown(void **state)
{
    (void)state;
    struct table table;
    open_table(&table, NULL, 0);
    struct exporter *exporter = find(&table, EXPORT_IPFIX, 0);
    check_rate(exporter, (struct sampling_hint){ .ingress = 3 }, 0, SAMPLING_UNKNOWN);
    exporter_take_sampling(exporter, &(struct sampling_option){ .packet_space = 1 });
    check_rate(exporter, (struct sampling_hint){ .ingress = 3 }, 0, SAMPLING_UNKNOWN);
    close_table(&table);
}

static void a_rate_of_the_whole_exporter_counts_from_then_on(void **state)
{
    (void)state;
    struct table table;
    open_table(&table, NULL, 0);
    struct exporter *exporter = find(&table, EXPORT_NETFLOW9, 7);
    check_rate(exporter, (struct sampling_hint){ 0 }, 0, SAMPLING_UNKNOWN);
    exporter_take_sampling(exporter, &(struct sampling_option){ .interval = 100 });
    check_rate(exporter, (struct sampling_hint){ .ingress = 1 }, 100, SAMPLING_OPTIONS);
    exporter_take_sampling(exporter, &(struct sampling_option){ .interval = 200 });
    check_rate(exporter, (struct sampling_hint){ .ingress = 1 }, 200, SAMPLING_OPTIONS);
    exporter_take_sampling(exporter, &(struct sampling_option){ .interval = 1 });
    check_rate(exporter, (struct sampling_hint){ .ingress = 1 }, 1, SAMPLING_ALL);
    close_table(&table);
}

static void several_samplers_have_a_rate_each(void **state)
{
    (void)state;
    struct table table;
    open_table(&table, NULL, 0);
    struct exporter *exporter = find(&table, EXPORT_NETFLOW9, 7);
    struct sampling_option option = { .has_selector = true, .selector = 1, .interval = 100 };
    exporter_take_sampling(exporter, &option);
    check_rate(exporter, (struct sampling_hint){ .selector = 1 }, 100, SAMPLING_OPTIONS);
    check_rate(exporter, (struct sampling_hint){ .selector = 2 }, 0, SAMPLING_UNKNOWN);
    /* The record names none and there is but one. */
    check_rate(exporter, (struct sampling_hint){ 0 }, 100, SAMPLING_OPTIONS);
    option.selector = 2;
    option.interval = 5000;
    exporter_take_sampling(exporter, &option);
    check_rate(exporter, (struct sampling_hint){ .selector = 1 }, 100, SAMPLING_OPTIONS);
    check_rate(exporter, (struct sampling_hint){ .selector = 2 }, 5000, SAMPLING_OPTIONS);
    check_rate(exporter, (struct sampling_hint){ 0 }, 0, SAMPLING_UNKNOWN);
    close_table(&table);
}

static void interfaces_have_a_rate_each(void **state)
{
    (void)state;
    struct table table;
    open_table(&table, NULL, 0);
    struct exporter *exporter = find(&table, EXPORT_IPFIX, 7);
    struct sampling_option option = { .has_interface = true, .interface = 10, .interval = 10 };
    exporter_take_sampling(exporter, &option);
    option.interface = 11;
    option.interval = 11;
    exporter_take_sampling(exporter, &option);
    check_rate(exporter, (struct sampling_hint){ .ingress = 10 }, 10, SAMPLING_OPTIONS);
    check_rate(exporter, (struct sampling_hint){ .ingress = 11, .egress = 10 }, 11,
               SAMPLING_OPTIONS);
    check_rate(exporter, (struct sampling_hint){ .ingress = 12, .egress = 10 }, 10,
               SAMPLING_OPTIONS);
    check_rate(exporter, (struct sampling_hint){ .ingress = 12 }, 0, SAMPLING_UNKNOWN);
    close_table(&table);
}

static void domain_0_speaks_for_the_others(void **state)
{
    (void)state;
    struct table table;
    open_table(&table, NULL, 0);
    struct exporter *card = find(&table, EXPORT_IPFIX, 2177);
    struct exporter *other = find(&table, EXPORT_NETFLOW9, 2177);
    check_rate(card, (struct sampling_hint){ .selector = 3 }, 0, SAMPLING_UNKNOWN);
    struct exporter *whole = find(&table, EXPORT_IPFIX, 0);
    struct sampling_option option = { .has_selector = true, .selector = 3, .interval = 64 };
    exporter_take_sampling(whole, &option);
    check_rate(card, (struct sampling_hint){ .selector = 3 }, 64, SAMPLING_OPTIONS);
    check_rate(other, (struct sampling_hint){ .selector = 3 }, 0, SAMPLING_UNKNOWN);
    /* Its own word comes first. */
    option.interval = 32;
    exporter_take_sampling(card, &option);
    check_rate(card, (struct sampling_hint){ .selector = 3 }, 32, SAMPLING_OPTIONS);
    close_table(&table);
}

static void a_rate_told_in_another_domain_counts_when_all_agree(void **state)
{
    (void)state;
    struct table table;
    open_table(&table, NULL, 0);
    struct exporter *data = find(&table, EXPORT_NETFLOW9, 256);
    exporter_take_sampling(find(&table, EXPORT_NETFLOW9, 6),
                           &(struct sampling_option){ .interval = 1000 });
    check_rate(data, (struct sampling_hint){ .ingress = 4 }, 1000, SAMPLING_OPTIONS);
    exporter_take_sampling(find(&table, EXPORT_NETFLOW9, 7),
                           &(struct sampling_option){ .interval = 1000 });
    check_rate(data, (struct sampling_hint){ .ingress = 4 }, 1000, SAMPLING_OPTIONS);
    exporter_take_sampling(find(&table, EXPORT_NETFLOW9, 8),
                           &(struct sampling_option){ .interval = 2000 });
    check_rate(data, (struct sampling_hint){ .ingress = 4 }, 0, SAMPLING_UNKNOWN);
    struct sampling_option option = { .interval = 50, .has_interface = true, .interface = 4 };
    exporter_take_sampling(data, &option);
    check_rate(data, (struct sampling_hint){ .ingress = 4 }, 50, SAMPLING_OPTIONS);
    close_table(&table);
}

static void a_record_knows_its_own_rate_best(void **state)
{
    (void)state;
    struct table table;
    open_table(&table, NULL, 0);
    struct exporter *exporter = find(&table, EXPORT_NETFLOW9, 7);
    exporter_take_sampling(exporter, &(struct sampling_option){ .interval = 100 });
    check_rate(exporter, (struct sampling_hint){ .rate = 50 }, 50, SAMPLING_RECORD);
    check_rate(exporter, (struct sampling_hint){ .rate = 1 }, 1, SAMPLING_ALL);
    struct exporter *v5 = find(&table, EXPORT_NETFLOW5, 0);
    check_rate(v5, (struct sampling_hint){ .rate = 50 }, 50, SAMPLING_MESSAGE);
    check_rate(v5, (struct sampling_hint){ 0 }, 0, SAMPLING_UNKNOWN);
    close_table(&table);
}

static struct sampling_rule rule(const char *prefix, uint32_t interface, uint32_t rate,
                                 bool overrides)
{
    struct sampling_rule out = { .interface = interface, .rate = rate, .overrides = overrides };
    check(ip_prefix_read(bytes_of_string(prefix), &out.exporter));
    return out;
}

static void rules_stand_in_or_override(void **state)
{
    (void)state;
    const struct sampling_rule rules[] = {
        rule("192.0.2.0/24", 0, 9, true),
        rule("10.0.0.0/8", 5, 500, true),
        rule("10.0.0.1", 0, 1000, false),
        rule("10.0.0.0/8", 0, 2000, false),
    };
    struct table table;
    open_table(&table, rules, sizeof rules / sizeof *rules);
    struct exporter *exporter = find(&table, EXPORT_NETFLOW9, 7);
    check_rate(exporter, (struct sampling_hint){ .ingress = 1 }, 1000, SAMPLING_ASSUMED);
    check_rate(exporter, (struct sampling_hint){ .ingress = 5 }, 500, SAMPLING_OVERRIDDEN);
    check_rate(exporter, (struct sampling_hint){ .ingress = 5, .rate = 7 }, 500,
               SAMPLING_OVERRIDDEN);
    check_rate(exporter, (struct sampling_hint){ .ingress = 1, .rate = 7 }, 7, SAMPLING_RECORD);
    exporter_take_sampling(exporter, &(struct sampling_option){ .interval = 100 });
    check_rate(exporter, (struct sampling_hint){ .ingress = 1 }, 100, SAMPLING_OPTIONS);
    check_rate(exporter, (struct sampling_hint){ .ingress = 5 }, 500, SAMPLING_OVERRIDDEN);
    close_table(&table);
}

static void open_samplers(struct table *table, struct samplers **out, size_t exporters)
{
    struct collect_limits limits = collect_defaults;
    limits.exporters_max = exporters;
    size_t size = samplers_size(&limits);
    table->memory = malloc(size);
    struct arena arena = arena_over(table->memory, size);
    *out = samplers_init(&limits, key, &arena);
}

static void the_sampler_told_longest_ago_makes_room(void **state)
{
    (void)state;
    struct table table;
    struct samplers *samplers;
    open_samplers(&table, &samplers, 256); /* room for 1024 */
    const struct sampler_key kept = { 1, SAMPLER_SELECTOR, 0 };
    for (uint32_t i = 0; i < 1500; i++) {
        const struct sampler_key one = { 1 + i % 5, SAMPLER_SELECTOR, i };
        samplers_put(samplers, &one, (struct sampler_rate){ i + 1, 0 }, i);
        samplers_put(samplers, &kept, (struct sampler_rate){ 1, 0 }, i);
    }
    check_equal(samplers_evicted(samplers), 1500 - 1024);
    check_equal(samplers_find(samplers, &kept), 1);
    check_equal(samplers_find(samplers, &(struct sampler_key){ 2, SAMPLER_SELECTOR, 1 }), 0);
    check_equal(samplers_find(samplers, &(struct sampler_key){ 5, SAMPLER_SELECTOR, 1499 }),
                1500);
    uint32_t held = 0;
    for (uint32_t exporter = 1; exporter <= 5; exporter++) {
        struct sampler_key at;
        struct sampler_rate rate;
        uint32_t count = 0;
        for (uint32_t i = 0; (i = samplers_next(samplers, exporter, i, &at, &rate)) != 0;)
            count++;
        check_equal(samplers_of(samplers, exporter)->count, count);
        held += count;
        samplers_drop(samplers, exporter);
        check_equal(samplers_of(samplers, exporter)->count, 0);
    }
    check_equal(held, 1024);
    close_table(&table);
}

static void one_exporter_holds_no_more_than_its_share(void **state)
{
    (void)state;
    struct table table;
    struct samplers *samplers;
    open_samplers(&table, &samplers, 4096);
    const struct sampler_key other = { 2, SAMPLER_WHOLE, 0 };
    samplers_put(samplers, &other, (struct sampler_rate){ 77, 0 }, 0);
    for (uint32_t i = 0; i < 20000; i++) {
        const struct sampler_key one = { 1, SAMPLER_INTERFACE, i };
        samplers_put(samplers, &one, (struct sampler_rate){ 10, 0 }, 0);
    }
    check_equal(samplers_of(samplers, 1)->count, SAMPLERS_OF_EXPORTER_MAX);
    check_equal(samplers_of(samplers, 1)->interfaces, SAMPLERS_OF_EXPORTER_MAX);
    check_equal(samplers_find(samplers, &other), 77);
    close_table(&table);
}

static void changes_of_a_rate_are_counted_with_their_time(void **state)
{
    (void)state;
    struct table table;
    struct samplers *samplers;
    open_samplers(&table, &samplers, 16);
    const struct sampler_key one = { 1, SAMPLER_WHOLE, 0 };
    samplers_put(samplers, &one, (struct sampler_rate){ 10, 0 }, 5);
    samplers_put(samplers, &one, (struct sampler_rate){ 10, 0 }, 6);
    check_equal(samplers_of(samplers, 1)->changes, 0);
    samplers_put(samplers, &one, (struct sampler_rate){ 20, 0 }, 7);
    samplers_put(samplers, &one, (struct sampler_rate){ 20, 0 }, 8);
    check_equal(samplers_of(samplers, 1)->changes, 1);
    check_equal(samplers_of(samplers, 1)->changed_ns, 7);
    close_table(&table);
}

TESTS(TEST(rates_are_told_in_many_ways), TEST(a_rate_nobody_told_is_unknown),
      TEST(a_rate_of_the_whole_exporter_counts_from_then_on),
      TEST(several_samplers_have_a_rate_each), TEST(interfaces_have_a_rate_each),
      TEST(domain_0_speaks_for_the_others),
      TEST(a_rate_told_in_another_domain_counts_when_all_agree),
      TEST(a_record_knows_its_own_rate_best), TEST(rules_stand_in_or_override),
      TEST(the_sampler_told_longest_ago_makes_room),
      TEST(one_exporter_holds_no_more_than_its_share),
      TEST(changes_of_a_rate_are_counted_with_their_time))
