// SPDX-License-Identifier: Apache-2.0
#include "case.h"

const struct case_ store_cases[] = {
    { NULL, NULL },
};
