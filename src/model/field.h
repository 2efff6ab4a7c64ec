// SPDX-License-Identifier: Apache-2.0
/* Every field decoded from traffic, with its class of information.  The law tells four classes
 * apart: 1 identifiers of equipment (addresses, ports, times, domain names), 2 commands to
 * computers, 3 other machine information (protocols, amounts, kinds of software), and 4 the
 * essential content of what people say.  This table has no row of class 4 because no structure
 * has a field for it; tools/check-fields compares the table with the structures both ways. */
#pragma once

#include "model/selected.h"

struct field {
    const char *record; /* "packet", "dns_fact" ...: the struct without its keyword */
    const char *member;
    enum information_kind kind; /* classes 1 to 3 */
    size_t octets;              /* room of the member: nothing longer can be in it */
    const char *meaning;
};

/* The whole table; count is how many rows it has. */
const struct field *field_table(size_t *count);
/* NULL when no structure has such a member. */
const struct field *field_find(const char *record, const char *member);
