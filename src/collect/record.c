// SPDX-License-Identifier: Apache-2.0
/* A record's slots to a flow.
 *
 * A record is a flow when it has addresses and counts something.  An event of a firewall
 * (NSEL) or of an address translator without counters is none: the flow's counters come with
 * its updates and its end (totals_private.h), and counting its creation too would count it
 * twice.  A denied attempt is
 * one packet, as no other record will tell of it. */
#include "collect/totals_private.h"

#include "base/time.h"

enum { EVENT_DELETED = 2, EVENT_DENIED = 3 }; /* firewallEvent 233 */
enum { BIFLOW_REVERSE_INITIATOR = 2 };        /* biflowDirection 239 */
enum { DURATION_MAX_MS = 24 * 3600 * 1000 };

static const uint64_t counters =
    (UINT64_C(1) << SLOT_OCTETS) | (UINT64_C(1) << SLOT_PACKETS) |
    (UINT64_C(1) << SLOT_REVERSE_OCTETS) | (UINT64_C(1) << SLOT_REVERSE_PACKETS) |
    (UINT64_C(1) << SLOT_POST_OCTETS) | (UINT64_C(1) << SLOT_POST_PACKETS);

static const uint64_t addresses =
    (UINT64_C(1) << SLOT_SOURCE4) | (UINT64_C(1) << SLOT_DESTINATION4) |
    (UINT64_C(1) << SLOT_SOURCE6) | (UINT64_C(1) << SLOT_DESTINATION6);
static const uint64_t flags =
    (UINT64_C(1) << SLOT_FLAGS) | (UINT64_C(1) << SLOT_REVERSE_FLAGS) |
    (UINT64_C(1) << SLOT_FIRST_FLAGS) | (UINT64_C(1) << SLOT_REVERSE_FIRST_FLAGS) |
    (UINT64_C(1) << SLOT_OTHER_FLAGS) | (UINT64_C(1) << SLOT_REVERSE_OTHER_FLAGS);

static const uint64_t names = (UINT64_C(1) << SLOT_DNS_NAME) | (UINT64_C(1) << SLOT_TLS_NAME) |
                              (UINT64_C(1) << SLOT_HTTP_HOST);

/* RFC 7011 6.1.9 and 6.1.10; the fraction is of 2^32. */
static int64_t ntp_to_ns(uint64_t ntp)
{
    uint32_t seconds = (uint32_t)(ntp >> 32) - UINT32_C(2208988800);
    uint64_t nanoseconds = (ntp & UINT32_MAX) * (uint64_t)TIME_SECOND_NS >> 32;
    return (int64_t)seconds * TIME_SECOND_NS + (int64_t)nanoseconds;
}

static int64_t scaled(uint64_t number, int64_t unit_ns)
{
    return number <= (uint64_t)(INT64_MAX / unit_ns) ? (int64_t)number * unit_ns : 0;
}

/* What an absolute time of any form says, not yet judged; 0 when it says nothing. */
int64_t time_of_form(const struct reading *reading, enum slot_form form, uint64_t number)
{
    if (number == 0 && form != FORM_DELTA)
        return 0;
    switch (form) {
    case FORM_SECONDS: return scaled(number, TIME_SECOND_NS);
    case FORM_MILLISECONDS: return scaled(number, TIME_MILLISECOND_NS);
    case FORM_NTP: return ntp_to_ns(number);
    case FORM_DELTA:
        return reading->head->export_ns - (int64_t)(uint32_t)number * TIME_MICROSECOND_NS;
    case FORM_PLAIN:
    case FORM_TOTAL:
    case FORM_MICROSECONDS:
    case FORM_UPTIME:
    case FORM_FLOAT32:
    case FORM_FLOAT64: break;
    }
    return 0;
}

static void note_quality(struct flow *flow, enum time_quality quality)
{
    if (quality > flow->observation.time)
        flow->observation.time = (uint8_t)quality;
}

/* Uptimes need to know when the exporter began: its message says so (v9), the record (160), or
 * options data (softflowd).
 * Where neither does, the flow ended when it was exported and lasted as the uptimes say. */
