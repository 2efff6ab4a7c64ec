// SPDX-License-Identifier: Apache-2.0
/* Under what something was selected: the legal basis, the warrant that names it, and the
 * selector in that warrant.  Nothing is selected without one. */
#pragma once

#include "model/scope.h"

enum {
    BASIS_NAME_MAX = 16,     /* "a17"; NULs included in all three */
    WARRANT_SERIAL_MAX = 48, /* "JP-2028-0007" */
    SELECTOR_NAME_MAX = 48
};

struct mandate {
    enum basis basis;
    char basis_name[BASIS_NAME_MAX]; /* its identifier in the law's data */
    char warrant[WARRANT_SERIAL_MAX];
    char selector[SELECTOR_NAME_MAX];
};
