// SPDX-License-Identifier: Apache-2.0
/* Who may take a step: roles, another person than before, votes. */
#pragma once

#include "procedure/procedure.h"

bool people_is_exercise(const struct procedure_case *subject);
/* Is the step for a holder of the event's role? */
bool people_may(const struct procedure_case *subject, const struct procedure_step *step,
                const struct procedure_event *event);
struct law_ruling people_ask(const struct procedure_case *subject,
                             const struct procedure_step *step,
                             const struct procedure_event *event, bool is_offer);
/* Who took the step, where one that follows asks. */
void people_remember(struct procedure_case *subject, const struct procedure_step *step,
                     const struct procedure_event *event);
