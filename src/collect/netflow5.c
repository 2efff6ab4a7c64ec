// SPDX-License-Identifier: Apache-2.0
/* NetFlow v5, as Cisco's collectors' manual has it: a header of 24 octets, records of 48. */
#include "collect/protocol_private.h"

#include "base/time.h"
#include "collect/reading_private.h"

enum { HEAD_OCTETS = 24, RECORD_OCTETS = 48, RECORDS_MAX = 30 };
enum { SAMPLING_RATE_MASK = 0x3fff };

static uint16_t be16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t be32(const uint8_t *at)
{
    return (uint32_t)be16(at) << 16 | be16(at + 2);
}

struct head5 {
    struct message_head head;
    uint16_t count;
    uint16_t rate; /* one packet in so many; 0: not told */
};

static enum fault read_head(struct cursor *c, struct head5 *out)
{
    struct head5 head = { .head = { .protocol = EXPORT_NETFLOW5, .has_uptime = true } };
    cursor_skip(c, 2); /* version */
    head.count = cursor_be16(c);
    head.head.uptime_ms = cursor_be32(c);
    int64_t seconds = cursor_be32(c);
    int64_t nanoseconds = cursor_be32(c);
    head.head.sequence = cursor_be32(c);
    head.head.domain = cursor_be16(c);               /* engine type and id */
    head.rate = cursor_be16(c) & SAMPLING_RATE_MASK; /* behind two bits of mode */
    if (c->broken)
        return FAULT_TRUNCATED;
    if (head.count == 0 || nanoseconds >= TIME_SECOND_NS)
        return FAULT_VALUE;
    head.head.export_ns = seconds * TIME_SECOND_NS + nanoseconds;
    *out = head;
    return FAULT_NONE;
}

static void put_v4(const uint8_t *at, struct ip_address *out)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    memcpy(out->octets, mapped, sizeof mapped);
    memcpy(out->octets + sizeof mapped, at, 4);
}

static void take_times(struct exporter *exporter, const uint8_t *at, struct flow *flow)
{
    enum time_quality first_quality, last_quality;
    int64_t first = exporter_uptime_ns(exporter, be32(at + 24), &first_quality);
    int64_t last = exporter_uptime_ns(exporter, be32(at + 28), &last_quality);
    enum time_quality quality = first_quality > last_quality ? first_quality : last_quality;
    exporter_order_times(exporter, &first, &last, &quality);
    flow->forward.first_ns = first;
    flow->forward.last_ns = last;
    flow->observation.time = (uint8_t)quality;
}

static void take_record(struct exporter *exporter, const struct head5 *head, const uint8_t *at,
                        struct flow *flow)
{
    flow->version = 4;
    flow->protocol = at[38];
    put_v4(at, &flow->initiator);
    put_v4(at + 4, &flow->responder);
    flow->forward.packets = be32(at + 16);
    flow->forward.octets = be32(at + 20);
    if (flow->forward.packets == 0)
        flow->forward.packets = 1; /* octets are at least one packet */
    flow->initiator_port = be16(at + 32);
    flow->responder_port = be16(at + 34);
    if (flow->protocol == PROTOCOL_ICMP)
        flow->initiator_port = 0; /* type and code stand in the destination port */
    flow->forward.tcp_flags = at[37];
    take_times(exporter, at, flow);
    const struct sampling_hint hint = { .ingress = be16(at + 12),
                                        .egress = be16(at + 14),
                                        .rate = head->rate };
    flow->observation.exporter = exporter_number(exporter);
    flow->observation.ingress = hint.ingress;
    flow->observation.egress = hint.egress;
    exporter_sampling(exporter, &hint, &flow->observation);
    flow_conclude(flow, 0);
}

enum fault netflow5_read(struct collect *collect, const struct export_message *message)
{
    struct cursor c = cursor_over(message->octets);
    struct head5 head;
    enum fault fault = read_head(&c, &head);
    if (fault)
        return fault;
    struct exporter *exporter = exporters_find(collect->exporters, message, &head.head);
    exporter_begin(exporter, message, &head.head);
    uint32_t records = 0;
    for (; records < head.count && c.left >= RECORD_OCTETS; records++) {
        const uint8_t *at = c.at;
        cursor_skip(&c, RECORD_OCTETS);
        if (be32(at + 16) == 0 && be32(at + 20) == 0)
            collect->records_empty++;
        else
            take_record(exporter, &head, at, collect_next_flow(collect));
    }
    exporter_count(exporter, records, 0, 0);
    exporter_end(exporter, &head.head, (struct message_units){ head.count, head.count, true });
    if (records == head.count)
        return FAULT_NONE;
    exporter_fault(exporter, FAULT_TRUNCATED);
    return FAULT_TRUNCATED;
}
