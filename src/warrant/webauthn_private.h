// SPDX-License-Identifier: Apache-2.0
/* What the check of an assertion, its keys and envelopes share. */
#pragma once

#include <nettle/ecc.h>

#include "warrant/webauthn.h"

#define WEBAUTHN_KEY_ID_HEAD "webauthn:"

/* libsodium 1.0.18 takes every octet from 0x80 on for the last of the alphabet. */
bool webauthn_is_ascii(struct bytes text);
/* Standard alphabet with padding, in the one way it can be written; at least one octet. */
bool webauthn_base64(struct bytes text, uint8_t *out, size_t max, size_t *len);
/* The point of an ES256 key, to be cleared whatever comes of it; false: not on the curve. */
bool webauthn_point(const struct webauthn_key *key, struct ecc_point *out);
