// SPDX-License-Identifier: Apache-2.0
/* Structured data (RFC 6313): lists within a record, and lists within these.  Of what they hold
 * only TCP flags and names are kept, as YAF and Ixia export them; a flow's ends, counters and
 * times are those of the record itself. */
#pragma once

#include "collect/reading_private.h"
#include "collect/templates_table_private.h"

/* A record together with what its lists tell. */
struct listed {
    struct plan plan;
    struct record record;
};

/* octets are all of the record that was moved with the template, which has lists.  The record's
 * own values stay; of those in lists the first counts.  Lists of no known template and those
 * at fault are counted and passed over. */
void lists_read(struct reading *reading, const struct template *template, struct bytes octets,
                const struct record *record, struct listed *out);
