// SPDX-License-Identifier: Apache-2.0
/* Flow alerts of Slips by the hour (../shared/science/detectors.md 5.1, 7.1, 8, 9).  Its rule
 * on the entropy of TXT answers needs what was answered, which no flow tells; of whether a
 * login succeeded it has its own crude rule, octets, which is what is used. */
#include "base/time.h"
#include "evaluate/tally_private.h"

enum slips_rule {
    RULE_HORIZONTAL, /* source and port: targets not established */
    RULE_VERTICAL,   /* source and target: ports not established */
    RULE_ICMP,       /* source: flows */
    RULE_SSH,        /* source and target: attempts */
    RULE_LONG,       /* pair: seconds of one flow */
    RULE_UPLOAD,     /* pair: octets to one address */
    RULE_NOWHERE,    /* line: names that do not exist */
    RULES
};

#define HOUR_NS (3600 * TIME_SECOND_NS)

static const uint64_t ssh_success_octets = 4290;

static const struct tally_rule rules[RULES] = {
    [RULE_HORIZONTAL] = { FINDING_SCANNER, 5, 0, HOUR_NS },
    [RULE_VERTICAL] = { FINDING_SCANNER, 5, 0, HOUR_NS },
    [RULE_ICMP] = { FINDING_SCANNER, 25, 0, HOUR_NS },
    [RULE_SSH] = { FINDING_GUESSING, 9, 0, HOUR_NS },
    [RULE_LONG] = { FINDING_LASTING, 1500, 0, 1 },         /* each flow by itself */
    [RULE_UPLOAD] = { FINDING_UPLOAD, 500e6, 0, HOUR_NS }, /* as shipped; its words say 100 */
    [RULE_NOWHERE] = { FINDING_GENERATED_NAMES, 10, 0, HOUR_NS },
};

static size_t slips_size(void)
{
    return sizeof(struct tally) + tally_size();
}

static void *slips_init(struct hash_key key, struct arena *keep)
{
    struct tally *tally = ARENA_NEW(keep, struct tally, 1);
    tally_init(tally, rules, key, keep);
    return tally;
}

static struct whom whom_of(const struct flow *flow, enum slips_rule rule)
{
    return (struct whom){ .server = flow->initiator,
                          .protocol = flow->protocol,
                          .kind = (uint8_t)rule };
}

/* Where the server is the subject. */
static struct whom pair_of(const struct flow *flow, enum slips_rule rule)
{
    struct whom whom = unit_of_pair(flow);
    whom.kind = (uint8_t)rule;
    return whom;
}

static bool is_established(const struct flow *flow)
{
    return flow->reverse.packets > 0 && flow->tcp != FLOW_TCP_ATTEMPT &&
           flow->tcp != FLOW_TCP_REFUSED;
}

static void count_scans(struct tally *tally, const struct flow *flow, int64_t now_ns)
{
    struct whom wide = whom_of(flow, RULE_HORIZONTAL);
    struct whom deep = whom_of(flow, RULE_VERTICAL);
    wide.port = flow->responder_port;
    deep.line = flow->responder;
    struct whom target = wide;
    target.line = flow->responder;
    tally_add_member(tally, &wide, &target, now_ns);
    target.kind = RULE_VERTICAL;
    tally_add_member(tally, &deep, &target, now_ns);
}

static void count_names(struct tally *tally, const struct flow *flow, int64_t now_ns)
{
    for (const struct fact *fact = flow->facts; fact != NULL; fact = fact->next) {
        struct whom line = whom_of(flow, RULE_NOWHERE);
        if (fact->kind == FACT_DNS && fact->dns.is_response && fact->dns.response_code == 3)
            tally_add(tally, &line, 1, now_ns);
    }
}

static void count_pair(struct tally *tally, const struct flow *flow, int64_t now_ns)
{
    struct whom lasting = pair_of(flow, RULE_LONG);
    struct whom upload = pair_of(flow, RULE_UPLOAD);
    upload.port = 0;
    int64_t length_ns = now_ns - flow_start_ns(flow);
    if (is_established(flow) && length_ns > 0)
        tally_add(tally, &lasting, (double)length_ns / 1e9, now_ns);
    tally_add(tally, &upload, (double)flow->forward.octets, now_ns);
}

static void slips_observe(void *state, const struct admitted_flow *admitted)
{
    struct tally *tally = state;
    const struct flow *flow = &admitted->flow;
    int64_t now_ns = flow_end_ns(flow);
    if (!is_time_plausible(now_ns) || !is_time_plausible(flow_start_ns(flow)))
        return;
    count_names(tally, flow, now_ns);
    if (is_outward(admitted))
        count_pair(tally, flow, now_ns);
    bool is_icmp = flow->protocol == PROTOCOL_ICMP || flow->protocol == PROTOCOL_ICMPV6;
    bool has_ports = flow->protocol == PROTOCOL_TCP || flow->protocol == PROTOCOL_UDP;
    struct whom pinging = whom_of(flow, RULE_ICMP);
    struct whom guessing = whom_of(flow, RULE_SSH);
    guessing.line = flow->responder;
    guessing.port = 22;
    if (is_icmp)
        tally_add(tally, &pinging, 1, now_ns);
    if (has_ports && !is_established(flow))
        count_scans(tally, flow, now_ns);
    else if (flow->protocol == PROTOCOL_TCP && flow->responder_port == 22 &&
             flow->forward.octets + flow->reverse.octets <= ssh_success_octets)
        tally_add(tally, &guessing, 1, now_ns);
}

static size_t slips_rank(void *state, struct ranked *out, size_t max)
{
    return tally_rank(state, out, max);
}

static uint64_t slips_refused(const void *state)
{
    return tally_refused(state);
}

const struct baseline_kind baseline_slips = {
    .name = "slips",
    .source = "Slips: scans, ICMP, SSH, long connections, uploads, NXDOMAIN",
    .size = slips_size,
    .init = slips_init,
    .observe = slips_observe,
    .rank = slips_rank,
    .refused = slips_refused,
};
