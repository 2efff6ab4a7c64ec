// SPDX-License-Identifier: Apache-2.0
#include "cmd/hub_hook.h"

void hub_hook(const char *folder)
{
    (void)folder;
}
