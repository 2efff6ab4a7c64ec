// SPDX-License-Identifier: Apache-2.0
/* Prefix table: which place an address is in (own, domestic, foreign), and of what class.
 * Longest prefix wins; for equal prefixes own beats domestic beats foreign.  What a prefix does
 * not say, its place or its class, it has from an equal one or from the one around it.  Built
 * once, then only read. */
#pragma once

#include "base/arena.h"
#include "base/ip.h"
#include "model/scope.h"

struct places;

/* Bytes of arena for a table of up to prefix_max prefixes. */
size_t places_size(size_t prefix_max);
struct places *places_init(size_t prefix_max, struct arena *keep);
/* False when the table is full. */
MUST_CHECK bool places_add(struct places *places, const struct ip_prefix *prefix,
                           struct place_label label);
/* Sorts and freezes; must be called before places_find, after the last places_add. */
void places_build(struct places *places);
size_t places_count(const struct places *places);
/* Does a prefix say domestic or foreign, or are there own networks only? */
bool places_tell_border(const struct places *places);
/* Tells the processor that places_find of this address comes soon. */
void places_prefetch(const struct places *places, const struct ip_address *address);
/* What no prefix covers is PLACE_UNKNOWN and CLASS_UNKNOWN. */
struct place_label places_find(const struct places *places, const struct ip_address *address);
