// SPDX-License-Identifier: Apache-2.0
/* Selectors in files, and the demands of a basis on them, as several commands need them. */
#pragma once

#include <stdio.h>

#include "base/error.h"
#include "law/law.h"
#include "report/report.h"
#include "selector/selector.h"

/* False when the file cannot be read; a text that is no selector leaves out NULL and says why
 * in fault.  What was read lives as long as the program. */
MUST_CHECK bool selector_file_read(const char *path, const struct selector **out,
                                   struct selector_error *fault, struct error *err);
/* "FILE:4:12: words (art. 22(2))"; returns COMMAND_FOUND. */
int selector_file_tell(const char *path, const struct selector_error *fault,
                       enum report_language language, FILE *out);

/* What the basis of that law asks for; of no basis (NULL) only what holds of every selector.
 * The texts live as long as the program. */
MUST_CHECK bool selector_demand_of(const char *law, const char *basis,
                                   struct selector_demand *out, struct error *err);
