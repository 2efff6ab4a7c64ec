// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "generation/file.h"

void generation_hash(struct bytes octets, uint8_t out[GENERATION_DIGEST_OCTETS]);
/* The text that is signed. */
void generation_put_note(const struct generation *generation, struct text *out);
