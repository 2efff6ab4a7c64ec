// SPDX-License-Identifier: Apache-2.0
/* What a record says, against what its procedure lets it say.  Every fault is found, not only
 * the first, so that a form can show them all.  Pure. */
#pragma once

#include "procedure/procedure.h"

enum { PROCEDURE_FAULTS_MAX = 64 };

/* Words are the law's or ours and stay. */
struct procedure_fault {
    const char *field;    /* as it was given */
    struct law_text name; /* of the field; its id where it is not known */
    struct law_text words;
};

/* What is wrong with the values; of a field given twice the second.  Where event is not NULL,
 * fields that are required for it and empty are faults, too.  The number found; up to
 * PROCEDURE_FAULTS_MAX are written. */
size_t procedure_check(const struct procedure *procedure, const char *event,
                       const struct procedure_value *values, size_t count,
                       struct procedure_fault out[PROCEDURE_FAULTS_MAX]);
/* NULL where it has none. */
const struct procedure_value *procedure_find_value(const struct procedure_value *values,
                                                   size_t count, const char *field);
/* A number is never empty; a text without octets is. */
bool procedure_is_empty(const struct procedure_value *value);
