// SPDX-License-Identifier: Apache-2.0
/* Mail addresses in what machines say: the part before the domain names a person (art. 24(1):
 * "the part of an e-mail address other than the domain name") and becomes a keyed token; the
 * domain stays.  The same address has the same token under one key, and another under another.
 */
#pragma once

#include "base/text.h"

enum { MAIL_KEY_BYTES = 32, MAIL_TOKEN_LEN = 25 }; /* "mail-" and 20 hexadecimal digits */

/* Writes words with a token in place of each local part: what stands before an @, back to what
 * cannot be in one (RFC 5322 3.2.3).  Upper and lower case make the same token. */
void mail_write(const uint8_t key[MAIL_KEY_BYTES], struct bytes words, struct text *out);
