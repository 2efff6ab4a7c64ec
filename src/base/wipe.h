// SPDX-License-Identifier: Apache-2.0
/* Overwriting what its owner is through with: what was not selected is to be erased "at once"
 * (Act 42 of 2025, art. 22(3), 35(3)), not only forgotten.  Whoever owns memory wipes what was
 * used of it when the owner's use ends; docs/erasure.md lists who that is. */
#pragma once

#include "base/bytes.h"

/* memset that the compiler may not drop, since what follows might read the memory.  It does not
 * see the length either: for a known one it writes "rep stos", which starts slowly. */
static inline void wipe(void *at, size_t len)
{
    __asm__("" : "+r"(len));
    if (len > 0)
        memset(at, 0, len);
    __asm__ volatile("" : : "r"(at) : "memory");
}

/* Overwrites what functions that have returned left below the caller's frame, and what they
 * left in the vector registers.  Once a batch, by whoever ran it.  The gap is at the head of
 * its own frame, where every function has its return address and what it saved. */
enum { WIPE_STACK_OCTETS = 24 * 1024, WIPE_STACK_GAP = 32 };
void wipe_stack(void);
