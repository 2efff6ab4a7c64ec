// SPDX-License-Identifier: Apache-2.0
/* What rules cost a flow at selection: with one rule in force and with 64, for flows that
 * nothing named and for flows that an indicator did.  A hundred thousand indicators in 64
 * lists; each rule asks two lists, a set of ports and a direction.  One line a measurement,
 * `name flows nanoseconds-a-flow`; the best of five.
 *
 * rules [flows, default 2000000] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/must.h"
#include "select/select.h"
#include "selector/selector.h"
#include "system/memory.h"

enum { INDICATORS = 100000, LISTS = 64, RUN = 64 };

static const struct hash_key key = { { 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9,
                                       0x94d049bb133111eb, 0x2545f4914f6cdd1d } };
static struct rule_set one, many;
static struct selected_flow selected;

static double now_ns(void)
{
    struct timespec now;
    MUST(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static struct arena reserve(size_t octets)
{
    struct arena arena;
    struct error err;
    MUST(memory_reserve(octets, MEMORY_LARGE_PAGES, &arena, &err));
    return arena;
}

static void add_selector(unsigned number, struct rule_set *set)
{
    static _Alignas(16) uint8_t room[1 << 17];
    char text_room[1024];
    struct text text = text_over(text_room, sizeof text_room);
    text_format(&text,
                "selector \"s%u\" version 1 purpose \"p\" owner \"o\" reveals server\n"
                "valid 2027-04-01 to 2027-09-27 scope domestic-to-foreign\n"
                "when server in list \"l%u\" and (address in list \"l%u\" or beacon)\n"
                "and server-port in (443, 8443) then record keep 30 days\n"
                "limit 100000 servers per day",
                number, number % LISTS, (number + 1) % LISTS);
    struct arena keep = arena_over(room, sizeof room);
    struct selector_error err;
    struct rule head = { .from_ns = INT64_MIN, .to_ns = INT64_MAX };
    const struct selector *selector = selector_read(text_bytes(&text), &keep, &err);
    MUST(selector && selector_compile(selector, &head, set));
}

static struct indicators *make_indicators(void)
{
    struct arena arena = reserve(indicators_size(INDICATORS, 1));
    struct indicators *set = indicators_init(INDICATORS, 1, key, &arena);
    uint16_t lists[LISTS];
    for (unsigned i = 0; i < LISTS; i++) {
        char name[16];
        struct text text = text_over(name, sizeof name);
        text_format(&text, "l%u", i);
        MUST(indicators_add_list(set, name, &lists[i]));
    }
    for (uint32_t i = 0; i < INDICATORS; i++) {
        struct indicator indicator = { .prefix = { ip_from_v4(0x20000000U + i), 128 },
                                       .list = lists[i % LISTS],
                                       .expires_ns = INT64_MAX };
        MUST(indicators_add(set, &indicator) == INDICATORS_ADDED);
    }
    return set;
}

static void make_flow(uint32_t number, bool is_named, struct admitted_flow *out)
{
    uint32_t server =
        (is_named ? 0x20000000U : 0x60000000U) + number * 2654435761U % INDICATORS;
    out->flow.initiator = ip_from_v4(0x0a000000U + number % 100000);
    out->flow.responder = ip_from_v4(server);
    out->flow.responder_port = 443;
    out->flow.protocol = PROTOCOL_TCP;
    out->flow.forward = (struct flow_half){ .packets = 5, .first_ns = 1, .last_ns = 2 };
    out->direction = DIRECTION_DF;
    out->initiator_place = PLACE_OWN;
    out->responder_place = PLACE_FOREIGN;
}

static double measure(struct select *select, const struct rule_set *rules, bool is_named,
                      uint32_t flows)
{
    static struct admitted_flow batch[RUN];
    uint64_t count = 0;
    select_set_rules(select, rules);
    double begin_ns = now_ns();
    for (uint32_t at = 0; at < flows; at += RUN) {
        for (uint32_t i = 0; i < RUN; i++) {
            make_flow(at + i, is_named, &batch[i]);
            select_prefetch(select, &batch[i]);
        }
        for (uint32_t i = 0; i < RUN; i++)
            count += select_flow(select, &batch[i], &selected);
    }
    double spent_ns = now_ns() - begin_ns;
    MUST(count == 0);
    return spent_ns / flows;
}

static void report(const char *name, struct select *select, const struct rule_set *rules,
                   bool is_named, uint32_t flows)
{
    double best_ns = 0;
    for (int i = 0; i < 5; i++) {
        double ns = measure(select, rules, is_named, flows);
        best_ns = i == 0 || ns < best_ns ? ns : best_ns;
    }
    printf("%s %u %.1f\n", name, flows, best_ns);
}

int main(int argc, char **argv)
{
    uint64_t flows = 2000000;
    struct select_limits limits = { .concern_max = 1 << 16, .quota_max = 1 << 16 };
    if (argc > 1 && !text_read_u64(bytes_of_string(argv[1]), UINT32_MAX, &flows))
        return EXIT_FAILURE;
    add_selector(0, &one);
    for (unsigned i = 0; i < RULES_MAX; i++)
        add_selector(i, &many);
    struct arena arena = reserve(select_size(&limits));
    struct select *select = select_init(&limits, make_indicators(), NULL, key, &arena);
    uint32_t count = (uint32_t)(flows / RUN * RUN);
    report("unnamed-no-rule", select, NULL, false, count);
    report("unnamed-1-rule", select, &one, false, count);
    report("unnamed-64-rules", select, &many, false, count);
    report("named-1-rule", select, &one, true, count);
    report("named-64-rules", select, &many, true, count);
    return EXIT_SUCCESS;
}
