// SPDX-License-Identifier: Apache-2.0
/* UTF-8 (RFC 3629) for what people read: text from outside is cleaned before it reaches a
 * terminal, a page or a program, and measured in columns before it is put in a table. */
#pragma once

#include "base/text.h"

enum { UTF8_REPLACEMENT = 0xfffd };

/* Takes the next character off the front; what is not UTF-8 is taken byte by byte and gives
 * UTF8_REPLACEMENT.  rest must not be empty. */
uint32_t utf8_take(struct bytes *rest);
/* The whole character or, when it does not fit, nothing of it. */
void utf8_put(struct text *out, uint32_t character);
/* Text from outside: what is not UTF-8, controls a terminal or reader (escapes, line ends,
 * changes of direction) or cannot be seen becomes UTF8_REPLACEMENT. */
void utf8_put_clean(struct text *out, struct bytes raw);
/* Columns on a terminal: 2 for the wide characters of East Asia, 0 for combining marks. */
unsigned utf8_columns(uint32_t character);
unsigned utf8_columns_of(struct bytes bytes);
