// SPDX-License-Identifier: Apache-2.0
/* Base64url without padding (RFC 4648 5), and only the one way of writing it: how WebAuthn and
 * OpenID Connect carry octets in JSON. */
#pragma once

#include "base/text.h"

/* Octets of any number. */
void base64url_put(struct text *out, struct bytes octets);
/* At most max octets; false where text has padding, blanks, stray bits or too many. */
MUST_CHECK bool base64url_get(struct bytes text, uint8_t *out, size_t max, size_t *len);
