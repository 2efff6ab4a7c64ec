// SPDX-License-Identifier: Apache-2.0
/* What we keep of a record: one slot a thing, whatever element, protocol or size it came in.
 * A template is compiled once to moves from its record to slots (plan_private.h). */
#pragma once

#include "base/ip.h"
#include "collect/elements.h"

enum slot {
    SLOT_NONE,
    /* counters; the reverse ones of biflows, of firewalls' responders and of nProbe; after a
     * middlebox, or at the egress */
    SLOT_OCTETS,
    SLOT_PACKETS,
    SLOT_REVERSE_OCTETS,
    SLOT_REVERSE_PACKETS,
    SLOT_POST_OCTETS,
    SLOT_POST_PACKETS,
    /* the key */
    SLOT_SOURCE4,
    SLOT_DESTINATION4,
    SLOT_PROTOCOL,
    SLOT_SOURCE_PORT,
    SLOT_DESTINATION_PORT,
    SLOT_ICMP, /* type * 256 + code */
    SLOT_ICMP6,
    SLOT_ICMP_TYPE,
    SLOT_ICMP_CODE,
    SLOT_ICMP6_TYPE,
    SLOT_ICMP6_CODE,
    SLOT_VERSION,
    SLOT_VLAN,
    /* where and how it was observed */
    SLOT_INGRESS,
    SLOT_EGRESS,
    SLOT_DIRECTION,
    SLOT_END,
    SLOT_BIFLOW,
    SLOT_EVENT,
    SLOT_NAT_EVENT,
    SLOT_SELECTOR,
    SLOT_RATE,
    SLOT_INTERVAL,
    SLOT_SPACE,
    SLOT_SIZE,
    SLOT_POPULATION,
    SLOT_PROBABILITY,
    SLOT_ALGORITHM,
    SLOT_SELECTOR_ALGORITHM,
    /* times, in the form of the element chosen */
    SLOT_FIRST,
    SLOT_LAST,
    SLOT_REVERSE_FIRST,
    SLOT_REVERSE_LAST,
    SLOT_OBSERVED,
    SLOT_SYSTEM_INIT,
    SLOT_DURATION,
    SLOT_REVERSE_DELTA, /* YAF: ms from the first packet to the first one back */
    /* TCP flags: of all packets, of the first one, of all others */
    SLOT_FLAGS,
    SLOT_REVERSE_FLAGS,
    SLOT_FIRST_FLAGS,
    SLOT_REVERSE_FIRST_FLAGS,
    SLOT_OTHER_FLAGS,
    SLOT_REVERSE_OTHER_FLAGS,
    /* of a packet's head */
    SLOT_FRAME_OCTETS,
    SLOT_FRAME_TYPE,
    SLOT_SECTION_OFFSET,
    SLOT_SECTION_OCTETS,
    SLOT_NUMBERS,
    /* addresses of 16 octets */
    SLOT_SOURCE6 = SLOT_NUMBERS,
    SLOT_DESTINATION6,
    /* runs of octets, in the message */
    SLOT_IP_SECTION,
    SLOT_FRAME_SECTION,
    SLOT_DNS_NAME,
    SLOT_TLS_NAME,
    SLOT_HTTP_HOST,
    SLOT_COUNT,
    SLOT_RUNS = SLOT_IP_SECTION
};

/* How a number is to be read, where elements of one slot differ. */
enum slot_form {
    FORM_PLAIN,
    FORM_TOTAL, /* since the start of the flow, not since its last report */
    FORM_SECONDS,
    FORM_MILLISECONDS,
    FORM_MICROSECONDS, /* a duration */
    FORM_NTP,          /* RFC 7011 6.1.9, 6.1.10: seconds since 1900 and a binary fraction */
    FORM_DELTA,        /* microseconds before the export */
    FORM_UPTIME,       /* ms since the exporter began */
    FORM_FLOAT32,
    FORM_FLOAT64
};

static inline uint64_t slot_bit(enum slot slot)
{
    return UINT64_C(1) << slot;
}

/* What an element means to us; of several in one template the lowest rank is taken. */
struct meaning {
    uint32_t enterprise;
    uint16_t id;
    uint8_t slot;
    uint8_t rank;
    uint8_t form;
};

/* NULL: nothing. */
const struct meaning *meaning_find(struct element_key key);
