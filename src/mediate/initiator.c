// SPDX-License-Identifier: Apache-2.0
#include "mediate/initiator_private.h"

#include "base/time.h"

/* "No word on it", beside the two sides. */
enum { UNDECIDED = SIDES };

static uint8_t only(bool first, bool second)
{
    if (first == second)
        return UNDECIDED;
    return second;
}

static uint8_t other(uint8_t side)
{
    return side == UNDECIDED ? UNDECIDED : !side;
}

/* A group is spoken to and never speaks. */
static uint8_t by_group(const struct entry *entry, const struct standing sides[SIDES])
{
    (void)sides;
    return other(only(ip_is_multicast(&entry->ends[0]), ip_is_multicast(&entry->ends[1])));
}

static bool is_opening(uint8_t flags)
{
    return (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static bool is_answer(uint8_t flags)
{
    return (flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
}

/* Flags are or'ed over a flow: after the handshake both sides have SYN and ACK, and only a
 * side that never acknowledged is sure to have opened.  The flags of the first packet, where
 * they are told, tell it of every connection. */
static uint8_t by_opening(const struct entry *entry, const struct standing sides[SIDES])
{
    if (entry->protocol != PROTOCOL_TCP)
        return UNDECIDED;
    uint8_t opened =
        only(is_opening(sides[0].half.first_flags), is_opening(sides[1].half.first_flags));
    if (opened == UNDECIDED)
        opened = only(is_opening(entry->tcp_flags[0]), is_opening(entry->tcp_flags[1]));
    if (opened == UNDECIDED)
        opened = other(
            only(is_answer(sides[0].half.first_flags), is_answer(sides[1].half.first_flags)));
    return opened;
}

/* RFC 792, RFC 4443, RFC 4861: types that ask and types that answer. */
static uint8_t by_question(const struct entry *entry, const struct standing sides[SIDES])
{
    bool is_v6 = entry->protocol == PROTOCOL_ICMPV6;
    if (!is_v6 && entry->protocol != PROTOCOL_ICMP)
        return UNDECIDED;
    bool asks[SIDES], answers[SIDES];
    for (size_t side = 0; side < SIDES; side++) {
        unsigned type = entry->icmp[side] >> 8;
        bool is_seen = sides[side].view != NULL;
        asks[side] = is_seen && (is_v6 ? type == 128 || type == 133 || type == 135
                                       : type == 8 || type == 13 || type == 15 || type == 17);
        answers[side] =
            is_seen && (is_v6 ? type == 129 || type == 134 || type == 136
                              : type == 0 || type == 14 || type == 16 || type == 18);
    }
    uint8_t asked = only(asks[0], asks[1]);
    return asked != UNDECIDED ? asked : other(only(answers[0], answers[1]));
}

/* How far apart two times must be to tell which was first. */
static int64_t resolution_ns(const struct observation *a, const struct observation *b)
{
    static const int64_t resolutions[TIME_QUALITIES] = {
        [TIME_EXACT] = 0,
        [TIME_EXPORTER] = TIME_MILLISECOND_NS,
        [TIME_UPTIME] = TIME_SECOND_NS,
        [TIME_CORRECTED] = TIME_SECOND_NS,
        [TIME_RECEIVED] = INT64_MAX,
    };
    uint8_t worse = a->time > b->time ? a->time : b->time;
    int64_t resolution = worse < TIME_QUALITIES ? resolutions[worse] : INT64_MAX;
    bool is_same_clock = a->exporter == b->exporter || worse == TIME_EXACT;
    return is_same_clock || resolution > TIME_SECOND_NS ? resolution : TIME_SECOND_NS;
}

/* The time of a sampled packet says nothing of who was first, nor that of a part of a TCP
 * connection whose opening was not seen. */
static uint8_t by_time(const struct entry *entry, const struct standing sides[SIDES])
{
    if (!sides[0].view || !sides[1].view)
        return UNDECIDED;
    const struct observation *a = &sides[0].view->observation, *b = &sides[1].view->observation;
    int64_t first_ns = sides[0].half.first_ns, second_ns = sides[1].half.first_ns, apart_ns = 0;
    if (a->rate > 1 || b->rate > 1 || __builtin_sub_overflow(second_ns, first_ns, &apart_ns) ||
        apart_ns == INT64_MIN)
        return UNDECIDED;
    uint8_t earlier = apart_ns < 0;
    if (entry->protocol == PROTOCOL_TCP && !(entry->tcp_flags[earlier] & TCP_SYN))
        return UNDECIDED;
    bool is_clear = (apart_ns < 0 ? -apart_ns : apart_ns) > resolution_ns(a, b);
    return is_clear ? earlier : UNDECIDED;
}

/* RFC 6335 6, but that many systems give out ports from 32768 on to their clients. */
static unsigned port_class(uint16_t port)
{
    enum { SYSTEM_END = 1024, CLIENT = 32768 };
    return port < SYSTEM_END ? 0 : port < CLIENT ? 1 : 2;
}

static uint8_t by_ports(const struct entry *entry, const struct standing sides[SIDES])
{
    (void)sides;
    unsigned a = port_class(entry->ports[0]), b = port_class(entry->ports[1]);
    return only(a > b, b > a);
}

static uint8_t seen_first(const struct standing sides[SIDES])
{
    if (!sides[0].view || !sides[1].view)
        return !sides[0].view;
    return sides[1].half.first_ns < sides[0].half.first_ns;
}

struct initiator initiator_of(const struct entry *entry, const struct standing sides[SIDES])
{
    static const struct {
        uint8_t (*side)(const struct entry *entry, const struct standing sides[SIDES]);
        bool is_inferred;
    } rules[] = {
        { by_group, true }, { by_opening, false }, { by_question, false },
        { by_time, false }, { by_ports, true },
    };
    uint8_t first = seen_first(sides);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        uint8_t side = rules[i].side(entry, sides);
        if (side != UNDECIDED)
            return (struct initiator){ side, !sides[side].view ||
                                                 (rules[i].is_inferred && side != first) };
    }
    return (struct initiator){ first, false };
}
