// SPDX-License-Identifier: Apache-2.0
/* Base64 (RFC 4648 4) with padding, and only the one way of writing it. */
#pragma once

#include "base/text.h"

void base64_put(struct text *out, struct bytes bytes);
/* Exactly len octets, at most BASE64_OCTETS_MAX. */
enum { BASE64_OCTETS_MAX = 128 };
MUST_CHECK bool base64_get(struct bytes text, uint8_t *out, size_t len);
