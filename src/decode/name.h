// SPDX-License-Identifier: Apache-2.0
/* Host names into facts, one spelling for every protocol: ASCII letters in lower case, and
 * what is not printable as \DDD (RFC 1035 5.1), so a name is safe to print and to compare.  A
 * backslash is written twice.  A space counts as not printable, as in zone files.
 *
 * Escapes can make a name longer than its room.  Then its first labels are left out and `cut`
 * is set: what tunnels put into names stands in front, and whose name it is at the end. */
#pragma once

#include "model/facts.h"

void name_start(struct fact_name *name);
/* One label of a domain name, behind a dot when it is not the first; a dot inside the label
 * is written "\.". */
void name_put_label(struct fact_name *name, struct bytes label);
/* A host as text protocols have it, where dots part the labels. */
void name_put_host(struct fact_name *name, struct bytes host);

/* Words that are no name: what is not printable ASCII becomes '?', what is over is left out.
 * Returns how many bytes of the room are used. */
size_t printable_keep(struct bytes words, char *room, size_t room_len);
