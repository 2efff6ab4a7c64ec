// SPDX-License-Identifier: Apache-2.0
/* The rules of NEMEA's flow modules (../shared/science/detectors.md 5.1, 6.1, 7.1): horizontal
 * and vertical scans, host statistics, guessing of SSH, RDP and Telnet, DNS amplification, DNS
 * tunnels.  Its module for volumetric floods compares minutes of a victim with those before
 * and is not among them.
 *
 * Where NEMEA reads one-way flows, here both ways are in one. */
#include "base/time.h"
#include "evaluate/tally_private.h"

enum nemea_rule {
    RULE_HORIZONTAL, /* source and port */
    RULE_VERTICAL,   /* source and target */
    RULE_HOST,       /* source: statistics of five minutes */
    RULE_FLOODED,    /* target: the same */
    RULE_GUESSING,   /* source and port */
    RULE_AMPLIFIER,  /* server and its victim */
    RULE_TUNNEL,     /* line */
    RULES
};

#define MINUTE_NS (60 * TIME_SECOND_NS)

static const struct tally_rule rules[RULES] = {
    [RULE_HORIZONTAL] = { FINDING_SCANNER, 50, 5 * MINUTE_NS, 0 },
    [RULE_VERTICAL] = { FINDING_SCANNER, 50, 5 * MINUTE_NS, 0 },
    [RULE_HOST] = { FINDING_SCANNER, 1, 0, 5 * MINUTE_NS },
    [RULE_FLOODED] = { FINDING_FLOOD, 270000, 0, 5 * MINUTE_NS },
    [RULE_GUESSING] = { FINDING_GUESSING, 1, 0, 0 },
    [RULE_AMPLIFIER] = { FINDING_REFLECTOR, 1, 0, 0 },
    [RULE_TUNNEL] = { FINDING_TUNNEL, 1, 0, 0 },
};

enum {
    HOSTS_MAX = 1 << 20,
    GUESSERS_MAX = 1 << 18,
    SERVED_MAX = 1 << 16,
    ASKERS_MAX = 1 << 18,
    NAMES_MAX = 1 << 21,
    SIZES = 256, /* of 10 octets; what is longer counts as the longest */
};

struct host {
    uint64_t window;
    uint32_t syns;
    uint32_t acknowledged;
    uint32_t answered;
    uint32_t targets;
    uint32_t flows;
    uint32_t padding;
};

struct guesser {
    uint64_t alike; /* a bit for each of the last flows, newest lowest */
    int64_t last_ns;
};

struct served {
    int64_t hour;
    uint64_t asked;
    uint64_t answered;
    uint32_t flows;
    uint32_t sizes[SIZES + 1];
};

struct asker {
    int64_t hour;
    double octets;
    double squares;
    uint32_t requests;
    uint32_t different;
};

struct nemea {
    struct tally tally;
    struct units hosts;
    struct units targets; /* of hosts: the window they were last seen in */
    struct units guessers;
    struct units served;
    struct units askers;
    struct units names; /* of askers: the hour */
};

static size_t nemea_size(void)
{
    return sizeof(struct nemea) + tally_size() + units_size(HOSTS_MAX, sizeof(struct host)) +
           units_size(HOSTS_MAX, sizeof(uint64_t)) +
           units_size(GUESSERS_MAX, sizeof(struct guesser)) +
           units_size(SERVED_MAX, sizeof(struct served)) +
           units_size(ASKERS_MAX, sizeof(struct asker)) +
           units_size(NAMES_MAX, sizeof(int64_t));
}

static void *nemea_init(struct hash_key key, struct arena *keep)
{
    struct nemea *nemea = ARENA_NEW(keep, struct nemea, 1);
    tally_init(&nemea->tally, rules, key, keep);
    units_init(&nemea->hosts, HOSTS_MAX, sizeof(struct host), key, keep);
    units_init(&nemea->targets, HOSTS_MAX, sizeof(uint64_t), key, keep);
    units_init(&nemea->guessers, GUESSERS_MAX, sizeof(struct guesser), key, keep);
    units_init(&nemea->served, SERVED_MAX, sizeof(struct served), key, keep);
    units_init(&nemea->askers, ASKERS_MAX, sizeof(struct asker), key, keep);
    units_init(&nemea->names, NAMES_MAX, sizeof(int64_t), key, keep);
    return nemea;
}

static struct whom whom_of(const struct ip_address *who, uint16_t port, enum nemea_rule rule)
{
    return (struct whom){
        .server = *who, .port = port, .protocol = PROTOCOL_TCP, .kind = (uint8_t)rule
    };
}