static int64_t uptime_to_ns(const struct reading *reading, const struct plan *plan,
                            const struct record *record, enum slot slot, struct flow *flow)
{
    uint32_t uptime_ms = (uint32_t)record->numbers[slot];
    enum time_quality quality;
    int64_t at;
    uint64_t init_ms = plan_has(plan, SLOT_SYSTEM_INIT) ? record->numbers[SLOT_SYSTEM_INIT]
                                                        : *reading->system_init_ms;
    if (init_ms != 0) {
        uint64_t since = init_ms + uptime_ms;
        at = exporter_time_ns(reading->exporter, scaled(since, TIME_MILLISECOND_NS), &quality);
    } else if (reading->head->has_uptime) {
        at = exporter_uptime_ns(reading->exporter, uptime_ms, &quality);
    } else {
        uint32_t before_ms = (uint32_t)record->numbers[SLOT_LAST] - uptime_ms;
        if (before_ms > DURATION_MAX_MS)
            before_ms = 0;
        at = exporter_time_ns(reading->exporter,
                              reading->head->export_ns - before_ms * TIME_MILLISECOND_NS,
                              &quality);
        quality = quality < TIME_UPTIME ? TIME_UPTIME : quality;
    }
    note_quality(flow, quality);
    return at;
}

static int64_t time_of(const struct reading *reading, const struct plan *plan,
                       const struct record *record, enum slot slot, struct flow *flow)
{
    enum slot_form form = (enum slot_form)plan->forms[slot];
    if (form == FORM_UPTIME)
        return uptime_to_ns(reading, plan, record, slot, flow);
    enum time_quality quality;
    int64_t at = exporter_time_ns(reading->exporter,
                                  time_of_form(reading, form, record->numbers[slot]), &quality);
    note_quality(flow, quality);
    return at;
}

static int64_t duration_of(const struct plan *plan, const struct record *record)
{
    uint32_t duration = (uint32_t)record->numbers[SLOT_DURATION];
    return duration * (plan->forms[SLOT_DURATION] == FORM_MICROSECONDS ? TIME_MICROSECOND_NS
                                                                       : TIME_MILLISECOND_NS);
}

/* First and last of the whole record; what is not told is taken from what is. */
static void take_times(const struct reading *reading, const struct plan *plan,
                       const struct record *record, struct flow *flow)
{
    bool has_first = plan_has(plan, SLOT_FIRST);
    enum slot end = plan_has(plan, SLOT_LAST)       ? SLOT_LAST
                    : plan_has(plan, SLOT_OBSERVED) ? SLOT_OBSERVED
                                                    : SLOT_NONE;
    int64_t first = 0, last = 0;
    if (has_first)
        first = time_of(reading, plan, record, SLOT_FIRST, flow);
    if (end != SLOT_NONE)
        last = time_of(reading, plan, record, end, flow);
    else if (has_first)
        last = first + duration_of(plan, record);
    else {
        enum time_quality quality;
        last = exporter_time_ns(reading->exporter, reading->head->export_ns, &quality);
        note_quality(flow, TIME_RECEIVED);
    }
    if (!has_first)
        first = last - duration_of(plan, record);
    enum time_quality quality = (enum time_quality)flow->observation.time;
    exporter_order_times(reading->exporter, &first, &last, &quality);
    flow->observation.time = (uint8_t)quality;
    flow->forward.first_ns = first;
    flow->forward.last_ns = last;
}

/* The way back has times of its own (RFC 5103), or starts a told while after (YAF). */
static void take_reverse_times(const struct reading *reading, const struct plan *plan,
                               const struct record *record, struct flow *flow)
{
    int64_t first = flow->forward.first_ns, last = flow->forward.last_ns;
    if (plan_has(plan, SLOT_REVERSE_FIRST) && record->numbers[SLOT_REVERSE_FIRST] != 0)
        first = time_of(reading, plan, record, SLOT_REVERSE_FIRST, flow);
    else if (plan_has(plan, SLOT_REVERSE_DELTA))
        first += (int64_t)(uint32_t)record->numbers[SLOT_REVERSE_DELTA] * TIME_MILLISECOND_NS;
    if (plan_has(plan, SLOT_REVERSE_LAST) && record->numbers[SLOT_REVERSE_LAST] != 0)
        last = time_of(reading, plan, record, SLOT_REVERSE_LAST, flow);
    flow->reverse.first_ns = first < last ? first : last;
    flow->reverse.last_ns = last;
}

static void put_v4(uint64_t number, struct ip_address *out)
{
    uint32_t v4 = (uint32_t)number;
    *out = (struct ip_address){ { [10] = 0xff,
                                  [11] = 0xff,
                                  [12] = (uint8_t)(v4 >> 24),
                                  [13] = (uint8_t)(v4 >> 16),
                                  [14] = (uint8_t)(v4 >> 8),
                                  [15] = (uint8_t)v4 } };
}

static const struct ip_address *address_of(const struct record *record, enum slot slot)
{
    return &record->addresses[slot - SLOT_NUMBERS];
}

