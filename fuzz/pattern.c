// SPDX-License-Identifier: Apache-2.0
/* Patterns of STIX: any text ends, and no more values come out of it than have quotes. */
#include "reference/pattern.h"
#include "base/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pattern pattern = pattern_over((struct bytes){ data, size });
    struct pattern_term term;
    bool is_end = false;
    size_t terms = 0, quotes = 0;
    while (pattern_next(&pattern, &term, &is_end) == FAULT_NONE && !is_end)
        terms++;
    for (size_t i = 0; i < size; i++)
        quotes += data[i] == '\'';
    MUST(terms <= quotes / 2);
    return 0;
}
