// SPDX-License-Identifier: Apache-2.0
#include "evaluate/perturb.h"

#include <math.h>

#include "base/time.h"

/* Published, since what is drawn is to be drawn again by others. */
static struct hash_key key_of(uint64_t seed)
{
    return (struct hash_key){ { seed ^ UINT64_C(0xa0761d6478bd642f),
                                UINT64_C(0xe7037ed1a0b428db), UINT64_C(0x8ebc6af09c88c6e3),
                                seed ^ UINT64_C(0x589965cc75374cc3) } };
}

static uint64_t draw(uint64_t seed, uint64_t a, uint64_t b)
{
    struct hash_key key = key_of(seed);
    return hash_two(&key, a * UINT64_C(0x9e3779b97f4a7c15) + 1,
                    b + UINT64_C(0xd1b54a32d192ed03));
}

double perturb_uniform(uint64_t seed, uint64_t a, uint64_t b)
{
    return (double)(draw(seed, a, b) >> 11) * 0x1p-53;
}

/* A Feistel network of four rounds over the low bits: a bijection of them. */
static uint32_t mix_bits(uint64_t seed, uint32_t value, unsigned bits, uint64_t tweak)
{
    unsigned low_bits = bits / 2, high_bits = bits - low_bits;
    for (uint64_t round = 0; round < 4 && low_bits > 0; round++) {
        uint32_t low = value & ((1U << low_bits) - 1), high = value >> low_bits;
        uint32_t mixed =
            high ^ ((uint32_t)draw(seed, low + (tweak << 32), round) & ((1U << high_bits) - 1));
        value = low << high_bits | mixed;
        unsigned swap = low_bits;
        low_bits = high_bits;
        high_bits = swap;
    }
    return value;
}

/* How many of the low bits are free within the own network that holds an address, or within the
 * block that gives an internal one its kind (RFC 1918, 6598, 3927); 0 when it is in none. */
static unsigned free_bits(const struct perturbation *how, const struct ip_address *address)
{
    static const struct block {
        uint32_t base;
        unsigned len;
    } blocks[] = { { 0x0a000000, 8 },
                   { 0xac100000, 12 },
                   { 0xc0a80000, 16 },
                   { 0x64400000, 10 },
                   { 0xa9fe0000, 16 } };
    uint32_t v4 = ip_to_v4(address);
    for (size_t i = 0; i < how->own_count; i++) {
        if (how->own[i].len >= 96 && ip_prefix_holds(&how->own[i], address))
            return 128U - how->own[i].len;
    }
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        if ((v4 ^ blocks[i].base) >> (32 - blocks[i].len) == 0)
            return 32 - blocks[i].len;
    }
    return 0;
}

static bool is_special(const struct perturbation *how, const struct ip_address *address)
{
    uint32_t v4 = ip_to_v4(address);
    return free_bits(how, address) > 0 || ip_is_multicast(address) || ip_is_internal(address) ||
           v4 >> 24 == 0 || v4 >> 28 == 0xf;
}

/* Whole, or network and host each on its own. */
static uint32_t mix_v4(const struct perturbation *how, uint32_t v4, unsigned bits)
{
    uint32_t mask = bits == 32 ? UINT32_MAX : (1U << bits) - 1;
    uint32_t block = v4 & ~mask, part = v4 & mask;
    if (!how->keeps_networks || bits <= 8)
        return block | mix_bits(how->seed, part, bits, block);
    uint32_t network = mix_bits(how->seed, part >> 8, bits - 8, block);
    return block | network << 8 | mix_bits(how->seed, part & 0xff, 8, (uint64_t)part >> 8);
}

static struct ip_address permute_v4(const struct perturbation *how,
                                    const struct ip_address *address)
{
    uint32_t v4 = ip_to_v4(address);
    unsigned bits = free_bits(how, address);
    if (bits > 0)
        return ip_from_v4(mix_v4(how, v4, bits));
    if (is_special(how, address))
        return *address;
    /* Until it is of its kind again: still a bijection among those of the kind. */
    struct ip_address out = *address;
    do {
        v4 = mix_v4(how, v4, 32);
        out = ip_from_v4(v4);
    } while (is_special(how, &out));
    return out;
}

