// SPDX-License-Identifier: Apache-2.0
/* Saying no, with the article. */
#pragma once

#include "statute/statute.h"

/* What rests on no article of any law names our own requirement (LC-00: no rule, no use). */
#define ARTICLE_OF_FORM "LC-00"

/* Always false.  The words end in what they are about; "" where that is clear. */
bool ruling_refuse(struct law_ruling *ruling, const char *article, struct law_text words,
                   const char *what);
bool ruling_refuse_at(struct law_ruling *ruling, const char *article, struct law_text words,
                      int64_t time_ns);
void ruling_allow(struct law_ruling *ruling, const char *article);

#define SAY(en, ja) ((struct law_text){ en, ja })
