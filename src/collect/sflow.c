// SPDX-License-Identifier: Apache-2.0
/* sFlow version 5 (sFlow.org, "sFlow Version 5", July 2004; the section "sFlow Datagram
 * Format" holds the XDR).  Flow samples become samples of frames, or flows of one packet when
 * the agent decoded it itself; all else is counted.  A sample has no time but that of its
 * datagram. */
#include "base/time.h"
#include "collect/protocol_private.h"
#include "collect/sflow_private.h"
#include "model/packet.h"

/* Formats are an enterprise in 20 bits, 0 for sFlow.org's own, and a number in 12. */
enum sample_format {
    SAMPLE_FLOW = 1,
    SAMPLE_COUNTERS = 2,
    SAMPLE_FLOW_EXPANDED = 3,
    SAMPLE_COUNTERS_EXPANDED = 4,
    SAMPLE_DISCARDED = 5 /* "sFlow Dropped Packet Notification Structures", 2020 */
};

enum record_format { RECORD_HEADER = 1, RECORD_IPV4 = 3, RECORD_IPV6 = 4 };

enum { ADDRESS_UNKNOWN, ADDRESS_IPV4, ADDRESS_IPV6 };

enum header_protocol {
    HEADER_ETHERNET = 1,
    HEADER_PPP = 7,
    HEADER_IPV4 = 11,
    HEADER_IPV6 = 12
};

/* What an interface's number means, by its two upper bits or a word of its own. */
enum interface_format { INTERFACE_INDEX, INTERFACE_DISCARDED, INTERFACE_MULTIPLE };

#define INTERFACE_BITS 30
#define INTERFACE_INTERNAL ((UINT32_C(1) << INTERFACE_BITS) - 1) /* the agent itself */

struct interface {
    uint32_t format;
    uint32_t value;
};

/* A flow sample of either form, and the best of what its records tell of the packet. */
struct flow_sample {
    struct sflow_source source;
    uint32_t rate;
    struct interface input, output;
    uint32_t record_count;
    bool has_header;
    bool has_packet;
    struct frame frame;
    struct packet packet; /* as the agent decoded it */
};

/* What all samples of a datagram share. */
struct datagram {
    struct collect *collect;
    struct exporter *exporter;
    int64_t time_ns;
    enum time_quality quality;
};

/* XDR opaque<> (RFC 4506 4.10): padded to four octets, but for agents that forget it at the
 * end. */
static struct cursor take_opaque(struct cursor *c)
{
    size_t len = cursor_be32(c);
    struct cursor child = cursor_take(c, len);
    size_t padding = (4 - len % 4) % 4;
    cursor_skip(c, padding < c->left ? padding : c->left);
    return child;
}

static struct ip_address take_ipv4(struct cursor *c)
{
    return ip_from_v4(cursor_be32(c));
}

static struct ip_address take_ipv6(struct cursor *c)
{
    struct ip_address address = { { 0 } };
    const uint8_t *octets = cursor_advance(c, sizeof address.octets);
    if (octets)
        memcpy(address.octets, octets, sizeof address.octets);
    return address;
}

static bool link_of(uint32_t protocol, uint32_t *out)
{
    switch (protocol) {
    case HEADER_ETHERNET: *out = LINK_ETHERNET; return true;
    case HEADER_PPP: *out = LINK_PPP; return true;
    case HEADER_IPV4:
    case HEADER_IPV6: *out = LINK_RAW; return true;
    default: return false;
    }
}

/* The first header counts: an agent that sends two means the outer one first. */
static void read_header(struct cursor *c, struct flow_sample *out)
{
    uint32_t protocol = cursor_be32(c);
    uint32_t frame_len = cursor_be32(c);
    cursor_skip(c, 4); /* octets taken off the frame before */
    struct cursor header = take_opaque(c);
    uint32_t link = 0;
    if (c->broken || out->has_header || header.left == 0 || !link_of(protocol, &link))
        return;
    uint32_t captured_len = (uint32_t)header.left;
    out->has_header = true;
    out->frame =
        (struct frame){ .captured = cursor_rest(&header),
                        .wire_len = frame_len > captured_len ? frame_len : captured_len,
                        .link = link };
}

/* Ports, flags and type of service are XDR integers of four octets each. */
static void read_packet(struct cursor *c, uint8_t version, struct flow_sample *out)
{
    struct packet packet = { .version = version, .has_transport = true };
    packet.octets = cursor_be32(c);
    packet.protocol = (uint8_t)cursor_be32(c);
    packet.source = version == 4 ? take_ipv4(c) : take_ipv6(c);
    packet.destination = version == 4 ? take_ipv4(c) : take_ipv6(c);
    packet.source_port = (uint16_t)cursor_be32(c);
    packet.destination_port = (uint16_t)cursor_be32(c);
    packet.tcp_flags = (uint8_t)cursor_be32(c);
    cursor_skip(c, 4);
    if (c->broken || out->has_packet)
        return;
    out->has_packet = true;
    out->packet = packet;
}