/* The bits after the kind (the first 16) are turned by a constant of the seed. */
static struct ip_address permute_v6(const struct perturbation *how,
                                    const struct ip_address *address)
{
    struct ip_address out = *address;
    if (ip_is_multicast(address) || ip_is_zero(address))
        return out;
    size_t from = ip_is_internal(address) ? 8 : 2;
    for (size_t i = from; i < sizeof out.octets; i++)
        out.octets[i] = (uint8_t)(out.octets[i] ^ (uint8_t)draw(how->seed, 0x76, i));
    return out;
}

struct ip_address perturb_address(const struct perturbation *how,
                                  const struct ip_address *address)
{
    if (how->map)
        return how->map(how->map_context, address);
    if (!how->permutes)
        return *address;
    return ip_is_v4(address) ? permute_v4(how, address) : permute_v6(how, address);
}

static int64_t add_time(int64_t time_ns, int64_t shift_ns)
{
    int64_t sum;
    if (!__builtin_add_overflow(time_ns, shift_ns, &sum))
        return sum;
    return shift_ns > 0 ? INT64_MAX : INT64_MIN;
}

bool perturb_unit(const struct perturbation *how, struct truth_unit *unit)
{
    unsigned kept =
        !how->map && how->keeps_networks && ip_is_v4(&unit->unit.address) ? 120 : 128;
    if ((how->permutes || how->map) && unit->has_unit) {
        if (unit->unit.len < kept)
            return false;
        unit->unit.address = perturb_address(how, &unit->unit.address);
        ip_mask(&unit->unit.address, unit->unit.len);
    }
    unit->line = perturb_address(how, &unit->line);
    if (how->drops_ports)
        unit->port = 0;
    if (unit->from_ns != INT64_MIN)
        unit->from_ns = add_time(unit->from_ns, how->shift_ns);
    if (unit->to_ns != INT64_MAX)
        unit->to_ns = add_time(unit->to_ns, how->shift_ns);
    return true;
}

/* How many of so many are kept, each with this chance. */
static uint64_t binomial(uint64_t trials, double chance, uint64_t seed, uint64_t number)
{
    enum { COUNTED_MAX = 256 };
    double mean = (double)trials * chance;
    if (trials <= COUNTED_MAX) {
        uint64_t kept = 0;
        for (uint64_t i = 0; i < trials; i++)
            kept += perturb_uniform(seed, number, i) < chance;
        return kept;
    }
    /* As a normal variable (Box and Muller): close enough for so many. */
    double u = perturb_uniform(seed, number, 1), v = perturb_uniform(seed, number, 2);
    double normal = sqrt(-2 * log(u + 0x1p-54)) * cos(6.283185307179586 * v);
    double kept = floor(mean + normal * sqrt(mean * (1 - chance)) + 0.5);
    return kept < 0 ? 0 : kept > (double)trials ? trials : (uint64_t)kept;
}

static uint8_t thin_flags(uint8_t flags, double share, uint64_t seed, uint64_t number)
{
    static const uint8_t once[] = { 0x01, 0x02, 0x04 }; /* FIN, SYN, RST */
    for (size_t i = 0; i < sizeof once; i++) {
        if ((flags & once[i]) && perturb_uniform(seed, number, 300 + i) >= share)
            flags = (uint8_t)(flags & ~once[i]);
    }
    return flags;
}

/* Where the first and last of `kept` packets lie, spread over the whole. */
static void thin_times(struct flow_half *half, uint64_t kept, uint64_t seed, uint64_t number)
{
    double span = (double)half->last_ns - (double)half->first_ns;
    double root = 1 / (double)kept;
    double first = 1 - pow(1 - perturb_uniform(seed, number, 400), root);
    double last = kept == 1 ? first : pow(perturb_uniform(seed, number, 401), root);
    int64_t from_ns = half->first_ns;
    if (!(span > 0))
        return;
    last = last < first ? first : last;
    half->first_ns = add_time(from_ns, (int64_t)(span * first));
    half->last_ns = add_time(from_ns, (int64_t)(span * last));
}

static void thin_half(const struct perturbation *how, uint64_t number, struct flow_half *half)
{
    uint64_t before = half->packets;
    if (before == 0)
        return;
    uint64_t kept = binomial(before, 1.0 / how->rate, how->seed, number);
    double share = (double)kept / (double)before;
    if (kept == 0) {
        *half = (struct flow_half){ 0 };
        return;
    }
    if (kept == before)
        return;
    half->packets = kept;
    half->octets = (uint64_t)((double)half->octets * share);
    half->payload = (uint64_t)((double)half->payload * share);
    half->tcp_flags = thin_flags(half->tcp_flags, share, how->seed, number);
    half->first_flags = half->first_flags & half->tcp_flags;
    half->retransmitted = half->out_of_order = 0;
    thin_times(half, kept, how->seed, number);
}

