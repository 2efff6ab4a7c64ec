// SPDX-License-Identifier: Apache-2.0
/* The selectors that a warrant carries. */
#pragma once

#include "warrant/warrant.h"

/* Each is read, in canonical form, called what it is called, the only one of that name, and
 * within what the basis asks, for a purpose of the law. */
MUST_CHECK bool selectors_rule(const struct warrant *warrant, const struct law *law,
                               const struct law_basis *basis, struct law_ruling *ruling);
