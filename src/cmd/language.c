// SPDX-License-Identifier: Apache-2.0
#include "cmd/language.h"

#include <stdlib.h>
#include <string.h>

enum report_language language_default(void)
{
    static const char *const variables[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *value = getenv(variables[i]);
        if (value && value[0] != '\0')
            return strncmp(value, "ja", 2) == 0 ? REPORT_JAPANESE : REPORT_ENGLISH;
    }
    return REPORT_ENGLISH;
}

bool language_read(const char *word, enum report_language *out)
{
    bool is_japanese = strcmp(word, "ja") == 0;
    if (!is_japanese && strcmp(word, "en") != 0)
        return false;
    *out = is_japanese ? REPORT_JAPANESE : REPORT_ENGLISH;
    return true;
}
