// SPDX-License-Identifier: Apache-2.0
/* What is asked before a step is taken. */
#pragma once

#include "procedure/procedure.h"

/* A fact's number, or its default where it was not told. */
int64_t guards_number(const struct procedure_event *event, const char *name, int64_t untold);
const char *guards_word(const struct procedure_event *event, const char *name);
/* The first guard or rule that does not hold; allowed where all do. */
struct law_ruling guards_ask(const struct procedure_case *subject,
                             const struct procedure_step *step,
                             const struct procedure_event *event);
struct law_ruling guards_refuse(const char *article, struct law_text words, const char *what);
/* "{basis}" and "{period}" become those of the basis. */
const char *guards_article(const struct procedure_case *subject, const char *article);
bool guards_is_same(const char *a, const char *b);
