// SPDX-License-Identifier: Apache-2.0
#include "exchange/ipfix.h"

#include "base/must.h"
#include "base/time.h"

enum {
    VERSION = 10,
    HEADER_OCTETS = 16,
    SET_OCTETS = 4,
    TEMPLATE_SET = 2,
    TEMPLATE_FIRST = 256,
    TEMPLATE_OCTETS_MAX = 128,
    RECORD_OCTETS_MAX = 256,
    ENTERPRISE_BIT = 0x8000,
    REVERSE = 29305, /* RFC 5103 6.1 */
    PSEUDONYM_OCTETS = 21,
    MANDATE_FIELDS = 3,
    VARIABLE = 65535, /* RFC 7011 7 */
};

const struct ipfix_refresh ipfix_refresh_never = { 0, 0 };
const struct ipfix_refresh ipfix_refresh_datagrams = { 64, 60 * TIME_SECOND_NS };

/* How an end of the communication is written. */
enum end { END_V4, END_V6, END_PSEUDONYM, ENDS };

struct field {
    uint32_t enterprise;
    uint16_t id;
    uint16_t octets;
};

static const struct field end_fields[2][ENDS] = {
    { { 0, 8, 4 },   /* sourceIPv4Address */
      { 0, 27, 16 }, /* sourceIPv6Address */
      { IPFIX_PSEUDONYM_ENTERPRISE, IPFIX_INITIATOR_PSEUDONYM, PSEUDONYM_OCTETS } },
    { { 0, 12, 4 },  /* destinationIPv4Address */
      { 0, 28, 16 }, /* destinationIPv6Address */
      { IPFIX_PSEUDONYM_ENTERPRISE, IPFIX_RESPONDER_PSEUDONYM, PSEUDONYM_OCTETS } },
};

enum number {
    SOURCE_PORT,
    DESTINATION_PORT,
    PROTOCOL,
    START_MS,
    END_MS,
    OCTETS,
    PACKETS,
    REVERSE_OCTETS,
    REVERSE_PACKETS,
    END_REASON,
    BIFLOW_DIRECTION,
    RATE, /* last: only in templates with a rate */
    NUMBERS
};

static const struct field number_fields[NUMBERS] = {
    [SOURCE_PORT] = { 0, 7, 2 },          /* sourceTransportPort */
    [DESTINATION_PORT] = { 0, 11, 2 },    /* destinationTransportPort */
    [PROTOCOL] = { 0, 4, 1 },             /* protocolIdentifier */
    [START_MS] = { 0, 152, 8 },           /* flowStartMilliseconds */
    [END_MS] = { 0, 153, 8 },             /* flowEndMilliseconds */
    [OCTETS] = { 0, 1, 8 },               /* octetDeltaCount */
    [PACKETS] = { 0, 2, 8 },              /* packetDeltaCount */
    [REVERSE_OCTETS] = { REVERSE, 1, 8 }, /* reverseOctetDeltaCount */
    [REVERSE_PACKETS] = { REVERSE, 2, 8 },
    [END_REASON] = { 0, 136, 1 },       /* flowEndReason */
    [BIFLOW_DIRECTION] = { 0, 239, 1 }, /* biflowDirection */
    [RATE] = { 0, 34, 4 },              /* samplingInterval */
};

static const struct field mandate_fields[MANDATE_FIELDS] = {
    { IPFIX_PSEUDONYM_ENTERPRISE, IPFIX_BASIS, VARIABLE },
    { IPFIX_PSEUDONYM_ENTERPRISE, IPFIX_WARRANT, VARIABLE },
    { IPFIX_PSEUDONYM_ENTERPRISE, IPFIX_SELECTOR, VARIABLE },
};

/* What tells a record's template. */
struct shape {
    enum end ends[2];
    bool has_rate;
    bool has_mandate;
};

