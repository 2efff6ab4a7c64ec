// SPDX-License-Identifier: Apache-2.0
#include "cmd/sensor_hook.h"

void sensor_hook(void)
{
}
