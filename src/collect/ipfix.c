// SPDX-License-Identifier: Apache-2.0
#include "collect/protocol_private.h"

enum fault ipfix_read(struct collect *collect, const struct export_message *message)
{
    (void)collect;
    (void)message;
    return FAULT_UNSUPPORTED;
}
