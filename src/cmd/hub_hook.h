// SPDX-License-Identifier: Apache-2.0
/* What a test build does in a confined hub in the place of an intruder (tests/hub/intruder.c);
 * the product does nothing (hub_hook.c). */
#pragma once

void hub_hook(const char *folder);
