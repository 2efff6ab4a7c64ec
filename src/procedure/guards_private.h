// SPDX-License-Identifier: Apache-2.0
/* What is asked before a step is taken. */
#pragma once

#include "procedure/procedure.h"

enum {
    GUARDS_DERIVED = 5, /* facts that a vote gives */
    GUARDS_FACTS_MAX = PROCEDURE_FACTS_MAX + GUARDS_DERIVED
};

/* A fact's number, or its default where it was not told. */
int64_t guards_number(const struct procedure_event *event, const char *name, int64_t untold);
const char *guards_word(const struct procedure_event *event, const char *name);
/* The event with the facts that count: first what came of the vote, where the step has one;
 * then what was told and is no field of the record, since a record is not told otherwise. */
struct procedure_event guards_whole(const struct procedure_case *subject,
                                    const struct procedure_step *step,
                                    const struct procedure_event *event,
                                    struct procedure_fact room[GUARDS_FACTS_MAX]);
/* The first field, guard or rule that does not hold; allowed where all do.  Where is_offer,
 * what is told with the step is not asked for yet. */
struct law_ruling guards_ask(const struct procedure_case *subject,
                             const struct procedure_step *step,
                             const struct procedure_event *event, bool is_offer);
struct law_ruling guards_refuse(const char *article, struct law_text words, const char *what);
struct law_ruling guards_refuse_named(const char *article, struct law_text words,
                                      struct law_text what);
struct law_ruling guards_allow(const char *article);
/* "{basis}" and "{period}" become those of the basis. */
const char *guards_article(const struct procedure_case *subject, const char *article);
bool guards_is_same(const char *a, const char *b);
bool guards_is_required_at(const struct procedure_field *field, const char *event);
/* The same; or the step reaches the record that the field names. */
bool guards_is_required(const struct procedure_field *field, const struct procedure_step *step);
/* Whether a rule looks at a fact of that name. */
bool guards_rule_asks(const struct procedure_step *step, const char *fact);