/* Some templates have both families, one of them 0. */
static bool take_addresses(const struct plan *plan, const struct record *record,
                           struct flow *flow)
{
    bool has_v4 = plan_has(plan, SLOT_SOURCE4) || plan_has(plan, SLOT_DESTINATION4);
    bool has_v6 = plan_has(plan, SLOT_SOURCE6) || plan_has(plan, SLOT_DESTINATION6);
    if (!has_v4 && !has_v6)
        return false;
    bool is_v6 = has_v6;
    if (has_v4 && has_v6)
        is_v6 = record->numbers[SLOT_VERSION] == 6 ||
                (record->numbers[SLOT_SOURCE4] | record->numbers[SLOT_DESTINATION4]) == 0;
    if (is_v6) {
        flow->initiator = *address_of(record, SLOT_SOURCE6);
        flow->responder = *address_of(record, SLOT_DESTINATION6);
    } else {
        put_v4(record->numbers[SLOT_SOURCE4], &flow->initiator);
        put_v4(record->numbers[SLOT_DESTINATION4], &flow->responder);
    }
    flow->version = is_v6 ? 6 : 4;
    return true;
}

/* ICMP's type and code come in one number, in two, or as the port they have no other use for
 * (NetFlow v5 and v9). */
static uint16_t icmp_of(const struct record *record, uint16_t port)
{
    const uint64_t *numbers = record->numbers;
    uint64_t both = numbers[SLOT_ICMP] | numbers[SLOT_ICMP6];
    if (both == 0)
        both = (numbers[SLOT_ICMP_TYPE] | numbers[SLOT_ICMP6_TYPE]) << 8 |
               (numbers[SLOT_ICMP_CODE] | numbers[SLOT_ICMP6_CODE]);
    return both != 0 ? (uint16_t)both : port;
}

static void take_key(const struct plan *plan, const struct record *record, struct flow *flow)
{
    const uint64_t *numbers = record->numbers;
    flow->protocol = (uint8_t)numbers[SLOT_PROTOCOL];
    flow->initiator_port = (uint16_t)numbers[SLOT_SOURCE_PORT];
    flow->responder_port = (uint16_t)numbers[SLOT_DESTINATION_PORT];
    if (flow->protocol == PROTOCOL_ICMP || flow->protocol == PROTOCOL_ICMPV6) {
        flow->initiator_port = 0;
        flow->responder_port = icmp_of(record, flow->responder_port);
    }
    flow->vlan = (uint16_t)numbers[SLOT_VLAN] & 0x0fff;
    if (plan_has(plan, SLOT_VLAN) && flow->vlan != 0)
        flow->encapsulation = ENCAPSULATION_VLAN;
}

/* Octets without a packet count are at least one packet. */
static void take_half(const struct record *record, enum slot octets, enum slot packets,
                      struct flow_half *half)
{
    half->octets = record->numbers[octets];
    half->packets = record->numbers[packets];
    if (half->packets == 0 && half->octets > 0)
        half->packets = 1;
}

static void take_flags(const struct record *record, struct flow *flow)
{
    const uint64_t *numbers = record->numbers;
    flow->forward.first_flags = (uint8_t)numbers[SLOT_FIRST_FLAGS];
    flow->reverse.first_flags = (uint8_t)numbers[SLOT_REVERSE_FIRST_FLAGS];
    flow->forward.tcp_flags =
        (uint8_t)(numbers[SLOT_FLAGS] | numbers[SLOT_FIRST_FLAGS] | numbers[SLOT_OTHER_FLAGS]);
    flow->reverse.tcp_flags =
        (uint8_t)(numbers[SLOT_REVERSE_FLAGS] | numbers[SLOT_REVERSE_FIRST_FLAGS] |
                  numbers[SLOT_REVERSE_OTHER_FLAGS]);
}

/* Without counters, whether it still tells of a packet of its own. */
static bool is_packet_told(const struct plan *plan, const struct record *record)
{
    if (plan_has(plan, SLOT_EVENT))
        return record->numbers[SLOT_EVENT] == EVENT_DENIED ||
               record->numbers[SLOT_EVENT] == EVENT_DELETED;
    return !plan_has(plan, SLOT_NAT_EVENT) && (plan->has & counters) == 0;
}

static bool take_counters(const struct plan *plan, const struct record *record,
                          struct flow *flow)
{
    take_half(record, SLOT_OCTETS, SLOT_PACKETS, &flow->forward);
    if ((flow->forward.octets | flow->forward.packets) == 0)
        take_half(record, SLOT_POST_OCTETS, SLOT_POST_PACKETS, &flow->forward);
    take_half(record, SLOT_REVERSE_OCTETS, SLOT_REVERSE_PACKETS, &flow->reverse);
    if (flow->forward.packets == 0 && flow->reverse.packets == 0 &&
        is_packet_told(plan, record))
        flow->forward.packets = 1;
    return flow->forward.packets > 0 || flow->reverse.packets > 0;
}

