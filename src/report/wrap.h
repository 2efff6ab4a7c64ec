// SPDX-License-Identifier: Apache-2.0
/* Text in columns of a terminal. */
#pragma once

#include <stdio.h>

#include "base/bytes.h"

/* Writes text from column indent on, breaking lines before width with that indent, and ends
 * the line.  Breaks at blanks and between wide characters, but never before a closing mark. */
void wrap_write(FILE *out, struct bytes text, unsigned width, unsigned indent);
/* The text in a column of so many columns; longer text is not cut.  right aligns numbers. */
void wrap_column(FILE *out, const char *text, unsigned columns, bool right);