static enum fault read_records(struct cursor *c, struct flow_sample *out)
{
    for (uint32_t i = 0; i < out->record_count; i++) {
        uint32_t format = cursor_be32(c);
        struct cursor record = take_opaque(c);
        if (c->broken)
            return FAULT_LENGTH; /* longer than its sample, or fewer than told */
        if (format == RECORD_HEADER)
            read_header(&record, out);
        else if (format == RECORD_IPV4)
            read_packet(&record, 4, out);
        else if (format == RECORD_IPV6)
            read_packet(&record, 6, out);
        if (record.broken)
            return FAULT_LENGTH;
    }
    return FAULT_NONE;
}

static struct interface take_interface(struct cursor *c, bool is_expanded)
{
    uint32_t word = cursor_be32(c);
    if (!is_expanded)
        return (struct interface){ word >> INTERFACE_BITS, word & INTERFACE_INTERNAL };
    uint32_t value = cursor_be32(c);
    return (struct interface){ word, value };
}

/* The class of a source in the upper octet, or in a word of its own. */
static uint64_t take_source(struct cursor *c, bool is_expanded)
{
    uint32_t word = cursor_be32(c);
    if (!is_expanded)
        return (uint64_t)(word >> 24) << 32 | (word & 0xffffff);
    return (uint64_t)word << 32 | cursor_be32(c);
}

static enum fault read_sample(struct cursor *c, bool is_expanded, struct flow_sample *out)
{
    *out = (struct flow_sample){ 0 };
    out->source.sequence = cursor_be32(c);
    out->source.id = take_source(c, is_expanded);
    out->rate = cursor_be32(c);
    out->source.pool = cursor_be32(c);
    out->source.drops = cursor_be32(c);
    out->input = take_interface(c, is_expanded);
    out->output = take_interface(c, is_expanded);
    out->record_count = cursor_be32(c);
    return c->broken ? FAULT_LENGTH : read_records(c, out);
}

static uint32_t index_of(struct interface interface)
{
    bool is_index =
        interface.format == INTERFACE_INDEX && interface.value != INTERFACE_INTERNAL;
    return is_index ? interface.value : 0;
}

/* A source of class 0 is an interface: where the packet came in or went out. */
static enum observation_direction direction_of(const struct flow_sample *sample)
{
    bool is_ingress = sample->source.id != 0 && index_of(sample->input) == sample->source.id;
    bool is_egress = sample->source.id != 0 && index_of(sample->output) == sample->source.id;
    if (is_ingress == is_egress)
        return OBSERVED_UNKNOWN;
    return is_ingress ? OBSERVED_INGRESS : OBSERVED_EGRESS;
}

static struct observation observe(const struct datagram *datagram,
                                  const struct flow_sample *sample)
{
    struct observation out = { .exporter = exporter_number(datagram->exporter),
                               .ingress = index_of(sample->input),
                               .egress = index_of(sample->output),
                               .time = (uint8_t)datagram->quality,
                               .direction = (uint8_t)direction_of(sample) };
    struct sampling_hint hint = { .ingress = out.ingress,
                                  .egress = out.egress,
                                  .rate = sample->rate };
    exporter_sampling(datagram->exporter, &hint, &out);
    return out;
}

