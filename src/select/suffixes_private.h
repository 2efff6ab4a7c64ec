// SPDX-License-Identifier: Apache-2.0
/* Names under which anybody may have one: as an indicator each would select half a country. */
#pragma once

#include "base/bytes.h"

/* A lone label, a common public suffix of two, or a host that many share.  A name below one of
 * these is none. */
bool is_shared_name(struct bytes name);
