// SPDX-License-Identifier: Apache-2.0
/* What a test build does in a closed collector in the place of an intruder
 * (tests/sensor/intruder.c); the product does nothing (sensor_hook.c). */
#pragma once

void sensor_hook(void);
