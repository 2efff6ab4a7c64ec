// SPDX-License-Identifier: Apache-2.0
#include "base/must.h"
#include "exchange/ipfix_private.h"

#define OURS(id, octets)                           \
    {                                              \
        IPFIX_PSEUDONYM_ENTERPRISE, (id), (octets) \
    }

const struct ipfix_field ipfix_end_fields[2][IPFIX_ENDS] = {
    { { 0, 8, 4 },   /* sourceIPv4Address */
      { 0, 27, 16 }, /* sourceIPv6Address */
      OURS(IPFIX_INITIATOR_PSEUDONYM, IPFIX_PSEUDONYM_OCTETS) },
    { { 0, 12, 4 },  /* destinationIPv4Address */
      { 0, 28, 16 }, /* destinationIPv6Address */
      OURS(IPFIX_RESPONDER_PSEUDONYM, IPFIX_PSEUDONYM_OCTETS) },
};

const struct ipfix_field ipfix_number_fields[IPFIX_NUMBERS] = {
    [IPFIX_SOURCE_PORT] = { 0, 7, 2 },                /* sourceTransportPort */
    [IPFIX_DESTINATION_PORT] = { 0, 11, 2 },          /* destinationTransportPort */
    [IPFIX_PROTOCOL] = { 0, 4, 1 },                   /* protocolIdentifier */
    [IPFIX_START_MS] = { 0, 152, 8 },                 /* flowStartMilliseconds */
    [IPFIX_END_MS] = { 0, 153, 8 },                   /* flowEndMilliseconds */
    [IPFIX_OCTETS] = { 0, 1, 8 },                     /* octetDeltaCount */
    [IPFIX_PACKETS] = { 0, 2, 8 },                    /* packetDeltaCount */
    [IPFIX_REVERSE_OCTETS] = { IPFIX_REVERSE, 1, 8 }, /* reverseOctetDeltaCount */
    [IPFIX_REVERSE_PACKETS] = { IPFIX_REVERSE, 2, 8 },
    [IPFIX_END_REASON] = { 0, 136, 1 },       /* flowEndReason */
    [IPFIX_BIFLOW_DIRECTION] = { 0, 239, 1 }, /* biflowDirection */
    [IPFIX_RATE] = { 0, 34, 4 },              /* samplingInterval */
};

const struct ipfix_field ipfix_word_fields[IPFIX_WORDS] = {
    [IPFIX_WORD_BASIS] = OURS(IPFIX_BASIS, IPFIX_VARIABLE),
    [IPFIX_WORD_WARRANT] = OURS(IPFIX_WARRANT, IPFIX_VARIABLE),
    [IPFIX_WORD_SELECTOR] = OURS(IPFIX_SELECTOR, IPFIX_VARIABLE),
    [IPFIX_WORD_DIRECTION] = OURS(IPFIX_DIRECTION, IPFIX_VARIABLE),
    [IPFIX_WORD_NAME] = OURS(IPFIX_SERVER_NAME, IPFIX_VARIABLE),
};

const struct ipfix_field ipfix_retention_field = OURS(IPFIX_RETENTION, 8);
const struct ipfix_field ipfix_line_field = OURS(IPFIX_LINE, 1);

unsigned ipfix_shape_index(struct ipfix_shape shape)
{
    return (unsigned)shape.ends[0] * IPFIX_ENDS + (unsigned)shape.ends[1] +
           (shape.has_rate ? IPFIX_ENDS * IPFIX_ENDS : 0) +
           (shape.has_mandate ? 2 * IPFIX_ENDS * IPFIX_ENDS : 0);
}

struct ipfix_shape ipfix_shape_at(unsigned index)
{
    enum { PAIRS = IPFIX_ENDS * IPFIX_ENDS };
    return (struct ipfix_shape){
        .ends = { (enum ipfix_end)(index % PAIRS / IPFIX_ENDS),
                  (enum ipfix_end)(index % IPFIX_ENDS) },
        .has_rate = index / PAIRS % 2 == 1,
        .has_mandate = index / (2 * PAIRS) == 1,
    };
}

size_t ipfix_shape_numbers(struct ipfix_shape shape)
{
    return shape.has_rate ? IPFIX_NUMBERS : IPFIX_RATE;
}

struct room {
    uint8_t *at;
    size_t len;
};

static void put(struct room *room, uint64_t value, size_t octets)
{
    MUST(octets <= IPFIX_TEMPLATE_OCTETS_MAX - room->len);
    for (size_t i = octets; i > 0; i--)
        room->at[room->len++] = (uint8_t)(value >> 8 * (i - 1));
}

static void put_field(struct room *room, const struct ipfix_field *field)
{
    put(room, field->enterprise ? field->id | IPFIX_ENTERPRISE_BIT : field->id, 2);
    put(room, field->octets, 2);
    if (field->enterprise)
        put(room, field->enterprise, 4);
}

size_t ipfix_write_template(struct ipfix_shape shape, uint8_t out[IPFIX_TEMPLATE_OCTETS_MAX])
{
    struct room room = { out, 0 };
    size_t numbers = ipfix_shape_numbers(shape);
    put(&room, IPFIX_TEMPLATE_FIRST + ipfix_shape_index(shape), 2);
    put(&room, 2 + numbers + (shape.has_mandate ? IPFIX_WORDS + 2 : 0), 2);
    for (size_t i = 0; i < 2; i++)
        put_field(&room, &ipfix_end_fields[i][shape.ends[i]]);
    for (size_t i = 0; i < numbers; i++)
        put_field(&room, &ipfix_number_fields[i]);
    for (size_t i = 0; shape.has_mandate && i < IPFIX_WORDS; i++)
        put_field(&room, &ipfix_word_fields[i]);
    if (shape.has_mandate) {
        put_field(&room, &ipfix_retention_field);
        put_field(&room, &ipfix_line_field);
    }
    return room.len;
}
