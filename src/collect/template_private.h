// SPDX-License-Identifier: Apache-2.0
/* Templates of NetFlow v9 and IPFIX, of all exporters, and the data that waits for them.  Each
 * belongs to the exporter whose number is given (exporter_number, from 1 to exporters_max). */
#pragma once

#include "base/cursor.h"
#include "collect/exporter_private.h"

struct templates;

size_t templates_size(const struct collect_limits *limits);
struct templates *templates_init(const struct collect_limits *limits, struct hash_key key,
                                 struct arena *keep);

/* Gives back all that is held for an exporter, waiting data included, and forgets what was
 * counted of it: its number may go to another. */
void templates_drop(struct templates *templates, uint32_t exporter);
/* Its session is over: its templates and waiting data go, its counters stay. */
void templates_end(struct templates *templates, uint32_t exporter);

/* Fills templates_held, unknown_elements, without_template, replayed, pending_lost_octets. */
void templates_view(const struct templates *templates, uint32_t exporter,
                    struct exporter_view *out);

/* An exporter's templates in our own form, part of what collect_save writes.  Writes at most
 * max octets and returns how many it needs. */
size_t templates_save(const struct templates *templates, uint32_t exporter, uint8_t *out,
                      size_t max);
/* Takes one exporter's part off the cursor without keeping it, to see that all is whole. */
MUST_CHECK enum fault templates_check(struct cursor *saved);
/* The same, and keeps them, as if received now. */
MUST_CHECK enum fault templates_restore(struct templates *templates, uint32_t exporter,
                                        struct cursor *saved, int64_t now_ns);
