// SPDX-License-Identifier: Apache-2.0
/* Lines of EVE: each line is counted once, each flow is whole, and no fact is lost unseen. */
#include "logs_property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    logs_hold((struct bytes){ data, size });
    return 0;
}