/* Facts are copied into the room only when they change or fewer are left. */
static const struct fact *copy_facts(const struct perturbation *how, uint64_t number,
                                     const struct flow *flow, struct perturb_room *room)
{
    bool is_thinned = how->rate > 1 && !how->is_sampled;
    struct fact *first = NULL, **end = &first;
    size_t count = 0;
    uint64_t at = 0;
    if (!is_thinned && !how->permutes && !how->map && how->shift_ns == 0)
        return flow->facts;
    for (const struct fact *fact = flow->facts; fact && count < PERTURB_FACTS_MAX;
         fact = fact->next, at++) {
        if (is_thinned && perturb_uniform(how->seed, number, 500 + at) >= 1.0 / how->rate)
            continue;
        struct fact *copy = &room->facts[count++];
        memcpy(copy, fact, fact_size((enum fact_kind)fact->kind));
        copy->time_ns = add_time(copy->time_ns, how->shift_ns);
        copy->next = NULL;
        if (copy->kind == FACT_DNS) {
            for (size_t i = 0; i < copy->dns.answer_count; i++)
                copy->dns.answers[i].address =
                    perturb_address(how, &copy->dns.answers[i].address);
        }
        *end = copy;
        end = &copy->next;
    }
    return first;
}

/* Four exporters, by pair of addresses, whose clocks are each off by something. */
static int64_t clock_error(const struct perturbation *how, const struct flow *flow)
{
    struct hash_key key = key_of(how->seed);
    uint64_t exporter = ip_pair_hash(&key, &flow->initiator, &flow->responder) & 3;
    double error = 2 * perturb_uniform(how->seed, exporter, 600) - 1;
    return (int64_t)(error * (double)how->clock_error_ns);
}

static void shift_half(struct flow_half *half, int64_t shift_ns)
{
    half->first_ns = add_time(half->first_ns, shift_ns);
    half->last_ns = add_time(half->last_ns, shift_ns);
}

static void move(const struct perturbation *how, struct flow *flow)
{
    int64_t shift_ns = how->shift_ns;
    if (how->clock_error_ns != 0)
        shift_ns = add_time(shift_ns, clock_error(how, flow));
    if (shift_ns == 0)
        return;
    shift_half(&flow->forward, shift_ns);
    shift_half(&flow->reverse, shift_ns);
}

/* ICMP has no ports: what stands there is its type, and stays. */
static void drop_ports(struct flow *flow)
{
    enum { ICMP = 1, ICMP_V6 = 58 };
    if (flow->protocol != ICMP && flow->protocol != ICMP_V6)
        flow->initiator_port = flow->responder_port = 0;
}

static bool thin(const struct perturbation *how, uint64_t number, struct flow *flow)
{
    if (how->rate <= 1)
        return true;
    flow->observation.rate = how->rate;
    flow->observation.sampling = SAMPLING_RECORD;
    if (how->is_sampled)
        return true;
    bool had_packets = flow->forward.packets + flow->reverse.packets > 0;
    struct flow_half before = flow->forward;
    thin_half(how, 2 * number, &flow->forward);
    thin_half(how, 2 * number + 1, &flow->reverse);
    if (had_packets && flow->forward.packets + flow->reverse.packets == 0)
        return false;
    if (!had_packets) {
        flow->forward = before; /* facts alone: kept as the facts are */
        return flow->facts != NULL;
    }
    flow->tcp = (uint8_t)flow_tcp_state(flow->protocol, flow->forward.tcp_flags,
                                        flow->reverse.tcp_flags);
    return true;
}

bool perturb_flow(const struct perturbation *how, uint64_t number, const struct flow *flow,
                  struct perturb_room *room, struct flow *out)
{
    if (how->loss > 0 && perturb_uniform(how->seed, number, 700) < how->loss)
        return false;
    struct flow changed = *flow;
    changed.facts = copy_facts(how, number, flow, room);
    if (!thin(how, number, &changed))
        return false;
    changed.initiator = perturb_address(how, &flow->initiator);
    changed.responder = perturb_address(how, &flow->responder);
    move(how, &changed);
    if (how->drops_ports)
        drop_ports(&changed);
    *out = changed;
    return true;
}
