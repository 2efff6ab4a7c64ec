// SPDX-License-Identifier: Apache-2.0
/* UUIDs made from names: version 5, SHA-1 (RFC 4122 4.3, RFC 9562 5.5). */
#pragma once

#include "base/text.h"

enum { UUID_BYTES = 16, UUID_TEXT_MAX = 37 };

void uuid5_write(const uint8_t space[UUID_BYTES], struct bytes name, struct text *out);
