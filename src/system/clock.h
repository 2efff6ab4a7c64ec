// SPDX-License-Identifier: Apache-2.0
/* The clocks, read only here. */
#pragma once

#include <stdint.h>

int64_t clock_now_ns(void);       /* since 1970-01-01 UTC */
int64_t clock_monotonic_ns(void); /* since some start; never steps */
int64_t clock_boot_ns(void);      /* the same, and goes on while the machine sleeps */
double clock_cpu_s(void);         /* user and system time of this process so far */
