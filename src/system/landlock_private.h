// SPDX-License-Identifier: Apache-2.0
/* Landlock (landlock(7)), all of it, with no exception. */
#pragma once

/* This thread, and those it begins, can reach no file, and no network, abstract socket or
 * process outside, as far as the kernel's ABI has words for it.  Returns the ABI; 0: the kernel
 * has none, or did not do it. */
unsigned landlock_close_all(void);
