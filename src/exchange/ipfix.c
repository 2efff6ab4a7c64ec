// SPDX-License-Identifier: Apache-2.0
#include "base/must.h"
#include "base/time.h"
#include "exchange/ipfix_private.h"

const struct ipfix_refresh ipfix_refresh_never = { 0, 0 };
const struct ipfix_refresh ipfix_refresh_datagrams = { 64, 60 * TIME_SECOND_NS };

/* What of a record is not a number. */
struct words {
    struct bytes at[IPFIX_WORDS];
    char name[IPFIX_VARIABLE_MAX];
};

static enum ipfix_end end_of(const struct party *party)
{
    if (party->is_pseudonym && !party->keeps_prefix)
        return IPFIX_END_PSEUDONYM;
    return ip_is_v4(&party->address) ? IPFIX_END_V4 : IPFIX_END_V6;
}

static struct ipfix_shape shape_of(const struct minimised_flow *flow)
{
    return (struct ipfix_shape){ { end_of(&flow->initiator), end_of(&flow->responder) },
                                 flow->sampling_rate > 0,
                                 flow->why.mandate.warrant[0] != '\0' };
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
    put(writer, IPFIX_VERSION, 2);
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

/* RFC 7011 3.4.1 */
static void tell_template(struct ipfix_writer *writer, struct ipfix_shape shape)
{
    uint8_t room[IPFIX_TEMPLATE_OCTETS_MAX];
    size_t len = ipfix_write_template(shape, room);
    begin_set(writer, IPFIX_TEMPLATE_SET);
    put_octets(writer, room, len);
    writer->templates |= UINT64_C(1) << ipfix_shape_index(shape);
}

static void put_end(struct ipfix_writer *writer, const struct party *party)
{
    char room[PARTY_TEXT_MAX];
    struct text words = text_over(room, sizeof room);
    switch (end_of(party)) {
    case IPFIX_END_V4: put(writer, ip_to_v4(&party->address), 4); break;
    case IPFIX_END_V6: put_octets(writer, party->address.octets, 16); break;
    case IPFIX_END_PSEUDONYM:
        party_write(party, &words);
        MUST(words.len == IPFIX_PSEUDONYM_OCTETS);
        put_octets(writer, text_bytes(&words).at, words.len);
        break;
    case IPFIX_ENDS: break;
    }
}

/* Names are of printable letters (model/facts.h), whatever made them; of one that is too long
 * the end is kept, as everywhere. */
static struct bytes find_name(const struct record_facts *facts, char room[IPFIX_VARIABLE_MAX])
{
    if (!facts->has_server_name)
        return BYTES("");
    struct bytes name = fact_name_bytes(&facts->server_name);
    if (name.len > IPFIX_VARIABLE_MAX)
        name = bytes_slice(name, name.len - IPFIX_VARIABLE_MAX, IPFIX_VARIABLE_MAX);
    for (size_t i = 0; i < name.len; i++)
        room[i] = name.at[i] > ' ' && name.at[i] <= '~' ? (char)name.at[i] : '?';
    return (struct bytes){ (const uint8_t *)room, name.len };
}

static void find_words(const struct minimised_flow *flow, struct words *out)
{
    const struct mandate *mandate = &flow->why.mandate;
    out->at[IPFIX_WORD_BASIS] = bytes_of_string(mandate->basis_name);
    out->at[IPFIX_WORD_WARRANT] = bytes_of_string(mandate->warrant);
    out->at[IPFIX_WORD_SELECTOR] = bytes_of_string(mandate->selector);
    out->at[IPFIX_WORD_DIRECTION] = bytes_of_string(direction_name(flow->direction));
    out->at[IPFIX_WORD_NAME] = find_name(&flow->facts, out->name);
}

/* RFC 7011 7: shorter than 255 octets, all of them. */
static void put_mandate(struct ipfix_writer *writer, const struct minimised_flow *flow,
                        const struct words *words)
{
    for (size_t i = 0; i < IPFIX_WORDS; i++) {
        put(writer, words->at[i].len, 1);
        put_octets(writer, words->at[i].at, words->at[i].len);
    }
    put(writer, (uint64_t)(flow->retention_until_ns / TIME_MILLISECOND_NS), 8);
    put(writer, flow->line_is_initiator ? IPFIX_LINE_INITIATOR : IPFIX_LINE_RESPONDER, 1);
}

static void put_record(struct ipfix_writer *writer, const struct minimised_flow *flow,
                       struct ipfix_shape shape, const struct words *words)
{
    enum { INITIATOR = 1 }; /* RFC 5103 6.3: the source is who began */
    const uint64_t numbers[IPFIX_NUMBERS] = {
        [IPFIX_SOURCE_PORT] = flow->initiator_port,
        [IPFIX_DESTINATION_PORT] = flow->responder_port,
        [IPFIX_PROTOCOL] = flow->protocol,
        [IPFIX_START_MS] = (uint64_t)(flow->start_ns / TIME_MILLISECOND_NS),
        [IPFIX_END_MS] = (uint64_t)(flow->end_ns / TIME_MILLISECOND_NS),
        [IPFIX_OCTETS] = flow->octets_forward,
        [IPFIX_PACKETS] = flow->packets_forward,
        [IPFIX_REVERSE_OCTETS] = flow->octets_reverse,
        [IPFIX_REVERSE_PACKETS] = flow->packets_reverse,
        [IPFIX_END_REASON] = flow->end,
        [IPFIX_BIFLOW_DIRECTION] = INITIATOR,
        [IPFIX_RATE] = flow->sampling_rate,
    };
    put_end(writer, &flow->initiator);
    put_end(writer, &flow->responder);
    for (size_t i = 0; i < ipfix_shape_numbers(shape); i++)
        put(writer, numbers[i], ipfix_number_fields[i].octets);
    if (shape.has_mandate)
        put_mandate(writer, flow, words);
    writer->records++;
}

/* No record needs more, with its template. */
static size_t octets_needed(const struct words *words)
{
    enum { ENDS_OCTETS = 2 * IPFIX_PSEUDONYM_OCTETS, NUMBERS_OCTETS = IPFIX_NUMBERS * 8 };
    size_t octets = IPFIX_SET_OCTETS + IPFIX_TEMPLATE_OCTETS_MAX + IPFIX_SET_OCTETS +
                    ENDS_OCTETS + NUMBERS_OCTETS + 8 + 1;
    for (size_t i = 0; i < IPFIX_WORDS; i++)
        octets += 1 + words->at[i].len;
    return octets;
}

bool ipfix_put(struct ipfix_writer *writer, const struct minimised_flow *flow, int64_t now_ns)
{
    bool taken = true;
    struct words words;
    struct ipfix_shape shape = shape_of(flow);
    unsigned index = ipfix_shape_index(shape);
    find_words(flow, &words);
    if (writer->len > 0 && octets_needed(&words) > sizeof writer->message - writer->len)
        taken = ipfix_flush(writer);
    if (writer->len == 0)
        begin_message(writer, now_ns);
    if ((writer->templates >> index & 1) == 0)
        tell_template(writer, shape);
    if (writer->set_at == 0 || writer->set_id != IPFIX_TEMPLATE_FIRST + index)
        begin_set(writer, IPFIX_TEMPLATE_FIRST + index);
    put_record(writer, flow, shape, &words);
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
