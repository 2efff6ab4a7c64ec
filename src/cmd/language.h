// SPDX-License-Identifier: Apache-2.0
/* The language people are answered in. */
#pragma once

#include "report/report.h"

/* By LC_ALL, LC_MESSAGES or LANG, in this order; English unless they say Japanese. */
enum report_language language_default(void);
/* "en" or "ja". */
MUST_CHECK bool language_read(const char *word, enum report_language *out);