static enum flow_tcp tcp_state(const struct packet *packet)
{
    if (packet->protocol != PROTOCOL_TCP)
        return FLOW_TCP_NONE;
    bool is_attempt = (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    return is_attempt ? FLOW_TCP_ATTEMPT : FLOW_TCP_MIDSTREAM;
}

/* A flow of one packet.  For ICMP no two agents agree what the ports are: none. */
static void put_flow(const struct datagram *datagram, const struct packet *packet,
                     const struct observation *observation)
{
    bool has_ports = packet->protocol != PROTOCOL_ICMP && packet->protocol != PROTOCOL_ICMPV6;
    struct flow *flow = collect_next_flow(datagram->collect);
    *flow = (struct flow){ .initiator = packet->source,
                           .responder = packet->destination,
                           .observation = *observation,
                           .initiator_port = has_ports ? packet->source_port : 0,
                           .responder_port = has_ports ? packet->destination_port : 0,
                           .protocol = packet->protocol,
                           .version = packet->version,
                           .end = FLOW_END_IDLE,
                           .tcp = (uint8_t)tcp_state(packet) };
    flow->forward = (struct flow_half){ .packets = 1,
                                        .octets = packet->octets,
                                        .first_ns = datagram->time_ns,
                                        .last_ns = datagram->time_ns };
    if (packet->protocol == PROTOCOL_TCP)
        flow->forward.tcp_flags = flow->forward.first_flags = packet->tcp_flags;
}

static void hand_on(const struct datagram *datagram, struct flow_sample *sample)
{
    struct sflow *sflow = datagram->collect->sflow;
    if (!sample->has_header && !sample->has_packet) {
        sflow->without_header++;
        return;
    }
    struct observation observation = observe(datagram, sample);
    sflow->discarded += sample->output.format == INTERFACE_DISCARDED;
    if (!sample->has_header) {
        sflow->decoded++;
        exporter_count(datagram->exporter, 1, 0, 0);
        put_flow(datagram, &sample->packet, &observation);
        return;
    }
    sflow->headers++;
    exporter_count(datagram->exporter, 0, 0, 1);
    sample->frame.time_ns = datagram->time_ns;
    struct frame_sample out = { sample->frame, observation };
    datagram->collect->sink.take_sample(datagram->collect->sink.context, &out);
}

static enum fault read_flow_sample(const struct datagram *datagram, struct cursor *c,
                                   bool is_expanded)
{
    struct flow_sample sample;
    enum fault fault = read_sample(c, is_expanded, &sample);
    if (fault)
        return fault;
    sample.source.exporter = exporter_number(datagram->exporter);
    sflow_note(datagram->collect->sflow, &sample.source);
    hand_on(datagram, &sample);
    return FAULT_NONE;
}

static enum fault read_any_sample(const struct datagram *datagram, uint32_t format,
                                  struct cursor *c)
{
    struct sflow *sflow = datagram->collect->sflow;
    switch (format) {
    case SAMPLE_FLOW: return read_flow_sample(datagram, c, false);
    case SAMPLE_FLOW_EXPANDED: return read_flow_sample(datagram, c, true);
    case SAMPLE_COUNTERS:
    case SAMPLE_COUNTERS_EXPANDED: sflow->counters++; return FAULT_NONE;
    case SAMPLE_DISCARDED: sflow->notices++; return FAULT_NONE;
    default: sflow->unknown++; return FAULT_NONE;
    }
}

/* A sample that contradicts itself is passed over, for its length stands outside it. */
static enum fault read_samples(const struct datagram *datagram, struct cursor *c,
                               uint32_t count)
{
    enum fault first = FAULT_NONE;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t format = cursor_be32(c);
        struct cursor sample = take_opaque(c);
        if (c->broken)
            return FAULT_TRUNCATED;
        enum fault fault = read_any_sample(datagram, format, &sample);
        datagram->collect->sflow->refused += fault != FAULT_NONE;
        first = first ? first : fault;
    }
    return !first && c->left > 0 ? FAULT_LENGTH : first;
}

static enum fault read_head(struct cursor *c, struct message_head *out)
{
    *out = (struct message_head){ .protocol = EXPORT_SFLOW5, .has_uptime = true };
    uint32_t version = cursor_be32(c);
    uint32_t address_type = cursor_be32(c);
    if (!c->broken && version != 5)
        return FAULT_VERSION;
    if (!c->broken && address_type > ADDRESS_IPV6)
        return FAULT_VALUE;
    if (address_type == ADDRESS_IPV4)
        out->agent = take_ipv4(c);
    else if (address_type == ADDRESS_IPV6)
        out->agent = take_ipv6(c);
    out->domain = cursor_be32(c);
    out->sequence = cursor_be32(c);
    out->uptime_ms = cursor_be32(c);
    return c->broken ? FAULT_TRUNCATED : FAULT_NONE;
}

/* Where nobody knows when the datagram came, the agent's uptime keeps its samples in order and
 * apart. */
static void set_time(struct datagram *datagram, const struct export_message *message,
                     const struct message_head *head)
{
    bool is_known = message->received_ns != 0;
    datagram->time_ns =
        is_known ? message->received_ns : (int64_t)head->uptime_ms * TIME_MILLISECOND_NS;
    datagram->quality = is_known ? TIME_RECEIVED : TIME_UPTIME;
}

enum fault sflow_read(struct collect *collect, const struct export_message *message)
{
    struct cursor c = cursor_over(message->octets);
    struct message_head head;
    enum fault fault = read_head(&c, &head);
    uint32_t count = cursor_be32(&c);
    if (!fault && c.broken)
        fault = FAULT_TRUNCATED;
    if (fault)
        return fault;
    struct datagram datagram = {
        .collect = collect,
        .exporter = exporters_find(collect->exporters, message, &head),
    };
    set_time(&datagram, message, &head);
    exporter_begin(datagram.exporter, message, &head);
    fault = read_samples(&datagram, &c, count);
    if (fault)
        exporter_fault(datagram.exporter, fault);
    exporter_end(datagram.exporter, &head, (struct message_units){ 1, 1, true });
    return fault;
}