static enum end end_of(const struct party *party)
{
    if (party->is_pseudonym && !party->keeps_prefix)
        return END_PSEUDONYM;
    return ip_is_v4(&party->address) ? END_V4 : END_V6;
}

static struct shape shape_of(const struct minimised_flow *flow)
{
    return (struct shape){ { end_of(&flow->initiator), end_of(&flow->responder) },
                           flow->sampling_rate > 0,
                           flow->why.mandate.warrant[0] != '\0' };
}

static unsigned index_of(struct shape shape)
{
    return (unsigned)shape.ends[0] * ENDS + (unsigned)shape.ends[1] +
           (shape.has_rate ? ENDS * ENDS : 0) + (shape.has_mandate ? 2 * ENDS * ENDS : 0);
}

static size_t numbers_of_shape(struct shape shape)
{
    return shape.has_rate ? NUMBERS : RATE;
}

/* Big-endian; the room was looked at before. */
static void put(struct ipfix_writer *writer, uint64_t value, size_t octets)
{
    MUST(octets <= sizeof writer->message - writer->len);
    for (size_t i = octets; i > 0; i--)
        writer->message[writer->len++] = (uint8_t)(value >> 8 * (i - 1));
}

static void put_octets(struct ipfix_writer *writer, const uint8_t *octets, size_t len)
{
    MUST(len <= sizeof writer->message - writer->len);
    memcpy(writer->message + writer->len, octets, len);
    writer->len += len;
}

static void set_be16(struct ipfix_writer *writer, size_t at, size_t value)
{
    writer->message[at] = (uint8_t)(value >> 8);
    writer->message[at + 1] = (uint8_t)value;
}

void ipfix_begin(struct ipfix_writer *writer, uint32_t domain, struct ipfix_refresh refresh,
                 struct ipfix_sink sink)
{
    *writer = (struct ipfix_writer){ .sink = sink, .refresh = refresh, .domain = domain };
}

/* RFC 7011 3.1; length and number of records are known when it is whole. */
static void begin_message(struct ipfix_writer *writer, int64_t now_ns)
{
    bool is_often =
        writer->refresh.messages > 0 && writer->messages >= writer->refresh.messages;
    bool is_long =
        writer->refresh.span_ns > 0 && now_ns - writer->told_ns >= writer->refresh.span_ns;
    if (is_often || is_long || writer->templates == 0) {
        writer->templates = 0;
        writer->messages = 0;
        writer->told_ns = now_ns;
    }
    put(writer, VERSION, 2);
    put(writer, 0, 2);
    put(writer, (uint64_t)(now_ns / TIME_SECOND_NS), 4);
    put(writer, writer->sequence, 4);
    put(writer, writer->domain, 4);
}

static void end_set(struct ipfix_writer *writer)
{
    if (writer->set_at > 0)
        set_be16(writer, writer->set_at + 2, writer->len - writer->set_at);
    writer->set_at = 0;
}

/* RFC 7011 3.3.2; the length is set when the set ends. */
static void begin_set(struct ipfix_writer *writer, unsigned id)
{
    end_set(writer);
    writer->set_at = writer->len;
    writer->set_id = (uint16_t)id;
    put(writer, id, 2);
    put(writer, 0, 2);
}

static void put_field(struct ipfix_writer *writer, const struct field *field)
{
    put(writer, field->enterprise ? field->id | ENTERPRISE_BIT : field->id, 2);
    put(writer, field->octets, 2);
    if (field->enterprise)
        put(writer, field->enterprise, 4);
}

/* RFC 7011 3.4.1 */
static void tell_template(struct ipfix_writer *writer, struct shape shape)
{
    begin_set(writer, TEMPLATE_SET);
    put(writer, TEMPLATE_FIRST + index_of(shape), 2);
    put(writer, 2 + numbers_of_shape(shape) + (shape.has_mandate ? MANDATE_FIELDS : 0), 2);
    for (size_t i = 0; i < 2; i++)
        put_field(writer, &end_fields[i][shape.ends[i]]);
    for (size_t i = 0; i < numbers_of_shape(shape); i++)
        put_field(writer, &number_fields[i]);
    for (size_t i = 0; shape.has_mandate && i < MANDATE_FIELDS; i++)
        put_field(writer, &mandate_fields[i]);
    writer->templates |= UINT64_C(1) << index_of(shape);
}

