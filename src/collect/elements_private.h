// SPDX-License-Identifier: Apache-2.0
/* The tables tools/make-elements writes at build time of src/collect/elements/.  Both are
 * sorted, without doubles: elements by enterprise and id, enterprises by number. */
#pragma once

#include "collect/elements.h"

struct element_enterprise {
    uint32_t number;
    const char *name;
};

extern const struct element element_table[];
extern const size_t element_count;
extern const struct element_enterprise element_enterprises[];
extern const size_t element_enterprise_count;
