// SPDX-License-Identifier: Apache-2.0
/* Flows of a few hosts, told by a few exporters in any order of time, against a plain account:
 * every half that came in is handed on or joined by a rule, no packet is told of twice, and
 * those of which one point alone told are told of once.  The first octet tells how many
 * exporters there are; then five a record: who talks to whom; who tells; flags; when; how
 * long. */
#include "mediate/mediate.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "base/must.h"
#include "base/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HOSTS = 4, FLOWS_MAX = 8, FACTS_MAX = 8 };

struct account {
    uint64_t packets[HOSTS][HOSTS]; /* seen and not told of yet, by sender and receiver */
    uint64_t halves, handed_on;
    uint64_t facts; /* told to us and not handed on yet, but by what is counted as dropped */
    bool is_one_point;
};

static uint64_t *told_between(struct account *account, const struct ip_address *from,
                              const struct ip_address *to)
{
    uint32_t sender = ip_to_v4(from) & 255, receiver = ip_to_v4(to) & 255;
    MUST(sender < HOSTS && receiver < HOSTS);
    return &account->packets[sender][receiver];
}

static void tell(uint64_t *left, const struct flow_half *half)
{
    MUST(half->packets <= *left && half->octets == half->packets * 100);
    MUST(half->packets == 0 || half->first_ns <= half->last_ns);
    *left -= half->packets;
}

static void on_flows(void *context, const struct flow *flows, size_t count)
{
    struct account *account = context;
    for (size_t i = 0; i < count; i++) {
        const struct flow *flow = &flows[i];
        tell(told_between(account, &flow->initiator, &flow->responder), &flow->forward);
        tell(told_between(account, &flow->responder, &flow->initiator), &flow->reverse);
        MUST(flow->forward.packets + flow->reverse.packets > 0);
        MUST(flow->observation.observers > 0);
        for (const struct fact *fact = flow->facts; fact; fact = fact->next)
            MUST(fact->kind == FACT_HTTP && account->facts-- > 0);
        account->handed_on += (flow->forward.packets > 0) + 0u;
        account->handed_on += (flow->reverse.packets > 0) + 0u;
    }
}

static int64_t moved(int64_t time_ns, uint8_t how)
{
    static const int64_t steps_ns[] = { 0,
                                        1000000,
                                        TIME_SECOND_NS,
                                        30 * TIME_SECOND_NS,
                                        121 * TIME_SECOND_NS,
                                        1800 * TIME_SECOND_NS,
                                        4000 * TIME_SECOND_NS,
                                        INT64_MAX / 2 };
    int64_t step_ns = steps_ns[how & 7], moved_ns = 0;
    if (__builtin_add_overflow(time_ns, how & 8 ? -step_ns : step_ns, &moved_ns))
        return time_ns;
    return moved_ns;
}

static struct flow_half half_of(int64_t first_ns, int64_t last_ns, uint8_t packets,
                                uint8_t flags)
{
    return (struct flow_half){ .packets = packets,
                               .octets = packets * UINT64_C(100),
                               .first_ns = first_ns,
                               .last_ns = last_ns,
                               .tcp_flags = flags & 0x17,
                               .first_flags = flags & 0x80 ? flags & 0x12 : 0 };
}

static bool next_flow(struct cursor *c, uint8_t exporters, int64_t *now_ns, struct flow *flow)
{
    static const uint8_t protocols[] = { PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_ICMP,
                                         PROTOCOL_TCP };
    static const uint16_t ports[] = { 53, 443, 8080, 50000 };
    uint8_t who = cursor_u8(c), teller = cursor_u8(c), flags = cursor_u8(c),
            when = cursor_u8(c), how = cursor_u8(c);
    *now_ns = moved(*now_ns, when);
    int64_t end_ns = moved(*now_ns, (uint8_t)(when >> 4 & 7));
    *flow = (struct flow){
        .initiator = ip_from_v4(0xc0000200u + (who & 3)),
        .responder = ip_from_v4(0xc0000200u + (who >> 2 & 3)),
        .initiator_port = ports[who & 3],
        .responder_port = ports[who >> 2 & 3],
        .protocol = protocols[who >> 4 & 3],
        .version = 4,
        .forward = half_of(*now_ns, end_ns, (uint8_t)(1 + (how & 3)), flags),
        .observation = { .exporter = exporters > 0 ? teller % exporters : 0,
                         .ingress = exporters > 0 ? teller >> 4 & 1 : 0,
                         .rate = how >> 4 & 1,
                         .direction = exporters > 0 ? (teller >> 5) % 3 : 0,
                         .time = (uint8_t)((how >> 5) % TIME_QUALITIES) },
        .is_turned = who >> 7,
    };
    if (who & 64)
        flow->reverse = half_of(*now_ns, end_ns, (uint8_t)(1 + (how >> 2 & 3)), teller);
    return !c->broken;
}

static void take(struct account *account, struct mediate *mediate, const struct flow *flow)
{
    *told_between(account, &flow->initiator, &flow->responder) += flow->forward.packets;
    *told_between(account, &flow->responder, &flow->initiator) += flow->reverse.packets;
    account->halves += flow->reverse.packets > 0 ? 2 : 1;
    struct fact name = { .kind = FACT_HTTP, .http = { .host = { .len = 1 } } };
    name.http.host.at[0] = (char)('a' + flow->forward.packets);
    struct flow told = *flow;
    if (flow->forward.first_flags != 0) {
        told.facts = &name;
        account->facts++;
    }
    mediate_flows(mediate, &told, 1);
}

static uint64_t counted(const struct mediate *mediate, const char *unit)
{
    static struct summary summary;
    summary.counter_count = 0;
    mediate_count(mediate, &summary);
    uint64_t count = 0;
    for (size_t i = 0; i < summary.counter_count; i++) {
        struct bytes reason = bytes_of_string(summary.counters[i].reason);
        if (bytes_equal(bytes_of_string(summary.counters[i].unit), bytes_of_string(unit)) &&
            !bytes_equal(reason, BYTES("received_halves")) &&
            !bytes_equal(reason, BYTES("handed_on_halves")))
            count += summary.counters[i].count;
    }
    return count;
}

static void check_all_is_told(const struct account *account, const struct mediate *mediate)
{
    MUST(account->halves == account->handed_on + counted(mediate, "halves"));
    MUST(account->facts == counted(mediate, "facts"));
    for (size_t i = 0; account->is_one_point && i < HOSTS * HOSTS; i++)
        MUST(account->packets[i / HOSTS][i % HOSTS] == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct hash_key key = { { 1, 2, 3, 4 } };
    struct mediate_limits limits = mediate_defaults;
    limits.flows_max = FLOWS_MAX;
    limits.facts_max = FACTS_MAX;
    size_t memory_size = mediate_size(&limits);
    void *memory = malloc(memory_size);
    MUST(memory);
    struct arena arena = arena_over(memory, memory_size);
    struct cursor c = cursor_over((struct bytes){ data, size });
    uint8_t exporters = cursor_u8(&c) % 8;
    struct account account = { .is_one_point = exporters == 0 };
    struct mediate_sink sink = { on_flows, &account };
    struct mediate *mediate = mediate_init(&limits, key, sink, &arena);
    int64_t now_ns = 1000 * TIME_SECOND_NS;
    for (struct flow flow; next_flow(&c, exporters, &now_ns, &flow);)
        take(&account, mediate, &flow);
    mediate_finish(mediate);
    check_all_is_told(&account, mediate);
    free(memory);
    return 0;
}
