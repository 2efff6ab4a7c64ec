// SPDX-License-Identifier: Apache-2.0
/* Information elements: IANA's registry and those of vendors, by enterprise number and id.
 * The tables are made at build time of the CSV files in src/collect/elements/. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum element_type {
    ELEMENT_OCTETS,
    ELEMENT_UNSIGNED,
    ELEMENT_SIGNED,
    ELEMENT_FLOAT,
    ELEMENT_BOOLEAN,
    ELEMENT_MAC,
    ELEMENT_STRING,
    ELEMENT_SECONDS,
    ELEMENT_MILLISECONDS,
    ELEMENT_MICROSECONDS,
    ELEMENT_NANOSECONDS,
    ELEMENT_IPV4,
    ELEMENT_IPV6,
    ELEMENT_BASIC_LIST,
    ELEMENT_SUB_TEMPLATE_LIST,
    ELEMENT_SUB_TEMPLATE_MULTI_LIST,
    ELEMENT_TYPES
};

struct element_key {
    uint32_t enterprise; /* 0: IANA.  Fields of NetFlow v9 above 32767 have
                            ELEMENT_NETFLOW9 */
    uint16_t id;
};

#define ELEMENT_NETFLOW9 UINT32_MAX
enum { ELEMENT_REVERSE = 29305 }; /* RFC 5103 6.1 */

struct element {
    struct element_key key;
    uint8_t type;     /* enum element_type */
    uint8_t octets;   /* full size of a number, 0 when it varies */
    const char *name; /* "sourceIPv4Address" */
};

/* NULL when not in the tables.  An element of enterprise 29305 is the reverse of IANA's and is
 * found under its name there. */
const struct element *element_find(struct element_key key);
/* "Cisco" ..., or NULL. */
const char *element_enterprise_name(uint32_t enterprise);
