// SPDX-License-Identifier: Apache-2.0
/* What stands in our messages and where: one layout, from which records are written and read
 * back. */
#pragma once

#include "exchange/ipfix.h"

enum {
    IPFIX_VERSION = 10,
    IPFIX_HEADER_OCTETS = 16,
    IPFIX_SET_OCTETS = 4,
    IPFIX_TEMPLATE_SET = 2,
    IPFIX_TEMPLATE_FIRST = 256,
    IPFIX_TEMPLATE_OCTETS_MAX = 160,
    IPFIX_ENTERPRISE_BIT = 0x8000,
    IPFIX_REVERSE = 29305, /* RFC 5103 6.1 */
    IPFIX_PSEUDONYM_OCTETS = 21,
    IPFIX_VARIABLE = 65535,   /* RFC 7011 7 */
    IPFIX_VARIABLE_MAX = 254, /* in the form of one octet */
};

/* How an end of the communication is written. */
enum ipfix_end { IPFIX_END_V4, IPFIX_END_V6, IPFIX_END_PSEUDONYM, IPFIX_ENDS };

struct ipfix_field {
    uint32_t enterprise;
    uint16_t id;
    uint16_t octets;
};

enum ipfix_number {
    IPFIX_SOURCE_PORT,
    IPFIX_DESTINATION_PORT,
    IPFIX_PROTOCOL,
    IPFIX_START_MS,
    IPFIX_END_MS,
    IPFIX_OCTETS,
    IPFIX_PACKETS,
    IPFIX_REVERSE_OCTETS,
    IPFIX_REVERSE_PACKETS,
    IPFIX_END_REASON,
    IPFIX_BIFLOW_DIRECTION,
    IPFIX_RATE, /* last: only in templates with a rate */
    IPFIX_NUMBERS
};

/* Behind the numbers, in templates with a mandate: words, then what goes with them. */
enum ipfix_word {
    IPFIX_WORD_BASIS,
    IPFIX_WORD_WARRANT,
    IPFIX_WORD_SELECTOR,
    IPFIX_WORD_DIRECTION,
    IPFIX_WORD_NAME,
    IPFIX_WORDS
};
enum { IPFIX_LINE_INITIATOR = 1, IPFIX_LINE_RESPONDER = 2 };

extern const struct ipfix_field ipfix_end_fields[2][IPFIX_ENDS];
extern const struct ipfix_field ipfix_number_fields[IPFIX_NUMBERS];
extern const struct ipfix_field ipfix_word_fields[IPFIX_WORDS];
extern const struct ipfix_field ipfix_retention_field;
extern const struct ipfix_field ipfix_line_field;

/* What tells a record's template. */
struct ipfix_shape {
    enum ipfix_end ends[2];
    bool has_rate;
    bool has_mandate;
};

/* From 0 to IPFIX_TEMPLATES - 1, which tells the template's number. */
unsigned ipfix_shape_index(struct ipfix_shape shape);
struct ipfix_shape ipfix_shape_at(unsigned index);
size_t ipfix_shape_numbers(struct ipfix_shape shape);

/* The template record (RFC 7011 3.4.1), without a set's header; its length. */
size_t ipfix_write_template(struct ipfix_shape shape, uint8_t out[IPFIX_TEMPLATE_OCTETS_MAX]);