/* Only SYNs, up to four packets; one packet for a horizontal scan. */
static void count_scans(struct nemea *nemea, const struct flow *flow, int64_t now_ns)
{
    if (flow->forward.tcp_flags != TCP_SYN || flow->forward.packets > 4)
        return;
    struct whom wide = whom_of(&flow->initiator, flow->responder_port, RULE_HORIZONTAL);
    struct whom deep = whom_of(&flow->initiator, 0, RULE_VERTICAL);
    struct whom target = wide;
    target.line = flow->responder;
    if (flow->forward.packets == 1)
        tally_add_member(&nemea->tally, &wide, &target, now_ns);
    deep.line = flow->responder;
    target.kind = RULE_VERTICAL;
    tally_add_member(&nemea->tally, &deep, &target, now_ns);
}

static bool is_scanning(const struct host *host)
{
    return host->syns > 200 && host->syns > 20 * host->acknowledged &&
           host->syns > 5 * host->answered && host->targets >= 200 &&
           host->syns > host->flows / 3;
}

static void count_host(struct nemea *nemea, const struct flow *flow, int64_t now_ns)
{
    struct whom whom = whom_of(&flow->initiator, 0, RULE_HOST);
    struct whom target = whom;
    target.line = flow->responder;
    uint64_t window = (uint64_t)(now_ns / (5 * MINUTE_NS)) + 1;
    struct host *host = units_take(&nemea->hosts, &whom);
    uint64_t *seen = units_take(&nemea->targets, &target);
    if (host == NULL)
        return;
    if (host->window != window)
        *host = (struct host){ .window = window };
    if (seen != NULL) {
        host->targets += *seen != window;
        *seen = window;
    }
    host->flows++;
    host->syns += (flow->forward.tcp_flags & TCP_SYN) != 0;
    host->acknowledged += (flow->forward.tcp_flags & TCP_ACK) != 0;
    host->answered += flow->reverse.packets > 0;
    if (is_scanning(host))
        tally_add(&nemea->tally, &whom, 1, now_ns);
    struct whom flooded = whom_of(&flow->responder, 0, RULE_FLOODED);
    if ((flow->forward.tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
        tally_add(&nemea->tally, &flooded, 1, now_ns);
}

struct band {
    uint64_t least;
    uint64_t most;
};

/* Packets and octets each way of one attempt. */
static const struct attempt {
    uint16_t port;
    struct band packets_in;
    struct band octets_in;
    struct band packets_out;
    struct band octets_out;
} attempts[] = {
    { 22, { 11, 30 }, { 1000, 5000 }, { 11, 50 }, { 1000, 11000 } },
    { 3389, { 20, 100 }, { 2200, 8001 }, { 0, UINT64_MAX }, { 0, UINT64_MAX } },
    { 23, { 9, 50 }, { 450, 3000 }, { 0, UINT64_MAX }, { 0, UINT64_MAX } },
};

static bool is_within(struct band band, uint64_t value)
{
    return value >= band.least && value <= band.most;
}

static bool is_attempt(const struct attempt *attempt, const struct flow *flow)
{
    return is_within(attempt->packets_in, flow->forward.packets) &&
           is_within(attempt->octets_in, flow->forward.octets) &&
           is_within(attempt->packets_out, flow->reverse.packets) &&
           is_within(attempt->octets_out, flow->reverse.octets);
}

static unsigned ones_of_fifty(uint64_t bits)
{
    unsigned ones = 0;
    for (unsigned i = 0; i < 50; i++)
        ones += (unsigned)(bits >> i & 1);
    return ones;
}

/* 30 of the last 50 flows of a source, none of them half an hour after the one before. */
static void count_guesses(struct nemea *nemea, const struct flow *flow, int64_t now_ns)
{
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        if (flow->responder_port != attempts[i].port)
            continue;
        struct whom whom = whom_of(&flow->initiator, flow->responder_port, RULE_GUESSING);
        struct guesser *guesser = units_take(&nemea->guessers, &whom);
        if (guesser == NULL)
            return;
        if (now_ns - guesser->last_ns > 30 * MINUTE_NS)
            guesser->alike = 0;
        guesser->last_ns = now_ns;
        guesser->alike = guesser->alike << 1 | is_attempt(&attempts[i], flow);
        if (ones_of_fifty(guesser->alike) >= 30)
            tally_add(&nemea->tally, &whom, 1, now_ns);
    }
}

static uint32_t ten_commonest(const uint32_t sizes[SIZES + 1])
{
    uint32_t taken[10] = { 0 };
    for (size_t i = 0; i <= SIZES; i++) {
        size_t at = 10;
        for (; at > 0 && taken[at - 1] < sizes[i]; at--)
            if (at < 10)
                taken[at] = taken[at - 1];
        if (at < 10)
            taken[at] = sizes[i];
    }
    uint32_t sum = 0;
    for (size_t i = 0; i < 10; i++)
        sum += taken[i];
    return sum;
}

/* Answers of DNS: whoever sent from port 53, whether the question was seen or not. */
static void count_answers(struct nemea *nemea, const struct flow *flow, int64_t now_ns)
{
    bool is_asked = flow->responder_port == 53;
    if (flow->protocol != PROTOCOL_UDP || (!is_asked && flow->initiator_port != 53))
        return;
    const struct flow_half *answer = is_asked ? &flow->reverse : &flow->forward;
    const struct flow_half *question = is_asked ? &flow->forward : &flow->reverse;
    struct whom whom = { .server = is_asked ? flow->responder : flow->initiator,
                         .line = is_asked ? flow->initiator : flow->responder,
                         .port = 53,
                         .protocol = PROTOCOL_UDP,
                         .kind = RULE_AMPLIFIER };
    struct served *served = units_take(&nemea->served, &whom);
    if (served == NULL || answer->packets == 0)
        return;
    if (served->hour != now_ns / (60 * MINUTE_NS))
        *served = (struct served){ .hour = now_ns / (60 * MINUTE_NS) };
    uint64_t size = answer->octets / answer->packets / 10;
    served->sizes[size < SIZES ? size : SIZES]++;
    served->flows++;
    served->asked += question->octets;
    served->answered += answer->octets;
    if (served->flows >= 1000 && served->flows % 100 == 0 &&
        served->answered > UINT64_C(1000) * served->flows &&
        served->asked < UINT64_C(300) * served->flows &&
        served->answered >= 5 * served->asked &&
        ten_commonest(served->sizes) * UINT64_C(10) >= served->flows * UINT64_C(4))
        tally_add(&nemea->tally, &whom, 1, now_ns);
}

static bool is_tunnelling(const struct asker *asker)
{
    double mean = asker->octets / asker->requests;
    double variance = asker->squares / asker->requests - mean * mean;
    return asker->requests >= 150 && asker->different * 10 > asker->requests * 9 &&
           mean >= 70 && mean <= 100 && variance >= 30 && variance <= 150;
}

/* At least 150 questions an hour, over 90 % of them for new names, of 70 to 100 octets with a
 * variance of 30 to 150. */
static void count_questions(struct nemea *nemea, const struct flow *flow, int64_t now_ns)
{
    for (const struct fact *fact = flow->facts; fact != NULL; fact = fact->next) {
        if (fact->kind != FACT_DNS)
            continue;
        struct whom whom = whom_of(&flow->initiator, 0, RULE_TUNNEL);
        struct asker *asker = units_take(&nemea->askers, &whom);
        struct whom name = whom;
        uint64_t hash = hash_bytes(&nemea->names.key, fact_name_bytes(&fact->dns.query_name));
        memcpy(name.line.octets, &hash, sizeof hash);
        int64_t *seen = units_take(&nemea->names, &name);
        if (asker == NULL || seen == NULL)
            return;
        int64_t hour = now_ns / (60 * MINUTE_NS) + 1;
        if (asker->hour != hour)
            *asker = (struct asker){ .hour = hour };
        double octets = 12 + fact->dns.query_name.len + 2 + 4; /* RFC 1035 4.1 */
        asker->requests++;
        asker->different += *seen != hour;
        asker->octets += octets;
        asker->squares += octets * octets;
        *seen = hour;
        if (is_tunnelling(asker))
            tally_add(&nemea->tally, &whom, 1, now_ns);
    }
}

static void nemea_observe(void *state, const struct admitted_flow *admitted)
{
    struct nemea *nemea = state;
    const struct flow *flow = &admitted->flow;
    int64_t now_ns = flow_end_ns(flow);
    if (!is_time_plausible(now_ns))
        return;
    count_questions(nemea, flow, now_ns);
    count_answers(nemea, flow, now_ns);
    if (flow->protocol != PROTOCOL_TCP || flow->slice > 0)
        return;
    count_scans(nemea, flow, now_ns);
    count_host(nemea, flow, now_ns);
    count_guesses(nemea, flow, now_ns);
}

static size_t nemea_rank(void *state, struct ranked *out, size_t max)
{
    return tally_rank(&((struct nemea *)state)->tally, out, max);
}

static uint64_t nemea_refused(const void *state)
{
    const struct nemea *nemea = state;
    return tally_refused(&nemea->tally) + nemea->hosts.refused + nemea->targets.refused +
           nemea->guessers.refused + nemea->served.refused + nemea->askers.refused +
           nemea->names.refused;
}

const struct baseline_kind baseline_nemea = {
    .name = "nemea",
    .source = "NEMEA: hscan, vscan, hoststats, brute force, amplification, tunnel",
    .size = nemea_size,
    .init = nemea_init,
    .observe = nemea_observe,
    .rank = nemea_rank,
    .refused = nemea_refused,
};
