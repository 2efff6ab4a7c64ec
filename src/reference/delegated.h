// SPDX-License-Identifier: Apache-2.0
/* One row of a delegation file of the regional registries (the RIR statistics exchange format):
 * "apnic|JP|ipv4|1.0.16.0|4096|20110412|allocated". */
#pragma once

#include "base/attr.h"
#include "base/fault.h"
#include "base/ip.h"

struct delegated_row {
    char country[2];
    struct ip_address first;
    uint64_t address_count; /* of IPv4: any number, not a power of two only; else 0 */
    uint8_t prefix_len;     /* of IPv6 */
};

/* FAULT_UNSUPPORTED: good, but of no use here (a comment, the version, a summary, an AS number,
 * space that nobody holds, a holder without a country such as "AP"). */
MUST_CHECK enum fault delegated_read(struct bytes line, struct delegated_row *out);
/* Takes the next prefix off the front of the row's addresses; false when none is left. */
MUST_CHECK bool delegated_next(struct delegated_row *row, struct ip_prefix *out);
