// SPDX-License-Identifier: Apache-2.0
#include "base/wipe.h"

#include "base/attr.h"

enum { COPY_OCTETS_MAX = 1024 };

/* Vector registers stay as they are until something is copied again, and whoever saves them all
 * writes them to the stack: a signal, the loader when it resolves a name.  Those the compiler
 * does not know that this machine has are the C library's: copies of zeros of every size leave
 * zeros in them. */
static void wipe_registers(uint8_t *zeros)
{
    for (size_t len = 8; len <= COPY_OCTETS_MAX; len *= 2) {
        memmove(zeros, zeros + COPY_OCTETS_MAX, len);
        __asm__ volatile("" : : "r"(zeros) : "memory");
    }
}

NOT_INLINE WIPES_REGISTERS void wipe_stack(void)
{
    uint8_t below[WIPE_STACK_OCTETS];
    wipe(below, sizeof below);
    wipe_registers(below);
}
