// SPDX-License-Identifier: Apache-2.0
/* How long selected information may be kept (art. 25(1)). */
#pragma once

#include <stdint.h>

/* The latest end of the first retention period: two years counted from 1 April of the fiscal
 * year after the one in which the selection ended, in Japan Standard Time (UTC+9, no summer
 * time).  The period covers 31 March to its last moment; what is returned is that moment's
 * end, 24:00 of 31 March. */
int64_t minimise_statutory_retention(int64_t selection_end_ns);