static void put_end(struct ipfix_writer *writer, const struct party *party)
{
    char room[PARTY_TEXT_MAX];
    struct text words = text_over(room, sizeof room);
    switch (end_of(party)) {
    case END_V4: put(writer, ip_to_v4(&party->address), 4); break;
    case END_V6: put_octets(writer, party->address.octets, 16); break;
    case END_PSEUDONYM:
        party_write(party, &words);
        MUST(words.len == PSEUDONYM_OCTETS);
        put_octets(writer, text_bytes(&words).at, words.len);
        break;
    case ENDS: break;
    }
}

/* RFC 7011 7: shorter than 255 octets, all of them. */
static void put_variable(struct ipfix_writer *writer, const char *words)
{
    size_t len = strlen(words);
    put(writer, len, 1);
    put_octets(writer, (const uint8_t *)words, len);
}

static void put_record(struct ipfix_writer *writer, const struct minimised_flow *flow,
                       struct shape shape)
{
    enum { INITIATOR = 1 }; /* RFC 5103 6.3: the source is who began */
    const uint64_t numbers[NUMBERS] = {
        [SOURCE_PORT] = flow->initiator_port,
        [DESTINATION_PORT] = flow->responder_port,
        [PROTOCOL] = flow->protocol,
        [START_MS] = (uint64_t)(flow->start_ns / TIME_MILLISECOND_NS),
        [END_MS] = (uint64_t)(flow->end_ns / TIME_MILLISECOND_NS),
        [OCTETS] = flow->octets_forward,
        [PACKETS] = flow->packets_forward,
        [REVERSE_OCTETS] = flow->octets_reverse,
        [REVERSE_PACKETS] = flow->packets_reverse,
        [END_REASON] = flow->end,
        [BIFLOW_DIRECTION] = INITIATOR,
        [RATE] = flow->sampling_rate,
    };
    put_end(writer, &flow->initiator);
    put_end(writer, &flow->responder);
    for (size_t i = 0; i < numbers_of_shape(shape); i++)
        put(writer, numbers[i], number_fields[i].octets);
    if (shape.has_mandate) {
        put_variable(writer, flow->why.mandate.basis_name);
        put_variable(writer, flow->why.mandate.warrant);
        put_variable(writer, flow->why.mandate.selector);
    }
    writer->records++;
}

bool ipfix_put(struct ipfix_writer *writer, const struct minimised_flow *flow, int64_t now_ns)
{
    enum { NEED = TEMPLATE_OCTETS_MAX + SET_OCTETS + RECORD_OCTETS_MAX };
    bool taken = true;
    if (writer->len > 0 && NEED > sizeof writer->message - writer->len)
        taken = ipfix_flush(writer);
    if (writer->len == 0)
        begin_message(writer, now_ns);
    struct shape shape = shape_of(flow);
    unsigned id = TEMPLATE_FIRST + index_of(shape);
    if ((writer->templates >> index_of(shape) & 1) == 0)
        tell_template(writer, shape);
    if (writer->set_at == 0 || writer->set_id != id)
        begin_set(writer, id);
    put_record(writer, flow, shape);
    return taken;
}

bool ipfix_flush(struct ipfix_writer *writer)
{
    if (writer->len == 0)
        return true;
    end_set(writer);
    set_be16(writer, 2, writer->len);
    struct bytes message = { writer->message, writer->len };
    writer->len = 0;
    writer->sequence += writer->records;
    writer->records = 0;
    writer->messages++;
    return writer->sink.take(writer->sink.context, message);
}