static uint32_t rate_of(const struct record *record)
{
    const uint64_t *numbers = record->numbers;
    if (numbers[SLOT_RATE] != 0)
        return numbers[SLOT_RATE] <= UINT32_MAX ? (uint32_t)numbers[SLOT_RATE] : 0;
    uint64_t interval = numbers[SLOT_INTERVAL] & UINT32_MAX;
    uint64_t space = numbers[SLOT_SPACE] & UINT32_MAX;
    uint64_t rate = interval > 0 ? (interval + space) / interval : 0;
    return rate <= UINT32_MAX ? (uint32_t)rate : 0;
}

/* flowDirection 61, which only counts when it is told. */
static uint8_t direction_of(const struct plan *plan, const struct record *record)
{
    if (!plan_has(plan, SLOT_DIRECTION) || record->numbers[SLOT_DIRECTION] > 1)
        return OBSERVED_UNKNOWN;
    return record->numbers[SLOT_DIRECTION] == 0 ? OBSERVED_INGRESS : OBSERVED_EGRESS;
}

void observation_take(const struct reading *reading, const struct plan *plan,
                      const struct record *record, struct observation *out)
{
    const uint64_t *numbers = record->numbers;
    struct sampling_hint hint = {
        .selector = numbers[SLOT_SELECTOR],
        .ingress = (uint32_t)numbers[SLOT_INGRESS],
        .egress = (uint32_t)numbers[SLOT_EGRESS],
        .rate = rate_of(record),
    };
    out->exporter = exporter_number(reading->exporter);
    out->ingress = hint.ingress;
    out->egress = hint.egress;
    out->direction = direction_of(plan, record);
    exporter_sampling(reading->exporter, &hint, out);
}

/* RFC 5103 6.3: the record's source answered. */
static void turn(struct flow *flow)
{
    struct ip_address initiator = flow->initiator;
    flow->initiator = flow->responder;
    flow->responder = initiator;
    struct flow_half forward = flow->forward;
    flow->forward = flow->reverse;
    flow->reverse = forward;
    if (flow->protocol != PROTOCOL_ICMP && flow->protocol != PROTOCOL_ICMPV6) {
        uint16_t port = flow->initiator_port;
        flow->initiator_port = flow->responder_port;
        flow->responder_port = port;
    }
}

static bool take_flow(struct reading *reading, const struct plan *plan,
                      const struct record *record, struct flow *flow)
{
    if (!take_addresses(plan, record, flow) || !take_counters(plan, record, flow))
        return false;
    take_key(plan, record, flow);
    take_times(reading, plan, record, flow);
    if (flow->reverse.packets > 0)
        take_reverse_times(reading, plan, record, flow);
    if (flow->forward.packets == 0)
        flow->forward.first_ns = flow->forward.last_ns = 0;
    if (plan->has & flags)
        take_flags(record, flow);
    observation_take(reading, plan, record, &flow->observation);
    if (record->numbers[SLOT_BIFLOW] == BIFLOW_REVERSE_INITIATOR)
        turn(flow);
    flow_conclude(flow, record->numbers[SLOT_END]);
    return true;
}

static void count_flow(struct reading *reading, const struct plan *plan,
                       const struct record *record)
{
    struct collect *collect = reading->collect;
    struct flow *flow = collect_next_flow(collect);
    if (take_flow(reading, plan, record, flow)) {
        if (UNLIKELY(plan->has & names))
            names_take(collect, plan, record, flow);
        return;
    }
    collect_drop_flow(collect);
    if ((plan->has & addresses) == 0)
        collect->records_without_addresses++;
    else if (plan_has(plan, SLOT_EVENT) || plan_has(plan, SLOT_NAT_EVENT))
        collect->events++;
    else
        collect->records_empty++;
}

/* Apart, for the copy: the record's own numbers stay as they came. */
static COLD void count_total(struct reading *reading, const struct plan *plan,
                             const struct record *record)
{
    struct record settled = *record;
    if (totals_settle(reading, plan, &settled))
        count_flow(reading, plan, &settled);
    else
        reading->collect->told_before++;
}

HOT void record_take(struct reading *reading, const struct plan *plan,
                     const struct record *record)
{
    reading->records++;
    if (UNLIKELY(plan_has(plan, SLOT_IP_SECTION) || plan_has(plan, SLOT_FRAME_SECTION)))
        sample_take(reading, plan, record);
    else if (UNLIKELY(totals_concern(plan, record)))
        count_total(reading, plan, record);
    else
        count_flow(reading, plan, record);
}
