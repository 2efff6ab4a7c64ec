// SPDX-License-Identifier: Apache-2.0
/* CBOR as authenticators write it (CTAP 2.1, 8 "Message Encoding"): lengths are definite, there
 * are no tags, and nothing is more than four deep.  Nothing else reaches a decoder, which takes
 * memory by what the lengths say. */
#pragma once

#include "base/bytes.h"

/* Octets of the one item at the front; 0: there is none of that kind. */
size_t cbor_item_len(struct bytes octets);
