// SPDX-License-Identifier: Apache-2.0
/* Names under which anybody may register: as an indicator each would select half a country. */
#pragma once

#include "base/bytes.h"

/* A lone label, or one of the common public suffixes of two. */
bool is_public_suffix(struct bytes name);
