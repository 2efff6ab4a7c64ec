// SPDX-License-Identifier: Apache-2.0
/* An article of law as people read it. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/* "22(2)" is " (art. 22(2))", or 「（第22条第2項）」; what is no article of a law stands as it
 * is. */
void article_put(const char *article, bool in_japanese, FILE *out);
