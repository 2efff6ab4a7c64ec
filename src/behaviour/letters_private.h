// SPDX-License-Identifier: Apache-2.0
/* How unlike a word of people a label is: bits for each letter, under what English words say of
 * which letter follows which (tools/letter-pairs).  For ranking only: names in other languages,
 * abbreviations and brands are unlike words, too (detectors.md 8). */
#pragma once

#include "base/bytes.h"

enum { LETTERS_PLACES = 27, LETTERS_SCALE = 16 }; /* a to z, and what stands around them */

extern const uint8_t letters_table[LETTERS_PLACES][LETTERS_PLACES];

/* Of all the label, in sixteenths of a bit; *places grows by how many it is the sum of. */
uint32_t letters_cost(struct bytes label, uint32_t *places);
