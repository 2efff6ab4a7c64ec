// SPDX-License-Identifier: Apache-2.0
#include "base/fault.h"

#include "base/must.h"

const char *fault_name(enum fault fault)
{
    static const char *const names[FAULT_KINDS] = {
        [FAULT_NONE] = "none",       [FAULT_TRUNCATED] = "truncated",
        [FAULT_LENGTH] = "length",   [FAULT_VALUE] = "value",
        [FAULT_VERSION] = "version", [FAULT_UNSUPPORTED] = "unsupported",
        [FAULT_LIMIT] = "limit",     [FAULT_CRYPTO] = "crypto",
    };
    MUST(fault < FAULT_KINDS);
    return names[fault];
}
